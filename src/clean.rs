//! [`Cleaner`]: one document in, the article and its verdicts out; no files, no threads.
//!
//! A document is judged again and again until a pass removes nothing, so that cleaning a clean body changes nothing. Spans of later
//! passes are carried back to the first text: what comes out always speaks of the document as it was decoded.

use crate::decide::decide;
use crate::detect::{Case, Detector, Earlier, Marks, Matches, Opinion, all, goes_ahead, headline, opinions, pieces};
use crate::document::{Document, Format, Metadata, Span};
use crate::limit::{Limit, LimitSet};
use crate::record::Record;
use crate::rules::RuleSet;
use crate::segment::html::segment_html;
use crate::segment::segment_text_by;
use crate::segment::selectors::Selectors;
use crate::survey::Templates;
use crate::verdict::{Action, Reason, Signal, Verdict};

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing was removed.
    Unchanged,
    /// Noise was removed.
    Changed,
    /// A person should look: a rule flagged it, or it would have lost too much.
    Flagged,
}

impl Status {
    /// The word used in outputs.
    pub fn word(self) -> &'static str {
        match self {
            Status::Unchanged => "unchanged",
            Status::Changed => "changed",
            Status::Flagged => "flagged",
        }
    }
}

/// A clean article.
#[derive(Clone, Debug)]
pub struct Article {
    /// The title, as stated or found.
    pub title: Option<String>,
    /// The clean body.
    pub body: String,
    /// Facts beside the body.
    pub metadata: Metadata,
    /// What became of the document.
    pub status: Status,
    /// Verdicts on the decoded text; they tile it.
    pub verdicts: Vec<Verdict>,
    /// Why the document is flagged: rule ids, `max-removed`, `empty`.
    pub flags: Vec<String>,
    /// Share of the text's bytes that was removed.
    pub removed: f64,
    /// Limits that the document reached.
    pub limits: LimitSet,
}

impl Article {
    /// Marks it for a person to look at.
    pub fn flag(&mut self, why: String) {
        self.flags.push(why);
        self.status = Status::Flagged;
    }
}

/// Cleans documents with one rule set. Shared by the command line, the rule tests and the bindings; safe to use from
/// many threads at once.
pub struct Cleaner {
    rules: RuleSet,
    selectors: Selectors,
    detectors: Vec<Box<dyn Detector>>,
    templates: Option<Templates>,
    has_keeps: bool,
}

impl Cleaner {
    /// A cleaner with every detector that the settings leave on.
    pub fn new(rules: RuleSet) -> Self {
        Cleaner::asking(rules, all())
    }

    /// A cleaner that applies rules and nothing else.
    pub fn rules_only(rules: RuleSet) -> Self {
        let detectors = all().into_iter().filter(|detector| detector.name() == "rule").collect();
        Cleaner::asking(rules, detectors)
    }

    fn asking(rules: RuleSet, detectors: Vec<Box<dyn Detector>>) -> Self {
        let has_keeps = rules.rules.iter().any(|rule| rule.action == Action::Keep);
        Cleaner { selectors: Selectors::new(&rules), rules, detectors, templates: None, has_keeps }
    }

    /// The same cleaner with the survey of a dump.
    #[must_use]
    pub fn with_templates(self, templates: Templates) -> Self {
        Cleaner { templates: Some(templates), ..self }
    }

    /// The survey it cleans with.
    pub fn templates(&self) -> Option<&Templates> {
        self.templates.as_ref()
    }

    /// The rule set it cleans with.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Parts a record into blocks.
    pub fn segment(&self, record: Record) -> Document {
        match record.format {
            Format::Text => segment_text_by(record.content, record.metadata, &self.rules.settings),
            Format::Html => segment_html(&record.content, record.metadata, &self.rules, &self.selectors),
        }
    }

    /// Every signal on a document in its first pass, for explanations.
    pub fn signals(&self, document: &Document) -> Vec<Signal> {
        self.ask(&self.first_case(document, &Matches::find(&self.rules, document)))
    }

