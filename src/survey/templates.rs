//! A survey ready for cleaning: for each group the lines, openings and endings that enough documents have.
//!
//! In: the survey's file. Out: look-ups by hash. Only what may be template by the settings is loaded, so memory follows the templates of
//! the dump, not its text; titles and leads are kept as hashes. What is looked up is a count: the order of the documents says nothing.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::branch::{Branches, Visit};
use super::file::{Header, SurveyReader};
use super::frequency::Rarity;
use super::gather::COMMON;
use super::hashed::{Hashed, extend};
use super::key::{Kind, REST, parts, split_mark};
use super::lookup::Counts;
use super::runs::{Stream, merge};
use super::stories::Stories;
use super::word_bits::{SiftedWords, WordBits};
use super::words::{DateWords, Edges, OPEN, Word, hash_of, is_open};
use crate::rules::RuleSet;
use crate::rules::settings::Template as Settings;

/// What is known of a group's documents.
#[derive(Debug, Default)]
pub struct Group {
    /// Its documents.
    pub documents: u64,
    lines: Counts,
    heads: Counts,
    tails: Counts,
    insides: Counts,
    /// The first words of known lines and of spans that may be glued, the last words of such spans, and a word of each piece inside lines: by
    /// them most lines are known to hold none.
    head_words: WordBits,
    tail_words: WordBits,
    inside_words: SiftedWords,
    /// What names its documents elsewhere.
    pub stories: Stories,
}

impl Group {
    /// Documents that have the line whose words have this hash; 0 when they are too few to matter.
    #[inline]
    pub fn line(&self, hash: u64) -> u32 {
        self.lines.get(hash).unwrap_or(0)
    }

    /// Can a line with these first and last words be known, or may it begin or end with what is glued to it?
    #[inline]
    pub fn may_know(&self, edges: Edges) -> bool {
        let is_tail = |word: u64| self.tail_words.may_hold(word);
        self.head_words.may_hold(edges.first) || is_tail(edges.last) || edges.may_be_open && OPEN.into_iter().any(is_tail)
    }

    /// Can a line with this word hold a known piece?
    #[inline]
    pub fn may_hold(&self, word: u64) -> bool {
        self.inside_words.contains(word)
    }

    /// Documents with this piece inside a line.
    pub fn inside(&self, words: &[Word]) -> u32 {
        self.insides.get(hash_of(words.iter().map(|word| word.hash))).unwrap_or(0)
    }

    /// Documents with a line that begins with the first 1, 2, ... words, into `counts`, as long as they are enough to matter.
    pub fn heads(&self, words: impl Iterator<Item = u64>, counts: &mut Vec<u32>) {
        climb(&self.heads, words, counts);
    }

    /// Documents with a line that ends with the last 1, 2, ... words.
    pub fn tails(&self, words: impl DoubleEndedIterator<Item = u64>, counts: &mut Vec<u32>) {
        climb(&self.tails, words.rev(), counts);
    }
}

fn climb(known: &Counts, words: impl Iterator<Item = u64>, counts: &mut Vec<u32>) {
    counts.clear();
    let mut hash = None;
    for word in words {
        let next = extend(hash, word);
        let Some(count) = known.get(next) else { break };
        counts.push(count);
        hash = Some(next);
    }
}

/// A survey, loaded.
#[derive(Debug)]
pub struct Templates {
    /// Its header.
    pub header: Header,
    /// The words that dates are made of.
    pub dates: DateWords,
    /// How rare words are in the dump.
    pub rarity: Rarity,
    groups: HashMap<String, Group>,
}

impl Templates {
    /// Loads what cleaning with these rules' settings can use. Errors say file and line.
    pub fn load(path: &Path, rules: &RuleSet) -> io::Result<Self> {
        let dates = DateWords::new(rules);
        let reader = SurveyReader::open(path)?;
        reader.check(dates.fingerprint())?;
        let header = reader.header.clone();
        let rarity = Rarity::new(&reader.words, header.documents);
        let settings = &rules.settings.template;
        let mut groups: HashMap<String, Group> = HashMap::new();
        let mut loading = Loading::new(settings);
        let streams = if settings.page_documents < COMMON { reader.whole()? } else { vec![Box::new(reader) as Box<dyn Stream>] };
        merge(streams, |key, count| {
            let Some(parts) = parts(key) else { return Ok(()) };
            match parts.kind {
                Kind::Documents => {
                    loading.put_into(&mut groups)?;
                    let share = settings.page_share.min(settings.least_share).min(settings.span_least_share);
                    let least = (share * count as f64).ceil() as u64;
                    loading.begin(parts.group, count, least.max(settings.page_documents));
                }
                Kind::Title | Kind::Lead => loading.add_story(parts.kind, parts.words),
                Kind::Inside => loading.add_inside(parts.words, count),
                kind => loading.push(kind, parts.words, parts.shared, count)?,
            }
            Ok(())
        })?;
        loading.put_into(&mut groups)?;
        Ok(Templates { header, dates, rarity, groups })
    }

    /// What is known of a group.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }
}

/// A group being loaded.
struct Loading<'s> {
    settings: &'s Settings,
    name: Option<String>,
    group: Group,
    walk: Option<(Kind, Branches)>,
    least: u64,
    /// What becomes of its tables.
    lines: Vec<(u64, u32)>,
    heads: Vec<(u64, u32)>,
    tails: Vec<(u64, u32)>,
    insides: Vec<(u64, u32)>,
    head_words: Vec<u64>,
    tail_words: Vec<u64>,
    inside_words: Vec<u64>,
    hashed: Hashed,
}

