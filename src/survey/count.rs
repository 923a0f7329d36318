//! Counting: documents in, sorted runs out, in bounded memory.
//!
//! A [`Counter`] holds a table of keys and spills it as a sorted run when it is full. For each document it counts every line once and
//! every ending of a line once. An opening of `k` words has no entry of its own: it is counted by the lines below it. So that a document
//! counts once for an opening that several of its lines have, a line says how many words it shares with the lines
//! before it in the order of hashes; only openings longer than that are its own.

use std::collections::HashMap;
use std::io;
use std::ops::Range;

use super::frequency::{Frequencies, WordCounter};
use super::inside::{LEAST_WORDS, PIECE_WORDS, each_piece};
use super::key::{Kind, end, push_rest};
use super::runs::{Run, RunWriter};
use super::stories::{LEAD_WORDS, LEAST_TITLE, lead_of, without_site};
use super::texts::{Texts, common, compare, push_words};
use super::words::{DateWords, Reader, WORDS, Word, hash_of, title_words};
use crate::document::Document;
use crate::rules::filed::WordMap;
use crate::text::token::words;

/// A key that was counted. Keys are sorted by what stands here first, so that few need be looked at.
#[derive(Clone, Copy, Debug)]
struct Entry {
    group: u32,
    count: u32,
    /// The key's first eight bytes, the first highest.
    prefix: u64,
    chunk: u32,
    at: u32,
    len: u32,
}

/// Keys of so many words are looked up before they are written.
const LOOKED_UP: usize = 12;
/// Bytes of a chunk of keys: what is held grows without being moved.
const CHUNK: usize = 1 << 20;

/// A line of the document being counted: its words in `Counter::words`, and the hash of all of them.
#[derive(Clone, Copy, Debug)]
struct Line {
    first: usize,
    behind: usize,
    hash: u64,
}

impl Line {
    /// The words at its start that are compared.
    fn head(&self) -> Range<usize> {
        self.first..self.behind.min(self.first + WORDS)
    }

    /// ... and at its end.
    fn tail(&self) -> Range<usize> {
        self.first.max(self.behind.saturating_sub(WORDS))..self.behind
    }
}

/// Counts the documents that it is given.
#[derive(Default)]
pub struct Counter {
    table: WordMap<u32>,
    entries: Vec<Entry>,
    /// Keys from their kind on, in chunks.
    keys: Vec<Vec<u8>>,
    /// The groups by number, and their numbers.
    groups: Vec<Vec<u8>>,
    numbers: HashMap<Vec<u8>, u32>,
    limit: usize,
    runs: Vec<Run>,
    words: Vec<Word>,
    lines: Vec<Line>,
    texts: Texts,
    frequencies: WordCounter,
    /// Pieces of lines: their hashes and words.
    insides: Vec<(u64, Range<usize>)>,
    key: Vec<u8>,
    /// Chunks that were written out, to be filled again.
    spare: Vec<Vec<u8>>,
}

impl Counter {
    /// A counter that holds about `limit` bytes before it spills.
    pub fn new(limit: usize) -> Self {
        Counter { limit, ..Counter::default() }
    }

    /// Counts a document of a group.
    pub fn add(&mut self, group: &str, document: &Document, dates: &DateWords) -> io::Result<()> {
        let group = self.number_of(group);
        let reader = Reader::new(dates, document);
        self.words.clear();
        self.lines.clear();
        for block in document.blocks.iter().filter(|block| !block.tokens.is_empty()) {
            let first = self.words.len();
            reader.read(document, block, &mut self.words);
            let hash = hash_of(self.words[first..].iter().map(|word| word.hash));
            self.lines.push(Line { first, behind: self.words.len(), hash });
        }
        self.count(group, 0, || hash_of([u64::from(group), Kind::Documents as u64].into_iter()), |key| key.push(Kind::Documents as u8));
        if let Some(title) = &document.metadata.title {
            self.add_title(title, group, dates);
            without_site(title).into_iter().for_each(|title| self.add_title(title, group, dates));
        }
        self.add_lead(document, &reader, group);
        self.frequencies.add(document);
        self.texts.begin(self.words.len());
        self.add_insides(&document.text, group);
        self.add_lines(&document.text, group);
        self.add_tails(&document.text, group);
        let bytes = self.keys.len().saturating_sub(1) * CHUNK + self.keys.last().map_or(0, Vec::len);
        if bytes + self.entries.len() * (size_of::<Entry>() + 24) > self.limit { self.spill() } else { Ok(()) }
    }

