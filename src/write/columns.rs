//! Clean records in columns: Parquet and Arrow IPC files.
//!
//! Records that come in columns keep theirs, with their types. Others come as JSON lines: their columns are their keys, each
//! of one type that all values of the first piece share (truth values, whole numbers, numbers, else text), and a later value that does
//! not fit goes to the column `other`.

use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, StringArray, new_null_array};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;

use super::Mark;
use super::encoder::Encoder;
use super::output::{COLUMN_OTHER, columns_of, note_of};
use super::target::Target;
use crate::clean::Article;
use crate::read::Form;
use crate::read::columns::{cell, json_lines};
use crate::read::jsonl::{JsonRecord, Keys};

/// What becomes of a row.
pub struct CleanRow {
    body: String,
    title: Option<String>,
    note: String,
}

impl CleanRow {
    /// The row of an article.
    pub fn new(article: Article, is_page: bool) -> Self {
        CleanRow { note: note_of(&article, is_page), body: article.body, title: article.title }
    }
}

/// The batch with clean bodies: other columns as they are, a missing title filled in, naqi's note behind them; rows that are `None` go.
pub fn cleaned(rows: &RecordBatch, clean: &[Option<CleanRow>], keys: &Keys) -> Result<RecordBatch, ArrowError> {
    let schema = rows.schema();
    let content = if schema.column_with_name(&keys.text).is_some() { &keys.text } else { &keys.html };
    let texts = |of: &dyn Fn(&CleanRow) -> Option<String>| clean.iter().map(|row| row.as_ref().and_then(of)).collect::<StringArray>();
    let mut columns: Vec<(Field, ArrayRef)> = Vec::with_capacity(schema.fields().len() + 2);
    let mut titled = false;
    for (field, column) in schema.fields().iter().zip(rows.columns()) {
        let name = field.name();
        if name == content {
            let bodies: ArrayRef = Arc::new(texts(&|row| Some(row.body.clone())));
            let kind = if is_string(field.data_type()) { field.data_type() } else { &DataType::Utf8 };
            let field = Field::new(&keys.text, kind.clone(), true).with_metadata(field.metadata().clone());
            columns.push((field, arrow_cast::cast(&bodies, kind)?));
        } else if name == "title" && is_string(field.data_type()) {
            titled = true;
            let stated = |row: usize| cell(column, row).filter(|title| !title.is_empty()).map(|title| String::from_utf8_lossy(title).into_owned());
            let titles = (0..clean.len()).map(|row| stated(row).or_else(|| clean[row].as_ref()?.title.clone()));
            let titles: ArrayRef = Arc::new(titles.collect::<StringArray>());
            columns.push((field.as_ref().clone().with_nullable(true), arrow_cast::cast(&titles, field.data_type())?));
        } else if *name != keys.html && name != "naqi" {
            titled |= name == "title";
            columns.push((field.as_ref().clone(), column.clone()));
        }
    }
    if !titled {
        columns.push((Field::new("title", DataType::Utf8, true), Arc::new(texts(&|row| row.title.clone()))));
    }
    columns.push((Field::new("naqi", DataType::Utf8, true), Arc::new(texts(&|row| Some(row.note.clone())))));
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    let batch = RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, own_metadata(&schema))), arrays)?;
    let kept: BooleanArray = clean.iter().map(|row| Some(row.is_some())).collect();
    if kept.true_count() == clean.len() { Ok(batch) } else { filter_record_batch(&batch, &kept) }
}

