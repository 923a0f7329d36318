//! The `dump` detector: the article inside the dump of a whole page.
//!
//! A text with many labels is a page saved with its menus. Prose earns its words, labels and rows cost; the stretch of blocks with
//! the highest sum is the article. What lies outside goes, and so do long runs of rows inside. A text with few labels is left alone. Asked
//! only when the `model` detector is off or has nothing to say.

use super::marked::{is_extracted, is_marked};
use super::template::is_surveyed_page;
use super::{Case, drop_block, is_text};
use crate::document::Block;
use crate::stretch::best_stretch;
use crate::verdict::Signal;

/// Does a text have so many labels in menus, and so large a share of labels, as dumps of whole pages have? What is marked up is no menu.
pub(super) fn has_labels(case: &Case, least: usize, share: f64) -> bool {
    let (mut labels, mut in_menus, mut run) = (0, 0, 0);
    for is_label in case.blocks().iter().map(|block| case.is_label(block) && !is_marked(case, block)).chain([false]) {
        if is_label {
            run += 1;
            continue;
        }
        labels += run;
        in_menus += if run >= case.rules.settings.structure.dump_run { run } else { 0 };
        run = 0;
    }
    is_text(case.document) && in_menus >= least && labels as f64 >= share * case.blocks().len() as f64 && !is_extracted(case)
}

/// Adds evidence from the article's place in a dumped page.
pub(super) fn detect(case: &Case, signals: &mut Vec<Signal>) {
    let settings = &case.rules.settings.structure;
    let is_dump = || has_labels(case, settings.dump_labels, settings.dump_share) || is_surveyed_page(&case.rules.settings.template, &case.marks);
    if !settings.enabled || !is_text(case.document) || !is_dump() {
        return;
    }
    let blocks = case.blocks();
    let (start, end) = prose_stretch(case);
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

fn is_loose(case: &Case, block: &Block) -> bool {
    case.is_row(block) && !block.shape.colon && !is_own_line(case, block)
}

/// In a page that the survey knows, a longer line that no other page of the host has: it is more likely a line of a text that
/// breaks its sentences than of a menu.
fn is_own_line(case: &Case, block: &Block) -> bool {
    block.shape.words > 2 * case.rules.settings.structure.label_words && is_surveyed_page(&case.rules.settings.template, &case.marks)
}

fn worth(case: &Case, at: usize) -> f64 {
    let settings = &case.rules.settings.structure;
    let block = &case.blocks()[at];
    let words = f64::from(block.shape.words);
    if case.is_template(at) {
        -case.rules.settings.template.page_cost
    } else if case.is_noise(at) {
        -settings.row_cost
    } else if case.is_prose(block) {
        words
    } else if block.shape.finished && block.shape.words > settings.label_words {
        words / 2.0
    } else if case.is_label(block) {
        -settings.label_cost
    } else if is_own_line(case, block) {
        words / 2.0
    } else {
        -settings.row_cost
    }
}

/// The stretch of blocks with the highest sum of worth.
pub(super) fn prose_stretch(case: &Case) -> (usize, usize) {
    best_stretch((0..case.blocks().len()).map(|at| worth(case, at)))
}
