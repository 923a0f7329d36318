//! Features of a block's place in the page: tags and class words around it, what the elements around it hold, and blocks of its kind.
//!
//! Sums over all blocks make "how much of the page's prose does this element hold" two look-ups. An element's own figures are
//! worked out once ([`Place`]); a block reads those of the elements around it.

use std::collections::HashMap;

use super::{Fact, Sheet, share};
use crate::document::Document;
use crate::model::{Tables, name_hash};
use crate::outline::{Element, name_words};

/// Block-level elements around a block whose figures a row holds.
const LEVELS: usize = 5;
/// Shares of the page's prose that make an element a root.
const ROOTS: [(f32, i32); 3] = [(0.4, 40), (0.7, 70), (0.9, 90)];
/// Tags whose presence around a block is told, with their distance.
const AROUND: [&str; 16] =
    ["nav", "footer", "aside", "header", "main", "article", "section", "form", "figure", "table", "ul", "ol", "blockquote", "dl", "pre", "button"];
/// Tags of the block itself.
const OWN: [&str; 14] = ["p", "li", "div", "td", "span", "a", "blockquote", "pre", "figcaption", "dd", "h1", "h2", "h3", "h4"];
/// Distance of a tag that is not there.
const NOWHERE: f32 = 40.0;

/// One element's figures.
#[derive(Clone, Copy, Default)]
struct Place {
    /// What its class words say, its worst and its best.
    names: f32,
    worst: f32,
    best: f32,
    /// Sums of `worst`, `best` and `names` from the root down.
    path_worst: f32,
    path_best: f32,
    path_sum: f32,
    /// Nearest block-level element at or above it.
    level: u32,
    /// Deepest element at or above it that holds 40 %, 70 % and 90 % of the page's prose.
    roots: [u32; 3],
    /// Hash of tag and names, and of the path of them.
    kind: u64,
    path: u64,
    /// Elements above it with each tag of [`AROUND`]: depth of the nearest, 0 for none.
    around: [u16; AROUND.len()],
    children: u32,
    /// Its number among its parent's children.
    rank: u32,
}

/// Blocks of one kind.
#[derive(Clone, Copy, Default)]
struct Kin {
    blocks: f32,
    words: f32,
    prose: f32,
    links: f32,
}

/// What the whole page says.
pub(super) struct Page {
    boxes: Vec<Place>,
    prose: Vec<f32>,
    chars: Vec<f32>,
    links: Vec<f32>,
    words: Vec<f32>,
    by_kind: HashMap<u64, Kin>,
    by_path: HashMap<u64, Kin>,
    /// The deepest elements with 40 %, 70 % and 90 % of the prose.
    roots: [u32; 3],
    articles: f32,
    has_main: f32,
}

fn sums(facts: &[Fact], value: impl Fn(&Fact) -> f32) -> Vec<f32> {
    let mut sum = 0.0;
    let mut out = vec![0.0];
    out.extend(facts.iter().map(|fact| {
        sum += value(fact);
        sum
    }));
    out
}

fn held(sums: &[f32], element: &Element) -> f32 {
    sums[element.blocks.end as usize] - sums[element.blocks.start as usize]
}

impl Page {
    pub(super) fn new(document: &Document, facts: &[Fact], tables: &Tables) -> Self {
        let mut page = Page {
            boxes: Vec::with_capacity(document.outline.elements.len()),
            prose: sums(facts, |fact| if fact.prose { fact.chars } else { 0.0 }),
            chars: sums(facts, |fact| fact.chars),
            links: sums(facts, |fact| fact.link_share * fact.chars),
            words: sums(facts, |fact| fact.words),
            by_kind: HashMap::new(),
            by_path: HashMap::new(),
            roots: [0; 3],
            articles: 0.0,
            has_main: 0.0,
        };
        page.judge_elements(document, tables);
        for (block, fact) in document.blocks.iter().zip(facts) {
            let Some(markup) = &block.markup else { continue };
            let at = &page.boxes[markup.element as usize];
            for (map, key) in [(&mut page.by_kind, at.kind), (&mut page.by_path, at.path)] {
                let kin = map.entry(key).or_default();
                kin.blocks += 1.0;
                kin.words += fact.words;
                kin.prose += if fact.prose { fact.words } else { 0.0 };
                kin.links += fact.link_share * fact.words;
            }
        }
        page
    }

