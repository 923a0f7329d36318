//! `naqi clean`: files, folders or standard input to clean bodies, with audit, quarantine, progress bar and closing table.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use encoding_rs::Encoding;
use indicatif::{ProgressBar, ProgressStyle};
use naqi::clean::Cleaner;
use naqi::decode::encoding_named;
use naqi::dedupe::Sketches;
use naqi::pipeline::{Sink, run as run_pipeline};
use naqi::read::jsonl::Keys;
use naqi::read::{Form, Source, find_sources};
use naqi::survey::Templates;
use naqi::worker::{Done, GroupBy, OnCopy, OutputForm, Task, Worker};
use naqi::write::target::{Target, output_name};

use super::survey::survey;
use super::{Outcome, RuleArgs, is_standard};

pub(crate) const AUDIT_NAME: &str = "audit.jsonl";
const DUPLICATES_NAME: &str = "duplicates.jsonl";
pub(crate) const QUARANTINE_NAME: &str = "quarantine.jsonl";
/// Messages about single records shown before they are only counted.
const MESSAGES: usize = 20;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum From {
    /// One text a file
    Text,
    /// One page a file
    Html,
    /// A JSON record a line
    Jsonl,
}

impl From {
    pub(super) fn form(self) -> Form {
        match self {
            From::Text => Form::Text,
            From::Html => Form::Html,
            From::Jsonl => Form::JsonLines,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum To {
    /// Bodies as text
    Text,
    /// A JSON record a line
    Jsonl,
}

#[derive(Args, Debug)]
pub(crate) struct CleanArgs {
    /// Files or folders to clean; '-' is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Output folder (mirrors the input), a .jsonl file for all records, or '-' for standard output
    #[arg(short, long, value_name = "OUT", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// Form of the input [default: what the file names say; standard input is jsonl]
    #[arg(long)]
    from: Option<From>,
    /// Form of the output [default: jsonl for jsonl, text for text and pages]
    #[arg(long)]
    to: Option<To>,
    /// Threads; 0 uses every core
    #[arg(short, long, default_value_t = 0, value_name = "N")]
    jobs: usize,
    /// Read the input in this encoding, whatever it says itself (windows-1256, gbk, ...)
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Write every removed span with its reason to this file [default: audit.jsonl in an output folder]
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// Write no audit
    #[arg(long, conflicts_with = "audit")]
    no_audit: bool,
    /// Leave the removed text out of the audit (it then cannot restore the input)
    #[arg(long)]
    bare_audit: bool,
    /// Write records that cannot be read to this file [default: quarantine.jsonl in an output folder]
    #[arg(long, value_name = "FILE")]
    quarantine: Option<PathBuf>,
    /// Clean and report, but write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print no progress and no table
    #[arg(short, long)]
    quiet: bool,
    /// JSON key of the text
    #[arg(long, default_value = "text", value_name = "KEY")]
    text_key: String,
    /// JSON key of the page
    #[arg(long, default_value = "html", value_name = "KEY")]
    html_key: String,
    /// JSON key of the record's name
    #[arg(long, default_value = "id", value_name = "KEY")]
    id_key: String,
    /// JSON key of the page's address
    #[arg(long, default_value = "url", value_name = "KEY")]
    url_key: String,
    /// Drop what this survey of the dump calls template (`naqi survey` makes one)
    #[arg(long, value_name = "FILE")]
    templates: Option<PathBuf>,
    /// Survey the input first and clean with that, in one command
    #[arg(long, conflicts_with = "templates")]
    survey: bool,
    /// Find documents that copy an earlier one, and leave them out; --dedupe=flag only flags them. Reads the input twice
    #[arg(long, value_enum, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "drop")]
    dedupe: Option<Dedupe>,
    /// With --dedupe, write which document copies which to this file [default: duplicates.jsonl in an output folder]
    #[arg(long, value_name = "FILE", requires = "dedupe")]
    duplicates: Option<PathBuf>,
    /// With --survey, count documents by this JSON key, or by folder or file [default: host]
    #[arg(long, default_value = "host", value_name = "KEY", requires = "survey")]
    group_key: String,
    #[command(flatten)]
    rules: RuleArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Dedupe {
    /// Leave copies out
    Drop,
    /// Flag copies
    Flag,
}

/// Where the output goes.
enum Place {
    Nowhere,
    Standard,
    File(PathBuf),
    Folder(PathBuf),
}

pub(crate) fn run(args: &CleanArgs) -> Result<Outcome> {
    let encoding = encoding_of(args.encoding.as_deref())?;
    let place = place_of(args);
    let except = if let Place::Folder(folder) = &place { Some(folder.as_path()) } else { None };
    let mut sources = find_sources(&args.inputs, args.from.map(From::form), except)?;
    let to = args.to.map(|to| match to {
        To::Text => OutputForm::Text,
        To::Jsonl => OutputForm::JsonLines,
    });
    let to = if matches!(&place, Place::File(path) if is_json_lines(path)) { to.or(Some(OutputForm::JsonLines)) } else { to };
    refuse_overwriting(&sources, &place)?;
    let in_folder = |name| except.map(|folder| folder.join(name));
    let audit = if args.no_audit || args.dry_run { None } else { args.audit.clone().or_else(|| in_folder(AUDIT_NAME)) };
    let quarantine = if args.dry_run { None } else { args.quarantine.clone().or_else(|| in_folder(QUARANTINE_NAME)) };
    let keys = Keys { text: args.text_key.clone(), html: args.html_key.clone(), id: args.id_key.clone(), url: args.url_key.clone() };
    let task = Task { keys, to, encoding, audit: audit.is_some(), bare_audit: args.bare_audit, group_by: GroupBy::named(&args.group_key) };
    let (worker, _spool) = worker(args, task, &mut sources)?;
    let copies = args.duplicates.clone().or_else(|| in_folder(DUPLICATES_NAME)).filter(|_| args.dedupe.is_some() && !args.dry_run);
    let mut output = Output::new(&sources, &worker, place, audit, quarantine, bar(args.quiet, &sources))?;
    output.copies = copies.as_deref().map(Target::file).transpose().context("the report of copies cannot be written")?;
    let result = run_pipeline(&sources, &worker, args.jobs, &mut output).and_then(|totals| output.finish().map(|()| totals));
    let totals = match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Outcome::Done),
        other => other.context("the output cannot be written")?,
    };
    if !args.quiet {
        eprint!("{totals}");
    }
    Ok(if totals.needs_a_look() { Outcome::LookAgain } else { Outcome::Done })
}

/// The encoding of a name.
pub(super) fn encoding_of(name: Option<&str>) -> Result<Option<&'static Encoding>> {
    name.map(|name| {
        encoding_named(name).with_context(|| format!("no encoding is called '{name}'; use a WHATWG name such as utf-8, windows-1256, gbk, shift_jis, utf-16le"))
    })
    .transpose()
}

/// The worker, with a survey and the list of copies where they are asked for, and the temporary files that it reads from.
fn worker(args: &CleanArgs, mut task: Task, sources: &mut [Source]) -> Result<(Worker, Option<tempfile::TempDir>)> {
    let rules = args.rules.load()?;
    let twice = args.survey || args.dedupe.is_some();
    let spool = twice.then(tempfile::tempdir).transpose().context("no temporary folder can be made")?;
    if let Some(folder) = &spool {
        spool_standard_input(sources, folder.path())?;
    }
    let mut made = None;
    if let (true, Some(folder)) = (args.survey, &spool) {
        let file = folder.path().join("survey.jsonl.zst");
        survey(args.rules.load()?, sources, Task { audit: false, ..task.clone() }, args.jobs, args.quiet, &file)?;
        made = Some(file);
    }
    let cleaner = match made.as_ref().or(args.templates.as_ref()) {
        Some(file) => {
            let templates = Templates::load(file, &rules).context("this survey cannot be used")?;
            task.group_by = GroupBy::named(&templates.header.group_by);
            Cleaner::new(rules).with_templates(templates)
        }
        None => Cleaner::new(rules),
    };
    let Some(what) = args.dedupe else { return Ok((Worker::new(cleaner, task), spool)) };
    let on_copy = match what {
        Dedupe::Drop => OnCopy::Drop,
        Dedupe::Flag => OnCopy::Flag,
    };
    let settings = &cleaner.rules().settings;
    let memory = usize::try_from(settings.survey.memory).unwrap_or(usize::MAX);
    let sketches = Sketches::new(settings.dedupe.clone(), sources, memory);
    let sketching = Worker::sketching(cleaner, Task { audit: false, ..task.clone() }, sketches);
    run_pipeline(sources, &sketching, args.jobs, &mut Nothing(bar(args.quiet, sources)))?;
    let (cleaner, sketches) = sketching.into_sketches();
    let copies = sketches.context("no sketches were made")?.finish().context("the sketches of bodies cannot be sorted in temporary files")?;
    Ok((Worker::new(cleaner, task).with_copies(copies, on_copy), spool))
}

/// Takes a pass that writes nothing.
struct Nothing(ProgressBar);

impl Sink for Nothing {
    fn take(&mut self, done: &Done) -> io::Result<()> {
        self.0.inc(done.read);
        Ok(())
    }
}

/// Standard input can be read once: what is read twice is kept in a file meanwhile.
fn spool_standard_input(sources: &mut [Source], folder: &Path) -> Result<()> {
    for source in sources.iter_mut().filter(|source| source.path.is_none()) {
        let path = folder.join("input");
        let mut file = std::fs::File::create(&path)?;
        source.bytes = io::copy(&mut io::stdin().lock(), &mut file).context("standard input cannot be kept in a temporary file")?;
        source.path = Some(path);
    }
    Ok(())
}

fn is_json_lines(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    let bare = [".gz", ".zst", ".xz", ".bz2"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    bare.ends_with(".jsonl") || bare.ends_with(".ndjson")
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("txt"))
}

/// Standard output, one file when its name says so, else a folder.
fn place_of(args: &CleanArgs) -> Place {
    match &args.output {
        _ if args.dry_run => Place::Nowhere,
        None => Place::Nowhere,
        Some(path) if is_standard(path) => Place::Standard,
        Some(path) if !path.is_dir() && (is_json_lines(path) || is_text(path)) => Place::File(path.clone()),
        Some(path) => Place::Folder(path.clone()),
    }
}

/// An output that would replace an input is a mistake.
fn refuse_overwriting(sources: &[Source], place: &Place) -> Result<()> {
    for source in sources {
        let Some(input) = source.path.as_ref().and_then(|path| path.canonicalize().ok()) else { continue };
        let output = match place {
            Place::File(path) => path.clone(),
            Place::Folder(folder) => folder.join(&*source.name),
            Place::Nowhere | Place::Standard => return Ok(()),
        };
        if output.canonicalize().is_ok_and(|output| output == input) {
            bail!("the output '{}' would replace the input; choose another place with -o", output.display());
        }
    }
    Ok(())
}

pub(super) fn bar(quiet: bool, sources: &[Source]) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let total: u64 = sources.iter().map(|source| source.bytes).sum();
    let packed = sources.iter().any(|source| source.path.is_none() || [".gz", ".zst", ".xz", ".bz2"].iter().any(|ending| source.name.ends_with(ending)));
    let (bar, template) = if packed || total == 0 {
        (ProgressBar::new_spinner(), "{spinner} {bytes} {binary_bytes_per_sec} {msg}")
    } else {
        (ProgressBar::new(total), "{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta} left {msg}")
    };
    // The templates above are fixed and valid.
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Writes finished pieces to their files.
struct Output<'a> {
    sources: &'a [Source],
    worker: &'a Worker,
    place: Place,
    open: Option<(usize, Target)>,
    shared: Option<Target>,
    audit: Option<Target>,
    quarantine: Option<PathBuf>,
    refused: Option<Target>,
    copies: Option<Target>,
    bar: ProgressBar,
    records: u64,
    flagged: u64,
    shown: usize,
}

