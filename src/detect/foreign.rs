//! Paragraphs foreign to the article, judged by how rare its words are in the dump.
//!
//! In: a text and the survey's document frequencies. Out: signals for paragraphs behind the article's end that are about something
//! else. Two paragraphs of one article share rare words; what any two documents share says little. So each word of a paragraph
//! speaks for or against it as log-odds: that the rest of the text has the word is likelier by chance the more documents have it, and
//! that it lacks it is unlikely by as much as the article's own paragraphs recur to each other. Long paragraphs give more evidence
//! than short ones that way, which a share does not see. Words meet by their stems and are weighed as whole words, whose hashes are at hand.

use super::places::Places;
use super::stems::{each_stem, tells};
use super::{Case, drop_block};
use crate::document::Block;
use crate::rules::filed::WordMap;
use crate::rules::settings::Teaser as Settings;
use crate::survey::frequency::{Rarity, each_word, slot_of};
use crate::text::token::{Kind, Token};
use crate::verdict::Signal;

/// How likely words of most articles recur in another paragraph, for a first look.
const RECURRENCE: f64 = 0.4;

/// A word of a paragraph.
#[derive(Clone, Copy)]
struct Word {
    stem: u64,
    /// The share of the dump's documents with it.
    share: f64,
    weight: f64,
    /// What its evidence counts.
    counts: f64,
}

impl Word {
    fn new(stem: u64, token: &Token, hash: u64, weighing: &Weighing) -> Self {
        let counts = if token.kind() == Kind::Character { weighing.settings.foreign_pair } else { 1.0 };
        Word { stem, share: weighing.rarity.share(hash), weight: weighing.rarity.weight(hash), counts }
    }

    /// The log-odds that it gives where the rest of the article has it, when words of the article recur with this likelihood.
    fn speaks_for(&self, recurrence: f64) -> f64 {
        self.counts * (1.0 + (1.0 - self.share) * recurrence / self.share).ln()
    }

    /// ... and where it has not.
    fn speaks_against(&self, recurrence: f64) -> f64 {
        self.counts * (1.0 - recurrence).ln()
    }
}

/// The words of a paragraph that were not met in the article yet, for a first look.
#[derive(Default)]
struct Wanted {
    /// What the log-odds gain where each is met.
    gains: WordMap<f64>,
    odds: f64,
}

impl Wanted {
    fn add(&mut self, key: u64, word: &Word) {
        let against = word.speaks_against(RECURRENCE);
        if self.gains.insert(key, word.speaks_for(RECURRENCE) - against).is_none() {
            self.odds += against;
        }
    }

    fn meet(&mut self, key: u64) {
        self.odds += self.gains.remove(&key).unwrap_or(0.0);
    }
}

/// A paragraph long enough to be judged.
struct Paragraph {
    at: usize,
    /// Its stems, where they stand, and the hashes of whole words.
    found: Vec<(u64, Token, u64)>,
    /// Each stem once, weighed.
    words: Vec<Word>,
}

/// A text under judgement.
pub(super) struct Weighing<'c> {
    case: &'c Case<'c>,
    settings: &'c Settings,
    rarity: &'c Rarity,
}

impl<'c> Weighing<'c> {
    /// `None` where no survey says enough of words.
    pub(super) fn new(case: &'c Case<'c>) -> Option<Self> {
        let settings = &case.rules.settings.teaser;
        let templates = case.templates.filter(|templates| !templates.rarity.is_empty() && templates.header.documents >= settings.foreign_documents)?;
        Some(Weighing { case, settings, rarity: &templates.rarity })
    }

    /// Signals for foreign paragraphs behind a closing notice.
    pub(super) fn behind_mark(&self, mark: usize, signals: &mut Vec<Signal>) {
        let long = self.long();
        let mut tail = long.iter().filter(|&&at| at > mark);
        if self.is_tail(mark, self.settings.min_core_blocks) && tail.any(|&at| self.may_be_foreign(at, mark, self.settings.foreign_behind_mark)) {
            self.drop(&Text::new(self, &long).behind(mark), signals);
        }
    }

