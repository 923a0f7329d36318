//! Rows at the edges of an article that is no dump of a whole page.
//!
//! In: a text's blocks, the probability of each and the one needed. Out: the rows before its first paragraph and behind its last that go. Scrapers that
//! take an article's box leave a section's name above it and tags below. The weights know such rows, but they were trained on whole pages: so
//! they are asked only where rules find noise as well, which a clean text has none of, and believed only where they are sure, of the text and of the row.
//! Asked by the `model` detector alone.

use super::Case;
use super::marked::{is_extracted, is_marked};
use crate::verdict::Action;

/// May a text have such rows, to judge by rules and shapes alone?
pub(super) fn may_have(case: &Case) -> bool {
    let settings = &case.rules.settings.model;
    let blocks = case.blocks();
    // Marks alone are left over from lines that were joined.
    let noise = (0..blocks.len()).filter(|&at| case.is_noise(at) && !blocks[at].tokens.is_empty()).count();
    if settings.fringe == 0.0 || noise < settings.fringe_noise || is_extracted(case) {
        return false;
    }
    let is_open = |at: &usize| is_open_row(case, *at);
    let is_prose = |at: usize| !case.is_noise(at) && case.is_prose(&blocks[at]);
    let Some(first) = (0..blocks.len()).find(|&at| is_prose(at)) else { return false };
    let last = (first..blocks.len()).rfind(|&at| is_prose(at)).unwrap_or(first);
    // The title stands above the first paragraph.
    (last + 1..blocks.len()).any(|at| is_open(&at)) || (0..first).filter(is_open).count() > 1
}

/// For each block of a text that may have such rows whether it is one and goes.
pub(super) fn rows(case: &Case, probabilities: &[f32], needed: f64) -> Vec<bool> {
    let settings = &case.rules.settings.model;
    let blocks = case.blocks();
    let mut taken = vec![false; blocks.len()];
    let stays = |at: &usize| !case.is_noise(*at) && case.is_prose(&blocks[*at]) && f64::from(probabilities[*at]) >= needed;
    let Some(first) = (0..blocks.len()).find(stays) else { return taken };
    let last = (first..blocks.len()).rfind(stays).unwrap_or(first);
    if needed < settings.fringe_needed {
        return taken;
    }
    let goes = |at: &usize| is_open_row(case, *at) && f64::from(probabilities[*at]) < settings.fringe * needed;
    let found: Vec<usize> = (0..first).chain(last + 1..blocks.len()).filter(goes).collect();
    let words = |at: &usize| f64::from(blocks[*at].shape.words);
    let all: f64 = (0..blocks.len()).filter(|&at| !case.is_noise(at)).map(|at| words(&at)).sum();
    if found.iter().map(words).sum::<f64>() <= settings.fringe_share * all {
        found.into_iter().for_each(|at| taken[at] = true);
    }
    taken
}

/// A row of which no rule says anything.
fn is_open_row(case: &Case, at: usize) -> bool {
    let block = &case.blocks()[at];
    let is_kept = || case.hits(at).iter().any(|hit| case.rules.rule(hit.rule).action == Action::Keep);
    !case.is_noise(at) && case.is_row(block) && !block.shape.colon && !block.tokens.is_empty() && !is_marked(case, block) && !is_kept()
}
