//! Paragraphs foreign to the article, judged by how rare its words are in the dump.
//!
//! In: a text and the survey's document frequencies. Out: signals for paragraphs behind the article's end that are about something
//! else. Two paragraphs of one article share rare words; what any two documents share says little. So each word of a paragraph
//! speaks for or against it as log-odds: that the rest of the text has the word is likelier by chance the more documents have it, and
//! that it lacks it is unlikely by as much as the article's own paragraphs recur to each other. Long paragraphs give more evidence
//! than short ones that way, which a share does not see. Words meet by their stems and are weighed as whole words, whose hashes are at hand.

use super::places::Places;
use super::stems::{each_stem, tells};
use super::wanted_words::{Evidence, WantedWords};
use super::{Case, drop_block, words_of};
use crate::document::Block;
use crate::rules::settings::Teaser as Settings;
use crate::survey::frequency::{Rarity, each_word};
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

/// A paragraph long enough to be judged.
struct Paragraph {
    at: usize,
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
        let (case, settings, long) = (self.case, self.settings, self.long());
        let (core, tail) = case.blocks().split_at(mark);
        if core.iter().filter(|block| case.is_prose(block)).count() < settings.min_core_blocks || words_of(tail) > settings.max_share * words_of(case.blocks())
        {
            return;
        }
        let look = Look { core: mark, least: settings.foreign_behind_mark, share: f64::INFINITY, share_core: 0 };
        if long.iter().filter(|&&at| at > mark).any(|&at| self.may_be_foreign(at, &look)) {
            self.drop(&Text::new(self, &long).behind(mark), signals);
        }
    }

    /// Signals for a foreign tail without such a notice.
    pub(super) fn bare_tail(&self, signals: &mut Vec<Signal>) {
        let (settings, long) = (self.settings, self.long());
        let Some(&last) = long.last().filter(|_| long.len() > settings.min_bare_core_blocks) else { return };
        let Some(earliest) = self.earliest_tail(&long) else { return };
        // The last paragraph is in every tail: one that shares enough with the text before the longest is in none.
        let core = core_of(&long);
        let look = Look { core, least: settings.foreign_first, share: settings.foreign_share, share_core: earliest.min(core) };
        if self.may_be_foreign(last, &look) {
            self.drop(&Text::new(self, &long).tail(earliest), signals);
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

    /// The block with which the longest tail may begin: the article before it is long enough, and what stands behind no more than a tail.
    fn earliest_tail(&self, long: &[usize]) -> Option<usize> {
        let (case, settings) = (self.case, self.settings);
        let most = settings.max_share * words_of(case.blocks());
        let mut core = case.blocks();
        let (mut prose, mut tail) = (core.iter().filter(|block| case.is_prose(block)).count(), 0.0);
        let begins = |&&at: &&usize| {
            let (rest, more) = core.split_at(at);
            core = rest;
            prose -= more.iter().filter(|block| case.is_prose(block)).count();
            tail += words_of(more);
            prose >= settings.min_bare_core_blocks && tail <= most
        };
        long.iter().skip(1).rev().take(settings.foreign_most).take_while(begins).last().copied()
    }

    /// May block `at` be foreign to the blocks before it, by its words as they are? Most blocks have words enough there.
    fn may_be_foreign(&self, at: usize, look: &Look) -> bool {
        let (blocks, text) = (self.case.blocks(), &self.case.document.text);
        let mut wanted = WantedWords::new();
        self.each(&blocks[at], |token, hash| {
            let has_stem = || token.kind() == Kind::Character || text[token.span().range()].chars().count() >= self.settings.min_letters;
            wanted.add(hash, || {
                let word = Word::new(hash, token, hash, self);
                let weight = if has_stem() { word.weight } else { 0.0 };
                Evidence { met: word.speaks_for(RECURRENCE), unmet: word.speaks_against(RECURRENCE), weight }
            });
        });
        let mut shared = 0.0;
        for (number, block) in blocks[..look.core].iter().enumerate() {
            self.each(block, |_, hash| wanted.meet(hash));
            if number < look.share_core {
                shared = wanted.known;
            }
            if wanted.odds >= look.least || wanted.all > 0.0 && shared >= look.share * wanted.all {
                return false;
            }
        }
        true
    }

    /// Gives each word of a block that tells something, with its hash.
    #[inline]
    fn each(&self, block: &Block, mut take: impl FnMut(&Token, u64)) {
        each_word(self.case.document.tokens_of(block), |token, hash| {
            if tells(token, self.settings.min_letters) {
                take(token, hash);
            }
        });
    }
}

/// How a first look goes.
struct Look {
    /// The article stands before this block.
    core: usize,
    /// A block with log-odds of so much is of the article ...
    least: f64,
    /// ... and one of which the blocks before `share_core` have such a share, by weight.
    share: f64,
    share_core: usize,
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
        let mut paragraphs: Vec<Paragraph> = long.iter().map(|&at| Paragraph { at, words: Vec::new() }).collect();
        let mut next = 0;
        for (at, block) in case.blocks().iter().enumerate() {
            let mut paragraph = paragraphs.get_mut(next).filter(|paragraph| paragraph.at == at);
            next += usize::from(paragraph.is_some());
            let next = |paragraph: &Option<&mut Paragraph>| paragraph.as_ref().map_or(0, |paragraph| paragraph.words.len());
            each_stem(case, block, |stem, token, hash| {
                let known = places.note(stem, at, next(&paragraph));
                let Some(paragraph) = &mut paragraph else { return };
                let word = Word::new(stem, token, hash, weighing);
                // Of two forms of a word the commoner one says how rare it is.
                match known.map(|known| &mut paragraph.words[known]) {
                    Some(known) if known.share >= word.share => {}
                    Some(known) => *known = word,
                    None => paragraph.words.push(word),
                }
            });
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

    /// The longest foreign tail that begins at block `earliest` or behind it.
    fn tail(&self, earliest: usize) -> Vec<(usize, f64)> {
        let settings = self.weighing.settings;
        let mut found = Vec::new();
        for first in (1..self.paragraphs.len()).rev() {
            let tail = &self.paragraphs[first..];
            let end = tail[0].at;
            if end < earliest {
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
