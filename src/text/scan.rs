//! Reads the words of a block and measures its shape, in one pass over its characters.
//!
//! In: the text of a block. Out: its [`Token`]s, appended, and its [`Shape`]. Runs of ASCII letters, the bulk of many texts, are read eight bytes at a time;
//! everything else goes character by character through the table of `fold`. Both ways give the same words.

use super::fold::{Class, Folded, fold, fold_str};
use super::shape::{LETTERS, OTHERS, Shape, UNCERTAIN, block_bit, char_bit, is_bullet, is_closing, is_comma, is_stop};
use super::token::{Kind, Token};
use super::word_hash::{WordHash, eight, leading_letters, load};

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
            b'a'..=b'z' | b'A'..=b'Z' => scanner.ascii_word(bytes, at).unwrap_or_else(|| scanner.ascii_letters(bytes, at)),
            b'0'..=b'9' => scanner.ascii_digits(bytes, at),
            b'$' | b'`' => scanner.character(at),
            mark @ b'!'..=b'~' => scanner.ascii_mark(mark, at),
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

/// Apart, so that words without capitals do not pay for it.
#[cold]
fn count_bits(bits: u64) -> u32 {
    bits.count_ones()
}

impl Scanner<'_> {
    #[inline]
    fn blank(&mut self, at: usize) -> usize {
        if self.open.is_some() {
            self.close(at);
        }
        self.held[0] |= 1 << b' ';
        at + 1
    }

    /// Reads a word of ASCII letters with nothing but ASCII around it, the bulk of many texts, and a blank behind it; returns where that ends.
    /// `None`: it may be another sort of word, or stands too near the end.
    #[inline]
    fn ascii_word(&mut self, bytes: &[u8], start: usize) -> Option<usize> {
        if self.open.is_some() {
            return None;
        }
        let (mut at, mut upper, mut hash) = (start, 0, WordHash::EMPTY);
        let (word, count) = loop {
            let word = u64::from_le_bytes(*bytes[at..].first_chunk::<8>()?);
            let count = leading_letters(word);
            if count < 8 {
                break (word, count);
            }
            upper += (!word & eight(0x20)).count_ones();
            hash.add_eight(word | eight(0x20));
            at += 8;
        };
        let next = (word >> (8 * count)) as u8;
        if !next.is_ascii() {
            return None;
        }
        let within = (1 << (8 * count)) - 1;
        let capitals = !word & eight(0x20) & within;
        if capitals != 0 {
            upper += count_bits(capitals);
        }
        let end = at + count as usize;
        hash.add_last((word | eight(0x20)) & within, 8 * count);
        self.push(start, end, hash.finish(Kind::Word));
        let letters = (end - start) as u32;
        self.spaced_words += 1;
        self.shape.upper += upper;
        self.shape.letters += letters;
        self.shape.chars += letters;
        self.held[1] |= (LETTERS >> 64) as u64;
        self.last = bytes[end - 1] as char;
        let blank = next == b' ';
        self.held[0] |= u64::from(blank) << b' ';
        Some(end + usize::from(blank))
    }

    /// Reads a run of ASCII letters eight at a time; returns where it ends.
    #[inline]
    fn ascii_letters(&mut self, bytes: &[u8], start: usize) -> usize {
        if self.open.as_ref().is_some_and(|open| open.class != Class::Letter) {
            self.close(start);
        }
        let mut hash = self.open.as_ref().map_or(WordHash::EMPTY, |open| open.hash);
        let mut at = start;
        loop {
            let word = load(bytes, at);
            let count = leading_letters(word);
            let within = if count == 8 { u64::MAX } else { (1 << (8 * count)) - 1 };
            let capitals = !word & eight(0x20) & within;
            if capitals != 0 {
                self.shape.upper += count_bits(capitals);
            }
            hash.add((word | eight(0x20)) & within, 8 * count);
            at += count as usize;
            if count < 8 || at == bytes.len() {
                break;
            }
        }
        self.held[1] |= (LETTERS >> 64) as u64;
        let count = (at - start) as u32;
        self.shape.letters += count;
        self.shape.chars += count;
        self.last = bytes[at - 1] as char;
        match &mut self.open {
            Some(open) => open.hash = hash,
            // The usual word ends right here: nothing but a letter or mark beyond ASCII makes it longer.
            None if bytes.get(at).is_none_or(u8::is_ascii) => {
                self.push(start, at, hash.finish(Kind::Word));
                self.spaced_words += 1;
            }
            None => self.open = Some(Open { start, hash, class: Class::Letter, many: false }),
        }
        at
    }

    /// Reads a run of ASCII digits; returns where it ends.
    #[inline]
    fn ascii_digits(&mut self, bytes: &[u8], start: usize) -> usize {
        let count = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let end = start + count;
        if self.open.as_ref().is_some_and(|open| open.class != Class::Digit) {
            self.close(start);
        }
        let open = self.open.get_or_insert(Open { start, hash: WordHash::EMPTY, class: Class::Digit, many: false });
        for &byte in &bytes[start..end] {
            open.hash.add(byte.into(), 8);
            self.held[0] |= 1 << byte;
        }
        self.shape.digits += count as u32;
        self.shape.chars += count as u32;
        self.last = bytes[end - 1] as char;
        end
    }

    /// Reads an ASCII character that parts words and folds to itself; returns where it ends.
    #[inline]
    fn ascii_mark(&mut self, mark: u8, at: usize) -> usize {
        if self.open.is_some() {
            self.close(at);
        }
        let c = mark as char;
        self.shape.chars += 1;
        if !is_closing(c) {
            self.last = c;
        }
        self.held[mark as usize >> 6] |= 1 << (mark & 63);
        self.mark(c);
        at + 1
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_read_as_the_tables_say() {
        for byte in (b'!'..=b'~').filter(|byte| !matches!(byte, b'$' | b'`')) {
            let c = byte as char;
            let folded = fold(c);
            let expected = if c.is_ascii_digit() {
                Class::Digit
            } else if c.is_ascii_alphabetic() {
                Class::Letter
            } else {
                Class::Punctuation
            };
            assert_eq!((folded.class, folded.to, folded.many), (expected, c.to_ascii_lowercase(), false), "{c}");
        }
        assert!((0..b' ').chain([127]).all(|byte| fold(byte as char).class == Class::Space));
    }
}
