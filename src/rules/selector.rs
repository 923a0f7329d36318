//! The selectors of rules for pages, and what a rule may say that marks the elements it selects.
//!
//! In: the entries of `selector`. Out: [`PageSelector`]s, each without commas, so that each can be filed by its own [`Key`]: the id, class,
//! attribute or tag that an element must have for the selector's last part to match it.

use scraper::Selector;
use toml::Spanned;

use super::file::{ActionWord, Mark, RuleTable, Scope};
use super::source::{RuleError, SourceFile};

/// A CSS selector without commas.
#[derive(Clone, Debug)]
pub struct PageSelector {
    /// The compiled selector.
    pub selector: Selector,
    /// What an element must have for it to match; `None`: nothing that is known.
    pub key: Option<Key>,
    /// What the attribute of the key must hold.
    pub held: Option<String>,
    /// Number of the entry of the rule it is a part of.
    pub entry: u32,
}

/// Something an element has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Key {
    Id(String),
    Class(String),
    Attribute(String),
    Tag(String),
}

/// The parts of a selector list, each compiled on its own.
pub(super) fn page_selectors(text: &Spanned<String>, entry: u32, file: &SourceFile, errors: &mut Vec<RuleError>) -> Vec<PageSelector> {
    let mut compiled = Vec::new();
    for part in parts(text.get_ref(), &[',']).into_iter().map(str::trim) {
        match Selector::parse(part) {
            Ok(selector) => {
                let key = key_of(part);
                let held = key.as_ref().and_then(|key| held_by(part, key));
                compiled.push(PageSelector { selector, key, held, entry });
            }
            Err(error) => errors.push(file.error(text.span().start, format!("selector '{part}' does not work: {error}"))),
        }
    }
    compiled
}

/// Cuts at marks that stand outside of brackets and quotes.
fn parts<'t>(text: &'t str, marks: &[char]) -> Vec<&'t str> {
    let mut found = Vec::new();
    let mut start = 0;
    let (mut depth, mut quote, mut escaped) = (0_u32, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && marks.contains(&c) => {
                found.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            (None, _) => {}
        }
    }
    found.push(&text[start..]);
    found
}

/// What an element must have for the selector's last part to match it.
fn key_of(selector: &str) -> Option<Key> {
    // A character written by its number ends with a blank that parts nothing; nobody needs to look such names up.
    if selector.split('\\').skip(1).any(|escape| escape.starts_with(|c: char| c.is_ascii_hexdigit())) {
        return None;
    }
    let last = parts(selector.trim(), &[' ', '>', '+', '~']).pop().unwrap_or_default();
    let plain = parts(last, &[':'])[0];
    let tests = plain.find('[').unwrap_or(plain.len());
    let named = |mark: char| {
        let mut pieces = parts(&plain[..tests], &[mark]).into_iter().skip(1);
        pieces.next().and_then(|piece| name(parts(piece, &['.', '#'])[0]))
    };
    if let Some(id) = named('#') {
        return Some(Key::Id(id));
    }
    if let Some(class) = named('.') {
        return Some(Key::Class(class));
    }
    // Fewer elements have a certain attribute than are of a certain tag.
    let tested = plain.get(tests + 1..).unwrap_or_default();
    let attribute: String = tested.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
    if !attribute.is_empty() {
        return Some(Key::Attribute(attribute.to_lowercase()));
    }
    let tag = parts(&plain[..tests], &['.', '#'])[0];
    if tag.is_empty() || tag == "*" { None } else { name(tag).map(|tag| Key::Tag(tag.to_lowercase())) }
}

