//! What a page says of itself: title, author, date, language, site name, and where it says so.
//!
//! In: the parsed page and what the record already states. Out: [`Metadata`]. JSON-LD is asked first, then Open Graph and other
//! `<meta>` names, then marked elements, headings and `<title>`; what the record states is never replaced, nor what rules of the host marked.

use html5ever::local_name;
use scraper::{ElementRef, Html};

use super::attributes::{attribute, classes, names_in};
use super::dates::{is_date, iso_date};
use super::linked::Linked;
use crate::document::{Metadata, Origins};

/// A statement and where it stands.
type Stated = Option<(String, &'static str)>;

/// Fills what `known` leaves open from what rules `marked`, then from the page.
pub(super) fn page_facts(page: &Html, known: Metadata, marked: Metadata) -> Metadata {
    let mut facts = Facts::default();
    let root = page.root_element();
    set(&mut facts.lang, root.attr("lang").or_else(|| root.attr("xml:lang")).unwrap_or_default(), "html lang");
    for element in root.descendants().filter_map(ElementRef::wrap) {
        facts.read(element);
    }
    let first = |known: Option<String>, marked: Option<String>, found: Stated| -> (Option<String>, Option<&'static str>) {
        let found = known.map(|text| (text, "record")).or_else(|| marked.map(|text| (text, "rule"))).or(found);
        found.map_or((None, None), |(text, origin)| (Some(text), Some(origin)))
    };
    let linked_site = facts.linked.site.take().map(|name| (name, "json-ld"));
    let site = facts.site.take().or(linked_site);
    let (title, title_origin) = first(known.title, marked.title, facts.title());
    let (author, author_origin) = first(known.author, marked.author, facts.author(site.as_ref().map(|(name, _)| name.as_str())));
    let date = facts.date().map(|(date, origin)| (iso_date(&date), origin));
    let (date, date_origin) = first(known.date, marked.date.map(|date| iso_date(&date)), date);
    let (lang, lang_origin) = first(known.lang, None, facts.lang.or(facts.meta_lang));
    let (site, site_origin) = first(known.site, None, site);
    Metadata {
        title,
        author,
        date,
        lang,
        site,
        origins: Origins { title: title_origin, author: author_origin, date: date_origin, lang: lang_origin, site: site_origin },
        group: known.group,
        host: known.host,
        kind: facts.linked.kind.or(facts.open_kind.map(|(kind, _)| kind)),
    }
}

#[derive(Default)]
struct Facts {
    linked: Linked,
    open_title: Stated,
    page_title: Stated,
    headings: Vec<String>,
    author: Stated,
    /// An element that is marked as the author's name, or looks like it.
    byline: Stated,
    date: Stated,
    time: Stated,
    /// An element that looks like the date.
    dated: Stated,
    lang: Stated,
    meta_lang: Stated,
    site: Stated,
    open_kind: Stated,
}

/// Headings that may be the title, and the bytes of each that are read: headings inside of headings would else cost the page's text each.
const HEADINGS: usize = 64;
const HEADING_BYTES: usize = 4096;
/// Bytes of a name or a date in an element, and words of a name.
const SHORT_BYTES: usize = 96;
const NAME_WORDS: usize = 6;

/// The pieces of an element's text, parted by blanks, as far as `bytes` reach.
fn opening_text(element: ElementRef, bytes: usize) -> String {
    let mut text = String::new();
    for piece in element.text() {
        if text.len() + piece.len() > bytes {
            break;
        }
        text.push_str(piece);
        text.push(' ');
    }
    text
}

/// A short element's whole text; `None` for a longer one.
fn short_text(element: ElementRef) -> Option<String> {
    let text = opening_text(element, SHORT_BYTES);
    let whole: usize = element.text().take(SHORT_BYTES).map(|piece| piece.len() + 1).sum();
    squeezed(&text).filter(|_| whole == text.len())
}

/// A text with single blanks; `None` when nothing is left.
pub(super) fn squeezed(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

fn set(slot: &mut Stated, text: &str, origin: &'static str) {
    if slot.is_none() {
        *slot = squeezed(text).map(|text| (text, origin));
    }
}

impl Facts {
    fn read(&mut self, element: ElementRef) {
        match element.value().name() {
            "meta" => self.read_meta(element),
            "title" => set(&mut self.page_title, &element.text().collect::<String>(), "title"),
            "h1" if self.headings.len() < HEADINGS => self.headings.extend(squeezed(&opening_text(element, HEADING_BYTES))),
            "time" => {
                if let Some(date) = element.attr("datetime").filter(|date| !date.trim().is_empty()) {
                    set(&mut self.time, date, "time");
                } else if let Some(text) = short_text(element).filter(|text| is_date(text)) {
                    set(&mut self.time, &text, "time");
                }
            }
            "script" if element.attr("type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json")) => {
                self.linked.read(&element.text().collect::<String>());
            }
            "a" | "span" | "div" | "p" | "li" | "address" | "h4" | "h5" | "h6" | "strong" => self.read_marked(element),
            _ => {}
        }
    }

    fn read_meta(&mut self, element: ElementRef) {
        let Some(content) = element.attr("content") else { return };
        let name = element.attr("property").or_else(|| element.attr("name")).or_else(|| element.attr("itemprop"));
        match name.map(str::to_ascii_lowercase).as_deref() {
            Some("og:title") => set(&mut self.open_title, content, "meta og:title"),
            Some("twitter:title") => set(&mut self.open_title, content, "meta twitter:title"),
            Some("og:type") => set(&mut self.open_kind, &content.to_lowercase(), "meta og:type"),
            Some("og:site_name") => set(&mut self.site, content, "meta og:site_name"),
            Some("application-name") => set(&mut self.site, content, "meta application-name"),
            Some("og:locale") => set(&mut self.meta_lang, &content.replace('_', "-"), "meta og:locale"),
            Some(
                name @ ("author" | "article:author" | "dc.creator" | "dcterms.creator" | "byl" | "parsely-author" | "sailthru.author" | "citation_author"),
            ) if !content.starts_with("http") && content.bytes().any(|byte| !byte.is_ascii_digit()) => set(&mut self.author, content, author_origin(name)),
            Some(
                "article:published_time"
                | "datepublished"
                | "date"
                | "dc.date"
                | "pubdate"
                | "publishdate"
                | "publish-date"
                | "publish_date"
                | "dc.date.issued"
                | "dcterms.date"
                | "dcterms.created"
                | "parsely-pub-date"
                | "sailthru.date"
                | "citation_publication_date"
                | "citation_date"
                | "og:published_time"
                | "article:published",
            ) => set(&mut self.date, content, "meta date"),
            _ => {}
        }
    }

    /// Elements that say by their attributes that they hold the author or the date.
    fn read_marked(&mut self, element: ElementRef) {
        let value = element.value();
        let property = attribute(value, &local_name!("itemprop")).unwrap_or_default();
        let marks_author = property == "author" || attribute(value, &local_name!("rel")).is_some_and(|rel| names_in(rel).any(|word| word == "author"));
        if self.byline.as_ref().is_none_or(|(_, origin)| *origin == BYLINE) && marks_author {
            if let Some(name) = short_text(element).as_deref().and_then(name_of) {
                self.byline = Some((name, "rel author"));
            }
        } else if self.byline.is_none() && classes(value).any(is_author_name) {
            self.byline = short_text(element).as_deref().and_then(name_of).map(|name| (name, BYLINE));
        }
        if self.dated.is_none() && (property == "datePublished" || classes(value).any(is_date_name)) {
            let stated = value.attr("content").or_else(|| value.attr("datetime")).map(str::to_owned).or_else(|| short_text(element));
            self.dated = stated.filter(|text| is_date(text)).map(|text| (text, "date class"));
        }
    }

    /// The author; a site that calls itself its author is believed only when nobody else is named.
    fn author(&mut self, site: Option<&str>) -> Stated {
        let is_site = |(name, _): &(String, &str)| site.is_some_and(|site| site.to_lowercase() == name.to_lowercase());
        let linked = self.linked.author().map(|name| (name, "json-ld"));
        let (first, second, third) = (linked, self.author.take(), self.byline.take());
        let person = [&first, &second, &third].into_iter().flatten().find(|stated| !is_site(stated)).cloned();
        person.or(first).or(second)
    }

    fn date(&mut self) -> Stated {
        let linked = |date: Option<String>| date.map(|date| (date, "json-ld"));
        let stated = linked(self.linked.date.take()).or_else(|| self.date.take());
        stated.or_else(|| linked(self.linked.other_date.take())).or_else(|| self.time.take()).or_else(|| self.dated.take())
    }

    /// The title: the first heading when another statement agrees with it, else the statements in order of trust.
    fn title(&mut self) -> Stated {
        let headline = self.linked.headline.take().map(|title| (title, "json-ld"));
        let stated = [&headline, &self.open_title, &self.page_title];
        let agrees = |heading: &&String| {
            stated.iter().filter_map(|title| title.as_ref()).any(|(title, _)| title.contains(heading.as_str()) || heading.contains(title.as_str()))
        };
        let only = (self.headings.len() == 1).then(|| &self.headings[0]).filter(|heading| stated.iter().any(|title| shares_half(heading, title)));
        let heading = self.headings.iter().find(agrees).or(only).cloned().map(|text| (text, "h1"));
        let statement = || stated.into_iter().find_map(Clone::clone);
        heading.or_else(statement).or_else(|| self.headings.first().cloned().map(|text| (text, "h1")))
    }
}

/// Has a stated title half of the words of a heading?
fn shares_half(heading: &str, title: &Stated) -> bool {
    let lower = |text: &str| text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (own, stated) = (lower(heading), title.as_ref().map(|(title, _)| lower(title)).unwrap_or_default());
    own.len() > 1 && 2 * own.iter().filter(|word| stated.contains(word)).count() >= own.len()
}

const BYLINE: &str = "author class";

fn author_origin(name: &str) -> &'static str {
    match name {
        "author" => "meta author",
        "article:author" => "meta article:author",
        _ => "meta creator",
    }
}

