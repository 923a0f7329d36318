//! Killed runs taken up again, for inputs and outputs of every format: the bytes are those of a run that nobody killed.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, FixedSizeBinaryArray, Float32Array, Int32Array, LargeStringArray, RecordBatch,
    TimestampMillisecondArray, UInt32Array,
};
use naqi::read::Form;
use naqi::write::target::Target;
use naqi::write::{Mark, Writer};
use serde_json::{Value, json};

use crate::formats::{gzip, inputs, records, tar_of, zip_of};
use crate::harness::{Bench, tree};
use crate::runs::{kill_and_resume, names, numbers, start};

const STORY: &str = "The council opened the new bridge on Monday, and the mayor said that traffic would flow again by the evening.";
/// Kills for each form of output; NAQI_KILLS asks for more.
const KILLS: usize = 4;

/// Inputs of several pieces each, some compressed, some in archives; one row is broken.
fn write_large(bench: &Bench, count: usize) {
    let record = |n: usize| json!({"id": format!("r{n}"), "url": "", "title": "", "section": "", "text": format!("{}\nShare on Facebook", vec![STORY; 1 + n % 9].join("\n"))});
    let inputs = inputs(&(0..count).map(record).collect::<Vec<Value>>());
    for (name, bytes) in &inputs {
        bench.write(&format!("in/{name}"), bytes);
    }
    bench.write("in/more.csv.gz", gzip(&inputs[1].1));
    let members: Vec<(&str, &[u8])> = inputs.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    bench.write("in/all.tar", tar_of(&members));
    bench.write("in/few.zip", zip_of(&[("a/story.txt", STORY.as_bytes()), ("b.csv", &inputs[1].1)]));
    bench.write("in/broken.csv", [b"id,text\n1,\"open\n".as_slice(), &inputs[1].1].concat());
}

/// Kills runs at random moments until there were enough kills, and compares each output.
fn killed_often(arguments: &[&str]) {
    let bench = Bench::new();
    write_large(&bench, 700);
    let begin = Instant::now();
    assert_eq!(start(&bench, arguments).wait().expect("ended").code(), Some(1), "{arguments:?}");
    let (length, whole) = (begin.elapsed(), tree(&bench.path("out")));
    let wanted = std::env::var("NAQI_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let (mut random, mut kills) = (numbers(), 0);
    while kills < wanted {
        fs::remove_dir_all(bench.path("out")).expect("removed");
        kills += kill_and_resume(&bench, arguments, length, &mut random);
        let out = tree(&bench.path("out"));
        assert_eq!(names(&out), names(&whole), "{arguments:?}");
        let differ: Vec<&str> = out.iter().zip(&whole).filter(|(a, b)| a != b).map(|(a, _)| a.0.as_str()).collect();
        assert!(differ.is_empty(), "{arguments:?}: {differ:?} differ after {kills} kills");
    }
}

/// All records in one file of this name.
fn one_file(name: &str) {
    killed_often(&["clean", "in", "-o", &format!("out/{name}"), "--audit", "out/audit.jsonl", "--quarantine", "out/refused.jsonl"]);
}

#[test]
fn tables_are_resumed() {
    one_file("all.csv");
    one_file("all.tsv.zst");
}

#[test]
fn columns_are_resumed() {
    one_file("all.parquet");
    one_file("all.arrow");
    one_file("all.arrows");
}

#[test]
fn conversions_are_resumed() {
    one_file("all.warc");
    one_file("all.warc.gz");
}

#[test]
fn inputs_of_every_format_are_resumed() {
    killed_often(&["clean", "in", "-o", "out", "--to", "jsonl"]);
    // Each in its own form, members of archives too.
    killed_often(&["clean", "in", "-o", "out"]);
    killed_often(&["clean", "in", "-o", "out", "--to", "jsonl", "--audit-format", "dolma"]);
}

#[test]
fn what_cannot_be_resumed_says_so() {
    let bench = Bench::new();
    for (name, bytes) in inputs(&records()) {
        bench.write(&format!("in/{name}"), bytes);
    }
    let refused = |arguments: &[&str], why: &str| {
        bench.naqi(&[&["clean", "in/dump.csv", "--resume"], arguments].concat()).exits(2).says(why);
    };
    refused(&["-o", "s3://bucket/out", "--to", "jsonl"], "needs outputs that are files");
    refused(&["-o", "-"], "standard output");
    bench.naqi(&["clean", "in/dump.csv", "--resume", "-o", "out.parquet"]).exits(0);
}

/// Clean records as a worker hands them on.
fn piece(number: usize) -> Vec<u8> {
    let record = |n: usize| json!({"id": n, "text": format!("{STORY} {n}"), "score": n as f64 / 4.0, "naqi": {"status": "cleaned"}});
    (0..40).map(|n| format!("{}\n", record(40 * number + n))).collect::<String>().into_bytes()
}

fn conversions(number: usize) -> Vec<u8> {
    (0..9).map(|n| format!("WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 3\r\n\r\n{number}:{n}\r\n\r\n")).collect::<String>().into_bytes()
}

/// Rows of many types, some of them nothing.
fn typed(number: usize) -> RecordBatch {
    let rows = || (0..50_i32).map(|n| n + 50 * number as i32);
    let some = |n: i32| (n % 7 > 0).then_some(n);
    let mut lists = ListBuilder::new(StringBuilder::new());
    rows().for_each(|n| lists.append_value((0..n % 3).map(|tag| Some(format!("tag {tag}")))));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(rows().map(some).collect::<Int32Array>())),
        ("size", Arc::new(rows().map(|n| some(n).map(|n| n as u32)).collect::<UInt32Array>())),
        ("time", Arc::new(rows().map(|n| some(n).map(i64::from)).collect::<TimestampMillisecondArray>())),
        ("day", Arc::new(rows().map(some).collect::<Date32Array>())),
        ("seen", Arc::new(rows().map(|n| Some(n % 2 == 0)).collect::<BooleanArray>())),
        ("score", Arc::new(rows().map(|n| n as f32 / if n % 9 == 0 { 0.0 } else { 4.0 }).collect::<Float32Array>())),
        ("price", Arc::new(rows().map(|n| some(n).map(i128::from)).collect::<Decimal128Array>())),
        ("key", Arc::new(FixedSizeBinaryArray::try_from_iter(rows().map(|n| n.to_be_bytes())).expect("keys"))),
        ("tags", Arc::new(lists.finish())),
        ("text", Arc::new(rows().map(|n| some(n).map(|n| format!("{STORY} {n}"))).collect::<LargeStringArray>())),
    ];
    RecordBatch::try_from_iter(columns).expect("a batch")
}

