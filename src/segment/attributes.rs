//! What an element's attributes say, read without a look-up table: elements have few attributes.
//!
//! In: an element. Out: the value of an attribute, and the names in it. `scraper`'s own ways intern every name that they are asked for and every class of the
//! element, which cost a tenth of reading a page.

use html5ever::{LocalName, local_name};
use scraper::node::Element;

/// The value of an attribute.
pub(super) fn attribute<'e>(element: &'e Element, name: &LocalName) -> Option<&'e str> {
    element.attrs.iter().find(|(own, _)| own.local == *name).map(|(_, value)| &**value)
}

/// The names in the value of an attribute like `class` or `rel`.
pub(super) fn names_in(value: &str) -> impl Iterator<Item = &str> {
    value.split_ascii_whitespace()
}

/// The classes of an element.
pub(super) fn classes(element: &Element) -> impl Iterator<Item = &str> {
    names_in(attribute(element, &local_name!("class")).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_and_their_names_are_read() {
        let page = scraper::Html::parse_fragment("<p id=x class=' a  b\n' hidden>text");
        let element = page.root_element().descendants().filter_map(scraper::ElementRef::wrap).find(|element| element.value().name() == "p");
        let element = element.expect("a paragraph").value();
        assert_eq!(classes(element).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(attribute(element, &local_name!("hidden")), Some(""));
        assert_eq!(attribute(element, &local_name!("lang")), None);
    }
}
