//! Learned weights: small boosted trees and two tables of scored words, read from `rules/model/*.json`.
//!
//! In: rows of features. Out: for each row the probability that its block belongs to the article. Trees are kept flat, a leaf pointing
//! to itself, so that rows walk them side by side without branches. Sums run in a fixed order: the same figures on every machine.

use serde::Deserialize;

/// The layout that this program reads; a file of another is refused.
pub const FORMAT: u32 = 1;
/// Rows that walk a tree side by side.
const LANES: usize = 8;

/// Words, by hash, and what each says for (above 0) or against the article.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub struct WordScores {
    /// Hashes in ascending order.
    pub hashes: Vec<u32>,
    /// The scores, one for each hash.
    pub scores: Vec<f32>,
}

impl WordScores {
    /// The score of a word, if it is known.
    pub fn get(&self, hash: u32) -> Option<f32> {
        self.hashes.binary_search(&hash).ok().map(|at| self.scores[at])
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

/// A model file as it stands on disk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    format: u32,
    features: Vec<String>,
    bias: f64,
    /// Depth of the deepest tree.
    depth: u32,
    /// Nodes and leaves of all trees; the first of each tree stands in `roots`.
    roots: Vec<u32>,
    feature: Vec<u16>,
    threshold: Vec<f32>,
    left: Vec<u32>,
    right: Vec<u32>,
    value: Vec<f64>,
    tables: Tables,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    threshold: f32,
    feature: u32,
    /// Where a row goes whose feature is at most the threshold, and where others go; a leaf leads to itself.
    next: [u32; 2],
}

/// Trees ready to walk.
#[derive(Clone, Debug)]
pub struct Model {
    /// Names of the features, in the order of a row.
    pub features: Vec<String>,
    /// Scored words.
    pub tables: Tables,
    bias: f64,
    depth: u32,
    roots: Vec<u32>,
    nodes: Vec<Node>,
    values: Vec<f64>,
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
        let inside = file.left.iter().chain(&file.right).chain(&file.roots).all(|&at| (at as usize) < count);
        let known = file.feature.iter().all(|&feature| (feature as usize) < file.features.len());
        let tables = [&file.tables.names, &file.tables.words].iter().all(|table| table.hashes.len() == table.scores.len() && table.hashes.is_sorted());
        if !(even && inside && known && tables) {
            return Err("its lists do not fit together; train the model again".into());
        }
        let nodes = (0..count).map(|at| Node { threshold: file.threshold[at], feature: file.feature[at].into(), next: [file.left[at], file.right[at]] });
        Ok(Model {
            nodes: nodes.collect(),
            features: file.features,
            tables: file.tables,
            bias: file.bias,
            depth: file.depth,
            roots: file.roots,
            values: file.value,
        })
    }

    /// The probability of each row of `rows`, which hold one value for each feature.
    pub fn probabilities(&self, rows: &[f32]) -> Vec<f32> {
        let width = self.features.len().max(1);
        let mut out = Vec::with_capacity(rows.len() / width);
        for group in rows.chunks(width * LANES) {
            let count = group.len() / width;
            let mut sums = [self.bias; LANES];
            for &root in &self.roots {
                let mut at = [root; LANES];
                for _ in 0..self.depth {
                    for (lane, place) in at.iter_mut().enumerate().take(count) {
                        let node = &self.nodes[*place as usize];
                        let above = group[lane * width + node.feature as usize] > node.threshold;
                        *place = node.next[usize::from(above)];
                    }
                }
                for (sum, place) in sums.iter_mut().zip(at) {
                    *sum += self.values[place as usize];
                }
            }
            out.extend(sums[..count].iter().map(|sum| (1.0 / (1.0 + (-sum).exp())) as f32));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{"format":1,"features":["a","b"],"bias":0.0,"depth":1,"roots":[0],"feature":[1,0,0],"threshold":[0.5,0,0],
        "left":[1,1,2],"right":[2,1,2],"value":[0,-4,4],"tables":{"names":{"hashes":[],"scores":[]},"words":{"hashes":[3],"scores":[1]}}}"#;

    #[test]
    fn rows_walk_the_trees() {
        let model = Model::parse(SMALL).expect("a model");
        let found = model.probabilities(&[9.0, 0.5, 0.0, 0.6]);
        assert!(found[0] < 0.1 && found[1] > 0.9);
        assert_eq!(model.tables.words.get(3), Some(1.0));
    }

    #[test]
    fn broken_files_are_refused() {
        assert!(Model::parse(&SMALL.replace("\"format\":1", "\"format\":7")).is_err());
        assert!(Model::parse(&SMALL.replace("\"right\":[2,", "\"right\":[9,")).is_err());
    }
}
