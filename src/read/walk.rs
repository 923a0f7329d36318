//! The files below a folder: names first, then what the system knows of each, by all threads.
//!
//! In: a folder. Out: its sources, depth first in the order of their names. A million files take a second or two: what costs is asking for the size
//! of each, so that is done side by side. Links are followed, loops refused.

use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::form::Form;
use super::sources::{InputError, Source};

/// Names that are looked at side by side before what was found of them is taken up.
const AT_ONCE: usize = 1 << 14;

/// How a folder is walked.
pub(super) struct Walk<'a> {
    /// The form of all files; `None` is what their names say, and other files are no input.
    pub(super) forced: Option<Form>,
    /// A folder that is passed by, as the system calls it.
    pub(super) except: Option<&'a Path>,
}

/// What stands under a name.
enum Found {
    Source(Source),
    Folder {
        path: PathBuf,
        name: String,
        /// It is reached by a link.
        linked: bool,
    },
    Nothing,
    Failed(PathBuf, io::Error),
}

impl Walk<'_> {
    /// Adds the sources below a folder; their names begin with `prefix`.
    pub(super) fn add(&self, folder: &Path, prefix: &str, sources: &mut Vec<Source>) -> Result<(), InputError> {
        self.enter(folder, prefix, &mut vec![folder.to_owned()], sources)
    }

    fn enter(&self, folder: &Path, prefix: &str, above: &mut Vec<PathBuf>, sources: &mut Vec<Source>) -> Result<(), InputError> {
        let failed = |path: &Path, error: io::Error| InputError::Walk(path.to_owned(), error.to_string());
        let entries = fs::read_dir(folder).map_err(|error| failed(folder, error))?;
        let mut names: Vec<(OsString, Option<FileType>)> = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| failed(folder, error))?;
            names.push((entry.file_name(), entry.file_type().ok()));
        }
        names.par_sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for names in names.chunks(AT_ONCE) {
            let found: Vec<Found> = names.par_iter().map(|(name, kind)| self.look(folder, prefix, name, *kind)).collect();
            for found in found {
                match found {
                    Found::Source(source) => sources.push(source),
                    Found::Folder { path, linked, .. } if linked && is_loop(&path, above) || self.is_excepted(&path) => {}
                    Found::Folder { path, name, .. } => {
                        above.push(path.clone());
                        self.enter(&path, &format!("{name}/"), above, sources)?;
                        above.pop();
                    }
                    Found::Nothing => {}
                    Found::Failed(path, error) => return Err(failed(&path, error)),
                }
            }
        }
        Ok(())
    }

    fn look(&self, folder: &Path, prefix: &str, name: &OsString, kind: Option<FileType>) -> Found {
        let path = folder.join(name);
        let linked = kind.is_some_and(|kind| kind.is_symlink());
        let is_folder = kind.is_some_and(|kind| kind.is_dir());
        let form = self.forced.or_else(|| Form::of(Path::new(name)));
        if !is_folder && !linked && form.is_none() {
            return Found::Nothing;
        }
        let name = format!("{prefix}{}", name.to_string_lossy());
        if is_folder {
            return Found::Folder { path, name, linked };
        }
        match (fs::metadata(&path), form) {
            (Ok(facts), _) if facts.is_dir() => Found::Folder { path, name, linked },
            (Ok(facts), Some(form)) if facts.is_file() => Found::Source(Source::file(path, name, form, facts.len())),
            // A link that leads nowhere or to itself is no input, nor is what is gone meanwhile.
            (Err(error), _) if !linked && error.kind() != io::ErrorKind::NotFound => Found::Failed(path, error),
            _ => Found::Nothing,
        }
    }

    fn is_excepted(&self, path: &Path) -> bool {
        self.except.is_some_and(|except| path.canonicalize().is_ok_and(|path| path == except))
    }
}

/// Does this link lead to a folder that it stands in?
fn is_loop(link: &Path, above: &[PathBuf]) -> bool {
    link.canonicalize().is_ok_and(|link| above.iter().any(|folder| folder.canonicalize().is_ok_and(|folder| folder == link)))
}
