//! Parts decoded records into blocks: lines of a text here, joined where a program parted paragraphs, block-level pieces of a page in [`html`].

mod attributes;
mod dates;
mod facts;
mod guard;
pub mod html;
mod linked;
mod marks;
mod parse;
mod seams;
pub mod selectors;
mod split;
mod stream;
mod trim;
mod wrapped;

use crate::document::{Document, Format, Metadata, Span};
use crate::limit::Limit;
use crate::rules::settings::Settings;

/// Bytes of a short line, by which room for blocks is set aside.
const USUAL_LINE: usize = 24;

/// A text as a document: every line that holds more than white space is a block.
pub fn segment_text(text: String, metadata: Metadata) -> Document {
    lines(text, metadata, usize::MAX)
}

/// The same by the settings: the lines of a parted paragraph are one block, and a text that may have more blocks than the limit is left
/// without any, and says so.
pub fn segment_text_by(text: String, metadata: Metadata, settings: &Settings) -> Document {
    seams::join_lines(lines(text, metadata, settings.limits.blocks), &settings.lines)
}

fn lines(text: String, metadata: Metadata, most: usize) -> Document {
    let mut document = Document::new(text, Format::Text, metadata);
    let ends: Vec<u32> = memchr::memchr2_iter(b'\n', b'\r', document.text.as_bytes()).map(|at| at as u32).collect();
    let lines = || document.text.split(['\n', '\r']).filter(|line| !line.trim().is_empty());
    if ends.len() >= most && lines().nth(most).is_some() {
        document.limits = Limit::Blocks.into();
        return document;
    }
    let last = document.text.len() as u32;
    document.blocks.reserve((ends.len() + 1).min(document.text.len() / USUAL_LINE));
    let mut start = 0;
    let mut blank_before = false;
    for end in ends.into_iter().chain([last]) {
        let before = document.blocks.len();
        document.push_block(Span { start, end }, blank_before, None);
        let line_feed_of_pair = start == end && start > 0 && document.text[..end as usize].ends_with('\r') && document.text[end as usize..].starts_with('\n');
        blank_before = document.blocks.len() == before && (blank_before || !line_feed_of_pair);
        start = end + 1;
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_blocks() {
        let document = segment_text("one\r\ntwo\r\n\r\n  three \n".into(), Metadata::default());
        let found: Vec<(&str, bool)> = document.blocks.iter().map(|block| (document.slice(block.span), block.blank_before)).collect();
        assert_eq!(found, [("one", false), ("two", false), ("three", true)]);
    }
}
