//! How good a rule set is on labelled records, and which rules and detectors cost most.
//!
//! In: sources of labelled records and a cleaner. Out: an [`Evaluation`]: figures for each set and group, and for each rule or
//! detector the removed words that the gold body lacks (right) and those that it keeps (harm). Records are judged in parallel and
//! summed in input order, so the figures are the same on every machine.

pub mod label;
mod lines;
pub mod words;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::iter::{ParallelBridge, ParallelIterator};
use serde::Serialize;

use crate::clean::{Article, Cleaner};
use crate::document::{Document, Span};
use crate::read::jsonl::Keys;
use crate::read::{Limits, Source, Work, Works};
use crate::record::{Provenance, Unreadable};
use crate::verdict::{Action, Reason};
use crate::worker::panic_message;
use label::{Label, Labelled};
use lines::lines_of;
use words::{Overlap, WordCount, word_ranges};

/// What groups of records are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// The host.
    Host,
    /// The language.
    Lang,
}

/// Sums over records; [`Figures::means`] gives the averages.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Records with a gold body.
    pub gold: u64,
    /// Records with noise spans.
    pub noise: u64,
    /// Records of which nothing is left.
    pub empty: u64,
    overlap: Overlap,
    caught: f64,
    harmed: f64,
}

/// Averages over records; `None` where no record has such a label.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Means {
    /// Records.
    pub records: u64,
    /// Share of the words of the bodies that the gold bodies hold.
    pub precision: Option<f64>,
    /// Share of the words of the gold bodies that the bodies hold.
    pub recall: Option<f64>,
    /// Mean of the records' harmonic means of the two.
    pub f1: Option<f64>,
    /// Share of the noise words that are gone.
    pub caught: Option<f64>,
    /// Share of the other words that are gone too.
    pub harmed: Option<f64>,
    /// Share of the records of which nothing is left.
    pub empty: f64,
}

impl Figures {
    fn add(&mut self, other: &Figures) {
        self.gold += other.gold;
        self.noise += other.noise;
        self.empty += other.empty;
        self.overlap.precision += other.overlap.precision;
        self.overlap.recall += other.overlap.recall;
        self.overlap.f1 += other.overlap.f1;
        self.caught += other.caught;
        self.harmed += other.harmed;
    }

    /// The averages.
    pub fn means(&self) -> Means {
        let mean = |sum: f64, count: u64| (count > 0).then(|| sum / count as f64);
        let records = self.gold + self.noise;
        Means {
            records,
            precision: mean(self.overlap.precision, self.gold),
            recall: mean(self.overlap.recall, self.gold),
            f1: mean(self.overlap.f1, self.gold),
            caught: mean(self.caught, self.noise),
            harmed: mean(self.harmed, self.noise),
            empty: mean(self.empty as f64, records).unwrap_or(0.0),
        }
    }
}

/// Removed words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Words that should have stayed.
    pub harm: u64,
    /// Words that should go.
    pub right: u64,
}

/// Noise words of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Caught {
    /// All of them.
    pub words: u64,
    /// Those that are gone.
    pub gone: u64,
}

/// Figures of a run; parts merge in input order.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// By number of the source.
    pub sets: BTreeMap<usize, Figures>,
    /// By host or language, as asked.
    pub groups: BTreeMap<String, Figures>,
    /// By name of the rule or detector, and noise class.
    pub costs: BTreeMap<(String, &'static str), Cost>,
    /// By kind of the labelled noise.
    pub kinds: BTreeMap<String, Caught>,
    /// Lines that are no labelled records.
    pub refused: Vec<Unreadable>,
}

impl Evaluation {
    /// Adds a later part.
    fn merge(&mut self, part: Evaluation) {
        part.sets.iter().for_each(|(set, figures)| self.sets.entry(*set).or_default().add(figures));
        part.groups.into_iter().for_each(|(group, figures)| self.groups.entry(group).or_default().add(&figures));
        for (name, cost) in part.costs {
            let sum = self.costs.entry(name).or_default();
            sum.harm += cost.harm;
            sum.right += cost.right;
        }
        for (kind, caught) in part.kinds {
            let sum = self.kinds.entry(kind).or_default();
            sum.words += caught.words;
            sum.gone += caught.gone;
        }
        self.refused.extend(part.refused);
    }

    /// Rules and detectors, those that harm most first.
    pub fn dearest(&self) -> Vec<(&str, &'static str, Cost)> {
        let mut rows: Vec<_> = self.costs.iter().map(|((name, class), cost)| (name.as_str(), *class, *cost)).collect();
        rows.sort_by_key(|&(name, class, cost)| (std::cmp::Reverse(cost.harm), std::cmp::Reverse(cost.right), name, class));
        rows
    }
}

/// What to measure with.
pub struct Measure<'a> {
    /// The cleaner.
    pub cleaner: &'a Cleaner,
    /// Names of the keys in the records.
    pub keys: &'a Keys,
    /// What groups are told apart by.
    pub by: Option<GroupBy>,
}

