//! The facts and trees of the shipped rules' regular expressions, which the build script worked out.
//!
//! In: an expression as a rule writes it. Out: its [`Facts`] and its [`Tree`], read where they are known and worked out where not, so that a start parses
//! none of thousands of shipped expressions and only those of the user's own that are new.

use std::collections::HashMap;
use std::sync::LazyLock;

use rustc_hash::FxBuildHasher;

use super::facts::tree::Tree;
use super::facts::{Facts, parsed};

/// Rows of an expression, its encoded facts and its encoded tree.
static ENCODED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/facts.bin"));

/// What is known of an expression: its encoded facts and tree.
type Row = (&'static [u8], &'static [u8]);

static KNOWN: LazyLock<HashMap<&str, Row, FxBuildHasher>> = LazyLock::new(|| {
    let rows: Vec<(&str, &[u8], &[u8])> = postcard::from_bytes(ENCODED).unwrap_or_default();
    rows.into_iter().map(|(text, facts, tree)| (text, (facts, tree))).collect()
});

/// The facts of an expression; an error says why it cannot be searched for.
pub(super) fn facts_of(text: &str) -> Result<Facts, String> {
    let known = KNOWN.get(text).and_then(|(facts, _)| postcard::from_bytes(facts).ok());
    known.map_or_else(|| Facts::of(text), Ok)
}

/// The tree of an expression whose facts are known; none of one that asks for bytes which are no characters.
pub(super) fn tree_of(text: &str) -> Option<Tree> {
    let known = KNOWN.get(text).and_then(|(_, tree)| postcard::from_bytes(tree).ok());
    known.unwrap_or_else(|| Tree::of(&parsed(text).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Layers;

    #[test]
    fn what_is_known_is_what_would_be_found() {
        let rules = Layers::shipped().build().expect("shipped rules compile").rules;
        let patterns: Vec<_> = rules.iter().flat_map(|rule| &rule.patterns).collect();
        assert!(patterns.len() > 1000 && patterns.iter().all(|pattern| KNOWN.contains_key(pattern.text.as_str())));
        for pattern in patterns.iter().step_by(50) {
            assert_eq!(Facts::of(&pattern.text).as_ref(), Ok(&pattern.facts), "{}", pattern.text);
            assert_eq!(tree_of(&pattern.text), Tree::of(&parsed(&pattern.text).expect("parses")), "{}", pattern.text);
        }
    }
}
