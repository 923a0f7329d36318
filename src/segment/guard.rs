//! What stands between html5ever's tokenizer and its tree builder: lets tokens through as long as the limits hold.
//!
//! In: tokens. Out: the same tokens to the builder, but tags beyond the greatest depth dropped (a `<br>` where a block would have begun or
//! ended), and none when the tree is full. The builder is asked for its depth only when the nodes made since may have brought it near the limit.

use std::cell::{Cell, RefCell};

use ego_tree::NodeId;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::{Tracer, TreeBuilder, TreeSink};
use html5ever::{LocalName, local_name};
use scraper::{Html, HtmlTreeSink};

use crate::limit::{Limit, LimitSet};
use crate::outline::Tag as OutlineTag;
use crate::rules::settings::Limits;

/// Lets tokens through to the tree builder as long as the limits hold.
pub(super) struct Guard<'l> {
    builder: TreeBuilder<NodeId, HtmlTreeSink>,
    limits: &'l Limits,
    /// Tokens seen, errors aside.
    tokens: Cell<u64>,
    /// The depth is below its limit as long as the tree has fewer nodes than this.
    safe_until: Cell<usize>,
    reached: Cell<LimitSet>,
    /// Tags left out and not closed yet.
    skipped: RefCell<Vec<LocalName>>,
    /// The element whose raw text is left out.
    unread: RefCell<Option<LocalName>>,
}

/// Counts what the tree builder holds open.
struct Count(Cell<usize>);

impl Tracer for Count {
    type Handle = NodeId;

    fn trace_handle(&self, _: &NodeId) {
        self.0.set(self.0.get() + 1);
    }
}

type Passed = TokenSinkResult<NodeId>;

impl<'l> Guard<'l> {
    /// Room left for the parts of a table, which are not dropped inside a table: text between them would lose its place.
    const TABLE_ROOM: usize = 6;
    /// How far back the start of a dropped element is looked for.
    const LOOK_BACK: usize = 32;

    pub(super) fn new(builder: TreeBuilder<NodeId, HtmlTreeSink>, limits: &'l Limits) -> Self {
        Guard {
            builder,
            limits,
            tokens: Cell::new(0),
            safe_until: Cell::new(0),
            reached: Cell::default(),
            skipped: RefCell::default(),
            unread: RefCell::default(),
        }
    }

    /// Tokens seen so far, errors aside.
    pub(super) fn tokens(&self) -> u64 {
        self.tokens.get()
    }

    /// The tree, and the limits that were reached.
    pub(super) fn finish(self) -> (Html, LimitSet) {
        (self.builder.sink.finish(), self.reached.get())
    }

    /// Notes a limit.
    pub(super) fn reach(&self, limit: Limit) {
        self.reached.set(self.reached.get().with(limit.into()));
    }

    fn nodes(&self) -> usize {
        self.builder.sink.0.borrow().tree.values().len()
    }

    fn start(&self, mut tag: Tag, line: u64) -> Passed {
        if tag.attrs.len() > self.limits.html_attributes {
            tag.attrs.truncate(self.limits.html_attributes);
            self.reach(Limit::HtmlAttributes);
        }
        for attribute in tag.attrs.iter_mut().filter(|attribute| attribute.value.len() > self.limits.html_attribute_bytes) {
            attribute.value.clear();
            self.reach(Limit::HtmlAttributeBytes);
        }
        let nodes = self.nodes();
        if nodes >= self.limits.html_nodes {
            return self.beyond_nodes(&tag);
        }
        if nodes >= self.safe_until.get() {
            let open = Count(Cell::new(0));
            self.builder.trace_handles(&open);
            let room = self.limits.html_depth.saturating_sub(open.0.get());
            if room <= Self::TABLE_ROOM && !self.may_pass(&tag, room) {
                return self.skip(tag, line);
            }
            // A node takes a place among the open elements and perhaps one in the list of formatting elements.
            self.safe_until.set(nodes + room.saturating_sub(Self::TABLE_ROOM) / 2);
        }
        self.builder.process_token(Token::TagToken(tag), line)
    }

    fn is_foreign(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }

    /// Tags that open nothing that could hold more elements, or whose loss would make markup of text.
    fn may_pass(&self, tag: &Tag, room: usize) -> bool {
        let name = &*tag.name;
        if self.is_foreign() {
            return leaves_foreign(name);
        }
        is_void(name) || is_raw(name) || matches!(name, "html" | "head" | "body") || (room > 0 && is_table_part(name))
    }

