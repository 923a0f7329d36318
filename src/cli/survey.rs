//! `naqi survey`: a dump to the counts of what repeats in it, and surveys of parts to one of the whole.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use naqi::clean::Cleaner;
use naqi::pipeline::{Part, Sink, nothing_early, run as run_pipeline};
use naqi::read::jsonl::Keys;
use naqi::read::{Form, Source, find_sources};
use naqi::report::Totals;
use naqi::rules::RuleSet;
use naqi::survey::Survey;
use naqi::survey::file::{About, Header, merge_files, write};
use naqi::survey::gather::Gathered;
use naqi::survey::words::DateWords;
use naqi::worker::{Done, GroupBy, Task, Worker};
use naqi::write::target::Target;

use super::clean::forms;
use super::plan::encoding_of;
use super::progress::Progress;
use super::{Outcome, RuleArgs};

/// Messages about single records shown before they are only counted.
const MESSAGES: usize = 20;

#[derive(Args, Debug)]
pub(crate) struct SurveyArgs {
    /// Files or folders of one dump, or with --merge surveys of its parts; '-' is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// The survey: JSON Lines, compressed as the name says (templates.jsonl.zst)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Merge surveys of parts of a dump instead of reading a dump
    #[arg(long)]
    merge: bool,
    /// Print no progress and no table
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    reading: ReadArgs,
    #[command(flatten)]
    rules: RuleArgs,
}

/// How a dump that is surveyed is read.
#[derive(Args, Debug)]
pub(super) struct ReadArgs {
    /// Count documents by this key or column, or by folder or file
    #[arg(long, default_value = "host", value_name = "KEY")]
    group_key: String,
    /// Form of the input [default: what the file names say; standard input is jsonl]
    #[arg(long, value_name = "FORM", value_parser = forms(Form::ALL, &[]))]
    from: Option<String>,
    /// Threads; 0 uses every core
    #[arg(short, long, default_value_t = 0, value_name = "N")]
    pub(super) jobs: usize,
    /// Read the input in this encoding, whatever it says itself
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Key or column of the text
    #[arg(long, default_value = "text", value_name = "KEY")]
    text_key: String,
    /// Key or column of the page
    #[arg(long, default_value = "html", value_name = "KEY")]
    html_key: String,
    /// Key or column of the page's address
    #[arg(long, default_value = "url", value_name = "KEY")]
    url_key: String,
}

impl ReadArgs {
    /// The sources of the inputs, and how they are read.
    pub(super) fn plan(&self, inputs: &[PathBuf]) -> Result<(Vec<Source>, Task)> {
        let sources = find_sources(inputs, self.from.as_deref().and_then(Form::named), None)?;
        let encoding = encoding_of(self.encoding.as_deref())?;
        let keys = Keys { text: self.text_key.clone(), html: self.html_key.clone(), url: self.url_key.clone(), ..Keys::default() };
        Ok((sources, Task { keys, encoding, group_by: GroupBy::named(&self.group_key), ..Task::default() }))
    }
}

/// An output that would replace an input is a mistake.
pub(super) fn refuse_overwriting<'p>(output: &Path, inputs: impl IntoIterator<Item = &'p Path>) -> Result<()> {
    let Ok(place) = output.canonicalize() else { return Ok(()) };
    if inputs.into_iter().any(|input| input.canonicalize().is_ok_and(|input| input == place)) {
        bail!("the output '{}' would replace the input; choose another name with -o", output.display());
    }
    Ok(())
}

pub(crate) fn run(args: &SurveyArgs) -> Result<Outcome> {
    let rules = args.rules.load()?;
    if args.output.is_dir() {
        bail!("the survey is one file, but '{}' is a folder; name a file such as templates.jsonl.zst", args.output.display());
    }
    if args.merge {
        refuse_overwriting(&args.output, args.inputs.iter().map(PathBuf::as_path))?;
        let (found, about) = merge_files(&args.inputs, rules.settings.survey.max_entries)?;
        let header = save(&found, &about, &args.output)?;
        tell(args.quiet, &header, &args.output, &Totals::default());
        return Ok(Outcome::Done);
    }
    let (sources, task) = args.reading.plan(&args.inputs)?;
    refuse_overwriting(&args.output, sources.iter().filter_map(|source| source.path.as_deref()))?;
    let (header, totals) = survey(rules, &sources, task, args.reading.jobs, args.quiet, (&args.output, Rows::All))?;
    tell(args.quiet, &header, &args.output, &totals);
    Ok(if totals.needs_a_look() { Outcome::LookAgain } else { Outcome::Done })
}