    fn number_of(&mut self, group: &str) -> u32 {
        // A zero byte ends the name in a key.
        let name: Vec<u8> = group.bytes().filter(|&byte| byte != 0).collect();
        let next = self.groups.len() as u32;
        *self.numbers.entry(name).or_insert_with_key(|name| {
            self.groups.push(name.clone());
            next
        })
    }

    fn add_title(&mut self, title: &str, group: u32, dates: &DateWords) {
        let found = title_words(dates, &words(title));
        if found.len() < LEAST_TITLE {
            return;
        }
        let seed = [u64::from(group), Kind::Title as u64];
        let hash = || hash_of(seed.into_iter().chain(found.iter().map(|word| word.hash)));
        self.count(group, found.len(), hash, |key| {
            key.push(Kind::Title as u8);
            push_words(title, &found[..found.len().min(WORDS)], key);
        });
    }

    fn add_lead(&mut self, document: &Document, reader: &Reader, group: u32) {
        let Some(lead) = lead_of(document, reader) else { return };
        let seed = [u64::from(group), Kind::Lead as u64];
        let lead = &lead[..LEAD_WORDS];
        self.count(
            group,
            lead.len(),
            || hash_of(seed.into_iter().chain(lead.iter().map(|word| word.hash))),
            |key| {
                key.push(Kind::Lead as u8);
                push_words(&document.text, lead, key);
            },
        );
    }

    fn add_insides(&mut self, text: &str, group: u32) {
        let mut found = std::mem::take(&mut self.insides);
        found.clear();
        for line in &self.lines {
            each_piece(text, &self.words[line.first..line.behind], |piece| {
                if piece.len() < LEAST_WORDS {
                    return;
                }
                let piece = line.first + piece.start..line.first + piece.end;
                found.push((hash_of(self.words[piece.clone()].iter().map(|word| word.hash)), piece));
            });
        }
        found.sort_unstable_by_key(|(hash, piece)| (*hash, piece.start));
        found.dedup_by_key(|(hash, _)| *hash);
        let all = std::mem::take(&mut self.words);
        let mut texts = std::mem::take(&mut self.texts);
        for (hash, piece) in &found {
            let seed = || hash_of([u64::from(group), Kind::Inside as u64, *hash].into_iter());
            self.count(group, piece.len().min(LOOKED_UP), seed, |key| {
                key.push(Kind::Inside as u8);
                texts.push(text, &all, piece.start..piece.end.min(piece.start + PIECE_WORDS), key);
                if piece.len() > PIECE_WORDS {
                    push_rest(*hash, key);
                }
            });
        }
        (self.words, self.texts, self.insides) = (all, texts, found);
    }

    fn add_lines(&mut self, text: &str, group: u32) {
        let mut lines = std::mem::take(&mut self.lines);
        let all = std::mem::take(&mut self.words);
        let mut texts = std::mem::take(&mut self.texts);
        let head = |line: &Line| &all[line.head()];
        lines.sort_unstable_by(|a, b| compare(head(a).iter(), head(b).iter()).then(a.hash.cmp(&b.hash)));
        lines.dedup_by_key(|line| line.hash);
        let mut before: &[Word] = &[];
        for line in &lines {
            let words = head(line);
            let shared = common(before.iter(), words.iter());
            before = words;
            let hash = || hash_of([u64::from(group), Kind::Line as u64, line.hash, shared as u64].into_iter());
            self.count(group, words.len(), hash, |key| {
                key.push(Kind::Line as u8);
                texts.push(text, &all, line.head(), key);
                if line.behind - line.first > WORDS {
                    push_rest(line.hash, key);
                }
                end(key, shared as u8);
            });
        }
        (self.words, self.lines, self.texts) = (all, lines, texts);
    }

