//! What a page says of itself: title, author, date, language, site name.
//!
//! In: the parsed page and what the record already states. Out: [`Metadata`]. JSON-LD is asked first, then Open Graph and other
//! `<meta>` names, then headings and `<title>`; what the record states is never replaced, nor what rules of the host marked.

use scraper::{ElementRef, Html};
use serde_json::Value;

use crate::document::Metadata;

/// Fills what `known` leaves open from what rules `marked`, then from the page.
pub(super) fn page_facts(page: &Html, known: Metadata, marked: Metadata) -> Metadata {
    let mut facts = Facts::default();
    let root = page.root_element();
    facts.lang = root.attr("lang").or_else(|| root.attr("xml:lang")).map(str::to_owned);
    for element in root.descendants().filter_map(ElementRef::wrap) {
        facts.read(element);
    }
    let title = facts.title();
    Metadata {
        title: known.title.or(marked.title).or(title),
        author: known.author.or(marked.author).or(facts.author),
        date: known.date.or(marked.date).or(facts.date).or(facts.time),
        lang: known.lang.or_else(|| facts.lang.filter(|lang| !lang.is_empty())),
        site: known.site.or(facts.site),
        group: known.group,
        host: known.host,
        kind: facts.linked_kind.or(facts.open_kind),
    }
}

#[derive(Default)]
struct Facts {
    headline: Option<String>,
    open_title: Option<String>,
    page_title: Option<String>,
    headings: Vec<String>,
    author: Option<String>,
    date: Option<String>,
    time: Option<String>,
    lang: Option<String>,
    site: Option<String>,
    linked_kind: Option<String>,
    open_kind: Option<String>,
}

/// Headings that may be the title, and the bytes of each that are read: headings inside of headings would else cost the page's text each.
const HEADINGS: usize = 64;
const HEADING_BYTES: usize = 4096;

/// The pieces of an element's text, parted by blanks, as far as a title may reach.
fn opening_text(element: ElementRef) -> String {
    let mut text = String::new();
    for piece in element.text() {
        if text.len() + piece.len() > HEADING_BYTES {
            break;
        }
        text.push_str(piece);
        text.push(' ');
    }
    text
}

fn set(slot: &mut Option<String>, text: &str) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if slot.is_none() && !text.is_empty() {
        *slot = Some(text);
    }
}

impl Facts {
    fn read(&mut self, element: ElementRef) {
        match element.value().name() {
            "meta" => self.read_meta(element),
            "title" => set(&mut self.page_title, &element.text().collect::<String>()),
            "h1" if self.headings.len() < HEADINGS => {
                let mut heading = None;
                set(&mut heading, &opening_text(element));
                self.headings.extend(heading);
            }
            "time" => {
                if let Some(date) = element.attr("datetime") {
                    set(&mut self.time, date);
                }
            }
            "script" if element.attr("type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json")) => {
                let text: String = element.text().collect();
                if let Ok(value) = serde_json::from_str::<Value>(text.trim()) {
                    self.read_linked(&value, 0);
                }
            }
            _ => {}
        }
    }

    fn read_meta(&mut self, element: ElementRef) {
        let Some(content) = element.attr("content") else { return };
        let name = element.attr("property").or_else(|| element.attr("name")).or_else(|| element.attr("itemprop"));
        match name.map(str::to_ascii_lowercase).as_deref() {
            Some("og:title" | "twitter:title") => set(&mut self.open_title, content),
            Some("og:type") => set(&mut self.open_kind, &content.to_lowercase()),
            Some("og:site_name" | "application-name") => set(&mut self.site, content),
            Some("author" | "article:author" | "dc.creator" | "byl" | "parsely-author") if !content.starts_with("http") => set(&mut self.author, content),
            Some("article:published_time" | "datepublished" | "date" | "dc.date" | "pubdate" | "publishdate" | "dc.date.issued" | "parsely-pub-date") => {
                set(&mut self.date, content)
            }
            _ => {}
        }
    }

    /// JSON-LD: an article's headline, author and date, wherever it is nested.
    fn read_linked(&mut self, value: &Value, depth: usize) {
        const DEEPEST: usize = 6;
        match value {
            Value::Array(items) if depth < DEEPEST => items.iter().for_each(|item| self.read_linked(item, depth + 1)),
            Value::Object(fields) if depth < DEEPEST => {
                let kind = fields.get("@type").map(ToString::to_string).unwrap_or_default();
                self.read_kind(&kind);
                if kind.contains("Article") || kind.contains("Posting") || kind.contains("Report") {
                    self.headline = self.headline.take().or_else(|| text_of(fields.get("headline")));
                    self.author = self.author.take().or_else(|| text_of(fields.get("author")));
                    self.date = self.date.take().or_else(|| text_of(fields.get("datePublished")));
                }
                for key in ["@graph", "mainEntity", "mainEntityOfPage"] {
                    if let Some(inner) = fields.get(key) {
                        self.read_linked(inner, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    /// Keeps the first type that says what the page is; of those of pages in general and of their parts nothing can be learned.
    fn read_kind(&mut self, kind: &str) {
        const TELLING: [&str; 9] = ["article", "posting", "report", "qapage", "faqpage", "product", "collectionpage", "itemlist", "offercatalog"];
        let kind: String = kind.chars().filter(|c| c.is_alphanumeric() || *c == ',').collect::<String>().to_lowercase();
        if TELLING.iter().any(|word| kind.contains(word)) {
            set(&mut self.linked_kind, &kind);
        }
    }

    /// The title: the first heading when another statement agrees with it, else the statements in order of trust.
    fn title(&mut self) -> Option<String> {
        let stated = [&self.headline, &self.open_title, &self.page_title];
        let agrees = |heading: &&String| {
            stated.iter().filter_map(|title| title.as_ref()).any(|title| title.contains(heading.as_str()) || heading.contains(title.as_str()))
        };
        let heading = self.headings.iter().find(agrees).cloned();
        heading.or_else(|| stated.into_iter().find_map(Clone::clone)).or_else(|| self.headings.first().cloned())
    }
}

/// A JSON-LD value as text: a string, a `name`, or the first of a list.
fn text_of(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.clone(),
        Value::Object(fields) => fields.get("name")?.as_str()?.to_owned(),
        Value::Array(items) => {
            let names: Vec<String> = items.iter().filter_map(|item| text_of(Some(item))).collect();
            names.join(", ")
        }
        _ => return None,
    };
    // Many sites put text with entities and tags into their JSON-LD.
    let text = if text.contains(['&', '<']) { Html::parse_fragment(&text).root_element().text().collect() } else { text };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}
