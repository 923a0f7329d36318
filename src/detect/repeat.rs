//! The `repeat` detector: text that the document already gave.
//!
//! Exact repeats are equal sequences of words; a run of them (an article pasted twice) goes as a whole. Near-repeats share nearly
//! all their three-word runs, found by their two smallest hashes (a two-value MinHash sketch, Broder 1997) and then counted; a
//! pair whose numbers differ is no repeat. The first copy stays, of those that the learned weights leave: what stands in a menu or a teaser
//! first is no copy. Short lines alone stay too: refrains, answers, names.

use super::{Case, Detector, drop_block};
use crate::document::{Block, Document};
use crate::rules::RuleSet;
use crate::rules::filed::WordMap;
use crate::text::token::{Kind, Token};
use crate::verdict::Signal;

/// Evidence of repeated blocks.
pub(super) struct Repeat;

impl Detector for Repeat {
    fn name(&self) -> &'static str {
        "repeat"
    }

    fn detect(&self, case: &Case, signals: &mut Vec<Signal>) {
        if !case.rules.settings.repeat.enabled {
            return;
        }
        let earlier = earlier_copies(case);
        let mut at = 0;
        while at < earlier.len() {
            let end = run_end(case, &earlier, at);
            // What a run passes over stays.
            let run: Vec<&Block> = (at..end).filter(|&at| goes_along(case, &earlier, at)).map(|at| &case.blocks()[at]).collect();
            let whole = is_long_run(case, &run);
            let goes = run.into_iter().filter(|block| whole || block.shape.words >= case.rules.settings.repeat.min_words);
            signals.extend(goes.map(|block| drop_block(block, "repeat", "repeat", 1.0)));
            at = end.max(at + 1);
        }
        near_repeats(case, &earlier, signals);
    }
}

/// For each block the number of the first block with the same words, if that stands before it.
fn earlier_copies(case: &Case) -> Vec<Option<usize>> {
    let mut first: WordMap<usize> = WordMap::with_capacity_and_hasher(case.blocks().len(), Default::default());
    let blocks = case.blocks().iter().enumerate();
    blocks
        .map(|(at, block)| {
            if block.tokens.is_empty() || case.is_taken(at) {
                return None;
            }
            let copy = *first.entry(block.hash).or_insert(at);
            (copy < at).then_some(copy)
        })
        .collect()
}

/// The end of the run of repeats that begins at `at`, whose first copies follow one another as well. It passes over one block at a time that differs, when
/// the first copies do: noise may be glued to one of the two.
fn run_end(case: &Case, earlier: &[Option<usize>], at: usize) -> usize {
    let Some(mut copy) = earlier[at] else { return at };
    let is_new = |between: &usize| !(case.is_noise(*between) || case.is_taken(*between) || earlier[*between].is_some());
    let follows = |copy: usize, next: usize, passed: usize| next > copy && (copy + 1..next).filter(is_new).count() == passed;
    // How many blocks go on with the run, and the first copy of the last.
    let step = |end: usize, copy: usize| match *earlier.get(end)? {
        Some(next) => follows(copy, next, 0).then_some((1, next)),
        None if goes_along(case, earlier, end) => Some((1, copy)),
        None => earlier.get(end + 1).copied().flatten().filter(|&next| follows(copy, next, 1)).map(|next| (2, next)),
    };
    let mut end = at + 1;
    while let Some((count, next)) = step(end, copy) {
        (end, copy) = (end + count, next);
    }
    end
}

/// Does a block of a run go with it?
fn goes_along(case: &Case, earlier: &[Option<usize>], at: usize) -> bool {
    earlier[at].is_some() || case.blocks()[at].tokens.is_empty() || case.is_taken(at)
}

fn is_long_run(case: &Case, run: &[&Block]) -> bool {
    let settings = &case.rules.settings.repeat;
    let words: u32 = run.iter().map(|block| block.shape.words).sum();
    run.len() >= settings.run_blocks && words >= settings.run_words && run.iter().any(|block| block.shape.words >= settings.min_words)
}

/// An odd number of well mixed bits, so that the smallest hashes are a fair draw.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The two smallest hashes of a block's three-word runs; none for a block too short to have near-repeats.
pub(super) type Sketch = Option<[u64; 2]>;

/// The sketch of a block.
pub(super) fn sketch(rules: &RuleSet, document: &Document, block: &Block) -> Sketch {
    let settings = &rules.settings.repeat;
    (settings.enabled && block.shape.words >= settings.near_min_words).then(|| two_smallest(document.tokens_of(block)))
}

fn near_repeats(case: &Case, earlier: &[Option<usize>], signals: &mut Vec<Signal>) {
    let mut holders: WordMap<usize> = WordMap::default();
    for (at, block) in case.blocks().iter().enumerate() {
        let Some(minima) = case.sketch(at).filter(|_| earlier[at].is_none() && !case.is_taken(at)) else { continue };
        let twin = minima.iter().filter_map(|hash| holders.get(hash)).find(|&&other| are_twins(case, other, at));
        if twin.is_some() {
            signals.push(drop_block(block, "repeat", "repeat", 0.9));
            continue;
        }
        for hash in minima {
            holders.entry(hash).or_insert(at);
        }
    }
}

/// Hashes of the three-word runs.
fn shingles(tokens: &[Token]) -> impl Iterator<Item = u64> {
    tokens.windows(3).map(|run| (run[0].hash.rotate_left(42) ^ run[1].hash.rotate_left(21) ^ run[2].hash).wrapping_mul(SPREAD))
}

fn two_smallest(tokens: &[Token]) -> [u64; 2] {
    let (mut first, mut second) = (u64::MAX, u64::MAX);
    for hash in shingles(tokens) {
        // Hardly any hash is among the smallest.
        if hash < second && hash != first {
            second = first.max(hash);
            first = first.min(hash);
        }
    }
    [first, second]
}

fn are_twins(case: &Case, one: usize, other: usize) -> bool {
    let [a, b] = [one, other].map(|at| case.document.tokens_of(&case.blocks()[at]));
    let numbers = |tokens: &[Token]| tokens.iter().filter(|token| token.kind() == Kind::Number).map(|token| token.hash).collect::<Vec<_>>();
    let sorted = |tokens: &[Token]| {
        let mut hashes: Vec<u64> = shingles(tokens).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    };
    let (left, right) = (sorted(a), sorted(b));
    let both = left.iter().filter(|hash| right.binary_search(hash).is_ok()).count();
    let all = left.len() + right.len() - both;
    both as f64 >= case.rules.settings.repeat.near_share * all as f64 && numbers(a) == numbers(b)
}
