//! Which of hundreds of patterns are worth a look in a block, answered for all of them at once.
//!
//! In: the [`Facts`] of every pattern that needs no certain word. Out: a bit for each pattern. A table holds, for every byte at every place near
//! the block's edges, the patterns that allow it, and for some kinds of characters the patterns that do without; the rows that fit the block are
//! cut with one another. So a block costs a handful of rows, whatever the number of patterns that begin with its first letter. A row is
//! one piece of memory, cut 256 patterns at a time.

use super::facts::Facts;
use super::facts::edges::{Edges, HEAD, TAIL, holds};
use super::filed::low_bit;
use crate::text::fold::{Class, fold, fold_str};
use crate::text::shape::{LETTERS, OTHERS, Shape};
use crate::text::word_hash::eight;

/// Powers of two by which lengths are told apart.
const LENGTHS: usize = 12;

/// Kinds of characters that many blocks lack and many patterns need, as bits of [`Shape::held`](crate::text::token::Shape).
const PROBES: [u128; 8] = [
    ((1 << 10) - 1) << b'0',
    1 << b':',
    1 << b'(' | 1 << b'[',
    1 << b'/' | 1 << b'|' | 1 << b'>' | 1 << b'-' | 1 << b'"',
    1 << b'.' | 1 << b',',
    LETTERS,
    1 << b' ',
    OTHERS,
];
const EDGES: usize = (HEAD + TAIL) * 256;
/// One row for every set of probes that a block lacks.
const LACKS: usize = 1 << PROBES.len();
const ROWS: usize = EDGES + LENGTHS + LACKS;

/// Patterns whose bits stand in one number.
const BITS: usize = u64::BITS as usize;
/// Numbers that are cut with those of other rows at a time.
const WIDE: usize = 4;

/// The rows of all patterns.
#[derive(Debug, Default)]
pub(super) struct Sieve {
    /// A row for each byte at each place: head, then tail; then a row a length and a row for each set of probes.
    rows: Vec<[u64; WIDE]>,
    /// How many of these make up a row.
    len: usize,
}

/// The normalised bytes at the edges of a block, as far as they are certain.
#[derive(Debug)]
pub(super) struct Rims {
    head: Rim<HEAD>,
    tail: Rim<TAIL>,
}

/// Those at one edge, the outermost first.
#[derive(Debug)]
struct Rim<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl Rims {
    /// The edges of a block's text.
    pub(super) fn of(text: &str) -> Self {
        Rims { head: head(text), tail: tail(text) }
    }

    /// The first and last byte, as sets for [`Candidate::suits`](super::filed::Candidate::suits); all bytes where they are not certain.
    pub(super) fn ends(&self) -> [u64; 2] {
        let bit = |bytes: &[u8], len: usize| if len > 0 { low_bit(bytes[0]) } else { u64::MAX };
        [bit(&self.head.bytes, self.head.len), bit(&self.tail.bytes, self.tail.len)]
    }

    /// May a pattern with these edges match?
    pub(super) fn fit(&self, edges: &Edges) -> bool {
        let fits = |bytes: &[u8], sets: &[super::facts::edges::Bytes]| bytes.iter().zip(sets).all(|(&byte, set)| holds(set, byte));
        fits(&self.head.bytes[..self.head.len], &edges.head) && fits(&self.tail.bytes[..self.tail.len], &edges.tail)
    }
}

