//! Finds the words without which a regular expression cannot match, so that it is tried only where one of them stands.
//!
//! In: a folded pattern. Out: hashes of words of which every match holds at least one; empty when none can be proved.
//! A literal counts as a whole word only when both its ends are certain: a blank, a mark, an anchor or the literal's own text.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::text::token::words;

/// Words of which one must stand in any text that the pattern matches.
pub fn needed_words(pattern: &str) -> Vec<u64> {
    let Ok(hir) = regex_syntax::parse(pattern) else { return Vec::new() };
    let mut found = search(&hir, false, false).unwrap_or_default();
    found.sort_unstable();
    found.dedup();
    found
}

/// The alternatives that cover `hir`, given whether a word surely ends right before and right after it.
fn search(hir: &Hir, left: bool, right: bool) -> Option<Vec<u64>> {
    match hir.kind() {
        HirKind::Literal(literal) => literal_word(std::str::from_utf8(&literal.0).ok()?, left, right),
        HirKind::Capture(capture) => search(&capture.sub, left, right),
        HirKind::Repetition(repetition) if repetition.min > 0 => search(&repetition.sub, left && repetition.max == Some(1), right && repetition.max == Some(1)),
        HirKind::Concat(parts) => concat(parts, left, right),
        HirKind::Alternation(branches) => {
            let found: Option<Vec<Vec<u64>>> = branches.iter().map(|branch| search(branch, left, right)).collect();
            found.map(|lists| lists.concat())
        }
        _ => None,
    }
}

/// The best part of a concatenation: the one with the fewest alternatives.
fn concat(parts: &[Hir], left: bool, right: bool) -> Option<Vec<u64>> {
    (0..parts.len())
        .filter_map(|at| {
            let before = if at == 0 { left } else { ends_word(&parts[at - 1]) };
            let after = if at + 1 == parts.len() { right } else { starts_apart(&parts[at + 1]) };
            search(&parts[at], before, after)
        })
        .min_by_key(Vec::len)
}

/// Does every match of `hir` end where no word goes on?
fn ends_word(hir: &Hir) -> bool {
    apart(hir, |literal| literal.chars().next_back())
}

/// Does every match of `hir` begin where no word goes on?
fn starts_apart(hir: &Hir) -> bool {
    apart(hir, |literal| literal.chars().next())
}

fn apart(hir: &Hir, edge: impl Fn(&str) -> Option<char> + Copy) -> bool {
    match hir.kind() {
        HirKind::Look(look) => !matches!(look, Look::WordAsciiNegate | Look::WordUnicodeNegate),
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().and_then(edge).is_some_and(|c| !joins(c)),
        HirKind::Class(Class::Unicode(class)) => class.ranges().iter().all(|range| (range.start()..=range.end()).take(256).all(|c| !joins(c)) && (range.end() as u32 - range.start() as u32) < 256),
        HirKind::Repetition(repetition) => repetition.min > 0 && apart(&repetition.sub, edge),
        HirKind::Capture(capture) => apart(&capture.sub, edge),
        HirKind::Alternation(branches) => branches.iter().all(|branch| apart(branch, edge)),
        _ => false,
    }
}

fn joins(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The longest certain word of a literal.
fn literal_word(literal: &str, left: bool, right: bool) -> Option<Vec<u64>> {
    words(literal)
        .iter()
        .filter(|token| (left || token.start > 0) && (right || (token.end as usize) < literal.len()))
        .max_by_key(|token| token.end - token.start)
        .map(|token| vec![token.hash])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &str) -> Vec<u64> {
        let mut hashes: Vec<u64> = words(text).iter().map(|token| token.hash).collect();
        hashes.sort_unstable();
        hashes
    }

    #[test]
    fn certain_words_are_found() {
        assert_eq!(needed_words(r"^share on \w+$"), hashes("share"));
        assert_eq!(needed_words(r"\b(?:share|tweet)\b.*"), hashes("share tweet"));
        assert_eq!(needed_words(r"رابط الخبر ب\S+:.*$"), hashes("الخبر"));
    }

    #[test]
    fn uncertain_words_are_not() {
        assert!(needed_words(r"shares?").is_empty());
        assert!(needed_words(r"^\d+:\d+$").is_empty());
        assert!(needed_words(r"(?:share )?on\d").is_empty());
    }
}
