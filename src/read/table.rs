//! Tables: a stream cut into pieces of whole rows under the names of its first row.
//!
//! A quote that is never closed costs its own first line, not the rest of the file.

use std::io::{self, BufRead};
use std::sync::Arc;

use encoding_rs::Encoding;
use memchr::{memchr, memchr2};

use super::lines::read_on;
use super::rows::{Cut, Header, cell_text, cells, row_cut};
use super::{PIECE, Piece, Rows};
use crate::decode::decode;
use crate::document::Format;

/// So many unclosed quotes, and the file is no table.
const MOST_OPEN_QUOTES: usize = 100;

/// A stream of rows and how far it was read.
pub(super) struct Table<R> {
    reader: R,
    limit: usize,
    delimiter: Option<u8>,
    wide: Option<&'static Encoding>,
    header: Option<Arc<Header>>,
    rest: Vec<u8>,
    line: u64,
    offset: u64,
    open_quotes: usize,
    ended: bool,
    failed: Option<io::Error>,
}

impl<R: BufRead> Table<R> {
    /// A table whose cells are parted by `delimiter`, or by what its first line suggests.
    pub(super) fn new(reader: R, delimiter: Option<u8>, wide: Option<&'static Encoding>, max_record_bytes: u64) -> Self {
        let limit = usize::try_from(max_record_bytes).unwrap_or(usize::MAX);
        Table { reader, limit, delimiter, wide, header: None, rest: Vec::new(), line: 1, offset: 0, open_quotes: 0, ended: false, failed: None }
    }

    /// Reads until so many bytes are there or the stream ends.
    fn fill(&mut self, size: usize) {
        while self.rest.len() < size && !self.ended {
            match read_on(&mut self.reader, &mut self.rest) {
                Ok(more) => self.ended = !more,
                Err(error) => (self.ended, self.failed) = (true, Some(error)),
            }
        }
    }

    fn take(&mut self, end: usize) -> (u64, u64, Vec<u8>) {
        let rest = self.rest.split_off(end);
        let bytes = std::mem::replace(&mut self.rest, rest);
        let place = (self.line, self.offset);
        let unix = memchr::memchr_iter(b'\n', &bytes).count();
        self.line += if unix == 0 { memchr::memchr_iter(b'\r', &bytes).count() } else { unix } as u64;
        self.offset += bytes.len() as u64;
        (place.0, place.1, bytes)
    }

    fn broken(&mut self, end: usize, reason: String) -> Piece {
        let (line, offset, bytes) = self.take(end);
        Piece::Failed { line: Some(line), offset, reason, bytes }
    }

    /// The end of the whole rows at the start of what is left; where the first of them has no end, how many bytes were looked at. Both
    /// depend on the bytes alone, never on how they arrive.
    fn whole_rows(&mut self, delimiter: u8) -> Result<usize, usize> {
        let mut size = PIECE;
        loop {
            self.fill(size);
            let head = &self.rest[..self.rest.len().min(size)];
            let all = self.ended && head.len() == self.rest.len();
            // A stream that breaks off leaves a last row that is not whole.
            let whole = all && self.failed.is_none();
            let mut end = 0;
            while end < head.len()
                && let Cut::At(len) = row_cut(&head[end..], delimiter, whole)
            {
                end += len;
            }
            if end > 0 || head.is_empty() {
                return Ok(end);
            }
            if all || head.len() > self.limit {
                return Err(head.len());
            }
            size *= 2;
        }
    }