impl<'a> Output<'a> {
    fn new(sources: &'a [Source], worker: &'a Worker, place: Place, audit: Option<PathBuf>, quarantine: Option<PathBuf>, bar: ProgressBar) -> Result<Self> {
        let open = |path: &Path| Target::file(path).with_context(|| format!("'{}' cannot be written", path.display()));
        let shared = match &place {
            Place::Standard => Some(Target::standard()),
            Place::File(path) => Some(open(path)?),
            Place::Nowhere | Place::Folder(_) => None,
        };
        let audit = audit.as_deref().map(open).transpose()?;
        if let Some(old) = quarantine.as_deref().filter(|path| path.exists()) {
            std::fs::remove_file(old).with_context(|| format!("the old quarantine '{}' cannot be replaced", old.display()))?;
        }
        Ok(Output { sources, worker, place, open: None, shared, audit, quarantine, refused: None, copies: None, bar, records: 0, flagged: 0, shown: 0 })
    }

    fn target(&mut self, number: usize) -> io::Result<Option<&mut Target>> {
        let Place::Folder(folder) = &self.place else { return Ok(self.shared.as_mut()) };
        if self.open.as_ref().is_none_or(|(open, _)| *open != number) {
            let source = &self.sources[number];
            let form = self.worker.output_form(source.form);
            let same = matches!((source.form, form), (Form::Text, OutputForm::Text) | (Form::JsonLines, OutputForm::JsonLines));
            let ending = if form == OutputForm::Text { "txt" } else { "jsonl" };
            let name = if &*source.name == "-" { "stdin" } else { &source.name };
            self.open = Some((number, Target::file(&folder.join(output_name(name, same, ending)))?));
        }
        Ok(self.open.as_mut().map(|(_, target)| target))
    }