    fn judge_elements(&mut self, document: &Document, tables: &Tables) {
        let outline = &document.outline;
        let total = self.prose[self.prose.len() - 1];
        let mut depths = [0_u16; 3];
        for (at, element) in outline.elements.iter().enumerate() {
            let number = at as u32;
            let top = element.parent == number;
            let above = if top { Place::default() } else { self.boxes[element.parent as usize] };
            if !top {
                self.boxes[element.parent as usize].children += 1;
            }
            let names = outline.names(element);
            let (mut sum, mut count, mut worst, mut best) = (0.0, 0.0, 0.0_f32, 0.0_f32);
            let mut hash = u64::from(element.tag.number()) + 1;
            for key in name_words(names).map(|word| name_hash(&word)) {
                if let Some(score) = tables.names.get(key) {
                    sum += score;
                    count += 1.0;
                    worst = worst.min(score);
                    best = best.max(score);
                }
            }
            for byte in names.bytes().filter(|byte| !byte.is_ascii_digit()) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            let name = element.tag.name();
            let mut found = Place { names: sum / (count + 1.0), worst, best, ..above };
            found.path_worst = above.path_worst.min(worst);
            found.path_best = above.path_best.max(best);
            found.path_sum = above.path_sum + found.names;
            found.level = if element.tag.is_block_level() || top { number } else { above.level };
            found.kind = hash;
            found.path = (above.path.rotate_left(7) ^ hash).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            found.children = 0;
            found.rank = if top { 0 } else { self.boxes[element.parent as usize].children };
            if let Some(place) = AROUND.iter().position(|tag| *tag == name) {
                found.around[place] = element.depth + 1;
            }
            for (place, &(needed, _)) in ROOTS.iter().enumerate() {
                if total > 0.0 && held(&self.prose, element) >= needed * total {
                    found.roots[place] = number;
                    if element.depth >= depths[place] {
                        (depths[place], self.roots[place]) = (element.depth, number);
                    }
                }
            }
            self.articles += if name == "article" { 1.0 } else { 0.0 };
            self.has_main = if name == "main" { 1.0 } else { self.has_main };
            self.boxes.push(found);
        }
    }

    pub(super) fn put(&self, sheet: &mut Sheet, document: &Document, facts: &[Fact], at: usize) {
        let block = &document.blocks[at];
        let number = block.markup.as_ref().map_or(0, |markup| markup.element);
        let own = &self.boxes[number as usize];
        let level = &self.boxes[own.level as usize];
        let element = &document.outline.elements[own.level as usize];
        sheet.put("link-share", 0, facts[at].link_share);
        sheet.put("heading", 0, f32::from(facts[at].heading));
        sheet.put("depth", 0, f32::from(element.depth));
        let tag = element.tag.name();
        for (place, name) in OWN.iter().enumerate() {
            sheet.put("tag", place as i32 + 1, f32::from(u8::from(tag == *name)));
        }
        for (place, &depth) in own.around.iter().enumerate() {
            sheet.put("around", place as i32 + 1, if depth == 0 { NOWHERE } else { f32::from((element.depth + 1).saturating_sub(depth)) });
        }
        sheet.put("names", 0, level.names);
        sheet.put("names-worst", 0, level.worst);
        sheet.put("names-best", 0, level.best);
        sheet.put("path-worst", 0, own.path_worst);
        sheet.put("path-best", 0, own.path_best);
        sheet.put("path-sum", 0, own.path_sum);
        sheet.put("articles", 0, self.articles);
        sheet.put("has-main", 0, self.has_main);
        self.roots(sheet, document, own, at);
        self.levels(sheet, document, own.level);
        for (map, key, mark) in [(&self.by_kind, level.kind, 1), (&self.by_path, own.path, 2)] {
            let kin = map.get(&key).copied().unwrap_or_default();
            sheet.put("kin-blocks", mark, kin.blocks);
            sheet.put("kin-words", mark, share(kin.words, kin.blocks));
            sheet.put("kin-prose", mark, share(kin.prose, kin.words));
            sheet.put("kin-links", mark, share(kin.links, kin.words));
            sheet.put("kin-share", mark, share(kin.words, self.words[facts.len()]));
        }
    }

