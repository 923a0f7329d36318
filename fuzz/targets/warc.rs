//! A WARC file cut into records: every byte stands in audit or quarantine once, in order.
#![no_main]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use naqi::Cleaner;
use naqi::read::{Form, Piece, Source, pieces};
use naqi::rules::RuleSet;
use naqi::worker::{Task, Worker};
use naqi::write::audit::{AuditForm, AuditLine, QuarantineLine, unpack};

static WORKER: LazyLock<Worker> = LazyLock::new(|| {
    let audit = Some(AuditForm::Naqi);
    let task = Task { audit, ..Task::default() };
    Worker::new(Cleaner::new(RuleSet::shipped().expect("the shipped rules compile")), task)
});

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty())
}

fuzz_target!(|bytes: &[u8]| {
    let source = Source::file("fuzz.warc".into(), "fuzz.warc", Form::Warc, bytes.len() as u64);
    let mut parts: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    let mut add = |offset, part: Vec<u8>| assert!(parts.insert(offset, part).is_none(), "a place is told of once");
    for piece in pieces(Form::Warc, Box::new(Cursor::new(bytes)), &WORKER.limits()).expect("a reader") {
        // What is larger than a record may be is not kept.
        if matches!(piece, Piece::TooLong { .. }) {
            return;
        }
        let done = WORKER.work(&source, piece);
        for line in lines(&done.audit) {
            let line: AuditLine = serde_json::from_slice(line).expect("an audit line");
            add(line.offset, line.original.as_deref().and_then(unpack).expect("packed bytes"));
        }
        for line in lines(&done.quarantine) {
            let line: QuarantineLine = serde_json::from_slice(line).expect("a quarantine line");
            add(line.offset, unpack(&line.bytes).expect("packed bytes"));
        }
    }
    let whole: Vec<u8> = parts.into_values().flatten().collect();
    assert_eq!(whole.trim_ascii_end(), bytes.trim_ascii_end(), "audit and quarantine give the bytes back");
});
