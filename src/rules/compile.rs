//! Turns rule tables into rules that can be matched: phrases become word hashes, patterns become regular expressions.
//!
//! In: a [`RuleTable`] with its file. Out: a [`Rule`]. Refused with a place: empty matchers, bad ids, unknown classes, patterns or
//! selectors that do not parse, extents that mean nothing.

use toml::Spanned;

use super::file::{ActionWord, BACK_WORDS, Extent, RuleTable, UNTIL_WORDS};
use super::known;
use super::pattern::Pattern;
use super::rule::{Back, Example, Phrase, Place, Rule, Slot, Until};
use super::selector::{PageSelector, check_marks, page_selectors};
use super::source::{RuleError, SourceFile, nearest};
use crate::text::token::words;
use crate::verdict::{Action, CLASSES, class};

/// Phrases of more words are refused: no notice is so long.
const MOST_WORDS: usize = 1000;

/// Compiles a table, adding every mistake to `errors`.
pub fn compile(table: Spanned<RuleTable>, file: &SourceFile, errors: &mut Vec<RuleError>) -> Option<Rule> {
    let before = errors.len();
    let offset = table.span().start;
    let mut table = table.into_inner();
    check_names(&table, file, errors);
    check_marks(&table, offset, file, errors);
    let phrase_lists =
        [(&mut table.block, Place::Whole), (&mut table.starts, Place::Start), (&mut table.ends, Place::End), (&mut table.contains, Place::Anywhere)];
    let written = phrase_lists.map(|(list, place)| (std::mem::take(list), place));
    let looks = written.iter().any(|(list, _)| !list.is_empty()) || !table.regex.is_empty() || !table.selector.is_empty();
    let phrases = written
        .into_iter()
        .flat_map(|(list, place)| list.into_iter().map(move |text| (text, place)))
        .filter_map(|(text, place)| phrase(text, place, file, errors))
        .collect::<Vec<_>>();
    let patterns: Vec<Pattern> = table.regex.iter().filter_map(|text| pattern(text, file, errors)).collect();
    let selectors: Vec<PageSelector> = (0..).zip(&table.selector).flat_map(|(entry, text)| page_selectors(text, entry, file, errors)).collect();
    if !looks {
        errors.push(
            file.error(
                offset,
                format!("rule '{}' looks for nothing: give it at least one of block, starts, ends, contains, regex, selector", table.id.get_ref()),
            ),
        );
    }
    let until = table.until.as_ref().map_or(Some(Until::End), |extent| until(extent, file, errors));
    let back = table.back.as_ref().and_then(|extent| back(extent, file, errors));
    let unless =
        std::mem::take(&mut table.unless).into_iter().filter_map(|text| phrase(text, Place::Anywhere, file, errors)).map(|phrase| phrase.slots).collect();
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
        unless_sentence: table.unless_sentence,
        unless_stop: table.unless_stop,
        unless_listing: table.unless_listing,
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

fn phrase(text: Spanned<String>, place: Place, file: &SourceFile, errors: &mut Vec<RuleError>) -> Option<Phrase> {
    let slots = slots(text.get_ref());
    if slots.is_empty() || (place != Place::Whole || slots.contains(&Slot::AnyWord)) && !slots.iter().any(|slot| matches!(slot, Slot::Word(_))) {
        errors.push(file.error(text.span().start, format!("phrase '{}' holds no word to look for; use regex for marks alone", text.get_ref())));
        return None;
    }
    if slots.len() > MOST_WORDS {
        errors.push(file.error(text.span().start, format!("phrase has {} words, {MOST_WORDS} are allowed", slots.len())));
        return None;
    }
    Some(Phrase { place, slots, text: text.into_inner() })
}

/// The words of a phrase, with `{n}` and `{w}` as open slots.
pub fn slots(text: &str) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('{').and_then(|_| rest.find("{n}").into_iter().chain(rest.find("{w}")).min()) {
        slots.extend(words(&rest[..at]).iter().map(|token| Slot::Word(token.hash)));
        slots.push(if rest[at..].starts_with("{n}") { Slot::AnyNumber } else { Slot::AnyWord });
        rest = &rest[at + 3..];
    }
    slots.extend(words(rest).iter().map(|token| Slot::Word(token.hash)));
    slots
}

fn pattern(text: &Spanned<String>, file: &SourceFile, errors: &mut Vec<RuleError>) -> Option<Pattern> {
    match known::facts_of(text.get_ref()) {
        Ok(facts) => Some(Pattern::new(text.get_ref(), facts)),
        Err(why) => {
            errors.push(file.error(text.span().start, format!("regex '{}' does not work: {why}", text.get_ref())));
            None
        }
    }
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
