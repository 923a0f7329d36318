//! Documents that are copies of each other: which, of which, and how alike.
//!
//! In: the clean bodies of a dump. Out: for each copy the earliest document that it copies. A body is the set of its runs of words; 64
//! minimum hashes of it estimate the Jaccard similarity of two sets (Broder 1997), and documents that agree on a band of four are
//! compared (locality-sensitive hashing after Indyk and Motwani 1998). Bands, sketches and pairs are sorted on disk, so memory is
//! bounded but for a few bytes a copy. The earliest by place in the input stays, whatever thread reads it.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::read::Source;
use crate::rules::settings::Dedupe as Settings;
use crate::survey::runs::Sorter;
use crate::text::token::{Token, sequence_hash, words};

/// Minimum hashes of a body.
const HASHES: usize = 64;
/// Hashes of a band: 16 bands of 4 find nine of ten pairs whose similarity is .6, and nearly all above.
const BAND: usize = 4;
/// Bytes that a hash is kept in; two differing hashes are taken for one in 65,536 cases.
const KEPT: usize = 2;
/// Bytes of a document's place: number of its source, line.
const PLACE: usize = 12;
const SKETCH: usize = HASHES * KEPT;

/// A document's place in the input: number of its source, line (0: the whole file). Earlier places are smaller.
pub type Place = (u32, u64);

/// The number of each source, by path and name.
#[derive(Clone, Debug, Default)]
pub struct Order(HashMap<(Option<PathBuf>, Arc<str>), u32>);

impl Order {
    /// The order of the sources.
    pub fn new(sources: &[Source]) -> Self {
        Order((0_u32..).zip(sources).map(|(number, source)| ((source.path.clone(), source.name.clone()), number)).collect())
    }

    /// The place of a record.
    pub fn place(&self, source: &Source, line: Option<u64>) -> Place {
        let number = self.0.get(&(source.path.clone(), source.name.clone())).copied().unwrap_or(u32::MAX);
        (number, line.unwrap_or(0))
    }
}

fn place_bytes((source, line): Place) -> [u8; PLACE] {
    let mut bytes = [0; PLACE];
    bytes[..4].copy_from_slice(&source.to_be_bytes());
    bytes[4..].copy_from_slice(&line.to_be_bytes());
    bytes
}

fn place_of(bytes: &[u8]) -> Place {
    let (mut source, mut line) = ([0; 4], [0; 8]);
    source.copy_from_slice(&bytes[..4]);
    line.copy_from_slice(&bytes[4..PLACE]);
    (u32::from_be_bytes(source), u64::from_be_bytes(line))
}

/// Takes the sketches of bodies, from many threads.
pub struct Sketches {
    settings: Settings,
    order: Order,
    memory: usize,
    held: Mutex<Held>,
}

struct Held {
    bands: Sorter,
    sketches: Sorter,
    failed: Option<io::Error>,
}

/// What a document copies.
#[derive(Clone, Debug, PartialEq)]
pub struct Copy {
    /// The place of the earliest document like it.
    pub of: Place,
    /// That document's id.
    pub id: String,
    /// Estimated share of word runs that the two have in common.
    pub similarity: f64,
}

/// The copies of a dump.
#[derive(Debug, Default)]
pub struct Copies {
    order: Order,
    found: BTreeMap<Place, Copy>,
}

impl Copies {
    /// What the record at a place copies.
    pub fn of(&self, source: &Source, line: Option<u64>) -> Option<&Copy> {
        self.found.get(&self.order.place(source, line))
    }

    /// How many copies there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

impl Sketches {
    /// Sketches that hold about `memory` bytes before they go to temporary files.
    pub fn new(settings: Settings, sources: &[Source], memory: usize) -> Self {
        let held = Held { bands: Sorter::new(memory / 3), sketches: Sorter::new(memory / 3), failed: None };
        Sketches { settings, order: Order::new(sources), memory, held: Mutex::new(held) }
    }

    /// Takes a clean body. Bodies of a few words are too often alike by chance, and are left out.
    pub fn add(&self, source: &Source, line: Option<u64>, id: &str, body: &str) {
        let tokens = words(body);
        if tokens.len() < self.settings.min_words {
            return;
        }
        let place = place_bytes(self.order.place(source, line));
        let minima = minima(&tokens, self.settings.shingle);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = held.push(&place, &minima, id) {
            held.failed.get_or_insert(error);
        }
    }

