//! The command line as a user meets it, with good input and bad.

use crate::harness::Bench;

const STORY: &str = "The council opened the new bridge on Monday, and the mayor said that traffic would flow again by the evening.";

#[test]
fn standard_input_to_standard_output() {
    let bench = Bench::new();
    let input = format!("{{\"id\": 1, \"n\": 1.0, \"text\": \"{STORY}\\nShare on Facebook\", \"x\": [1, 2]}}\n");
    let run = bench.naqi_with(&["clean", "-", "--from", "jsonl", "--to", "jsonl", "-o", "-"], input).exits(0).says("records read");
    let line = run.out();
    assert!(line.starts_with(&format!("{{\"id\":1,\"n\":1.0,\"text\":\"{STORY}\",\"x\":[1, 2],\"naqi\":{{\"status\":\"changed\"")), "{line}");
}

#[test]
fn malformed_lines_are_quarantined_with_their_place() {
    let bench = Bench::new();
    let input = format!("{{\"text\":\"{STORY}\"}}\n{{\"text\": 7}}\n\nnonsense\n{{\"text\":\"{STORY}\"}}\n");
    bench.write("in.jsonl", &input);
    let run = bench.naqi(&["clean", "in.jsonl", "-o", "out"]).exits(1).says("in.jsonl:2").says("in.jsonl:4").says("--text-key");
    assert!(run.err().contains("quarantined"), "{}", run.err());
    assert_eq!(bench.read("out/in.jsonl").lines().count(), 2);
    assert_eq!(bench.read("out/quarantine.jsonl").lines().count(), 2);
    bench.naqi(&["restore", "out", "-o", "back"]).exits(0);
    // The blank line before a record travels with it.
    assert_eq!(bench.read("back/in.jsonl"), input);
}

