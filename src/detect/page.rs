//! The `page` detector: the content of a web page by its structure.
//!
//! The content root is the deepest element that still holds most of the page's prose. What lies outside goes; inside it, boxes whose
//! tag or class words name boilerplate go, and blocks that are mostly links. Where a rule of the host marks the body, that is the root.
//! The detector needs no training, looks at a page only in the first pass, when the outline still fits the blocks, and only when
//! the `model` detector is off or has nothing to say.

use super::{Case, drop_block};
use crate::document::{Block, Content, Format};
use crate::outline::{Element, name_words};
use crate::verdict::Signal;

/// Adds evidence from a page's structure.
pub(super) fn detect(case: &Case, signals: &mut Vec<Signal>) {
    let document = case.document;
    if document.format != Format::Html || case.pass > 0 || !case.rules.settings.page.enabled || document.outline.elements.is_empty() {
        return;
    }
    if let Some(content) = &document.content {
        if case.rules.rule(content.rule).prune {
            inside_of_content(case, content, signals);
        }
        return;
    }
    let sums = prose_sums(case, |_, _| true);
    let boxed = boxed_elements(case, &sums, &[]);
    let open_sums = prose_sums(case, |_, element| !boxed[element]);
    let root = content_root(case, &open_sums);
    let inside = &document.outline.elements[root].blocks;
    for (at, block) in document.blocks.iter().enumerate() {
        let Some(markup) = &block.markup else { continue };
        if !inside.contains(&(at as u32)) {
            signals.push(drop_block(block, "page", "navigation", 0.8));
        } else if boxed[markup.element as usize] && !boxed[root] {
            signals.push(drop_block(block, "page", "navigation", 0.7));
        } else if is_linked(case, block) {
            signals.push(drop_block(block, "page", "navigation", 0.6));
        }
    }
}

/// Where a rule marks the body, it takes the place of the content root: what lies outside is the rule's matter, and boxes and links
/// inside go as ever.
fn inside_of_content(case: &Case, content: &Content, signals: &mut Vec<Signal>) {
    let sums = prose_sums(case, |at, _| content.holds(at as u32));
    let boxed = boxed_elements(case, &sums, &content.elements);
    for (_, block) in case.blocks().iter().enumerate().filter(|(at, _)| content.holds(*at as u32)) {
        let in_box = block.markup.as_ref().is_some_and(|markup| boxed[markup.element as usize]);
        if in_box || is_linked(case, block) {
            signals.push(drop_block(block, "page", "navigation", if in_box { 0.7 } else { 0.6 }));
        }
    }
}

/// For each element: does it, or one around it, name boilerplate by its tag or class words? An element with most of the page's prose
/// is no such box, whatever its names say, nor is one of the `open` elements.
fn boxed_elements(case: &Case, sums: &[u64], open: &[u32]) -> Vec<bool> {
    let outline = &case.document.outline;
    let total = sums[sums.len() - 1];
    let mut boxed: Vec<bool> = Vec::with_capacity(outline.elements.len());
    for (at, element) in outline.elements.iter().enumerate() {
        let inherited = element.parent as usize != at && boxed[element.parent as usize];
        let own = || names_boilerplate(case, element) && (held(sums, element) as f64) <= case.rules.settings.page.box_share * total as f64;
        boxed.push(!open.contains(&(at as u32)) && (inherited || own()));
    }
    boxed
}

fn names_boilerplate(case: &Case, element: &Element) -> bool {
    case.rules.has_word("page-tags", element.tag.name())
        || name_words(case.document.outline.names(element)).any(|word| case.rules.has_word("page-words", &word))
}

fn is_page_prose(case: &Case, block: &Block) -> bool {
    let links = block.markup.as_ref().map_or(0, |markup| markup.link_chars);
    case.is_prose(block) && f64::from(links) < case.rules.settings.page.list_link_share * f64::from(block.shape.chars)
}

/// Characters of prose before each block and in all, counting only blocks that pass by their number and their element's.
fn prose_sums(case: &Case, passes: impl Fn(usize, usize) -> bool) -> Vec<u64> {
    let mut sums = Vec::with_capacity(case.blocks().len() + 1);
    let mut sum = 0;
    sums.push(sum);
    for (at, block) in case.blocks().iter().enumerate() {
        let counts = block.markup.as_ref().is_some_and(|markup| passes(at, markup.element as usize)) && is_page_prose(case, block);
        sum += if counts { u64::from(block.shape.chars) } else { 0 };
        sums.push(sum);
    }
    sums
}

fn held(sums: &[u64], element: &Element) -> u64 {
    sums[element.blocks.end as usize] - sums[element.blocks.start as usize]
}

/// The deepest element with most of the prose outside of boxes; the first element when there is no prose.
fn content_root(case: &Case, sums: &[u64]) -> usize {
    let elements = &case.document.outline.elements;
    let total = sums[sums.len() - 1];
    if total == 0 {
        return 0;
    }
    let needed = ((total as f64 * case.rules.settings.page.root_share) as u64).max(1);
    (0..elements.len()).filter(|&at| held(sums, &elements[at]) >= needed).max_by_key(|&at| elements[at].depth).unwrap_or(0)
}

/// Is the block mostly links? Lists of links count as such sooner.
fn is_linked(case: &Case, block: &Block) -> bool {
    let Some(markup) = &block.markup else { return false };
    let settings = &case.rules.settings.page;
    let in_list = matches!(case.document.outline.block_tag(markup.element).name(), "li" | "ul" | "ol" | "dd" | "dt");
    let most = if in_list { settings.list_link_share } else { settings.max_link_share };
    f64::from(markup.link_chars) > most * f64::from(block.shape.chars) && !case.is_prose(block)
}
