//! Parts a block into words and measures its shape, in one pass over its characters.
//!
//! In: the text of a block. Out: [`Token`]s (byte range and hash of the folded word) and a [`Shape`] (counts that detectors
//! use). Rules match sequences of word hashes, so a phrase of any length costs one lookup a word of text, and every match
//! is a range of original bytes without a map back. Hashes are 61 bits of a fixed function: the same on every machine.

use super::fold::{Class, Folded, fold, fold_str};
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

/// Counts over a block, all in characters unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Words, numbers included; four characters of a script without spaces count as one and a half words, rounded up.
    pub words: u32,
    /// Characters that are not white space.
    pub chars: u32,
    /// Letters of any script.
    pub letters: u32,
    /// Decimal digits.
    pub digits: u32,
    /// Upper-case letters.
    pub upper: u32,
    /// Punctuation marks.
    pub punctuation: u32,
    /// Commas of any script.
    pub commas: u32,
    /// Marks that end a sentence, anywhere in the block.
    pub stops: u32,
    /// Letters of scripts without spaces.
    pub unspaced: u32,
    /// The block's last mark, closing quotes and brackets aside, ends a sentence.
    pub finished: bool,
    /// The block's last mark is a colon.
    pub colon: bool,
    /// Characters of the folded text, as bits of [`char_bit`].
    pub held: u128,
    /// The block opens with a bullet or a dash, as list items do.
    pub bullet: bool,
}

impl Shape {
    /// Running text: `words` words or more that end like a sentence or hold several, or three times as many.
    pub fn is_prose(&self, words: u32) -> bool {
        self.words >= words && (self.finished || self.stops > 1) || self.words >= 3 * words
    }
}

/// Is this the end of a sentence? Full stops, question and exclamation marks and ellipses of many scripts.
pub fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '؟' | '۔' | '。' | '！' | '？' | '．' | '।' | '॥' | '։' | '።' | '‼' | '⁇' | '⁈' | '⁉')
}

fn is_comma(c: char) -> bool {
    matches!(c, ',' | '،' | '、' | '，' | ';' | '؛')
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '}' | '”' | '’' | '»' | '›' | '」' | '』' | '）' | '】')
}

fn is_bullet(c: char) -> bool {
    matches!(c, '•' | '·' | '-' | '–' | '—' | '*' | '▪' | '■' | '●' | '◦' | '►' | '▶' | '»' | '‣' | '○' | '✓' | '✔' | '→')
}

/// The bit of a character in [`Shape::held`]: one for all ASCII letters, one for each other printable ASCII character, the other bits shared
/// by blocks of 128 characters, so that scripts can be told apart.
#[inline]
pub fn char_bit(c: char) -> u128 {
    match c {
        'a'..='z' | 'A'..='Z' => LETTERS,
        _ if c.is_ascii() => 1 << c as u32,
        _ => 1 << block_bit(c as u32 >> 7),
    }
}

/// The bit of [`Shape::held`] for ASCII letters.
pub const LETTERS: u128 = 1 << b'a';

/// The bit of a block of 128 characters beyond ASCII.
#[inline]
pub fn block_bit(block: u32) -> u32 {
    1 + block % OTHER_BITS
}

/// Bits that no printable ASCII character uses, the first apart.
pub const OTHER_BITS: u32 = 31;

/// All those bits.
pub const OTHERS: u128 = (1 << (OTHER_BITS + 1)) - 2;

/// The bit of [`Shape::held`] that says its characters may compose to others in the folded text.
pub const UNCERTAIN: u128 = 1;

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
struct WordHash {
    hash: u64,
    /// The bytes that wait for the eight to be full, the first lowest.
    waiting: u64,
    bits: u32,
}

impl WordHash {
    const EMPTY: WordHash = WordHash { hash: SEED, waiting: 0, bits: 0 };

    /// Adds the lowest bytes of `bytes`; those above `bits` are zero.
    #[inline]
    fn add(&mut self, bytes: u64, bits: u32) {
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
    fn add_char(&mut self, c: char) {
        let mut bytes = [0; 4];
        let len = c.encode_utf8(&mut bytes).len();
        self.add(u64::from(u32::from_le_bytes(bytes)), 8 * len as u32);
    }

    #[inline]
    fn finish(self, kind: Kind) -> u64 {
        finish(if self.bits > 0 { mix(self.hash, self.waiting) } else { self.hash }, kind)
    }

    fn of(text: &str) -> Self {
        let mut hash = WordHash::EMPTY;
        text.chars().for_each(|c| hash.add_char(c));
        hash
    }
}

/// A word being read.
struct Open {
    start: usize,
    hash: WordHash,
    class: Class,
    many: bool,
}

struct Scanner<'a> {
    text: &'a str,
    base: u32,
    tokens: &'a mut Vec<Token>,
    open: Option<Open>,
    shape: Shape,
    /// Bits of [`Shape::held`], low and high half.
    held: [u64; 2],
    spaced_words: u32,
    /// The last mark or letter, closing quotes and brackets aside.
    last: char,
}

