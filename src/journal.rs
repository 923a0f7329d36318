//! The journal of a run: what a later run needs to go on where this one was killed.
//!
//! In: a fingerprint of inputs, rules and options, and [`Checkpoint`]s. Out: a file of JSON lines beside the output, each a state in which all
//! outputs were on the disk. The last whole line counts; of what writers must know it holds
//! what is new since the line before. The file is locked while a run writes, so that no two write the same output, and gone
//! when the run is done. Lines are written behind the run's back (`keeper.rs`).

mod keeper;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::report::Totals;
use crate::write::Mark;
pub use keeper::Fresh;
use keeper::{Keeper, add_line};

/// A state of a run: everything before it is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct Checkpoint {
    /// The source that is being read.
    pub source: usize,
    /// Its pieces that are done.
    pub pieces: u64,
    /// The output of that source, where each has its own and it is begun.
    #[serde(default)]
    pub own: Option<Own>,
    /// The output that all sources share.
    #[serde(default)]
    pub shared: Mark,
    /// Bytes of the audit.
    pub audit: u64,
    /// Bytes of the quarantine.
    pub quarantine: u64,
    /// Bytes of the report of copies.
    pub duplicates: u64,
    /// Counts.
    pub totals: Totals,
}

/// An output of one source.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Own {
    /// Its name below the output folder.
    pub name: String,
    /// The name of its form.
    pub form: String,
    /// Later records may have keys that the first ones lack.
    pub open: bool,
    /// The name of its audit, where each source has its own.
    pub audit: Option<String>,
    /// How far it is written.
    pub mark: Mark,
}

impl Checkpoint {
    /// This state with the notes of the one before it: a line holds only what is new.
    fn after(mut self, before: Option<Checkpoint>) -> Self {
        let Some(before) = before else { return self };
        let add = |old: Mark, new: &mut Mark| new.notes = [old.notes, std::mem::take(&mut new.notes)].concat();
        add(before.shared, &mut self.shared);
        if let (Some(old), Some(new)) = (before.own, &mut self.own)
            && old.name == new.name
        {
            add(old.mark, &mut new.mark);
        }
        self
    }
}

/// The first line: what run this is.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    /// Of inputs, rules, settings and options.
    fingerprint: u64,
    /// When it began, in seconds since 1970.
    began: u64,
}

/// Why a journal cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be read or written.
    #[error("the output cannot be written: its journal '{0}' cannot be kept: {1}")]
    Io(PathBuf, io::Error),
    /// Another run has it.
    #[error("another naqi writes this output ('{0}' is locked); wait for it to end, or choose another place with -o")]
    Locked(PathBuf),
    /// The run before was another one.
    #[error("the run that '{0}' tells of had other inputs, rules, settings or options; give the same ones, or run without --resume to start anew")]
    Other(PathBuf),
}

/// An open journal.
pub struct Journal {
    path: PathBuf,
    keeper: Keeper,
}

impl Journal {
    /// Opens the journal of a run. With `resume`, also the state in which the last run with this fingerprint was left, if there is one;
    /// with it, when that run began (seconds since 1970).
    pub fn open(path: &Path, fingerprint: u64, resume: bool) -> Result<(Self, Option<(Checkpoint, u64)>), JournalError> {
        let failed = |error| JournalError::Io(path.to_owned(), error);
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::Locked(path.to_owned())),
            // A file system without locks: the run goes on without one.
            Err(TryLockError::Error(_)) => {}
        }
        let (head, last, len) = if resume { last_state(&file).map_err(failed)? } else { (None, None, 0) };
        if let (Some(head), Some(last)) = (&head, last) {
            if head.fingerprint != fingerprint {
                return Err(JournalError::Other(path.to_owned()));
            }
            file.set_len(len).and_then(|()| file.seek(io::SeekFrom::End(0))).map_err(failed)?;
            return Ok((Journal { path: path.to_owned(), keeper: Keeper::new(file) }, Some((last, head.began))));
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
        let began = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_secs());
        add_line(&mut file, &Head { fingerprint, began }).map_err(failed)?;
        Ok((Journal { path: path.to_owned(), keeper: Keeper::new(file) }, None))
    }

    /// Adds a state, once the files that it speaks of are on the disk, and without waiting for that. Fails with the error of an earlier state.
    pub fn note(&mut self, checkpoint: Checkpoint, fresh: Fresh) -> io::Result<()> {
        self.keeper.note(checkpoint, fresh)
    }

    /// The run is done: nothing is left to take up.
    pub fn close(self) -> io::Result<()> {
        drop(self.keeper);
        std::fs::remove_file(&self.path)
    }
}

/// The head, the last state and the length up to its end. A last line without its end was being written when the run was killed.
fn last_state(file: &File) -> io::Result<(Option<Head>, Option<Checkpoint>, u64)> {
    let mut reader = BufReader::new(file);
    let (mut head, mut last, mut len, mut good) = (None, None::<Checkpoint>, 0, 0);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
        len += line.len() as u64;
        if head.is_none() {
            head = serde_json::from_slice(&line).ok();
        } else if let Ok(checkpoint) = serde_json::from_slice::<Checkpoint>(&line) {
            last = Some(checkpoint.after(last.take()));
            good = len;
        }
        line.clear();
    }
    Ok((head, last, good))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_state_is_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, output) = (folder.path().join("journal"), folder.path().join("out.jsonl"));
        std::fs::write(&output, "some").expect("written");
        let (mut journal, left) = Journal::open(&path, 7, false).expect("opened");
        assert!(left.is_none());
        for pieces in 1..=50 {
            let shared = Mark { len: pieces, notes: vec![pieces.to_string()] };
            let fresh = Fresh { files: vec![output.clone(), folder.path().join("gone")], folder: Some(folder.path().to_owned()) };
            journal.note(Checkpoint { pieces, shared, ..Checkpoint::default() }, fresh).expect("taken");
        }
        // States are noted in a moment, and only the newest of those that wait; notes of the others go with it.
        let mut last = Checkpoint::default();
        for _ in 0..2000 {
            (_, last) = last_state(&File::open(&path).expect("there")).map(|(_, last, _)| ((), last.unwrap_or_default())).expect("read");
            if last.pieces == 50 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(last.pieces, 50);
        assert_eq!(last.shared.notes, (1..=50).map(|note: u64| note.to_string()).collect::<Vec<_>>());
        assert!(matches!(Journal::open(&path, 7, true), Err(JournalError::Locked(_))));
        drop(journal);
        let (_, left) = Journal::open(&path, 7, true).expect("opened");
        assert_eq!(left.map(|(state, _)| state), Some(last));
        assert!(matches!(Journal::open(&path, 8, true), Err(JournalError::Other(_))));
    }
}
