//! The bytes that a match of a regular expression can begin and end with.
//!
//! In: a folded pattern. Out: [`Edges`]: for each of the first and last few bytes of the blocks it can match, the set of bytes that may stand
//! there. A pattern that begins with `^` or ends with `$` says much by these; one that may match anywhere says nothing.
//! The sets are too large rather than too small: each place is looked at on its own.

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look};
use regex_syntax::utf8::Utf8Sequences;
use serde::{Deserialize, Serialize};

/// Bytes looked at from a block's start.
pub const HEAD: usize = 4;
/// Bytes looked at from its end, the last byte first.
pub const TAIL: usize = 3;

/// A set of bytes.
pub type Bytes = [u64; 4];

const ANY: Bytes = [u64::MAX; 4];

/// Is the byte in the set?
pub fn holds(set: &Bytes, byte: u8) -> bool {
    set[byte as usize / 64] & 1 << (byte % 64) != 0
}

/// Adds a range of bytes to a set, a number at a time: classes of thousands of characters are walked often.
fn add(set: &mut Bytes, (start, end): (u8, u8)) {
    let (first, last) = (usize::from(start / 64), usize::from(end / 64));
    for (at, number) in set.iter_mut().enumerate().take(last + 1).skip(first) {
        let from = if at == first { u64::MAX << (start % 64) } else { u64::MAX };
        let to = if at == last { u64::MAX >> (63 - end % 64) } else { u64::MAX };
        *number |= from & to;
    }
}

/// What may stand at the edges of a block that a pattern matches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edges {
    /// The first bytes.
    pub head: [Bytes; HEAD],
    /// The last bytes, the last of all first.
    pub tail: [Bytes; TAIL],
}

impl Edges {
    /// The edges of a folded pattern.
    pub fn new(hir: &Hir) -> Self {
        let facts = hir.properties();
        let head = facts.look_set_prefix().contains(Look::Start).then(|| edge(hir, false));
        let tail = facts.look_set_suffix().contains(Look::End).then(|| edge(hir, true));
        Edges { head: head.unwrap_or([ANY; HEAD]), tail: tail.unwrap_or([ANY; TAIL]) }
    }

    /// Do they rule out any block?
    pub fn are_open(&self) -> bool {
        self.head[0] == ANY && self.tail[0] == ANY
    }
}

/// The sets of `N` places from one edge inwards.
fn edge<const N: usize>(hir: &Hir, backwards: bool) -> [Bytes; N] {
    let mut walk = Walk { sets: [[0; 4]; N], backwards };
    let ends = walk.pass(hir, 1);
    // Behind the end of a short match anything may follow.
    if ends != 0 {
        walk.sets[ends.trailing_zeros() as usize..].fill(ANY);
    }
    walk.sets
}

/// Walks an expression from one edge. Places are bits: bit 2 stands for two bytes in.
struct Walk<const N: usize> {
    sets: [Bytes; N],
    backwards: bool,
}

impl<const N: usize> Walk<N> {
    /// Marks the bytes that `hir` can put at places from `from` on; returns the places where it can end, those beyond the last left out.
    fn pass(&mut self, hir: &Hir, from: u32) -> u32 {
        if from == 0 {
            return 0;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => from,
            HirKind::Literal(literal) => {
                let bytes = literal.0.iter().map(|&byte| (byte, byte));
                if self.backwards { self.put(bytes.rev(), from) } else { self.put(bytes, from) }
            }
            HirKind::Class(Class::Unicode(class)) => self.class(class, from),
            HirKind::Class(Class::Bytes(_)) => self.put([(0, 255)].into_iter(), from),
            HirKind::Capture(capture) => self.pass(&capture.sub, from),
            HirKind::Concat(parts) if self.backwards => parts.iter().rev().fold(from, |at, part| self.pass(part, at)),
            HirKind::Concat(parts) => parts.iter().fold(from, |at, part| self.pass(part, at)),
            HirKind::Alternation(branches) => branches.iter().fold(0, |ends, branch| ends | self.pass(branch, from)),
            HirKind::Repetition(repetition) => {
                let mut ends = if repetition.min == 0 { from } else { 0 };
                let mut at = from;
                for round in 1..=repetition.max.map_or(N, |max| N.min(max as usize)) {
                    at = self.pass(&repetition.sub, at);
                    ends |= if round >= N.min(repetition.min as usize) { at } else { 0 };
                }
                ends
            }
        }
    }

    fn class(&mut self, class: &ClassUnicode, from: u32) -> u32 {
        let mut ends = 0;
        for sequence in class.ranges().iter().flat_map(|range| Utf8Sequences::new(range.start(), range.end())) {
            let ranges = sequence.as_slice().iter().map(|range| (range.start, range.end));
            ends |= if self.backwards { self.put(ranges.rev(), from) } else { self.put(ranges, from) };
        }
        ends
    }

    /// Puts ranges of bytes in a row at each of the places; returns where the row ends.
    fn put(&mut self, row: impl ExactSizeIterator<Item = (u8, u8)> + Clone, from: u32) -> u32 {
        for first in (0..N).filter(|place| from & 1 << place != 0) {
            self.sets[first..].iter_mut().zip(row.clone()).for_each(|(set, range)| add(set, range));
        }
        let ends = u64::from(from) << row.len().min(32);
        ends as u32 & ((1 << N) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(pattern: &str) -> Edges {
        Edges::new(&regex_syntax::parse(pattern).expect("parses"))
    }

    fn may_open(edges: &Edges, text: &str) -> bool {
        edges.head.iter().zip(text.bytes()).all(|(set, byte)| holds(set, byte))
    }

    fn may_close(edges: &Edges, text: &str) -> bool {
        edges.tail.iter().zip(text.bytes().rev()).all(|(set, byte)| holds(set, byte))
    }

    #[test]
    fn edges_of_patterns() {
        let copyright = edges("^(?:©|copyright|copy;) ?.{0,80}(?:reserved|verlag)$");
        for (text, opens, closes) in [("copyright x reserved", true, true), ("© verlag", true, true), ("company", true, false), ("order reserved", false, true)]
        {
            assert_eq!((may_open(&copyright, text), may_close(&copyright, text)), (opens, closes), "{text}");
        }
        assert!(!may_open(&edges("^(?:photo|phone)s?"), "phrase"), "the third byte");
        let short = edges("^(?:a|bc)?d*");
        assert!(may_open(&short, "xyz"), "an empty match says nothing");
        let glued = edges(r" ?(?:\[|\()(?:more|…)(?:\]|\))$");
        assert!(may_close(&glued, "so (more)") && !may_close(&glued, "so more") && may_open(&glued, "anything"));
        assert!(edges(r"\[x\]").are_open() && !glued.are_open());
        assert!(may_open(&edges("^[0-9]{1,2} мая"), "9 мая") && !may_open(&edges("^[0-9]{1,2} мая"), "nine"));
        assert!(may_close(&edges("(?:ab){2,}$"), "abab") && !may_close(&edges("(?:ab){2,}$"), "abbb"));
    }
}