impl Sieve {
    /// A sieve for patterns.
    pub(super) fn new<'a>(facts: impl ExactSizeIterator<Item = &'a Facts>) -> Self {
        let len = facts.len().div_ceil(BITS * WIDE);
        let mut sieve = Sieve { rows: vec![[0; WIDE]; len * ROWS], len };
        for (at, Facts { gate, edges, .. }) in facts.enumerate() {
            for (place, set) in edges.head.iter().chain(&edges.tail).enumerate() {
                (0..=255).filter(|&byte| holds(set, byte)).for_each(|byte| sieve.mark(place * 256 + byte as usize, at));
            }
            (0..=length_class(gate.most)).for_each(|class| sieve.mark(EDGES + class, at));
            let needed = probes_where(|probe| gate.needs_one_of(probe));
            (0..LACKS).filter(|lacking| lacking & needed == 0).for_each(|lacking| sieve.mark(EDGES + LENGTHS + lacking, at));
        }
        sieve
    }

    fn mark(&mut self, row: usize, pattern: usize) {
        self.rows[row * self.len + pattern / (BITS * WIDE)][pattern / BITS % WIDE] |= 1 << (pattern % BITS);
    }

    /// Gives the patterns that may match a block with these edges and this shape.
    pub(super) fn sift(&self, rims: &Rims, shape: &Shape, mut take: impl FnMut(usize)) {
        let mut fitting = [0; HEAD + TAIL + 2];
        let (head, tail) = (&rims.head, &rims.tail);
        fitting[0] = EDGES + LENGTHS + probes_where(|kinds| kinds & shape.held == 0);
        fitting[1] = EDGES + length_class(shape.chars);
        let mut count = 2;
        for (place, &byte) in head.bytes[..head.len].iter().enumerate().chain((HEAD..).zip(&tail.bytes[..tail.len])) {
            fitting[count] = place * 256 + byte as usize;
            count += 1;
        }
        for at in 0..self.len {
            let mut cut = [u64::MAX; WIDE];
            for row in &fitting[..count] {
                cut.iter_mut().zip(self.rows[row * self.len + at]).for_each(|(bits, row)| *bits &= row);
            }
            for (number, mut bits) in (at * WIDE..).zip(cut) {
                while bits != 0 {
                    take(number * BITS + bits.trailing_zeros() as usize);
                    bits &= bits - 1;
                }
            }
        }
    }
}

/// The probes for which something is so, as bits.
#[inline]
fn probes_where(is_so: impl Fn(u128) -> bool) -> usize {
    PROBES.iter().enumerate().fold(0, |bits, (at, &probe)| bits | usize::from(is_so(probe)) << at)
}

/// Lengths with the same number of bits are one class.
fn length_class(chars: u32) -> usize {
    ((u32::BITS - chars.leading_zeros()) as usize).min(LENGTHS - 1)
}

/// The first of eight bytes in lower case, if they stand in the normalised form as they are, capitals aside: printable ASCII but for the
/// grave accent, no two blanks in a row.
#[inline]
fn plain(word: u64, count: usize) -> Option<[u8; 8]> {
    const TOP: u64 = eight(0x80);
    let within = (1 << (8 * count)) - 1;
    let is = |byte: u8| {
        let other = word ^ eight(byte);
        !(((other & !TOP) + !TOP) | other) & TOP
    };
    let control = !(word | word << 1) & TOP >> 1;
    let blanks = is(b' ');
    let odd = word & TOP | control << 1 | is(127) | is(b'`') | blanks & blanks << 8;
    let (from_a, beyond_z) = ((word & !TOP) + eight(0x80 - b'A'), (word & !TOP) + eight(0x80 - b'Z' - 1));
    let capitals = from_a & !beyond_z & TOP;
    (odd & within == 0).then(|| (word | capitals >> 2).to_le_bytes())
}

/// The first bytes of the normalised form.
fn head<const N: usize>(text: &str) -> Rim<N> {
    // The byte behind them may begin a mark that changes the last.
    if let Some(bytes) = text.as_bytes().first_chunk().and_then(|&first| plain(u64::from_le_bytes(first), N + 1)) {
        return Rim { bytes: std::array::from_fn(|at| bytes[at]), len: N };
    }
    read(text.chars(), |at, piece, rim: &mut Rim<N>| {
        let taken = piece.len().min(N - at);
        rim.bytes[at..at + taken].copy_from_slice(&piece[..taken]);
        taken
    })
}

