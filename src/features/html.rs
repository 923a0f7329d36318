//! Features of a block's place in the page: tags and class words around it, what the elements around it hold, and blocks of its kind.
//!
//! Sums over all blocks make "how much of the page's prose does this element hold" two look-ups. An element's own figures are
//! worked out once ([`Place`]); a block reads those of the elements around it.

use rustc_hash::FxHashMap;

use super::table::Table;
use super::{Fact, Sink, flag, share};
use crate::document::Document;
use crate::model::Tables;
use crate::outline::{Element, Tag, each_name};

/// Block-level elements around a block whose figures a row holds.
const LEVELS: usize = 5;
/// Shares of the page's prose that make an element a root.
const ROOTS: [(f32, i32); 3] = [(0.4, 40), (0.7, 70), (0.9, 90)];
/// Tags whose presence around a block is told, with their distance.
const AROUND: [&str; 11] = ["nav", "footer", "aside", "header", "main", "article", "section", "form", "figure", "table", "ul"];
/// Places of two of them.
const MAIN: usize = 4;
const ARTICLE: usize = 5;
/// Tags of the block itself, from those of prose to those of menus; others stand behind them.
const OWN: [&str; 12] = ["p", "blockquote", "pre", "h1", "h2", "h3", "h4", "dd", "figcaption", "td", "div", "li"];
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
    /// The children of these that lead to it, or they themselves.
    branches: [u32; 3],
    /// Hash of tag and names, and of the path of them.
    kind: u64,
    path: u64,
    /// Elements above it with each tag of [`AROUND`]: depth of the nearest, 0 for none.
    around: [u16; AROUND.len()],
    children: u32,
    /// Its number among its parent's children.
    rank: u32,
}

/// What an element's tag and names say, worked out once for all elements of these.
#[derive(Clone, Copy)]
struct Named {
    mean: f32,
    worst: f32,
    best: f32,
    /// Of tag and names, digits left out.
    hash: u64,
    /// The tag's place in [`AROUND`].
    around: Option<usize>,
}

