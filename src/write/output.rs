//! The clean record as the user gets it: a body as text, or a JSON line whose other keys stand as they were.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::clean::Article;
use crate::document::Origins;
use crate::read::jsonl::{JsonRecord, Keys};

/// What naqi says of a record in its own key.
#[derive(Serialize)]
struct Note<'a> {
    status: &'static str,
    removed: f64,
    flags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Origins>,
}

/// Where datatrove keeps what stands beside a text.
const MEDIA: &str = "media";

/// The column for keys that a table's header does not name.
pub(super) const COLUMN_OTHER: &str = "other";

/// The columns of a table that holds these records: their keys, the title, naqi's note and, if it is `open`, a column for other keys.
pub(super) fn columns_of(records: &[JsonRecord], open: bool) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    let keys = records.iter().flat_map(|record| record.fields.iter().map(|(key, _)| key.as_ref()));
    // Records in datatrove's layout have these below `metadata`.
    let own: &[&str] = if records.first().is_none_or(|record| record.raw("naqi").is_some()) { &["title", "naqi"] } else { &[] };
    for key in keys.filter(|key| *key != "naqi").chain(own.iter().copied()).chain(open.then_some(COLUMN_OTHER)) {
        if !columns.iter().any(|column| column == key) {
            columns.push(key.to_owned());
        }
    }
    columns
}

fn push_json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    // Strings, numbers and lists of them cannot fail to serialise into memory.
    let _ = serde_json::to_writer(out, value);
}

fn push_key(out: &mut Vec<u8>, key: &str) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    push_json(out, key);
    out.push(b':');
}

/// Appends the record with the clean body in place of its text or page, and naqi's note as its last key.
pub fn push_json_line(out: &mut Vec<u8>, fields: &[(Cow<str>, &RawValue)], keys: &Keys, article: &Article, is_page: bool) {
    out.push(b'{');
    let content = if is_page { &keys.html } else { &keys.text };
    let mut written = false;
    let mut titled = false;
    for (key, raw) in fields {
        if key == content && !written {
            push_key(out, &keys.text);
            push_json(out, &article.body);
            written = true;
        } else if *key == keys.text || *key == keys.html || key == "naqi" {
            // Replaced by the body, or by this run's note.
        } else if let ("title", "null" | "\"\"", Some(title)) = (key.as_ref(), raw.get(), &article.title) {
            titled = true;
            push_key(out, key);
            push_json(out, title);
        } else {
            titled |= key == "title";
            push_key(out, key);
            out.extend_from_slice(raw.get().as_bytes());
        }
    }
    push_facts(out, article, titled, is_page);
    out.extend_from_slice(b"}\n");
}

/// Appends the title, if the record has not `titled` itself, and naqi's note.
fn push_facts(out: &mut Vec<u8>, article: &Article, titled: bool, is_page: bool) {
    if let Some(title) = article.title.as_deref().filter(|_| !titled) {
        push_key(out, "title");
        push_json(out, title);
    }
    push_key(out, "naqi");
    push_json(out, &note(article, is_page));
}

/// How JSON records are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Keys stand where they stood.
    #[default]
    Flat,
    /// `text`, `id` and, below `metadata`, all else, as datatrove's readers and writers have it.
    Datatrove,
}

/// Appends a record in datatrove's layout. What stood below `metadata` stays there, naqi's note goes there too. `media` stands beside it in JSON
/// `lines`; in columns it would be text, which datatrove's readers do not take there.
pub fn push_datatrove_line(out: &mut Vec<u8>, id: &str, fields: &[(Cow<str>, &RawValue)], keys: &Keys, article: &Article, is_page: bool, lines: bool) {
    out.extend_from_slice(b"{\"text\":");
    push_json(out, &article.body);
    out.extend_from_slice(b",\"id\":");
    push_json(out, id);
    if let Some((_, media)) = fields.iter().find(|(key, _)| lines && key == MEDIA) {
        push_key(out, MEDIA);
        out.extend_from_slice(media.get().as_bytes());
    }
    out.extend_from_slice(b",\"metadata\":{");
    let nested = fields.iter().find(|(key, _)| key == "metadata").and_then(|(_, raw)| JsonRecord::parse(raw.get()).ok());
    let inner = nested.iter().flat_map(|record| &record.fields);
    let own = |key: &str| [keys.text.as_str(), &keys.html, &keys.id].contains(&key) || lines && key == MEDIA;
    let outer = fields.iter().filter(|(key, _)| !own(key) && (key != "metadata" || nested.is_none()));
    let mut titled = false;
    let untold = |key: &str, raw: &RawValue| key == "title" && article.title.is_some() && matches!(raw.get(), "null" | "\"\"");
    for (key, raw) in outer.chain(inner).filter(|(key, raw)| key != "naqi" && !untold(key, raw)) {
        titled |= key == "title";
        push_key(out, key);
        out.extend_from_slice(raw.get().as_bytes());
    }
    push_facts(out, article, titled, is_page);
    out.extend_from_slice(b"}}\n");
}

/// Appends a record that was a file: its name, title, body and naqi's note.
pub fn push_file_line(out: &mut Vec<u8>, id: &str, keys: &Keys, article: &Article, is_page: bool) {
    out.push(b'{');
    push_key(out, &keys.id);
    push_json(out, id);
    if let Some(title) = &article.title {
        push_key(out, "title");
        push_json(out, title);
    }
    push_key(out, &keys.text);
    push_json(out, &article.body);
    push_key(out, "naqi");
    push_json(out, &note(article, is_page));
    out.extend_from_slice(b"}\n");
}

/// naqi's note on an article, as JSON.
pub(super) fn note_of(article: &Article, is_page: bool) -> String {
    // Strings, numbers and lists of them cannot fail to serialise into memory.
    serde_json::to_string(&note(article, is_page)).unwrap_or_default()
}

fn note(article: &Article, is_page: bool) -> Note<'_> {
    let facts = is_page.then_some(&article.metadata);
    Note {
        status: article.status.word(),
        removed: (article.removed * 10_000.0).round() / 10_000.0,
        flags: &article.flags,
        author: facts.and_then(|facts| facts.author.as_deref()),
        date: facts.and_then(|facts| facts.date.as_deref()),
        lang: facts.and_then(|facts| facts.lang.as_deref()),
        site: facts.and_then(|facts| facts.site.as_deref()),
        from: facts.map(|facts| facts.origins).filter(|origins| *origins != Origins::default()),
    }
}

/// The body of an output line, for putting the input together again.
pub fn body_of_line(line: &str, text_key: &str) -> Option<String> {
    JsonRecord::parse(line).ok()?.string(text_key)
}
