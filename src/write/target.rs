//! Output files that appear whole or not at all: written beside their place without a name, or under a working name where the system knows no
//! such files or a later run may go on with them, and named when they are whole. Objects are written to a temporary file first and sent then.
//!
//! A file may be left open at a [checkpoint](Target::checkpoint), so that a later run goes on from there. Compressed files end a frame (a
//! gzip member, an xz or bzip2 stream) at each checkpoint, and every decompressor reads frames in a row as one file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::nameless;
use super::packing::{Encoder, Packing};
use crate::read::{Form, PACKED, remote};

const BUFFER: usize = 1 << 16;

/// An output being written.
pub struct Target {
    place: Option<Place>,
    packing: Packing,
    /// Every write is a frame of its own.
    members: bool,
    /// So many bytes that are written stand in the file already.
    passes: u64,
    encoder: Encoder,
}

/// Where a file is written, and where it will stand.
enum Place {
    Beside {
        path: PathBuf,
        part: PathBuf,
        /// The unfinished file stays when the target is dropped.
        stays: bool,
    },
    /// Written without a name, given this one when it is whole.
    Nameless(PathBuf),
    /// A device or a pipe, which takes bytes as they come and which no file may replace.
    Device(PathBuf),
    /// An object, written to a temporary file that goes when this is dropped.
    Remote { address: PathBuf, _spool: TempPath },
}

impl Target {
    /// Standard output.
    pub fn standard() -> Self {
        Target { place: None, packing: Packing::None, members: false, passes: 0, encoder: Encoder::Standard(io::stdout()) }
    }

    /// A file, its folders made if need be, compressed as its name's ending says. Dropped before it is finished, it leaves nothing.
    pub fn file(path: &Path) -> io::Result<Self> {
        if remote::is_remote(path) { Self::object(path) } else { Self::open(path, 0, false) }
    }

    /// The same file, where gzip makes a member of its own of every write.
    #[must_use]
    pub fn in_members(mut self) -> Self {
        self.members = self.packing == Packing::Gzip;
        self
    }

    /// A file of which `len` bytes were written up to a checkpoint of an earlier run; it goes on from there. Dropped before
    /// it is finished, it leaves what was written under its working name.
    pub fn resumed(path: &Path, len: u64) -> io::Result<Self> {
        Self::open(path, len, true)
    }

    /// The same for a writer that begins anew and writes once more what stands there: the first `len` bytes are only counted.
    pub fn passing(path: &Path, len: u64) -> io::Result<Self> {
        let mut target = Self::resumed(path, len)?;
        target.passes = len;
        Ok(target)
    }

    fn new(place: Place, path: &Path, file: File) -> Self {
        let encoder = Encoder::Plain(BufWriter::with_capacity(BUFFER, file));
        Target { place: Some(place), packing: Packing::of(path), members: false, passes: 0, encoder }
    }

    fn object(address: &Path) -> io::Result<Self> {
        let (file, spool) = tempfile::Builder::new().prefix(".naqi-").suffix(".part").tempfile()?.into_parts();
        Ok(Target::new(Place::Remote { address: address.to_owned(), _spool: spool }, address, file))
    }

    fn open(path: &Path, len: u64, stays: bool) -> io::Result<Self> {
        Self::open_part(path, len, stays).map_err(|error| named(path, error))
    }

    fn open_part(path: &Path, len: u64, stays: bool) -> io::Result<Self> {
        if is_device(path) {
            return Ok(Target::new(Place::Device(path.to_owned()), path, OpenOptions::new().write(true).open(path)?));
        }
        if !stays && let Some(file) = nameless::open(path.parent().unwrap_or(Path::new("")))? {
            return Ok(Target::new(Place::Nameless(path.to_owned()), path, file));
        }
        let part = part_of(path);
        if len > 0 && !part.exists() && path.exists() {
            // It was finished after the checkpoint; its opening bytes are the same.
            fs::rename(path, &part)?;
        }
        let make = || OpenOptions::new().write(true).create(true).truncate(len == 0).open(&part);
        let mut file = match (make(), part.parent()) {
            // Most files go where others went before them.
            (Err(error), Some(folder)) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(folder)?;
                make()?
            }
            (opened, _) => opened?,
        };
        if len > 0 {
            let there = file.metadata()?.len();
            if there < len {
                let message = format!("'{}' holds {there} bytes of the {len} that were written; run without --resume to start anew", part.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            file.set_len(len)?;
            file.seek(io::SeekFrom::End(0))?;
        }
        Ok(Target::new(Place::Beside { path: path.to_owned(), part, stays }, path, file))
    }

    /// It is a pipe, or a file whose name says that it holds a stream of messages.
    pub(super) fn is_stream(&self) -> bool {
        let path = self.place.as_ref().map(|place| match place {
            Place::Beside { path, .. } | Place::Nameless(path) | Place::Remote { address: path, .. } => path.to_string_lossy(),
            // What is no file cannot be sought in.
            Place::Device(_) => ".arrows".into(),
        });
        path.is_none_or(|path| path.trim_end_matches(".gz").trim_end_matches(".zst").ends_with(".arrows"))
    }

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let passed = usize::try_from(self.passes).map_or(bytes.len(), |passes| passes.min(bytes.len()));
        self.passes -= passed as u64;
        let bytes = &bytes[passed..];
        if bytes.is_empty() {
            return Ok(());
        }
        self.write_on(bytes).map_err(|error| self.named(error))
    }