impl Named {
    fn new(tag: u8, names: &str, tables: &Tables) -> Self {
        let (mut sum, mut count, mut worst, mut best) = (0.0, 0.0, 0.0_f32, 0.0_f32);
        each_name(names, |key| {
            if let Some(score) = tables.names.get(key) {
                sum += score;
                count += 1.0;
                worst = worst.min(score);
                best = best.max(score);
            }
        });
        let letters = names.bytes().filter(|byte| !byte.is_ascii_digit());
        let hash = letters.fold(u64::from(tag) + 1, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let around = AROUND.iter().position(|&name| Tag::new(name).number() == tag);
        Named { mean: sum / (count + 1.0), worst, best, hash, around }
    }
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
    /// For each block the innermost element around it.
    innermost: Vec<u32>,
    prose: Vec<f32>,
    chars: Vec<f32>,
    links: Vec<f32>,
    words: Vec<f32>,
    by_kind: Table<Kin>,
    by_path: Table<Kin>,
    /// The deepest elements with 40 %, 70 % and 90 % of the prose.
    roots: [u32; 3],
    articles: f32,
    has_main: f32,
    /// What the page says it is, as a number.
    kind: f32,
}

/// Orders what pages say they are, from single articles to lists; 0 for a page that says nothing.
fn kind_number(kind: Option<&str>) -> f32 {
    let Some(kind) = kind else { return 0.0 };
    let kinds = [
        ("discussion", 3.0),
        ("newsarticle", 6.0),
        ("article", 5.0),
        ("posting", 4.0),
        ("qapage", 2.5),
        ("faqpage", 2.0),
        ("product", -2.0),
        ("collection", -4.0),
        ("list", -4.0),
        ("offer", -3.0),
    ];
    kinds.iter().find(|(word, _)| kind.contains(word)).map_or(-1.0, |(_, number)| *number)
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
            innermost: document.blocks.iter().map(|block| block.markup.as_ref().map_or(0, |markup| markup.element)).collect(),
            prose: sums(facts, |fact| if fact.prose { fact.chars } else { 0.0 }),
            chars: sums(facts, |fact| fact.chars),
            links: sums(facts, |fact| fact.link_share * fact.chars),
            words: sums(facts, |fact| fact.words),
            by_kind: Table::new(facts.len()),
            by_path: Table::new(facts.len()),
            roots: [0; 3],
            articles: 0.0,
            has_main: 0.0,
            kind: kind_number(document.metadata.kind.as_deref()),
        };
        page.judge_elements(document, tables);
        for (block, fact) in document.blocks.iter().zip(facts) {
            let Some(markup) = &block.markup else { continue };
            let at = &page.boxes[markup.element as usize];
            for (map, key) in [(&mut page.by_kind, page.boxes[at.level as usize].kind), (&mut page.by_path, at.path)] {
                let slot = map.slot(key);
                let kin = map.at(slot);
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
        let mut named: FxHashMap<(u8, &str), Named> = FxHashMap::default();
        for (at, element) in outline.elements.iter().enumerate() {
            let number = at as u32;
            let top = element.parent == number;
            let above = if top { Place::default() } else { self.boxes[element.parent as usize] };
            if !top {
                self.boxes[element.parent as usize].children += 1;
            }
            let names = *named.entry((element.tag.number(), outline.names(element))).or_insert_with_key(|&(tag, names)| Named::new(tag, names, tables));
            let hash = names.hash;
            let mut found = Place { names: names.mean, worst: names.worst, best: names.best, ..above };
            found.path_worst = above.path_worst.min(names.worst);
            found.path_best = above.path_best.max(names.best);
            found.path_sum = above.path_sum + found.names;
            found.level = if element.tag.is_block_level() || top { number } else { above.level };
            found.kind = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            found.path = (above.path.rotate_left(7) ^ hash).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            found.children = 0;
            found.rank = if top { 0 } else { self.boxes[element.parent as usize].children };
            if let Some(place) = names.around {
                found.around[place] = element.depth + 1;
            }
            for (place, &(needed, _)) in ROOTS.iter().enumerate() {
                if total > 0.0 && held(&self.prose, element) >= needed * total {
                    (found.roots[place], found.branches[place]) = (number, number);
                    if element.depth >= depths[place] {
                        (depths[place], self.roots[place]) = (element.depth, number);
                    }
                } else if found.roots[place] == element.parent {
                    found.branches[place] = number;
                }
            }
            self.articles += flag(names.around == Some(ARTICLE));
            self.has_main = if names.around == Some(MAIN) { 1.0 } else { self.has_main };
            self.boxes.push(found);
        }
    }

    /// The path of tags and names down to a block.
    pub(super) fn path(&self, document: &Document, at: usize) -> u64 {
        document.blocks[at].markup.as_ref().map_or(0, |markup| self.boxes[markup.element as usize].path)
    }

    pub(super) fn put(&self, sink: &mut impl Sink, document: &Document, facts: &[Fact]) {
        let element = |at: usize| &document.outline.elements[self.own(at).level as usize];
        sink.put("link-share", 0, |at| facts[at].link_share);
        sink.put("heading", 0, |at| f32::from(facts[at].heading));
        sink.put("depth", 0, |at| f32::from(element(at).depth));
        sink.put("tag", 0, |at| {
            let tag = element(at).tag.name();
            OWN.iter().position(|name| tag == *name).unwrap_or(OWN.len()) as f32
        });
        for place in 0..AROUND.len() {
            sink.put("around", place as i32 + 1, |at| match self.own(at).around[place] {
                0 => NOWHERE,
                depth => f32::from((element(at).depth + 1).saturating_sub(depth)),
            });
        }
        sink.put_all(["names", "names-worst", "names-best"], 0, |at| {
            let level = self.level(at);
            [level.names, level.worst, level.best]
        });
        sink.put_all(["path-worst", "path-best", "path-sum"], 0, |at| {
            let own = self.own(at);
            [own.path_worst, own.path_best, own.path_sum]
        });
        sink.put("articles", 0, |_| self.articles);
        sink.put("kind", 0, |_| self.kind);
        sink.put("has-main", 0, |_| self.has_main);
        self.roots(sink, document);
        self.levels(sink, document);
        let names = ["kin-blocks", "kin-words", "kin-prose", "kin-links", "kin-share"];
        let all = self.words[facts.len()];
        let figures = |kin: Kin| [kin.blocks, share(kin.words, kin.blocks), share(kin.prose, kin.words), share(kin.links, kin.words), share(kin.words, all)];
        sink.put_all(names, 1, |at| figures(self.by_kind.get(self.level(at).kind)));
        sink.put_all(names, 2, |at| figures(self.by_path.get(self.own(at).path)));
    }

    /// The figures of the innermost element around a block.
    #[inline]
    fn own(&self, at: usize) -> &Place {
        &self.boxes[self.innermost[at] as usize]
    }

    /// ... and of the nearest block-level one.
    #[inline]
    fn level(&self, at: usize) -> &Place {
        &self.boxes[self.own(at).level as usize]
    }

    /// The nearest elements around a block that hold most of the prose, and the deepest such elements of the page.
    fn roots(&self, sink: &mut impl Sink, document: &Document) {
        let elements = &document.outline.elements;
        let total = self.prose[self.prose.len() - 1];
        for (place, &(_, mark)) in ROOTS.iter().enumerate() {
            let deepest = &elements[self.roots[place] as usize];
            let near = |at: usize| &elements[self.own(at).roots[place] as usize];
            sink.put_all(["root-distance", "root-missed", "root-prose", "root-density"], mark, |at| {
                let (near, depth) = (near(at), elements[self.own(at).level as usize].depth);
                let (depth, prose) = (f32::from(depth), held(&self.prose, near));
                let missed = f32::from(deepest.depth) - f32::from(near.depth);
                [depth - f32::from(near.depth), missed, share(prose, total), share(prose, held(&self.chars, near))]
            });
            let deepest_share = share(held(&self.chars, deepest), self.chars[self.chars.len() - 1]);
            sink.put("deepest-share", mark, |_| deepest_share);
            sink.put("from-deepest", mark, |at| at as f32 - deepest.blocks.start as f32);
            sink.put("to-deepest", mark, |at| deepest.blocks.end as f32 - at as f32);
            // The child of the root that leads to the block: how much of the root's prose does it hold?
            sink.put_all(["branch-prose", "branch-links"], mark, |at| {
                let child = &elements[self.level(at).branches[place] as usize];
                [share(held(&self.prose, child), total), share(held(&self.links, child), held(&self.chars, child))]
            });
        }
    }

    /// What the block-level elements around a block hold, innermost first.
    fn levels(&self, sink: &mut impl Sink, document: &Document) {
        let elements = &document.outline.elements;
        let total = self.prose[self.prose.len() - 1];
        let all = self.chars[self.chars.len() - 1];
        const NAMES: [&str; 9] =
            ["level-prose", "level-text", "level-density", "level-links", "level-blocks", "level-length", "level-names", "level-children", "level-rank"];
        for level in 0..LEVELS {
            sink.put_all(NAMES, level as i32 + 1, |at| {
                let mut number = self.own(at).level;
                for _ in 0..level {
                    let parent = elements[number as usize].parent;
                    number = if parent == number { number } else { self.boxes[parent as usize].level };
                }
                let (element, place) = (&elements[number as usize], &self.boxes[number as usize]);
                let (prose, chars) = (held(&self.prose, element), held(&self.chars, element));
                let blocks = (element.blocks.end - element.blocks.start) as f32;
                let length = share(held(&self.words, element), blocks);
                let links = share(held(&self.links, element), chars);
                [share(prose, total), share(chars, all), share(prose, chars), links, blocks, length, place.names, place.children as f32, place.rank as f32]
            });
        }
    }
}
