//! The nouns between reading and deciding: [`Span`], [`Block`], [`Document`].
//!
//! A document is decoded text and its blocks, whatever it came from: lines of a text file, or the visible text of a page
//! whose blocks carry [`Markup`]. Detectors read it and never change it; [`Document::retain`] makes the smaller
//! document that a second pass judges.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::Serialize;

pub use crate::span::Span;

use crate::limit::LimitSet;
use crate::outline::Outline;
use crate::text::token::{Shape, Token, sequence_hash, tokenise, words};

/// What the text was before it was text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Plain text: a block is a line.
    Text,
    /// A web page: a block is a block-level piece of its visible text.
    Html,
}

/// What a page's markup says of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Markup {
    /// The innermost element that holds the block, in [`Document::outline`].
    pub element: u32,
    /// Non-space characters inside links.
    pub link_chars: u32,
    /// Rules whose selectors match an element around the block (indices into the rule set).
    pub rules: Vec<u32>,
    /// Heading level, 0 for other blocks.
    pub heading: u8,
}

/// The smallest unit judged: a line or paragraph.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its text without the white space around it.
    pub span: Span,
    /// Its words in [`Document::tokens`].
    pub tokens: Range<u32>,
    /// Hash of its words in a row.
    pub hash: u64,
    /// Counts over its characters.
    pub shape: Shape,
    /// A blank line stands before it.
    pub blank_before: bool,
    /// What the page's markup says; `None` for text.
    pub markup: Option<Box<Markup>>,
}

/// An inline element that a rule removes from its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Its text.
    pub span: Span,
    /// Number of the block it stands in.
    pub block: u32,
    /// The rule.
    pub rule: u32,
}

/// The part of a page that a rule marks as the article's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The rule.
    pub rule: u32,
    /// The marked elements in [`Document::outline`], in order.
    pub elements: Vec<u32>,
    /// The blocks they hold.
    pub blocks: Vec<Range<u32>>,
}

impl Content {
    /// Does block number `at` stand inside?
    pub fn holds(&self, at: u32) -> bool {
        self.blocks.iter().any(|range| range.contains(&at))
    }
}

/// Facts about an article that are not its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Title as the record or page states it.
    pub title: Option<String>,
    /// Author names, as stated.
    pub author: Option<String>,
    /// Publication date; of a page in ISO 8601 where it can be read, else as stated.
    pub date: Option<String>,
    /// Language code.
    pub lang: Option<String>,
    /// Name of the site.
    pub site: Option<String>,
    /// Host name of the page.
    pub host: Option<String>,
    /// What the page says it is: the schema.org type of its JSON-LD, else its Open Graph type, in lower case.
    pub kind: Option<String>,
    /// What a survey groups the document by, where that is not the host.
    pub group: Option<String>,
    /// Where in a page the facts were found.
    pub origins: Origins,
}

/// Where facts come from: `record`, `rule`, `json-ld`, `meta og:title`, `h1` and the like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Origins {
    /// Of the title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'static str>,
    /// Of the author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<&'static str>,
    /// Of the date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<&'static str>,
    /// Of the language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<&'static str>,
    /// Of the site's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<&'static str>,
}

impl Metadata {
    /// The name of the group that a survey counts the document in.
    pub fn group_name(&self) -> &str {
        self.group.as_deref().or(self.host.as_deref()).unwrap_or_default()
    }
}

/// A decoded, segmented record.
#[derive(Clone, Debug)]
pub struct Document {
    /// The decoded text; for HTML the page's visible text.
    pub text: String,
    /// What it was before.
    pub format: Format,
    /// The blocks, in reading order; they do not overlap.
    pub blocks: Vec<Block>,
    /// The words of all blocks, in order.
    pub tokens: Vec<Token>,
    /// What is known beside the text.
    pub metadata: Metadata,
    /// The page's elements; none for text.
    pub outline: Outline,
    /// Inline elements that rules remove, in the order of their blocks. Like the outline, known of a document as it came only.
    pub picks: Vec<Pick>,
    /// The body that a rule of the page's host marks.
    pub content: Option<Content>,
    /// Limits that it reached while it was read.
    pub limits: LimitSet,
    named: Arc<OnceLock<Named>>,
}

/// The words of a document's title and author; none where it states none.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// Of its title.
    pub title: Vec<Token>,
    /// Of its author.
    pub author: Vec<Token>,
}

impl Document {
    /// A document without blocks yet.
    pub fn new(text: String, format: Format, metadata: Metadata) -> Self {
        let expected = text.len() / 6;
        let (blocks, tokens) = (Vec::new(), Vec::with_capacity(expected));
        Document {
            text,
            format,
            blocks,
            tokens,
            metadata,
            outline: Outline::default(),
            picks: Vec::new(),
            content: None,
            limits: LimitSet::default(),
            named: Arc::default(),
        }
    }