/// Which rows of a survey are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rows {
    /// All, for merging and for rules.
    All,
    /// Those that cleaning needs.
    Common,
}

/// Surveys the sources into a file.
pub(super) fn survey(rules: RuleSet, sources: &[Source], task: Task, jobs: usize, quiet: bool, (output, rows): (&Path, Rows)) -> Result<(Header, Totals)> {
    let dates = DateWords::new(&rules);
    let about =
        About { normalisation: dates.fingerprint().to_owned(), group_by: task.group_by.to_string(), complete_from: 1, common_only: rows == Rows::Common };
    let settings = rules.settings.survey.clone();
    let named = task.group_by.clone();
    let threads = if jobs == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { jobs };
    let counting = Survey::new(dates, usize::try_from(settings.memory).unwrap_or(usize::MAX), threads);
    let worker = Worker::new(Cleaner::new(rules), task).surveying(counting);
    let mut watch = Watch { bar: Progress::new(quiet, sources, 0), shown: 0, totals: Totals::default() };
    run_pipeline(sources, Part::default(), &worker, threads, &nothing_early, &mut watch).context("the inputs cannot be read")?;
    watch.bar.end();
    let counted = worker.into_survey().context("the survey was not made")?;
    let found = counted.finish(settings.max_entries).context("the counts cannot be written to temporary files")?;
    let nameless = found.nameless()?;
    if nameless > 0 && matches!(named, GroupBy::Key(_)) && !quiet {
        eprintln!("{nameless} of {} documents have no '{named}'; they are counted as one group", found.size.documents);
    }
    let header = save(&found, &about, output)?;
    Ok((header, watch.totals))
}

fn save(found: &Gathered, about: &About, output: &Path) -> Result<Header> {
    let failed = || format!("'{}' cannot be written", output.display());
    let mut target = Target::file(output).with_context(failed)?;
    let header = write(found, about, |bytes| target.write(bytes)).with_context(failed)?;
    target.finish().with_context(failed)?;
    Ok(header)
}

fn tell(quiet: bool, header: &Header, output: &Path, totals: &Totals) {
    if quiet {
        return;
    }
    let mut out = io::stderr().lock();
    let mut row = |name: &str, count: u64| drop(writeln!(out, "{name:<14} {count:>12}"));
    row("documents", header.documents);
    row("groups", header.groups);
    row("entries", header.entries);
    if totals.quarantined > 0 {
        row("not readable", totals.quarantined);
    }
    if header.complete_from > 1 {
        let _ = writeln!(out, "lines of fewer than {} documents were left out (survey.max-entries)", header.complete_from);
    }
    if let Some(hint) = hint(header) {
        let _ = writeln!(out, "{hint}");
    }
    let _ = writeln!(out, "written to {}; clean with it: naqi clean DUMP -o OUT --templates {0}", output.display());
}

/// What is odd about a survey, and what to do.
pub(super) fn hint(header: &Header) -> Option<String> {
    let Header { group_by, groups, documents, .. } = header;
    match (*groups, *documents) {
        (_, 0) => Some("no document was read, so nothing was counted".into()),
        (_, 1) => Some("one document repeats nothing: survey a whole dump".into()),
        (1, _) if group_by == "host" => Some(
            "all documents are one group: where they are of several sites, records need a key 'host' or 'url', or name one with --url-key or --group-key"
                .into(),
        ),
        (1, _) => Some(format!("all documents are one group by '{group_by}'; where they are of several sites, name another key with --group-key")),
        (groups, documents) if groups == documents => {
            Some(format!("every document is a group of its own by '{group_by}', so nothing can repeat; name another key with --group-key"))
        }
        _ => None,
    }
}

/// Shows progress and says which records could not be read.
struct Watch<'a> {
    bar: Progress<'a>,
    shown: usize,
    totals: Totals,
}

impl Sink for Watch<'_> {
    fn take(&mut self, done: Done) -> io::Result<()> {
        self.bar.tell(&done, String::new);
        for message in &done.messages {
            if self.shown < MESSAGES {
                self.bar.print(&format!("not surveyed: {message}"));
            }
            self.shown += 1;
        }
        self.totals.merge(done.totals);
        Ok(())
    }
}
