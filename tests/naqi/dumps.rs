//! Dumps as other tools write and read them: crawls, archives, spreadsheets, Dolma and datatrove.

use serde_json::{Value, json};

use crate::formats::{STORY, batches, gunzip, gzip, records, tar_of, values, warc_record, zip_of};
use crate::harness::{Bench, tree};

#[test]
fn members_of_archives_are_files() {
    let bench = Bench::new();
    let lines: String = records().iter().map(|record| format!("{record}\n")).collect();
    let story = format!("{STORY}\nShare on Facebook\n");
    let page = format!("<title>Bridge</title><p>{STORY}</p>");
    let packed = gzip(story.as_bytes());
    let members: Vec<(&str, &[u8])> = vec![
        ("a/story.txt", story.as_bytes()),
        ("./a/page.html", page.as_bytes()),
        ("logo.png", b"\x89PNG"),
        ("dump.jsonl", lines.as_bytes()),
        ("b.txt.gz", &packed),
    ];
    let tar = tar_of(&members);
    bench.write("in/pages.tar", &tar);
    bench.write("in/pages.tar.gz", gzip(&tar));
    bench.write("in/pages.tar.zst", zstd::encode_all(tar.as_slice(), 0).expect("packed"));
    bench.write("in/pages.zip", zip_of(&members));
    for jobs in ["1", "4"] {
        bench.naqi(&["clean", "in", "-o", jobs, "--jobs", jobs]).exits(0);
    }
    assert_eq!(tree(&bench.path("1")), tree(&bench.path("4")));
    bench.naqi(&["restore", "1", "-o", "back"]).exits(0);
    for archive in ["pages.tar", "pages.tar.gz", "pages.tar.zst", "pages.zip"] {
        assert_eq!(bench.read(&format!("1/{archive}/a/story.txt")), format!("{STORY}\n"));
        assert_eq!(bench.read(&format!("1/{archive}/a/page.html.txt")).trim(), STORY);
        assert_eq!(bench.read(&format!("1/{archive}/dump.jsonl")).lines().count(), 40);
        assert_eq!(bench.read(&format!("back/{archive}/dump.jsonl")), lines);
        assert_eq!(bench.read(&format!("back/{archive}/a/page.html")), page);
        assert_eq!(gunzip(&std::fs::read(bench.path(&format!("back/{archive}/b.txt.gz"))).expect("back")), story.as_bytes());
    }
}