    /// Signals for a foreign tail without such a notice.
    pub(super) fn bare_tail(&self, signals: &mut Vec<Signal>) {
        let long = self.long();
        let Some(&last) = long.last().filter(|_| long.len() > self.settings.min_bare_core_blocks) else { return };
        if self.may_be_foreign(last, core_of(&long), self.settings.foreign_first) {
            self.drop(&Text::new(self, &long).tail(), signals);
        }
    }

    fn drop(&self, foreign: &[(usize, f64)], signals: &mut Vec<Signal>) {
        signals.extend(foreign.iter().map(|&(at, share)| drop_block(&self.case.blocks()[at], "teaser", "teaser", 1.0 - share as f32)));
    }

    /// The blocks that are long enough to be judged.
    fn long(&self) -> Vec<usize> {
        let blocks = self.case.blocks();
        (0..blocks.len()).filter(|&at| blocks[at].shape.words >= self.settings.min_words).collect()
    }

    /// Is the article before `end` long enough, and what stands behind no more than a tail?
    fn is_tail(&self, end: usize, least: usize) -> bool {
        let (case, settings) = (self.case, self.settings);
        let words = |part: &[Block]| part.iter().map(|block| f64::from(block.shape.words)).sum::<f64>();
        let (core, tail) = case.blocks().split_at(end);
        core.iter().filter(|block| case.is_prose(block)).count() >= least && words(tail) <= settings.max_share * words(case.blocks())
    }

    /// May the log-odds of block `at` beside the blocks before `core` stay below `least`? Most blocks have words enough there as they are; of the
    /// others most have stems enough.
    fn may_be_foreign(&self, at: usize, core: usize, least: f64) -> bool {
        [Keys::Words, Keys::Stems].into_iter().all(|keys| self.stays_below(keys, at, core, least))
    }

    fn stays_below(&self, keys: Keys, at: usize, core: usize, least: f64) -> bool {
        const BITS: usize = 512;
        let blocks = self.case.blocks();
        let mut wanted = Wanted::default();
        let mut bits = [0_u64; BITS / 64];
        self.each(keys, &blocks[at], |key, token, hash| {
            wanted.add(key, &Word::new(key, token, hash, self));
            bits[slot_of(key) % BITS / 64] |= 1 << (slot_of(key) % 64);
        });
        let mut core = blocks[..core].iter();
        while wanted.odds < least {
            let Some(block) = core.next() else { return true };
            self.each(keys, block, |key, _, _| {
                if bits[slot_of(key) % BITS / 64] & 1 << (slot_of(key) % 64) != 0 {
                    wanted.meet(key);
                }
            });
        }
        false
    }

    /// Gives each word of a block that tells something by its key, with its token and hash.
    #[inline]
    fn each(&self, keys: Keys, block: &Block, mut take: impl FnMut(u64, &Token, u64)) {
        let least = self.settings.min_letters;
        match keys {
            Keys::Stems => each_stem(self.case, block, take),
            Keys::Words => each_word(self.case.document.tokens_of(block), |token, hash| {
                if tells(token, least) {
                    take(hash, token, hash);
                }
            }),
        }
    }
}

/// What words are known by in a first look.
#[derive(Clone, Copy)]
enum Keys {
    Words,
    Stems,
}

/// The block before which the article stands for a first look: the last few paragraphs may be of one other story.
fn core_of(long: &[usize]) -> usize {
    const LAST: usize = 3;
    long.get(long.len().saturating_sub(LAST).max(long.len() / 2)).copied().unwrap_or(0)
}

/// The paragraphs of a text and where its words stand.
struct Text<'w> {
    weighing: &'w Weighing<'w>,
    places: Places,
    paragraphs: Vec<Paragraph>,
}

