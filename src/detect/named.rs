//! Which lines name other documents of the survey: by their title, or as their first paragraph begins.
//!
//! In: the words of a line, and what is known of the group's titles and leads. Out: [`Named`], a fact of the case that the `teaser` detector
//! reads. What names the document itself is told apart first.

use std::cell::OnceCell;

use super::{Case, same_title};
use crate::document::Block;
use crate::survey::stories::{LEAD_WORDS, LEAST_TITLE, Stories, is_cut, lead_of};
use crate::survey::words::{DateWords, Reader, WORDS, Word, title_words, trim_numbers};
use crate::survey::{Group, Templates};

/// How a line names another document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Named {
    /// Not at all.
    #[default]
    No,
    /// It is its title.
    Title,
    /// It begins as its first paragraph does.
    Lead,
}

/// Tells what names this document from what names another.
pub(super) struct Own<'a> {
    stories: &'a Stories,
    dates: &'a DateWords,
    /// Read when a line is found to name some document: most documents have none.
    names: OnceCell<Names>,
}

/// What names this document.
struct Names {
    title: Vec<Word>,
    lead: Option<Vec<Word>>,
}

impl<'a> Own<'a> {
    /// `None` where no line can name another document. A document that does not state its own title is not asked: the line may be its title.
    pub(super) fn new(case: &Case, templates: &'a Templates, group: &'a Group) -> Option<Self> {
        let asks = case.document.metadata.title.is_some() && case.rules.settings.teaser.titles && !group.stories.is_empty();
        asks.then(|| Own { stories: &group.stories, dates: &templates.dates, names: OnceCell::new() })
    }

    fn names(&self, case: &Case) -> &Names {
        self.names.get_or_init(|| {
            let title = case.document.metadata.title.as_deref().unwrap_or_default();
            Names { title: title_words(self.dates, title), lead: lead_of(case.document, &Reader::new(self.dates, case.document)) }
        })
    }

    /// Can a line name another document? Not running text, unless it is cut short, stands under another's title, or begins with one.
    pub(super) fn may_name(&self, case: &Case, block: &Block, follows_title: bool) -> bool {
        let begins = || self.stories.may_begin_with_title(case.document.tokens_of(block));
        !block.shape.finished || follows_title || is_cut(case.document.slice(block.span)) || begins()
    }

    /// What a line with these words names.
    pub(super) fn names_another(&self, case: &Case, block: &Block, words: &[Word]) -> Named {
        if words.len() < LEAST_TITLE {
            return Named::No;
        }
        if self.stories.has_lead(words) {
            let is_own = self.names(case).lead.as_ref().is_some_and(|lead| same_hashes(&lead[..LEAD_WORDS], &words[..LEAD_WORDS]));
            return if is_own { Named::No } else { Named::Lead };
        }
        // A title and the lead of its document on one line.
        if let Some(len) = self.stories.title_before_lead(words) {
            let is_own = words[..len].iter().zip(&self.names(case).title).all(|(word, own)| word.hash == own.hash);
            return if is_own { Named::No } else { Named::Title };
        }
        let inner = trim_numbers(words);
        let cut = is_cut(case.document.slice(block.span));
        if inner.len() < LEAST_TITLE || inner.len() > WORDS || block.shape.finished && !cut || !self.stories.has_title(inner, cut) {
            return Named::No;
        }
        let extra = case.rules.settings.repeat.title_extra_words;
        let begins_own = inner.iter().zip(&self.names(case).title).all(|(word, own)| word.hash == own.hash);
        let is_own = begins_own || same_title(&case.document.named().title, case.document.tokens_of(block), extra);
        if is_own { Named::No } else { Named::Title }
    }
}

fn same_hashes(a: &[Word], b: &[Word]) -> bool {
    a.iter().map(|word| word.hash).eq(b.iter().map(|word| word.hash))
}
