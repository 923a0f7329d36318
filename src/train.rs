//! Labelled records to what a learner needs: rows of features, labels, and tables of scored words.
//!
//! In: JSON records with `text` or `html` and the clean body as `gold`. Out: a row a block, labelled by whether its words stand in the
//! gold body. Words are scored from labels too, so the scores that a record's rows are made with come from other hosts' records
//! only: records are parted into folds by host, and each fold has tables made without it. That keeps cross-validation honest.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use crate::clean::Cleaner;
use crate::detect::{Case, Marks, Matches};
use crate::document::{Document, Format, Metadata};
use crate::features::{Rows, is_short, word_key};
use crate::model::{Tables, WordScores, name_hash};
use crate::outline::name_words;
use crate::read::jsonl::{JsonRecord, host_of};
use crate::record::{Decoding, Provenance, Record};
use crate::text::token::{Token, sequence_hash, words};

/// Parts that the records are divided into, by host.
pub const FOLDS: usize = 5;
/// A word is scored when so many hosts use it.
const NAME_HOSTS: usize = 4;
const WORD_HOSTS: usize = 12;
const LINE_HOSTS: usize = 5;
/// Share of a block's three-word runs that must stand in the gold body.
const GOLD_SHARE: f64 = 0.5;
/// Share of blocks that are no gold up to which a record is a clean body.
const BODY_OTHERS: f64 = 0.05;
/// Blocks to each side that say where a repeated text belongs.
const AROUND: usize = 6;

/// A labelled record.
#[derive(Debug)]
pub struct Example {
    /// What the record is, for reports.
    pub facts: Facts,
    /// The record in blocks.
    pub document: Document,
    /// For each block: do its words stand in the gold body?
    pub labels: Vec<bool>,
    noise: Vec<bool>,
}

/// What is known of an example beside its blocks.
#[derive(Clone, Debug, Serialize)]
pub struct Facts {
    /// The record's id.
    pub id: String,
    /// Its host.
    pub host: String,
    /// Its page type, where stated.
    pub page_type: String,
    /// The fold of its host.
    pub fold: usize,
    /// Words of the gold body.
    pub gold_words: usize,
    /// Its blocks.
    pub blocks: usize,
}

/// Reads a line as an example; `None` without a gold body or content.
pub fn example(cleaner: &Cleaner, line: &str) -> Option<Example> {
    let json = JsonRecord::parse(line).ok()?;
    let gold = json.string("gold")?;
    let (format, content) = match json.string("html") {
        Some(page) => (Format::Html, page),
        None => (Format::Text, json.string("text")?),
    };
    let host = json.string("host").or_else(|| host_of(&json.string("url")?)).unwrap_or_default();
    let host = host.trim_start_matches("www.").to_owned();
    let id = json.name("id").unwrap_or_default();
    let provenance = Provenance { source: "train".into(), line: None, offset: 0 };
    let decoding = Decoding { encoding: "UTF-8", mark: false, replaced: 0 };
    let metadata = Metadata { host: Some(host.clone()), ..Metadata::default() };
    let document = cleaner.segment(Record { id: id.clone(), provenance, format, content, metadata, decoding });
    let matches = Matches::find(cleaner.rules(), &document);
    let case = Case::new(cleaner.rules(), None, &document).first(Marks::default(), &matches);
    let noise = (0..document.blocks.len()).map(|at| case.is_noise(at)).collect();
    let labels = labels(&document, &gold);
    let page_type = json.string("page_type").unwrap_or_default();
    let facts = Facts { id, fold: name_hash(&host) as usize % FOLDS, host, page_type, gold_words: words(&gold).len(), blocks: document.blocks.len() };
    Some(Example { facts, document, labels, noise })
}

impl Example {
    /// The rows of its blocks.
    pub fn rows(&self, tables: &Tables) -> Rows<'_> {
        Rows::new(&self.document, &self.noise, tables)
    }
}

fn shingles(tokens: &[Token]) -> impl Iterator<Item = u64> {
    tokens.windows(3).map(sequence_hash)
}

/// For each block: do its words stand in the gold body? Of copies of a text, as many count as the gold body holds, those first
/// that stand among other gold blocks.
fn labels(document: &Document, gold: &str) -> Vec<bool> {
    let tokens = words(gold);
    let mut left: HashMap<u64, u32> = HashMap::new();
    for hash in shingles(&tokens) {
        *left.entry(hash).or_default() += 1;
    }
    let own: Vec<&[Token]> = document.blocks.iter().map(|block| document.tokens_of(block)).collect();
    let share = |tokens: &[Token], left: &HashMap<u64, u32>| {
        let found = shingles(tokens).filter(|hash| left.get(hash).is_some_and(|&count| count > 0)).count();
        found as f64 / tokens.len().saturating_sub(2).max(1) as f64
    };
    let gold_at_all: Vec<f64> = own.iter().map(|tokens| if share(tokens, &left) >= GOLD_SHARE { tokens.len() as f64 } else { 0.0 }).collect();
    let around = |at: usize| gold_at_all[at.saturating_sub(AROUND)..(at + AROUND + 1).min(own.len())].iter().sum::<f64>();
    let mut order: Vec<usize> = (0..own.len()).filter(|&at| gold_at_all[at] > 0.0).collect();
    order.sort_by(|&a, &b| around(b).total_cmp(&around(a)).then(a.cmp(&b)));
    let mut labels = vec![false; own.len()];
    for at in order {
        if share(own[at], &left) >= GOLD_SHARE {
            labels[at] = true;
            for hash in shingles(own[at]) {
                left.entry(hash).and_modify(|count| *count = count.saturating_sub(1));
            }
        }
    }
    label_short(document, gold, &tokens, &mut labels);
    labels
}

