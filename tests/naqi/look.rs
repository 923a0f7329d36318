//! Looking closely: rules measured on labelled records, one record explained block by block, in every format.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use serde_json::{Value, json};

use crate::formats::{inputs, parquet_of, records, tar_of, warc_record};
use crate::harness::Bench;

const STORY: &str = "The council opened the new bridge on Monday, and the mayor said that traffic would flow again by the evening.";
const RULES: &str = "\
[[rule]]
id = \"x-greedy\"
class = \"share\"
why = \"For the test\"
contains = [\"ferry\", \"tell your friends\"]
";

fn gold(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

#[test]
fn eval_measures_bodies_and_names_the_costly_rule() {
    let bench = Bench::new();
    bench.write("rules/x.toml", RULES);
    let kept = "The old ferry will be shown in the harbour museum.";
    let text = format!("{STORY}\nTell your friends\n{kept}\n");
    let records = [
        json!({"text": text, "gold": format!("{STORY}\n{kept}"), "host": "a.example", "lang": "en", "title": "Not given"}),
        json!({"html": format!("<html><body><article><p>{STORY}</p><p>Tell your friends</p></article></body></html>"), "gold": STORY, "url": "https://b.example/1"}),
        json!({"text": "no label"}),
    ];
    bench.write("gold.jsonl.zst", zstd::encode_all(gold(&records).as_bytes(), 0).expect("packed"));
    let arguments = ["eval", "gold.jsonl.zst", "--rules", "rules", "--no-builtin", "--no-config", "--by", "host", "--format", "json"];
    let run = bench.naqi(&arguments).exits(1).says("gold.jsonl.zst:3").says("'gold'");
    let found: Value = serde_json::from_str(&run.out()).expect("JSON");
    // 20 of 30 words of the first body are left, all of the second.
    let close = |value: &Value, wanted: f64| (value.as_f64().expect("a number") - wanted).abs() < 1e-9;
    let set = &found["sets"]["gold.jsonl.zst"];
    assert!(set["records"] == 2 && close(&set["precision"], 1.0) && close(&set["recall"], (20.0 / 30.0 + 1.0) / 2.0), "{set}");
    assert!(close(&found["groups"]["a.example"]["f1"], 0.8) && close(&found["groups"]["b.example"]["f1"], 1.0), "{found}");
    assert_eq!(found["costs"][0], json!({"name": "x-greedy", "class": "share", "place": "rules/x.toml:1", "harm": 10, "right": 6}));
    assert_eq!(found["classes"]["share"], json!({"harm": 10, "right": 6}));
    for jobs in ["1", "3"] {
        assert_eq!(bench.naqi(&[&arguments[..], &["--jobs", jobs]].concat()).exits(1).out(), run.out());
    }
}

#[test]
fn eval_measures_noise_spans() {
    let bench = Bench::new();
    bench.write("rules/x.toml", RULES);
    let kept = "An old ferry stays.";
    let text = format!("{STORY}\nTell your friends\n{kept}\nلا صلة\n");
    let start = text.find("Tell").expect("there");
    let tail = text.chars().count() - 7;
    let noise = json!([{"start": start, "end": start + 17, "kind": "share"}, {"start": tail, "end": tail + 6, "kind": "tail"}]);
    bench.write("noise.jsonl", gold(&[json!({"text": text, "noise": noise})]));
    let run = bench.naqi(&["eval", "noise.jsonl", "--rules", "rules", "--no-builtin", "--no-config", "--by", "class", "--format", "json"]).exits(0);
    let found: Value = serde_json::from_str(&run.out()).expect("JSON");
    assert_eq!(found["kinds"], json!({"share": {"words": 3, "gone": 3}, "tail": {"words": 2, "gone": 0}}));
    let set = &found["sets"]["noise.jsonl"];
    assert!((set["caught"].as_f64().expect("caught") - 0.6).abs() < 1e-9 && (set["harmed"].as_f64().expect("harmed") - 4.0 / 24.0).abs() < 1e-9, "{set}");
    let table = bench.naqi(&["eval", "noise.jsonl", "--rules", "rules", "--no-builtin", "--no-config", "--by", "class"]).exits(0).out();
    assert!(table.contains("x-greedy (share)") && table.contains("rules/x.toml:1") && table.contains("labelled noise by kind"), "{table}");
    bench.write("broken.jsonl", "{\"text\": \"x\", \"noise\": [{\"start\": 0, \"end\": 9}]}\n");
    bench.naqi(&["eval", "broken.jsonl", "--no-config"]).exits(1).says("broken.jsonl:1").says("1 characters");
    bench.naqi(&["eval", "missing.jsonl"]).exits(2).says("missing.jsonl");
}

#[test]
fn tables_and_columns_may_be_labelled_too() {
    let bench = Bench::new();
    bench.write("rules/x.toml", RULES);
    let text = format!("{STORY}\nTell your friends\n");
    let start = text.find("Tell").expect("there");
    let noise = json!([{"start": start, "end": start + 17, "kind": "share"}]).to_string();
    let rows = [json!({"id": "a", "text": text, "gold": STORY, "noise": ""}), json!({"id": "b", "text": text, "gold": "", "noise": noise})];
    bench.write(
        "gold.jsonl",
        gold(&[
            json!({"id": "a", "text": text, "gold": STORY}),
            json!({"id": "b", "text": text, "noise": serde_json::from_str::<Value>(&noise).expect("JSON")}),
        ]),
    );
    let names = ["id", "text", "gold", "noise"];
    let cell = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(names).expect("written");
    rows.iter().for_each(|row| table.write_record(names.map(|name| cell(row, name))).expect("written"));
    let table = table.into_inner().expect("written");
    let column = |name: &str| Arc::new(rows.iter().map(|row| Some(cell(row, name))).collect::<StringArray>()) as ArrayRef;
    let columns = RecordBatch::try_from_iter(names.map(|name| (name, column(name)))).expect("a batch");
    bench.write("gold.parquet", parquet_of(&columns, parquet::basic::Compression::SNAPPY));
    bench.write("gold.tar", tar_of(&[("in/gold.csv", &table)]));
    bench.write("gold.csv", table);
    let measure = |name: &str| {
        let run = bench.naqi(&["eval", name, "--rules", "rules", "--no-builtin", "--no-config", "--format", "json"]).exits(0);
        serde_json::from_str::<Value>(&run.out()).expect("JSON")["sets"][name].clone()
    };
    let wanted = measure("gold.jsonl");
    assert_eq!((&wanted["records"], &wanted["f1"], &wanted["caught"]), (&json!(2), &json!(1.0), &json!(1.0)), "{wanted}");
    for name in ["gold.csv", "gold.parquet", "gold.tar"] {
        assert_eq!(measure(name), wanted, "{name}");
    }
    bench.write("page.warc", warc_record("conversion", "urn:a", "https://a.example/", "text/plain", STORY.as_bytes()));
    bench.naqi(&["eval", "page.warc", "--no-config"]).exits(1).says("no place for a label");
}

#[test]
fn a_record_of_any_format_is_explained() {
    let bench = Bench::new();
    let explain = |name: &str, more: &[&str]| bench.naqi(&[&["explain", name, "--no-config", "--format", "json"], more].concat()).exits(0).out();
    for (name, bytes) in inputs(&records()) {
        bench.write(name, &bytes);
        let (first, named) = (explain(name, &[]), explain(name, &["--record", "r0"]));
        assert!(first == named && first.contains("\"text\""), "{name}: {first}");
        let (seventh, third) = (explain(name, &["--record", "r7"]), explain(name, &["--line", "3"]));
        assert!(first != seventh && first != third, "{name}");
        bench.naqi(&["explain", name, "--record", "none", "--no-config"]).exits(2).says("has no record with the id 'none'");
    }
    bench.write("all.tar", tar_of(&[("a.txt", STORY.as_bytes()), ("b/c.html", format!("<p>{STORY} Again.</p>").as_bytes())]));
    assert!(explain("all.tar", &["--record", "all.tar/b/c.html"]).contains("Again."));
    bench.write("broken.csv", "id,body\n1,\"open\n");
    bench.naqi(&["explain", "broken.csv"]).exits(2).says("these cannot be read").says("a quote that opens here");
    bench.write("mine.csv", format!("id,body\n1,{}\n", STORY.replace(',', ";")));
    bench.naqi(&["explain", "mine.csv"]).exits(2).says("--text-key");
    assert!(explain("mine.csv", &["--text-key", "body"]).contains("The council"));
}
