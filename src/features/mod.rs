//! What the learned model sees of a block: a row of figures in a fixed order, the same for training and for use.
//!
//! In: a document, which of its blocks rules take, and the model's tables of scored words. Out: [`Rows`], which gives its caller the rows of
//! a few blocks at a time, so that judging a document needs no table of all rows; they are worked out feature by feature, so that what
//! a feature asks for is asked of one block after the other. Everything is linear in the blocks. The
//! constants here are part of what the weights were trained on: a change asks for training again.

mod context;
mod html;
mod table;
mod text;

use std::sync::LazyLock;

use crate::document::{Block, Document, Format};
use crate::model::{LANES, Tables};

/// A block of so many words that ends like a sentence is prose.
const PROSE_WORDS: u32 = 12;
/// A label has at most so many words.
const LABEL_WORDS: u32 = 4;
/// With more of its characters in links than this a block is no prose.
const LINKED: f32 = 0.3;
/// Blocks of at most so many words are looked up in the table of words.
const SHORT_WORDS: u32 = 25;

/// Where figures go, feature by feature.
trait Sink {
    /// Takes the next features, which are worked out together: `values` gives them for a block. `number` tells neighbours, windows and levels
    /// apart.
    fn put_all<const N: usize>(&mut self, names: [&'static str; N], number: i32, values: impl Fn(usize) -> [f32; N]);

    /// Takes the next feature.
    #[inline]
    fn put(&mut self, name: &'static str, number: i32, value: impl Fn(usize) -> f32) {
        self.put_all([name], number, |at| [value(at)]);
    }
}

/// Hands the figures of one block on with their places in its row.
struct Row<F> {
    block: usize,
    give: F,
    place: usize,
}

impl<F: FnMut(usize, f32)> Sink for Row<F> {
    fn put_all<const N: usize>(&mut self, _: [&'static str; N], _: i32, values: impl Fn(usize) -> [f32; N]) {
        for value in values(self.block) {
            (self.give)(self.place, value);
            self.place += 1;
        }
    }
}

/// Writes the figures of some blocks into columns, one for each feature.
struct Columns<'a> {
    blocks: &'a [usize],
    left: &'a mut [[f32; LANES]],
}

impl Sink for Columns<'_> {
    #[inline]
    fn put_all<const N: usize>(&mut self, _: [&'static str; N], _: i32, values: impl Fn(usize) -> [f32; N]) {
        let Some((columns, left)) = std::mem::take(&mut self.left).split_first_chunk_mut::<N>() else { return };
        for (lane, &at) in (0..LANES).zip(self.blocks) {
            for (column, value) in columns.iter_mut().zip(values(at)) {
                column[lane] = value;
            }
        }
        self.left = left;
    }
}

/// Collects names.
struct Names(Vec<String>);

impl Sink for Names {
    fn put_all<const N: usize>(&mut self, names: [&'static str; N], number: i32, _: impl Fn(usize) -> [f32; N]) {
        self.0.extend(names.into_iter().map(|name| if number == 0 { name.to_owned() } else { format!("{name}{number:+}") }));
    }
}

/// What is asked of a block again and again.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fact {
    words: f32,
    chars: f32,
    log_words: f32,
    link_share: f32,
    prose: bool,
    label: bool,
    finished: bool,
    noise: bool,
    upper: f32,
    digits: f32,
    punctuation: f32,
    /// What the words of a short block say.
    lexical: f32,
    /// The worst of them.
    worst_word: f32,
    /// What a short block of a page says as a whole.
    line: f32,
    heading: u8,
}

fn share(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn flag(value: bool) -> f32 {
    f32::from(u8::from(value))
}

/// The key of a word in the table of words.
pub fn word_key(hash: u64) -> u32 {
    (hash >> 16) as u32
}

/// Is a block short enough to be looked up?
pub fn is_short(block: &Block) -> bool {
    block.shape.words <= SHORT_WORDS
}

/// The logarithm of a count of words; of most blocks it is looked up.
fn log_words(words: u32) -> f32 {
    const LOOKED_UP: usize = 256;
    static LOGS: LazyLock<[f32; LOOKED_UP]> = LazyLock::new(|| std::array::from_fn(|words| (1.0 + words as f32).ln()));
    LOGS.get(words as usize).copied().unwrap_or_else(|| (1.0 + words as f32).ln())
}

fn fact(document: &Document, block: &Block, noise: bool, tables: &Tables) -> Fact {
    let shape = &block.shape;
    let (words, chars) = (shape.words as f32, shape.chars as f32);
    let link_share = block.markup.as_ref().map_or(0.0, |markup| share(markup.link_chars as f32, chars).min(1.0));
    let (mut sum, mut count, mut worst, mut line) = (0.0, 0.0, 0.0_f32, 0.0);
    if is_short(block) {
        line = tables.lines.get(word_key(block.hash)).unwrap_or_default();
        for score in document.tokens_of(block).iter().filter_map(|token| tables.words.get(word_key(token.hash))) {
            sum += score;
            count += 1.0;
            worst = worst.min(score);
        }
    }
    Fact {
        words,
        chars,
        log_words: log_words(shape.words),
        link_share,
        prose: shape.is_prose(PROSE_WORDS) && link_share < LINKED,
        label: shape.words <= LABEL_WORDS && !shape.finished && !shape.colon,
        finished: shape.finished,
        noise,
        upper: share(shape.upper as f32, shape.letters as f32),
        digits: share(shape.digits as f32, chars),
        punctuation: share(shape.punctuation as f32, chars),
        lexical: sum / (count + 1.0),
        worst_word: worst,
        line,
        heading: block.markup.as_ref().map_or(0, |markup| markup.heading),
    }
}

/// The rows of a document's blocks.
pub struct Rows<'a> {
    document: &'a Document,
    facts: Vec<Fact>,
    surroundings: text::Surroundings,
    context: context::Context,
    page: Option<html::Page>,
}

impl<'a> Rows<'a> {
    /// Looks at the whole document once. `noise` says which blocks rules take as a whole.
    pub fn new(document: &'a Document, noise: &[bool], tables: &Tables) -> Self {
        let facts: Vec<Fact> = document.blocks.iter().zip(noise).map(|(block, &noise)| fact(document, block, noise, tables)).collect();
        let surroundings = text::Surroundings::new(document, &facts);
        let context = context::Context::new(document, &facts, surroundings.stretch);
        let page = (document.format == Format::Html).then(|| html::Page::new(document, &facts, tables));
        Rows { document, facts, surroundings, context, page }
    }

    /// Gives the row of block `at`, place by place; returns how many figures it has.
    pub fn give(&self, at: usize, give: impl FnMut(usize, f32)) -> usize {
        let mut row = Row { block: at, give, place: 0 };
        self.put(&mut row);
        row.place
    }

    /// Writes the figures of some blocks, at most [`LANES`], into columns, one for each feature.
    pub fn fill(&self, blocks: &[usize], columns: &mut [[f32; LANES]]) {
        self.put(&mut Columns { blocks, left: columns });
    }

    /// The names of a row's figures, as model files spell them; empty for a document without blocks.
    pub fn names(&self) -> Vec<String> {
        let mut names = Names(Vec::new());
        if !self.facts.is_empty() {
            self.put(&mut names);
        }
        names.0
    }

    /// What stands for a block's path of tags and classes; none in a text.
    pub fn path(&self, at: usize) -> Option<u64> {
        self.page.as_ref().map(|page| page.path(self.document, at))
    }

    fn put(&self, sink: &mut impl Sink) {
        text::own(sink, self.document, &self.facts);
        self.surroundings.put(sink, &self.facts);
        self.context.put(sink, self.document);
        if let Some(page) = &self.page {
            page.put(sink, self.document, &self.facts);
        }
    }
}