fn is_string(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// A file's own notes, but not what pandas and others say of columns that have changed.
fn own_metadata(schema: &Schema) -> std::collections::HashMap<String, String> {
    let stale = |key: &str| matches!(key, "pandas" | "huggingface" | "ARROW:schema");
    schema.metadata().iter().filter(|(key, _)| !stale(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Writes batches and JSON lines as one file in columns.
pub struct ColumnWriter {
    form: Form,
    open: bool,
    target: Option<Target>,
    encoder: Option<(SchemaRef, Encoder)>,
}

impl ColumnWriter {
    pub(super) fn new(target: Target, form: Form, open: bool) -> Self {
        ColumnWriter { form, open, target: Some(target), encoder: None }
    }

    pub(super) fn resumed(path: &Path, form: Form, open: bool, mark: &Mark) -> io::Result<Self> {
        let encoder = Encoder::resumed(path, mark.len, form, &mark.notes).map_err(io::Error::other)?;
        Ok(ColumnWriter { form, open, target: None, encoder: Some(encoder) })
    }

    pub(super) fn checkpoint(&mut self) -> io::Result<Mark> {
        // Without rows there are no columns yet.
        let Some((_, encoder)) = &mut self.encoder else { return Ok(Mark::default()) };
        let (len, note) = encoder.checkpoint().map_err(io::Error::other)?;
        Ok(Mark { len, notes: note.into_iter().collect() })
    }

    pub(super) fn write(&mut self, lines: &[u8], batches: &[RecordBatch]) -> io::Result<()> {
        for batch in batches {
            let batch = &if self.open { with_other(batch).map_err(io::Error::other)? } else { batch.clone() };
            let fits = self.encoder.as_ref().is_none_or(|(schema, _)| *schema == batch.schema());
            if fits {
                self.write_batch(batch).map_err(io::Error::other)?;
            } else {
                let lines = json_lines(batch, &[]).map_err(io::Error::other)?;
                self.write_lines(&lines)?;
            }
        }
        self.write_lines(lines)
    }

    fn write_batch(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        if let Some(target) = self.target.take() {
            let schema = batch.schema();
            self.encoder = Some((schema.clone(), Encoder::new(target, self.form, &schema)?));
        }
        self.encoder.as_mut().map_or(Ok(()), |(_, encoder)| encoder.write(batch))
    }

    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()> {
        let records = JsonRecord::all(lines)?;
        if records.is_empty() {
            return Ok(());
        }
        let schema = match &self.encoder {
            Some((schema, _)) => schema.clone(),
            None => schema_of(&records, self.open),
        };
        as_batch(&records, &schema, self.open).and_then(|batch| self.write_batch(&batch)).map_err(io::Error::other)
    }

    pub(super) fn finish(mut self) -> io::Result<Target> {
        if let Some(target) = self.target.take() {
            // A file without records still is one.
            let schema = schema_of(&[], self.open);
            self.encoder = Some((schema.clone(), Encoder::new(target, self.form, &schema).map_err(io::Error::other)?));
        }
        let (_, encoder) = self.encoder.ok_or_else(|| io::Error::other("the file was never begun"))?;
        encoder.finish().map_err(io::Error::other)
    }
}

/// The batch with an empty column `other` for what later records of other files bring.
fn with_other(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    if schema.column_with_name(COLUMN_OTHER).is_some() {
        return Ok(batch.clone());
    }
    let other = Arc::new(Field::new(COLUMN_OTHER, DataType::Utf8, true));
    let fields: Vec<_> = schema.fields().iter().cloned().chain([other]).collect();
    let columns = batch.columns().iter().cloned().chain([new_null_array(&DataType::Utf8, batch.num_rows())]).collect();
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())), columns)
}

/// The columns of a file that opens with these records.
fn schema_of(records: &[JsonRecord], open: bool) -> SchemaRef {
    let fields = columns_of(records, open).into_iter().map(|name| {
        let values = || records.iter().filter_map(|record| record.raw(&name)).map(|raw| raw.get()).filter(|raw| *raw != "null");
        let all = |kind: &DataType| values().next().is_some() && values().all(|raw| fits(raw, kind));
        let kind = [DataType::Boolean, DataType::Int64, DataType::Float64].into_iter().find(|kind| name != COLUMN_OTHER && all(kind)).unwrap_or(DataType::Utf8);
        Field::new(name, kind, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Can a column of this type hold the JSON value?
fn fits(raw: &str, kind: &DataType) -> bool {
    match kind {
        DataType::Boolean => matches!(raw, "true" | "false"),
        DataType::Int64 => raw.parse::<i64>().is_ok(),
        DataType::Float64 => !raw.starts_with('"') && raw.parse::<f64>().is_ok(),
        kind => is_string(kind),
    }
}

/// The records under a schema; what fits no column goes to `other`.
fn as_batch(records: &[JsonRecord], schema: &SchemaRef, open: bool) -> Result<RecordBatch, ArrowError> {
    let value = |record: &JsonRecord, field: &Field| {
        let raw = record.raw(field.name())?.get();
        (raw != "null" && fits(raw, field.data_type())).then(|| record.string(field.name()).unwrap_or_else(|| raw.to_owned()))
    };
    let columns = schema.fields().iter().map(|field| -> Result<ArrayRef, ArrowError> {
        if open && field.name() == COLUMN_OTHER {
            let held = |key: &str, raw: &str| schema.column_with_name(key).is_some_and(|(_, field)| raw == "null" || fits(raw, field.data_type()));
            return Ok(Arc::new(records.iter().map(|record| record.rest(held)).collect::<StringArray>()));
        }
        let values = records.iter().map(|record| value(record, field));
        Ok(match field.data_type() {
            DataType::Boolean => {
                let mut builder = BooleanBuilder::new();
                values.for_each(|value| builder.append_option(value.and_then(|value| value.parse().ok())));
                Arc::new(builder.finish())
            }
            DataType::Int64 => {
                let mut builder = Int64Builder::new();
                values.for_each(|value| builder.append_option(value.and_then(|value| value.parse().ok())));
                Arc::new(builder.finish())
            }
            DataType::Float64 => {
                let mut builder = Float64Builder::new();
                values.for_each(|value| builder.append_option(value.and_then(|value| value.parse().ok())));
                Arc::new(builder.finish())
            }
            kind if is_string(kind) => {
                let mut builder = StringBuilder::new();
                values.for_each(|value| builder.append_option(value));
                let texts: ArrayRef = Arc::new(builder.finish());
                arrow_cast::cast(&texts, kind)?
            }
            kind => new_null_array(kind, records.len()),
        })
    });
    RecordBatch::try_new(schema.clone(), columns.collect::<Result<Vec<_>, _>>()?)
}
