//! `naqi train`: rows of features and labels from labelled records, for the learner in tools/train.py.
//!
//! Writes `text.*` or `html.*` into the output folder: `.f32` (a row a block: label, words, features), `.records.jsonl`, `.features.json`
//! and `.tables.json` (the last entry for all records, those before for each fold).

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use naqi::clean::Cleaner;
use naqi::document::Format;
use naqi::model::{Tables, WordScores};
use naqi::read::{Form, find_sources, open};
use naqi::train::{Example, FOLDS, Scorer, example};
use serde_json::{Value, json};

use super::{Outcome, RuleArgs};

#[derive(Args, Debug)]
pub(crate) struct TrainArgs {
    /// JSON Lines files with `gold` beside `text` or `html`; all of one kind
    #[arg(required = true, value_name = "GOLD")]
    inputs: Vec<PathBuf>,
    /// Texts only: give each gold body as a text of its own too, so that the weights learn to leave clean texts alone
    #[arg(long)]
    bodies: bool,
    /// Folder for the rows
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    rules: RuleArgs,
}

pub(crate) fn run(args: &TrainArgs) -> Result<Outcome> {
    let cleaner = args.rules.cleaner()?;
    fs::create_dir_all(&args.output).with_context(|| format!("cannot make the folder '{}'", args.output.display()))?;
    let mut scorer = Scorer::default();
    let mut formats: Vec<Format> = Vec::new();
    each(args, &cleaner, |_, example| {
        if !formats.contains(&example.document.format) {
            formats.push(example.document.format);
        }
        scorer.add(&example);
        Ok(())
    })?;
    let kind = match formats[..] {
        [Format::Html] => "html",
        [Format::Text] => "text",
        _ => bail!("the records must all be pages (`html`) or all texts (`text`), each with `gold`; found {formats:?}"),
    };
    let tables: Vec<Tables> = (0..FOLDS).map(Some).chain([None]).map(|fold| scorer.tables(fold)).collect();
    let path = |end: &str| args.output.join(format!("{kind}.{end}"));
    write_rows(args, &cleaner, &tables, &path)?;
    let scores = |table: &WordScores| json!({"hashes": table.hashes, "scores": table.scores});
    let list: Vec<_> =
        tables.iter().map(|tables| json!({"names": scores(&tables.names), "words": scores(&tables.words), "lines": scores(&tables.lines)})).collect();
    fs::write(path("tables.json"), serde_json::to_string(&list)?)?;
    Ok(Outcome::Done)
}

fn write_rows(args: &TrainArgs, cleaner: &Cleaner, tables: &[Tables], path: &dyn Fn(&str) -> PathBuf) -> Result<()> {
    let mut rows = BufWriter::new(File::create(path("f32"))?);
    let mut records = BufWriter::new(File::create(path("records.jsonl"))?);
    let mut names: Vec<String> = Vec::new();
    each(args, cleaner, |input, example| {
        let given = example.rows(&tables[example.facts.fold]);
        if names.is_empty() {
            names = given.names();
            fs::write(path("features.json"), serde_json::to_string(&names)?)?;
        }
        let mut row = vec![0.0; names.len()];
        for (at, (&label, block)) in example.labels.iter().zip(&example.document.blocks).enumerate() {
            given.give(at, |place, value| row[place] = value);
            rows.write_all(&f32::from(u8::from(label)).to_le_bytes())?;
            rows.write_all(&(block.shape.words as f32).to_le_bytes())?;
            for value in &row {
                rows.write_all(&value.to_le_bytes())?;
            }
        }
        let mut facts = serde_json::to_value(&example.facts)?;
        facts["set"] = input.file_stem().unwrap_or_default().to_string_lossy().into();
        writeln!(records, "{facts}")?;
        Ok(())
    })?;
    rows.flush()?;
    records.flush()?;
    Ok(())
}

/// Gives every labelled record with the name of its file, then, when asked for, every gold body once.
fn each(args: &TrainArgs, cleaner: &Cleaner, mut take: impl FnMut(&Path, Example) -> Result<()>) -> Result<()> {
    each_line(&args.inputs, |name, line| example(cleaner, line).map_or(Ok(()), |example| take(name, example)))?;
    if !args.bodies {
        return Ok(());
    }
    let mut seen = HashSet::new();
    each_line(&args.inputs, |_, line| match body(line).filter(|body| seen.insert(body.clone())) {
        Some(body) => example(cleaner, &body).map_or(Ok(()), |example| take(Path::new("bodies"), example)),
        None => Ok(()),
    })
}

/// A labelled record as that of its gold body.
fn body(line: &str) -> Option<String> {
    let mut record: serde_json::Map<String, Value> = serde_json::from_str(line).ok()?;
    let gold = record.get("gold")?.clone();
    record.retain(|key, _| ["host", "url", "gold"].contains(&key.as_str()));
    record.insert("text".into(), gold);
    Some(Value::Object(record).to_string())
}

fn each_line(inputs: &[PathBuf], mut take: impl FnMut(&Path, &str) -> Result<()>) -> Result<()> {
    for source in find_sources(inputs, Some(Form::JsonLines), None)? {
        let name = source.path.clone().unwrap_or_default();
        for line in open(&source).with_context(|| format!("cannot read '{}'", name.display()))?.split(b'\n') {
            take(&name, &String::from_utf8_lossy(&line?))?;
        }
    }
    Ok(())
}
