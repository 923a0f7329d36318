//! Where words of a text stand, by block: the first that holds a word, and the first other one.
//!
//! In: words of blocks, in order. Out: whether a block other than a word's own holds it before some end. Two places say that of any block.

use crate::rules::filed::WordMap;

#[derive(Clone, Copy)]
struct Homes {
    first: u32,
    other: u32,
    last: u32,
    /// Where the block that held it last keeps it.
    at: u32,
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

    /// Block `at` holds the word, and would keep it as its word number `next`. Which number it has there, if the block held it before.
    pub(super) fn note(&mut self, word: u64, at: usize, next: usize) -> Option<usize> {
        let block = at as u32;
        let homes = self.0.entry(word).or_insert(Homes { first: block, other: NONE, last: NONE, at: 0 });
        if homes.last == block {
            return Some(homes.at as usize);
        }
        if homes.first != block && homes.other == NONE {
            homes.other = block;
        }
        (homes.last, homes.at) = (block, next as u32);
        None
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
        let notes = [(7, 1, 0), (8, 1, 1), (7, 1, 2), (8, 4, 0), (8, 5, 0), (9, 5, 1), (8, 5, 2)];
        let known = notes.map(|(word, at, next)| places.note(word, at, next));
        assert_eq!(known, [None, None, Some(0), None, None, None, Some(0)]);
        assert!(!places.is_held(7, 1, 9) && places.is_held(7, 2, 9) && !places.is_held(7, 2, 1));
        assert!(places.is_held(8, 1, 5) && !places.is_held(8, 1, 4) && places.is_held(8, 4, 2) && !places.is_held(6, 1, 9));
    }
}
