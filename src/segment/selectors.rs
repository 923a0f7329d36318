//! Which rules select an element, without asking every selector.
//!
//! In: the rules' CSS selectors, each filed by the id, class, attribute or tag its last part names. Out: the rules that match an
//! element: only selectors filed under something the element has are tried.

use std::collections::HashMap;

use scraper::ElementRef;

use crate::rules::RuleSet;

/// Entries of a rule set: (rule, selector).
type Filed = HashMap<String, Vec<(u32, u32)>>;

/// Selectors of a rule set, filed by what their last part names.
#[derive(Debug, Default)]
pub struct Selectors {
    ids: Filed,
    classes: Filed,
    attributes: Filed,
    tags: Filed,
    anywhere: Vec<(u32, u32)>,
}

#[derive(Debug, PartialEq, Eq)]
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
        for (number, rule) in (0_u32..).zip(&rules.rules) {
            for (at, selector) in (0_u32..).zip(&rule.selectors) {
                let (map, name) = match key_of(&selector.text) {
                    Some(Key::Id(name)) => (&mut selectors.ids, name),
                    Some(Key::Class(name)) => (&mut selectors.classes, name),
                    Some(Key::Attribute(name)) => (&mut selectors.attributes, name),
                    Some(Key::Tag(name)) => (&mut selectors.tags, name),
                    None => {
                        selectors.anywhere.push((number, at));
                        continue;
                    }
                };
                map.entry(name).or_default().push((number, at));
            }
        }
        selectors
    }

    /// The rules that select `element` itself, in rule order.
    pub fn matching(&self, rules: &RuleSet, element: ElementRef) -> Vec<u32> {
        let mut matched = Vec::new();
        let value = element.value();
        let by_tag = self.tags.get(value.name());
        let by_id = value.id().and_then(|id| self.ids.get(id));
        let by_class = value.classes().filter_map(|class| self.classes.get(class));
        let by_attribute = value.attrs().filter_map(|(name, _)| self.attributes.get(name));
        let filed = by_tag.into_iter().chain(by_id).chain(by_class).chain(by_attribute).flatten();
        for &(number, at) in filed.chain(&self.anywhere) {
            if !matched.contains(&number) && rules.rule(number).selectors[at as usize].selector.matches(&element) {
                matched.push(number);
            }
        }
        matched.sort_unstable();
        matched
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
