//! Word-level figures: how much of a clean body a text holds, and how much else.
//!
//! In: texts. Out: word multisets and [`Overlap`]. A word is a lower-cased run of letters and digits; characters of Chinese and Japanese
//! are words on their own. That is how the published benchmarks of article extraction count, so figures can be compared.

use std::collections::HashMap;
use std::ops::Range;

/// Is this a Chinese or Japanese character, which counts as a word by itself?
fn is_single(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Byte ranges of the words of a text.
pub fn word_ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::with_capacity(text.len() / 6);
    let mut open: Option<usize> = None;
    for (at, c) in text.char_indices() {
        let single = is_single(c);
        if (single || !c.is_alphanumeric()) && open.is_some() {
            ranges.extend(open.take().map(|start| start..at));
        }
        if single {
            ranges.push(at..at + c.len_utf8());
        } else if c.is_alphanumeric() && open.is_none() {
            open = Some(at);
        }
    }
    ranges.extend(open.map(|start| start..text.len()));
    ranges
}

/// Words and how often each stands in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordCount {
    counts: HashMap<String, u32>,
    /// All words, repeats included.
    pub total: u32,
}

impl WordCount {
    /// Counts the words of a text.
    pub fn new(text: &str) -> Self {
        let mut count = WordCount::default();
        for range in word_ranges(text) {
            *count.counts.entry(text[range].to_lowercase()).or_default() += 1;
            count.total += 1;
        }
        count
    }

    /// Words that both hold, each as often as both do.
    pub fn shared(&self, other: &WordCount) -> u32 {
        self.counts.iter().map(|(word, &count)| count.min(other.counts.get(word).copied().unwrap_or(0))).sum()
    }

    /// What is left of these words without those of `other`.
    #[must_use]
    pub fn without(mut self, other: &WordCount) -> WordCount {
        self.counts.retain(|word, count| {
            *count = count.saturating_sub(other.counts.get(word).copied().unwrap_or(0));
            *count > 0
        });
        self.total = self.counts.values().sum();
        self
    }

    /// Is the word there, in any case?
    pub fn holds(&self, word: &str) -> bool {
        self.counts.contains_key(&word.to_lowercase())
    }

    /// Takes the word out once; false when it is not there.
    pub fn take(&mut self, word: &str) -> bool {
        match self.counts.get_mut(&word.to_lowercase()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                self.total -= 1;
                true
            }
            _ => false,
        }
    }
}

/// How well a body covers the gold body.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overlap {
    /// Share of the body's words that the gold body holds.
    pub precision: f64,
    /// Share of the gold body's words that the body holds.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

impl Overlap {
    /// Compares the words of a body with those of the gold body. An empty gold body asks for an empty body.
    pub fn new(body: &WordCount, gold: &WordCount) -> Self {
        if gold.total == 0 || body.total == 0 {
            let all = if gold.total == body.total { 1.0 } else { 0.0 };
            return Overlap { precision: all, recall: all, f1: all };
        }
        let shared = f64::from(body.shared(gold));
        let precision = shared / f64::from(body.total);
        let recall = shared / f64::from(gold.total);
        let f1 = if shared > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        Overlap { precision, recall, f1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_and_single_characters() {
        let text = "Read-also: 15min 东京 عاجل!";
        let found: Vec<&str> = word_ranges(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["Read", "also", "15min", "东", "京", "عاجل"]);
    }

    #[test]
    fn overlap_counts_repeats() {
        let overlap = |body: &str, gold: &str| Overlap::new(&WordCount::new(body), &WordCount::new(gold));
        let half = overlap("a a b c", "A b");
        assert_eq!((half.precision, half.recall), (0.5, 1.0));
        assert!((half.f1 - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(overlap("", "").f1, 1.0);
        assert_eq!(overlap("", "a").f1, 0.0);
        assert_eq!(overlap("b", "a").f1, 0.0);
    }
}
