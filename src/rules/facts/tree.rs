//! A regular expression as a tree that can be stored, so that walking along it (`walk`) needs no parsing.
//!
//! In: an expression. Out: its parts, characters as characters. The syntax trees of `regex-syntax` cannot be written to a file, and parsing one costs a
//! third of making an automaton.

use std::str;

use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Serialize};

/// An expression, or a part of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Tree {
    /// These characters.
    Text(String),
    /// One character from one of these ranges, ends included, in order.
    Class(Vec<(char, char)>),
    /// A place: [`Look::as_repr`](regex_syntax::hir::Look::as_repr).
    Look(u32),
    /// Something so often, at least and at most.
    Repeat(Box<Tree>, u32, Option<u32>),
    /// One behind the other.
    Row(Vec<Tree>),
    /// One of these.
    Either(Vec<Tree>),
}

impl Tree {
    /// The tree of an expression; none of one that asks for bytes which are no characters.
    pub fn of(hir: &Hir) -> Option<Tree> {
        let all = |parts: &[Hir]| parts.iter().map(Tree::of).collect::<Option<Vec<_>>>();
        Some(match hir.kind() {
            HirKind::Empty => Tree::Row(Vec::new()),
            HirKind::Literal(literal) => Tree::Text(str::from_utf8(&literal.0).ok()?.to_owned()),
            HirKind::Class(Class::Unicode(class)) => Tree::Class(class.ranges().iter().map(|range| (range.start(), range.end())).collect()),
            HirKind::Class(Class::Bytes(class)) if class.is_ascii() => {
                Tree::Class(class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect())
            }
            HirKind::Class(Class::Bytes(_)) => return None,
            HirKind::Look(look) => Tree::Look(look.as_repr()),
            HirKind::Repetition(repetition) => Tree::Repeat(Box::new(Tree::of(&repetition.sub)?), repetition.min, repetition.max),
            HirKind::Capture(capture) => Tree::of(&capture.sub)?,
            HirKind::Concat(parts) => Tree::Row(all(parts)?),
            HirKind::Alternation(branches) => Tree::Either(all(branches)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_keep_their_parts() {
        let tree = |text: &str| Tree::of(&regex_syntax::parse(text).expect("parses"));
        let digits = Tree::Repeat(Box::new(Tree::Class(vec![('0', '9')])), 1, Some(3));
        assert_eq!(tree("^é([0-9]{1,3})"), Some(Tree::Row(vec![Tree::Look(1), Tree::Text("é".into()), digits])));
        assert_eq!(tree(""), Some(Tree::Row(Vec::new())));
        assert_eq!(
            tree("ab|(?-u:[x-z]{2})"),
            Some(Tree::Either(vec![Tree::Text("ab".into()), Tree::Repeat(Box::new(Tree::Class(vec![('x', 'z')])), 2, Some(2))]))
        );
    }
}
