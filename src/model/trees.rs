//! Trees asked by feature instead of by tree: QuickScorer over several rows at a time (Lucchese et al., SIGIR 2015), leaves by the byte
//! (RapidScorer; Ye et al., KDD 2018).
//!
//! In: the nodes of small trees. Out: for a group of rows the sums of the leaves that they come to. Each tree has its leaves as bits of a
//! number, leftmost first. A row that is above a node's threshold cannot come to the leaves left of it: their bits go. The first bit that is
//! left is the row's leaf. What is asked is the same for all rows of the group: no branch depends on one of them, no memory is read at random.
//! Thresholds that all rows of the group are above close leaves for all of them at once, those that none is above close none; only those
//! between are compared row by row. Nodes of one threshold share the answer, and most take leaves of one byte only, so that a register holds
//! many rows.

use multiversion::multiversion;

use super::File;
use super::plant::{LEAVES, Planted, Question};

/// Rows that are asked side by side.
pub const LANES: usize = 64;
/// Bytes of a tree's leaves.
const BYTES: usize = LEAVES / 8;
/// Rows whose bytes stand in one number: row `4 * place + byte` has byte `byte`, the lowest first, of number `place`.
const PACKED: usize = 4;
/// Trees whose leaves are added up together.
const TOGETHER: usize = 4;

/// A byte of each row of a group.
type Lanes = [u32; LANES / PACKED];

/// What a question does to one byte of leaves.
#[derive(Clone, Copy, Debug)]
struct Closing {
    /// The byte of leaves that stay, for each row of a number.
    kept: u32,
    /// Number of the byte among those of all trees.
    byte: u16,
    /// Number of the threshold among those of the feature.
    threshold: u16,
}

/// The thresholds of one feature, in ascending order, and what they close.
#[derive(Clone, Debug, Default)]
struct Asked {
    feature: usize,
    thresholds: Vec<f32>,
    /// In the order of the thresholds.
    closings: Vec<Closing>,
    /// Where the closings of each threshold begin; one entry more than thresholds.
    starts: Vec<usize>,
}

/// Some trees, ready to be asked.
#[derive(Clone, Debug)]
pub(super) struct Trees {
    asked: Vec<Asked>,
    /// The values of each tree's leaves, from left to right; trees of nothing fill the last lot.
    leaves: Vec<[[f32; LEAVES]; TOGETHER]>,
}

/// Memory for the answers of one group, which goes from group to group.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// For each byte of each tree the leaves that the group may still come to, as in [`Closing`].
    common: Vec<u32>,
    /// ... and for each row of it.
    open: Vec<Lanes>,
    /// For each threshold of a feature all bits of the rows that are not above it.
    below: Vec<Lanes>,
    /// For each feature that is asked how many thresholds all rows are above, and how many some are.
    reached: Vec<(usize, usize)>,
}

impl Trees {
    /// Lays the trees out; `None` when a tree leads nowhere, in circles, or to more leaves than fit.
    pub(super) fn plant(file: &File, roots: &[u32]) -> Option<Trees> {
        let mut by_feature: Vec<Vec<Question>> = Vec::new();
        let mut leaves = vec![[[0.0; LEAVES]; TOGETHER]; roots.len().div_ceil(TOGETHER)];
        for ((tree, &root), values) in (0..).zip(roots).zip(leaves.as_flattened_mut()) {
            *values = Planted::new(tree, &mut by_feature).node(file, root)?;
        }
        let asked = by_feature.into_iter().enumerate().filter(|(_, questions)| !questions.is_empty());
        Some(Trees { asked: asked.map(|(feature, questions)| Asked::new(feature, questions)).collect::<Option<_>>()?, leaves })
    }

    /// What the trees add to the log-odds of each row of a group; a column holds one feature of all of them, never "not a number".
    pub(super) fn ask(&self, columns: &[[f32; LANES]], answers: &mut Answers) -> [f32; LANES] {
        let Answers { common, open, below, reached } = answers;
        common.clear();
        common.resize(BYTES * TOGETHER * self.leaves.len(), u32::MAX);
        reached.clear();
        for asked in &self.asked {
            let (above_all, above_some) = asked.reached(&columns[asked.feature]);
            for closing in &asked.closings[..asked.starts[above_all]] {
                common[usize::from(closing.byte)] &= closing.kept;
            }
            reached.push((above_all, above_some));
        }
        open.clear();
        open.extend(common.iter().map(|&leaves| [leaves; LANES / PACKED]));
        for (asked, &(from, to)) in self.asked.iter().zip(&*reached) {
            if from < to {
                below.resize(below.len().max(to), [0; LANES / PACKED]);
                compare(&columns[asked.feature], &asked.thresholds[from..to], &mut below[from..to]);
                close(&asked.closings[asked.starts[from]..asked.starts[to]], below, open);
            }
        }
        let mut sums = [[0.0; LANES / PACKED]; PACKED];
        for (open, leaves) in open.as_chunks().0.as_chunks().0.iter().zip(&self.leaves) {
            add_leaves(open, leaves, &mut sums);
        }
        std::array::from_fn(|lane| sums[lane % PACKED][lane / PACKED])
    }
}

