//! Every format in, every format out: the same bodies as JSON Lines give, other values untouched, and the input back again.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, Date32Array, RecordBatch, StringArray};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, GzipLevel};
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};

use crate::harness::{Bench, tree};

const STORY: &str = "The council opened the new bridge on Monday, and the mayor said that \"traffic\" would flow again by the evening.";

/// Records of a small dump: noise, quotes, line ends, other keys.
pub(crate) fn records() -> Vec<Value> {
    (0..40)
        .map(|n| {
            let more = if n % 3 == 0 { "Share on Facebook" } else { "The old one, built of oak; it stood for ninety years, and nobody will miss it." };
            json!({
                "id": format!("r{n}"),
                "url": format!("https://news.example.com/{n}"),
                "title": if n % 4 == 0 { Value::Null } else { format!("Bridge number {n} opens").into() },
                "text": format!("{STORY}\n\nIn year {n} the ferry had stopped, and people walked.\n{more}\n"),
                "section": "جسور, \"city\"",
            })
        })
        .collect()
}

fn csv_of(records: &[Value], delimiter: u8) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    let names = ["id", "url", "title", "text", "section"];
    writer.write_record(names).expect("written");
    for record in records {
        writer.write_record(names.map(|name| record[name].as_str().unwrap_or_default())).expect("written");
    }
    writer.into_inner().expect("written")
}

/// The dump in columns, with a type that JSON does not know.
fn batch_of(records: &[Value]) -> RecordBatch {
    let text = |key: &str| Arc::new(records.iter().map(|record| record[key].as_str()).collect::<StringArray>()) as ArrayRef;
    let days = Arc::new(Date32Array::from_iter_values(0..records.len() as i32)) as ArrayRef;
    let columns = ["id", "url", "title", "text", "section"].map(|key| (key, text(key), true));
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().chain([("day", days, false)])).expect("a batch")
}

fn parquet_of(batch: &RecordBatch, compression: Compression) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(compression).set_max_row_group_row_count(Some(7)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("a writer");
    writer.write(batch).expect("written");
    writer.into_inner().expect("written")
}

fn arrow_of(batch: &RecordBatch, stream: bool) -> Vec<u8> {
    if stream {
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).expect("a writer");
        writer.write(batch).expect("written");
        return writer.into_inner().expect("written");
    }
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).expect("a writer");
    writer.write(batch).expect("written");
    writer.into_inner().expect("written")
}

/// The batches of a file in columns, by the crates alone.
fn batches(name: &str, bytes: &[u8]) -> Vec<RecordBatch> {
    if name.ends_with(".parquet") {
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes.to_vec())).expect("Parquet").build().expect("a reader");
        reader.map(|batch| batch.expect("a batch")).collect()
    } else if bytes.starts_with(b"ARROW1") {
        FileReader::try_new(Cursor::new(bytes), None).expect("Arrow").map(|batch| batch.expect("a batch")).collect()
    } else {
        StreamReader::try_new(bytes, None).expect("Arrow").map(|batch| batch.expect("a batch")).collect()
    }
}

/// A WARC record with its head and the blank lines behind.
pub(crate) fn warc_record(kind: &str, id: &str, url: &str, media: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <{id}>\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2024-05-06T07:08:09Z\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n",
        content.len()
    );
    [head.as_bytes(), content, b"\r\n\r\n"].concat()
}

/// The dump as text that a crawler converted.
fn wet_of(records: &[Value]) -> Vec<u8> {
    let text = |record: &Value, key: &str| record[key].as_str().unwrap_or_default().to_owned();
    let of = |record: &Value| warc_record("conversion", &text(record, "id"), &text(record, "url"), "text/plain", text(record, "text").as_bytes());
    let info = warc_record("warcinfo", "urn:i", "", "application/warc-fields", b"software: own\r\n");
    info.into_iter().chain(records.iter().flat_map(of)).collect()
}

/// Records of a WARC file: the lines of the head, and the content.
fn warc_records(bytes: &[u8]) -> Vec<(String, String)> {
    let mut rest = bytes;
    let mut records = Vec::new();
    while !rest.is_empty() {
        let end = rest.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
        let head = String::from_utf8(rest[..end].to_vec()).expect("UTF-8");
        let size: usize = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a size").parse().expect("a number");
        records.push((head, String::from_utf8(rest[end..end + size].to_vec()).expect("UTF-8")));
        assert_eq!(&rest[end + size..end + size + 4], b"\r\n\r\n");
        rest = &rest[end + size + 4..];
    }
    records
}

/// The dump in every format that holds records: name and bytes.
pub(crate) fn inputs(records: &[Value]) -> Vec<(&'static str, Vec<u8>)> {
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let batch = batch_of(records);
    vec![
        ("dump.jsonl", lines.into_bytes()),
        ("dump.csv", csv_of(records, b',')),
        ("dump.tsv", csv_of(records, b'\t')),
        ("dump.parquet", parquet_of(&batch, Compression::SNAPPY)),
        ("dump.arrow", arrow_of(&batch, false)),
        ("dump.arrows", arrow_of(&batch, true)),
        ("dump.wet", wet_of(records)),
    ]
}

