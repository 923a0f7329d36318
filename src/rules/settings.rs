//! Every detector's switch and thresholds, read from `naqi.toml` files.
//!
//! The shipped `rules/naqi.toml` states every value, so no default lives in code; later files (`naqi.toml` found upward from
//! the working folder, `--config`, a `naqi.toml` in a `--rules` folder, `--set`) replace single keys. What each key means
//! stands beside it in `rules/naqi.toml`.

use serde::Deserialize;

pub use super::detector_settings::*;
use super::source::{RuleError, SourceFile};

/// All settings.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Settings {
    pub clean: Clean,
    pub read: Read,
    pub limits: Limits,
    pub run: Run,
    pub lines: Lines,
    pub rule: RuleSettings,
    pub piece: Piece,
    pub repeat: Repeat,
    pub survey: SurveySettings,
    pub template: Template,
    pub suggest: Suggest,
    pub dedupe: Dedupe,
    pub teaser: Teaser,
    pub structure: Structure,
    pub title: Title,
    pub page: Page,
    pub model: Model,
}

/// `[clean]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Clean {
    pub max_removed: f64,
    pub max_removed_html: f64,
    pub max_passes: u32,
    pub max_record_bytes: u64,
}

/// `[read]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Read {
    pub max_source_bytes: u64,
    pub max_ratio: u64,
    pub ratio_from: u64,
}

/// `[limits]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Limits {
    pub html_depth: usize,
    pub html_nodes: usize,
    pub html_attributes: usize,
    pub html_attribute_bytes: usize,
    pub blocks: usize,
}

/// `[run]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Run {
    pub checkpoint_bytes: u64,
}

/// `[lines]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Lines {
    pub wrapped: bool,
    pub narrowest: usize,
    pub widest: usize,
    pub min_lines: usize,
    pub min_share: f64,
    pub split: bool,
    pub min_marks: usize,
    pub line_words: u32,
    pub goes_on: Vec<String>,
}

/// `[rule]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct RuleSettings {
    pub enabled: bool,
    pub near_blocks: usize,
    pub near_share: f64,
    pub body_words: u32,
    pub introducing_words: u32,
    pub heading_words: u32,
    pub interview_questions: usize,
    pub listing_runs: usize,
    pub ticker_entries: usize,
    pub residue_words: usize,
    pub caption_words: usize,
}

/// `[piece]`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Piece {
    pub enabled: bool,
    pub line_words: u32,
    pub most_words: usize,
    pub left_words: usize,
    pub bracket_words: u32,
    pub open_words: u32,
    pub joined_words: u32,
    pub label_words: usize,
    pub uncased_words: usize,
    pub label_characters: usize,
    pub classes: Vec<String>,
}

impl Settings {
    /// Reads the layers, later keys replacing earlier ones. The first layer must be complete.
    pub fn from_layers(layers: &[SourceFile]) -> Result<Settings, Vec<RuleError>> {
        let mut merged = toml::Table::new();
        let mut errors = Vec::new();
        for (at, layer) in layers.iter().enumerate() {
            match layer.parse::<toml::Table>() {
                Ok(table) => merge(&mut merged, table),
                Err(error) => errors.push(error),
            }
            if (at == 0 || errors.is_empty())
                && let Err(error) = merged.clone().try_into::<Settings>()
            {
                errors.push(layer.error(find_key(&layer.text, error.message()), format!("setting: {}", error.message())));
            }
        }
        if errors.is_empty() { merged.try_into().map_err(|error: toml::de::Error| vec![layers[0].error(0, error.message())]) } else { Err(errors) }
    }
}

fn merge(into: &mut toml::Table, from: toml::Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Where the key that a message names stands in the text.
fn find_key(text: &str, message: &str) -> usize {
    message.split('`').nth(1).and_then(|key| text.find(key)).unwrap_or(0)
}
