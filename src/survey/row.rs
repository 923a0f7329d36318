//! Rows of a survey's file: a line of JSON to a key with its count, and back.
//!
//! In: lines, or keys of a survey. Out: the other. Rows as naqi writes them are read without a parser of all of JSON: a survey has as many rows as
//! its dump has lines, and reading them must cost little beside cleaning the dump.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

use super::key::{BLANK, Kind, OPEN, REST, begin, end, parts, split_mark};

/// Text that stands in the line it was read from, where it holds no escapes.
#[derive(Debug, Default, PartialEq)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(Borrowing)
    }
}

/// A line of the file behind the header.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Row<'a> {
    #[serde(borrow)]
    group: Text<'a>,
    #[serde(borrow, default)]
    title: Option<Text<'a>>,
    #[serde(borrow, default)]
    lead: Option<Text<'a>>,
    #[serde(borrow, default)]
    line: Option<Text<'a>>,
    #[serde(borrow, default)]
    inside: Option<Text<'a>>,
    #[serde(borrow, default)]
    tail: Option<Text<'a>>,
    #[serde(borrow, default)]
    rest: Option<Text<'a>>,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    shared: u8,
    pub(super) documents: u64,
}

/// Appends the words from the last to the first.
fn push_backwards(words: &[u8], out: &mut Vec<u8>) {
    let mut end = words.len();
    while let Some(blank) = memchr::memrchr(BLANK, &words[..end]) {
        out.extend_from_slice(&words[blank + 1..end]);
        out.push(BLANK);
        end = blank;
    }
    out.extend_from_slice(&words[..end]);
}