/// The text that an attribute must hold by the first test of a selector's last part: of attributes whose values are compared letter by letter.
fn held_by(selector: &str, key: &Key) -> Option<String> {
    let Key::Attribute(attribute) = key else { return None };
    let last = parts(selector.trim(), &[' ', '>', '+', '~']).pop()?;
    let test = last.split_once('[')?.1.strip_prefix(attribute.as_str())?;
    let test = ["*=", "^=", "$="].iter().find_map(|sign| test.strip_prefix(sign))?;
    let quote = test.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, rest) = test[1..].split_once(quote)?;
    let plain = rest.starts_with(']') && !value.is_empty() && !value.contains('\\');
    (plain && matches!(attribute.as_str(), "class" | "id" | "style" | "href" | "src")).then(|| value.to_owned())
}

/// A name without its escapes.
fn name(written: &str) -> Option<String> {
    let mut plain = String::with_capacity(written.len());
    let mut chars = written.trim().chars();
    while let Some(c) = chars.next() {
        let c = if c == '\\' { chars.next()? } else { c };
        plain.push(c);
    }
    (!plain.is_empty()).then_some(plain)
}

/// A rule that marks elements says nothing else; other rules have none of its keys.
pub(super) fn check_marks(table: &RuleTable, offset: usize, file: &SourceFile, errors: &mut Vec<RuleError>) {
    let id = table.id.get_ref();
    let mut refuse = |why: &str| errors.push(file.error(offset, format!("rule '{id}': {why}")));
    let is_body = table.marks == Some(Mark::Body);
    if table.attribute.is_some() && (is_body || table.marks.is_none()) {
        refuse("`attribute` goes with marks = \"title\", \"author\" or \"date\" only");
    }
    if table.prune.is_some() && !is_body {
        refuse("`prune` goes with marks = \"body\" only");
    }
    if table.marks.is_none() {
        return;
    }
    if table.selector.is_empty() || table.hosts.is_empty() {
        refuse("`marks` needs `selector` and `hosts`: pages of other sites are built otherwise");
    }
    let texts = [&table.block, &table.starts, &table.ends, &table.contains, &table.regex, &table.unless, &table.after];
    let limits = [table.max_words, table.min_words];
    let others = table.max_share.is_some() || table.near.is_some() || table.until.is_some() || table.back.is_some() || table.extend.is_some();
    if texts.iter().any(|list| !list.is_empty())
        || limits.iter().any(Option::is_some)
        || others
        || table.action != ActionWord::Drop
        || table.scope != Scope::Block
    {
        refuse("`marks` stands beside `selector`, `hosts`, `langs`, `attribute` and `prune` only; leave action, scope, phrases and limits out");
    }
    let has_examples = !table.drops.is_empty() || !table.keeps.is_empty();
    if has_examples && !is_body {
        refuse("only marks = \"body\" removes something; leave `drops` and `keeps` out");
    }
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
            ("p[class~='a b']", Some(Key::Attribute("class".into()))),
            ("[title='a), b]']", Some(Key::Attribute("title".into()))),
            (r".md\:flex", Some(Key::Class("md:flex".into()))),
            (r".\31 0", None),
            (".a *:not(.b)", None),
            (".a :not(.b)", None),
            ("ul:is(.a, .b)", Some(Key::Tag("ul".into()))),
        ] {
            assert_eq!(key_of(selector), key, "{selector}");
        }
    }

    #[test]
    fn what_an_attribute_must_hold_is_read_off() {
        for (selector, held) in [
            ("div[style*='display:none']", Some("display:none")),
            (".a > [class^=\"x y\"]:not([id*='z'])", Some("x y")),
            ("[class*='x' i]", None),
            ("[class='x']", None),
            ("[class*='']", None),
            ("[type*='x']", None),
            ("[hidden][class*='x']", None),
            ("p:not([class*='x'])", None),
        ] {
            let key = key_of(selector).expect("a key");
            assert_eq!(held_by(selector, &key).as_deref(), held, "{selector}");
        }
    }

    #[test]
    fn lists_are_cut_outside_of_brackets_and_quotes() {
        assert_eq!(parts("a[title='x, )'], b:is(c, d), e", &[',']), ["a[title='x, )']", " b:is(c, d)", " e"]);
    }
}
