//! Sorted runs of (key, count): written to temporary files, read back, merged.
//!
//! A run is a stream of records in the order of their keys, each as the length it shares with the key before, the rest of the
//! key, and the count, compressed lightly. Merging adds the counts of equal keys: sums of whole numbers, so the outcome does not
//! depend on how the counting was parted.

use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use super::branch::common_bytes;

/// Fast before small, for temporary files.
const LEVEL: i32 = -20;
/// More runs are merged in steps.
const MOST_RUNS: usize = 96;

/// A stream of keys in order.
pub trait Stream {
    /// Moves to the next key and hands over its count; `None` at the end. The key replaces what `key` held, which must be the key before.
    fn next(&mut self, key: &mut Vec<u8>) -> io::Result<Option<u64>>;
}

/// So many bytes are compressed at a time.
const BUFFER: usize = 1 << 16;

/// Writes a run.
pub struct RunWriter {
    out: zstd::Encoder<'static, BufWriter<File>>,
    buffer: Vec<u8>,
    last: Vec<u8>,
}

impl RunWriter {
    /// A run in a nameless temporary file.
    pub fn new() -> io::Result<Self> {
        Ok(RunWriter {
            out: zstd::Encoder::new(BufWriter::with_capacity(1 << 17, tempfile::tempfile()?), LEVEL)?,
            buffer: Vec::with_capacity(2 * BUFFER),
            last: Vec::new(),
        })
    }

    /// Adds the next key.
    pub fn push(&mut self, key: &[u8], count: u64) -> io::Result<()> {
        let common = common_bytes(&self.last, key);
        write_number(&mut self.buffer, common as u64);
        write_number(&mut self.buffer, (key.len() - common) as u64);
        self.buffer.extend_from_slice(&key[common..]);
        write_number(&mut self.buffer, count);
        self.last.truncate(common);
        self.last.extend_from_slice(&key[common..]);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Ends the run and opens it for reading.
    pub fn finish(mut self) -> io::Result<Run> {
        self.flush()?;
        let file = self.out.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Run { file })
    }
}

fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn read_number(from: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut number = 0;
    let mut shift = 0;
    loop {
        let Some(&byte) = from.fill_buf()?.first() else {
            return if shift == 0 { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        };
        from.consume(1);
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return Ok(Some(number));
        }
    }
}

/// A finished run.
pub struct Run {
    file: File,
}

impl Run {
    /// Reads it from its start.
    pub fn open(&self) -> io::Result<RunReader> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(RunReader { from: BufReader::with_capacity(1 << 15, zstd::Decoder::new(file)?) })
    }
}

/// Reads a run.
pub struct RunReader {
    from: BufReader<zstd::Decoder<'static, BufReader<File>>>,
}

impl Stream for RunReader {
    fn next(&mut self, key: &mut Vec<u8>) -> io::Result<Option<u64>> {
        let Some(common) = read_number(&mut self.from)? else { return Ok(None) };
        let missing = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let len = read_number(&mut self.from)?.ok_or_else(missing)? as usize;
        key.resize(common as usize + len, 0);
        self.from.read_exact(&mut key[common as usize..])?;
        read_number(&mut self.from)?.ok_or_else(missing).map(Some)
    }
}

/// The next record of one stream; ordered so that the heap's greatest is the smallest key.
struct Head<'s> {
    key: Vec<u8>,
    count: u64,
    stream: Box<dyn Stream + 's>,
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Head<'_> {}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.key.cmp(&self.key)
    }
}

