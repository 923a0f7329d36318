//! A regular expression of a rule, with what must be true of a block for it to be worth a search.
//!
//! In: a folded pattern. Out: the words it needs, the facts of its `Gate`, and searches in a normalised text. Expressions are compiled when
//! they are first tried, since a run meets few of thousands. Two things make the automata of the `regex` crate hand over to engines a
//! hundred times slower: Unicode word boundaries (`\b`) beside characters beyond ASCII, and long counted repetitions (`.{0,100}`), which need a
//! state for each count. So a block is first searched for a looser expression without them, small and quick to compile, which nearly
//! no block holds.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Capture, Hir, HirKind, Look, Repetition};

use super::gate::Gate;
use super::needs::{Need, needed_words};

/// A regular expression over the normalised block.
#[derive(Clone, Debug)]
pub struct Pattern {
    exact: OnceLock<Option<Regex>>,
    /// Without word boundaries and long counts: it matches wherever `exact` does. None when there are none.
    loose: OnceLock<Option<Regex>>,
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
        Pattern { needs: needed_words(hir), gate: Gate::new(hir), exact: OnceLock::new(), loose: OnceLock::new(), folded, text: text.to_owned() }
    }

    /// Is nothing known that lets a block pass by without a search?
    pub fn is_slow(&self) -> bool {
        self.needs.is_empty() && self.gate.is_open()
    }

    /// The compiled expression, if it may match in a normalised text.
    pub fn regex(&self, text: &str) -> Option<&Regex> {
        let loose = self.loose.get_or_init(|| self.loose_regex()).as_ref();
        let may_match = loose.is_none_or(|loose| loose.is_match(text));
        may_match.then(|| self.exact.get_or_init(|| built(&self.folded)).as_ref()).flatten()
    }

    fn loose_regex(&self) -> Option<Regex> {
        let hir = regex_syntax::parse(&self.folded).ok()?;
        let loose = loosened(&hir);
        (loose != hir).then(|| built(&loose.to_string())).flatten()
    }
}

/// Refused sizes were refused at load, so compiling does not fail.
fn built(expression: &str) -> Option<Regex> {
    RegexBuilder::new(expression).size_limit(SIZE_LIMIT).build().ok()
}

/// Bytes a compiled expression may take; far more than the states that compiling rules allows need.
const SIZE_LIMIT: usize = 1 << 26;

/// Repetitions of more counts than this are left open.
const LONGEST_COUNT: u32 = 4;

/// The expression without Unicode word boundaries, its long counts open.
fn loosened(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(
            Look::WordUnicode | Look::WordUnicodeNegate | Look::WordStartUnicode | Look::WordEndUnicode | Look::WordStartHalfUnicode | Look::WordEndHalfUnicode,
        ) => Hir::empty(),
        HirKind::Repetition(repetition) => {
            let counted = repetition.max.unwrap_or(repetition.min) <= LONGEST_COUNT;
            let (min, max) = if counted { (repetition.min, repetition.max) } else { (repetition.min.min(1), None) };
            Hir::repetition(Repetition { min, max, sub: Box::new(loosened(&repetition.sub)), ..*repetition })
        }
        HirKind::Capture(capture) => Hir::capture(Capture { sub: Box::new(loosened(&capture.sub)), ..capture.clone() }),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(loosened).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.iter().map(loosened).collect()),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
    }
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
    fn what_cannot_match_falls_before_the_exact_expression() {
        let may_match = |expression: &str, text: &str| pattern(expression).regex(text).is_some();
        assert!(!may_match(r"\bnews\b.{0,90}$", "© خبر"));
        assert!(may_match(r"\bnews\b.{0,90}$", "© newsroom"));
        assert!(!may_match(r"^a[^.]{3,40}b$", "a.b") && may_match(r"^a[^.]{3,40}b$", "a b"));
        assert!(may_match("^a[0-9]{2}", "b"), "an expression that is quick needs no looser one");
    }
}
