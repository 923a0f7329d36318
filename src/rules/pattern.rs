//! A regular expression of a rule, with what must be true of a block for it to be worth a search.
//!
//! In: an expression and its [`Facts`]. Out: searches in a normalised text. Automata are made when they are first asked, since a run meets few of
//! thousands of patterns. Two things make them large, or have them hand over to engines a hundred times slower: long counted repetitions
//! (`.{0,100}`), which need a state for each count, and Unicode word boundaries (`\b`) beside letters beyond ASCII. A count cannot be exceeded by
//! a text that is no longer, so such texts, nearly all, are searched for the expression with its long counts open. Before that, or in place of it
//! for longer texts and for words that are not ASCII, a looser expression without counts and boundaries is looked for. Most looks end there. The
//! first few texts need no automaton at all (see `walk`).

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use regex_automata::meta;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_syntax::hir::Hir;

use super::automaton::Automaton;
use super::facts::widen::{in_bytes, is_plain, loosened, opened, plainly_opened};
use super::facts::{Facts, parsed};
use super::known;
use super::walk::Walker;

/// A first look, once it was asked for; none when the automaton is too large.
type Look = OnceLock<Option<Arc<Automaton>>>;

/// A regular expression over the normalised block.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Its text as written. It is parsed when an automaton is made: the trees of the shipped rules take 18 MB.
    pub text: String,
    /// When it is worth a search, and which.
    pub facts: Facts,
    /// For the first texts.
    walker: OnceLock<Option<Arc<Walker>>>,
    walks: Arc<AtomicU32>,
    /// For short texts whose words are ASCII, or where there are no boundaries: it tells for certain.
    near_look: Look,
    /// For others; without boundaries and counts.
    loose_look: Look,
    open: OnceLock<Option<meta::Regex>>,
    exact: OnceLock<Option<meta::Regex>>,
}

impl Pattern {
    /// A pattern by its text and its facts.
    pub(super) fn new(text: &str, facts: Facts) -> Self {
        let (walker, walks, near_look, loose_look) = Default::default();
        Pattern { text: text.to_owned(), facts, walker, walks, near_look, loose_look, open: OnceLock::new(), exact: OnceLock::new() }
    }

    /// Does it match in a normalised text?
    pub fn is_match(&self, text: &str) -> bool {
        let is_short = self.is_short(text);
        self.walk(text).or_else(|| self.look(text, is_short)).unwrap_or_else(|| self.engine(is_short).is_some_and(|engine| engine.is_match(text)))
    }

    /// Its matches in a normalised text, in bytes.
    pub fn find_iter(&self, text: &str) -> impl Iterator<Item = Range<usize>> {
        let is_short = self.is_short(text);
        let is_match = self.walk(text).or_else(|| self.look(text, is_short));
        let engine = if is_match == Some(false) { None } else { self.engine(is_short) };
        engine.into_iter().flat_map(move |engine| engine.find_iter(text)).map(|found| found.range())
    }

    fn is_short(&self, text: &str) -> bool {
        let limit = self.facts.limit as usize;
        text.len() <= limit || text.chars().count() <= limit
    }

    /// Does it match in one of the first texts? Once there were more, or where that would be a long walk, automata are quicker.
    fn walk(&self, text: &str) -> Option<bool> {
        if self.walks.load(Ordering::Relaxed) >= WALKS {
            return None;
        }
        self.walks.fetch_add(1, Ordering::Relaxed);
        self.walker.get_or_init(|| Walker::new(&known::tree_of(&self.text)?).map(Arc::new)).as_ref()?.is_match(text)
    }

    /// Does it match, as far as a first look can tell? Most texts are told apart by the loose expression, whose automaton is a fraction of
    /// the other's where there are counts.
    fn look(&self, text: &str, is_short: bool) -> Option<bool> {
        let is_near = is_short && (!self.facts.has_boundaries || is_plain(text));
        if (self.facts.has_counts || !is_near) && self.automaton(&self.loose_look, loosened).and_then(|look| look.matches(text)) == Some(false) {
            return Some(false);
        }
        if is_near { self.automaton(&self.near_look, plainly_opened)?.matches(text) } else { None }
    }

