//! Features of what a block says beside the rest of the document: repeats, the article's vocabulary, the title.

use std::cell::RefCell;

use super::table::Table;
use super::{Fact, Sink, share};
use crate::document::{Document, Format};
use crate::text::token::{Kind, Token, sequence_hash};

/// Words shorter than this (in bytes) say nothing about the subject.
const TELLING_BYTES: u32 = 4;
/// Words that so many prose blocks of the document share are its common words.
const COMMON_SHARE: f32 = 0.3;
const SHINGLE: usize = 3;
/// Blocks from a headline that is not there.
const UNKNOWN: f32 = -9999.0;

/// One word's use in prose blocks; words are numbered, so that what is known of them stands side by side and is found without a search.
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
    words: Vec<(u32, u32)>,
    numbers: Vec<u32>,
    uses: Vec<Use>,
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
    /// The number of each of the document's words, the same for equal ones.
    numbers: Vec<u32>,
    /// By that number.
    uses: Vec<Use>,
    prose_blocks: f32,
    copies: Table<u32>,
    /// Memory that is not in use.
    words: Vec<(u32, u32)>,
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
            let [numbers, runs] = [&mut self.numbers, &mut self.runs].map(std::mem::take);
            let (words, uses, spots) = (std::mem::take(&mut self.words), std::mem::take(&mut self.uses), self.spots.memory());
            MEMORY.set(Memory { words, numbers, uses, spots, runs });
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
        }
        starts.push(runs.len() as u32);
        let is_page = document.format == Format::Html;
        let title: &[Token] = if is_page { &document.named().title } else { &[] };
        let title = title.iter().filter(|token| tells(token)).map(|token| token.hash).collect();
        let mut context = Context {
            numbers: memory.numbers,
            uses: memory.uses,
            words: memory.words,
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
        context.number_words(document);
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

    fn number_words(&mut self, document: &Document) {
        let mut words: Table<u32> = Table::reusing(std::mem::take(&mut self.words), document.tokens.len());
        let mut count = 0;
        self.numbers.clear();
        self.numbers.extend(document.tokens.iter().map(|token| {
            let slot = words.slot(token.hash);
            let number = words.at(slot);
            if *number == 0 {
                count += 1;
                *number = count;
            }
            *number - 1
        }));
        self.uses.clear();
        self.uses.resize(count as usize, Use::default());
        self.words = words.memory();
    }

    fn count_uses(&mut self, document: &Document) {
        for (at, block) in document.blocks.iter().enumerate().filter(|(at, _)| self.prose[*at]) {
            self.prose_blocks += 1.0;
            let inside = u16::from((self.stretch.0..self.stretch.1).contains(&at));
            let number = at as u32 + 1;
            for &word in &self.numbers[block.tokens.start as usize..block.tokens.end as usize] {
                let entry = &mut self.uses[word as usize];
                if entry.last != number {
                    *entry = Use { blocks: entry.blocks.saturating_add(1), in_stretch: entry.in_stretch.saturating_add(inside), last: number };
                }
            }
        }
    }

    pub(super) fn put(&self, sink: &mut impl Sink, document: &Document) {
        sink.put("copies", 0, |at| self.copies.get(document.blocks[at].hash) as f32);
        sink.put_all(["given-before", "given-again"], 0, |at| self.given(at));
        let words = |at: usize| self.vocabulary(document, at);
        if !self.is_page {
            return sink.put_all(["telling", "known-words", "core-words", "common-words"], 0, |at| words(at).0);
        }
        let names = ["telling", "known-words", "core-words", "common-words", "title-share", "of-title", "from-headline"];
        sink.put_all(names, 0, |at| {
            let ([telling, known, core, common], titled) = words(at);
            let from_headline = self.headline.map_or(UNKNOWN, |headline| at as f32 - headline as f32);
            [telling, known, core, common, share(titled, telling), share(titled, self.title.len() as f32), from_headline]
        });
    }

    /// The shares of a block's runs of words that stand in blocks before it, and in blocks behind it.
    fn given(&self, at: usize) -> [f32; 2] {
        let number = at as u32 + 1;
        let runs = &self.runs[self.starts[at] as usize..self.starts[at + 1] as usize];
        let (mut earlier, mut later) = (0_u32, 0_u32);
        for spots in runs.iter().map(|&slot| self.spots.read(slot)) {
            earlier += u32::from(spots.first < number);
            later += u32::from(spots.last > number);
        }
        [share(earlier as f32, runs.len() as f32), share(later as f32, runs.len() as f32)]
    }

    /// A block's words that tell something, the shares of them that other prose and the best stretch use, the share of common words among
    /// all, and how many are the title's.
    fn vocabulary(&self, document: &Document, at: usize) -> ([f32; 4], f32) {
        let block = &document.blocks[at];
        let tokens = document.tokens_of(block);
        let numbers = &self.numbers[block.tokens.start as usize..block.tokens.end as usize];
        let own = u16::from(self.prose[at]);
        let own_inside = if (self.stretch.0..self.stretch.1).contains(&at) { own } else { 0 };
        let has_title = !self.title.is_empty();
        // No word counts more blocks than this without being common.
        let common_from = (COMMON_SHARE * self.prose_blocks) as u32;
        let (mut telling, mut known, mut core, mut common, mut titled) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
        // Sums without branches: which words tell something no processor guesses.
        for (token, &number) in tokens.iter().zip(numbers) {
            let found = self.uses[number as usize];
            let tells = u32::from(tells(token));
            common += u32::from(u32::from(found.blocks.saturating_sub(own)) > common_from);
            telling += tells;
            known += tells & u32::from(found.blocks > own);
            core += tells & u32::from(found.in_stretch > own_inside);
            titled += u32::from(has_title && tells == 1 && self.title.contains(&token.hash));
        }
        let telling = telling as f32;
        ([telling, share(known as f32, telling), share(core as f32, telling), share(common as f32, tokens.len() as f32)], titled as f32)
    }
}
