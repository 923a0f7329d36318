//! Documents by hash, as many tables as a dump has groups.
//!
//! In: all hashes of a group with their counts. Out: look-ups. A survey of many hosts is many small tables, of which each document needs another:
//! what they cost is memory that is not at hand. So a table is made once, at its size, of 12 bytes an entry, three of four places taken.

/// A hash in two halves, so that nothing stands empty beside the count; a count of 0 is a vacant place.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    low: u32,
    high: u32,
    count: u32,
}

/// Counts by hash.
#[derive(Debug, Default)]
pub(super) struct Counts(Box<[Place]>);

impl Counts {
    /// A table of these; of equal hashes the last counts.
    pub(super) fn new(entries: &[(u64, u32)]) -> Self {
        let mut places = vec![Place::default(); if entries.is_empty() { 0 } else { entries.len() + entries.len() / 3 + 1 }];
        for &(hash, count) in entries.iter().filter(|entry| entry.1 > 0) {
            let at = find(&places, hash);
            places[at] = Place { low: hash as u32, high: (hash >> 32) as u32, count };
        }
        Counts(places.into())
    }

    /// The count of a hash, if it is known.
    #[inline]
    pub(super) fn get(&self, hash: u64) -> Option<u32> {
        let place = self.0.get(find(&self.0, hash))?;
        (place.count > 0).then_some(place.count)
    }
}

/// Where a hash stands, or the vacant place where it would.
#[inline]
fn find(places: &[Place], hash: u64) -> usize {
    let (low, high) = (hash as u32, (hash >> 32) as u32);
    let mut at = ((u64::from(high) * places.len() as u64) >> 32) as usize;
    while places.get(at).is_some_and(|place| place.count > 0 && (place.low, place.high) != (low, high)) {
        at = if at + 1 == places.len() { 0 } else { at + 1 };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_keep_their_counts() {
        let hash = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for len in [0, 1, 2, 3, 100, 1000] {
            let entries: Vec<(u64, u32)> = (1..=len).map(|number| (hash(number), number as u32)).collect();
            let counts = Counts::new(&entries);
            assert!((1..=len).all(|number| counts.get(hash(number)) == Some(number as u32)));
            assert!((len + 1..len + 100).all(|number| counts.get(hash(number)).is_none()));
        }
        // Hashes of one place, the last of the table among them, and one given twice.
        let same = [(u64::MAX, 1), (u64::MAX - 1, 2), (u64::MAX - 2, 3), (u64::MAX, 4)];
        let counts = Counts::new(&same);
        assert_eq!([0, 1, 2, 3].map(|less| counts.get(u64::MAX - less)), [Some(4), Some(2), Some(3), None]);
    }
}
