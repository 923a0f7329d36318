//! Which rules select an element, without asking every selector.
//!
//! In: the rules' CSS selectors, each filed by what its last part names, those of rules for single hosts apart. Out: for a page's host the
//! `Chosen` selectors, and from them the rules that match an element: only selectors filed under something the element has are tried,
//! and those of other hosts are never looked at. Texts that selectors want somewhere in an attribute are searched all at once.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;
use html5ever::{LocalName, local_name};
use rustc_hash::FxHashMap;
use scraper::ElementRef;

use super::attributes::names_in;
use crate::rules::RuleSet;
use crate::rules::rule::Rule;
use crate::rules::selector::{Key, PageSelector};

/// A selector of a rule set: (rule, selector).
type Entry = (u32, u32);

/// Selectors filed by what an element must have.
#[derive(Debug, Default)]
struct Filed {
    ids: FxHashMap<String, Vec<Entry>>,
    classes: FxHashMap<String, Vec<Entry>>,
    attributes: FxHashMap<LocalName, Tests>,
    tags: FxHashMap<LocalName, Vec<Entry>>,
    anywhere: Vec<Entry>,
}

/// Selectors that test one attribute.
#[derive(Debug, Default)]
struct Tests {
    /// Whatever it holds.
    any: Vec<Entry>,
    /// Those that want these texts in it; in the same order.
    texts: Vec<String>,
    holding: Vec<Entry>,
    /// The search for the texts.
    search: Option<AhoCorasick>,
}

impl Tests {
    /// Those that may match an element whose attribute has this value.
    fn of<'t>(&'t self, value: &'t str) -> impl Iterator<Item = &'t Entry> {
        let found = self.search.iter().flat_map(move |search| search.find_overlapping_iter(value));
        self.any.iter().chain(found.map(|found| &self.holding[found.pattern().as_usize()]))
    }
}

impl Filed {
    /// Files the selectors of these rules.
    fn new<'r>(rules: impl Iterator<Item = (u32, &'r Rule)>) -> Self {
        let mut filed = Filed::default();
        for (number, rule) in rules {
            for (at, selector) in (0..).zip(&rule.selectors) {
                filed.file((number, at), selector);
            }
        }
        for tests in filed.attributes.values_mut().filter(|tests| !tests.texts.is_empty()) {
            // A search that cannot be built, as its texts are too many, leaves its selectors to be tried one by one.
            match AhoCorasick::new(&tests.texts) {
                Ok(search) => tests.search = Some(search),
                Err(_) => tests.any.append(&mut tests.holding),
            }
        }
        filed
    }

    fn file(&mut self, entry: Entry, selector: &PageSelector) {
        let list = match &selector.key {
            Some(Key::Id(name)) => self.ids.entry(name.clone()).or_default(),
            Some(Key::Class(name)) => self.classes.entry(name.clone()).or_default(),
            Some(Key::Tag(name)) => self.tags.entry(name.as_str().into()).or_default(),
            Some(Key::Attribute(name)) => {
                let tests = self.attributes.entry(name.as_str().into()).or_default();
                match &selector.held {
                    Some(held) => {
                        tests.texts.push(held.clone());
                        &mut tests.holding
                    }
                    None => &mut tests.any,
                }
            }
            None => &mut self.anywhere,
        };
        list.push(entry);
    }

    fn matching(&self, rules: &RuleSet, element: ElementRef, matched: &mut Vec<u32>) {
        let mut try_all = |entries: &mut dyn Iterator<Item = &Entry>| {
            for &(number, at) in entries {
                if !matched.contains(&number) && rules.rule(number).selectors[at as usize].selector.matches(&element) {
                    matched.push(number);
                }
            }
        };
        let mut filed = |entries: Option<&Vec<Entry>>| entries.into_iter().for_each(|entries| try_all(&mut entries.iter()));
        filed(self.tags.get(&element.value().name.local));
        for (name, value) in &element.value().attrs {
            match name.local {
                local_name!("id") => filed(self.ids.get(&**value)),
                local_name!("class") => names_in(value).for_each(|class| filed(self.classes.get(class))),
                _ => {}
            }
        }
        filed((!self.anywhere.is_empty()).then_some(&self.anywhere));
        for (name, value) in &element.value().attrs {
            if let Some(tests) = self.attributes.get(&name.local) {
                try_all(&mut tests.of(value));
            }
        }
    }
}

/// Selectors of a rule set.
#[derive(Debug, Default)]
pub struct Selectors {
    general: Filed,
    /// Rules with selectors, by each of their hosts as written.
    by_host: HashMap<String, Vec<u32>>,
}

/// The selectors that may match in a page of one host.
pub(super) struct Chosen<'s> {
    general: &'s Filed,
    own: Filed,
    /// Rules that mark elements, in rule order.
    pub(super) marks: Vec<u32>,
}

impl Selectors {
    /// Files every selector of the rules.
    pub fn new(rules: &RuleSet) -> Self {
        let mut selectors = Selectors::default();
        let with_selectors = || (0..).zip(&rules.rules).filter(|(_, rule)| !rule.selectors.is_empty());
        selectors.general = Filed::new(with_selectors().filter(|(_, rule)| rule.hosts.is_empty()));
        for (number, rule) in with_selectors() {
            for host in &rule.hosts {
                selectors.by_host.entry(host.clone()).or_default().push(number);
            }
        }
        selectors
    }

    /// Those for a page of this host.
    pub(super) fn choose(&self, rules: &RuleSet, host: Option<&str>) -> Chosen<'_> {
        let mut numbers: Vec<u32> = host.map(|host| self.of_host(host)).unwrap_or_default();
        numbers.sort_unstable();
        numbers.dedup();
        let (marks, others): (Vec<u32>, Vec<u32>) = numbers.into_iter().partition(|&number| rules.rule(number).marks.is_some());
        Chosen { general: &self.general, own: Filed::new(others.into_iter().map(|number| (number, rules.rule(number)))), marks }
    }

    /// Rules whose hosts cover this one, as [`Rule::covers`] has it.
    fn of_host(&self, host: &str) -> Vec<u32> {
        let of = |name: &str| self.by_host.get(name).into_iter().flatten().copied();
        let mut numbers: Vec<u32> = of(host).chain(host.strip_prefix("www.").into_iter().flat_map(of)).collect();
        numbers.extend(of(&format!(".{host}")));
        numbers.extend(host.match_indices('.').flat_map(|(at, _)| of(&host[at..])));
        numbers
    }
}

impl Chosen<'_> {
    /// The rules that select `element` itself, in rule order; not those that mark it.
    pub(super) fn matching(&self, rules: &RuleSet, element: ElementRef) -> Vec<u32> {
        let mut matched = Vec::new();
        self.general.matching(rules, element, &mut matched);
        self.own.matching(rules, element, &mut matched);
        matched.sort_unstable();
        matched
    }
}
