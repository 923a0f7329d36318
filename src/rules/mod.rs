//! Rules: files of TOML tables in, a [`RuleSet`] ready to match out.
//!
//! A set is built from [`Layers`]: the shipped files compiled into the binary, then each `--rules` folder. All mistakes of all files come back
//! together.

mod automaton;
pub mod compile;
mod detector_settings;
pub mod facts;
pub mod file;
pub mod filed;
pub mod index;
mod known;
mod layers;
mod memo;
pub mod pattern;
pub mod rule;
pub mod schema;
pub mod selector;
pub mod settings;
mod sieve;
pub mod source;
mod walk;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash};
use std::path::Path;

use index::{Hit, Index, Trial};
pub use layers::Layers;
pub use memo::Lent;
use memo::Trials;
use rule::Rule;
use settings::Settings;
use source::{RuleError, RuleErrors};

use crate::document::{Block, Document};
use crate::model::Model;
use crate::text::token::Token;

/// The shipped files: path below `rules/` and text.
const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// Compiled rules, their index, the word lists and the settings.
#[derive(Debug)]
pub struct RuleSet {
    /// The rules, in stable order.
    pub rules: Vec<Rule>,
    /// Named word lists.
    pub words: BTreeMap<String, Vec<String>>,
    /// Switches and thresholds.
    pub settings: Settings,
    /// Learned weights.
    pub models: Models,
    /// Of every file it was built from: the same in two runs that judge alike.
    pub fingerprint: u64,
    index: Index,
    trials: Trials,
}

/// Learned weights, for pages and for texts.
#[derive(Debug, Default)]
pub struct Models {
    /// For pages.
    pub html: Option<Model>,
    /// For page dumps as text.
    pub text: Option<Model>,
}

impl Models {
    /// The shipped weights, or those of the folder that the settings name. None when the model is off.
    fn load(settings: &settings::Model, hasher: &mut DefaultHasher) -> Result<Self, RuleError> {
        if !settings.enabled {
            return Ok(Models::default());
        }
        let mut read = |name: &str| {
            let shipped = format!("model/{name}.json");
            let (path, text) = if settings.folder.is_empty() {
                let text = SHIPPED.iter().find(|(path, _)| *path == shipped).map(|(_, text)| (*text).to_owned());
                (format!("rules/{shipped}"), text)
            } else {
                let path = Path::new(&settings.folder).join(format!("{name}.json"));
                let text = if path.is_file() { Some(std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error.to_string()))?) } else { None };
                (path.display().to_string(), text)
            };
            text.hash(hasher);
            text.map(|text| Model::parse(&text)).transpose().map_err(|why| unreadable(Path::new(&path), &why))
        };
        Ok(Models { html: read("html")?, text: read("text")? })
    }
}

impl RuleSet {
    /// The shipped rules and settings. Tests prove that they compile.
    pub fn shipped() -> Result<RuleSet, RuleErrors> {
        Layers::shipped().build()
    }

    /// What trying rules needs besides, lent to one thread.
    pub fn trial(&self) -> Lent<'_> {
        self.trials.lend()
    }

    /// Appends the rules that match in a block by phrase or pattern.
    pub fn hits(&self, document: &Document, block: &Block, trial: &mut Trial, found: &mut Vec<Hit>) {
        self.index.hits(&self.rules, document, block, trial, found);
    }

    /// The same of those rules only that reach out (see [`Rule::reaches`]), in any order.
    pub fn reaching_hits(&self, document: &Document, block: &Block, trial: &mut Trial, found: &mut Vec<Hit>) {
        self.index.reaching_hits(&self.rules, document, block, trial, found);
    }

    /// The rules with a phrase for a whole line that these words begin with, and how many words it has.
    pub fn labels(&self, tokens: &[Token]) -> impl Iterator<Item = (u32, usize)> {
        self.index.labels(tokens)
    }

    /// The rule of an index.
    pub fn rule(&self, number: u32) -> &Rule {
        &self.rules[number as usize]
    }

    /// Does a named word list hold this word? No list, no words.
    pub fn has_word(&self, list: &str, word: &str) -> bool {
        self.words.get(list).is_some_and(|words| words.binary_search_by(|known| known.as_str().cmp(word)).is_ok())
    }
}

fn unreadable(path: &Path, why: &str) -> RuleError {
    RuleError { file: path.display().to_string(), line: 1, column: 1, message: format!("cannot be read: {why}") }
}