// The loops over lanes are functions of their own: inside of a larger one the compiler takes the lanes one by one, at several times the cost. Each is
// compiled twice, for any processor and for one with registers twice as wide, and comes to the same figures.

/// The lowest and the highest value of a column, by halves: one by one each comparison would wait for the last.
#[multiversion(targets("x86_64+avx2+bmi1"))]
fn ends(column: &[f32; LANES]) -> (f32, f32) {
    let lower = |a: f32, b: f32| if b < a { b } else { a };
    let higher = |a: f32, b: f32| if b > a { b } else { a };
    let (mut lowest, mut highest) = (*column, *column);
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lowest[lane] = lower(lowest[lane], lowest[lane + half]);
            highest[lane] = higher(highest[lane], highest[lane + half]);
        }
        half /= 2;
    }
    (lowest[0], highest[0])
}

/// Which rows are not above each threshold; by sixteen, as the answers of so many fill a register.
#[multiversion(targets("x86_64+avx2+bmi1"))]
fn compare(column: &[f32; LANES], thresholds: &[f32], below: &mut [Lanes]) {
    const ROWS: usize = 16;
    for (below, &threshold) in below.iter_mut().zip(thresholds) {
        let below = below.as_chunks_mut::<{ ROWS / PACKED }>().0;
        for (values, below) in column.as_chunks::<ROWS>().0.iter().zip(below) {
            let rows = values.map(|value| u8::from(value > threshold).wrapping_sub(1));
            for (below, &rows) in below.iter_mut().zip(rows.as_chunks().0) {
                *below = u32::from_le_bytes(rows);
            }
        }
    }
}

/// Closes leaves to the rows that are above the thresholds.
#[multiversion(targets("x86_64+avx2+bmi1"))]
fn close(closings: &[Closing], below: &[Lanes], open: &mut [Lanes]) {
    for closing in closings {
        let (open, below) = (&mut open[usize::from(closing.byte)], &below[usize::from(closing.threshold)]);
        for (open, &below) in open.iter_mut().zip(below) {
            *open &= closing.kept | below;
        }
    }
}

/// Adds the values of each row's first open leaves.
#[multiversion(targets("x86_64+avx2+bmi1"))]
fn add_leaves(open: &[[Lanes; BYTES]; TOGETHER], leaves: &[[f32; LEAVES]; TOGETHER], sums: &mut [[f32; LANES / PACKED]; PACKED]) {
    /// The last leaf is open where no other is, so its bit changes nothing; but the compiler need not ask what to do without one.
    const LAST: u32 = 1 << (LEAVES - 1);
    // Not by `map`, which the compiler leaves to a function for any processor.
    let mut rows = [[[0; LANES / PACKED]; PACKED]; TOGETHER];
    for (rows, open) in rows.iter_mut().zip(open) {
        *rows = by_row(open);
    }
    for byte in 0..PACKED {
        for place in 0..LANES / PACKED {
            let mut sum = sums[byte][place];
            for (rows, leaves) in rows.iter().zip(leaves) {
                sum += leaves[(rows[byte][place] | LAST).trailing_zeros() as usize];
            }
            sums[byte][place] = sum;
        }
    }
}

/// The leaves of one tree that are open, by row, first those of the rows that stand in the lowest byte.
#[inline(always)]
fn by_row([a, b, c, d]: &[Lanes; BYTES]) -> [Lanes; PACKED] {
    const EVEN: u32 = 0x00ff_00ff;
    const LOW: u32 = 0xffff;
    let mut rows = [[0; LANES / PACKED]; PACKED];
    for place in 0..LANES / PACKED {
        let [a, b, c, d] = [a[place], b[place], c[place], d[place]];
        let (even, odd) = (a & EVEN | (b & EVEN) << 8, a >> 8 & EVEN | b & !EVEN);
        let (even_high, odd_high) = (c & EVEN | (d & EVEN) << 8, c >> 8 & EVEN | d & !EVEN);
        rows[0][place] = even & LOW | even_high << 16;
        rows[1][place] = odd & LOW | odd_high << 16;
        rows[2][place] = even >> 16 | even_high & !LOW;
        rows[3][place] = odd >> 16 | odd_high & !LOW;
    }
    rows
}

