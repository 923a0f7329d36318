//! Counts in one run that is not too long: what fewest documents have gives way first.
//!
//! In: sorted runs of counts, or surveys that are read back. Out: one run, in which lines, openings and endings of fewer documents than
//! `complete_from` are missing; their counts stay with the openings that they have in common with others, so the counts of all that is
//! kept stay exact. Titles and leads say something of one document each, so they are not pruned by count: where they are too
//! many, those stay whose hash says so, whatever the order.

use std::io;

use super::branch::{Branches, Visit};
use super::frequency::Frequencies;
use super::key::{BLANK, Kind, OPEN, begin, end, is_open, parts};
use super::runs::{Run, RunWriter, Stream, merge, open_all};
use super::words::hash_of;

/// Numbers of a survey, for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Groups.
    pub groups: u64,
    /// Documents.
    pub documents: u64,
    /// Entries.
    pub entries: u64,
    /// Those of them that are titles and leads.
    pub stories: u64,
    /// Those of them that are mere openings, which stand for lines that were left out.
    pub open: u64,
}

impl Size {
    fn count(&mut self, key: &[u8], count: u64) {
        self.entries += 1;
        match parts(key).map(|parts| parts.kind) {
            Some(Kind::Documents) => {
                self.groups += 1;
                self.documents += count;
            }
            Some(Kind::Title | Kind::Lead) => self.stories += 1,
            _ => self.open += u64::from(is_open(key)),
        }
    }

    /// The entries that are no mere openings.
    pub fn closed(&self) -> u64 {
        self.entries - self.open
    }

    fn has_many_lines(&self, most: u64) -> bool {
        self.entries - self.stories - self.groups > most
    }
}

/// Counts in one run, and from how many documents on they are complete.
pub struct Gathered {
    /// The counts.
    pub run: Run,
    /// How many there are.
    pub size: Size,
    /// Lines, openings and endings of fewer documents may be missing.
    pub complete_from: u64,
    /// Where none is missing: the same without lines of one document, and how many entries that has.
    pub common: Option<(Run, Size)>,
    /// In how many documents each word stands.
    pub words: Frequencies,
}

/// Lines of fewer documents are no template by any settings that make sense.
pub const COMMON: u64 = 2;

/// Merges runs to one of at most about `most` entries, titles and leads apart, of which there are as many at most. Rarer lines give way: first
/// those of one document, then of fewer than four, eight and so on. A run of all entries is given up as soon as it is too long.
pub fn gather(mut runs: Vec<Run>, most: u64) -> io::Result<Gathered> {
    let streams = open_all(&runs)?;
    // One run is the run of all, and need not be written again.
    let only = if runs.len() == 1 { runs.pop() } else { None };
    gather_all(streams, only, most)
}

/// The same for streams.
pub(super) fn gather_streams(streams: Vec<Box<dyn Stream + '_>>, most: u64) -> io::Result<Gathered> {
    gather_all(streams, None, most)
}

fn gather_all(streams: Vec<Box<dyn Stream + '_>>, only: Option<Run>, most: u64) -> io::Result<Gathered> {
    let mut all = if only.is_some() { None } else { Some(RunWriter::new()?) };
    let mut common = RunWriter::new()?;
    let mut pruning = Pruning::new(&mut common, COMMON, 1);
    let mut size = Size::default();
    merge(streams, |key, count| {
        size.count(key, count);
        if size.has_many_lines(most) || size.stories > most {
            all = None;
        }
        if let Some(all) = &mut all {
            all.push(key, count)?;
        }
        pruning.push(key, count)
    })?;
    let kept = pruning.finish()?;
    let common = common.finish()?;
    let fits = !size.has_many_lines(most) && size.stories <= most;
    let all = all.map(RunWriter::finish).transpose()?.or(only);
    if let Some(run) = all.filter(|_| fits) {
        return Ok(Gathered { run, size, complete_from: 1, common: Some((common, kept)), words: Frequencies::default() });
    }
    let mut found = Gathered { run: common, size: kept, complete_from: COMMON, common: None, words: Frequencies::default() };
    let mut one_of = 1;
    loop {
        let too_long = found.size.has_many_lines(most) && 2 * found.complete_from < size.documents;
        let too_many = found.size.stories > most;
        if !too_long && !too_many {
            return Ok(found);
        }
        let least = if too_long { 2 * found.complete_from } else { found.complete_from };
        one_of *= if too_many { 2 } else { 1 };
        found = found.pruned(least, one_of)?;
    }
}

