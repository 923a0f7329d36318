//! A small hash table for figures of one document.
//!
//! Keys are hashes that are mixed already, so 32 of their bits tell them apart and others say where to look; slots are numbered, so
//! that a key found once need not be looked up again. Filled once, at most two thirds full, never grown.

/// Figures by hash.
pub(super) struct Table<V> {
    /// The key's tag and its figures; tag 0 is an empty slot.
    slots: Vec<(u32, V)>,
    mask: usize,
}

/// A tag that is never 0.
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32 | 1
}

impl<V: Copy + Default> Table<V> {
    /// A table for at most `expected` keys.
    pub(super) fn new(expected: usize) -> Self {
        Table::reusing(Vec::new(), expected)
    }

    /// The same in the memory of an earlier table: fresh memory for each document costs more than all look-ups.
    pub(super) fn reusing(mut slots: Vec<(u32, V)>, expected: usize) -> Self {
        let size = (expected + expected / 2).next_power_of_two().max(8);
        slots.clear();
        slots.resize(size, (0, V::default()));
        Table { slots, mask: size - 1 }
    }

    /// Gives its memory back.
    pub(super) fn memory(&mut self) -> Vec<(u32, V)> {
        std::mem::take(&mut self.slots)
    }

    /// The slot of a key, taken for it if it is new.
    #[inline]
    pub(super) fn slot(&mut self, hash: u64) -> u32 {
        let tag = tag(hash);
        let mut at = (hash >> 2) as usize & self.mask;
        loop {
            let slot = &mut self.slots[at];
            if slot.0 == 0 {
                slot.0 = tag;
                return at as u32;
            }
            if slot.0 == tag {
                return at as u32;
            }
            at = (at + 1) & self.mask;
        }
    }

    /// The figures of a slot.
    #[inline]
    pub(super) fn at(&mut self, slot: u32) -> &mut V {
        &mut self.slots[slot as usize].1
    }

    /// The figures of a slot, to read.
    #[inline]
    pub(super) fn read(&self, slot: u32) -> V {
        self.slots[slot as usize].1
    }

    /// The figures of a key; the default for one that was never put in.
    #[inline]
    pub(super) fn get(&self, hash: u64) -> V {
        let tag = tag(hash);
        let mut at = (hash >> 2) as usize & self.mask;
        loop {
            let (found, value) = self.slots[at];
            if found == tag {
                return value;
            }
            if found == 0 {
                return V::default();
            }
            at = (at + 1) & self.mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_figures() {
        let mut table: Table<u32> = Table::new(100);
        let keys: Vec<u64> = (1..=100_u64).map(|key| key.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        for (number, &key) in keys.iter().enumerate() {
            let slot = table.slot(key);
            *table.at(slot) = number as u32;
        }
        assert!(keys.iter().enumerate().all(|(number, &key)| table.get(key) == number as u32));
        assert_eq!(table.get(12345), 0);
    }
}
