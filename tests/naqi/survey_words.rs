//! How rare words are in a dump: counted exactly, merged exactly, and what tells a paragraph of another story from one of the article.

use serde_json::Value;

use crate::harness::Bench;
use crate::survey::{Words, lines, texts};

/// A dump of stories: each has words of its own, and all share a stock of common ones.
struct Stories {
    words: Words,
    common: Vec<String>,
}

impl Stories {
    fn new(seed: u64) -> Self {
        let mut words = Words(seed);
        let common = (0..60).map(|_| words.word()).collect();
        Stories { words, common }
    }

    /// So many paragraphs about one subject.
    fn story(&mut self, paragraphs: usize) -> Vec<String> {
        let subject: Vec<String> = (0..24).map(|_| self.words.word()).collect();
        (0..paragraphs).map(|_| self.paragraph(&subject)).collect()
    }

    fn paragraph(&mut self, subject: &[String]) -> String {
        let mut text = String::from("Then");
        for at in 0..60 {
            let stock = if at % 2 == 0 { &self.common } else { subject };
            let word = &stock[self.words.next(stock.len() as u64) as usize];
            text.push(' ');
            text.push_str(word);
        }
        text.push('.');
        text
    }

    fn dump(&mut self, documents: usize) -> Vec<Vec<String>> {
        (0..documents).map(|_| self.story(7)).collect()
    }
}

fn records(dump: &[Vec<String>]) -> Vec<(String, String)> {
    dump.iter().enumerate().map(|(at, paragraphs)| (format!("{at:03}"), paragraphs.join("\n"))).collect()
}

#[test]
fn a_paragraph_of_another_story_goes_from_the_end() {
    let mut stories = Stories::new(37);
    let clean = stories.dump(120);
    let mut glued = clean.clone();
    let notice = "Copyright 2021 Valley Herald. All rights reserved.";
    for at in 0..10 {
        let other = clean[at + 20][1].clone();
        // Behind a notice, and without one.
        glued[at].extend((at % 2 == 0).then(|| notice.to_owned()));
        glued[at].push(other);
    }
    let bench = Bench::new();
    bench.write("dump.jsonl", lines(&records(&glued)));
    let expected: Vec<String> = records(&clean).into_iter().map(|(_, text)| text).collect();
    bench.naqi(&["clean", "dump.jsonl", "-o", "with.jsonl", "--survey"]).exits(0);
    assert_eq!(texts(&bench.read("with.jsonl")), expected);
    bench.naqi(&["clean", "dump.jsonl", "-o", "audited.jsonl", "--survey", "--jobs", "1"]).exits(0);
    assert_eq!(bench.read("audited.jsonl"), bench.read("with.jsonl"));
    // Too few documents say nothing of words: the shares of words alone decide, and every second word is common.
    for args in [&[][..], &["--survey", "--set", "teaser.foreign-documents=121"]] {
        bench.naqi(&[&["clean", "dump.jsonl", "-o", "without.jsonl"], args].concat()).exits(0);
        let left = texts(&bench.read("without.jsonl"));
        assert!((0..10).all(|at| left[at].contains(&clean[at + 20][1])), "{args:?}");
    }
}

#[test]
fn words_are_counted_once_a_document_and_parts_add_up() {
    let mut stories = Stories::new(41);
    let all = records(&stories.dump(60));
    let bench = Bench::new();
    bench.write("whole.jsonl", lines(&all));
    bench.naqi(&["survey", "whole.jsonl", "-o", "whole.t.jsonl", "--jobs", "2"]).exits(0);
    let mut merge = vec!["survey", "--merge", "-o", "merged.t.jsonl"];
    let names = ["0.t.jsonl", "1.t.jsonl", "2.t.jsonl"];
    for (name, part) in names.into_iter().zip(all.chunks(25)) {
        bench.write("part.jsonl", lines(part));
        bench.naqi(&["survey", "part.jsonl", "-o", name, "--jobs", "1"]).exits(0);
        merge.push(name);
    }
    bench.naqi(&merge).exits(0);
    assert_eq!(bench.read("merged.t.jsonl"), bench.read("whole.t.jsonl"));
    let numbers = |name: &str| -> Vec<i64> {
        let text = bench.read(name);
        let line: Value = serde_json::from_str(text.lines().nth(1).expect("a second line")).expect("JSON");
        line["words"].as_array().expect("numbers").iter().map(|number| number.as_i64().expect("a number")).collect()
    };
    let counts = numbers("whole.t.jsonl");
    // "Then" stands in every paragraph of every document.
    assert_eq!(counts.iter().max(), Some(&60));
    assert_eq!(counts.iter().map(|&number| if number < 0 { -number } else { 1 }).sum::<i64>(), 1 << 16);
    // A part of another program that does not count words leaves the whole without.
    let first = bench.read("0.t.jsonl");
    let mut header: serde_json::Map<String, Value> = serde_json::from_str(first.lines().next().expect("a header")).expect("JSON");
    ["entries", "common"].into_iter().for_each(|key| drop(header.insert(key.into(), 0.into())));
    let bare = Value::Object(header).to_string();
    bench.write("bare.t.jsonl", format!("{bare}\n{{\"words\":[]}}\n"));
    bench.naqi(&["survey", "--merge", "0.t.jsonl", "bare.t.jsonl", "-o", "half.t.jsonl"]).exits(0);
    assert!(numbers("half.t.jsonl").is_empty());
    bench.write("wrong.t.jsonl", format!("{bare}\n{{\"words\":[1,2,3]}}\n"));
    bench.naqi(&["clean", "whole.jsonl", "-o", "-", "--templates", "wrong.t.jsonl"]).exits(2).says("counts of another number of words");
}