    fn write_on(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.packing != Packing::None && matches!(self.encoder, Encoder::Plain(_)) {
            self.begin()?;
        }
        self.encoder.out()?.write_all(bytes)?;
        if self.members { self.end().map(|_| ()) } else { Ok(()) }
    }

    /// The error with the name of the file that it befell.
    fn named(&self, error: io::Error) -> io::Error {
        match &self.place {
            Some(Place::Beside { path, .. } | Place::Nameless(path) | Place::Device(path) | Place::Remote { address: path, .. }) => named(path, error),
            None => error,
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        if let Some(file) = std::mem::replace(&mut self.encoder, Encoder::Closed).end()? {
            self.encoder = self.packing.begin(file)?;
        }
        Ok(())
    }

    /// Ends the frame; gives the file, if it is one.
    fn end(&mut self) -> io::Result<Option<&mut BufWriter<File>>> {
        let Some(file) = std::mem::replace(&mut self.encoder, Encoder::Closed).end()? else { return Ok(None) };
        self.encoder = Encoder::Plain(file);
        Ok(if let Encoder::Plain(file) = &mut self.encoder { Some(file) } else { None })
    }

    /// Ends the frame and hands everything to the system; gives the length of the file, from which a later run may go on once the file is
    /// on the disk.
    pub fn checkpoint(&mut self) -> io::Result<u64> {
        self.flush_all().map_err(|error| self.named(error))
    }

    fn flush_all(&mut self) -> io::Result<u64> {
        let Some(file) = self.end()? else { return Ok(0) };
        file.flush()?;
        Ok(file.get_ref().metadata()?.len())
    }

    /// Ends the file and puts it in its place.
    pub fn finish(mut self) -> io::Result<()> {
        self.put_in_place().map_err(|error| self.named(error))
    }

    fn put_in_place(&mut self) -> io::Result<()> {
        if let Encoder::Standard(out) = &mut self.encoder {
            return out.flush();
        }
        if let Encoder::Plain(file) = &mut self.encoder
            && self.packing != Packing::None
            && !matches!(self.place, Some(Place::Device(_)))
            && file.stream_position()? == 0
        {
            // An empty packed file is a frame of nothing.
            self.begin()?;
        }
        let Some(file) = std::mem::replace(&mut self.encoder, Encoder::Closed).end()? else { return Ok(()) };
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        let (path, part) = match &self.place {
            None | Some(Place::Device(_)) => return Ok(()),
            Some(Place::Remote { address, .. }) => return remote::upload(&mut file, address),
            Some(Place::Nameless(path)) => return nameless::name(&file, path, &part_of(path)),
            Some(Place::Beside { path, part, .. }) => (path, part),
        };
        drop(file);
        fs::rename(part, path)?;
        self.place = None;
        Ok(())
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Target::write(self, bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // Files are flushed once, when they are finished.
        Ok(())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(Place::Beside { part, stays: false, .. }) = &self.place {
            // Nothing is left to do when it cannot be removed: it bears a working name.
            let _ = fs::remove_file(part);
        }
    }
}

/// The error with the name of the file that it befell; its kind stays.
fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("'{}': {error}", path.display()))
}

/// The working name of a file: beside it, and the same in every run, so that a killed run can be taken up again.
pub fn part_of(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".naqi-part");
    path.with_file_name(name)
}

/// The name of an output file: the input's name, with an ending of its own where the form changes to `other`. Compression stays, except
/// around columns, which are compressed inside.
pub fn output_name(source: &str, other: Option<Form>) -> String {
    let Some(form) = other else { return source.to_owned() };
    let packed = PACKED.iter().find(|packed| source.ends_with(*packed)).filter(|_| !form.is_columns()).copied().unwrap_or_default();
    let bare = source.strip_suffix(packed).unwrap_or(source);
    format!("{bare}.{}{packed}", form.ending())
}

/// Is there something at this path that is neither a file nor a folder: `/dev/null`, a named pipe?
pub fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|facts| !facts.is_file() && !facts.is_dir())
}
