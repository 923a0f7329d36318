//! The survey's file: JSON Lines, sorted, compressed as its name says; docs/survey.md describes it for other programs.
//!
//! In: merged counts. Out: a header line, a line that says in how many documents each word stands, then for each group a line with
//! the number of its documents, its titles, leads, lines and endings.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::frequency::{Frequencies, Line as Words};
use super::gather::{COMMON, Gathered, gather_streams};
use super::row::{Row, write_row};
use super::runs::{Run, Stream};
use crate::read::{Form, Source, open};

/// Version of the format.
pub const VERSION: u32 = 3;

/// Lines before the first row.
const FRONT: u64 = 2;

/// The first line of a survey.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub struct Header {
    /// Always `survey`.
    pub naqi: String,
    /// Version of the format.
    pub version: u32,
    /// Version of the normalisation and its date words.
    pub normalisation: String,
    /// What documents are grouped by: `host`, `folder`, `file` or a JSON key.
    pub group_by: String,
    /// Groups in the file.
    pub groups: u64,
    /// Documents surveyed.
    pub documents: u64,
    /// Entries below.
    pub entries: u64,
    /// The first so many of them are all that cleaning needs; behind them stand, in the same order, lines of one document.
    pub common: u64,
    /// Lines, endings and openings of fewer documents may be missing. 1: none is.
    pub complete_from: u64,
}

/// What every version's header says.
#[derive(Deserialize)]
struct Named {
    naqi: String,
    version: u32,
}

/// What becomes of rows for openings of lines that stand behind the common rows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sums {
    Given,
    LeftOut,
}

/// A survey on disk that is being read: its common rows.
pub struct SurveyReader {
    path: PathBuf,
    lines: Box<dyn BufRead>,
    line: u64,
    text: Vec<u8>,
    /// Room for the next key.
    next: Vec<u8>,
    /// Behind this row it ends ...
    end: u64,
    /// ... and these rows, which only sum up what stands behind the common ones, are left out.
    sums: Sums,
    /// Its first line.
    pub header: Header,
    /// Its second: in how many documents each word stands.
    pub words: Frequencies,
}

impl SurveyReader {
    /// Opens a survey and reads its header.
    pub fn open(path: &Path) -> io::Result<Self> {
        let source = Source::file(path.to_owned(), path.display().to_string(), Form::JsonLines, 0);
        let mut lines = open(&source).map_err(|error| io::Error::new(error.kind(), format!("survey '{}' cannot be read: {error}", path.display())))?;
        let mut text = Vec::new();
        lines.read_until(b'\n', &mut text).map_err(|error| damaged(path, 1, &error))?;
        // Headers of other versions may have other keys.
        let named: Named = serde_json::from_slice(&text)
            .map_err(|error| wrong(path, 1, &format!("no header of a survey ({error}); make one with `naqi survey DUMP -o FILE`")))?;
        if named.naqi != "survey" || named.version != VERSION {
            let why =
                format!("this is version {} of '{}', expected version {VERSION} of 'survey'; make it again with `naqi survey`", named.version, named.naqi);
            return Err(wrong(path, 1, &why));
        }
        let header: Header = serde_json::from_slice(&text).map_err(|error| wrong(path, 1, &format!("no header of a survey ({error})")))?;
        if header.common > header.entries {
            return Err(wrong(path, 1, &format!("{} rows cannot hold {} common ones; make it again with `naqi survey`", header.entries, header.common)));
        }
        let (end, words) = (header.common, Frequencies::default());
        let mut reader = SurveyReader { path: path.to_owned(), lines, line: 1, text, next: Vec::new(), end, sums: Sums::Given, header, words };
        reader.read_line()?;
        let line: Words = serde_json::from_slice(&reader.text).map_err(|error| wrong(path, 2, &format!("no counts of words ({error})")))?;
        reader.words = Frequencies::of_line(&line).ok_or_else(|| wrong(path, 2, "counts of another number of words; make it again with `naqi survey`"))?;
        Ok(reader)
    }

    /// The same survey with every line of one document: two streams, to be merged.
    pub fn whole(mut self) -> io::Result<Vec<Box<dyn Stream>>> {
        if self.header.common == self.header.entries {
            return Ok(vec![Box::new(self)]);
        }
        let mut rare = SurveyReader::open(&self.path)?;
        while rare.rows() < rare.header.common {
            rare.read_line()?;
        }
        rare.end = rare.header.entries;
        self.sums = Sums::LeftOut;
        Ok(vec![Box::new(self), Box::new(rare)])
    }

    /// Rows that were read.
    fn rows(&self) -> u64 {
        self.line - FRONT
    }

    /// Reads the next line; an error when the file ends before.
    fn read_line(&mut self) -> io::Result<()> {
        self.text.clear();
        self.line += 1;
        match self.lines.read_until(b'\n', &mut self.text).map_err(|error| damaged(&self.path, self.line, &error))? {
            0 => Err(self.cut((self.line - 1).saturating_sub(FRONT))),
            _ => Ok(()),
        }
    }

    /// Refuses a survey that was made with another normalisation.
    pub fn check(&self, fingerprint: &str) -> io::Result<()> {
        if self.header.normalisation == fingerprint {
            return Ok(());
        }
        let why = format!(
            "the survey was made with normalisation {}, this naqi and its word list `date-words` make {fingerprint}: its words could not be found again; make it again with `naqi survey`",
            self.header.normalisation
        );
        Err(wrong(&self.path, 1, &why))
    }

    fn cut(&self, rows: u64) -> io::Error {
        let why = format!("{rows} rows stand here, and the header says {}: the survey is not whole; copy it again, or make it again", self.header.entries);
        wrong(&self.path, self.line, &why)
    }
}

