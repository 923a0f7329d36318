//! Rules ready to match: the nouns that compiling makes and matching reads.
//!
//! Words are hashes here and extents are numbers.

use super::file::{Extend, Mark, Near, Scope};
use super::pattern::Pattern;
use super::selector::PageSelector;
use super::source::SourceFile;
use crate::text::token::{Kind, Token};
use crate::verdict::Action;

/// Where in a block a phrase must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is the whole block.
    Whole,
    /// At the start.
    Start,
    /// At the end.
    End,
    /// Anywhere.
    Anywhere,
}

/// One word of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// This word.
    Word(u64),
    /// `{n}`
    AnyNumber,
    /// `{w}`
    AnyWord,
}

impl Slot {
    /// Does the word fill the slot?
    #[inline]
    pub fn takes(self, token: Token) -> bool {
        match self {
            Slot::Word(hash) => token.hash == hash,
            Slot::AnyNumber => token.kind() == Kind::Number,
            Slot::AnyWord => true,
        }
    }
}

/// A sequence of words to find.
#[derive(Clone, Debug)]
pub struct Phrase {
    /// Where it must stand.
    pub place: Place,
    /// Its words.
    pub slots: Vec<Slot>,
    /// Its text as written, for explanations.
    pub text: String,
}

/// How far a section reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The next blank line.
    Blank,
    /// The next body paragraph.
    Body,
    /// The document's end.
    End,
    /// So many blocks more.
    Blocks(u32),
}

/// What a section takes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// The list items right before.
    List,
    /// The short rows without a full stop right before.
    Rows,
    /// So many blocks.
    Blocks(u32),
}

/// A rule ready to match.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Rule {
    pub id: String,
    pub class: &'static str,
    pub why: String,
    pub action: Action,
    pub scope: Scope,
    pub phrases: Vec<Phrase>,
    pub patterns: Vec<Pattern>,
    pub selectors: Vec<PageSelector>,
    pub marks: Option<Mark>,
    pub attribute: Option<String>,
    pub prune: bool,
    pub max_words: Option<u32>,
    pub min_words: Option<u32>,
    pub max_share: Option<f64>,
    pub near: Option<Near>,
    pub langs: Vec<String>,
    pub hosts: Vec<String>,
    pub after: Vec<String>,
    pub until: Until,
    pub back: Option<Back>,
    pub extend: Option<Extend>,
    pub unless: Vec<Vec<Slot>>,
    pub unless_sentence: bool,
    pub unless_stop: bool,
    pub unless_listing: bool,
    pub drops: Vec<Example>,
    pub keeps: Vec<Example>,
    /// The file it was read from, and the byte offset of its table.
    pub file: SourceFile,
    pub offset: usize,
}

/// An example text and where it stands in its file.
#[derive(Clone, Debug)]
pub struct Example {
    /// The text.
    pub text: String,
    /// Byte offset in the rule file.
    pub offset: usize,
}

impl Rule {
    /// May a match speak of more than the bytes it covers, or cut into what others take? Not so a rule that drops a line for what is in it.
    pub fn reaches(&self) -> bool {
        self.action == Action::Keep || self.extend.is_some() || self.scope == Scope::Span
    }

    /// `file:line` of its table.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file.name, self.file.place(self.offset).0)
    }

    /// May the rule speak in a document of this language and host? Unknown counts as yes for languages, no for hosts.
    pub fn covers(&self, lang: Option<&str>, host: Option<&str>) -> bool {
        let lang_fits = self.langs.is_empty() || lang.is_none_or(|lang| self.langs.iter().any(|known| same_lang(known, lang)));
        let host_fits = self.hosts.is_empty() || host.is_some_and(|host| self.hosts.iter().any(|known| same_host(known, host)));
        lang_fits && host_fits
    }
}

fn same_lang(known: &str, lang: &str) -> bool {
    let head = lang.split(['-', '_']).next().unwrap_or(lang);
    known.eq_ignore_ascii_case(head) || known.eq_ignore_ascii_case(lang)
}

fn same_host(known: &str, host: &str) -> bool {
    match known.strip_prefix('.') {
        Some(parent) => host == parent || host.ends_with(known),
        None => host == known || host.strip_prefix("www.") == Some(known),
    }
}
