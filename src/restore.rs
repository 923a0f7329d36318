//! Bodies and audit back to the input, byte for byte.
//!
//! In: a folder or file that `naqi clean` wrote, and its audit and quarantine. Out: the input's files (decompressed). Every line of the audit
//! says how its record was stored; a quarantined record comes back from its own bytes, in its place among the others.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Component, Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::decode::encode;
use crate::read::jsonl::Keys;
use crate::read::{Form, Source, open};
use crate::record::Decoding;
use crate::write::audit::{AuditLine, QuarantineLine, json_string, rebuild, unpack};
use crate::write::output::body_of_line;
use crate::write::target::{Target, output_name};

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
    let one_file = cleaned.is_file().then(|| open_lines(cleaned)).transpose()?;
    let mut shared = one_file;
    for (name, records) in &mut sources {
        records.sort_by_key(|(offset, _)| *offset);
        let mut lines = match &mut shared {
            Some(lines) => Bodies::Lines(lines),
            None => Bodies::Folder(cleaned),
        };
        let bytes = rebuild_source(name, records, &mut lines, keys)?;
        let path = to.join(inside(name)?);
        write_file(&path, &bytes)?;
    }
    Ok(sources.len())
}

type Lines = io::Lines<Box<dyn BufRead + Send>>;

/// Where the clean bodies are.
enum Bodies<'a> {
    Lines(&'a mut Lines),
    Folder(&'a Path),
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

fn open_lines(path: &Path) -> Result<Lines, RestoreError> {
    let source = Source { path: Some(path.to_owned()), name: "".into(), form: Form::JsonLines, bytes: 0 };
    Ok(open(&source).map_err(io_error(path))?.lines())
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

fn rebuild_source(name: &str, records: &[(u64, Known)], bodies: &mut Bodies, keys: &Keys) -> Result<Vec<u8>, RestoreError> {
    let mut own_lines = None;
    if let Bodies::Folder(folder) = bodies {
        let is_lines = records.iter().any(|(_, known)| matches!(known, Known::Cleaned(line) if line.form == "jsonl"));
        let as_lines = folder.join(output_name(&inside(name)?.to_string_lossy(), false, "jsonl"));
        if is_lines || as_lines.exists() {
            let same = folder.join(inside(name)?);
            own_lines = Some(open_lines(if is_lines { &same } else { &as_lines })?);
        }
    }
    let mut out = Vec::new();
    for (_, known) in records {
        match known {
            Known::Refused(line) => out.extend(unpack(&line.bytes).ok_or_else(|| RestoreError::Unfit(line.offset.to_string(), name.to_owned()))?),
            // A copy that was dropped has no line in the output.
            Known::Cleaned(line) if line.dropped => {
                let bytes = line.original.as_deref().and_then(unpack);
                out.extend(bytes.ok_or_else(|| RestoreError::Unfit(line.id.clone(), name.to_owned()))?);
            }
            Known::Cleaned(line) => {
                let body = match (&mut own_lines, &mut *bodies) {
                    (Some(lines), _) => next_body(lines, keys),
                    (None, Bodies::Lines(lines)) => next_body(lines, keys),
                    (None, Bodies::Folder(folder)) => {
                        let path = folder.join(output_name(&inside(name)?.to_string_lossy(), line.form == "text", "txt"));
                        let source = Source { path: Some(path.clone()), name: "".into(), form: Form::Text, bytes: 0 };
                        let mut bytes = Vec::new();
                        open(&source).and_then(|mut reader| io::Read::read_to_end(&mut reader, &mut bytes)).map_err(io_error(&path))?;
                        String::from_utf8(bytes).ok()
                    }
                };
                let bytes = body.and_then(|body| rebuild_record(line, &body));
                out.write_all(&bytes.ok_or_else(|| RestoreError::Unfit(line.id.clone(), name.to_owned()))?).map_err(io_error(Path::new(name)))?;
            }
        }
    }
    Ok(out)
}

fn next_body(lines: &mut Lines, keys: &Keys) -> Option<String> {
    body_of_line(&lines.next()?.ok()?, keys)
}

fn rebuild_record(line: &AuditLine, body: &str) -> Option<Vec<u8>> {
    if let Some(original) = &line.original {
        return unpack(original);
    }
    let text = rebuild(body, &line.spans)?;
    if let Some(frame) = &line.frame {
        return Some([&frame.before, json_string(&text, frame.ascii).as_str(), &frame.after].concat().into_bytes());
    }
    let encoding = encoding_rs::Encoding::for_label(line.encoding.as_bytes())?.name();
    Some(encode(&text, &Decoding { encoding, mark: line.mark, replaced: 0 }))
}
