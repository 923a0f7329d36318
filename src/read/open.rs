//! Opens a source, decompressing by its first bytes: names lie, magic numbers seldom do.
//!
//! What comes out is measured against what went in: a file that blows up beyond the limits ends with an error instead.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Source;

const BUFFER: usize = 256 * 1024;
const SMALL: usize = 4096;

/// How large inputs may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Bytes of one record.
    pub record_bytes: u64,
    /// Bytes of one decompressed source.
    pub source_bytes: u64,
    /// How many times larger than its compressed bytes a source may be ...
    pub ratio: u64,
    /// ... once so many bytes have come out.
    pub ratio_from: u64,
}

impl Limits {
    /// Nothing is too large.
    pub const NONE: Limits = Limits { record_bytes: u64::MAX - 1, source_bytes: u64::MAX, ratio: u64::MAX, ratio_from: u64::MAX };
}

/// How far a source is read: bytes of it as they lie on the disk. Clones count as one.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// A reader of the source's decompressed bytes.
pub fn open(source: &Source) -> io::Result<Box<dyn BufRead>> {
    open_within(source, &Limits::NONE)
}

/// A reader of the source's decompressed bytes that stops with an error where they exceed the limits.
pub fn open_within(source: &Source, limits: &Limits) -> io::Result<Box<dyn BufRead>> {
    open_metered(source, limits, Meter::default())
}

/// The same, where a meter tells how far the source is read.
pub(super) fn open_metered(source: &Source, limits: &Limits, meter: Meter) -> io::Result<Box<dyn BufRead>> {
    // A small file needs no large buffer, which would cost more than the file.
    let buffer = if source.bytes == 0 { BUFFER } else { usize::try_from(source.bytes + 1).map_or(BUFFER, |bytes| bytes.clamp(SMALL, BUFFER)) };
    let raw: Box<dyn Read> = match (&source.path, &source.object) {
        (Some(path), _) => Box::new(File::open(path)?),
        (None, Some(object)) => object.reader(),
        (None, None) => Box::new(io::stdin()),
    };
    decompressed_from(raw, limits, buffer, meter)
}

/// Counts the compressed bytes.
struct Counted<R> {
    reader: R,
    meter: Meter,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.meter.add(read);
        Ok(read)
    }
}

/// Counts the decompressed bytes and holds them to the limits.
struct Guarded<R> {
    reader: R,
    packed: Meter,
    count: u64,
    limits: Limits,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.count += read as u64;
        let Limits { source_bytes, ratio, ratio_from, .. } = self.limits;
        if self.count > source_bytes {
            return Err(io::Error::other(format!("it decompresses to more than read.max-source-bytes = {source_bytes}; raise it if the file is sound")));
        }
        if self.count > ratio_from && self.count / ratio > self.packed.get() {
            return Err(io::Error::other(format!("it decompresses to more than read.max-ratio = {ratio} times its size; raise it if the file is sound")));
        }
        Ok(read)
    }
}

/// A reader of a stream's bytes, decompressed if they are compressed.
pub(super) fn decompressed<'a>(raw: impl Read + 'a, limits: &Limits) -> io::Result<Box<dyn BufRead + 'a>> {
    decompressed_from(raw, limits, BUFFER, Meter::default())
}

/// The same, with a buffer of this size before what is decompressed.
fn decompressed_from<'a>(mut raw: impl Read + 'a, limits: &Limits, buffer: usize, packed: Meter) -> io::Result<Box<dyn BufRead + 'a>> {
    let mut magic = Vec::with_capacity(6);
    raw.by_ref().take(6).read_to_end(&mut magic)?;
    let head = magic.clone();
    let whole = Counted { reader: Cursor::new(magic).chain(raw), meter: packed.clone() };
    let buffered = |whole| BufReader::with_capacity(buffer, whole);
    let reader: Box<dyn Read + 'a> = match head.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(buffered(whole))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::Decoder::with_buffer(buffered(whole))?),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(buffered(whole))),
        [b'B', b'Z', b'h', ..] => Box::new(bzip2::bufread::MultiBzDecoder::new(buffered(whole))),
        _ => return Ok(Box::new(buffered(whole))),
    };
    Ok(Box::new(BufReader::with_capacity(BUFFER, Guarded { reader, packed, count: 0, limits: *limits })))
}
