//! Keeps a journal on a thread of its own: brings what a state speaks of to the disk, then notes the state.
//!
//! In: states and the files that each speaks of. Out: lines of the journal. A disk takes a tenth of a second and more to bring files to rest,
//! and nobody waits for it: while it works the run goes on, and of the states that come meanwhile only the newest is noted.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde::Serialize;

use super::Checkpoint;
use crate::write::target::part_of;

/// Files that may not be on the disk yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fresh {
    /// Outputs, open or finished, by the names that they have when they are whole.
    pub files: Vec<PathBuf>,
    /// Below this folder more were finished than are worth naming.
    pub folder: Option<PathBuf>,
}

impl Fresh {
    /// Brings all of them to the disk. Whole folders only on Linux, which can do so for a file system at once.
    pub fn settle(&self) -> io::Result<()> {
        if let Some(folder) = &self.folder {
            settle_all(folder)?;
        }
        for path in &self.files {
            let open = |path: &Path| OpenOptions::new().write(true).open(path);
            match open(&part_of(path)).or_else(|_| open(path)) {
                Ok(file) => file.sync_data()?,
                // Nothing was written of it, or it may not be opened again: then it is as safe as any other program's file.
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn add(&mut self, later: Fresh) {
        let new = later.files.into_iter().filter(|path| !self.files.contains(path)).collect::<Vec<_>>();
        self.files.extend(new);
        self.folder = later.folder.or(self.folder.take());
    }
}

#[cfg(target_os = "linux")]
fn settle_all(folder: &Path) -> io::Result<()> {
    match rustix::fs::syncfs(File::open(folder)?) {
        // File systems of containers may lack it.
        Err(rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL) => Ok(()),
        other => Ok(other?),
    }
}

#[cfg(not(target_os = "linux"))]
fn settle_all(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Adds a line and brings it to the disk.
pub(super) fn add_line<T: Serialize>(file: &mut File, line: &T) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    file.write_all(&bytes)?;
    file.sync_data()
}

/// What the run and the thread share.
#[derive(Default)]
struct Desk {
    waiting: Option<(Checkpoint, Fresh)>,
    /// Nothing more will come.
    ended: bool,
    failed: Option<io::Error>,
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, desk: MutexGuard<'a, Desk>) -> MutexGuard<'a, Desk> {
        self.changed.wait(desk).unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes states as they come.
    fn keep(&self, file: &mut File) {
        let mut desk = self.desk();
        loop {
            let Some((state, fresh)) = desk.waiting.take() else {
                if desk.ended {
                    return;
                }
                desk = self.wait(desk);
                continue;
            };
            drop(desk);
            let noted = fresh.settle().and_then(|()| add_line(file, &state));
            desk = self.desk();
            desk.failed = desk.failed.take().or(noted.err());
        }
    }
}

/// The run's side of the thread.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Keeps a journal whose head is written.
    pub(super) fn new(mut file: File) -> Self {
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        Keeper { shared, thread: Some(std::thread::spawn(move || theirs.keep(&mut file))) }
    }

    /// Hands a state over; tells of an earlier one that could not be noted.
    pub(super) fn note(&self, state: Checkpoint, fresh: Fresh) -> io::Result<()> {
        let mut desk = self.shared.desk();
        if let Some(error) = desk.failed.take() {
            return Err(error);
        }
        let (state, fresh) = match desk.waiting.take() {
            Some((before, mut older)) => {
                older.add(fresh);
                (state.after(Some(before)), older)
            }
            None => (state, fresh),
        };
        desk.waiting = Some((state, fresh));
        self.shared.changed.notify_all();
        Ok(())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let mut desk = self.shared.desk();
        desk.waiting = None;
        desk.ended = true;
        drop(desk);
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It does not panic: there is nothing in it that could.
            let _ = thread.join();
        }
    }
}
