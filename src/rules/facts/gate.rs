//! Cheap facts that every match of a regular expression needs, checked before the expression itself.
//!
//! In: a folded pattern. Out: a [`Gate`]: the characters that a match must hold, and (for patterns between `^` and `$`)
//! those it can hold and how long it can be. Rows of metadata are found by short anchored patterns; these facts let nearly every
//! paragraph pass by without a search.

use regex_syntax::hir::{Class, Hir, HirKind, Look};
use serde::{Deserialize, Serialize};

use crate::text::shape::{UNCERTAIN, block_bits, char_bit};

/// Sets of characters that a gate keeps.
const SETS: usize = 3;

/// What a block must have for a pattern to be worth trying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Characters that every match holds, as bits.
    holds: u128,
    /// Characters that a match can hold, when the match is the whole block.
    allows: u128,
    /// Sets of ASCII characters of each of which every match holds one, the rarest sets first.
    any: [u128; SETS],
    /// Characters of the longest block that can match, when the match is the whole block.
    pub most: u32,
}

impl Gate {
    /// The facts of a folded pattern.
    pub fn new(hir: &Hir) -> Self {
        let facts = hir.properties();
        let from_start = facts.look_set_prefix().contains(Look::Start);
        let to_end = facts.look_set_suffix().contains(Look::End);
        Gate {
            holds: held_by(hir),
            allows: if from_start && to_end { allowed_by(hir) } else { u128::MAX },
            any: rarest_sets(hir),
            most: if from_start && to_end { facts.maximum_len().and_then(|most| u32::try_from(most).ok()).unwrap_or(u32::MAX) } else { u32::MAX },
        }
    }

    /// Does every match hold one of these characters?
    pub fn needs_one_of(&self, set: u128) -> bool {
        self.holds & set != 0 || self.any.iter().any(|any| any & !set == 0)
    }

    /// Does it let nearly every block pass?
    pub fn is_open(&self) -> bool {
        const RARE: u32 = 20;
        self.most == u32::MAX && !self.any.iter().any(|&set| frequency(set) < RARE)
    }

    /// May a block with these characters ([`char_bit`]) and so many of them match?
    #[inline]
    pub fn opens(&self, held: u128, chars: u32) -> bool {
        chars <= self.most && self.holds & !held == 0 && (held & !self.allows == 0 || held & UNCERTAIN != 0) && self.any.iter().all(|&set| set & held != 0)
    }
}

/// Bits of a range of characters.
fn range_bits(start: char, end: char) -> u128 {
    let ascii = (start..=end).take_while(char::is_ascii).fold(0, |bits, c| bits | char_bit(c));
    ascii | block_bits((start as u32 >> 7).max(1), end as u32 >> 7)
}

fn literal_bits(literal: &[u8]) -> impl Iterator<Item = u128> {
    std::str::from_utf8(literal).unwrap_or_default().chars().map(char_bit)
}

