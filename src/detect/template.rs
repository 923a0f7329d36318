//! The `template` detector: lines, openings and endings of lines that many documents of the host have.
//!
//! In: the survey's counts for the document's group. A line is template when the share of the host's documents that have it passes a
//! threshold that falls with its length; in the dump of a whole page, and in pages, little is enough, in a plain text full
//! sentences need many documents. An opening (or ending) is template when many documents have it and what follows it varies: so the ad code or
//! share bar glued to a sentence goes, and the sentence stays. A document most of whose prose is found elsewhere is a copy, not
//! template: its prose stays. Only counts decide, never the order of documents.

use super::glued::{Glue, Glued, Pieces};
use super::named::{Named, Own};
use super::{Case, Detector, drop_block, dump, is_text, words_of};
use crate::document::Block;
use crate::rules::settings::Template as Settings;
use crate::survey::words::{Reader, Word, hash_of};
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
    pub head: Option<Glued>,
    /// The glued ending.
    pub tail: Option<Glued>,
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
        let blocks = case.marks.of.iter().zip(case.blocks());
        signals.extend(blocks.filter_map(|(mark, block)| mark.whole.map(|share| drop_block(block, "template", "template", share))));
        signals.extend(case.marks.glued());
    }
}

/// What the survey says of each block of a document; nothing without a survey. Like rule matches, marks of blocks that stay whole are carried
/// from pass to pass.
#[derive(Debug, Default)]
pub struct Marks {
    of: Vec<Mark>,
    /// What is glued inside lines.
    inside: Vec<Glued>,
    is_page: bool,
    documents: u64,
}

impl Marks {
    /// The mark of block number `at`.
    pub fn get(&self, at: usize) -> Option<&Mark> {
        self.of.get(at)
    }

    /// Is something glued to a block?
    pub fn any_glued(&self) -> bool {
        !self.inside.is_empty() || self.of.iter().any(Mark::is_glued)
    }

    /// Signals that what is glued to blocks goes.
    pub(super) fn glued(&self) -> impl Iterator<Item = Signal> {
        let reason = Reason { source: Source::Detector("template"), class: "template" };
        let edges = self.of.iter().filter(|mark| mark.whole.is_none()).flat_map(|mark| mark.head.iter().chain(&mark.tail));
        let parts = edges.chain(&self.inside);
        parts.map(move |&(span, score)| Signal { span, action: Action::Drop, reason, score })
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
        let mut judge = Judge::new(case, templates, group, !is_text(case.document) || labels(case));
        let (facts, mut of) = judge.facts(case, templates);
        if !judge.is_page {
            let as_page = |at: &usize| judge.is_template_line(true, case, *at, &facts[*at]);
            judge.is_page = is_many(&settings.template, (0..facts.len()).filter(as_page).count(), facts.len());
        }
        for (at, mark) in of.iter_mut().enumerate() {
            *mark = Mark { names: mark.names, ..judge.mark(case, at, &facts[at]) };
        }
        spare_copies(case, &mut of, &judge);
        // Where something is glued to an edge, the inside is looked at when that is gone.
        let inside = judge.insides(case, (0..of.len()).filter(|&at| of[at].whole.is_none() && !of[at].is_glued()));
        Marks { of, inside, is_page: judge.is_page, documents: group.documents }
    }

    /// Takes over what is known of blocks that stayed whole (`origins`) and looks up the others.
    pub fn carry(known: &Marks, origins: &[Option<u32>], case: &Case) -> Self {
        let Some((templates, group)) = group_of(case) else { return Marks::default() };
        let mut judge = Judge::new(case, templates, group, known.is_page);
        let of = origins.iter().enumerate().map(|(at, origin)| match origin.and_then(|old| known.get(old as usize)) {
            Some(mark) => Mark { whole: mark.whole, names: mark.names, ..Mark::default() },
            None => {
                let fact = judge.fact(case, at);
                judge.mark(case, at, &fact)
            }
        });
        let of: Vec<Mark> = of.collect();
        let inside = judge.insides(case, (0..of.len()).filter(|&at| of[at].whole.is_none() && !of[at].is_glued() && origins[at].is_none()));
        Marks { of, inside, is_page: known.is_page, documents: group.documents }
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

/// What the survey knows of a line, before it is judged.
#[derive(Clone, Copy, Debug, Default)]
struct Fact {
    /// Documents that have it.
    documents: u32,
    /// Its words.
    words: u32,
    /// Some stand for many words (a number, the title).
    open: bool,
    /// It may begin or end like others.
    may_be_glued: bool,
}

struct Judge<'a> {
    settings: &'a Settings,
    group: &'a Group,
    reader: Reader<'a>,
    is_page: bool,
    /// Kept from line to line, to be filled anew.
    words: Vec<Word>,
    glue: Glue<'a>,
}

impl<'a> Judge<'a> {
    fn new(case: &Case<'a>, templates: &'a Templates, group: &'a Group, is_page: bool) -> Self {
        let reader = Reader::new(&templates.dates, case.document);
        let settings = &case.rules.settings.template;
        Judge { settings, group, reader, is_page, words: Vec::new(), glue: Glue::new(settings, group) }
    }

