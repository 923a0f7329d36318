//! Detectors: each reads a [`Case`] and adds evidence; none deletes, none sees another.
//!
//! A new detector is one file here and one line in [`all`]. What rules match is found once for each pass and part of the
//! case, because several detectors ask where a closing notice or a known heading stands.

mod ahead;
mod behind;
mod dump;
mod foreign;
mod fringe;
mod glued;
mod headline;
mod marked;
mod matter;
mod model;
mod named;
mod page;
mod parts;
mod piece;
mod places;
mod repeat;
mod rule;
mod section;
mod shares;
mod stems;
mod stray;
mod structure;
mod teaser;
mod template;
mod title;
mod wanted_words;

use crate::document::{Block, Document, Format, Span};
use crate::rules::RuleSet;
use crate::rules::index::Hit;
use crate::survey::Templates;
use crate::text::token::Token;
use crate::verdict::{Action, Reason, Signal, Source};
use matter::Matter;
use repeat::Sketch;

pub use ahead::goes_ahead;
pub use headline::headline;
pub use model::{Opinion, opinions};
pub use named::Named;
pub use piece::pieces;
pub use template::{Mark, Marks};
pub use title::same_title;

/// The rules that match in each block of a document, and the blocks' sketches. They depend on the block alone, so they are carried from pass to
/// pass.
#[derive(Debug)]
pub struct Matches {
    /// Where each block's hits begin in `hits`; one entry more than blocks.
    starts: Vec<u32>,
    hits: Vec<Hit>,
    sketches: Vec<Sketch>,
}

impl Matches {
    /// Looks up every block.
    pub fn find(rules: &RuleSet, document: &Document) -> Self {
        Self::carry(&NO_MATCHES, &vec![None; document.blocks.len()], rules, document)
    }

    /// Takes over what is known of blocks that stayed whole (`origins`) and looks up the others.
    pub fn carry(known: &Matches, origins: &[Option<u32>], rules: &RuleSet, document: &Document) -> Self {
        let mut matches = Matches { starts: Vec::with_capacity(origins.len() + 1), hits: Vec::new(), sketches: Vec::with_capacity(origins.len()) };
        let enabled = rules.settings.rule.enabled;
        let mut trial = rules.trial();
        for (block, origin) in document.blocks.iter().zip(origins) {
            matches.starts.push(matches.hits.len() as u32);
            matches.sketches.push(match origin {
                Some(old) => known.sketches[*old as usize],
                None => repeat::sketch(rules, document, block),
            });
            match origin {
                Some(old) => matches.hits.extend_from_slice(known.of(*old as usize)),
                None if enabled => rules.hits(document, block, &mut trial, &mut matches.hits),
                None => {}
            }
        }
        matches.starts.push(matches.hits.len() as u32);
        matches
    }

    /// The hits of block number `at`.
    fn of(&self, at: usize) -> &[Hit] {
        &self.hits[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

static NO_MATCHES: Matches = Matches { starts: Vec::new(), hits: Vec::new(), sketches: Vec::new() };

/// What passes over what is left of a document know of the document as it came.
#[derive(Debug, Default)]
pub struct Earlier {
    titled: bool,
    /// The blocks that the weights held.
    held: Vec<bool>,
}

/// A document under judgement and the rules that match in it.
pub struct Case<'a> {
    /// Rules, word lists and settings.
    pub rules: &'a RuleSet,
    /// The document.
    pub document: &'a Document,
    /// The rules that match in its blocks.
    pub matches: &'a Matches,
    /// 0 for the document as it came, then 1, 2, ... for what earlier passes left.
    pub pass: u32,
    /// What the survey of the dump says, if there is one.
    pub templates: Option<&'a Templates>,
    /// ... and what that means for each block.
    pub marks: Marks,
    /// Did the text open with a title in an earlier pass?
    titled: bool,
    matter: Matter,
    /// For each block whether rules take it as a whole.
    noise: Vec<bool>,
    /// What the learned weights say, in the first pass.
    weighed: Option<model::Weighed<'a>>,
    /// For each block whether the weights were sure in the first pass that it belongs to the article; empty where they did not judge.
    held: Vec<bool>,
}

impl<'a> Case<'a> {
    /// A document of which nothing is known yet.
    pub fn new(rules: &'a RuleSet, templates: Option<&'a Templates>, document: &'a Document) -> Self {
        Case {
            rules,
            document,
            matches: &NO_MATCHES,
            pass: 0,
            templates,
            marks: Marks::default(),
            titled: false,
            matter: Matter::default(),
            noise: Vec::new(),
            weighed: None,
            held: Vec::new(),
        }
    }

    /// A document as it came, with what the survey, rules and learned weights say of it.
    #[must_use]
    pub fn first(self, marks: Marks, matches: &'a Matches) -> Self {
        let case = self.known(marks, matches);
        let weighed = model::weigh(&case);
        let held = weighed.as_ref().map(|weighed| weighed.held(&case)).unwrap_or_default();
        Case { weighed, held, ..case }
    }

    /// What an earlier pass left of a document, with what is known still.
    #[must_use]
    pub fn later(self, marks: Marks, matches: &'a Matches, earlier: Earlier, pass: u32) -> Self {
        let Earlier { titled, held } = earlier;
        Case { titled, held, pass, ..self }.known(marks, matches)
    }

    /// Rules wait for what is glued to a block to go, so what they take is known once marks are.
    fn known(self, marks: Marks, matches: &'a Matches) -> Self {
        let case = Case { marks, matches, ..self };
        let case = Case { matter: Matter::of(&case), ..case };
        let noise = (0..case.document.blocks.len()).map(|at| case.rules_take(at)).collect();
        Case { noise, ..case }
    }

    /// What a later pass must know of this one; `titled` says whether the text was found to open with a title so far, `origins` which blocks the blocks left were here.
    pub fn known_later(&self, titled: bool, origins: &[Option<u32>]) -> Earlier {
        let held = origins.iter().map(|origin| origin.is_some_and(|old| self.is_held(old as usize))).collect();
        Earlier { titled, held }
    }

    /// Is block `at` template by the survey?
    pub fn is_template(&self, at: usize) -> bool {
        self.marks.get(at).is_some_and(|mark| mark.whole.is_some())
    }

    /// The sketch of block number `at`, if it is long enough to have near-repeats.
    fn sketch(&self, at: usize) -> Sketch {
        self.matches.sketches[at]
    }

    /// The rules that match in block number `at`.
    pub fn hits(&self, at: usize) -> &'a [Hit] {
        self.matches.of(at)
    }

    /// The document's blocks.
    pub fn blocks(&self) -> &'a [Block] {
        &self.document.blocks
    }