impl Measure<'_> {
    /// Cleans every record of the sources, on the current thread pool, and compares with the labels.
    pub fn run(&self, sources: &[Source]) -> Evaluation {
        let works = (0_u64..).zip(Works::new(sources, Limits { record_bytes: self.cleaner.rules().settings.clean.max_record_bytes, ..Limits::NONE }));
        let mut parts: Vec<(u64, Evaluation)> = works.par_bridge().map(|(number, work)| (number, self.work(&sources[work.source], work))).collect();
        parts.sort_by_key(|(number, _)| *number);
        let mut all = Evaluation::default();
        parts.into_iter().for_each(|(_, part)| all.merge(part));
        all
    }

    fn work(&self, source: &Source, work: Work) -> Evaluation {
        let mut part = Evaluation::default();
        let source = work.member.as_deref().unwrap_or(source);
        for (provenance, line) in lines_of(source, work.piece, self.keys) {
            if let Err(reason) = line.and_then(|line| self.line(work.source, &line, &provenance, &mut part)) {
                part.refused.push(Unreadable { provenance, reason, bytes: Vec::new() });
            }
        }
        part
    }

    fn line(&self, set: usize, bytes: &[u8], provenance: &Provenance, part: &mut Evaluation) -> Result<(), String> {
        let line = std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}"))?;
        let labelled = Labelled::parse(line.trim().trim_start_matches('\u{feff}'), provenance.clone(), self.keys)?;
        let Labelled { record, label, host, lang } = labelled;
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let document = self.cleaner.segment(record);
            let article = self.cleaner.clean(&document);
            (document, article)
        }));
        let (document, article) = judged.map_err(|panic| panic_message(panic.as_ref()))?;
        let mut figures = match label {
            Label::Gold(gold) => self.against_gold(&document, &article, &gold, part),
            Label::Noise(noise) => self.against_noise(&document, &article, &noise, part),
        };
        figures.empty = u64::from(article.body.trim().is_empty());
        part.sets.entry(set).or_default().add(&figures);
        let group = self.by.map(|by| if by == GroupBy::Host { host } else { lang });
        group.into_iter().for_each(|group| part.groups.entry(group).or_default().add(&figures));
        Ok(())
    }

    fn charge(&self, reason: Reason, harm: u64, right: u64, part: &mut Evaluation) {
        let cost = part.costs.entry((self.cleaner.name(reason), reason.class)).or_default();
        cost.harm += harm;
        cost.right += right;
    }

    /// Compares with a gold body. Words that it has and the body lacks are charged to the removed pieces that look most like them:
    /// a share bar that happens to hold a word of a lost paragraph does not pay for the paragraph.
    fn against_gold(&self, document: &Document, article: &Article, gold: &str, part: &mut Evaluation) -> Figures {
        let (body, gold) = (WordCount::new(&article.body), WordCount::new(gold));
        let overlap = Overlap::new(&body, &gold);
        let mut missing = gold.without(&body);
        let mut pieces: Vec<(u64, Reason, Vec<&str>)> = Vec::new();
        for (span, reason) in removed_pieces(document, article) {
            let text = document.slice(span);
            let words: Vec<&str> = word_ranges(text).into_iter().map(|range| &text[range]).collect();
            let known = words.iter().filter(|word| missing.holds(word)).count();
            // Shares in millionths sort without the doubts of floating point.
            let share = known as u64 * 1_000_000 / words.len().max(1) as u64;
            pieces.push((share, reason, words));
        }
        pieces.sort_by_key(|(share, _, _)| std::cmp::Reverse(*share));
        for (_, reason, words) in pieces.iter().filter(|(_, _, words)| !words.is_empty()) {
            let harm = words.iter().filter(|word| missing.take(word)).count() as u64;
            self.charge(*reason, harm, words.len() as u64 - harm, part);
        }
        Figures { gold: 1, overlap, ..Figures::default() }
    }

    /// Compares with noise spans, word by word.
    fn against_noise(&self, document: &Document, article: &Article, noise: &[(Span, String)], part: &mut Evaluation) -> Figures {
        let (mut noisy, mut caught, mut other, mut harmed) = (0_u64, 0_u64, 0_u64, 0_u64);
        for range in word_ranges(&document.text) {
            let word = Span { start: range.start as u32, end: range.end as u32 };
            let next = noise.partition_point(|(span, _)| span.end <= word.start);
            let kind = noise.get(next).filter(|(span, _)| span.start <= word.start).map(|(_, kind)| kind);
            let at = article.verdicts.partition_point(|verdict| verdict.span.end <= word.start);
            let reason = article.verdicts.get(at).filter(|verdict| verdict.action == Action::Drop).and_then(|verdict| verdict.reason);
            let gone = u64::from(reason.is_some());
            if let Some(kind) = kind {
                noisy += 1;
                caught += gone;
                let sum = part.kinds.entry(kind.clone()).or_default();
                sum.words += 1;
                sum.gone += gone;
            } else {
                other += 1;
                harmed += gone;
            }
            if let Some(reason) = reason {
                self.charge(reason, u64::from(kind.is_none()), u64::from(kind.is_some()), part);
            }
        }
        let share = |part: u64, all: u64, none: f64| if all == 0 { none } else { part as f64 / all as f64 };
        Figures { noise: 1, caught: share(caught, noisy, 1.0), harmed: share(harmed, other, 0.0), ..Figures::default() }
    }
}

/// What was removed and why, no piece larger than a block.
fn removed_pieces<'a>(document: &'a Document, article: &'a Article) -> impl Iterator<Item = (Span, Reason)> + 'a {
    let dropped = article.verdicts.iter().filter(|verdict| verdict.action == Action::Drop);
    dropped.filter_map(|verdict| Some((verdict.span, verdict.reason?))).flat_map(|(span, reason)| {
        let first = document.blocks.partition_point(|block| block.span.end <= span.start);
        let inside = document.blocks[first..].iter().take_while(move |block| block.span.start < span.end);
        inside.map(move |block| (Span { start: block.span.start.max(span.start), end: block.span.end.min(span.end) }, reason))
    })
}
