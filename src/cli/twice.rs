//! What `naqi clean` finds out about all of its inputs before it cleans them: a survey, and which records copy earlier ones.

use std::io;
use std::path::Path;

use anyhow::{Context, Result, bail};
use naqi::clean::Cleaner;
use naqi::dedupe::Sketches;
use naqi::pipeline::{Part, Sink, nothing_early, run as run_pipeline};
use naqi::read::{Form, Source};
use naqi::rules::RuleSet;
use naqi::survey::Templates;
use naqi::worker::{Done, GroupBy, OnCopy, Task, Worker};
use tempfile::TempDir;

use super::clean::{CleanArgs, Dedupe};
use super::progress::Progress;
use super::survey::{Rows, hint, survey};

/// The folder of temporary files of a run that reads its inputs twice. Standard input can be read once, so it is kept there meanwhile.
pub(super) fn spool(args: &CleanArgs, sources: &mut [Source]) -> Result<Option<TempDir>> {
    if args.wants_copies() && sources.iter().any(|source| source.form.is_archive() || source.form == Form::Quarantine) {
        bail!("--dedupe and --duplicates do not look into archives and quarantines; unpack the archive and clean its files");
    }
    if !args.survey && !args.wants_copies() {
        return Ok(None);
    }
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    for source in sources.iter_mut().filter(|source| source.is_standard()) {
        let path = folder.path().join("input");
        let mut file = std::fs::File::create(&path)?;
        source.bytes = io::copy(&mut io::stdin().lock(), &mut file).context("standard input cannot be kept in a temporary file")?;
        source.path = Some(path);
    }
    Ok(Some(folder))
}

/// The cleaner, with a survey where one is asked for: of all inputs, whatever part of them is cleaned.
pub(super) fn cleaner(args: &CleanArgs, rules: RuleSet, sources: &[Source], task: &mut Task, folder: Option<&Path>) -> Result<Cleaner> {
    let mut made = None;
    if let (true, Some(folder)) = (args.survey, folder) {
        let file = folder.join("survey.jsonl.zst");
        survey(args.rules.load()?, sources, Task { audit: None, ..task.clone() }, args.jobs, args.quiet, (&file, Rows::Common))?;
        made = Some(file);
    }
    let Some(file) = made.as_ref().or(args.templates.as_ref()) else { return Ok(Cleaner::new(rules)) };
    let templates = templates_of(file, &rules)?;
    if templates.header.documents < 2 && !args.quiet {
        hint(&templates.header).into_iter().for_each(|hint| eprintln!("{hint}"));
    }
    task.group_by = GroupBy::named(&templates.header.group_by);
    Ok(Cleaner::new(rules).with_templates(templates))
}

/// A survey that is to be cleaned with.
pub(super) fn templates_of(file: &Path, rules: &RuleSet) -> Result<Templates> {
    Templates::load(file, rules).context("this survey cannot be used")
}

/// The same worker, told which of the records that it takes are copies, where that is asked for.
pub(super) fn deduped(args: &CleanArgs, worker: Worker, sources: &[Source]) -> Result<Worker> {
    let on_copy = match args.dedupe {
        None if args.wants_copies() => OnCopy::List,
        None => return Ok(worker),
        Some(Dedupe::Drop) => OnCopy::Drop,
        Some(Dedupe::Flag) => OnCopy::Flag,
    };
    let settings = &worker.cleaner().rules().settings;
    let memory = usize::try_from(settings.survey.memory).unwrap_or(usize::MAX);
    let sketches = Sketches::new(settings.dedupe.clone(), sources, memory);
    let sketching = worker.sketching(sketches);
    let part = Part { limit: args.limit, ..Part::default() };
    let mut watch = Watch(Progress::new(args.quiet, sources, 0));
    run_pipeline(sources, part, &sketching, args.jobs, &nothing_early, &mut watch).context("the inputs cannot be read")?;
    watch.0.end();
    let (worker, sketches) = sketching.into_sketches();
    let copies = sketches.context("no sketches were made")?.finish().context("the sketches of bodies cannot be sorted in temporary files")?;
    Ok(worker.with_copies(copies, on_copy))
}

/// Takes a pass that writes nothing.
struct Watch<'a>(Progress<'a>);

impl Sink for Watch<'_> {
    fn take(&mut self, done: Done) -> io::Result<()> {
        self.0.tell(&done, String::new);
        Ok(())
    }
}
