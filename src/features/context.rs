//! Features of what a block says beside the rest of the document: repeats, the article's vocabulary, the title.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::text::Surroundings;
use super::{Fact, Sheet, share};
use crate::document::Document;
use crate::text::token::{Kind, Token, sequence_hash, words};

/// Words shorter than this (in bytes) say nothing about the subject.
const TELLING_BYTES: u32 = 4;
/// Words that so many prose blocks of the document share are its common words.
const COMMON_SHARE: f32 = 0.3;
const SHINGLE: usize = 3;

/// Hashes are mixed already.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| hash.rotate_left(8) ^ u64::from(byte));
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

type Map<V> = HashMap<u64, V, BuildHasherDefault<Same>>;

/// One word's use in prose blocks.
#[derive(Clone, Copy, Default)]
struct Use {
    blocks: u32,
    in_stretch: u32,
    last: u32,
}

/// What the whole document says.
pub(super) struct Context {
    uses: Map<Use>,
    prose_blocks: f32,
    copies: Map<u32>,
    /// First and last block of each run of three words.
    shingles: Map<(u32, u32)>,
    title: Vec<u64>,
    stretch: (usize, usize),
    prose: Vec<bool>,
}

fn tells(token: &Token) -> bool {
    match token.kind() {
        Kind::Word => token.end - token.start >= TELLING_BYTES,
        Kind::Character => true,
        Kind::Number | Kind::Symbol => false,
    }
}

fn shingles(tokens: &[Token]) -> impl Iterator<Item = u64> {
    tokens.windows(SHINGLE).map(sequence_hash)
}

impl Context {
    pub(super) fn new(document: &Document, facts: &[Fact], surroundings: &Surroundings) -> Self {
        let stretch = surroundings.stretch;
        let mut uses: Map<Use> = Map::default();
        let mut copies: Map<u32> = Map::default();
        let mut spots: Map<(u32, u32)> = Map::with_capacity_and_hasher(document.tokens.len(), BuildHasherDefault::default());
        let mut prose_blocks = 0.0;
        for (at, block) in document.blocks.iter().enumerate() {
            *copies.entry(block.hash).or_default() += 1;
            let number = at as u32;
            for hash in shingles(document.tokens_of(block)) {
                spots.entry(hash).or_insert((number, number)).1 = number;
            }
            if !facts[at].prose {
                continue;
            }
            prose_blocks += 1.0;
            let inside = u32::from((stretch.0..stretch.1).contains(&at));
            for token in document.tokens_of(block) {
                let entry = uses.entry(token.hash).or_default();
                if entry.last != number + 1 {
                    *entry = Use { blocks: entry.blocks + 1, in_stretch: entry.in_stretch + inside, last: number + 1 };
                }
            }
        }
        let title = document.metadata.title.as_deref().map(words).unwrap_or_default().iter().filter(|token| tells(token)).map(|token| token.hash).collect();
        Context { uses, prose_blocks, copies, shingles: spots, title, stretch, prose: facts.iter().map(|fact| fact.prose).collect() }
    }

    pub(super) fn put(&self, sheet: &mut Sheet, document: &Document, at: usize) {
        let block = &document.blocks[at];
        let tokens = document.tokens_of(block);
        let number = at as u32;
        sheet.put("copies", 0, self.copies.get(&block.hash).copied().unwrap_or(1) as f32);
        let (mut runs, mut earlier, mut later) = (0.0, 0.0, 0.0);
        for (first, last) in shingles(tokens).filter_map(|hash| self.shingles.get(&hash)) {
            runs += 1.0;
            earlier += f32::from(u8::from(*first < number));
            later += f32::from(u8::from(*last > number));
        }
        sheet.put("given-before", 0, share(earlier, runs));
        sheet.put("given-again", 0, share(later, runs));
        self.vocabulary(sheet, tokens, at);
    }

    fn vocabulary(&self, sheet: &mut Sheet, tokens: &[Token], at: usize) {
        let own = u32::from(self.prose[at]);
        let own_inside = if (self.stretch.0..self.stretch.1).contains(&at) { own } else { 0 };
        let (mut telling, mut known, mut core, mut common, mut titled) = (0.0, 0.0, 0.0, 0.0, 0.0_f32);
        for token in tokens {
            let found = self.uses.get(&token.hash).copied().unwrap_or_default();
            if found.blocks.saturating_sub(own) as f32 > COMMON_SHARE * self.prose_blocks {
                common += 1.0;
            }
            if !tells(token) {
                continue;
            }
            telling += 1.0;
            known += if found.blocks > own { 1.0 } else { 0.0 };
            core += if found.in_stretch > own_inside { 1.0 } else { 0.0 };
            titled += if self.title.contains(&token.hash) { 1.0 } else { 0.0 };
        }
        sheet.put("telling", 0, telling);
        sheet.put("known-words", 0, share(known, telling));
        sheet.put("core-words", 0, share(core, telling));
        sheet.put("common-words", 0, share(common, tokens.len() as f32));
        sheet.put("title-share", 0, share(titled, telling));
        sheet.put("of-title", 0, share(titled, self.title.len() as f32));
    }
}
