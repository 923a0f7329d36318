//! Runs over many records: killed and resumed, limited, sampled, tried again; outputs that are whole or not there.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Bench, tree};

const STORY: &str = "The council opened the new bridge on Monday, and the mayor said that traffic would flow again by the evening.";
/// State is noted often, so that short runs have something to resume.
const OFTEN: &[&str] = &["--set", "run.checkpoint-bytes=100000", "-q"];

fn record(number: usize) -> String {
    let text = format!("{}\nShare on Facebook\nIt was bridge number {number}.", vec![STORY; 1 + number % 9].join("\n"));
    serde_json::json!({"id": number, "text": text}).to_string()
}

/// A dump of two large files, one of them packed, and many small ones; every 40th line is broken.
fn write_dump(bench: &Bench) -> usize {
    let lines: String = (0..6000).map(|number| if number % 40 == 7 { format!("{{broken {number}\n") } else { record(number) + "\n" }).collect();
    bench.write("in/a/large.jsonl", &lines);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(lines.as_bytes()).expect("packed");
    bench.write("in/b.jsonl.gz", packed.finish().expect("packed"));
    for number in 0..200 {
        bench.write(&format!("in/c/{number}.txt"), format!("{STORY} It was number {number}.\nShare on Facebook\n"));
    }
    2 * 6000 + 200
}

pub(crate) fn start(bench: &Bench, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_naqi"))
        .args(arguments)
        .args(OFTEN)
        .current_dir(bench.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("naqi starts")
}

/// Numbers that look random and are the same in every run.
pub(crate) fn numbers() -> impl FnMut() -> f64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Kills a run at moments spread over its length, resuming it each time, until it ends; gives the number of kills.
pub(crate) fn kill_and_resume(bench: &Bench, arguments: &[&str], whole: Duration, random: &mut impl FnMut() -> f64) -> usize {
    const MOST: usize = 4;
    for kills in 0..=MOST {
        let resumed: Vec<&str> = arguments.iter().copied().chain((kills > 0).then_some("--resume")).collect();
        let mut child = start(bench, &resumed);
        if kills < MOST {
            std::thread::sleep(whole.mul_f64(random() * 0.8));
            if child.try_wait().expect("a status").is_none() {
                child.kill().expect("killed");
                child.wait().expect("gone");
                continue;
            }
        }
        assert_eq!(child.wait().expect("ended").code(), Some(1), "some records are quarantined");
        return kills;
    }
    unreachable!("the last run is not killed");
}

#[test]
fn killed_runs_are_resumed_to_the_same_bytes() {
    let bench = Bench::new();
    let records = write_dump(&bench);
    let begin = Instant::now();
    assert_eq!(start(&bench, &["clean", "in", "-o", "whole"]).wait().expect("ended").code(), Some(1));
    let length = begin.elapsed();
    let whole = tree(&bench.path("whole"));
    let mut random = numbers();
    let mut kills = 0;
    while kills < 20 {
        let _ = fs::remove_dir_all(bench.path("out"));
        kills += kill_and_resume(&bench, &["clean", "in", "-o", "out"], length, &mut random);
        assert_eq!(names(&tree(&bench.path("out"))), names(&whole));
        assert!(tree(&bench.path("out")) == whole, "the bytes differ after {kills} kills");
    }
    // Every record stands in output or quarantine exactly once.
    let ids = |name: &str, key: &str| -> Vec<String> {
        let value = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON");
        bench.read(name).lines().map(value).map(|line| format!("{}:{}", line["source"], line[key])).collect()
    };
    let seen: Vec<String> = [ids("out/audit.jsonl", "offset"), ids("out/quarantine.jsonl", "offset")].concat();
    assert_eq!(seen.len(), records);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), records);
    bench.naqi(&["restore", "out", "-o", "back"]).exits(0);
    assert_eq!(bench.read("back/a/large.jsonl"), bench.read("in/a/large.jsonl"));
}

