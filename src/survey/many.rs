//! Counting with many threads: documents in any order in, one run of counts out.
//!
//! Each thread takes a counter while it counts a document. Which one says nothing: counts are whole numbers, and they add up.

use std::io;
use std::sync::{Mutex, PoisonError};

use super::count::Counter;
use super::frequency::Frequencies;
use super::gather::{Gathered, gather};
use super::runs::reduce;
use super::words::DateWords;
use crate::document::Document;

/// Counts documents from many threads: each takes a counter while it works on a piece.
pub struct Survey {
    dates: DateWords,
    limit: usize,
    idle: Mutex<Vec<Counter>>,
    failed: Mutex<Option<io::Error>>,
}

impl Survey {
    /// A survey that holds about `memory` bytes, shared among `jobs` threads.
    pub fn new(dates: DateWords, memory: usize, jobs: usize) -> Self {
        Survey { dates, limit: memory / jobs.max(1), idle: Mutex::default(), failed: Mutex::default() }
    }

    /// Counts a document. A full disk is told at the end, by [`Survey::finish`].
    pub fn add(&self, group: &str, document: &Document) {
        let lock = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = lock().pop();
        let mut counter = idle.unwrap_or_else(|| Counter::new(self.limit));
        if let Err(error) = counter.add(group, document, &self.dates) {
            self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
        lock().push(counter);
    }

    /// The normalisation that was counted with.
    pub fn dates(&self) -> &DateWords {
        &self.dates
    }

    /// All counts, of at most about `most` entries.
    pub fn finish(self, most: u64) -> io::Result<Gathered> {
        if let Some(error) = self.failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let (mut runs, mut words) = (Vec::new(), Frequencies::default());
        for counter in self.idle.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let (counted, more) = counter.finish()?;
            runs.extend(counted);
            words.add(&more);
        }
        Ok(Gathered { words, ..gather(reduce(runs)?, most)? })
    }
}
