//! `naqi explain`: one document, block by block, with verdict, reason, place of the rule and the evidence that lost.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use naqi::clean::{Article, Cleaner};
use naqi::detect::Opinion;
use naqi::document::{Block, Document};
use naqi::read::{Form, Works, find_sources};
use naqi::record::Record;
use naqi::verdict::{Action, Reason, Signal, Source, Verdict};
use naqi::worker::{Task, Wanted, Worker};
use serde_json::json;

use super::clean::forms;
use super::twice::templates_of;
use super::{KeyArgs, Outcome, RuleArgs};

/// Features of the learned model named for a block.
const FEATURES: usize = 4;
/// Records that cannot be read named when the one that was asked for is not there.
const MESSAGES: usize = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
enum Shape {
    /// For people
    #[default]
    Text,
    /// One JSON object a block
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
enum Color {
    /// When standard output is a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// A file of any form; '-' is standard input, read as text
    file: PathBuf,
    /// Record to explain: its line in JSON Lines or a table, its number in WARC, its row in columns [default: the first record]
    #[arg(long, value_name = "N")]
    line: Option<u64>,
    /// Record to explain, by its id; that of an archive's member is its path, behind the archive's name
    #[arg(long, value_name = "ID")]
    record: Option<String>,
    /// Form of the input [default: what the file's name says]
    #[arg(long, value_name = "FORM", value_parser = forms(Form::ALL, &[]))]
    from: Option<String>,
    /// Host name to assume
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Explain with this survey of the dump (`naqi survey` makes one)
    #[arg(long, value_name = "FILE")]
    templates: Option<PathBuf>,
    /// Group of the survey that the document belongs to, where it is not the host
    #[arg(long, value_name = "NAME", requires = "templates")]
    group: Option<String>,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    format: Shape,
    /// Colours
    #[arg(long, value_enum, default_value_t)]
    color: Color,
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten)]
    rules: RuleArgs,
}

pub(crate) fn run(args: &ExplainArgs) -> Result<Outcome> {
    let mut cleaner = args.rules.cleaner()?;
    if let Some(file) = &args.templates {
        let templates = templates_of(file, cleaner.rules())?;
        cleaner = cleaner.with_templates(templates);
    }
    let worker = Worker::new(cleaner, Task { keys: args.keys.keys(), ..Task::default() });
    let worker = worker.seeking(Wanted { line: args.line, id: args.record.clone() });
    let mut record = read(args, &worker)?;
    record.metadata.group = record.metadata.group.or_else(|| args.group.clone());
    let cleaner = worker.cleaner();
    let group = record.metadata.group_name();
    if let Some(templates) = cleaner.templates().filter(|templates| templates.group(group).is_none()) {
        eprintln!("the survey has no documents of the {} '{group}', so it says nothing; name another with --host or --group", templates.header.group_by);
    }
    let document = cleaner.segment(record);
    let article = cleaner.clean(&document);
    let signals = cleaner.signals(&document);
    let color = match args.color {
        Color::Auto => io::stdout().is_terminal(),
        Color::Always => true,
        Color::Never => false,
    };
    let mut out = io::stdout().lock();
    let written = match args.format {
        Shape::Text => print_text(&mut out, cleaner, &document, &article, &signals, color),
        Shape::Json => print_json(&mut out, cleaner, &document, &article, &signals),
    };
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Outcome::Done),
        other => other.map(|()| Outcome::Done).context("standard output cannot be written"),
    }
}

/// The record to explain, read as `naqi clean` reads it.
fn read(args: &ExplainArgs, worker: &Worker) -> Result<Record> {
    let form = args.from.as_deref().and_then(Form::named).or_else(|| super::is_standard(&args.file).then_some(Form::Text));
    let sources = find_sources(std::slice::from_ref(&args.file), form, None)?;
    let mut refused = Vec::new();
    for work in Works::new(&sources, worker.limits()) {
        let source = work.member.as_deref().unwrap_or(&sources[work.source]);
        refused.append(&mut worker.work(source, work.piece).messages);
        if let Some(mut record) = worker.found() {
            record.metadata.host = args.host.clone().or(record.metadata.host);
            return Ok(record);
        }
    }
    let which = match (args.line, &args.record) {
        (Some(line), Some(id)) => format!(" on line (or of number) {line} or behind it with the id '{id}'"),
        (Some(line), None) => format!(" on line (or of number) {line} or behind it"),
        (None, Some(id)) => format!(" with the id '{id}'"),
        (None, None) => String::new(),
    };
    refused.truncate(MESSAGES);
    let refused = if refused.is_empty() { String::new() } else { format!("; these cannot be read: {}", refused.join("; ")) };
    bail!("'{}' has no record{which}{refused}", args.file.display())
}