impl Asked {
    /// Files questions by threshold; `None` when there are more than numbers for them.
    fn new(feature: usize, mut questions: Vec<Question>) -> Option<Self> {
        questions.sort_by(|a, b| a.threshold.total_cmp(&b.threshold).then(a.tree.cmp(&b.tree)));
        let mut asked = Asked { feature, starts: vec![0], ..Asked::default() };
        for same in questions.chunk_by(|a, b| a.threshold == b.threshold) {
            let threshold = u16::try_from(asked.thresholds.len()).ok()?;
            asked.thresholds.push(same[0].threshold);
            for question in same {
                for (place, kept) in question.kept.to_le_bytes().into_iter().enumerate().filter(|(_, kept)| *kept != u8::MAX) {
                    let byte = u16::try_from(BYTES * question.tree as usize + place).ok()?;
                    asked.closings.push(Closing { threshold, byte, kept: u32::from_le_bytes([kept; PACKED]) });
                }
            }
            asked.starts.push(asked.closings.len());
        }
        Some(asked)
    }

    /// How many thresholds all rows are above, and how many some are.
    fn reached(&self, column: &[f32; LANES]) -> (usize, usize) {
        let (lowest, highest) = ends(column);
        let below = |value: f32| self.thresholds.partition_point(|&threshold| value > threshold);
        (below(lowest), below(highest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plant::tests::file;

    #[test]
    fn rows_come_to_their_leaves() {
        let trees = Trees::plant(&file(), &[0, 0]).expect("trees");
        let lanes = |rows: [f32; 8]| -> [f32; LANES] { std::array::from_fn(|lane| rows[lane % rows.len()]) };
        let columns = [lanes([0.0, 0.0, 1.0, 1.1, 9.0, 0.0, 0.0, 0.0]), lanes([2.0, 2.5, 9.0, 0.0, 9.0, 0.0, 3.0, 0.0])];
        assert_eq!(trees.ask(&columns, &mut Answers::default()), lanes([2.0, 4.0, 4.0, 8.0, 8.0, 2.0, 4.0, 2.0]));
    }

    #[test]
    fn asking_comes_to_what_walking_comes_to() {
        let mut state = 7_u64;
        let mut drawn = |most: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % most
        };
        // Trees of 32 leaves: each split parts one of the leaves there are.
        let mut file = File { roots: Vec::new(), feature: vec![], threshold: vec![], left: vec![], right: vec![], value: vec![], ..file() };
        let leaf = |file: &mut File, value: u64| {
            let at = file.left.len() as u32;
            file.left.push(at);
            file.right.push(at);
            file.feature.push(0);
            file.threshold.push(0.0);
            file.value.push(value as f32);
            at
        };
        for _ in 0..6 {
            let root = leaf(&mut file, 1);
            let mut leaves = vec![root];
            while leaves.len() < LEAVES {
                let at = leaves.swap_remove(drawn(leaves.len() as u64) as usize);
                let [left, right] = [(); 2].map(|()| leaf(&mut file, drawn(1000)));
                (file.feature[at as usize], file.threshold[at as usize]) = (drawn(3) as u16, drawn(20) as f32);
                (file.left[at as usize], file.right[at as usize]) = (left, right);
                leaves.extend([left, right]);
            }
            file.roots.push(root);
        }
        let trees = Trees::plant(&file, &file.roots).expect("trees");
        for (lowest, span) in [(0, 1), (0, 20), (5, 4), (18, 9)] {
            let columns = [(); 3].map(|()| std::array::from_fn::<f32, LANES, _>(|_| (lowest + drawn(span)) as f32));
            let found = trees.ask(&columns, &mut Answers::default());
            for lane in 0..LANES {
                let row = [columns[0][lane], columns[1][lane], columns[2][lane]];
                let walked = file.roots.iter().map(|&root| {
                    let last = std::iter::successors(Some(root), |&at| file.next(at, &row)).last();
                    last.map_or(0.0, |at| file.value[at as usize])
                });
                assert_eq!(found[lane], walked.sum::<f32>());
            }
        }
    }
}
