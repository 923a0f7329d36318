//! Rule files of other collections turned into ours.
//!
//! In: a folder of FiveFilters site files (`host.txt`, `.host.txt`), each a list of XPath expressions for one site. Out: one rule file for
//! each site, and for everything that could not be turned its place and the reason. Nothing is written here.

mod condition;
mod css;
mod place;
mod site;
mod tree;
mod write;
mod xpath;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

pub use site::{Count, DIRECTIVES, Site, Unturned, host_of, turn_site};

/// What became of a folder of site files.
#[derive(Debug, Default)]
pub struct Import {
    /// By name of the site file.
    pub sites: BTreeMap<String, Site>,
    /// Files that are about no host, or cannot be read, with the reason.
    pub passed: Vec<(String, String)>,
}

impl Import {
    /// How many of each directive were turned.
    pub fn counts(&self) -> BTreeMap<&'static str, Count> {
        let mut sums: BTreeMap<&'static str, Count> = DIRECTIVES.iter().map(|&name| (name, Count::default())).collect();
        for (name, count) in self.sites.values().flat_map(|site| &site.counts) {
            let sum = sums.entry(name).or_default();
            sum.turned += count.turned;
            sum.all += count.all;
        }
        sums
    }

    /// How many directives there are that are about other things than finding the article.
    pub fn others(&self) -> u64 {
        self.sites.values().flat_map(|site| site.others.values()).sum()
    }
}

/// The name of the rule file for a host.
pub fn file_name(host: &str) -> String {
    match host.strip_prefix('.') {
        Some(parent) => format!("all-{parent}.toml"),
        None => format!("{host}.toml"),
    }
}

/// Turns every site file of a folder.
pub fn import_folder(folder: &Path) -> io::Result<Import> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".txt") {
            names.push(name);
        }
    }
    names.sort();
    let turned: Vec<(String, Result<Site, String>)> = names.into_par_iter().map(|name| (name.clone(), turn_file(&folder.join(&name), &name))).collect();
    let mut import = Import::default();
    for (name, site) in turned {
        match site {
            Ok(site) => {
                import.sites.insert(name, site);
            }
            Err(why) => import.passed.push((name, why)),
        }
    }
    Ok(import)
}

fn turn_file(path: &Path, name: &str) -> Result<Site, String> {
    let host = host_of(name).ok_or("its name is no host; site files are called host.txt, or .host.txt for all sub-domains")?;
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    Ok(turn_site(name, &host, &String::from_utf8_lossy(&bytes)))
}

#[cfg(test)]
mod tests {
    use scraper::Selector;

    use super::css::{Want, turn};

    fn selector(xpath: &str) -> Result<String, String> {
        turn(xpath, Want::Elements).map(|found| found.into_iter().map(|found| found.selector).collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn the_common_forms_become_selectors() {
        for (xpath, wanted) in [
            ("//div[@id='x']", "div#x"),
            ("//div[@class=\"a b\"]", "div[class='a b']"),
            ("//*[contains(@class, 'ad-')]", "[class*='ad-']"),
            ("//p[contains(concat(' ',normalize-space(@class),' '),' lead ')]", "p.lead"),
            ("//p[contains(concat(' ', @class, ' '), ' 2col ')]", "p[class~='2col']"),
            ("//a[starts-with(@id, 'q-')] | //nav", "a[id^='q-'], nav"),
            ("//main/ul//li[@data-x]", "main > ul li[data-x]"),
            ("/html/body/div[3]/p[last()]", "html > body > div:nth-of-type(3) > p:nth-last-of-type(1)"),
            ("//div[@class='a'][2]", "div[class='a'] ~ div[class='a']:not(div[class='a'] ~ div[class='a'] ~ div[class='a'])"),
            ("//p[position()>2]", "p:nth-of-type(n+3)"),
            ("//div[@role='x' or @id='y']", "div:is([role='x'], #y)"),
            ("//div[@a and not(@b='c')]", "div[a]:not([b='c'])"),
            ("//p[a[contains(@href, '/tag/')]]", "p:has(> a[href*='/tag/'])"),
            ("//p[.//img[@src]]", "p:has(img[src])"),
            ("//li[a/img]", "li:has(> a > img)"),
            ("//b[ancestor::aside]", "b:is(aside *)"),
            ("//a[@x]/parent::div", "div:has(> a[x])"),
            ("//ul/li/a[@x]/..", "*:has(> :is(ul > li > a[x]))"),
            ("//time/ancestor::div[1]", "div:not(:has(div time)):has(time)"),
            ("//h2[@id='more']/following-sibling::*", "h2#more ~ *"),
            ("//img/following-sibling::*[1][self::em]", "img + :is(em)"),
            ("//div[@title=\"it's\"]", r"div[title='it\'s']"),
            ("//SPAN[@itemProp='n']", "span[itemprop='n']"),
            ("(//a | //b)/i", "a > i, b > i"),
        ] {
            let found = selector(xpath).unwrap_or_else(|why| panic!("{xpath}: {why}"));
            assert_eq!(found, wanted, "{xpath}");
            assert!(Selector::parse(&found).is_ok(), "{found}");
        }
    }

    #[test]
    fn statements_may_be_attributes_and_texts() {
        let found = |xpath| turn(xpath, Want::Statement).map(|found| found.into_iter().map(|found| (found.selector, found.attribute)).collect::<Vec<_>>());
        assert_eq!(found("//meta[@name='author']/@Content"), Ok(vec![("meta[name='author'][content]".into(), Some("content".into()))]));
        assert_eq!(found("normalize-space(//h1/text())"), Ok(vec![("h1".into(), None)]));
        assert_eq!(found("(//h1 | //time/@datetime)[1]"), Ok(vec![("h1".into(), None), ("time[datetime]".into(), Some("datetime".into()))]));
        assert_eq!(found("//p//@title"), Ok(vec![(":is(p, p *)[title]".into(), Some("title".into()))]));
    }

    #[test]
    fn what_selectors_cannot_say_is_told() {
        let deep = format!("//p[{}1{}]", "(".repeat(500), ")".repeat(500));
        for (xpath, why) in [
            ("//p[contains(., 'Read more')]", "asks for an element's text"),
            ("//p[text()='x']", "asks for an element's text"),
            ("substring-before(//h1, '|')", "substring-before() computes a text"),
            ("(//div)[1]", "by its number in the whole page"),
            ("//p/text()", "text outside of any element"),
            ("//h2/following::p", "uses the axis"),
            ("//a/@href", "selects an attribute"),
            ("div[@id='x']", "does not begin with"),
            ("//p[count(a) > 2]", "compares numbers"),
            ("//p[@a='x]", "is not closed"),
            ("//p[@a", "']' is missing before the end"),
            ("//", "name is missing"),
            ("", "name is missing"),
            ("//p]", "where the expression should end"),
            (&deep, "nested too deeply"),
        ] {
            let told = selector(xpath).expect_err(xpath);
            assert!(told.contains(why), "{xpath}: {told}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_turned_or_refused(line in "(strip|title|body): ?(//|\\.|[a-z*]{1,3}|[/@\\[\\]()'\"|:=,< 0-9é-]|text\\(\\)|not\\(|last\\(\\)|parent::|contains\\(){0,16}") {
            let site = super::turn_site("x.example.txt", "x.example", &line);
            let turned: u64 = site.counts.values().map(|count| count.turned).sum();
            proptest::prop_assert_eq!(turned + site.unturned.len() as u64, 1);
            if !site.rules.is_empty() {
                proptest::prop_assert!(toml::from_str::<toml::Table>(&site.rules).is_ok(), "{}", site.rules);
            }
        }
    }
}
