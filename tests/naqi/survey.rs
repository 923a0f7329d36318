//! Whole dumps: surveys that merge exactly, glued noise, quotes and refrains that stay, copies, suggested rules.

use std::fmt::Write;

use serde_json::Value;

use crate::formats::{inputs, values, zip_of};
use crate::harness::{Bench, tree};

const OPENING: &str = "gtag('push','slot-12'); adunit.load();";
const ENDING: &str = "ADV{loader.call()} Tell your neighbours";

/// A small generator, the same on every machine.
pub(crate) struct Words(pub(crate) u64);

impl Words {
    pub(crate) fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    pub(crate) fn word(&mut self) -> String {
        let letters = 4 + self.next(5);
        (0..letters).map(|_| char::from(b'a' + self.next(26) as u8)).collect()
    }

    pub(crate) fn sentence(&mut self) -> String {
        let words = 9 + self.next(20);
        let text: Vec<String> = (0..words).map(|_| self.word()).collect();
        format!("{}{}.", text[0][..1].to_uppercase(), text.join(" "))
    }
}

pub(crate) fn lines(records: &[(String, String)]) -> String {
    records.iter().fold(String::new(), |mut out, (id, text)| {
        let _ = writeln!(out, "{}", serde_json::json!({"id": id, "host": "news.example", "text": text}));
        out
    })
}

pub(crate) fn texts(output: &str) -> Vec<String> {
    output.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["text"].as_str().expect("text").trim().to_owned()).collect()
}

#[test]
fn glued_code_goes_and_no_word_of_the_bodies() {
    let mut words = Words(7);
    let bodies: Vec<String> = (0..600).map(|_| words.sentence()).collect();
    let records: Vec<(String, String)> = bodies.iter().enumerate().map(|(at, body)| (at.to_string(), format!("{OPENING} {body} {ENDING}"))).collect();
    let bench = Bench::new();
    bench.write("whole.jsonl", lines(&records));
    for rules in ["true", "false"] {
        let setting = format!("rule.enabled={rules}");
        let run = bench.naqi(&["clean", "whole.jsonl", "-o", "out.jsonl", "--survey", "--set", &setting]).exits(0);
        assert_eq!(texts(&bench.read("out.jsonl")), bodies, "{}", run.err());
    }
}

