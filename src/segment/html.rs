//! Web pages to blocks: parses the page, walks it once, and forgets the tree.
//!
//! In: decoded HTML. Out: a [`Document`] whose text is the page's visible text, one block a line, each with the [`Markup`] that
//! detectors judge by. Elements that a rule of class `invisible` selects leave no text; `<noscript>` is read when the page
//! shows nearly nothing else. Elements that rules of the host mark as the body become [`Content`]. The walk uses an explicit stack,
//! so depth cannot overflow it.

use std::ops::Range;

use ego_tree::NodeRef;
use html5ever::local_name;
use scraper::{ElementRef, Html, Node};

use super::attributes::attribute;
use super::facts::page_facts;
use super::marks::{BodyMarks, marked_facts};
use super::parse::{parse_page, parse_piece};
use super::selectors::{Chosen, Selectors};
use super::stream::join_streamed;
use crate::document::{Block, Content, Document, Format, Markup, Metadata, Pick, Span};
use crate::limit::{Limit, LimitSet};
use crate::outline::Tag;
use crate::rules::RuleSet;
use crate::rules::file::Scope;
use crate::verdict::Action;

/// A page as a document. What the record states (`known`) wins over what the page states.
pub fn segment_html(html: &str, known: Metadata, rules: &RuleSet, selectors: &Selectors) -> Document {
    let limits = &rules.settings.limits;
    let mut reached = LimitSet::default();
    let mut page = parse_page(html, limits, &mut reached);
    join_streamed(html, &mut page);
    let chosen = selectors.choose(rules, known.host.as_deref());
    let marks = BodyMarks::find(&page, rules, &chosen);
    let mut walker = Walker::new(rules, &chosen, &marks, true);
    walker.walk(page.root_element());
    if walker.shows_little() {
        // Pages that scripts make visible hide their text until then, or repeat it for browsers without scripts.
        let mut all = Walker::new(rules, &chosen, &marks, false);
        all.walk(page.root_element());
        if !all.shows_little() {
            walker = all;
        }
    }
    if walker.shows_little() {
        let fragments: Vec<Html> = noscripts(&page).map(|text| parse_piece(&text, limits, &mut reached)).collect();
        for fragment in &fragments {
            walker.walk(fragment.root_element());
        }
    }
    let mut document = walker.finish();
    document.limits = document.limits.with(reached);
    document.metadata = page_facts(&page, known, marked_facts(&page, rules, &chosen));
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
    Leave(Left),
}

/// What must be known of an element when its last child is done.
struct Left {
    tag: Tag,
    is_block: bool,
    inline: Option<Inline>,
}

/// An inline element that rules select.
struct Inline {
    /// Where in the open block it begins.
    start: usize,
    /// How many blocks there were.
    blocks: usize,
    rules: Vec<u32>,
}

struct Walker<'r> {
    rules: &'r RuleSet,
    chosen: &'r Chosen<'r>,
    marks: &'r BodyMarks,
    document: Document,
    /// Text of the open block and its characters inside links.
    open: String,
    link_chars: u32,
    in_link: u32,
    /// Elements around the current place.
    path: Vec<u32>,
    /// Rules that selected an element: (element, rule), in document order.
    selected: Vec<(u32, u32)>,
    /// Inline elements of the open block that a rule selected.
    picked: Vec<(Range<usize>, u32)>,
    /// Elements that may be the body: (candidate, element).
    marked: Vec<(u32, u32)>,
    /// Leave the text of elements out that a rule calls invisible.
    hide: bool,
}

impl<'r> Walker<'r> {
    fn new(rules: &'r RuleSet, chosen: &'r Chosen, marks: &'r BodyMarks, hide: bool) -> Self {
        let document = Document::new(String::new(), Format::Html, Metadata::default());
        Walker {
            rules,
            chosen,
            marks,
            document,
            open: String::new(),
            link_chars: 0,
            in_link: 0,
            path: Vec::new(),
            selected: Vec::new(),
            picked: Vec::new(),
            marked: Vec::new(),
            hide,
        }
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
        let too_much = |number: u32, held: u64| self.rules.rule(number).max_share.is_some_and(|most| held as f64 > most * total as f64);
        let text = &document.text;
        document.picks.retain(|pick| {
            let held = if document.blocks[pick.block as usize].shape.is_prose(words) {
                text[pick.span.range()].chars().filter(|c| !c.is_whitespace()).count()
            } else {
                0
            };
            !too_much(pick.rule, held as u64)
        });
        for (element, number) in self.selected {
            let range = document.outline.elements[element as usize].blocks.clone();
            let blocks = &mut document.blocks[range.start as usize..range.end as usize];
            if too_much(number, prose(blocks)) {
                continue;
            }
            for markup in blocks.iter_mut().filter_map(|block| block.markup.as_mut()) {
                if !markup.rules.contains(&number) {
                    markup.rules.push(number);
                }
            }
        }
        document.content = content(&document, self.marks, self.marked, |blocks| prose(blocks) > 0 || total == 0);
        document
    }