    /// The words of its title and author, read once for it and what is left of it.
    pub fn named(&self) -> &Named {
        let of = |name: &Option<String>| name.as_deref().map(words).unwrap_or_default();
        self.named.get_or_init(|| Named { title: of(&self.metadata.title), author: of(&self.metadata.author) })
    }

    /// Adds the block that `span` covers, white space at its ends left out; nothing when only white space is left.
    pub fn push_block(&mut self, span: Span, blank_before: bool, markup: Option<Box<Markup>>) {
        let text = &self.text[span.range()];
        let led = text.trim_start();
        let start = span.start + (text.len() - led.len()) as u32;
        let trimmed = led.trim_end();
        if trimmed.is_empty() {
            return;
        }
        let first = self.tokens.len() as u32;
        let span = Span { start, end: start + trimmed.len() as u32 };
        let shape = tokenise(&self.text, span, &mut self.tokens);
        let tokens = first..self.tokens.len() as u32;
        let hash = sequence_hash(&self.tokens[first as usize..]);
        self.blocks.push(Block { span, tokens, hash, shape, blank_before, markup });
    }

    /// The words of a block.
    pub fn tokens_of(&self, block: &Block) -> &[Token] {
        &self.tokens[block.tokens.start as usize..block.tokens.end as usize]
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    /// The text of spans in a row.
    pub fn joined(&self, spans: &[Span]) -> String {
        let mut text = String::with_capacity(spans.iter().map(|span| span.len() as usize).sum());
        spans.iter().for_each(|&span| text.push_str(self.slice(span)));
        text
    }

    /// The document that is left when only `kept` (in order, not overlapping) stays. Blocks that stay whole keep their
    /// words; a block that lost a part is read again. Outline, picks and content, which speak of all blocks, are left behind. With it comes,
    /// for each block, the number it had here when it stayed whole.
    pub fn retain(&self, kept: &[Span]) -> (Document, Vec<Option<u32>>) {
        let text = self.joined(kept);
        let mut left = Document { named: self.named.clone(), ..Document::new(text, self.format, self.metadata.clone()) };
        left.blocks.reserve(self.blocks.len());
        let mut pieces = kept.iter().copied().peekable();
        let mut passed = 0;
        let mut blank = false;
        let mut origins = Vec::new();
        for (number, block) in (0_u32..).zip(&self.blocks) {
            while pieces.next_if(|piece| piece.end <= block.span.start).map(|piece| passed += piece.len()).is_some() {}
            let (start, end, whole) = overlap(block.span, pieces.clone(), passed);
            blank |= block.blank_before;
            if start == end {
                continue;
            }
            let span = Span { start, end };
            if whole {
                left.copy_block(self, block, span, blank)
            } else {
                left.push_block(span, blank, block.markup.clone())
            }
            origins.resize(left.blocks.len(), whole.then_some(number));
            blank = false;
        }
        (left, origins)
    }

    /// Adds a block of another document, whose text stands here in `span`.
    pub(crate) fn copy_block(&mut self, from: &Document, block: &Block, span: Span, blank_before: bool) {
        let first = self.tokens.len() as u32;
        let moved = |at: u32| at - block.span.start + span.start;
        self.tokens.extend(from.tokens_of(block).iter().map(|token| Token { start: moved(token.start), end: moved(token.end), ..*token }));
        let tokens = first..self.tokens.len() as u32;
        self.blocks.push(Block { span, tokens, blank_before, ..block.clone() });
    }
}

/// Where a block lands when only the pieces stay: its new range, and whether nothing of it is lost.
fn overlap(block: Span, pieces: impl Iterator<Item = Span>, passed: u32) -> (u32, u32, bool) {
    let mut at = passed;
    let mut range: Option<(u32, u32)> = None;
    let mut whole = false;
    for piece in pieces {
        if piece.start >= block.end {
            break;
        }
        let from = piece.start.max(block.start);
        let to = piece.end.min(block.end);
        if from < to {
            let (start, end) = (at + from - piece.start, at + to - piece.start);
            whole |= from == block.start && to == block.end;
            range = Some(range.map_or((start, end), |(first, _)| (first, end)));
        }
        at += piece.len();
    }
    let (start, end) = range.unwrap_or((passed, passed));
    (start, end, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retained_blocks_are_those_of_the_retained_text() {
        let mut document = Document::new("one two\nthree four\nfive".into(), Format::Text, Metadata::default());
        for (start, end) in [(0, 7), (8, 18), (19, 23)] {
            document.push_block(Span { start, end }, false, None);
        }
        let (left, origins) = document.retain(&[Span { start: 4, end: 8 }, Span { start: 19, end: 23 }]);
        assert_eq!(origins, [None, Some(2)]);
        assert_eq!(left.text, "two\nfive");
        let texts: Vec<&str> = left.blocks.iter().map(|block| left.slice(block.span)).collect();
        assert_eq!(texts, ["two", "five"]);
        assert_eq!(left.tokens.len(), 2);
    }
}
