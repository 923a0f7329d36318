//! Finds which rules match a block, in one pass over its words.
//!
//! In: compiled rules. Out: [`Index::hits`]: the rules whose phrase or pattern stands in a block, with the span of the match. Phrases
//! that are a whole block are found by the block's hash, those at its start or end by its first or last word; phrases that may stand
//! anywhere are filed under their longest word, patterns under the words they need. A bit set answers "no rule cares for this
//! word" for nearly all of a text, so thousands of rules cost one load a word. This is the token-level form of the
//! rarest-token index of ad blockers (see adblock-rust), and needs no normalised copy of the text. Patterns without such a word are
//! sifted by the bytes at the block's edges (see `sieve`).

use super::facts::gate::Gate;
use super::file::Scope;
use super::filed::{Candidate, Filed, What};
use super::memo::Memo;
use super::pattern::Pattern;
use super::rule::{Phrase, Place, Rule, Slot};
use super::sieve::{Rims, Sieve};
use crate::document::{Block, Document, Span};
use crate::text::token::{Kind, Token, ends_with_full_stop, hash_sequence};
use crate::text::view::View;

/// A rule that matched in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The rule's index in the set.
    pub rule: u32,
    /// The matched bytes, counted from the block's start.
    pub span: Span,
}

/// A pattern and what decides whether it is tried, side by side in memory.
#[derive(Clone, Debug)]
struct Entry {
    rule: u32,
    pattern: u32,
    gate: Gate,
    most_words: u32,
    /// Where the words that it needs besides begin in the index's list of them, and where they end.
    also: [u32; 2],
    /// See [`Rule::reaches`].
    reaches: bool,
}

/// A phrase, its words in one row with those of all others.
#[derive(Clone, Copy, Debug)]
struct Row {
    rule: u32,
    start: u32,
    len: u16,
    place: Place,
    /// A label: no sentence of these words.
    label: bool,
}

/// The compiled index of a rule set.
#[derive(Debug, Default)]
pub struct Index {
    /// Phrases that are a whole block, by the hash of their words, any number counting as [`ANY_NUMBER`].
    whole: Filed,
    /// The same by their first words (see [`label_key`]).
    labels: Filed,
    /// Phrases and needed words at a block's start by their first word, phrases at its end by their last.
    starts: Filed,
    ends: Filed,
    /// Phrases that may stand anywhere, and words that patterns need.
    words: Filed,
    /// Patterns; those without a certain word come first and are tried on every block that the sieve leaves.
    entries: Vec<Entry>,
    sieve: Sieve,
    /// Words that patterns need besides.
    also: Vec<u64>,
    /// Phrases, and their words and those that patterns need: beside each other, since a text meets one after the other.
    phrases: Vec<Row>,
    slots: Vec<Slot>,
}

/// Stands for any number in the hash of a whole block.
const ANY_NUMBER: u64 = 1;

/// What is found out about a block while rules are tried on it; kept from block to block for its memory.
#[derive(Debug, Default)]
pub struct Trial {
    view: Option<View>,
    /// The block's words, as bits.
    held: Option<u64>,
    /// Entries that were tried because a word that they need stands in the block.
    tried: Vec<u32>,
    pub(super) memo: Memo,
}

/// A block that rules are tried on.
struct Subject<'a> {
    rules: &'a [Rule],
    text: &'a str,
    tokens: &'a [Token],
    block: &'a Block,
    rims: &'a Rims,
    /// Only patterns of rules that reach out are tried.
    only_reaching: bool,
}