    /// What the learned weights say of each block, and the `most` features that spoke loudest; nothing where they do not judge.
    pub fn opinions(&self, document: &Document, most: usize) -> Vec<Opinion> {
        let matches = Matches::find(&self.rules, document);
        opinions(&self.first_case(document, &matches), most)
    }

    /// A document of which nothing is known yet.
    fn case<'a>(&'a self, document: &'a Document) -> Case<'a> {
        Case::new(&self.rules, self.templates.as_ref(), document)
    }

    /// A document as it came.
    fn first_case<'a>(&'a self, document: &'a Document, matches: &'a Matches) -> Case<'a> {
        let case = self.case(document);
        let marks = Marks::find(&case);
        case.first(marks, matches)
    }

    fn ask(&self, case: &Case) -> Vec<Signal> {
        let mut signals = Vec::new();
        for detector in &self.detectors {
            detector.detect(case, &mut signals);
        }
        signals
    }

    /// Cleans one document.
    pub fn clean(&self, document: &Document) -> Article {
        let mut trail = Trail::new(document);
        let mut flags: Vec<String> = document.limits.flags().map(str::to_owned).collect();
        let mut title = document.metadata.title.clone();
        let mut has_opened = false;
        if document.limits.has(Limit::Blocks) {
            return self.conclude(document, trail, title, flags);
        }
        let mut marks = Marks::find(&self.case(document));
        let (mut current, mut earlier): (Option<Document>, Earlier) = (None, Earlier::default());
        // In texts; the outline of a page fits it as it came only.
        while let Some((left, found)) = self.unglue(current.as_ref().unwrap_or(document), &marks, &mut trail) {
            (current, marks) = (Some(left), found);
        }
        let mut matches = Matches::find(&self.rules, current.as_ref().unwrap_or(document));
        for pass in 0..self.rules.settings.clean.max_passes {
            let judged = current.as_ref().unwrap_or(document);
            let case = self.case(judged);
            let case = if pass == 0 { case.first(marks, &matches) } else { case.later(marks, &matches, earlier, pass) };
            let mut signals = self.ask(&case);
            let mut decision = decide(judged, &signals);
            has_opened |= found_title(judged, &decision.verdicts).is_some();
            // What the article says tells its title from the rows of the page. What opens the text once that is gone is looked at in later passes.
            if let Some((at, found)) = if pass == 0 { headline(&case, &decision.verdicts) } else { None } {
                if !found.is_empty() {
                    signals.extend(found);
                    decision = decide(judged, &signals);
                }
                title = Some(judged.slice(judged.blocks[at].span).trim().to_owned());
            }
            // Parts of lines are looked for once nothing else goes: in the article's lines, not in all that it stood among.
            if decision.kept().is_none() {
                let found = pieces(&case);
                if !found.is_empty() {
                    signals.extend(found);
                    decision = decide(judged, &signals);
                }
            }
            flags.extend(decision.flags.iter().map(|reason| self.name(*reason)));
            let Some(kept) = decision.kept() else { break };
            title = title.or_else(|| found_title(judged, &decision.verdicts));
            trail.record(&decision.verdicts);
            let (left, origins) = judged.retain(&kept);
            let next = self.case(&left);
            (marks, earlier) = (Marks::carry(&case.marks, &origins, &next), case.known_later(has_opened, &origins));
            matches = Matches::carry(&matches, &origins, &self.rules, &left);
            current = Some(left);
        }
        flags.sort();
        flags.dedup();
        self.conclude(document, trail, title, flags)
    }

    /// What is left of a text without what the survey finds glued to its lines, and the marks of that; `None` when nothing is. Such spans say
    /// nothing of the lines they stand in, so they go before those are judged, and what is left is judged once.
    fn unglue(&self, document: &Document, marks: &Marks, trail: &mut Trail) -> Option<(Document, Marks)> {
        if document.format != Format::Text || !marks.any_glued() {
            return None;
        }
        let decision = decide(document, &goes_ahead(&self.rules, document, marks, self.has_keeps));
        let kept = decision.kept()?;
        trail.record(&decision.verdicts);
        let (left, origins) = document.retain(&kept);
        let marks = Marks::carry(marks, &origins, &self.case(&left));
        Some((left, marks))
    }

    fn conclude(&self, document: &Document, trail: Trail, title: Option<String>, mut flags: Vec<String>) -> Article {
        let settings = &self.rules.settings.clean;
        let mut verdicts = trail.verdicts(document);
        let limit = if document.format == Format::Html { settings.max_removed_html } else { settings.max_removed };
        let mut body = body_of(document, &verdicts);
        let had_text = !document.blocks.is_empty();
        if had_text && body.trim().is_empty() {
            flags.push("empty".into());
            if document.format == Format::Text {
                verdicts = Trail::new(document).verdicts(document);
                body.clone_from(&document.text);
            }
        }
        let removed = if document.text.is_empty() { 0.0 } else { 1.0 - body.len() as f64 / document.text.len() as f64 };
        if had_text && removed > limit {
            flags.push("max-removed".into());
        }
        let status = match (flags.is_empty(), removed > 0.0) {
            (false, _) => Status::Flagged,
            (true, true) => Status::Changed,
            (true, false) => Status::Unchanged,
        };
        Article { title, body, metadata: document.metadata.clone(), status, verdicts, flags, removed, limits: document.limits }
    }

    /// The name of whoever gave a reason: the rule's id or the detector's name.
    pub fn name(&self, reason: Reason) -> String {
        match reason.source {
            crate::verdict::Source::Rule(number) => self.rules.rule(number).id.clone(),
            crate::verdict::Source::Detector(name) => name.to_owned(),
        }
    }
}

