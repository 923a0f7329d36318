//! Turns rule tables into rules that can be matched: phrases become word hashes, patterns become regular expressions.
//!
//! In: a [`RuleTable`] with its file. Out: a [`Rule`]. Refused with a place: empty matchers, bad ids, unknown classes, patterns or
//! selectors that do not parse, extents that mean nothing.

use std::sync::{Arc, OnceLock};

use regex::Regex;
use toml::Spanned;

use super::file::{ActionWord, BACK_WORDS, Extend, Extent, Mark, Near, RuleError, RuleTable, Scope, SourceFile, UNTIL_WORDS, nearest};
use super::gate::{Gate, states_of};
use super::needs::{Need, needed_words};
use super::selector::{PageSelector, check_marks, page_selectors};
use crate::text::token::{Kind, Token, words};
use crate::text::view::fold_pattern;
use crate::verdict::{Action, CLASSES, class};

/// Where in a block a phrase must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is the whole block.
    Whole,
    /// At the start.
    Start,
    /// At the end.
    End,
    /// Anywhere.
    Anywhere,
}

/// One word of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// This word.
    Word(u64),
    /// `{n}`
    AnyNumber,
    /// `{w}`
    AnyWord,
}

impl Slot {
    /// Does the word fill the slot?
    #[inline]
    pub fn takes(self, token: Token) -> bool {
        match self {
            Slot::Word(hash) => token.hash == hash,
            Slot::AnyNumber => token.kind() == Kind::Number,
            Slot::AnyWord => true,
        }
    }
}

/// A sequence of words to find.
#[derive(Clone, Debug)]
pub struct Phrase {
    /// Where it must stand.
    pub place: Place,
    /// Its words.
    pub slots: Vec<Slot>,
    /// Its text as written, for explanations.
    pub text: String,
}

/// A regular expression over the normalised block.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The expression, compiled when it is first tried: a run meets few of thousands.
    compiled: OnceLock<Option<Regex>>,
    folded: String,
    /// Words in a row, of which one row must stand in a block for the pattern to be tried; empty: always tried.
    pub needs: Vec<Need>,
    /// What a block must have besides.
    pub gate: Gate,
    /// Its text as written.
    pub text: String,
}

impl Pattern {
    /// Is nothing known that lets a block pass by without a search?
    pub fn is_slow(&self) -> bool {
        self.needs.is_empty() && self.gate.is_open()
    }

    /// The compiled expression.
    pub fn regex(&self) -> Option<&Regex> {
        // Refused sizes were refused at load, so compiling does not fail.
        self.compiled.get_or_init(|| regex::RegexBuilder::new(&self.folded).size_limit(SIZE_LIMIT).build().ok()).as_ref()
    }
}

/// Bytes a compiled expression may take; far more than [`MOST_STATES`] need.
const SIZE_LIMIT: usize = 1 << 26;
/// Expressions that grow to more states are refused: they would cost every run dearly.
const MOST_STATES: usize = 200_000;

/// How far a section reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The next blank line.
    Blank,
    /// The next body paragraph.
    Body,
    /// The document's end.
    End,
    /// So many blocks more.
    Blocks(u32),
}

/// What a section takes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// The list items right before.
    List,
    /// The short rows without a full stop right before.
    Rows,
    /// So many blocks.
    Blocks(u32),
}

/// A rule ready to match.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Rule {
    pub id: String,
    pub class: &'static str,
    pub why: String,
    pub action: Action,
    pub scope: Scope,
    pub phrases: Vec<Phrase>,
    pub patterns: Vec<Pattern>,
    pub selectors: Vec<PageSelector>,
    pub marks: Option<Mark>,
    pub attribute: Option<String>,
    pub prune: bool,
    pub max_words: Option<u32>,
    pub min_words: Option<u32>,
    pub max_share: Option<f64>,
    pub near: Option<Near>,
    pub langs: Vec<String>,
    pub hosts: Vec<String>,
    pub after: Vec<String>,
    pub until: Until,
    pub back: Option<Back>,
    pub extend: Option<Extend>,
    pub unless: Vec<Vec<Slot>>,
    pub drops: Vec<Example>,
    pub keeps: Vec<Example>,
    /// The file it was read from, and the byte offset of its table.
    pub file: SourceFile,
    pub offset: usize,
}

