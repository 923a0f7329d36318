//! Rule files as people write them: TOML tables, read strictly, every mistake with its place.
//!
//! In: the text of one file. Out: [`RuleFile`], or errors (`source`) that say file, line, column, what was seen and what is allowed.
//! One flat struct a table, no flatten and no tags, because only so does the TOML reader keep the place of every key.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::schema::{back_schema, until_schema};
use crate::verdict::CLASSES;

/// One rule file of naqi: rules that find scraper noise in text and pages. docs/rules.md tells how to write them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "naqi rule file")]
pub struct RuleFile {
    /// Ids of rules of earlier files to turn off.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub disable: Vec<Spanned<String>>,
    /// Named word lists that detectors use; a later file replaces a list by its name.
    #[serde(default)]
    pub words: BTreeMap<String, Vec<String>>,
    /// The rules.
    #[serde(default)]
    #[schemars(with = "Vec<RuleTable>")]
    pub rule: Vec<Spanned<RuleTable>>,
}

/// One kind of noise: how to find it, what to do with it, and its own tests. At least one of `block`, `starts`, `ends`,
/// `contains`, `regex` and `selector` is needed; any one of their entries is enough.
// The schema that editors read is made from these comments (`naqi rules schema`).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "rule")]
pub struct RuleTable {
    /// Unique name in kebab-case; begins with the language code or `gen-`; it appears in the audit.
    #[schemars(with = "String", extend("pattern" = "^[a-z0-9-]+$"))]
    pub id: Spanned<String>,
    /// The noise class.
    #[schemars(with = "String", extend("enum" = CLASSES))]
    pub class: Spanned<String>,
    /// What this is and where it comes from, for the next person.
    pub why: String,
    /// What becomes of a match.
    #[serde(default)]
    pub action: ActionWord,
    /// How much goes.
    #[serde(default)]
    pub scope: Scope,
    /// The whole block is this phrase. Phrases match word by word, whatever the case, letter variants and punctuation;
    /// `{n}` is any number, `{w}` any one word.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub block: Vec<Spanned<String>>,
    /// The block begins with this phrase.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub starts: Vec<Spanned<String>>,
    /// The block ends with this phrase.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub ends: Vec<Spanned<String>>,
    /// The phrase stands anywhere in the block.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub contains: Vec<Spanned<String>>,
    /// A regular expression over the normalised block (lower case, folded letters); write `^` and `$` for the block's ends.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub regex: Vec<Spanned<String>>,
    /// Pages only: CSS selectors; the element and all inside it.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub selector: Vec<Spanned<String>>,
    /// For `selector` with `hosts`, instead of an action: what the element is. `body`: everything outside goes; the first entry that
    /// selects something decides. `title`, `author`, `date`: its text is that of the article.
    pub marks: Option<Mark>,
    /// For `marks` other than `body`: read this attribute instead of the element's text.
    pub attribute: Option<String>,
    /// For `marks = "body"`: `false` keeps boxes and link lists inside the element that would go by their structure.
    pub prune: Option<bool>,
    /// The block has at most so many words (scope `span`: the removed span has).
    pub max_words: Option<u32>,
    /// The block has at least so many words.
    pub min_words: Option<u32>,
    /// For `selector`: leaves an element alone that holds more than this share of the page's prose.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_share: Option<f64>,
    /// Only near the start or the end of the document.
    pub near: Option<Near>,
    /// Only in documents of these languages; a document of unknown language counts as all.
    #[serde(default)]
    pub langs: Vec<String>,
    /// Only on these hosts: `example.com` is that host and `www.`; `.example.com` takes every sub-domain too.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Only behind a block where one of the rules with these ids matched.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub after: Vec<Spanned<String>>,
    /// For scope `section`: up to the next blank line, the next body paragraph, the end of the document (the default), or so many
    /// blocks beyond the first.
    #[serde(default)]
    #[schemars(schema_with = "until_schema")]
    pub until: Option<Spanned<Extent>>,
    /// For scope `section`: also what stands right before: the list items, the short rows without a full stop, or so many blocks.
    #[serde(default)]
    #[schemars(schema_with = "back_schema")]
    pub back: Option<Spanned<Extent>>,
    /// For scope `span`: how far the span goes on.
    pub extend: Option<Extend>,
    /// The rule stays silent in a block (scope `span`: in a removed span) with one of these phrases.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub unless: Vec<Spanned<String>>,
    /// Leaves a block alone that is a sentence: long, and it ends with a full stop or holds one. For prompts that a headline follows.
    #[serde(default)]
    pub unless_sentence: bool,
    /// Leaves a block alone that reads like a sentence or speech of any length: it ends with a full stop, holds one or opens with a quotation mark.
    /// For beginnings that prompts share with sentences.
    #[serde(default)]
    pub unless_stop: bool,
    /// Silent in texts that show code: where lines of rules with this key stand between paragraphs again and again, and nothing is called that
    /// other rules of class `ad-code` know.
    #[serde(default)]
    pub unless_listing: bool,
    /// Tests: small documents that must go, wholly or where marked `⟦like this⟧`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub drops: Vec<Spanned<String>>,
    /// Tests: body sentences that a careless version of the rule would eat; no rule may touch them.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub keeps: Vec<Spanned<String>>,
}

/// `action`
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum ActionWord {
    /// Remove the match.
    #[default]
    Drop,
    /// Protect the match from every other rule and detector.
    Keep,
    /// Only mark the document.
    Flag,
}

/// `scope`
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, Hash, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Scope {
    /// The block that matched.
    #[default]
    Block,
    /// Only the match.
    Span,
    /// The block and what follows.
    Section,
    /// Everything.
    Document,
}

/// `near`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Near {
    /// Among the first blocks.
    Start,
    /// Among the last blocks.
    End,
}

/// `extend`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Extend {
    /// Back to the block's start.
    Start,
    /// On to the block's end.
    End,
    /// Every sentence it touches.
    Sentence,
}

/// `marks`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Mark {
    /// The article's body.
    Body,
    /// Its title.
    Title,
    /// Its author.
    Author,
    /// Its date.
    Date,
}

/// `until` and `back`: a word or a number of blocks.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Extent {
    /// So many blocks.
    Blocks(u32),
    /// One of [`UNTIL_WORDS`] or [`BACK_WORDS`].
    Word(String),
}

/// The words that `until` may be.
pub const UNTIL_WORDS: &[&str] = &["blank", "body", "end"];
/// The words that `back` may be.
pub const BACK_WORDS: &[&str] = &["list", "rows"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::source::SourceFile;

    #[test]
    fn a_misspelt_key_is_named_with_its_place() {
        let text = "[[rule]]\nid = \"x-a\"\nclass = \"share\"\nwhy = \"w\"\nstrats = [\"a\"]\n";
        let file = SourceFile::new("mine.toml", text);
        let error = file.parse::<RuleFile>().expect_err("unknown key").to_string();
        assert!(error.starts_with("mine.toml:5:1: unknown field `strats`"), "{error}");
        assert!(error.ends_with("did you mean `starts`?"), "{error}");
    }
}
