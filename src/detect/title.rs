//! The `title` detector: takes the title, and every copy of it, out of the body.
//!
//! A record or page that states its title is believed: blocks that repeat it, as is or with the site's name appended, go. A
//! text without one is asked whether it opens with a line that looks like a title: short, not ended like a sentence, with
//! prose behind it. The rows between such a title and the first prose (path, sub-title, caption, byline) go with it. Which row
//! of any text is the title is told in `headline`.

use super::matter::is_clock_row;
use super::structure::is_metadata;
use super::{Case, Detector, drop_block, is_text};
use crate::document::Block;
use crate::text::shape::{holds_sentence, is_comma, is_small};
use crate::text::token::Token;
use crate::verdict::Signal;

/// Evidence about titles.
pub(super) struct Title;

impl Detector for Title {
    fn name(&self) -> &'static str {
        "title"
    }

    fn detect(&self, case: &Case, signals: &mut Vec<Signal>) {
        match &case.document.metadata.title {
            Some(_) => copies(case, &case.document.named().title, signals),
            // What opens the text once its title is gone is body.
            None if is_text(case.document) && !case.titled => opening(case, signals),
            None => {}
        }
    }
}

/// Drops the rows that give a title, with a site's name or without.
pub(super) fn copies(case: &Case, title: &[Token], signals: &mut Vec<Signal>) {
    let extra = case.rules.settings.repeat.title_extra_words;
    let same = case.blocks().iter().filter(|block| same_title(title, case.document.tokens_of(block), extra));
    let mut class = "title";
    for block in same {
        signals.push(drop_block(block, "title", class, 1.0));
        class = "repeat";
    }
}

/// Is a block this title, give or take a site's name of at most `extra` words at one end?
pub fn same_title(title: &[Token], block: &[Token], extra: usize) -> bool {
    let (short, long) = if title.len() <= block.len() { (title, block) } else { (block, title) };
    if short.is_empty() || long.len() > short.len() + extra || long.len() > short.len() && short.len() < 4 {
        return false;
    }
    let same = |part: &[Token]| part.iter().zip(short).all(|(a, b)| a.hash == b.hash);
    same(long) || same(&long[long.len() - short.len()..])
}

fn opening(case: &Case, signals: &mut Vec<Signal>) {
    let settings = &case.rules.settings.structure;
    if !settings.enabled {
        return;
    }
    let blocks = case.blocks();
    let is_prose = |at: usize| case.is_prose(&blocks[at]) && !case.is_noise(at);
    // What goes by itself parts no title from the rows below it.
    let stays = |&at: &usize| !case.is_noise(at) && !is_metadata(case, &blocks[at]);
    let head: Vec<usize> = (0..blocks.len()).take_while(|&at| !is_prose(at)).filter(stays).take(settings.head_rows + 1).collect();
    let has_prose = head.last().is_some_and(|&last| (last + 1..blocks.len()).any(is_prose));
    if head.len() > settings.head_rows || !has_prose || blocks.iter().filter(|block| case.is_label(block)).count() >= settings.dump_labels {
        return;
    }
    // Behind a line of the body stands no title.
    let is_body = |at: usize| begins_body(case, &blocks[at]) || goes_on(case, at);
    let Some(place) = head.iter().take_while(|&&at| !is_body(at)).position(|&at| looks_like_title(case, &blocks[at])) else { return };
    let Some(rows) = rows_above(case, &head[place..]) else { return };
    let named = named_row(case, &rows);
    let title = case.document.tokens_of(&blocks[named]);
    signals.extend(rows.into_iter().map(|at| {
        let block = &blocks[at];
        match at {
            _ if at == named => drop_block(block, "title", "title", 0.9),
            _ if is_copy(case, title, block) => drop_block(block, "title", "repeat", 1.0),
            _ => drop_block(block, "title", "caption", 0.6),
        }
    }));
}

/// The first of some rows and those below it that go with a title; none when they are running text.
fn rows_above(case: &Case, head: &[usize]) -> Option<Vec<usize>> {
    let blocks = case.blocks();
    let mut rows: Vec<usize> = Vec::with_capacity(head.len());
    for &at in head {
        let block = &blocks[at];
        let copies = |&row: &usize| is_copy(case, case.document.tokens_of(&blocks[row]), block);
        // A title may stand below a path and be longer than a caption.
        let leads = rows.iter().all(|&row| is_path(case, &blocks[row])) && looks_like_title(case, block);
        if leads || rows.iter().any(copies) {
            rows.push(at);
        } else if begins_body(case, block) {
            break;
        } else if is_caption(case, block) {
            rows.push(at);
        } else {
            // A long row that does not end is a broken line of running text, and so is what looked like a title above it.
            return None;
        }
    }
    Some(rows)
}

/// Which of the rows is the title: one that is given twice, else the first that is no path of sections.
fn named_row(case: &Case, rows: &[usize]) -> usize {
    let blocks = case.blocks();
    let could_be = |at: &&usize| looks_like_title(case, &blocks[**at]);
    let is_twice = |at: &&usize| {
        let title = case.document.tokens_of(&blocks[**at]);
        rows.iter().any(|other| other > *at && is_copy(case, title, &blocks[*other]))
    };
    if let Some(&twice) = rows.iter().filter(could_be).find(is_twice) {
        return twice;
    }
    rows.iter().copied().find(|at| could_be(&at) && !is_path(case, &blocks[*at])).unwrap_or(rows[0])
}

fn is_copy(case: &Case, title: &[Token], block: &Block) -> bool {
    same_title(title, case.document.tokens_of(block), case.rules.settings.structure.label_words as usize)
}

/// Names of sections in a row, parted by a sign: "Home > Sports", "News | Courts".
pub(super) fn is_path(case: &Case, block: &Block) -> bool {
    let mut parts = case.document.slice(block.span).split(['|', '>', '›', '»', '•', '·', '/', '→', '←']);
    let most = case.rules.settings.structure.label_words as usize;
    let is_name = |part: &str| part.split_whitespace().count() <= most;
    parts.next().is_some_and(is_name) && parts.clone().next().is_some() && parts.all(is_name)
}

fn is_caption(case: &Case, block: &Block) -> bool {
    case.is_row(block) && block.shape.words <= case.rules.settings.structure.caption_words && block.shape.commas < 2
}

/// A short line that is no row of the head: a sentence, a list item, what ends with a colon or a comma and so goes on below, an entry of a live ticker.
pub(super) fn begins_body(case: &Case, block: &Block) -> bool {
    let text = case.document.slice(block.span);
    let shape = &block.shape;
    shape.finished || shape.bullet || shape.colon || text.ends_with(is_comma) || case.matter.ticker && is_clock_row(block)
}

pub(super) fn looks_like_title(case: &Case, block: &Block) -> bool {
    has_title_shape(case, block) && !begins_body(case, block) && !holds_sentence(case.document.slice(block.span))
}

/// Is block `at` the first line of a sentence that a line with a small letter at its beginning goes on with?
pub(super) fn goes_on(case: &Case, at: usize) -> bool {
    let next = case.blocks().get(at + 1).map(|block| case.document.slice(block.span));
    looks_like_title(case, &case.blocks()[at]) && next.and_then(|text| text.chars().find(|c| c.is_alphanumeric())).is_some_and(is_small)
}

/// As many words as a title has, and more letters than digits.
pub(super) fn has_title_shape(case: &Case, block: &Block) -> bool {
    let shape = &block.shape;
    (3..=case.rules.settings.structure.title_max_words).contains(&shape.words) && shape.letters > 2 * shape.digits
}