/// Appends the words of `text` to `tokens`, their places shifted by `base`, and returns the text's shape.
pub fn tokenise(text: &str, base: u32, tokens: &mut Vec<Token>) -> Shape {
    let shape = Shape { bullet: text.chars().next().is_some_and(is_bullet), ..Shape::default() };
    let mut scanner = Scanner { text, base, tokens, open: None, shape, held: [0; 2], spaced_words: 0, last: ' ' };
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        at = match bytes[at] {
            b' ' => scanner.blank(at),
            b'a'..=b'z' | b'A'..=b'Z' => scanner.ascii_letters(bytes, at),
            _ => scanner.character(at),
        };
    }
    scanner.close(text.len());
    let Scanner { mut shape, held, spaced_words, last, .. } = scanner;
    shape.held |= u128::from(held[0]) | u128::from(held[1]) << 64;
    shape.words = spaced_words + (shape.unspaced * 3).div_ceil(8);
    shape.finished = is_stop(last);
    shape.colon = matches!(last, ':' | '：');
    shape
}

/// The high bit of each of eight bytes.
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// The same byte eight times.
const fn eight(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The eight bytes from `at`, zeros behind the end, the first lowest.
#[inline]
fn load(bytes: &[u8], at: usize) -> u64 {
    match bytes[at..].first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => bytes[at..].iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// How many of eight bytes, from the first, are ASCII letters.
#[inline]
fn leading_letters(word: u64) -> u32 {
    let low = (word | eight(0x20)) & !HIGH_BITS;
    let from_a = low + eight(0x80 - b'a');
    let beyond_z = low + eight(0x80 - b'z' - 1);
    let letters = from_a & !beyond_z & !word & HIGH_BITS;
    (!letters & HIGH_BITS).trailing_zeros() / 8
}

impl Scanner<'_> {
    #[inline]
    fn blank(&mut self, at: usize) -> usize {
        self.close(at);
        self.held[0] |= 1 << b' ';
        at + 1
    }

    /// Reads a run of ASCII letters, the bulk of many texts, eight at a time; returns where it ends.
    #[inline]
    fn ascii_letters(&mut self, bytes: &[u8], start: usize) -> usize {
        if self.open.as_ref().is_some_and(|open| open.class != Class::Letter) {
            self.close(start);
        }
        let mut hash = self.open.as_ref().map_or(WordHash::EMPTY, |open| open.hash);
        let mut at = start;
        let mut upper = 0;
        loop {
            let word = load(bytes, at);
            let count = leading_letters(word);
            let within = if count == 8 { u64::MAX } else { (1 << (8 * count)) - 1 };
            let capitals = !word & eight(0x20) & within;
            upper += if capitals == 0 { 0 } else { capitals.count_ones() };
            hash.add((word | eight(0x20)) & within, 8 * count);
            at += count as usize;
            if count < 8 || at == bytes.len() {
                break;
            }
        }
        self.held[1] |= (LETTERS >> 64) as u64;
        let count = (at - start) as u32;
        self.shape.upper += upper;
        self.shape.letters += count;
        self.shape.chars += count;
        self.last = bytes[at - 1] as char;
        match &mut self.open {
            Some(open) => open.hash = hash,
            // The usual word ends right here.
            None if bytes.get(at).is_none_or(|&next| next == b' ') => {
                self.push(start, at, hash.finish(Kind::Word));
                self.spaced_words += 1;
            }
            None => self.open = Some(Open { start, hash, class: Class::Letter, many: false }),
        }
        at
    }

    /// Reads one character of any kind; returns where it ends.
    #[inline]
    fn character(&mut self, at: usize) -> usize {
        let Some(c) = self.text[at..].chars().next() else { return self.text.len() };
        let folded = fold(c);
        if !matches!(folded.class, Class::Space | Class::Ignored) {
            self.shape.chars += 1;
            if !is_closing(c) {
                self.last = c;
            }
        }
        self.hold(c, folded);
        match folded.class {
            Class::Space => self.close(at),
            Class::Ignored => {}
            Class::Punctuation => {
                self.close(at);
                self.mark(c);
            }
            Class::Symbol | Class::Unspaced => self.single(at, c, folded.class, folded.to),
            Class::Digit | Class::Mark | Class::Arabic | Class::Letter => {
                self.grow(at, folded.class, folded.to, folded.many);
                self.shape.upper += u32::from(folded.upper);
            }
        }
        at + c.len_utf8()
    }

    #[inline]
    fn hold(&mut self, c: char, folded: Folded) {
        match folded.class {
            Class::Ignored => {}
            Class::Mark => self.shape.held |= UNCERTAIN | OTHERS,
            _ if folded.many => self.shape.held |= fold_str(c.encode_utf8(&mut [0; 4])).chars().fold(0, |bits, c| bits | char_bit(c)),
            _ if folded.to.is_ascii_alphabetic() => self.shape.held |= LETTERS,
            _ if folded.to.is_ascii() => self.held[folded.to as usize >> 6] |= 1 << (folded.to as u32 & 63),
            _ => self.held[0] |= 1 << block_bit(folded.to as u32 >> 7),
        }
    }

    fn mark(&mut self, c: char) {
        self.shape.punctuation += 1;
        self.shape.commas += u32::from(is_comma(c));
        self.shape.stops += u32::from(is_stop(c));
    }

    /// Adds a character to the open word, or opens one; a change between digits, Arabic and other letters parts words.
    #[inline]
    fn grow(&mut self, at: usize, class: Class, to: char, many: bool) {
        match class {
            Class::Digit => self.shape.digits += 1,
            Class::Mark => {}
            _ => self.shape.letters += 1,
        }
        if let Some(open) = &mut self.open
            && (open.class == class || class == Class::Mark)
        {
            open.hash.add_char(to);
            open.many |= many;
            return;
        }
        self.close(at);
        if class != Class::Mark {
            let mut hash = WordHash::EMPTY;
            hash.add_char(to);
            self.open = Some(Open { start: at, hash, class, many });
        }
    }

    #[inline]
    fn close(&mut self, end: usize) {
        let Some(open) = self.open.take() else { return };
        let kind = if open.class == Class::Digit { Kind::Number } else { Kind::Word };
        let hash = if open.many { WordHash::of(&fold_str(&self.text[open.start..end])) } else { open.hash };
        self.push(open.start, end, hash.finish(kind));
        self.spaced_words += 1;
    }

    fn single(&mut self, at: usize, c: char, class: Class, to: char) {
        self.close(at);
        let kind = if class == Class::Symbol { Kind::Symbol } else { Kind::Character };
        if kind == Kind::Character {
            self.shape.unspaced += 1;
            self.shape.letters += 1;
        }
        let mut hash = WordHash::EMPTY;
        hash.add_char(to);
        self.push(at, at + c.len_utf8(), hash.finish(kind));
    }

    #[inline]
    fn push(&mut self, start: usize, end: usize, hash: u64) {
        self.tokens.push(Token { start: self.base + start as u32, end: self.base + end as u32, hash });
    }
}

/// The hash of a sequence of words: equal blocks have equal hashes whatever their punctuation, case and spacing.
pub fn hash_sequence(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(SEED, |hash, word| (hash.rotate_left(23) ^ word).wrapping_mul(MULTIPLIER))
}

/// The hash of tokens in a row.
pub fn sequence_hash(tokens: &[Token]) -> u64 {
    hash_sequence(tokens.iter().map(|token| token.hash))
}

/// The words of a text, on their own: for phrases, titles and host names.
pub fn words(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    tokenise(text, 0, &mut tokens);
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
        ] {
            assert_eq!(hashes(a), hashes(b), "{a} and {b}");
        }
        assert_ne!(hashes("share"), hashes("shares"));
        assert_ne!(hashes("ab c"), hashes("a bc"));
    }

    #[test]
    fn long_words_hash_alike_however_they_are_read() {
        for (plain, other) in [("abcdefgh", "abcdefɡh"), ("internationalisation", "ＩＮＴＥＲnationalisation"), ("Ａbcdefghijklmnop", "abcdefghijklmnoP")] {
            let same = !other.contains('ɡ');
            assert_eq!(hashes(plain) == hashes(other), same, "{plain} and {other}");
        }
        assert_ne!(hashes("abcdefgh"), hashes("abcdefghabcdefgh"));
        assert_eq!(leading_letters(u64::from_le_bytes(*b"azAZ@[`{")), 4);
        assert_eq!(leading_letters(u64::from_le_bytes(*b"abcdefgh")), 8);
        assert_eq!(leading_letters(u64::from_le_bytes([b'a', 0xe1, b'a', 0, 0, 0, 0, 0])), 1);
    }

    #[test]
    fn places_are_original_bytes() {
        let text = "© 2024 كتابٌ، 新闻";
        let found: Vec<&str> = words(text).iter().map(|token| &text[token.start as usize..token.end as usize]).collect();
        assert_eq!(found, ["©", "2024", "كتابٌ", "新", "闻"]);
    }

    #[test]
    fn shapes_know_sentences() {
        let shape = |text| tokenise(text, 0, &mut Vec::new());
        assert!(shape("قال: «لن نعود».").finished);
        assert!(shape("He said \"no.\"").finished);
        assert!(!shape("Most read").finished);
        assert!(shape("- item").bullet);
        assert_eq!(shape("one two 3").words, 3);
    }
}
