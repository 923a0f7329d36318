//! Which lines name other documents of the survey: by their title, or as their first paragraph begins.
//!
//! In: the words of a line, and what is known of the group's titles and leads. Out: [`Named`], a fact of the case that the `teaser` detector
//! reads. What names the document itself is told apart first.

use std::cell::OnceCell;

use super::{Case, same_title};
use crate::document::Block;
use crate::survey::stories::{LEAD_WORDS, LEAST_TITLE, Stories, is_cut, lead_block, lead_of};
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
    /// What names this document: read when a line is found to name some document, which few have.
    title: OnceCell<Vec<Word>>,
    lead: OnceCell<Option<Vec<Word>>>,
    /// The block that begins with the lead.
    lead_block: Option<usize>,
}

impl<'a> Own<'a> {
    /// `None` where no line can name another document. A document that does not state its own title is not asked: the line may be its title.
    pub(super) fn new(case: &Case, templates: &'a Templates, group: &'a Group) -> Option<Self> {
        let asks = case.document.metadata.title.is_some() && case.rules.settings.teaser.titles && !group.stories.is_empty();
        let (title, lead) = (OnceCell::new(), OnceCell::new());
        asks.then(|| Own { stories: &group.stories, dates: &templates.dates, title, lead, lead_block: lead_block(case.document) })
    }

    fn title(&self, case: &Case) -> &[Word] {
        self.title.get_or_init(|| title_words(self.dates, &case.document.named().title))
    }

    fn lead(&self, case: &Case) -> Option<&Vec<Word>> {
        self.lead.get_or_init(|| lead_of(case.document, &Reader::new(self.dates, case.document))).as_ref()
    }

    /// Can block `at` name another document? Only what begins as a title or lead does; not running text, unless it is cut short, stands under
    /// another's title, or begins with one.
    pub(super) fn may_name(&self, case: &Case, reader: &Reader, at: usize, follows_title: bool) -> bool {
        let block = &case.blocks()[at];
        let tokens = case.document.tokens_of(block);
        let (title, lead) = self.stories.begin_with(tokens);
        if block.shape.finished && !follows_title && !is_cut(case.document.slice(block.span)) {
            return title && tokens.len() >= LEAST_TITLE + LEAD_WORDS;
        }
        title || lead && self.lead_block != Some(at) || tokens.first_chunk::<LEAST_TITLE>().is_some_and(|first| !reader.is_plain(first))
    }

    /// What a line with these words names.
    pub(super) fn names_another(&self, case: &Case, block: &Block, words: &[Word]) -> Named {
        if words.len() < LEAST_TITLE {
            return Named::No;
        }
        if self.stories.has_lead(words) {
            let is_own = self.lead(case).is_some_and(|lead| same_hashes(&lead[..LEAD_WORDS], &words[..LEAD_WORDS]));
            return if is_own { Named::No } else { Named::Lead };
        }
        // A title and the lead of its document on one line.
        if let Some(len) = self.stories.title_before_lead(words) {
            let is_own = words[..len].iter().zip(self.title(case)).all(|(word, own)| word.hash == own.hash);
            return if is_own { Named::No } else { Named::Title };
        }
        let inner = trim_numbers(words);
        let cut = is_cut(case.document.slice(block.span));
        if inner.len() < LEAST_TITLE || inner.len() > WORDS || block.shape.finished && !cut || !self.stories.has_title(inner, cut) {
            return Named::No;
        }
        let extra = case.rules.settings.repeat.title_extra_words;
        let begins_own = inner.iter().zip(self.title(case)).all(|(word, own)| word.hash == own.hash);
        let is_own = begins_own || same_title(&case.document.named().title, case.document.tokens_of(block), extra);
        if is_own { Named::No } else { Named::Title }
    }
}

fn same_hashes(a: &[Word], b: &[Word]) -> bool {
    a.iter().map(|word| word.hash).eq(b.iter().map(|word| word.hash))
}
