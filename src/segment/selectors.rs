//! Which rules select an element, without asking every selector.
//!
//! In: the rules' CSS selectors, each filed by the id, class, attribute or tag its last part names. Out: the rules that match an
//! element: only selectors filed under something the element has are tried.

use std::collections::HashMap;

use scraper::ElementRef;

use crate::rules::RuleSet;

/// Selectors of a rule set, filed by what their last part names.
#[derive(Debug, Default)]
pub struct Selectors {
    filed: HashMap<Key, Vec<(u32, u32)>>,
    anywhere: Vec<(u32, u32)>,
    attributes: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Id(String),
    Class(String),
    Attribute(String),
    Tag(String),
}

impl Selectors {
    /// Files every selector of the rules.
    pub fn new(rules: &RuleSet) -> Self {
        let mut selectors = Selectors::default();
        for (number, rule) in rules.rules.iter().enumerate() {
            for (at, selector) in rule.selectors.iter().enumerate() {
                let entry = (number as u32, at as u32);
                match key_of(&selector.text) {
                    Some(key) => {
                        if let Key::Attribute(name) = &key {
                            selectors.attributes.push(name.clone());
                        }
                        selectors.filed.entry(key).or_default().push(entry);
                    }
                    None => selectors.anywhere.push(entry),
                }
            }
        }
        selectors.attributes.sort();
        selectors.attributes.dedup();
        selectors
    }

    /// The rules that select `element` itself, in rule order.
    pub fn matching(&self, rules: &RuleSet, element: ElementRef) -> Vec<u32> {
        let matched = &mut Vec::new();
        let value = element.value();
        self.try_key(&Key::Tag(value.name().to_owned()), rules, element, matched);
        if let Some(id) = value.id() {
            self.try_key(&Key::Id(id.to_owned()), rules, element, matched);
        }
        for class in value.classes() {
            self.try_key(&Key::Class(class.to_owned()), rules, element, matched);
        }
        for name in &self.attributes {
            if value.attr(name).is_some() {
                self.try_key(&Key::Attribute(name.clone()), rules, element, matched);
            }
        }
        self.try_all(&self.anywhere, rules, element, matched);
        matched.sort_unstable();
        std::mem::take(matched)
    }

    fn try_key(&self, key: &Key, rules: &RuleSet, element: ElementRef, matched: &mut Vec<u32>) {
        if let Some(entries) = self.filed.get(key) {
            self.try_all(entries, rules, element, matched);
        }
    }

    fn try_all(&self, entries: &[(u32, u32)], rules: &RuleSet, element: ElementRef, matched: &mut Vec<u32>) {
        for &(number, at) in entries {
            if !matched.contains(&number) && rules.rule(number).selectors[at as usize].selector.matches(&element) {
                matched.push(number);
            }
        }
    }
}

/// What an element must have for the selector's last part to match it.
fn key_of(selector: &str) -> Option<Key> {
    let mut depth = 0;
    let mut last = 0;
    for (at, c) in selector.char_indices() {
        depth += i32::from(matches!(c, '[' | '(')) - i32::from(matches!(c, ']' | ')'));
        if depth == 0 && matches!(c, ' ' | '>' | '+' | '~') {
            last = at + 1;
        }
    }
    let part = selector[last..].split(':').next().unwrap_or_default();
    let word = |rest: &str| -> String { rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect() };
    let plain = &part[..part.find('[').unwrap_or(part.len())];
    if let Some(at) = plain.find('#') {
        return Some(Key::Id(word(&plain[at + 1..])));
    }
    if let Some(at) = plain.find('.') {
        return Some(Key::Class(word(&plain[at + 1..])));
    }
    let tag = word(plain);
    if !tag.is_empty() {
        return Some(Key::Tag(tag.to_lowercase()));
    }
    part.find('[').map(|at| Key::Attribute(word(&part[at + 1..]).to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_filed_by_their_last_part() {
        for (selector, key) in [
            ("div.share", Some(Key::Class("share".into()))),
            ("main > ul li#x.y", Some(Key::Id("x".into()))),
            ("[hidden]", Some(Key::Attribute("hidden".into()))),
            ("p[class~='a b']", Some(Key::Tag("p".into()))),
            (".a :not(.b)", None),
        ] {
            assert_eq!(key_of(selector), key, "{selector}");
        }
    }
}