impl Index {
    /// Files every rule's phrases and patterns.
    pub fn new(rules: &[Rule]) -> Self {
        let mut index = Index::default();
        let patterns = (0_u32..).zip(rules).flat_map(|(number, rule)| (0_u32..).zip(&rule.patterns).map(move |(at, pattern)| (number, rule, at, pattern)));
        let (wordless, worded): (Vec<_>, Vec<_>) = patterns.partition(|(.., pattern)| pattern.facts.needs.is_empty());
        for &(rule_number, rule, at, pattern) in wordless.iter().chain(&worded) {
            let most_words = if rule.scope == Scope::Span { None } else { rule.max_words }.unwrap_or(u32::MAX);
            let entry = index.entries.len() as u32;
            let before = index.also.len() as u32;
            index.also.extend_from_slice(&pattern.facts.also);
            index.entries.push(Entry {
                rule: rule_number,
                pattern: at,
                gate: pattern.facts.gate.clone(),
                most_words,
                also: [before, index.also.len() as u32],
                reaches: rule.reaches(),
            });
            for need in &pattern.facts.needs {
                let slots: Vec<Slot> = need.words.iter().map(|&hash| Slot::Word(hash)).collect();
                let (list, key) = if need.opening { (&mut index.starts, 0) } else { (&mut index.words, need.key) };
                let (start, len) = (index.slots.len() as u32, slots.len() as u16);
                index.slots.extend_from_slice(&slots);
                let candidate = Candidate::new(What::Pattern { entry, start, len }, &slots, key);
                let edges = &pattern.facts.edges;
                list.file(need.words[key], candidate.within(most_words, &edges.head[0], &edges.tail[0]));
            }
        }
        for (number, rule) in (0_u32..).zip(rules) {
            for phrase in &rule.phrases {
                index.file_phrase(number, phrase);
            }
        }
        [&mut index.whole, &mut index.labels, &mut index.starts, &mut index.ends, &mut index.words].into_iter().for_each(Filed::seal);
        index.sieve = Sieve::new(wordless.iter().map(|(.., pattern)| &pattern.facts));
        index
    }

    fn file_phrase(&mut self, rule: u32, phrase: &Phrase) {
        let slots = &phrase.slots;
        let what = What::Phrase { phrase: self.phrases.len() as u32 };
        let label = phrase.place == Place::Whole && slots.len() <= LABEL_WORDS && !ends_with_full_stop(&phrase.text);
        self.phrases.push(Row { rule, start: self.slots.len() as u32, len: slots.len() as u16, place: phrase.place, label });
        self.slots.extend_from_slice(slots);
        let word = |at: usize| if let Some(Slot::Word(hash)) = slots.get(at) { Some(*hash) } else { None };
        let last = slots.len().saturating_sub(1);
        let (list, key, at) = match phrase.place {
            Place::Whole => (&mut self.whole, whole_key(slots), 0),
            Place::Start => (&mut self.starts, word(0), 0),
            Place::End => (&mut self.ends, word(last), last),
            Place::Anywhere => (&mut self.words, None, 0),
        };
        if let (Place::Whole, Some(first)) = (phrase.place, word(0)) {
            self.labels.file(label_key(first, word(1)), Candidate::new(what, slots, 0));
        }
        if let Some(key) = key {
            list.file(key, Candidate::new(what, if phrase.place == Place::Whole { &[] } else { slots }, at));
        } else if let Some((at, hash)) = key_word(phrase) {
            self.words.file(hash, Candidate::new(what, slots, at));
        }
    }

    /// Appends what matches in a block, in the rules' order; of a span rule every match, of others one.
    pub fn hits(&self, rules: &[Rule], document: &Document, block: &Block, trial: &mut Trial, found: &mut Vec<Hit>) {
        let text = document.slice(block.span);
        if let Some(known) = trial.memo.get(text, block.hash) {
            found.extend_from_slice(known);
            return;
        }
        let before = found.len();
        let subject = Subject { rules, text, tokens: document.tokens_of(block), block, rims: &Rims::of(text), only_reaching: false };
        self.search(&subject, trial, found);
        if found.len() > before + 1 {
            found[before..].sort_by_key(|hit| (hit.rule, hit.span));
            let mut own = found.split_off(before);
            own.dedup();
            found.append(&mut own);
        }
        trial.memo.put(text, block.hash, &found[before..]);
    }

    /// Appends what matches of rules that reach out, in any order.
    pub fn reaching_hits(&self, rules: &[Rule], document: &Document, block: &Block, trial: &mut Trial, found: &mut Vec<Hit>) {
        let (before, text) = (found.len(), document.slice(block.span));
        self.search(&Subject { rules, text, tokens: document.tokens_of(block), block, rims: &Rims::of(text), only_reaching: true }, trial, found);
        let mut own = found.split_off(before);
        own.retain(|hit| rules[hit.rule as usize].reaches());
        found.append(&mut own);
    }