pub(crate) fn names(tree: &[(String, Vec<u8>)]) -> Vec<&str> {
    tree.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn packed_outputs_are_resumed_too() {
    let bench = Bench::new();
    write_dump(&bench);
    for ending in ["gz", "zst", "xz", "bz2"] {
        let (out, audit) = (format!("out/all.jsonl.{ending}"), format!("out/audit.jsonl.{ending}"));
        let arguments = ["clean", "in/a", "-o", &out, "--audit", &audit, "--quarantine", "out/refused.jsonl"];
        let _ = fs::remove_dir_all(bench.path("out"));
        let begin = Instant::now();
        assert_eq!(start(&bench, &arguments).wait().expect("ended").code(), Some(1));
        let (length, whole) = (begin.elapsed(), tree(&bench.path("out")));
        fs::remove_dir_all(bench.path("out")).expect("removed");
        kill_and_resume(&bench, &arguments, length, &mut numbers());
        assert!(tree(&bench.path("out")) == whole, "{ending}: the bytes differ");
        // The frames in a row are one file.
        bench.naqi(&["clean", &out, "-o", "again.jsonl"]).exits(0).says("records read           5850");
    }
}

#[test]
fn runs_with_survey_and_copies_are_resumed_too() {
    let bench = Bench::new();
    write_dump(&bench);
    let run = |out: &'static str| ["clean", "in", "-o", out, "--survey", "--dedupe"];
    let begin = Instant::now();
    assert_eq!(start(&bench, &run("whole")).wait().expect("ended").code(), Some(1));
    let length = begin.elapsed();
    assert!(bench.read("whole/duplicates.jsonl").lines().count() > 1000);
    kill_and_resume(&bench, &run("out"), length, &mut numbers());
    assert_eq!(names(&tree(&bench.path("out"))), names(&tree(&bench.path("whole"))));
    assert!(tree(&bench.path("out")) == tree(&bench.path("whole")), "the bytes differ");
}

#[test]
fn only_the_same_run_is_resumed() {
    let bench = Bench::new();
    write_dump(&bench);
    let left_over = |bench: &Bench| {
        let _ = fs::remove_dir_all(bench.path("out"));
        let mut child = start(bench, &["clean", "in", "-o", "out"]);
        let journal = bench.path("out/.naqi-journal");
        let noted = || fs::read_to_string(&journal).is_ok_and(|text| text.lines().count() > 2);
        while !noted() && child.try_wait().expect("a status").is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        let _ = child.kill();
        child.wait().expect("gone");
        assert!(journal.exists(), "the run was killed in its midst");
    };
    left_over(&bench);
    let resume = |more: &[&str]| bench.naqi(&[&["clean", "in", "-o", "out", "--resume"], OFTEN, more].concat());
    resume(&["--set", "repeat.enabled=false"]).exits(2).says("other inputs, rules, settings or options");
    resume(&["--bare-audit"]).exits(2).says("other inputs, rules, settings or options");
    bench.write("in/d.txt", STORY);
    resume(&[]).exits(2).says("other inputs, rules, settings or options");
    fs::remove_file(bench.path("in/d.txt")).expect("removed");
    resume(&["-j", "1"]).exits(1);
    assert!(!bench.path("out/.naqi-journal").exists(), "nothing is left to resume");
    bench.naqi(&["clean", "-", "-o", "-", "--resume"]).exits(2).says("--resume needs");
}

#[test]
fn two_runs_do_not_write_one_output() {
    let bench = Bench::new();
    bench.write("in/story.txt", STORY);
    // What a run that writes there holds.
    let journal = bench.write("out/.naqi-journal", "");
    let held = fs::File::open(&journal).expect("opened");
    held.lock().expect("locked");
    bench.naqi(&["clean", "in", "-o", "out"]).exits(2).says("another naqi writes this output");
    drop(held);
    bench.naqi(&["clean", "in", "-o", "out"]).exits(0);
    assert!(!journal.exists());
}

#[test]
fn the_first_records_and_a_sample() {
    let bench = Bench::new();
    write_dump(&bench);
    bench.naqi(&["clean", "in/a", "in/c", "-o", "first.jsonl", "--limit", "6003"]).exits(1).says("records read           6003");
    assert_eq!(bench.read("first.jsonl").lines().count(), 6003 - 150);
    bench.naqi(&["clean", "in", "-o", "few", "--limit", "3"]).exits(0).says("records read              3");
    assert_eq!(bench.read("few/a/large.jsonl").lines().count(), 3);
    let sample = |name: &str, seed: &str, jobs: &str| {
        bench.naqi(&["clean", "in", "-o", name, "--sample", "50", "--seed", seed, "-j", jobs]).says("records read             50");
        bench.read(name)
    };
    let (one, same, other) = (sample("1.jsonl", "1", "1"), sample("2.jsonl", "1", "3"), sample("3.jsonl", "2", "3"));
    assert_eq!(one, same);
    assert_ne!(one, other);
    bench.naqi(&["clean", "in/c", "-o", "five", "--sample", "5"]).exits(0);
    assert_eq!(names(&tree(&bench.path("five"))).iter().filter(|name| name.ends_with(".txt")).count(), 5);
    bench.naqi(&["clean", "-", "-o", "-", "--sample", "5"]).exits(2).says("standard input can be read only once");
}

#[test]
fn quarantined_records_are_tried_again() {
    let bench = Bench::new();
    let noise: Vec<u8> = (0..5000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    bench.write("in/noise.txt", noise);
    let long = serde_json::json!({"id": "long", "body": STORY}).to_string();
    bench.write("in/some.jsonl", format!("{}\n{long}\n", record(1)));
    bench.write("in/huge.html", format!("<p>{STORY}</p>{}", " ".repeat(4000)));
    bench.naqi(&["clean", "in", "-o", "out", "--set", "clean.max-record-bytes=3000"]).exits(1);
    let lines = bench.read("out/quarantine.jsonl");
    assert_eq!(lines.lines().count(), 3);
    let again = &["clean", "out/quarantine.jsonl", "--from", "quarantine", "-o", "again.jsonl", "--quarantine", "still.jsonl"];
    let run = bench.naqi(&[again, &["--text-key", "body"][..]].concat()).exits(1);
    assert!(run.err().contains("huge.html") && run.err().contains("clean the input itself again"), "{}", run.err());
    let line: serde_json::Value = serde_json::from_str(&bench.read("again.jsonl")).expect("one record");
    assert_eq!((line["id"].as_str(), line["body"].as_str()), (Some("long"), Some(STORY)));
    let still: Vec<String> = bench.read("still.jsonl").lines().map(str::to_owned).collect();
    assert_eq!(still.len(), 2);
    assert!(still.iter().any(|line| line.contains("\"source\":\"noise.txt\"") && line.contains("\"form\":\"text\"")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_nothing_that_looks_whole() {
    let bench = Bench::new();
    write_dump(&bench);
    let full = Command::new(env!("CARGO_BIN_EXE_naqi"))
        .args(["clean", "in/a/large.jsonl", "-o", "-", "-q"])
        .current_dir(bench.path(""))
        .stdout(fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full"))
        .output()
        .expect("naqi runs");
    assert_eq!(full.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&full.stderr).contains("the output cannot be written"));
    // A file may not grow beyond a limit, as on a full disk.
    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\" clean in/a -o out -q", env!("CARGO_BIN_EXE_naqi")])
        .current_dir(bench.path(""))
        .output()
        .expect("naqi runs");
    assert_eq!(limited.status.code(), Some(2), "{}", String::from_utf8_lossy(&limited.stderr));
    assert!(String::from_utf8_lossy(&limited.stderr).contains("'out/"), "the message names the file: {}", String::from_utf8_lossy(&limited.stderr));
    assert!(!bench.path("out/large.jsonl").exists() && !bench.path("out/audit.jsonl").exists());
    // With room again the run goes on.
    bench.naqi(&["clean", "in/a", "-o", "out", "--resume", "-q"]).exits(1);
    assert_eq!(bench.read("out/large.jsonl").lines().count(), 5850);
}

#[test]
fn a_closed_pipe_is_quiet() {
    let bench = Bench::new();
    write_dump(&bench);
    let mut child = Command::new(env!("CARGO_BIN_EXE_naqi"))
        .args(["clean", "in/a/large.jsonl", "-o", "-", "--audit", "audit.jsonl", "-q"])
        .current_dir(bench.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("naqi starts");
    let mut first = [0; 100];
    child.stdout.take().expect("piped").read_exact(&mut first).expect("some output");
    let output = child.wait_with_output().expect("naqi ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("error"));
    assert!(!bench.path("audit.jsonl").exists(), "half an audit is no audit");
}
