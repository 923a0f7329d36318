//! WARC and WET: a stream cut into records, and a record into its page or text.
//!
//! In: records as crawlers write them (WARC 0.17 to 1.1), in gzip members or not. Responses of HTTP bring a page with its own transfer and
//! content encodings and charset; conversions (WET) and resources bring theirs as it is. All other records hold no page, and bytes that
//! belong to no record, or to one that breaks off, are handed on as such: nothing is passed over in silence.

use std::io::{self, BufRead, Read};

use super::{PIECE, Piece};

/// A head longer than this is none.
const HEAD_BYTES: usize = 1 << 20;

/// A record with its head.
#[derive(Debug)]
pub struct WarcRecord {
    /// Number of the record in the file, from 1.
    pub number: u64,
    /// First byte in the decompressed file.
    pub offset: u64,
    /// Head, content and the blank lines behind.
    pub bytes: Vec<u8>,
    /// Where the content starts ...
    pub start: usize,
    /// ... and ends.
    pub end: usize,
}

impl WarcRecord {
    /// One whole record, as a stream gave it; the bytes again when they are none.
    pub fn of(number: u64, offset: u64, bytes: Vec<u8>) -> Result<Self, Vec<u8>> {
        let lead = bytes.len() - bytes.trim_ascii_start().len();
        let place = || {
            let (head, len) = Head::parse(&bytes[lead..]).filter(|(head, _)| head.first.starts_with("WARC/"))?;
            let size = head.get("Content-Length")?.parse::<usize>().ok()?;
            let start = lead + len;
            Some((start, start.checked_add(size).filter(|&end| end <= bytes.len())?))
        };
        match place() {
            Some((start, end)) => Ok(WarcRecord { number, offset, bytes, start, end }),
            None => Err(bytes),
        }
    }

    /// It is of a kind that may hold a page or text; requests, revisits and metadata hold none.
    pub fn may_hold(&self) -> bool {
        let kind = Head::parse(self.bytes.trim_ascii_start()).and_then(|(head, _)| Some(head.get("WARC-Type")?.to_ascii_lowercase()));
        kind.is_some_and(|kind| matches!(kind.as_str(), "response" | "resource" | "conversion"))
    }
}

/// The lines `Name: value` of a head.
#[derive(Debug, Default)]
pub struct Head<'a> {
    /// The first line.
    pub first: &'a str,
    lines: Vec<(&'a str, &'a str)>,
}

impl<'a> Head<'a> {
    /// The head at the start of some bytes, and where it ends.
    pub fn parse(bytes: &'a [u8]) -> Option<(Head<'a>, usize)> {
        let mut at = 0;
        let mut head = Head::default();
        loop {
            let len = memchr::memchr(b'\n', bytes.get(at..)?)? + 1;
            let line = std::str::from_utf8(&bytes[at..at + len]).unwrap_or_default().trim_end();
            let opening = at == 0;
            at += len;
            match line.split_once(':') {
                _ if opening => head.first = line,
                _ if bytes[at - len..at].trim_ascii().is_empty() => return Some((head, at)),
                Some((name, value)) => head.lines.push((name.trim(), value.trim())),
                None => {}
            }
        }
    }

    /// The value of a name, in any case.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.lines.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|&(_, value)| value)
    }
}

/// A stream of records.
pub(super) struct Warc<R> {
    reader: R,
    limit: u64,
    number: u64,
    offset: u64,
    pending: Option<Piece>,
    ended: bool,
    failed: Option<io::Error>,
}

impl<R: BufRead> Warc<R> {
    pub(super) fn new(reader: R, max_record_bytes: u64) -> Self {
        Warc { reader, limit: max_record_bytes, number: 1, offset: 0, pending: None, ended: false, failed: None }
    }

    fn lost(&mut self, reason: String, bytes: Vec<u8>) -> Piece {
        let piece = Piece::Failed { line: Some(self.number), offset: self.offset, reason, bytes };
        self.number += 1;
        piece
    }

    fn broken(&mut self, error: &dyn std::fmt::Display, bytes: Vec<u8>) -> Piece {
        self.ended = true;
        let len = bytes.len();
        self.lost(format!("the WARC record breaks off after {len} bytes, and nothing behind it can be read: {error}"), bytes)
    }

    /// Reads a line into the bytes; false at the end.
    fn line(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        Ok(self.reader.by_ref().take(HEAD_BYTES as u64).read_until(b'\n', bytes)? > 0)
    }