    /// The rules with a phrase for a whole block that these words begin with, and how many words it has.
    pub fn labels(&self, tokens: &[Token]) -> impl Iterator<Item = (u32, usize)> {
        let words = |count: usize| tokens.get(..count).and_then(|words| Some((words.first()?.hash, words.get(1).map(|second| second.hash))));
        let keys = [words(1), words(2)].into_iter().flatten();
        let candidates = keys.flat_map(|(first, second)| self.labels.get(label_key(first, second)));
        candidates.filter_map(|candidate| {
            let What::Phrase { phrase } = candidate.what else { return None };
            let row = self.phrases[phrase as usize];
            let slots = &self.slots[row.start as usize..][..usize::from(row.len)];
            find_phrase(slots, Place::Start, tokens, 0, tokens[0].start).map(|_| (row.rule, slots.len()))
        })
    }

    /// Appends what matches in a block that was not met before, in any order.
    fn search(&self, subject: &Subject, trial: &mut Trial, found: &mut Vec<Hit>) {
        let Subject { tokens, block, rims, .. } = *subject;
        (trial.view, trial.held) = (None, None);
        trial.tried.clear();
        let ends = rims.ends();
        let mut weigh = |candidates: &[Candidate], at: usize, found: &mut Vec<Hit>| {
            for candidate in candidates.iter().filter(|candidate| candidate.suits(block.shape.words, ends) && candidate.fits(tokens, at)) {
                self.weigh(subject, candidate, at, trial, found);
            }
        };
        if let (Some(first), Some(last)) = (tokens.first(), tokens.last()) {
            if tokens.len() <= LONGEST_WHOLE {
                weigh(self.whole.get(block.hash), 0, found);
                if block.shape.digits > 0 {
                    let open = tokens.iter().map(|token| if token.kind() == Kind::Number { ANY_NUMBER } else { token.hash });
                    weigh(self.whole.get(hash_sequence(open)), 0, found);
                }
            }
            weigh(self.starts.get(first.hash), 0, found);
            weigh(self.ends.get(last.hash), tokens.len() - 1, found);
        }
        for (at, token) in tokens.iter().enumerate() {
            let candidates = self.words.get(token.hash);
            if !candidates.is_empty() {
                weigh(candidates, at, found);
            }
        }
        self.sieve.sift(rims, &block.shape, |entry| self.try_entry(subject, entry, trial, found));
    }

    /// Follows up a candidate whose key is word `at` of the block.
    fn weigh(&self, subject: &Subject, candidate: &Candidate, at: usize, trial: &mut Trial, found: &mut Vec<Hit>) {
        let Subject { tokens, block, .. } = *subject;
        let Some(start) = at.checked_sub(usize::from(candidate.at)) else { return };
        match candidate.what {
            What::Phrase { phrase } => {
                let row = self.phrases[phrase as usize];
                if row.label && ends_with_full_stop(subject.text) {
                    return;
                }
                let slots = &self.slots[row.start as usize..][..usize::from(row.len)];
                let span = find_phrase(slots, row.place, tokens, start, block.span.start);
                found.extend(span.map(|span| Hit { rule: row.rule, span }));
            }
            What::Pattern { entry, start: first, len } => {
                if trial.tried.contains(&entry) || !subject.rims.fit(&self.pattern(subject.rules, entry).facts.edges) {
                    return;
                }
                let words = &self.slots[first as usize..][..usize::from(len)];
                let stands = tokens.get(start..start + words.len()).is_some_and(|near| words.iter().zip(near).all(|(word, &token)| word.takes(token)));
                if stands {
                    trial.tried.push(entry);
                    self.try_entry(subject, entry as usize, trial, found);
                }
            }
        }
    }

