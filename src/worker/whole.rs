//! Records that are whole files: one text or web page each.

use std::io::Read;

use super::{Done, Kept, Worker};
use crate::decode::{decode, encode};
use crate::document::{Format, Metadata};
use crate::read::{Form, Source, open_within};
use crate::record::{Provenance, Record, Unreadable};
use crate::write::audit::pack;
use crate::write::output::{Layout, push_datatrove_line, push_file_line};
use crate::write::warc::Conversion;

impl Worker {
    /// The bytes of a file, unless they are too many; else the reason and what could be read.
    pub(super) fn read_whole(&self, source: &Source) -> Result<Vec<u8>, (String, Vec<u8>)> {
        let limit = self.max_record_bytes();
        let mut bytes = Vec::with_capacity(usize::try_from(source.bytes.min(limit)).unwrap_or(0) + 1);
        let reader = open_within(source, &self.limits()).map_err(|error| (format!("cannot be read: {error}"), Vec::new()))?;
        let read = reader.take(limit + 1).read_to_end(&mut bytes);
        if bytes.len() as u64 > limit {
            return Err((format!("the file is larger than clean.max-record-bytes = {limit}; raise it to read such files"), Vec::new()));
        }
        match read {
            Ok(_) => Ok(bytes),
            Err(error) => Err((format!("cannot be read: {error}"), bytes)),
        }
    }

    /// Cleans the bytes of a whole file.
    pub(super) fn file(&self, source: &Source, provenance: &Provenance, bytes: &[u8], done: &mut Done) {
        done.read += bytes.len() as u64;
        let format = if source.form == Form::Html { Format::Html } else { Format::Text };
        let outcome = decode(bytes, format, self.task.encoding).and_then(|decoded| {
            let decoding = decoded.decoding;
            let folder = source.name.rsplit_once('/').map(|(folder, _)| folder.rsplit('/').next().unwrap_or(folder).to_owned());
            let metadata = Metadata { host: folder, group: self.task.group_by.group(source, None), ..Metadata::default() };
            let record = Record { id: source.name.to_string(), provenance: provenance.clone(), format, content: decoded.text, metadata, decoding };
            Ok(self.judge(source, record, done)?.map(|judged| (judged, decoding)))
        });
        let (judged, decoding) = match outcome {
            Ok(Some(outcome)) => outcome,
            Ok(None) => return,
            Err(reason) => return self.refuse(source, Unreadable { provenance: provenance.clone(), reason, bytes: bytes.to_vec() }, done),
        };
        let article = &judged.article;
        match self.output_form(source.form) {
            _ if judged.dropped => {}
            Form::Text => done.output.extend_from_slice(article.body.as_bytes()),
            Form::Warc => Conversion { id: &source.name, url: None, date: article.metadata.date.as_deref() }.push(&mut done.output, &article.body),
            _ if self.task.layout == Layout::Datatrove => {
                push_datatrove_line(&mut done.output, &source.name, &[], &self.task.keys, article, format == Format::Html, true);
            }
            _ => push_file_line(&mut done.output, &source.name, &self.task.keys, article, format == Format::Html),
        }
        let keep = |text: &str, dropped: bool| {
            let whole = !dropped && format == Format::Text && encode(text, &decoding) == bytes;
            Kept { original: (!whole).then(|| pack(bytes)), frame: None }
        };
        self.note(source.form, (&source.name, None), provenance, (&judged, decoding), keep, done);
        done.totals.count(article, &self.cleaner, decoding.replaced);
    }
}