/// The last bytes of the normalised form, the last first.
fn tail<const N: usize>(text: &str) -> Rim<N> {
    let last = text.as_bytes().last_chunk().and_then(|&last| plain(u64::from_be_bytes(last), N));
    if let Some(bytes) = last.filter(|bytes| bytes[N - 1] != b' ') {
        return Rim { bytes: std::array::from_fn(|at| bytes[at]), len: N };
    }
    read(text.chars().rev(), |at, piece, rim: &mut Rim<N>| {
        let taken = piece.len().min(N - at);
        rim.bytes[at..at + taken].iter_mut().zip(piece.iter().rev()).for_each(|(to, from)| *to = *from);
        taken
    })
}

/// Reads folded characters until the rim is full, or a character depends on its neighbours.
fn read<const N: usize>(chars: impl Iterator<Item = char>, mut put: impl FnMut(usize, &[u8], &mut Rim<N>) -> usize) -> Rim<N> {
    let mut rim = Rim { bytes: [0; N], len: 0 };
    // Bytes before the character read last: a mark may change that one.
    let mut sure = 0;
    let mut blank = true;
    for c in chars {
        let folded = fold(c);
        match folded.class {
            Class::Ignored => continue,
            Class::Mark => return Rim { len: sure, ..rim },
            Class::Space if blank => continue,
            _ => {}
        }
        if rim.len == N {
            return rim;
        }
        blank = folded.class == Class::Space;
        sure = rim.len;
        rim.len += match (blank, folded.many) {
            (true, _) => put(rim.len, b" ", &mut rim),
            (_, true) => put(rim.len, fold_str(c.encode_utf8(&mut [0; 4])).as_bytes(), &mut rim),
            _ => put(rim.len, folded.to.encode_utf8(&mut [0; 4]).as_bytes(), &mut rim),
        };
    }
    rim
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;
    use crate::text::token::tokenise;
    use crate::text::view::View;

    #[test]
    fn rims_are_those_of_the_view() {
        for text in [
            "Über uns",
            "  «إقرأ»   أيضاً ",
            "cafe\u{301}",
            "e\u{301}a",
            "x",
            "a  b",
            "ﻻ",
            "10:30",
            "Photos",
            "Do  it now",
            "A - b c",
            "a b c d  e",
            "so `it` is `x`",
            "cafe\u{301}s e\u{301}",
            "abcde\u{301}",
            "हिन्दी में",
            "\u{200f}أب \u{200f}",
            "\u{301}a",
            "GRAVE `a` ~zZ[@{",
            "abc\u{7f}defgh\u{7f}i",
            "tab\there\tis",
            "AZ az  wide  is  A",
        ] {
            let view = View::new(text).text;
            let (head, tail) = (head::<HEAD>(text), tail::<TAIL>(text));
            assert!(view.as_bytes().starts_with(&head.bytes[..head.len]), "{text:?}: {head:?}");
            let back: Vec<u8> = tail.bytes[..tail.len].iter().rev().copied().collect();
            assert!(view.as_bytes().ends_with(&back), "{text:?}: {tail:?}");
        }
        assert_eq!(head::<HEAD>("Photos").len, HEAD);
    }

    #[test]
    fn only_what_may_match_is_left() {
        let patterns = ["^photo ?:", r"\(more\)$", "anywhere", "^[0-9]{1,3}$"];
        let facts: Vec<Facts> = patterns.iter().map(|pattern| Facts::of(pattern).expect("parses")).collect();
        let sieve = Sieve::new(facts.iter());
        let sift = |text: &str| {
            let rims = Rims::of(text);
            let mut open = Vec::new();
            sieve.sift(&rims, &tokenise(text, Span::of(text), &mut Vec::new()), |at| open.push(at));
            assert!(open.iter().all(|&at| rims.fit(&facts[at].edges)));
            open
        };
        assert_eq!(sift("Photo: x"), [0, 2]);
        assert_eq!(sift("photos"), [2], "no colon");
        assert_eq!(sift("phones (more)"), [1, 2]);
        assert_eq!(sift("12"), [3]);
        assert!(sift("1234567").is_empty());
    }
}
