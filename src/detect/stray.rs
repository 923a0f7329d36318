//! Teasers of other stories that a scraper joined to the end of a line.
//!
//! In: a case of which nothing else goes. Out: the spans of such teasers. A headline that stands right behind a full stop, without a blank, and ends with
//! the line but not like a sentence is no sentence that misses its blank; where it also has no telling word in common with all the rest of the text,
//! it speaks of something else. Both together tell it without a word list.

use super::stems::{each_stem, stems_of};
use super::{Case, is_text};
use crate::document::{Block, Span};
use crate::text::seam::Gaps;
use crate::text::shape::{is_closing, is_stop};
use crate::verdict::{Action, Reason, Signal, Source};

/// Evidence that ends of lines are teasers.
pub(super) fn teasers(case: &Case, signals: &mut Vec<Signal>) {
    let settings = &case.rules.settings.teaser;
    if !settings.enabled || !is_text(case.document) {
        return;
    }
    let reason = Reason { source: Source::Detector("teaser"), class: "teaser" };
    let found = case.blocks().iter().filter_map(|block| joined_headline(case, block)).filter(|part| is_foreign(case, part));
    signals.extend(found.map(|part| Signal { span: part.span, action: Action::Drop, reason, score: 0.7 }));
}

/// What was joined to a line's last full stop and does not end like a sentence.
fn joined_headline(case: &Case, block: &Block) -> Option<Block> {
    let settings = &case.rules.settings.teaser;
    if block.shape.finished || block.shape.stops == 0 || block.shape.words < 2 * settings.joined_words {
        return None;
    }
    let tokens = case.document.tokens_of(block);
    let span = *Gaps::of(&case.document.text, block.span, tokens).parts().last()?;
    let before = case.document.slice(Span { start: block.span.start, end: span.start });
    // What ends with a mark may be speech.
    if !before.trim_end_matches(is_closing).ends_with(is_stop) || !case.document.slice(span).trim_end().ends_with(char::is_alphanumeric) {
        return None;
    }
    let first = tokens.partition_point(|token| token.start < span.start) as u32;
    let words = block.tokens.start + first..block.tokens.end;
    let fits = (settings.joined_words..=settings.joined_most).contains(&(words.len() as u32));
    fits.then_some(Block { span, tokens: words, hash: 0, shape: block.shape, blank_before: false, markup: None })
}

/// Has a part of a line no telling word in common with the rest of the text?
fn is_foreign(case: &Case, part: &Block) -> bool {
    let own = stems_of(case, [part]);
    let mut is_foreign = own.len() >= case.rules.settings.teaser.joined_words as usize / 2;
    for block in case.blocks() {
        each_stem(case, block, |stem, token, _| is_foreign &= token.span().overlaps(part.span) || !own.contains(&stem));
    }
    is_foreign
}
