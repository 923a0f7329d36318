//! `naqi rules`: list, show, check, test and try rules, import others, print their schema.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use naqi::clean::Cleaner;
use naqi::document::{Format, Metadata};
use naqi::lint::lint;
use naqi::pipeline::{Part, Sink, nothing_early, run as run_pipeline};
use naqi::read::find_sources;
use naqi::record::{Decoding, Provenance, Record};
use naqi::report::Totals;
use naqi::rules::Layers;
use naqi::rules::rule::Rule;
use naqi::rules::schema::schema;
use naqi::verify::{Fault, verify};
use naqi::worker::{Done, Task, Worker};

use super::import::ImportArgs;
use super::{Outcome, RuleArgs};

#[derive(Args, Debug)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    command: RulesCommand,
}

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// One line a rule: id, class, scope, file:line
    List {
        /// Only rules of this noise class
        #[arg(long)]
        class: Option<String>,
        /// Only rules of this folder or id prefix (ar, en, gen, ...)
        #[arg(long)]
        lang: Option<String>,
        /// Count what each rule removes from this dump (file or folder), and list only rules that do
        #[arg(long, value_name = "DUMP")]
        hits: Option<PathBuf>,
        #[command(flatten)]
        rules: RuleArgs,
    },
    /// The effective rule and where it comes from
    Show {
        /// The rule's id
        id: String,
        #[command(flatten)]
        rules: RuleArgs,
    },
    /// Read rule files strictly and warn of what should not be shipped; silent when all is well
    Check {
        /// Folders or files of rules
        #[arg(required = true)]
        folders: Vec<PathBuf>,
        /// Also tell of single phrases that other phrases of the same language and class cover
        #[arg(long)]
        strict: bool,
    },
    /// Run the examples of every rule
    Test {
        /// Only these rules
        ids: Vec<String>,
        #[command(flatten)]
        rules: RuleArgs,
    },
    /// Turn the rules of another collection into rule files
    Import(ImportArgs),
    /// Print the JSON Schema of rule files, by which editors complete and check them
    Schema,
    /// Which rules match a text, and what they would remove
    Try {
        /// The text; several lines make several blocks
        text: String,
        /// Host name to assume
        #[arg(long)]
        host: Option<String>,
        #[command(flatten)]
        rules: RuleArgs,
    },
}

pub(crate) fn run(args: &RulesArgs) -> Result<Outcome> {
    match &args.command {
        RulesCommand::List { class, lang, hits, rules } => list(class.as_deref(), lang.as_deref(), hits.as_deref(), rules),
        RulesCommand::Show { id, rules } => show(id, rules),
        RulesCommand::Check { folders, strict } => check(folders, *strict),
        RulesCommand::Test { ids, rules } => test(ids, rules),
        RulesCommand::Import(args) => super::import::run(args),
        RulesCommand::Schema => {
            print!("{}", schema());
            Ok(Outcome::Done)
        }
        RulesCommand::Try { text, host, rules } => try_text(text, host.as_deref(), rules),
    }
}

fn list(class: Option<&str>, lang: Option<&str>, dump: Option<&Path>, rules: &RuleArgs) -> Result<Outcome> {
    let set = rules.load()?;
    let hits = dump.map(|dump| hits_in(dump, rules)).transpose()?;
    let is_lang = |rule: &&Rule| lang.is_none_or(|lang| rule.id.starts_with(&format!("{lang}-")) || rule.langs.iter().any(|known| known == lang));
    for rule in set.rules.iter().filter(|rule| class.is_none_or(|class| rule.class == class)).filter(is_lang) {
        let count = match &hits {
            None => String::new(),
            Some(hits) => match hits.sources.get(&rule.id) {
                Some(tally) => format!("{:>8} spans {:>10} bytes  ", tally.spans, tally.bytes),
                None => continue,
            },
        };
        println!("{count}{:<36} {:<14} {:<8} {}", rule.id, rule.class, format!("{:?}", rule.scope).to_lowercase(), rule.place());
    }
    Ok(Outcome::Done)
}

