//! `naqi eval`: figures of a rule set on labelled records, and the rules and detectors that cost most.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use naqi::clean::Cleaner;
use naqi::eval::{Cost, Evaluation, Figures, GroupBy, Means, Measure};
use naqi::read::jsonl::Keys;
use naqi::read::{Form, Source, find_sources};
use serde_json::{Value, json};

use super::{Outcome, RuleArgs};

/// Messages about refused lines shown before they are only counted.
const MESSAGES: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum By {
    /// Figures for each host
    Host,
    /// Figures for each language
    Lang,
    /// Removed words by noise class, and labelled noise by kind
    Class,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
enum Shape {
    /// Tables for people
    #[default]
    Text,
    /// One JSON object
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct EvalArgs {
    /// JSON Lines, tables or files in columns, of records with 'text' or 'html' and a label: 'gold' (the clean body) or 'noise' (character spans)
    #[arg(required = true, value_name = "GOLD")]
    gold: Vec<PathBuf>,
    /// More tables
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t)]
    format: Shape,
    /// Rows of each table of the text form; 0 shows all
    #[arg(long, default_value_t = 20, value_name = "N")]
    rows: usize,
    /// Threads; 0 uses every core
    #[arg(short, long, default_value_t = 0, value_name = "N")]
    jobs: usize,
    /// Key or column of the text
    #[arg(long, default_value = "text", value_name = "KEY")]
    text_key: String,
    /// Key or column of the page
    #[arg(long, default_value = "html", value_name = "KEY")]
    html_key: String,
    #[command(flatten)]
    rules: RuleArgs,
}

pub(crate) fn run(args: &EvalArgs) -> Result<Outcome> {
    let cleaner = args.rules.cleaner()?;
    let mut sources = find_sources(&args.gold, None, None)?;
    // A file with another ending is read as lines: a whole file has no label.
    sources.iter_mut().filter(|source| source.form.is_whole()).for_each(|source| source.form = Form::JsonLines);
    let keys = Keys { text: args.text_key.clone(), html: args.html_key.clone(), ..Keys::default() };
    let by = match args.by {
        Some(By::Host) => Some(GroupBy::Host),
        Some(By::Lang) => Some(GroupBy::Lang),
        Some(By::Class) | None => None,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.jobs).build().context("threads cannot be started")?;
    let found = pool.install(|| Measure { cleaner: &cleaner, keys: &keys, by }.run(&sources));
    for record in found.refused.iter().take(MESSAGES) {
        eprintln!("not measured: {record}");
    }
    if found.refused.len() > MESSAGES {
        eprintln!("not measured: {} records in all", found.refused.len());
    }
    let mut out = io::stdout().lock();
    let written = match args.format {
        Shape::Text => print_text(&mut out, args, &cleaner, &sources, &found),
        Shape::Json => writeln!(out, "{:#}", as_json(&cleaner, &sources, &found)),
    };
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error).context("standard output cannot be written"),
        _ => {}
    }
    Ok(if found.refused.is_empty() { Outcome::Done } else { Outcome::LookAgain })
}

fn print_text(out: &mut impl Write, args: &EvalArgs, cleaner: &Cleaner, sources: &[Source], found: &Evaluation) -> io::Result<()> {
    let rows = if args.rows == 0 { usize::MAX } else { args.rows };
    writeln!(out, "{:<36} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}", "set", "records", "precision", "recall", "F1", "caught", "harmed", "empty")?;
    for (number, figures) in &found.sets {
        print_means(out, &sources[*number].name, &figures.means())?;
    }
    let mut groups: Vec<(&String, &Figures)> = found.groups.iter().collect();
    groups.sort_by_key(|(name, figures)| (std::cmp::Reverse(figures.gold + figures.noise), *name));
    for (name, figures) in groups.iter().take(rows) {
        print_means(out, &format!("  {name}"), &figures.means())?;
    }
    print_rest(out, groups.len(), rows)?;
    if args.by == Some(By::Class) {
        print_classes(out, found)?;
    }
    writeln!(out, "\n{:<44} {:>9} {:>9}  place", "removed words by rule or detector", "harm", "right")?;
    let dearest = found.dearest();
    for (name, class, cost) in dearest.iter().take(rows) {
        writeln!(out, "  {:<42} {:>9} {:>9}  {}", format!("{name} ({class})"), cost.harm, cost.right, place_of(cleaner, name).unwrap_or_default())?;
    }
    print_rest(out, dearest.len(), rows)
}

fn print_means(out: &mut impl Write, name: &str, means: &Means) -> io::Result<()> {
    let cell = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| format!("{value:.4}"));
    let cells = [means.precision, means.recall, means.f1, means.caught, means.harmed].map(cell);
    writeln!(out, "{name:<36} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7.4}", means.records, cells[0], cells[1], cells[2], cells[3], cells[4], means.empty)
}

fn print_rest(out: &mut impl Write, all: usize, shown: usize) -> io::Result<()> {
    if all > shown { writeln!(out, "  and {} more; --rows 0 shows all", all - shown) } else { Ok(()) }
}

fn print_classes(out: &mut impl Write, found: &Evaluation) -> io::Result<()> {
    writeln!(out, "\n{:<44} {:>9} {:>9}", "removed words by noise class", "harm", "right")?;
    for (class, cost) in classes(found) {
        writeln!(out, "  {class:<42} {:>9} {:>9}", cost.harm, cost.right)?;
    }
    if !found.kinds.is_empty() {
        writeln!(out, "\n{:<44} {:>9} {:>9} {:>9}", "labelled noise by kind", "words", "gone", "caught")?;
        for (kind, caught) in &found.kinds {
            writeln!(out, "  {kind:<42} {:>9} {:>9} {:>9.4}", caught.words, caught.gone, caught.gone as f64 / caught.words as f64)?;
        }
    }
    Ok(())
}

fn classes(found: &Evaluation) -> BTreeMap<&'static str, Cost> {
    let mut classes: BTreeMap<&'static str, Cost> = BTreeMap::new();
    for ((_, class), cost) in &found.costs {
        let sum = classes.entry(class).or_default();
        sum.harm += cost.harm;
        sum.right += cost.right;
    }
    classes
}

/// `file:line` of a rule; none for detectors.
fn place_of(cleaner: &Cleaner, name: &str) -> Option<String> {
    cleaner.rules().rules.iter().find(|rule| rule.id == name).map(|rule| rule.place())
}

fn as_json(cleaner: &Cleaner, sources: &[Source], found: &Evaluation) -> Value {
    let sets: serde_json::Map<String, Value> = found.sets.iter().map(|(number, figures)| (sources[*number].name.to_string(), json!(figures.means()))).collect();
    let groups: serde_json::Map<String, Value> = found.groups.iter().map(|(name, figures)| (name.clone(), json!(figures.means()))).collect();
    let costs: Vec<Value> = found
        .dearest()
        .iter()
        .map(|(name, class, cost)| json!({"name": name, "class": class, "place": place_of(cleaner, name), "harm": cost.harm, "right": cost.right}))
        .collect();
    let refused: Vec<String> = found.refused.iter().map(ToString::to_string).collect();
    json!({"sets": sets, "groups": groups, "costs": costs, "classes": classes(found), "kinds": found.kinds, "refused": refused})
}
