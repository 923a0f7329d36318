//! The labelled records of a piece as JSON lines, each with its place, whatever form they are stored in.

use crate::read::columns::json_lines;
use crate::read::jsonl::Keys;
use crate::read::rows::{as_json, cells, misfit, rows};
use crate::read::{Piece, Rows, Source};
use crate::record::Provenance;

/// A record's place, and its line or why there is none.
pub(super) type Line = (Provenance, Result<Vec<u8>, String>);

/// The records of a piece, in order.
pub(super) fn lines_of(source: &Source, piece: Piece, keys: &Keys) -> Vec<Line> {
    let place = |line, offset| Provenance { source: source.name.clone(), line, offset };
    match piece {
        Piece::Lines { first, offset, bytes } => {
            let mut at = offset;
            let lines = (first..).zip(bytes.split_inclusive(|&byte| byte == b'\n')).map(|(line, bytes)| {
                let provenance = place(Some(line), at);
                at += bytes.len() as u64;
                (provenance, Ok(bytes.to_vec()))
            });
            lines.filter(|(_, line)| line.as_ref().is_ok_and(|line| !line.trim_ascii().is_empty())).collect()
        }
        Piece::Rows(piece) => of_table(source, &piece, keys),
        Piece::Batch(batch) => match json_lines(&batch.rows, &[]) {
            Ok(lines) => {
                let lines = lines.split_inclusive(|&byte| byte == b'\n').map(|line| Ok(line.to_vec()));
                (batch.first..).zip(lines).map(|(row, line)| (place(Some(row), row - 1), line)).collect()
            }
            Err(error) => vec![(place(Some(batch.first), batch.first - 1), Err(error.to_string()))],
        },
        Piece::TooLong { line, offset, .. } => {
            vec![(place(Some(line), offset), Err("the record is larger than clean.max-record-bytes; raise it to read such records".into()))]
        }
        Piece::Failed { line, offset, reason, .. } => vec![(place(line, offset), Err(reason))],
        Piece::File | Piece::Bytes(_) | Piece::Warc(_) => {
            let reason = "labelled records are JSON Lines, rows of tables or of columns; whole files and WARC records have no place for a label";
            vec![(place(None, 0), Err(reason.into()))]
        }
    }
}

fn of_table(source: &Source, piece: &Rows, keys: &Keys) -> Vec<Line> {
    let (mut line, mut offset) = (piece.first, piece.offset);
    let mut lines = Vec::new();
    for row in rows(&piece.bytes, piece.header.delimiter) {
        let provenance = Provenance { source: source.name.clone(), line: Some(line), offset };
        line += memchr::memchr_iter(b'\n', row).count().max(1) as u64;
        offset += row.len() as u64;
        if row.iter().all(|byte| matches!(byte, b'\n' | b'\r')) {
            continue;
        }
        let cells = cells(row, piece.header.delimiter);
        let object = match std::str::from_utf8(row) {
            Err(error) => Err(format!("not UTF-8: {error}")),
            Ok(_) if cells.len() != piece.header.names.len() => Err(misfit(cells.len(), &piece.header)),
            Ok(row) => Ok(as_json(row, &cells, &piece.header, keys).into_bytes()),
        };
        lines.push((provenance, object));
    }
    lines
}
