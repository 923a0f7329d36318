//! Many records under rayon: work in, finished pieces out, in input order.
//!
//! Workers pull work from one reader, clean it, and hand back bytes that are ready to write; the caller's thread gives them to a
//! [`Sink`] in the order of the input. A window of bytes bounds how far workers may run ahead of the slowest piece, so memory does
//! not grow with the input, small pieces do not wait for one another, and the output never depends on the number of threads. Small files go
//! through it some at a time: waking a thread for each would cost as much as cleaning it.

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};

use rayon::iter::{ParallelBridge, ParallelIterator};

use crate::read::{Piece, Source, Work, Works};
use crate::worker::{Done, Worker, panic_message};

/// Takes finished pieces in input order.
pub trait Sink {
    /// Writes one piece.
    fn take(&mut self, done: Done) -> io::Result<()>;
}

/// What a worker's thread does with a finished piece before the sink gets it, in no order: a million small files are written by all threads.
pub type Early<'a> = &'a (dyn Fn(&mut Done) + Sync);

/// Leaves everything to the sink.
pub fn nothing_early(_: &mut Done) {}

/// Which part of the inputs is worked on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part {
    /// The first source ...
    pub source: usize,
    /// ... and its pieces that are done already.
    pub pieces: u64,
    /// The first so many records only, those done already included.
    pub limit: Option<u64>,
}

/// How far ahead of the output the work may be, in weights of pieces.
struct Window {
    written: Mutex<Option<u64>>,
    moved: Condvar,
    size: u64,
}

impl Window {
    fn new(size: u64) -> Self {
        Window { written: Mutex::new(Some(0)), moved: Condvar::new(), size }
    }

    /// Waits until the piece that begins at `place` may be worked on; false when the run was stopped.
    fn enter(&self, place: u64) -> bool {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match *written {
                None => return false,
                Some(count) if place < count + self.size => return true,
                Some(_) => written = self.moved.wait(written).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn set(&self, count: Option<u64>) {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = count;
        self.moved.notify_all();
    }
}

/// How many of the heaviest pieces each thread may be ahead.
const AHEAD: u64 = 4;
/// What the heaviest piece weighs; a larger one counts as much, so that several may be worked on.
const HEAVIEST: u64 = 1 << 20;
/// What the lightest weighs: its audit line and bookkeeping. A disk that takes its time over a checkpoint holds up nobody before
/// thousands of them are done.
const LIGHTEST: u64 = 1 << 12;
/// Small files go together up to so many ...
const TOGETHER: usize = 16;
/// ... and this weight.
const TOGETHER_WEIGHT: u64 = 1 << 17;

/// What a piece weighs in the window: about its bytes.
fn weight(work: &Work, sources: &[Source]) -> u64 {
    let bytes = work.piece.bytes().map_or(sources[work.source].bytes, |bytes| bytes as u64);
    bytes.clamp(LIGHTEST, HEAVIEST)
}

/// Pieces that one thread works on without a pause: one, or some small files.
struct Batch {
    number: u64,
    /// Where it begins in the weights of all, and where it ends.
    place: u64,
    end: u64,
    works: Vec<Work>,
}

/// Work in batches, in order.
struct Batches<'a> {
    works: Works<'a>,
    sources: &'a [Source],
    number: u64,
    end: u64,
}

impl Iterator for Batches<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let mut works = vec![self.works.next()?];
        let mut size = weight(&works[0], self.sources);
        while works.len() < TOGETHER && size < TOGETHER_WEIGHT && matches!(works[0].piece, Piece::File) && self.works.is_before_file() {
            let Some(work) = self.works.next() else { break };
            size += weight(&work, self.sources);
            works.push(work);
        }
        let (number, place) = (self.number, self.end);
        self.number += 1;
        self.end += size;
        Some(Batch { number, place, end: self.end, works })
    }
}

/// Cleans a part of the sources with `jobs` threads (0: one more than there are cores, as one often waits for the disk) and gives every piece to the sink. The first write error stops the run.
pub fn run(sources: &[Source], part: Part, worker: &Worker, jobs: usize, early: Early, sink: &mut dyn Sink) -> io::Result<()> {
    let threads = if jobs == 0 { std::thread::available_parallelism().map_or(1, usize::from) + 1 } else { jobs };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?;
    let window = Window::new(AHEAD * HEAVIEST * (pool.current_num_threads() as u64 + 1));
    let (sender, receiver) = mpsc::channel();
    let works = Works::new(sources, worker.limits()).limited(part.limit).from(part.source, part.pieces);
    std::thread::scope(|scope| {
        let window = &window;
        scope.spawn(move || {
            pool.install(|| {
                let batches = Batches { works, sources, number: 0, end: 0 }.take_while(|_| window.enter(0));
                batches.par_bridge().for_each_with(sender, |sender, Batch { number, place, end, works }| {
                    if window.enter(place) {
                        let finish = |work| {
                            let mut done = finish(worker, sources, work);
                            early(&mut done);
                            done
                        };
                        // The receiver is gone only when the run was stopped.
                        let _ = sender.send((number, (end, works.into_iter().map(finish).collect())));
                    }
                });
            });
        });
        let written = write_in_order(&receiver, window, sink);
        window.set(None);
        written
    })
}

fn finish(worker: &Worker, sources: &[Source], work: Work) -> Done {
    let Work { source: of, member, last, number, at, piece } = work;
    let source = member.as_deref().unwrap_or(&sources[of]);
    let done = catch_unwind(AssertUnwindSafe(|| worker.work(source, piece)));
    let done = done.unwrap_or_else(|panic| worker.broken(source, &panic_message(panic.as_ref())));
    Done { source: of, member, last, number, at, ..done }
}

fn write_in_order(receiver: &mpsc::Receiver<(u64, (u64, Vec<Done>))>, window: &Window, sink: &mut dyn Sink) -> io::Result<()> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    for (number, batch) in receiver {
        early.insert(number, batch);
        while let Some((end, batch)) = early.remove(&next) {
            batch.into_iter().try_for_each(|done| sink.take(done))?;
            next += 1;
            window.set(Some(end));
        }
    }
    Ok(())
}
