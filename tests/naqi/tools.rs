//! The tools around rules: measuring them on labelled records, their schema, importing and checking them.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Bench, project};

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
        let pointer = text.lines().next().and_then(|line| line.strip_prefix("#:schema ")).unwrap_or_else(|| panic!("{} does not begin with '#:schema <path>'", path.display()));
        let target = path.parent().expect("a folder").join(pointer.trim());
        assert!(target.is_file() && target.ends_with("rules.schema.json"), "{} points to '{pointer}', where no schema is", path.display());
    }
}
