//! Finds which rules match a block, in one pass over its words.
//!
//! In: compiled rules. Out: [`Index::hits`]: the rules whose phrase or pattern stands in a block, with the span of the match. Every
//! phrase is filed under its longest word, every pattern under the words it needs; a bit set answers "no rule cares for this
//! word" for nearly all of a text, so thousands of rules cost one load a word. This is the token-level form of the
//! rarest-token index of ad blockers (see adblock-rust), and needs no normalised copy of the text.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::compile::{Phrase, Place, Rule, Slot};
use crate::document::{Block, Document, Span};
use crate::text::fold::{Class, fold, fold_str};
use crate::text::token::Token;
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

#[derive(Clone, Copy, Debug)]
enum Candidate {
    /// Phrase `phrase` of rule `rule`, whose word number `at` is the key.
    Phrase { rule: u32, phrase: u32, at: u32 },
    /// Pattern `pattern` of rule `rule`.
    Pattern { rule: u32, pattern: u32 },
}

/// The compiled index of a rule set.
#[derive(Debug, Default)]
pub struct Index {
    bits: Vec<u64>,
    words: WordMap<Vec<Candidate>>,
    /// Patterns without a certain word, as (rule, pattern), by the first byte of the blocks they may match.
    by_first: Vec<Vec<(u32, u32)>>,
    /// Whole-block phrases without a fixed word: (rule, phrase).
    open: Vec<(u32, u32)>,
}

impl Index {
    /// Files every rule's phrases and patterns.
    pub fn new(rules: &[Rule]) -> Self {
        let mut index = Index { by_first: vec![Vec::new(); 256], ..Index::default() };
        for (number, rule) in rules.iter().enumerate() {
            let number = number as u32;
            for (at, phrase) in rule.phrases.iter().enumerate() {
                match key_word(phrase) {
                    Some((slot, hash)) => index.words.entry(hash).or_default().push(Candidate::Phrase { rule: number, phrase: at as u32, at: slot }),
                    None => index.open.push((number, at as u32)),
                }
            }
            for (at, pattern) in rule.patterns.iter().enumerate() {
                for &word in &pattern.needs {
                    index.words.entry(word).or_default().push(Candidate::Pattern { rule: number, pattern: at as u32 });
                }
                if pattern.needs.is_empty() {
                    for (byte, list) in index.by_first.iter_mut().enumerate() {
                        if pattern.gate.first.as_ref().is_none_or(|first| first[byte]) {
                            list.push((number, at as u32));
                        }
                    }
                }
            }
        }
        index.bits = vec![0; (index.words.len() * 16).next_power_of_two().max(1024) / 64];
        for &hash in index.words.keys() {
            let bit = bit_of(hash, index.bits.len());
            index.bits[bit / 64] |= 1 << (bit % 64);
        }
        index
    }

    #[inline]
    fn may_hold(&self, hash: u64) -> bool {
        let bit = bit_of(hash, self.bits.len());
        self.bits[bit / 64] & 1 << (bit % 64) != 0
    }

    /// Appends what matches in a block, in the rules' order, each rule's first match (for spans: every match) only.
    pub fn hits(&self, rules: &[Rule], document: &Document, block: &Block, found: &mut Vec<Hit>) {
        let tokens = document.tokens_of(block);
        let first = found.len();
        let mut view: Option<View> = None;
        for (at, token) in tokens.iter().enumerate() {
            if !self.may_hold(token.hash) {
                continue;
            }
            let Some(candidates) = self.words.get(&token.hash) else { continue };
            for candidate in candidates {
                match *candidate {
                    Candidate::Phrase { rule, phrase, at: slot } => {
                        let phrase = &rules[rule as usize].phrases[phrase as usize];
                        if let Some(span) = at.checked_sub(slot as usize).and_then(|start| find_phrase(phrase, tokens, start, block.span.start)) {
                            found.push(Hit { rule, span });
                        }
                    }
                    Candidate::Pattern { rule, pattern } => {
                        let done = found[first..].iter().any(|hit| hit.rule == rule);
                        if !done {
                            try_pattern(&rules[rule as usize], rule, pattern, document, block, &mut view, found);
                        }
                    }
                }
            }
        }
        for &(rule, phrase) in &self.open {
            if let Some(span) = find_phrase(&rules[rule as usize].phrases[phrase as usize], tokens, 0, block.span.start) {
                found.push(Hit { rule, span });
            }
        }
        for &(rule, pattern) in &self.by_first[first_byte(document.slice(block.span)) as usize] {
            try_pattern(&rules[rule as usize], rule, pattern, document, block, &mut view, found);
        }
        if found.len() > first + 1 {
            found[first..].sort_by_key(|hit| (hit.rule, hit.span));
            let mut kept = first + 1;
            for at in first + 1..found.len() {
                if found[at] != found[kept - 1] {
                    found[kept] = found[at];
                    kept += 1;
                }
            }
            found.truncate(kept);
        }
    }
}

/// First byte of the block's normalised form.
fn first_byte(text: &str) -> u8 {
    let first = text.chars().find(|&c| !matches!(fold(c).class, Class::Ignored | Class::Space)).unwrap_or(' ');
    let folded = fold(first);
    if folded.many {
        return fold_str(first.encode_utf8(&mut [0; 4])).bytes().next().unwrap_or(b' ');
    }
    folded.to.encode_utf8(&mut [0; 4]).as_bytes()[0]
}

fn bit_of(hash: u64, words: usize) -> usize {
    (hash >> 20) as usize & (words * 64 - 1)
}

/// The word a phrase is filed under: the one with the longest text, which ordinary prose holds least often.
fn key_word(phrase: &Phrase) -> Option<(u32, u64)> {
    let texts = crate::text::token::words(&phrase.text.replace("{n}", " ").replace("{w}", " "));
    let length = |hash: u64| texts.iter().find(|token| token.hash == hash).map_or(0, |token| token.end - token.start);
    let mut best: Option<(u32, u64)> = None;
    for (at, slot) in phrase.slots.iter().enumerate() {
        if let Slot::Word(hash) = *slot {
            if best.is_none_or(|(_, old)| length(hash) > length(old)) {
                best = Some((at as u32, hash));
            }
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

fn try_pattern(rule: &Rule, number: u32, pattern: u32, document: &Document, block: &Block, view: &mut Option<View>, found: &mut Vec<Hit>) {
    let whole = rule.scope != super::file::Scope::Span;
    if whole && rule.max_words.is_some_and(|most| block.shape.words > most) {
        return;
    }
    if !rule.patterns[pattern as usize].gate.opens(block.shape.ascii, block.shape.chars) {
        return;
    }
    let view = view.get_or_insert_with(|| View::new(document.slice(block.span)));
    let Some(regex) = rule.patterns[pattern as usize].regex() else { return };
    if whole {
        if regex.is_match(&view.text) {
            found.push(Hit { rule: number, span: Span { start: 0, end: block.span.len() } });
        }
        return;
    }
    for matched in regex.find_iter(&view.text) {
        let (start, end) = view.original(document.slice(block.span), matched.start(), matched.end());
        if start < end {
            found.push(Hit { rule: number, span: Span { start, end } });
        }
    }
}
