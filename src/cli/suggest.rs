//! `naqi suggest`: rules for the noise of a dump that the rules in use miss.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use naqi::suggest::suggest;
use naqi::write::target::Target;

use super::survey::{ReadArgs, Rows, hint, refuse_overwriting, survey};
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
    /// Print no progress
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    reading: ReadArgs,
    #[command(flatten)]
    rules: RuleArgs,
}

pub(crate) fn run(args: &SuggestArgs) -> Result<Outcome> {
    let layers = args.rules.layers();
    if args.top == 0 {
        bail!("--top 0 would suggest nothing; ask for one rule or more");
    }
    if args.output.is_dir() {
        bail!("the rules are one file, but '{}' is a folder; name a file such as suggested.toml", args.output.display());
    }
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let file = match &args.templates {
        Some(file) => file.clone(),
        None => {
            let (sources, task) = args.reading.plan(&args.inputs)?;
            refuse_overwriting(&args.output, sources.iter().filter_map(|source| source.path.as_deref()))?;
            let file = folder.path().join("survey.jsonl.zst");
            let (header, _) = survey(layers.clone().build()?, &sources, task, args.reading.jobs, args.quiet, (&file, Rows::All))?;
            hint(&header).filter(|_| !args.quiet).into_iter().for_each(|hint| eprintln!("{hint}"));
            file
        }
    };
    let (text, rules) = suggest(&file, &layers, args.top)?;
    let mut target = if is_standard(&args.output) { Target::standard() } else { Target::file(&args.output)? };
    let failed = || format!("'{}' cannot be written", args.output.display());
    target.write(text.as_bytes()).with_context(failed)?;
    target.finish().with_context(failed)?;
    if !args.quiet {
        tell(rules, &args.output);
    }
    Ok(Outcome::Done)
}

fn tell(rules: usize, output: &Path) {
    match rules {
        0 => eprintln!("no rule suggested: nothing repeats in enough documents ([suggest] documents in naqi.toml) that the rules in use would leave"),
        _ if is_standard(output) => eprintln!("{rules} rules suggested; read them before you use them"),
        _ => eprintln!("{rules} rules suggested; read them, then: naqi rules test --rules {0} && naqi clean DUMP -o OUT --rules {0}", output.display()),
    }
}
