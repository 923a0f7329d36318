//! Words that say something about a subject, and their stems.
//!
//! In: the tokens of a block. Out: the hash of each word's stem after light stemming (Arabic particles and article off, then the first letters),
//! and of each pair of characters of scripts without spaces. Inflected words meet that way without a dictionary of any language.

use std::cell::RefCell;

use super::Case;
use crate::document::Block;
use crate::rules::filed::WordSet;
use crate::survey::frequency::each_word;
use crate::text::fold::{Class, fold, fold_str};
use crate::text::token::{Kind, Token};

/// Does a word say anything about the subject? Judged by its length in bytes, as letters of most scripts take two.
pub(super) fn tells(token: &Token, min_letters: usize) -> bool {
    match token.kind() {
        Kind::Word => (token.end - token.start) as usize >= min_letters,
        Kind::Character => true,
        Kind::Number | Kind::Symbol => false,
    }
}

/// Gives the hash of every stem of a block, and of every pair of characters of scripts without spaces, each with its token and the hash of the whole
/// word or pair.
pub(super) fn each_stem(case: &Case, block: &Block, mut take: impl FnMut(u64, &Token, u64)) {
    let min_letters = case.rules.settings.teaser.min_letters;
    MEMO.with_borrow_mut(|memo| {
        memo.ask_for(min_letters);
        each_word(case.document.tokens_of(block), |token, hash| match token.kind() {
            Kind::Word => memo.stem(&case.document.text, token).into_iter().for_each(|stem| take(stem, token, hash)),
            _ => take(hash, token, hash),
        });
    });
}

/// The stems of some blocks.
pub(super) fn stems_of<'b>(case: &Case, blocks: impl IntoIterator<Item = &'b Block>) -> WordSet {
    let mut stems = WordSet::default();
    blocks.into_iter().for_each(|block| each_stem(case, block, |stem, _, _| _ = stems.insert(stem)));
    stems
}

/// Words whose stems are remembered, each where its hash says. A word's hash is that of its folded letters, and so is its stem.
const REMEMBERED: usize = 1 << 15;

/// Stems by the hashes of words, 0 for none; all for one least number of letters.
#[derive(Default)]
struct Memo {
    least: usize,
    stems: Vec<(u64, u64)>,
}

thread_local! {
    static MEMO: RefCell<Memo> = RefCell::default();
}

impl Memo {
    /// Begins anew where another number of letters is asked for.
    fn ask_for(&mut self, least: usize) {
        if self.stems.is_empty() || self.least != least {
            *self = Memo { least, stems: vec![(0, 0); REMEMBERED] };
        }
    }

    /// The hash of a word's stem. Most words of a text stood in the last ones too.
    #[inline]
    fn stem(&mut self, text: &str, token: &Token) -> Option<u64> {
        let known = &mut self.stems[(token.hash >> 32) as usize % REMEMBERED];
        if known.0 != token.hash {
            *known = (token.hash, stem(&text[token.start as usize..token.end as usize], self.least).unwrap_or(0));
        }
        (known.1 != 0).then_some(known.1)
    }
}

/// The hash of a word's stem: without Arabic particles and article, the first letters; none for short words.
fn stem(word: &str, min_letters: usize) -> Option<u64> {
    const STEM_LETTERS: usize = 5;
    const LETTERS: usize = STEM_LETTERS + 3;
    if word.is_ascii() {
        let letters = word.bytes().take(STEM_LETTERS).map(|byte| byte.to_ascii_lowercase() as char);
        return (word.len() >= min_letters).then(|| hash_letters(letters));
    }
    let mut letters = [' '; LETTERS];
    let mut count = 0;
    let mut add = |c: char| {
        if let Some(letter) = letters.get_mut(count) {
            *letter = c;
        }
        count += 1;
    };
    if word.chars().any(|c| fold(c).many) {
        fold_str(word).chars().for_each(add);
    } else {
        word.chars().map(fold).filter(|folded| folded.class != Class::Ignored).for_each(|folded| add(folded.to));
    }
    if count < min_letters {
        return None;
    }
    let mut rest = &letters[..count.min(LETTERS)];
    if rest.len() > min_letters && matches!(rest[0], 'و' | 'ف' | 'ب' | 'ك' | 'ل') {
        rest = &rest[1..];
    }
    for article in [&['ا', 'ل'][..], &['ل'][..]] {
        if let Some(bare) = rest.strip_prefix(article).filter(|bare| bare.len() >= 3) {
            rest = bare;
            break;
        }
    }
    Some(hash_letters(rest.iter().copied().take(STEM_LETTERS)))
}

fn hash_letters(letters: impl Iterator<Item = char>) -> u64 {
    letters.fold(0, |hash: u64, c| (hash.rotate_left(21) ^ u64::from(c)).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflected_words_meet() {
        for (a, b) in [("minister", "Ministers"), ("والمدينة", "المدينة"), ("بالمدينة", "المدينة"), ("rządowy", "rządowa")] {
            assert_eq!(stem(a, 4), stem(b, 4), "{a} and {b}");
            assert!(stem(a, 4).is_some());
        }
        assert_ne!(stem("harbour", 4), stem("council", 4));
        assert_eq!(stem("the", 4), None);
    }
}
