//! The `dump` detector: the article inside the dump of a whole page.
//!
//! A text with many labels is a page saved with its menus. Prose earns its words, labels and rows cost; the stretch of blocks with
//! the highest sum is the article (the maximum-subsequence method of Pasternack and Roth, WWW 2009, here over lines instead
//! of tokens). What lies outside goes, and so do long runs of rows inside. A text with few labels is left alone.

use super::{Case, Detector, drop_block, is_text};
use crate::document::Block;
use crate::verdict::Signal;

/// Evidence from the article's place in a dumped page.
pub(super) struct Dump;

impl Detector for Dump {
    fn name(&self) -> &'static str {
        "dump"
    }

    fn detect(&self, case: &Case, signals: &mut Vec<Signal>) {
        let settings = &case.rules.settings.structure;
        let blocks = case.blocks();
        let runs = || blocks.chunk_by(|a, b| case.is_label(a) == case.is_label(b)).filter(|run| case.is_label(&run[0]));
        let in_menus: usize = runs().map(<[Block]>::len).filter(|&len| len >= settings.dump_run).sum();
        let labels: usize = runs().map(<[Block]>::len).sum();
        let few = in_menus < settings.dump_labels || (labels as f64) < settings.dump_share * blocks.len() as f64;
        if !settings.enabled || !is_text(case.document) || few {
            return;
        }
        let (start, end) = best_stretch(case);
        if start == end {
            return;
        }
        for block in blocks[..start].iter().chain(&blocks[end..]) {
            signals.push(drop_block(block, "dump", "navigation", 0.7));
        }
        for run in blocks[start..end].chunk_by(|a, b| is_loose(case, a) == is_loose(case, b)) {
            if run.len() >= settings.inner_run && is_loose(case, &run[0]) {
                signals.extend(run.iter().map(|block| drop_block(block, "dump", "navigation", 0.6)));
            }
        }
    }
}

fn is_loose(case: &Case, block: &Block) -> bool {
    case.is_row(block) && !block.shape.colon
}

fn worth(case: &Case, at: usize) -> f64 {
    let settings = &case.rules.settings.structure;
    let block = &case.blocks()[at];
    let words = f64::from(block.shape.words);
    if case.is_noise(at) {
        -settings.row_cost
    } else if case.is_prose(block) {
        words
    } else if block.shape.finished && block.shape.words > settings.label_words {
        words / 2.0
    } else if case.is_label(block) {
        -settings.label_cost
    } else {
        -settings.row_cost
    }
}

/// The stretch of blocks with the highest sum, the first of equals; empty when no block earns anything.
fn best_stretch(case: &Case) -> (usize, usize) {
    let (mut best, mut stretch) = (0.0, (0, 0));
    let (mut sum, mut start) = (0.0, 0);
    for at in 0..case.blocks().len() {
        if sum <= 0.0 {
            (sum, start) = (0.0, at);
        }
        sum += worth(case, at);
        if sum > best {
            (best, stretch) = (sum, (start, at + 1));
        }
    }
    stretch
}