    fn walk(&mut self, root: ElementRef) {
        let mut stack = vec![Step::Enter(*root)];
        while let Some(step) = stack.pop() {
            match step {
                Step::Enter(node) => self.enter(node, &mut stack),
                Step::Leave(left) => self.leave(left),
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
        let mut matched = self.chosen.matching(self.rules, element_ref);
        let invisible = |&rule: &u32| self.rules.rule(rule).class == "invisible";
        if self.hide && matched.iter().any(invisible) {
            return;
        }
        matched.retain(|rule| !invisible(rule));
        let candidates = self.marks.of(element_ref);
        let tag = Tag::new(element.name());
        // The body's edge parts blocks whatever element it is.
        let is_block = tag.is_block_level() || !candidates.is_empty();
        if is_block {
            self.close_block();
        } else if matches!(tag.name(), "td" | "th") && !self.open.is_empty() {
            self.open.push('\t');
        }
        let names = [local_name!("class"), local_name!("id")].into_iter().filter_map(|name| attribute(element, &name));
        let number = self.document.outline.open(self.path.last().copied(), tag, names, self.document.blocks.len());
        self.path.push(number);
        self.marked.extend(candidates.iter().map(|&candidate| (candidate, number)));
        self.selected.extend(matched.iter().map(|&rule| (number, rule)));
        self.in_link += u32::from(tag.name() == "a");
        let inline = (!is_block && !matched.is_empty()).then_some(Inline { start: self.open.len(), blocks: self.document.blocks.len(), rules: matched });
        stack.push(Step::Leave(Left { tag, is_block, inline }));
        stack.extend(node.children().rev().map(Step::Enter));
    }

    fn leave(&mut self, left: Left) {
        if left.is_block {
            self.close_block();
        }
        self.in_link -= u32::from(left.tag.name() == "a");
        if let Some(number) = self.path.pop() {
            self.document.outline.close(number, self.document.blocks.len());
        }
        // When a block ended inside of it, the blocks it holds stand for it.
        if let Some(inline) = left.inline.filter(|inline| inline.blocks == self.document.blocks.len() && inline.start < self.open.len()) {
            self.picked.extend(inline.rules.into_iter().map(|rule| (inline.start..self.open.len(), rule)));
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
        let picked = std::mem::take(&mut self.picked);
        let mut at = 0;
        for line in text.split('\n') {
            let trimmed = line.trim();
            let first = at + line.len() - line.trim_start().len();
            at += line.len() + 1;
            if trimmed.is_empty() {
                continue;
            }
            if !self.document.text.is_empty() {
                self.document.text.push('\n');
            }
            let start = self.document.text.len() as u32;
            self.document.text.push_str(trimmed);
            let end = self.document.text.len() as u32;
            if self.document.blocks.len() >= self.rules.settings.limits.blocks {
                self.document.limits = self.document.limits.with(Limit::Blocks.into());
                continue;
            }
            let link_chars = if share > 0.0 { (count(trimmed) * share).round() as u32 } else { 0 };
            let mut markup = self.markup(link_chars);
            for (range, rule) in &picked {
                let inside = |place: usize| start + place.clamp(first, first + trimmed.len()) as u32 - first as u32;
                self.pick(Span { start: inside(range.start), end: inside(range.end) }, *rule, &mut markup);
            }
            self.document.push_block(Span { start, end }, false, Some(Box::new(markup)));
        }
        text.clear();
        self.open = text;
    }

    /// Notes that a rule selected an inline element of the next block. What removes single elements removes just that; other rules
    /// speak of the block.
    fn pick(&mut self, span: Span, number: u32, markup: &mut Markup) {
        if span.is_empty() {
            return;
        }
        let rule = self.rules.rule(number);
        if rule.action == Action::Drop && matches!(rule.scope, Scope::Block | Scope::Span) {
            self.document.picks.push(Pick { span, block: self.document.blocks.len() as u32, rule: number });
        } else if !markup.rules.contains(&number) {
            markup.rules.push(number);
        }
    }

    fn markup(&self, link_chars: u32) -> Markup {
        let element = self.path.last().copied().unwrap_or(0);
        let tag = self.document.outline.block_tag(element);
        let heading = tag.name().strip_prefix('h').and_then(|level| level.parse().ok()).unwrap_or(0);
        Markup { element, link_chars, rules: Vec::new(), heading }
    }
}

/// The body that rules mark: the first candidate that holds text, and prose if the page has any. A rule that a new layout has made
/// select a mere teaser does not decide.
fn content(document: &Document, marks: &BodyMarks, mut marked: Vec<(u32, u32)>, is_body: impl Fn(&[Block]) -> bool) -> Option<Content> {
    marked.sort_unstable();
    marked.chunk_by(|a, b| a.0 == b.0).find_map(|elements| {
        let ranges = || elements.iter().map(|&(_, element)| document.outline.elements[element as usize].blocks.clone()).filter(|range| !range.is_empty());
        let holds = ranges().any(|range| is_body(&document.blocks[range.start as usize..range.end as usize]));
        holds.then(|| Content {
            rule: marks.rules[elements[0].0 as usize],
            elements: elements.iter().map(|&(_, element)| element).collect(),
            blocks: ranges().collect(),
        })
    })
}
