//! What rules of a page's host mark: its body, title, author and date.
//!
//! In: the parsed page and the marking rules of its host. Out: the elements that may be the body, best candidate first, and
//! the [`Metadata`] that marked elements state. Rules are asked in their order and their entries in theirs; the first that finds
//! something decides.

use std::collections::HashMap;

use ego_tree::NodeId;
use scraper::{ElementRef, Html};

use super::selectors::Chosen;
use crate::document::Metadata;
use crate::rules::RuleSet;
use crate::rules::file::Mark;
use crate::rules::rule::Rule;

/// Elements that a rule may mark as the body: for each the candidates (numbers in order of trust) it belongs to.
#[derive(Debug, Default)]
pub(super) struct BodyMarks {
    /// The rule of each candidate.
    pub(super) rules: Vec<u32>,
    of_node: HashMap<NodeId, Vec<u32>>,
}

impl BodyMarks {
    /// Every candidate of the page.
    pub(super) fn find(page: &Html, rules: &RuleSet, chosen: &Chosen) -> Self {
        let mut marks = BodyMarks::default();
        for &number in &chosen.marks {
            let rule = rules.rule(number);
            if rule.marks != Some(Mark::Body) || !rules.settings.rule.enabled {
                continue;
            }
            for elements in entries(page, rule) {
                let candidate = marks.rules.len() as u32;
                marks.rules.push(number);
                for element in elements {
                    marks.of_node.entry(element.id()).or_default().push(candidate);
                }
            }
        }
        marks
    }

    /// The candidates that an element belongs to.
    pub(super) fn of(&self, element: ElementRef) -> &[u32] {
        self.of_node.get(&element.id()).map_or(&[], Vec::as_slice)
    }
}

/// The elements of each entry that selects any, in document order.
fn entries<'p>(page: &'p Html, rule: &Rule) -> Vec<Vec<ElementRef<'p>>> {
    let last = rule.selectors.last().map_or(0, |selector| selector.entry);
    let mut found: Vec<Vec<ElementRef>> = vec![Vec::new(); last as usize + 1];
    for element in page.root_element().descendants().filter_map(ElementRef::wrap) {
        for selector in &rule.selectors {
            let list = &mut found[selector.entry as usize];
            if list.last() != Some(&element) && selector.selector.matches(&element) {
                list.push(element);
            }
        }
    }
    found.retain(|elements| !elements.is_empty());
    found
}

/// What marked elements say of the article.
pub(super) fn marked_facts(page: &Html, rules: &RuleSet, chosen: &Chosen) -> Metadata {
    let mut facts = Metadata::default();
    for rule in chosen.marks.iter().map(|&number| rules.rule(number)) {
        let slot = match rule.marks {
            Some(Mark::Title) => &mut facts.title,
            Some(Mark::Author) => &mut facts.author,
            Some(Mark::Date) => &mut facts.date,
            Some(Mark::Body) | None => continue,
        };
        if slot.is_none() && rules.settings.rule.enabled {
            *slot = entries(page, rule).iter().find_map(|elements| statement(elements, rule));
        }
    }
    facts
}

/// What elements say: the first that says something, or all authors.
fn statement(elements: &[ElementRef], rule: &Rule) -> Option<String> {
    let mut said: Vec<String> = Vec::new();
    for element in elements {
        let text = match &rule.attribute {
            Some(name) => element.attr(name).unwrap_or_default().to_owned(),
            None => element.text().collect(),
        };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() && !said.contains(&text) {
            said.push(text);
        }
    }
    if rule.marks != Some(Mark::Author) {
        said.truncate(1);
    }
    (!said.is_empty()).then(|| said.join(", "))
}
