//! The hashes of sorted rows' words, each word hashed once for all rows that begin alike.
//!
//! In: the words of one row after the other, as the survey's file has them. Out: the hash of each word, and of each opening. A survey is
//! sorted, so that a row begins with words of the last one, and an opening has no others; and what ends like others also begins so. Only words that
//! are new are hashed.

use super::branch::common_bytes;
use super::key::BLANK;
use super::words::{hash_of, hash_of_mark};
use crate::span::Span;
use crate::text::token::{Token, tokenise};

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
}

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

    /// The hash of all of a row's words, so many, as an opening.
    pub(super) fn opening(&mut self, words: &[u8], depth: usize) -> Option<u64> {
        // Most are openings of the last row.
        if depth > 0 && self.ends.get(depth - 1) == Some(&words.len()) && self.text.starts_with(words) {
            return self.openings.get(depth - 1).copied();
        }
        self.read(words);
        self.openings.last().copied()
    }

    /// The hash of the first word of the last row.
    pub(super) fn first(&self) -> Option<u64> {
        self.words.first().copied()
    }

    fn read(&mut self, words: &[u8]) {
        let common = common_bytes(&self.text, words);
        while self.ends.last().is_some_and(|&end| end > common || words.get(end).is_some_and(|&byte| byte != BLANK)) {
            self.ends.pop();
        }
        self.cut(self.ends.len());
        let known = self.ends.last().copied();
        if known == Some(words.len()) {
            return;
        }
        if self.hash(words, known.map_or(0, |end| (end + 1).min(words.len()))).is_none() {
            return self.cut(0);
        }
        self.text.extend_from_slice(&words[self.text.len()..]);
        for &word in &self.words[self.openings.len()..] {
            self.openings.push(extend(self.openings.last().copied(), word));
        }
    }

    /// Adds the hashes of a row's words behind those that are known, and where each ends; `None` when one is no word.
    fn hash(&mut self, words: &[u8], known: usize) -> Option<()> {
        let new = std::str::from_utf8(&words[known..]).ok()?;
        self.scratch.clear();
        tokenise(new, Span::of(new), &mut self.scratch);
        let mut tokens = self.scratch.iter().peekable();
        let mut start = 0;
        for end in memchr::memchr_iter(BLANK, new.as_bytes()).chain([new.len()]) {
            let word = &new[start..end];
            let hash = if word.starts_with('{') {
                while tokens.next_if(|token| (token.start as usize) < end).is_some() {}
                hash_of_mark(word)
            } else {
                tokens.next().filter(|token| (token.start as usize, token.end as usize) == (start, end)).map(|token| token.hash)
            };
            self.words.push(hash?);
            self.ends.push(known + end);
            start = end + 1;
        }
        Some(())
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
            let depth = row.split(' ').count();
            let opening = kept.opening(row.as_bytes(), depth);
            assert_eq!(opening, new.opening(row.as_bytes(), depth), "{row}");
            assert_eq!(kept.words(row.as_bytes()), new.words(row.as_bytes()), "{row}");
        }
        let two = kept.words(b"one two").to_vec();
        let opening = Some(extend(Some(extend(None, two[0])), two[1]));
        assert_eq!(kept.opening(b"one two", 2), opening);
        kept.words(b"one two three");
        assert_eq!(
            (kept.opening(b"one two", 2), kept.opening(b"one tw", 2), kept.opening(b"one", 1)),
            (opening, Hashed::default().opening(b"one tw", 2), Some(extend(None, two[0])))
        );
    }
}