    fn skip(&self, tag: Tag, line: u64) -> Passed {
        self.reach(Limit::HtmlDepth);
        let parts = !self.is_foreign() && OutlineTag::new(&tag.name).is_block_level();
        if !tag.self_closing || !self.is_foreign() {
            self.skipped.borrow_mut().push(tag.name);
        }
        if parts { self.break_line(line) } else { TokenSinkResult::Continue }
    }

    fn break_line(&self, line: u64) -> Passed {
        let name = local_name!("br");
        let tag = Tag { kind: TagKind::StartTag, name, self_closing: false, attrs: Vec::new(), had_duplicate_attributes: false };
        self.builder.process_token(Token::TagToken(tag), line)
    }

    fn end_tag(&self, tag: Tag, line: u64) -> Passed {
        if self.nodes() >= self.limits.html_nodes {
            return self.beyond_nodes(&tag);
        }
        let mut skipped = self.skipped.borrow_mut();
        let from = skipped.len().saturating_sub(Self::LOOK_BACK);
        if let Some(at) = skipped[from..].iter().rposition(|name| *name == tag.name) {
            skipped.truncate(from + at);
            drop(skipped);
            return if OutlineTag::new(&tag.name).is_block_level() { self.break_line(line) } else { TokenSinkResult::Continue };
        }
        // It closes an element around those that were left out, and them with it.
        if !is_raw(&tag.name) && !is_void(&tag.name) && !is_table_part(&tag.name) {
            skipped.clear();
        }
        drop(skipped);
        self.builder.process_token(Token::TagToken(tag), line)
    }

    /// The tree is full: tags make no elements any more, but raw text is still told from markup.
    fn beyond_nodes(&self, tag: &Tag) -> Passed {
        self.reach(Limit::HtmlNodes);
        if tag.kind == TagKind::EndTag || self.is_foreign() || !is_raw(&tag.name) {
            return self.builder.process_token(Token::CharacterTokens(StrTendril::from_slice(" ")), 0);
        }
        match &*tag.name {
            "title" | "textarea" => return TokenSinkResult::RawData(RawKind::Rcdata),
            "plaintext" => return TokenSinkResult::Plaintext,
            _ => *self.unread.borrow_mut() = Some(tag.name.clone()),
        }
        TokenSinkResult::RawData(if &*tag.name == "script" { RawKind::ScriptData } else { RawKind::Rawtext })
    }
}

impl TokenSink for Guard<'_> {
    type Handle = NodeId;

    fn process_token(&self, token: Token, line: u64) -> Passed {
        if matches!(token, Token::ParseError(_)) {
            return TokenSinkResult::Continue;
        }
        self.tokens.set(self.tokens.get() + 1);
        let mut unread = self.unread.borrow_mut();
        if let Some(name) = &*unread {
            match &token {
                Token::TagToken(tag) if tag.name == *name => *unread = None,
                Token::EOFToken => {}
                _ => return TokenSinkResult::Continue,
            }
        }
        drop(unread);
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => self.start(tag, line),
            Token::TagToken(tag) => self.end_tag(tag, line),
            Token::CommentToken(_) if self.nodes() >= self.limits.html_nodes => TokenSinkResult::Continue,
            token => self.builder.process_token(token, line),
        }
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.is_foreign()
    }
}

fn is_void(name: &str) -> bool {
    matches!(name, "area" | "base" | "br" | "col" | "embed" | "hr" | "img" | "input" | "link" | "meta" | "param" | "source" | "track" | "wbr")
}

/// Elements whose content is no markup.
pub(super) fn is_raw(name: &str) -> bool {
    matches!(name, "script" | "style" | "title" | "textarea" | "iframe" | "noembed" | "noframes" | "noscript" | "xmp" | "plaintext")
}

fn is_table_part(name: &str) -> bool {
    matches!(name, "tr" | "td" | "th" | "tbody" | "thead" | "tfoot" | "caption" | "colgroup")
}

/// HTML elements that end any SVG or MathML around them (WHATWG, "the rules for parsing tokens in foreign content").
fn leaves_foreign(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "b",
        "big",
        "blockquote",
        "body",
        "br",
        "center",
        "code",
        "dd",
        "div",
        "dl",
        "dt",
        "em",
        "embed",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "hr",
        "i",
        "img",
        "li",
        "listing",
        "menu",
        "meta",
        "nobr",
        "ol",
        "p",
        "pre",
        "ruby",
        "s",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tt",
        "u",
        "ul",
        "var",
    ];
    NAMES.contains(&name)
}