/// Blocks of a word or two are gold when they are a line of the gold body near gold blocks, or words of it right between two.
fn label_short(document: &Document, gold: &str, tokens: &[Token], labels: &mut [bool]) {
    let lines: HashSet<u64> = gold.lines().map(|line| sequence_hash(&words(line))).collect();
    let vocabulary: HashSet<u64> = tokens.iter().map(|token| token.hash).collect();
    let long = labels.to_vec();
    for (at, block) in document.blocks.iter().enumerate() {
        let own = document.tokens_of(block);
        if own.len() >= 3 || own.is_empty() {
            continue;
        }
        let (before, behind) = (&long[at.saturating_sub(3)..at], &long[at + 1..(at + 4).min(long.len())]);
        let (near_before, near_behind) = (before.iter().rev().take(2).any(|&gold| gold), behind.iter().take(2).any(|&gold| gold));
        let is_line = lines.contains(&block.hash) && before.iter().chain(behind).any(|&gold| gold);
        let within = near_before && near_behind && own.iter().all(|token| vocabulary.contains(&token.hash));
        labels[at] = is_line || within;
    }
}

/// Gold and all words that a scored word stands by, for each host.
type Counts = HashMap<u32, BTreeMap<String, (f64, f64)>>;

/// Counts what words say, record by record.
#[derive(Debug, Default)]
pub struct Scorer {
    names: Counts,
    words: Counts,
    lines: Counts,
    folds: HashMap<String, usize>,
}

impl Scorer {
    /// Counts a record. A clean body, given to learn that such are left alone, says nothing of its words.
    pub fn add(&mut self, example: &Example) {
        let document = &example.document;
        let host = &example.facts.host;
        self.folds.insert(host.clone(), example.facts.fold);
        if example.labels.iter().filter(|&&label| !label).count() as f64 <= BODY_OTHERS * example.labels.len() as f64 {
            return;
        }
        let mut gold = vec![0.0];
        let mut all = vec![0.0];
        for (block, &label) in document.blocks.iter().zip(&example.labels) {
            let words = f64::from(block.shape.words);
            gold.push(gold[gold.len() - 1] + if label { words } else { 0.0 });
            all.push(all[all.len() - 1] + words);
        }
        let count = |counts: &mut Counts, key: u32, gold: f64, all: f64| {
            let entry = counts.entry(key).or_default().entry(host.clone()).or_default();
            entry.0 += gold;
            entry.1 += all;
        };
        for element in &document.outline.elements {
            let (start, end) = (element.blocks.start as usize, element.blocks.end as usize);
            if all[end] > all[start] {
                let keys: HashSet<u32> = name_words(document.outline.names(element)).map(|word| name_hash(&word)).collect();
                for key in keys {
                    count(&mut self.names, key, gold[end] - gold[start], all[end] - all[start]);
                }
            }
        }
        for (block, &label) in document.blocks.iter().zip(&example.labels).filter(|(block, _)| is_short(block)) {
            // In texts they did worse on sites and languages that were left out.
            if document.format == Format::Html {
                count(&mut self.lines, word_key(block.hash), f64::from(u8::from(label)), 1.0);
            }
            for key in document.tokens_of(block).iter().map(|token| word_key(token.hash)) {
                count(&mut self.words, key, f64::from(u8::from(label)), 1.0);
            }
        }
    }

    /// The tables without one fold, or of all.
    pub fn tables(&self, without: Option<usize>) -> Tables {
        let used = |host: &str| without.is_none_or(|fold| self.folds.get(host) != Some(&fold));
        Tables { names: scores(&self.names, NAME_HOSTS, used), words: scores(&self.words, WORD_HOSTS, used), lines: scores(&self.lines, LINE_HOSTS, used) }
    }
}

/// The log-odds of each word's mean gold share over hosts, drawn towards what is usual.
fn scores(counts: &Counts, hosts: usize, used: impl Fn(&str) -> bool) -> WordScores {
    let logit = |share: f64| (share / (1.0 - share)).ln();
    let shares = |by_host: &BTreeMap<String, (f64, f64)>| {
        by_host.iter().filter(|(host, _)| used(host)).map(|(_, (gold, all))| gold / all.max(1.0)).collect::<Vec<f64>>()
    };
    let mut known: Vec<(u32, Vec<f64>)> = counts.iter().map(|(&key, by_host)| (key, shares(by_host))).filter(|(_, shares)| shares.len() >= hosts).collect();
    known.sort_by_key(|(key, _)| *key);
    let total: f64 = known.iter().map(|(_, shares)| shares.len() as f64).sum();
    let usual = known.iter().flat_map(|(_, shares)| shares).sum::<f64>() / total.max(1.0);
    let usual = usual.clamp(0.01, 0.99);
    let score = |shares: &[f64]| logit(((shares.iter().sum::<f64>() + 2.0 * usual) / (shares.len() as f64 + 2.0)).clamp(0.002, 0.998)) - logit(usual);
    let rounded = |shares: &[f64]| ((score(shares) * 100.0).round() / 100.0) as f32;
    WordScores::new(known.iter().map(|(key, _)| *key).collect(), known.iter().map(|(_, shares)| rounded(shares)).collect())
}
