//! Features of a block's own shape, of its place in the document and of the blocks around it.

use super::{Fact, Sink, flag, share};
use crate::document::{Document, Format};
use crate::stretch::best_stretch;

/// Windows, in blocks to each side, and the names of their figures.
const WINDOWS: [(usize, [&str; 4], [&str; 4]); 3] = [(3, BEFORE, BEHIND), (8, BEFORE, BEHIND), (25, BEFORE, BEHIND)];
const BEFORE: [&str; 4] = ["prose-before", "labels-before", "log-words-before", "noise-before"];
const BEHIND: [&str; 4] = ["prose-behind", "labels-behind", "log-words-behind", "noise-behind"];
/// What a block that is no prose costs the best stretch, in words.
const LABEL_COST: f64 = 9.0;
const ROW_COST: f64 = 3.0;

/// A block's own shape.
pub(super) fn own(sink: &mut impl Sink, document: &Document, facts: &[Fact], at: usize) {
    let block = &document.blocks[at];
    let (shape, fact) = (&block.shape, &facts[at]);
    let words = fact.words.max(1.0);
    sink.put("words", 0, fact.words);
    sink.put("chars", 0, fact.chars);
    sink.put("word-length", 0, fact.chars / words);
    sink.put("punctuation", 0, fact.punctuation);
    sink.put("digits", 0, fact.digits);
    sink.put("upper", 0, fact.upper);
    sink.put("letters", 0, share(shape.letters as f32, fact.chars));
    sink.put("commas", 0, shape.commas as f32 / words);
    sink.put("stops", 0, shape.stops as f32);
    sink.put("words-a-stop", 0, words / (1.0 + shape.stops as f32));
    sink.put("finished", 0, flag(shape.finished));
    sink.put("noise", 0, flag(fact.noise));
    sink.put("lexical", 0, fact.lexical);
    sink.put("worst-word", 0, fact.worst_word);
    if document.format == Format::Html {
        sink.put("line", 0, fact.line);
        return;
    }
    sink.put("colon", 0, flag(shape.colon));
    sink.put("prose", 0, flag(fact.prose));
    sink.put("blank-before", 0, flag(block.blank_before));
    sink.put("blank-behind", 0, document.blocks.get(at + 1).map_or(1.0, |next| flag(next.blank_before)));
    let first = document.text[block.span.start as usize..].chars().next().unwrap_or(' ');
    sink.put("opens-upper", 0, flag(first.is_uppercase()));
    sink.put("opens-lower", 0, flag(first.is_lowercase()));
    sink.put("unspaced", 0, share(shape.unspaced as f32, fact.chars));
    let before = at.checked_sub(1).map_or(0, |last| document.blocks[last].span.end);
    let gap = &document.text[before as usize..block.span.start as usize];
    sink.put("indent", 0, gap.chars().rev().take_while(|&c| c != '\n').count() as f32);
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

    pub(super) fn put(&self, sink: &mut impl Sink, facts: &[Fact], at: usize) {
        self.page(sink, facts, at);
        self.place(sink, facts, at);
        for distance in [-3, -2, -1, 1, 2, 3] {
            let other = at.checked_add_signed(distance as isize).and_then(|other| facts.get(other));
            let fact = other.copied().unwrap_or_default();
            sink.put("lexical", distance, fact.lexical);
            if distance.abs() <= 2 {
                sink.put("log-words", distance, if other.is_some() { fact.log_words } else { -1.0 });
                sink.put("upper", distance, fact.upper);
                sink.put("digits", distance, fact.digits);
                sink.put("punctuation", distance, fact.punctuation);
            }
            if distance.abs() == 1 {
                let (name, value) = if self.is_page { ("line", fact.line) } else { ("finished", flag(fact.finished)) };
                sink.put(name, distance, value);
            }
        }
        for (window, before, behind) in WINDOWS {
            let (start, end) = (at.saturating_sub(window), (at + 1 + window).min(facts.len()));
            for (names, from, to) in [(before, start, at), (behind, at + 1, end)] {
                let (from, to, count) = (&self.sums[from], &self.sums[to], (to - from).max(1) as f32);
                sink.put(names[0], window as i32, to.prose - from.prose);
                sink.put(names[1], window as i32, (to.labels - from.labels) / count);
                sink.put(names[2], window as i32, (to.logs - from.logs) / count);
                sink.put(names[3], window as i32, (to.noise - from.noise) / count);
            }
        }
    }

    /// Figures of the whole document.
    fn page(&self, sink: &mut impl Sink, facts: &[Fact], at: usize) {
        let count = facts.len();
        let all = &self.sums[count];
        let (start, end) = self.stretch;
        sink.put("blocks", 0, count as f32);
        sink.put("total-words", 0, all.words);
        sink.put("total-prose", 0, all.prose);
        sink.put("prose-share", 0, share(all.prose, all.words));
        sink.put("label-share", 0, all.labels / count as f32);
        sink.put("median-prose", 0, self.median_prose);
        sink.put("stretch-share", 0, share(self.sums[end].prose - self.sums[start].prose, all.prose));
        sink.put("stretch-from", 0, at as f32 - start as f32);
        sink.put("stretch-to", 0, end as f32 - at as f32);
        if self.is_page {
            sink.put("page-links", 0, share(all.links, all.words));
        }
    }

    fn place(&self, sink: &mut impl Sink, facts: &[Fact], at: usize) {
        let count = facts.len();
        let (all, passed) = (&self.sums[count], &self.sums[at]);
        sink.put("index", 0, at as f32);
        sink.put("index-from-end", 0, (count - at) as f32);
        sink.put("place", 0, at as f32 / count as f32);
        sink.put("words-passed", 0, share(passed.words, all.words));
        sink.put("prose-passed", 0, share(passed.prose, all.prose));
        sink.put("prose-words-before", 0, passed.prose);
        sink.put("prose-words-to-come", 0, all.prose - self.sums[at + 1].prose);
        let gap = |other: usize| if other == NONE { FAR } else { other.abs_diff(at) as f32 };
        let last = at.checked_sub(1).map(|last| &self.nearest[last]);
        let before = last.map_or(NONE, |last| last.prose);
        let behind = self.nearest.get(at + 1).map_or(NONE, |next| next.next_prose);
        sink.put("to-prose-before", 0, gap(before));
        sink.put("to-prose-behind", 0, gap(behind));
        sink.put("prose-before-words", 0, facts.get(before).map_or(0.0, |fact| fact.words));
        sink.put("prose-behind-words", 0, facts.get(behind).map_or(0.0, |fact| fact.words));
        sink.put("prose-gap", 0, if before == NONE || behind == NONE { FAR } else { (behind - before) as f32 });
        let heading = last.map_or(NONE, |last| last.heading);
        sink.put("to-heading", 0, gap(heading));
        sink.put("heading-lexical", 0, facts.get(heading).map_or(0.0, |fact| fact.lexical));
        if self.is_page {
            sink.put("heading-line", 0, facts.get(heading).map_or(0.0, |fact| fact.line));
            sink.put("heading-level", 0, facts.get(heading).map_or(0.0, |fact| f32::from(fact.heading)));
            sink.put("chain-lexical", 0, self.chains[at].lexical);
            sink.put("chain-line", 0, self.chains[at].line);
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
