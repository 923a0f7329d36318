//! A regular expression of a rule, with what must be true of a block for it to be worth a search.
//!
//! In: a folded pattern. Out: the words it needs, the facts of its `Gate`, and searches in a normalised text. Expressions are compiled when
//! they are first tried, since a run meets few of thousands. Two things make the automata of the `regex` crate large, or have them hand over to
//! engines a hundred times slower: long counted repetitions (`.{0,100}`), which need a state for each count, and Unicode word boundaries
//! (`\b`) beside characters beyond ASCII. A count cannot be exceeded by a text that is no longer, so such texts, nearly all, are searched
//! for the expression with its long counts open. The others, and those that are not ASCII, are first searched for a looser expression without
//! boundaries either, which nearly no block holds.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Capture, Hir, HirKind, Look, Repetition};

use super::gate::Gate;
use super::needs::{Need, needed_words};

/// A regular expression over the normalised block.
#[derive(Clone, Debug)]
pub struct Pattern {
    exact: OnceLock<Option<Regex>>,
    /// Long counts open.
    open: OnceLock<Option<Regex>>,
    /// Without long counts and word boundaries: it matches wherever `exact` does. None when there are none.
    loose: OnceLock<Option<Regex>>,
    /// In texts of at most so many characters `open` finds what `exact` does.
    limit: usize,
    has_boundaries: bool,
    folded: String,
    /// Words in a row, of which one row must stand in a block for the pattern to be tried; empty: always tried.
    pub needs: Vec<Need>,
    /// What a block must have besides.
    pub gate: Gate,
    /// Its text as written.
    pub text: String,
}

impl Pattern {
    /// A pattern by its text, that text folded, and the folded expression.
    pub(super) fn new(text: &str, folded: String, hir: &Hir) -> Self {
        let [exact, open, loose] = [(); 3].map(|()| OnceLock::new());
        let (limit, has_boundaries) = (least_count(hir), has_boundaries(hir));
        Pattern { needs: needed_words(hir), gate: Gate::new(hir), exact, open, loose, limit, has_boundaries, folded, text: text.to_owned() }
    }

    /// Is nothing known that lets a block pass by without a search?
    pub fn is_slow(&self) -> bool {
        self.needs.is_empty() && self.gate.is_open()
    }

    /// The compiled expression, if it may match in a normalised text. It is good for that text only.
    pub fn regex(&self, text: &str) -> Option<&Regex> {
        let is_short = text.len() <= self.limit || text.chars().count() <= self.limit;
        let is_quick = is_short && !(self.has_boundaries && !text.is_ascii());
        if !is_quick && !self.loose.get_or_init(|| self.other(loosened)).as_ref().is_none_or(|loose| loose.is_match(text)) {
            return None;
        }
        let exact = || self.exact.get_or_init(|| built(&self.folded)).as_ref();
        let open = || self.open.get_or_init(|| self.other(opened)).as_ref();
        if is_short && self.limit < usize::MAX { open().or_else(exact) } else { exact() }
    }

    /// The expression as `change` makes it; none when that changes nothing.
    fn other(&self, change: fn(&Hir) -> Hir) -> Option<Regex> {
        let hir = regex_syntax::parse(&self.folded).ok()?;
        let other = change(&hir);
        (other != hir).then(|| built(&other.to_string())).flatten()
    }
}

/// Refused sizes were refused at load, so compiling does not fail.
fn built(expression: &str) -> Option<Regex> {
    RegexBuilder::new(expression).size_limit(SIZE_LIMIT).build().ok()
}

/// Bytes a compiled expression may take; far more than the states that compiling rules allows need.
const SIZE_LIMIT: usize = 1 << 26;

/// Counts above this are left open where the text is known to be no longer. Lower ones are cheap enough.
const LONG_COUNT: u32 = 24;
/// Repetitions of more counts than this are left open in the loose expression.
const LONGEST_COUNT: u32 = 4;