    fn add_tails(&mut self, text: &str, group: u32) {
        let mut lines = std::mem::take(&mut self.lines);
        let all = std::mem::take(&mut self.words);
        let mut texts = std::mem::take(&mut self.texts);
        let tail = |line: &Line| all[line.tail()].iter().rev();
        lines.sort_unstable_by(|a, b| compare(tail(a), tail(b)));
        let mut before: Option<Line> = None;
        for line in &lines {
            let shared = before.map_or(0, |before| common(tail(&before), tail(line)));
            before = Some(*line);
            if shared == tail(line).len() {
                continue;
            }
            let seed = [u64::from(group), Kind::Tail as u64, shared as u64];
            let hash = || hash_of(seed.into_iter().chain(tail(line).map(|word| word.hash)));
            self.count(group, tail(line).len(), hash, |key| {
                key.push(Kind::Tail as u8);
                texts.push_backwards(text, &all, line.tail(), key);
                end(key, shared as u8);
            });
        }
        (self.words, self.lines, self.texts) = (all, lines, texts);
    }

    /// Adds one to a key of so many words, which is written only when it is new here. Long ones are hardly ever known, and a look into a large table
    /// costs more than to write them again: equal ones meet when they are sorted.
    fn count(&mut self, group: u32, words: usize, hash: impl FnOnce() -> u64, write: impl FnOnce(&mut Vec<u8>)) {
        if words <= LOOKED_UP {
            let next = self.entries.len() as u32;
            let number = *self.table.entry(hash()).or_insert(next);
            if number < next {
                self.entries[number as usize].count += 1;
                return;
            }
        }
        self.key.clear();
        write(&mut self.key);
        if self.keys.last().is_none_or(|chunk| chunk.len() + self.key.len() > chunk.capacity()) {
            let spare = self.spare.pop().filter(|chunk| chunk.capacity() >= self.key.len());
            self.keys.push(spare.unwrap_or_else(|| Vec::with_capacity(CHUNK.max(self.key.len()))));
        }
        let chunk = self.keys.len() - 1;
        let keys = &mut self.keys[chunk];
        let mut prefix = [0; 8];
        let len = self.key.len().min(8);
        prefix[..len].copy_from_slice(&self.key[..len]);
        let (at, len) = (keys.len() as u32, self.key.len() as u32);
        self.entries.push(Entry { group, count: 1, prefix: u64::from_be_bytes(prefix), chunk: chunk as u32, at, len });
        keys.extend_from_slice(&self.key);
    }

    /// Writes what is held as a run.
    fn spill(&mut self) -> io::Result<()> {
        let mut order: Vec<u32> = (0..self.groups.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| self.groups[a as usize].cmp(&self.groups[b as usize]));
        let mut ranks = vec![0; order.len()];
        (0..).zip(&order).for_each(|(rank, &group)| ranks[group as usize] = rank);
        self.entries.iter_mut().for_each(|entry| entry.group = ranks[entry.group as usize]);
        let keys = &self.keys;
        let key = |entry: &Entry| &keys[entry.chunk as usize][entry.at as usize..(entry.at + entry.len) as usize];
        self.entries.sort_unstable_by(|a, b| (a.group, a.prefix).cmp(&(b.group, b.prefix)).then_with(|| key(a).cmp(key(b))));
        let mut writer = RunWriter::new()?;
        let mut full = Vec::new();
        // Two hashes of one key cannot be told apart in a run; their counts are one.
        for same in self.entries.chunk_by(|a, b| (a.group, a.prefix) == (b.group, b.prefix) && key(a) == key(b)) {
            full.clear();
            full.extend_from_slice(&self.groups[order[same[0].group as usize] as usize]);
            full.push(0);
            full.extend_from_slice(key(&same[0]));
            writer.push(&full, same.iter().map(|entry| u64::from(entry.count)).sum())?;
        }
        self.runs.push(writer.finish()?);
        self.table.clear();
        self.entries.clear();
        self.spare.append(&mut self.keys);
        self.spare.iter_mut().for_each(Vec::clear);
        self.groups.clear();
        self.numbers.clear();
        Ok(())
    }

    /// The runs of all that was counted, and in how many documents each word stands.
    pub fn finish(mut self) -> io::Result<(Vec<Run>, Frequencies)> {
        if !self.entries.is_empty() {
            self.spill()?;
        }
        Ok((self.runs, self.frequencies.finish()))
    }
}
