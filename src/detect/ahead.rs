//! What the survey finds glued to blocks of a text, and may go before anything is judged.
//!
//! In: rules, a document and the survey's marks. Out: drop signals. With the glued text gone first, the document is judged once, as what it is, instead
//! of once with it and once without. Where rules speak of the glued text as well, both are heard together in the first pass.

use super::Marks;
use crate::document::{Block, Document, Span};
use crate::rules::RuleSet;
use crate::rules::file::Scope;
use crate::rules::index::Hit;
use crate::text::token::{sequence_hash, tokenise};
use crate::verdict::{Action, Signal};

/// So many words beside a glued span are looked at for rules that reach into it.
const BESIDE: usize = 4;

/// Signals that what the survey finds glued to blocks goes: known before anything is judged. Spans of which rules speak otherwise (keep them, take
/// more than them) are left to the first pass, where both are heard at once; `has_keeps` says whether there are rules that keep.
pub fn goes_ahead(rules: &RuleSet, document: &Document, marks: &Marks, has_keeps: bool) -> Vec<Signal> {
    let (mut trial, mut hits) = (rules.trial(), Vec::new());
    let mut waits = |span: Span| {
        let at = document.blocks.partition_point(|block| block.span.end <= span.start);
        let Some(block) = document.blocks.get(at) else { return true };
        let tokens = document.tokens_of(block);
        // A title line or byline is told by all of its words.
        let rest = tokens.iter().filter(|token| !token.span().overlaps(span)).count();
        if rest <= rules.settings.structure.label_words as usize {
            return true;
        }
        let part = part_of(document, block, span, if has_keeps { tokens.len() } else { BESIDE });
        hits.clear();
        rules.reaching_hits(document, &part, &mut trial, &mut hits);
        hits.iter().any(|hit: &Hit| {
            let rule = rules.rule(hit.rule);
            let taken = Span { start: part.span.start + hit.span.start, end: part.span.start + hit.span.end };
            let reaches_out = rule.scope == Scope::Span && taken.overlaps(span) && !(span.start <= taken.start && taken.end <= span.end);
            rule.action == Action::Keep || rule.extend.is_some() || reaches_out
        })
    };
    let mut signals: Vec<Signal> = marks.glued().collect();
    if rules.settings.rule.enabled {
        signals.retain(|signal| !waits(signal.span));
    }
    signals
}

/// A part of a block, with so many words beside it, as a block of its own.
fn part_of(document: &Document, block: &Block, span: Span, beside: usize) -> Block {
    let tokens = document.tokens_of(block);
    let first = tokens.partition_point(|token| token.end <= span.start).saturating_sub(beside);
    let behind = (tokens.partition_point(|token| token.start < span.end) + beside).min(tokens.len());
    if first == 0 && behind == tokens.len() {
        return block.clone();
    }
    let start = if first == 0 { block.span.start } else { tokens[first].start };
    let end = if behind == tokens.len() { block.span.end } else { tokens[behind].start };
    let (span, hash) = (Span { start, end }, sequence_hash(&tokens[first..behind]));
    let shape = tokenise(&document.text, span, &mut Vec::new());
    Block { span, tokens: block.tokens.start + first as u32..block.tokens.start + behind as u32, hash, shape, ..block.clone() }
}
