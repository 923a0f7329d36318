//! Warnings about rules that work but should not be shipped as they are.
//!
//! In: a cleaner with a rule set. Out: messages with `file:line`, in the order of the rules: missing examples, phrases that say
//! nothing new, phrases and patterns that prose meets too often, slow patterns, keys without effect. What the examples
//! themselves say is told by the rule tests.

mod cover;
mod prose;

use std::collections::HashMap;

use crate::clean::Cleaner;
use crate::document::{Format, Metadata};
use crate::record::{Decoding, Provenance, Record};
use crate::rules::RuleSet;
use crate::rules::file::Scope;
use crate::rules::rule::{Phrase, Place, Rule, Slot};
use crate::verdict::{Action, Source};
use cover::{Needless, NeedlessPhrase, is_akin, needless};

/// All warnings about the rules of a cleaner. `strict` also tells of single phrases that others of the same language and class cover:
/// they cost little, and may stand there for the reader.
pub fn lint(cleaner: &Cleaner, strict: bool) -> Vec<String> {
    let set = cleaner.rules();
    let mut warnings: Vec<(usize, String)> = Vec::new();
    for (number, rule) in set.rules.iter().enumerate() {
        let mut warn = |message: String| warnings.push((number, format!("{}: {message}", rule.place())));
        examples(rule, &mut warn);
        limits(rule, &mut warn);
        patterns(rule, &mut warn);
    }
    warnings.extend(repeated_patterns(set));
    warnings.extend(shadowed(set, strict));
    warnings.extend(eaten_prose(cleaner));
    warnings.sort_by_key(|(number, _)| *number);
    warnings.into_iter().map(|(_, message)| message).collect()
}

fn examples(rule: &Rule, warn: &mut impl FnMut(String)) {
    // What a site's own markup means can only be tested on the site.
    let of_site = !rule.hosts.is_empty() && (rule.class == "template" || rule.marks.is_some());
    for (key, examples) in [("drops", &rule.drops), ("keeps", &rule.keeps)] {
        if examples.is_empty() && !of_site {
            warn(format!("rule '{}' has no `{key}` example", rule.id));
        }
    }
    if rule.why.trim().is_empty() {
        warn(format!("rule '{}' does not say why it is there", rule.id));
    }
}

fn limits(rule: &Rule, warn: &mut impl FnMut(String)) {
    let unused = [
        ("back", rule.back.is_some() && rule.scope != Scope::Section),
        ("extend", rule.extend.is_some() && rule.scope != Scope::Span),
        ("max-share", rule.max_share.is_some() && rule.selectors.is_empty()),
    ];
    for (key, _) in unused.iter().filter(|(_, unused)| *unused) {
        warn(format!("rule '{}': `{key}` has no effect here; `back` is for scope \"section\", `extend` for \"span\", `max-share` for selectors", rule.id));
    }
    let is_bounded = rule.max_words.is_some() || rule.near.is_some() || !rule.unless.is_empty() || !rule.after.is_empty() || !rule.hosts.is_empty();
    let is_broad = |phrase: &&Phrase| matches!(phrase.place, Place::Start | Place::Anywhere) && matches!(phrase.slots.as_slice(), [Slot::Word(_)]);
    if rule.action == Action::Drop && !is_bounded {
        for phrase in rule.phrases.iter().filter(is_broad) {
            warn(format!(
                "rule '{}': the single word '{}' stands in ordinary prose too; add max-words, near or unless, or look for more words",
                rule.id, phrase.text
            ));
        }
    }
}

fn patterns(rule: &Rule, warn: &mut impl FnMut(String)) {
    for pattern in rule.patterns.iter().filter(|pattern| pattern.facts.are_open()) {
        warn(format!(
            "rule '{}': regex '{}' has no certain word, rare mark or anchored start, so it is tried on every block: add one of them",
            rule.id, pattern.text
        ));
    }
}

