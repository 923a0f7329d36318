//! One site file: its directives, turned into the rules of a host.
//!
//! In: the name and text of `host.txt` or `.host.txt`. Out: a [`Site`] with the text of a rule file, the directives that could not be
//! turned, each with line and reason, and counts. A directive is turned as a whole or not at all: half a list of elements to
//! remove is of use, half a body is not.

use std::collections::{BTreeMap, BTreeSet};

use scraper::Selector;

use super::css::{Found, Want, turn};
use super::write::{Group, RuleText};

/// Directives that say how to find an article's parts, and so can become rules.
pub const DIRECTIVES: &[&str] = &["strip", "strip_id_or_class", "body", "title", "author", "date", "prune"];

/// How many of a directive there are, and how many were turned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Turned into rules.
    pub turned: u64,
    /// All.
    pub all: u64,
}

/// A directive that could not be turned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unturned {
    /// Its line, from 1.
    pub line: usize,
    /// The line's text.
    pub text: String,
    /// Why.
    pub reason: String,
}

/// What became of a site file.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// The rule file's text; empty when nothing could be turned.
    pub rules: String,
    /// Rules in it.
    pub count: usize,
    /// What could not be turned.
    pub unturned: Vec<Unturned>,
    /// By directive, for those in [`DIRECTIVES`].
    pub counts: BTreeMap<&'static str, Count>,
    /// Other directives, which are about fetching and rewriting pages.
    pub others: BTreeMap<String, u64>,
}

/// The host that a file is about, with a leading dot for all sub-domains; none for other files.
pub fn host_of(file: &str) -> Option<String> {
    let host = file.strip_suffix(".txt")?.to_lowercase();
    let bare = host.strip_prefix('.').unwrap_or(&host);
    let fits =
        bare.contains('.') && bare.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_')) && !bare.starts_with('.') && !bare.ends_with('.');
    fits.then_some(host)
}

/// `name: value` of a line; none for blank lines and comments.
fn directive(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().trim_start_matches('\u{feff}');
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (name, value) = line.split_once(':')?;
    Some((name.trim(), value.trim()))
}

/// Turns a site file.
pub fn turn_site(file: &str, host: &str, text: &str) -> Site {
    let mut site = Site::default();
    let mut draft = Draft::default();
    for (line, written) in (1..).zip(text.lines()) {
        let Some((name, value)) = directive(written) else { continue };
        let Some(&known) = DIRECTIVES.iter().find(|&&known| known == name) else {
            if name.starts_with("test_") {
                draft.comments.push(format!("{name}: {value}"));
            }
            let bare = name.split('(').next().unwrap_or(name).to_owned();
            *site.others.entry(bare).or_default() += 1;
            continue;
        };
        let count = site.counts.entry(known).or_default();
        count.all += 1;
        match draft.add(known, value, line) {
            Ok(()) => count.turned += 1,
            Err(reason) => site.unturned.push(Unturned { line, text: written.trim().to_owned(), reason }),
        }
    }
    draft.settle_prune(&mut site);
    site.unturned.sort_by_key(|unturned| unturned.line);
    (site.rules, site.count) = draft.write(file, host);
    site
}

/// The rules in the making.
#[derive(Default)]
struct Draft {
    strip: Vec<(String, usize)>,
    body: Vec<(String, usize)>,
    /// Titles, authors and dates, in the order of the file.
    statements: Vec<Group>,
    prune: Option<(bool, usize, String)>,
    comments: Vec<String>,
    seen: BTreeSet<String>,
}

impl Draft {
    fn add(&mut self, name: &'static str, value: &str, line: usize) -> Result<(), String> {
        if value.is_empty() {
            return Err("says nothing".into());
        }
        match name {
            "prune" => {
                let on = match value.to_lowercase().as_str() {
                    "yes" | "true" => true,
                    "no" | "false" => false,
                    _ => return Err("is neither yes nor no".into()),
                };
                self.prune = Some((on, line, format!("prune: {value}")));
            }
            "strip_id_or_class" => {
                let name = value.replace(['"', '\''], "").replace('\\', r"\\");
                self.strip(format!("[id*='{0}'], [class*='{0}']", name.trim()), line);
            }
            "strip" => {
                let found = selectors(value, Want::Elements)?;
                found.into_iter().for_each(|found| self.strip(found.selector, line));
            }
            "body" => {
                let found: Vec<String> = selectors(value, Want::Elements)?.into_iter().map(|found| found.selector).collect();
                self.body.push((found.join(", "), line));
            }
            _ => {
                for found in selectors(value, Want::Statement)? {
                    let last = self.statements.iter_mut().rev().find(|group| group.kind == name);
                    match last.filter(|group| group.attribute == found.attribute) {
                        Some(group) => group.selectors.push((found.selector, line)),
                        None => self.statements.push(Group { kind: name, attribute: found.attribute, prune: true, selectors: vec![(found.selector, line)] }),
                    }
                }
            }
        }
        Ok(())
    }

    fn strip(&mut self, selector: String, line: usize) {
        if self.seen.insert(selector.clone()) {
            self.strip.push((selector, line));
        }
    }

    /// `prune: no` is said of a body; without one it has nothing to speak of.
    fn settle_prune(&self, site: &mut Site) {
        if let Some((false, line, text)) = self.prune.as_ref().filter(|_| self.body.is_empty()) {
            if let Some(count) = site.counts.get_mut("prune") {
                count.turned = count.turned.saturating_sub(1);
            }
            site.unturned.push(Unturned { line: *line, text: text.clone(), reason: "speaks of a body that the file does not name".into() });
        }
    }

    /// The rule file, and how many rules it holds.
    fn write(self, file: &str, host: &str) -> (String, usize) {
        let mut groups = Vec::new();
        if !self.body.is_empty() {
            let prune = self.prune.as_ref().is_none_or(|(on, _, _)| *on);
            groups.push(Group { kind: "body", attribute: None, prune, selectors: self.body });
        }
        groups.extend(self.statements);
        if !self.strip.is_empty() {
            groups.push(Group { kind: "strip", attribute: None, prune: true, selectors: self.strip });
        }
        let count = groups.len();
        (RuleText { file, host, comments: &self.comments }.write(&groups), count)
    }
}

/// The selectors of an expression, each tried.
fn selectors(value: &str, want: Want) -> Result<Vec<Found>, String> {
    let found = turn(value, want)?;
    for Found { selector, .. } in &found {
        if nests_has(selector) {
            return Err("has conditions inside conditions".into());
        }
        Selector::parse(selector).map_err(|error| format!("its selector '{selector}' does not work: {error}"))?;
    }
    Ok(found)
}

/// Does a `:has` stand inside another? A list inside of `:is` would hide the mistake.
fn nests_has(selector: &str) -> bool {
    let mut open: Vec<bool> = Vec::new();
    let mut quote = false;
    for (at, c) in selector.char_indices() {
        match c {
            '\'' if !selector[..at].ends_with('\\') => quote = !quote,
            '(' if !quote => {
                let has = selector[..at].ends_with(":has");
                if has && open.contains(&true) {
                    return true;
                }
                open.push(has);
            }
            ')' if !quote => {
                open.pop();
            }
            _ => {}
        }
    }
    false
}
