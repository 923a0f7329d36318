//! Records that an earlier run refused, tried again as what they were: a line of its quarantine each.
//!
//! What is refused again keeps its first provenance and form, so that this can be repeated.

use super::{Done, Worker};
use crate::read::rows::Header;
use crate::read::warc::WarcRecord;
use crate::read::{Form, Source};
use crate::record::{Provenance, Unreadable};
use crate::write::audit::{QuarantineLine, unpack};

impl Worker {
    /// Tries a quarantined record again; `bytes` is its line.
    pub(super) fn again(&self, source: &Source, provenance: Provenance, bytes: &[u8], done: &mut Done) {
        let parsed = serde_json::from_slice::<QuarantineLine>(bytes.trim_ascii()).map_err(|error| format!("not a line of a naqi quarantine: {error}"));
        let read = parsed.and_then(|line| {
            let form = Form::named(&line.form).filter(|form| *form != Form::Quarantine);
            let form = form.ok_or_else(|| format!("no quarantined record has the form '{}'", line.form))?;
            let raw = unpack(&line.bytes).ok_or("its bytes cannot be unpacked")?;
            Ok((line, form, raw))
        });
        let (line, form, raw) = match read {
            Ok(read) => read,
            Err(reason) => return self.refuse(source, Unreadable { provenance, reason, bytes: bytes.to_vec() }, done),
        };
        let first = Source { path: None, object: None, name: line.source.into(), form, bytes: raw.len() as u64 };
        let provenance = Provenance { source: first.name.clone(), line: line.line, offset: line.offset };
        let refused = |hint: &str, raw: Vec<u8>, done: &mut Done| {
            let reason = line.reason.strip_suffix(hint).unwrap_or(&line.reason).to_owned() + hint;
            self.refuse(&first, Unreadable { provenance: provenance.clone(), reason, bytes: raw }, done);
        };
        if raw.is_empty() {
            return refused("; its bytes were not kept, so clean the input itself again", raw, done);
        }
        match form {
            Form::Text | Form::Html => self.file(&first, &provenance, &raw, done),
            // A row that was refused is kept as a JSON line.
            Form::JsonLines | Form::Parquet | Form::Arrow => {
                if let Err(reason) = self.line(&first, &provenance, &raw, done) {
                    self.refuse(&first, Unreadable { provenance, reason, bytes: raw }, done);
                }
            }
            Form::Warc => match WarcRecord::of(line.line.unwrap_or(0), line.offset, raw) {
                Ok(record) => self.warc(&first, &[record], done),
                Err(raw) => refused("; it is no whole WARC record", raw, done),
            },
            Form::Csv | Form::Tsv => match line.table.as_ref().and_then(|table| Some((table, raw.split_at_checked(table.lead)?))) {
                Some((table, (lead, row))) => {
                    let header = Header { names: table.columns.clone(), delimiter: u8::try_from(table.delimiter).unwrap_or(b','), wide: None };
                    self.row_or_refusal(&first, provenance, &header, lead, row, done);
                }
                None => refused("; it is no whole row, so mend it in the table and clean that again", raw, done),
            },
            Form::Tar | Form::Zip | Form::Quarantine => refused("; clean the archive itself again", raw, done),
        }
    }
}