impl<'w> Text<'w> {
    /// Reads all words.
    fn new(weighing: &'w Weighing<'w>, long: &[usize]) -> Self {
        let case = weighing.case;
        let mut places = Places::of_bytes(case.document.text.len());
        let mut paragraphs: Vec<Paragraph> = long.iter().map(|&at| Paragraph { at, found: Vec::new(), words: Vec::new() }).collect();
        let mut next = 0;
        for (at, block) in case.blocks().iter().enumerate() {
            let mut paragraph = paragraphs.get_mut(next).filter(|paragraph| paragraph.at == at);
            next += usize::from(paragraph.is_some());
            each_stem(case, block, |stem, token, hash| {
                places.note(stem, at);
                paragraph.iter_mut().for_each(|paragraph| paragraph.found.push((stem, *token, hash)));
            });
        }
        // Of two forms of a word the commoner one says how rare it is.
        for paragraph in &mut paragraphs {
            paragraph.words = paragraph.found.iter().map(|&(stem, token, hash)| Word::new(stem, &token, hash, weighing)).collect();
            paragraph.words.sort_unstable_by(|a, b| a.stem.cmp(&b.stem).then(b.share.total_cmp(&a.share)));
            paragraph.words.dedup_by_key(|word| word.stem);
        }
        paragraphs.retain(|paragraph| !paragraph.words.is_empty());
        Text { weighing, places, paragraphs }
    }

    /// The weighted share of a paragraph's words that other blocks before `end` have.
    fn share(&self, paragraph: &Paragraph, end: usize) -> f64 {
        let (mut known, mut all) = (0.0, 0.0);
        for word in &paragraph.words {
            all += word.weight;
            known += if self.places.is_held(word.stem, paragraph.at, end) { word.weight } else { 0.0 };
        }
        if all == 0.0 { 1.0 } else { known / all }
    }

    /// How likely a word of the article before `end` is to stand in another paragraph of it.
    fn recurrence(&self, end: usize) -> f64 {
        const LEAST: f64 = 0.02;
        const MOST: f64 = 0.9;
        let core = self.paragraphs.iter().take_while(|paragraph| paragraph.at < end);
        let mut shares: Vec<f64> = core.map(|paragraph| self.share(paragraph, end)).collect();
        shares.sort_by(f64::total_cmp);
        let typical = shares.get(shares.len() / 2).copied().unwrap_or(0.0);
        (typical * self.weighing.settings.foreign_typical).clamp(LEAST, MOST)
    }

    /// The log-odds that a paragraph is of the article whose other blocks stand before `end`.
    fn odds(&self, paragraph: &Paragraph, end: usize, recurrence: f64) -> f64 {
        let of = |word: &Word| {
            if self.places.is_held(word.stem, paragraph.at, end) { word.speaks_for(recurrence) } else { word.speaks_against(recurrence) }
        };
        paragraph.words.iter().map(of).sum()
    }

    /// Foreign paragraphs behind a closing notice.
    fn behind(&self, mark: usize) -> Vec<(usize, f64)> {
        let settings = self.weighing.settings;
        let recurrence = self.recurrence(mark);
        let tail = self.paragraphs.iter().filter(|paragraph| paragraph.at > mark);
        let foreign = tail.filter(|paragraph| self.odds(paragraph, mark, recurrence) < settings.foreign_behind_mark);
        foreign.map(|paragraph| (paragraph.at, self.share(paragraph, mark))).collect()
    }

    /// The longest foreign tail.
    fn tail(&self) -> Vec<(usize, f64)> {
        let settings = self.weighing.settings;
        let mut found = Vec::new();
        for first in (1..self.paragraphs.len()).rev().take(settings.foreign_most) {
            let tail = &self.paragraphs[first..];
            let end = tail[0].at;
            if !self.weighing.is_tail(end, settings.min_bare_core_blocks) {
                break;
            }
            // Paragraphs of one other story are related to each other: what is foreign to the text before all of them is judged anew for each start.
            let shares: Vec<f64> = tail.iter().map(|paragraph| self.share(paragraph, end)).collect();
            if shares.iter().any(|&share| share >= settings.foreign_share) {
                continue;
            }
            let recurrence = self.recurrence(end);
            let odds: Vec<f64> = tail.iter().map(|paragraph| self.odds(paragraph, end, recurrence)).collect();
            if odds.iter().all(|&odds| odds < settings.foreign_each) && odds.iter().sum::<f64>() < settings.foreign_tail {
                found = tail.iter().zip(shares).map(|(paragraph, share)| (paragraph.at, share)).collect();
            }
        }
        found
    }
}
