//! An XPath expression as a tree: what [`xpath`](super::xpath) reads and [`css`](super::css) turns into selectors.

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Or(Vec<Expr>),
    And(Vec<Expr>),
    Compare(Box<Expr>, Op, Box<Expr>),
    Minus(Box<Expr>, Box<Expr>),
    Number(u32),
    Literal(String),
    Call(String, Vec<Expr>),
    Path(Path),
    Union(Vec<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

/// A location path.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub(super) start: Start,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Start {
    /// The document.
    Root,
    /// The element that a condition speaks of.
    Here,
    /// What an expression in parentheses finds, and conditions on that.
    Group(Box<Expr>, Vec<Expr>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    /// `//` stands before it.
    pub(super) deep: bool,
    pub(super) axis: Axis,
    pub(super) test: Test,
    pub(super) predicates: Vec<Expr>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Child,
    Descendant,
    Parent,
    Ancestor,
    Itself,
    FollowingSibling,
    PrecedingSibling,
    Attribute,
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Any,
    Name(String),
    Text,
    Node,
    Other(String),
}
