//! A piece of a source: what one worker cleans at a time.

use std::sync::Arc;

use super::columns::Batch;
use super::rows::{Header, rows};
use super::warc::WarcRecord;

/// What a piece of work holds.
#[derive(Debug)]
pub enum Piece {
    /// A whole file, still to be read.
    File,
    /// Bytes of a whole file that was read already (standard input).
    Bytes(Vec<u8>),
    /// Whole lines of a JSON Lines file.
    Lines {
        /// Number of the first line, from 1.
        first: u64,
        /// First byte in the decompressed file.
        offset: u64,
        /// The lines with their ends.
        bytes: Vec<u8>,
    },
    /// Whole rows of a table.
    Rows(Rows),
    /// Rows of a file in columns.
    Batch(Batch),
    /// Records of a WARC or WET file.
    Warc(Vec<WarcRecord>),
    /// A line larger than a record may be.
    TooLong {
        /// Its number, from 1.
        line: u64,
        /// First byte in the decompressed file.
        offset: u64,
        /// Its length in bytes.
        len: u64,
    },
    /// Bytes that cannot be read as records, or the end of a source that cannot be read any further.
    Failed {
        /// Their first line, if they stand inside of the source.
        line: Option<u64>,
        /// First byte in the decompressed file.
        offset: u64,
        /// What went wrong.
        reason: String,
        /// The bytes, as far as they are known.
        bytes: Vec<u8>,
    },
}

/// Whole rows of a table.
#[derive(Debug)]
pub struct Rows {
    /// The table's first row.
    pub header: Arc<Header>,
    /// The header's bytes, before the table's first rows; none before later ones.
    pub lead: Vec<u8>,
    /// Line of the first row, from 1.
    pub first: u64,
    /// First byte of the first row in the decompressed file.
    pub offset: u64,
    /// The rows with their ends.
    pub bytes: Vec<u8>,
}

impl Piece {
    pub(super) fn failed(reason: impl std::fmt::Display) -> Piece {
        Self::cut_off(reason, Vec::new())
    }

    /// The bytes of a record that could be read before an error.
    pub(super) fn cut_off(reason: impl std::fmt::Display, bytes: Vec<u8>) -> Piece {
        Piece::Failed { line: None, offset: 0, reason: format!("cannot be read: {reason}"), bytes }
    }

    /// About how many bytes it holds; `None` for a file that is still to be read.
    pub fn bytes(&self) -> Option<usize> {
        Some(match self {
            Piece::File => return None,
            Piece::Bytes(bytes) | Piece::Lines { bytes, .. } | Piece::Failed { bytes, .. } => bytes.len(),
            Piece::Rows(rows) => rows.lead.len() + rows.bytes.len(),
            // Slices of one batch share its memory.
            Piece::Batch(batch) => batch.rows.get_array_memory_size(),
            Piece::Warc(records) => records.iter().map(|record| record.bytes.len()).sum(),
            Piece::TooLong { .. } => 0,
        })
    }

    /// Keeps at most the first `most` records; says how many are left.
    pub(super) fn keep_first(&mut self, most: u64) -> u64 {
        match self {
            Piece::Lines { bytes, .. } => {
                let lines = bytes.split_inclusive(|&byte| byte == b'\n');
                let (end, count) = first(most, lines, |line| !line.trim_ascii().is_empty(), |line| line.len());
                bytes.truncate(end);
                count
            }
            Piece::Rows(Rows { header, bytes, .. }) => {
                let (end, count) = first(most, rows(bytes, header.delimiter), |row| row.iter().any(|byte| !matches!(byte, b'\n' | b'\r')), |row| row.len());
                bytes.truncate(end);
                count
            }
            Piece::Warc(records) => {
                let (end, count) = first(most, records.iter(), |record| record.may_hold(), |_| 1);
                records.truncate(end);
                count
            }
            Piece::Batch(batch) => {
                let count = batch.rows.num_rows().min(usize::try_from(most).unwrap_or(usize::MAX));
                batch.rows = batch.rows.slice(0, count);
                count as u64
            }
            Piece::File | Piece::Bytes(_) | Piece::TooLong { .. } | Piece::Failed { .. } => 1,
        }
    }
}

/// The length of the items up to the one that is the last of `most` records, and the count of records.
fn first<T>(most: u64, items: impl Iterator<Item = T>, is_record: impl Fn(&T) -> bool, len: impl Fn(&T) -> usize) -> (usize, u64) {
    let (mut end, mut count) = (0, 0);
    for item in items {
        if count == most {
            break;
        }
        end += len(&item);
        count += u64::from(is_record(&item));
    }
    (end, count)
}
