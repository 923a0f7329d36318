//! Finds the words without which a regular expression cannot match, so that it is tried only where one of them stands.
//!
//! In: a folded pattern. Out: hashes of words of which every match holds at least one; empty when none can be proved.
//! A literal counts as a whole word only when both its ends are certain: a blank, a mark, an anchor or the literal's own text.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::text::token::{Kind, Token, words};

/// Words of which one must stand in any text that the pattern matches.
pub fn needed_words(hir: &Hir) -> Vec<u64> {
    let mut found = search(hir, false, false).map(|cover| cover.words).unwrap_or_default();
    found.sort_unstable();
    found.dedup();
    found
}

/// Finite languages of more strings than this are not written out.
const MOST_STRINGS: usize = 96;

/// Alternatives that cover an expression, and how often prose is likely to hold one of them.
struct Cover {
    words: Vec<u64>,
    cost: f64,
}

/// The alternatives that cover `hir`, given whether a word surely ends right before and right after it.
fn search(hir: &Hir, left: bool, right: bool) -> Option<Cover> {
    if let Some(strings) = strings_of(hir) {
        return cover_strings(&strings, left, right);
    }
    match hir.kind() {
        HirKind::Capture(capture) => search(&capture.sub, left, right),
        HirKind::Repetition(repetition) if repetition.min > 0 => search(&repetition.sub, left && repetition.max == Some(1), right && repetition.max == Some(1)),
        HirKind::Concat(parts) => concat(parts, left, right),
        HirKind::Alternation(branches) => {
            let mut all = Cover { words: Vec::new(), cost: 0.0 };
            for branch in branches {
                let cover = search(branch, left, right)?;
                all.words.extend(cover.words);
                all.cost += cover.cost;
            }
            Some(all)
        }
        _ => None,
    }
}

/// The cheapest part of a concatenation; neighbouring parts with finite languages are read as one.
fn concat(parts: &[Hir], left: bool, right: bool) -> Option<Cover> {
    let mut best: Option<Cover> = None;
    let mut at = 0;
    while at < parts.len() {
        let mut end = at + 1;
        let mut strings = strings_of(&parts[at]);
        while let (Some(heads), Some(tails)) = (&strings, parts.get(end).and_then(strings_of)) {
            let Some(joined) = product(heads, &tails) else { break };
            strings = Some(joined);
            end += 1;
        }
        let before = edge(parts[..at].iter().rev(), left, |literal| literal.chars().next_back());
        let after = edge(parts[end..].iter(), right, |literal| literal.chars().next());
        let found = match strings {
            Some(strings) => cover_strings(&strings, before, after),
            None => search(&parts[at], before, after),
        };
        if let Some(found) = found.filter(|found| best.as_ref().is_none_or(|best| found.cost < best.cost)) {
            best = Some(found);
        }
        at = end;
    }
    best
}

/// Every string of a finite language, if there are few.
fn strings_of(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Empty => Some(vec![String::new()]),
        HirKind::Literal(literal) => Some(vec![std::str::from_utf8(&literal.0).ok()?.to_owned()]),
        HirKind::Capture(capture) => strings_of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.max == Some(1) => {
            let mut strings = strings_of(&repetition.sub)?;
            if repetition.min == 0 {
                strings.push(String::new());
            }
            Some(strings)
        }
        HirKind::Class(Class::Unicode(class)) => {
            let count: usize = class.ranges().iter().map(|range| range.end() as usize - range.start() as usize + 1).sum();
            let chars = || class.ranges().iter().flat_map(|range| range.start()..=range.end());
            (count <= 8).then(|| chars().map(String::from).collect())
        }
        HirKind::Concat(parts) => parts.iter().try_fold(vec![String::new()], |heads, part| product(&heads, &strings_of(part)?)),
        HirKind::Alternation(branches) => {
            let all: Option<Vec<Vec<String>>> = branches.iter().map(strings_of).collect();
            all.map(|lists| lists.concat()).filter(|strings| strings.len() <= MOST_STRINGS)
        }
        _ => None,
    }
}

fn product(heads: &[String], tails: &[String]) -> Option<Vec<String>> {
    let few = heads.len() * tails.len() <= MOST_STRINGS;
    few.then(|| heads.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}"))).collect())
}

/// The longest certain word of each string; none when a string has no certain word.
fn cover_strings(strings: &[String], left: bool, right: bool) -> Option<Cover> {
    let mut cover = Cover { words: Vec::with_capacity(strings.len()), cost: 0.0 };
    for string in strings {
        let alone = |token: &Token| matches!(token.kind(), Kind::Symbol | Kind::Character);
        let certain = words(string).into_iter().filter(|token| alone(token) || (left || token.start > 0) && (right || (token.end as usize) < string.len()));
        let longest = certain.max_by_key(|token| token.end - token.start)?;
        let chars = string[longest.span().range()].chars().count() as f64;
        if !cover.words.contains(&longest.hash) {
            cover.words.push(longest.hash);
            cover.cost += 1.0 / (chars * chars);
        }
    }
    Some(cover)
}

