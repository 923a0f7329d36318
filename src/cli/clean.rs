//! `naqi clean`: files, folders or standard input to clean bodies, with audit, quarantine, progress bar and closing table.
//!
//! Arguments become a [`Plan`] (what is read, where it goes); [`output`](super::output) writes.

use std::io;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use naqi::journal::Journal;
use naqi::pipeline::{Part, Sink, nothing_early, run as run_pipeline};
use naqi::read::{Form, Source};
use naqi::sample::{Draw, Sample};
use naqi::worker::{Done, Worker};

use super::output::{Output, write_whole};
use super::plan::Plan;
use super::{KeyArgs, Outcome, RuleArgs, twice};

#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
pub(super) enum AuditFormat {
    #[default]
    Naqi,
    Dolma,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
pub(super) enum Records {
    #[default]
    Flat,
    Datatrove,
}

#[derive(Args, Debug)]
pub(crate) struct CleanArgs {
    /// Files or folders to clean; '-' is standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(super) inputs: Vec<PathBuf>,
    /// Output folder (mirrors the input), a file for all records (.jsonl, .csv, ...: its ending says the form), or '-' for standard output
    #[arg(short, long, value_name = "OUT", required_unless_present = "dry_run")]
    pub(super) output: Option<PathBuf>,
    /// Form of the input; 'quarantine' holds records that an earlier run refused [default: what the file names say; standard input is jsonl]
    #[arg(long, value_name = "FORM", value_parser = forms(Form::ALL, &[]))]
    pub(super) from: Option<String>,
    /// Form of the output; 'same' is the input's own, and text for pages [default: what the output's name says, else same]
    #[arg(long, value_name = "FORM", value_parser = forms(Form::WRITTEN, &["same"]))]
    pub(super) to: Option<String>,
    /// Layout of JSON records and tables: keys where they stood, or datatrove's text, id and metadata
    #[arg(long, value_enum, default_value_t, value_name = "LAYOUT")]
    pub(super) layout: Records,
    /// Threads; 0 uses every core
    #[arg(short, long, default_value_t = 0, value_name = "N")]
    pub(super) jobs: usize,
    /// Read the input in this encoding, whatever it says itself (windows-1256, gbk, ...)
    #[arg(long, value_name = "NAME")]
    pub(super) encoding: Option<String>,
    /// Write every removed span with its reason to this file [default: audit.jsonl in an output folder]
    #[arg(long, value_name = "FILE")]
    pub(super) audit: Option<PathBuf>,
    /// What the audit holds: naqi's own lines, which `naqi restore` needs, or Dolma attributes (spans in characters, a line a record; for
    /// an output folder one file a source, in a folder `attributes`)
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub(super) audit_format: AuditFormat,
    /// Write no audit
    #[arg(long, conflicts_with = "audit")]
    pub(super) no_audit: bool,
    /// Leave the removed text out of the audit (it then cannot restore the input)
    #[arg(long)]
    pub(super) bare_audit: bool,
    /// Write records that cannot be read to this file [default: quarantine.jsonl in an output folder]
    #[arg(long, value_name = "FILE")]
    pub(super) quarantine: Option<PathBuf>,
    /// Clean and report, but write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Go on where a killed run of the same command stopped; starts anew when there is nothing to go on from
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) resume: bool,
    /// Clean only the first N records
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<u64>,
    /// Clean N records drawn at random from all inputs, which are read twice
    #[arg(long, value_name = "N", conflicts_with = "limit")]
    pub(super) sample: Option<usize>,
    /// The number that decides what is drawn
    #[arg(long, value_name = "N", default_value_t = 0, requires = "sample")]
    pub(super) seed: u64,
    /// Print no progress and no table
    #[arg(short, long)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) keys: KeyArgs,
    /// Drop what this survey of the dump calls template (`naqi survey` makes one)
    #[arg(long, value_name = "FILE")]
    pub(super) templates: Option<PathBuf>,
    /// Survey the input first, all of it, and clean with that, in one command
    #[arg(long, conflicts_with = "templates")]
    pub(super) survey: bool,
    /// Find documents that copy an earlier one, and leave them out; --dedupe=flag only flags them. Reads the input twice
    #[arg(long, value_enum, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "drop")]
    pub(super) dedupe: Option<Dedupe>,
    /// Write which document copies which to this file [default with --dedupe: duplicates.jsonl in an output folder]; without --dedupe copies are
    /// listed and nothing more. Reads the input twice
    #[arg(long, value_name = "FILE")]
    pub(super) duplicates: Option<PathBuf>,
    /// With --survey, count documents by this key or column, or by folder or file [default: host]
    #[arg(long, default_value = "host", value_name = "KEY", requires = "survey")]
    pub(super) group_key: String,
    #[command(flatten)]
    pub(super) rules: RuleArgs,
}

impl CleanArgs {
    /// Are copies looked for, be it to list them?
    pub(super) fn wants_copies(&self) -> bool {
        self.dedupe.is_some() || self.duplicates.is_some() && !self.dry_run
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Hash, ValueEnum)]
pub(super) enum Dedupe {
    /// Leave copies out
    Drop,
    /// Flag copies
    Flag,
}

/// A parser of the names of these forms, and of other words.
pub(super) fn forms(forms: &[Form], words: &[&'static str]) -> PossibleValuesParser {
    PossibleValuesParser::new(words.iter().copied().chain(forms.iter().map(|form| form.name())))
}

pub(crate) fn run(args: &CleanArgs) -> Result<Outcome> {
    let mut plan = Plan::new(args)?;
    let rules = args.rules.load()?;
    let mut task = plan.task(args)?;
    let (journal, left) = match &plan.journal {
        Ok(path) => {
            let (journal, left) = Journal::open(path, plan.fingerprint(args, &rules, &task)?, args.resume)?;
            (Some(journal), left)
        }
        Err(why) if args.resume => bail!("{why}"),
        Err(_) => (None, None),
    };
    if let Some((_, began)) = left {
        plan.refuse_newer(began)?;
    }
    let spool = twice::spool(args, &mut plan.sources)?;
    let cleaner = twice::cleaner(args, rules, &plan.sources, &mut task, spool.as_ref().map(|folder| folder.path()))?;
    let mut worker = Worker::new(cleaner, task);
    if let Some(wanted) = args.sample {
        worker = worker.with_sample(Sample::Rank(args.seed));
        let sample = draw(&plan.sources, &worker, wanted, args)?;
        worker = worker.with_sample(sample);
    }
    let worker = twice::deduped(args, worker, &plan.sources)?;
    let state = left.map(|(state, _)| state).unwrap_or_default();
    let part = Part { source: state.source, pieces: state.pieces, limit: args.limit };
    let mut output = Output::new(&plan, &worker, journal, state, args.quiet)?;
    let written = run_pipeline(&plan.sources, part, &worker, args.jobs, &|done| write_whole(&plan, &worker, done), &mut output);
    let totals = match written.and_then(|()| output.finish()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Outcome::Done),
        other => other.context("the output cannot be written")?,
    };
    if !args.quiet {
        eprint!("{totals}");
    }
    // The process ends: to take thousands of rules apart is of no use.
    std::mem::forget(worker);
    Ok(if totals.needs_a_look() { Outcome::LookAgain } else { Outcome::Done })
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
