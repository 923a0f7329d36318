//! Batches of rows to the bytes of a file in columns, which can be left at a checkpoint and taken up again.
//!
//! A Parquet file ends with what is known of its row groups, and so does an Arrow file with the places of its batches; both stand in the
//! writer's memory only. A Parquet file therefore ends a row group at each checkpoint and notes what it would say of it; when it is taken up, the
//! groups are copied from the file to where they stand. An Arrow file says all of itself: its batches are read and written once more. Either
//! way the bytes that stand there are passed over ([`Target::passing`]).

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{ArrowError, SchemaRef};
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::arrow::{ArrowWriter, parquet_to_arrow_schema};
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, FileMetaData, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader, ParquetMetaDataWriter};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedFileWriter;

use super::audit::{pack, unpack};
use super::target::{Target, part_of};
use crate::read::{Form, Limits, arrow};

/// A row group is written when it has grown to so many bytes ...
const GROUP_BYTES: usize = 64 << 20;
/// ... or rows.
const GROUP_ROWS: usize = 1 << 20;
/// The length of the footer and the magic behind it.
const TAIL: usize = 8;

pub(super) enum Encoder {
    Parquet(Box<ParquetFile>),
    File(Box<FileWriter<Target>>),
    Stream(Box<StreamWriter<Target>>),
}

impl Encoder {
    pub(super) fn new(target: Target, form: Form, schema: &SchemaRef) -> Result<Self, ArrowError> {
        if form == Form::Parquet {
            return Ok(Encoder::Parquet(Box::new(ParquetFile::new(target, schema)?)));
        }
        // A pipe cannot be sought in, and `.arrows` says that it is a stream.
        if target.is_stream() {
            return Ok(Encoder::Stream(Box::new(StreamWriter::try_new(target, schema)?)));
        }
        Ok(Encoder::File(Box::new(FileWriter::try_new(target, schema)?)))
    }

    /// The encoder of a file of which `len` bytes are written, `notes` are those of its checkpoints; and its schema.
    pub(super) fn resumed(path: &Path, len: u64, form: Form, notes: &[String]) -> Result<(SchemaRef, Self), ArrowError> {
        let target = Target::passing(path, len)?;
        let written = File::open(part_of(path))?;
        let (schema, mut encoder) = if form == Form::Parquet {
            ParquetFile::resumed(target, &written, notes).map(|(schema, file)| (schema, Encoder::Parquet(Box::new(file))))?
        } else {
            let (schema, batches) = arrow::batches(BufReader::new(written.take(len)), &Limits::NONE)?;
            let mut encoder = Self::new(target, form, &schema)?;
            for batch in batches {
                encoder.write(&batch?)?;
            }
            (schema, encoder)
        };
        if encoder.target()?.checkpoint()? != len {
            return Err(ArrowError::IoError(
                "what was written of it cannot be taken up; run without --resume to start anew".into(),
                io::ErrorKind::InvalidData.into(),
            ));
        }
        Ok((schema, encoder))
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        match self {
            Encoder::Parquet(file) => Ok(file.write(batch)?),
            Encoder::File(writer) => writer.write(batch),
            Encoder::Stream(writer) => writer.write(batch),
        }
    }

    /// What is written, with nothing held back.
    fn target(&mut self) -> Result<&mut Target, ArrowError> {
        match self {
            Encoder::Parquet(file) => {
                file.writer.flush()?;
                Ok(file.writer.inner_mut())
            }
            Encoder::File(writer) => Ok(writer.get_mut()),
            Encoder::Stream(writer) => Ok(writer.get_mut()),
        }
    }

    /// Hands all to the system; gives the length, and what is to be known of what came since the last checkpoint.
    pub(super) fn checkpoint(&mut self) -> Result<(u64, Option<String>), ArrowError> {
        let note = if let Encoder::Parquet(file) = self { file.note()? } else { None };
        Ok((self.target()?.checkpoint()?, note))
    }

    pub(super) fn finish(self) -> Result<Target, ArrowError> {
        match self {
            Encoder::Parquet(mut file) => {
                file.end_group()?;
                Ok(file.writer.into_inner()?)
            }
            Encoder::File(mut writer) => {
                writer.finish()?;
                writer.into_inner()
            }
            Encoder::Stream(mut writer) => {
                writer.finish()?;
                writer.into_inner()
            }
        }
    }
}

/// A Parquet file whose row groups are written one by one.
pub(super) struct ParquetFile {
    writer: SerializedFileWriter<Target>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// The columns of the row group that is being filled, and its rows.
    group: Vec<ArrowColumnWriter>,
    rows: usize,
    /// Row groups noted at checkpoints, if there was one.
    noted: Option<usize>,
}

