//! What rules found in short lines, so that a line which pages of a site share is tried once.
//!
//! In: the text of a block and what matched in it. Out: the same matches when the text comes again. Which rules match depends on a block's text alone. A
//! third of the lines of pages saved as text have just been met, in pages of one site far more. Each line has one place, by its hash, and the last to come
//! stays: no list of ages, no growth. Threads borrow a [`Trial`] with its memory from the rule set and give it back.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use super::index::{Hit, Trial};

/// Bytes of the longest line that is remembered: with its matches it fills a cache line.
const LONGEST: usize = 39;
/// Lines that are remembered: all together stay in a core's own cache.
const LINES: usize = 2048;

/// A line and what matched in it.
#[derive(Clone, Debug)]
struct Line {
    text: [u8; LONGEST],
    /// Zero: no line yet.
    len: u8,
    hits: Vec<Hit>,
}

/// Lines met before.
#[derive(Debug, Default)]
pub(super) struct Memo {
    lines: Vec<Line>,
}

impl Memo {
    /// What matched in this text, if that is known.
    pub(super) fn get(&self, text: &str, hash: u64) -> Option<&[Hit]> {
        let line = self.lines.get(place(text, hash)?)?;
        (text.as_bytes() == &line.text[..usize::from(line.len)]).then_some(line.hits.as_slice())
    }

    /// Remembers what matched in a text.
    pub(super) fn put(&mut self, text: &str, hash: u64, hits: &[Hit]) {
        let Some(at) = place(text, hash) else { return };
        if self.lines.is_empty() {
            self.lines.resize(LINES, Line { text: [0; LONGEST], len: 0, hits: Vec::new() });
        }
        let line = &mut self.lines[at];
        line.text[..text.len()].copy_from_slice(text.as_bytes());
        line.len = text.len() as u8;
        line.hits.clear();
        line.hits.extend_from_slice(hits);
    }
}

/// The place of a text whose words have this hash; none when it is too long to be remembered.
fn place(text: &str, hash: u64) -> Option<usize> {
    // Lines of marks alone have no words; their length tells some of them apart.
    (1..=LONGEST).contains(&text.len()).then_some(((hash >> 20) as usize ^ text.len()) % LINES)
}

/// Trials that no thread uses now.
#[derive(Debug, Default)]
pub(super) struct Trials(Mutex<Vec<Trial>>);

impl Trials {
    /// One for the use of this thread.
    pub(super) fn lend(&self) -> Lent<'_> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Lent { trial: known.unwrap_or_default(), home: self }
    }
}

/// A borrowed trial, which goes back when it is dropped.
pub struct Lent<'a> {
    trial: Trial,
    home: &'a Trials,
}

impl Deref for Lent<'_> {
    type Target = Trial;

    fn deref(&self) -> &Trial {
        &self.trial
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut Trial {
        &mut self.trial
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let trial = std::mem::take(&mut self.trial);
        self.home.0.lock().unwrap_or_else(PoisonError::into_inner).push(trial);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Span;

    #[test]
    fn lines_are_remembered_until_another_takes_their_place() {
        let mut memo = Memo::default();
        let hit = Hit { rule: 3, span: Span { start: 0, end: 4 } };
        assert_eq!(memo.get("more", 5 << 20), None);
        memo.put("more", 5 << 20, &[hit]);
        assert_eq!(memo.get("more", 5 << 20), Some([hit].as_slice()));
        assert_eq!(memo.get("More", 5 << 20), None, "another text of the same words");
        memo.put("More", 5 << 20, &[]);
        assert_eq!((memo.get("more", 5 << 20), memo.get("More", 5 << 20)), (None, Some([].as_slice())));
        let long = "a".repeat(LONGEST + 1);
        memo.put(&long, 7, &[hit]);
        assert_eq!((memo.get(&long, 7), memo.get("", 7)), (None, None));
    }

    #[test]
    fn a_trial_goes_back_with_what_it_knows() {
        let trials = Trials::default();
        trials.lend().memo.put("more", 1, &[]);
        assert!(trials.lend().memo.get("more", 1).is_some());
        let (first, second) = (trials.lend(), trials.lend());
        assert!(first.memo.get("more", 1).is_some() != second.memo.get("more", 1).is_some());
    }
}
