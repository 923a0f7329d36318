//! Words of the normalised view: where they stand, what they are made of, and their hash.
//!
//! In: text (see `scan`). Out: [`Token`]s (byte range and hash of the folded word). Rules match sequences of word hashes, so a phrase of
//! any length costs one lookup a word of text, and every match is a range of original bytes without a map back. Hashes are 61 bits of
//! a fixed function: the same on every machine.

pub use super::scan::tokenise;
pub use super::shape::{Shape, ends_with_full_stop, holds_sentence, is_comma, is_stop};
pub use super::word_hash::{hash_sequence, sequence_hash};
use crate::span::Span;

/// A word of the normalised view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// First byte in the document's text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Hash of the folded word; its low bits hold the [`Kind`].
    pub hash: u64,
}

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Letters.
    Word = 0,
    /// Digits.
    Number = 1,
    /// One symbol.
    Symbol = 2,
    /// One character of a script without spaces.
    Character = 3,
}

impl Token {
    /// What the token is made of.
    pub fn kind(self) -> Kind {
        match self.hash & 3 {
            0 => Kind::Word,
            1 => Kind::Number,
            2 => Kind::Symbol,
            _ => Kind::Character,
        }
    }

    /// Its place in the document's text.
    pub fn span(self) -> Span {
        Span { start: self.start, end: self.end }
    }
}

/// The words of a text, on their own: for phrases, titles and host names.
pub fn words(text: &str) -> Vec<Token> {
    /// Bytes of a word and the blank behind it, or fewer.
    const WORD_BYTES: usize = 5;
    let mut tokens = Vec::with_capacity(1 + text.len() / WORD_BYTES);
    tokenise(text, Span::of(text), &mut tokens);
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &str) -> Vec<u64> {
        words(text).iter().map(|token| token.hash).collect()
    }

    #[test]
    fn variants_have_equal_words() {
        for (a, b) in [
            ("READ – also:", "«read, also»"),
            ("إقرأ أيضاً", "اقرا ايضا"),
            ("cafe\u{301}", "café"),
            ("ﻻﺋﺤﺔ", "لائحة"),
            ("15min", "15 min"),
            ("INFOقال", "info قال"),
            ("імʼя, oʻzbek", "ім'я o‘zbek"),
        ] {
            assert_eq!(hashes(a), hashes(b), "{a} and {b}");
        }
        assert_ne!(hashes("share"), hashes("shares"));
        assert_ne!(hashes("ab c"), hashes("a bc"));
    }

    #[test]
    fn long_words_hash_alike_however_they_are_read() {
        for (plain, other) in [("abcdefgh", "abcdefɡh"), ("internationalisation", "ＩＮＴＥＲnationalisation"), ("Ａbcdefghijklmnop", "abcdefghijklmnoP")]
        {
            let same = !other.contains('ɡ');
            assert_eq!(hashes(plain) == hashes(other), same, "{plain} and {other}");
        }
        assert_ne!(hashes("abcdefgh"), hashes("abcdefghabcdefgh"));
    }

    #[test]
    fn places_are_original_bytes() {
        let text = "© 2024 كتابٌ، 新闻";
        let found: Vec<&str> = words(text).iter().map(|token| &text[token.start as usize..token.end as usize]).collect();
        assert_eq!(found, ["©", "2024", "كتابٌ", "新", "闻"]);
    }
}
