//! The survey's lines, openings and endings that look like template, with a line of the same dump that must stay.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

use crate::clean::Cleaner;
use crate::document::{Document, Format, Metadata};
use crate::rules::RuleSet;
use crate::rules::settings::Settings;
use crate::segment::segment_text;
use crate::survey::branch::{Branches, Visit};
use crate::survey::file::SurveyReader;
use crate::survey::key::{Kind, parts, split_mark};
use crate::survey::runs::merge;
use crate::survey::words::DateWords;
use crate::text::fold::{Class, fold};

/// Where the phrase stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// It is the line.
    Line,
    /// At a line's start.
    Head,
    /// At a line's end.
    Tail,
    /// Before the title with which the line ends.
    BeforeTitle,
}

/// Something that may be noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Where it stands.
    pub place: Place,
    /// The phrase of a rule that finds it.
    pub phrase: String,
    /// A text that the rule must remove.
    pub example: String,
    /// A line that must stay.
    pub keep: String,
    /// Documents that have it, in all groups.
    pub documents: u64,
    /// The groups where it is template.
    pub groups: Vec<String>,
    /// The groups are hosts.
    pub by_host: bool,
}

/// Candidates of a survey, best first.
pub(super) fn mine(survey: &Path, rules: &RuleSet) -> io::Result<Vec<Candidate>> {
    let reader = SurveyReader::open(survey)?;
    reader.check(DateWords::new(rules).fingerprint())?;
    let by_host = reader.header.group_by == "host";
    let mut miner = Miner {
        settings: &rules.settings,
        group: String::new(),
        all: 0,
        kind: Kind::Documents,
        below: Vec::new(),
        found: BTreeMap::new(),
        keeps: Keeps::default(),
    };
    let mut walk = Branches::new(rules.settings.suggest.documents);
    merge(reader.whole()?, |key, count| {
        let Some(parts) = parts(key) else { return Ok(()) };
        if parts.kind == Kind::Documents || parts.kind != miner.kind {
            walk.finish(&mut miner)?;
            miner.below.clear();
            miner.kind = parts.kind;
        }
        match parts.kind {
            Kind::Documents => {
                miner.choose_keeps();
                miner.group = String::from_utf8_lossy(parts.group).into_owned();
                miner.all = count;
            }
            Kind::Title | Kind::Lead | Kind::Inside => {}
            Kind::Line | Kind::Tail => {
                walk.push(parts.words, parts.shared, count, &mut miner)?;
                if parts.kind == Kind::Line && count == 1 {
                    miner.keeps.offer(parts.words, rules.settings.suggest.keep_words);
                }
            }
        }
        Ok(())
    })?;
    walk.finish(&mut miner)?;
    miner.choose_keeps();
    let found = without_longer(miner.found);
    let mut found: Vec<Candidate> = found.into_iter().filter_map(|((place, words), found)| candidate(place, &words, found, by_host)).collect();
    found.sort_by(|a, b| b.documents.cmp(&a.documents).then(a.place.cmp(&b.place)).then(a.phrase.cmp(&b.phrase)));
    Ok(found)
}

/// Leaves out openings that go on where a more common one ends, and endings likewise: the shorter rule finds the longer one's documents.
fn without_longer(found: BTreeMap<(Place, String), Mined>) -> BTreeMap<(Place, String), Mined> {
    let covered = |place: Place, words: &str, mined: &Mined| {
        let shorter = words.match_indices(' ').map(|(at, _)| if place == Place::Head { &words[..at] } else { &words[at + 1..] });
        let by = |part: &str| found.get(&(place, part.to_owned())).is_some_and(|other| other.documents >= mined.documents);
        matches!(place, Place::Head | Place::Tail) && shorter.into_iter().any(by)
    };
    let keys: Vec<(Place, String)> = found.iter().filter(|((place, words), mined)| covered(*place, words, mined)).map(|(key, _)| key.clone()).collect();
    let mut found = found;
    keys.iter().for_each(|key| _ = found.remove(key));
    found
}

fn candidate(place: Place, words: &str, mined: Mined, by_host: bool) -> Option<Candidate> {
    let (place, phrase) = match (place, words.strip_suffix(" {title}")) {
        (Place::Tail, Some(before)) => (Place::BeforeTitle, before.to_owned()),
        _ => (place, words.to_owned()),
    };
    // What stands for a title or a hash is no phrase.
    let is_phrase = !phrase.replace("{n}", "").contains('{') && phrase.split(' ').any(|word| word != "{n}");
    let phrase = natural(&phrase);
    let example = if place == Place::BeforeTitle { format!("{phrase} 7 7 7") } else { phrase.replace("{n}", "7") };
    let keep = natural(&mined.keep?);
    is_phrase.then_some(Candidate { place, phrase, example, keep, documents: mined.documents, groups: mined.groups, by_host })
}

