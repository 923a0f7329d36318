//! The words of a block as the survey compares them: folded, with numbers and dates, the stated title and the author made alike.
//!
//! In: the tokens of a block. Out: hashes and places of its words. A run of numbers, with names of months and days among
//! them, is one `{n}`; the record's title is `{title}`, its author `{author}`: so "1085 views" and "97 views" are one line, and so are
//! the rows that end with each article's own title. Survey and cleaning share this file, so that they count the same words.

pub use super::dates::DateWords;

use crate::document::{Block, Document};
use crate::text::fold::{Class, fold, fold_str};
use crate::text::token::{Kind, Token, hash_sequence, words};

/// So many words at a line's start and end are compared; of longer lines the rest is a hash.
pub const WORDS: usize = 24;
/// Version of the normalisation; a survey of another one must be made again.
pub const NORMALISATION: u32 = 2;
/// Shorter titles are no mark of an article.
const TITLE_WORDS: usize = 3;
const AUTHOR_WORDS: usize = 2;

/// Hashes that no folded word has: real ones are spread over 61 bits.
const NUMBER: u64 = 1;
const TITLE: u64 = 2;
const AUTHOR: u64 = 3;

/// A word as templates compare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Hash of the folded word.
    pub hash: u64,
    /// First byte in the document's text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Word {
    /// Does it stand for many words (a number, a title, an author)?
    pub fn is_open(self) -> bool {
        is_open(self.hash)
    }
}

/// Is it the hash of what stands for many words?
pub fn is_open(hash: u64) -> bool {
    OPEN.contains(&hash)
}

/// The first and the last word of a block.
#[derive(Clone, Copy, Debug)]
pub struct Edges {
    /// The hash of the first.
    pub first: u64,
    /// The hash of the last ...
    pub last: u64,
    /// ... which may stand for several tokens instead: a number, the title or the author.
    pub may_be_open: bool,
}

/// Hashes of what stands for many words.
pub const OPEN: [u64; 3] = [NUMBER, TITLE, AUTHOR];

/// Reads the blocks of one document.
pub struct Reader<'a> {
    dates: &'a DateWords,
    title: Vec<u64>,
    author: Vec<u64>,
    /// The first words of both; 0, which no word has, for none.
    firsts: [u64; 2],
}

impl<'a> Reader<'a> {
    /// A reader that knows the document's title and author.
    pub fn new(dates: &'a DateWords, document: &Document) -> Self {
        let known = |words: &[Token], least: usize| if words.len() >= least { words.iter().map(|token| token.hash).collect() } else { Vec::new() };
        let named = document.named();
        let (title, author) = (known(&named.title, TITLE_WORDS), known(&named.author, AUTHOR_WORDS));
        let firsts = [&title, &author].map(|known| known.first().copied().unwrap_or(0));
        Reader { dates, title, author, firsts }
    }

    /// Appends the words of a block.
    pub fn read(&self, document: &Document, block: &Block, out: &mut Vec<Word>) {
        self.read_tokens(document.tokens_of(block), out);
    }

    fn read_tokens(&self, tokens: &[Token], out: &mut Vec<Word>) {
        out.reserve(tokens.len());
        let mut at = 0;
        while let Some(first) = tokens.get(at) {
            let (hash, taken) = if self.is_own_word(first) { (first.hash, 1) } else { self.made_alike(&tokens[at..]) };
            out.push(Word { hash, start: first.start, end: tokens[at + taken - 1].end });
            at += taken;
        }
    }

    /// Does a word stand for itself, wherever it is? Most do.
    #[inline]
    fn is_own_word(&self, token: &Token) -> bool {
        token.hash != self.firsts[0] && token.hash != self.firsts[1] && !self.dates.is_date_part(token)
    }

    /// Do all these words stand for themselves?
    #[inline]
    pub fn is_plain(&self, tokens: &[Token]) -> bool {
        tokens.iter().all(|token| self.is_own_word(token))
    }

    /// What may begin with a number, a date, the title or the author: the hash it is known by, and its tokens.
    fn made_alike(&self, rest: &[Token]) -> (u64, usize) {
        if self.dates.is_date_part(&rest[0]) {
            self.dated(rest)
        } else if starts_with(rest, &self.title) {
            (TITLE, self.title.len())
        } else if starts_with(rest, &self.author) {
            (AUTHOR, self.author.len())
        } else {
            (rest[0].hash, 1)
        }
    }

    /// The first and the last word of a block, without reading those between.
    #[inline]
    pub fn edges(&self, tokens: &[Token]) -> Option<Edges> {
        let (first, last) = (tokens.first()?, tokens.last()?);
        let closes = [&self.title, &self.author].into_iter().any(|known| known.last() == Some(&last.hash));
        let first = if self.is_own_word(first) { first.hash } else { self.made_alike(tokens).0 };
        Some(Edges { first, last: last.hash, may_be_open: closes || self.dates.is_date_part(last) })
    }

    /// What begins with a number or the name of a month or day.
    fn dated(&self, rest: &[Token]) -> (u64, usize) {
        if starts_with(rest, &self.title) {
            return (TITLE, self.title.len());
        }
        if starts_with(rest, &self.author) {
            return (AUTHOR, self.author.len());
        }
        let run = rest.iter().take_while(|token| self.dates.is_date_part(token)).count();
        if rest[..run].iter().any(|token| token.kind() == Kind::Number) { (NUMBER, run) } else { (rest[0].hash, 1) }
    }
}

#[inline]
fn starts_with(tokens: &[Token], wanted: &[u64]) -> bool {
    wanted.first() == Some(&tokens[0].hash) && tokens.len() >= wanted.len() && tokens.iter().zip(wanted).all(|(token, &hash)| token.hash == hash)
}