/// Form on the command line and ending of its files.
const OUTPUTS: &[(&str, &str)] = &[("jsonl", "jsonl"), ("csv", "csv"), ("tsv", "tsv"), ("parquet", "parquet"), ("arrow", "arrow"), ("warc", "warc")];

/// The values under a key of every record of an output, in order; absent and null values are empty.
fn values(name: &str, bytes: &[u8], key: &str) -> Vec<String> {
    let delimited = |delimiter| {
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
        let at = reader.headers().expect("a header").iter().position(|column| column == key).unwrap_or_else(|| panic!("{name} has no column {key}"));
        reader.records().map(|row| row.expect("a row")[at].to_owned()).collect()
    };
    match name.rsplit('.').next() {
        Some("csv") => delimited(b','),
        Some("tsv") => delimited(b'\t'),
        Some("warc" | "wet") => {
            let records = warc_records(bytes).into_iter();
            match key {
                "text" => records.map(|(_, content)| content).collect(),
                "url" => {
                    records.map(|(head, _)| head.lines().find_map(|line| line.strip_prefix("WARC-Target-URI: ")).expect("an address").to_owned()).collect()
                }
                _ => panic!("{name} has no {key}"),
            }
        }
        Some("parquet" | "arrow" | "arrows") => {
            let column = |batch: &RecordBatch| batch.column_by_name(key).unwrap_or_else(|| panic!("{name} has no column {key}")).clone();
            let texts = |batch: &RecordBatch| column(batch).as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()).collect::<Vec<_>>();
            batches(name, bytes).iter().flat_map(texts).collect()
        }
        _ => String::from_utf8_lossy(bytes)
            .lines()
            .map(|line| {
                let value: Value = serde_json::from_str(line).expect("JSON");
                value[key].as_str().unwrap_or_default().to_owned()
            })
            .collect(),
    }
}

#[test]
fn every_format_in_and_out_gives_the_same_bodies() {
    let bench = Bench::new();
    let records = records();
    let inputs = inputs(&records);
    for (name, bytes) in &inputs {
        bench.write(&format!("in/{name}"), bytes);
    }
    bench.naqi(&["clean", "in/dump.jsonl", "-o", "plain.jsonl", "-q"]);
    let plain = std::fs::read(bench.path("plain.jsonl")).expect("written");
    let wanted = ["text", "url", "id", "title", "section"].map(|key| (key, values("plain.jsonl", &plain, key)));
    let texts: Vec<&str> = records.iter().filter_map(|record| record["text"].as_str()).collect();
    assert_ne!(wanted[0].1[0], texts[0], "noise goes");
    for (name, bytes) in &inputs {
        for (to, ending) in OUTPUTS {
            let out = format!("{name}-{to}");
            bench.naqi(&["clean", &format!("in/{name}"), "-o", &out, "--to", to, "-q"]).exits(0);
            let same = name.ends_with(ending) || matches!((*to, *name), ("arrow", "dump.arrows") | ("warc", "dump.wet"));
            let file = if same { (*name).to_owned() } else { format!("{name}.{ending}") };
            let output = std::fs::read(bench.path(&format!("{out}/{file}"))).unwrap_or_else(|error| panic!("{out}/{file}: {error}"));
            // WARC has no place for other keys, on either side.
            let keys = if *to == "warc" {
                2
            } else if name.ends_with(".wet") {
                3
            } else {
                5
            };
            for (key, wanted) in &wanted[..keys] {
                assert_eq!(&values(&file, &output, key), wanted, "{key} of {name} as {to}");
            }
            bench.naqi(&["restore", &out, "-o", &format!("back/{out}")]).exits(0);
            let back = tree(&bench.path(&format!("back/{out}")));
            if name.contains(".arrow") || name.ends_with(".parquet") {
                assert_eq!(back[0].0, format!("{name}.jsonl"));
                assert_eq!(values("x.jsonl", &back[0].1, "text"), texts, "{name} back from {to}");
            } else {
                assert_eq!(back, [((*name).to_owned(), bytes.clone())], "{name} back from {to}");
            }
        }
    }
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
fn columns_keep_their_types() {
    let bench = Bench::new();
    let batch = batch_of(&records());
    for (name, compression) in [
        ("snappy", Compression::SNAPPY),
        ("gzip", Compression::GZIP(GzipLevel::default())),
        ("lz4", Compression::LZ4_RAW),
        ("plain", Compression::UNCOMPRESSED),
    ] {
        let name = format!("{name}.parquet");
        bench.write(&format!("in/{name}"), parquet_of(&batch, compression));
    }
    bench.naqi(&["clean", "in", "-o", "out", "--jobs", "1"]).exits(0);
    bench.naqi(&["clean", "in", "-o", "four", "--jobs", "4"]).exits(0);
    assert_eq!(tree(&bench.path("out")), tree(&bench.path("four")));
    let wanted = batch.column_by_name("day").expect("days");
    for (name, bytes) in tree(&bench.path("out")).into_iter().filter(|(name, _)| name.ends_with(".parquet")) {
        let out = batches(&name, &bytes);
        let rows = arrow_select::concat::concat_batches(&out[0].schema(), &out).expect("one batch");
        assert_eq!(rows.column_by_name("day").expect("days"), wanted, "{name}");
        assert_eq!(
            rows.schema().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(),
            ["id", "url", "title", "text", "section", "day", "naqi"]
        );
    }
}

#[test]
fn values_that_fit_no_column_are_kept() {
    let bench = Bench::new();
    let first = format!("{{\"text\":\"{}\",\"n\":1,\"x\":1.5,\"ok\":true}}\n", "Plain words stand here.");
    // The second piece begins behind a megabyte.
    let lines = first.repeat(20_000) + "{\"text\":\"Other words stand here.\",\"n\":\"many\",\"new\":[1]}\n";
    bench.write("in.jsonl", lines);
    bench.naqi(&["clean", "in.jsonl", "-o", "out.parquet", "-q"]).exits(0);
    let out = batches("out.parquet", &std::fs::read(bench.path("out.parquet")).expect("written"));
    let last = out.last().expect("a batch");
    let row = last.num_rows() - 1;
    assert!(last.column_by_name("n").expect("n").is_null(row));
    assert_eq!(last.column_by_name("other").expect("other").as_string::<i32>().value(row), "{\"n\":\"many\",\"new\":[1]}");
    assert_eq!(out[0].column_by_name("x").expect("x").data_type(), &arrow_schema::DataType::Float64);
    bench.naqi(&["clean", "in.jsonl", "-o", "out.csv", "-q"]).exits(0);
    assert_eq!(values("x.csv", bench.read("out.csv").as_bytes(), "other").last().map(String::as_str), Some("{\"new\":[1]}"));
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

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, bytes).expect("packed");
    packed.finish().expect("packed")
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes), &mut unpacked).expect("gzip");
    unpacked
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