/// An example text and where it stands in its file.
#[derive(Clone, Debug)]
pub struct Example {
    /// The text.
    pub text: String,
    /// Byte offset in the rule file.
    pub offset: usize,
}

impl Rule {
    /// `file:line` of its table.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file.name, self.file.place(self.offset).0)
    }

    /// May the rule speak in a document of this language and host? Unknown counts as yes for languages, no for hosts.
    pub fn covers(&self, lang: Option<&str>, host: Option<&str>) -> bool {
        let lang_fits = self.langs.is_empty() || lang.is_none_or(|lang| self.langs.iter().any(|known| same_lang(known, lang)));
        let host_fits = self.hosts.is_empty() || host.is_some_and(|host| self.hosts.iter().any(|known| same_host(known, host)));
        lang_fits && host_fits
    }
}

fn same_lang(known: &str, lang: &str) -> bool {
    let head = lang.split(['-', '_']).next().unwrap_or(lang);
    known.eq_ignore_ascii_case(head) || known.eq_ignore_ascii_case(lang)
}

fn same_host(known: &str, host: &str) -> bool {
    match known.strip_prefix('.') {
        Some(parent) => host == parent || host.ends_with(known),
        None => host == known || host.strip_prefix("www.") == Some(known),
    }
}

/// Compiles a table, adding every mistake to `errors`.
pub fn compile(table: Spanned<RuleTable>, file: &SourceFile, errors: &mut Vec<RuleError>) -> Option<Rule> {
    let before = errors.len();
    let offset = table.span().start;
    let table = table.into_inner();
    check_names(&table, file, errors);
    let phrases = [(&table.block, Place::Whole), (&table.starts, Place::Start), (&table.ends, Place::End), (&table.contains, Place::Anywhere)]
        .into_iter()
        .flat_map(|(list, place)| list.iter().map(move |text| (text, place)))
        .filter_map(|(text, place)| phrase(text, place, file, errors))
        .collect::<Vec<_>>();
    let patterns: Vec<Pattern> = table.regex.iter().filter_map(|text| pattern(text, file, errors)).collect();
    let selectors: Vec<PageSelector> = (0..).zip(&table.selector).flat_map(|(entry, text)| page_selectors(text, entry, file, errors)).collect();
    check_marks(&table, offset, file, errors);
    if table.block.is_empty()
        && table.starts.is_empty()
        && table.ends.is_empty()
        && table.contains.is_empty()
        && table.regex.is_empty()
        && table.selector.is_empty()
    {
        errors.push(
            file.error(
                offset,
                format!("rule '{}' looks for nothing: give it at least one of block, starts, ends, contains, regex, selector", table.id.get_ref()),
            ),
        );
    }
    let until = table.until.as_ref().map_or(Some(Until::End), |extent| until(extent, file, errors));
    let back = table.back.as_ref().and_then(|extent| back(extent, file, errors));
    let unless = table.unless.iter().filter_map(|text| phrase(text, Place::Anywhere, file, errors)).map(|phrase| phrase.slots).collect();
    let class = class(table.class.get_ref())?;
    if errors.len() > before {
        return None;
    }
    let action = match table.action {
        ActionWord::Drop => Action::Drop,
        ActionWord::Keep => Action::Keep,
        ActionWord::Flag => Action::Flag,
    };
    Some(Rule {
        id: table.id.into_inner(),
        class,
        why: table.why,
        action,
        scope: table.scope,
        phrases,
        patterns,
        selectors,
        marks: table.marks,
        attribute: table.attribute.map(|name| name.to_lowercase()),
        prune: table.prune.unwrap_or(true),
        max_words: table.max_words,
        min_words: table.min_words,
        max_share: table.max_share,
        near: table.near,
        langs: table.langs,
        hosts: table.hosts.iter().map(|host| host.to_lowercase()).collect(),
        after: table.after.into_iter().map(Spanned::into_inner).collect(),
        until: until?,
        back,
        extend: table.extend,
        unless,
        drops: examples(table.drops),
        keeps: examples(table.keeps),
        file: file.clone(),
        offset,
    })
}

fn examples(texts: Vec<Spanned<String>>) -> Vec<Example> {
    texts.into_iter().map(|text| Example { offset: text.span().start, text: text.into_inner() }).collect()
}

