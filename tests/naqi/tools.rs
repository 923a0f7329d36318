//! The tools around rules: their schema, importing and checking them.

use std::fs;

use serde_json::{Value, json};

use naqi::clean::{Article, Cleaner};
use naqi::document::{Format, Metadata};
use naqi::rules::Layers;

use crate::harness::{Bench, clean, project};

const STORY: &str = "The council opened the new bridge on Monday, and the mayor said that traffic would flow again by the evening.";
fn gold(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

#[test]
fn the_schema_is_in_step_with_the_types() {
    let bench = Bench::new();
    let printed = bench.naqi(&["rules", "schema"]).exits(0).out();
    let path = project().join("rules/rules.schema.json");
    if std::env::var_os("NAQI_ACCEPT").is_some() {
        fs::write(&path, &printed).expect("written");
    }
    let shipped = fs::read_to_string(&path).expect("the schema is shipped");
    assert!(printed == shipped, "rules/rules.schema.json is out of step; run `naqi rules schema > rules/rules.schema.json`");
    let schema: Value = serde_json::from_str(&printed).expect("JSON");
    let keys = &schema["definitions"]["rule"]["properties"];
    for key in ["id", "max-words", "until", "selector"] {
        assert!(keys[key]["description"].is_string(), "{key} has no description");
    }
    assert_eq!(schema["definitions"]["rule"]["required"], json!(["id", "class", "why"]));
}

#[test]
fn shipped_rule_files_point_to_the_schema() {
    for entry in walkdir::WalkDir::new(project().join("rules")) {
        let path = entry.expect("an entry").into_path();
        if path.extension().is_none_or(|ending| ending != "toml") || path.ends_with("naqi.toml") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("UTF-8");
        let pointer = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("#:schema "))
            .unwrap_or_else(|| panic!("{} does not begin with '#:schema <path>'", path.display()));
        let target = path.parent().expect("a folder").join(pointer.trim());
        assert!(target.is_file() && target.ends_with("rules.schema.json"), "{} points to '{pointer}', where no schema is", path.display());
    }
}

/// A rule with an id, for the host `site.example`.
fn site_rule(id: &str, keys: &str) -> String {
    format!("[[rule]]\nid = \"{id}\"\nclass = \"template\"\nwhy = \"For the test\"\nhosts = [\"site.example\"]\n{keys}\n")
}

/// Cleans a page with the shipped rules and these.
fn clean_page(rules: &str, host: &str, page: &str) -> Article {
    let cleaner = Cleaner::new(Layers::shipped().with_setting("model.enabled=false").with_text("mine.toml", rules).build().expect("compiles"));
    clean(&cleaner, page, Format::Html, Metadata { host: Some(host.into()), ..Metadata::default() }).1
}

const PAGE: &str = "<html><head><title>Site</title><meta property='article:author' content='Desk'><meta name='made' content=' 2 May 2031 '></head>
<body><div class='intro'><p>A short lead.</p></div>
<div class='long'><h2 class='head'>Bridge opens</h2><p>The council opened the new bridge on Monday, and the mayor said that traffic would flow again by the evening.</p>
<p>Another paragraph of the page tells at length about things that do not belong to the story, and it ends like a sentence.</p></div>
<div class='widget story'><p>Engineers had worked for two winters on the piers, which the old ferry used to pass twice a day. <span class='note'>Click here</span> The work is done.</p>
<ul class='onward'><li><a href='/1'>One more story</a></li><li><a href='/2'>Another one</a></li></ul></div>
<p>By <b class='by'>Ana Ruiz</b> and <b class='by'>Lee Wong</b></p></body></html>";

