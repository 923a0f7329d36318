//! Pages to trees in time and memory that the limits bound, whatever the page.
//!
//! In: decoded HTML and the limits. Out: the tree, and which limits were reached. A [`Guard`] stands between html5ever's tokenizer and its tree
//! builder, whose searches of the open elements cost their number for every tag: beyond the greatest depth it drops tags, putting a
//! `<br>` where a block would have begun or ended, so that all text stays in order and parted. Ordinary pages pass untouched.
//! The tokenizer compares each attribute with all before it in its tag; the page is fed to it in small pieces, and a tag that goes on
//! for many pieces stops the parse, which begins again on the page [`trimmed`].

use ego_tree::Tree;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts, create_element};
use html5ever::{QualName, TokenizerResult, local_name, ns};
use scraper::{Html, HtmlTreeSink, Node};

use super::guard::Guard;
use super::trim::trimmed;
use crate::limit::{Limit, LimitSet};
use crate::rules::settings::Limits;

/// Bytes of the page given to the tokenizer at a time.
const PIECE: usize = 32 * 1024;
/// Bytes of a page with many elements for each of its nodes.
const BYTES_A_NODE: usize = 64;
/// So many marks that may part attributes, in one tag that is longer than a piece, make the page be trimmed ...
const MANY_MARKS: usize = 4096;
/// ... and so many in a trimmed page, whose tags the trimmer must have read otherwise than the tokenizer, make the tag be ended there.
const TOO_MANY_MARKS: usize = 65_536;

/// A whole page as a tree.
pub(super) fn parse_page(html: &str, limits: &Limits, reached: &mut LimitSet) -> Html {
    parse(html, limits, false, reached)
}

/// A piece of a page, as it may stand in a body, as a tree.
pub(super) fn parse_piece(html: &str, limits: &Limits, reached: &mut LimitSet) -> Html {
    parse(html, limits, true, reached)
}

fn parse(html: &str, limits: &Limits, is_piece: bool, reached: &mut LimitSet) -> Html {
    if let Some((page, met)) = feed(html, limits, is_piece, MANY_MARKS, false) {
        *reached = reached.with(met);
        return page;
    }
    let (short, met) = trimmed(html, limits.html_attributes, limits.html_attribute_bytes);
    *reached = reached.with(met);
    let parsed = feed(&short, limits, is_piece, TOO_MANY_MARKS, true);
    let (page, met) = parsed.unwrap_or_else(|| (Html::new_document(), LimitSet::default()));
    *reached = reached.with(met);
    page
}

/// Parses piece by piece; `None` when a tag holds more than `most_marks` and is not to be cut.
fn feed(html: &str, limits: &Limits, is_piece: bool, most_marks: usize, cut: bool) -> Option<(Html, LimitSet)> {
    let tokenizer = tokenizer(html.len(), limits, is_piece);
    let input = BufferQueue::default();
    let whole = StrTendril::from(html);
    let push = |text: StrTendril| {
        input.push_back(text);
        // Scripts are not run and encodings are decided: whatever it stops for, it goes on.
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    };
    let (mut start, mut marks) = (0, 0);
    while start < html.len() {
        let end = html.ceil_char_boundary(start + PIECE);
        let before = tokenizer.sink.tokens();
        push(whole.subtendril(start as u32, (end - start) as u32));
        let in_token = tokenizer.sink.tokens() == before;
        let count = || html.as_bytes()[start..end].iter().filter(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'/' | b'"' | b'\'')).count();
        marks = if in_token { marks + count() } else { 0 };
        start = end;
        if marks <= most_marks {
            continue;
        }
        if !cut {
            return None;
        }
        // These three end a tag wherever in it they stand, and leave a comment open.
        push(StrTendril::from_slice("'\">"));
        if tokenizer.sink.tokens() > before {
            tokenizer.sink.reach(Limit::HtmlAttributes);
        }
        marks = 0;
    }
    tokenizer.end();
    Some(tokenizer.sink.finish())
}

/// A tokenizer for `len` bytes of HTML.
fn tokenizer(len: usize, limits: &Limits, is_piece: bool) -> Tokenizer<Guard<'_>> {
    if !is_piece {
        let mut page = Html::new_document();
        // Room for all nodes at once: a growing tree would be copied again and again.
        page.tree = Tree::with_capacity(Node::Document, len / BYTES_A_NODE);
        let builder = TreeBuilder::new(HtmlTreeSink::new(page), TreeBuilderOpts::default());
        return Tokenizer::new(Guard::new(builder, limits), TokenizerOpts::default());
    }
    let sink = HtmlTreeSink::new(Html::new_fragment());
    let context = create_element(&sink, QualName::new(None, ns!(html), local_name!("body")), Vec::new());
    let builder = TreeBuilder::new_for_fragment(sink, context, None, TreeBuilderOpts::default());
    let initial_state = Some(builder.tokenizer_state_for_context_elem(false));
    Tokenizer::new(Guard::new(builder, limits), TokenizerOpts { initial_state, ..TokenizerOpts::default() })
}
