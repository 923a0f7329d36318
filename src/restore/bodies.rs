//! The clean bodies of an output file of any form, in the order of their records.

use std::collections::VecDeque;
use std::path::Path;

use crate::read::columns::cell;
use crate::read::jsonl::Keys;
use crate::read::rows::{cell_text, cells, rows};
use crate::read::{Form, Limits, Meter, Piece, Pieces, Rows, Source, pieces_of};
use crate::write::output::body_of_line;

/// Reads an output file piece by piece; a body, or why there is none.
pub(super) struct Bodies {
    pieces: Pieces<'static>,
    text_key: String,
    ready: VecDeque<Result<String, String>>,
}

impl Bodies {
    /// The bodies in a file, whose name says its form.
    pub(super) fn of(path: &Path, keys: &Keys) -> Self {
        let form = Form::of(path).map_or(Form::Text, Form::written);
        let source = Source::file(path.to_owned(), "", form, 0);
        let (pieces, error) = match pieces_of(&source, &Limits::NONE, &Meter::default()) {
            Ok(pieces) => (pieces, None),
            Err(error) => (Box::new(std::iter::empty()) as Pieces<'static>, Some(Err(format!("'{}': {error}", path.display())))),
        };
        Bodies { pieces, text_key: keys.text.clone(), ready: error.into_iter().collect() }
    }

    fn take(&mut self, piece: Piece) {
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| error.to_string());
        match piece {
            Piece::File => {}
            Piece::Bytes(bytes) => self.ready.push_back(text(&bytes)),
            Piece::Lines { bytes, .. } => {
                let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
                let body = |line| body_of_line(&text(line)?, &self.text_key).ok_or_else(|| format!("a record has no '{}'", self.text_key));
                self.ready.extend(lines.map(body));
            }
            Piece::Rows(piece) => self.take_rows(&piece),
            Piece::Batch(piece) => {
                let column = piece.rows.column_by_name(&self.text_key);
                let found = |row| column.and_then(|column| cell(column.as_ref(), row));
                let body = |row| found(row).map_or_else(|| Err(format!("a row has no '{}'", self.text_key)), text);
                self.ready.extend((0..piece.rows.num_rows()).map(body));
            }
            Piece::Warc(records) => self.ready.extend(records.iter().map(|record| text(&record.bytes[record.start..record.end]))),
            Piece::TooLong { .. } => self.ready.push_back(Err("a record is too long".to_owned())),
            Piece::Failed { reason, .. } => self.ready.push_back(Err(reason)),
        }
    }

    fn take_rows(&mut self, piece: &Rows) {
        let Some(at) = piece.header.names.iter().position(|name| *name == self.text_key) else {
            return self.ready.push_back(Err(format!("the table has no column '{}'", self.text_key)));
        };
        for row in rows(&piece.bytes, piece.header.delimiter) {
            let cell = std::str::from_utf8(row)
                .ok()
                .and_then(|row| Some(cell_text(&row[cells(row.as_bytes(), piece.header.delimiter).get(at)?.clone()]).into_owned()));
            self.ready.push_back(cell.ok_or_else(|| "a row lacks its text".to_owned()));
        }
    }
}

impl Iterator for Bodies {
    type Item = Result<String, String>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            let piece = self.pieces.next()?;
            self.take(piece);
        }
        self.ready.pop_front()
    }
}