/// Words of a title, without the numbers around it: listings put dates and counts beside titles.
pub fn title_words(dates: &DateWords, title: &[Token]) -> Vec<Word> {
    let mut out = Vec::new();
    Reader { dates, title: Vec::new(), author: Vec::new(), firsts: [0; 2] }.read_tokens(title, &mut out);
    trim_numbers(&out).to_vec()
}

/// The words without numbers at both ends.
pub fn trim_numbers(words: &[Word]) -> &[Word] {
    let first = words.iter().take_while(|word| word.hash == NUMBER).count();
    let last = words[first..].iter().rev().take_while(|word| word.hash == NUMBER).count();
    &words[first..words.len() - last]
}

/// The hash of words in a row.
#[inline]
pub fn hash_of(words: impl Iterator<Item = u64>) -> u64 {
    hash_sequence(words)
}

/// Appends a word's normalised text.
pub fn push_text(text: &str, word: Word, out: &mut Vec<u8>) {
    let fixed: &[u8] = match word.hash {
        NUMBER => b"{n}",
        TITLE => b"{title}",
        AUTHOR => b"{author}",
        _ => b"",
    };
    if !fixed.is_empty() {
        return out.extend_from_slice(fixed);
    }
    let slice = &text[word.start as usize..word.end as usize];
    let start = out.len();
    if slice.is_ascii() {
        push_short(text.as_bytes(), word.start as usize, slice.len(), out);
        return out[start..].make_ascii_lowercase();
    }
    for c in slice.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase() as u8);
            continue;
        }
        let folded = fold(c);
        // A symbol or letter that folds to another kind of character may not be the same word when it is read again.
        if folded.many || folded.class == Class::Symbol || folded.to.is_ascii_punctuation() {
            out.truncate(start);
            return push_rare(slice, word.hash, out);
        }
        if folded.class != Class::Ignored {
            out.extend_from_slice(folded.to.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// Appends `len` bytes from `at`. Words are short, and a copy of a known size is quicker than one of any size.
#[inline]
pub(super) fn push_short(from: &[u8], at: usize, len: usize, out: &mut Vec<u8>) {
    const SHORT: usize = 16;
    match from[at..].first_chunk::<SHORT>() {
        Some(chunk) if len <= SHORT => {
            out.extend_from_slice(chunk);
            out.truncate(out.len() - SHORT + len);
        }
        _ => out.extend_from_slice(&from[at..at + len]),
    }
}

/// A word whose characters do not fold one by one: its folded text where that is the same word again, else its hash.
#[cold]
fn push_rare(slice: &str, hash: u64, out: &mut Vec<u8>) {
    let folded = fold_str(slice);
    match words(&folded).as_slice() {
        [only] if only.hash == hash && !folded.contains(' ') => out.extend_from_slice(folded.as_bytes()),
        _ => out.extend_from_slice(format!("{{{hash:016x}}}").as_bytes()),
    }
}

/// The hash of what a row has for many words, or for one that cannot be written (see [`push_text`]); `None` when it is neither.
pub(super) fn hash_of_mark(mark: &str) -> Option<u64> {
    match mark {
        "{n}" => Some(NUMBER),
        "{title}" => Some(TITLE),
        "{author}" => Some(AUTHOR),
        _ => u64::from_str_radix(mark.strip_prefix('{')?.strip_suffix('}')?, 16).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Metadata;
    use crate::rules::RuleSet;
    use crate::segment::segment_text;

    /// The hash of a word from its normalised text.
    fn hash_of_text(word: &str) -> Option<u64> {
        match words(word).as_slice() {
            _ if word.starts_with('{') => hash_of_mark(word),
            [only] => Some(only.hash),
            _ => None,
        }
    }

    fn texts(line: &str, title: &str) -> String {
        let rules = RuleSet::shipped().expect("the shipped rules compile");
        let dates = DateWords::new(&rules);
        let document = segment_text(line.into(), Metadata { title: Some(title.into()), ..Metadata::default() });
        let mut found = Vec::new();
        Reader::new(&dates, &document).read(&document, &document.blocks[0], &mut found);
        let mut out = Vec::new();
        for word in found {
            out.extend_from_slice(if out.is_empty() { b"" } else { b" " });
            push_text(&document.text, word, &mut out);
            let last = String::from_utf8_lossy(&out).rsplit(' ').next().map(str::to_owned).expect("a word");
            assert_eq!(hash_of_text(&last), Some(word.hash), "{last}");
        }
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn numbers_dates_and_titles_are_alike() {
        assert_eq!(texts("1,085 Views", ""), "{n} views");
        assert_eq!(texts("Posted Monday, 24 November 2011, 12:57 by desk", ""), "posted {n} by desk");
        assert_eq!(texts("Monday we march", ""), "monday we march");
        assert_eq!(texts("رابط الخبر: الجسر الجديد يفتح اليوم", "الجسر الجديد يفتح اليوم"), "رابط الخبر {title}");
        assert_eq!(texts("İlk ﻻ cafe\u{301} ½ №", ""), texts("İlk ﻻ cafe\u{301} ½ №", ""));
    }

    #[test]
    fn folded_characters_are_words_again() {
        for c in ('\u{80}'..'\u{3000}').filter(|c| c.is_alphabetic() && !fold(*c).many && fold(*c).class != Class::Ignored) {
            let line = format!("{c}");
            let found = words(&line);
            if found.is_empty() {
                continue;
            }
            let mut out = Vec::new();
            push_text(&line, Word { hash: found[0].hash, start: 0, end: line.len() as u32 }, &mut out);
            let text = String::from_utf8(out).expect("UTF-8");
            assert_eq!(hash_of_text(&text), Some(found[0].hash), "{c:?} as {text:?}");
        }
    }
}