/// What stands in the parts of an expression, put together anew from what `change` makes of each.
fn with_parts(hir: &Hir, change: fn(&Hir) -> Hir) -> Hir {
    match hir.kind() {
        HirKind::Repetition(repetition) => Hir::repetition(Repetition { sub: Box::new(change(&repetition.sub)), ..*repetition }),
        HirKind::Capture(capture) => Hir::capture(Capture { sub: Box::new(change(&capture.sub)), ..capture.clone() }),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(change).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.iter().map(change).collect()),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
    }
}

/// The count of a long repetition of something, which a text of no more characters cannot exceed.
fn long_count(hir: &Hir) -> Option<u32> {
    let HirKind::Repetition(repetition) = hir.kind() else { return None };
    repetition.max.filter(|&max| max > LONG_COUNT && repetition.sub.properties().minimum_len() > Some(0))
}

/// The expression with its long counts open.
fn opened(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Repetition(repetition) if long_count(hir).is_some() => {
            Hir::repetition(Repetition { max: None, sub: Box::new(opened(&repetition.sub)), ..*repetition })
        }
        _ => with_parts(hir, opened),
    }
}

/// The expression without Unicode word boundaries, its counts open.
fn loosened(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(look) if is_boundary(*look) => Hir::empty(),
        HirKind::Repetition(repetition) if repetition.max.unwrap_or(repetition.min) > LONGEST_COUNT => {
            Hir::repetition(Repetition { min: repetition.min.min(1), max: None, sub: Box::new(loosened(&repetition.sub)), ..*repetition })
        }
        _ => with_parts(hir, loosened),
    }
}

fn is_boundary(look: Look) -> bool {
    matches!(
        look,
        Look::WordUnicode | Look::WordUnicodeNegate | Look::WordStartUnicode | Look::WordEndUnicode | Look::WordStartHalfUnicode | Look::WordEndHalfUnicode
    )
}

fn has_boundaries(hir: &Hir) -> bool {
    hir.properties().look_set().iter().any(is_boundary)
}

/// The least of the long counts.
fn least_count(hir: &Hir) -> usize {
    let inner = hir.kind().subs().iter().map(least_count).min().unwrap_or(usize::MAX);
    long_count(hir).map_or(inner, |count| inner.min(count as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(text, text.to_owned(), &regex_syntax::parse(text).expect("parses"))
    }

    #[test]
    fn boundaries_are_kept_in_every_script() {
        let pattern = pattern(r"^(?:©|\(c\)) ?\b(?:news|خبر)\b.{0,9}$");
        let matches = |text: &str| pattern.regex(text).is_some_and(|regex| regex.is_match(text));
        assert!(matches("© news 24") && matches("(c) news") && matches("© خبر 24") && matches("© news é"));
        assert!(!matches("© newsé") && !matches("© newsroom") && !matches("© خبرة 24") && !matches("© news 1234567890"));
    }

    #[test]
    fn long_counts_are_kept_in_texts_of_every_length() {
        let pattern = pattern(r"^a[^.]{3,40}b?(?: x{1,30}y){0,2}");
        let exact = Regex::new(&pattern.folded).expect("compiles");
        assert_eq!(pattern.limit, 30);
        for long in 0..40 {
            for repeated in ["x", "xb xxy", "é. ", " xy"] {
                let text = format!("a{}", repeated.repeat(long));
                let found = pattern.regex(&text).and_then(|regex| regex.find(&text));
                assert_eq!(found.map(|found| found.range()), exact.find(&text).map(|found| found.range()), "{text}");
            }
        }
    }

    #[test]
    fn what_cannot_match_falls_before_the_exact_expression() {
        let may_match = |expression: &str, text: &str| pattern(expression).regex(text).is_some();
        assert!(!may_match(r"\bnews\b.{0,90}$", "© خبر"));
        assert!(may_match(r"\bnews\b.{0,90}$", "© newsroom"));
        let long = "a".repeat(50);
        assert!(!may_match(r"^a[^.]{3,40}b$", &format!("a.{long}b")) && may_match(r"^a[^.]{3,40}b$", &format!("{long}b")));
        assert!(may_match("^a[0-9]{2}", "b"), "an expression that is quick needs no looser one");
    }
}