/// The same expression in two rules of one class and scope.
fn repeated_patterns(set: &RuleSet) -> Vec<(usize, String)> {
    let mut first: HashMap<(&str, &str, Scope), &Rule> = HashMap::new();
    let mut warnings = Vec::new();
    for (number, rule) in set.rules.iter().enumerate() {
        for pattern in &rule.patterns {
            let known = first.entry((pattern.text.as_str(), rule.class, rule.scope)).or_insert(rule);
            if !std::ptr::eq(*known, rule) && is_akin(&rule.id, &known.id) {
                warnings.push((
                    number,
                    format!("{}: rule '{}': regex '{}' also stands in rule '{}' ({})", rule.place(), rule.id, pattern.text, known.id, known.place()),
                ));
            }
        }
    }
    warnings
}

/// Phrases and whole rules that say nothing new.
fn shadowed(set: &RuleSet, strict: bool) -> Vec<(usize, String)> {
    let mut warnings = Vec::new();
    let found = needless(set);
    for phrases in found.chunk_by(|a, b| a.own.0 == b.own.0) {
        let number = phrases[0].own.0;
        let rule = &set.rules[number];
        let all = phrases.len() == rule.phrases.len() && rule.patterns.is_empty() && rule.selectors.is_empty();
        let elsewhere = phrases.iter().find(|phrase| phrase.by.0 != number);
        if let (true, Some(phrase)) = (all, elsewhere) {
            let by = &set.rules[phrase.by.0];
            warnings.push((
                number,
                format!(
                    "{}: rule '{}' is never needed: other rules match wherever it does and take as much, such as '{}' ({})",
                    rule.place(),
                    rule.id,
                    by.id,
                    by.place()
                ),
            ));
        }
        let told = phrases.iter().filter(|phrase| strict || phrase.why != Needless::Covered);
        warnings.extend(told.map(|phrase| (number, covered(set, phrase))));
    }
    warnings
}

fn covered(set: &RuleSet, found: &NeedlessPhrase) -> String {
    let NeedlessPhrase { own, by: other, why } = *found;
    let (rule, by) = (&set.rules[own.0], &set.rules[other.0]);
    let (phrase, wider) = (&rule.phrases[own.1], &by.phrases[other.1]);
    let of = if own.0 == other.0 { "the same rule".to_owned() } else { format!("rule '{}' ({})", by.id, place_of(by, wider, false)) };
    let message = match why {
        Needless::Repeated => format!("also stands in {of}"),
        Needless::Covered => format!("adds nothing: '{}' of {of} matches wherever it does and removes as much", wider.text),
        Needless::Protected => format!("never removes anything: '{}' of {of} protects what it matches", wider.text),
    };
    format!("{}: rule '{}': phrase '{}' {message}", place_of(rule, phrase, true), rule.id, phrase.text)
}

/// `file:line` of a phrase; of two equal ones in a rule the first or the last.
fn place_of(rule: &Rule, phrase: &Phrase, last: bool) -> String {
    let table = &rule.file.text[rule.offset..];
    let table = &table[..table.match_indices("[[rule]]").nth(1).map_or(table.len(), |(at, _)| at)];
    let mut places = table
        .match_indices(phrase.text.as_str())
        .map(|(at, _)| at)
        .filter(|&at| table[..at].ends_with(['"', '\'']) && table[at + phrase.text.len()..].starts_with(['"', '\'']));
    let behind = if last { places.last() } else { places.next() };
    format!("{}:{}", rule.file.name, rule.file.place(rule.offset + behind.unwrap_or(0)).0)
}

/// Rules that remove ordinary sentences.
fn eaten_prose(cleaner: &Cleaner) -> Vec<(usize, String)> {
    let mut warnings = Vec::new();
    for sentence in prose::SENTENCES {
        let provenance = Provenance { source: "-".into(), line: None, offset: 0 };
        let decoding = Decoding { encoding: "UTF-8", mark: false, replaced: 0 };
        let record = Record { id: "-".into(), provenance, format: Format::Text, content: (*sentence).to_owned(), metadata: Metadata::default(), decoding };
        let document = cleaner.segment(record);
        for signal in cleaner.signals(&document).iter().filter(|signal| signal.action == Action::Drop) {
            if let Source::Rule(number) = signal.reason.source {
                let rule = cleaner.rules().rule(number);
                warnings.push((
                    number as usize,
                    format!("{}: rule '{}' removes '{}' from the plain sentence '{sentence}'", rule.place(), rule.id, document.slice(signal.span)),
                ));
            }
        }
    }
    warnings
}
