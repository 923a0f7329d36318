//! `naqi clean`: files, folders or standard input to clean bodies, with audit, quarantine, progress bar and closing table.
//!
//! Arguments become a plan here (what is read, where it goes); [`output`](super::output) writes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use naqi::decode::encoding_named;
use naqi::journal::Journal;
use naqi::pipeline::{Part, Sink, nothing_early, run as run_pipeline};
use naqi::read::jsonl::Keys;
use naqi::read::{Form, Source, find_sources};
use naqi::sample::{Draw, Sample};
use naqi::worker::{Done, OutputForm, Task, Worker};

use super::output::{Output, Place, Plan};
use super::{Outcome, RuleArgs, is_standard};

pub(crate) const AUDIT_NAME: &str = "audit.jsonl";
pub(crate) const QUARANTINE_NAME: &str = "quarantine.jsonl";
const JOURNAL_NAME: &str = ".naqi-journal";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum From {
    /// One text a file
    Text,
    /// One page a file
    Html,
    /// A JSON record a line
    Jsonl,
    /// Records that an earlier run refused, to be tried again
    Quarantine,
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
    /// Go on where a killed run of the same command stopped; starts anew when there is nothing to go on from
    #[arg(long, conflicts_with = "dry_run")]
    resume: bool,
    /// Clean only the first N records
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Clean N records drawn at random from all inputs, which are read twice
    #[arg(long, value_name = "N", conflicts_with = "limit")]
    sample: Option<usize>,
    /// The number that decides what is drawn
    #[arg(long, value_name = "N", default_value_t = 0, requires = "sample")]
    seed: u64,
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
    #[command(flatten)]
    rules: RuleArgs,
}

pub(crate) fn run(args: &CleanArgs) -> Result<Outcome> {
    let plan = plan(args)?;
    let mut worker = Worker::new(args.rules.cleaner()?, task(args, &plan)?);
    let fingerprint = fingerprint(args, &plan, &worker);
    let (journal, left) = match &plan.journal {
        Some(path) => {
            let (journal, left) = Journal::open(path, fingerprint, args.resume)?;
            (Some(journal), left)
        }
        None if args.resume => bail!("--resume needs inputs that are files and an output that is one; standard streams cannot be taken up again"),
        None => (None, None),
    };
    if let Some((_, began)) = left {
        refuse_newer(&plan.sources, began)?;
    }
    if let Some(wanted) = args.sample {
        worker = worker.with_sample(Sample::Rank(args.seed));
        let sample = draw(&plan.sources, &worker, wanted, args)?;
        worker = worker.with_sample(sample);
    }
    let state = left.map(|(state, _)| state).unwrap_or_default();
    let part = Part { source: state.source, pieces: state.pieces, limit: args.limit };
    let complete = state.complete;
    let mut output = Output::new(&plan, &worker, journal, state, bar(args, &plan.sources))?;
    let written = if complete { Ok(()) } else { run_pipeline(&plan.sources, part, &worker, args.jobs, &|done| plan.write_whole(&worker, done), &mut output) };
    let totals = match written.and_then(|()| output.finish()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Outcome::Done),
        other => other.context("the output cannot be written")?,
    };
    if !args.quiet {
        eprint!("{totals}");
    }
    Ok(if totals.needs_a_look() { Outcome::LookAgain } else { Outcome::Done })
}

