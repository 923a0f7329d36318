//! Where a run's finished pieces go: bodies, audit, quarantine, journal and progress.
//!
//! In: pieces in input order. Out: files that appear when they are whole. After every `run.checkpoint-bytes` of input all files are brought
//! to the disk and the journal notes their lengths; a later run cuts them there and goes on.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use indicatif::ProgressBar;
use naqi::journal::{Checkpoint, Journal};
use naqi::pipeline::Sink;
use naqi::read::{Form, Source};
use naqi::report::Totals;
use naqi::worker::{Done, OutputForm, Worker};
use naqi::write::target::{Target, output_name, part_of};

/// Messages about single records shown before they are only counted.
const MESSAGES: usize = 20;
/// What a piece counts towards the next checkpoint beside its bytes: opening and renaming a small file costs about as much.
const PIECE_COST: u64 = 8192;

/// Where the output goes.
pub(crate) enum Place {
    Nowhere,
    Standard,
    File(PathBuf),
    Folder(PathBuf),
}

/// What a run reads, and where everything goes.
pub(crate) struct Plan {
    pub(crate) sources: Vec<Source>,
    pub(crate) place: Place,
    pub(crate) audit: Option<PathBuf>,
    pub(crate) quarantine: Option<PathBuf>,
    pub(crate) journal: Option<PathBuf>,
}

impl Plan {
    /// The output file of a source, where each has its own.
    fn path_of(&self, worker: &Worker, number: usize) -> Option<PathBuf> {
        let Place::Folder(folder) = &self.place else { return None };
        let source = &self.sources[number];
        let form = worker.output_form(source.form);
        let same = matches!((source.form.is_lines(), form), (false, OutputForm::Text) | (true, OutputForm::JsonLines)) && source.form != Form::Html;
        let ending = if form == OutputForm::Text { "txt" } else { "jsonl" };
        let name = if &*source.name == "-" { "stdin" } else { &source.name };
        Some(folder.join(output_name(name, same, ending)))
    }

    /// Does this piece have an output? A record that could not be read, or is not in the sample, leaves no empty file that looks like a clean one.
    fn writes(&self, done: &Done) -> bool {
        !done.output.is_empty() || done.totals.quarantined != done.totals.records || self.sources[done.source].form.is_lines()
    }

    /// Writes a piece that is a whole file of its own.
    pub(crate) fn write_whole(&self, worker: &Worker, done: &mut Done) {
        if done.number > 0 || !done.last || !self.writes(done) {
            return;
        }
        if let Some(path) = self.path_of(worker, done.source) {
            let write = |bytes: &[u8]| {
                let mut target = open(&path, 0, self.journal.is_some())?;
                target.write(bytes)?;
                target.finish()
            };
            done.written = Some(write(&std::mem::take(&mut done.output)));
        }
    }
}

/// Writes finished pieces to their files.
pub(crate) struct Output<'a> {
    plan: &'a Plan,
    worker: &'a Worker,
    /// The output of the source that is being read, where each has its own.
    own: Option<(usize, Target)>,
    shared: Option<Target>,
    audit: Option<Target>,
    quarantine: Option<Target>,
    journal: Option<Journal>,
    /// What is written, as the next checkpoint will note it.
    state: Checkpoint,
    /// What came since the last checkpoint.
    since: u64,
    bar: ProgressBar,
    shown: usize,
}

/// A file that is begun, or taken up where `len` bytes of it are written. Without a journal nobody can take it up again.
fn open(path: &Path, len: u64, stays: bool) -> io::Result<Target> {
    if stays { Target::resumed(path, len) } else { Target::file(path) }
}

impl<'a> Output<'a> {
    pub(crate) fn new(plan: &'a Plan, worker: &'a Worker, journal: Option<Journal>, state: Checkpoint, bar: ProgressBar) -> Result<Self> {
        bar.set_position(state.read);
        let mut output = Output { plan, worker, own: None, shared: None, audit: None, quarantine: None, journal, state, since: 0, bar, shown: 0 };
        if !output.state.complete {
            output.open_all()?;
        }
        Ok(output)
    }

