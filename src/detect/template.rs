//! The `template` detector: lines, openings and endings of lines that many documents of the host have.
//!
//! In: the survey's counts for the document's group. A line is template when the share of the host's documents that have it passes a
//! threshold that falls with its length; in the dump of a whole page, and in pages, little is enough, in a plain text full
//! sentences need many documents. An opening (or ending) is template when many documents have it and what follows it varies: so the ad code or
//! share bar glued to a sentence goes, and the sentence stays. A document most of whose prose is found elsewhere is a copy, not
//! template: its prose stays. Only counts decide, never the order of documents.

use std::ops::Range;

use super::named::{Named, Own};
use super::{Case, Detector, drop_block, dump, is_text};
use crate::document::{Block, Span};
use crate::rules::settings::Template as Settings;
use crate::survey::words::{Reader, Word};
use crate::survey::{Group, Templates};
use crate::verdict::{Action, Reason, Signal, Source};

/// Evidence from the survey.
pub(super) struct Template;

/// What the survey says of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mark {
    /// The share of the group's documents that have the line, when it is template as a whole.
    pub whole: Option<f32>,
    /// The glued opening.
    pub head: Option<(Span, f32)>,
    /// The glued ending.
    pub tail: Option<(Span, f32)>,
    /// Whether it names another document of the group.
    pub names: Named,
}

impl Mark {
    /// Is something glued to the block, which stays otherwise?
    pub fn is_glued(&self) -> bool {
        self.head.is_some() || self.tail.is_some()
    }
}

impl Detector for Template {
    fn name(&self) -> &'static str {
        "template"
    }

    fn detect(&self, case: &Case, signals: &mut Vec<Signal>) {
        for (mark, block) in case.marks.of.iter().zip(case.blocks()) {
            if let Some(share) = mark.whole {
                signals.push(drop_block(block, "template", "template", share));
                continue;
            }
            let reason = Reason { source: Source::Detector("template"), class: "template" };
            let spans = mark.head.iter().chain(&mark.tail);
            signals.extend(spans.map(|&(span, score)| Signal { span, action: Action::Drop, reason, score }));
        }
    }
}

/// What the survey says of each block of a document; nothing without a survey. Like rule matches, marks of blocks that stay whole are carried
/// from pass to pass.
#[derive(Debug, Default)]
pub struct Marks {
    of: Vec<Mark>,
    is_page: bool,
    documents: u64,
}

impl Marks {
    /// The mark of block number `at`.
    pub fn get(&self, at: usize) -> Option<&Mark> {
        self.of.get(at)
    }

    /// Documents of the group; 0 where the survey says nothing.
    pub fn documents(&self) -> u64 {
        self.documents
    }

    /// Looks up every block.
    pub fn find(case: &Case) -> Self {
        let Some((templates, group)) = group_of(case) else { return Marks::default() };
        let settings = &case.rules.settings;
        let labels = |case: &Case| dump::has_labels(case, settings.model.min_labels, settings.model.min_label_share);
        let is_page = !is_text(case.document) || labels(case);
        let reader = Reader::new(&templates.dates, case.document);
        let own = Own::new(case, templates, group, &reader);
        let mut judge = Judge { settings: &settings.template, group, is_page, counts: Vec::new() };
        let mut words = Vec::new();
        let mut of: Vec<Mark> = Vec::with_capacity(case.blocks().len());
        let mut page_lines = 0;
        for block in case.blocks() {
            let follows_title = of.last().is_some_and(|mark| mark.names == Named::Title);
            let asked = own.as_ref().filter(|_| Own::may_name(case, block, follows_title));
            // Most lines of a body are known by their first and last words to be nobody else's.
            if asked.is_none() && reader.edges(case.document.tokens_of(block)).is_some_and(|edges| !group.may_know(edges)) {
                of.push(Mark::default());
                continue;
            }
            words.clear();
            reader.read(case.document, block, &mut words);
            let documents = group.line(&words);
            let names = asked.map_or(Named::No, |own| own.names_another(case, block, &words));
            of.push(Mark { names, ..judge.mark(case, block, &words, documents) });
            page_lines += usize::from(!is_page && judge.is_page_line(case, block, &words, documents));
        }
        if !is_page && is_many(&settings.template, page_lines, of.len()) {
            judge.is_page = true;
            for (mark, block) in of.iter_mut().zip(case.blocks()) {
                words.clear();
                reader.read(case.document, block, &mut words);
                *mark = Mark { names: mark.names, ..judge.mark(case, block, &words, group.line(&words)) };
            }
        }
        spare_copies(case, &mut of, &judge);
        Marks { of, is_page: judge.is_page, documents: group.documents }
    }

