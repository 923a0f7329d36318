//! `naqi suggest`: the noise of a dump that the rules miss, as rules.
//!
//! In: the survey of a dump, and the rules in use. Out: a rule file: lines, openings and endings that many documents of a host have and no
//! rule removes, grouped over hosts, best first, each with its class, language, a phrase, and examples from the dump. Every rule
//! has passed its own examples and the checks of `naqi rules check` before it is written; what fails is left out.

mod guess;
mod mine;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use crate::clean::Cleaner;
use crate::lint::lint;
use crate::rules::Layers;
use crate::rules::source::RuleErrors;
use crate::verify::verify;

use guess::Guesser;
pub use mine::{Candidate, Place};

/// A phrase of more hosts is for all.
const MOST_HOSTS: usize = 10;
/// The name under which suggested rules are tried.
const NAME: &str = "suggested.toml";

/// Why no rules can be suggested.
#[derive(Debug, thiserror::Error)]
pub enum SuggestError {
    /// The survey cannot be read.
    #[error(transparent)]
    Survey(#[from] io::Error),
    /// The rules cannot be compiled.
    #[error(transparent)]
    Rules(#[from] RuleErrors),
}

/// A rule file of at most `top` rules, and how many it holds.
pub fn suggest(survey: &Path, layers: &Layers, top: usize) -> Result<(String, usize), SuggestError> {
    let rules = layers.clone().build()?;
    let found = mine::mine(survey, &rules)?;
    let cleaner = Cleaner::rules_only(rules);
    let guesser = Guesser::new(cleaner.rules());
    // Twice as many as are wanted, as some will fail their own tests.
    let missed: Vec<Candidate> = found.into_iter().filter(|candidate| mine::is_missed(&cleaner, candidate)).take(2 * top).collect();
    let mut written: Vec<(String, String)> = missed.iter().enumerate().map(|(number, candidate)| render(number, candidate, &guesser)).collect();
    loop {
        let text: String = written.iter().map(|(_, text)| text.as_str()).collect();
        let cleaner = Cleaner::new(layers.clone().with_text(NAME, &text).build()?);
        let failed = failures(&cleaner, &written);
        if failed.is_empty() {
            break;
        }
        written.retain(|(id, _)| !failed.contains(id));
    }
    written.truncate(top);
    let rules: String = written.iter().map(|(_, text)| text.as_str()).collect();
    Ok((
        format!(
            "#:schema rules.schema.json\n# Suggested by `naqi suggest`, best first. Read each rule, give it a better id and reason, and delete what is no noise.\n{rules}"
        ),
        written.len(),
    ))
}

/// The rules that fail their examples or are warned of.
fn failures(cleaner: &Cleaner, written: &[(String, String)]) -> BTreeSet<String> {
    let ids: Vec<String> = written.iter().map(|(id, _)| id.clone()).collect();
    if ids.is_empty() {
        return BTreeSet::new();
    }
    let mut failed: BTreeSet<String> = verify(cleaner, &ids).failed.into_iter().map(|finding| finding.rule).collect();
    for warning in lint(cleaner, true).iter().filter(|warning| warning.starts_with(NAME)) {
        failed.extend(warning.split('\'').nth(1).map(str::to_owned));
    }
    failed
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The text of a rule.
fn render(number: usize, candidate: &Candidate, guesser: &Guesser) -> (String, String) {
    let (class, lang) = guesser.guess(candidate);
    let id = format!("{}-suggested-{}-{:03}", lang.unwrap_or("gen"), class, number + 1);
    let phrase = quoted(&candidate.phrase);
    let keep = quoted(&candidate.keep);
    let example = &candidate.example;
    let (key, more, drops) = match candidate.place {
        Place::Line => ("block", String::new(), example.clone()),
        Place::Head => ("starts", "scope = \"span\"\n".to_owned(), format!("⟦{example}⟧ {}", candidate.keep)),
        Place::Tail => ("ends", "scope = \"span\"\n".to_owned(), format!("{} ⟦{example}⟧", candidate.keep)),
        Place::BeforeTitle => ("contains", "scope = \"span\"\nextend = \"end\"\n".to_owned(), format!("{} ⟦{example}⟧", candidate.keep)),
    };
    let of_hosts = candidate.by_host && candidate.groups.len() <= MOST_HOSTS && candidate.groups.iter().all(|group| !group.is_empty());
    let hosts =
        if of_hosts { format!("hosts = [{}]\n", candidate.groups.iter().map(|group| quoted(group)).collect::<Vec<_>>().join(", ")) } else { String::new() };
    let langs = lang.map(|lang| format!("langs = [{}]\n", quoted(lang))).unwrap_or_default();
    let place = match candidate.place {
        Place::Line => "Line",
        Place::Head => "Opening of lines",
        Place::Tail | Place::BeforeTitle => "Ending of lines",
    };
    let hosts_of = if candidate.groups.len() == 1 { candidate.groups[0].clone() } else { format!("{} hosts", candidate.groups.len()) };
    let why = quoted(&format!("{place} that repeats in a dump ({hosts_of})"));
    let text = format!(
        "\n# would change {} documents\n[[rule]]\nid = {}\nclass = {}\nwhy = {why}\n{more}{key} = [{phrase}]\n{hosts}{langs}drops = [{}]\nkeeps = [{keep}]\n",
        candidate.documents,
        quoted(&id),
        quoted(class),
        quoted(&drops),
    );
    (id, text)
}
