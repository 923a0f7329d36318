//! Delimited rows: bytes cut into rows, a row into its cells, a row as a JSON object.
//!
//! The rules are those of RFC 4180, read as leniently as the `csv` crate reads them (a test compares the two): a quote counts only where
//! it opens a cell, text behind a closing quote belongs to the cell, rows end with LF, CR or both. Unlike that crate it knows
//! where each cell stands, which puts inputs together again byte for byte, and it notices a quote that nobody closes.

use std::borrow::Cow;
use std::ops::Range;

use encoding_rs::Encoding;
use memchr::{memchr, memchr3};

use super::jsonl::Keys;

/// The first row of a table and how the table is written.
#[derive(Debug, PartialEq)]
pub struct Header {
    /// Names of the columns.
    pub names: Vec<String>,
    /// The byte between cells.
    pub delimiter: u8,
    /// The encoding of a table in UTF-16, which is decoded before it is cut; `None` for all others.
    pub wide: Option<&'static Encoding>,
}

/// Where a cell stands in its row, and the next cell.
fn cell_end(row: &[u8], at: usize, delimiter: u8) -> Option<usize> {
    let mut from = at;
    if row.get(at) == Some(&b'"') {
        from += 1;
        loop {
            from += memchr(b'"', &row[from..])? + 1;
            if row.get(from) != Some(&b'"') {
                break;
            }
            from += 1;
        }
    }
    Some(memchr3(delimiter, b'\n', b'\r', &row[from..]).map_or(row.len(), |end| from + end))
}

/// The cells of one row, as they stand in it.
pub fn cells(row: &[u8], delimiter: u8) -> Vec<Range<usize>> {
    let mut cells = Vec::with_capacity(8);
    let mut at = 0;
    loop {
        let end = cell_end(row, at, delimiter).unwrap_or(row.len());
        cells.push(at..end);
        if row.get(end) != Some(&delimiter) {
            return cells;
        }
        at = end + 1;
    }
}

/// What a cell says: its quotes taken off.
pub fn cell_text(cell: &str) -> Cow<'_, str> {
    let Some(quoted) = cell.strip_prefix('"') else { return Cow::Borrowed(cell) };
    let mut text = String::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some((before, after)) = rest.split_once('"') {
        text.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                text.push('"');
                rest = after;
            }
            None => {
                text.push_str(after);
                return Cow::Owned(text);
            }
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// A row as a JSON object of strings under the names of the header. An empty page beside a text is no page.
pub fn as_json(row: &str, cells: &[Range<usize>], header: &Header, keys: &Keys) -> String {
    let mut fields = serde_json::ser::Serializer::new(Vec::with_capacity(row.len() + 32 * cells.len()));
    let entries = header.names.iter().zip(cells).map(|(name, cell)| {
        let text = cell_text(&row[cell.clone()]);
        (name, (!text.is_empty() || *name != keys.html).then_some(text))
    });
    // Strings cannot fail to serialise into memory, and JSON is UTF-8.
    let _ = serde::Serializer::collect_map(&mut fields, entries);
    String::from_utf8(fields.into_inner()).unwrap_or_default()
}

/// What is wrong with a row of so many cells.
pub fn misfit(cells: usize, header: &Header) -> String {
    let columns = header.names.len();
    format!("the row has {cells} cells where the header names {columns} columns; quote cells that hold delimiters or line ends")
}

/// Where the first row of some bytes ends.
pub(super) enum Cut {
    At(usize),
    More,
    OpenQuote,
}

/// The first row, its line end included; `whole` says that nothing comes behind the bytes.
pub(super) fn row_cut(bytes: &[u8], delimiter: u8, whole: bool) -> Cut {
    let mut at = 0;
    loop {
        let Some(end) = cell_end(bytes, at, delimiter) else { return if whole { Cut::OpenQuote } else { Cut::More } };
        match bytes.get(end) {
            Some(&byte) if byte == delimiter => at = end + 1,
            Some(b'\r') if bytes.get(end + 1) == Some(&b'\n') => return Cut::At(end + 2),
            Some(b'\r') if end + 1 == bytes.len() && !whole => return Cut::More,
            Some(_) => return Cut::At(end + 1),
            None => return if whole { Cut::At(end) } else { Cut::More },
        }
    }
}

/// All rows of a piece, their line ends included.
pub fn rows(bytes: &[u8], delimiter: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let end = match row_cut(rest, delimiter, true) {
            Cut::At(end) => end,
            Cut::More | Cut::OpenQuote => rest.len(),
        };
        let (row, after) = rest.split_at(end);
        rest = after;
        (!row.is_empty()).then_some(row)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_and_cells_are_those_of_the_csv_crate(text in r#"([ab"",,\n]|\r\n|\r|é){0,60}"#) {
            let mut other = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let other: Vec<Vec<String>> = other.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
            let own: Vec<Vec<String>> = rows(text.as_bytes(), b',')
                .filter(|row| !matches!(*row, b"\n" | b"\r" | b"\r\n"))
                .map(|row| cells(row, b',').into_iter().map(|cell| cell_text(std::str::from_utf8(&row[cell]).expect("UTF-8")).into_owned()).collect())
                .collect();
            prop_assert_eq!(own, other);
        }
    }
}