impl<'s> Loading<'s> {
    fn new(settings: &'s Settings) -> Self {
        Loading {
            settings,
            name: None,
            group: Group::default(),
            walk: None,
            least: 0,
            lines: Vec::new(),
            heads: Vec::new(),
            tails: Vec::new(),
            insides: Vec::new(),
            head_words: Vec::new(),
            tail_words: Vec::new(),
            inside_words: Vec::new(),
            hashed: Hashed::default(),
        }
    }

    fn begin(&mut self, name: &[u8], documents: u64, least: u64) {
        self.name = Some(String::from_utf8_lossy(name).into_owned());
        self.group = Group { documents, ..Group::default() };
        self.least = least;
    }

    fn push(&mut self, kind: Kind, words: &[u8], shared: u8, count: u64) -> io::Result<()> {
        if self.walk.as_ref().is_none_or(|(open, _)| *open != kind) {
            self.end_walk()?;
            self.walk = Some((kind, Branches::new(self.least)));
        }
        let Some((kind, mut walk)) = self.walk.take() else { return Ok(()) };
        walk.push(words, shared, count, &mut Found { loading: self, kind })?;
        self.walk = Some((kind, walk));
        Ok(())
    }

    fn end_walk(&mut self) -> io::Result<()> {
        match self.walk.take() {
            Some((kind, mut walk)) => walk.finish(&mut Found { loading: self, kind }),
            None => Ok(()),
        }
    }

    fn put_into(&mut self, groups: &mut HashMap<String, Group>) -> io::Result<()> {
        self.end_walk()?;
        let [lines, heads, tails, insides] = [&mut self.lines, &mut self.heads, &mut self.tails, &mut self.insides].map(|entries| {
            let counts = Counts::new(entries);
            entries.clear();
            counts
        });
        let (head_words, tail_words) = (WordBits::new(&self.head_words), WordBits::new(&self.tail_words));
        let inside_words = SiftedWords::new(&self.inside_words);
        [&mut self.head_words, &mut self.tail_words, &mut self.inside_words].into_iter().for_each(Vec::clear);
        let group = Group { lines, heads, tails, insides, head_words, tail_words, inside_words, ..std::mem::take(&mut self.group) };
        if let Some(name) = self.name.take() {
            groups.insert(name, group);
        }
        Ok(())
    }

    fn add_story(&mut self, kind: Kind, words: &[u8]) {
        let hashes = self.hashed.words(words);
        match kind {
            _ if hashes.is_empty() => {}
            Kind::Title => self.group.stories.add_title(hashes),
            _ => self.group.stories.add_lead(hashes),
        }
    }

    /// A piece inside lines.
    fn add_inside(&mut self, words: &[u8], count: u64) {
        if count < self.least {
            return;
        }
        let (plain, mark) = split_mark(words);
        let hashes = self.hashed.words(plain);
        let hash = rest_of(mark).or_else(|| line_hash(hashes));
        let word = hashes.iter().copied().find(|&word| !is_open(word));
        if let (Some(hash), Some(word)) = (hash, word) {
            self.insides.push((hash, count as u32));
            self.inside_words.push(word);
        }
    }
}

/// The hash of a line with these words.
fn line_hash(words: &[u64]) -> Option<u64> {
    (!words.is_empty()).then(|| hash_of(words.iter().copied()))
}

/// The hash of all words of a row, where it does not hold all.
fn rest_of(mark: Option<&[u8]>) -> Option<u64> {
    let Some([REST, hex @ ..]) = mark else { return None };
    u64::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
}

struct Found<'l, 's> {
    loading: &'l mut Loading<'s>,
    kind: Kind,
}

impl Found<'_, '_> {
    /// Takes the first word of the row that was hashed last.
    fn note_first_word(&mut self) {
        let Some(first) = self.loading.hashed.first() else { return };
        let words = if self.kind == Kind::Tail { &mut self.loading.tail_words } else { &mut self.loading.head_words };
        // Rows with the same first word stand side by side.
        if words.last() != Some(&first) {
            words.push(first);
        }
    }
}

impl Visit for Found<'_, '_> {
    fn line(&mut self, words: &[u8], counts: &[(u8, u64)]) -> io::Result<()> {
        if self.kind == Kind::Tail {
            return Ok(());
        }
        let (plain, mark) = split_mark(words);
        let own = line_hash(self.loading.hashed.words(plain));
        let hash = if let Some([REST, ..]) = mark { rest_of(mark) } else { own };
        self.note_first_word();
        let documents = counts.iter().map(|entry| entry.1).sum::<u64>() as u32;
        self.loading.lines.extend(hash.map(|hash| (hash, documents)));
        Ok(())
    }

    fn opening(&mut self, words: &[u8], depth: u8, documents: u64, _: &[(u8, u64)]) -> io::Result<()> {
        let hash = self.loading.hashed.opening(words, depth.into());
        if self.loading.settings.may_be_glued(depth.into(), documents, self.loading.group.documents) {
            self.note_first_word();
        }
        let known = if self.kind == Kind::Tail { &mut self.loading.tails } else { &mut self.loading.heads };
        known.extend(hash.map(|hash| (hash, documents as u32)));
        Ok(())
    }
}