/// The verdicts that touch a block, and the signals about it.
fn about<'a>(block: &Block, article: &'a Article, signals: &'a [Signal]) -> (Vec<&'a Verdict>, Vec<&'a Signal>) {
    let verdicts = article.verdicts.iter().filter(|verdict| verdict.span.overlaps(block.span)).collect();
    let signals = signals.iter().filter(|signal| signal.span.overlaps(block.span)).collect();
    (verdicts, signals)
}

fn place_of(cleaner: &Cleaner, reason: Reason) -> Option<String> {
    match reason.source {
        Source::Rule(number) => Some(cleaner.rules().rule(number).place()),
        Source::Detector(_) => None,
    }
}

fn reason_text(cleaner: &Cleaner, reason: Reason, score: f32) -> String {
    let place = place_of(cleaner, reason).map(|place| format!(" at {place}")).unwrap_or_default();
    format!("{} by {}{place} ({score:.2})", reason.class, cleaner.name(reason))
}

/// Isolates a line's direction, so that right-to-left text does not reorder the marks before it.
fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

/// What the learned weights say of a block, for people.
fn opinion_text(opinion: &Opinion) -> String {
    let named: Vec<String> = opinion.features.iter().map(|(name, value, adds)| format!("{name}={} {adds:+.2}", (value * 100.0).round() / 100.0)).collect();
    format!("model: {:.2} of {:.2} needed; {}", opinion.probability, opinion.needed, named.join(", "))
}

fn print_text(out: &mut impl Write, cleaner: &Cleaner, document: &Document, article: &Article, signals: &[Signal], color: bool) -> io::Result<()> {
    let opinions = cleaner.opinions(document, FEATURES);
    let paint = |code: &str, text: &str| if color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() };
    writeln!(out, "title   {}", article.title.as_deref().map_or("(none)".into(), isolated))?;
    writeln!(out, "status  {}  removed {:.1} %  {}", article.status.word(), 100.0 * article.removed, article.flags.join(", "))?;
    for (number, block) in document.blocks.iter().enumerate() {
        let (verdicts, evidence) = about(block, article, signals);
        let dropped: Vec<&&Verdict> = verdicts.iter().filter(|verdict| verdict.action == Action::Drop).collect();
        let kept = verdicts.iter().any(|verdict| verdict.action == Action::Keep);
        let (mark, code) = match (dropped.is_empty(), kept) {
            (true, _) => ("keep", "32"),
            (false, true) => ("part", "33"),
            (false, false) => ("drop", "31"),
        };
        writeln!(out, "{:>4} {} {}", number + 1, paint(code, mark), paint(if mark == "drop" { "2" } else { "0" }, &isolated(document.slice(block.span))))?;
        let mut named = Vec::new();
        for verdict in dropped {
            let Some(reason) = verdict.reason else { continue };
            let part = if mark == "part" { format!(": {}", isolated(document.slice(verdict.span).trim())) } else { String::new() };
            writeln!(out, "          {}{part}", paint("36", &reason_text(cleaner, reason, verdict.score)))?;
            named.push(reason);
        }
        for signal in evidence.iter().filter(|signal| !named.contains(&signal.reason)) {
            writeln!(
                out,
                "          {}",
                paint("2", &format!("also {:?}: {}", signal.action, reason_text(cleaner, signal.reason, signal.score)).to_lowercase())
            )?;
        }
        if let Some(opinion) = opinions.get(number) {
            writeln!(out, "          {}", paint("2", &opinion_text(opinion)))?;
        }
    }
    Ok(())
}

fn print_json(out: &mut impl Write, cleaner: &Cleaner, document: &Document, article: &Article, signals: &[Signal]) -> io::Result<()> {
    let opinions = cleaner.opinions(document, FEATURES);
    for (number, block) in document.blocks.iter().enumerate() {
        let (verdicts, evidence) = about(block, article, signals);
        let removed: Vec<_> = verdicts
            .iter()
            .filter(|verdict| verdict.action == Action::Drop)
            .filter_map(|verdict| {
                let reason = verdict.reason?;
                Some(json!({"start": verdict.span.start, "end": verdict.span.end, "by": cleaner.name(reason), "class": reason.class, "place": place_of(cleaner, reason), "score": verdict.score}))
            })
            .collect();
        let evidence: Vec<_> = evidence
            .iter()
            .map(|signal| json!({"action": format!("{:?}", signal.action).to_lowercase(), "by": cleaner.name(signal.reason), "class": signal.reason.class, "start": signal.span.start, "end": signal.span.end, "score": signal.score}))
            .collect();
        let opinion = opinions.get(number).map(|opinion| {
            let features: Vec<_> = opinion.features.iter().map(|(name, value, adds)| json!({"name": name, "value": value, "adds": adds})).collect();
            json!({"probability": opinion.probability, "needed": opinion.needed, "features": features})
        });
        let line = json!({"block": number + 1, "start": block.span.start, "end": block.span.end, "text": document.slice(block.span), "removed": removed, "evidence": evidence, "model": opinion});
        writeln!(out, "{line}")?;
    }
    Ok(())
}
