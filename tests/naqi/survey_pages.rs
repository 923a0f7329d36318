//! Whole dumps: what the survey says of pages dumped to text, of other documents' titles and leads, and what a new user is told.

use serde_json::{Value, json};

use crate::harness::Bench;
use crate::survey::{Words, lines, texts};

/// A dump of a site's pages: menus above and below, and bodies of lines that end in the middle of sentences.
fn pages(words: &mut Words, count: usize) -> (Vec<(String, String)>, Vec<Vec<String>>) {
    let menu: Vec<String> = (0..60).map(|_| format!("{} {}", words.word(), words.word())).collect();
    let bodies: Vec<Vec<String>> = (0..count).map(|_| (0..8).map(|_| words.sentence().trim_end_matches('.').to_lowercase()).collect()).collect();
    let page = |(at, body): (usize, &Vec<String>)| (at.to_string(), format!("{}\n{}\n{}", menu[..30].join("\n"), body.join("\n"), menu[30..].join("\n")));
    (bodies.iter().enumerate().map(page).collect(), bodies)
}

#[test]
fn what_only_one_page_has_is_its_body() {
    let (records, bodies) = pages(&mut Words(41), 40);
    let bench = Bench::new();
    bench.write("dump.jsonl", lines(&records));
    bench.naqi(&["clean", "dump.jsonl", "-o", "out.jsonl", "--survey"]);
    assert!(texts(&bench.read("out.jsonl")).iter().zip(&bodies).all(|(text, body)| *text == body.join("\n")));
    bench.naqi(&["survey", "dump.jsonl", "-o", "t.jsonl"]).exits(0);
    let probabilities = |more: &[&str]| -> Vec<f64> {
        // As the weights and the survey have them, not drawn towards a stretch.
        let plain = ["explain", "dump.jsonl", "--format", "json", "--set", "model.within=1", "--set", "model.outside=1"];
        let run = bench.naqi(&[&plain[..], more].concat()).exits(0);
        run.out().lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["model"]["probability"].as_f64().expect("judged")).collect()
    };
    let (alone, joined) = (probabilities(&[]), probabilities(&["--templates", "t.jsonl"]));
    assert!((30..38).all(|at| joined[at] > alone[at]) && (0..30).chain(38..68).all(|at| joined[at] == 0.0), "{alone:?} {joined:?}");
    assert_eq!(probabilities(&["--templates", "t.jsonl", "--set", "template.join-most=0"]), alone);
}

#[test]
fn sentences_in_a_list_of_stories_go_and_those_of_a_copied_article_stay() {
    let mut words = Words(43);
    let menu: Vec<String> = (0..30).map(|_| words.word()).collect();
    let stories: Vec<String> =
        (0..6).map(|_| format!("{} {}\n{}", words.word(), words.word(), words.sentence().replace('.', " and much more than that."))).collect();
    let own: Vec<String> = (0..20).map(|_| words.sentence()).collect();
    let record = |(at, own): (usize, &String)| (at.to_string(), format!("{}\n{own}\n{}", menu.join("\n"), stories.join("\n")));
    let records: Vec<(String, String)> = own.iter().enumerate().map(record).collect();
    let bench = Bench::new();
    bench.write("dump.jsonl", lines(&records));
    bench.naqi(&["clean", "dump.jsonl", "-o", "out.jsonl", "--survey"]);
    assert_eq!(texts(&bench.read("out.jsonl")), own);
    let article: Vec<String> = (0..6).map(|_| words.sentence().replace('.', " and much more than that.")).collect();
    let copies: Vec<(String, String)> = (0..20).map(|at| (at.to_string(), format!("{}\n{}", menu.join("\n"), article.join("\n")))).collect();
    bench.write("copies.jsonl", lines(&copies));
    bench.naqi(&["clean", "copies.jsonl", "-o", "out.jsonl", "--survey"]);
    assert_eq!(bench.read("out.jsonl").matches("and much more").count(), 120);
}

#[test]
fn cut_titles_and_leads_of_other_documents_are_teasers() {
    let mut words = Words(47);
    let titles: Vec<String> = (0..6).map(|_| (0..8).map(|_| words.word()).collect::<Vec<_>>().join(" ")).collect();
    let leads: Vec<String> = (0..6).map(|_| format!("{} {}", words.sentence(), words.sentence())).collect();
    let record = |at: usize| {
        let other = (at + 1) % 6;
        let teaser: Vec<&str> = titles[other].split(' ').take(6).collect();
        let begun: Vec<&str> = leads[other].split(' ').take(13).collect();
        // The background paragraph that a follow-up repeats stands alone, and stays.
        let whole = format!("{}: {}", titles[(at + 3) % 6], leads[(at + 3) % 6]);
        let own = [words.sentence(), words.sentence()];
        let (teaser, begun) = (teaser.join(" "), begun.join(" "));
        let text = format!("{}\n{}\n{teaser}...\n{begun} more\n{whole}\n{}\n{}", leads[at], own[0], own[1], leads[(at + 2) % 6]);
        let title = format!("{} | The Harbour Post", titles[at]);
        format!("{}\n", json!({"id": at, "host": "news.example", "title": title, "text": text}))
    };
    let dump: String = (0..6).map(record).collect();
    let bench = Bench::new();
    bench.write("dump.jsonl", &dump);
    bench.naqi(&["clean", "dump.jsonl", "-o", "out.jsonl", "--survey", "--set", "template.enabled=true"]).exits(0);
    for (at, text) in texts(&bench.read("out.jsonl")).iter().enumerate() {
        let left: Vec<&str> = text.lines().collect();
        assert!(left.len() == 4 && left[0] == leads[at] && left[3] == leads[(at + 2) % 6], "{text}");
    }
    bench.naqi(&["clean", "dump.jsonl", "-o", "plain.jsonl"]).exits(0);
    assert!(texts(&bench.read("plain.jsonl")).iter().all(|text| text.lines().count() == 7));
}

