//! The tables of `naqi.toml` that detectors, surveys and what rests on these read.
//!
//! In: their keys, as [`Settings`](super::settings::Settings) reads them. Out: plain values. What each key means stands beside it in `rules/naqi.toml`; the tables of
//! reading, cleaning and rules stand in [`settings`](super::settings), which gives all of them out.

use serde::Deserialize;

/// `[repeat]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Repeat {
    pub enabled: bool,
    pub min_words: u32,
    pub run_blocks: usize,
    pub run_words: u32,
    pub near_min_words: u32,
    pub near_share: f64,
    pub title_extra_words: usize,
}

/// `[survey]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct SurveySettings {
    pub memory: u64,
    pub max_entries: u64,
}

/// `[template]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Template {
    pub enabled: bool,
    pub page_documents: u64,
    pub page_share: f64,
    pub page_cost: f64,
    pub page_lines: usize,
    pub page_lines_share: f64,
    pub documents: u64,
    pub share: f64,
    pub least_share: f64,
    pub sentence_documents: u64,
    pub sentence_share: f64,
    pub max_prose: f64,
    pub list_share: f64,
    pub join_stretch: f64,
    pub join_run: f64,
    pub join_cost: f64,
    pub join_fade: f64,
    pub join_most: f64,
    pub span_documents: u64,
    pub span_share: f64,
    pub span_one_word: f64,
    pub span_least_share: f64,
    pub span_sure: f64,
    pub span_spread: f64,
    pub least_rest: usize,
    pub inside_share: f64,
    pub inside_most: f64,
}

impl Template {
    /// The share of the documents that must have a glued span of so many words.
    pub fn needed_share(&self, words: usize) -> f64 {
        (2.0 * self.span_share / words as f64).clamp(self.span_least_share, self.span_one_word)
    }

    /// May a span of so many words that so many of the documents have be glued?
    pub fn may_be_glued(&self, words: usize, documents: u64, all: u64) -> bool {
        documents >= self.span_documents && documents as f64 / all as f64 >= self.needed_share(words)
    }
}

/// `[suggest]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Suggest {
    pub documents: u64,
    pub most_words: usize,
    pub keep_words: usize,
}

/// `[dedupe]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Dedupe {
    pub similarity: f64,
    pub shingle: usize,
    pub min_words: usize,
}

/// `[teaser]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Teaser {
    pub enabled: bool,
    pub titles: bool,
    pub min_core_blocks: usize,
    pub min_bare_core_blocks: usize,
    pub related_to_typical: f64,
    pub min_words: u32,
    pub min_letters: usize,
    pub min_stems: u32,
    pub related_behind_mark: f64,
    pub related: f64,
    pub min_blocks: usize,
    pub max_share: f64,
    pub joined_words: u32,
    pub joined_most: u32,
    pub foreign_documents: u64,
    pub foreign_share: f64,
    pub foreign_typical: f64,
    pub foreign_pair: f64,
    pub foreign_behind_mark: f64,
    pub foreign_tail: f64,
    pub foreign_each: f64,
    pub foreign_first: f64,
    pub foreign_most: usize,
}

/// `[structure]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Structure {
    pub enabled: bool,
    pub title_max_words: u32,
    pub head_rows: usize,
    pub row_words: u32,
    pub caption_words: u32,
    pub dump_run: usize,
    pub label_words: u32,
    pub label_run: usize,
    pub told_run: usize,
    pub label_run_share: f64,
    pub prose_words: u32,
    pub separator_marks: u32,
    pub marked_share: f64,
    pub dump_labels: usize,
    pub dump_share: f64,
    pub label_cost: f64,
    pub row_cost: f64,
    pub inner_run: usize,
}

/// `[title]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Title {
    pub enabled: bool,
    pub rows: usize,
    pub first_rows: usize,
    pub telling_words: u32,
    pub least: f64,
    pub told: f64,
    pub lead: f64,
    pub word: f64,
    pub few_words: u32,
    pub few: f64,
    pub many_words: u32,
    pub many: f64,
    pub far: f64,
    pub date_words: u32,
    pub dated: f64,
    pub finished: f64,
    pub sentence: f64,
    pub above_date: f64,
    pub path: f64,
    pub behind_label: f64,
    pub within: f64,
    pub twice: f64,
    pub kept: f64,
    pub bullet: f64,
}

/// `[page]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Page {
    pub enabled: bool,
    pub root_share: f64,
    pub box_share: f64,
    pub max_link_share: f64,
    pub list_link_share: f64,
    pub min_visible_chars: usize,
}

/// `[model]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Model {
    pub enabled: bool,
    pub setting: Strictness,
    pub factor_precision: f64,
    pub factor_balanced: f64,
    pub factor_recall: f64,
    pub news_factor: f64,
    pub neighbours: f64,
    pub kin: f64,
    pub within: f64,
    pub outside: f64,
    pub behind: f64,
    pub behind_list: f64,
    pub behind_row: f64,
    pub behind_rows: usize,
    pub listed: f64,
    pub listed_rows: usize,
    pub between: f64,
    pub between_rows: usize,
    pub lowest: f64,
    pub highest: f64,
    pub held: f64,
    pub min_labels: usize,
    pub min_label_share: f64,
    pub sure: f64,
    pub min_sure: usize,
    pub min_sure_share: f64,
    pub min_ends: usize,
    pub fringe: f64,
    pub fringe_needed: f64,
    pub fringe_noise: usize,
    pub fringe_share: f64,
    pub folder: String,
}

/// What the model is to favour.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Strictness {
    /// Little noise in the body.
    Precision,
    /// Both alike.
    Balanced,
    /// Little of the article lost.
    Recall,
}