    /// Finds the copies.
    pub fn finish(self) -> io::Result<Copies> {
        let Held { bands, sketches, failed } = self.held.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = failed {
            return Err(error);
        }
        let mut pairs = Sorter::new(self.memory / 3);
        let mut first: Vec<u8> = Vec::new();
        bands.finish(|key, _| {
            let (band, place) = key.split_at(key.len() - PLACE);
            if !first.starts_with(band) {
                first = key.to_vec();
                return Ok(());
            }
            let leader = &first[band.len()..];
            pairs.push(&[leader, place].concat())?;
            pairs.push(&[place, leader].concat())
        })?;
        let found = compare(pairs, sketches, self.settings.similarity, self.memory)?;
        Ok(Copies { order: self.order, found: roots(found) })
    }
}

impl Held {
    fn push(&mut self, place: &[u8; PLACE], minima: &[u64; HASHES], id: &str) -> io::Result<()> {
        for (number, band) in minima.chunks(BAND).enumerate() {
            let hash = band.iter().fold(number as u64, |hash, value| mix(hash ^ value));
            self.bands.push(&[&hash.to_be_bytes(), place.as_slice()].concat())?;
        }
        let mut key = place.to_vec();
        minima.iter().for_each(|hash| key.extend_from_slice(&hash.to_be_bytes()[8 - KEPT..]));
        key.extend_from_slice(id.as_bytes());
        self.sketches.push(&key)
    }
}

fn mix(value: u64) -> u64 {
    let value = (value ^ value >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (value ^ value >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ value >> 32
}

fn minima(tokens: &[Token], shingle: usize) -> [u64; HASHES] {
    let mut minima = [u64::MAX; HASHES];
    for run in tokens.windows(shingle.clamp(1, tokens.len())) {
        let hash = sequence_hash(run);
        for (number, least) in (0_u64..).zip(&mut minima) {
            *least = (*least).min(mix(hash.wrapping_add(number.wrapping_mul(0xd1b5_4a32_d192_ed03))));
        }
    }
    minima
}

/// Two sorted joins of pairs with sketches: first the pairs' one end meets its sketch, then the other.
fn compare(pairs: Sorter, sketches: Sorter, similarity: f64, memory: usize) -> io::Result<BTreeMap<Place, Copy>> {
    // Each pair stands twice, (earlier, later) and (later, earlier). Sketches and pairs in one sorted stream meet by place: the sketch comes
    // first, as its key is marked smaller.
    let mut meeting = Sorter::new(memory / 3);
    sketches.finish(|key, _| meeting.push(&[&key[..PLACE], &[0], &key[PLACE..]].concat()))?;
    pairs.finish(|key, _| meeting.push(&[&key[..PLACE], &[1], &key[PLACE..]].concat()))?;
    let mut ends = Sorter::new(memory / 3);
    let mut sketch: Vec<u8> = Vec::new();
    meeting.finish(|key, _| {
        let (place, rest) = key.split_at(PLACE);
        if rest[0] == 0 {
            sketch = rest[1..].to_vec();
            return Ok(());
        }
        let other = &rest[1..];
        let (earlier, later) = if place < other { (place, other) } else { (other, place) };
        ends.push(&[later, earlier, &[u8::from(place == later)], &sketch].concat())
    })?;
    let mut found: BTreeMap<Place, Copy> = BTreeMap::new();
    let mut first: Vec<u8> = Vec::new();
    ends.finish(|key, _| {
        let (pair, rest) = key.split_at(2 * PLACE);
        if rest[0] == 0 {
            first = rest[1..].to_vec();
            return Ok(());
        }
        let alike = first[..SKETCH].chunks(KEPT).zip(rest[1..=SKETCH].chunks(KEPT)).filter(|(a, b)| a == b).count() as f64 / HASHES as f64;
        if alike >= similarity {
            let copy = Copy { of: place_of(&pair[PLACE..]), id: String::from_utf8_lossy(&first[SKETCH..]).into_owned(), similarity: alike };
            found.entry(place_of(&pair[..PLACE])).or_insert(copy);
        }
        Ok(())
    })?;
    Ok(found)
}

/// A copy of a copy is a copy of the first.
fn roots(mut found: BTreeMap<Place, Copy>) -> BTreeMap<Place, Copy> {
    let places: Vec<Place> = found.keys().copied().collect();
    for place in places {
        let root = found.get(&place).and_then(|copy| found.get(&copy.of)).map(|root| (root.of, root.id.clone()));
        if let (Some((of, id)), Some(copy)) = (root, found.get_mut(&place)) {
            copy.of = of;
            copy.id = id;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Form;

    fn source() -> Source {
        Source { path: None, object: None, name: "-".into(), form: Form::JsonLines, bytes: 0 }
    }

    fn body(topic: usize, changed: usize) -> String {
        (0..200).map(|word| format!("w{}", if word < changed { 90_000 + word } else { topic * 1_000 + word })).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn copies_are_found_in_any_order_and_the_earliest_stays() {
        let settings = Settings { similarity: 0.8, shingle: 5, min_words: 12 };
        let bodies = [body(1, 0), body(2, 0), body(1, 4), body(3, 0), body(1, 0), body(2, 150), "w1 w2 w3".into(), "w1 w2 w3".into()];
        let find = |numbers: &[usize], memory: usize| {
            let sketches = Sketches::new(settings.clone(), &[source()], memory);
            numbers.iter().for_each(|&number| sketches.add(&source(), Some(number as u64 + 1), &format!("id{number}"), &bodies[number]));
            sketches.finish().expect("temporary files").found
        };
        let found = find(&[0, 1, 2, 3, 4, 5, 6, 7], 1 << 20);
        let pairs: Vec<(u64, u64, &str)> = found.iter().map(|(place, copy)| (place.1, copy.of.1, copy.id.as_str())).collect();
        assert_eq!(pairs, [(3, 1, "id0"), (5, 1, "id0")]);
        assert_eq!(found, find(&[7, 4, 2, 0, 6, 5, 3, 1], 2_000));
    }
}
