//! The nouns of judging: [`Signal`] (evidence), [`Verdict`] (what becomes of a span) and [`Reason`] (who says so).

use crate::document::Span;

/// What a rule or detector asks for, and what a verdict gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The span stays, whatever others say.
    Keep,
    /// The span goes.
    Drop,
    /// The span stays and the document is marked.
    Flag,
}

/// Who gives evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A rule, by its index in the rule set.
    Rule(u32),
    /// A detector, by its name.
    Detector(&'static str),
}

/// Why a span goes or stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reason {
    /// Who says so.
    pub source: Source,
    /// The noise class, one of [`CLASSES`].
    pub class: &'static str,
}

/// One detector's evidence about a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signal {
    /// The bytes it speaks of.
    pub span: Span,
    /// What it asks for.
    pub action: Action,
    /// Who says so, and which kind of noise it is.
    pub reason: Reason,
    /// How sure, 0 to 1; rules say 1.
    pub score: f32,
}

/// What becomes of a span. The verdicts of a document tile its text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The bytes it covers.
    pub span: Span,
    /// `Drop` or `Keep`.
    pub action: Action,
    /// For what goes: why. For what stays: the rule that protects it, if any.
    pub reason: Option<Reason>,
    /// How sure, 0 to 1.
    pub score: f32,
}

/// The noise classes a rule or detector may name.
pub const CLASSES: &[&str] = &[
    "read-also",
    "teaser",
    "most-read",
    "video-player",
    "audio-player",
    "gallery",
    "ai-summary",
    "translation",
    "read-on-site",
    "paywall",
    "copyright",
    "agency",
    "republish",
    "disclaimer",
    "newsletter",
    "app-prompt",
    "follow",
    "share",
    "comment-form",
    "comments",
    "consent",
    "ad",
    "ad-code",
    "tags",
    "views",
    "reading-time",
    "date-row",
    "byline",
    "credit",
    "caption",
    "live-blog",
    "pagination",
    "breadcrumb",
    "navigation",
    "login",
    "contact",
    "end-mark",
    "embed",
    "site-name",
    "error-page",
    "print",
    "search",
    "footer",
    "correction",
    "metadata",
    "separator",
    "invisible",
    "title",
    "repeat",
    "template",
    "model",
];

/// The shared name of a class, if it is one.
pub fn class(name: &str) -> Option<&'static str> {
    CLASSES.iter().copied().find(|&known| known == name)
}