#[test]
fn a_formula_of_the_site_stays_and_what_is_glued_to_it_goes() {
    let mut words = Words(53);
    let glued = "Harbour Post (staff) -";
    let formula = |words: &mut Words| format!("According to the harbour board {} {}", words.word(), words.sentence().to_lowercase());
    let bodies: Vec<String> = (0..60).map(|at| if at % 3 == 0 { formula(&mut words) } else { words.sentence() }).collect();
    let records: Vec<(String, String)> =
        bodies.iter().enumerate().map(|(at, body)| (at.to_string(), format!("{glued} {body}\n{}", words.sentence()))).collect();
    let bench = Bench::new();
    bench.write("dump.jsonl", lines(&records));
    bench.naqi(&["clean", "dump.jsonl", "-o", "out.jsonl", "--survey", "--set", "rule.enabled=false"]).exits(0);
    let out = texts(&bench.read("out.jsonl"));
    assert!(out.iter().zip(&bodies).all(|(text, body)| text.starts_with(body.as_str())), "{}", out[0]);
}

#[test]
fn titles_do_not_crowd_lines_out_of_a_survey() {
    let mut words = Words(59);
    let record = |at: usize| {
        let title = format!("{} {} {} {}", words.word(), words.word(), words.word(), words.word());
        format!("{}\n", json!({"id": at, "host": "news.example", "title": title, "text": format!("{}\nFront office of the day", words.sentence())}))
    };
    let dump: String = (0..200).map(record).collect();
    let bench = Bench::new();
    bench.write("dump.jsonl", &dump);
    bench.naqi(&["survey", "dump.jsonl", "-o", "t.jsonl", "--set", "survey.max-entries=50"]).exits(0);
    let short = bench.read("t.jsonl");
    let titles = short.matches(r#""title""#).count();
    assert!(short.contains(r#""line":"front office of the day","documents":200"#) && (1..=50).contains(&titles), "{titles} titles");
}

#[test]
fn copies_may_be_listed_only() {
    let mut words = Words(61);
    let mut records: Vec<(String, String)> = (0..5).map(|at| (format!("r{at}"), (0..4).map(|_| words.sentence()).collect::<Vec<_>>().join("\n"))).collect();
    records.push(("copy".into(), records[1].1.clone()));
    let bench = Bench::new();
    bench.write("dump.jsonl", lines(&records));
    bench.naqi(&["clean", "dump.jsonl", "-o", "out.jsonl", "--duplicates", "pairs.jsonl"]).exits(0).says("copies");
    assert!(bench.read("pairs.jsonl").contains(r#""copy_of":"r1""#));
    let out = bench.read("out.jsonl");
    assert!(out.lines().count() == 6 && !out.contains("near-duplicate"));
}

#[test]
fn a_new_user_is_told_what_is_odd() {
    let bench = Bench::new();
    let mut words = Words(67);
    let dump: String = (0..30).map(|_| format!("{}\n", json!({"text": format!("{}\nFront office of the day", words.sentence())}))).collect();
    bench.write("dump.jsonl", &dump);
    bench.write("empty.jsonl", "");
    bench.naqi(&["survey", "dump.jsonl", "-o", "t.jsonl"]).exits(0).says("all documents are one group");
    bench.naqi(&["survey", "empty.jsonl", "-o", "e.jsonl"]).exits(0).says("no document was read");
    bench.naqi(&["survey", "dump.jsonl", "-o", "k.jsonl", "--group-key", "text"]).exits(0).says("a group of its own by 'text'");
    bench.naqi(&["survey", "dump.jsonl", "-o", "k.jsonl", "--group-key", "desk"]).exits(0).says("30 of 30 documents have no 'desk'");
    bench.naqi(&["clean", "dump.jsonl", "-o", "-", "--templates", "e.jsonl"]).exits(0).says("no document was read");
    bench.naqi(&["survey", "dump.jsonl", "-o", "dump.jsonl"]).exits(2).says("would replace the input");
    bench.naqi(&["survey", "--merge", "t.jsonl", "-o", "t.jsonl"]).exits(2).says("would replace the input");
    assert_eq!(bench.read("dump.jsonl"), dump);
    let whole = bench.read("t.jsonl");
    let cut: Vec<&str> = whole.lines().take(20).collect();
    bench.write("cut.jsonl", format!("{}\n", cut.join("\n")));
    bench.naqi(&["clean", "dump.jsonl", "-o", "-", "--templates", "cut.jsonl"]).exits(2).says("the survey is not whole");
    bench.naqi(&["survey", "dump.jsonl", "-o", "t.jsonl.zst"]).exits(0);
    let packed = std::fs::read(bench.path("t.jsonl.zst")).expect("written");
    bench.write("cut.jsonl.zst", &packed[..packed.len() / 2]);
    bench.naqi(&["clean", "dump.jsonl", "-o", "-", "--templates", "cut.jsonl.zst"]).exits(2).says("cut.jsonl.zst:").says("cut off or damaged");
    bench.naqi(&["suggest", "empty.jsonl", "-o", "s.toml"]).exits(0).says("no rule suggested");
    bench.naqi(&["suggest", "dump.jsonl", "-o", "s.toml", "--top", "0"]).exits(2).says("ask for one rule or more");
    let explained = bench.naqi(&["explain", "dump.jsonl", "--templates", "t.jsonl"]).exits(0);
    assert!(explained.out().contains("template by template"), "{}", explained.out());
    bench.naqi(&["explain", "dump.jsonl", "--templates", "t.jsonl", "--host", "other.example"]).exits(0).says("no documents of the host 'other.example'");
}
