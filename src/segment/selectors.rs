//! Which rules select an element, without asking every selector.
//!
//! In: the rules' CSS selectors, each filed by what its last part names, those of rules for single hosts apart. Out: for a page's host the
//! `Chosen` selectors, and from them the rules that match an element: only selectors filed under something the element has are tried,
//! and those of other hosts are never looked at.

use std::collections::HashMap;

use scraper::ElementRef;

use crate::rules::RuleSet;
use crate::rules::rule::Rule;
use crate::rules::selector::{Key, PageSelector};

/// Entries of a rule set: (rule, selector).
type Entries = HashMap<String, Vec<(u32, u32)>>;

/// Selectors filed by what an element must have.
#[derive(Debug, Default)]
struct Filed {
    ids: Entries,
    classes: Entries,
    attributes: Entries,
    tags: Entries,
    anywhere: Vec<(u32, u32)>,
}

impl Filed {
    fn file(&mut self, number: u32, rule: &Rule) {
        for (at, selector) in (0..).zip(&rule.selectors) {
            let (map, name) = match &selector.key {
                Some(Key::Id(name)) => (&mut self.ids, name),
                Some(Key::Class(name)) => (&mut self.classes, name),
                Some(Key::Attribute(name)) => (&mut self.attributes, name),
                Some(Key::Tag(name)) => (&mut self.tags, name),
                None => {
                    self.anywhere.push((number, at));
                    continue;
                }
            };
            map.entry(name.clone()).or_default().push((number, at));
        }
    }

    fn matching(&self, rules: &RuleSet, element: ElementRef, matched: &mut Vec<u32>) {
        let value = element.value();
        let by_tag = self.tags.get(value.name());
        let by_id = value.id().and_then(|id| self.ids.get(id));
        let by_class = value.classes().filter_map(|class| self.classes.get(class));
        let by_attribute = value.attrs().filter_map(|(name, _)| self.attributes.get(name));
        let filed = by_tag.into_iter().chain(by_id).chain(by_class).chain(by_attribute).flatten();
        for &(number, at) in filed.chain(&self.anywhere) {
            let selector = &rules.rule(number).selectors[at as usize];
            if !matched.contains(&number) && may_match(selector, element) && selector.selector.matches(&element) {
                matched.push(number);
            }
        }
    }
}

/// A look at one attribute spares most trials, which are costly.
fn may_match(selector: &PageSelector, element: ElementRef) -> bool {
    match (&selector.key, &selector.held) {
        (Some(Key::Attribute(name)), Some(held)) => element.attr(name).is_some_and(|value| value.contains(held)),
        _ => true,
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
        for (number, rule) in (0..).zip(&rules.rules).filter(|(_, rule)| !rule.selectors.is_empty()) {
            if rule.hosts.is_empty() {
                selectors.general.file(number, rule);
            }
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
        let mut chosen = Chosen { general: &self.general, own: Filed::default(), marks: Vec::new() };
        for number in numbers {
            let rule = rules.rule(number);
            if rule.marks.is_some() { chosen.marks.push(number) } else { chosen.own.file(number, rule) }
        }
        chosen
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
