//! Phrases that say nothing new: repeated, or covered by another phrase that matches wherever they do.
//!
//! In: a rule set. Out: for each such phrase the one that makes it needless. A phrase is covered when every block it matches is matched by
//! the other, whose rule is of the same class, asks for no more (length, place, language, host, exceptions) and takes no less.
//! Only rules of one language are compared, except with those that protect.

use std::collections::{HashMap, HashSet};

use crate::rules::RuleSet;
use crate::rules::file::Scope;
use crate::rules::rule::{Phrase, Place, Rule, Slot};
use crate::verdict::Action;

/// A phrase by rule and number.
type PhraseOf = (usize, usize);

/// Why a phrase is needless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needless {
    /// The same phrase stands there, in the same rule or one of the same class and scope.
    Repeated,
    /// The other removes all that this one would.
    Covered,
    /// The other protects all that this one would remove.
    Protected,
}

/// A phrase that says nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NeedlessPhrase {
    pub(super) own: PhraseOf,
    /// The phrase that makes it so.
    pub(super) by: PhraseOf,
    pub(super) why: Needless,
}

/// Needless phrases in the order of the rules.
pub(super) fn needless(set: &RuleSet) -> Vec<NeedlessPhrase> {
    let rules = &set.rules;
    let mut by_word: HashMap<Option<u64>, Vec<PhraseOf>> = HashMap::new();
    for (number, rule) in rules.iter().enumerate() {
        for (at, phrase) in rule.phrases.iter().enumerate() {
            by_word.entry(key_of(phrase)).or_default().push((number, at));
        }
    }
    let awaited: HashSet<&str> = rules.iter().flat_map(|rule| rule.after.iter().map(String::as_str)).collect();
    let mut found = Vec::new();
    // A rule that others wait for does more than remove.
    for (number, rule) in rules.iter().enumerate().filter(|(_, rule)| !awaited.contains(rule.id.as_str())) {
        for (at, phrase) in rule.phrases.iter().enumerate() {
            let mut words: Vec<Option<u64>> = phrase.slots.iter().filter_map(|slot| word_of(*slot)).map(Some).chain([None]).collect();
            words.sort_unstable();
            words.dedup();
            let others = words.iter().filter_map(|word| by_word.get(word)).flatten().filter(|&&other| other != (number, at));
            let judged = others.filter_map(|&other| Some((other, judge(rules, (number, at), other)?)));
            let strength = |why: Needless| match why {
                Needless::Protected => 0,
                Needless::Repeated => 1,
                Needless::Covered => 2,
            };
            if let Some((other, why)) = judged.min_by_key(|&(other, why)| (strength(why), other)) {
                found.push(NeedlessPhrase { own: (number, at), by: other, why });
            }
        }
    }
    found
}

fn word_of(slot: Slot) -> Option<u64> {
    if let Slot::Word(hash) = slot { Some(hash) } else { None }
}

/// One word of a phrase, the same for equal phrases. Hashes are as good as random, so that the largest is seldom a common word.
fn key_of(phrase: &Phrase) -> Option<u64> {
    phrase.slots.iter().filter_map(|slot| word_of(*slot)).max()
}

fn judge(rules: &[Rule], (number, at): PhraseOf, (other_number, other_at): PhraseOf) -> Option<Needless> {
    let (rule, other) = (&rules[number], &rules[other_number]);
    let (phrase, wider) = (&rule.phrases[at], &other.phrases[other_at]);
    let protects = rule.action == Action::Drop && other.action == Action::Keep;
    if !is_akin(&rule.id, &other.id) && !protects {
        return None;
    }
    let later = (number, at) > (other_number, other_at);
    let same = phrase.place == wider.place && phrase.slots == wider.slots;
    if same && later && rule.class == other.class && rule.scope == other.scope && rule.action == other.action && shares_places(rule, other) {
        return Some(Needless::Repeated);
    }
    if !matches_too(phrase, wider) || !asks_no_more(rule, phrase, other) {
        return None;
    }
    if protects && matches!(other.scope, Scope::Block | Scope::Document) {
        return Some(Needless::Protected);
    }
    // Of two that cover each other the later one is needless.
    let mutual = matches_too(wider, phrase) && asks_no_more(other, wider, rule) && takes_no_less(other, wider, rule, phrase);
    (rule.class == other.class && rule.action == other.action && takes_no_less(rule, phrase, other, wider) && (later || !mutual)).then_some(Needless::Covered)
}

