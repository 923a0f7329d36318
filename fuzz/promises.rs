//! What every target asserts: the promises of a cleaned document, and the cleaner they share.

mod kept;

use std::sync::LazyLock;

use naqi::clean::{Article, Cleaner};
use naqi::document::{Document, Format, Metadata};
use naqi::record::{Decoding, Provenance, Record};
use naqi::rules::RuleSet;

use kept::check_article;

/// The shipped rules.
pub static SHIPPED: LazyLock<Cleaner> = LazyLock::new(|| Cleaner::new(RuleSet::shipped().expect("the shipped rules compile")));

/// Cleans a content and checks every promise that can be checked on one document.
pub fn clean(cleaner: &Cleaner, content: &str, format: Format, host: Option<&str>) -> (Document, Article) {
    let provenance = Provenance { source: "fuzz".into(), line: None, offset: 0 };
    let decoding = Decoding { encoding: "UTF-8", mark: false, replaced: 0 };
    let metadata = Metadata { host: host.map(str::to_owned), ..Metadata::default() };
    let document = cleaner.segment(Record { id: "fuzz".into(), provenance, format, content: content.into(), metadata, decoding });
    if format == Format::Text {
        assert_eq!(document.text, content, "a text is its own decoded text");
    }
    check_blocks(&document);
    let article = cleaner.clean(&document);
    check_article(cleaner, &document, &article);
    (document, article)
}

/// Blocks stand in order and do not overlap, and hold no white space at their ends.
fn check_blocks(document: &Document) {
    let mut at = 0;
    for block in &document.blocks {
        assert!(block.span.start >= at && block.span.end <= document.text.len() as u32, "blocks are in order");
        let text = document.slice(block.span);
        assert!(!text.is_empty() && text.trim() == text, "blocks are trimmed");
        at = block.span.end;
    }
}
