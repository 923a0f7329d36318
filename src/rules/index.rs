//! Finds which rules match a block, in one pass over its words.
//!
//! In: compiled rules. Out: [`Index::hits`]: the rules whose phrase or pattern stands in a block, with the span of the match. Phrases
//! that are a whole block are found by the block's hash, those at its start or end by its first or last word; phrases that may stand
//! anywhere are filed under their longest word, patterns under the words they need. A bit set answers "no rule cares for this
//! word" for nearly all of a text, so thousands of rules cost one load a word. This is the token-level form of the
//! rarest-token index of ad blockers (see adblock-rust), and needs no normalised copy of the text. Patterns without such a word are
//! sifted by the bytes at the block's edges (see [`sieve`](super::sieve)).

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::compile::{Pattern, Phrase, Place, Rule, Slot};
use super::file::Scope;
use super::gate::Gate;
use super::sieve::{Rims, Sieve};
use crate::document::{Block, Document, Span};
use crate::text::token::{Kind, Token, hash_sequence};
use crate::text::view::View;

/// A rule that matched in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The rule's index in the set.
    pub rule: u32,
    /// The matched bytes, counted from the block's start.
    pub span: Span,
}

/// Word hashes are good hashes already.
#[derive(Default)]
pub struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// A map whose keys are word hashes.
pub type WordMap<V> = HashMap<u64, V, BuildHasherDefault<Ready>>;

/// A set of word hashes.
pub type WordSet = HashSet<u64, BuildHasherDefault<Ready>>;

/// Lists filed under hashes, with bits that answer "nothing is filed here" in one load.
#[derive(Debug)]
struct Filed<T> {
    bits: Vec<u64>,
    lists: WordMap<Vec<T>>,
}

impl<T> Filed<T> {
    fn new(lists: WordMap<Vec<T>>) -> Self {
        let mut bits = vec![0; (lists.len() * 32).next_power_of_two().max(1024) / 64];
        for &hash in lists.keys() {
            let bit = bit_of(hash, bits.len());
            bits[bit / 64] |= 1 << (bit % 64);
        }
        Filed { bits, lists }
    }

    #[inline]
    fn get(&self, hash: u64) -> &[T] {
        let bit = bit_of(hash, self.bits.len());
        if self.bits[bit / 64] & 1 << (bit % 64) == 0 { &[] } else { self.lists.get(&hash).map_or(&[], Vec::as_slice) }
    }
}

impl<T> Default for Filed<T> {
    fn default() -> Self {
        Filed::new(WordMap::default())
    }
}

/// Something filed under a word: word number `at` of a phrase, or of a sequence that a pattern needs.
#[derive(Clone, Copy, Debug)]
enum Candidate {
    Phrase { rule: u32, phrase: u32, at: u32 },
    Pattern { entry: u32, sequence: u32, at: u32 },
}

/// A pattern and what decides whether it is tried, side by side in memory.
#[derive(Clone, Debug)]
struct Entry {
    rule: u32,
    pattern: u32,
    gate: Gate,
    most_words: u32,
}

/// A phrase of a rule: (rule, phrase).
type PhraseOf = (u32, u32);

/// The compiled index of a rule set.
#[derive(Debug, Default)]
pub struct Index {
    /// Phrases that are a whole block, by the hash of their words, any number counting as [`ANY_NUMBER`].
    whole: Filed<PhraseOf>,
    /// Phrases at a block's start by their first word, at its end by their last.
    starts: Filed<PhraseOf>,
    ends: Filed<PhraseOf>,
    words: Filed<Candidate>,
    /// Patterns; those without a certain word come first, and are tried on every block that the sieve leaves.
    entries: Vec<Entry>,
    sieve: Sieve,
}

/// The lists of an index while rules are filed.
#[derive(Default)]
struct Filing {
    whole: WordMap<Vec<PhraseOf>>,
    starts: WordMap<Vec<PhraseOf>>,
    ends: WordMap<Vec<PhraseOf>>,
    words: WordMap<Vec<Candidate>>,
    entries: Vec<Entry>,
    wordless: Vec<Entry>,
}

/// Stands for any number in the hash of a whole block.
const ANY_NUMBER: u64 = 1;

/// What is found out about a block while rules are tried on it; kept from block to block for its memory.
#[derive(Debug, Default)]
pub struct Trial {
    rims: Rims,
    view: Option<View>,
    /// A bit for each wordless entry that may match.
    open: Vec<u64>,
    /// Entries that were tried because of a word.
    tried: Vec<u32>,
}