#[test]
fn a_marked_body_replaces_the_structural_choice() {
    let body = site_rule("x-body", "marks = \"body\"\nselector = [\".gone\", \".intro, .story\", \".long\"]");
    let strip = site_rule("x-strip", "selector = [\"span.note\"]");
    let story = "Engineers had worked for two winters on the piers, which the old ferry used to pass twice a day. The work is done.";
    let article = clean_page(&format!("{body}{strip}"), "www.site.example", PAGE);
    assert_eq!(article.body, format!("A short lead.\n{story}"));
    let unpruned = clean_page(&format!("{body}prune = false\n{strip}"), "site.example", PAGE);
    assert_eq!(unpruned.body, format!("A short lead.\n{story}\nOne more story\nAnother one"));
    let elsewhere = clean_page(&format!("{body}{strip}"), "other.example", PAGE);
    assert!(elsewhere.body.contains("The council opened") && !elsewhere.body.contains("A short lead"), "{}", elsewhere.body);
    // A selector that finds nothing, or no prose on a page that has some, leaves the choice to the structure.
    let stale = site_rule("x-body", "marks = \"body\"\nselector = [\".gone\", \".onward\"]");
    assert_eq!(clean_page(&stale, "site.example", PAGE).body, elsewhere.body);
}

#[test]
fn marked_elements_fill_the_metadata() {
    let title = site_rule("x-title", "marks = \"title\"\nselector = [\"h1\", \"h2.head\"]");
    let author = site_rule("x-author", "marks = \"author\"\nselector = [\"b.by\"]");
    let date = site_rule("x-date", "marks = \"date\"\nselector = [\"meta[name='made']\"]\nattribute = \"content\"");
    let rules = format!("{title}{author}{date}");
    let article = clean_page(&rules, "site.example", PAGE);
    let facts = &article.metadata;
    assert_eq!(
        (facts.title.as_deref(), facts.author.as_deref(), facts.date.as_deref()),
        (Some("Bridge opens"), Some("Ana Ruiz, Lee Wong"), Some("2031-05-02"))
    );
    assert!(!article.body.contains("Bridge opens"), "the title is no part of the body: {}", article.body);
    let elsewhere = clean_page(&rules, "other.example", PAGE).metadata;
    assert_eq!((elsewhere.title.as_deref(), elsewhere.author.as_deref(), elsewhere.date), (Some("Site"), Some("Desk"), None));
}

#[test]
fn marks_that_mean_nothing_are_refused_with_their_place() {
    let refused = |keys: &str| Layers::bare().with_text("mine.toml", &site_rule("x-mark", keys)).build().expect_err("refused").to_string();
    for (keys, says) in [
        ("marks = \"body\"", "looks for nothing"),
        ("marks = \"lead\"\nselector = [\"p\"]", "unknown variant `lead`"),
        ("marks = \"body\"\nselector = [\"p\"]\nattribute = \"title\"", "`attribute` goes with"),
        ("marks = \"title\"\nselector = [\"p\"]\nprune = false", "`prune` goes with"),
        ("marks = \"title\"\nselector = [\"p\"]\naction = \"keep\"", "leave action"),
        ("marks = \"date\"\nselector = [\"p\"]\ndrops = [\"<p>x</p>\"]", "leave `drops` and `keeps` out"),
        ("attribute = \"content\"\nselector = [\"p\"]", "`attribute` goes with"),
        ("marks = \"body\"\nselector = [\"p[\"]", "selector 'p[' does not work"),
    ] {
        let error = refused(keys);
        assert!(error.starts_with("mine.toml:") && error.contains(says), "{error}");
    }
    let unbound = "[[rule]]\nid = \"x\"\nclass = \"template\"\nwhy = \"w\"\nmarks = \"body\"\nselector = [\"p\"]\n";
    assert!(Layers::bare().with_text("mine.toml", unbound).build().is_err_and(|error| error.to_string().contains("`marks` needs")));
}

