//! The command line: one file a subcommand. Arguments are parsed here and turned into plain values; the work is the library's.

mod clean;
mod eval;
mod explain;
mod import;
mod output;
mod plan;
mod progress;
mod restore;
mod rules;
mod suggest;
mod survey;
mod train;
mod twice;

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, CommandFactory, Parser, Subcommand};
use naqi::clean::Cleaner;
use naqi::read::jsonl::Keys;
use naqi::rules::{Layers, RuleSet};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well.
    Done,
    /// Done, but records were quarantined or flagged, or rule examples failed.
    LookAgain,
}

/// Strips scraper noise from dumps of web text.
#[derive(Debug, Parser)]
#[command(name = "naqi", version, about, long_about = LONG_ABOUT, arg_required_else_help = true, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const LONG_ABOUT: &str = "\
naqi turns scraped dumps into clean article bodies: it reads text, HTML, JSON Lines, CSV, Parquet, Arrow, \
WARC and archives in any encoding, finds noise with \
rule files that you can edit, and writes the body, what it removed and why.

First steps:
  naqi clean samples -o clean        clean a folder; bodies, audit and quarantine land in clean/
  naqi explain page.txt              see every block of one document with its verdict and reason
  naqi restore clean -o back         put the inputs together again from bodies and audit
  naqi rules list --lang ar          what the shipped rules look for
  naqi rules try 'Read also: ...'    which rules match a text

Your own rules: write a .toml file (docs/rules.md), then `naqi rules test --rules DIR` and `naqi clean --rules DIR ...`.
Exit status: 0 done; 1 done, but records were flagged or quarantined or rule examples failed; 2 usage, rule or I/O error.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Clean files, folders or standard input
    Clean(Box<clean::CleanArgs>),
    /// Show every block of a document with its verdict and the evidence
    Explain(explain::ExplainArgs),
    /// Measure a rule set on labelled records: precision, recall, F1, and which rules cost most
    Eval(eval::EvalArgs),
    /// Count what repeats across the documents of a dump, for `naqi clean --templates`
    Survey(survey::SurveyArgs),
    /// Write rules for the noise of a dump that the rules miss, with examples from the dump
    Suggest(suggest::SuggestArgs),
    /// Rebuild the inputs from clean bodies and the audit
    Restore(restore::RestoreArgs),
    /// List, show, check, test, try and import rules
    Rules(rules::RulesArgs),
    /// Write rows of features from labelled records, to train the model on (docs/model.md)
    Train(train::TrainArgs),
    /// Print a completion script for your shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Which rules and settings apply; shared by all commands that judge text.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct RuleArgs {
    /// Add a folder (or file) of rules; later rules replace earlier ones with the same id
    #[arg(long = "rules", value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Leave the built-in rules out (settings and word lists stay)
    #[arg(long)]
    no_builtin: bool,
    /// Apply only these rules
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// Read settings from this file instead of the naqi.toml found upward from the working folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Read no naqi.toml
    #[arg(long, conflicts_with = "config")]
    no_config: bool,
    /// Change one setting for this run, as in --set repeat.enabled=false
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

/// Names of keys and columns.
#[derive(Args, Clone, Debug)]
pub(crate) struct KeyArgs {
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
}

impl KeyArgs {
    /// The names as readers take them.
    pub(crate) fn keys(&self) -> Keys {
        Keys { text: self.text_key.clone(), html: self.html_key.clone(), id: self.id_key.clone(), url: self.url_key.clone() }
    }
}

impl RuleArgs {
    /// Loads and compiles the rules.
    pub(crate) fn load(&self) -> Result<RuleSet> {
        Ok(self.layers().build()?)
    }

    /// The files and settings that the rules are compiled from.
    pub(crate) fn layers(&self) -> Layers {
        let mut layers = if self.no_builtin { Layers::bare() } else { Layers::shipped() };
        for folder in &self.folders {
            layers = layers.with_folder(folder);
        }
        let found = if self.no_config { None } else { find_config() };
        if let Some(config) = self.config.as_ref().or(found.as_ref()) {
            layers = layers.with_settings(config);
        }
        for setting in &self.settings {
            layers = layers.with_setting(setting);
        }
        layers.only(&self.only)
    }

    /// A cleaner with these rules.
    pub(crate) fn cleaner(&self) -> Result<Cleaner> {
        Ok(Cleaner::new(self.load()?))
    }
}

/// The nearest `naqi.toml` in the working folder or above it. One inside a `rules` folder belongs to those rules.
fn find_config() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().filter(|folder| folder.file_name() != Some("rules".as_ref())).map(|folder| folder.join("naqi.toml")).find(|path| path.is_file())
}

/// Parses the arguments and runs the command.
pub(crate) fn run() -> Result<Outcome> {
    match Cli::parse().command {
        Command::Clean(args) => clean::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Survey(args) => survey::run(&args),
        Command::Suggest(args) => suggest::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "naqi", &mut io::stdout());
            Ok(Outcome::Done)
        }
    }
}

/// Is this path the standard stream?
fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}
