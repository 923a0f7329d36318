//! Detectors: each reads a [`Case`] and adds evidence; none deletes, none sees another.
//!
//! A new detector is one file here and one line in [`all`]. What rules match is found once for each pass and part of the
//! case, because several detectors ask where a closing notice or a known heading stands.

mod dump;
mod page;
mod repeat;
mod rule;
mod structure;
mod teaser;
mod title;

use crate::document::{Block, Document, Format};
use crate::rules::RuleSet;
use crate::rules::index::Hit;
use crate::verdict::{Action, Reason, Signal, Source};

pub use title::same_title;

/// A document under judgement and the rules that match in it.
pub struct Case<'a> {
    /// Rules, word lists and settings.
    pub rules: &'a RuleSet,
    /// The document.
    pub document: &'a Document,
    /// For each block, where its hits begin in `hits`; one entry more than blocks.
    starts: Vec<u32>,
    hits: Vec<Hit>,
    /// 0 for the document as it came, then 1, 2, ... for what earlier passes left.
    pub pass: u32,
}

impl<'a> Case<'a> {
    /// Looks up the rules that match in each block.
    pub fn new(rules: &'a RuleSet, document: &'a Document, pass: u32) -> Self {
        let mut starts = Vec::with_capacity(document.blocks.len() + 1);
        let mut hits = Vec::new();
        let enabled = rules.settings.rule.enabled;
        for block in &document.blocks {
            starts.push(hits.len() as u32);
            if enabled {
                rules.hits(document, block, &mut hits);
            }
        }
        starts.push(hits.len() as u32);
        Case { rules, document, starts, hits, pass }
    }

    /// The rules that match in block number `at`.
    pub fn hits(&self, at: usize) -> &[Hit] {
        &self.hits[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// The document's blocks.
    pub fn blocks(&self) -> &'a [Block] {
        &self.document.blocks
    }

    /// Does a rule whose action is `drop` match block `at` as a whole?
    pub fn is_noise(&self, at: usize) -> bool {
        self.hits(at).iter().any(|hit| rule::applies(self, at, hit) && rule::takes_block(self.rules.rule(hit.rule)))
    }

    /// A sentence or more of running text: long enough and ended like one.
    pub fn is_prose(&self, block: &Block) -> bool {
        let words = self.rules.settings.structure.prose_words;
        block.shape.words >= words && (block.shape.finished || block.shape.stops > 1) || block.shape.words >= 3 * words
    }

    /// A short line that does not end like a sentence.
    pub fn is_row(&self, block: &Block) -> bool {
        block.shape.words <= self.rules.settings.structure.row_words && !block.shape.finished
    }

    /// A line of a few words that does not end like a sentence.
    pub fn is_label(&self, block: &Block) -> bool {
        block.shape.words <= self.rules.settings.structure.label_words && !block.shape.finished && !block.shape.colon
    }
}

/// One source of evidence.
pub trait Detector: Send + Sync {
    /// Its name in reasons and settings.
    fn name(&self) -> &'static str;
    /// Adds what it finds.
    fn detect(&self, case: &Case, signals: &mut Vec<Signal>);
}

/// Every detector, in the order in which they are asked; on equal spans the first to speak gives the reason.
pub fn all() -> Vec<Box<dyn Detector>> {
    vec![
        Box::new(rule::Rules),
        Box::new(title::Title),
        Box::new(repeat::Repeat),
        Box::new(structure::Structure),
        Box::new(dump::Dump),
        Box::new(page::Page),
        Box::new(teaser::Teaser),
    ]
}

/// A signal that a whole block goes.
fn drop_block(block: &Block, detector: &'static str, class: &'static str, score: f32) -> Signal {
    let reason = Reason { source: Source::Detector(detector), class };
    Signal { span: block.span, action: Action::Drop, reason, score }
}

fn is_text(document: &Document) -> bool {
    document.format == Format::Text
}
