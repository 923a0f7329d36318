//! Cuts a stream of lines into pieces of about a megabyte that end at line ends, in memory bounded by one piece or one record. Where it cuts
//! depends on the bytes alone, never on how they arrive, so that a killed run finds the same pieces again.

use std::io::{self, BufRead};

use super::Piece;

const PIECE: usize = 1 << 20;

/// A stream of lines and how far it was read.
pub(super) struct Lines<R> {
    reader: R,
    max_record_bytes: usize,
    line: u64,
    offset: u64,
    rest: Vec<u8>,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, max_record_bytes: u64) -> Self {
        let max_record_bytes = usize::try_from(max_record_bytes).unwrap_or(usize::MAX);
        Lines { reader, max_record_bytes, line: 1, offset: 0, rest: Vec::new(), ended: false }
    }

    /// Number of the next line.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Nothing is left to read.
    pub(super) fn is_done(&self) -> bool {
        self.ended && self.rest.is_empty()
    }

    /// The next piece; `None` at the end. An empty stream gives one empty piece, so that its output exists too.
    pub(super) fn next_piece(&mut self) -> io::Result<Option<Piece>> {
        if self.is_done() && self.offset > 0 {
            return Ok(None);
        }
        loop {
            if self.rest.len() >= PIECE || self.ended {
                let whole = self.whole_lines();
                if whole > 0 {
                    return Ok(Some(self.take(whole)));
                }
                if self.rest.len() > self.max_record_bytes {
                    return self.skip_line().map(Some);
                }
                if self.ended {
                    return Ok(Some(self.take(self.rest.len())));
                }
            }
            let read = self.reader.fill_buf()?;
            if read.is_empty() {
                self.ended = true;
            }
            let len = read.len();
            self.rest.extend_from_slice(read);
            self.reader.consume(len);
        }
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
        let piece = Piece::Lines { first: self.line, offset: self.offset, bytes };
        if let Piece::Lines { bytes, .. } = &piece {
            self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
            self.offset += bytes.len() as u64;
            if bytes.is_empty() {
                self.ended = true;
            }
        }
        piece
    }

    /// Reads past a line that is too long, keeping nothing of it.
    fn skip_line(&mut self) -> io::Result<Piece> {
        let mut len = self.rest.len() as u64;
        self.rest = Vec::new();
        loop {
            let read = self.reader.fill_buf()?;
            if read.is_empty() {
                self.ended = true;
                break;
            }
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
        Ok(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_passed_over_and_counted() {
        let text = format!("{{}}\n{}\n{{\"a\":1}}\n", "x".repeat(3 << 20));
        let mut lines = Lines::new(io::BufReader::new(text.as_bytes()), 2 << 20);
        let mut seen = Vec::new();
        while let Some(piece) = lines.next_piece().expect("reads") {
            match piece {
                Piece::Lines { first, bytes, .. } => seen.push((first, bytes.len())),
                Piece::TooLong { line, len, .. } => seen.push((line, len as usize)),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(seen, [(1, 3), (2, (3 << 20) + 1), (3, 8)]);
    }
}
