//! Which records of a run are taken: all, or a sample drawn by a seed.
//!
//! Each record has a rank, a hash of seed and provenance. A first run over the inputs collects the ranks and cleans nothing; the records with
//! the N lowest are the sample, whatever the number of threads, and memory holds N numbers (bottom-k sampling: Cohen and Kaplan, 2007).

use std::collections::BinaryHeap;

use crate::record::Provenance;

/// Which records are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sample {
    /// All of them.
    #[default]
    All,
    /// None; their ranks under this seed are noted.
    Rank(u64),
    /// Those whose rank under this seed is no higher than this.
    UpTo {
        /// The seed.
        seed: u64,
        /// The highest rank.
        highest: u64,
    },
}

impl Sample {
    /// Is this record to be cleaned? Notes its rank where ranks are wanted.
    pub fn takes(self, provenance: &Provenance, ranks: &mut Vec<u64>) -> bool {
        match self {
            Sample::All => true,
            Sample::Rank(seed) => {
                ranks.push(rank(seed, provenance));
                false
            }
            Sample::UpTo { seed, highest } => rank(seed, provenance) <= highest,
        }
    }
}

/// A number that seed and place decide: FNV-1a, its bits mixed as splitmix64 does.
fn rank(seed: u64, provenance: &Provenance) -> u64 {
    let places = [provenance.offset.to_le_bytes(), provenance.line.unwrap_or(0).to_le_bytes(), seed.to_le_bytes()];
    let bytes = provenance.source.bytes().chain(places.into_iter().flatten());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// The N lowest ranks seen.
#[derive(Debug)]
pub struct Draw {
    wanted: usize,
    lowest: BinaryHeap<u64>,
}

impl Draw {
    /// A draw of so many records.
    pub fn new(wanted: usize) -> Self {
        Draw { wanted, lowest: BinaryHeap::new() }
    }

    /// Takes ranks in, in any order.
    pub fn add(&mut self, ranks: &[u64]) {
        for &rank in ranks {
            if self.lowest.len() < self.wanted {
                self.lowest.push(rank);
            } else if self.lowest.peek().is_some_and(|&highest| rank < highest) {
                self.lowest.pop();
                self.lowest.push(rank);
            }
        }
    }

    /// The sample.
    pub fn sample(&self, seed: u64) -> Sample {
        Sample::UpTo { seed, highest: self.lowest.peek().copied().unwrap_or(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_takes_as_many_as_wanted_in_any_order() {
        let places: Vec<Provenance> = (0..500).map(|line| Provenance { source: "a".into(), line: Some(line), offset: line * 7 }).collect();
        let mut ranks = Vec::new();
        assert!(places.iter().all(|place| !Sample::Rank(3).takes(place, &mut ranks)));
        let (mut forth, mut back) = (Draw::new(20), Draw::new(20));
        forth.add(&ranks);
        ranks.reverse();
        back.add(&ranks);
        assert_eq!(forth.sample(3), back.sample(3));
        let taken = |sample: Sample| places.iter().filter(|place| sample.takes(place, &mut Vec::new())).count();
        assert_eq!(taken(forth.sample(3)), 20);
        assert_ne!(forth.sample(3), Sample::UpTo { seed: 4, highest: 0 });
    }
}
