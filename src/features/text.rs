//! Features of a block's own shape, of its place in the document and of the blocks around it.

use super::{Fact, Sheet, share};
use crate::document::Document;

/// Neighbours whose figures a row repeats.
const NEIGHBOURS: i32 = 3;
/// Windows, in blocks to each side.
const WINDOWS: [usize; 3] = [3, 8, 25];
/// What a block that is no prose costs the best stretch, in words.
const LABEL_COST: f32 = 9.0;
const ROW_COST: f32 = 3.0;

fn flag(value: bool) -> f32 {
    f32::from(u8::from(value))
}

/// A block's own shape.
pub(super) fn own(sheet: &mut Sheet, document: &Document, facts: &[Fact], at: usize) {
    let block = &document.blocks[at];
    let (shape, fact) = (&block.shape, &facts[at]);
    let words = fact.words.max(1.0);
    sheet.put("words", 0, fact.words);
    sheet.put("chars", 0, fact.chars);
    sheet.put("word-length", 0, fact.chars / words);
    sheet.put("punctuation", 0, fact.punctuation);
    sheet.put("digits", 0, fact.digits);
    sheet.put("upper", 0, fact.upper);
    sheet.put("letters", 0, share(shape.letters as f32, fact.chars));
    sheet.put("commas", 0, shape.commas as f32 / words);
    sheet.put("stops", 0, shape.stops as f32);
    sheet.put("words-a-stop", 0, words / (1.0 + shape.stops as f32));
    sheet.put("finished", 0, flag(shape.finished));
    sheet.put("colon", 0, flag(shape.colon));
    sheet.put("bullet", 0, flag(shape.bullet));
    sheet.put("unspaced", 0, share(shape.unspaced as f32, fact.chars));
    sheet.put("blank-before", 0, flag(block.blank_before));
    sheet.put("blank-behind", 0, document.blocks.get(at + 1).map_or(1.0, |next| flag(next.blank_before)));
    sheet.put("noise", 0, flag(fact.noise));
    sheet.put("prose", 0, flag(fact.prose));
    sheet.put("lexical", 0, fact.lexical);
    sheet.put("worst-word", 0, fact.worst_word);
    let first = document.slice(block.span).chars().next().unwrap_or(' ');
    sheet.put("opens-lower", 0, flag(first.is_lowercase()));
    sheet.put("opens-upper", 0, flag(first.is_uppercase()));
    let before = at.checked_sub(1).map_or(0, |last| document.blocks[last].span.end);
    let gap = &document.text[before as usize..block.span.start as usize];
    sheet.put("indent", 0, gap.rsplit('\n').next().map_or(0.0, |blanks| blanks.chars().count() as f32));
    sheet.put("line-ends-before", 0, gap.bytes().filter(|&byte| byte == b'\n').count() as f32);
}

/// Sums over the document's blocks and the nearest prose to each side.
pub(super) struct Surroundings {
    words: Vec<f32>,
    prose: Vec<f32>,
    labels: Vec<f32>,
    logs: Vec<f32>,
    noise: Vec<f32>,
    links: Vec<f32>,
    previous_prose: Vec<usize>,
    next_prose: Vec<usize>,
    previous_heading: Vec<usize>,
    /// The stretch of blocks with the highest worth.
    pub(super) stretch: (usize, usize),
    median_prose: f32,
}

fn sums(facts: &[Fact], value: impl Fn(&Fact) -> f32) -> Vec<f32> {
    let mut sum = 0.0;
    std::iter::once(0.0)
        .chain(facts.iter().map(|fact| {
            sum += value(fact);
            sum
        }))
        .collect()
}

/// For each block the nearest one at or before it that passes; its own number plus one reaches beyond the first when none does.
fn nearest_before(facts: &[Fact], passes: impl Fn(&Fact) -> bool) -> Vec<usize> {
    let mut last = None;
    facts
        .iter()
        .enumerate()
        .map(|(at, fact)| {
            if passes(fact) {
                last = Some(at);
            }
            last.unwrap_or(usize::MAX)
        })
        .collect()
}

impl Surroundings {
    pub(super) fn new(document: &Document, facts: &[Fact]) -> Self {
        let count = facts.len();
        let mut next_prose = vec![usize::MAX; count];
        let mut next = usize::MAX;
        for at in (0..count).rev() {
            if facts[at].prose {
                next = at;
            }
            next_prose[at] = next;
        }
        let has_headings = document.blocks.iter().any(|block| block.markup.is_some());
        let is_heading = |fact: &Fact| if has_headings { fact.heading > 0 } else { fact.words <= 8.0 && !fact.finished && fact.lexical.abs() > 0.5 };
        let mut lengths: Vec<f32> = facts.iter().filter(|fact| fact.prose).map(|fact| fact.words).collect();
        lengths.sort_by(f32::total_cmp);
        Surroundings {
            words: sums(facts, |fact| fact.words),
            prose: sums(facts, |fact| if fact.prose { fact.words } else { 0.0 }),
            labels: sums(facts, |fact| flag(fact.label)),
            logs: sums(facts, |fact| fact.log_words),
            noise: sums(facts, |fact| flag(fact.noise)),
            links: sums(facts, |fact| fact.link_share * fact.words),
            previous_prose: nearest_before(facts, |fact| fact.prose),
            next_prose,
            previous_heading: nearest_before(facts, is_heading),
            stretch: best_stretch(facts),
            median_prose: lengths.get(lengths.len() / 2).copied().unwrap_or(0.0),
        }
    }

