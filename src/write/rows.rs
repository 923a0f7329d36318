//! Clean records as rows of a table. In: JSON lines. Out: a header and a row a record, strings as they are, other values as JSON.
//!
//! A table's columns must be known before its first row. They are the keys of the first piece's records, the title and naqi's note; where
//! later records may have keys of their own, those go as one JSON object into a column `other`, so that nothing is lost.

use std::io;

use super::output::{COLUMN_OTHER, columns_of};
use super::target::Target;
use crate::read::jsonl::JsonRecord;

/// Writes rows under a header.
pub struct RowWriter {
    writer: csv::Writer<Target>,
    columns: Vec<String>,
    open: bool,
}

impl RowWriter {
    pub(super) fn new(target: Target, delimiter: u8, open: bool) -> Self {
        RowWriter { writer: csv::WriterBuilder::new().delimiter(delimiter).from_writer(target), columns: Vec::new(), open }
    }

    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let records = JsonRecord::all(lines)?;
        if self.columns.is_empty() && !records.is_empty() {
            self.columns = columns_of(&records, self.open);
            self.writer.write_record(&self.columns)?;
        }
        for record in &records {
            let other = if self.open { record.rest(|key, _| self.columns.iter().any(|column| column == key)) } else { None };
            for column in &self.columns {
                let cell = match (&other, record.raw(column)) {
                    (Some(other), _) if column == COLUMN_OTHER => other.clone(),
                    (_, None) => String::new(),
                    (_, Some(raw)) => record.string(column).unwrap_or_else(|| if raw.get() == "null" { String::new() } else { raw.get().to_owned() }),
                };
                self.writer.write_field(cell)?;
            }
            self.writer.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<Target> {
        self.writer.into_inner().map_err(|error| error.into_error())
    }
}
