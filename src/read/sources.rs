//! Which files to read: arguments to a sorted list of sources.
//!
//! A folder is walked (links followed, loops refused) for the endings that naqi knows; a named file is read whatever its name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a source holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One text.
    Text,
    /// One web page.
    Html,
    /// A JSON record a line.
    JsonLines,
    /// A quarantined record a line, to be tried again.
    Quarantine,
}

impl Form {
    /// The word used in outputs.
    pub fn word(self) -> &'static str {
        match self {
            Form::Text => "text",
            Form::Html => "html",
            Form::JsonLines => "jsonl",
            Form::Quarantine => "quarantine",
        }
    }

    /// The form of a quarantined record.
    pub fn of_word(word: &str) -> Option<Form> {
        [Form::Text, Form::Html, Form::JsonLines].into_iter().find(|form| form.word() == word)
    }

    /// Does it hold a record a line?
    pub fn is_lines(self) -> bool {
        matches!(self, Form::JsonLines | Form::Quarantine)
    }
}

/// A file, or standard input, to read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path; `None` is standard input.
    pub path: Option<PathBuf>,
    /// Its name in provenance and its place in an output folder: the path below the input folder, `/` between parts.
    pub name: Arc<str>,
    /// What it holds.
    pub form: Form,
    /// Its size on disk in bytes, 0 where unknown.
    pub bytes: u64,
}

/// Inputs that cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The path is not there or not readable.
    #[error("input '{0}' cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// The folder has nothing to read.
    #[error(
        "folder '{0}' holds no readable input; naqi reads .txt, .html, .htm, .jsonl and .ndjson, each also with .gz, .zst, .xz or .bz2; name other files one by one, with --from"
    )]
    Empty(PathBuf),
    /// The folder cannot be walked.
    #[error("folder '{0}' cannot be walked: {1}")]
    Walk(PathBuf, String),
}

/// The form that a file's name says, endings of compression aside.
fn form_of(path: &Path) -> Option<Form> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let mut parts = name.rsplit('.');
    let mut ending = parts.next()?;
    if matches!(ending, "gz" | "zst" | "xz" | "bz2") {
        ending = parts.next()?;
    }
    parts.next()?;
    match ending {
        "txt" | "text" => Some(Form::Text),
        "html" | "htm" | "xhtml" => Some(Form::Html),
        "jsonl" | "ndjson" => Some(Form::JsonLines),
        _ => None,
    }
}

/// All sources of the inputs, in order of input and then of name. `forced` overrides the form, and takes every file of a folder.
/// Nothing below `except` (the output) is read.
pub fn find_sources(inputs: &[PathBuf], forced: Option<Form>, except: Option<&Path>) -> Result<Vec<Source>, InputError> {
    let mut sources = Vec::new();
    let several = inputs.len() > 1;
    let except =
        except.and_then(|path| path.canonicalize().ok()).filter(|path| !inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == *path)));
    for input in inputs {
        if input.as_os_str() == "-" {
            sources.push(Source { path: None, name: "-".into(), form: forced.unwrap_or(Form::JsonLines), bytes: 0 });
            continue;
        }
        let facts = std::fs::metadata(input).map_err(|error| InputError::Unreadable(input.clone(), error))?;
        let base = input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !facts.is_dir() {
            let form = forced.or_else(|| form_of(input)).unwrap_or(Form::Text);
            sources.push(Source { path: Some(input.clone()), name: base.into(), form, bytes: facts.len() });
            continue;
        }
        let before = sources.len();
        let prefix = if several && !base.is_empty() { format!("{base}/") } else { String::new() };
        walk(input, &prefix, forced, except.as_deref(), &mut sources)?;
        if sources.len() == before {
            return Err(InputError::Empty(input.clone()));
        }
    }
    Ok(sources)
}

fn walk(folder: &Path, prefix: &str, forced: Option<Form>, except: Option<&Path>, sources: &mut Vec<Source>) -> Result<(), InputError> {
    let is_output = |path: &Path| except.is_some_and(|except| path.canonicalize().is_ok_and(|path| path == except));
    let entries = walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| !(entry.file_type().is_dir() && is_output(entry.path()))) {
        let entry = match entry {
            Ok(entry) => entry,
            // A link that loops or leads nowhere is no input; a folder that may not be entered is told.
            Err(error) if error.loop_ancestor().is_some() || error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound) => continue,
            Err(error) => return Err(InputError::Walk(folder.to_owned(), error.to_string())),
        };
        let Some(form) = forced.or_else(|| form_of(entry.path())).filter(|_| entry.file_type().is_file()) else { continue };
        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let bytes = entry.metadata().map_or(0, |facts| facts.len());
        sources.push(Source { path: Some(entry.path().to_owned()), name: format!("{prefix}{}", parts.join("/")).into(), form, bytes });
    }
    Ok(())
}
