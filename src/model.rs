//! Learned weights: small boosted trees and tables of scored words and lines, read from `rules/model/*.json`.
//!
//! In: rows of features. Out: for each row the probability that its block belongs to the article. Sums run in a fixed order: the same
//! figures on every machine.

mod plant;
mod trees;

use std::cell::RefCell;
use std::ops::Range;

use serde::Deserialize;

pub use trees::LANES;
use trees::{Answers, Trees};

/// The layout that this program reads; a file of another is refused.
pub const FORMAT: u32 = 3;
/// Trees that judge every row ...
const FIRST: usize = 40;
/// ... and the log-odds that leave doubt after them. Most rows are none of the article's, and few of those come back.
const DOUBT: Range<f32> = -2.5..3.0;

/// Words, by hash, and what each says for (above 0) or against the article.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub struct WordScores {
    /// Hashes in ascending order.
    pub hashes: Vec<u32>,
    /// The scores, one for each hash.
    pub scores: Vec<f32>,
    /// Each hash beside the bits of its score, where its low bits say; a power of two of places. One look-up loads one of them.
    #[serde(skip)]
    index: Vec<(u32, u32)>,
}

/// No score: these bits are no number.
const VACANT: u32 = u32::MAX;

impl WordScores {
    /// Scores of hashes in ascending order.
    pub fn new(hashes: Vec<u32>, scores: Vec<f32>) -> Self {
        let mut index = vec![(0, VACANT); (2 * hashes.len()).next_power_of_two()];
        let mask = index.len() - 1;
        for (&hash, score) in hashes.iter().zip(&scores) {
            let mut at = hash as usize & mask;
            while index[at].1 != VACANT {
                at = (at + 1) & mask;
            }
            index[at] = (hash, score.to_bits());
        }
        WordScores { hashes, scores, index }
    }

    /// The score of a word, if it is known.
    #[inline]
    pub fn get(&self, hash: u32) -> Option<f32> {
        let mask = self.index.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            let &(found, score) = self.index.get(at)?;
            if score == VACANT {
                return None;
            }
            if found == hash {
                return Some(f32::from_bits(score));
            }
            at = (at + 1) & mask;
        }
    }
}

/// The hash of a class word, the same on every machine (FNV-1a).
pub fn name_hash(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The tables that features look words and lines up in.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tables {
    /// Words of class and id names.
    pub names: WordScores,
    /// Words of short blocks.
    pub words: WordScores,
    /// Short blocks as a whole.
    pub lines: WordScores,
}

impl Tables {
    /// The tables as read, ready to look words up.
    fn indexed(self) -> Self {
        let indexed = |table: WordScores| WordScores::new(table.hashes, table.scores);
        Tables { names: indexed(self.names), words: indexed(self.words), lines: indexed(self.lines) }
    }
}

/// A model file as it stands on disk. Rows with a feature above a node's threshold go right, others left; a leaf leads to itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    format: u32,
    features: Vec<String>,
    bias: f64,
    /// The first node of each tree.
    roots: Vec<u32>,
    feature: Vec<u16>,
    threshold: Vec<f32>,
    left: Vec<u32>,
    right: Vec<u32>,
    /// The mean of the rows that come to a node, in log-odds.
    value: Vec<f32>,
    tables: Tables,
}

impl File {
    /// The node that a row goes to from node `at`; `None` from a leaf.
    fn next(&self, at: u32, row: &[f32]) -> Option<u32> {
        let node = at as usize;
        let next = if row[self.feature[node] as usize] > self.threshold[node] { self.right[node] } else { self.left[node] };
        (next != at).then_some(next)
    }
}

/// Trees ready to be asked.
#[derive(Debug)]
pub struct Model {
    /// Names of the features, in the order of a row.
    pub features: Vec<String>,
    /// Scored words.
    pub tables: Tables,
    file: File,
    /// The trees that judge every row, and the others.
    parts: [Trees; 2],
}

impl Model {
    /// Reads a model file.
    pub fn parse(text: &str) -> Result<Model, String> {
        let mut file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file.format != FORMAT {
            return Err(format!("layout {} is not the layout {FORMAT} that this program reads; train the model again", file.format));
        }
        let count = file.feature.len();
        let even = [file.threshold.len(), file.left.len(), file.right.len(), file.value.len()].iter().all(|&len| len == count);
        let known = file.feature.iter().all(|&feature| (feature as usize) < file.features.len());
        let tables = [&file.tables.names, &file.tables.words, &file.tables.lines]
            .iter()
            .all(|table| table.hashes.len() == table.scores.len() && table.hashes.is_sorted());
        let unfit = || "its lists do not fit together; train the model again".to_owned();
        if !(even && known && tables) {
            return Err(unfit());
        }
        let (first, others) = file.roots.split_at(FIRST.min(file.roots.len()));
        let parts = [Trees::plant(&file, first).ok_or_else(unfit)?, Trees::plant(&file, others).ok_or_else(unfit)?];
        let (features, tables) = (std::mem::take(&mut file.features), std::mem::take(&mut file.tables));
        Ok(Model { features, tables: tables.indexed(), file, parts })
    }

