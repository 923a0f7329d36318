//! Learned weights: small boosted trees and two tables of scored words, read from `rules/model/*.json`.
//!
//! In: rows of features. Out: for each row the probability that its block belongs to the article. Trees are kept flat and small, a leaf pointing
//! to itself, so that rows walk them side by side without branches. Sums run in a fixed order: the same figures on every machine.

use serde::Deserialize;

/// The layout that this program reads; a file of another is refused.
pub const FORMAT: u32 = 2;
/// Rows that walk a tree side by side.
const LANES: usize = 8;
/// Trees that judge every row ...
const FIRST: usize = 40;
/// ... and the log-odds, to either side, that leave no doubt after them.
const SURE: f32 = 3.0;

/// Words, by hash, and what each says for (above 0) or against the article.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub struct WordScores {
    /// Hashes in ascending order.
    pub hashes: Vec<u32>,
    /// The scores, one for each hash.
    pub scores: Vec<f32>,
    /// Places in the lists by the low bits of a hash, `u32::MAX` for none; a power of two of them.
    #[serde(skip)]
    index: Vec<u32>,
}

impl WordScores {
    /// Scores of hashes in ascending order.
    pub fn new(hashes: Vec<u32>, scores: Vec<f32>) -> Self {
        let mut index = vec![u32::MAX; (4 * hashes.len()).next_power_of_two()];
        let mask = index.len() - 1;
        for (place, &hash) in (0..).zip(&hashes) {
            let mut at = hash as usize & mask;
            while index[at] != u32::MAX {
                at = (at + 1) & mask;
            }
            index[at] = place;
        }
        WordScores { hashes, scores, index }
    }

    /// The score of a word, if it is known.
    #[inline]
    pub fn get(&self, hash: u32) -> Option<f32> {
        let mask = self.index.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            let place = *self.index.get(at)? as usize;
            if *self.hashes.get(place)? == hash {
                return self.scores.get(place).copied();
            }
            at = (at + 1) & mask;
        }
    }
}

/// The hash of a class word, the same on every machine (FNV-1a).
pub fn name_hash(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The two tables that features look words up in.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tables {
    /// Words of class and id names.
    pub names: WordScores,
    /// Words of short blocks.
    pub words: WordScores,
}

impl Tables {
    /// The tables as read, ready to look words up.
    fn indexed(self) -> Self {
        Tables { names: WordScores::new(self.names.hashes, self.names.scores), words: WordScores::new(self.words.hashes, self.words.scores) }
    }
}

/// A model file as it stands on disk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    format: u32,
    features: Vec<String>,
    bias: f64,
    /// Nodes and leaves of all trees; the first of each tree stands in `roots`.
    roots: Vec<u32>,
    feature: Vec<u16>,
    threshold: Vec<f32>,
    left: Vec<u32>,
    right: Vec<u32>,
    /// The mean of the rows that come to a node, in log-odds.
    value: Vec<f32>,
    tables: Tables,
}

/// Rows with a feature above the threshold go to `left + 1`, others to `left`; a leaf leads to itself.
#[derive(Clone, Copy, Debug)]
struct Node {
    threshold: f32,
    feature: u16,
    /// Within its tree.
    left: u16,
}

/// One tree's part of the nodes and how deep it goes.
#[derive(Clone, Copy, Debug)]
struct Tree {
    start: u32,
    end: u32,
    depth: u32,
}

/// Trees ready to walk.
#[derive(Clone, Debug)]
pub struct Model {
    /// Names of the features, in the order of a row.
    pub features: Vec<String>,
    /// Scored words.
    pub tables: Tables,
    bias: f64,
    trees: Vec<Tree>,
    nodes: Vec<Node>,
    /// For each node what the rows that come to it say on the whole, in log-odds.
    values: Vec<f32>,
}

impl Model {
    /// Reads a model file.
    pub fn parse(text: &str) -> Result<Model, String> {
        let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file.format != FORMAT {
            return Err(format!("layout {} is not the layout {FORMAT} that this program reads; train the model again", file.format));
        }
        let count = file.feature.len();
        let even = [file.threshold.len(), file.left.len(), file.right.len(), file.value.len()].iter().all(|&len| len == count);
        let known = file.feature.iter().all(|&feature| (feature as usize) < file.features.len());
        let tables = [&file.tables.names, &file.tables.words].iter().all(|table| table.hashes.len() == table.scores.len() && table.hashes.is_sorted());
        let unfit = || "its lists do not fit together; train the model again".to_owned();
        if !(even && known && tables) {
            return Err(unfit());
        }
        let mut model = Model {
            trees: Vec::with_capacity(file.roots.len()),
            nodes: Vec::with_capacity(count),
            values: Vec::with_capacity(count),
            bias: file.bias,
            features: Vec::new(),
            tables: Tables::default(),
        };
        for &root in &file.roots {
            model.plant(&file, root).ok_or_else(unfit)?;
        }
        Ok(Model { features: file.features, tables: file.tables.indexed(), ..model })
    }