const SITE_FILE: &str = "\
# A site of our own
title: //h1[@class='head']
title: //meta[@property='og:title']/@content
author: substring-after(//p[@class='by'], 'By ')
author: //p[@class='by']/b/text()
date://time/@datetime
body: //div[@id='lead'] | //div[contains(concat(' ', normalize-space(@class), ' '), ' story ')]
body: //article[1]
strip: //aside
strip_id_or_class: \"share-\"
strip: //p[contains(., 'Read more')]
strip: //a[@href='/app'
prune: no
tidy: no
find_string: <b>
test_url: https://site.example/2031/bridge
";

#[test]
fn site_files_are_imported_and_work() {
    let bench = Bench::new();
    bench.write("ftr/site.example.txt", SITE_FILE);
    bench.write("ftr/.blogs.example.txt", "strip: //nav[@role='menu']\nprune: no\n");
    bench.write("ftr/empty.example.txt", "tidy: no\n");
    bench.write("ftr/LICENSE.txt", "public domain\n");
    let run = bench.naqi(&["rules", "import", "ftr-site-config", "ftr", "-o", "site"]).exits(0);
    for told in [
        "ftr/LICENSE.txt: not turned: its name is no host",
        "ftr/.blogs.example.txt:2: not turned: speaks of a body that the file does not name",
        "ftr/site.example.txt:4: not turned: substring-after() computes a text",
        "ftr/site.example.txt:11: not turned: asks for an element's text  [strip: //p[contains(., 'Read more')]]",
        "ftr/site.example.txt:12: not turned: ']' is missing",
    ] {
        assert!(run.err().contains(told), "'{told}' is not in: {}", run.err());
    }
    let table = run.out();
    for row in [["author", "1", "2"], ["body", "2", "2"], ["strip", "2", "4"], ["title", "2", "2"], ["prune", "1", "2"], ["all", "10", "14"]] {
        assert!(table.lines().any(|line| line.split_whitespace().take(3).eq(row)), "{row:?} is not in: {table}");
    }
    assert!(!bench.path("site/empty.example.toml").exists());
    assert!(bench.read("site/all-blogs.example.toml").contains("hosts = [\".blogs.example\"]"));
    let rules = bench.read("site/site.example.toml");
    assert!(
        rules.contains("# test_url: https://site.example/2031/bridge") && rules.contains("prune = false") && rules.contains("attribute = \"content\""),
        "{rules}"
    );
    let checked = bench.naqi(&["rules", "check", "site"]).exits(0);
    assert_eq!((checked.out(), checked.err()), (String::new(), String::new()));
    bench.naqi(&["rules", "test", "--rules", "site", "--no-builtin", "--no-config"]).exits(0);

    let page = format!(
        "<html><head><title>Site</title></head><body><h1 class=head>Bridge opens</h1><p class=by>By <b>Ana Ruiz</b></p><time datetime=2031-05-02>Friday</time>
        <div id=lead><p>A short lead.</p></div><div class='story wide'><p>{STORY}</p><div class=share-bar>Send it on</div><aside>Elsewhere</aside></div><p>{STORY} Not here.</p></body></html>"
    );
    bench.write("in.jsonl", gold(&[json!({"html": page, "url": "https://www.site.example/2031/bridge"})]));
    let cleaned = bench.naqi(&["clean", "in.jsonl", "--rules", "site", "--no-builtin", "--no-config", "-o", "-", "-q"]).exits(0).out();
    let record: Value = serde_json::from_str(&cleaned).expect("JSON");
    assert_eq!((&record["text"], &record["title"]), (&json!(format!("A short lead.\n{STORY}")), &json!("Bridge opens")));

    bench.naqi(&["rules", "import", "ftr-site-config", "ftr", "-o", "site"]).exits(2).says("already there").says("--replace");
    bench.naqi(&["rules", "import", "ftr-site-config", "ftr", "-o", "site", "--replace", "-q"]).exits(0);
    bench.naqi(&["rules", "import", "ftr-site-config", "missing", "-o", "site"]).exits(2).says("missing").says("cannot be read");
    bench.naqi(&["rules", "import", "ftr-site-config", "site", "-o", "x"]).exits(2).says("no site files");
}

/// What `rules check` says of one file.
fn check(rules: &str, strict: bool) -> Vec<String> {
    let bench = Bench::new();
    bench.write("r/x.toml", rules);
    let run = bench.naqi(if strict { &["rules", "check", "r", "--strict"] } else { &["rules", "check", "r"] });
    let said: Vec<String> = run.err().lines().map(str::to_owned).collect();
    run.exits(i32::from(!said.is_empty()));
    said
}

fn rule(id: &str, class: &str, keys: &str) -> String {
    format!("[[rule]]\nid = \"{id}\"\nclass = \"{class}\"\nwhy = \"w\"\ndrops = []\nkeeps = []\n{keys}\n")
}

#[test]
fn check_finds_phrases_that_say_nothing_new() {
    let examples = |said: &String| !said.contains("example");
    let find = |rules: &[String], strict| check(&rules.concat(), strict).into_iter().filter(examples).collect::<Vec<_>>();
    let wide = rule("en-wide", "share", "contains = [\"send this story\"]\nmax-words = 20");
    let narrow = rule("en-narrow", "share", "block = [\"please send this story\"]");
    assert_eq!(
        find(&[wide.clone(), narrow.clone()], false),
        ["r/x.toml:9: rule 'en-narrow' is never needed: other rules match wherever it does and take as much, such as 'en-wide' (r/x.toml:1)"]
    );
    let strict = find(&[wide.clone(), narrow], true);
    assert_eq!(
        strict[1],
        "r/x.toml:15: rule 'en-narrow': phrase 'please send this story' adds nothing: 'send this story' of rule 'en-wide' (r/x.toml:7) matches wherever it does and removes as much"
    );
    // Other limits, another class, another language, a rule that others wait for: all of these need the phrase.
    for other in [
        rule("en-narrow", "share", "block = [\"please send this story\"]\nscope = \"section\""),
        rule("en-narrow", "follow", "block = [\"please send this story\"]"),
        rule("fr-narrow", "share", "block = [\"please send this story\"]"),
        rule("en-narrow", "share", "starts = [\"please send this story\"]\nmax-words = 30"),
        rule("en-narrow", "share", "starts = [\"please send this\"]\nmax-words = 20"),
    ] {
        assert_eq!(find(&[wide.clone(), other], true), [""; 0]);
    }
    let twice = rule("en-twice", "share", "block = [\"Send it on\", \"mail\", \"send-it  on!\"]");
    assert_eq!(find(&[twice], false), ["r/x.toml:7: rule 'en-twice': phrase 'send-it  on!' also stands in the same rule"]);
    let kept = rule("en-kept", "share", "action = \"keep\"\ncontains = [\"story\"]");
    let found = find(&[kept, wide.clone()], false);
    assert!(
        found.iter().any(|said| said.starts_with("r/x.toml:15: rule 'en-wide': phrase 'send this story' never removes anything: 'story' of rule 'en-kept'")),
        "{found:?}"
    );
    let regex = |id: &str| rule(id, "share", "regex = [\"^mail:? .{2,9}$\"]");
    assert_eq!(
        find(&[regex("en-a"), regex("en-b"), regex("fr-c")], false),
        ["r/x.toml:8: rule 'en-b': regex '^mail:? .{2,9}$' also stands in rule 'en-a' (r/x.toml:1)"]
    );
}

#[test]
fn check_finds_what_prose_meets_too_often() {
    let said = |keys: &str| check(&rule("en-x", "share", keys), false).into_iter().filter(|said| !said.contains("example")).collect::<Vec<_>>().join("\n");
    assert!(said("contains = [\"follow\"]").contains("the single word 'follow' stands in ordinary prose too"));
    assert!(said("contains = [\"follow\"]").contains("removes 'She wanted a fair share of the harvest"));
    assert!(said("starts = [\"mail\"]\nmax-words = 6").is_empty());
    assert!(said("block = [\"mail\"]").is_empty());
    assert!(said("regex = [\"[a-z]+ed [a-z]*\"]\nscope = \"span\"").contains("so it is tried on every block"));
    assert!(said("block = [\"mail\"]\nextend = \"end\"").contains("`extend` has no effect here"));
    assert!(check(&rule("en-x", "share", "block = [\"mail\"]"), false).iter().any(|said| said.contains("has no `keeps` example")));
}