#[test]
fn inputs_that_cannot_be_read() {
    let bench = Bench::new();
    bench.naqi(&["clean", "missing.txt", "-o", "out"]).exits(2).says("missing.txt").says("cannot be read");
    bench.write("empty/readme.md", "not an input");
    bench.naqi(&["clean", "empty", "-o", "out"]).exits(2).says("holds no readable input");
    let noise: Vec<u8> = (0..5000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    bench.write("in/noise.txt", noise);
    bench.write("in/nothing.txt", "");
    bench.write("in/story.txt", STORY);
    bench.naqi(&["clean", "in", "-o", "out"]).exits(1).says("noise.txt").says("no encoding fits");
    assert_eq!(bench.read("out/story.txt"), STORY);
    assert_eq!(bench.read("out/nothing.txt"), "");
    assert!(!bench.path("out/noise.txt").exists());
    bench.naqi(&["clean", "in", "-o", "in"]).exits(2).says("would replace the input");
    bench.naqi(&["clean", "in", "-o", "out", "--encoding", "latin-nine"]).exits(2).says("no encoding is called");
}

#[test]
fn a_record_that_is_too_long_is_passed_over() {
    let bench = Bench::new();
    let input = format!("{{\"text\":\"{}\"}}\n{{\"text\":\"{STORY}\"}}\n", "word ".repeat(700_000));
    bench.write("in.jsonl", input);
    bench.naqi(&["clean", "in.jsonl", "-o", "out", "--set", "clean.max-record-bytes=2000000"]).exits(1).says("in.jsonl:1").says("max-record-bytes");
    assert_eq!(bench.read("out/in.jsonl").lines().count(), 1);
}

#[test]
fn a_damaged_archive_keeps_what_could_be_read() {
    let bench = Bench::new();
    let mut packed = zstd::encode_all(format!("{{\"text\":\"{STORY}\"}}\n").repeat(3).as_bytes(), 0).expect("packed");
    packed.extend_from_slice(b"\x28\xb5\x2f\xfdrubbish");
    bench.write("in.jsonl.zst", packed);
    bench.naqi(&["clean", "in.jsonl.zst", "-o", "out"]).exits(1).says("in.jsonl.zst").says("cannot be read any further");
}

#[test]
fn mistakes_in_rules_are_all_told_with_their_places() {
    let bench = Bench::new();
    let rule = |id: &str, more: &str| format!("[[rule]]\nid = \"{id}\"\nclass = \"share\"\nwhy = \"w\"\n{more}\n");
    bench.write("rules/a.toml", rule("x-one", "strats = [\"share\"]"));
    bench.write("rules/b.toml", rule("x-two", "regex = [\"(share\"]") + &rule("x-two", "block = [\"share\"]"));
    bench.write("rules/c.toml", rule("x-three", "block = [\"share\"]\nafter = [\"x-tow\"]"));
    bench.write("rules/d.toml", rule("x-four", "selector = [\"div[\"]") + "[[rule]\n");
    bench.write("rules/e.toml", b"# \xff");
    bench.write("rules/f.toml", rule("x-five", "block = [\"a\"]\nafter = [\"x-six\"]") + &rule("x-six", "block = [\"b\"]\nafter = [\"x-five\"]"));
    bench.write("story.txt", STORY);
    let run = bench.naqi(&["clean", "story.txt", "-o", "out", "--rules", "rules"]).exits(2);
    for text in [
        "a.toml:5:1: unknown field `strats`",
        "did you mean `starts`",
        "b.toml:5:10: regex '(share'",
        "c.toml:6:10: after names 'x-tow'",
        "did you mean 'x-two'",
        "d.toml:6:",
        "e.toml:1:3",
        "waits for itself",
    ] {
        assert!(run.err().contains(text), "'{text}' is not in: {}", run.err());
    }
    assert!(!bench.path("out").exists(), "nothing is read before the rules are right");
}

#[test]
fn own_rules_are_added_replaced_and_tested() {
    let bench = Bench::new();
    let rule = "[[rule]]\nid = \"my-sponsor\"\nclass = \"ad\"\nwhy = \"Sponsor line\"\nstarts = [\"woven with thanks to\"]\nmax-words = 9\ndrops = [\"Woven with thanks to Acme Paints\"]\nkeeps = [\"The news was woven with thanks to pigeon in those days, and nobody complained.\"]\n";
    bench.write("rules/mine.toml", rule);
    bench.naqi(&["rules", "test", "--rules", "rules", "my-sponsor"]).exits(0);
    bench.naqi(&["rules", "check", "rules"]).exits(0);
    let input = format!("{STORY}\nWoven with thanks to Acme Paints\n");
    bench.write("story.txt", &input);
    bench.naqi(&["clean", "story.txt", "-o", "out", "--rules", "rules"]).exits(0).says("my-sponsor");
    assert_eq!(bench.read("out/story.txt"), format!("{STORY}\n"));
    bench.write("rules/mine.toml", rule.replace("Woven with thanks to Acme Paints\"]", "Presented by Acme\"]"));
    let run = bench.naqi(&["rules", "test", "--rules", "rules"]).exits(1);
    assert!(run.out().contains("missing") && run.out().contains("mine.toml:7:10"), "{}", run.out());
    bench.write("rules/mine.toml", "disable = [\"en-read-also-line\"]\n");
    bench.naqi(&["rules", "show", "en-read-also-line", "--rules", "rules"]).exits(2);
}

#[test]
fn explain_names_rule_and_place() {
    let bench = Bench::new();
    bench.write("story.txt", format!("{STORY}\nShare on Facebook\n"));
    let run = bench.naqi(&["explain", "story.txt", "--color", "never"]).exits(0);
    assert!(run.out().contains("drop") && run.out().contains(".toml:"), "{}", run.out());
    let json = bench.naqi(&["explain", "story.txt", "--format", "json"]).exits(0).out();
    assert_eq!(json.lines().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).count(), 2);
}

#[test]
fn one_file_for_all_records_and_packed_outputs() {
    let bench = Bench::new();
    bench.write("in/a.txt", STORY);
    bench.write("in/b.html", format!("<title>Bridge</title><p>{STORY}</p>"));
    bench.naqi(&["clean", "in", "-o", "all.jsonl.gz", "--audit", "audit.jsonl"]).exits(0);
    bench.naqi(&["restore", "all.jsonl.gz", "--audit", "audit.jsonl", "-o", "back"]).exits(0);
    assert_eq!(bench.read("back/a.txt"), STORY);
    assert_eq!(bench.read("back/b.html"), format!("<title>Bridge</title><p>{STORY}</p>"));
    bench.naqi(&["completions", "bash"]).exits(0);
    bench.naqi(&["clean", "in", "--dry-run"]).exits(0).says("records read");
}

#[test]
fn rules_are_counted_in_a_dump() {
    let bench = Bench::new();
    bench.write("dump/a.txt", format!("{STORY}\nShare on Facebook\n"));
    bench.write("dump/b.txt", format!("{STORY}\n\nShare on Facebook\n"));
    let run = bench.naqi(&["rules", "list", "--class", "share", "--hits", "dump"]).exits(0);
    assert!(run.out().lines().count() == 1 && run.out().trim_start().starts_with("2 spans"), "{}", run.out());
}
