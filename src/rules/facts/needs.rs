//! Finds the words without which a regular expression cannot match, so that it is tried only where one of them stands.
//!
//! In: a folded pattern. Out: hashes of words of which every match holds at least one; empty when none can be proved.
//! A literal counts as a whole word only when both its ends are certain: a blank, a mark, an anchor or the literal's own text.

use regex_syntax::hir::{self, Hir, HirKind, Look};
use serde::{Deserialize, Serialize};

use crate::text::fold::{Class, fold};
use crate::text::token::{Kind, Token, words};

/// Words in a row that a match holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Their hashes.
    pub words: Vec<u64>,
    /// Number of the longest of them, which prose holds least often.
    pub key: usize,
    /// They open the block.
    pub opening: bool,
}

/// Sequences of words of which one must stand in any text that the pattern matches, and single words, from another part of it, of which one must
/// stand there as well, in ascending order; none when there is no such part.
pub fn needed_words(hir: &Hir) -> (Vec<Need>, Vec<u64>) {
    search(hir, Side::NONE, Side::NONE, false).map(|cover| (cover.needs, cover.also)).unwrap_or_default()
}

/// More words than this are not asked for besides.
const MOST_ALSO: usize = 64;

/// Finite languages of more strings than this are not written out.
const MOST_STRINGS: usize = 96;

/// Does a word surely end at this side of an expression? Letters and digits part from each other, so the answer depends on which of
/// them the word has at that side.
#[derive(Clone, Copy)]
struct Side {
    letter: bool,
    digit: bool,
}

impl Side {
    const NONE: Side = Side { letter: false, digit: false };

    fn of(self, c: Option<char>) -> bool {
        if c.is_some_and(char::is_numeric) { self.digit } else { self.letter }
    }
}

/// Alternatives that cover an expression, and how often prose is likely to hold one of them.
struct Cover {
    needs: Vec<Need>,
    cost: f64,
    /// Words of which another part needs one.
    also: Vec<u64>,
}

impl Cover {
    /// The same with what a costlier part needs as well.
    fn beside(self, other: Option<Cover>) -> Cover {
        let keys = other.into_iter().flat_map(|other| other.needs).map(|need| need.words[need.key]);
        let keys = ascending(keys.collect());
        if keys.is_empty() { self } else { Cover { also: keys, ..self } }
    }
}

fn ascending(mut words: Vec<u64>) -> Vec<u64> {
    words.sort_unstable();
    words.dedup();
    if words.len() > MOST_ALSO { Vec::new() } else { words }
}

/// The alternatives that cover `hir`, given whether a word surely ends right before and right after it, and whether it opens the block.
fn search(hir: &Hir, left: Side, right: Side, opening: bool) -> Option<Cover> {
    if let Some(strings) = strings_of(hir) {
        return cover_strings(&strings, left, right, opening);
    }
    match hir.kind() {
        HirKind::Capture(capture) => search(&capture.sub, left, right, opening),
        // Whatever comes behind, there is a first time.
        HirKind::Repetition(repetition) if repetition.min > 0 => search(&repetition.sub, left, Side::NONE, opening),
        HirKind::Concat(parts) => concat(parts, left, right, opening),
        HirKind::Alternation(branches) => {
            let mut all = Cover { needs: Vec::new(), cost: 0.0, also: Vec::new() };
            let mut each_has_more = true;
            for branch in branches {
                let cover = search(branch, left, right, opening)?;
                all.needs.extend(cover.needs);
                all.cost += cover.cost;
                each_has_more &= !cover.also.is_empty();
                all.also.extend(cover.also);
            }
            all.also = if each_has_more { ascending(all.also) } else { Vec::new() };
            Some(all)
        }
        _ => None,
    }
}

/// The cheapest part of a concatenation beside the next cheapest; neighbouring parts with finite languages are read as one.
fn concat(parts: &[Hir], left: Side, right: Side, opening: bool) -> Option<Cover> {
    let (mut best, mut second): (Option<Cover>, Option<Cover>) = (None, None);
    let mut at = 0;
    while at < parts.len() {
        let mut end = at + 1;
        let mut strings = strings_of(&parts[at]);
        while let (Some(heads), Some(tails)) = (&strings, parts.get(end).and_then(strings_of)) {
            let Some(joined) = product(heads, &tails) else { break };
            strings = Some(joined);
            end += 1;
        }
        if strings.is_none() && !holds_literal(&parts[at]) {
            at = end;
            continue;
        }
        let before = side(|joins| edge(parts[..at].iter().rev(), left, joins, |literal| literal.chars().next_back()));
        let after = side(|joins| edge(parts[end..].iter(), right, joins, |literal| literal.chars().next()));
        let is_start = |part: &Hir| matches!(part.kind(), HirKind::Look(Look::Start));
        let opens = if at == 0 { opening } else { parts[..at].iter().all(is_start) };
        let found = match strings {
            Some(strings) => cover_strings(&strings, before, after, opens),
            None => search(&parts[at], before, after, opens),
        };
        let is_cheaper = |found: &Cover, known: &Option<Cover>| known.as_ref().is_none_or(|known| found.cost < known.cost);
        match found {
            Some(found) if is_cheaper(&found, &best) => second = best.replace(found),
            Some(found) if is_cheaper(&found, &second) => second = Some(found),
            _ => {}
        }
        at = end;
    }
    best.map(|best| best.beside(second))
}