    /// Lays out one tree level by level, the children of a node side by side; `None` when its lists lead nowhere or in circles.
    fn plant(&mut self, file: &File, root: u32) -> Option<()> {
        let start = self.nodes.len();
        let mut level = vec![root];
        let (mut depth, mut next_free) = (0, 1);
        while !level.is_empty() {
            let mut below = Vec::new();
            for &old in &level {
                let at = old as usize;
                let (left, right) = (*file.left.get(at)?, *file.right.get(at)?);
                let is_leaf = left == old && right == old;
                let own = u16::try_from(self.nodes.len() - start).ok()?;
                let threshold = if is_leaf { f32::INFINITY } else { file.threshold[at] };
                self.nodes.push(Node { threshold, feature: file.feature[at], left: if is_leaf { own } else { next_free } });
                self.values.push(file.value[at]);
                if !is_leaf {
                    next_free = next_free.checked_add(2)?;
                    below.extend([left, right]);
                }
            }
            depth += u32::from(!below.is_empty());
            level = below;
        }
        self.trees.push(Tree { start: start as u32, end: self.nodes.len() as u32, depth });
        Some(())
    }

    /// The probability of each of `count` rows; `fill` writes a row, one value for each feature, and may be asked twice for the same row.
    /// The first trees judge all rows, the others those that are still in doubt.
    pub fn probabilities(&self, count: usize, mut fill: impl FnMut(usize, &mut [f32])) -> Vec<f32> {
        let mut sums = vec![self.bias as f32; count];
        let (first, others) = self.trees.split_at(FIRST.min(self.trees.len()));
        let mut rows: Vec<usize> = (0..count).collect();
        let mut group = vec![0.0; self.features.len().max(1) * LANES];
        for trees in [first, others] {
            for numbers in rows.chunks(LANES) {
                for (&number, row) in numbers.iter().zip(group.chunks_mut(self.features.len().max(1))) {
                    fill(number, row);
                }
                let added = self.walk(trees, &group);
                for (&number, added) in numbers.iter().zip(added) {
                    sums[number] += added;
                }
            }
            rows.retain(|&number| sums[number].abs() < SURE);
        }
        sums.iter().map(|sum| (1.0 / (1.0 + f64::from(-sum).exp())) as f32).collect()
    }

    /// What some trees add to the log-odds of a group of rows.
    fn walk(&self, trees: &[Tree], group: &[f32]) -> [f32; LANES] {
        let width = group.len() / LANES;
        let mut sums = [0.0; LANES];
        for tree in trees {
            let (nodes, values) = (&self.nodes[tree.start as usize..tree.end as usize], &self.values[tree.start as usize..tree.end as usize]);
            let mut at = [0_u16; LANES];
            for _ in 0..tree.depth {
                for (lane, place) in at.iter_mut().enumerate() {
                    let node = nodes[*place as usize];
                    *place = node.left + u16::from(group[lane * width + node.feature as usize] > node.threshold);
                }
            }
            for (sum, place) in sums.iter_mut().zip(at) {
                *sum += values[place as usize];
            }
        }
        sums
    }

    /// What each feature adds to a row's log-odds: the change of the mean value at each step down a tree is put down to the feature asked
    /// there (Saabas, 2014). The parts and the first value, that of no feature, sum up to the row's log-odds.
    pub fn parts(&self, row: &[f32]) -> (f64, Vec<f64>) {
        let mut start = self.bias;
        let mut parts = vec![0.0; self.features.len()];
        for tree in &self.trees {
            let (nodes, values) = (&self.nodes[tree.start as usize..tree.end as usize], &self.values[tree.start as usize..tree.end as usize]);
            let mut at = 0;
            start += f64::from(values[0]);
            for _ in 0..tree.depth {
                let node = nodes[at];
                let next = node.left as usize + usize::from(row[node.feature as usize] > node.threshold);
                parts[node.feature as usize] += f64::from(values[next]) - f64::from(values[at]);
                at = next;
            }
        }
        (start, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{"format":2,"features":["a","b"],"bias":0.0,"roots":[0],"feature":[1,0,0],"threshold":[0.5,0,0],
        "left":[1,1,2],"right":[2,1,2],"value":[0,-4,4],"tables":{"names":{"hashes":[],"scores":[]},"words":{"hashes":[3],"scores":[1]}}}"#;

    #[test]
    fn rows_walk_the_trees() {
        let model = Model::parse(SMALL).expect("a model");
        let rows = [[9.0, 0.5], [0.0, 0.6]];
        let found = model.probabilities(2, |at, row| row.copy_from_slice(&rows[at]));
        assert!(found[0] < 0.1 && found[1] > 0.9);
        assert_eq!(model.parts(&rows[1]), (0.0, vec![0.0, 4.0]));
        assert_eq!((model.tables.words.get(3), model.tables.words.get(4)), (Some(1.0), None));
    }

    #[test]
    fn broken_files_are_refused() {
        assert!(Model::parse(&SMALL.replace("\"format\":2", "\"format\":7")).is_err());
        assert!(Model::parse(&SMALL.replace("\"right\":[2,", "\"right\":[9,")).is_err());
    }
}
