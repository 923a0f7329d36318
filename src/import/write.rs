//! Rules of a site as the text of a rule file, with the examples that test them.

/// One rule to be.
pub(super) struct Group {
    /// The directive it comes from.
    pub(super) kind: &'static str,
    pub(super) attribute: Option<String>,
    pub(super) prune: bool,
    /// Entries of `selector`, each with its line in the site file.
    pub(super) selectors: Vec<(String, usize)>,
}

/// A rule file in the making.
pub(super) struct RuleText<'a> {
    /// The site file.
    pub(super) file: &'a str,
    pub(super) host: &'a str,
    /// Lines to keep as comments.
    pub(super) comments: &'a [String],
}

/// Examples of a rule that removes boxes.
const EXAMPLES: usize = 3;
/// An element that holds more of the page's prose than this is no box: the site has been rebuilt since.
const MAX_SHARE: &str = "0.5";

impl RuleText<'_> {
    /// The text; empty when there are no rules.
    pub(super) fn write(&self, groups: &[Group]) -> String {
        if groups.is_empty() {
            return String::new();
        }
        let mut out = format!("# Turned by `naqi rules import ftr-site-config` from {} of the FiveFilters collection (public domain).\n", self.file);
        for comment in self.comments {
            out.push_str(&format!("# {}\n", one_line(comment)));
        }
        for (at, group) in groups.iter().enumerate() {
            let before = groups[..at].iter().filter(|earlier| earlier.kind == group.kind).count();
            self.rule(group, before, &mut out);
        }
        out
    }

    fn rule(&self, group: &Group, before: usize, out: &mut String) {
        let number = if before > 0 { format!("-{}", before + 1) } else { String::new() };
        let (class, what) = match group.kind {
            "strip" => ("template", "Boxes of {}"),
            "body" => ("template", "Where the article stands on {}"),
            "title" => ("title", "Where the title stands on {}"),
            "author" => ("byline", "Where the author stands on {}"),
            _ => ("date-row", "Where the date stands on {}"),
        };
        let host = self.host.strip_prefix('.').unwrap_or(self.host);
        out.push_str(&format!("\n[[rule]]\nid = \"{}-{}{number}\"\nclass = \"{class}\"\n", id_of(self.host), group.kind));
        out.push_str(&format!("why = {}\nhosts = [{}]\n", quoted(&what.replace("{}", host)), quoted(self.host)));
        if group.kind == "strip" {
            out.push_str(&format!("action = \"drop\"\nmax-share = {MAX_SHARE}\n"));
        } else {
            out.push_str(&format!("marks = \"{}\"\n", group.kind));
        }
        if let Some(attribute) = &group.attribute {
            out.push_str(&format!("attribute = {}\n", quoted(attribute)));
        }
        if !group.prune {
            out.push_str("prune = false\n");
        }
        out.push_str("selector = [\n");
        for (selector, line) in &group.selectors {
            out.push_str(&format!("    {}, # line {line}\n", quoted(selector)));
        }
        out.push_str("]\n");
        let examples = match group.kind {
            "strip" => group.selectors.iter().filter_map(|(selector, _)| box_example(selector)).take(EXAMPLES).collect(),
            "body" => group.selectors.first().and_then(|(selector, _)| body_example(selector)).into_iter().collect(),
            _ => Vec::new(),
        };
        if !examples.is_empty() {
            let examples: String = examples.iter().map(|example| format!("    {},\n", quoted(example))).collect();
            out.push_str(&format!("drops = [\n{examples}]\n"));
        }
    }
}

/// The ids of a host's rules begin so. Dots and hyphens stay apart, so that no two hosts share a name.
fn id_of(host: &str) -> String {
    let mut id = String::from("site");
    id.push_str(if host.starts_with('.') { "-all-" } else { "-" });
    for c in host.trim_start_matches('.').chars() {
        match c {
            'a'..='z' | '0'..='9' => id.push(c),
            '.' => id.push('-'),
            '-' => id.push_str("--"),
            c => id.push_str(&format!("-u{:x}-", c as u32)),
        }
    }
    id
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A TOML string, plain where that needs no escapes.
fn quoted(text: &str) -> String {
    let plain = !text.chars().any(|c| c == '"' || c == '\\' || c.is_control());
    let literal = !text.chars().any(|c| c == '\'' || c.is_control());
    match (plain, literal) {
        (true, _) => format!("\"{text}\""),
        (false, true) => format!("'{text}'"),
        (false, false) => toml::Value::String(one_line(text)).to_string(),
    }
}

/// The start tag of an element that a simple selector selects: `tag.name`, `#name`, `[class*='part']`; none for others.
fn start_tag(selector: &str) -> Option<(String, &'static str)> {
    const TAGS: &[&str] = &[
        "div",
        "p",
        "span",
        "section",
        "aside",
        "ul",
        "header",
        "footer",
        "nav",
        "figure",
        "article",
        "h2",
        "h3",
        "h4",
        "strong",
        "em",
        "blockquote",
        "main",
        "a",
    ];
    let first = selector.split(", ").next()?;
    let at = first.find(['.', '#', '[']).unwrap_or(first.len());
    let tag = if at == 0 { "div" } else { TAGS.iter().copied().find(|&tag| tag == &first[..at])? };
    let test = &first[at..];
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) && !name.is_empty();
    let (key, value) = if let Some(value) = test.strip_prefix('.').filter(|name| is_name(name)) {
        ("class", value)
    } else if let Some(value) = test.strip_prefix('#').filter(|name| is_name(name)) {
        ("id", value)
    } else {
        let (key, value) = test.strip_prefix('[')?.strip_suffix("']")?.split_once("='")?;
        (key.trim_end_matches(['*', '^']), value)
    };
    let fits = matches!(key, "class" | "id") && value.split(' ').all(is_name);
    fits.then(|| (format!("<{tag} {key}=\"{value}\">"), tag))
}

fn box_example(selector: &str) -> Option<String> {
    let (start, tag) = start_tag(selector)?;
    Some(format!("{start}A box of the site</{tag}>"))
}

fn body_example(selector: &str) -> Option<String> {
    let (start, tag) = start_tag(selector).filter(|(_, tag)| matches!(*tag, "div" | "section" | "article" | "main" | "blockquote"))?;
    Some(format!("<p>⟦Around the article⟧</p>{start}<p>Inside of it</p></{tag}>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_made_of_simple_selectors() {
        assert_eq!(box_example("div.share-bar").as_deref(), Some("<div class=\"share-bar\">A box of the site</div>"));
        assert_eq!(box_example("[id*='ad'], [class*='ad']").as_deref(), Some("<div id=\"ad\">A box of the site</div>"));
        assert_eq!(box_example("aside[class='a b']").as_deref(), Some("<aside class=\"a b\">A box of the site</aside>"));
        assert_eq!(box_example("div.a > .b"), None);
        assert_eq!(box_example("div.a section"), None);
        assert_eq!(box_example("img.a"), None);
        assert_eq!(body_example("#text").as_deref(), Some("<p>⟦Around the article⟧</p><div id=\"text\"><p>Inside of it</p></div>"));
    }

    #[test]
    fn strings_and_ids_are_exact() {
        assert_eq!(quoted("a[b='c']"), "\"a[b='c']\"");
        assert_eq!(quoted(r"a\:b"), r"'a\:b'");
        assert_eq!(quoted(r"a[b='c\'']"), r"'''a[b='c\'']'''");
        assert_eq!((id_of("t-online.de"), id_of(".blog.x.org")), ("site-t--online-de".into(), "site-all-blog-x-org".into()));
    }
}
