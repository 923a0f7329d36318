//! Reads runs of letters that are two bytes in UTF-8: Latin with accents, Greek, Cyrillic, Hebrew and Arabic.
//!
//! In: a [`Scanner`] and a place in its text. Out: where the run ends; words and counts are added to the scanner, as `character` would. The table of
//! `fold` is packed for this loop: an entry holds the folded letter as it goes into a word's hash. What has no entry (marks, digits, what folds to
//! several characters or to ASCII) is left to the scanner.

use std::sync::OnceLock;

use super::fold::{Class, fold};
use super::scan::{Open, Scanner};
use super::shape::block_bit;
use super::word_hash::WordHash;

/// A letter: the two bytes of its folded form, then these.
const BLOCK: u32 = 16;
const UPPER: u32 = 1 << 24;
const ARABIC: u32 = 1 << 25;
/// Not a letter, but no end of a word either.
const IGNORED: u32 = 1 << 26;

/// Code points of two bytes.
const CODES: usize = 0x800;

static ENTRIES: OnceLock<Box<[u32; CODES]>> = OnceLock::new();

fn entries() -> Box<[u32; CODES]> {
    let mut entries = Box::new([0; CODES]);
    for c in '\u{80}'..='\u{7ff}' {
        let folded = fold(c);
        let mut bytes = [0; 4];
        let is_two = folded.to.encode_utf8(&mut bytes).len() == 2;
        let letter = u32::from(u16::from_le_bytes([bytes[0], bytes[1]])) | block_bit(folded.to as u32 >> 7) << BLOCK | if folded.upper { UPPER } else { 0 };
        entries[c as usize] = match folded.class {
            Class::Ignored => IGNORED,
            Class::Letter if is_two && !folded.many => letter,
            Class::Arabic if is_two && !folded.many => letter | ARABIC,
            _ => 0,
        };
    }
    entries
}

/// The entry of the first character, and what stands behind two bytes; 0 where it is none of two.
#[inline]
fn first_entry<'b>(entries: &[u32; CODES], bytes: &'b [u8]) -> (u32, &'b [u8]) {
    match bytes.split_first_chunk::<2>() {
        Some((&[first, second], rest)) if first & 0xe0 == 0xc0 => (entries[usize::from(first & 0x1f) << 6 | usize::from(second & 0x3f)], rest),
        _ => (0, bytes),
    }
}

impl Scanner<'_> {
    /// Reads letters and the blanks between them; returns where they end, which is `start` where the first character is no such letter.
    pub(super) fn letters(&mut self, start: usize) -> usize {
        let entries = ENTRIES.get_or_init(entries);
        let bytes = self.text.as_bytes();
        let (mut at, mut held, mut letters, mut upper, mut last) = (start, 0_u64, 0, 0, None);
        loop {
            let (mut entry, mut rest) = first_entry(entries, &bytes[at..]);
            if entry == IGNORED {
                at += 2;
                continue;
            }
            if entry == 0 {
                if at == start || bytes.get(at) != Some(&b' ') {
                    break;
                }
                at = self.blank(at);
                continue;
            }
            let (script, class) = (entry & ARABIC, if entry & ARABIC == 0 { Class::Letter } else { Class::Arabic });
            if self.open.as_ref().is_some_and(|word| word.class != class) {
                self.close(at);
            }
            let mut word = self.open.take().unwrap_or(Open { start: at, hash: WordHash::EMPTY, class, many: false });
            let mut behind = rest.len();
            while entry != 0 && entry & (ARABIC | IGNORED) == script {
                word.hash.add(u64::from(entry & 0xffff), 16);
                held |= 1 << (entry >> BLOCK & 63);
                upper += u32::from(entry & UPPER != 0);
                letters += 1;
                behind = rest.len();
                (entry, rest) = first_entry(entries, rest);
            }
            self.open = Some(word);
            at = bytes.len() - behind;
            last = Some(at - 2);
        }
        self.held[0] |= held;
        self.shape.upper += upper;
        self.shape.letters += letters;
        self.shape.chars += letters;
        if let Some(c) = last.and_then(|last| self.text[last..].chars().next()) {
            self.last = c;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;
    use crate::text::shape::Shape;
    use crate::text::token::{Token, tokenise, words};

    fn read(text: &str) -> (Vec<Token>, Shape) {
        let mut tokens = Vec::new();
        let shape = tokenise(text, Span::of(text), &mut tokens);
        (tokens, shape)
    }

    /// The same without any runs.
    fn read_apart(text: &str) -> (Vec<Token>, Shape) {
        let mut tokens = Vec::new();
        let mut scanner = Scanner::new(text, Span::of(text), &mut tokens);
        text.char_indices().for_each(|(at, _)| _ = scanner.character(at));
        let shape = scanner.finish();
        (tokens, shape)
    }

    #[test]
    fn runs_are_read_as_their_characters() {
        for c in '\u{80}'..='\u{7ff}' {
            for (before, behind) in [("", ""), ("a", "b"), ("д", "д"), ("ب", "ب"), ("é ", " é"), ("1", "1"), ("ـ", "ـ"), ("e\u{301}", "x"), ("ﻻ", "中")]
            {
                let run = format!("{before}{c}{behind}");
                assert_eq!(read(&run), read_apart(&run), "{run:?}");
            }
        }
    }

    #[test]
    fn words_end_where_letters_do() {
        for (text, expected) in [
            ("кот, пёс", vec!["кот", "пёс"]),
            ("ـكتابـ قديمٌ.", vec!["كتابـ", "قديمٌ"]),
            ("naïve café", vec!["naïve", "café"]),
            ("ΑθήναBBC", vec!["ΑθήναBBC"]),
            ("بيBBCсиб", vec!["بي", "BBCсиб"]),
            ("12ب3", vec!["12", "ب", "3"]),
        ] {
            let found: Vec<&str> = words(text).iter().map(|token| &text[token.start as usize..token.end as usize]).collect();
            assert_eq!(found, expected);
        }
    }
}
