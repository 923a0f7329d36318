//! The hashes of sorted rows' words, each word hashed once for all rows that begin alike.
//!
//! In: the words of one row after the other, as the survey's file has them. Out: the hash of each word, and of each opening. A survey is
//! sorted, so that a row begins with words of the last one, and an opening has no others; and what ends like others also begins so. Only words that
//! are new are hashed.

use super::branch::common_bytes;
use super::key::BLANK;
use super::words::{hash_of, hash_of_text};
use crate::text::token::Token;
use crate::text::word_hash::hash_as_is;

/// Words that were hashed last.
#[derive(Default)]
pub(super) struct Hashed {
    text: Vec<u8>,
    /// Where each word ends in `text`.
    ends: Vec<usize>,
    words: Vec<u64>,
    /// The hash of the first word, of the first two, ...
    openings: Vec<u64>,
    scratch: Vec<Token>,
    /// Words met before, each where the hash of its text says: that, and its hash as a word.
    met: Vec<(u64, u64)>,
}

/// So many words are remembered at most: few enough to stay at hand.
const MOST_MET: usize = 1 << 13;
/// No text has this hash.
const VACANT: u64 = 1;

/// The hash of an opening one word longer.
#[inline]
pub(super) fn extend(opening: Option<u64>, word: u64) -> u64 {
    hash_of([opening.unwrap_or(0), word].into_iter())
}

impl Hashed {
    /// The hashes of a row's words; none when one is no word of this normalisation.
    pub(super) fn words(&mut self, words: &[u8]) -> &[u64] {
        self.read(words);
        &self.words
    }

    /// The hash of all of a row's words as an opening.
    pub(super) fn opening(&mut self, words: &[u8]) -> Option<u64> {
        self.read(words);
        self.openings.last().copied()
    }

    fn read(&mut self, words: &[u8]) {
        let common = common_bytes(&self.text, words);
        while self.ends.last().is_some_and(|&end| end > common || words.get(end).is_some_and(|&byte| byte != BLANK)) {
            self.ends.pop();
        }
        self.cut(self.ends.len());
        let known = self.ends.last().copied();
        let new = &words[known.map_or(0, |end| (end + 1).min(words.len()))..];
        if known == Some(words.len()) {
            return;
        }
        let mut end = words.len() - new.len();
        for word in new.split(|&byte| byte == BLANK) {
            let Some(hash) = self.hash(word) else { return self.cut(0) };
            end += word.len();
            self.words.push(hash);
            self.ends.push(end);
            end += 1;
        }
        self.text.extend_from_slice(&words[self.text.len()..]);
        for &word in &self.words[self.openings.len()..] {
            self.openings.push(extend(self.openings.last().copied(), word));
        }
    }

    /// The hash of a word; `None` when it is none.
    fn hash(&mut self, word: &[u8]) -> Option<u64> {
        self.met.resize(MOST_MET, (VACANT, 0));
        let as_is = hash_as_is(word);
        let met = &mut self.met[(as_is >> 32) as usize % MOST_MET];
        if met.0 != as_is {
            *met = (as_is, std::str::from_utf8(word).ok().and_then(|word| hash_of_text(word, &mut self.scratch))?);
        }
        Some(met.1)
    }

    /// Forgets all but the first words.
    fn cut(&mut self, count: usize) {
        self.ends.truncate(count);
        self.words.truncate(count);
        self.openings.truncate(count);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_begin_alike_come_to_the_same_hashes() {
        let rows = ["one two three", "one two", "one twofold {n}", "one", "", "ones one", "no\u{0}word", "one {0000000000000001}", "كلمة one", "كلمة"];
        let mut kept = Hashed::default();
        for row in rows {
            let mut new = Hashed::default();
            let opening = kept.opening(row.as_bytes());
            assert_eq!(opening, new.opening(row.as_bytes()), "{row}");
            assert_eq!(kept.words(row.as_bytes()), new.words(row.as_bytes()), "{row}");
        }
        let two = kept.words(b"one two").to_vec();
        assert_eq!(kept.opening(b"one two"), Some(extend(Some(extend(None, two[0])), two[1])));
    }
}
