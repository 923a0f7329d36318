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

#[derive(Debug)]
struct Node {
    /// Where its words end in `Branches::open`.
    end: usize,
    documents: u64,
    dropped: Vec<(u8, u64)>,
}

/// A walk over the entries of one group and kind.
///
/// Only openings that may have enough documents become nodes: those that the next line has too, and those of a line that has enough by
/// itself. Most lines of a dump stand in one document and share a word or two with their neighbours, so a line costs little.
#[derive(Debug)]
pub struct Branches {
    least: u64,
    nodes: Vec<Node>,
    /// The line whose counts are being added up, with what stands behind its words.
    open: Vec<u8>,
    counts: Vec<(u8, u64)>,
}

impl Branches {
    /// A walk that reports what has `least` documents.
    pub fn new(least: u64) -> Self {
        Branches { least, nodes: Vec::new(), open: Vec::new(), counts: Vec::new() }
    }

    /// Takes the next entry: the words of a key and its count.
    pub fn push(&mut self, words: &[u8], shared: u8, count: u64, visit: &mut dyn Visit) -> io::Result<()> {
        if words != self.open {
            self.close(split_mark(words).0, visit)?;
            self.open.clear();
            self.open.extend_from_slice(words);
        }
        self.counts.push((shared, count));
        Ok(())
    }

    /// Counts the open line, and leaves the openings that the next line does not have.
    fn close(&mut self, next: &[u8], visit: &mut dyn Visit) -> io::Result<()> {
        if self.counts.is_empty() {
            return Ok(());
        }
        let counts = std::mem::take(&mut self.counts);
        for &(shared, count) in &counts {
            let known = usize::from(shared).min(self.nodes.len());
            self.nodes[known..].iter_mut().for_each(|node| node.documents += count);
        }
        let (plain, mark) = split_mark(&self.open);
        let is_opening = matches!(mark, Some([super::key::OPEN, ..]));
        let kept = common_words(plain, next);
        let is_common = counts.iter().map(|(_, count)| count).sum::<u64>() >= self.least;
        let wanted = if is_common { usize::MAX } else { kept };
        for end in word_ends(plain).take(wanted).skip(self.nodes.len()) {
            let longer = counts.iter().filter(|(shared, _)| usize::from(*shared) <= self.nodes.len());
            let documents = longer.map(|(_, count)| count).sum();
            self.nodes.push(Node { end, documents, dropped: Vec::new() });
        }
        let depth = self.nodes.len();
        if is_common && !is_opening {
            visit.line(&self.open, &counts)?;
        } else if let Some(node) = self.nodes.last_mut() {
            hand_up(&mut node.dropped, &counts, depth);
        }
        self.counts = counts;
        self.counts.clear();
        while self.nodes.len() > kept {
            self.leave(visit)?;
        }
        Ok(())
    }

    fn leave(&mut self, visit: &mut dyn Visit) -> io::Result<()> {
        let depth = self.nodes.len();
        let Some(node) = self.nodes.pop() else { return Ok(()) };
        if node.documents >= self.least {
            return visit.opening(&self.open[..node.end], depth as u8, node.documents, &node.dropped);
        }
        if let Some(parent) = self.nodes.last_mut() {
            hand_up(&mut parent.dropped, &node.dropped, depth - 1);
        }
        Ok(())
    }

    /// Ends the walk; it may begin again with another group.
    pub fn finish(&mut self, visit: &mut dyn Visit) -> io::Result<()> {
        self.close(b"", visit)?;
        self.open.clear();
        Ok(())
    }
}

/// Where each word ends.
fn word_ends(plain: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr_iter(BLANK, plain).chain((!plain.is_empty()).then_some(plain.len()))
}

/// How many whole words two lines begin with.
fn common_words(a: &[u8], b: &[u8]) -> usize {
    let common = common_bytes(a, b);
    let ends = |words: &[u8]| words.get(common).is_none_or(|&byte| byte == BLANK);
    let full = memchr::memchr_iter(BLANK, &a[..common]).count();
    full + usize::from(common > 0 && ends(a) && ends(b))
}

/// How many bytes two slices begin with.
pub(super) fn common_bytes(a: &[u8], b: &[u8]) -> usize {
    let eight = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or_default());
    let mut at = 0;
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        let differ = eight(a) ^ eight(b);
        if differ != 0 {
            return at + differ.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + a[at..].iter().zip(&b[at..]).take_while(|(a, b)| a == b).count()
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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

    /// Keeps what a walk reports as rows of a shorter survey, and its openings.
    #[derive(Default)]
    struct Kept {
        rows: Vec<(Vec<u8>, u8, u64)>,
        openings: BTreeMap<String, u64>,
    }

    impl Visit for Kept {
        fn line(&mut self, words: &[u8], counts: &[(u8, u64)]) -> io::Result<()> {
            self.rows.extend(counts.iter().map(|&(shared, count)| (words.to_vec(), shared, count)));
            Ok(())
        }

        fn opening(&mut self, words: &[u8], _: u8, documents: u64, dropped: &[(u8, u64)]) -> io::Result<()> {
            self.openings.insert(String::from_utf8_lossy(words).into_owned(), documents);
            let row = [words, &[BLANK, crate::survey::key::OPEN]].concat();
            self.rows.extend(dropped.iter().map(|&(shared, count)| (row.clone(), shared, count)));
            Ok(())
        }
    }

    fn walk(rows: &[(Vec<u8>, u8, u64)], least: u64) -> Kept {
        let (mut walk, mut kept) = (Branches::new(least), Kept::default());
        rows.iter().for_each(|(words, shared, count)| walk.push(words, *shared, *count, &mut kept).expect("in memory"));
        walk.finish(&mut kept).expect("in memory");
        kept.rows.sort();
        kept
    }

    #[test]
    fn openings_are_the_sums_of_what_begins_with_them_however_often_rows_are_left_out() {
        let mut state = 9_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut sums = BTreeMap::new();
        for _ in 0..3_000 {
            let words: Vec<String> = (0..=next(6)).map(|_| char::from(b'a' + next(4) as u8).to_string()).collect();
            let shared = next(words.len() as u64) as u8;
            *sums.entry((words.join(" ").into_bytes(), shared)).or_insert(0) += 1 + next(2);
        }
        let rows: Vec<(Vec<u8>, u8, u64)> = sums.into_iter().map(|((words, shared), count)| (words, shared, count)).collect();
        let mut expected = BTreeMap::new();
        for (words, shared, count) in &rows {
            let text = String::from_utf8_lossy(words).into_owned();
            let ends = text.match_indices(' ').map(|(at, _)| at).chain([text.len()]).enumerate();
            ends.filter(|(at, _)| at >= &usize::from(*shared)).for_each(|(_, end)| *expected.entry(text[..end].to_owned()).or_insert(0) += count);
        }
        for least in [1, 4, 30] {
            let of = |least: u64| expected.iter().filter(|(_, sum)| **sum >= least).map(|(words, sum)| (words.clone(), *sum)).collect::<BTreeMap<_, _>>();
            let short = walk(&rows, least);
            assert_eq!(short.openings, of(least));
            assert_eq!(walk(&short.rows, 2 * least).openings, of(2 * least));
        }
    }
}
