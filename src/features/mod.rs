//! What the learned model sees of a block: a row of figures in a fixed order, the same for training and for use.
//!
//! In: a document, which of its blocks rules take, and the model's tables of scored words. Out: a [`Sheet`], one row a block. Everything is
//! linear in the blocks. The constants here are part of what the weights were trained on: a change asks for training again.

mod context;
mod html;
mod text;

use crate::document::{Block, Document, Format};
use crate::model::Tables;

/// A block of so many words that ends like a sentence is prose.
const PROSE_WORDS: u32 = 12;
/// A label has at most so many words.
const LABEL_WORDS: u32 = 4;
/// With more of its characters in links than this a block is no prose.
const LINKED: f32 = 0.3;
/// Blocks of at most so many words are looked up in the table of words.
const SHORT_WORDS: u32 = 25;

/// Rows of features.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Name and number (neighbour, level) of each feature.
    pub names: Vec<(&'static str, i32)>,
    /// The rows, one after the other.
    pub values: Vec<f32>,
    rows: usize,
}

impl Sheet {
    fn put(&mut self, name: &'static str, number: i32, value: f32) {
        if self.rows == 0 {
            self.names.push((name, number));
        }
        self.values.push(if value.is_finite() { value } else { 0.0 });
    }

    /// The names as model files spell them.
    pub fn feature_names(&self) -> Vec<String> {
        self.names.iter().map(|(name, number)| if *number == 0 { (*name).to_owned() } else { format!("{name}{number:+}") }).collect()
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
    heading: u8,
}

fn share(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// The key of a word in the table of words.
pub fn word_key(hash: u64) -> u32 {
    (hash >> 16) as u32
}

/// Is a block short enough to be looked up?
pub fn is_short(block: &Block) -> bool {
    block.shape.words <= SHORT_WORDS
}

fn fact(document: &Document, block: &Block, noise: bool, tables: &Tables) -> Fact {
    let shape = &block.shape;
    let (words, chars) = (shape.words as f32, shape.chars as f32);
    let link_share = block.markup.as_ref().map_or(0.0, |markup| share(markup.link_chars as f32, chars).min(1.0));
    let (mut sum, mut count, mut worst) = (0.0, 0.0, 0.0_f32);
    if is_short(block) {
        for score in document.tokens_of(block).iter().filter_map(|token| tables.words.get(word_key(token.hash))) {
            sum += score;
            count += 1.0;
            worst = worst.min(score);
        }
    }
    Fact {
        words,
        chars,
        log_words: (1.0 + words).ln(),
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
        heading: block.markup.as_ref().map_or(0, |markup| markup.heading),
    }
}

/// The rows of all blocks. `noise` says which blocks rules take as a whole.
pub fn sheet(document: &Document, noise: &[bool], tables: &Tables) -> Sheet {
    let facts: Vec<Fact> = document.blocks.iter().zip(noise).map(|(block, &noise)| fact(document, block, noise, tables)).collect();
    let mut sheet = Sheet::default();
    if facts.is_empty() {
        return sheet;
    }
    let surroundings = text::Surroundings::new(document, &facts);
    let context = context::Context::new(document, &facts, &surroundings);
    let page = (document.format == Format::Html).then(|| html::Page::new(document, &facts, tables));
    for at in 0..facts.len() {
        text::own(&mut sheet, document, &facts, at);
        surroundings.put(&mut sheet, &facts, at);
        context.put(&mut sheet, document, at);
        if let Some(page) = &page {
            page.put(&mut sheet, document, &facts, at);
        }
        sheet.rows += 1;
    }
    sheet
}