    fn automaton<'a>(&self, look: &'a Look, widened: fn(&Hir) -> Hir) -> Option<&'a Automaton> {
        look.get_or_init(|| Automaton::new(&in_bytes(&widened(&self.hir()?)), SIZE_LIMIT).map(Arc::new)).as_deref()
    }

    /// What it parses to; it did when its facts were worked out.
    fn hir(&self) -> Option<Hir> {
        parsed(&self.text).ok()
    }

    /// What finds matches in short texts, or in all.
    fn engine(&self, is_short: bool) -> Option<&meta::Regex> {
        let is_open = is_short && self.facts.limit < u32::MAX;
        let (engine, widened): (_, fn(&Hir) -> Hir) = if is_open { (&self.open, opened) } else { (&self.exact, Hir::clone) };
        engine.get_or_init(|| engine_of(&in_bytes(&widened(&self.hir()?)))).as_ref()
    }
}

/// Refused sizes were refused at load, so building does not fail.
fn engine_of(hir: &Hir) -> Option<meta::Regex> {
    let config = meta::Config::new().nfa_size_limit(Some(SIZE_LIMIT)).which_captures(WhichCaptures::Implicit);
    meta::Regex::builder().configure(config).build_from_hir(hir).ok()
}

/// Texts that are walked along before automata are made: by then as much was spent as one costs.
const WALKS: u32 = 80;

/// Bytes a compiled expression may take; far more than the states that compiling rules allows need.
const SIZE_LIMIT: usize = 1 << 26;

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(text, Facts::of(text).expect("parses"))
    }

    #[test]
    fn boundaries_are_kept_in_every_script() {
        let pattern = pattern(r"^(?:©|\(c\)) ?\b(?:news|خبر)\b.{0,9}$");
        for walks in [0, WALKS] {
            pattern.walks.store(walks, Ordering::Relaxed);
            boundaries_are_kept_by(&pattern);
        }
    }

    fn boundaries_are_kept_by(pattern: &Pattern) {
        let matches = |text: &str| pattern.is_match(text) && pattern.find_iter(text).next().is_some();
        assert!(matches("© news 24") && matches("(c) news") && matches("© خبر 24") && matches("© news é"));
        assert!(!matches("© newsé") && !matches("© newsroom") && !matches("© خبرة 24") && !matches("© news 1234567890"));
    }

    #[test]
    fn long_counts_are_kept_in_texts_of_every_length() {
        let pattern = pattern(r"^a[^.]{3,80}b?(?: x{1,70}y){0,2}");
        let exact = meta::Regex::new(&pattern.text).expect("compiles");
        assert_eq!(pattern.facts.limit, 70);
        for long in (0..100).step_by(3) {
            for repeated in ["x", "xb xxy", "é. ", " xy"] {
                let text = format!("a{}", repeated.repeat(long));
                assert_eq!(pattern.find_iter(&text).next(), exact.find(&text).map(|found| found.range()), "{text}");
                assert_eq!(pattern.is_match(&text), exact.is_match(&text), "{text}");
            }
        }
    }

    #[test]
    fn a_first_look_tells_what_it_can() {
        let look = |expression: &str, text: &str| {
            let pattern = pattern(expression);
            pattern.look(text, pattern.is_short(text))
        };
        assert_eq!(look(r"\bnews\b.{0,90}$", "© خبر"), Some(false));
        assert_eq!(look(r"\bnews\b.{0,90}$", "© newsroom"), Some(false));
        assert_eq!(look(r"\bnews\b.{0,90}$", "© newsroom né"), None, "a boundary where words are not ASCII");
        assert_eq!(look(r"\bnews\b.{0,90}$", "old newsroom"), Some(false));
        let long = "a".repeat(90);
        assert_eq!(look(r"^a[^.]{3,80}b$", &format!("a.{long}b")), Some(false));
        assert_eq!(look(r"^a[^.]{3,80}b$", &format!("{long}b")), None, "too long for the count, perhaps");
        assert_eq!(look("^a[0-9]{2}", "a12"), Some(true));
    }
}
