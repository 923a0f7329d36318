//! Bodies and audit back to the input, byte for byte.
//!
//! In: a folder or file that `naqi clean` wrote, and its audit and quarantine. Out: the input's files (decompressed). Every line of the audit
//! says how its record was stored; a quarantined record comes back from its own bytes, in its place among the others.

mod bodies;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Component, Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::decode::encode;
use crate::read::Form;
use crate::read::jsonl::Keys;
use crate::record::Decoding;
use crate::write::audit::{AuditLine, QuarantineLine, REST, rebuild, row_line, unpack};
use crate::write::target::{Target, output_name};
use bodies::Bodies;

/// Why an input cannot be put together again.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A file cannot be read or written.
    #[error("'{0}': {1}")]
    Io(PathBuf, io::Error),
    /// A line of the audit or quarantine is not what naqi writes.
    #[error("'{0}' line {1}: not a line of a naqi audit: {2}")]
    Line(PathBuf, usize, serde_json::Error),
    /// Body and audit do not fit.
    #[error("record '{0}' of '{1}': body and audit do not fit together; were they written by the same run, and without --bare-audit?")]
    Unfit(String, String),
    /// The clean output of a source cannot be read.
    #[error("the clean records of '{0}' cannot be read: {1}")]
    Bodies(String, String),
    /// A name in the audit leads out of the output folder.
    #[error("source '{0}' in the audit leads out of the output folder")]
    Outside(String),
}

/// A record of the input, as audit or quarantine knows it.
enum Known {
    Cleaned(Box<AuditLine>),
    Refused(QuarantineLine),
}

/// Rebuilds every input below `cleaned` (a folder, or one file that holds all records) into `to`; returns the number of files.
pub fn restore(cleaned: &Path, audit: &Path, quarantine: &Path, to: &Path, keys: &Keys) -> Result<usize, RestoreError> {
    let mut sources: BTreeMap<String, Vec<(u64, Known)>> = BTreeMap::new();
    for line in read_lines::<AuditLine>(audit)? {
        sources.entry(line.source.clone()).or_default().push((line.offset, Known::Cleaned(Box::new(line))));
    }
    if quarantine.exists() {
        for line in read_lines::<QuarantineLine>(quarantine)? {
            sources.entry(line.source.clone()).or_default().push((line.offset, Known::Refused(line)));
        }
    }
    let mut shared = cleaned.is_file().then(|| Bodies::of(cleaned, keys));
    for (name, records) in &mut sources {
        records.sort_by_key(|(offset, _)| *offset);
        let path = inside(name)?;
        let mut own = None;
        let bodies = match &mut shared {
            Some(bodies) => bodies,
            None => own.insert(own_bodies(cleaned, &path, keys)),
        };
        let bytes = rebuild_source(name, records, bodies)?;
        // Cells of columns come back as records; the file around them is its writer's.
        let in_columns = Form::of(&path).is_some_and(Form::is_columns);
        write_file(&to.join(if in_columns { output_name(&path.to_string_lossy(), Some(Form::JsonLines)).into() } else { path }), &bytes)?;
    }
    Ok(sources.len())
}

/// The bodies of a source's own output: under its own name, or with the ending of another form.
fn own_bodies(cleaned: &Path, source: &Path, keys: &Keys) -> Bodies {
    let name = source.to_string_lossy();
    let own = cleaned.join(source);
    let others = Form::WRITTEN.iter().map(|form| cleaned.join(output_name(&name, Some(*form))));
    let path = std::iter::once(own.clone()).chain(others).find(|path| path.is_file());
    Bodies::of(&path.unwrap_or(own), keys)
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> RestoreError {
    let path = path.to_owned();
    move |error| RestoreError::Io(path, error)
}

fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, RestoreError> {
    let file = BufReader::new(File::open(path).map_err(io_error(path))?);
    let mut lines = Vec::new();
    for (number, line) in file.lines().enumerate() {
        let line = line.map_err(io_error(path))?;
        lines.push(serde_json::from_str(&line).map_err(|error| RestoreError::Line(path.to_owned(), number + 1, error))?);
    }
    Ok(lines)
}

/// A source's name as a path that stays below the output folder.
fn inside(name: &str) -> Result<PathBuf, RestoreError> {
    let path = PathBuf::from(if name == "-" { "stdin" } else { name });
    let safe = path.components().all(|part| matches!(part, Component::Normal(_)));
    if safe { Ok(path) } else { Err(RestoreError::Outside(name.to_owned())) }
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), RestoreError> {
    let mut target = Target::file(path).map_err(io_error(path))?;
    target.write(bytes).map_err(io_error(path))?;
    target.finish().map_err(io_error(path))
}

fn rebuild_source(name: &str, records: &[(u64, Known)], bodies: &mut Bodies) -> Result<Vec<u8>, RestoreError> {
    let mut out = Vec::new();
    let mut wide = None;
    for (offset, known) in records {
        let unfit = |id: &str| RestoreError::Unfit(id.to_owned(), name.to_owned());
        match known {
            Known::Refused(line) => out.extend(unpack(&line.bytes).ok_or_else(|| unfit(&offset.to_string()))?),
            Known::Cleaned(line) if line.form == REST => out.extend(line.original.as_deref().and_then(unpack).ok_or_else(|| unfit("rest"))?),
            // A copy that was dropped has no line in the output.
            Known::Cleaned(line) if line.dropped => out.extend(line.original.as_deref().and_then(unpack).ok_or_else(|| unfit(&line.id))?),
            Known::Cleaned(line) => {
                let body = bodies.next().ok_or_else(|| unfit(&line.id))?.map_err(|reason| RestoreError::Bodies(name.to_owned(), reason))?;
                out.extend(rebuild_record(line, &body).ok_or_else(|| unfit(&line.id))?);
                if line.line.is_some() && line.encoding.starts_with("UTF-16") {
                    wide = Some(line);
                }
            }
        }
    }
    // A table in UTF-16 was decoded as a whole before it was cut.
    if let Some(encoding) = wide.and_then(|line| encoding_rs::Encoding::for_label(line.encoding.as_bytes()))
        && let Ok(text) = std::str::from_utf8(&out)
    {
        return Ok(encode(text, &Decoding { encoding: encoding.name(), mark: true, replaced: 0 }));
    }
    Ok(out)
}

fn rebuild_record(line: &AuditLine, body: &str) -> Option<Vec<u8>> {
    let in_columns = Form::named(&line.form).is_some_and(Form::is_columns);
    if in_columns {
        let (key, cell) = match &line.original {
            Some(page) => ("html", String::from_utf8(unpack(page)?).ok()?),
            None => ("text", rebuild(body, &line.spans)?),
        };
        return Some(row_line(&line.id, key, &cell).into_bytes());
    }
    if let Some(original) = &line.original {
        return unpack(original);
    }
    let text = rebuild(body, &line.spans)?;
    if let Some(frame) = &line.frame {
        return Some([&frame.before, frame.style.write(&text).as_str(), &frame.after].concat().into_bytes());
    }
    let encoding = encoding_rs::Encoding::for_label(line.encoding.as_bytes())?.name();
    Some(encode(&text, &Decoding { encoding, mark: line.mark, replaced: 0 }))
}