    fn open_all(&mut self) -> Result<()> {
        let stays = self.journal.is_some();
        let begin = |path: &Path, len| open(path, len, stays).with_context(|| format!("'{}' cannot be written", path.display()));
        self.shared = match &self.plan.place {
            Place::Standard => Some(Target::standard()),
            Place::File(path) => Some(begin(path, self.state.shared)?),
            Place::Nowhere | Place::Folder(_) => None,
        };
        self.audit = self.plan.audit.as_deref().map(|path| begin(path, self.state.audit)).transpose()?;
        if let Some(path) = self.plan.quarantine.as_deref() {
            if self.state.quarantine > 0 {
                self.quarantine = Some(begin(path, self.state.quarantine)?);
            } else {
                for old in [path, &part_of(path)].into_iter().filter(|old| old.exists()) {
                    std::fs::remove_file(old).with_context(|| format!("the old quarantine '{}' cannot be replaced", old.display()))?;
                }
            }
        }
        if self.state.own > 0 {
            let number = self.state.source;
            let path = self.plan.path_of(self.worker, number);
            self.own = path.map(|path| begin(&path, self.state.own)).transpose()?.map(|target| (number, target));
        }
        Ok(())
    }

    fn target(&mut self, number: usize) -> io::Result<Option<&mut Target>> {
        if self.own.as_ref().is_none_or(|(open, _)| *open != number)
            && let Some(path) = self.plan.path_of(self.worker, number)
        {
            self.own = Some((number, open(&path, 0, self.journal.is_some())?));
        }
        Ok(match &mut self.own {
            Some((_, target)) => Some(target),
            None => self.shared.as_mut(),
        })
    }

    fn tell(&mut self, done: &Done) {
        self.bar.inc(done.read);
        if !self.bar.is_hidden() {
            let totals = &self.state.totals;
            self.bar.set_message(format!("{} records, {} to look at", totals.records, totals.flagged + totals.quarantined));
        }
        for message in &done.messages {
            if self.shown < MESSAGES {
                self.bar.suspend(|| eprintln!("quarantined: {message}"));
            } else if self.shown == MESSAGES {
                self.bar.suspend(|| eprintln!("quarantined: more records, see the quarantine and the table"));
            }
            self.shown += 1;
        }
    }

    /// Brings everything to the disk and notes how far it is.
    fn checkpoint(&mut self) -> io::Result<()> {
        self.since = 0;
        let Some(journal) = &mut self.journal else { return Ok(()) };
        let len = |target: Option<&mut Target>| target.map_or(Ok(0), Target::checkpoint);
        self.state.own = len(self.own.as_mut().map(|(_, target)| target))?;
        self.state.shared = len(self.shared.as_mut())?;
        self.state.audit = len(self.audit.as_mut())?;
        self.state.quarantine = len(self.quarantine.as_mut())?;
        journal.note(&self.state)
    }

    /// Puts all files in their places.
    pub(crate) fn finish(mut self) -> io::Result<Totals> {
        self.bar.finish_and_clear();
        if !self.state.complete {
            self.state.complete = true;
            self.checkpoint()?;
            for target in [self.shared.take(), self.audit.take(), self.quarantine.take()].into_iter().flatten() {
                target.finish()?;
            }
        } else {
            // A run that was killed while it put them there.
            let shared = if let Place::File(path) = &self.plan.place { Some(path) } else { None };
            for path in [shared, self.plan.audit.as_ref(), self.plan.quarantine.as_ref()].into_iter().flatten() {
                let part = part_of(path);
                if part.exists() {
                    std::fs::rename(part, path)?;
                }
            }
        }
        if let Some(journal) = self.journal.take() {
            journal.close()?;
        }
        io::stdout().flush()?;
        Ok(self.state.totals)
    }
}

impl Sink for Output<'_> {
    fn take(&mut self, mut done: Done) -> io::Result<()> {
        match done.written.take() {
            Some(written) => written?,
            None if self.plan.writes(&done) => {
                if let Some(target) = self.target(done.source)? {
                    target.write(&done.output)?;
                }
            }
            None => {}
        }
        if done.last
            && let Some((_, target)) = self.own.take()
        {
            target.finish()?;
        }
        if let Some(audit) = &mut self.audit {
            audit.write(&done.audit)?;
        }
        if let (Some(path), false) = (&self.plan.quarantine, done.quarantine.is_empty()) {
            if self.quarantine.is_none() {
                self.quarantine = Some(open(path, 0, self.journal.is_some())?);
            }
            if let Some(quarantine) = &mut self.quarantine {
                quarantine.write(&done.quarantine)?;
            }
        }
        self.tell(&done);
        (self.state.source, self.state.pieces) = (done.source, done.number + 1);
        self.state.read += done.read;
        self.since += done.read + PIECE_COST;
        self.state.totals.merge(done.totals);
        if self.since >= self.worker.cleaner().rules().settings.run.checkpoint_bytes {
            self.checkpoint()?;
        }
        Ok(())
    }
}
