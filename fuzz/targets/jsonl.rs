//! A piece of JSON Lines: every record exactly once in output or quarantine, and quarantined bytes come back.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use naqi::Cleaner;
use naqi::read::{Form, Piece, Source};
use naqi::rules::RuleSet;
use naqi::worker::{Task, Worker};
use naqi::write::audit::{AuditForm, AuditLine, QuarantineLine, REST, unpack};

static WORKER: LazyLock<Worker> = LazyLock::new(|| {
    let audit = Some(AuditForm::Naqi);
    let task = Task { audit, ..Task::default() };
    Worker::new(Cleaner::new(RuleSet::shipped().expect("the shipped rules compile")), task)
});

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let source = Source::file("fuzz.jsonl".into(), "fuzz.jsonl", Form::JsonLines, 0);
    let done = WORKER.work(&source, Piece::Lines { first: 1, offset: 0, bytes: bytes.to_vec() });
    let records = lines(bytes).len();
    let (written, refused) = (lines(&done.output).len(), lines(&done.quarantine).len());
    assert_eq!(written + refused, records, "every record once");
    assert_eq!(done.totals.records, records as u64);
    let audit: Vec<AuditLine> = lines(&done.audit).into_iter().map(|line| serde_json::from_slice(line).expect("an audit line")).collect();
    // Blank lines behind the last record have an audit line of their own.
    assert_eq!(audit.iter().filter(|line| line.form != REST).count(), written);
    for line in lines(&done.quarantine) {
        let line: QuarantineLine = serde_json::from_slice(line).expect("a quarantine line");
        let raw = unpack(&line.bytes).expect("packed bytes");
        let at = line.offset as usize;
        assert_eq!(&bytes[at..at + raw.len()], raw, "the bytes of a refused record");
    }
});
