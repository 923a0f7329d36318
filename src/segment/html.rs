//! Web pages to blocks: parses the page, walks it once, and forgets the tree.
//!
//! In: decoded HTML. Out: a [`Document`] whose text is the page's visible text, one block a line, each with the [`Markup`] that
//! detectors judge by. Elements that a rule of class `invisible` selects leave no text; `<noscript>` is read when the page
//! shows nearly nothing else. The walk uses an explicit stack, so depth cannot overflow it.

use ego_tree::NodeRef;
use scraper::{ElementRef, Html, Node};

use super::facts::page_facts;
use super::selectors::Selectors;
use crate::document::{Block, Document, Format, Markup, Metadata, Span};
use crate::outline::Tag;
use crate::rules::RuleSet;

/// A page as a document. What the record states (`known`) wins over what the page states.
pub fn segment_html(html: &str, known: Metadata, rules: &RuleSet, selectors: &Selectors) -> Document {
    let page = Html::parse_document(html);
    let mut walker = Walker::new(rules, selectors, true);
    walker.walk(page.root_element());
    if walker.shows_little() {
        // Pages that scripts make visible hide their text until then, or repeat it for browsers without scripts.
        let mut all = Walker::new(rules, selectors, false);
        all.walk(page.root_element());
        if !all.shows_little() {
            walker = all;
        }
    }
    if walker.shows_little() {
        let fragments: Vec<Html> = noscripts(&page).map(|text| Html::parse_fragment(&text)).collect();
        for fragment in &fragments {
            walker.walk(fragment.root_element());
        }
    }
    let mut document = walker.finish();
    document.metadata = page_facts(&page, known);
    document
}

fn noscripts(page: &Html) -> impl Iterator<Item = String> {
    let elements = page.root_element().descendants().filter_map(ElementRef::wrap);
    elements.filter(|element| element.value().name() == "noscript").map(|element| element.text().collect())
}

/// Elements whose text is never shown.
fn is_silent(tag: &str) -> bool {
    matches!(tag, "script" | "style" | "template" | "noscript" | "head" | "svg" | "iframe" | "object" | "math" | "datalist")
}

enum Step<'a> {
    Enter(NodeRef<'a, Node>),
    Leave { tag: Tag },
}

struct Walker<'r> {
    rules: &'r RuleSet,
    selectors: &'r Selectors,
    document: Document,
    /// Text of the open block and its characters inside links.
    open: String,
    link_chars: u32,
    in_link: u32,
    /// Elements around the current place.
    path: Vec<u32>,
    /// Rules that selected an element: (element, rule), in document order.
    selected: Vec<(u32, u32)>,
    /// Leave the text of elements out that a rule calls invisible.
    hide: bool,
}

impl<'r> Walker<'r> {
    fn new(rules: &'r RuleSet, selectors: &'r Selectors, hide: bool) -> Self {
        let document = Document::new(String::new(), Format::Html, Metadata::default());
        Walker { rules, selectors, document, open: String::new(), link_chars: 0, in_link: 0, path: Vec::new(), selected: Vec::new(), hide }
    }

    /// Is there hardly any text?
    fn shows_little(&self) -> bool {
        let chars: usize = self.document.blocks.iter().map(|block| block.shape.chars as usize).sum();
        chars < self.rules.settings.page.min_visible_chars
    }

    /// The document, each block knowing the rules that select an element around it. A rule with `max-share` leaves elements alone
    /// that hold more of the page's prose: such an element is no side box, whatever its names say.
    fn finish(self) -> Document {
        let mut document = self.document;
        let words = self.rules.settings.structure.prose_words;
        let prose = |blocks: &[Block]| blocks.iter().filter(|block| block.shape.is_prose(words)).map(|block| u64::from(block.shape.chars)).sum::<u64>();
        let total = prose(&document.blocks);
        for (element, number) in self.selected {
            let range = document.outline.elements[element as usize].blocks.clone();
            let blocks = &mut document.blocks[range.start as usize..range.end as usize];
            if self.rules.rule(number).max_share.is_some_and(|most| prose(blocks) as f64 > most * total as f64) {
                continue;
            }
            for markup in blocks.iter_mut().filter_map(|block| block.markup.as_mut()) {
                if !markup.rules.contains(&number) {
                    markup.rules.push(number);
                }
            }
        }
        document
    }

