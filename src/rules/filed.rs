//! Phrases and needed words filed under one of their words, so that a word of text finds all that it may begin.
//!
//! In: word hashes and candidates. Out: the candidates of a word. A bit set answers "nothing is filed here" for nearly every word of a text
//! in one load, and each candidate carries the word beside its key, so that most wrong ones fall before their rule is touched.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::facts::edges::Bytes;
use super::rule::Slot;
use crate::text::token::Token;

/// Word hashes are good hashes already.
#[derive(Default)]
pub struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// A map whose keys are word hashes.
pub type WordMap<V> = HashMap<u64, V, BuildHasherDefault<Ready>>;

/// A set of word hashes.
pub type WordSet = HashSet<u64, BuildHasherDefault<Ready>>;

/// The bit of a byte in the sets that candidates carry.
pub(super) fn low_bit(byte: u8) -> u64 {
    1 << (byte % 64)
}

/// What a candidate may turn out to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// A phrase, by its number in the index.
    Phrase { phrase: u32 },
    /// Words in a row that the pattern of an entry needs, as they stand in the index.
    Pattern { entry: u32, start: u32, len: u16 },
}

/// Something filed under a word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// The word that must stand beside the key, and where: 1 behind it, -1 before it, 0 anything.
    beside: u64,
    step: i8,
    /// The bytes that the block may begin and end with, by their low bits.
    ends: [u64; 2],
    /// The words that the block may have.
    most_words: u32,
    /// Number of the key among its words.
    pub(super) at: u16,
    pub(super) what: What,
}

impl Candidate {
    /// A candidate with these words, of which word `at` is its key.
    pub(super) fn new(what: What, slots: &[Slot], at: usize) -> Self {
        let word =
            |number: Option<usize>| number.and_then(|number| slots.get(number)).and_then(|slot| if let Slot::Word(hash) = slot { Some(*hash) } else { None });
        let behind = word(Some(at + 1)).map(|hash| (hash, 1));
        let (beside, step) = behind.or_else(|| word(at.checked_sub(1)).map(|hash| (hash, -1))).unwrap_or((0, 0));
        Candidate { beside, step, ends: [u64::MAX; 2], most_words: u32::MAX, at: at as u16, what }
    }

    /// The same for blocks of so many words that begin and end with bytes of these sets only.
    pub(super) fn within(self, most_words: u32, first: &Bytes, last: &Bytes) -> Self {
        Candidate { ends: [first, last].map(|set| set.iter().fold(0, |low, bits| low | bits)), most_words, ..self }
    }

    /// May a block of so many words with these ends match? (See [`low_bit`].)
    #[inline]
    pub(super) fn suits(&self, words: u32, ends: [u64; 2]) -> bool {
        words <= self.most_words && self.ends[0] & ends[0] != 0 && self.ends[1] & ends[1] != 0
    }

    /// Does the right word stand beside the key, which is word `at` of a block?
    #[inline]
    pub(super) fn fits(&self, tokens: &[Token], at: usize) -> bool {
        self.step == 0 || tokens.get(at.wrapping_add_signed(self.step.into())).is_some_and(|token| token.hash == self.beside)
    }
}

/// Where the list of a hash stands.
#[derive(Clone, Copy, Debug, Default)]
struct List {
    hash: u64,
    start: u32,
    end: u32,
}

/// Lists of candidates by hash.
#[derive(Debug, Default)]
pub(super) struct Filed {
    /// Two bits of a word for each hash that has a list.
    bits: Vec<u64>,
    /// Lists by the low bits of their hash, each in the next free place; an empty one ends the search.
    lists: Vec<List>,
    candidates: Vec<Candidate>,
    /// What is not sealed yet.
    loose: Vec<(u64, Candidate)>,
}

/// Bits for each list: so many that few other words share one.
const BITS: usize = 16;

impl Filed {
    /// Adds a candidate under a hash, to be found once all is sealed.
    pub(super) fn file(&mut self, hash: u64, candidate: Candidate) {
        self.loose.push((hash, candidate));
    }

    /// Lays the lists out, once all is filed. Candidates of one hash stay in the order they came in.
    pub(super) fn seal(&mut self) {
        let loose = std::mem::take(&mut self.loose);
        let Some(&(_, first)) = loose.first() else { return };
        self.lists = vec![List::default(); (loose.len() * 2).next_power_of_two()];
        let places: Vec<usize> = loose.iter().map(|&(hash, _)| self.count(hash)).collect();
        let count = self.lists.iter().filter(|list| list.end > 0).count();
        self.bits = vec![0; (count * BITS).next_power_of_two().max(1024) / 64];
        let mut end = 0;
        for list in self.lists.iter_mut().filter(|list| list.end > 0) {
            let at = word_of(list.hash, self.bits.len());
            self.bits[at] |= bits_of(list.hash);
            (list.start, end) = (end, end + list.end);
            list.end = list.start;
        }
        self.candidates = vec![first; loose.len()];
        for ((_, candidate), place) in loose.into_iter().zip(places) {
            let list = &mut self.lists[place];
            self.candidates[list.end as usize] = candidate;
            list.end += 1;
        }
    }

    /// Counts one more candidate of a hash; returns where its list is.
    fn count(&mut self, hash: u64) -> usize {
        let (place, list) = self.search(hash);
        self.lists[place] = List { hash, start: 0, end: list.end + 1 };
        place
    }

    /// Where a hash has its list, or would have it.
    #[inline]
    fn search(&self, hash: u64) -> (usize, List) {
        let mask = self.lists.len() - 1;
        let mut place = (hash >> 2) as usize & mask;
        loop {
            let list = self.lists[place];
            if list.hash == hash || list.start == list.end {
                return (place, list);
            }
            place = (place + 1) & mask;
        }
    }

    /// What is filed under a hash.
    #[inline]
    pub(super) fn get(&self, hash: u64) -> &[Candidate] {
        let bits = bits_of(hash);
        if self.bits.get(word_of(hash, self.bits.len())).is_none_or(|held| held & bits != bits) {
            return &[];
        }
        let (_, list) = self.search(hash);
        &self.candidates[list.start as usize..list.end as usize]
    }
}

#[inline]
fn word_of(hash: u64, words: usize) -> usize {
    (hash >> 20) as usize & words.saturating_sub(1)
}

/// Two bits let a quarter as many strangers pass as one does.
#[inline]
fn bits_of(hash: u64) -> u64 {
    1 << (hash >> 2 & 63) | 1 << (hash >> 8 & 63)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::token::words;

    #[test]
    fn the_word_beside_decides() {
        let tokens = words("read also this");
        let slots: Vec<Slot> = tokens[..2].iter().map(|token| Slot::Word(token.hash)).collect();
        let what = What::Phrase { phrase: 0 };
        for (key, other) in [(0, "read this"), (1, "this also")] {
            let candidate = Candidate::new(what, &slots, key);
            assert!(candidate.fits(&tokens, key));
            assert!(!candidate.fits(&words(other), key) && !candidate.fits(&words("read")[..1 - key], key));
        }
        let mut filed = Filed::default();
        filed.file(tokens[0].hash, Candidate::new(what, &slots, 0));
        filed.seal();
        assert_eq!(filed.get(tokens[0].hash).len(), 1);
        assert!(filed.get(tokens[2].hash).is_empty() && Filed::default().get(7).is_empty());
    }
}