/// Does a word surely stop at the near edge of the neighbours, looking through those that may be empty? `outer` is the answer
/// where they all are.
fn edge<'h>(mut neighbours: impl Iterator<Item = &'h Hir>, outer: bool, near: impl Fn(&str) -> Option<char> + Copy) -> bool {
    loop {
        match neighbours.next().map(|hir| apart(hir, near)) {
            None => return outer,
            Some(Edge::Parts) => return true,
            Some(Edge::PartsOrEmpty) => {}
            Some(Edge::MayJoin) => return false,
        }
    }
}

/// What stands at the near edge of an expression's matches.
#[derive(Clone, Copy, PartialEq)]
enum Edge {
    /// Something that ends a word.
    Parts,
    /// That, or nothing at all.
    PartsOrEmpty,
    /// Perhaps a letter or digit.
    MayJoin,
}

fn apart(hir: &Hir, near: impl Fn(&str) -> Option<char> + Copy) -> Edge {
    let parts_if = |parts: bool| if parts { Edge::Parts } else { Edge::MayJoin };
    match hir.kind() {
        HirKind::Empty => Edge::PartsOrEmpty,
        HirKind::Look(look) => parts_if(!matches!(look, Look::WordAsciiNegate | Look::WordUnicodeNegate)),
        HirKind::Literal(literal) => parts_if(std::str::from_utf8(&literal.0).ok().and_then(near).is_some_and(|c| !joins(c))),
        HirKind::Class(Class::Unicode(class)) => {
            let few = |start: char, end: char| end as u32 - (start as u32) < 256;
            parts_if(class.ranges().iter().all(|range| few(range.start(), range.end()) && !(range.start()..=range.end()).any(joins)))
        }
        HirKind::Class(Class::Bytes(_)) => Edge::MayJoin,
        HirKind::Repetition(repetition) => match apart(&repetition.sub, near) {
            Edge::Parts if repetition.min > 0 => Edge::Parts,
            Edge::MayJoin => Edge::MayJoin,
            _ => Edge::PartsOrEmpty,
        },
        HirKind::Capture(capture) => apart(&capture.sub, near),
        HirKind::Alternation(branches) => {
            let edges: Vec<Edge> = branches.iter().map(|branch| apart(branch, near)).collect();
            match (edges.contains(&Edge::MayJoin), edges.contains(&Edge::PartsOrEmpty)) {
                (true, _) => Edge::MayJoin,
                (_, true) => Edge::PartsOrEmpty,
                _ => Edge::Parts,
            }
        }
        HirKind::Concat(parts) => {
            let from_end = near("ab") == Some('b');
            let mut edges = parts.iter().map(|part| apart(part, near)).collect::<Vec<_>>();
            if from_end {
                edges.reverse();
            }
            edges.into_iter().find(|&edge| edge != Edge::PartsOrEmpty).unwrap_or(Edge::PartsOrEmpty)
        }
    }
}

fn joins(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(pattern: &str) -> Vec<u64> {
        needed_words(&regex_syntax::parse(pattern).expect("parses"))
    }

    fn hashes(text: &str) -> Vec<u64> {
        let mut hashes: Vec<u64> = words(text).iter().map(|token| token.hash).collect();
        hashes.sort_unstable();
        hashes
    }

    #[test]
    fn certain_words_are_found() {
        assert_eq!(needed(r"^share on \w+$"), hashes("share"));
        assert_eq!(needed(r"\b(?:share|tweet)\b.*"), hashes("share tweet"));
        assert_eq!(needed(r"^[0-9]+ shares?$"), hashes("share shares"));
        assert_eq!(needed(r"رابط الخبر ب\S+:.*$"), hashes("الخبر"));
    }

    #[test]
    fn uncertain_words_are_not() {
        assert_eq!(needed(r" ?\[?(?:©|\(c\)) ?(?:19|20)[0-9]{2} [^.]+$"), hashes("© c"));
        assert_eq!(needed(r" \(?\[?(?:read|see) ?(?::|>>) ?[^.]{1,200}$"), hashes("read see"));
        assert!(needed(r"shares?").is_empty());
        assert!(needed(r"\bsh\w+").is_empty());
        assert!(needed(r"^\d+:\d+$").is_empty());
        assert!(needed(r"(?:share )?on\d").is_empty());
    }
}
