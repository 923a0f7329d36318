//! Features of what a block says beside the rest of the document: repeats, the article's vocabulary, the title.

use std::cell::RefCell;

use super::table::Table;
use super::{Fact, Sink, share};
use crate::document::{Document, Format};
use crate::text::token::{Kind, Token, sequence_hash, words};

/// Words shorter than this (in bytes) say nothing about the subject.
const TELLING_BYTES: u32 = 4;
/// Words that so many prose blocks of the document share are its common words.
const COMMON_SHARE: f32 = 0.3;
const SHINGLE: usize = 3;
/// Blocks from a headline that is not there.
const UNKNOWN: f32 = -9999.0;

/// One word's use in prose blocks.
#[derive(Clone, Copy, Default)]
struct Use {
    blocks: u16,
    in_stretch: u16,
    last: u32,
}

/// First and last block of a run of words, numbered from 1.
#[derive(Clone, Copy, Default)]
struct Spots {
    first: u32,
    last: u32,
}

/// Memory that goes from document to document.
#[derive(Default)]
struct Memory {
    uses: Vec<(u32, Use)>,
    spots: Vec<(u32, Spots)>,
    runs: Vec<u32>,
}

/// Runs of words of the longest document whose memory is kept.
const KEPT_RUNS: usize = 1 << 17;

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// What the whole document says.
pub(super) struct Context {
    uses: Table<Use>,
    prose_blocks: f32,
    copies: Table<u32>,
    spots: Table<Spots>,
    /// For each block the slots of its runs in `spots`: where they begin in `runs`.
    starts: Vec<u32>,
    runs: Vec<u32>,
    title: Vec<u64>,
    stretch: (usize, usize),
    prose: Vec<bool>,
    is_page: bool,
    /// The heading that holds most of the title.
    headline: Option<usize>,
}

fn tells(token: &Token) -> bool {
    match token.kind() {
        Kind::Word => token.end - token.start >= TELLING_BYTES,
        Kind::Character => true,
        Kind::Number | Kind::Symbol => false,
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if self.runs.capacity() <= KEPT_RUNS {
            let memory = Memory { uses: self.uses.memory(), spots: self.spots.memory(), runs: std::mem::take(&mut self.runs) };
            MEMORY.set(memory);
        }
    }
}

impl Context {
    pub(super) fn new(document: &Document, facts: &[Fact], stretch: (usize, usize)) -> Self {
        let blocks = document.blocks.len();
        let mut copies = Table::new(blocks);
        let memory = MEMORY.take();
        let mut spots: Table<Spots> = Table::reusing(memory.spots, document.tokens.len());
        let (mut starts, mut runs) = (Vec::with_capacity(blocks + 1), memory.runs);
        runs.clear();
        let mut prose_words = 0;
        for (block, number) in document.blocks.iter().zip(1..) {
            let tokens = document.tokens_of(block);
            let slot = copies.slot(block.hash);
            *copies.at(slot) += 1;
            starts.push(runs.len() as u32);
            for hash in tokens.windows(SHINGLE).map(sequence_hash) {
                let slot = spots.slot(hash);
                let found = spots.at(slot);
                *found = Spots { first: if found.first == 0 { number } else { found.first }, last: number };
                runs.push(slot);
            }
            prose_words += if facts[number as usize - 1].prose { tokens.len() } else { 0 };
        }
        starts.push(runs.len() as u32);
        let is_page = document.format == Format::Html;
        let title = document.metadata.title.as_deref().filter(|_| is_page).map(words).unwrap_or_default();
        let title = title.iter().filter(|token| tells(token)).map(|token| token.hash).collect();
        let mut context = Context {
            uses: Table::reusing(memory.uses, prose_words),
            prose_blocks: 0.0,
            copies,
            spots,
            starts,
            runs,
            title,
            stretch,
            prose: Vec::with_capacity(blocks),
            is_page,
            headline: None,
        };
        context.headline = context.headline(document, facts);
        context.prose.extend(facts.iter().map(|fact| fact.prose));
        context.count_uses(document);
        context
    }

    /// The first of the headings that hold most of the title's words, half of them at least.
    fn headline(&self, document: &Document, facts: &[Fact]) -> Option<usize> {
        let (mut most, mut found) = (self.title.len().div_ceil(2).max(1), None);
        for (at, block) in document.blocks.iter().enumerate().filter(|(at, _)| facts[*at].heading > 0) {
            let held = document.tokens_of(block).iter().filter(|token| self.title.contains(&token.hash)).count();
            if held > most || held == most && found.is_none() {
                (most, found) = (held, Some(at));
            }
        }
        found
    }

    fn count_uses(&mut self, document: &Document) {
        for (at, block) in document.blocks.iter().enumerate().filter(|(at, _)| self.prose[*at]) {
            self.prose_blocks += 1.0;
            let inside = u16::from((self.stretch.0..self.stretch.1).contains(&at));
            let number = at as u32 + 1;
            for token in document.tokens_of(block) {
                let slot = self.uses.slot(token.hash);
                let entry = self.uses.at(slot);
                if entry.last != number {
                    *entry = Use { blocks: entry.blocks.saturating_add(1), in_stretch: entry.in_stretch.saturating_add(inside), last: number };
                }
            }
        }
    }

    pub(super) fn put(&self, sink: &mut impl Sink, document: &Document, at: usize) {
        let block = &document.blocks[at];
        let number = at as u32 + 1;
        sink.put("copies", 0, self.copies.get(block.hash) as f32);
        let runs = &self.runs[self.starts[at] as usize..self.starts[at + 1] as usize];
        let (mut earlier, mut later) = (0_u32, 0_u32);
        for spots in runs.iter().map(|&slot| self.spots.read(slot)) {
            earlier += u32::from(spots.first < number);
            later += u32::from(spots.last > number);
        }
        sink.put("given-before", 0, share(earlier as f32, runs.len() as f32));
        sink.put("given-again", 0, share(later as f32, runs.len() as f32));
        self.vocabulary(sink, document.tokens_of(block), at);
    }

    fn vocabulary(&self, sink: &mut impl Sink, tokens: &[Token], at: usize) {
        let own = u16::from(self.prose[at]);
        let own_inside = if (self.stretch.0..self.stretch.1).contains(&at) { own } else { 0 };
        let common_from = COMMON_SHARE * self.prose_blocks;
        let (mut telling, mut known, mut core, mut common, mut titled) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
        for token in tokens {
            let found = self.uses.get(token.hash);
            common += u32::from(f32::from(found.blocks.saturating_sub(own)) > common_from);
            if !tells(token) {
                continue;
            }
            telling += 1;
            known += u32::from(found.blocks > own);
            core += u32::from(found.in_stretch > own_inside);
            titled += u32::from(self.title.contains(&token.hash));
        }
        let telling = telling as f32;
        sink.put("telling", 0, telling);
        sink.put("known-words", 0, share(known as f32, telling));
        sink.put("core-words", 0, share(core as f32, telling));
        sink.put("common-words", 0, share(common as f32, tokens.len() as f32));
        if self.is_page {
            sink.put("title-share", 0, share(titled as f32, telling));
            sink.put("of-title", 0, share(titled as f32, self.title.len() as f32));
            sink.put("from-headline", 0, self.headline.map_or(UNKNOWN, |headline| at as f32 - headline as f32));
        }
    }
}