/// Characters that every match holds.
fn held_by(hir: &Hir) -> u128 {
    match hir.kind() {
        HirKind::Literal(literal) => literal_bits(&literal.0).fold(0, |bits, bit| bits | bit),
        HirKind::Capture(capture) => held_by(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => held_by(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().fold(0, |bits, part| bits | held_by(part)),
        HirKind::Alternation(branches) => branches.iter().map(held_by).reduce(|a, b| a & b).unwrap_or(0),
        HirKind::Class(Class::Unicode(class)) => {
            let bits = class.ranges().iter().fold(0, |bits, range| bits | range_bits(range.start(), range.end()));
            if bits.count_ones() == 1 { bits } else { 0 }
        }
        _ => 0,
    }
}

/// Characters that a match can hold.
fn allowed_by(hir: &Hir) -> u128 {
    match hir.kind() {
        HirKind::Literal(literal) => literal_bits(&literal.0).fold(0, |bits, bit| bits | bit),
        HirKind::Capture(capture) => allowed_by(&capture.sub),
        HirKind::Repetition(repetition) => allowed_by(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().fold(0, |bits, part| bits | allowed_by(part)),
        HirKind::Class(Class::Unicode(class)) => class.ranges().iter().fold(0, |bits, range| bits | range_bits(range.start(), range.end())),
        HirKind::Class(Class::Bytes(_)) => u128::MAX,
        HirKind::Empty | HirKind::Look(_) => 0,
    }
}

/// The few sets of characters that prose is least likely to hold any of.
fn rarest_sets(hir: &Hir) -> [u128; SETS] {
    let mut sets = Vec::new();
    collect_sets(hir, &mut sets);
    sets.sort_by_key(|&set| frequency(set));
    sets.dedup();
    let mut rarest = [u128::MAX; SETS];
    rarest.iter_mut().zip(sets).for_each(|(slot, set)| *slot = set);
    rarest
}

fn collect_sets(hir: &Hir, sets: &mut Vec<u128>) {
    match hir.kind() {
        HirKind::Concat(parts) => parts.iter().for_each(|part| collect_sets(part, sets)),
        HirKind::Capture(capture) => collect_sets(&capture.sub, sets),
        HirKind::Repetition(repetition) if repetition.min > 0 => collect_sets(&repetition.sub, sets),
        _ => sets.extend(set_of(hir)),
    }
}

/// One set of characters of which every match holds one.
fn set_of(hir: &Hir) -> Option<u128> {
    let rarer = |a: &u128, b: &u128| frequency(*a).cmp(&frequency(*b));
    match hir.kind() {
        HirKind::Literal(literal) => literal_bits(&literal.0).min_by(rarer),
        HirKind::Class(Class::Unicode(class)) => Some(class.ranges().iter().fold(0, |bits, range| bits | range_bits(range.start(), range.end()))),
        HirKind::Capture(capture) => set_of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => set_of(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(set_of).min_by(rarer),
        HirKind::Alternation(branches) => branches.iter().try_fold(0, |bits, branch| Some(bits | set_of(branch)?)),
        _ => None,
    }
}

/// Roughly how often prose holds one of these characters, in tenths; only the order counts.
fn frequency(set: u128) -> u32 {
    const COMMON: u128 = ascii(b"a ");
    const MARKS: u128 = ascii(b".,");
    const RARE: u128 = ascii(b"-'\":0123456789");
    const OTHER: u128 = (1 << 32) - 1;
    let known = COMMON | MARKS | RARE | OTHER;
    let sum = |weight: u32, among: u128| weight * (set & among).count_ones();
    sum(100, COMMON) + sum(50, MARKS) + sum(20, RARE) + sum(10, OTHER) + sum(1, !known)
}

/// The bits of ASCII characters.
const fn ascii(characters: &[u8]) -> u128 {
    let mut bits = 0;
    let mut at = 0;
    while at < characters.len() {
        bits |= 1 << characters[at];
        at += 1;
    }
    bits
}

/// About how many states the compiled expression has.
pub fn states_of(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len(),
        HirKind::Class(Class::Bytes(_)) => 1,
        HirKind::Repetition(repetition) => states_of(&repetition.sub).saturating_mul(repetition.max.unwrap_or(repetition.min + 1).max(1) as usize),
        HirKind::Capture(capture) => states_of(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().fold(0_usize, |sum, part| sum.saturating_add(states_of(part))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(text: &str) -> u128 {
        text.chars().fold(0, |bits, c| bits | char_bit(c))
    }

    #[test]
    fn facts_of_patterns() {
        let gate_of = |pattern: &str| Gate::new(&regex_syntax::parse(pattern).expect("parses"));
        let gate = gate_of(r"^(?:photo|image)s? ?: ?[^.]{2,20}$");
        assert!(gate.opens(held("photo: abc"), 9));
        assert!(!gate.opens(held("photo abc"), 9), "no colon");
        assert!(!gate.opens(held("photo: abc"), 900), "too long");
        assert!(!gate_of("^[0-9: ]+$").opens(held("10:30 h"), 7), "a letter");
        assert!(!gate_of("خبر").opens(held("news"), 4), "nothing beyond ASCII");
        assert!(!gate_of("خبر").opens(held("новость •"), 9), "another script");
        assert!(gate_of("^[^.]{1,9}خبر").opens(held("ا خبر"), 5));
        let gate = gate_of(r" ?(?:\[|\()(?:more|…)(?:\]|\))$");
        assert!(gate.opens(held("so (more)"), 8) && !gate.opens(held("so more"), 7));
        assert!(gate_of(".*").is_open() && !gate_of("^.{2}$").is_open());
    }
}
