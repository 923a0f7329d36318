//! The progress bar: how much of the inputs is done, as they lie on the disk, so that compressed files and files in columns have an end
//! that can be told too.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use naqi::read::Source;
use naqi::worker::Done;

/// A bar over all inputs; hidden where nobody looks.
pub(super) struct Progress<'a> {
    bar: ProgressBar,
    sources: &'a [Source],
    /// The source that is being read ...
    source: usize,
    /// ... and the bytes of those before it.
    before: u64,
}

impl<'a> Progress<'a> {
    /// A bar that begins with this source.
    pub(super) fn new(quiet: bool, sources: &'a [Source], source: usize) -> Self {
        let mut progress = Progress { bar: ProgressBar::hidden(), sources, source: 0, before: 0 };
        if quiet || !io::stderr().is_terminal() {
            return progress;
        }
        let total: u64 = sources.iter().map(|source| source.bytes).sum();
        let (bar, template) = if total == 0 || sources.iter().any(Source::is_standard) {
            (ProgressBar::new_spinner(), "{spinner} {bytes} {binary_bytes_per_sec} {msg}")
        } else {
            (ProgressBar::new(total), "{bar:30} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta} left {msg}")
        };
        // The templates above are fixed and valid.
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        progress.bar = bar;
        progress.enter(source);
        progress.bar.set_position(progress.before);
        progress.bar.reset_eta();
        progress
    }

    fn enter(&mut self, source: usize) {
        self.before += self.sources[self.source..source].iter().map(|source| source.bytes).sum::<u64>();
        self.source = source;
    }

    /// A piece is done; `message` says more.
    pub(super) fn tell(&mut self, done: &Done, message: impl FnOnce() -> String) {
        if self.bar.is_hidden() {
            return;
        }
        if done.source > self.source {
            self.enter(done.source);
        }
        let size = self.sources[self.source].bytes;
        // Of a stream nothing is known but what came.
        self.bar.set_position(self.before + if size == 0 { done.at } else { done.at.min(size) });
        self.bar.set_message(message());
    }

    /// Prints while the bar stands aside.
    pub(super) fn print(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
