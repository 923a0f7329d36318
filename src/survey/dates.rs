//! Names of months and days: with numbers they make dates, which are made alike.
//!
//! In: the word list `date-words` of a rule set. Out: look-ups by hash, and the name of the normalisation that rests on the list.

use super::word_bits::SiftedWords;
use super::words::NORMALISATION;
use crate::rules::RuleSet;
use crate::text::token::{Kind, Token, hash_sequence, words};

/// The word list of months and days.
const DATE_WORDS: &str = "date-words";

/// Names of months and days, from the word list `date-words`.
#[derive(Clone, Debug)]
pub struct DateWords {
    words: SiftedWords,
    fingerprint: String,
}

impl DateWords {
    /// The list of a rule set.
    pub fn new(rules: &RuleSet) -> Self {
        let list = rules.words.get(DATE_WORDS).into_iter().flatten();
        let mut words: Vec<u64> = list.flat_map(|word| words(word)).filter(|token| token.kind() == Kind::Word).map(|token| token.hash).collect();
        words.sort_unstable();
        words.dedup();
        let fingerprint = format!("{NORMALISATION}-{:08x}", hash_sequence(words.iter().copied()) >> 32);
        DateWords { words: SiftedWords::new(&words), fingerprint }
    }

    /// Names the normalisation: its version and the words of this list.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Is a word a number, or the name of a month or day?
    #[inline]
    pub(super) fn is_date_part(&self, token: &Token) -> bool {
        token.kind() == Kind::Number || self.words.contains(token.hash)
    }
}