/// What a run over a dump removes, nothing written.
fn hits_in(dump: &Path, rules: &RuleArgs) -> Result<Totals> {
    struct Count(Totals);
    impl Sink for Count {
        fn take(&mut self, done: Done) -> io::Result<()> {
            self.0.merge(done.totals);
            Ok(())
        }
    }
    let sources = find_sources(&[dump.to_owned()], None, None)?;
    let task = Task::default();
    let worker = Worker::new(rules.cleaner()?, task);
    let mut count = Count(Totals::default());
    run_pipeline(&sources, Part::default(), &worker, 0, &nothing_early, &mut count).context("the dump cannot be read")?;
    Ok(count.0)
}

fn show(id: &str, rules: &RuleArgs) -> Result<Outcome> {
    let set = rules.load()?;
    let rule = set.rules.iter().find(|rule| rule.id == id).with_context(|| format!("no rule has the id '{id}'; `naqi rules list` shows all"))?;
    println!("# {}", rule.place());
    let text = &rule.file.text[rule.offset..];
    let end = text.match_indices("[[rule]]").nth(1).map_or(text.len(), |(at, _)| at);
    println!("{}", text[..end].trim_end());
    Ok(Outcome::Done)
}

fn check(folders: &[PathBuf], strict: bool) -> Result<Outcome> {
    let layers = folders.iter().fold(Layers::bare(), |layers, folder| layers.with_folder(folder));
    let cleaner = Cleaner::rules_only(layers.build()?);
    let mut warnings = lint(&cleaner, strict);
    warnings.extend(verify(&cleaner, &[]).failed.into_iter().map(|finding| format!("{}: rule '{}': {}", finding.place, finding.rule, finding.message)));
    for warning in &warnings {
        eprintln!("{warning}");
    }
    Ok(if warnings.is_empty() { Outcome::Done } else { Outcome::LookAgain })
}

fn test(ids: &[String], rules: &RuleArgs) -> Result<Outcome> {
    let cleaner = Cleaner::rules_only(rules.load()?);
    for id in ids {
        cleaner.rules().rules.iter().find(|rule| rule.id == *id).with_context(|| format!("no rule has the id '{id}'"))?;
    }
    let findings = verify(&cleaner, ids);
    for finding in &findings.failed {
        let fault = if finding.fault == Fault::Missing { "missing" } else { "noisy" };
        println!("{fault:<8} {} rule '{}': {}", finding.place, finding.rule, finding.message);
    }
    let failed = findings.failed.len();
    println!("{} rules, {} examples: {} validated, {failed} failed", cleaner.rules().rules.len(), findings.examples, findings.examples - failed);
    Ok(if failed == 0 { Outcome::Done } else { Outcome::LookAgain })
}

fn try_text(text: &str, host: Option<&str>, rules: &RuleArgs) -> Result<Outcome> {
    let cleaner = Cleaner::rules_only(rules.load()?);
    let format = if text.trim_start().starts_with('<') { Format::Html } else { Format::Text };
    let provenance = Provenance { source: "-".into(), line: None, offset: 0 };
    let metadata = Metadata { host: host.map(str::to_owned), ..Metadata::default() };
    let decoding = Decoding { encoding: "UTF-8", mark: false, replaced: 0 };
    let document = cleaner.segment(Record { id: "-".into(), provenance, format, content: text.to_owned(), metadata, decoding });
    let signals = cleaner.signals(&document);
    for signal in &signals {
        println!("{:<5} {:<36} {}", format!("{:?}", signal.action).to_lowercase(), cleaner.name(signal.reason), document.slice(signal.span));
    }
    if signals.is_empty() {
        println!("no rule matches");
    }
    Ok(Outcome::Done)
}