impl ParquetFile {
    fn new(target: Target, schema: &SchemaRef) -> Result<Self, ParquetError> {
        // Indexes of pages would have to be noted too, and nobody looks for a single row of a dump by its text.
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_created_by("naqi".into());
        let (writer, factory) = ArrowWriter::try_new(target, schema.clone(), Some(properties.build()))?.into_serialized_writer()?;
        Ok(ParquetFile { writer, factory, schema: schema.clone(), group: Vec::new(), rows: 0, noted: None })
    }

    /// A file whose row groups stand in `written` and are described by the notes.
    fn resumed(target: Target, written: &File, notes: &[String]) -> Result<(SchemaRef, Self), ParquetError> {
        let notes = notes.iter().map(|note| read_note(note)).collect::<Result<Vec<_>, _>>()?;
        let facts = notes.first().ok_or_else(|| ParquetError::General("the journal knows nothing of it".into()))?.file_metadata();
        let schema = SchemaRef::new(parquet_to_arrow_schema(facts.schema_descr(), facts.key_value_metadata())?);
        let mut file = ParquetFile::new(target, &schema)?;
        for group in notes.iter().flat_map(|note| note.row_groups()) {
            let mut copy = file.writer.next_row_group()?;
            for column in group.columns() {
                let close = ColumnCloseResult {
                    bytes_written: column.compressed_size().unsigned_abs(),
                    rows_written: group.num_rows().unsigned_abs(),
                    metadata: as_written(column)?,
                    bloom_filter: None,
                    column_index: None,
                    offset_index: None,
                };
                copy.append_column(written, close)?;
            }
            copy.close()?;
        }
        file.noted = Some(file.writer.flushed_row_groups().len());
        Ok((schema, file))
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        if self.group.is_empty() {
            self.group = self.factory.create_column_writers(self.writer.flushed_row_groups().len())?;
        }
        let mut columns = self.group.iter_mut();
        for (field, column) in self.schema.fields().iter().zip(batch.columns()) {
            for leaf in compute_leaves(field, column)? {
                columns.next().ok_or_else(|| ParquetError::General("a batch has more columns than its file".into()))?.write(&leaf)?;
            }
        }
        self.rows += batch.num_rows();
        let bytes: usize = self.group.iter().map(ArrowColumnWriter::get_estimated_total_bytes).sum();
        if bytes > GROUP_BYTES || self.rows > GROUP_ROWS { self.end_group() } else { Ok(()) }
    }

    fn end_group(&mut self) -> Result<(), ParquetError> {
        if std::mem::take(&mut self.rows) == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for column in std::mem::take(&mut self.group) {
            column.close()?.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }

    /// Ends the row group; gives a footer of the groups that no note knows yet, packed.
    fn note(&mut self) -> Result<Option<String>, ParquetError> {
        self.end_group()?;
        let groups = self.writer.flushed_row_groups();
        if self.noted == Some(groups.len()) {
            return Ok(None);
        }
        let new = groups[self.noted.unwrap_or(0)..].to_vec();
        self.noted = Some(groups.len());
        let rows = new.iter().map(|group| group.num_rows()).sum();
        let (values, schema) = (self.writer.properties().key_value_metadata().cloned(), std::sync::Arc::new(self.writer.schema_descr().clone()));
        let facts = ParquetMetaData::new(FileMetaData::new(1, rows, None, values, schema, None), new);
        let mut bytes = Vec::new();
        ParquetMetaDataWriter::new(&mut bytes, &facts).finish()?;
        Ok(Some(pack(&bytes)))
    }
}

/// What a writer says of a column, from what a reader found: readers forget that old readers are told the least and greatest value too.
fn as_written(column: &ColumnChunkMetaData) -> Result<ColumnChunkMetaData, ParquetError> {
    let signed = column.column_descr().sort_order().is_signed();
    let statistics = column.statistics().map(|statistics| match statistics.clone() {
        Statistics::Boolean(of) => of.with_backwards_compatible_min_max(signed).into(),
        Statistics::Int32(of) => of.with_backwards_compatible_min_max(signed).into(),
        Statistics::Int64(of) => of.with_backwards_compatible_min_max(signed).into(),
        Statistics::Int96(of) => of.with_backwards_compatible_min_max(signed).into(),
        Statistics::Float(of) => of.with_backwards_compatible_min_max(signed).into(),
        Statistics::Double(of) => of.with_backwards_compatible_min_max(signed).into(),
        Statistics::ByteArray(of) => of.with_backwards_compatible_min_max(signed).into(),
        Statistics::FixedLenByteArray(of) => of.with_backwards_compatible_min_max(signed).into(),
    });
    let column = column.clone();
    match statistics {
        Some(statistics) => column.into_builder().set_statistics(statistics).build(),
        None => Ok(column),
    }
}

fn read_note(note: &str) -> Result<ParquetMetaData, ParquetError> {
    let bytes = unpack(note).unwrap_or_default();
    let options = ParquetMetaDataOptions::new().with_encoding_stats_as_mask(false);
    ParquetMetaDataReader::decode_metadata_with_options(bytes.get(..bytes.len().saturating_sub(TAIL)).unwrap_or_default(), Some(&options))
}