    /// The nearest elements around a block that hold most of the prose, and the deepest such elements of the page.
    fn roots(&self, sheet: &mut Sheet, document: &Document, own: &Place, at: usize) {
        let elements = &document.outline.elements;
        let depth = f32::from(elements[own.level as usize].depth);
        let total = self.prose[self.prose.len() - 1];
        for (place, &(_, mark)) in ROOTS.iter().enumerate() {
            let near = &elements[own.roots[place] as usize];
            let deepest = &elements[self.roots[place] as usize];
            sheet.put("root-distance", mark, depth - f32::from(near.depth));
            sheet.put("root-missed", mark, f32::from(deepest.depth) - f32::from(near.depth));
            sheet.put("root-prose", mark, share(held(&self.prose, near), total));
            sheet.put("root-density", mark, share(held(&self.prose, near), held(&self.chars, near)));
            sheet.put("root-part", mark, share(self.chars[at + 1] - self.chars[at], held(&self.chars, near)));
            sheet.put("deepest-share", mark, share(held(&self.chars, deepest), self.chars[self.chars.len() - 1]));
            sheet.put("from-deepest", mark, at as f32 - deepest.blocks.start as f32);
            sheet.put("to-deepest", mark, deepest.blocks.end as f32 - at as f32);
            // The child of the root that leads to the block: how much of the root's prose does it hold?
            let child = self.child_towards(document, own.level, own.roots[place]);
            let child = &elements[child as usize];
            sheet.put("branch-prose", mark, share(held(&self.prose, child), total));
            sheet.put("branch-links", mark, share(held(&self.links, child), held(&self.chars, child)));
        }
    }

    fn child_towards(&self, document: &Document, from: u32, root: u32) -> u32 {
        let mut at = from;
        while at != root && document.outline.elements[at as usize].parent != root && document.outline.elements[at as usize].parent != at {
            at = document.outline.elements[at as usize].parent;
        }
        at
    }

    /// What the block-level elements around a block hold, innermost first.
    fn levels(&self, sheet: &mut Sheet, document: &Document, innermost: u32) {
        let elements = &document.outline.elements;
        let total = self.prose[self.prose.len() - 1];
        let all = self.chars[self.chars.len() - 1];
        let mut at = innermost;
        for level in 0..LEVELS {
            let mark = level as i32 + 1;
            let element = &elements[at as usize];
            let chars = held(&self.chars, element);
            let blocks = (element.blocks.end - element.blocks.start) as f32;
            sheet.put("level-prose", mark, share(held(&self.prose, element), total));
            sheet.put("level-text", mark, share(chars, all));
            sheet.put("level-density", mark, share(held(&self.prose, element), chars));
            sheet.put("level-links", mark, share(held(&self.links, element), chars));
            sheet.put("level-blocks", mark, blocks);
            sheet.put("level-length", mark, share(held(&self.words, element), blocks));
            sheet.put("level-names", mark, self.boxes[at as usize].names);
            sheet.put("level-children", mark, self.boxes[at as usize].children as f32);
            sheet.put("level-rank", mark, self.boxes[at as usize].rank as f32);
            let parent = element.parent;
            at = if parent == at { at } else { self.boxes[parent as usize].level };
        }
    }
}
