//! Trees asked by feature instead of by tree: QuickScorer (Lucchese et al., SIGIR 2015) over several rows at a time.
//!
//! In: the nodes of small trees. Out: for a group of rows the sums of the leaves that they come to. Each tree has its leaves as bits of a
//! number, leftmost first. A row that is above a node's threshold cannot come to the leaves left of it: their bits go. The first bit that is
//! left is the row's leaf. All nodes of a feature stand in a row by threshold, so the group leaves them at the first that none of its rows
//! is above; and what is asked is the same for all rows of the group: no branch depends on one of them, no memory is read at random.

use super::File;

/// Rows that are asked side by side.
pub const LANES: usize = 16;
/// Leaves of a tree at most.
const LEAVES: usize = 32;

/// A node: rows above the threshold leave the leaves that are not `kept`.
#[derive(Clone, Copy, Debug)]
struct Question {
    threshold: f32,
    tree: u32,
    kept: u32,
}

/// The nodes that ask for one feature, by threshold.
#[derive(Clone, Debug)]
struct Asked {
    feature: usize,
    questions: Vec<Question>,
}

/// Some trees, ready to be asked.
#[derive(Clone, Debug)]
pub(super) struct Trees {
    asked: Vec<Asked>,
    /// The values of each tree's leaves, from left to right.
    leaves: Vec<[f32; LEAVES]>,
}

impl Trees {
    /// Lays the trees out; `None` when a tree leads nowhere, in circles, or to more leaves than fit.
    pub(super) fn plant(file: &File, roots: &[u32]) -> Option<Trees> {
        let mut by_feature: Vec<Vec<Question>> = Vec::new();
        let mut leaves = Vec::with_capacity(roots.len());
        for (tree, &root) in (0..).zip(roots) {
            let mut planted = Planted { tree, values: [0.0; LEAVES], count: 0, by_feature: &mut by_feature };
            planted.node(file, root)?;
            leaves.push(planted.values);
        }
        for questions in &mut by_feature {
            questions.sort_by(|a, b| a.threshold.total_cmp(&b.threshold).then(a.tree.cmp(&b.tree)));
        }
        let asked = by_feature.into_iter().enumerate().map(|(feature, questions)| Asked { feature, questions });
        Some(Trees { asked: asked.filter(|asked| !asked.questions.is_empty()).collect(), leaves })
    }

    /// What the trees add to the log-odds of each row of a group; a column holds one feature of all of them. `open` is memory for the leaves
    /// that rows may still come to, as bits. Never inlined: inside of a larger function the compiler takes the lanes one by one, at four times the cost.
    #[inline(never)]
    pub(super) fn ask(&self, columns: &[[f32; LANES]], open: &mut Vec<[u32; LANES]>) -> [f32; LANES] {
        open.clear();
        open.resize(self.leaves.len(), [u32::MAX; LANES]);
        for asked in &self.asked {
            let column = &columns[asked.feature];
            let highest = highest(column);
            for question in &asked.questions {
                if question.threshold >= highest {
                    break;
                }
                question.narrow(column, &mut open[question.tree as usize]);
            }
        }
        let mut sums = [0.0; LANES];
        for (open, leaves) in open.iter().zip(&self.leaves) {
            for lane in 0..LANES {
                sums[lane] += leaves[open[lane].trailing_zeros() as usize % LEAVES];
            }
        }
        sums
    }
}

/// The highest value of a column.
#[inline]
fn highest(column: &[f32; LANES]) -> f32 {
    let mut highest = column[0];
    for &value in &column[1..] {
        highest = if value > highest { value } else { highest };
    }
    highest
}

impl Question {
    /// Closes leaves to the rows that are above the threshold.
    #[inline]
    fn narrow(&self, column: &[f32; LANES], open: &mut [u32; LANES]) {
        let mut left = *open;
        for lane in 0..LANES {
            let stays = u32::from(column[lane] > self.threshold).wrapping_sub(1);
            left[lane] &= self.kept | stays;
        }
        *open = left;
    }
}

/// A tree while it is laid out.
struct Planted<'a> {
    tree: u32,
    values: [f32; LEAVES],
    count: usize,
    by_feature: &'a mut Vec<Vec<Question>>,
}

impl Planted<'_> {
    /// Lays out what hangs from a node; a tree in circles ends when it has too many leaves or goes too deep.
    fn node(&mut self, file: &File, root: u32) -> Option<()> {
        /// A node, or the question that is settled once all leaves left of it are numbered.
        enum Step {
            Node(u32, usize),
            Question(u32, usize),
        }
        let mut steps = vec![Step::Node(root, 0)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Node(node, depth) => {
                    let at = node as usize;
                    let (left, right) = (*file.left.get(at)?, *file.right.get(at)?);
                    if left == node && right == node {
                        *self.values.get_mut(self.count)? = file.value[at];
                        self.count += 1;
                    } else if depth < LEAVES {
                        steps.extend([Step::Node(right, depth + 1), Step::Question(node, self.count), Step::Node(left, depth + 1)]);
                    } else {
                        return None;
                    }
                }
                Step::Question(node, first) => {
                    let at = node as usize;
                    let feature = file.feature[at] as usize;
                    self.by_feature.resize_with(self.by_feature.len().max(feature + 1), Vec::new);
                    let gone = (((1_u64 << self.count) - 1) & !((1_u64 << first) - 1)) as u32;
                    self.by_feature[feature].push(Question { threshold: file.threshold[at], tree: self.tree, kept: !gone });
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Tables;

    /// Two questions: is `a` above 1, and of those below or at it, is `b` above 2?
    fn file() -> File {
        File {
            format: 3,
            features: vec!["a".into(), "b".into()],
            bias: 0.0,
            roots: vec![0],
            feature: vec![0, 1, 0, 0, 0],
            threshold: vec![1.0, 2.0, 0.0, 0.0, 0.0],
            left: vec![1, 2, 2, 3, 4],
            right: vec![4, 3, 2, 3, 4],
            value: vec![0.0, 0.0, 1.0, 2.0, 4.0],
            tables: Tables::default(),
        }
    }

    #[test]
    fn rows_come_to_their_leaves() {
        let trees = Trees::plant(&file(), &[0, 0]).expect("trees");
        let lanes = |rows: [f32; 8]| -> [f32; LANES] { std::array::from_fn(|lane| rows[lane % rows.len()]) };
        let columns = [lanes([0.0, 0.0, 1.0, 1.1, 9.0, 0.0, 0.0, 0.0]), lanes([2.0, 2.5, 9.0, 0.0, 9.0, 0.0, 3.0, 0.0])];
        assert_eq!(trees.ask(&columns, &mut Vec::new()), lanes([2.0, 4.0, 4.0, 8.0, 8.0, 2.0, 4.0, 2.0]));
    }

    #[test]
    fn trees_in_circles_are_refused() {
        let circle = File { left: vec![1, 0, 2, 3, 4], ..file() };
        assert!(Trees::plant(&circle, &[0]).is_none());
    }
}