    fn read_header(&mut self) -> Result<(Arc<Header>, Vec<u8>), Piece> {
        self.fill(PIECE);
        let head = &self.rest[..self.rest.len().min(PIECE)];
        let delimiter = self.delimiter.unwrap_or_else(|| likely_delimiter(head));
        let mark = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let end = match row_cut(&head[mark..], delimiter, self.ended && head.len() == self.rest.len()) {
            Cut::At(end) => mark + end,
            Cut::More | Cut::OpenQuote => {
                return Err(self.broken(head.len(), "the table has no first row with the names of its columns".into()));
            }
        };
        let (_, _, raw) = self.take(end);
        let text = decode(&raw, Format::Text, None).map(|decoded| decoded.text);
        let text = text.map_err(|reason| Piece::Failed { line: Some(1), offset: 0, reason, bytes: raw.clone() })?;
        let names = cells(text.as_bytes(), delimiter).into_iter().map(|cell| cell_text(&text[cell]).into_owned()).collect();
        let header = Arc::new(Header { names, delimiter, wide: self.wide });
        self.header = Some(header.clone());
        Ok((header, raw))
    }
}

/// The mark that stands most often in the first line, outside of quotes.
fn likely_delimiter(bytes: &[u8]) -> u8 {
    let line = &bytes[..memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len())];
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in line {
        quoted ^= *byte == b'"';
        for (mark, count) in &mut counts {
            *count += usize::from(!quoted && mark == byte);
        }
    }
    // The first of equals: a comma.
    counts.into_iter().rev().max_by_key(|&(_, count)| count).map_or(b',', |(mark, _)| mark)
}

impl<R: BufRead> Iterator for Table<R> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let (header, lead, opening) = match self.header.clone() {
            Some(header) => (header, Vec::new(), false),
            None if self.ended => return None,
            None => match self.read_header() {
                Ok((header, lead)) => (header, lead, true),
                Err(piece) => {
                    (self.ended, self.rest) = (true, Vec::new());
                    return Some(piece);
                }
            },
        };
        match self.whole_rows(header.delimiter) {
            Ok(0) if !opening => {
                let error = self.failed.take()?;
                Some(self.broken(self.rest.len(), format!("cannot be read any further: {error}")))
            }
            Ok(end) => {
                let (first, offset, bytes) = self.take(end);
                Some(Piece::Rows(Rows { header, lead, first, offset, bytes }))
            }
            Err(_) if opening => Some(Piece::Rows(Rows { header, lead, first: self.line, offset: self.offset, bytes: Vec::new() })),
            Err(_) if self.failed.is_some() => {
                let error = self.failed.take()?;
                Some(self.broken(self.rest.len(), format!("cannot be read any further: {error}")))
            }
            Err(seen) => {
                self.open_quotes += 1;
                let line = memchr(b'\n', &self.rest[..seen]).map_or(seen, |at| at + 1);
                if self.open_quotes > MOST_OPEN_QUOTES {
                    let piece =
                        self.broken(line, format!("more than {MOST_OPEN_QUOTES} quotes are never closed: this is no table of rows, and the rest is not read"));
                    (self.ended, self.rest) = (true, Vec::new());
                    return Some(piece);
                }
                Some(self.broken(line, "a quote that opens here is never closed (or the row is larger than clean.max-record-bytes); the row's first line is left out, and reading goes on behind it".into()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Piece> {
        Table::new(io::BufReader::new(text.as_bytes()), None, None, 1 << 20).collect()
    }

    #[test]
    fn an_open_quote_costs_one_line() {
        let pieces = read("id,text\n1,\"a\nb\"\n2,\"open\n3,c\n4,d\n");
        let lens: Vec<(Option<u64>, Vec<u8>)> = pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Rows(rows) => (Some(rows.first), rows.bytes),
                Piece::Failed { line, bytes, .. } => (line, bytes),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(lens, [(Some(2), b"1,\"a\nb\"\n".to_vec()), (Some(4), b"2,\"open\n".to_vec()), (Some(5), b"3,c\n4,d\n".to_vec())]);
    }

    #[test]
    fn delimiters_are_found() {
        for (line, delimiter) in [("a;b;\"c,,,\"\n", b';'), ("a\n", b','), ("a\tb\n", b'\t'), ("a|b", b'|')] {
            assert_eq!(likely_delimiter(line.as_bytes()), delimiter, "{line}");
        }
    }
}
