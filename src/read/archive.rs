//! Archives: the members of tar and zip files, each a source of its own whose name is the archive's and the member's path below it.
//!
//! Members are read one after the other on a thread of their own, a few pieces ahead of the workers, since what an archive lends out
//! cannot outlive it. A name that leads out of the archive is no place to write to: its member is reported and left.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Seek};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use zip::read::{ZipFile, read_zipfile_from_stream};
use zip::result::ZipError;

use super::form::Form;
use super::open::{decompressed, open_metered};
use super::{Limits, Meter, Piece, Source, Stopped, Way, columns, pieces};

/// Sends the pieces of all members that naqi reads, in the archive's order.
pub(super) fn send_members(source: &Source, limits: &Limits, way: &Way) -> Result<(), Stopped> {
    let members = Members { archive: source, limits, way, seen: RefCell::default() };
    let read = match source.form {
        Form::Zip => members.zip(),
        _ => members.tar(),
    };
    match read {
        Ok(()) => Ok(()),
        Err(End::Stopped) => Err(Stopped),
        Err(End::Broken(error)) => way.send(None, true, Piece::failed(format!("the archive ends here: {error}"))),
    }
}

/// Why members are read no further.
enum End {
    Broken(io::Error),
    Stopped,
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        End::Broken(error)
    }
}

impl From<Stopped> for End {
    fn from(_: Stopped) -> Self {
        End::Stopped
    }
}

/// A reader that fails where its bytes end too early: a member that breaks off must not pass for a whole one.
struct Whole<'a, R> {
    reader: R,
    size: u64,
    left: u64,
    /// The bytes of the archive that the member takes, empty where they are counted elsewhere.
    span: Range<u64>,
    meter: &'a Meter,
}

impl<R: Read> Read for Whole<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        if !self.span.is_empty() {
            let share = (self.size - self.left) as f64 / self.size.max(1) as f64;
            self.meter.set(self.span.start + ((self.span.end - self.span.start) as f64 * share) as u64);
        }
        if read == 0 && !buffer.is_empty() && self.left > 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{} bytes are missing at its end", self.left)));
        }
        Ok(read)
    }
}

/// Sizes of a zip archive: on the disk, and of the members so far.
struct Sizes {
    packed: u64,
    whole: u64,
}

struct Members<'a> {
    archive: &'a Source,
    limits: &'a Limits,
    way: &'a Way<'a>,
    seen: RefCell<HashMap<u64, u32>>,
}

/// Names may be many and long; their hashes are enough to tell them apart.
fn hash_of(parts: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

impl Members<'_> {
    fn tar(&self) -> Result<(), End> {
        let mut archive = tar::Archive::new(open_metered(self.archive, self.limits, self.way.meter.clone())?);
        for entry in archive.entries()? {
            let entry = entry?;
            if entry.header().entry_type().is_file() {
                let path = entry.path()?.into_owned();
                self.member(&path, entry.size(), 0..0, entry)?;
            }
        }
        Ok(())
    }

    fn zip(&self) -> Result<(), End> {
        let file = match &self.archive.path {
            Some(path) => File::open(path)?,
            None => columns::spooled(open_metered(self.archive, self.limits, Meter::default())?)?,
        };
        let mut sizes = Sizes { packed: file.metadata()?.len(), whole: 0 };
        let mut archive = match zip::ZipArchive::new(io::BufReader::new(&file)) {
            Ok(archive) => archive,
            Err(lost) => return self.zip_in_order(&file, &mut sizes, &lost),
        };
        for at in 0..archive.len() {
            match archive.by_index(at) {
                Ok(entry) => {
                    let start = entry.header_start();
                    self.zip_member(start..start + entry.compressed_size(), entry, &mut sizes)?;
                }
                Err(error) => self.refuse(&format!("number {}", at + 1), &error.to_string())?,
            }
        }
        Ok(())
    }

    /// The members of a zip archive whose directory is lost, as they stand one behind the other.
    fn zip_in_order(&self, mut file: &File, sizes: &mut Sizes, lost: &ZipError) -> Result<(), End> {
        file.rewind()?;
        let mut reader = io::BufReader::new(file);
        let end = loop {
            match read_zipfile_from_stream(&mut reader) {
                Ok(Some(entry)) => self.zip_member(0..0, entry, sizes)?,
                Ok(None) => break String::new(),
                Err(error) => break format!("; {error}"),
            }
        };
        Err(io::Error::other(format!("its directory cannot be read ({lost}), and members are read as they stand up to here{end}")).into())
    }

    fn zip_member<R: Read>(&self, span: Range<u64>, entry: ZipFile<R>, sizes: &mut Sizes) -> Result<(), End> {
        let Limits { ratio, ratio_from, source_bytes, .. } = *self.limits;
        sizes.whole = sizes.whole.saturating_add(entry.size());
        let Sizes { packed, whole } = *sizes;
        if whole > source_bytes || whole > ratio_from && whole / ratio > packed {
            return Err(io::Error::other("its members are larger than read.max-ratio or read.max-source-bytes allow; raise them if it is sound").into());
        }
        if entry.is_file() {
            let path = PathBuf::from(entry.name().map_err(io::Error::from)?.into_owned());
            let size = entry.size();
            // A member is not read beyond the size that was measured.
            self.member(&path, size, span, entry.take(size))?;
        }
        Ok(())
    }

    /// Sends the pieces of a member, if naqi reads such members.
    fn member(&self, path: &Path, size: u64, span: Range<u64>, reader: impl Read) -> Result<(), End> {
        let Some(form) = Form::of(path).filter(|form| !form.is_archive()) else { return Ok(()) };
        let mut parts = vec![self.archive.name.to_string()];
        for part in path.components().filter(|part| *part != Component::CurDir) {
            let Component::Normal(name) = part else { return self.refuse(&path.to_string_lossy(), "its name leads out of the archive") };
            parts.push(name.to_string_lossy().into_owned());
        }
        // An archive may hold a path twice; a later member has a place of its own.
        let count = self.seen.borrow_mut().entry(hash_of(&parts)).and_modify(|count| *count += 1).or_insert(1).to_owned();
        if count > 1 {
            parts.insert(1, format!("~{count}"));
        }
        let source = Arc::new(Source { path: None, object: None, name: parts.join("/").into(), form, bytes: size });
        let reader = Whole { reader, size, left: size, span, meter: &self.way.meter };
        let pieces = decompressed(reader, self.limits).and_then(|reader| pieces(form, reader, self.limits));
        Ok(self.way.send_all(Some(&source), pieces)?)
    }

    fn refuse(&self, member: &str, reason: &str) -> Result<(), End> {
        let reason = format!("member '{member}' is left out: {reason}");
        Ok(self.way.send(None, false, Piece::Failed { line: None, offset: 0, reason, bytes: Vec::new() })?)
    }
}