fn damaged(path: &Path, line: u64, error: &io::Error) -> io::Error {
    wrong(path, line, &format!("the survey is cut off or damaged here ({error}); copy it again, or make it again with `naqi survey`"))
}

fn wrong(path: &Path, line: u64, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}:{line}: {why}", path.display()))
}

impl Stream for SurveyReader {
    fn next(&mut self, key: &mut Vec<u8>) -> io::Result<Option<u64>> {
        while self.rows() < self.end {
            self.read_line()?;
            let text = simdutf8::basic::from_utf8(&self.text).map_err(|error| damaged(&self.path, self.line, &io::Error::other(error)))?;
            let row = Row::read(text).map_err(|error| wrong(&self.path, self.line, &format!("no row of a survey: {error}")))?;
            if row.is_open() && self.sums == Sums::LeftOut {
                continue;
            }
            row.write_key(&mut self.next);
            if self.next <= *key {
                return Err(wrong(&self.path, self.line, "the rows are not sorted by group, kind and words; sort them as docs/survey.md says"));
            }
            std::mem::swap(&mut self.next, key);
            return Ok(Some(row.documents));
        }
        if self.end == self.header.entries && !self.lines.fill_buf().map_err(|error| damaged(&self.path, self.line, &error))?.is_empty() {
            return Err(self.cut(self.rows() + 1));
        }
        Ok(None)
    }
}

/// What a survey is about, for its header.
#[derive(Clone, Debug)]
pub struct About {
    /// Version of the normalisation and its date words.
    pub normalisation: String,
    /// What documents are grouped by.
    pub group_by: String,
    /// Lines and openings of fewer documents are missing already.
    pub complete_from: u64,
    /// Only what cleaning needs is written.
    pub common_only: bool,
}

/// Merges surveys that were made alike; at most about `most` entries are kept.
pub fn merge_files(paths: &[PathBuf], most: u64) -> io::Result<(Gathered, About)> {
    let readers: Vec<SurveyReader> = paths.iter().map(|path| SurveyReader::open(path)).collect::<io::Result<_>>()?;
    let Some(first) = readers.first() else { return Err(io::Error::other("no survey to merge")) };
    for reader in &readers {
        reader.check(&first.header.normalisation)?;
        if reader.header.group_by != first.header.group_by {
            let why = format!(
                "grouped by '{}', but '{}' by '{}'; survey both with the same --group-key",
                reader.header.group_by,
                paths[0].display(),
                first.header.group_by
            );
            return Err(wrong(&reader.path, 1, &why));
        }
    }
    let about = About {
        normalisation: first.header.normalisation.clone(),
        group_by: first.header.group_by.clone(),
        // What each part left out may add up.
        complete_from: 1 + readers.iter().map(|reader| reader.header.complete_from - 1).sum::<u64>(),
        common_only: false,
    };
    // Where a part does not say in how many documents its words stand, the whole cannot.
    let mut words = Frequencies::default();
    if readers.iter().all(|reader| reader.header.documents == 0 || !reader.words.is_empty()) {
        readers.iter().for_each(|reader| words.add(&reader.words));
    }
    let mut streams = Vec::new();
    for reader in readers {
        streams.extend(reader.whole()?);
    }
    Ok((Gathered { words, ..gather_streams(streams, most)? }, about))
}

/// Writes gathered counts as a survey; returns its header.
pub fn write(found: &Gathered, about: &About, mut out: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<Header> {
    let complete_from = about.complete_from.max(found.complete_from);
    // Where lines are missing already, openings that stand for them cannot be told from sums of lines of one document.
    let common = found.common.as_ref().filter(|_| complete_from == 1);
    let (size, run) = common.map_or((found.size, &found.run), |(run, size)| (*size, run));
    let rare = common.filter(|_| !about.common_only).map_or(0, |(_, size)| found.size.entries - size.closed());
    let header = Header {
        naqi: "survey".into(),
        version: VERSION,
        normalisation: about.normalisation.clone(),
        group_by: about.group_by.clone(),
        groups: size.groups,
        documents: size.documents,
        entries: size.entries + rare,
        common: size.entries,
        complete_from: if about.common_only { complete_from.max(COMMON) } else { complete_from },
    };
    let mut buffer = serde_json::to_vec(&header)?;
    buffer.push(b'\n');
    serde_json::to_writer(&mut buffer, &found.words.to_line())?;
    buffer.push(b'\n');
    let mut push = |key: &[u8], count| -> io::Result<()> {
        write_row(key, count, &mut buffer).ok_or_else(|| io::Error::other("a temporary file of the survey was damaged; run it again"))?;
        if buffer.len() > 1 << 16 {
            out(&buffer)?;
            buffer.clear();
        }
        Ok(())
    };
    let mut key = Vec::new();
    let mut reader = run.open()?;
    while let Some(count) = reader.next(&mut key)? {
        push(&key, count)?;
    }
    if rare > 0 {
        each_rare(&found.run, run, push)?;
    }
    out(&buffer)?;
    Ok(header)
}

/// Gives every row of a run that is not among the common ones.
fn each_rare(all: &Run, common: &Run, mut each: impl FnMut(&[u8], u64) -> io::Result<()>) -> io::Result<()> {
    let (mut all, mut common) = (all.open()?, common.open()?);
    let (mut key, mut other) = (Vec::new(), Vec::new());
    let mut next = common.next(&mut other)?;
    while let Some(count) = all.next(&mut key)? {
        while next.is_some() && other < key {
            next = common.next(&mut other)?;
        }
        if next.is_none() || other != key {
            each(&key, count)?;
        }
    }
    Ok(())
}
