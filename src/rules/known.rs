//! The facts of the shipped rules' regular expressions, which the build script worked out.
//!
//! In: an expression as a rule writes it. Out: its [`Facts`], read where they are known and worked out where not, so that a start parses none of
//! thousands of shipped expressions and only those of the user's own that are new.

use std::collections::HashMap;
use std::sync::LazyLock;

use rustc_hash::FxBuildHasher;

use super::facts::Facts;

/// Rows of an expression and its encoded facts.
static ENCODED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/facts.bin"));

static KNOWN: LazyLock<HashMap<&str, &[u8], FxBuildHasher>> = LazyLock::new(|| {
    let rows: Vec<(&str, &[u8])> = postcard::from_bytes(ENCODED).unwrap_or_default();
    rows.into_iter().collect()
});

/// The facts of an expression; an error says why it cannot be searched for.
pub(super) fn facts_of(text: &str) -> Result<Facts, String> {
    let known = KNOWN.get(text).and_then(|facts| postcard::from_bytes(facts).ok());
    known.map_or_else(|| Facts::of(text), Ok)
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
        }
    }
}
