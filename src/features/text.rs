//! Features of a block's own shape, of its place in the document and of the blocks around it.

use super::{Fact, Sink, flag, share};
use crate::document::{Document, Format};
use crate::stretch::{LABEL_COST, ROW_COST, best_stretch};

/// Windows, in blocks to each side, and the names of their figures.
const WINDOWS: [(usize, [&str; 4], [&str; 4]); 3] = [(3, BEFORE, BEHIND), (8, BEFORE, BEHIND), (25, BEFORE, BEHIND)];
const BEFORE: [&str; 4] = ["prose-before", "labels-before", "log-words-before", "noise-before"];
const BEHIND: [&str; 4] = ["prose-behind", "labels-behind", "log-words-behind", "noise-behind"];

/// A block's own shape.
pub(super) fn own(sink: &mut impl Sink, document: &Document, facts: &[Fact]) {
    let shape = |at: usize| &document.blocks[at].shape;
    let fact = |at: usize| &facts[at];
    sink.put("words", 0, |at| fact(at).words);
    sink.put("chars", 0, |at| fact(at).chars);
    sink.put("word-length", 0, |at| fact(at).chars / fact(at).words.max(1.0));
    sink.put("punctuation", 0, |at| fact(at).punctuation);
    sink.put("digits", 0, |at| fact(at).digits);
    sink.put("upper", 0, |at| fact(at).upper);
    sink.put("letters", 0, |at| share(shape(at).letters as f32, fact(at).chars));
    sink.put("commas", 0, |at| shape(at).commas as f32 / fact(at).words.max(1.0));
    sink.put("stops", 0, |at| shape(at).stops as f32);
    sink.put("words-a-stop", 0, |at| fact(at).words.max(1.0) / (1.0 + shape(at).stops as f32));
    sink.put("finished", 0, |at| flag(shape(at).finished));
    sink.put("noise", 0, |at| flag(fact(at).noise));
    sink.put("lexical", 0, |at| fact(at).lexical);
    sink.put("worst-word", 0, |at| fact(at).worst_word);
    if document.format == Format::Html {
        sink.put("line", 0, |at| fact(at).line);
        return;
    }
    sink.put("colon", 0, |at| flag(shape(at).colon));
    sink.put("prose", 0, |at| flag(fact(at).prose));
    sink.put("blank-before", 0, |at| flag(document.blocks[at].blank_before));
    sink.put("blank-behind", 0, |at| document.blocks.get(at + 1).map_or(1.0, |next| flag(next.blank_before)));
    sink.put_all(["opens-upper", "opens-lower"], 0, |at| {
        let first = document.text[document.blocks[at].span.start as usize..].chars().next().unwrap_or(' ');
        [flag(first.is_uppercase()), flag(first.is_lowercase())]
    });
    sink.put("unspaced", 0, |at| share(shape(at).unspaced as f32, fact(at).chars));
    sink.put("indent", 0, |at| {
        let before = at.checked_sub(1).map_or(0, |last| document.blocks[last].span.end);
        let gap = &document.text.as_bytes()[before as usize..document.blocks[at].span.start as usize];
        // Bytes that begin a character, back to the line's end.
        gap.iter().rev().take_while(|&&byte| byte != b'\n').filter(|&&byte| byte & 0xc0 != 0x80).count() as f32
    });
}

/// Sums over the blocks before a block.
#[derive(Clone, Copy, Default)]
struct Sums {
    words: f32,
    prose: f32,
    labels: f32,
    logs: f32,
    noise: f32,
    links: f32,
}

/// Numbers of the nearest blocks of a kind; `usize::MAX` for none.
#[derive(Clone, Copy)]
struct Nearest {
    /// Prose at or before the block.
    prose: usize,
    /// Prose at or behind it.
    next_prose: usize,
    /// A heading at or before it.
    heading: usize,
}

/// The worst that the headings above a block say: the nearest one, and those of higher levels before it.
#[derive(Clone, Copy, Default)]
struct Chain {
    lexical: f32,
    line: f32,
}

const NONE: usize = usize::MAX;
/// The distance to what is not there.
const FAR: f32 = 999.0;

