//! Cheap facts that every match of a regular expression needs, checked before the expression itself.
//!
//! In: a folded pattern. Out: a [`Gate`]: the first bytes a match can begin with (for patterns that begin with `^`), the ASCII characters
//! it must hold, and how long it can be (for patterns between `^` and `$`). Rows of metadata are found by short anchored patterns;
//! these facts let nearly every paragraph pass by without a search.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::text::token::ascii_bit;

/// What a block must have for a pattern to be worth trying.
#[derive(Clone, Debug)]
pub struct Gate {
    /// First bytes of a match; `None` when the pattern may match anywhere in the block.
    pub first: Option<Box<[bool; 256]>>,
    /// ASCII characters that every match holds, as bits.
    ascii: u128,
    /// Sets of ASCII characters of each of which every match holds one, the rarest sets first.
    any: Vec<u128>,
    /// Longest match in bytes, when the match is the whole block.
    most: Option<usize>,
}

impl Gate {
    /// The facts of a folded pattern.
    pub fn new(hir: &Hir) -> Self {
        let facts = hir.properties();
        let from_start = facts.look_set_prefix().contains(Look::Start);
        let to_end = facts.look_set_suffix().contains(Look::End);
        let mut first = Box::new([false; 256]);
        let may_be_empty = add_first(hir, &mut first);
        Gate {
            first: (from_start && !may_be_empty).then_some(first),
            ascii: ascii_of(hir),
            any: rarest_sets(hir),
            most: if from_start && to_end { facts.maximum_len() } else { None },
        }
    }

    /// May a block with these ASCII characters and so many characters match?
    #[inline]
    pub fn opens(&self, ascii: u128, chars: u32) -> bool {
        self.ascii & !ascii == 0 && self.any.iter().all(|&set| set & ascii != 0) && self.most.is_none_or(|most| chars as usize <= most)
    }
}

/// Adds the bytes a match can begin with; true when the expression can match nothing.
fn add_first(hir: &Hir, first: &mut [bool; 256]) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => {
            first[literal.0[0] as usize] = true;
            false
        }
        HirKind::Class(Class::Unicode(class)) => {
            for range in class.ranges() {
                let byte = |c: char| c.encode_utf8(&mut [0; 4]).as_bytes()[0];
                first[byte(range.start()) as usize..=byte(range.end()) as usize].fill(true);
            }
            false
        }
        HirKind::Class(Class::Bytes(_)) => {
            first.fill(true);
            false
        }
        HirKind::Repetition(repetition) => add_first(&repetition.sub, first) || repetition.min == 0,
        HirKind::Capture(capture) => add_first(&capture.sub, first),
        HirKind::Concat(parts) => parts.iter().all(|part| add_first(part, first)),
        HirKind::Alternation(branches) => branches.iter().fold(false, |empty, branch| add_first(branch, first) || empty),
    }
}

/// ASCII characters that every match holds.
fn ascii_of(hir: &Hir) -> u128 {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().fold(0, |bits, &byte| bits | ascii_bit(byte as char)),
        HirKind::Capture(capture) => ascii_of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => ascii_of(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().fold(0, |bits, part| bits | ascii_of(part)),
        HirKind::Alternation(branches) => branches.iter().map(ascii_of).reduce(|a, b| a & b).unwrap_or(0),
        HirKind::Class(Class::Unicode(class)) => match class.ranges() {
            [range] if range.start() == range.end() => ascii_bit(range.start()),
            _ => 0,
        },
        _ => 0,
    }
}

/// The few sets of characters that prose is least likely to hold any of.
fn rarest_sets(hir: &Hir) -> Vec<u128> {
    const SETS: usize = 3;
    let mut sets = Vec::new();
    collect_sets(hir, &mut sets);
    sets.sort_by(|&a, &b| frequency(a).total_cmp(&frequency(b)));
    sets.dedup();
    sets.truncate(SETS);
    sets
}

fn collect_sets(hir: &Hir, sets: &mut Vec<u128>) {
    match hir.kind() {
        HirKind::Concat(parts) => parts.iter().for_each(|part| collect_sets(part, sets)),
        HirKind::Capture(capture) => collect_sets(&capture.sub, sets),
        HirKind::Repetition(repetition) if repetition.min > 0 => collect_sets(&repetition.sub, sets),
        _ => sets.extend(set_of(hir)),
    }
}

/// One set of ASCII characters of which every match holds one.
fn set_of(hir: &Hir) -> Option<u128> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let bits = literal.0.iter().filter(|byte| byte.is_ascii()).map(|&byte| ascii_bit(byte as char));
            bits.min_by(|&a, &b| frequency(a).total_cmp(&frequency(b)))
        }
        HirKind::Class(Class::Unicode(class)) => class.ranges().iter().try_fold(0, |bits, range| {
            (range.start()..=range.end()).take_while(|_| range.end().is_ascii()).fold(range.end().is_ascii().then_some(bits), |bits, c| bits.map(|bits| bits | ascii_bit(c)))
        }),
        HirKind::Capture(capture) => set_of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => set_of(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(set_of).min_by(|&a, &b| frequency(a).total_cmp(&frequency(b))),
        HirKind::Alternation(branches) => branches.iter().try_fold(0, |bits, branch| Some(bits | set_of(branch)?)),
        _ => None,
    }
}

/// Roughly how often prose holds one of these characters; only the order counts.
fn frequency(set: u128) -> f64 {
    (0..128_u8)
        .filter(|&byte| set & 1 << byte != 0)
        .map(|byte| match byte {
            b' ' | b'a'..=b'z' => 10.0,
            b'.' | b',' => 5.0,
            b'-' | b'\'' | b'"' | b':' | b'0'..=b'9' => 2.0,
            _ => 0.1,
        })
        .sum()
}

impl Gate {
    /// Does the gate keep most prose out? A pattern from the block's start on is tried at one place only; others need a character other
    /// than letters, blanks, full stops and commas.
    pub fn is_narrow(&self) -> bool {
        let common = (0..128_u8).filter(|&byte| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'.' | b',')).fold(0_u128, |bits, byte| bits | 1 << byte);
        self.first.is_some() || self.ascii & !common != 0 || self.any.iter().any(|&set| set & common == 0)
    }
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

    fn ascii(text: &str) -> u128 {
        text.chars().fold(0, |bits, c| bits | ascii_bit(c))
    }

    #[test]
    fn facts_of_patterns() {
        let gate_of = |pattern: &str| Gate::new(&regex_syntax::parse(pattern).expect("parses"));
        let gate = gate_of(r"^(?:photo|image)s? ?: ?[^.]{2,20}$");
        let first = gate.first.as_ref().expect("anchored");
        assert!(first[b'p' as usize] && first[b'i' as usize] && !first[b'a' as usize]);
        assert!(gate.opens(ascii("photo: abc"), 9));
        assert!(!gate.opens(ascii("photo abc"), 9), "no colon");
        assert!(!gate.opens(ascii("photo: abc"), 900), "too long");
        let gate = gate_of(r" ?(?:\[|\()(?:more|…)(?:\]|\))$");
        assert!(gate.opens(ascii("so (more)"), 8) && !gate.opens(ascii("so more"), 7));
        assert!(gate_of(r"\[.*\]").first.is_none());
        assert!(gate_of(r"^(?:a|)b").first.is_some_and(|first| first[b'b' as usize]));
    }
}
