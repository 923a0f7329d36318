//! Output files that appear whole or not at all: written beside their place under a name of their own, flushed, then renamed.
//!
//! A file may be left open at a [checkpoint](Target::checkpoint), so that a later run goes on from there. Compressed files end a frame (a
//! gzip member, an xz or bzip2 stream) at each checkpoint, and every decompressor reads frames in a row as one file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

const BUFFER: usize = 1 << 16;

/// An output being written.
pub struct Target {
    place: Option<Place>,
    writer: Writer,
}

/// Where a file is written, and where it will stand.
struct Place {
    path: PathBuf,
    part: PathBuf,
    /// The unfinished file stays when the target is dropped.
    stays: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

enum Writer {
    /// Nothing any more: an error closed the file.
    Closed,
    Standard(io::Stdout),
    /// Between frames of a packed file, or a plain file.
    Plain(Packing, BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
    Xz(liblzma::write::XzEncoder<BufWriter<File>>),
    Bzip2(bzip2::write::BzEncoder<BufWriter<File>>),
}

impl Packing {
    fn of(path: &Path) -> Self {
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        match ending.as_ref().and_then(|ending| ending.to_str()) {
            Some("gz") => Packing::Gzip,
            Some("zst") => Packing::Zstd,
            Some("xz") => Packing::Xz,
            Some("bz2") => Packing::Bzip2,
            _ => Packing::None,
        }
    }

    /// Begins a frame.
    fn begin(self, file: BufWriter<File>) -> io::Result<Writer> {
        Ok(match self {
            Packing::None => Writer::Plain(self, file),
            Packing::Gzip => Writer::Gzip(flate2::GzBuilder::new().write(file, flate2::Compression::default())),
            Packing::Zstd => Writer::Zstd(zstd::Encoder::new(file, 0)?),
            Packing::Xz => Writer::Xz(liblzma::write::XzEncoder::new(file, 6)),
            Packing::Bzip2 => Writer::Bzip2(bzip2::write::BzEncoder::new(file, bzip2::Compression::default())),
        })
    }
}

impl Writer {
    fn out(&mut self) -> io::Result<&mut dyn Write> {
        Ok(match self {
            Writer::Closed => return Err(io::Error::other("the file was closed by an earlier error")),
            Writer::Standard(out) => out,
            Writer::Plain(_, out) => out,
            Writer::Gzip(out) => out,
            Writer::Zstd(out) => out,
            Writer::Xz(out) => out,
            Writer::Bzip2(out) => out,
        })
    }

    /// Ends the frame; what is left is the file, and how it is packed.
    fn end(self) -> io::Result<Option<(Packing, BufWriter<File>)>> {
        Ok(match self {
            Writer::Closed | Writer::Standard(_) => None,
            Writer::Plain(packing, out) => Some((packing, out)),
            Writer::Gzip(out) => Some((Packing::Gzip, out.finish()?)),
            Writer::Zstd(out) => Some((Packing::Zstd, out.finish()?)),
            Writer::Xz(out) => Some((Packing::Xz, out.finish()?)),
            Writer::Bzip2(out) => Some((Packing::Bzip2, out.finish()?)),
        })
    }
}

impl Target {
    /// Standard output.
    pub fn standard() -> Self {
        Target { place: None, writer: Writer::Standard(io::stdout()) }
    }

    /// A file, its folders made if need be, compressed as its name's ending says. Dropped before it is finished, it leaves nothing.
    pub fn file(path: &Path) -> io::Result<Self> {
        Self::open(path, 0, false)
    }

    /// A file of which `len` bytes were written up to a checkpoint of an earlier run; it goes on from there. Dropped before
    /// it is finished, it leaves what was written under its working name.
    pub fn resumed(path: &Path, len: u64) -> io::Result<Self> {
        Self::open(path, len, true)
    }

    fn open(path: &Path, len: u64, stays: bool) -> io::Result<Self> {
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
        let place = Place { path: path.to_owned(), part, stays };
        Ok(Target { place: Some(place), writer: Writer::Plain(Packing::of(path), BufWriter::with_capacity(BUFFER, file)) })
    }

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if matches!(&self.writer, Writer::Plain(packing, _) if *packing != Packing::None) {
            self.begin()?;
        }
        self.writer.out()?.write_all(bytes)
    }

    fn begin(&mut self) -> io::Result<()> {
        if let Some((packing, file)) = std::mem::replace(&mut self.writer, Writer::Closed).end()? {
            self.writer = packing.begin(file)?;
        }
        Ok(())
    }

    /// Ends the frame and brings everything to the disk; gives the length of the file, from which a later run may go on.
    pub fn checkpoint(&mut self) -> io::Result<u64> {
        let Some((packing, mut file)) = std::mem::replace(&mut self.writer, Writer::Closed).end()? else { return Ok(0) };
        file.flush()?;
        file.get_ref().sync_data()?;
        let len = file.get_ref().metadata()?.len();
        self.writer = Writer::Plain(packing, file);
        Ok(len)
    }

    /// Ends the file and puts it in its place.
    pub fn finish(mut self) -> io::Result<()> {
        if let Writer::Standard(out) = &mut self.writer {
            return out.flush();
        }
        let Some(Place { path, part, stays }) = self.place.as_ref() else { return Ok(()) };
        let (path, part, stays) = (path.clone(), part.clone(), *stays);
        if let Writer::Plain(packing, file) = &mut self.writer
            && *packing != Packing::None
            && file.stream_position()? == 0
        {
            // An empty packed file is a frame of nothing.
            self.begin()?;
        }
        let Some((_, file)) = std::mem::replace(&mut self.writer, Writer::Closed).end()? else { return Ok(()) };
        drop(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        let renamed = fs::rename(&part, &path);
        if renamed.is_ok() || stays {
            self.place = None;
        }
        renamed
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(place) = self.place.as_ref().filter(|place| !place.stays) {
            // Nothing is left to do when it cannot be removed: it bears a working name.
            let _ = fs::remove_file(&place.part);
        }
    }
}

/// The working name of a file: beside it, and the same in every run, so that a killed run can be taken up again.
pub fn part_of(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".naqi-part");
    path.with_file_name(name)
}

/// The name of an output file: the input's name, with an ending of its own where the form changes.
pub fn output_name(source: &str, same_form: bool, ending: &str) -> String {
    if same_form {
        return source.to_owned();
    }
    let bare = [".gz", ".zst", ".xz", ".bz2"].iter().find_map(|packed| source.strip_suffix(packed)).unwrap_or(source);
    format!("{bare}.{ending}")
}
