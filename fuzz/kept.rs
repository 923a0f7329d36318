//! The promise that nothing is lost, asserted by the fuzz targets and by the property tests (`tests/naqi/promises.rs`).
//!
//! In: a document and what cleaning made of it. Out: nothing, or a failed assertion that says which part of the promise was broken.

use naqi::clean::{Article, Cleaner};
use naqi::document::Document;
use naqi::verdict::Action;
use naqi::write::audit::{rebuild, removed_spans};

/// Verdicts tile the text, the kept ones are the body, and body and audit give the text back.
pub(crate) fn check_article(cleaner: &Cleaner, document: &Document, article: &Article) {
    let mut at = 0;
    let mut body = String::new();
    for verdict in &article.verdicts {
        assert_eq!(verdict.span.start, at, "verdicts tile the text");
        assert!(document.text.is_char_boundary(verdict.span.end as usize), "verdicts part no character");
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
