//! Where a run's finished pieces go: bodies, audit, quarantine, copies, journal and progress.
//!
//! In: pieces in input order. Out: files that appear when they are whole. After every `run.checkpoint-bytes` of input the journal is given the
//! lengths of all files, and notes them when they are on the disk; a later run cuts them there and goes on.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use naqi::journal::{Checkpoint, Fresh, Journal, Own};
use naqi::pipeline::Sink;
use naqi::read::{Form, Source};
use naqi::report::Totals;
use naqi::worker::{Done, Worker};
use naqi::write::target::{Target, is_device, output_name, part_of};
use naqi::write::{Mark, Writer};

use super::plan::{Place, Plan, stored_name};
use super::progress::Progress;

/// Messages about single records shown before they are only counted.
const MESSAGES: usize = 20;
/// What a piece counts towards the next checkpoint beside its bytes: small files are worth noting after some thousands of them.
const PIECE_COST: u64 = 2048;
/// Files finished since a checkpoint that are brought to the disk one by one; more are with all the rest.
const ONE_BY_ONE: usize = 16;

/// Writes a piece that is a whole source with an output of its own.
pub(crate) fn write_whole(plan: &Plan, worker: &Worker, done: &mut Done) {
    let Place::Folder(folder) = &plan.place else { return };
    if done.number > 0 || !done.last || done.member.is_some() || plan.attributes.is_some() || !plan.writes(done) {
        return;
    }
    let (name, form) = plan.output_of(worker, plan.source(done));
    let (output, batches) = (std::mem::take(&mut done.output), std::mem::take(&mut done.batches));
    let write = || {
        // Written in one go: there is no half of it to go on from.
        let target = Target::file(&folder.join(name))?;
        let mut writer = Writer::new(target, form, keys_vary(plan.source(done)));
        writer.write(&output, &batches)?;
        writer.finish()
    };
    done.written = Some(write());
}

/// A file that is begun. Where there is a journal, what is written of it stays when the run stops; without one nobody can take it up again.
fn begin(plan: &Plan, path: &Path, form: Form, keys_vary: bool) -> io::Result<Writer> {
    Ok(Writer::new(open(plan, path, 0)?, form, keys_vary))
}

/// May later records of a source have keys that the first ones lack?
fn keys_vary(source: &Source) -> bool {
    source.form == Form::JsonLines
}

/// The same for audit, quarantine and copies, of which `len` bytes are written.
fn open(plan: &Plan, path: &Path, len: u64) -> io::Result<Target> {
    if plan.journal.is_ok() { Target::resumed(path, len) } else { Target::file(path) }
}

/// Writes finished pieces to their files.
pub(crate) struct Output<'a> {
    plan: &'a Plan,
    worker: &'a Worker,
    /// The output of the source that is being read, where each has its own, and what a checkpoint says of it.
    own: Option<(Own, Writer)>,
    shared: Option<Writer>,
    audit: Option<Target>,
    quarantine: Option<Target>,
    duplicates: Option<Target>,
    journal: Option<Journal>,
    /// What is written, as the next checkpoint will note it.
    state: Checkpoint,
    /// What came since the last checkpoint ...
    since: u64,
    /// ... and was finished.
    finished: Fresh,
    bar: Progress<'a>,
    shown: usize,
}

impl<'a> Output<'a> {
    pub(crate) fn new(plan: &'a Plan, worker: &'a Worker, journal: Option<Journal>, state: Checkpoint, quiet: bool) -> Result<Self> {
        let bar = Progress::new(quiet, &plan.sources, state.source);
        let mut output = Output {
            plan,
            worker,
            own: None,
            shared: None,
            audit: None,
            quarantine: None,
            duplicates: None,
            journal,
            state,
            since: 0,
            finished: Fresh::default(),
            bar,
            shown: 0,
        };
        output.open_all()?;
        Ok(output)
    }

    fn open_all(&mut self) -> Result<()> {
        let Plan { sources, place, .. } = self.plan;
        // Several sources, and JSON Lines, may bring keys that the first records lack.
        let keys_vary = sources.len() > 1 || sources.iter().any(|source| source.form.is_lines() || source.form.is_archive());
        let form = self.worker.output_form(sources[0].form);
        self.shared = match place {
            Place::Standard => Some(Writer::new(Target::standard(), form, keys_vary)),
            Place::File(path) if self.state.shared.len > 0 => {
                Some(Writer::resumed(path, form, keys_vary, &self.state.shared).context("the output cannot be written")?)
            }
            Place::File(path) => Some(begin(self.plan, path, form, keys_vary).context("the output cannot be written")?),
            Place::Nowhere | Place::Folder(_) => None,
        };
        let open = |path: &Path, len| open(self.plan, path, len).context("the output cannot be written");
        self.audit = self.plan.audit.as_deref().map(|path| open(path, self.state.audit)).transpose()?;
        self.duplicates = self.plan.duplicates.as_deref().map(|path| open(path, self.state.duplicates)).transpose()?;
        if let Some(path) = self.plan.quarantine.as_deref() {
            if self.state.quarantine > 0 {
                self.quarantine = Some(open(path, self.state.quarantine)?);
            } else {
                for old in [path, &part_of(path)].into_iter().filter(|old| old.exists() && !is_device(old)) {
                    std::fs::remove_file(old).with_context(|| format!("the old quarantine '{}' cannot be replaced", old.display()))?;
                }
            }
        }
        if let (Place::Folder(folder), Some(own)) = (place, self.state.own.clone()) {
            let path = folder.join(&own.name);
            let form = Form::named(&own.form).with_context(|| format!("the journal names a form '{}' that naqi does not know", own.form))?;
            let writer = Writer::resumed(&path, form, own.open, &own.mark).context("the output cannot be written")?;
            if let Some(audit) = &own.audit {
                self.audit = Some(open(Path::new(audit), self.state.audit)?);
            }
            self.own = Some((own, writer));
        }
        Ok(())
    }