    fn tell(&mut self, done: &Done) {
        self.records += done.totals.records;
        self.flagged += done.totals.flagged + done.totals.quarantined;
        self.bar.inc(done.read);
        self.bar.set_message(format!("{} records, {} to look at", self.records, self.flagged));
        for message in &done.messages {
            if self.shown < MESSAGES {
                self.bar.suspend(|| eprintln!("quarantined: {message}"));
            } else if self.shown == MESSAGES {
                self.bar.suspend(|| eprintln!("quarantined: more records, see the quarantine and the table"));
            }
            self.shown += 1;
        }
    }

    fn finish(mut self) -> io::Result<()> {
        self.bar.finish_and_clear();
        for target in [self.shared.take(), self.audit.take(), self.refused.take(), self.copies.take()].into_iter().flatten() {
            target.finish()?;
        }
        io::stdout().flush()
    }
}

impl Sink for Output<'_> {
    fn take(&mut self, done: &Done) -> io::Result<()> {
        // A record that could not be read leaves no empty file that looks like a clean one.
        let refused_whole = done.output.is_empty() && done.totals.records > 0 && done.totals.quarantined + done.totals.copies == done.totals.records;
        if !(refused_whole && self.sources[done.source].form != Form::JsonLines)
            && let Some(target) = self.target(done.source)?
        {
            target.write(&done.output)?;
        }
        if done.last
            && let Some((_, target)) = self.open.take()
        {
            target.finish()?;
        }
        if let Some(audit) = &mut self.audit {
            audit.write(&done.audit)?;
        }
        if let Some(copies) = &mut self.copies {
            copies.write(&done.copies)?;
        }
        if let (Some(path), false) = (&self.quarantine, done.quarantine.is_empty()) {
            if self.refused.is_none() {
                self.refused = Some(Target::file(path)?);
            }
            if let Some(refused) = &mut self.refused {
                refused.write(&done.quarantine)?;
            }
        }
        self.tell(done);
        Ok(())
    }
}
