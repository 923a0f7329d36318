//! Reads the words of a block and measures its shape, in one pass over its characters.
//!
//! In: a text and the range of a block in it. Out: the block's [`Token`]s, appended, and its [`Shape`]. ASCII and letters of two bytes are read in
//! runs (see `ascii` and `letters`); everything else goes character by character through the table of `fold`. All ways give the same words.

use super::fold::{Class, Folded, fold, fold_str};
use super::shape::{LETTERS, OTHERS, Shape, UNCERTAIN, block_bit, char_bit, is_bullet, is_comma, is_stop, may_close};
use super::token::{Kind, Token};
use super::word_hash::WordHash;
use crate::span::Span;

/// A word being read.
pub(super) struct Open {
    pub(super) start: usize,
    pub(super) hash: WordHash,
    pub(super) class: Class,
    pub(super) many: bool,
}

pub(super) struct Scanner<'a> {
    /// The text up to the end of the block.
    pub(super) text: &'a str,
    pub(super) tokens: &'a mut Vec<Token>,
    pub(super) open: Option<Open>,
    pub(super) shape: Shape,
    /// Bits of [`Shape::held`], low and high half.
    pub(super) held: [u64; 2],
    pub(super) spaced_words: u32,
    /// The last mark or letter, quotes that may close and closing brackets aside.
    pub(super) last: char,
}

/// Appends the words of `text` within `span` to `tokens` and returns the shape of what stands there.
pub fn tokenise(text: &str, span: Span, tokens: &mut Vec<Token>) -> Shape {
    let mut scanner = Scanner::new(text, span, tokens);
    let (mut at, end) = (span.start as usize, span.end as usize);
    while at < end {
        at = match scanner.text.as_bytes()[at] {
            b' ' => scanner.blank(at),
            b'a'..=b'z' | b'A'..=b'Z' => scanner.ascii_words(at),
            b'0'..=b'9' => scanner.ascii_digits(at),
            b'$' | b'`' => scanner.character(at),
            mark @ b'!'..=b'~' => scanner.ascii_mark(mark, at),
            0xc2..=0xdf => match scanner.letters(at) {
                end if end > at => end,
                _ => scanner.character(at),
            },
            _ => scanner.character(at),
        };
    }
    scanner.finish()
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, span: Span, tokens: &'a mut Vec<Token>) -> Self {
        let text = &text[..span.end as usize];
        let shape = Shape { bullet: text[span.start as usize..].chars().next().is_some_and(is_bullet), ..Shape::default() };
        Scanner { text, tokens, open: None, shape, held: [0; 2], spaced_words: 0, last: ' ' }
    }

    /// Ends the block; returns its shape.
    pub(super) fn finish(mut self) -> Shape {
        self.close(self.text.len());
        let Scanner { mut shape, held, spaced_words, last, .. } = self;
        shape.held |= u128::from(held[0]) | u128::from(held[1]) << 64;
        shape.words = spaced_words + (shape.unspaced * 3).div_ceil(8);
        shape.finished = is_stop(last);
        shape.colon = matches!(last, ':' | '：');
        shape
    }

    /// Reads one character of any kind; returns where it ends.
    #[inline]
    pub(super) fn character(&mut self, at: usize) -> usize {
        let Some(c) = self.text[at..].chars().next() else { return self.text.len() };
        let folded = fold(c);
        if !matches!(folded.class, Class::Space | Class::Ignored) {
            self.shape.chars += 1;
            if !may_close(c) {
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

    pub(super) fn mark(&mut self, c: char) {
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
    pub(super) fn close(&mut self, end: usize) {
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
    pub(super) fn push(&mut self, start: usize, end: usize, hash: u64) {
        self.tokens.push(Token { start: start as u32, end: end as u32, hash });
    }
}