#[test]
fn pages_of_a_crawl() {
    let bench = Bench::new();
    let page = |text: &str| {
        format!(
            "<html><head><title>Bridge</title></head><body><article><p>{text}</p><p>Another paragraph stands here, so that the page has a body.</p></article></body></html>"
        )
    };
    let http = |status: &str, head: &str, body: &[u8]| [format!("HTTP/1.1 {status}\r\n{head}\r\n").as_bytes(), body].concat();
    let chunked = |body: &[u8]| [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n0\r\n\r\n"].concat();
    let arabic = "أعلنت وزارة التعليم اليوم أن العام الدراسي الجديد يبدأ في موعده";
    let (arabic_bytes, _, _) = encoding_rs::WINDOWS_1256.encode(arabic);
    let responses = [
        http("200 OK", "Content-Type: text/html\r\n", page(STORY).as_bytes()),
        http(
            "200 OK",
            "Content-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
            &chunked(&gzip(page(STORY).as_bytes())),
        ),
        http("404 Not Found", "Content-Type: text/html\r\n", page("Nothing stands here.").as_bytes()),
        http("200 OK", "Content-Type: image/png\r\n", b"\x89PNG"),
        http("200 OK", "Content-Type: text/plain; charset=windows-1256\r\n", &arabic_bytes),
    ];
    let mut records = vec![warc_record("warcinfo", "urn:i", "", "application/warc-fields", b"software: own\r\n")];
    for (n, response) in responses.iter().enumerate() {
        let url = format!("https://news.example.com/{n}");
        records.push(warc_record("request", &format!("urn:q{n}"), &url, "application/http;msgtype=request", b"GET / HTTP/1.1\r\n\r\n"));
        records.push(warc_record("response", &format!("urn:r{n}"), &url, "application/http; msgtype=response", response));
    }
    records.push(warc_record("resource", "urn:s", "file:///a.html", "text/html", page(STORY).as_bytes()));
    let plain = records.concat();
    bench.write("in/crawl.warc.gz", records.iter().flat_map(|record| gzip(record)).collect::<Vec<u8>>());
    let rubbish = [&plain[..], b"rubbish that is no record\r\n\r\n", &records[1]].concat();
    bench.write("in/rubbish.warc", &rubbish);
    bench.write("in/cut.warc", &plain[..plain.len() - 100]);
    let packed = gzip(&records[2]);
    bench.write("in/cut.warc.gz", [gzip(&records[2]), packed[..packed.len() - 20].to_vec()].concat());
    let run = bench.naqi(&["clean", "in", "-o", "out", "--to", "jsonl"]).exits(1).says("without a page");
    for text in ["cut.warc:12", "breaks off", "rubbish.warc:13", "no WARC record", "cut.warc.gz:2"] {
        assert!(run.err().contains(text), "'{text}' is not in {}", run.err());
    }
    let out = gunzip(&std::fs::read(bench.path("out/crawl.warc.jsonl.gz")).expect("written"));
    let out = String::from_utf8(out).expect("UTF-8");
    assert_eq!(values("x.jsonl", out.as_bytes(), "id"), ["urn:r0", "urn:r1", "urn:r4", "urn:s"]);
    let texts = values("x.jsonl", out.as_bytes(), "text");
    assert!(texts[0].contains(STORY) && texts[0] == texts[1] && texts[0] == texts[3] && texts[2] == arabic, "{texts:?}");
    assert_eq!(values("x.jsonl", out.as_bytes(), "date")[0], "2024-05-06T07:08:09Z");
    assert_eq!(values("x.jsonl", bench.read("out/rubbish.warc.jsonl").as_bytes(), "text"), texts);
    bench.naqi(&["restore", "out", "-o", "back"]).exits(0);
    assert_eq!(std::fs::read(bench.path("back/rubbish.warc")).expect("back"), rubbish);
    assert_eq!(std::fs::read(bench.path("back/cut.warc")).expect("back"), &plain[..plain.len() - 100]);
    let unpacked = gunzip(&std::fs::read(bench.path("back/crawl.warc.gz")).expect("back"));
    assert_eq!(unpacked, plain);
}

#[test]
fn tables_of_spreadsheets() {
    let bench = Bench::new();
    let text = format!("nr;text;note\r\n1;\"{}\nShare on Facebook\";x\r\n\r\n2;Short;\"y;z\"\r\n", STORY.replace('"', "\"\""));
    let wide: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    bench.write("in/wide.csv", &wide);
    bench.write("in/marked.csv", format!("\u{feff}{text}"));
    bench.write("in/arabic.csv", encoding_rs::WINDOWS_1256.encode("id,text\n1,\"أعلنت وزارة التعليم اليوم أن العام الدراسي الجديد يبدأ في موعده\"\n").0);
    bench.naqi(&["clean", "in", "-o", "out", "--jobs", "2"]).exits(0);
    for name in ["out/wide.csv", "out/marked.csv"] {
        let out = bench.read(name);
        assert_eq!(values("x.csv", out.as_bytes(), "text"), [STORY, "Short"], "{name}");
        assert_eq!(values("x.csv", out.as_bytes(), "note"), ["x", "y;z"], "{name}");
    }
    assert!(bench.read("out/arabic.csv").contains("وزارة"));
    bench.naqi(&["restore", "out", "-o", "back"]).exits(0);
    assert_eq!(tree(&bench.path("back")), tree(&bench.path("in")));
}

#[test]
fn dolma_attributes_count_characters() {
    let bench = Bench::new();
    let text = "افتتح المجلس الجسر الجديد يوم الاثنين، وقال الوزير إن حركة السير ستعود مساء اليوم نفسه.\nShare on Facebook\n";
    let lines = format!("{}\n{}\n", json!({"id": "a", "text": text}), json!({"id": "b", "text": STORY}));
    bench.write("in/x/dump.jsonl.gz", gzip(lines.as_bytes()));
    bench.naqi(&["clean", "in", "-o", "out", "--audit-format", "dolma"]).exits(0);
    let attributes = gunzip(&std::fs::read(bench.path("out/attributes/x/dump.jsonl.gz")).expect("attributes"));
    let attributes: Vec<Value> = String::from_utf8_lossy(&attributes).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((attributes[0]["id"].as_str(), attributes[1]["id"].as_str()), (Some("a"), Some("b")));
    assert_eq!(attributes[1]["attributes"], json!({}));
    let span = &attributes[0]["attributes"]["naqi__removed__share"][0];
    let (start, end) = (span[0].as_u64().expect("start") as usize, span[1].as_u64().expect("end") as usize);
    let removed: String = text.chars().skip(start).take(end - start).collect();
    assert_eq!(removed.trim(), "Share on Facebook");
    // A line a document, its id as it stands, whatever became of it: Dolma reads both side by side.
    let lines = [json!({"id": 7, "text": STORY}), json!({"id": "none"}), json!({"id": "copy", "text": STORY}), json!({"id": "c", "text": text})];
    bench.write("in2/d.jsonl", lines.map(|line| format!("{line}\n")).concat());
    bench.naqi(&["clean", "in2", "-o", "out2", "--audit-format", "dolma", "--dedupe"]).exits(1);
    let seen: Vec<Value> = bench.read("out2/attributes/d.jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(seen.iter().map(|line| &line["id"]).collect::<Vec<_>>(), [&json!(7), &json!("none"), &json!("copy"), &json!("c")]);
    assert_eq!((&seen[1]["attributes"], &seen[2]["attributes"]["naqi__copy"]), (&json!({}), &json!([[0, STORY.chars().count(), 1.0]])));
    bench.naqi(&["clean", "in/x/dump.jsonl.gz", "-o", "one.jsonl", "--audit-format", "dolma", "--audit", "one.dolma.jsonl"]).exits(0);
    assert_eq!(bench.read("one.dolma.jsonl").lines().count(), 2);
}

#[test]
fn records_in_the_layout_of_datatrove() {
    let bench = Bench::new();
    bench.write("in.jsonl", format!("{}\n", json!({"text": STORY, "id": 7, "media": [], "lang": "en", "metadata": {"url": "https://x.example/a", "n": 1.5}})));
    let line = bench.naqi(&["clean", "in.jsonl", "-o", "-", "--layout", "datatrove", "-q"]).exits(0).out();
    let record: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!((record["text"].as_str(), record["id"].as_str()), (Some(STORY), Some("7")));
    assert_eq!((&record["metadata"]["lang"], &record["metadata"]["url"], &record["metadata"]["n"]), (&json!("en"), &json!("https://x.example/a"), &json!(1.5)));
    assert_eq!((&record["metadata"]["naqi"]["status"], &record["media"]), (&json!("unchanged"), &json!([])));
    bench.naqi(&["clean", "in.jsonl", "-o", "out.parquet", "--layout", "datatrove", "-q"]).exits(0);
    let out = batches("out.parquet", &std::fs::read(bench.path("out.parquet")).expect("written"));
    assert_eq!(out[0].schema().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(), ["text", "id", "metadata", "other"]);
}