/// Gives every key of the streams once, in order, with the sum of its counts.
pub fn merge<'s>(mut streams: Vec<Box<dyn Stream + 's>>, mut each: impl FnMut(&[u8], u64) -> io::Result<()>) -> io::Result<()> {
    if let [only] = &mut *streams {
        let mut key = Vec::new();
        while let Some(count) = only.next(&mut key)? {
            each(&key, count)?;
        }
        return Ok(());
    }
    let mut heap = BinaryHeap::with_capacity(streams.len());
    for mut stream in streams {
        let mut key = Vec::new();
        if let Some(count) = stream.next(&mut key)? {
            heap.push(Head { key, count, stream });
        }
    }
    let mut open: Vec<u8> = Vec::new();
    let mut sum = 0;
    while let Some(mut head) = heap.peek_mut() {
        if head.key != open {
            if sum > 0 {
                each(&open, sum)?;
            }
            open.clone_from(&head.key);
            sum = 0;
        }
        sum += head.count;
        let Head { key, count, stream } = &mut *head;
        match stream.next(key)? {
            Some(next) => *count = next,
            None => {
                std::collections::binary_heap::PeekMut::pop(head);
            }
        }
    }
    if sum > 0 {
        each(&open, sum)?;
    }
    Ok(())
}

/// Merges runs until so few are left that all can be open at once.
pub fn reduce(mut runs: Vec<Run>) -> io::Result<Vec<Run>> {
    while runs.len() > MOST_RUNS {
        let rest = runs.split_off(MOST_RUNS);
        let mut writer = RunWriter::new()?;
        merge(open_all(&runs)?, |key, count| writer.push(key, count))?;
        runs = rest;
        runs.push(writer.finish()?);
    }
    Ok(runs)
}

/// Opens runs for merging.
pub fn open_all(runs: &[Run]) -> io::Result<Vec<Box<dyn Stream>>> {
    runs.iter().map(|run| run.open().map(|reader| Box::new(reader) as Box<dyn Stream>)).collect()
}

/// Sorts keys in bounded memory.
pub struct Sorter {
    keys: Vec<u8>,
    ends: Vec<usize>,
    limit: usize,
    runs: Vec<Run>,
}

impl Sorter {
    /// A sorter that holds about `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Sorter { keys: Vec::new(), ends: vec![0], limit, runs: Vec::new() }
    }

    /// Adds a key.
    pub fn push(&mut self, key: &[u8]) -> io::Result<()> {
        self.keys.extend_from_slice(key);
        self.ends.push(self.keys.len());
        if self.keys.len() + self.ends.len() * size_of::<usize>() > self.limit { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut sorted: Vec<&[u8]> = self.ends.windows(2).map(|pair| &self.keys[pair[0]..pair[1]]).collect();
        sorted.sort_unstable();
        let mut writer = RunWriter::new()?;
        for same in sorted.chunk_by(|a, b| a == b) {
            writer.push(same[0], same.len() as u64)?;
        }
        self.runs.push(writer.finish()?);
        self.keys.clear();
        self.ends.truncate(1);
        Ok(())
    }

    /// Adds what another sorter holds.
    pub fn join(&mut self, mut other: Sorter) -> io::Result<()> {
        if other.ends.len() > 1 {
            other.spill()?;
        }
        self.runs.append(&mut other.runs);
        Ok(())
    }

    /// Gives every key once, in order, with how often it was added.
    pub fn finish(mut self, each: impl FnMut(&[u8], u64) -> io::Result<()>) -> io::Result<()> {
        self.spill()?;
        let runs = reduce(self.runs)?;
        merge(open_all(&runs)?, each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorting_in_small_memory_is_sorting() {
        let mut sorter = Sorter::new(64);
        let keys: Vec<String> = (0..500).map(|number| format!("key {}", number * 7919 % 250)).collect();
        keys.iter().for_each(|key| sorter.push(key.as_bytes()).expect("a temporary file"));
        let mut found = Vec::new();
        let collect = |key: &[u8], count| {
            found.push((String::from_utf8_lossy(key).into_owned(), count));
            Ok(())
        };
        sorter.finish(collect).expect("a temporary file");
        let mut expected: Vec<(String, u64)> = (0..250).map(|number| (format!("key {number}"), 2)).collect();
        expected.sort();
        assert_eq!(found, expected);
    }
}
