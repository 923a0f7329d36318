//! Rule examples as tests: every `drops` and `keeps` text of every rule, through the same engine that cleans dumps.
//!
//! In: a rule set. Out: a [`Finding`] for each example that fails, with its place in the rule file. A `drops` example is judged with
//! its own rule and those it stands `after`; a `keeps` example with the whole set, so that it guards against every rule.

use crate::clean::Cleaner;
use crate::document::{Document, Format, Metadata};
use crate::record::{Decoding, Provenance, Record};
use crate::rules::rule::{Example, Rule};
use crate::verdict::{Action, Signal, Source};

/// How an example fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A `drops` example that the rule leaves, wholly or in part.
    Missing,
    /// A `keeps` example that a rule removes from, or a `drops` example from which too much goes.
    Noisy,
}

/// An example that fails.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How.
    pub fault: Fault,
    /// The rule that carries the example.
    pub rule: String,
    /// `file:line:column` of the example.
    pub place: String,
    /// What was expected and what happened.
    pub message: String,
}

/// What the examples of a rule set said.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Examples run.
    pub examples: usize,
    /// Examples that fail, in the order of the rules.
    pub failed: Vec<Finding>,
}

const OPEN: char = '⟦';
const CLOSE: char = '⟧';

/// Runs the examples of the rules with these ids, or of all rules when no id is given.
pub fn verify(cleaner: &Cleaner, ids: &[String]) -> Findings {
    let mut findings = Findings::default();
    let rules = &cleaner.rules().rules;
    for (number, rule) in rules.iter().enumerate().filter(|(_, rule)| ids.is_empty() || ids.contains(&rule.id)) {
        for example in &rule.drops {
            findings.examples += 1;
            findings.failed.extend(check_drop(cleaner, number as u32, rule, example));
        }
        for example in &rule.keeps {
            findings.examples += 1;
            findings.failed.extend(check_keep(cleaner, rule, example));
        }
    }
    findings
}

fn place(rule: &Rule, example: &Example) -> String {
    let (line, column) = rule.file.place(example.offset);
    format!("{}:{line}:{column}", rule.file.name)
}

/// The example as a document of the rule's first host and language.
fn document(cleaner: &Cleaner, rule: &Rule, text: String) -> Document {
    let format = if rule.selectors.is_empty() { Format::Text } else { Format::Html };
    let host = rule.hosts.first().map(|host| host.trim_start_matches('.').to_owned());
    let metadata = Metadata { host, lang: rule.langs.first().cloned(), ..Metadata::default() };
    let provenance = Provenance { source: rule.file.name.clone(), line: None, offset: 0 };
    let decoding = Decoding { encoding: "UTF-8", mark: false, replaced: 0 };
    cleaner.segment(Record { id: rule.id.clone(), provenance, format, content: text, metadata, decoding })
}

/// The bytes that may go: the marked parts, or everything when nothing is marked.
fn wanted(marked: &str, text: &str) -> Vec<bool> {
    if !marked.contains(OPEN) {
        return vec![true; text.len()];
    }
    let mut wanted = Vec::with_capacity(text.len());
    let mut inside = false;
    for c in marked.chars() {
        match c {
            OPEN => inside = true,
            CLOSE => inside = false,
            _ => wanted.extend(std::iter::repeat_n(inside, c.len_utf8())),
        }
    }
    wanted
}

fn covered(document: &Document, signals: &[Signal]) -> Vec<bool> {
    let mut covered = vec![false; document.text.len()];
    signals.iter().for_each(|signal| covered[signal.span.range()].fill(true));
    covered
}

fn check_drop(cleaner: &Cleaner, number: u32, rule: &Rule, example: &Example) -> Option<Finding> {
    let finding = |fault, message| Some(Finding { fault, rule: rule.id.clone(), place: place(rule, example), message });
    let plain: String = example.text.chars().filter(|&c| c != OPEN && c != CLOSE).collect();
    let document = document(cleaner, rule, plain);
    if rule.class == "invisible" && !rule.selectors.is_empty() {
        let visible = document.text.trim();
        return if visible.is_empty() { None } else { finding(Fault::Missing, format!("'{visible}' is still visible")) };
    }
    let own = |source: Source| source == Source::Rule(number) || matches!(source, Source::Rule(other) if rule.after.contains(&cleaner.rules().rule(other).id));
    let signals: Vec<Signal> = cleaner.signals(&document).into_iter().filter(|signal| own(signal.reason.source)).collect();
    if !signals.iter().any(|signal| signal.reason.source == Source::Rule(number)) {
        return finding(Fault::Missing, format!("the rule does not match '{}'", document.text));
    }
    if rule.action != Action::Drop {
        return None;
    }
    let covered = covered(&document, &signals);
    let wanted = if document.format == Format::Html { wanted_in_page(&example.text, &document.text) } else { wanted(&example.text, &document.text) };
    let words = document.tokens.iter().filter(|token| !token.span().is_empty());
    let mut left = Vec::new();
    let mut lost = Vec::new();
    for token in words {
        let at = token.start as usize;
        match (wanted[at], covered[at]) {
            (true, false) => left.push(document.slice(token.span())),
            (false, true) => lost.push(document.slice(token.span())),
            _ => {}
        }
    }
    match (left.is_empty(), lost.is_empty()) {
        (true, true) => None,
        (false, _) => finding(Fault::Missing, format!("these words stay: {}", left.join(" "))),
        (true, false) => finding(Fault::Noisy, format!("these words go too: {}", lost.join(" "))),
    }
}

/// Marks in a page's source, found again in its visible text.
fn wanted_in_page(marked: &str, text: &str) -> Vec<bool> {
    if !marked.contains(OPEN) {
        return vec![true; text.len()];
    }
    let mut wanted = vec![false; text.len()];
    for part in marked.split(OPEN).skip(1).filter_map(|part| part.split(CLOSE).next()) {
        if let Some(at) = text.find(part.trim()) {
            wanted[at..at + part.trim().len()].fill(true);
        }
    }
    wanted
}

fn check_keep(cleaner: &Cleaner, rule: &Rule, example: &Example) -> Option<Finding> {
    let document = document(cleaner, rule, example.text.clone());
    let signals = cleaner.signals(&document);
    let culprit = signals
        .iter()
        .find(|signal| signal.action == Action::Drop && !signals.iter().any(|keep| keep.action == Action::Keep && keep.span.overlaps(signal.span)))?;
    let message = format!("rule '{}' removes '{}'", cleaner.name(culprit.reason), document.slice(culprit.span));
    Some(Finding { fault: Fault::Noisy, rule: rule.id.clone(), place: place(rule, example), message })
}
