//! Which files to read: arguments to a sorted list of sources.
//!
//! A folder is walked (links followed, loops refused) for the endings that naqi knows; a named file is read whatever its name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::form::Form;
use super::remote::{self, Object};
use super::walk::Walk;

/// A file, or standard input, to read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path; `None` is an object, standard input or a member of an archive.
    pub path: Option<PathBuf>,
    /// The object in storage that it is.
    pub object: Option<Box<Object>>,
    /// Its name in provenance and its place in an output folder: the path below the input folder, `/` between parts.
    pub name: Arc<str>,
    /// What it holds.
    pub form: Form,
    /// Its size on disk in bytes, 0 where unknown.
    pub bytes: u64,
}

impl Source {
    /// A file of some form.
    pub fn file(path: PathBuf, name: impl Into<Arc<str>>, form: Form, bytes: u64) -> Self {
        Source { path: Some(path), object: None, name: name.into(), form, bytes }
    }

    /// It is standard input.
    pub fn is_standard(&self) -> bool {
        self.path.is_none() && self.object.is_none()
    }
}

/// Inputs that cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The path is not there or not readable.
    #[error("input '{0}' cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// The folder has nothing to read.
    #[error(
        "folder '{0}' holds no readable input; naqi reads {endings}, each also with .gz, .zst, .xz or .bz2; name other files one by one, with --from",
        endings = Form::endings()
    )]
    Empty(PathBuf),
    /// The folder cannot be walked.
    #[error("folder '{0}' cannot be walked: {1}")]
    Walk(PathBuf, String),
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
            sources.push(Source { path: None, object: None, name: "-".into(), form: forced.unwrap_or(Form::JsonLines), bytes: 0 });
            continue;
        }
        if remote::is_remote(input) {
            add_objects(input, forced, several, &mut sources)?;
            continue;
        }
        let input = &input.to_str().and_then(|path| path.strip_prefix("file://")).map_or_else(|| input.clone(), PathBuf::from);
        let facts = std::fs::metadata(input).map_err(|error| InputError::Unreadable(input.clone(), error))?;
        let base = input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !facts.is_dir() {
            let form = forced.or_else(|| Form::of(input)).unwrap_or(Form::Text);
            sources.push(Source::file(input.clone(), base, form, facts.len()));
            continue;
        }
        let before = sources.len();
        let prefix = if several && !base.is_empty() { format!("{base}/") } else { String::new() };
        Walk { forced, except: except.as_deref() }.add(input, &prefix, &mut sources)?;
        if sources.len() == before {
            return Err(InputError::Empty(input.clone()));
        }
    }
    Ok(sources)
}

/// The objects at an address: one, whatever its name, or all below a prefix whose names say a form.
fn add_objects(address: &Path, forced: Option<Form>, several: bool, sources: &mut Vec<Source>) -> Result<(), InputError> {
    let found = remote::find(address).map_err(|error| InputError::Unreadable(address.to_owned(), error))?;
    let before = sources.len();
    let one = found.len() == 1;
    let base = address.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    for (name, object) in found {
        let Some(form) = forced.or_else(|| Form::of(Path::new(&name))).or_else(|| one.then_some(Form::Text)) else { continue };
        let name = if several && name != base { format!("{base}/{name}") } else { name };
        sources.push(Source { path: None, bytes: object.size(), object: Some(Box::new(object)), name: name.into(), form });
    }
    if sources.len() == before { Err(InputError::Empty(address.to_owned())) } else { Ok(()) }
}
