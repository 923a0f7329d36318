//! Compression of output files: bytes in, frames of gzip, zstd, xz or bzip2 out, as the ending of a file's name says.
//!
//! A frame can be ended and another begun at any byte, since every decompressor reads frames in a row as one file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// What a file is compressed with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

/// An open file, or a frame begun in it.
pub(super) enum Encoder {
    /// Nothing any more: an error closed the file.
    Closed,
    Standard(io::Stdout),
    /// Between frames of a packed file, or a plain file.
    Plain(BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
    Xz(liblzma::write::XzEncoder<BufWriter<File>>),
    Bzip2(bzip2::write::BzEncoder<BufWriter<File>>),
}

impl Packing {
    pub(super) fn of(path: &Path) -> Self {
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
    pub(super) fn begin(self, file: BufWriter<File>) -> io::Result<Encoder> {
        Ok(match self {
            Packing::None => Encoder::Plain(file),
            Packing::Gzip => Encoder::Gzip(flate2::GzBuilder::new().write(file, flate2::Compression::default())),
            Packing::Zstd => Encoder::Zstd(zstd::Encoder::new(file, 0)?),
            Packing::Xz => Encoder::Xz(liblzma::write::XzEncoder::new(file, 6)),
            Packing::Bzip2 => Encoder::Bzip2(bzip2::write::BzEncoder::new(file, bzip2::Compression::default())),
        })
    }
}

impl Encoder {
    pub(super) fn out(&mut self) -> io::Result<&mut dyn Write> {
        Ok(match self {
            Encoder::Closed => return Err(io::Error::other("the file was closed by an earlier error")),
            Encoder::Standard(out) => out,
            Encoder::Plain(out) => out,
            Encoder::Gzip(out) => out,
            Encoder::Zstd(out) => out,
            Encoder::Xz(out) => out,
            Encoder::Bzip2(out) => out,
        })
    }

    /// Ends the frame; what is left is the file.
    pub(super) fn end(self) -> io::Result<Option<BufWriter<File>>> {
        Ok(match self {
            Encoder::Closed | Encoder::Standard(_) => None,
            Encoder::Plain(out) => Some(out),
            Encoder::Gzip(out) => Some(out.finish()?),
            Encoder::Zstd(out) => Some(out.finish()?),
            Encoder::Xz(out) => Some(out.finish()?),
            Encoder::Bzip2(out) => Some(out.finish()?),
        })
    }
}
