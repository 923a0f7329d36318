//! Cuts a stream of lines into pieces of about a quarter of a megabyte that end at line ends, in memory bounded by one piece or one record. Where it cuts
//! depends on the bytes alone, never on how they arrive, so that a killed run finds the same pieces again.

use std::io::{self, BufRead};

use super::{PIECE, Piece};

/// A stream of lines and how far it was read.
pub(super) struct Lines<R> {
    reader: R,
    max_record_bytes: usize,
    line: u64,
    offset: u64,
    rest: Vec<u8>,
    ended: bool,
    failed: Option<io::Error>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, max_record_bytes: u64) -> Self {
        let max_record_bytes = usize::try_from(max_record_bytes).unwrap_or(usize::MAX);
        Lines { reader, max_record_bytes, line: 1, offset: 0, rest: Vec::new(), ended: false, failed: None }
    }

    /// Bytes of the lines that end within a piece, or of the one line that is longer; 0 when its end is not there yet.
    fn whole_lines(&self) -> usize {
        let (head, tail) = self.rest.split_at(self.rest.len().min(PIECE));
        match memchr::memrchr(b'\n', head) {
            Some(at) => at + 1,
            None => memchr::memchr(b'\n', tail).map_or(0, |at| head.len() + at + 1),
        }
    }

    fn take(&mut self, end: usize) -> Piece {
        let rest = self.rest.split_off(end);
        let bytes = std::mem::replace(&mut self.rest, rest);
        let (first, offset) = (self.line, self.offset);
        self.line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        self.offset += bytes.len() as u64;
        Piece::Lines { first, offset, bytes }
    }

    /// What was read when no more could be read: whole lines first, then the failure with the broken line.
    fn end(&mut self) -> Option<Piece> {
        if let Some(error) = self.failed.take() {
            let piece = Piece::Failed {
                line: Some(self.line),
                offset: self.offset,
                reason: format!("cannot be read any further: {error}"),
                bytes: std::mem::take(&mut self.rest),
            };
            self.line += 1;
            return Some(piece);
        }
        // An empty stream gives one empty piece, so that its output exists too.
        let first = self.offset == 0 && self.line == 1;
        if self.rest.is_empty() && !first {
            return None;
        }
        let piece = self.take(self.rest.len());
        self.line += 1;
        Some(piece)
    }

    /// Reads past a line that is too long, keeping nothing of it.
    fn skip_line(&mut self) -> Piece {
        let mut len = self.rest.len() as u64;
        self.rest = Vec::new();
        loop {
            let read = match self.reader.fill_buf() {
                Ok([]) => break self.ended = true,
                Ok(read) => read,
                Err(error) => {
                    self.ended = true;
                    break self.failed = Some(error);
                }
            };
            let (taken, found) = match memchr::memchr(b'\n', read) {
                Some(at) => (at + 1, true),
                None => (read.len(), false),
            };
            self.reader.consume(taken);
            len += taken as u64;
            if found {
                break;
            }
        }
        let piece = Piece::TooLong { line: self.line, offset: self.offset, len };
        self.line += 1;
        self.offset += len;
        piece
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        loop {
            if self.rest.len() >= PIECE || self.ended {
                let whole = self.whole_lines();
                if whole > 0 {
                    return Some(self.take(whole));
                }
                if self.rest.len() > self.max_record_bytes {
                    return Some(self.skip_line());
                }
                if self.ended {
                    return self.end();
                }
            }
            match read_on(&mut self.reader, &mut self.rest) {
                Ok(more) => self.ended = !more,
                Err(error) => (self.ended, self.failed) = (true, Some(error)),
            }
        }
    }
}

/// Appends what the reader has at hand; false at the end of the stream.
pub(super) fn read_on(reader: &mut impl BufRead, rest: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        match reader.fill_buf() {
            Ok(read) => {
                let len = read.len();
                rest.extend_from_slice(read);
                reader.consume(len);
                return Ok(len > 0);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_passed_over_and_counted() {
        let text = format!("{{}}\n{}\n{{\"a\":1}}\n", "x".repeat(3 << 20));
        let lines = Lines::new(io::BufReader::new(text.as_bytes()), 2 << 20);
        let seen: Vec<(u64, usize)> = lines
            .map(|piece| match piece {
                Piece::Lines { first, bytes, .. } => (first, bytes.len()),
                Piece::TooLong { line, len, .. } => (line, len as usize),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(seen, [(1, 3), (2, (3 << 20) + 1), (3, 8)]);
    }
}
