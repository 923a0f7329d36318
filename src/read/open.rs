//! Opens a source, decompressing by its first bytes: names lie, magic numbers seldom do.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use super::Source;

const BUFFER: usize = 256 * 1024;

/// A reader of the source's decompressed bytes.
pub fn open(source: &Source) -> io::Result<Box<dyn BufRead + Send>> {
    let raw: Box<dyn Read + Send> = match &source.path {
        Some(path) => Box::new(File::open(path)?),
        None => Box::new(io::stdin()),
    };
    decompressed(raw)
}

fn decompressed(mut raw: Box<dyn Read + Send>) -> io::Result<Box<dyn BufRead + Send>> {
    let mut magic = Vec::with_capacity(6);
    raw.by_ref().take(6).read_to_end(&mut magic)?;
    let head = magic.clone();
    let whole = Cursor::new(magic).chain(raw);
    Ok(match head.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(BufReader::with_capacity(BUFFER, flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(BUFFER, whole)))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(BufReader::with_capacity(BUFFER, zstd::Decoder::new(whole)?)),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Box::new(BufReader::with_capacity(BUFFER, liblzma::read::XzDecoder::new_multi_decoder(whole))),
        [b'B', b'Z', b'h', ..] => Box::new(BufReader::with_capacity(BUFFER, bzip2::read::MultiBzDecoder::new(whole))),
        _ => Box::new(BufReader::with_capacity(BUFFER, whole)),
    })
}
