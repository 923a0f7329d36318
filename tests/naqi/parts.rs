//! Parts of runs over every format: the first records, a sample, refused records tried again.

use serde_json::Value;

use crate::formats::{gzip, inputs, records, warc_record};
use crate::harness::Bench;

const STORY: &str = "The council opened the new bridge on Monday, and the mayor said that traffic would flow again by the evening.";

fn ids(lines: &str) -> Vec<String> {
    let value = |line: &str| serde_json::from_str::<Value>(line).expect("JSON");
    lines.lines().map(|line| value(line)["id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn first_records_and_samples_of_every_format() {
    let bench = Bench::new();
    let wanted: Vec<String> = (0..13).map(|n| format!("r{n}")).collect();
    for (name, bytes) in inputs(&records()) {
        let (input, packed) = (format!("in/{name}"), format!("in/{name}.gz"));
        bench.write(&input, &bytes);
        bench.write(&packed, gzip(&bytes));
        for input in [&input, &packed] {
            bench.naqi(&["clean", input, "-o", "first.jsonl", "--limit", "13"]).exits(0).says("records read             13");
            assert_eq!(ids(&bench.read("first.jsonl")), wanted, "{input}");
            bench.naqi(&["clean", input, "-o", "first.parquet", "--limit", "13", "--sample", "1"]).exits(2);
        }
        let sample = |out: &str, jobs: &str| {
            bench.naqi(&["clean", &input, "-o", out, "--to", "jsonl", "--sample", "7", "--seed", "4", "-j", jobs]).exits(0).says("records read              7");
            ids(&bench.read(out))
        };
        let (one, same) = (sample("one.jsonl", "1"), sample("same.jsonl", "3"));
        assert_eq!((one.len(), &one), (7, &same), "{name}");
        // Columns to columns take another way.
        let own = name.rsplit_once('.').expect("an ending").1;
        bench.naqi(&["clean", &input, "-o", &format!("own.{own}"), "--sample", "7", "--seed", "4"]).exits(0).says("records read              7");
    }
}

#[test]
fn only_what_holds_a_page_is_counted_and_drawn() {
    let bench = Bench::new();
    let page = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body><p>{STORY}</p></body></html>");
    let lost = page.replace("200 OK", "404 Not Found");
    let mut crawl = warc_record("warcinfo", "urn:i", "", "application/warc-fields", b"software: own\r\n");
    for n in 0..30 {
        let url = format!("https://news.example.com/{n}");
        crawl.extend(warc_record("request", &format!("urn:q{n}"), &url, "application/http;msgtype=request", b"GET / HTTP/1.1\r\n\r\n"));
        let response = if n % 3 == 0 { &lost } else { &page };
        crawl.extend(warc_record("response", &format!("urn:r{n}"), &url, "application/http;msgtype=response", response.as_bytes()));
    }
    bench.write("crawl.warc", &crawl);
    bench.naqi(&["clean", "crawl.warc", "-o", "some.jsonl", "--sample", "6"]).says("records read              6");
    assert_eq!(bench.read("some.jsonl").lines().count(), 6);
    // Responses count towards a limit whether they hold a page or not.
    bench.naqi(&["clean", "crawl.warc", "-o", "first.jsonl", "--limit", "6"]).says("records read              4");
    assert_eq!(ids(&bench.read("first.jsonl")), ["urn:r1", "urn:r2", "urn:r4", "urn:r5"]);
}

#[test]
fn refused_records_of_other_formats_are_tried_again() {
    let bench = Bench::new();
    let dump = inputs(&records());
    for (name, bytes) in &dump {
        bench.write(&format!("in/{name}"), bytes);
    }
    // Nobody finds a text under this key, but WARC records state their own.
    bench.naqi(&["clean", "in", "-o", "out", "--text-key", "body", "--to", "jsonl"]).exits(1);
    let refused = bench.read("out/quarantine.jsonl");
    assert_eq!(refused.lines().count(), 6 * 40);
    let again = &["clean", "out/quarantine.jsonl", "--from", "quarantine", "-o", "again.jsonl", "--quarantine", "still.jsonl"];
    bench.naqi(again).exits(0);
    let wanted: Vec<String> = (0..40).map(|n| format!("r{n}")).collect();
    let found = ids(&bench.read("again.jsonl"));
    // JSON Lines, both tables, Parquet and the two of Arrow.
    assert_eq!(found.chunks(40).collect::<Vec<_>>(), vec![&wanted[..]; 6]);
    // Rows that do not fit, and what is no row.
    bench.write("in/odd.csv", "id,text\n1,a,b\n2,c\n3,\"open\n");
    bench.naqi(&["clean", "in/odd.csv", "-o", "odd"]).exits(1);
    bench.naqi(&["clean", "odd/quarantine.jsonl", "--from", "quarantine", "-o", "again.jsonl", "--quarantine", "still.jsonl"]).exits(1).says("no whole row");
    let still = bench.read("still.jsonl");
    assert_eq!(still.lines().count(), 2);
    // Again, nothing changes.
    bench.naqi(&["clean", "still.jsonl", "--from", "quarantine", "-o", "third.jsonl", "--quarantine", "third-still.jsonl"]).exits(1);
    assert_eq!(bench.read("third-still.jsonl"), still);
    // A page that is too large when it is unpacked is kept as it came.
    let page = format!("<html><body>{}</body></html>", format!("<p>{STORY}</p>").repeat(100));
    let response = [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n".as_slice(), &gzip(page.as_bytes())].concat();
    bench.write("page.warc", warc_record("response", "urn:a", "https://a.example/", "application/http;msgtype=response", &response));
    bench.naqi(&["clean", "page.warc", "-o", "page.jsonl", "--quarantine", "large.jsonl", "--set", "clean.max-record-bytes=5000"]).exits(1);
    assert!(bench.read("large.jsonl").contains("\"form\":\"warc\""));
    bench.naqi(&["clean", "large.jsonl", "--from", "quarantine", "-o", "page.jsonl"]).says("records read              1");
    assert_eq!(ids(&bench.read("page.jsonl")), ["urn:a"]);
}