    fn share(&self, documents: u32) -> f64 {
        f64::from(documents) / self.group.documents as f64
    }

    /// What is known of every line, and marks that say which lines name other documents.
    fn facts(&mut self, case: &Case, templates: &Templates) -> (Vec<Fact>, Vec<Mark>) {
        let own = Own::new(case, templates, self.group);
        let mut facts = Vec::with_capacity(case.blocks().len());
        let mut of: Vec<Mark> = Vec::with_capacity(case.blocks().len());
        for (at, block) in case.blocks().iter().enumerate() {
            let follows_title = of.last().is_some_and(|mark| mark.names == Named::Title);
            facts.push(self.fact(case, at));
            let asked = own.as_ref().filter(|own| own.may_name(case, &self.reader, at, follows_title));
            let names = asked.map_or(Named::No, |own| {
                self.read(case, block);
                own.names_another(case, block, &self.words)
            });
            of.push(Mark { names, ..Mark::default() });
        }
        (facts, of)
    }

    fn read(&mut self, case: &Case, block: &Block) {
        self.words.clear();
        self.reader.read(case.document, block, &mut self.words);
    }

    fn fact(&mut self, case: &Case, at: usize) -> Fact {
        let block = &case.blocks()[at];
        let tokens = case.document.tokens_of(block);
        // Two look-ups tell of most of a body's lines that they begin and end as no known line does, so that they are none either.
        if self.reader.edges(tokens).is_some_and(|edges| !self.group.may_know(edges)) {
            return Fact::default();
        }
        if self.reader.is_plain(tokens) {
            return Fact { documents: self.group.line(block.hash), words: tokens.len() as u32, open: false, may_be_glued: true };
        }
        self.read(case, block);
        let words = &self.words;
        // What only stands for something else (a number, the title) says nothing of the site.
        if words.iter().all(|word| word.is_open()) {
            return Fact::default();
        }
        let documents = self.group.line(hash_of(words.iter().map(|word| word.hash)));
        Fact { documents, words: words.len() as u32, open: words.iter().any(|word| word.is_open()), may_be_glued: true }
    }

    /// What the fact means for a block.
    fn mark(&mut self, case: &Case, at: usize, fact: &Fact) -> Mark {
        if self.is_template_line(self.is_page, case, at, fact) {
            return Mark { whole: Some(self.share(fact.documents) as f32), ..Mark::default() };
        }
        let block = &case.blocks()[at];
        if !fact.may_be_glued || !fact.open && !self.glue.may_be(case.document.tokens_of(block).iter().map(|token| token.hash)) {
            return Mark::default();
        }
        self.read(case, block);
        let (head, tail) = self.glue.edges(&self.words, block.span, case.document.slice(block.span));
        Mark { head, tail, ..Mark::default() }
    }

    /// What is glued inside some of the lines.
    fn insides(&mut self, case: &Case, lines: impl Iterator<Item = usize>) -> Vec<Glued> {
        let mut found = Pieces::default();
        for at in lines {
            let block = &case.blocks()[at];
            let tokens = case.document.tokens_of(block);
            if tokens.iter().any(|token| self.group.may_hold(token.hash)) {
                self.read(case, block);
                self.glue.insides(&self.words, block.span, &case.document.text, &mut found);
            }
        }
        let all = words_of(case.blocks());
        let is_copy = f64::from(found.sentence_words) > self.settings.inside_most * all;
        found.glued(!is_copy)
    }

    fn is_template_line(&self, is_page: bool, case: &Case, at: usize, fact: &Fact) -> bool {
        if fact.documents == 0 {
            return false;
        }
        let settings = self.settings;
        // A row with a date or number is often the article's own dateline, and length says little of it.
        let length = if fact.open { 1.0 } else { f64::from(fact.words) };
        let (least, share) = match (is_page, case.is_prose(&case.blocks()[at])) {
            (true, false) => (settings.page_documents, settings.page_share),
            (true, true) => (settings.page_documents, settings.page_share.max(settings.sentence_share)),
            (false, true) => (settings.sentence_documents, settings.sentence_share),
            (false, false) => (settings.documents, (settings.share / length).max(settings.least_share)),
        };
        u64::from(fact.documents) >= least && self.share(fact.documents) >= share
    }
}
