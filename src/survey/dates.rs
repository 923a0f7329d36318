//! Names of months and days: with numbers they make dates, which are made alike.
//!
//! In: the word list `date-words` of a rule set. Out: look-ups by hash, and the name of the normalisation that rests on the list.

use super::words::NORMALISATION;
use crate::rules::RuleSet;
use crate::rules::filed::WordSet;
use crate::text::token::{Kind, Token, hash_sequence, words};

/// The word list of months and days.
const DATE_WORDS: &str = "date-words";

/// Names of months and days, from the word list `date-words`.
#[derive(Clone, Debug, Default)]
pub struct DateWords {
    words: WordSet,
    /// Which words may be in the set: most words are not, and need no look-up.
    bits: Vec<u64>,
}

const BITS: u64 = 1 << 14;

impl DateWords {
    /// The list of a rule set.
    pub fn new(rules: &RuleSet) -> Self {
        let list = rules.words.get(DATE_WORDS).into_iter().flatten();
        let words: WordSet = list.flat_map(|word| words(word)).filter(|token| token.kind() == Kind::Word).map(|token| token.hash).collect();
        let mut bits = vec![0; (BITS / 64) as usize];
        for hash in &words {
            bits[place(*hash) / 64] |= 1 << (place(*hash) % 64);
        }
        DateWords { words, bits }
    }

    /// Names the normalisation: its version and the words of this list.
    pub fn fingerprint(&self) -> String {
        let mut sorted: Vec<u64> = self.words.iter().copied().collect();
        sorted.sort_unstable();
        format!("{NORMALISATION}-{:08x}", hash_sequence(sorted.into_iter()) >> 32)
    }

    #[inline]
    fn holds(&self, hash: u64) -> bool {
        self.bits[place(hash) / 64] & 1 << (place(hash) % 64) != 0 && self.words.contains(&hash)
    }

    /// Is a word a number, or the name of a month or day?
    #[inline]
    pub(super) fn is_date_part(&self, token: &Token) -> bool {
        token.kind() == Kind::Number || self.holds(token.hash)
    }
}

#[inline]
fn place(hash: u64) -> usize {
    ((hash >> 9) % BITS) as usize
}