impl Filing {
    fn phrase(&mut self, (rule, number): PhraseOf, phrase: &Phrase) {
        let edge = |slot: Option<&Slot>| slot.and_then(|slot| if let Slot::Word(hash) = slot { Some(*hash) } else { None });
        let (list, key) = match phrase.place {
            Place::Whole => (&mut self.whole, whole_key(&phrase.slots)),
            Place::Start => (&mut self.starts, edge(phrase.slots.first())),
            Place::End => (&mut self.ends, edge(phrase.slots.last())),
            Place::Anywhere => (&mut self.starts, None),
        };
        if let Some(key) = key {
            list.entry(key).or_default().push((rule, number));
        } else if let Some((at, hash)) = key_word(phrase) {
            self.words.entry(hash).or_default().push(Candidate::Phrase { rule, phrase: number, at });
        }
    }

    /// Numbers of entries with words begin where those of `wordless` end.
    fn pattern(&mut self, rule: &Rule, number: u32, at: u32, pattern: &Pattern, wordless: u32) {
        let most_words = if rule.scope == Scope::Span { None } else { rule.max_words };
        let entry = Entry { rule: number, pattern: at, gate: pattern.gate.clone(), most_words: most_words.unwrap_or(u32::MAX) };
        if pattern.needs.is_empty() {
            return self.wordless.push(entry);
        }
        let entry_number = wordless + self.entries.len() as u32;
        self.entries.push(entry);
        for (sequence, need) in (0_u32..).zip(&pattern.needs) {
            let candidate = Candidate::Pattern { entry: entry_number, sequence, at: need.key as u32 };
            self.words.entry(need.words[need.key]).or_default().push(candidate);
        }
    }
}

impl Index {
    /// Files every rule's phrases and patterns.
    pub fn new(rules: &[Rule]) -> Self {
        let mut filing = Filing::default();
        let wordless = rules.iter().flat_map(|rule| &rule.patterns).filter(|pattern| pattern.needs.is_empty()).count() as u32;
        for (number, rule) in (0_u32..).zip(rules) {
            for (at, phrase) in (0_u32..).zip(&rule.phrases) {
                filing.phrase((number, at), phrase);
            }
            for (at, pattern) in (0_u32..).zip(&rule.patterns) {
                filing.pattern(rule, number, at, pattern, wordless);
            }
        }
        let Filing { whole, starts, ends, words, entries: with_words, wordless: mut entries } = filing;
        let sieve = Sieve::new(entries.iter().map(|entry| &entry.gate));
        entries.extend(with_words);
        Index { whole: Filed::new(whole), starts: Filed::new(starts), ends: Filed::new(ends), words: Filed::new(words), entries, sieve }
    }

    /// Appends what matches in a block, in the rules' order; of a span rule every match, of others one.
    pub fn hits(&self, rules: &[Rule], document: &Document, block: &Block, trial: &mut Trial, found: &mut Vec<Hit>) {
        let tokens = document.tokens_of(block);
        let first = found.len();
        trial.view = None;
        trial.tried.clear();
        trial.rims = Rims::new(document.slice(block.span));
        self.sieve.sift(&trial.rims, &block.shape, &mut trial.open);
        self.edge_hits(rules, tokens, block, found);
        for (at, token) in tokens.iter().enumerate() {
            for candidate in self.words.get(token.hash) {
                match *candidate {
                    Candidate::Phrase { rule, phrase, at: slot } => {
                        let phrase = &rules[rule as usize].phrases[phrase as usize];
                        let span = at.checked_sub(slot as usize).and_then(|start| find_phrase(phrase, tokens, start, block.span.start));
                        found.extend(span.map(|span| Hit { rule, span }));
                    }
                    Candidate::Pattern { entry, sequence, at: key } => {
                        let &Entry { rule, pattern, .. } = &self.entries[entry as usize];
                        let words = &rules[rule as usize].patterns[pattern as usize].needs[sequence as usize].words;
                        let near = at.checked_sub(key as usize).and_then(|start| tokens.get(start..start + words.len()));
                        let stands = near.is_some_and(|near| near.iter().zip(words).all(|(token, &word)| token.hash == word));
                        if stands && !trial.tried.contains(&entry) {
                            trial.tried.push(entry);
                            if trial.rims.fit(&self.entries[entry as usize].gate.edges) {
                                self.try_entry(rules, entry, document, block, trial, found);
                            }
                        }
                    }
                }
            }
        }
        for word in 0..trial.open.len() {
            let mut left = trial.open[word];
            while left != 0 {
                self.try_entry(rules, word as u32 * 64 + left.trailing_zeros(), document, block, trial, found);
                left &= left - 1;
            }
        }
        if found.len() > first + 1 {
            found[first..].sort_by_key(|hit| (hit.rule, hit.span));
            let mut own = found.split_off(first);
            own.dedup();
            found.append(&mut own);
        }
    }