fn is_author_name(class: &str) -> bool {
    let class = class.to_ascii_lowercase();
    matches!(
        class.as_str(),
        "author"
            | "byline"
            | "author-name"
            | "author_name"
            | "authorname"
            | "post-author"
            | "entry-author"
            | "article-author"
            | "byline-name"
            | "author-link"
            | "fn"
    ) || class.ends_with("author-name")
        || class.ends_with("author__name")
        || class.ends_with("byline__name")
        || class.ends_with("byline__author")
}

fn is_date_name(class: &str) -> bool {
    let class = class.to_ascii_lowercase();
    ["date", "published", "timestamp", "post-time", "pubdate"].iter().any(|word| class.contains(word)) && !class.contains("update")
}

/// A name in a byline: without the words before it; `None` when it does not look like names.
fn name_of(text: &str) -> Option<String> {
    let lead = ["by ", "written by ", "posted by ", "updated by ", "author: ", "author ", "words by "];
    let lower = text.to_lowercase();
    let cut = lead.iter().filter(|lead| lower.starts_with(*lead)).map(|lead| lead.len()).max().unwrap_or(0);
    let name = text.get(cut..)?.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '|' | '·' | '•' | '-' | '–' | '—'));
    let words = name.split_whitespace().count();
    let fits = (1..=NAME_WORDS).contains(&words) && !name.contains(|c: char| c.is_ascii_digit() || matches!(c, '@' | '|' | '/' | '?' | '!' | ':'));
    (fits && name.chars().next().is_some_and(char::is_alphabetic) && !["by", "author", "about"].contains(&name.to_lowercase().as_str()))
        .then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(html: &str) -> Metadata {
        page_facts(&Html::parse_document(html), Metadata::default(), Metadata::default())
    }

    #[test]
    fn facts_tell_where_they_stand() {
        let page = facts(
            "<html lang=en><title>Ferry returns in May | Coast Post</title><meta property='og:site_name' content='Coast Post'>\
             <meta name='author' content='Coast Post'><h1>Ferry returns in May</h1>\
             <p class='byline'>By Ann Oar</p><span class='post-date'>Posted May 4, 2031</span>",
        );
        assert_eq!((page.title.as_deref(), page.origins.title), (Some("Ferry returns in May"), Some("h1")));
        assert_eq!((page.author.as_deref(), page.origins.author), (Some("Ann Oar"), Some("author class")));
        assert_eq!((page.date.as_deref(), page.origins.date), (Some("2031-05-04"), Some("date class")));
        assert_eq!((page.lang.as_deref(), page.site.as_deref()), (Some("en"), Some("Coast Post")));
        let bare = facts("<meta name='author' content='Coast Post'><meta property='og:site_name' content='Coast Post'>");
        assert_eq!((bare.author.as_deref(), bare.origins.author), (Some("Coast Post"), Some("meta author")));
    }

    #[test]
    fn names_are_told_from_sentences() {
        assert_eq!(name_of("Written by Ann Oar,").as_deref(), Some("Ann Oar"));
        assert_eq!(name_of("By"), None);
        assert_eq!(name_of("12 comments"), None);
        assert_eq!(name_of("All about the tides and how they come and go"), None);
    }
}
