//! Where words of a text stand, by block: the first that holds a word, and the first other one.
//!
//! In: words of blocks, in order. Out: whether a block other than a word's own holds it before some end. Two places say that of any block.

use crate::rules::filed::WordMap;

#[derive(Clone, Copy)]
struct Homes {
    first: u32,
    other: u32,
}

const NONE: u32 = u32::MAX;

/// The homes of words, by hash.
pub(super) struct Places(WordMap<Homes>);

impl Places {
    /// Room for the words of a text of so many bytes.
    pub(super) fn of_bytes(bytes: usize) -> Self {
        const BYTES_A_WORD: usize = 16;
        Places(WordMap::with_capacity_and_hasher(bytes / BYTES_A_WORD, Default::default()))
    }

    /// Block `at` holds the word.
    pub(super) fn note(&mut self, word: u64, at: usize) {
        let at = at as u32;
        let homes = self.0.entry(word).or_insert(Homes { first: at, other: NONE });
        if homes.first != at && homes.other == NONE {
            homes.other = at;
        }
    }

    /// Does a block before `end` other than block `at` hold the word?
    pub(super) fn is_held(&self, word: u64, at: usize, end: usize) -> bool {
        self.0.get(&word).is_some_and(|homes| {
            let nearest = if homes.first == at as u32 { homes.other } else { homes.first };
            (nearest as usize) < end
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_held_by_other_blocks_only() {
        let mut places = Places::of_bytes(100);
        [(7, 1), (7, 1), (8, 1), (8, 4), (8, 5)].into_iter().for_each(|(word, at)| places.note(word, at));
        assert!(!places.is_held(7, 1, 9) && places.is_held(7, 2, 9) && !places.is_held(7, 2, 1));
        assert!(places.is_held(8, 1, 5) && !places.is_held(8, 1, 4) && places.is_held(8, 4, 2) && !places.is_held(9, 1, 9));
    }
}
