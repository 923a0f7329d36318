//! The survey's file: JSON Lines, sorted, compressed as its name says; docs/survey.md describes it for other programs.
//!
//! In: merged counts. Out: a header line, then for each group a line with the number of its documents, its titles, leads, lines and
//! endings.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::gather::{Gathered, gather_streams};
use super::key::{BLANK, Kind, OPEN, REST, begin, end, parts, split_mark};
use super::runs::Stream;
use crate::read::{Form, Source, open};

/// Version of the format.
pub const VERSION: u32 = 1;

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
    /// Lines, endings and openings of fewer documents may be missing. 1: none is.
    pub complete_from: u64,
}

/// Text that stands in the line it was read from, where it holds no escapes.
#[derive(Debug, Serialize, Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(Borrowing)
    }
}

/// A line of the file behind the header.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row<'a> {
    #[serde(borrow)]
    group: Text<'a>,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    title: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    lead: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    line: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    tail: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    rest: Option<Text<'a>>,
    #[serde(skip_serializing_if = "is_default", default)]
    open: bool,
    #[serde(skip_serializing_if = "is_default", default)]
    shared: u8,
    documents: u64,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Appends the words from the last to the first.
fn push_backwards(words: &[u8], out: &mut Vec<u8>) {
    let mut end = words.len();
    while let Some(blank) = memchr::memrchr(BLANK, &words[..end]) {
        out.extend_from_slice(&words[blank + 1..end]);
        out.push(BLANK);
        end = blank;
    }
    out.extend_from_slice(&words[..end]);
}

impl<'a> Row<'a> {
    fn of(key: &'a [u8], documents: u64) -> Option<Row<'a>> {
        let found = parts(key)?;
        let text = |bytes: &'a [u8]| std::str::from_utf8(bytes).ok().map(|text| Text(Cow::Borrowed(text)));
        let mut row = Row { group: text(found.group)?, shared: found.shared, documents, ..Row::default() };
        let (plain, mark) = split_mark(found.words);
        match mark {
            Some([REST, hash @ ..]) => row.rest = Some(text(hash)?),
            Some(_) => row.open = true,
            None => {}
        }
        match found.kind {
            Kind::Documents => {}
            Kind::Title => row.title = Some(text(plain)?),
            Kind::Lead => row.lead = Some(text(plain)?),
            Kind::Line => row.line = Some(text(plain)?),
            Kind::Tail => {
                let mut natural = Vec::with_capacity(plain.len());
                push_backwards(plain, &mut natural);
                row.tail = Some(Text(Cow::Owned(String::from_utf8(natural).ok()?)));
            }
        }
        Some(row)
    }

    fn write_key(&self, key: &mut Vec<u8>) {
        let (kind, words) = match (&self.title, &self.lead, &self.line, &self.tail) {
            (Some(title), ..) => (Kind::Title, &*title.0),
            (_, Some(lead), ..) => (Kind::Lead, &*lead.0),
            (.., Some(line), _) => (Kind::Line, &*line.0),
            (.., Some(tail)) => (Kind::Tail, &*tail.0),
            _ => (Kind::Documents, ""),
        };
        begin(key, self.group.0.as_bytes(), kind);
        if kind == Kind::Tail {
            push_backwards(words.as_bytes(), key);
        } else {
            key.extend_from_slice(words.as_bytes());
        }
        if let Some(hash) = &self.rest {
            key.extend_from_slice(&[BLANK, REST]);
            key.extend_from_slice(hash.0.as_bytes());
        } else if self.open {
            key.extend_from_slice(&[BLANK, OPEN]);
        }
        if matches!(kind, Kind::Line | Kind::Tail) {
            end(key, self.shared);
        }
    }
}

/// A survey on disk that is being read.
pub struct SurveyReader {
    path: PathBuf,
    lines: Box<dyn BufRead>,
    line: u64,
    text: String,
    last: Vec<u8>,
    /// Its first line.
    pub header: Header,
}

impl SurveyReader {
    /// Opens a survey and reads its header.
    pub fn open(path: &Path) -> io::Result<Self> {
        let source = Source::file(path.to_owned(), path.display().to_string(), Form::JsonLines, 0);
        let mut lines = open(&source).map_err(|error| io::Error::new(error.kind(), format!("survey '{}' cannot be read: {error}", path.display())))?;
        let mut text = String::new();
        lines.read_line(&mut text).map_err(|error| damaged(path, 1, &error))?;
        let header: Header = serde_json::from_str(&text)
            .map_err(|error| wrong(path, 1, &format!("no header of a survey ({error}); make one with `naqi survey DUMP -o FILE`")))?;
        if header.naqi != "survey" || header.version != VERSION {
            return Err(wrong(
                path,
                1,
                &format!("this is version {} of '{}', expected version {VERSION} of 'survey'; make it again with `naqi survey`", header.version, header.naqi),
            ));
        }
        Ok(SurveyReader { path: path.to_owned(), lines, line: 1, text, last: Vec::new(), header })
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
        self.text.clear();
        self.line += 1;
        if self.lines.read_line(&mut self.text).map_err(|error| damaged(&self.path, self.line, &error))? == 0 {
            let rows = self.line - 2;
            return if rows == self.header.entries { Ok(None) } else { Err(self.cut(rows)) };
        }
        let row: Row<'_> = serde_json::from_str(&self.text).map_err(|error| wrong(&self.path, self.line, &format!("no row of a survey: {error}")))?;
        row.write_key(key);
        if *key <= self.last {
            return Err(wrong(&self.path, self.line, "the rows are not sorted by group, kind and words; sort them as docs/survey.md says"));
        }
        self.last.clone_from(key);
        Ok(Some(row.documents))
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
    };
    let gathered = gather_streams(readers.into_iter().map(|reader| Box::new(reader) as Box<dyn Stream>).collect(), u64::MAX, most)?;
    Ok((gathered, about))
}

/// Writes gathered counts as a survey; returns its header.
pub fn write(found: &Gathered, about: &About, mut out: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<Header> {
    let header = Header {
        naqi: "survey".into(),
        version: VERSION,
        normalisation: about.normalisation.clone(),
        group_by: about.group_by.clone(),
        groups: found.size.groups,
        documents: found.size.documents,
        entries: found.size.entries,
        complete_from: about.complete_from.max(found.complete_from),
    };
    let mut buffer = serde_json::to_vec(&header)?;
    buffer.push(b'\n');
    let mut reader = found.run.open()?;
    let mut key = Vec::new();
    while let Some(count) = reader.next(&mut key)? {
        let row = Row::of(&key, count).ok_or_else(|| io::Error::other("a temporary file of the survey was damaged; run it again"))?;
        serde_json::to_writer(&mut buffer, &row)?;
        buffer.push(b'\n');
        if buffer.len() > 1 << 16 {
            out(&buffer)?;
            buffer.clear();
        }
    }
    out(&buffer)?;
    Ok(header)
}
