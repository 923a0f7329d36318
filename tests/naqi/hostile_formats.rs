//! Inputs made to hurt: each ends with a reason, the rest of the run goes on, and nothing is written where it does not belong.

use parquet::basic::Compression;

use crate::formats::{STORY, arrow_of, batch_of, gzip, parquet_of, records, tar_of, values, zip_of};
use crate::harness::{Bench, tree};

#[test]
fn broken_tables_lose_nothing() {
    let bench = Bench::new();
    bench.write("in/open.csv", format!("id,text\n1,\"{}\"\n2,\"never closed\n3,three\n4,four,five\n5,five\n", STORY.replace('"', "\"\"")));
    bench.write("in/other.csv", "id,body\n1,text\n");
    bench.write("in/none.csv", "");
    bench.write("in/head.csv", "id,text\n");
    let run = bench.naqi(&["clean", "in", "-o", "out"]).exits(1);
    for text in ["open.csv:3", "never closed", "open.csv:5", "3 cells", "other.csv:2", "--text-key"] {
        assert!(run.err().contains(text), "'{text}' is not in {}", run.err());
    }
    assert_eq!(values("x.csv", bench.read("out/open.csv").as_bytes(), "id"), ["1", "3", "5"]);
    bench.naqi(&["restore", "out", "-o", "back"]).exits(0);
    for name in ["open.csv", "other.csv", "head.csv"] {
        assert_eq!(bench.read(&format!("back/{name}")), bench.read(&format!("in/{name}")));
    }
}

#[test]
fn a_bomb_is_read_no_further() {
    let bench = Bench::new();
    let line = "{\"text\":\"Plain words stand here.\"}\n";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, line.repeat(3).as_bytes()).expect("packed");
    std::io::Write::write_all(&mut packed, &vec![b' '; 40 << 20]).expect("packed");
    bench.write("bomb.jsonl.gz", packed.finish().expect("packed"));
    bench.naqi(&["clean", "bomb.jsonl.gz", "-o", "out", "--set", "read.ratio-from=1000000", "-q"]).exits(1).says("max-ratio");
}

#[test]
fn files_in_columns_that_lie_end_with_a_reason() {
    let bench = Bench::new();
    let batch = batch_of(&records());
    let mut seed = 7_u64;
    for (name, bytes) in [("a.parquet", parquet_of(&batch, Compression::SNAPPY)), ("b.arrow", arrow_of(&batch, false)), ("c.arrows", arrow_of(&batch, true))] {
        for n in 0..60 {
            let mut bytes = bytes.clone();
            for _ in 0..=n % 4 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Half of the changes hit the end, where Parquet keeps what it says of itself.
                let at = if n % 2 == 0 { bytes.len() - 1 - (seed >> 33) as usize % (bytes.len() / 3) } else { (seed >> 33) as usize % bytes.len() };
                bytes[at] ^= (seed >> 20) as u8 | 1;
            }
            bench.write(&format!("in/{n}{name}"), bytes);
        }
        bench.write(&format!("in/cut-{name}"), &bytes[..bytes.len() / 2]);
    }
    let run = bench.naqi(&["clean", "in", "-o", "out", "--no-audit"]).exits(1);
    assert!(run.err().contains("cut-a.parquet") || bench.read("out/quarantine.jsonl").contains("cut-a.parquet"), "{}", run.err());
}

#[test]
fn hostile_archives_end_with_a_reason() {
    let bench = Bench::new();
    let story = STORY.as_bytes();
    bench.write("in/out.zip", zip_of(&[("../../escape.txt", story), ("/tmp/escape.txt", story), ("in.txt", story)]));
    bench.write("in/out.tar", tar_of(&[("../escape.txt", story), ("in.txt", story), ("in.txt", b"Another text of that name stands here.")]));
    let bomb = vec![b' '; 30 << 20];
    bench.write("in/bomb.zip", zip_of(&[("bomb.txt", &bomb)]));
    bench.write("in/bomb.tar", tar_of(&[("bomb.txt.gz", &gzip(&bomb)), ("in.txt", story)]));
    let whole = tar_of(&[("a.txt", story), ("b.txt", &bomb)]);
    bench.write("in/cut.tar", &whole[..5000]);
    bench.write("in/cut.zip", &zip_of(&[("a.txt", story)])[..60]);
    bench.write("in/noise.zip", "no archive");
    // What stands at the end of a zip archive says where its members are.
    let three = zip_of(&[("a.txt", story), ("b/c.txt", story), ("d.txt", story)]);
    bench.write("in/half.zip", &three[..three.len() - 40]);
    bench.write("in/third.zip", &three[..200]);
    let run = bench.naqi(&["clean", "in", "-o", "out", "--set", "read.ratio-from=1000000"]).exits(1);
    for text in [
        "leads out of the archive",
        "bomb.zip",
        "bomb.tar/bomb.txt.gz",
        "max-ratio",
        "cut.tar/b.txt",
        "cut.zip",
        "noise.zip",
        "half.zip",
        "its directory cannot be read",
        "third.zip/b/c.txt",
    ] {
        assert!(run.err().contains(text), "'{text}' is not in {}", run.err());
    }
    assert_eq!(bench.read("out/out.zip/in.txt"), STORY);
    assert_eq!(bench.read("out/out.tar/in.txt"), STORY);
    assert!(bench.read("out/out.tar/~2/in.txt").starts_with("Another"));
    assert_eq!(bench.read("out/bomb.tar/in.txt"), STORY);
    assert_eq!(bench.read("out/cut.tar/a.txt"), STORY);
    assert_eq!(["half.zip/a.txt", "half.zip/b/c.txt", "half.zip/d.txt", "third.zip/a.txt"].map(|name| bench.read(&format!("out/{name}"))), [STORY; 4]);
    let everywhere = tree(bench.path("").as_path());
    assert!(!everywhere.iter().any(|(name, _)| name.contains("escape")), "a member went out of its folder");
}

#[cfg(unix)]
#[test]
fn links_that_loop_are_passed_by() {
    let bench = Bench::new();
    bench.write("in/a/story.txt", STORY);
    std::os::unix::fs::symlink(bench.path("in"), bench.path("in/a/loop")).expect("a link");
    std::os::unix::fs::symlink("nowhere", bench.path("in/broken.txt")).expect("a link");
    bench.naqi(&["clean", "in", "-o", "out"]).exits(0);
    assert_eq!(bench.read("out/a/story.txt"), STORY);
}
