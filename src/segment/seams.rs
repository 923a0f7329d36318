//! Joins lines that were one paragraph before a program parted them.
//!
//! In: a text whose lines are its blocks. Out: the same with each parted paragraph one block, or as it was. A piece of a sentence looks like
//! a menu's row; only the paragraph can be judged. Two programs part paragraphs: those that wrap lines at a width ([`super::wrapped`]), and
//! those that put every element's text on a line of its own, links within sentences too ([`super::split`]). The line ends stay in the text, within
//! their blocks.

use super::{split, wrapped};
use crate::document::{Block, Document};
use crate::rules::settings::Lines;
use crate::span::Span;
use crate::text::shape::is_small;

/// What the end of a line and the start of the next one, which follows at once, say.
pub(super) struct Seam<'a> {
    pub(super) line: &'a Block,
    pub(super) next: &'a Block,
    /// The line's text.
    pub(super) before: &'a str,
    /// The next line's text.
    pub(super) text: &'a str,
}

impl Seam<'_> {
    /// The line ends like a sentence or a label.
    pub(super) fn ends(&self) -> bool {
        self.line.shape.finished || self.line.shape.colon
    }

    /// The next line begins with a lower-case letter.
    pub(super) fn lower(&self) -> bool {
        self.text.starts_with(is_small)
    }
}

/// Joins the paragraphs of a text that were parted.
pub(super) fn join_lines(document: Document, settings: &Lines) -> Document {
    let seams: Vec<Option<Seam>> = (0..document.blocks.len()).map(|at| seam(&document, at)).collect();
    let by_width = wrapped::joins(&document, &seams, settings);
    let by_element = split::joins(&seams, settings);
    if by_width.is_none() && by_element.is_none() {
        return document;
    }
    let joins = |at: usize| [&by_width, &by_element].into_iter().flatten().any(|joins| joins[at]);
    let joins: Vec<bool> = (0..seams.len()).map(joins).collect();
    joined(document, &joins)
}

fn seam(document: &Document, at: usize) -> Option<Seam<'_>> {
    let next = document.blocks.get(at + 1).filter(|next| !next.blank_before)?;
    let line = &document.blocks[at];
    Some(Seam { line, next, before: document.slice(line.span), text: document.slice(next.span) })
}

/// The document with each run of joined lines one block; lines that stay alone keep their words.
fn joined(mut document: Document, joins: &[bool]) -> Document {
    let text = std::mem::take(&mut document.text);
    let mut out = Document::new(text, document.format, std::mem::take(&mut document.metadata));
    out.limits = document.limits;
    let mut first: Option<&Block> = None;
    for (block, &join) in document.blocks.iter().zip(joins) {
        match (first, join) {
            (None, false) => out.copy_block(&document, block, block.span, block.blank_before),
            (_, true) => first = first.or(Some(block)),
            (Some(start), false) => {
                out.push_block(Span { start: start.span.start, end: block.span.end }, start.blank_before, None);
                first = None;
            }
        }
    }
    out
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::document::Metadata;
    use crate::rules::RuleSet;
    use crate::segment::segment_text_by;

    /// The blocks of a text by the shipped settings, line ends as blanks.
    pub(in crate::segment) fn blocks(text: &str) -> Vec<String> {
        let rules = RuleSet::shipped().expect("the shipped rules");
        let document = segment_text_by(text.into(), Metadata::default(), &rules.settings);
        document.blocks.iter().map(|block| document.slice(block.span).replace('\n', " ")).collect()
    }

    #[test]
    fn settings_without_sense_do_no_harm() {
        let mut settings = RuleSet::shipped().expect("the shipped rules").settings;
        let text = "one two three four five six\nseven eight nine ten eleven twelve\nand more of this.\n".repeat(4);
        for (narrowest, widest, min_lines) in [(0, 0, 0), (usize::MAX, 0, 0), (0, usize::MAX - 1, 1), (90, 20, usize::MAX - 90)] {
            settings.lines = Lines { narrowest, widest, min_lines, min_marks: 0, line_words: 0, ..settings.lines };
            let document = segment_text_by(text.clone(), Metadata::default(), &settings);
            assert_eq!(document.blocks.last().map(|block| block.span.end as usize), Some(text.trim_end().len()));
        }
    }
}
