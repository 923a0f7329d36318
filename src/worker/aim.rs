//! What records are read for: to be cleaned, to be counted in a survey, to be sketched for the search of copies, or to find one of them.
//!
//! All read records one way; only a worker that cleans has something to write.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::{Done, Worker, panic_message, push_line};
use crate::clean::Article;
use crate::dedupe::{Copies, Sketches};
use crate::document::Document;
use crate::read::Source;
use crate::record::Record;
use crate::survey::Survey;

/// What a worker does with the records that it reads.
pub(super) enum Aim {
    /// Cleans and writes them, and knows which are copies.
    Clean(Option<(Copies, OnCopy)>),
    /// Counts what repeats in them.
    Survey(Survey),
    /// Cleans and sketches them.
    Sketch(Sketches),
    /// Looks for one of them.
    Find(Wanted, Mutex<Option<Record>>),
}

/// Which record is looked for: the first one that fits.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Its line or number, as its provenance says it, or one before it: rows span lines.
    pub line: Option<u64>,
    /// Its name.
    pub id: Option<String>,
}

/// What becomes of a document that copies an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCopy {
    /// It is noted for the report.
    List,
    /// It is flagged.
    Flag,
    /// It is flagged and not written; the audit keeps it.
    Drop,
}

/// A document, what became of it, and whether it is left out as a copy.
pub(super) struct Judged {
    pub(super) document: Document,
    pub(super) article: Article,
    pub(super) dropped: bool,
}

/// A line of the report of copies.
#[derive(Serialize)]
struct CopyLine<'a> {
    id: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    copy_of: &'a str,
    similarity: f64,
}

impl Worker {
    /// The same worker, which counts what it reads, and cleans and writes nothing.
    #[must_use]
    pub fn surveying(self, survey: Survey) -> Self {
        Worker { aim: Aim::Survey(survey), ..self }
    }

    /// The survey of all that was read, if it was to make one.
    pub fn into_survey(self) -> Option<Survey> {
        if let Aim::Survey(survey) = self.aim { Some(survey) } else { None }
    }

    /// The same worker, which cleans and sketches the bodies, and writes nothing.
    #[must_use]
    pub fn sketching(self, sketches: Sketches) -> Self {
        Worker { aim: Aim::Sketch(sketches), ..self }
    }

    /// The same worker, which looks for a record, and cleans and writes nothing.
    #[must_use]
    pub fn seeking(self, wanted: Wanted) -> Self {
        Worker { aim: Aim::Find(wanted, Mutex::default()), ..self }
    }

    /// The record that was looked for, once it is found.
    pub fn found(&self) -> Option<Record> {
        if let Aim::Find(_, found) = &self.aim { found.lock().unwrap_or_else(PoisonError::into_inner).take() } else { None }
    }

    /// The worker as it was before, and the sketches of all bodies, if it was to make them.
    pub fn into_sketches(self) -> (Self, Option<Sketches>) {
        match self.aim {
            Aim::Sketch(sketches) => (Worker { aim: Aim::Clean(None), ..self }, Some(sketches)),
            aim => (Worker { aim, ..self }, None),
        }
    }

    /// The same worker, told which records are copies of others.
    #[must_use]
    pub fn with_copies(self, copies: Copies, on_copy: OnCopy) -> Self {
        Worker { aim: Aim::Clean(Some((copies, on_copy))), ..self }
    }

    /// Cleans a document with panics caught; in a survey or for sketches counts it, and there is nothing to write.
    pub(super) fn judge(&self, source: &Source, record: Record, done: &mut Done) -> Result<Option<Judged>, String> {
        if let Aim::Find(wanted, found) = &self.aim {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            let fits =
                wanted.line.is_none_or(|line| record.provenance.line.is_none_or(|at| at >= line)) && wanted.id.as_ref().is_none_or(|id| *id == record.id);
            if fits && found.is_none() {
                *found = Some(record);
            }
            return Ok(None);
        }
        let (id, line) = (record.id.clone(), record.provenance.line);
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let document = self.cleaner.segment(record);
            let article = match &self.aim {
                Aim::Survey(survey) => {
                    survey.add(document.metadata.group_name(), &document);
                    None
                }
                Aim::Sketch(sketches) => {
                    sketches.add(source, line, &id, &self.cleaner.clean(&document).body);
                    None
                }
                Aim::Clean(_) | Aim::Find(..) => Some(self.cleaner.clean(&document)),
            };
            (document, article)
        }));
        let (document, article) = judged.map_err(|panic| panic_message(panic.as_ref()))?;
        let Some(mut article) = article else {
            done.totals.count_surveyed(document.text.len() as u64);
            return Ok(None);
        };
        let dropped = self.is_dropped(source, line, &id, &mut article, done);
        Ok(Some(Judged { document, article, dropped }))
    }

    /// Is the record left out as a copy? Flags copies, and notes them for the report.
    fn is_dropped(&self, source: &Source, line: Option<u64>, id: &str, article: &mut Article, done: &mut Done) -> bool {
        let Aim::Clean(Some((copies, on_copy))) = &self.aim else { return false };
        let Some(copy) = copies.of(source, line) else { return false };
        if *on_copy != OnCopy::List {
            article.flag(format!("near-duplicate:{}", copy.id));
        }
        let similarity = (copy.similarity * 100.0).round() / 100.0;
        push_line(&mut done.copies, &CopyLine { id, source: &source.name, line, copy_of: &copy.id, similarity });
        done.totals.copies += 1;
        *on_copy == OnCopy::Drop
    }
}
