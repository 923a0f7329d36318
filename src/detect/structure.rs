//! The `structure` detector for text: rows that are no sentences and belong to the page, not to the article.
//!
//! Lone separators, rows of metadata (numbers, dates, bullets of a word or two) at the head, the site's own name as a row, and
//! runs of labels (categories, menus) at the end. It looks at shapes and places only, so it serves every language.

use super::marked::is_marked;
use super::matter::is_clock_row;
use super::stems::{each_stem, stems_of};
use super::{Case, Detector, drop_block, is_text, words_of};
use crate::document::Block;
use crate::text::fold::{fold, fold_str};
use crate::verdict::Signal;

/// Evidence from the shape and place of rows.
pub(super) struct Structure;

impl Detector for Structure {
    fn name(&self) -> &'static str {
        "structure"
    }

    fn detect(&self, case: &Case, signals: &mut Vec<Signal>) {
        if !case.rules.settings.structure.enabled || !is_text(case.document) {
            return;
        }
        separators(case, signals);
        head_rows(case, signals);
        site_name(case, signals);
        label_run(case, signals);
    }
}

fn separators(case: &Case, signals: &mut Vec<Signal>) {
    // A row of braces.
    if case.matter.code {
        return;
    }
    let blocks = case.blocks();
    let wordless = |at: usize| blocks[at].tokens.is_empty();
    let noise = |at: usize| wordless(at) || case.is_noise(at);
    for (at, block) in blocks.iter().enumerate().filter(|&(at, _)| wordless(at)) {
        let rule = block.shape.chars >= case.rules.settings.structure.separator_marks && !is_asterism(case, block);
        let edge = at == 0 || at + 1 == blocks.len() || noise(at - 1) || noise(at + 1);
        let lone_mark = block.shape.chars == 1 && !is_asterism(case, block);
        if (rule || edge || lone_mark) && blocks.len() > 1 {
            signals.push(drop_block(block, "structure", "separator", 0.9));
        }
    }
}

/// A section break inside an article: asterisks or a row of dots.
fn is_asterism(case: &Case, block: &Block) -> bool {
    case.document.slice(block.span).chars().all(|c| matches!(c, '*' | '⁂' | '.') || c.is_whitespace())
}

/// Rows of metadata before the first prose: numbers, dates, bullets of a word or two.
fn head_rows(case: &Case, signals: &mut Vec<Signal>) {
    let settings = &case.rules.settings.structure;
    let blocks = case.blocks();
    if !blocks.iter().any(|block| case.is_prose(block)) {
        return;
    }
    let head = blocks.iter().take_while(|block| !case.is_prose(block)).take(settings.head_rows * 2);
    signals.extend(head.filter(|block| is_metadata(case, block)).map(|block| drop_block(block, "structure", "metadata", 0.8)));
}

/// Is a row of the head of a text metadata: a number, a date, a bullet of a word or two?
pub(super) fn is_metadata(case: &Case, block: &Block) -> bool {
    let shape = &block.shape;
    let numeric = shape.digits > shape.letters && shape.words <= case.rules.settings.structure.label_words * 2;
    let bullet = shape.bullet && case.is_label(block);
    let time = case.matter.ticker && is_clock_row(block);
    !block.tokens.is_empty() && (numeric || bullet) && !time
}

/// A row near an end that begins with the host's name: `example.com`, `EXAMPLE - desk`.
fn site_name(case: &Case, signals: &mut Vec<Signal>) {
    const NEAR: usize = 3;
    let Some(host) = &case.document.metadata.host else { return };
    let host = host.trim_start_matches("www.");
    let name = host.split('.').next().unwrap_or(host);
    let joined: String = host.chars().filter(|c| c.is_alphanumeric()).collect();
    let blocks = case.blocks();
    for (at, block) in blocks.iter().enumerate() {
        if at >= NEAR && at + NEAR < blocks.len() || !case.is_row(block) || block.shape.words > 2 * case.rules.settings.structure.label_words {
            continue;
        }
        let begins = case.document.slice(block.span).chars().find(|c| c.is_alphanumeric()).map(fold);
        if !begins.is_some_and(|first| first.many || joined.starts_with(first.to)) {
            continue;
        }
        let row: String = fold_str(case.document.slice(block.span)).chars().filter(|c| c.is_alphanumeric()).collect();
        let is_host = row.len() >= name.len() && joined.starts_with(&row) || row.starts_with(&joined);
        if name.len() > 2 && is_host && blocks.len() > 1 {
            signals.push(drop_block(block, "structure", "site-name", 0.9));
        }
    }
}

/// A run of labels behind the last paragraph: categories, tags, menus. A list that a colon or its bullets announce stays, a table, and one
/// that holds much of the text.
fn label_run(case: &Case, signals: &mut Vec<Signal>) {
    let settings = &case.rules.settings.structure;
    let blocks = case.blocks();
    let is_item = |at: usize| {
        case.is_noise(at) || blocks[at].tokens.is_empty() || case.is_label(&blocks[at]) && !blocks[at].shape.bullet && !is_marked(case, &blocks[at])
    };
    let start = (0..blocks.len()).rev().take_while(|&at| is_item(at)).last().unwrap_or(blocks.len());
    let labels: Vec<&Block> = (start..blocks.len()).filter(|&at| !case.is_noise(at) && !blocks[at].tokens.is_empty()).map(|at| &blocks[at]).collect();
    let Some(before) = start.checked_sub(1).map(|at| &blocks[at]) else { return };
    let words: u32 = labels.iter().map(|block| block.shape.words).sum();
    let is_content = f64::from(words) > settings.label_run_share * words_of(blocks);
    let is_run = || labels.len() >= settings.label_run || labels.len() >= settings.told_run && are_told(case, &blocks[..start], &labels);
    if !is_content && case.is_prose(before) && ends_sentence(before) && is_run() {
        signals.extend(labels.into_iter().map(|block| drop_block(block, "structure", "tags", 0.7)));
    }
}

/// Thai and the like have no full stops.
fn ends_sentence(block: &Block) -> bool {
    block.shape.finished || block.shape.stops == 0 && 2 * block.shape.unspaced > block.shape.letters
}

/// Does the text above say all words of these labels, as an article does those of its tags?
fn are_told(case: &Case, text: &[Block], labels: &[&Block]) -> bool {
    let told = stems_of(case, text.iter().filter(|block| case.is_prose(block)));
    let mut is_told = true;
    for label in labels {
        let mut words = 0;
        each_stem(case, label, |stem, _, _| {
            words += 1;
            is_told &= told.contains(&stem);
        });
        is_told &= words > 0;
    }
    is_told
}
