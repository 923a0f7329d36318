//! `naqi clean`: files, folders or standard input to clean bodies, with audit, quarantine, progress bar and closing table.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use naqi::decode::encoding_named;
use naqi::pipeline::{Sink, run as run_pipeline};
use naqi::read::jsonl::Keys;
use naqi::read::remote::is_remote;
use naqi::read::{Form, PACKED, Source, find_sources};
use naqi::worker::{Done, Task, Worker};
use naqi::write::Writer;
use naqi::write::audit::AuditForm;
use naqi::write::output::Layout;
use naqi::write::target::{Target, output_name};

use super::{Outcome, RuleArgs, is_standard};

pub(crate) const AUDIT_NAME: &str = "audit.jsonl";
pub(crate) const QUARANTINE_NAME: &str = "quarantine.jsonl";
/// Messages about single records shown before they are only counted.
const MESSAGES: usize = 20;

#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
enum AuditFormat {
    #[default]
    Naqi,
    Dolma,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
enum Records {
    #[default]
    Flat,
    Datatrove,
}

#[derive(Args, Debug)]
pub(crate) struct CleanArgs {
    /// Files or folders to clean; '-' is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Output folder (mirrors the input), a file for all records (.jsonl, .csv, ...: its ending says the form), or '-' for standard output
    #[arg(short, long, value_name = "OUT", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// Form of the input [default: what the file names say; standard input is jsonl]
    #[arg(long, value_name = "FORM", value_parser = forms(Form::ALL, &[]))]
    from: Option<String>,
    /// Form of the output; 'same' is the input's own, and text for pages [default: what the output's name says, else same]
    #[arg(long, value_name = "FORM", value_parser = forms(Form::WRITTEN, &["same"]))]
    to: Option<String>,
    /// Layout of JSON records and tables: keys where they stood, or datatrove's text, id and metadata
    #[arg(long, value_enum, default_value_t, value_name = "LAYOUT")]
    layout: Records,
    /// Threads; 0 uses every core
    #[arg(short, long, default_value_t = 0, value_name = "N")]
    jobs: usize,
    /// Read the input in this encoding, whatever it says itself (windows-1256, gbk, ...)
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Write every removed span with its reason to this file [default: audit.jsonl in an output folder]
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// What the audit holds: naqi's own lines, which `naqi restore` needs, or Dolma attributes (spans in characters, a line a record; for
    /// an output folder one file a source, in a folder `attributes`)
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    audit_format: AuditFormat,
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
    /// Key or column of the text
    #[arg(long, default_value = "text", value_name = "KEY")]
    text_key: String,
    /// Key or column of the page
    #[arg(long, default_value = "html", value_name = "KEY")]
    html_key: String,
    /// Key or column of the record's name
    #[arg(long, default_value = "id", value_name = "KEY")]
    id_key: String,
    /// Key or column of the page's address
    #[arg(long, default_value = "url", value_name = "KEY")]
    url_key: String,
    #[command(flatten)]
    rules: RuleArgs,
}

/// A parser of the names of these forms, and of other words.
fn forms(forms: &[Form], words: &[&'static str]) -> PossibleValuesParser {
    PossibleValuesParser::new(words.iter().copied().chain(forms.iter().map(|form| form.name())))
}

/// Where the output goes.
enum Place {
    Nowhere,
    Standard,
    File(PathBuf),
    Folder(PathBuf),
}

pub(crate) fn run(args: &CleanArgs) -> Result<Outcome> {
    let cleaner = args.rules.cleaner()?;
    let encoding = args
        .encoding
        .as_deref()
        .map(|name| {
            encoding_named(name)
                .with_context(|| format!("no encoding is called '{name}'; use a WHATWG name such as utf-8, windows-1256, gbk, shift_jis, utf-16le"))
        })
        .transpose()?;
    let place = place_of(args);
    let except = if let Place::Folder(folder) = &place { Some(folder.as_path()) } else { None };
    let form = args.from.as_deref().and_then(Form::named);
    let sources = find_sources(&args.inputs, form, except)?;
    let own = || sources.first().map(|source| source.form.written());
    let to = match (args.to.as_deref(), &place) {
        (None, Place::File(path)) => Form::of(path).map(Form::written),
        (None | Some("same"), Place::File(_) | Place::Standard) => own(),
        (to, _) => to.and_then(Form::named),
    };
    refuse_overwriting(&args.inputs, &sources, &place)?;
    let dolma = args.audit_format == AuditFormat::Dolma;
    let in_folder = |name| except.map(|folder| folder.join(name));
    let audit = if args.no_audit || args.dry_run { None } else { args.audit.clone().or_else(|| in_folder(if dolma { "attributes" } else { AUDIT_NAME })) };
    let quarantine = if args.dry_run { None } else { args.quarantine.clone().or_else(|| in_folder(QUARANTINE_NAME)) };
    let keys = Keys { text: args.text_key.clone(), html: args.html_key.clone(), id: args.id_key.clone(), url: args.url_key.clone() };
    let audit_form = if dolma { AuditForm::Dolma } else { AuditForm::Naqi };
    let layout = if args.layout == Records::Datatrove { Layout::Datatrove } else { Layout::Flat };
    let task = Task { keys, to, encoding, layout, audit: audit.as_ref().map(|_| audit_form), bare_audit: args.bare_audit };
    // Dolma looks for the attributes of a file under the file's own name.
    let (audit, attributes) = if dolma && except.is_some() { (None, audit) } else { (audit, None) };
    let worker = Worker::new(cleaner, task);
    let mut output = Output::new(&sources, &worker, place, audit, quarantine, bar(args, &sources))?;
    output.attributes = attributes;
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

/// Standard output, one file when its name says so, else a folder.
fn place_of(args: &CleanArgs) -> Place {
    // A file's address is its path.
    let local = |path: &PathBuf| path.to_str().and_then(|path| path.strip_prefix("file://")).map_or_else(|| path.clone(), PathBuf::from);
    match args.output.as_ref().map(local) {
        _ if args.dry_run => Place::Nowhere,
        None => Place::Nowhere,
        Some(path) if is_standard(&path) => Place::Standard,
        Some(path) if !path.is_dir() && Form::of(&path).is_some() => Place::File(path),
        Some(path) => Place::Folder(path),
    }
}

/// An output that would replace an input is a mistake.
fn refuse_overwriting(inputs: &[PathBuf], sources: &[Source], place: &Place) -> Result<()> {
    if let Place::File(path) | Place::Folder(path) = place
        && is_remote(path)
        && inputs.iter().any(|input| input.to_string_lossy().trim_end_matches('/') == path.to_string_lossy().trim_end_matches('/'))
    {
        bail!("the output '{}' would replace the input; choose another place with -o", path.display());
    }
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

fn bar(args: &CleanArgs, sources: &[Source]) -> ProgressBar {
    if args.quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let total: u64 = sources.iter().map(|source| source.bytes).sum();
    let packed = sources.iter().any(|source| {
        source.is_standard() || source.form.is_columns() || source.form.is_archive() || PACKED.iter().any(|ending| source.name.ends_with(ending))
    });
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
    open: Option<Writer>,
    shared: Option<Writer>,
    audit: Option<Target>,
    attributes: Option<PathBuf>,
    quarantine: Option<PathBuf>,
    refused: Option<Target>,
    bar: ProgressBar,
    records: u64,
    flagged: u64,
    shown: usize,
}

impl<'a> Output<'a> {
    fn new(sources: &'a [Source], worker: &'a Worker, place: Place, audit: Option<PathBuf>, quarantine: Option<PathBuf>, bar: ProgressBar) -> Result<Self> {
        let open = |path: &Path| Target::file(path).with_context(|| format!("'{}' cannot be written", path.display()));
        // Several sources, and JSON Lines, may bring keys that the first records lack.
        let keys_vary = sources.len() > 1 || sources.iter().any(|source| source.form == Form::JsonLines || source.form.is_archive());
        let form = worker.output_form(sources[0].form);
        let shared = match &place {
            Place::Standard => Some(Writer::new(Target::standard(), form, keys_vary)),
            Place::File(path) => Some(Writer::file(path, form, keys_vary).with_context(|| format!("'{}' cannot be written", path.display()))?),
            Place::Nowhere | Place::Folder(_) => None,
        };
        let audit = audit.as_deref().map(open).transpose()?;
        if let Some(old) = quarantine.as_deref().filter(|path| path.exists()) {
            std::fs::remove_file(old).with_context(|| format!("the old quarantine '{}' cannot be replaced", old.display()))?;
        }
        Ok(Output { sources, worker, place, open: None, shared, audit, attributes: None, quarantine, refused: None, bar, records: 0, flagged: 0, shown: 0 })
    }

    /// The writer for a piece of this source.
    fn writer(&mut self, source: &Source) -> io::Result<Option<&mut Writer>> {
        let Place::Folder(folder) = &self.place else { return Ok(self.shared.as_mut()) };
        if self.open.is_none() {
            let form = self.worker.output_form(source.form);
            let name = if &*source.name == "-" { "stdin" } else { &source.name };
            let path = folder.join(output_name(name, (source.form != form).then_some(form)));
            if let Some(attributes) = &self.attributes {
                let lines = output_name(name, (source.form != Form::JsonLines).then_some(Form::JsonLines));
                self.audit = Some(Target::file(&attributes.join(lines))?);
            }
            self.open = Some(Writer::file(&path, form, source.form == Form::JsonLines)?);
        }
        Ok(self.open.as_mut())
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
        self.shared.take().map_or(Ok(()), Writer::finish)?;
        for target in [self.audit.take(), self.refused.take()].into_iter().flatten() {
            target.finish()?;
        }
        io::stdout().flush()
    }
}

impl Sink for Output<'_> {
    fn take(&mut self, done: &Done) -> io::Result<()> {
        // A record that could not be read leaves no empty file that looks like a clean one.
        let refused_whole = done.output.is_empty() && done.totals.records > 0 && done.totals.quarantined == done.totals.records;
        let source = done.member.as_deref().unwrap_or(&self.sources[done.source]);
        let nothing = refused_whole && source.form.is_whole() || source.form.is_archive();
        if !nothing && let Some(writer) = self.writer(source)? {
            writer.write(&done.output, &done.batches)?;
        }
        if let Some(audit) = &mut self.audit {
            audit.write(&done.audit)?;
        }
        if done.last
            && let Some(writer) = self.open.take()
        {
            writer.finish()?;
            if self.attributes.is_some() {
                self.audit.take().map_or(Ok(()), Target::finish)?;
            }
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