impl Gathered {
    /// Documents of the group without a name.
    pub fn nameless(&self) -> io::Result<u64> {
        let mut key = Vec::new();
        let first = self.run.open()?.next(&mut key)?;
        // Groups stand in the order of their names, and the number of documents stands first.
        Ok(first.filter(|_| key.first() == Some(&0)).unwrap_or(0))
    }

    fn pruned(&self, least: u64, one_of: u64) -> io::Result<Gathered> {
        let mut writer = RunWriter::new()?;
        let mut pruning = Pruning::new(&mut writer, least, one_of);
        let mut reader = self.run.open()?;
        let mut key = Vec::new();
        while let Some(count) = reader.next(&mut key)? {
            pruning.push(&key, count)?;
        }
        let size = pruning.finish()?;
        Ok(Gathered { run: writer.finish()?, size, complete_from: least, common: None, words: Frequencies::default() })
    }
}

/// Writes what stays of one group and kind.
struct Pruned<'w> {
    group: Vec<u8>,
    kind: Kind,
    writer: &'w mut RunWriter,
    key: Vec<u8>,
    size: Size,
}

impl Pruned<'_> {
    fn push_as_it_is(&mut self, key: &[u8], count: u64) -> io::Result<()> {
        self.size.count(key, count);
        self.writer.push(key, count)
    }

    fn push(&mut self, words: &[u8], open: bool, counts: &[(u8, u64)]) -> io::Result<()> {
        for &(shared, count) in counts {
            begin(&mut self.key, &self.group, self.kind);
            self.key.extend_from_slice(words);
            if open {
                self.key.extend_from_slice(&[BLANK, OPEN]);
            }
            end(&mut self.key, shared);
            self.size.count(&self.key, count);
            self.writer.push(&self.key, count)?;
        }
        Ok(())
    }
}

impl Visit for Pruned<'_> {
    fn line(&mut self, words: &[u8], counts: &[(u8, u64)]) -> io::Result<()> {
        self.push(words, false, counts)
    }

    fn opening(&mut self, words: &[u8], _: u8, _: u64, dropped: &[(u8, u64)]) -> io::Result<()> {
        self.push(words, true, dropped)
    }
}

/// Leaves out lines of fewer documents than `least`; their counts stay with the openings that they have in common.
struct Pruning<'w> {
    walk: Branches,
    kept: Pruned<'w>,
    /// What fewer documents have goes.
    least: u64,
    /// One of so many titles and leads stays.
    one_of: u64,
}

impl<'w> Pruning<'w> {
    fn new(writer: &'w mut RunWriter, least: u64, one_of: u64) -> Self {
        let kept = Pruned { group: Vec::new(), kind: Kind::Documents, writer, key: Vec::new(), size: Size::default() };
        Pruning { walk: Branches::new(least), kept, least, one_of }
    }

    fn push(&mut self, key: &[u8], count: u64) -> io::Result<()> {
        let Some(parts) = parts(key) else { return Ok(()) };
        if parts.kind != self.kept.kind || parts.group != self.kept.group {
            self.walk.finish(&mut self.kept)?;
            self.kept.group.clear();
            self.kept.group.extend_from_slice(parts.group);
            self.kept.kind = parts.kind;
        }
        match parts.kind {
            Kind::Title | Kind::Lead if self.one_of > 1 && !(hash_of(key.iter().map(|&byte| byte.into())) >> 32).is_multiple_of(self.one_of) => Ok(()),
            Kind::Documents | Kind::Title | Kind::Lead => self.kept.push_as_it_is(key, count),
            Kind::Inside if count < self.least => Ok(()),
            Kind::Inside => self.kept.push_as_it_is(key, count),
            Kind::Line | Kind::Tail => self.walk.push(parts.words, parts.shared, count, &mut self.kept),
        }
    }

    fn finish(mut self) -> io::Result<Size> {
        self.walk.finish(&mut self.kept)?;
        Ok(self.kept.size)
    }
}