    pub(super) fn put(&self, sheet: &mut Sheet, facts: &[Fact], at: usize) {
        self.place(sheet, facts, at);
        for distance in (-NEIGHBOURS..=NEIGHBOURS).filter(|&distance| distance != 0) {
            let other = at.checked_add_signed(distance as isize).and_then(|other| facts.get(other));
            let fact = other.copied().unwrap_or_default();
            sheet.put("log-words", distance, if other.is_some() { fact.log_words } else { -1.0 });
            sheet.put("finished", distance, flag(fact.finished));
            sheet.put("link-share", distance, fact.link_share);
            sheet.put("lexical", distance, fact.lexical);
            if distance.abs() <= 2 {
                sheet.put("upper", distance, fact.upper);
                sheet.put("digits", distance, fact.digits);
                sheet.put("punctuation", distance, fact.punctuation);
                sheet.put("noise", distance, flag(fact.noise));
            }
        }
        for window in WINDOWS {
            let (start, end) = (at.saturating_sub(window), (at + 1 + window).min(facts.len()));
            let number = window as i32;
            for (name, from, to) in [("before", start, at), ("behind", at + 1, end)] {
                let names: [&'static str; 5] = if name == "before" {
                    ["prose-before", "labels-before", "log-words-before", "noise-before", "links-before"]
                } else {
                    ["prose-behind", "labels-behind", "log-words-behind", "noise-behind", "links-behind"]
                };
                let count = (to - from).max(1) as f32;
                let part = |sums: &[f32]| sums[to] - sums[from];
                sheet.put(names[0], number, part(&self.prose));
                sheet.put(names[1], number, part(&self.labels) / count);
                sheet.put(names[2], number, part(&self.logs) / count);
                sheet.put(names[3], number, part(&self.noise) / count);
                sheet.put(names[4], number, share(part(&self.links), part(&self.words)));
            }
        }
    }

    fn place(&self, sheet: &mut Sheet, facts: &[Fact], at: usize) {
        let count = facts.len();
        let [words, prose] = [&self.words, &self.prose].map(|sums| sums[count]);
        sheet.put("blocks", 0, count as f32);
        sheet.put("total-words", 0, words);
        sheet.put("total-prose", 0, prose);
        sheet.put("prose-share", 0, share(prose, words));
        sheet.put("label-share", 0, self.labels[count] / count as f32);
        sheet.put("page-links", 0, share(self.links[count], words));
        sheet.put("median-prose", 0, self.median_prose);
        sheet.put("index", 0, at as f32);
        sheet.put("index-from-end", 0, (count - at) as f32);
        sheet.put("place", 0, at as f32 / count as f32);
        sheet.put("words-passed", 0, share(self.words[at], words));
        sheet.put("prose-passed", 0, share(self.prose[at], prose));
        sheet.put("prose-words-before", 0, self.prose[at]);
        sheet.put("prose-words-to-come", 0, prose - self.prose[at + 1]);
        let gap = |other: usize| if other == usize::MAX { 999.0 } else { other.abs_diff(at) as f32 };
        let before = at.checked_sub(1).map_or(usize::MAX, |last| self.previous_prose[last]);
        let behind = self.next_prose.get(at + 1).copied().unwrap_or(usize::MAX);
        sheet.put("to-prose-before", 0, gap(before));
        sheet.put("to-prose-behind", 0, gap(behind));
        sheet.put("prose-before-words", 0, facts.get(before).map_or(0.0, |fact| fact.words));
        sheet.put("prose-behind-words", 0, facts.get(behind).map_or(0.0, |fact| fact.words));
        let between = if before == usize::MAX || behind == usize::MAX { 999.0 } else { (behind - before) as f32 };
        sheet.put("prose-gap", 0, between);
        let (start, end) = self.stretch;
        sheet.put("stretch-from", 0, at as f32 - start as f32);
        sheet.put("stretch-to", 0, end as f32 - at as f32);
        sheet.put("stretch-share", 0, share(self.prose[end] - self.prose[start], prose));
        let heading = at.checked_sub(1).map_or(usize::MAX, |last| self.previous_heading[last]);
        sheet.put("to-heading", 0, gap(heading));
        sheet.put("heading-lexical", 0, facts.get(heading).map_or(0.0, |fact| fact.lexical));
        sheet.put("heading-level", 0, facts.get(heading).map_or(0.0, |fact| f32::from(fact.heading)));
        sheet.put("heading-links", 0, facts.get(heading).map_or(0.0, |fact| fact.link_share));
    }
}

/// The stretch of blocks with the highest sum of worth: prose earns its words, labels and rows cost.
fn best_stretch(facts: &[Fact]) -> (usize, usize) {
    let (mut best, mut stretch) = (0.0, (0, 0));
    let (mut sum, mut start) = (0.0, 0);
    for (at, fact) in facts.iter().enumerate() {
        if sum <= 0.0 {
            (sum, start) = (0.0, at);
        }
        sum += match fact {
            fact if fact.prose && !fact.noise => fact.words,
            fact if fact.label => -LABEL_COST,
            _ => -ROW_COST,
        };
        if sum > best {
            (best, stretch) = (sum, (start, at + 1));
        }
    }
    stretch
}
