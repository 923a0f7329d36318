//! Which limits of the settings a record reached, so that they can be counted and told.

/// A limit of `[limits]` in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Limit {
    /// Elements nested too deep were left out; their text stands.
    HtmlDepth,
    /// There were too many nodes: the text of the rest stands without elements.
    HtmlNodes,
    /// A tag lost attributes.
    HtmlAttributes,
    /// An attribute lost its value.
    HtmlAttributeBytes,
    /// There were too many blocks: the record is not judged.
    Blocks,
}

/// Every limit with its name.
const ALL: [(Limit, &str); 5] = [
    (Limit::HtmlDepth, "limit-html-depth"),
    (Limit::HtmlNodes, "limit-html-nodes"),
    (Limit::HtmlAttributes, "limit-html-attributes"),
    (Limit::HtmlAttributeBytes, "limit-html-attribute-bytes"),
    (Limit::Blocks, "limit-blocks"),
];

/// A set of limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitSet(u8);

impl From<Limit> for LimitSet {
    fn from(limit: Limit) -> Self {
        LimitSet(1 << limit as u8)
    }
}

impl LimitSet {
    /// This set and another.
    #[must_use]
    pub fn with(self, other: LimitSet) -> Self {
        LimitSet(self.0 | other.0)
    }

    /// Is this limit among them?
    pub fn has(self, limit: Limit) -> bool {
        self.0 & (1 << limit as u8) != 0
    }

    /// Names of the limits, as outputs spell them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        ALL.into_iter().filter(move |&(limit, _)| self.has(limit)).map(|(_, name)| name)
    }

    /// Names of those that may have changed which text stands where, and so flag the record. A long attribute value, such as a picture
    /// within the page, is no text.
    pub fn flags(self) -> impl Iterator<Item = &'static str> {
        ALL.into_iter().filter(move |&(limit, _)| self.has(limit) && limit != Limit::HtmlAttributeBytes).map(|(_, name)| name)
    }
}
