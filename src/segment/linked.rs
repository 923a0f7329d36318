//! What the JSON-LD of a page says: headline, author, date, and what the page is.
//!
//! In: the texts of `<script type="application/ld+json">`. Out: [`Linked`]. Statements of articles, wherever they are nested, win over those of
//! other things; an author given by `@id` is looked up among the page's persons.

use scraper::Html;
use serde_json::{Map, Value};

use super::facts::squeezed;

/// How deep things inside of each other are read.
const DEEPEST: usize = 6;
/// Persons that are kept for look-up.
const PERSONS: usize = 256;

/// The statements found so far, the first of each.
#[derive(Debug, Default)]
pub(super) struct Linked {
    pub(super) headline: Option<String>,
    pub(super) author: Option<String>,
    /// An author whose name stands elsewhere.
    author_id: Option<String>,
    pub(super) date: Option<String>,
    /// The date of what is no article.
    pub(super) other_date: Option<String>,
    pub(super) site: Option<String>,
    /// The first type that says what the page is.
    pub(super) kind: Option<String>,
    /// Names by `@id`.
    persons: Vec<(String, String)>,
}

impl Linked {
    /// Reads one script.
    pub(super) fn read(&mut self, text: &str) {
        if let Ok(value) = serde_json::from_str::<Value>(text.trim()) {
            self.value(&value, 0);
        }
    }

    /// The author's name, looked up where it stands elsewhere.
    pub(super) fn author(&self) -> Option<String> {
        let named = |id: &String| self.persons.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone());
        self.author.clone().or_else(|| self.author_id.as_ref().and_then(named))
    }

    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Array(items) if depth < DEEPEST => items.iter().for_each(|item| self.value(item, depth + 1)),
            Value::Object(fields) if depth < DEEPEST => {
                self.thing(fields);
                for key in ["@graph", "mainEntity", "mainEntityOfPage"] {
                    if let Some(inner) = fields.get(key) {
                        self.value(inner, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn thing(&mut self, fields: &Map<String, Value>) {
        let kind = fields.get("@type").map(ToString::to_string).unwrap_or_default();
        self.read_kind(&kind);
        let text = |key: &str| fields.get(key).and_then(text_of);
        if ["Article", "Posting", "Report", "QAPage", "Question"].iter().any(|name| kind.contains(name)) {
            self.headline = self.headline.take().or_else(|| text("headline"));
            self.author = self.author.take().or_else(|| text("author"));
            if self.author.is_none() && self.author_id.is_none() {
                self.author_id = fields.get("author").and_then(id_of);
            }
            self.date = self.date.take().or_else(|| text("datePublished")).or_else(|| text("dateCreated"));
        } else if kind.contains("WebSite") {
            self.site = self.site.take().or_else(|| text("name"));
        } else if kind.contains("Person") && self.persons.len() < PERSONS {
            if let (Some(id), Some(name)) = (fields.get("@id").and_then(Value::as_str), text("name")) {
                self.persons.push((id.to_owned(), name));
            }
        } else if !kind.contains("Review") {
            self.other_date = self.other_date.take().or_else(|| text("datePublished"));
        }
    }

    /// Keeps the first type that says what the page is; of those of pages in general and of their parts nothing can be learned.
    fn read_kind(&mut self, kind: &str) {
        const TELLING: [&str; 9] = ["article", "posting", "report", "qapage", "faqpage", "product", "collectionpage", "itemlist", "offercatalog"];
        let kind: String = kind.chars().filter(|c| c.is_alphanumeric() || *c == ',').collect::<String>().to_lowercase();
        if self.kind.is_none() && TELLING.iter().any(|word| kind.contains(word)) {
            self.kind = Some(kind);
        }
    }
}

/// The `@id` of a value that says no more of itself, or of the first of a list.
fn id_of(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) => fields.get("@id")?.as_str().map(str::to_owned),
        Value::Array(items) => items.iter().find_map(id_of),
        _ => None,
    }
}

/// A value as text: a string, a `name`, or those of a list.
fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => fields.get("name")?.as_str()?.to_owned(),
        Value::Array(items) => {
            let mut names: Vec<String> = Vec::new();
            for name in items.iter().filter_map(text_of) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names.join(", ")
        }
        _ => return None,
    };
    // Many sites put text with entities and tags into their JSON-LD.
    let text = if text.contains(['&', '<']) { Html::parse_fragment(&text).root_element().text().collect() } else { text };
    squeezed(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_looked_up() {
        let mut linked = Linked::default();
        linked.read(r##"{"@graph": [{"@type": "NewsArticle", "headline": "Tide &amp; time", "author": {"@id": "#p"}}, {"@type": "Person", "@id": "#p", "name": "Ann Oar"}]}"##);
        assert_eq!((linked.headline.as_deref(), linked.author().as_deref()), (Some("Tide & time"), Some("Ann Oar")));
        assert_eq!(linked.kind.as_deref(), Some("newsarticle"));
    }
}