    /// Phrases that are the block, or stand at its start or end.
    fn edge_hits(&self, rules: &[Rule], tokens: &[Token], block: &Block, found: &mut Vec<Hit>) {
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return };
        let mut add = |list: &[PhraseOf], from_end: bool| {
            for &(rule, number) in list {
                let phrase = &rules[rule as usize].phrases[number as usize];
                let start = if from_end { tokens.len().checked_sub(phrase.slots.len()) } else { Some(0) };
                let span = start.and_then(|start| find_phrase(phrase, tokens, start, block.span.start));
                found.extend(span.map(|span| Hit { rule, span }));
            }
        };
        if tokens.len() <= LONGEST_WHOLE {
            add(self.whole.get(block.hash), false);
            if block.shape.digits > 0 {
                let open = tokens.iter().map(|token| if token.kind() == Kind::Number { ANY_NUMBER } else { token.hash });
                add(self.whole.get(hash_sequence(open)), false);
            }
        }
        add(self.starts.get(first.hash), false);
        add(self.ends.get(last.hash), true);
    }

    fn try_entry(&self, rules: &[Rule], number: u32, document: &Document, block: &Block, trial: &mut Trial, found: &mut Vec<Hit>) {
        let entry = &self.entries[number as usize];
        if block.shape.words > entry.most_words || !entry.gate.opens(block.shape.held, block.shape.chars) {
            return;
        }
        let rule = &rules[entry.rule as usize];
        let Some(regex) = rule.patterns[entry.pattern as usize].regex() else { return };
        let text = document.slice(block.span);
        let view = trial.view.get_or_insert_with(|| View::new(text));
        if rule.scope != Scope::Span {
            if regex.is_match(&view.text) {
                found.push(Hit { rule: entry.rule, span: Span { start: 0, end: block.span.len() } });
            }
            return;
        }
        for matched in regex.find_iter(&view.text) {
            let (start, end) = view.original(text, matched.start(), matched.end());
            if start < end {
                found.push(Hit { rule: entry.rule, span: Span { start, end } });
            }
        }
    }
}

/// Blocks of more words are not looked up as a whole phrase.
const LONGEST_WHOLE: usize = 64;

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

fn bit_of(hash: u64, words: usize) -> usize {
    (hash >> 20) as usize & (words * 64 - 1)
}

/// The word a phrase is filed under: the one with the longest text, which ordinary prose holds least often.
fn key_word(phrase: &Phrase) -> Option<(u32, u64)> {
    let texts = crate::text::token::words(&phrase.text.replace("{n}", " ").replace("{w}", " "));
    let length = |hash: u64| texts.iter().find(|token| token.hash == hash).map_or(0, |token| token.end - token.start);
    let mut best: Option<(u32, u64)> = None;
    for (at, slot) in (0_u32..).zip(&phrase.slots) {
        if let Slot::Word(hash) = *slot
            && best.is_none_or(|(_, old)| length(hash) > length(old))
        {
            best = Some((at, hash));
        }
    }
    best
}

fn find_phrase(phrase: &Phrase, tokens: &[Token], start: usize, base: u32) -> Option<Span> {
    let end = start + phrase.slots.len();
    let placed = match phrase.place {
        Place::Whole => start == 0 && end == tokens.len(),
        Place::Start => start == 0 && end <= tokens.len(),
        Place::End => end == tokens.len(),
        Place::Anywhere => end <= tokens.len(),
    };
    if !placed {
        return None;
    }
    let matched = &tokens[start..end];
    let fits = phrase.slots.iter().zip(matched).all(|(slot, &token)| slot.takes(token));
    fits.then(|| Span { start: matched[0].start - base, end: matched[matched.len() - 1].end - base })
}

/// Does a phrase of slots stand anywhere among the words?
pub fn holds_phrase(slots: &[Slot], tokens: &[Token]) -> bool {
    !slots.is_empty() && tokens.windows(slots.len()).any(|window| slots.iter().zip(window).all(|(slot, &token)| slot.takes(token)))
}
