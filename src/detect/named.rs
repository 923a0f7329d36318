//! Which lines name other documents of the survey: by their title, or as their first paragraph begins.
//!
//! In: the words of a line, and what is known of the group's titles and leads. Out: [`Named`], a fact of the case that the `teaser` detector
//! reads. What names the document itself is told apart first.

use super::{Case, same_title};
use crate::document::Block;
use crate::survey::stories::{LEAD_WORDS, LEAST_TITLE, Stories, is_cut, lead_of};
use crate::survey::words::{Reader, WORDS, Word, title_words, trim_numbers};
use crate::survey::{Group, Templates};
use crate::text::token::{Token, words as words_of};

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

/// What names this document, so that it is not taken for another's.
pub(super) struct Own<'a> {
    stories: &'a Stories,
    title: Vec<u64>,
    tokens: Vec<Token>,
    lead: Option<Vec<Word>>,
}

impl<'a> Own<'a> {
    /// `None` where no line can name another document. A document that does not state its own title is not asked: the line may be its title.
    pub(super) fn new(case: &Case, templates: &Templates, group: &'a Group, reader: &Reader) -> Option<Self> {
        let title = case.document.metadata.title.as_ref().filter(|_| case.rules.settings.teaser.titles && !group.stories.is_empty())?;
        let words = title_words(&templates.dates, title);
        let lead = lead_of(case.document, reader);
        Some(Own { stories: &group.stories, title: words.iter().map(|word| word.hash).collect(), tokens: words_of(title), lead })
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
            let is_own = self.lead.as_ref().is_some_and(|lead| same_hashes(&lead[..LEAD_WORDS], &words[..LEAD_WORDS]));
            return if is_own { Named::No } else { Named::Lead };
        }
        // A title and the lead of its document on one line.
        if let Some(len) = self.stories.title_before_lead(words) {
            let is_own = words[..len].iter().zip(&self.title).all(|(word, &own)| word.hash == own);
            return if is_own { Named::No } else { Named::Title };
        }
        let inner = trim_numbers(words);
        let cut = is_cut(case.document.slice(block.span));
        if inner.len() < LEAST_TITLE || inner.len() > WORDS || block.shape.finished && !cut || !self.stories.has_title(inner, cut) {
            return Named::No;
        }
        let extra = case.rules.settings.repeat.title_extra_words;
        let begins_own = inner.iter().zip(&self.title).all(|(word, &own)| word.hash == own);
        let is_own = begins_own || same_title(&self.tokens, case.document.tokens_of(block), extra);
        if is_own { Named::No } else { Named::Title }
    }
}

fn same_hashes(a: &[Word], b: &[Word]) -> bool {
    a.iter().map(|word| word.hash).eq(b.iter().map(|word| word.hash))
}