    /// Takes over what is known of blocks that stayed whole (`origins`) and looks up the others.
    pub fn carry(known: &Marks, origins: &[Option<u32>], case: &Case) -> Self {
        let Some((templates, group)) = group_of(case) else { return Marks::default() };
        let mut judge = Judge { settings: &case.rules.settings.template, group, is_page: known.is_page, counts: Vec::new() };
        let reader = Reader::new(&templates.dates, case.document);
        let mut words = Vec::new();
        let blocks = case.blocks().iter().zip(origins);
        let of = blocks.map(|(block, origin)| match origin.and_then(|old| known.get(old as usize)) {
            Some(mark) => Mark { whole: mark.whole, names: mark.names, ..Mark::default() },
            None => {
                words.clear();
                reader.read(case.document, block, &mut words);
                judge.mark(case, block, &words, group.line(&words))
            }
        });
        Marks { of: of.collect(), is_page: known.is_page, documents: group.documents }
    }
}

fn group_of<'a>(case: &Case<'a>) -> Option<(&'a Templates, &'a Group)> {
    let settings = &case.rules.settings.template;
    let templates = case.templates.filter(|_| settings.enabled)?;
    let group = templates.group(case.document.metadata.group_name())?;
    (group.documents >= settings.page_documents).then_some((templates, group))
}

/// So many template lines, and so large a share, as whole pages have.
pub(super) fn is_surveyed_page(settings: &Settings, marks: &Marks) -> bool {
    is_many(settings, marks.of.iter().filter(|mark| mark.whole.is_some()).count(), marks.of.len())
}

fn is_many(settings: &Settings, lines: usize, all: usize) -> bool {
    lines >= settings.page_lines && lines as f64 >= settings.page_lines_share * all as f64
}

/// Where most of the prose would go, the document is a copy of others: its prose stays. Not so the sentences under the headlines of a
/// page's list of stories: many documents have them, and each stands between rows, where a copied body has its next paragraph.
fn spare_copies(case: &Case, marks: &mut [Mark], judge: &Judge) {
    let words = |counts: &dyn Fn(&Block, &Mark) -> bool| {
        let blocks = case.blocks().iter().zip(marks.iter());
        blocks.filter(|(block, mark)| counts(block, mark)).map(|(block, _)| f64::from(block.shape.words)).sum::<f64>()
    };
    // Lines of a text that breaks its sentences are no prose by themselves, but they are the document's own.
    let is_own = |block: &Block, mark: &Mark| mark.whole.is_none() && (case.is_prose(block) || !case.is_label(block));
    let copied = words(&|block, mark| mark.whole.is_some() && case.is_prose(block));
    if copied <= case.rules.settings.template.max_prose * (copied + words(&is_own)) {
        return;
    }
    let (blocks, settings) = (case.blocks(), judge.settings);
    let enough = settings.list_share.max(settings.sentence_documents as f64 / judge.group.documents as f64);
    let is_alone = |at: usize| [at.wrapping_sub(1), at + 1].into_iter().all(|beside| blocks.get(beside).is_none_or(|block| !case.is_prose(block)));
    for (at, mark) in marks.iter_mut().enumerate() {
        let is_listed = judge.is_page && mark.whole.is_some_and(|share| f64::from(share) >= enough) && is_alone(at);
        if case.is_prose(&blocks[at]) && !is_listed {
            mark.whole = None;
        }
    }
}

struct Judge<'a> {
    settings: &'a Settings,
    group: &'a Group,
    is_page: bool,
    counts: Vec<u32>,
}

