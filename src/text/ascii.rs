//! Reads runs of ASCII, the bulk of many texts: words eight bytes at a time, digits and marks without the table of `fold`.
//!
//! In: a [`Scanner`] and a place in its text. Out: where the run ends; words and counts are added to the scanner. What these ways cannot tell (a
//! letter or mark beyond ASCII goes on with the word) is left open for the scanner to go on with.

use super::fold::Class;
use super::scan::{Open, Scanner};
use super::shape::{LETTERS, is_closing};
use super::token::Kind;
use super::word_hash::{WordHash, eight, leading_letters, load};

/// Apart, so that words without capitals do not pay for it.
#[cold]
fn count_bits(bits: u64) -> u32 {
    bits.count_ones()
}

impl Scanner<'_> {
    #[inline]
    pub(super) fn blank(&mut self, at: usize) -> usize {
        if self.open.is_some() {
            self.close(at);
        }
        self.held[0] |= 1 << b' ';
        at + 1
    }

    /// Reads words of ASCII letters as long as single blanks part them; returns where they end.
    #[inline]
    pub(super) fn ascii_words(&mut self, start: usize) -> usize {
        if self.open.is_some() {
            return self.ascii_letters(start);
        }
        let bytes = self.text.as_bytes();
        let before = self.tokens.len();
        let (mut at, mut upper, mut blanks) = (start, 0, 0);
        loop {
            let (first, mut hash) = (at, WordHash::EMPTY);
            let (word, bits) = loop {
                let word = load(bytes, at);
                let bits = leading_letters(word);
                if bits < 64 {
                    break (word, bits);
                }
                upper += (!word & eight(0x20)).count_ones();
                hash.add_eight(word | eight(0x20));
                at += 8;
            };
            let within = (1 << bits) - 1;
            let capitals = !word & eight(0x20) & within;
            if capitals != 0 {
                upper += count_bits(capitals);
            }
            hash.add_last((word | eight(0x20)) & within, bits);
            at += bits as usize / 8;
            if at == first {
                break;
            }
            // Zero behind the end of the block.
            let next = (word >> bits) as u8;
            if !next.is_ascii() {
                self.open = Some(Open { start: first, hash, class: Class::Letter, many: false });
                break;
            }
            self.push(first, at, hash.finish(Kind::Word));
            if next != b' ' {
                break;
            }
            blanks += 1;
            at += 1;
        }
        let letters = (at - start) as u32 - blanks;
        self.spaced_words += (self.tokens.len() - before) as u32;
        self.shape.upper += upper;
        self.shape.letters += letters;
        self.shape.chars += letters;
        self.held[0] |= u64::from(blanks > 0) << b' ';
        self.held[1] |= (LETTERS >> 64) as u64;
        self.last = bytes[at - 1 - usize::from(bytes[at - 1] == b' ')] as char;
        at
    }

    /// Reads a run of ASCII letters that go on with an open word; returns where it ends.
    fn ascii_letters(&mut self, start: usize) -> usize {
        if self.open.as_ref().is_some_and(|open| open.class != Class::Letter) {
            self.close(start);
            return self.ascii_words(start);
        }
        let Some(open) = &mut self.open else { return start };
        let bytes = self.text.as_bytes();
        let count = bytes[start..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        for &byte in &bytes[start..start + count] {
            open.hash.add(byte.to_ascii_lowercase().into(), 8);
            self.shape.upper += u32::from(byte.is_ascii_uppercase());
        }
        self.shape.letters += count as u32;
        self.shape.chars += count as u32;
        self.held[1] |= (LETTERS >> 64) as u64;
        self.last = bytes[start + count - 1] as char;
        start + count
    }

    /// Reads a run of ASCII digits; returns where it ends.
    #[inline]
    pub(super) fn ascii_digits(&mut self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit());
        let end = start + digits.count();
        if self.open.as_ref().is_some_and(|open| open.class != Class::Digit) {
            self.close(start);
        }
        let open = self.open.get_or_insert(Open { start, hash: WordHash::EMPTY, class: Class::Digit, many: false });
        for &byte in &bytes[start..end] {
            open.hash.add(byte.into(), 8);
            self.held[0] |= 1 << byte;
        }
        self.shape.digits += (end - start) as u32;
        self.shape.chars += (end - start) as u32;
        self.last = bytes[end - 1] as char;
        end
    }

    /// Reads an ASCII character that parts words and folds to itself; returns where it ends.
    #[inline]
    pub(super) fn ascii_mark(&mut self, mark: u8, at: usize) -> usize {
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
}

#[cfg(test)]
mod tests {
    use super::super::fold::fold;
    use super::*;
    use crate::span::Span;
    use crate::text::token::{tokenise, words};

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

    #[test]
    fn what_stands_behind_a_block_is_not_read() {
        let text = "Ab cdé Fghijklmnop qr";
        for end in (1..=text.len()).filter(|&end| text.is_char_boundary(end)) {
            let mut tokens = Vec::new();
            let shape = tokenise(text, Span { start: 0, end: end as u32 }, &mut tokens);
            assert_eq!(tokens, words(&text[..end]), "{end}");
            assert_eq!(shape.upper as usize, text[..end].chars().filter(|c| c.is_uppercase()).count(), "{end}");
            assert_eq!(shape.letters as usize, text[..end].chars().filter(|c| c.is_alphabetic()).count(), "{end}");
        }
    }

    #[test]
    fn capitals_are_counted_however_many() {
        let text = "ABCDEFGHIJ aBc ".repeat(300);
        let shape = tokenise(&text, Span::of(&text), &mut Vec::new());
        assert_eq!((shape.upper, shape.words, shape.letters), (3300, 600, 3900));
    }
}
