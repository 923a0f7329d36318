//! Pages that a server streams: React sends parts that were not ready as `<div hidden id="S:1">` behind the page, which a script then moves
//! to the place that `<template id="B:1">` (or `P:1`) keeps for them.
//!
//! In: a parsed page. Out: the page as the script would leave it. Parts that no template waits for are shown where they stand.

use std::collections::HashMap;

use ego_tree::NodeId;
use scraper::{Html, Node};

/// What stands in a page that is streamed so.
const MARK: &str = "id=\"S:";

/// Moves the parts of a streamed page to their places.
pub(super) fn join_streamed(html: &str, page: &mut Html) {
    if !html.contains(MARK) {
        return;
    }
    let mut places: HashMap<String, NodeId> = HashMap::new();
    let mut parts: Vec<(String, NodeId)> = Vec::new();
    for node in page.tree.root().descendants() {
        let Node::Element(element) = node.value() else { continue };
        let Some((kind, number)) = element.id().and_then(|id| id.split_once(':')) else { continue };
        match kind {
            "B" | "P" if element.name() == "template" => {
                places.entry(number.to_owned()).or_insert(node.id());
            }
            "S" if element.attr("hidden").is_some() => parts.push((number.to_owned(), node.id())),
            _ => {}
        }
    }
    for (number, part) in parts {
        let free = |place: &&NodeId| page.tree.get(**place).is_some_and(|node| node.ancestors().all(|above| above.id() != part));
        let place = places.get(&number).filter(free).copied().unwrap_or(part);
        let children: Vec<NodeId> = page.tree.get(part).into_iter().flat_map(|node| node.children().map(|child| child.id())).collect();
        for child in children {
            if let Some(mut place) = page.tree.get_mut(place) {
                place.insert_id_before(child);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        let mut page = Html::parse_document(html);
        join_streamed(html, &mut page);
        let hidden = |node: ego_tree::NodeRef<Node>| node.ancestors().any(|above| above.value().as_element().is_some_and(|e| e.attr("hidden").is_some()));
        page.tree.root().descendants().filter(|node| !hidden(*node)).filter_map(|node| node.value().as_text().map(|text| text.text.to_string())).collect()
    }

    #[test]
    fn parts_come_to_their_places() {
        let page = r#"<p>Menu. </p><template id="B:0"></template><p>Foot. </p><div hidden id="S:0"><p>Tide <template id="P:1"></template></p></div><div hidden id="S:1"><b>table. </b></div>"#;
        assert_eq!(text(page), "Menu. Tide table. Foot. ");
    }

    #[test]
    fn a_part_that_waits_for_itself_is_shown_where_it_stands() {
        assert_eq!(text(r#"<div hidden id="S:0"><p>Tide <template id="B:0"></template></p></div>"#), "Tide ");
        assert_eq!(text(r#"<div hidden id="S:5"><p>Lost.</p></div><div hidden id="x"><p>Never.</p></div>"#), "Lost.");
    }
}