impl Judge<'_> {
    fn share(&self, documents: u32) -> f64 {
        f64::from(documents) / self.group.documents as f64
    }

    /// Would the line be template in a page?
    fn is_page_line(&self, case: &Case, block: &Block, words: &[Word], documents: u32) -> bool {
        let page = Judge { settings: self.settings, group: self.group, is_page: true, counts: Vec::new() };
        documents > 0 && words.iter().any(|word| !word.is_open()) && page.is_template_line(documents, case.is_prose(block), words)
    }

    /// What `documents` with the same line, and those with the same opening or ending, mean for a block.
    fn mark(&mut self, case: &Case, block: &Block, words: &[Word], documents: u32) -> Mark {
        // What only stands for something else (a number, the title) says nothing of the site.
        if words.iter().all(|word| word.is_open()) {
            return Mark::default();
        }
        if documents > 0 && self.is_template_line(documents, case.is_prose(block), words) {
            return Mark { whole: Some(self.share(documents) as f32), ..Mark::default() };
        }
        let text = case.document.slice(block.span);
        let apart = |before: &Word, next: &Word| !runs_on(&text[(before.end - block.span.start) as usize..(next.end - block.span.start) as usize]);
        let mut counts = std::mem::take(&mut self.counts);
        self.group.heads(words, &mut counts);
        let head = self.glued(&counts, words, |len| 0..len, |len| apart(&words[len - 1], &words[len]));
        let open = head.as_ref().map_or(0, |(range, _)| range.end);
        self.group.tails(words, &mut counts);
        let tail = self.glued(&counts, words, |len| words.len() - len..words.len(), |len| apart(&words[words.len() - len - 1], &words[words.len() - len]));
        self.counts = counts;
        let tail = tail.filter(|(range, _)| range.start >= open + self.settings.least_rest);
        let span = |range: &Range<usize>| widen(Span { start: words[range.start].start, end: words[range.end - 1].end }, block.span, text);
        let placed = |found: Option<(Range<usize>, f32)>| found.map(|(range, share)| (span(&range), share));
        Mark { head: placed(head), tail: placed(tail), ..Mark::default() }
    }

    fn is_template_line(&self, documents: u32, is_prose: bool, words: &[Word]) -> bool {
        let settings = self.settings;
        // A row with a date or number is often the article's own dateline, and length says little of it.
        let length = if words.iter().any(|word| word.is_open()) { 1.0 } else { words.len() as f64 };
        let (least, share) = match (self.is_page, is_prose) {
            (true, false) => (settings.page_documents, settings.page_share),
            (true, true) => (settings.page_documents, settings.page_share.max(settings.sentence_share)),
            (false, true) => (settings.sentence_documents, settings.sentence_share),
            (false, false) => (settings.documents, (settings.share / length).max(settings.least_share)),
        };
        u64::from(documents) >= least && self.share(documents) >= share
    }

    /// The longest opening (or ending) that enough documents have, that goes on in many ways and stands apart from the rest.
    fn glued(&self, counts: &[u32], words: &[Word], range: impl Fn(usize) -> Range<usize>, apart: impl Fn(usize) -> bool) -> Option<(Range<usize>, f32)> {
        let settings = self.settings;
        (1..=counts.len().min(words.len())).rev().find_map(|len| {
            let documents = counts[len - 1];
            let share = self.share(documents);
            let needed = (2.0 * settings.span_share / len as f64).clamp(settings.span_least_share, settings.span_one_word);
            let next = counts.get(len).copied().unwrap_or(0);
            let goes_on = f64::from(next) <= settings.span_spread * f64::from(documents);
            let rest = words.len() - len;
            let found = &words[range(len)];
            let fixed = found.iter().any(|word| !word.is_open());
            let dated = found.iter().any(|word| word.is_open());
            let enough = rest >= settings.least_rest || rest == 0 || !dated && share >= settings.span_sure;
            let is_glued = u64::from(documents) >= settings.span_documents && share >= needed && goes_on && fixed && enough;
            (is_glued && (rest == 0 || apart(len))).then_some((range(len), share as f32))
        })
    }
}

/// Does a sentence run on between two words? `next` holds all from the first one's end to the second one's: nothing but blanks, then a small letter.
/// A formula of the site's own sentences ("according to the ...") runs on into what follows; what is glued to them does not.
fn runs_on(next: &str) -> bool {
    let word = next.trim_start();
    word.len() < next.len() && word.starts_with(char::is_lowercase)
}

/// The span with the marks between it and the block's edge or the rest of the block.
fn widen(span: Span, block: Span, text: &str) -> Span {
    let (mut start, mut end) = ((span.start - block.start) as usize, (span.end - block.start) as usize);
    if text[..start].contains(char::is_alphanumeric) {
        end = text.len();
        let (open, close) = (&text[..start], |c: char| !is_loose(c) && !matches!(c, '<' | '{' | '(' | '[' | '←'));
        start = open.rfind(close).map_or(0, |at| at + open[at..].chars().next().map_or(0, char::len_utf8));
    } else {
        start = 0;
        end += marks_behind(&text[end..]);
    }
    Span { start: block.start + start as u32, end: block.start + end as u32 }
}

/// Bytes of the marks behind a glued opening: those that touch it, and behind a blank those that only part it from the rest.
fn marks_behind(behind: &str) -> usize {
    let touching = behind.find(|c: char| c.is_alphanumeric() || c.is_whitespace()).unwrap_or(behind.len());
    let is_apart = behind[touching..].chars().next().is_none_or(char::is_whitespace);
    let opens = |c: char| matches!(c, '"' | '\'' | '«' | '“' | '„' | '‘' | '(' | '[' | '「' | '『' | '¿' | '¡');
    // Where the rest follows without a blank, a quote or bracket that opens is the rest's.
    let mut end = if is_apart { touching } else { behind[..touching].find(opens).unwrap_or(touching) };
    let rest = &behind[end..];
    let loose = rest.find(|c: char| !is_loose(c)).unwrap_or(rest.len());
    end += rest[..loose].trim_end().len();
    end
}

/// Marks that part things, and blanks.
fn is_loose(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '|' | '/' | '•' | '·' | '*' | '_' | '=' | '>' | '→' | ':' | ';' | '}' | ')') || c.is_whitespace()
}