const PIECES: usize = 6;

/// Writes pieces with a mark behind each, from a mark on; gives all marks, each with the notes of those before it.
fn write_on(path: &Path, form: Form, from: usize, mark: &Mark, finish: bool) -> Vec<Mark> {
    let mut writer = Writer::resumed(path, form, true, mark).unwrap_or_else(|error| panic!("{form:?} from {from}: {error}"));
    let mut marks = vec![mark.clone()];
    for number in from..PIECES {
        let (bytes, batches) = match form {
            Form::Warc => (conversions(number), Vec::new()),
            _ if path.to_string_lossy().contains("typed") => (Vec::new(), vec![typed(number)]),
            _ => (piece(number), Vec::new()),
        };
        writer.write(&bytes, &batches).expect("written");
        let Mark { len, notes } = writer.checkpoint().expect("a mark");
        marks.push(Mark { len, notes: [marks.last().expect("one").notes.clone(), notes].concat() });
    }
    if finish {
        writer.finish().expect("finished");
    }
    marks
}

#[test]
fn writers_go_on_from_every_mark() {
    let bench = Bench::new();
    for name in ["a.txt", "a.jsonl.gz", "a.csv", "a.tsv.xz", "a.parquet", "a.arrow", "a.arrows", "typed.parquet", "typed.arrow", "a.warc", "a.warc.gz"] {
        let path = bench.path(name);
        let form = Form::of(&path).expect("a form");
        let marks = write_on(&path, form, 0, &Mark::default(), true);
        let whole = fs::read(&path).expect("written");
        for (from, mark) in marks.iter().enumerate() {
            // A run that was killed when its file stood in its place already, and one that was killed before.
            for finished in [true, false] {
                write_on(&path, form, from, mark, finished);
                let again = write_on(&path, form, from, mark, true);
                assert_eq!(again.last(), marks.last(), "{name} from {from}");
                assert!(fs::read(&path).expect("written") == whole, "{name} from {from}");
            }
        }
        // Less than the mark says cannot be taken up.
        fs::write(&path, b"x").expect("written");
        assert!(Writer::resumed(&path, form, true, &marks[2]).is_err_and(|error| error.to_string().contains("without --resume")), "{name}");
        // Nothing else is left behind.
        let _ = fs::remove_file(naqi::write::target::part_of(&path));
        drop(Target::file(&path).expect("begun"));
    }
    assert!(tree(&bench.path("")).iter().all(|(name, _)| !name.contains("naqi-part")));
}