/// Words as they are written: those of one character of a script without spaces stand side by side.
fn natural(words: &str) -> String {
    let is_unspaced = |c: char| fold(c).class == Class::Unspaced;
    let mut out = String::with_capacity(words.len());
    for word in words.split(' ') {
        if out.chars().next_back().is_some_and(|last| !(is_unspaced(last) && word.chars().next().is_some_and(is_unspaced))) {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// What is known of a candidate.
#[derive(Default)]
struct Mined {
    documents: u64,
    groups: Vec<String>,
    /// A line of the first of the groups.
    keep: Option<String>,
}

/// Lines of the group at hand that one document has, for examples of what stays.
#[derive(Default)]
struct Keeps {
    by_word: HashMap<String, String>,
    any: Vec<String>,
}

/// Words and lines that examples are kept of, at most.
const MOST_KEEPS: usize = 20_000;
const MOST_LINES: usize = 200;

impl Keeps {
    fn offer(&mut self, words: &[u8], least: usize) {
        let (plain, mark) = split_mark(words);
        let Ok(text) = std::str::from_utf8(plain) else { return };
        if mark.is_some() || text.contains('{') || text.split(' ').count() < least {
            return;
        }
        if self.any.len() < MOST_LINES {
            self.any.push(format!("{text}."));
        }
        for word in text.split(' ').filter(|word| word.chars().count() > 3) {
            if self.by_word.len() < MOST_KEEPS && !self.by_word.contains_key(word) {
                self.by_word.insert(word.to_owned(), format!("{text}."));
            }
        }
    }

    /// A line without the phrase, at best one with the phrase's longest word and without any of the phrases glued to lines.
    fn for_phrase(&self, phrase: &str, glued: &[&str]) -> Option<String> {
        let mut words: Vec<&str> = phrase.split(' ').collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        let lines = || words.iter().filter_map(|word| self.by_word.get(*word)).chain(&self.any).filter(|line| !line.contains(phrase));
        let is_clean = |line: &&String| !glued.iter().any(|phrase| line.contains(phrase));
        lines().find(is_clean).or_else(|| lines().next()).cloned()
    }
}

/// Collects what passes the thresholds of the `template` detector.
struct Miner<'s> {
    settings: &'s Settings,
    group: String,
    all: u64,
    kind: Kind,
    /// The most documents of an opening one word longer, by depth.
    below: Vec<u64>,
    found: BTreeMap<(Place, String), Mined>,
    keeps: Keeps,
}

impl Miner<'_> {
    fn share(&self, documents: u64) -> f64 {
        documents as f64 / self.all.max(1) as f64
    }

    fn add(&mut self, place: Place, words: String, documents: u64) {
        let entry = self.found.entry((place, words)).or_default();
        entry.documents += documents;
        entry.groups.push(self.group.clone());
    }

    /// Once all lines of a group are known, those of its candidates that have no example of what stays yet get one.
    fn choose_keeps(&mut self) {
        let keeps = std::mem::take(&mut self.keeps);
        let plain = |words: &str| words.strip_suffix(" {title}").unwrap_or(words).to_owned();
        let of_group = |mined: &Mined| mined.groups.last() == Some(&self.group);
        let glued: Vec<String> = self
            .found
            .iter()
            .filter(|((place, _), mined)| *place != Place::Line && of_group(mined))
            .map(|((_, words), _)| plain(words))
            .take(MOST_LINES)
            .collect();
        let glued: Vec<&str> = glued.iter().map(String::as_str).collect();
        for ((_, words), mined) in self.found.iter_mut().filter(|(_, mined)| mined.keep.is_none()) {
            if mined.groups.last() == Some(&self.group) {
                mined.keep = keeps.for_phrase(&plain(words), &glued);
            }
        }
    }
}

impl Visit for Miner<'_> {
    fn line(&mut self, words: &[u8], counts: &[(u8, u64)]) -> io::Result<()> {
        let (plain, mark) = split_mark(words);
        if self.kind != Kind::Line || mark.is_some() {
            return Ok(());
        }
        let Ok(text) = String::from_utf8(plain.to_vec()) else { return Ok(()) };
        let documents = counts.iter().map(|entry| entry.1).sum();
        let len = text.split(' ').count();
        let template = &self.settings.template;
        let length = if text.contains('{') { 1.0 } else { len as f64 };
        let needed = (template.share / length).max(if len > 10 { template.sentence_share } else { template.least_share });
        if self.share(documents) >= needed && len <= self.settings.suggest.most_words {
            self.add(Place::Line, text, documents);
        }
        Ok(())
    }

    fn opening(&mut self, words: &[u8], depth: u8, documents: u64, _: &[(u8, u64)]) -> io::Result<()> {
        let len = usize::from(depth);
        self.below.resize(self.below.len().max(len + 2), 0);
        let next = std::mem::take(&mut self.below[len + 1]);
        self.below[len] = self.below[len].max(documents);
        let template = &self.settings.template;
        let needed = (2.0 * template.span_share / f64::from(depth)).clamp(template.span_least_share, template.span_one_word);
        let spreads = next as f64 <= template.span_spread * documents as f64;
        if len < 2 || len > self.settings.suggest.most_words || self.share(documents) < needed || !spreads {
            return Ok(());
        }
        let Ok(text) = String::from_utf8(words.to_vec()) else { return Ok(()) };
        if self.kind == Kind::Tail {
            let natural = text.rsplit(' ').collect::<Vec<_>>().join(" ");
            if !self.found.contains_key(&(Place::Line, natural.clone())) {
                self.add(Place::Tail, natural, documents);
            }
        } else if !self.found.contains_key(&(Place::Line, text.clone())) {
            self.add(Place::Head, text, documents);
        }
        Ok(())
    }
}

/// Does no rule remove it? An opening or ending is asked about beside the line that must stay.
pub(super) fn is_missed(cleaner: &Cleaner, candidate: &Candidate) -> bool {
    let host = candidate.groups.first().filter(|_| candidate.by_host).cloned();
    let example = &candidate.example;
    let text = match candidate.place {
        Place::Line => format!("{}\n{example}", candidate.keep),
        Place::Head => format!("{example} {}", candidate.keep),
        Place::Tail | Place::BeforeTitle => format!("{} {example}", candidate.keep),
    };
    let document: Document = segment_text(text, Metadata { host, ..Metadata::default() });
    debug_assert_eq!(document.format, Format::Text);
    // Endings of lines that are lines themselves were found as lines.
    cleaner.clean(&document).body.split_whitespace().count() + 1 >= document.text.split_whitespace().count()
}
