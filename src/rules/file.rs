//! Rule files as people write them: TOML tables, read strictly, every mistake with its place.
//!
//! In: the text of one file. Out: [`RuleFile`], or [`RuleError`]s that say file, line, column, what was seen and what is allowed.
//! One flat struct a table, no flatten and no tags, because only so does the TOML reader keep the place of every key.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

/// A mistake in a rule file or its settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct RuleError {
    /// The file, as the user named it; built-in files begin with `rules/`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What was seen, what is allowed, what to do.
    pub message: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// Every mistake of every file, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct RuleErrors(pub Vec<RuleError>);

impl fmt::Display for RuleErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

/// A file's name and text, to turn byte offsets into places.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The file, as the user named it.
    pub name: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

impl SourceFile {
    /// Line and column (from 1) of a byte offset.
    pub fn place(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(offset)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
        (line, column)
    }

    /// An error at a byte offset.
    pub fn error(&self, offset: usize, message: impl Into<String>) -> RuleError {
        let (line, column) = self.place(offset);
        RuleError { file: self.name.to_string(), line, column, message: message.into() }
    }

    /// Reads the text as TOML of the given shape.
    pub fn parse<T: for<'de> Deserialize<'de>>(&self) -> Result<T, RuleError> {
        toml::from_str(&self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.error(at, with_nearest(error.message()))
        })
    }
}

/// Adds the nearest allowed name to the TOML reader's "unknown field" message.
fn with_nearest(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (Some(seen), true) = (quoted.next(), message.starts_with("unknown ")) else { return message.to_owned() };
    let near = nearest(seen, quoted).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    format!("{message}{near}")
}

/// The known name most like `seen`, if any is alike enough.
pub fn nearest<'a>(seen: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known.map(|name| (strsim::jaro_winkler(seen, name), name)).filter(|&(likeness, _)| likeness > 0.75).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// One rule file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleFile {
    /// Rules of earlier files to turn off.
    #[serde(default)]
    pub disable: Vec<Spanned<String>>,
    /// Named word lists that detectors use.
    #[serde(default)]
    pub words: BTreeMap<String, Vec<String>>,
    /// The rules.
    #[serde(default)]
    pub rule: Vec<Spanned<RuleTable>>,
}

/// One `[[rule]]` table; docs/rules.md explains each key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct RuleTable {
    pub id: Spanned<String>,
    pub class: Spanned<String>,
    pub why: String,
    #[serde(default)]
    pub action: ActionWord,
    #[serde(default)]
    pub scope: Scope,
    #[serde(default)]
    pub block: Vec<Spanned<String>>,
    #[serde(default)]
    pub starts: Vec<Spanned<String>>,
    #[serde(default)]
    pub ends: Vec<Spanned<String>>,
    #[serde(default)]
    pub contains: Vec<Spanned<String>>,
    #[serde(default)]
    pub regex: Vec<Spanned<String>>,
    #[serde(default)]
    pub selector: Vec<Spanned<String>>,
    pub max_words: Option<u32>,
    pub min_words: Option<u32>,
    pub max_share: Option<f64>,
    pub near: Option<Near>,
    #[serde(default)]
    pub langs: Vec<String>,
    #[serde(default)]
    pub hosts: Vec<String>,
    #[serde(default)]
    pub after: Vec<Spanned<String>>,
    pub until: Option<Spanned<Extent>>,
    pub back: Option<Spanned<Extent>>,
    pub extend: Option<Extend>,
    #[serde(default)]
    pub unless: Vec<Spanned<String>>,
    #[serde(default)]
    pub drops: Vec<Spanned<String>>,
    #[serde(default)]
    pub keeps: Vec<Spanned<String>>,
}

/// `action`
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum ActionWord {
    /// Remove the match.
    #[default]
    Drop,
    /// Protect the match.
    Keep,
    /// Mark the document.
    Flag,
}

/// `scope`
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The block that matched.
    #[default]
    Block,
    /// Only the match.
    Span,
    /// The block and what follows.
    Section,
    /// Everything.
    Document,
}

/// `near`
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Near {
    /// Among the first blocks.
    Start,
    /// Among the last blocks.
    End,
}

/// `extend`
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Extend {
    /// Back to the block's start.
    Start,
    /// On to the block's end.
    End,
    /// Every sentence it touches.
    Sentence,
}

/// `until` and `back`: a word or a number of blocks.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Extent {
    /// So many blocks.
    Blocks(u32),
    /// `blank`, `body`, `end`; `list`, `rows`.
    Word(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_named_with_its_place() {
        let text = "[[rule]]\nid = \"x-a\"\nclass = \"share\"\nwhy = \"w\"\nstrats = [\"a\"]\n";
        let file = SourceFile { name: "mine.toml".into(), text: text.into() };
        let error = file.parse::<RuleFile>().expect_err("unknown key").to_string();
        assert!(error.starts_with("mine.toml:5:1: unknown field `strats`"), "{error}");
        assert!(error.ends_with("did you mean `starts`?"), "{error}");
    }
}
