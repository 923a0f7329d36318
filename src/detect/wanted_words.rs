//! The words of one paragraph, each waiting to be met in the article, for a first look.
//!
//! In: what each word says, met or not. Out: what all of them say after each block of the article. Most words of an article are none of them:
//! they find their chain empty, in a table small enough for the stack.

use crate::survey::frequency::slot_of;

/// The words of a paragraph, and what was met of them.
pub(super) struct WantedWords {
    /// The number of the last word of each chain, from 1.
    chains: [u32; CHAINS],
    words: Vec<WantedWord>,
    /// The log-odds that the paragraph is of the article, by the words met so far.
    pub(super) odds: f64,
    /// What all words weigh, and those of them that were met.
    pub(super) all: f64,
    pub(super) known: f64,
}

const CHAINS: usize = 512;

/// What a word says.
pub(super) struct Evidence {
    /// The log-odds that it gives once it is met ...
    pub(super) met: f64,
    /// ... and before.
    pub(super) unmet: f64,
    /// 0 for a word without a stem.
    pub(super) weight: f64,
}

struct WantedWord {
    key: u64,
    /// What the log-odds gain where it is met.
    gain: f64,
    weight: f64,
    /// The next word of its chain, from 1; 0 for none.
    next: u32,
}

impl WantedWords {
    pub(super) fn new() -> Self {
        WantedWords { chains: [0; CHAINS], words: Vec::new(), odds: 0.0, all: 0.0, known: 0.0 }
    }

    #[inline]
    fn find(&self, key: u64) -> Option<usize> {
        let mut next = self.chains[slot_of(key) % CHAINS];
        while let Some(at) = (next as usize).checked_sub(1) {
            if self.words[at].key == key {
                return Some(at);
            }
            next = self.words[at].next;
        }
        None
    }

    /// Adds a word.
    pub(super) fn add(&mut self, key: u64, evidence: impl FnOnce() -> Evidence) {
        if self.find(key).is_some() {
            return;
        }
        let Evidence { met, unmet, weight } = evidence();
        let chain = &mut self.chains[slot_of(key) % CHAINS];
        self.words.push(WantedWord { key, gain: met - unmet, weight, next: *chain });
        *chain = self.words.len() as u32;
        self.odds += unmet;
        self.all += weight;
    }

    /// Meets a word of the article.
    #[inline]
    pub(super) fn meet(&mut self, key: u64) {
        if let Some(at) = self.find(key) {
            let word = &mut self.words[at];
            self.odds += std::mem::take(&mut word.gain);
            self.known += std::mem::take(&mut word.weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_once() {
        let mut wanted = WantedWords::new();
        // The second word of a chain, and one given twice.
        let keys = [7 << 8, (7 + CHAINS as u64) << 8, 9 << 8, 7 << 8];
        keys.into_iter().for_each(|key| wanted.add(key, || Evidence { met: 2.0, unmet: -1.0, weight: 0.5 }));
        assert_eq!((wanted.odds, wanted.all, wanted.known), (-3.0, 1.5, 0.0));
        [keys[0], keys[0], 11 << 8, keys[1]].into_iter().for_each(|key| wanted.meet(key));
        assert_eq!((wanted.odds, wanted.known), (3.0, 1.0));
    }
}