    /// The probability of each of some rows. `fill` writes rows, at most [`LANES`], into the columns, one for each feature. The first trees judge
    /// all rows, the others those that are still in doubt.
    pub fn probabilities(&self, rows: &[usize], mut fill: impl FnMut(&[usize], &mut [[f32; LANES]])) -> Vec<f32> {
        let [first, others] = &self.parts;
        let mut sums = vec![self.file.bias as f32; rows.len()];
        let mut lanes = Vec::with_capacity(LANES);
        let Memory { mut group, mut doubtful } = MEMORY.take();
        [&mut group, &mut doubtful].into_iter().for_each(|group| group.fit(self.features.len()));
        for (start, some) in (0..).step_by(LANES).zip(rows.chunks(LANES)) {
            fill(some, &mut group.columns);
            group.numbers.extend(start..start + some.len());
            group.ask(first, &mut sums);
            lanes.clear();
            lanes.extend(group.numbers.iter().enumerate().filter(|(_, number)| DOUBT.contains(&sums[**number])).map(|(lane, _)| lane));
            let mut left = &lanes[..];
            while !left.is_empty() {
                left = &left[doubtful.take(&group, left)..];
                if doubtful.numbers.len() == LANES {
                    doubtful.ask(others, &mut sums);
                    doubtful.numbers.clear();
                }
            }
            group.numbers.clear();
        }
        if !doubtful.numbers.is_empty() {
            doubtful.ask(others, &mut sums);
            doubtful.numbers.clear();
        }
        MEMORY.set(Memory { group, doubtful });
        sums.iter().map(|sum| (1.0 / (1.0 + f64::from(-sum).exp())) as f32).collect()
    }

    /// What each feature adds to a row's log-odds: the change of the mean value at each step down a tree is put down to the feature asked
    /// there (Saabas, 2014). The parts and the first value, that of no feature, sum up to the row's log-odds.
    pub fn parts(&self, row: &[f32]) -> (f64, Vec<f64>) {
        let file = &self.file;
        let mut start = file.bias;
        let mut parts = vec![0.0; self.features.len()];
        for &root in &file.roots {
            let mut at = root;
            start += f64::from(file.value[at as usize]);
            while let Some(next) = file.next(at, row) {
                parts[file.feature[at as usize] as usize] += f64::from(file.value[next as usize]) - f64::from(file.value[at as usize]);
                at = next;
            }
        }
        (start, parts)
    }
}

/// Groups of rows, whose memory goes from document to document.
#[derive(Default)]
struct Memory {
    group: Group,
    doubtful: Group,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Rows that are asked together.
#[derive(Default)]
struct Group {
    numbers: Vec<usize>,
    columns: Vec<[f32; LANES]>,
    answers: Answers,
}

impl Group {
    /// Makes room for so many features. What stands in the columns is of no account: rows are written before they are asked.
    fn fit(&mut self, features: usize) {
        self.columns.resize(features, [0.0; LANES]);
    }

    /// Takes the rows of some lanes of another group, as many as there is room for; returns how many.
    fn take(&mut self, other: &Group, lanes: &[usize]) -> usize {
        let own = self.numbers.len();
        let lanes = &lanes[..lanes.len().min(LANES - own)];
        for (to, from) in self.columns.iter_mut().zip(&other.columns) {
            for (to, &lane) in to[own..].iter_mut().zip(lanes) {
                *to = from[lane % LANES];
            }
        }
        self.numbers.extend(lanes.iter().map(|&lane| other.numbers[lane]));
        lanes.len()
    }

    /// Adds what trees say to the sums of the rows.
    fn ask(&mut self, trees: &Trees, sums: &mut [f32]) {
        // Lanes without a row repeat the last one, which asks for nothing more.
        let rows = self.numbers.len();
        if (1..LANES).contains(&rows) {
            for column in &mut self.columns {
                let last = column[rows - 1];
                column[rows..].fill(last);
            }
        }
        let added = trees.ask(&self.columns, &mut self.answers);
        for (&number, added) in self.numbers.iter().zip(added) {
            sums[number] += added;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{"format":3,"features":["a","b"],"bias":0.0,"roots":[0],"feature":[1,0,0],"threshold":[0.5,0,0],
        "left":[1,1,2],"right":[2,1,2],"value":[0,-4,4],"tables":{"names":{"hashes":[],"scores":[]},"words":{"hashes":[3],"scores":[1]},"lines":{"hashes":[],"scores":[]}}}"#;

    #[test]
    fn rows_walk_the_trees() {
        let model = Model::parse(SMALL).expect("a model");
        let rows = [[9.0, 0.5], [0.0, 0.6]];
        let found = model.probabilities(&[0, 1], |numbers, columns| {
            for (lane, row) in numbers.iter().map(|&number| rows[number]).enumerate() {
                columns.iter_mut().zip(row).for_each(|(column, value)| column[lane] = value);
            }
        });
        assert!(found[0] < 0.1 && found[1] > 0.9);
        assert_eq!(model.parts(&rows[1]), (0.0, vec![0.0, 4.0]));
        assert_eq!((model.tables.words.get(3), model.tables.words.get(4)), (Some(1.0), None));
    }

    #[test]
    fn broken_files_are_refused() {
        assert!(Model::parse(&SMALL.replace("\"format\":3", "\"format\":7")).is_err());
        assert!(Model::parse(&SMALL.replace("\"right\":[2,", "\"right\":[9,")).is_err());
        assert!(Model::parse(&SMALL.replace("\"left\":[1,1", "\"left\":[1,0")).is_err(), "in circles");
    }
}
