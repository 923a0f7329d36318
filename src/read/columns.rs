//! Records in columns: Parquet files as batches of rows, and a batch's rows as JSON lines.
//!
//! A batch holds about a piece's worth of bytes, so memory does not grow with a file or its row groups. What a file says about itself is
//! checked before it is believed; dictionaries are unpacked, since each batch may bring its own.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, NullArray, RecordBatch};
use arrow_json::writer::{LineDelimited, WriterBuilder};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::ParquetMetaData;

use super::{Limits, Meter, PIECE, Piece};

/// Rows in a batch at most, however short they are.
const MOST_ROWS: usize = 8192;

/// Some rows of a file in columns.
#[derive(Debug)]
pub struct Batch {
    /// Number of the first row, from 1.
    pub first: u64,
    /// The rows.
    pub rows: RecordBatch,
}

/// A file that can be read at any place, with the bytes that a reader gives.
pub(super) fn spooled(mut reader: impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut reader, &mut file)?;
    file.rewind()?;
    Ok(file)
}

/// Batches of some reader, cut into pieces and numbered; the first error ends them.
pub(super) struct Batches<R> {
    rows: R,
    rest: Option<RecordBatch>,
    first: u64,
    ended: bool,
}

impl<R: Iterator<Item = Result<RecordBatch, ArrowError>>> Batches<R> {
    pub(super) fn new(rows: R) -> Self {
        Batches { rows, rest: None, first: 1, ended: false }
    }

    /// The first rows of what is left of a batch, about a piece of them.
    fn cut(&mut self, rows: RecordBatch) -> Piece {
        let count = rows.num_rows();
        let most = (PIECE / (rows.get_array_memory_size() / count.max(1)).max(1)).clamp(1, MOST_ROWS).min(count);
        self.rest = (most < count).then(|| rows.slice(most, count - most));
        let first = self.first;
        self.first += most as u64;
        Piece::Batch(Batch { first, rows: rows.slice(0, most) })
    }
}

impl<R: Iterator<Item = Result<RecordBatch, ArrowError>>> Iterator for Batches<R> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if let Some(rest) = self.rest.take() {
            return Some(self.cut(rest));
        }
        if self.ended {
            return None;
        }
        match self.rows.next()?.and_then(|rows| unpacked(&rows)) {
            Ok(rows) => Some(self.cut(rows)),
            Err(error) => {
                self.ended = true;
                let reason = format!("cannot be read any further: {error}");
                Some(Piece::Failed { line: Some(self.first), offset: self.first - 1, reason, bytes: Vec::new() })
            }
        }
    }
}

/// The batch with its dictionaries unpacked.
fn unpacked(rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = rows.schema();
    if !schema.fields().iter().any(|field| matches!(field.data_type(), DataType::Dictionary(..))) {
        return Ok(rows.clone());
    }
    let mut fields = Vec::with_capacity(rows.num_columns());
    let mut columns = Vec::with_capacity(rows.num_columns());
    for (field, column) in schema.fields().iter().zip(rows.columns()) {
        if let DataType::Dictionary(_, value) = field.data_type() {
            fields.push(Arc::new(Field::new(field.name(), value.as_ref().clone(), field.is_nullable())));
            columns.push(arrow_cast::cast(column, value)?);
        } else {
            fields.push(field.clone());
            columns.push(column.clone());
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())), columns)
}

/// A file without rows still has columns; its first batch is empty then.
pub(super) fn or_empty<R>(rows: R, schema: Arc<Schema>) -> impl Iterator<Item = Result<RecordBatch, ArrowError>>
where
    R: Iterator<Item = Result<RecordBatch, ArrowError>>,
{
    let mut rows = rows.peekable();
    let none = rows.peek().is_none().then(|| Ok(RecordBatch::new_empty(schema)));
    none.into_iter().chain(rows)
}

/// The batches of a Parquet file.
pub(super) fn parquet(file: File, limits: &Limits, meter: &Meter) -> io::Result<impl Iterator<Item = Piece> + use<>> {
    let size = file.metadata()?.len();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(io::Error::other)?;
    believe(builder.metadata(), size, limits).map_err(io::Error::other)?;
    let groups = builder.metadata().row_groups();
    let bytes: u64 = groups.iter().map(|group| group.total_byte_size().unsigned_abs()).sum();
    let rows: u64 = groups.iter().map(|group| group.num_rows().unsigned_abs()).sum();
    let most = (PIECE as u64 / (bytes / rows.max(1)).max(1)).clamp(1, MOST_ROWS as u64);
    let schema = builder.schema().clone();
    let reader: ParquetRecordBatchReader = builder.with_batch_size(usize::try_from(most).unwrap_or(1)).build().map_err(io::Error::other)?;
    let meter = meter.clone();
    Ok(Batches::new(or_empty(reader, schema)).inspect(move |piece| {
        if let Piece::Batch(batch) = piece {
            let read = batch.first - 1 + batch.rows.num_rows() as u64;
            meter.set((u128::from(size) * u128::from(read) / u128::from(rows.max(1))) as u64);
        }
    }))
}

/// What a file says of its parts must lie within the file and within the limits.
fn believe(metadata: &ParquetMetaData, size: u64, limits: &Limits) -> Result<(), String> {
    let mut whole = 0_u64;
    for column in metadata.row_groups().iter().flat_map(|group| group.columns()) {
        let start = column.dictionary_page_offset().map_or(column.data_page_offset(), |page| page.min(column.data_page_offset()));
        let (Ok(start), Ok(packed), Ok(unpacked)) = (u64::try_from(start), u64::try_from(column.compressed_size()), u64::try_from(column.uncompressed_size()))
        else {
            return Err("its metadata states negative sizes".into());
        };
        if start.checked_add(packed).is_none_or(|end| end > size) {
            return Err(format!("its metadata places a column at byte {start} + {packed} of a file of {size} bytes"));
        }
        whole = whole.saturating_add(unpacked);
    }
    if whole > limits.source_bytes || whole > limits.ratio_from && whole / limits.ratio > size {
        return Err(format!(
            "its metadata states {whole} bytes in a file of {size}, more than read.max-ratio or read.max-source-bytes allow; raise them if the file is sound"
        ));
    }
    Ok(())
}

/// The text of a column's cell; `None` when it is null or no text. Bytes that are no UTF-8 come as they are.
pub fn cell(column: &dyn Array, row: usize) -> Option<&[u8]> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).as_bytes(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(row).as_bytes(),
        DataType::Utf8View => column.as_string_view().value(row).as_bytes(),
        DataType::Binary => column.as_binary::<i32>().value(row),
        DataType::LargeBinary => column.as_binary::<i64>().value(row),
        DataType::BinaryView => column.as_binary_view().value(row),
        _ => return None,
    })
}

/// Rows as JSON lines, one object a line, nulls written; columns of these names are null, whatever they hold.
pub fn json_lines(rows: &RecordBatch, without: &[&str]) -> Result<Vec<u8>, ArrowError> {
    let schema = rows.schema();
    let kept = |name: &str| !without.contains(&name);
    let fields: Vec<Arc<Field>> =
        schema.fields().iter().map(|field| if kept(field.name()) { field.clone() } else { Arc::new(Field::new(field.name(), DataType::Null, true)) }).collect();
    let columns = schema.fields().iter().zip(rows.columns());
    let columns = columns.map(|(field, column)| if kept(field.name()) { column.clone() } else { Arc::new(NullArray::new(rows.num_rows())) as _ });
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.collect())?;
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(Vec::new());
    writer.write(&batch)?;
    writer.finish()?;
    Ok(writer.into_inner())
}
