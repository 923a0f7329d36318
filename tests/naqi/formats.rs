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

pub(crate) const STORY: &str = "The council opened the new bridge on Monday, and the mayor said that \"traffic\" would flow again by the evening.";

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

pub(crate) fn csv_of(records: &[Value], delimiter: u8) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    let names = ["id", "url", "title", "text", "section"];
    writer.write_record(names).expect("written");
    for record in records {
        writer.write_record(names.map(|name| record[name].as_str().unwrap_or_default())).expect("written");
    }
    writer.into_inner().expect("written")
}

/// The dump in columns, with a type that JSON does not know.
pub(crate) fn batch_of(records: &[Value]) -> RecordBatch {
    let text = |key: &str| Arc::new(records.iter().map(|record| record[key].as_str()).collect::<StringArray>()) as ArrayRef;
    let days = Arc::new(Date32Array::from_iter_values(0..records.len() as i32)) as ArrayRef;
    let columns = ["id", "url", "title", "text", "section"].map(|key| (key, text(key), true));
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().chain([("day", days, false)])).expect("a batch")
}

pub(crate) fn parquet_of(batch: &RecordBatch, compression: Compression) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(compression).set_max_row_group_row_count(Some(7)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("a writer");
    writer.write(batch).expect("written");
    writer.into_inner().expect("written")
}

pub(crate) fn arrow_of(batch: &RecordBatch, stream: bool) -> Vec<u8> {
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
pub(crate) fn batches(name: &str, bytes: &[u8]) -> Vec<RecordBatch> {
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
pub(crate) fn wet_of(records: &[Value]) -> Vec<u8> {
    let text = |record: &Value, key: &str| record[key].as_str().unwrap_or_default().to_owned();
    let of = |record: &Value| warc_record("conversion", &text(record, "id"), &text(record, "url"), "text/plain", text(record, "text").as_bytes());
    let info = warc_record("warcinfo", "urn:i", "", "application/warc-fields", b"software: own\r\n");
    info.into_iter().chain(records.iter().flat_map(of)).collect()
}

/// Records of a WARC file: the lines of the head, and the content.
pub(crate) fn warc_records(bytes: &[u8]) -> Vec<(String, String)> {
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
pub(crate) fn values(name: &str, bytes: &[u8], key: &str) -> Vec<String> {
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

pub(crate) fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("begun");
        std::io::Write::write_all(&mut archive, bytes).expect("written");
    }
    archive.finish().expect("written").into_inner()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, bytes).expect("packed");
    packed.finish().expect("packed")
}

pub(crate) fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes), &mut unpacked).expect("gzip");
    unpacked
}
