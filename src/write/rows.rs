//! Clean records as rows of a table. In: JSON lines. Out: a header and a row a record, strings as they are, other values as JSON.
//!
//! A table's columns must be known before its first row. They are the keys of the first piece's records, the title and naqi's note; where
//! later records may have keys of their own, those go as one JSON object into a column `other`, so that nothing is lost.

use std::io;

use super::Mark;
use super::output::{COLUMN_OTHER, columns_of};
use super::target::Target;
use crate::read::jsonl::JsonRecord;

/// Writes rows under a header.
pub struct RowWriter {
    target: Target,
    delimiter: u8,
    columns: Vec<String>,
    open: bool,
    /// The columns stand in a checkpoint's notes.
    noted: bool,
}

impl RowWriter {
    pub(super) fn new(target: Target, delimiter: u8, open: bool) -> Self {
        RowWriter { target, delimiter, columns: Vec::new(), open, noted: false }
    }

    /// A table whose header and first rows are written.
    pub(super) fn resumed(target: Target, delimiter: u8, open: bool, columns: &[String]) -> Self {
        RowWriter { target, delimiter, columns: columns.to_vec(), open, noted: true }
    }

    pub(super) fn checkpoint(&mut self) -> io::Result<Mark> {
        let len = self.target.checkpoint()?;
        let known = std::mem::replace(&mut self.noted, !self.columns.is_empty());
        Ok(Mark { len, notes: if known { Vec::new() } else { self.columns.clone() } })
    }

    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let records = JsonRecord::all(lines)?;
        let mut rows = csv::WriterBuilder::new().delimiter(self.delimiter).from_writer(Vec::with_capacity(lines.len()));
        if self.columns.is_empty() && !records.is_empty() {
            self.columns = columns_of(&records, self.open);
            rows.write_record(&self.columns)?;
        }
        for record in &records {
            let other = if self.open { record.rest(|key, _| self.columns.iter().any(|column| column == key)) } else { None };
            for column in &self.columns {
                let cell = match (&other, record.raw(column)) {
                    (Some(other), _) if column == COLUMN_OTHER => other.clone(),
                    (_, None) => String::new(),
                    (_, Some(raw)) => record.string(column).unwrap_or_else(|| if raw.get() == "null" { String::new() } else { raw.get().to_owned() }),
                };
                rows.write_field(cell)?;
            }
            rows.write_record(None::<&[u8]>)?;
        }
        self.target.write(&rows.into_inner().map_err(|error| error.into_error())?)
    }

    pub(super) fn finish(self) -> Target {
        self.target
    }
}
