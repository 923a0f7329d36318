//! The texts that rules and settings are read from, and what is said of mistakes in them.
//!
//! In: a file's name and text. Out: what it holds, or a [`RuleError`] with file, line and column, and the nearest name that would be allowed.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

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
    /// It came with naqi.
    pub shipped: bool,
}

impl SourceFile {
    /// A file by its name and text, which all its rules share.
    pub fn new(name: &str, text: &str) -> Self {
        SourceFile { name: Arc::from(name), text: Arc::from(text), shipped: false }
    }

    /// A file that came with naqi.
    pub fn shipped(name: &str, text: &str) -> Self {
        SourceFile { shipped: true, ..SourceFile::new(name, text) }
    }

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
