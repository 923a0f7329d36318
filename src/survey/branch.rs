//! Sorted lines as a tree of words: the count of every opening, without an entry for each.
//!
//! In: the lines (or endings) of one group in order, each with its count and how many words it shares with other lines of the same
//! documents. Out: the openings and lines with at least so many documents. An opening's count is the sum over the entries
//! below it whose `shared` is shorter than it, so each document counts once. Entries that are dropped leave their counts with the
//! longest opening that stays: a smaller file keeps the counts of what it keeps.

use std::io;

use super::key::{BLANK, split_mark};

/// What a walk reports; only what has enough documents.
pub trait Visit {
    /// A line: its words with what stands behind them, and its counts by `shared`.
    fn line(&mut self, words: &[u8], counts: &[(u8, u64)]) -> io::Result<()>;
    /// An opening, after all that begins with it: its words, their number, its documents, and the counts of dropped lines by `shared`.
    fn opening(&mut self, words: &[u8], depth: u8, documents: u64, dropped: &[(u8, u64)]) -> io::Result<()>;
}

#[derive(Debug, Default)]
struct Node {
    /// Where its words end in `Branches::path`.
    end: usize,
    documents: u64,
    dropped: Vec<(u8, u64)>,
}

/// A walk over the entries of one group and kind.
#[derive(Debug)]
pub struct Branches {
    least: u64,
    path: Vec<u8>,
    nodes: Vec<Node>,
    /// The line whose counts are being added up.
    open: Vec<u8>,
    counts: Vec<(u8, u64)>,
}

impl Branches {
    /// A walk that reports what has `least` documents.
    pub fn new(least: u64) -> Self {
        Branches { least, path: Vec::new(), nodes: Vec::new(), open: Vec::new(), counts: Vec::new() }
    }

    /// Takes the next entry: the words of a key and its count.
    pub fn push(&mut self, words: &[u8], shared: u8, count: u64, visit: &mut dyn Visit) -> io::Result<()> {
        if words != self.open {
            self.close_line(visit)?;
            self.descend(split_mark(words).0, visit)?;
            self.open.clear();
            self.open.extend_from_slice(words);
        }
        self.counts.push((shared, count));
        let known = usize::from(shared).min(self.nodes.len());
        for node in &mut self.nodes[known..] {
            node.documents += count;
        }
        Ok(())
    }

    /// Leaves the openings that the next line does not have, and enters its own.
    fn descend(&mut self, plain: &[u8], visit: &mut dyn Visit) -> io::Result<()> {
        let kept = self.nodes.iter().take_while(|node| starts_with_words(plain, &self.path[..node.end])).count();
        while self.nodes.len() > kept {
            self.leave(visit)?;
        }
        let mut at = self.nodes.last().map_or(0, |node| node.end + 1);
        self.path.clear();
        self.path.extend_from_slice(plain);
        while at < plain.len() {
            let end = memchr::memchr(BLANK, &plain[at..]).map_or(plain.len(), |len| at + len);
            self.nodes.push(Node { end, ..Node::default() });
            at = end + 1;
        }
        Ok(())
    }

    fn close_line(&mut self, visit: &mut dyn Visit) -> io::Result<()> {
        if self.counts.is_empty() {
            return Ok(());
        }
        let counts = std::mem::take(&mut self.counts);
        let is_opening = matches!(split_mark(&self.open).1, Some([super::key::OPEN, ..]));
        if !is_opening && counts.iter().map(|(_, count)| count).sum::<u64>() >= self.least {
            visit.line(&self.open, &counts)?;
        } else {
            let depth = self.nodes.len();
            if let Some(node) = self.nodes.last_mut() {
                hand_up(&mut node.dropped, &counts, depth);
            }
        }
        self.counts = counts;
        self.counts.clear();
        Ok(())
    }

    fn leave(&mut self, visit: &mut dyn Visit) -> io::Result<()> {
        let depth = self.nodes.len();
        let Some(node) = self.nodes.pop() else { return Ok(()) };
        if node.documents >= self.least {
            return visit.opening(&self.path[..node.end], depth as u8, node.documents, &node.dropped);
        }
        if let Some(parent) = self.nodes.last_mut() {
            hand_up(&mut parent.dropped, &node.dropped, depth - 1);
        }
        Ok(())
    }

    /// Ends the walk; it may begin again with another group.
    pub fn finish(&mut self, visit: &mut dyn Visit) -> io::Result<()> {
        self.close_line(visit)?;
        while !self.nodes.is_empty() {
            self.leave(visit)?;
        }
        self.path.clear();
        self.open.clear();
        Ok(())
    }
}

/// Adds counts that still say something of an opening of `depth` words.
fn hand_up(into: &mut Vec<(u8, u64)>, counts: &[(u8, u64)], depth: usize) {
    for &(shared, count) in counts.iter().filter(|(shared, _)| usize::from(*shared) < depth) {
        match into.binary_search_by_key(&shared, |entry| entry.0) {
            Ok(at) => into[at].1 += count,
            Err(at) => into.insert(at, (shared, count)),
        }
    }
}

fn starts_with_words(plain: &[u8], opening: &[u8]) -> bool {
    plain.starts_with(opening) && plain.get(opening.len()).is_none_or(|&byte| byte == BLANK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Found(Vec<(String, u64)>);

    impl Visit for Found {
        fn line(&mut self, words: &[u8], counts: &[(u8, u64)]) -> io::Result<()> {
            self.0.push((format!("={}", String::from_utf8_lossy(words)), counts.iter().map(|entry| entry.1).sum()));
            Ok(())
        }

        fn opening(&mut self, words: &[u8], _: u8, documents: u64, _: &[(u8, u64)]) -> io::Result<()> {
            self.0.push((String::from_utf8_lossy(words).into_owned(), documents));
            Ok(())
        }
    }

    #[test]
    fn openings_count_each_document_once() {
        let mut walk = Branches::new(2);
        let mut found = Found::default();
        // One document has "a b" and "a c" (which shares "a"), two have "a b".
        for (words, shared, count) in [("a b", 0, 3), ("a c", 1, 1), ("d", 0, 1)] {
            walk.push(words.as_bytes(), shared, count, &mut found).expect("in memory");
        }
        walk.finish(&mut found).expect("in memory");
        let expected = [("=a b", 3), ("a b", 3), ("a", 3)];
        assert_eq!(found.0, expected.map(|(words, count)| (words.to_owned(), count)));
    }
}
