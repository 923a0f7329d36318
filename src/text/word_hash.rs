//! Hashes of words and of words in a row: 61 bits of fixed functions, the same on every machine.
//!
//! In: the folded UTF-8 of a word, eight bytes at a time. Out: its hash, whose low bits hold the [`Kind`] of the word. ASCII letters, the bulk
//! of many texts, are found and folded eight at a time inside one register.

use super::token::{Kind, Token};

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const MULTIPLIER: u64 = 0xf135_7aea_2e62_a9c5;

/// Takes eight bytes of a folded word into its hash.
#[inline]
fn mix(hash: u64, bytes: u64) -> u64 {
    (hash.rotate_left(23) ^ bytes).wrapping_mul(MULTIPLIER)
}

#[inline]
fn finish(hash: u64, kind: Kind) -> u64 {
    let mixed = hash ^ hash >> 29;
    (mixed.wrapping_mul(MULTIPLIER) ^ mixed >> 32) & !3 | kind as u64
}

/// The hash of a word's folded UTF-8, taken in eight bytes at a time.
#[derive(Clone, Copy)]
pub(super) struct WordHash {
    hash: u64,
    /// The bytes that wait for the eight to be full, the first lowest.
    waiting: u64,
    bits: u32,
}

impl WordHash {
    pub(super) const EMPTY: WordHash = WordHash { hash: SEED, waiting: 0, bits: 0 };

    /// Adds eight bytes to a word that holds none that wait.
    #[inline]
    pub(super) fn add_eight(&mut self, bytes: u64) {
        self.hash = mix(self.hash, bytes);
    }

    /// Adds the last bytes, fewer than eight, to such a word.
    #[inline]
    pub(super) fn add_last(&mut self, bytes: u64, bits: u32) {
        (self.waiting, self.bits) = (bytes, bits);
    }

    /// Adds the lowest bytes of `bytes`; those above `bits` are zero.
    #[inline]
    pub(super) fn add(&mut self, bytes: u64, bits: u32) {
        self.waiting |= bytes << self.bits;
        if self.bits + bits < 64 {
            self.bits += bits;
            return;
        }
        self.hash = mix(self.hash, self.waiting);
        self.waiting = bytes.checked_shr(64 - self.bits).unwrap_or(0);
        self.bits = self.bits + bits - 64;
    }

    #[inline]
    pub(super) fn add_char(&mut self, c: char) {
        let mut bytes = [0; 4];
        let len = c.encode_utf8(&mut bytes).len();
        self.add(u64::from(u32::from_le_bytes(bytes)), 8 * len as u32);
    }

    #[inline]
    pub(super) fn finish(self, kind: Kind) -> u64 {
        finish(if self.bits > 0 { mix(self.hash, self.waiting) } else { self.hash }, kind)
    }

    pub(super) fn of(text: &str) -> Self {
        let mut hash = WordHash::EMPTY;
        text.chars().for_each(|c| hash.add_char(c));
        hash
    }
}

/// The high bit of each of eight bytes.
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// The same byte eight times.
pub const fn eight(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The eight bytes from `at`, zeros behind the end, the first lowest.
#[inline]
pub(super) fn load(bytes: &[u8], at: usize) -> u64 {
    match bytes[at..].first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => bytes[at..].iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// How many bits of eight bytes, from the first, are ASCII letters: 8 for each.
#[inline]
pub(super) fn leading_letters(word: u64) -> u32 {
    let low = (word | eight(0x20)) & !HIGH_BITS;
    let from_a = low + eight(0x80 - b'a');
    let beyond_z = low + eight(0x80 - b'z' - 1);
    let letters = from_a & !beyond_z & !word & HIGH_BITS;
    (!letters & HIGH_BITS).trailing_zeros() & !7
}

/// The hash of a sequence of words: equal blocks have equal hashes whatever their punctuation, case and spacing.
pub fn hash_sequence(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(SEED, |hash, word| (hash.rotate_left(23) ^ word).wrapping_mul(MULTIPLIER))
}

/// The hash of tokens in a row.
pub fn sequence_hash(tokens: &[Token]) -> u64 {
    hash_sequence(tokens.iter().map(|token| token.hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_letters_end_where_they_end() {
        assert_eq!(leading_letters(u64::from_le_bytes(*b"azAZ@[`{")), 32);
        assert_eq!(leading_letters(u64::from_le_bytes(*b"abcdefgh")), 64);
        assert_eq!(leading_letters(u64::from_le_bytes([b'a', 0xe1, b'a', 0, 0, 0, 0, 0])), 8);
    }
}
