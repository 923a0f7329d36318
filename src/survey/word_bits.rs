//! Which words may be in a set: a few bits a word, looked at before the set itself.
//!
//! In: word hashes. Out: "surely not", for most words. Beside the tables of a group this is small enough to stay at hand for all lines of a document.

use crate::rules::filed::WordSet;

/// Bits for each word.
const BITS: usize = 16;

/// A bit for each of some words, two of which may have one.
#[derive(Clone, Debug, Default)]
pub(super) struct WordBits(Box<[u64]>);

impl WordBits {
    pub(super) fn new(words: &[u64]) -> Self {
        let mut bits = vec![0; if words.is_empty() { 0 } else { (words.len() * BITS).next_power_of_two().max(64) / 64 }];
        for word in words {
            let at = place(*word, bits.len());
            bits[at / 64] |= 1 << (at % 64);
        }
        WordBits(bits.into())
    }

    /// May the word be one of them?
    #[inline]
    pub(super) fn may_hold(&self, word: u64) -> bool {
        let at = place(word, self.0.len());
        self.0.get(at / 64).is_some_and(|bits| bits & 1 << (at % 64) != 0)
    }
}

/// A set of words behind such bits.
#[derive(Clone, Debug, Default)]
pub(super) struct SiftedWords {
    bits: WordBits,
    words: WordSet,
}

impl SiftedWords {
    pub(super) fn new(words: &[u64]) -> Self {
        SiftedWords { bits: WordBits::new(words), words: words.iter().copied().collect() }
    }

    #[inline]
    pub(super) fn contains(&self, word: u64) -> bool {
        self.bits.may_hold(word) && self.words.contains(&word)
    }
}

/// `len` is a power of two, or 0.
#[inline]
fn place(word: u64, len: usize) -> usize {
    (word >> 8) as usize & (64 * len).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_held_and_most_others_are_not() {
        let word = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        assert!(!WordBits::new(&[]).may_hold(7));
        for len in [1, 3, 100, 5000] {
            let held: Vec<u64> = (0..len).map(word).collect();
            let bits = WordBits::new(&held);
            assert!(held.iter().all(|&word| bits.may_hold(word)));
            let set = SiftedWords::new(&held);
            assert!((0..len + 1000).all(|number| set.contains(word(number)) == (number < len)));
            assert!((len..len + 1000).filter(|&number| bits.may_hold(word(number))).count() < 120, "{len}");
        }
    }
}