fn check_names(table: &RuleTable, file: &SourceFile, errors: &mut Vec<RuleError>) {
    let id = table.id.get_ref();
    let kebab = !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !kebab {
        errors.push(file.error(table.id.span().start, format!("id '{id}' is not kebab-case: use a-z, 0-9 and '-'")));
    }
    let name = table.class.get_ref();
    if class(name).is_none() {
        let near = nearest(name, CLASSES.iter().copied()).map(|near| format!("did you mean '{near}'? ")).unwrap_or_default();
        errors.push(file.error(table.class.span().start, format!("rule '{id}': unknown class '{name}'; {near}Known: {}", CLASSES.join(", "))));
    }
}

fn phrase(text: &Spanned<String>, place: Place, file: &SourceFile, errors: &mut Vec<RuleError>) -> Option<Phrase> {
    let slots = slots(text.get_ref());
    if slots.is_empty() || (place != Place::Whole || slots.contains(&Slot::AnyWord)) && !slots.iter().any(|slot| matches!(slot, Slot::Word(_))) {
        errors.push(file.error(text.span().start, format!("phrase '{}' holds no word to look for; use regex for marks alone", text.get_ref())));
        return None;
    }
    Some(Phrase { place, slots, text: text.get_ref().clone() })
}

/// The words of a phrase, with `{n}` and `{w}` as open slots.
pub fn slots(text: &str) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{n}").into_iter().chain(rest.find("{w}")).min() {
        slots.extend(words(&rest[..at]).iter().map(|token| Slot::Word(token.hash)));
        slots.push(if rest[at..].starts_with("{n}") { Slot::AnyNumber } else { Slot::AnyWord });
        rest = &rest[at + 3..];
    }
    slots.extend(words(rest).iter().map(|token| Slot::Word(token.hash)));
    slots
}

fn pattern(text: &Spanned<String>, file: &SourceFile, errors: &mut Vec<RuleError>) -> Option<Pattern> {
    let folded = fold_pattern(text.get_ref());
    let mut refuse = |why: &str| errors.push(file.error(text.span().start, format!("regex '{}' does not work: {why}", text.get_ref())));
    let hir = match regex_syntax::parse(&folded) {
        Ok(hir) => hir,
        Err(error) => {
            let why = error.to_string();
            refuse(why.lines().last().unwrap_or(&why).trim().trim_start_matches("error: "));
            return None;
        }
    };
    let states = states_of(&hir);
    if states > MOST_STATES {
        refuse(&format!("it grows to some {states} states, {MOST_STATES} are allowed; lower its repeat counts"));
        return None;
    }
    Some(Pattern { needs: needed_words(&hir), gate: Gate::new(&hir), compiled: OnceLock::new(), folded, text: text.get_ref().clone() })
}

fn until(extent: &Spanned<Extent>, file: &SourceFile, errors: &mut Vec<RuleError>) -> Option<Until> {
    match extent.get_ref() {
        Extent::Blocks(count) => Some(Until::Blocks(*count)),
        Extent::Word(word) => match word.as_str() {
            "blank" => Some(Until::Blank),
            "body" => Some(Until::Body),
            "end" => Some(Until::End),
            _ => {
                errors.push(
                    file.error(extent.span().start, format!("until = '{word}' means nothing; allowed: {} or a number of blocks", UNTIL_WORDS.join(", "))),
                );
                None
            }
        },
    }
}

fn back(extent: &Spanned<Extent>, file: &SourceFile, errors: &mut Vec<RuleError>) -> Option<Back> {
    match extent.get_ref() {
        Extent::Blocks(count) => Some(Back::Blocks(*count)),
        Extent::Word(word) => match word.as_str() {
            "list" => Some(Back::List),
            "rows" => Some(Back::Rows),
            _ => {
                errors
                    .push(file.error(extent.span().start, format!("back = '{word}' means nothing; allowed: {} or a number of blocks", BACK_WORDS.join(", "))));
                None
            }
        },
    }
}

/// Shares one source among the rules of a file.
pub fn source(name: &str, text: &str) -> SourceFile {
    SourceFile { name: Arc::from(name), text: Arc::from(text) }
}
