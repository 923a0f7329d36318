//! Records in columns: one a row. Where they go out in columns too, a batch keeps its columns and types, the body in place of the text.

use arrow_array::RecordBatch;

use super::{Done, Kept, Stored, Worker, no_content};
use crate::decode::{Decoded, decode};
use crate::document::Format;
use crate::read::columns::{Batch, cell, json_lines};
use crate::read::jsonl::JsonRecord;
use crate::read::{Form, Source};
use crate::record::{Decoding, Provenance, Unreadable};
use crate::write::audit::{pack, row_line};
use crate::write::columns::{CleanRow, cleaned};
use crate::write::output::Layout;

/// Columns beside the text that say something about it, whatever their names are given as.
const FACTS: [&str; 4] = ["host", "title", "lang", "language"];

impl Worker {
    pub(super) fn batch(&self, source: &Source, piece: &Batch, done: &mut Done) {
        let rows = &piece.rows;
        let stays = self.output_form(source.form).is_columns() && self.task.layout == Layout::Flat;
        let lines = match self.facts(rows, stays) {
            Ok(lines) => lines,
            Err(error) => return self.refuse_rows(source, piece, &error, done),
        };
        let mut clean = Vec::with_capacity(rows.num_rows());
        for (row, line) in lines.lines().enumerate() {
            let provenance = Provenance { source: source.name.clone(), line: Some(piece.first + row as u64), offset: piece.first - 1 + row as u64 };
            if !self.takes(&provenance, done) {
                clean.push(None);
                continue;
            }
            match self.cell_record(source, &provenance, rows, row, line, stays, done) {
                Ok(row) => clean.push(row),
                Err(reason) => {
                    clean.push(None);
                    let bytes = json_lines(&rows.slice(row, 1), &[]).unwrap_or_default();
                    self.refuse(source, Unreadable { provenance, reason, bytes }, done);
                }
            }
        }
        if stays {
            match cleaned(rows, &clean, &self.task.keys) {
                Ok(batch) => done.batches.push(batch),
                Err(error) => self.refuse_rows(source, piece, &error.to_string(), done),
            }
        }
    }

    /// What the rows state beside their text, as JSON lines: all of it, or what naqi reads.
    fn facts(&self, rows: &RecordBatch, few: bool) -> Result<String, String> {
        let keys = &self.task.keys;
        let schema = rows.schema();
        let wanted = |name: &str| !few || name == keys.id || name == keys.url || FACTS.contains(&name) || self.task.group_by.is_key(name);
        let columns: Vec<usize> = (0..schema.fields().len()).filter(|&at| wanted(schema.field(at).name())).collect();
        if columns.is_empty() {
            return Ok("{}\n".repeat(rows.num_rows()));
        }
        let lines = rows.project(&columns).and_then(|rows| json_lines(&rows, &[&keys.text, &keys.html])).map_err(|error| error.to_string())?;
        String::from_utf8(lines).map_err(|error| error.to_string())
    }

    #[allow(clippy::too_many_arguments)]
    fn cell_record(
        &self,
        source: &Source,
        provenance: &Provenance,
        rows: &RecordBatch,
        row: usize,
        line: &str,
        stays: bool,
        done: &mut Done,
    ) -> Result<Option<CleanRow>, String> {
        let keys = &self.task.keys;
        let json = JsonRecord::parse(line)?;
        let found = |key: &str| cell(rows.column_by_name(key)?.as_ref(), row);
        let (format, bytes) = match (found(&keys.html), found(&keys.text)) {
            (Some(page), _) => (Format::Html, page),
            (None, Some(text)) => (Format::Text, text),
            (None, None) => return Err(no_content(rows.schema().fields().iter().map(|field| field.name().as_str()), keys)),
        };
        if bytes.len() as u64 > self.max_record_bytes() {
            return Err(self.too_long(bytes.len() as u64));
        }
        done.read += bytes.len() as u64;
        let Decoded { text, decoding } = match simdutf8::basic::from_utf8(bytes) {
            Ok(text) if self.task.encoding.is_none() => Decoded { text: text.to_owned(), decoding: Decoding { encoding: "UTF-8", mark: false, replaced: 0 } },
            _ => decode(bytes, format, self.task.encoding)?,
        };
        let page = (format == Format::Html && self.task.audit.is_some()).then(|| text.clone());
        let keep = |content: &str, dropped: bool| {
            // A row that is left out comes back as a whole line.
            let line = || {
                let id = json.name(&keys.id).unwrap_or_else(|| provenance.to_string());
                row_line(&id, if page.is_some() { "html" } else { "text" }, page.as_deref().unwrap_or(content))
            };
            let original = if dropped { Some(pack(line().as_bytes())) } else { page.as_ref().map(|page| pack(page.as_bytes())) };
            Kept { frame: None, original }
        };
        let article = self.record(Stored { source, provenance, format, content: text, decoding }, &json, keep, done)?;
        let Some(article) = article else { return Ok(None) };
        if stays {
            return Ok(Some(CleanRow::new(article, format == Format::Html)));
        }
        self.put(source, provenance, &json, format, &article, done);
        Ok(None)
    }

    fn refuse_rows(&self, source: &Source, piece: &Batch, reason: &str, done: &mut Done) {
        let count = piece.rows.num_rows();
        let provenance = Provenance { source: source.name.clone(), line: Some(piece.first), offset: piece.first - 1 };
        let hint = if self.output_form(source.form) == Form::JsonLines { "; try --to parquet" } else { "" };
        let reason = format!("{count} rows from here cannot be written: {reason}{hint}");
        self.refuse(source, Unreadable { provenance, reason, bytes: Vec::new() }, done);
    }
}
