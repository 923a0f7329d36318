//! What must be true of a block for a regular expression to be worth a search: [`Facts`].
//!
//! In: an expression as a rule writes it. Out: words of which its matches hold one, the bytes at their edges, the characters they hold, and which
//! first looks are of use. Working these out costs more than anything else at load, so the build script does it for the shipped rules, with this
//! same code: nothing here may use more of naqi than [`text`](crate::text).

pub mod edges;
pub mod gate;
pub mod needs;
pub mod tree;
pub mod widen;

use regex_syntax::hir::Hir;
use serde::{Deserialize, Serialize};

use crate::text::view::fold_pattern;
use edges::Edges;
use gate::{Gate, states_of};
use needs::{Need, needed_words};
use widen::{has_boundaries, has_counts, least_count};

/// Expressions that grow to more states are refused: they would cost every run dearly.
const MOST_STATES: usize = 200_000;

/// What is known of a regular expression before it is searched for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Words in a row, of which one row must stand in a block for the pattern to be tried; empty: always tried.
    pub needs: Vec<Need>,
    /// Single words of which one must stand in it besides; empty: none must.
    pub also: Vec<u64>,
    /// The bytes at a match's edges.
    pub edges: Edges,
    /// What a block must have besides.
    pub gate: Gate,
    /// In texts of at most so many characters the expression with its long counts open finds what it does.
    pub limit: u32,
    /// Does it ask where words begin or end?
    pub has_boundaries: bool,
    /// Does it count more than a few repetitions?
    pub has_counts: bool,
}

impl Facts {
    /// The facts of an expression as written; an error says why it cannot be searched for.
    pub fn of(text: &str) -> Result<Facts, String> {
        let hir = parsed(text)?;
        let states = states_of(&hir);
        if states > MOST_STATES {
            return Err(format!("it grows to some {states} states, {MOST_STATES} are allowed; lower its repeat counts"));
        }
        let (needs, also) = needed_words(&hir);
        Ok(Facts {
            needs,
            also,
            edges: Edges::new(&hir),
            gate: Gate::new(&hir),
            limit: least_count(&hir),
            has_boundaries: has_boundaries(&hir),
            has_counts: has_counts(&hir),
        })
    }

    /// Is nothing known that lets a block pass by without a search?
    pub fn are_open(&self) -> bool {
        self.needs.is_empty() && self.edges.are_open() && self.gate.is_open()
    }
}

/// An expression in its normalised form, the one that is searched for in normalised texts.
pub fn parsed(text: &str) -> Result<Hir, String> {
    regex_syntax::parse(&fold_pattern(text)).map_err(|error| {
        let why = error.to_string();
        why.lines().last().unwrap_or(&why).trim().trim_start_matches("error: ").to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_say_when_nothing_is_known() {
        let facts = |text: &str| Facts::of(text).expect("parses");
        assert!(facts(".*").are_open());
        assert!(!facts("^a").are_open() && !facts(r"\bphoto\b").are_open() && !facts("^.{2}$").are_open());
        assert_eq!(facts("Ａ{1,90}").limit, 90);
        assert!(Facts::of("(a").is_err_and(|why| why.contains("unclosed")));
        assert!(Facts::of("(?:(?:ab{999}){999}){999}").is_err_and(|why| why.contains("states")));
    }
}
