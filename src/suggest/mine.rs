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
use crate::survey::runs::Stream;
use crate::survey::words::DateWords;

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
    let mut reader = SurveyReader::open(survey)?;
    reader.check(&DateWords::new(rules).fingerprint())?;
    let by_host = reader.header.group_by == "host";
    let mut miner = Miner { settings: &rules.settings, group: String::new(), all: 0, kind: Kind::Documents, below: Vec::new(), found: BTreeMap::new() };
    let mut walk = Branches::new(rules.settings.suggest.documents);
    let mut keeps = Keeps::default();
    let mut key = Vec::new();
    while let Some(count) = reader.next(&mut key)? {
        let Some(parts) = parts(&key) else { continue };
        if parts.kind == Kind::Documents || parts.kind != miner.kind {
            walk.finish(&mut miner)?;
            miner.below.clear();
            miner.kind = parts.kind;
        }
        match parts.kind {
            Kind::Documents => {
                miner.group = String::from_utf8_lossy(parts.group).into_owned();
                miner.all = count;
            }
            Kind::Title | Kind::Lead => {}
            Kind::Line | Kind::Tail => {
                walk.push(parts.words, parts.shared, count, &mut miner)?;
                if parts.kind == Kind::Line && count == 1 {
                    keeps.offer(parts.words, rules.settings.suggest.keep_words);
                }
            }
        }
    }
    walk.finish(&mut miner)?;
    keeps.spare(miner.found.keys().filter(|(place, _)| *place != Place::Line).map(|(_, words)| words.as_str()));
    let mut found: Vec<Candidate> =
        miner.found.into_iter().filter_map(|((place, words), (documents, groups))| candidate(place, &words, documents, groups, by_host, &keeps)).collect();
    found.sort_by(|a, b| b.documents.cmp(&a.documents).then(a.place.cmp(&b.place)).then(a.phrase.cmp(&b.phrase)));
    Ok(found)
}

fn candidate(place: Place, words: &str, documents: u64, groups: Vec<String>, by_host: bool, keeps: &Keeps) -> Option<Candidate> {
    let (place, phrase, example) = match (place, words.strip_suffix(" {title}")) {
        (Place::Tail, Some(before)) => (Place::BeforeTitle, before.to_owned(), format!("{before} 7 7 7")),
        _ => (place, words.to_owned(), words.to_owned()),
    };
    // What stands for a title or a hash is no phrase.
    let is_phrase = !phrase.replace("{n}", "").contains('{') && phrase.split(' ').any(|word| word != "{n}");
    let keep = keeps.for_phrase(&phrase)?;
    is_phrase.then(|| Candidate { place, phrase, example: example.replace("{n}", "7"), keep, documents, groups, by_host })
}

/// Lines of one document, for examples of what stays.
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

    /// Forgets the lines that hold one of the phrases: they are no examples of what stays.
    fn spare<'p>(&mut self, phrases: impl Iterator<Item = &'p str>) {
        let phrases: Vec<&str> = phrases.map(|phrase| phrase.strip_suffix(" {title}").unwrap_or(phrase)).take(MOST_LINES).collect();
        let is_clean = |line: &String| !phrases.iter().any(|phrase| line.contains(phrase));
        self.any.retain(is_clean);
        self.by_word.retain(|_, line| is_clean(line));
    }

    /// A line with the longest word of the phrase that some line has, else any line.
    fn for_phrase(&self, phrase: &str) -> Option<String> {
        let mut words: Vec<&str> = phrase.split(' ').collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        words.into_iter().find_map(|word| self.by_word.get(word)).or(self.any.first()).cloned()
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
    found: BTreeMap<(Place, String), (u64, Vec<String>)>,
}

impl Miner<'_> {
    fn share(&self, documents: u64) -> f64 {
        documents as f64 / self.all.max(1) as f64
    }

    fn add(&mut self, place: Place, words: String, documents: u64) {
        let entry = self.found.entry((place, words)).or_default();
        entry.0 += documents;
        entry.1.push(self.group.clone());
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