    fn walk(&mut self, root: ElementRef) {
        let mut stack = vec![Step::Enter(*root)];
        while let Some(step) = stack.pop() {
            match step {
                Step::Enter(node) => self.enter(node, &mut stack),
                Step::Leave { tag } => self.leave(tag),
            }
        }
        self.close_block();
    }

    fn enter<'a>(&mut self, node: NodeRef<'a, Node>, stack: &mut Vec<Step<'a>>) {
        let element = match node.value() {
            Node::Text(text) => return self.text(text),
            Node::Element(element) => element,
            _ => return,
        };
        if is_silent(element.name()) {
            return;
        }
        if element.name() == "br" {
            return self.open.push('\n');
        }
        let Some(element_ref) = ElementRef::wrap(node) else { return };
        let matched = self.selectors.matching(self.rules, element_ref);
        let invisible = |&rule: &u32| self.rules.rule(rule).class == "invisible";
        if self.hide && matched.iter().any(invisible) {
            return;
        }
        let tag = Tag::new(element.name());
        if tag.is_block_level() {
            self.close_block();
        } else if matches!(tag.name(), "td" | "th") && !self.open.is_empty() {
            self.open.push('\t');
        }
        let names = ["class", "id"].into_iter().filter_map(|name| element.attr(name));
        let number = self.document.outline.open(self.path.last().copied(), tag, names, self.document.blocks.len());
        self.path.push(number);
        self.selected.extend(matched.into_iter().filter(|rule| !invisible(rule)).map(|rule| (number, rule)));
        self.in_link += u32::from(tag.name() == "a");
        stack.push(Step::Leave { tag });
        stack.extend(node.children().rev().map(Step::Enter));
    }

    fn leave(&mut self, tag: Tag) {
        if tag.is_block_level() {
            self.close_block();
        }
        self.in_link -= u32::from(tag.name() == "a");
        if let Some(number) = self.path.pop() {
            self.document.outline.close(number, self.document.blocks.len());
        }
    }

    /// Adds text to the open block, white space folded to one blank.
    fn text(&mut self, text: &str) {
        for (at, word) in text.split(|c: char| c.is_ascii_whitespace()).enumerate() {
            if at > 0 && !self.open.is_empty() && !self.open.ends_with([' ', '\n', '\t']) {
                self.open.push(' ');
            }
            if self.in_link > 0 {
                self.link_chars += word.chars().count() as u32;
            }
            self.open.push_str(word);
        }
    }

    /// Ends the open block: each of its lines (parted by `<br>`) becomes a block.
    fn close_block(&mut self) {
        let mut text = std::mem::take(&mut self.open);
        let link_chars = f64::from(std::mem::take(&mut self.link_chars));
        let count = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count() as f64;
        let share = if link_chars > 0.0 { link_chars / count(&text).max(1.0) } else { 0.0 };
        for line in text.split('\n').map(str::trim).filter(|line| !line.is_empty()) {
            if !self.document.text.is_empty() {
                self.document.text.push('\n');
            }
            let start = self.document.text.len() as u32;
            self.document.text.push_str(line);
            let end = self.document.text.len() as u32;
            let link_chars = if share > 0.0 { (count(line) * share).round() as u32 } else { 0 };
            let markup = self.markup(link_chars);
            self.document.push_block(Span { start, end }, false, Some(markup));
        }
        text.clear();
        self.open = text;
    }

    fn markup(&self, link_chars: u32) -> Markup {
        let element = self.path.last().copied().unwrap_or(0);
        let tag = self.document.outline.block_tag(element);
        let heading = tag.name().strip_prefix('h').and_then(|level| level.parse().ok()).unwrap_or(0);
        Markup { element, link_chars, rules: Vec::new(), heading }
    }
}
