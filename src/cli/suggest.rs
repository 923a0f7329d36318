//! `naqi suggest`: rules for the noise of a dump that the rules in use miss.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use naqi::read::{Form, find_sources};
use naqi::suggest::suggest;
use naqi::worker::Task;
use naqi::write::target::Target;

use super::clean::forms;
use super::survey::survey;
use super::{Outcome, RuleArgs, is_standard};

#[derive(Args, Debug)]
pub(crate) struct SuggestArgs {
    /// Files or folders of one dump; none with --templates
    #[arg(required_unless_present = "templates", value_name = "DUMP")]
    inputs: Vec<PathBuf>,
    /// The rule file to write; '-' is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Mine this survey instead of surveying the dump
    #[arg(long, value_name = "FILE", conflicts_with = "inputs")]
    templates: Option<PathBuf>,
    /// Write at most so many rules
    #[arg(long, default_value_t = 100, value_name = "N")]
    top: usize,
    /// Form of the input [default: what the file names say; standard input is jsonl]
    #[arg(long, value_name = "FORM", value_parser = forms(Form::ALL, &[]))]
    from: Option<String>,
    /// Threads; 0 uses every core
    #[arg(short, long, default_value_t = 0, value_name = "N")]
    jobs: usize,
    /// Print no progress
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    rules: RuleArgs,
}

pub(crate) fn run(args: &SuggestArgs) -> Result<Outcome> {
    let layers = args.rules.layers();
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let file = match &args.templates {
        Some(file) => file.clone(),
        None => {
            let sources = find_sources(&args.inputs, args.from.as_deref().and_then(Form::named), None)?;
            let file = folder.path().join("survey.jsonl.zst");
            survey(layers.clone().build()?, &sources, Task::default(), args.jobs, args.quiet, &file)?;
            file
        }
    };
    let (text, rules) = suggest(&file, &layers, args.top)?;
    let mut target = if is_standard(&args.output) { Target::standard() } else { Target::file(&args.output)? };
    let failed = || format!("'{}' cannot be written", args.output.display());
    target.write(text.as_bytes()).with_context(failed)?;
    target.finish().with_context(failed)?;
    if !args.quiet {
        eprintln!("{rules} rules suggested; read them, then: naqi rules test --rules {0} && naqi clean DUMP -o OUT --rules {0}", args.output.display());
    }
    Ok(Outcome::Done)
}
