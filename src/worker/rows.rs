//! Records of tables: one a row, read as a JSON object of strings under the names of the header.

use std::borrow::Cow;
use std::ops::Range;

use super::{Done, Kept, Stored, Worker};
use crate::document::Format;
use crate::read::jsonl::JsonRecord;
use crate::read::rows::{Header, as_json, cells, misfit, rows};
use crate::read::{Rows, Source};
use crate::record::{Decoding, Provenance, Unreadable};
use crate::write::audit::{Frame, RowOf, Style, pack};

impl Worker {
    pub(super) fn rows(&self, source: &Source, piece: &Rows, done: &mut Done) {
        done.read += (piece.lead.len() + piece.bytes.len()) as u64;
        let mut lead: Cow<[u8]> = Cow::Borrowed(&piece.lead);
        let mut line = piece.first;
        let mut offset = piece.offset - piece.lead.len() as u64;
        for row in rows(&piece.bytes, piece.header.delimiter) {
            let number = line;
            line += memchr::memchr_iter(b'\n', row).count().max(1) as u64;
            if row.iter().all(|byte| matches!(byte, b'\n' | b'\r')) {
                lead.to_mut().extend_from_slice(row);
                continue;
            }
            let lead = std::mem::take(&mut lead);
            let provenance = Provenance { source: source.name.clone(), line: Some(number), offset };
            offset += (lead.len() + row.len()) as u64;
            if !self.takes(&provenance, done) {
                continue;
            }
            self.row_or_refusal(source, provenance, &piece.header, &lead, row, done);
        }
        self.rest(source, offset, &lead, done);
    }

    /// Cleans a row; one that cannot be read is refused with the names of its columns.
    pub(super) fn row_or_refusal(&self, source: &Source, provenance: Provenance, header: &Header, lead: &[u8], row: &[u8], done: &mut Done) {
        if let Err(reason) = self.row(source, &provenance, header, lead, row, done) {
            let table = RowOf { columns: header.names.clone(), delimiter: header.delimiter.into(), lead: lead.len() };
            self.refuse_row(source, Unreadable { provenance, reason, bytes: [lead, row].concat() }, Some(table), done);
        }
    }

    fn row(&self, source: &Source, provenance: &Provenance, header: &Header, lead: &[u8], row: &[u8], done: &mut Done) -> Result<(), String> {
        let len = (lead.len() + row.len()) as u64;
        if len > self.max_record_bytes() {
            return Err(self.too_long(len));
        }
        let (text, mut decoding) = self.decode_line(row)?;
        let cells = cells(text.as_bytes(), header.delimiter);
        if cells.len() != header.names.len() {
            return Err(misfit(cells.len(), header));
        }
        let line = as_json(&text, &cells, header, &self.task.keys);
        let json = JsonRecord::parse(&line)?;
        if let Some(wide) = header.wide {
            decoding = Decoding { encoding: wide.name(), mark: provenance.offset == 0, ..decoding };
        }
        let (format, content, _) = self.content(&json)?;
        let keep = |content: &str, dropped: bool| {
            let at = header.names.iter().position(|name| *name == self.task.keys.text);
            let sound = !dropped && format == Format::Text && text.as_bytes() == row;
            let frame = at.filter(|_| sound).and_then(|at| frame(lead, &text, cells[at].clone(), content));
            Kept { original: frame.is_none().then(|| pack(&[lead, row].concat())), frame }
        };
        let article = self.record(Stored { source, provenance, format, content, decoding }, &json, keep, done)?;
        if let Some(article) = article {
            self.put(source, provenance, &json, format, &article, done);
        }
        Ok(())
    }
}

/// What stands around the text's cell, when it and the text give the row's bytes back.
fn frame(lead: &[u8], row: &str, cell: Range<usize>, text: &str) -> Option<Frame> {
    let style = [Style::Bare, Style::Quoted].into_iter().find(|style| style.write(text) == row[cell.clone()])?;
    let before = std::str::from_utf8(lead).ok()?.to_owned() + &row[..cell.start];
    Some(Frame { before, after: row[cell.end..].to_owned(), style })
}
