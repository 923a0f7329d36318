//! Inputs as they come: names that meet, files that cannot be read at all or break off, options that ask for nothing, and how far a
//! source is read.

use naqi::read::{Form, Limits, Source, Works};
use parquet::basic::Compression;
use serde_json::json;

use crate::formats::{STORY, batch_of, gzip, parquet_of, records, tar_of, zip_of};
use crate::harness::{Bench, tree};

#[test]
fn sources_that_share_a_name_are_told_apart() {
    let bench = Bench::new();
    let text = |number: usize| format!("{STORY} It was number {number}.\n");
    bench.write("in/a.html", format!("<title>Bridge</title><p>{STORY}</p>"));
    bench.write("in/a.html.txt", text(1));
    bench.write("in/audit.jsonl", format!("{}\n", json!({"text": text(2)})));
    bench.naqi(&["clean", "in", "-o", "out"]).exits(0);
    assert_eq!(bench.read("out/~2/a.html.txt"), text(1));
    assert!(bench.read("out/a.html.txt").contains(STORY) && bench.read("out/~2/audit.jsonl").contains("number 2"));
    bench.naqi(&["restore", "out", "-o", "back"]).exits(0);
    assert_eq!(bench.read("back/~2/a.html.txt"), text(1));
    assert_eq!(bench.read("back/a.html"), bench.read("in/a.html"));
    for number in 0..3 {
        bench.write(&format!("{number}/x.txt"), text(number));
    }
    bench.naqi(&["clean", "0/x.txt", "1/x.txt", "2/x.txt", "-o", "named"]).exits(0);
    assert_eq!(["named/x.txt", "named/~2/x.txt", "named/~3/x.txt"].map(|name| bench.read(name)), [text(0), text(1), text(2)]);
    bench.naqi(&["restore", "named", "-o", "again"]).exits(0);
    assert_eq!(tree(&bench.path("again")).len(), 3);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_utf_8() {
    use std::os::unix::ffi::OsStrExt;
    let bench = Bench::new();
    bench.write("in/plain.txt", STORY);
    for byte in [0xfe_u8, 0xff] {
        let name = [b"b".as_slice(), &[byte], b".txt"].concat();
        // Some file systems take no such names; there is nothing to test then.
        let _ = std::fs::write(bench.path("in").join(std::ffi::OsStr::from_bytes(&name)), format!("{STORY} It was byte {byte}."));
    }
    bench.naqi(&["clean", "in", "-o", "out"]).exits(0);
    let texts = tree(&bench.path("out")).into_iter().filter(|(name, _)| name.ends_with(".txt")).count();
    assert_eq!(texts, std::fs::read_dir(bench.path("in")).expect("a folder").count(), "each has a place of its own");
}

#[test]
fn what_cannot_be_read_leaves_no_output() {
    let bench = Bench::new();
    for (name, bytes) in [("x.parquet", b"PAR1 no PAR1".to_vec()), ("x.arrow", Vec::new()), ("x.zip", b"PK no".to_vec()), ("all.jsonl", b"{no\n{no\n".to_vec())]
    {
        bench.write(&format!("in/{name}"), bytes);
    }
    let whole = gzip(STORY.repeat(50).as_bytes());
    bench.write("in/cut.txt.gz", &whole[..whole.len() - 12]);
    bench.write("in/good.txt", STORY);
    bench.naqi(&["clean", "in", "-o", "out"]).exits(1).says("x.parquet").says("x.arrow").says("x.zip").says("all.jsonl:2").says("cut.txt.gz");
    assert_eq!(tree(&bench.path("out")).into_iter().map(|(name, _)| name).collect::<Vec<_>>(), ["audit.jsonl", "good.txt", "quarantine.jsonl"]);
    // What could be read of the cut one is kept, and can be tried.
    bench.naqi(&["clean", "out/quarantine.jsonl", "--from", "quarantine", "-o", "again.jsonl"]).exits(1);
    assert!(bench.read("again.jsonl").contains(&STORY[..40]));
    bench.naqi(&["restore", "out", "-o", "back"]).exits(0);
    assert_eq!(bench.read("back/all.jsonl"), "{no\n{no\n");
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_written_to_and_stay() {
    use std::os::unix::fs::FileTypeExt;
    let bench = Bench::new();
    bench.write("in/a.txt", format!("{STORY}\nShare on Facebook\n"));
    for name in ["audit", "refused", "all"] {
        assert!(std::process::Command::new("mkfifo").arg(bench.path(name)).status().expect("mkfifo").success());
    }
    let read = |name: &str| {
        let path = bench.path(name);
        std::thread::spawn(move || std::fs::read_to_string(path).expect("read"))
    };
    let audit = read("audit");
    bench.naqi(&["clean", "in", "-o", "out", "--audit", "audit", "--quarantine", "refused"]).exits(0);
    assert!(audit.join().expect("read").contains("Share on Facebook"));
    let all = read("all");
    bench.naqi(&["clean", "in", "-o", "all", "--to", "jsonl", "-q"]).exits(0);
    assert!(all.join().expect("read").contains(&STORY[..30]));
    bench.naqi(&["clean", "in", "-o", "all", "--resume"]).exits(2).says("a device or pipe cannot be taken up again");
    for name in ["audit", "refused", "all"] {
        assert!(std::fs::metadata(bench.path(name)).expect("there").file_type().is_fifo(), "{name}");
    }
    assert!(tree(&bench.path("out")).iter().all(|(name, _)| name == "a.txt"));
}

#[test]
fn what_asks_for_nothing_says_so() {
    let bench = Bench::new();
    bench.write("in/a.txt", STORY);
    bench.naqi(&["clean", "in", "-o", "out", "--limit", "0"]).exits(2).says("--limit 0 would clean nothing");
    bench.naqi(&["clean", "in", "-o", "out", "--sample", "0"]).exits(2).says("--sample 0 would clean nothing");
    bench.naqi(&["clean", "in", "-o", "out", "--sample", "9", "-q"]).exits(0);
    assert_eq!(bench.read("out/a.txt"), STORY);
    std::fs::create_dir(bench.path("empty")).expect("a folder");
    bench.naqi(&["clean", "empty", "-o", "out2"]).exits(2).says("holds no readable input");
    assert!(!bench.path("out2").exists());
    // Of a folder inside of the input that is the output nothing is read.
    bench.naqi(&["clean", "in", "-o", "in/clean", "-q"]).exits(0);
    bench.naqi(&["clean", "in", "-o", "in/clean", "-q"]).exits(0);
    assert_eq!(tree(&bench.path("in")).len(), 3, "the text, its body and the audit");
    bench.write("file", "");
    bench.naqi(&["clean", "in", "-o", "file/out", "-q"]).exits(2).says("file/out");
}

#[test]
fn sources_tell_how_far_they_are_read() {
    let bench = Bench::new();
    // What does not compress well is read in many parts.
    let noise = |n: u64| (0..4).map(|k| format!("{:x}", (4 * n + k + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect::<String>();
    let lines: String = (0..20_000).map(|n| format!("{}\n", json!({"id": n, "text": format!("{STORY} {}", noise(n))}))).collect();
    let tar = tar_of(&[("a.txt", STORY.as_bytes()), ("b.jsonl", lines.as_bytes()), ("c.txt", STORY.as_bytes())]);
    let inputs = [
        ("a.jsonl", lines.clone().into_bytes()),
        ("a.jsonl.gz", gzip(lines.as_bytes())),
        ("a.parquet", parquet_of(&batch_of(&records()), Compression::SNAPPY)),
        ("a.tar.gz", gzip(&tar)),
        ("a.zip", zip_of(&[("b.jsonl", lines.as_bytes()), ("a.txt", STORY.as_bytes())])),
        ("a.txt", STORY.into()),
    ];
    for (name, bytes) in inputs {
        let path = bench.write(name, &bytes);
        let source = Source::file(path, name, Form::of(name.as_ref()).expect("a form"), bytes.len() as u64);
        let at: Vec<u64> = Works::new(&[source], Limits::NONE).map(|work| work.at).collect();
        assert!(at.is_sorted(), "{name}: {at:?}");
        let last = *at.last().expect("a piece");
        let size = bytes.len() as u64;
        assert!(last <= size && last > size * 9 / 10, "{name}: {last} of {size}");
        assert!(at.len() < 5 || at[0] < size / 2, "{name}: {at:?}");
    }
}