/// Only where a literal stands can words be certain; what stands beside others is costly to find out.
fn holds_literal(hir: &Hir) -> bool {
    matches!(hir.kind(), HirKind::Literal(_)) || hir.kind().subs().iter().any(holds_literal)
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
        HirKind::Class(hir::Class::Unicode(class)) => {
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

/// The certain words of each string; none when a string has no certain word.
fn cover_strings(strings: &[String], left: Side, right: Side, opening: bool) -> Option<Cover> {
    let mut needs: Vec<(Need, f64)> = Vec::with_capacity(strings.len());
    for string in strings {
        let alone = |token: &Token| matches!(token.kind(), Kind::Symbol | Kind::Character);
        let text = |token: &Token| &string[token.span().range()];
        let is_certain = |token: &Token| {
            let starts = token.start > 0 || left.of(text(token).chars().next());
            let ends = (token.end as usize) < string.len() || right.of(text(token).chars().next_back());
            alone(token) || starts && ends
        };
        let all = words(string);
        let certain: Vec<Token> = all.iter().copied().filter(is_certain).collect();
        let (key, longest) = certain.iter().enumerate().max_by_key(|(_, token)| token.end - token.start)?;
        let need = Need { key, words: certain.iter().map(|token| token.hash).collect(), opening: opening && certain.first() == all.first() };
        let chars = string[longest.span().range()].chars().count() as f64;
        needs.push((need, 1.0 / (chars * chars * certain.len() as f64)));
    }
    // Where "our channel" stands "our official channel" need not be looked for as well, nor anything twice.
    needs.sort_by_key(|(need, _)| need.words.len());
    let mut cover = Cover { needs: Vec::with_capacity(needs.len()), cost: 0.0, also: Vec::new() };
    for (need, cost) in needs {
        if !cover.needs.iter().any(|known| implies(&need, known)) {
            cover.needs.push(need);
            cover.cost += cost;
        }
    }
    Some(cover)
}

/// Do the words of the first need stand nowhere without those of the second?
fn implies(need: &Need, known: &Need) -> bool {
    let begins = need.words.starts_with(&known.words);
    if known.opening { need.opening && begins } else { begins || need.words.windows(known.words.len()).any(|words| words == known.words) }
}

/// Which characters go on with a word. Those of scripts without spaces are words of their own.
type Joins = fn(char) -> bool;

fn joins_letter(c: char) -> bool {
    matches!(fold(c).class, Class::Letter | Class::Arabic | Class::Mark | Class::Ignored) || c == '_'
}

fn side(certain: impl Fn(Joins) -> Edge) -> Side {
    Side { letter: certain(joins_letter) == Edge::Parts, digit: certain(char::is_numeric) == Edge::Parts }
}

/// What stands at the near edge of the neighbours, looking through those that may be empty; `outer` answers where they all are.
fn edge<'h>(mut neighbours: impl Iterator<Item = &'h Hir>, outer: Side, joins: Joins, near: impl Fn(&str) -> Option<char> + Copy) -> Edge {
    loop {
        match neighbours.next().map(|hir| apart(hir, joins, near)) {
            None if outer.of(if joins('1') { Some('1') } else { None }) => return Edge::Parts,
            None => return Edge::MayJoin,
            Some(Edge::PartsOrEmpty) => {}
            Some(edge) => return edge,
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

fn apart(hir: &Hir, joins: Joins, near: impl Fn(&str) -> Option<char> + Copy) -> Edge {
    let parts_if = |parts: bool| if parts { Edge::Parts } else { Edge::MayJoin };
    match hir.kind() {
        HirKind::Empty => Edge::PartsOrEmpty,
        HirKind::Look(look) => parts_if(!matches!(look, Look::WordAsciiNegate | Look::WordUnicodeNegate)),
        HirKind::Literal(literal) => parts_if(std::str::from_utf8(&literal.0).ok().and_then(near).is_some_and(|c| !joins(c))),
        HirKind::Class(hir::Class::Unicode(class)) => {
            let few = |start: char, end: char| end as u32 - (start as u32) < 256;
            let ranges = class.ranges();
            parts_if(ranges.iter().all(|range| few(range.start(), range.end())) && !ranges.iter().any(|range| (range.start()..=range.end()).any(joins)))
        }
        HirKind::Class(hir::Class::Bytes(_)) => Edge::MayJoin,
        HirKind::Repetition(repetition) => match apart(&repetition.sub, joins, near) {
            Edge::Parts if repetition.min > 0 => Edge::Parts,
            Edge::MayJoin => Edge::MayJoin,
            _ => Edge::PartsOrEmpty,
        },
        HirKind::Capture(capture) => apart(&capture.sub, joins, near),
        HirKind::Alternation(branches) => {
            let edges: Vec<Edge> = branches.iter().map(|branch| apart(branch, joins, near)).collect();
            match (edges.contains(&Edge::MayJoin), edges.contains(&Edge::PartsOrEmpty)) {
                (true, _) => Edge::MayJoin,
                (_, true) => Edge::PartsOrEmpty,
                _ => Edge::Parts,
            }
        }
        HirKind::Concat(parts) => {
            let from_end = near("ab") == Some('b');
            let number = |step: usize| if from_end { parts.len() - 1 - step } else { step };
            let mut edges = (0..parts.len()).map(|step| apart(&parts[number(step)], joins, near));
            edges.find(|&edge| edge != Edge::PartsOrEmpty).unwrap_or(Edge::PartsOrEmpty)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(pattern: &str) -> Vec<Vec<u64>> {
        let mut found: Vec<Vec<u64>> = needed_words(&regex_syntax::parse(pattern).expect("parses")).0.into_iter().map(|need| need.words).collect();
        found.sort_unstable();
        found
    }

    fn hashes(texts: &[&str]) -> Vec<Vec<u64>> {
        let mut found: Vec<Vec<u64>> = texts.iter().map(|text| words(text).iter().map(|token| token.hash).collect()).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn certain_words_are_found() {
        assert_eq!(needed(r"^share on \w+$"), hashes(&["share on"]));
        assert_eq!(needed(r"\b(?:share|tweet)\b.*"), hashes(&["share", "tweet"]));
        assert_eq!(needed(r"^[0-9]+ shares?$"), hashes(&["share", "shares"]));
        assert_eq!(needed(r"رابط الخبر ب\S+:.*$"), hashes(&["الخبر"]));
        assert_eq!(needed(r"^(?:(?:share|pin it) ?(?:[0-9]+k?)?(?: ?[|·] ?| |$)){2,9}$"), hashes(&["share", "pin it"]));
    }

    #[test]
    fn words_of_another_part_are_needed_too() {
        let also = |pattern: &str| needed_words(&regex_syntax::parse(pattern).expect("parses")).1;
        let words = |text: &str| ascending(words(text).iter().map(|token| token.hash).collect());
        assert_eq!(also(r"^photographs? \b(?:by|from)\b .*\b(?:agency|the desk)$"), words("agency desk"));
        assert_eq!(also(r"^(?:a photo .* b|the report .* c or d)$"), words("b or"));
        assert!(also(r"^(?:a photo .* b|the report)$").is_empty() && also("^photo$").is_empty());
    }

    #[test]
    fn words_that_open_the_block_are_known() {
        let opening = |pattern: &str| needed_words(&regex_syntax::parse(pattern).expect("parses")).0.iter().all(|need| need.opening);
        for (pattern, opens) in [
            ("^by [a-z]+$", true),
            ("^(?:share|tweet) .*", true),
            (r"^\[?(?:read|see) more\]", true),
            (r"^(?:(?:share|tweet) ?\|? ?\b)+$", true),
            ("by the [a-z]+$", false),
            ("^[0-9]+ shares?$", false),
            ("^.{0,9} (?:share|tweet)$", false),
        ] {
            assert_eq!(opening(pattern), opens, "{pattern}");
        }
    }

    #[test]
    fn uncertain_words_are_not() {
        assert_eq!(needed(r" ?\[?(?:©|\(c\)) ?(?:19|20)[0-9]{2} [^.]+$"), hashes(&["©", "c"]));
        assert_eq!(needed(r" \(?\[?(?:read|see) ?(?::|>>) ?[^.]{1,200}$"), hashes(&["read", "see"]));
        assert_eq!(needed(r" (?:copyright|\(c\)) ?(?:19|20)[0-9]+$"), hashes(&["copyright", "c"]));
        assert!(needed(r"shares?").is_empty());
        assert!(needed(r"\bsh\w+").is_empty());
        assert!(needed(r"^\d+:\d+$").is_empty());
        assert!(needed(r"(?:share )?on\w").is_empty());
    }
}