    /// The pattern of an entry.
    fn pattern<'a>(&self, rules: &'a [Rule], number: u32) -> &'a Pattern {
        let entry = &self.entries[number as usize];
        &rules[entry.rule as usize].patterns[entry.pattern as usize]
    }

    /// Does the block hold one of the words that a pattern needs besides?
    fn holds_more(&self, entry: &Entry, tokens: &[Token], held: &mut Option<u64>) -> bool {
        let also = &self.also[entry.also[0] as usize..entry.also[1] as usize];
        if also.is_empty() {
            return true;
        }
        let bit = |hash: u64| 1_u64 << (hash >> 2 & 63);
        let held = *held.get_or_insert_with(|| tokens.iter().fold(0, |bits, token| bits | bit(token.hash)));
        also.iter().any(|&hash| held & bit(hash) != 0 && tokens.iter().any(|token| token.hash == hash))
    }

    fn try_entry(&self, subject: &Subject, number: usize, trial: &mut Trial, found: &mut Vec<Hit>) {
        let &Subject { rules, text, block, only_reaching, .. } = subject;
        let entry = &self.entries[number];
        if only_reaching && !entry.reaches {
            return;
        }
        if block.shape.words > entry.most_words || !entry.gate.opens(block.shape.held, block.shape.chars) {
            return;
        }
        if !self.holds_more(entry, subject.tokens, &mut trial.held) {
            return;
        }
        let rule = &rules[entry.rule as usize];
        let view = trial.view.get_or_insert_with(|| View::new(text));
        let pattern = self.pattern(rules, number as u32);
        if rule.scope != Scope::Span {
            if pattern.is_match(&view.text) {
                found.push(Hit { rule: entry.rule, span: Span { start: 0, end: block.span.len() } });
            }
            return;
        }
        for matched in pattern.find_iter(&view.text) {
            let (start, end) = view.original(text, matched.start, matched.end);
            if start < end {
                found.push(Hit { rule: entry.rule, span: Span { start, end } });
            }
        }
    }
}

/// A block that is a phrase of at most so many words and ends with a full stop, as the phrase does not, is a sentence: "Yes." is no button.
const LABEL_WORDS: usize = 3;
/// Blocks of more words are not looked up as a whole phrase.
const LONGEST_WHOLE: usize = 64;

/// The key of a phrase among labels: many begin with the same word. One whose second word is open has its first alone.
fn label_key(first: u64, second: Option<u64>) -> u64 {
    second.map_or(first, |second| hash_sequence([first, second].into_iter()))
}

/// The key of a whole-block phrase; none when it has open words, which only a walk can fill, or is too long.
fn whole_key(slots: &[Slot]) -> Option<u64> {
    let hashes: Option<Vec<u64>> = slots
        .iter()
        .map(|slot| match slot {
            Slot::Word(hash) => Some(*hash),
            Slot::AnyNumber => Some(ANY_NUMBER),
            Slot::AnyWord => None,
        })
        .collect();
    hashes.filter(|hashes| hashes.len() <= LONGEST_WHOLE).map(|hashes| hash_sequence(hashes.into_iter()))
}

/// The word a phrase is filed under: the one with the longest text, which ordinary prose holds least often.
fn key_word(phrase: &Phrase) -> Option<(usize, u64)> {
    let texts = crate::text::token::words(&phrase.text.replace("{n}", " ").replace("{w}", " "));
    let length = |hash: u64| texts.iter().find(|token| token.hash == hash).map_or(0, |token| token.end - token.start);
    let mut best: Option<(usize, u64)> = None;
    for (at, slot) in phrase.slots.iter().enumerate() {
        if let Slot::Word(hash) = *slot
            && best.is_none_or(|(_, old)| length(hash) > length(old))
        {
            best = Some((at, hash));
        }
    }
    best
}

fn find_phrase(slots: &[Slot], place: Place, tokens: &[Token], start: usize, base: u32) -> Option<Span> {
    let end = start + slots.len();
    let placed = match place {
        Place::Whole => start == 0 && end == tokens.len(),
        Place::Start => start == 0 && end <= tokens.len(),
        Place::End => end == tokens.len(),
        Place::Anywhere => end <= tokens.len(),
    };
    if !placed {
        return None;
    }
    let matched = &tokens[start..end];
    let fits = slots.iter().zip(matched).all(|(slot, &token)| slot.takes(token));
    fits.then(|| Span { start: matched[0].start - base, end: matched[matched.len() - 1].end - base })
}

/// Does a phrase of slots stand anywhere among the words?
pub fn holds_phrase(slots: &[Slot], tokens: &[Token]) -> bool {
    !slots.is_empty() && tokens.windows(slots.len()).any(|window| slots.iter().zip(window).all(|(slot, &token)| slot.takes(token)))
}
