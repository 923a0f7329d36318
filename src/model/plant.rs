//! Lays a tree out as questions that close leaves.
//!
//! In: the nodes of a tree as the file has them. Out: the values of its leaves from left to right, and for each node the leaves that a row above
//! its threshold cannot come to. A file may hold anything, so what is no small tree is refused here.

use super::File;

/// Leaves of a tree at most.
pub(super) const LEAVES: usize = 32;

/// A node: rows above the threshold leave the leaves that are not `kept`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) threshold: f32,
    pub(super) tree: u32,
    /// Leaves as bits, leftmost first.
    pub(super) kept: u32,
}

/// A tree while it is laid out.
pub(super) struct Planted<'a> {
    tree: u32,
    values: [f32; LEAVES],
    count: usize,
    by_feature: &'a mut Vec<Vec<Question>>,
}

impl<'a> Planted<'a> {
    /// Nothing yet of the tree of this number; its questions go to those of all trees, by feature.
    pub(super) fn new(tree: u32, by_feature: &'a mut Vec<Vec<Question>>) -> Self {
        Planted { tree, values: [0.0; LEAVES], count: 0, by_feature }
    }

    /// Lays out what hangs from a node and returns the values of the leaves; a tree in circles ends when it has too many leaves or goes too deep.
    pub(super) fn node(mut self, file: &File, root: u32) -> Option<[f32; LEAVES]> {
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
        Some(self.values)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::Tables;

    /// Two questions: is `a` above 1, and of those below or at it, is `b` above 2?
    pub(in crate::model) fn file() -> File {
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
    fn questions_close_what_stands_left_of_them() {
        let mut by_feature = Vec::new();
        let values = Planted::new(0, &mut by_feature).node(&file(), 0).expect("a tree");
        assert_eq!(values[..4], [1.0, 2.0, 4.0, 0.0]);
        let kept: Vec<u32> = by_feature.iter().map(|questions| !questions[0].kept).collect();
        assert_eq!(kept, [0b11, 0b1]);
    }

    #[test]
    fn trees_in_circles_are_refused() {
        let circle = File { left: vec![1, 0, 2, 3, 4], ..file() };
        assert!(Planted::new(0, &mut Vec::new()).node(&circle, 0).is_none());
    }
}