    /// Do rules whose action is `drop` take block `at` as a whole, be it span by span?
    pub fn is_noise(&self, at: usize) -> bool {
        self.noise[at]
    }

    fn rules_take(&self, at: usize) -> bool {
        let hits = self.hits(at);
        if hits.is_empty() {
            return false;
        }
        let mut spans: Vec<Span> = hits.iter().filter(|hit| rule::applies(self, at, hit)).filter_map(|hit| rule::taken_from(self, at, hit)).collect();
        spans.sort_unstable();
        let tokens = self.document.tokens_of(&self.blocks()[at]);
        !spans.is_empty() && cover(&spans, tokens)
    }

    /// Do the learned weights take block `at` away in this pass?
    pub fn is_taken(&self, at: usize) -> bool {
        self.weighed.as_ref().is_some_and(|weighed| weighed.takes(at))
    }

    /// Do the learned weights take any block away in this pass, so that another one follows?
    pub fn weights_take_some(&self) -> bool {
        self.weighed.as_ref().is_some_and(model::Weighed::takes_some)
    }

    /// Are the learned weights sure that block `at` belongs to the article?
    pub fn is_held(&self, at: usize) -> bool {
        self.held.get(at).is_some_and(|&held| held)
    }

    /// A sentence or more of running text: long enough and ended like one.
    pub fn is_prose(&self, block: &Block) -> bool {
        block.shape.is_prose(self.rules.settings.structure.prose_words) && block.shape.letters > block.shape.digits
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

/// Does each word share a byte with one of the spans, which are in order?
fn cover(spans: &[Span], tokens: &[Token]) -> bool {
    let mut spans = spans.iter().peekable();
    let mut far = 0;
    tokens.iter().all(|token| {
        while let Some(span) = spans.next_if(|span| span.start < token.end) {
            far = far.max(span.end);
        }
        far > token.start
    })
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
        Box::new(template::Template),
        Box::new(structure::Structure),
        Box::new(model::Learned),
        Box::new(teaser::Teaser),
    ]
}

/// A signal that a whole block goes.
fn drop_block(block: &Block, detector: &'static str, class: &'static str, score: f32) -> Signal {
    let reason = Reason { source: Source::Detector(detector), class };
    Signal { span: block.span, action: Action::Drop, reason, score }
}

/// How many words some blocks have.
fn words_of(blocks: &[Block]) -> f64 {
    blocks.iter().map(|block| f64::from(block.shape.words)).sum()
}

fn is_text(document: &Document) -> bool {
    document.format == Format::Text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_covered_by_spans_in_order() {
        let spans = |places: &[(u32, u32)]| places.iter().map(|&(start, end)| Span { start, end }).collect::<Vec<_>>();
        let words: Vec<Token> = [(0, 2), (3, 5), (6, 9)].iter().map(|&(start, end)| Token { start, end, hash: 0 }).collect();
        for (places, covered) in [
            (&[(0, 9)][..], true),
            (&[(0, 1), (1, 4), (2, 3), (8, 12)], true),
            (&[(0, 2), (6, 9)], false),
            (&[(0, 5), (1, 2)], false),
            (&[(2, 3), (5, 6)], false),
        ] {
            assert_eq!(cover(&spans(places), &words), covered, "{places:?}");
        }
    }
}
