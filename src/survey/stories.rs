//! What names a document elsewhere: its title and its lead.
//!
//! In: the titles and first paragraphs of a group's documents. Out: look-ups that say that a line is the title of one of them, as it is,
//! without the site's name, or cut short behind an ellipsis; or begins as one's first paragraph does. A teaser is usually just that.

use super::words::{Reader, WORDS, Word, hash_of};
use crate::document::Document;
use crate::rules::filed::WordSet;
use crate::text::token::Token;

/// Titles of fewer words are counted as lines only.
pub const LEAST_TITLE: usize = 4;
/// So many words of a first paragraph are its lead; a paragraph of fewer is none.
pub const LEAD_WORDS: usize = 12;
/// A title that is cut short is known by its first words: the most of these that stand before the ellipsis.
const CUTS: [usize; 4] = [16, 12, 8, 5];
/// A site's name beside a title has at most so many words.
const SITE_WORDS: usize = 5;
/// Parts a title from the site's name.
const PARTERS: [&str; 8] = [" - ", " – ", " — ", " | ", " :: ", " • ", " · ", " » "];
/// Sets openings of titles apart from whole ones.
const CUT: u64 = 5;

/// The titles and leads of a group's documents.
#[derive(Debug, Default)]
pub struct Stories {
    titles: WordSet,
    leads: WordSet,
    /// How titles begin, and leads: few lines of a body do so.
    title_openings: WordSet,
    lead_openings: WordSet,
}

impl Stories {
    /// Is none known?
    pub fn is_empty(&self) -> bool {
        self.titles.is_empty() && self.leads.is_empty()
    }

    /// Takes the words of a title.
    pub fn add_title(&mut self, words: &[u64]) {
        self.titles.insert(hash_of(words.iter().copied()));
        self.title_openings.extend(opening_of(words));
        let cuts = CUTS.into_iter().filter(|&cut| cut < words.len());
        self.titles.extend(cuts.map(|cut| hash_of(words[..cut].iter().copied().chain([CUT]))));
    }

    /// Takes the words of a lead.
    pub fn add_lead(&mut self, words: &[u64]) {
        self.leads.insert(hash_of(words.iter().copied()));
        self.lead_openings.extend(opening_of(words));
    }

    /// Are these words a title; or, `cut` short, what one begins with?
    pub fn has_title(&self, words: &[Word], cut: bool) -> bool {
        let hashes = || words.iter().map(|word| word.hash);
        let begins = |len: usize| self.titles.contains(&hash_of(hashes().take(len).chain([CUT])));
        self.titles.contains(&hash_of(hashes())) || cut && CUTS.into_iter().find(|&len| len <= words.len()).is_some_and(begins)
    }

    /// Do these words begin as a lead does?
    pub fn has_lead(&self, words: &[Word]) -> bool {
        !self.leads.is_empty() && words.len() >= LEAD_WORDS && self.leads.contains(&hash_of(words[..LEAD_WORDS].iter().map(|word| word.hash)))
    }

    /// Do a title and a lead begin with the first of these words? Those with numbers or a name among their first words are not told so.
    pub fn begin_with(&self, tokens: &[Token]) -> (bool, bool) {
        let first = tokens.first_chunk::<LEAST_TITLE>().map(|first| hash_of(first.iter().map(|token| token.hash)));
        first.map_or((false, false), |first| (self.title_openings.contains(&first), self.lead_openings.contains(&first)))
    }

    /// How many words of a line are a title, when a lead follows it.
    pub fn title_before_lead(&self, words: &[Word]) -> Option<usize> {
        let hashes = |len: usize| hash_of(words[..len].iter().map(|word| word.hash));
        let last = words.len().checked_sub(LEAD_WORDS)?.min(WORDS);
        if last < LEAST_TITLE || self.leads.is_empty() || !self.title_openings.contains(&hashes(LEAST_TITLE)) {
            return None;
        }
        (LEAST_TITLE..=last).find(|&len| self.titles.contains(&hashes(len)) && self.has_lead(&words[len..]))
    }
}

fn opening_of(words: &[u64]) -> Option<u64> {
    words.first_chunk::<LEAST_TITLE>().map(|first| hash_of(first.iter().copied()))
}

/// The title without the site's name behind it, if one seems to stand there.
pub fn without_site(title: &str) -> Option<&str> {
    let at = PARTERS.into_iter().filter_map(|parter| title.rfind(parter)).max()?;
    let (own, site) = title.split_at(at);
    (site.split_whitespace().count() <= SITE_WORDS + 1).then_some(own)
}

/// The number of a document's first paragraph.
pub fn lead_block(document: &Document) -> Option<usize> {
    document.blocks.iter().position(|block| block.shape.is_prose(LEAD_WORDS as u32))
}

/// The words of a document's lead: those of its first paragraph.
pub fn lead_of(document: &Document, reader: &Reader) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    reader.read(document, &document.blocks[lead_block(document)?], &mut words);
    (words.len() >= LEAD_WORDS).then_some(words)
}

/// Does a line end with the mark of what is cut short?
pub fn is_cut(line: &str) -> bool {
    let line = line.trim_end();
    line.ends_with('…') || line.ends_with("...")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;
    use crate::survey::words::{DateWords, title_words};
    use crate::text::token::words;

    #[test]
    fn titles_are_known_cut_short_and_without_the_site() {
        let dates = DateWords::new(&RuleSet::shipped().expect("the shipped rules compile"));
        let title = "Council votes to close both of the old river bridges";
        let mut stories = Stories::default();
        stories.add_title(&title_words(&dates, &words(title)).iter().map(|word| word.hash).collect::<Vec<_>>());
        let has = |line: &str| stories.has_title(&title_words(&dates, &words(line)), is_cut(line));
        assert!(has("COUNCIL votes to close both of the old river bridges!"));
        assert!(has("Council votes to close both …") && has("Council votes to close both of the..."));
        assert!(!has("Council votes to close both") && !has("Council votes to...") && !has("Council votes to open both of the..."));
        assert_eq!(without_site("Council votes to close - again | The Valley Post"), Some("Council votes to close - again"));
        assert_eq!(without_site("No site stands here"), None);
    }
}