/// Are the rules of one language, as their ids say? The files of a language are whole without the others'.
pub(super) fn is_akin(id: &str, other: &str) -> bool {
    id.split('-').next() == other.split('-').next()
}

/// May both rules speak in one document?
fn shares_places(rule: &Rule, other: &Rule) -> bool {
    let meets = |own: &[String], others: &[String]| own.is_empty() || others.is_empty() || own.iter().any(|name| others.contains(name));
    meets(&rule.langs, &other.langs)
        && meets(&rule.hosts, &other.hosts)
        && rule.after == other.after
        && (rule.near == other.near || rule.near.is_none() || other.near.is_none())
}

/// Does `wider` match every block that `phrase` matches?
fn matches_too(phrase: &Phrase, wider: &Phrase) -> bool {
    let (own, other) = (&phrase.slots, &wider.slots);
    let fits = |from: usize| own.len() >= from + other.len() && other.iter().zip(&own[from..]).all(|(other, own)| takes_too(*own, *other));
    match wider.place {
        Place::Anywhere => (0..own.len()).any(fits),
        Place::Start => matches!(phrase.place, Place::Start | Place::Whole) && fits(0),
        Place::End => matches!(phrase.place, Place::End | Place::Whole) && own.len() >= other.len() && fits(own.len() - other.len()),
        Place::Whole => phrase.place == Place::Whole && own.len() == other.len() && fits(0),
    }
}

fn takes_too(slot: Slot, wider: Slot) -> bool {
    slot == wider || wider == Slot::AnyWord
}

/// Does `other` speak wherever `rule` does, in a block that `phrase` matches?
fn asks_no_more(rule: &Rule, phrase: &Phrase, other: &Rule) -> bool {
    let whole = (phrase.place == Place::Whole).then_some(phrase.slots.len() as u32);
    let longest = rule.max_words.into_iter().chain(whole).min();
    let shortest = rule.min_words.into_iter().chain(whole).max();
    let has = |names: &[String], name: &String| names.contains(name);
    let within = |own: &[String], others: &[String]| others.is_empty() || !own.is_empty() && own.iter().all(|name| has(others, name));
    let size = rule.scope == other.scope || other.scope != Scope::Span;
    size && other.max_words.is_none_or(|most| longest.is_some_and(|longest| longest <= most))
        && other.min_words.is_none_or(|least| shortest.is_some_and(|shortest| shortest >= least))
        && (other.near.is_none() || other.near == rule.near)
        && within(&rule.langs, &other.langs)
        && within(&rule.hosts, &other.hosts)
        && (other.after.is_empty() || other.after == rule.after)
        && other.unless.iter().all(|slots| rule.unless.contains(slots) || whole.is_some() && !holds(&phrase.slots, slots))
}

fn holds(slots: &[Slot], part: &[Slot]) -> bool {
    slots.windows(part.len().max(1)).any(|window| part.iter().zip(window).all(|(part, slot)| takes_too(*slot, *part)))
}

/// Does `other` take all that `rule` takes?
fn takes_no_less(rule: &Rule, phrase: &Phrase, other: &Rule, wider: &Phrase) -> bool {
    let size = |scope: Scope| match scope {
        Scope::Span => 0,
        Scope::Block => 1,
        Scope::Section => 2,
        Scope::Document => 3,
    };
    match (rule.scope, other.scope) {
        (Scope::Span, Scope::Span) => rule.extend == other.extend && phrase.place == wider.place && phrase.slots.len() == wider.slots.len(),
        (Scope::Section, Scope::Section) => rule.until == other.until && rule.back == other.back,
        (own, others) => size(own) <= size(others),
    }
}
