//! Which of hundreds of patterns are worth a look in a block, answered for all of them at once.
//!
//! In: the [`Gate`] of every pattern that needs no certain word. Out: a bit for each pattern. A table holds, for every byte at every place near
//! the block's edges, the patterns that allow it, and for some kinds of characters the patterns that do without; the rows that fit the block are
//! cut with one another. So a block costs a handful of rows, whatever the number of patterns that begin with its first letter. Patterns are
//! taken 64 at a time; where those of a chunk begin alike, it is empty after a row or two.

use super::edges::{Edges, HEAD, TAIL, holds};
use super::gate::Gate;
use crate::text::fold::{Class, fold, fold_str};
use crate::text::shape::{LETTERS, OTHERS, Shape};

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
const ROWS: usize = EDGES + LENGTHS + PROBES.len();

/// Patterns of a chunk, which are looked at together.
pub(super) const CHUNK: usize = u64::BITS as usize;

/// The rows of all patterns.
#[derive(Debug, Default)]
pub(super) struct Sieve {
    /// Chunk by chunk the rows of each byte at each place: head, then tail; then a row a length and a row a probe.
    rows: Vec<u64>,
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

    /// May a pattern with these edges match?
    pub(super) fn fit(&self, edges: &Edges) -> bool {
        let fits = |bytes: &[u8], sets: &[super::edges::Bytes]| bytes.iter().zip(sets).all(|(&byte, set)| holds(set, byte));
        fits(&self.head.bytes[..self.head.len], &edges.head) && fits(&self.tail.bytes[..self.tail.len], &edges.tail)
    }
}

impl Sieve {
    /// A sieve for patterns; those with like edges should follow one another.
    pub(super) fn new<'a>(gates: impl ExactSizeIterator<Item = &'a Gate>) -> Self {
        let mut sieve = Sieve { rows: vec![0; gates.len().div_ceil(CHUNK) * ROWS] };
        for (at, gate) in gates.enumerate() {
            for (place, set) in gate.edges.head.iter().chain(&gate.edges.tail).enumerate() {
                (0..=255).filter(|&byte| holds(set, byte)).for_each(|byte| sieve.mark(place * 256 + byte as usize, at));
            }
            (0..=length_class(gate.most)).for_each(|class| sieve.mark(EDGES + class, at));
            let spared = PROBES.iter().enumerate().filter(|&(_, &probe)| !gate.needs_one_of(probe));
            spared.for_each(|(probe, _)| sieve.mark(EDGES + LENGTHS + probe, at));
        }
        sieve
    }

    fn mark(&mut self, row: usize, pattern: usize) {
        self.rows[pattern / CHUNK * ROWS + row] |= 1 << (pattern % CHUNK);
    }

    /// Gives, chunk by chunk, the bits of the patterns that may match a block with these edges and this shape; chunks without any are passed over.
    pub(super) fn sift(&self, rims: &Rims, shape: &Shape, mut take: impl FnMut(usize, u64)) {
        let mut fitting = [0; 1 + HEAD + TAIL + PROBES.len()];
        let mut count = 0;
        let mut fit = |row: usize| {
            fitting[count] = row;
            count += 1;
        };
        (0..rims.head.len).for_each(|at| fit(at * 256 + rims.head.bytes[at] as usize));
        (0..rims.tail.len).for_each(|at| fit((HEAD + at) * 256 + rims.tail.bytes[at] as usize));
        fit(EDGES + length_class(shape.chars));
        for (probe, kinds) in PROBES.iter().enumerate() {
            if kinds & shape.held == 0 {
                fit(EDGES + LENGTHS + probe);
            }
        }
        for (number, rows) in self.rows.chunks_exact(ROWS).enumerate() {
            let mut bits = u64::MAX;
            for &row in &fitting[..count] {
                bits &= rows[row];
                if bits == 0 {
                    break;
                }
            }
            if bits != 0 {
                take(number, bits);
            }
        }
    }
}

/// Lengths with the same number of bits are one class.
fn length_class(chars: u32) -> usize {
    ((u32::BITS - chars.leading_zeros()) as usize).min(LENGTHS - 1)
}

/// Do these bytes stand in the normalised form as they are, capitals aside? They are taken from an edge of a trimmed text.
fn is_plain(bytes: &[u8]) -> bool {
    let mut blank = false;
    bytes.iter().all(|&byte| {
        let doubled = blank && byte == b' ';
        blank = byte == b' ';
        matches!(byte, b' '..=b'~') && byte != b'`' && !doubled
    })
}

/// The first bytes of the normalised form.
fn head<const N: usize>(text: &str) -> Rim<N> {
    let raw = text.as_bytes();
    // The byte behind them may begin a mark that changes the last.
    if raw.len() > N && is_plain(&raw[..=N]) {
        let mut bytes = [0; N];
        bytes.iter_mut().zip(raw).for_each(|(to, from)| *to = from.to_ascii_lowercase());
        return Rim { bytes, len: N };
    }
    read(text.chars(), |at, piece, rim: &mut Rim<N>| {
        let taken = piece.len().min(N - at);
        rim.bytes[at..at + taken].copy_from_slice(&piece[..taken]);
        taken
    })
}

/// The last bytes of the normalised form, the last first.
fn tail<const N: usize>(text: &str) -> Rim<N> {
    let raw = text.as_bytes();
    if raw.len() > N && is_plain(&raw[raw.len() - N..]) && raw[raw.len() - N] != b' ' {
        let mut bytes = [0; N];
        bytes.iter_mut().zip(raw.iter().rev()).for_each(|(to, from)| *to = from.to_ascii_lowercase());
        return Rim { bytes, len: N };
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
        let gates: Vec<Gate> = patterns.iter().map(|pattern| Gate::new(&regex_syntax::parse(pattern).expect("parses"))).collect();
        let sieve = Sieve::new(gates.iter());
        let sift = |text: &str| {
            let rims = Rims::of(text);
            let mut open = 0;
            sieve.sift(&rims, &tokenise(text, Span::of(text), &mut Vec::new()), |_, bits| open = bits);
            assert!(gates.iter().enumerate().all(|(at, gate)| open & 1 << at == 0 || rims.fit(&gate.edges)));
            (0..patterns.len()).filter(|at| open & 1 << at != 0).collect::<Vec<_>>()
        };
        assert_eq!(sift("Photo: x"), [0, 2]);
        assert_eq!(sift("photos"), [2], "no colon");
        assert_eq!(sift("phones (more)"), [1, 2]);
        assert_eq!(sift("12"), [3]);
        assert!(sift("1234567").is_empty());
    }
}
