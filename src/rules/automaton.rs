//! A first look at a text: can an expression match in it at all?
//!
//! In: an expression. Out: yes, no, or "this cannot tell". The `regex` family's engines find matches as well, and to that end build an automaton that
//! runs backwards beside the one that runs forwards. Most first looks end with no, so here only the latter is built, in half the
//! time, and its states only as texts lead to them. It cannot tell where a word boundary meets a character beyond ASCII.

use std::fmt;

use regex_automata::Input;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_syntax::hir::Hir;

/// Makes memory for one thread's searches.
type NewCache = Box<dyn Fn() -> Cache + Send + Sync>;

/// An automaton that runs forwards.
pub(super) struct Automaton {
    dfa: DFA,
    caches: Pool<Cache, NewCache>,
}

impl fmt::Debug for Automaton {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("Automaton")
    }
}

impl Automaton {
    /// The automaton of an expression; none for one that is too large.
    pub(super) fn new(hir: &Hir, size_limit: usize) -> Option<Self> {
        let config = thompson::Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(size_limit));
        let nfa = thompson::Compiler::new().configure(config).build_from_hir(hir).ok()?;
        let config = Config::new().unicode_word_boundary(true).skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
        let for_caches = dfa.clone();
        let new_cache: NewCache = Box::new(move || for_caches.create_cache());
        Some(Automaton { dfa, caches: Pool::new(new_cache) })
    }

    /// Does the expression match in a text? None when it cannot tell.
    pub(super) fn matches(&self, text: &str) -> Option<bool> {
        let found = self.dfa.try_search_fwd(&mut self.caches.get(), &Input::new(text).earliest(true)).ok()?;
        Some(found.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_or_says_that_it_cannot() {
        let automaton = Automaton::new(&regex_syntax::parse(r"^news\b.*today$").expect("parses"), 1 << 20).expect("small");
        assert_eq!(automaton.matches("news of today"), Some(true));
        assert_eq!(automaton.matches("newsroom of today"), Some(false));
        assert_eq!(automaton.matches("news – today"), None);
        assert!(Automaton::new(&regex_syntax::parse(r"\pL{1000}").expect("parses"), 1 << 10).is_none());
    }
}
