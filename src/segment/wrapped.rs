//! Joins lines that were one paragraph until a program wrapped them at a fixed width: man pages, mails, pages whose source is wrapped.
//!
//! In: a text whose lines are its blocks. Out: the same with each wrapped paragraph one block, or as it was. A line alone, a
//! dozen words without an end, looks like a menu's row; only the paragraph can be judged. Whoever fills lines breaks before the first word
//! that no longer fits. So a line that was broken is full: no longer than the width, but longer than it with the next line's first word. Among
//! lines of any other kind few are full at one width, and hardly ever two in a row. The line ends stay in the text, within their blocks.

use crate::document::{Block, Document};
use crate::rules::settings::Wrapped;
use crate::span::Span;
use crate::text::token::Kind;

/// Share of the width from which on a line that breaks off counts against the width when it is not full.
const LONG: f64 = 0.6;
/// Least share of a line's characters that are letters, in prose.
const LETTERS: f64 = 0.7;
/// Characters by which a full line may be wider than the width: programs do not agree on what a character is.
const SLACK: usize = 1;

/// What the end of a line and the start of the next one say.
#[derive(Clone, Copy, Debug, Default)]
struct Seam {
    /// Characters of the line, from its very start.
    length: usize,
    /// Characters of the next line's first word; 0 when no line follows at once.
    next: usize,
    /// The line ends like a sentence or label.
    ends: bool,
    /// The next line may go on with a sentence: it does not begin with an upper-case letter or a mark.
    continues: bool,
    /// Both lines are prose by their characters.
    prose: bool,
}

impl Seam {
    fn flows(&self) -> bool {
        self.next > 0 && self.prose && !self.ends && self.continues
    }

    fn is_full(&self, width: usize) -> bool {
        self.next > 0 && self.length <= width + SLACK && self.length + self.next >= width
    }
}

/// Joins the wrapped paragraphs of a text, should it have a width.
pub(super) fn join_wrapped(document: Document, settings: &Wrapped) -> Document {
    if !settings.enabled || document.blocks.len() <= settings.min_lines {
        return document;
    }
    let seams = seams(&document, settings);
    match width(&seams, settings) {
        Some(width) => joined(document, &joins(&seams, width)),
        None => document,
    }
}

fn seams(document: &Document, settings: &Wrapped) -> Vec<Seam> {
    let blocks = &document.blocks;
    let is_prose = |block: &Block| f64::from(block.shape.letters) >= LETTERS * f64::from(block.shape.chars);
    let seam = |at: usize| {
        let block = &blocks[at];
        let Some(next) = blocks.get(at + 1).filter(|next| !next.blank_before && !next.shape.bullet) else { return Seam::default() };
        // Lines that are no candidates are most; their characters need no count.
        if block.shape.words < settings.line_words || block.shape.chars as usize > settings.widest {
            return Seam::default();
        }
        let text = document.slice(next.span);
        let first = document.tokens_of(next).first();
        let start = text.chars().next().unwrap_or_default();
        Seam {
            length: length(document, block),
            next: match first {
                Some(token) if token.kind() == Kind::Character => 1,
                _ => text.split_whitespace().next().map_or(0, |word| word.chars().count()),
            },
            ends: block.shape.finished || block.shape.colon,
            continues: start.is_alphanumeric() && !start.is_uppercase(),
            prose: is_prose(block) && is_prose(next),
        }
    };
    (0..blocks.len()).map(seam).collect()
}

/// Characters of a line, those before its first word too.
fn length(document: &Document, block: &Block) -> usize {
    let before = &document.text[..block.span.start as usize];
    let start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    document.text[start..block.span.end as usize].chars().count()
}

/// The width at which most lines that break off amid a sentence are full, when enough of them are.
fn width(seams: &[Seam], settings: &Wrapped) -> Option<usize> {
    let mut full = vec![0_usize; settings.widest + 1];
    for seam in seams.iter().filter(|seam| seam.flows()) {
        let widths = seam.length.max(settings.narrowest)..=(seam.length + seam.next).min(settings.widest);
        full.get_mut(widths).into_iter().flatten().for_each(|count| *count += 1);
    }
    let most = *full.iter().max()?;
    let width = full.iter().position(|&count| count == most)?;
    let is_full = |at: Option<usize>| at.and_then(|at| seams.get(at)).is_some_and(|seam| seam.is_full(width));
    let broken = (0..seams.len()).filter(|&at| seams[at].flows() && is_full(Some(at)));
    let broken = broken.filter(|&at| is_full(at.checked_sub(1)) || is_full(Some(at + 1))).count();
    let long = seams.iter().filter(|seam| seam.flows() && seam.length as f64 >= LONG * width as f64).count();
    (broken >= settings.min_lines && broken as f64 >= settings.min_share * long as f64).then_some(width)
}

/// For each line: does the next one go on with its paragraph?
fn joins(seams: &[Seam], width: usize) -> Vec<bool> {
    let is_full = |at: Option<usize>| at.and_then(|at| seams.get(at)).is_some_and(|seam| seam.is_full(width));
    let join = |at: usize| {
        let seam = &seams[at];
        let goes_on = match (seam.ends, seam.continues) {
            (false, true) => true,
            // A headline may be full by chance; amid a paragraph lines before are full too.
            (false, false) => is_full(at.checked_sub(1)),
            // The last line of an article may be full by chance; what follows it then hardly is.
            (true, _) => is_full(Some(at + 1)),
        };
        seam.is_full(width) && goes_on
    };
    (0..seams.len()).map(join).collect()
}

/// The document with each run of joined lines one block.
fn joined(document: Document, joins: &[bool]) -> Document {
    let mut out = Document::new(document.text, document.format, document.metadata);
    out.limits = document.limits;
    let mut first: Option<&Block> = None;
    for (block, &join) in document.blocks.iter().zip(joins) {
        let start = *first.get_or_insert(block);
        if !join {
            out.push_block(Span { start: start.span.start, end: block.span.end }, start.blank_before, None);
            first = None;
        }
    }
    out
}