    /// The next record, or why there is none.
    fn record(&mut self) -> Option<Result<WarcRecord, Piece>> {
        if let Some(error) = self.failed.take() {
            return Some(Err(self.broken(&error, Vec::new())));
        }
        let mut bytes = Vec::new();
        let mut line = 0;
        loop {
            match self.line(&mut bytes) {
                Ok(true) => {}
                Ok(false) if bytes.trim_ascii().is_empty() => return None,
                Ok(false) if line == 0 => return Some(Err(self.no_record(bytes))),
                Ok(false) => return Some(Err(self.broken(&"the file ends inside of its head", bytes))),
                Err(error) => return Some(Err(self.broken(&error, bytes))),
            }
            if line == 0 && !bytes[..].trim_ascii_start().starts_with(b"WARC/") {
                if !bytes.trim_ascii().is_empty() {
                    return Some(Err(self.skip(bytes)));
                }
                continue;
            }
            line += 1;
            if bytes.len() > HEAD_BYTES {
                return Some(Err(self.skip(bytes)));
            }
            if bytes.ends_with(b"\n\r\n") || bytes.ends_with(b"\n\n") {
                break;
            }
        }
        Some(self.content(bytes))
    }

    fn content(&mut self, mut bytes: Vec<u8>) -> Result<WarcRecord, Piece> {
        let lead = bytes.len() - bytes.trim_ascii_start().len();
        let size = Head::parse(&bytes[lead..]).and_then(|(head, _)| head.get("Content-Length")?.parse::<u64>().ok());
        let Some(size) = size else { return Err(self.skip(bytes)) };
        let start = bytes.len();
        if size > self.limit {
            return Err(self.too_long(start as u64, size));
        }
        match self.reader.by_ref().take(size).read_to_end(&mut bytes) {
            Err(error) => return Err(self.broken(&error, bytes)),
            Ok(read) if (read as u64) < size => return Err(self.broken(&format!("its content was to have {size} bytes"), bytes)),
            Ok(_) => {}
        }
        let end = bytes.len();
        self.blank_lines(&mut bytes);
        let record = WarcRecord { number: self.number, offset: self.offset, start, end, bytes };
        self.number += 1;
        self.offset += record.bytes.len() as u64;
        Ok(record)
    }

    /// Reads the line ends behind a record. A failure shows when the next record is read.
    fn blank_lines(&mut self, bytes: &mut Vec<u8>) {
        loop {
            match self.reader.fill_buf() {
                Ok([byte @ (b'\r' | b'\n'), ..]) => bytes.push(*byte),
                Ok(_) => return,
                Err(error) => return self.failed = Some(error),
            }
            self.reader.consume(1);
        }
    }

    fn too_long(&mut self, head: u64, size: u64) -> Piece {
        let piece = Piece::TooLong { line: self.number, offset: self.offset, len: head + size };
        self.number += 1;
        self.offset += head + size;
        if io::copy(&mut self.reader.by_ref().take(size), &mut io::sink()).is_err() {
            self.ended = true;
        }
        piece
    }

    fn no_record(&mut self, bytes: Vec<u8>) -> Piece {
        let len = bytes.len() as u64;
        let piece = self.lost("these bytes are no WARC record: a line 'WARC/1.0' or 'WARC/1.1' was expected, and a Content-Length".into(), bytes);
        self.offset += len;
        piece
    }

    /// Passes over what is no record, up to the next line that opens one.
    fn skip(&mut self, mut bytes: Vec<u8>) -> Piece {
        loop {
            match self.reader.fill_buf() {
                Ok(read) if read.starts_with(b"WARC/") && bytes.ends_with(b"\n") => break,
                Ok([]) => break,
                Ok(_) if bytes.len() as u64 > self.limit => break,
                Ok(_) => {}
                Err(error) => return self.broken(&error, bytes),
            }
            if let Err(error) = self.line(&mut bytes) {
                return self.broken(&error, bytes);
            }
        }
        self.no_record(bytes)
    }
}

impl<R: BufRead> Iterator for Warc<R> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if let Some(piece) = self.pending.take() {
            return Some(piece);
        }
        let opening = self.number == 1;
        let mut records = Vec::new();
        let mut size = 0;
        while size < PIECE && !self.ended {
            match self.record() {
                None => self.ended = true,
                Some(Ok(record)) => {
                    size += record.bytes.len();
                    records.push(record);
                }
                Some(Err(piece)) if records.is_empty() => return Some(piece),
                Some(Err(piece)) => {
                    self.pending = Some(piece);
                    break;
                }
            }
        }
        // An empty file gives one empty piece, so that its output exists too.
        (!records.is_empty() || opening && self.number == 1).then(|| {
            self.number = self.number.max(2);
            Piece::Warc(records)
        })
    }
}