impl<'a> Row<'a> {
    /// A row from a line of the file.
    pub(super) fn read(line: &'a str) -> serde_json::Result<Row<'a>> {
        Row::plain(line).map_or_else(|| serde_json::from_str(line), Ok)
    }

    /// A row as `naqi survey` writes it, which nearly all are, without a look at each character; `None` for all others.
    fn plain(line: &'a str) -> Option<Row<'a>> {
        if memchr::memchr(b'\\', line.as_bytes()).is_some() {
            return None;
        }
        let (group, rest) = quoted(line.strip_prefix("{\"group\":\"")?)?;
        let mut row = Row { group, ..Row::default() };
        let (name, rest) = rest.strip_prefix(",\"")?.split_once('"')?;
        let rest = rest.strip_prefix(':')?;
        if name == "documents" {
            return row.with_documents(rest);
        }
        let (text, mut rest) = quoted(rest.strip_prefix('"')?)?;
        match name {
            "title" => row.title = Some(text),
            "lead" => row.lead = Some(text),
            "line" => row.line = Some(text),
            "inside" => row.inside = Some(text),
            "tail" => row.tail = Some(text),
            _ => return None,
        }
        if let Some(hash) = rest.strip_prefix(",\"rest\":\"") {
            let (hash, behind) = quoted(hash)?;
            (row.rest, rest) = (Some(hash), behind);
        }
        if let Some(behind) = rest.strip_prefix(",\"open\":true") {
            (row.open, rest) = (true, behind);
        }
        if let Some(shared) = rest.strip_prefix(",\"shared\":") {
            let (shared, behind) = shared.split_at(shared.find(',')?);
            (row.shared, rest) = (shared.parse().ok()?, behind);
        }
        row.with_documents(rest.strip_prefix(",\"documents\":")?)
    }

    fn with_documents(self, rest: &str) -> Option<Row<'a>> {
        let number = rest.trim_end().strip_suffix('}')?;
        let is_number =
            !number.is_empty() && number.len() < 19 && number.bytes().all(|byte| byte.is_ascii_digit()) && (number.len() == 1 || !number.starts_with('0'));
        is_number.then(|| number.parse().ok()).flatten().map(|documents| Row { documents, ..self })
    }

    /// Is it an opening that stands for lines that are not among its kind?
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// The key of a row.
    pub(super) fn write_key(&self, key: &mut Vec<u8>) {
        let found = [(Kind::Title, &self.title), (Kind::Lead, &self.lead), (Kind::Line, &self.line), (Kind::Inside, &self.inside), (Kind::Tail, &self.tail)];
        let named = found.into_iter().find_map(|(kind, text)| text.as_ref().map(|text| (kind, &*text.0)));
        let (kind, words) = named.unwrap_or((Kind::Documents, ""));
        begin(key, self.group.0.as_bytes(), kind);
        if kind == Kind::Tail {
            push_backwards(words.as_bytes(), key);
        } else {
            key.extend_from_slice(words.as_bytes());
        }
        if let Some(hash) = &self.rest {
            key.extend_from_slice(&[BLANK, REST]);
            key.extend_from_slice(hash.0.as_bytes());
        } else if self.open {
            key.extend_from_slice(&[BLANK, OPEN]);
        }
        if matches!(kind, Kind::Line | Kind::Tail) {
            end(key, self.shared);
        }
    }
}

/// Appends the row of a key as a line; `None` for what is no key.
pub(super) fn write_row(key: &[u8], documents: u64, out: &mut Vec<u8>) -> Option<()> {
    let found = parts(key)?;
    let (plain, mark) = split_mark(found.words);
    out.extend_from_slice(b"{\"group\":");
    push_quoted(found.group, out)?;
    let name: &[u8] = match found.kind {
        Kind::Documents => b"",
        Kind::Title => b",\"title\":",
        Kind::Lead => b",\"lead\":",
        Kind::Line => b",\"line\":",
        Kind::Inside => b",\"inside\":",
        Kind::Tail => b",\"tail\":",
    };
    out.extend_from_slice(name);
    match found.kind {
        Kind::Documents => {}
        Kind::Tail => {
            let mut natural = Vec::with_capacity(plain.len());
            push_backwards(plain, &mut natural);
            push_quoted(&natural, out)?;
        }
        _ => push_quoted(plain, out)?,
    }
    match mark {
        Some([REST, hash @ ..]) => {
            out.extend_from_slice(b",\"rest\":");
            push_quoted(hash, out)?;
        }
        Some(_) => out.extend_from_slice(b",\"open\":true"),
        None => {}
    }
    if found.shared > 0 {
        out.extend_from_slice(format!(",\"shared\":{}", found.shared).as_bytes());
    }
    out.extend_from_slice(format!(",\"documents\":{documents}}}\n").as_bytes());
    Some(())
}

fn push_quoted(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    if text.iter().fold(false, |found, &byte| found | (byte < b' ' || matches!(byte, b'"' | b'\\'))) {
        return serde_json::to_writer(out, std::str::from_utf8(text).ok()?).ok();
    }
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
    Some(())
}

/// Text up to a quote, and what stands behind that.
fn quoted(text: &str) -> Option<(Text<'_>, &str)> {
    let end = memchr::memchr(b'"', text.as_bytes())?;
    Some((Text(Cow::Borrowed(&text[..end])), &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_quickly_are_the_same_rows() {
        for line in [
            r#"{"group":"a.example","documents":40}"#,
            r#"{"group":"a.example","title":"one two three four","documents":1}"#,
            r#"{"group":"","lead":"one","documents":12}"#,
            r#"{"group":"a","line":"كلمة {n}","rest":"00ff00ff00ff00ff","shared":31,"documents":7}"#,
            r#"{"group":"a","inside":"one two","rest":"00ff00ff00ff00ff","documents":7}"#,
            r#"{"group":"a","line":"one","open":true,"shared":1,"documents":7}"#,
            "{\"group\":\"a\",\"tail\":\"one two\",\"documents\":7}\n",
        ] {
            let quick = Row::plain(line).expect("a row as it is written");
            assert_eq!(quick, serde_json::from_str(line).expect("a row"));
        }
        for line in [
            r#"{"group":"a","documents":040}"#,
            r#"{"group":"a","line":"x","documents":-1}"#,
            r#"{"group":"a","line":"x","documents":4} "x""#,
            r#"{"group":"a","line":"x","documents":}"#,
            r#"{"group":"a","lime":"x","documents":4}"#,
            r#"{"group":"a","line":"x","shared":300,"documents":4}"#,
        ] {
            assert!(Row::plain(line).is_none() && Row::read(line).is_err(), "{line}");
        }
        for line in [r#"{"group":"a\"b","tail":"one two","shared":2,"documents":7}"#, r#"{"group":"a","line":"one","rest":"00ff","documents":7}"#] {
            let (mut key, mut written) = (Vec::new(), Vec::new());
            Row::read(line).expect("a row").write_key(&mut key);
            write_row(&key, 7, &mut written).expect("a key");
            assert_eq!(String::from_utf8(written).expect("UTF-8"), format!("{line}\n"));
        }
        let other = r#"{"documents":4, "group":"a\u0062", "line":"x"}"#;
        assert_eq!(Row::read(other).expect("a row in another order").documents, 4);
    }
}