pub(crate) fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        // The checked way to name a member refuses the paths that are to be tried.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *bytes).expect("written");
    }
    archive.into_inner().expect("written")
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("begun");
        std::io::Write::write_all(&mut archive, bytes).expect("written");
    }
    archive.finish().expect("written").into_inner()
}

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
    let run = bench.naqi(&["clean", "in", "-o", "out", "--set", "read.ratio-from=1000000"]).exits(1);
    for text in ["leads out of the archive", "bomb.zip", "bomb.tar/bomb.txt.gz", "max-ratio", "cut.tar/b.txt", "cut.zip", "noise.zip"] {
        assert!(run.err().contains(text), "'{text}' is not in {}", run.err());
    }
    assert_eq!(bench.read("out/out.zip/in.txt"), STORY);
    assert_eq!(bench.read("out/out.tar/in.txt"), STORY);
    assert!(bench.read("out/out.tar/~2/in.txt").starts_with("Another"));
    assert_eq!(bench.read("out/bomb.tar/in.txt"), STORY);
    assert_eq!(bench.read("out/cut.tar/a.txt"), STORY);
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
    bench.naqi(&["clean", "in/x/dump.jsonl.gz", "-o", "one.jsonl", "--audit-format", "dolma", "--audit", "one.dolma.jsonl"]).exits(0);
    assert_eq!(bench.read("one.dolma.jsonl").lines().count(), 2);
}

#[test]
fn records_in_the_layout_of_datatrove() {
    let bench = Bench::new();
    bench.write("in.jsonl", format!("{}\n", json!({"text": STORY, "id": 7, "lang": "en", "metadata": {"url": "https://x.example/a", "n": 1.5}})));
    let line = bench.naqi(&["clean", "in.jsonl", "-o", "-", "--layout", "datatrove", "-q"]).exits(0).out();
    let record: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!((record["text"].as_str(), record["id"].as_str()), (Some(STORY), Some("7")));
    assert_eq!((&record["metadata"]["lang"], &record["metadata"]["url"], &record["metadata"]["n"]), (&json!("en"), &json!("https://x.example/a"), &json!(1.5)));
    assert_eq!(record["metadata"]["naqi"]["status"], "unchanged");
    bench.naqi(&["clean", "in.jsonl", "-o", "out.parquet", "--layout", "datatrove", "-q"]).exits(0);
    let out = batches("out.parquet", &std::fs::read(bench.path("out.parquet")).expect("written"));
    assert_eq!(out[0].schema().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(), ["text", "id", "metadata", "other"]);
}
