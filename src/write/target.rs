//! Output files that appear whole or not at all: written beside their place under a temporary name, flushed, then renamed. Objects are
//! written to a temporary file first and sent when they are whole.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::read::{Form, PACKED, remote};

/// An output being written.
pub struct Target {
    path: Option<PathBuf>,
    writer: Encoder,
}

enum Encoder {
    Standard(io::Stdout),
    Plain(BufWriter<NamedTempFile>),
    Members(BufWriter<NamedTempFile>),
    Gzip(flate2::write::GzEncoder<BufWriter<NamedTempFile>>),
    Zstd(zstd::Encoder<'static, BufWriter<NamedTempFile>>),
    Xz(liblzma::write::XzEncoder<BufWriter<NamedTempFile>>),
    Bzip2(bzip2::write::BzEncoder<BufWriter<NamedTempFile>>),
}

impl Target {
    /// Standard output.
    pub fn standard() -> Self {
        Target { path: None, writer: Encoder::Standard(io::stdout()) }
    }

    /// A file, its folders made if need be, compressed as its name's ending says.
    pub fn file(path: &Path) -> io::Result<Self> {
        Self::open(path, false)
    }

    /// The same, where gzip makes a member of its own of every write.
    pub fn members(path: &Path) -> io::Result<Self> {
        Self::open(path, true)
    }

    fn open(path: &Path, members: bool) -> io::Result<Self> {
        let remote = remote::is_remote(path);
        let beside_it = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let spool = std::env::temp_dir();
        let folder = if remote { &spool } else { beside_it };
        std::fs::create_dir_all(folder)?;
        let mut beside = tempfile::Builder::new();
        beside.prefix(".naqi-").suffix(".part");
        #[cfg(unix)]
        beside.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = BufWriter::with_capacity(1 << 16, beside.tempfile_in(folder)?);
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        let writer = match ending.as_ref().and_then(|ending| ending.to_str()) {
            Some("gz") if members => Encoder::Members(file),
            Some("gz") => Encoder::Gzip(flate2::GzBuilder::new().write(file, flate2::Compression::default())),
            Some("zst") => Encoder::Zstd(zstd::Encoder::new(file, 0)?),
            Some("xz") => Encoder::Xz(liblzma::write::XzEncoder::new(file, 6)),
            Some("bz2") => Encoder::Bzip2(bzip2::write::BzEncoder::new(file, bzip2::Compression::default())),
            _ => Encoder::Plain(file),
        };
        Ok(Target { path: Some(path.to_owned()), writer })
    }

    /// It is a pipe, or a file whose name says that it holds a stream of messages.
    pub(super) fn is_stream(&self) -> bool {
        self.path.as_ref().is_none_or(|path| path.to_string_lossy().trim_end_matches(".gz").trim_end_matches(".zst").ends_with(".arrows"))
    }

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.writer {
            Encoder::Standard(out) => out.lock().write_all(bytes),
            Encoder::Plain(out) => out.write_all(bytes),
            Encoder::Members(out) => {
                let mut member = flate2::GzBuilder::new().write(out, flate2::Compression::default());
                member.write_all(bytes)?;
                member.finish().map(|_| ())
            }
            Encoder::Gzip(out) => out.write_all(bytes),
            Encoder::Zstd(out) => out.write_all(bytes),
            Encoder::Xz(out) => out.write_all(bytes),
            Encoder::Bzip2(out) => out.write_all(bytes),
        }
    }

    /// Ends the file and puts it in its place; a target that is dropped before leaves nothing.
    pub fn finish(self) -> io::Result<()> {
        let file = match self.writer {
            Encoder::Standard(mut out) => return out.flush(),
            Encoder::Plain(out) | Encoder::Members(out) => out,
            Encoder::Gzip(out) => out.finish()?,
            Encoder::Zstd(out) => out.finish()?,
            Encoder::Xz(out) => out.finish()?,
            Encoder::Bzip2(out) => out.finish()?,
        };
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        match self.path {
            Some(path) if remote::is_remote(&path) => remote::upload(&mut file.reopen()?, &path),
            Some(path) => file.persist(path).map(|_: File| ()).map_err(|error| error.error),
            None => Ok(()),
        }
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

/// The name of an output file: the input's name, with an ending of its own where the form changes to `other`. Compression stays, except
/// around columns, which are compressed inside.
pub fn output_name(source: &str, other: Option<Form>) -> String {
    let Some(form) = other else { return source.to_owned() };
    let packed = PACKED.iter().find(|packed| source.ends_with(*packed)).filter(|_| !form.is_columns()).copied().unwrap_or_default();
    let bare = source.strip_suffix(packed).unwrap_or(source);
    format!("{bare}.{}{packed}", form.ending())
}