/// Sums over the document's blocks and the nearest prose to each side.
pub(super) struct Surroundings {
    sums: Vec<Sums>,
    nearest: Vec<Nearest>,
    /// For each block of a page.
    chains: Vec<Chain>,
    /// The stretch of blocks with the highest worth.
    pub(super) stretch: (usize, usize),
    median_prose: f32,
    is_page: bool,
}

fn sums(facts: &[Fact]) -> Vec<Sums> {
    let mut sum = Sums::default();
    let mut out = Vec::with_capacity(facts.len() + 1);
    out.push(sum);
    for fact in facts {
        sum.words += fact.words;
        sum.prose += if fact.prose { fact.words } else { 0.0 };
        sum.labels += flag(fact.label);
        sum.logs += fact.log_words;
        sum.noise += flag(fact.noise);
        sum.links += fact.link_share * fact.words;
        out.push(sum);
    }
    out
}

fn nearest(facts: &[Fact], is_page: bool) -> Vec<Nearest> {
    let mut out = Vec::with_capacity(facts.len());
    let mut last = Nearest { prose: NONE, next_prose: NONE, heading: NONE };
    for (at, fact) in facts.iter().enumerate() {
        let heads = if is_page { fact.heading > 0 } else { fact.words <= 8.0 && !fact.finished && fact.lexical.abs() > 0.5 };
        last.prose = if fact.prose { at } else { last.prose };
        last.heading = if heads { at } else { last.heading };
        out.push(last);
    }
    let mut next = NONE;
    for at in (0..facts.len()).rev() {
        next = if facts[at].prose { at } else { next };
        out[at].next_prose = next;
    }
    out
}

/// The chain of each block of a page: a heading ends what headings of its level and below it say.
fn chains(facts: &[Fact]) -> Vec<Chain> {
    let mut levels = [Chain::default(); 7];
    let chain = |fact: &Fact| {
        let level = usize::from(fact.heading).min(6);
        if level > 0 {
            let above = levels[level - 1];
            levels[level..].fill(Chain { lexical: above.lexical.min(fact.lexical), line: above.line.min(fact.line) });
        }
        levels[6]
    };
    facts.iter().map(chain).collect()
}

impl Surroundings {
    pub(super) fn new(document: &Document, facts: &[Fact]) -> Self {
        let is_page = document.format == Format::Html;
        let mut lengths: Vec<f32> = facts.iter().filter(|fact| fact.prose).map(|fact| fact.words).collect();
        lengths.sort_unstable_by(f32::total_cmp);
        Surroundings {
            sums: sums(facts),
            nearest: nearest(facts, is_page),
            chains: if is_page { chains(facts) } else { Vec::new() },
            stretch: prose_stretch(facts),
            median_prose: lengths.get(lengths.len() / 2).copied().unwrap_or(0.0),
            is_page,
        }
    }

    pub(super) fn put(&self, sink: &mut impl Sink, facts: &[Fact]) {
        self.page(sink, facts);
        self.place(sink, facts);
        for distance in [-3_i32, -2, -1, 1, 2, 3] {
            let other = |at: usize| facts.get(at.wrapping_add_signed(distance as isize));
            sink.put("lexical", distance, |at| other(at).map_or(0.0, |fact| fact.lexical));
            if distance.abs() <= 2 {
                sink.put("log-words", distance, |at| other(at).map_or(-1.0, |fact| fact.log_words));
                sink.put("upper", distance, |at| other(at).map_or(0.0, |fact| fact.upper));
                sink.put("digits", distance, |at| other(at).map_or(0.0, |fact| fact.digits));
                sink.put("punctuation", distance, |at| other(at).map_or(0.0, |fact| fact.punctuation));
            }
            if distance.abs() == 1 && self.is_page {
                sink.put("line", distance, |at| other(at).map_or(0.0, |fact| fact.line));
            } else if distance.abs() == 1 {
                sink.put("finished", distance, |at| other(at).map_or(0.0, |fact| flag(fact.finished)));
            }
        }
        let blocks = facts.len();
        for (window, before, behind) in WINDOWS {
            sink.put_all(before, window as i32, |at| self.within(at.saturating_sub(window), at));
            sink.put_all(behind, window as i32, |at| self.within(at + 1, (at + 1 + window).min(blocks)));
        }
    }