fn found_title(document: &Document, verdicts: &[Verdict]) -> Option<String> {
    let is_title = |verdict: &&Verdict| verdict.reason.is_some_and(|reason| reason.class == "title");
    verdicts.iter().find(is_title).map(|verdict| document.slice(verdict.span).trim().to_owned())
}

fn body_of(document: &Document, verdicts: &[Verdict]) -> String {
    document.joined(&verdicts.iter().filter(|verdict| verdict.action == Action::Keep).map(|verdict| verdict.span).collect::<Vec<Span>>())
}

/// What is left of the first text, and what went and why, in the first text's bytes.
struct Trail {
    kept: Vec<Span>,
    dropped: Vec<Verdict>,
}

impl Trail {
    fn new(document: &Document) -> Self {
        Trail { kept: vec![Span { start: 0, end: document.text.len() as u32 }], dropped: Vec::new() }
    }

    /// Takes in the verdicts of a pass over the kept text.
    fn record(&mut self, verdicts: &[Verdict]) {
        let mut left = Vec::with_capacity(verdicts.len());
        let mut pieces = self.kept.iter().copied();
        let mut piece = pieces.next();
        for verdict in verdicts {
            let mut wanted = verdict.span.len();
            while wanted > 0 {
                let Some(open) = &mut piece else { break };
                let taken = wanted.min(open.len());
                let span = Span { start: open.start, end: open.start + taken };
                match verdict.action {
                    Action::Drop => self.dropped.push(Verdict { span, ..*verdict }),
                    _ => left.push(span),
                }
                wanted -= taken;
                open.start += taken;
                if open.is_empty() {
                    piece = pieces.next();
                }
            }
        }
        self.kept = left;
    }

    /// All verdicts, in order.
    fn verdicts(&self, document: &Document) -> Vec<Verdict> {
        let kept = self.kept.iter().map(|&span| Verdict { span, action: Action::Keep, reason: None, score: 1.0 });
        let mut all: Vec<Verdict> = self.dropped.iter().copied().chain(kept).filter(|verdict| !verdict.span.is_empty()).collect();
        all.sort_by_key(|verdict| verdict.span);
        all.dedup_by(|next, last| {
            let joins = last.span.end == next.span.start && last.action == next.action && last.reason == next.reason && last.score == next.score;
            if joins {
                last.span.end = next.span.end;
            }
            joins
        });
        debug_assert_eq!(all.iter().map(|verdict| verdict.span.len() as usize).sum::<usize>(), document.text.len());
        all
    }
}
