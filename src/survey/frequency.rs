//! In how many documents of the dump each word stands: what makes a word tell something of a subject.
//!
//! In: documents. Out: for each of a fixed number of slots the documents with a word that falls into it, all groups together. A word's slot is
//! taken from its hash, and each document counts once a slot; so memory is the same for any dump, and sums are exact in any order and
//! however the dump is parted. Words that share a slot share a count: rare words seem a little more common than they are, which says
//! less, never more. Of scripts without spaces pairs of characters are counted.

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::text::token::{Kind, Token, sequence_hash};

/// How many slots there are.
pub const SLOTS: usize = 1 << 16;

/// The slot of a word or pair.
#[inline]
pub fn slot_of(hash: u64) -> usize {
    (hash >> 8) as usize % SLOTS
}

/// Gives the words of a run of tokens, and its pairs of characters that stand side by side, each with its hash.
#[inline]
pub fn each_word(tokens: &[Token], mut take: impl FnMut(&Token, u64)) {
    for (at, token) in tokens.iter().enumerate() {
        match token.kind() {
            Kind::Word => take(token, token.hash),
            Kind::Character => {
                let before = at.checked_sub(1).map(|before| tokens[before]);
                if let Some(before) = before.filter(|before| before.kind() == Kind::Character && before.end == token.start) {
                    take(token, sequence_hash(&[before, *token]));
                }
            }
            Kind::Number | Kind::Symbol => {}
        }
    }
}

/// Documents for each slot; none where nothing was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frequencies(Vec<u32>);

impl Frequencies {
    /// Is nothing known?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Documents for each slot.
    pub fn counts(&self) -> &[u32] {
        &self.0
    }

    /// Adds what another part of the dump has.
    pub fn add(&mut self, other: &Frequencies) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
            return;
        }
        self.0.iter_mut().zip(&other.0).for_each(|(sum, &more)| *sum = sum.saturating_add(more));
    }

    /// The line of a survey's file.
    pub(super) fn to_line(&self) -> Line {
        let mut words: Vec<i64> = Vec::new();
        for &count in &self.0 {
            match words.last_mut() {
                Some(empty) if count == 0 && *empty < 0 => *empty -= 1,
                _ if count == 0 => words.push(-1),
                _ => words.push(count.into()),
            }
        }
        Line { words }
    }

    /// ... and back; `None` for a line of another number of slots.
    pub(super) fn of_line(line: &Line) -> Option<Self> {
        let mut counts = Vec::new();
        for &number in &line.words {
            match u32::try_from(number) {
                Ok(count) => counts.push(count),
                Err(_) => counts.resize(usize::try_from(number.checked_neg()?).ok().filter(|&more| more <= SLOTS)?.checked_add(counts.len())?, 0),
            }
            if counts.len() > SLOTS {
                return None;
            }
        }
        (counts.is_empty() || counts.len() == SLOTS).then_some(Frequencies(counts))
    }
}

/// How rare words are, ready for look-ups.
#[derive(Debug, Default)]
pub struct Rarity {
    /// For each slot the share of documents that has it, and the logarithm of one in so many.
    slots: Vec<(f32, f32)>,
}

impl Rarity {
    /// What counts over so many documents say.
    pub fn new(known: &Frequencies, documents: u64) -> Self {
        let all = documents as f64 + 1.0;
        let of = |&count: &u32| (((f64::from(count) + 0.5) / all) as f32, (all / (f64::from(count) + 1.0)).ln().max(0.0) as f32);
        Rarity { slots: known.0.iter().map(of).collect() }
    }

    /// Is nothing known?
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The share of the documents that have the word with this hash, above 0.
    pub fn share(&self, hash: u64) -> f64 {
        self.slots[slot_of(hash)].0.into()
    }

    /// What the word weighs: nothing when every document has it.
    pub fn weight(&self, hash: u64) -> f64 {
        self.slots[slot_of(hash)].1.into()
    }
}

/// The counts as they stand in a file: a number below zero is so many slots without a document.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    words: Vec<i64>,
}

/// Counts the words of documents.
#[derive(Default)]
pub(super) struct WordCounter {
    counts: Vec<u32>,
    /// A bit for each slot of the document being counted, and which are set.
    seen: Vec<u64>,
    slots: Vec<u16>,
}

impl WordCounter {
    pub(super) fn add(&mut self, document: &Document) {
        self.counts.resize(SLOTS, 0);
        self.seen.resize(SLOTS / 64, 0);
        let (seen, slots) = (&mut self.seen, &mut self.slots);
        for block in &document.blocks {
            each_word(document.tokens_of(block), |_, hash| {
                let slot = slot_of(hash);
                let bit = 1 << (slot % 64);
                if seen[slot / 64] & bit == 0 {
                    seen[slot / 64] |= bit;
                    slots.push(slot as u16);
                }
            });
        }
        for slot in self.slots.drain(..).map(usize::from) {
            self.counts[slot] = self.counts[slot].saturating_add(1);
            self.seen[slot / 64] = 0;
        }
    }

    pub(super) fn finish(self) -> Frequencies {
        Frequencies(self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hold_all_counts() {
        let mut counts = vec![0; SLOTS];
        (counts[3], counts[4], counts[SLOTS - 2]) = (7, 1, 40);
        let known = Frequencies(counts);
        let line = serde_json::to_string(&known.to_line()).expect("JSON");
        assert_eq!(line, r#"{"words":[-3,7,1,-65529,40,-1]}"#);
        let read = |line: &str| Frequencies::of_line(&serde_json::from_str(line).expect("a line"));
        assert_eq!(read(&line), Some(known));
        assert_eq!(read(r#"{"words":[]}"#), Some(Frequencies::default()));
        for wrong in [r#"{"words":[1,2]}"#, r#"{"words":[-65537]}"#, r#"{"words":[-65536,1]}"#, r#"{"words":[-9223372036854775808]}"#] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn parts_add_up() {
        let mut sum = Frequencies::default();
        let mut part = vec![0; SLOTS];
        part[9] = u32::MAX - 1;
        for _ in 0..2 {
            sum.add(&Frequencies(part.clone()));
        }
        assert_eq!((sum.counts()[9], sum.counts()[8]), (u32::MAX, 0));
    }
}
