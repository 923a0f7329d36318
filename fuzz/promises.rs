//! What every target asserts: the promises of a cleaned document, and the cleaner they share.

use std::sync::LazyLock;

use naqi::clean::{Article, Cleaner};
use naqi::document::{Document, Format, Metadata};
use naqi::record::{Decoding, Provenance, Record};
use naqi::rules::RuleSet;
use naqi::verdict::Action;
use naqi::write::audit::{rebuild, removed_spans};

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

/// Verdicts tile the text, the kept ones are the body, and body and audit give the text back.
fn check_article(cleaner: &Cleaner, document: &Document, article: &Article) {
    let mut at = 0;
    let mut body = String::new();
    for verdict in &article.verdicts {
        assert_eq!(verdict.span.start, at, "verdicts tile the text");
        at = verdict.span.end;
        match verdict.action {
            Action::Drop => assert!(verdict.reason.is_some(), "every removal has a reason"),
            _ => body.push_str(document.slice(verdict.span)),
        }
    }
    assert_eq!(at as usize, document.text.len(), "verdicts tile the text");
    assert_eq!(body, article.body, "the kept spans are the body");
    let spans = removed_spans(article, document, cleaner, false);
    assert_eq!(rebuild(&article.body, &spans).as_deref(), Some(document.text.as_str()), "body and audit give the text back");
}