#[test]
fn parts_merge_to_the_whole_and_order_says_nothing() {
    let mut words = Words(11);
    let stock: Vec<String> = (0..4).map(|_| words.sentence()).collect();
    let mut records: Vec<(String, String)> = (0..200)
        .map(|at| {
            let own: Vec<String> = (0..3).map(|_| words.sentence()).collect();
            (format!("{at:03}"), format!("Front page\n{}\n{}\nPosted {at} views\nFront office", own.join("\n"), stock[at % 4]))
        })
        .collect();
    let bench = Bench::new();
    bench.write("whole.jsonl", lines(&records));
    bench.naqi(&["survey", "whole.jsonl", "-o", "whole.t.jsonl", "--jobs", "2"]).exits(0).says("documents");
    let mut merge = vec!["survey".to_owned(), "--merge".into(), "-o".into(), "merged.t.jsonl".into()];
    for (number, part) in records.chunks(50).enumerate() {
        bench.write(&format!("{number}.jsonl"), lines(part));
        // So little memory that every document is a run of its own.
        bench.naqi(&["survey", &format!("{number}.jsonl"), "-o", &format!("{number}.t.jsonl.zst"), "--set", "survey.memory=1"]).exits(0);
        merge.push(format!("{number}.t.jsonl.zst"));
    }
    bench.naqi(&merge.iter().map(String::as_str).collect::<Vec<_>>()).exits(0);
    assert_eq!(bench.read("whole.t.jsonl"), bench.read("merged.t.jsonl"));
    assert!(bench.read("whole.t.jsonl").contains(r#""line":"posted {n} views","documents":200"#));
    bench.naqi(&["clean", "whole.jsonl", "-o", "a.jsonl", "--templates", "whole.t.jsonl"]).exits(0);
    records.reverse();
    bench.write("turned.jsonl", lines(&records));
    bench.naqi(&["clean", "turned.jsonl", "-o", "b.jsonl", "--survey", "--jobs", "1"]).exits(0);
    let sorted = |name: &str| {
        let text = bench.read(name);
        let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
        rows.sort();
        rows
    };
    assert_eq!(sorted("a.jsonl"), sorted("b.jsonl"));
    assert!(!bench.read("a.jsonl").contains("Front office"));
}

#[test]
fn a_short_survey_keeps_the_counts_of_what_it_keeps() {
    let mut words = Words(3);
    let records: Vec<(String, String)> = (0..120).map(|at| (at.to_string(), format!("{OPENING} {}", words.sentence()))).collect();
    let bench = Bench::new();
    bench.write("dump.jsonl", lines(&records));
    bench.naqi(&["survey", "dump.jsonl", "-o", "t.jsonl", "--set", "survey.max-entries=40"]).exits(0).says("left out");
    let short = bench.read("t.jsonl");
    assert!(short.lines().count() < 60 && short.contains(r#""complete-from":2"#), "{short}");
    bench.naqi(&["clean", "dump.jsonl", "-o", "out.jsonl", "--templates", "t.jsonl", "--set", "rule.enabled=false"]).exits(0);
    assert!(!bench.read("out.jsonl").contains("adunit"));
}

#[test]
fn quotes_refrains_and_stock_sentences_stay() {
    let mut words = Words(5);
    let refrain = "And the river ran on past the mill";
    let wire = "The ministry did not answer questions on Monday, and its spokesman could not be reached by telephone.";
    let records: Vec<(String, String)> = (0..60)
        .map(|at| {
            let said = if at % 2 == 0 { "he added." } else { "she said." };
            let mut text = format!("{}\n\"{}\" {said}\n{}", words.sentence(), words.sentence(), words.sentence());
            if at < 3 {
                text = format!("{text}\n{refrain}\n{}\n{refrain}\n{wire}", words.sentence());
            }
            (at.to_string(), text)
        })
        .collect();
    let bench = Bench::new();
    bench.write("dump.jsonl", lines(&records));
    bench.naqi(&["clean", "dump.jsonl", "-o", "out.jsonl", "--survey"]).exits(0);
    let out = bench.read("out.jsonl");
    assert_eq!((out.matches(refrain).count(), out.matches(wire).count(), out.matches("he added").count()), (6, 3, 30));
}

#[test]
fn titles_of_other_documents_are_teasers() {
    let mut words = Words(13);
    let bench = Bench::new();
    let title = |at: usize| format!("Harbour number {} opens for old ships", ["one", "two", "three", "four", "five"][at]);
    let dump: String = (0..5)
        .map(|at| {
            let text = format!("{}\n{}\n{}\n{}", words.sentence(), title((at + 1) % 5), words.sentence(), words.sentence());
            format!("{}\n", serde_json::json!({"id": at, "host": "news.example", "title": title(at), "text": text}))
        })
        .collect();
    bench.write("dump.jsonl", &dump);
    bench.naqi(&["clean", "dump.jsonl", "-o", "plain.jsonl"]).exits(0);
    assert_eq!(texts(&bench.read("plain.jsonl")).iter().filter(|text| text.contains("Harbour")).count(), 5);
    bench.naqi(&["clean", "dump.jsonl", "-o", "out.jsonl", "--survey"]).exits(0);
    assert!(texts(&bench.read("out.jsonl")).iter().all(|text| !text.contains("Harbour") && text.lines().count() == 3));
}

#[test]
fn groups_may_be_a_key() {
    let mut words = Words(17);
    let bench = Bench::new();
    let dump: String = (0..40)
        .map(|at| {
            let desk = if at % 2 == 0 { "a" } else { "b" };
            let (url, text) = (format!("https://h{at}.example/x"), format!("{}\nDesk of the day", words.sentence()));
            format!("{}\n", serde_json::json!({"desk": desk, "url": url, "text": text}))
        })
        .collect();
    bench.write("dump.jsonl", &dump);
    bench.naqi_with(&["clean", "-", "-o", "out.jsonl", "--survey", "--group-key", "desk"], &dump).exits(0);
    assert!(!bench.read("out.jsonl").contains("Desk of the day"));
    bench.naqi(&["clean", "dump.jsonl", "-o", "by-host.jsonl", "--survey"]).exits(0);
    assert!(bench.read("by-host.jsonl").contains("Desk of the day"));
}

#[test]
fn wrong_surveys_are_told() {
    let bench = Bench::new();
    bench.write("dump.jsonl", "{\"text\":\"One line of text.\"}\n");
    bench.write("bad.jsonl", "{\"text\":\"no header\"}\n");
    bench.naqi(&["clean", "dump.jsonl", "-o", "-", "--templates", "bad.jsonl"]).exits(2).says("no header of a survey");
    let header = r#"{"naqi":"survey","version":3,"normalisation":"0-old","group-by":"host","groups":1,"documents":1,"entries":1,"common":1,"complete-from":1}"#;
    bench.write("old.jsonl", format!("{header}\n{{\"words\":[]}}\n"));
    bench.naqi(&["clean", "dump.jsonl", "-o", "-", "--templates", "old.jsonl"]).exits(2).says("made with normalisation 0-old");
    bench.write("early.jsonl", header.replace("\"version\":3", "\"version\":1").replace("\"common\":1,", ""));
    bench.naqi(&["clean", "dump.jsonl", "-o", "-", "--templates", "early.jsonl"]).exits(2).says("version 1");
    bench.write("two.jsonl", "{\"text\":\"One line of text.\"}\n{\"text\":\"One line of text.\"}\n");
    bench.naqi(&["survey", "two.jsonl", "-o", "t.jsonl"]).exits(0);
    let good = bench.read("t.jsonl");
    let mut rows: Vec<&str> = good.lines().collect();
    rows.swap(2, 3);
    bench.write("turned.jsonl", rows.join("\n"));
    bench.naqi(&["clean", "dump.jsonl", "-o", "-", "--templates", "turned.jsonl"]).exits(2).says("not sorted");
}

#[test]
fn copies_are_left_out_listed_and_restored() {
    let mut words = Words(19);
    let mut records: Vec<(String, String)> = (0..20).map(|at| (format!("r{at}"), (0..6).map(|_| words.sentence()).collect::<Vec<_>>().join("\n"))).collect();
    let near = format!("{}\n{}", records[2].1, "And one more line was put under it later on.");
    records.push(("copy".into(), records[4].1.clone()));
    records.push(("near".into(), near));
    let bench = Bench::new();
    bench.write("in/dump.jsonl", lines(&records));
    bench.naqi(&["clean", "in", "-o", "out", "--dedupe"]).exits(1).says("copies");
    let ids = |name: &str| -> Vec<String> {
        bench.read(name).lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["id"].as_str().expect("id").to_owned()).collect()
    };
    assert_eq!(ids("out/dump.jsonl").len(), 20);
    assert_eq!(ids("out/duplicates.jsonl"), ["copy", "near"]);
    assert!(bench.read("out/duplicates.jsonl").contains(r#""copy_of":"r4""#));
    bench.naqi(&["restore", "out", "-o", "back"]).exits(0);
    assert_eq!(bench.read("back/dump.jsonl"), lines(&records));
    bench.naqi(&["clean", "in", "-o", "flagged", "--dedupe=flag", "--jobs", "1"]).exits(1);
    assert_eq!(ids("flagged/dump.jsonl").len(), 22);
    assert!(bench.read("flagged/dump.jsonl").contains("near-duplicate:r2"));
    assert_eq!(bench.read("out/duplicates.jsonl"), bench.read("flagged/duplicates.jsonl"));
}

#[test]
fn suggested_rules_are_ready() {
    let mut words = Words(23);
    let records: Vec<(String, String)> = (0..80)
        .map(|at| (at.to_string(), format!("Quarry Gazette premium desk {}\n{}\nBrowse the quarry archive by decade", words.sentence(), words.sentence())))
        .collect();
    let bench = Bench::new();
    bench.write("dump.jsonl", lines(&records));
    bench.naqi(&["suggest", "dump.jsonl", "-o", "suggested.toml"]).exits(0).says("rules suggested");
    let rules = bench.read("suggested.toml");
    assert!(rules.contains("browse the quarry archive by decade") && rules.contains("quarry gazette premium desk"), "{rules}");
    assert!(rules.contains("# would change 80 documents"), "{rules}");
    bench.naqi(&["rules", "test", "--rules", "suggested.toml"]).exits(0);
    bench.naqi(&["rules", "check", "suggested.toml"]).exits(0);
    bench.naqi(&["clean", "dump.jsonl", "-o", "out.jsonl", "--rules", "suggested.toml"]).exits(0);
    let out = bench.read("out.jsonl");
    assert!(!out.contains("archive") && !out.contains("Gazette"), "{}", &out[..out.len().min(600)]);
}

#[test]
fn copies_in_every_format_are_left_out_and_restored() {
    let mut words = Words(29);
    let mut bodies: Vec<String> = (0..12).map(|_| (0..6).map(|_| words.sentence()).collect::<Vec<_>>().join("\n")).collect();
    bodies.insert(9, bodies[3].clone());
    let record = |(at, text): (usize, &String)| {
        let (id, url) = (format!("r{at}"), format!("https://news.example/{at}"));
        serde_json::json!({"id": id, "url": url, "title": "Of the day", "text": text, "section": "city"})
    };
    let records: Vec<Value> = bodies.iter().enumerate().map(record).collect();
    let bench = Bench::new();
    for (name, bytes) in inputs(&records) {
        let folder = format!("in-{name}");
        bench.write(&format!("{folder}/{name}"), &bytes);
        bench.naqi(&["clean", &folder, "-o", "out", "--dedupe"]).exits(1);
        let left = values(name, &std::fs::read(bench.path(&format!("out/{name}"))).expect("written"), "url");
        assert_eq!((left.len(), left.contains(&"https://news.example/9".to_owned())), (12, false), "{name}");
        assert_eq!(bench.read("out/duplicates.jsonl").lines().count(), 1, "{name}");
        bench.naqi(&["restore", "out", "-o", "back"]).exits(0);
        let back = tree(&bench.path("back"));
        let in_columns = name.contains(".arrow") || name.ends_with(".parquet");
        assert!(if in_columns { values("x.jsonl", &back[0].1, "text") == bodies } else { back[0].1 == bytes }, "{name} comes back");
        ["out", "back"].iter().for_each(|folder| std::fs::remove_dir_all(bench.path(folder)).expect("removed"));
    }
}

#[test]
fn copied_files_are_left_out_and_archives_refused() {
    let mut words = Words(31);
    let bench = Bench::new();
    let bodies: Vec<String> = (0..3).map(|_| (0..6).map(|_| words.sentence()).collect::<Vec<_>>().join("\n")).collect();
    for (name, body) in [("a", 0), ("b", 1), ("c", 0), ("d", 2)] {
        bench.write(&format!("in/{name}.txt"), &bodies[body]);
    }
    bench.naqi(&["clean", "in", "-o", "out", "--dedupe"]).exits(1);
    assert!(!bench.path("out/c.txt").exists() && bench.path("out/d.txt").exists());
    bench.naqi(&["restore", "out", "-o", "back"]).exits(0);
    assert_eq!(bench.read("back/c.txt"), bodies[0]);
    bench.write("in.zip", zip_of(&[("a.txt", bodies[0].as_bytes())]));
    bench.naqi(&["clean", "in.zip", "-o", "out.jsonl", "--dedupe"]).exits(2).says("unpack the archive");
}

#[test]
fn columns_are_grouped_by_a_column() {
    let mut words = Words(37);
    let record = |at: usize| {
        let (url, section) = (format!("https://h{at}.example/x"), if at.is_multiple_of(2) { "a" } else { "b" });
        let text = format!("{}\nDesk of the day", words.sentence());
        serde_json::json!({"id": format!("r{at}"), "url": url, "title": null, "text": text, "section": section})
    };
    let records: Vec<Value> = (0..40).map(record).collect();
    let bench = Bench::new();
    for (name, bytes) in inputs(&records).into_iter().filter(|(name, _)| !name.ends_with(".wet")) {
        bench.write(name, &bytes);
        let output = |group: &str| {
            bench.naqi(&["clean", name, "-o", "out", "--survey", "--group-key", group]).exits(0);
            values(name, &std::fs::read(bench.path(&format!("out/{name}"))).expect("written"), "text")
        };
        assert!(output("section").iter().all(|text| !text.contains("Desk of the day")), "{name}");
        assert!(output("host").iter().all(|text| text.contains("Desk of the day")), "{name}");
    }
}