    /// The writer for a piece of this source.
    fn writer(&mut self, source: &Source) -> io::Result<Option<&mut Writer>> {
        let Place::Folder(folder) = &self.plan.place else { return Ok(self.shared.as_mut()) };
        if self.own.is_none() {
            let (name, form) = self.plan.output_of(self.worker, source);
            let lines = || output_name(stored_name(source), (source.form != Form::JsonLines).then_some(Form::JsonLines));
            let audit = self.plan.attributes.as_ref().map(|attributes| attributes.join(lines()));
            if let Some(audit) = &audit {
                self.audit = Some(open(self.plan, audit, 0)?);
            }
            let open = keys_vary(source);
            let writer = begin(self.plan, &folder.join(&name), form, open)?;
            let audit = audit.map(|path| path.to_string_lossy().into_owned());
            self.own = Some((Own { name, form: form.name().to_owned(), open, audit, mark: Mark::default() }, writer));
        }
        Ok(self.own.as_mut().map(|(_, writer)| writer))
    }

    fn tell(&mut self, done: &Done) {
        let totals = &self.state.totals;
        self.bar.tell(done, || format!("{} records, {} to look at", totals.records, totals.flagged + totals.quarantined));
        for message in &done.messages {
            if self.shown < MESSAGES {
                self.bar.print(&format!("quarantined: {message}"));
            } else if self.shown == MESSAGES {
                self.bar.print("quarantined: more records, see the quarantine and the table");
            }
            self.shown += 1;
        }
    }

    /// Says how far everything is.
    fn mark(&mut self) -> io::Result<()> {
        self.since = 0;
        let len = |target: Option<&mut Target>| target.map_or(Ok(0), Target::checkpoint);
        self.state.own = match &mut self.own {
            Some((own, writer)) => Some(Own { mark: writer.checkpoint()?, ..own.clone() }),
            None => None,
        };
        self.state.shared = self.shared.as_mut().map_or(Ok(Mark::default()), Writer::checkpoint)?;
        self.state.audit = len(self.audit.as_mut())?;
        self.state.quarantine = len(self.quarantine.as_mut())?;
        self.state.duplicates = len(self.duplicates.as_mut())?;
        Ok(())
    }

    /// What a state speaks of and may not be on the disk yet.
    fn fresh(&mut self) -> Fresh {
        let mut fresh = std::mem::take(&mut self.finished);
        let Plan { place, audit, quarantine, duplicates, .. } = self.plan;
        match (place, &self.own) {
            (Place::Folder(folder), Some((own, _))) => {
                fresh.files.push(folder.join(&own.name));
                fresh.files.extend(own.audit.as_ref().map(Into::into));
            }
            (Place::File(path), _) => fresh.files.push(path.clone()),
            _ => {}
        }
        fresh.files.extend([audit, quarantine, duplicates].into_iter().flatten().cloned());
        fresh
    }

    /// A file was finished that the next state takes for done.
    fn finished(&mut self, name: &str) {
        let Place::Folder(folder) = &self.plan.place else { return };
        if self.finished.folder.is_some() || self.journal.is_none() {
        } else if self.finished.files.len() < ONE_BY_ONE {
            self.finished.files.push(folder.join(name));
        } else {
            self.finished = Fresh { files: Vec::new(), folder: Some(folder.clone()) };
        }
    }

    /// Puts all files in their places.
    pub(crate) fn finish(mut self) -> io::Result<Totals> {
        self.bar.end();
        if self.journal.is_some() {
            self.mark()?;
            // What is to stand in its place is on the disk before. A run that is killed from here on goes on from its last state; a million
            // small files that were finished since then are not waited for.
            Fresh { folder: None, ..self.fresh() }.settle()?;
        }
        self.shared.take().map_or(Ok(()), Writer::finish)?;
        for target in [self.audit.take(), self.quarantine.take(), self.duplicates.take()].into_iter().flatten() {
            target.finish()?;
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
            Some(written) => {
                written?;
                let (name, _) = self.plan.output_of(self.worker, self.plan.source(&done));
                self.finished(&name);
            }
            None if self.plan.writes(&done) => {
                if let Some(writer) = self.writer(self.plan.source(&done))? {
                    writer.write(&done.output, &done.batches)?;
                }
            }
            None => {}
        }
        if let Some(audit) = &mut self.audit {
            audit.write(&done.audit)?;
        }
        if let Some(duplicates) = &mut self.duplicates {
            duplicates.write(&done.copies)?;
        }
        if done.last
            && let Some((own, writer)) = self.own.take()
        {
            writer.finish()?;
            self.finished(&own.name);
            if self.plan.attributes.is_some() {
                self.audit.take().map_or(Ok(()), Target::finish)?;
            }
        }
        if let (Some(path), false) = (&self.plan.quarantine, done.quarantine.is_empty()) {
            if self.quarantine.is_none() {
                self.quarantine = Some(open(self.plan, path, 0)?);
            }
            if let Some(quarantine) = &mut self.quarantine {
                quarantine.write(&done.quarantine)?;
            }
        }
        self.tell(&done);
        (self.state.source, self.state.pieces) = (done.source, done.number + 1);
        self.since += done.read + PIECE_COST;
        self.state.totals.merge(done.totals);
        if self.since >= self.worker.cleaner().rules().settings.run.checkpoint_bytes && self.journal.is_some() {
            self.mark()?;
            let fresh = self.fresh();
            self.journal.as_mut().map_or(Ok(()), |journal| journal.note(self.state.clone(), fresh))?;
        }
        Ok(())
    }
}