    /// Prose, labels, lengths and noise of some blocks.
    #[inline]
    fn within(&self, from: usize, to: usize) -> [f32; 4] {
        let (from, to, count) = (&self.sums[from], &self.sums[to], (to - from).max(1) as f32);
        [to.prose - from.prose, (to.labels - from.labels) / count, (to.logs - from.logs) / count, (to.noise - from.noise) / count]
    }

    /// Figures of the whole document.
    fn page(&self, sink: &mut impl Sink, facts: &[Fact]) {
        let count = facts.len();
        let all = &self.sums[count];
        let (start, end) = self.stretch;
        let stretch_share = share(self.sums[end].prose - self.sums[start].prose, all.prose);
        sink.put("blocks", 0, |_| count as f32);
        sink.put("total-words", 0, |_| all.words);
        sink.put("total-prose", 0, |_| all.prose);
        sink.put("prose-share", 0, |_| share(all.prose, all.words));
        sink.put("label-share", 0, |_| all.labels / count as f32);
        sink.put("median-prose", 0, |_| self.median_prose);
        sink.put("stretch-share", 0, |_| stretch_share);
        sink.put("stretch-from", 0, |at| at as f32 - start as f32);
        sink.put("stretch-to", 0, |at| end as f32 - at as f32);
        if self.is_page {
            sink.put("page-links", 0, |_| share(all.links, all.words));
        }
    }

    fn place(&self, sink: &mut impl Sink, facts: &[Fact]) {
        let count = facts.len();
        let all = &self.sums[count];
        let passed = |at: usize| &self.sums[at];
        sink.put("index", 0, |at| at as f32);
        sink.put("index-from-end", 0, |at| (count - at) as f32);
        sink.put("place", 0, |at| at as f32 / count as f32);
        sink.put("words-passed", 0, |at| share(passed(at).words, all.words));
        sink.put("prose-passed", 0, |at| share(passed(at).prose, all.prose));
        sink.put("prose-words-before", 0, |at| passed(at).prose);
        sink.put("prose-words-to-come", 0, |at| all.prose - passed(at + 1).prose);
        let gap = |at: usize, other: usize| if other == NONE { FAR } else { other.abs_diff(at) as f32 };
        let words = |other: usize| facts.get(other).map_or(0.0, |fact| fact.words);
        sink.put_all(["to-prose-before", "to-prose-behind", "prose-before-words", "prose-behind-words", "prose-gap"], 0, |at| {
            let before = at.checked_sub(1).map_or(NONE, |last| self.nearest[last].prose);
            let behind = self.nearest.get(at + 1).map_or(NONE, |next| next.next_prose);
            let between = if before == NONE || behind == NONE { FAR } else { (behind - before) as f32 };
            [gap(at, before), gap(at, behind), words(before), words(behind), between]
        });
        let heading = |at: usize| at.checked_sub(1).map_or(NONE, |last| self.nearest[last].heading);
        sink.put("to-heading", 0, |at| gap(at, heading(at)));
        sink.put("heading-lexical", 0, |at| facts.get(heading(at)).map_or(0.0, |fact| fact.lexical));
        if self.is_page {
            sink.put("heading-line", 0, |at| facts.get(heading(at)).map_or(0.0, |fact| fact.line));
            sink.put("heading-level", 0, |at| facts.get(heading(at)).map_or(0.0, |fact| f32::from(fact.heading)));
            sink.put("chain-lexical", 0, |at| self.chains[at].lexical);
            sink.put("chain-line", 0, |at| self.chains[at].line);
        }
    }
}

/// The stretch of blocks with the highest sum of worth: prose earns its words, labels and rows cost.
fn prose_stretch(facts: &[Fact]) -> (usize, usize) {
    best_stretch(facts.iter().map(|fact| match fact {
        fact if fact.prose && !fact.noise => f64::from(fact.words),
        fact if fact.label => -LABEL_COST,
        _ => -ROW_COST,
    }))
}
