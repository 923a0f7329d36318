//! The normalised text of words, written once though a line and its ending are two keys.
//!
//! In: the words of a document's lines. Out: keys. Lines are normalised when a key of theirs is new: most lines of a site's templates never
//! are. Copies of ready words cost less than normalising them again.

use std::cmp::Ordering;
use std::ops::Range;

use super::key::BLANK;
use super::words::{Word, push_short, push_text};

/// Appends words, parted by blanks.
pub(super) fn push_words(text: &str, words: &[Word], key: &mut Vec<u8>) {
    for (number, &word) in words.iter().enumerate() {
        if number > 0 {
            key.push(BLANK);
        }
        push_text(text, word, key);
    }
}

/// Nothing is written of a word yet.
const NONE: u32 = u32::MAX;

/// Normalised words of one document.
#[derive(Default)]
pub(super) struct Texts {
    /// Words that stand side by side in a line stand so here, each with a blank behind it.
    written: Vec<u8>,
    /// For each word where it begins in `written`, and where it ends.
    places: Vec<(u32, u32)>,
}

impl Texts {
    /// Begins a document of so many words.
    pub(super) fn begin(&mut self, words: usize) {
        self.written.clear();
        self.places.clear();
        self.places.resize(words, (NONE, NONE));
    }

    /// Appends some words of a line.
    pub(super) fn push(&mut self, text: &str, words: &[Word], range: Range<usize>, key: &mut Vec<u8>) {
        self.write(text, words, range.clone());
        let places = &self.places[range];
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return };
        let side_by_side = places.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0);
        if side_by_side {
            return key.extend_from_slice(&self.written[first.0 as usize..last.1 as usize]);
        }
        for &(start, end) in places {
            push_short(&self.written, start as usize, (end - start + 1) as usize, key);
        }
        key.pop();
    }

    /// The same from the last word to the first.
    pub(super) fn push_backwards(&mut self, text: &str, words: &[Word], range: Range<usize>, key: &mut Vec<u8>) {
        self.write(text, words, range.clone());
        for &(start, end) in self.places[range].iter().rev() {
            push_short(&self.written, start as usize, (end - start + 1) as usize, key);
        }
        key.pop();
    }

    fn write(&mut self, text: &str, words: &[Word], range: Range<usize>) {
        for at in range {
            if self.places[at].0 == NONE {
                let start = self.written.len() as u32;
                push_text(text, words[at], &mut self.written);
                self.places[at] = (start, self.written.len() as u32);
                self.written.push(BLANK);
            }
        }
    }
}

/// The order of words in a row by their hashes.
pub(super) fn compare<'w>(a: impl Iterator<Item = &'w Word>, b: impl Iterator<Item = &'w Word>) -> Ordering {
    a.map(|word| word.hash).cmp(b.map(|word| word.hash))
}

/// How many words two rows begin with.
pub(super) fn common<'w>(a: impl Iterator<Item = &'w Word>, b: impl Iterator<Item = &'w Word>) -> usize {
    a.zip(b).take_while(|(a, b)| a.hash == b.hash).count()
}