/// What is read, and where everything goes.
fn plan(args: &CleanArgs) -> Result<Plan> {
    let place = place_of(args);
    let folder = if let Place::Folder(folder) = &place { Some(folder.clone()) } else { None };
    let form = args.from.map(|from| match from {
        From::Text => Form::Text,
        From::Html => Form::Html,
        From::Jsonl => Form::JsonLines,
        From::Quarantine => Form::Quarantine,
    });
    let sources = find_sources(&args.inputs, form, folder.as_deref())?;
    if args.sample.is_some() && sources.iter().any(|source| source.path.is_none()) {
        bail!("--sample reads its inputs twice, and standard input can be read only once; write it to a file first");
    }
    refuse_overwriting(&sources, &place)?;
    let in_folder = |name| folder.as_ref().map(|folder| folder.join(name));
    let audit = if args.no_audit || args.dry_run { None } else { args.audit.clone().or_else(|| in_folder(AUDIT_NAME)) };
    let quarantine = if args.dry_run { None } else { args.quarantine.clone().or_else(|| in_folder(QUARANTINE_NAME)) };
    let journal = match &place {
        _ if sources.iter().any(|source| source.path.is_none()) => None,
        Place::Nowhere | Place::Standard => None,
        Place::Folder(folder) => Some(folder.join(JOURNAL_NAME)),
        Place::File(path) => Some(path.with_file_name(format!(".{}{JOURNAL_NAME}", path.file_name().unwrap_or_default().to_string_lossy()))),
    };
    Ok(Plan { sources, place, audit, quarantine, journal })
}

fn task(args: &CleanArgs, plan: &Plan) -> Result<Task> {
    let encoding = args
        .encoding
        .as_deref()
        .map(|name| {
            encoding_named(name)
                .with_context(|| format!("no encoding is called '{name}'; use a WHATWG name such as utf-8, windows-1256, gbk, shift_jis, utf-16le"))
        })
        .transpose()?;
    let to = args.to.map(|to| match to {
        To::Text => OutputForm::Text,
        To::Jsonl => OutputForm::JsonLines,
    });
    let one_file = matches!(&plan.place, Place::File(path) if is_json_lines(path));
    let again = matches!(args.from, Some(From::Quarantine));
    let to = if one_file || again { to.or(Some(OutputForm::JsonLines)) } else { to };
    let keys = Keys { text: args.text_key.clone(), html: args.html_key.clone(), id: args.id_key.clone(), url: args.url_key.clone() };
    Ok(Task { keys, to, encoding, audit: plan.audit.is_some(), bare_audit: args.bare_audit, sample: Sample::All })
}

/// The same for two runs that write the same bytes: inputs, rules, settings and options, but not the number of threads.
fn fingerprint(args: &CleanArgs, plan: &Plan, worker: &Worker) -> u64 {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    for source in &plan.sources {
        (&source.name, source.form.word(), source.bytes).hash(&mut hasher);
    }
    worker.cleaner().rules().fingerprint.hash(&mut hasher);
    format!("{:?}", worker.task()).hash(&mut hasher);
    (&plan.audit, &plan.quarantine, args.limit, args.sample, args.seed).hash(&mut hasher);
    hasher.finish()
}

/// An input that was written to since the run began is another input.
fn refuse_newer(sources: &[Source], began: u64) -> Result<()> {
    for path in sources.iter().filter_map(|source| source.path.as_ref()) {
        let changed = std::fs::metadata(path).and_then(|facts| facts.modified()).ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        if changed.is_some_and(|time| time.as_secs() > began) {
            bail!("input '{}' has changed since the run began that is to be resumed; run without --resume to start anew", path.display());
        }
    }
    Ok(())
}

/// Reads all inputs once for the ranks of their records.
fn draw(sources: &[Source], worker: &Worker, wanted: usize, args: &CleanArgs) -> Result<Sample> {
    struct Ranks(Draw);
    impl Sink for Ranks {
        fn take(&mut self, done: Done) -> io::Result<()> {
            self.0.add(&done.ranks);
            Ok(())
        }
    }
    if wanted == 0 {
        bail!("--sample 0 would clean nothing; ask for one record or more");
    }
    let mut ranks = Ranks(Draw::new(wanted));
    run_pipeline(sources, Part::default(), worker, args.jobs, &nothing_early, &mut ranks).context("the inputs cannot be read")?;
    Ok(ranks.0.sample(args.seed))
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

fn bar(args: &CleanArgs, sources: &[Source]) -> ProgressBar {
    if args.quiet || !io::stderr().is_terminal() {
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
