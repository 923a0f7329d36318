//! The formats that naqi knows: their names, the endings of their files, and what each is written as.
//!
//! A new format is a line in each of these tables, a file in `read` that cuts it into pieces, and one in `write` that encodes it.

use std::path::Path;

/// Endings of compressed files; the bytes decide what they are compressed with.
pub const PACKED: [&str; 4] = [".gz", ".zst", ".xz", ".bz2"];

/// What a source holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One text.
    Text,
    /// One web page.
    Html,
    /// A JSON record a line.
    JsonLines,
    /// A table of comma-separated (or `;`, `|`) rows with a header.
    Csv,
    /// A table of tab-separated rows with a header.
    Tsv,
    /// A Parquet file.
    Parquet,
    /// An Arrow IPC file or stream.
    Arrow,
    /// A WARC or WET file.
    Warc,
    /// A tar archive of files of other forms.
    Tar,
    /// A zip archive of files of other forms.
    Zip,
    /// A record a line that an earlier run refused, to be tried again.
    Quarantine,
}

/// Every format with its name on the command line and in the audit, and the endings of its files, the one that naqi writes first.
const FORMS: &[(Form, &str, &[&str])] = &[
    (Form::Text, "text", &["txt", "text"]),
    (Form::Html, "html", &["html", "htm", "xhtml"]),
    (Form::JsonLines, "jsonl", &["jsonl", "ndjson"]),
    (Form::Csv, "csv", &["csv"]),
    (Form::Tsv, "tsv", &["tsv", "tab"]),
    (Form::Parquet, "parquet", &["parquet", "pq"]),
    (Form::Arrow, "arrow", &["arrow", "arrows", "feather", "ipc"]),
    (Form::Warc, "warc", &["warc", "wet"]),
    (Form::Tar, "tar", &["tar", "tgz", "txz", "tzst", "tbz2"]),
    (Form::Zip, "zip", &["zip"]),
    // A quarantine is named as such on the command line; its name says JSON Lines.
    (Form::Quarantine, "quarantine", &[]),
];

impl Form {
    /// All that are read.
    pub const ALL: &[Form] =
        &[Form::Text, Form::Html, Form::JsonLines, Form::Csv, Form::Tsv, Form::Parquet, Form::Arrow, Form::Warc, Form::Tar, Form::Zip, Form::Quarantine];
    /// All that are written.
    pub const WRITTEN: &[Form] = &[Form::Text, Form::JsonLines, Form::Csv, Form::Tsv, Form::Parquet, Form::Arrow, Form::Warc];

    /// The form that a file's name says, endings of compression aside.
    pub fn of(path: &Path) -> Option<Form> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let bare = PACKED.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
        let (_, ending) = bare.rsplit_once('.')?;
        FORMS.iter().find(|(_, _, endings)| endings.contains(&ending)).map(|&(form, ..)| form)
    }

    /// The form of this name.
    pub fn named(name: &str) -> Option<Form> {
        FORMS.iter().find(|(_, known, _)| *known == name).map(|&(form, ..)| form)
    }

    fn row(self) -> &'static (Form, &'static str, &'static [&'static str]) {
        // Every form has its row; the test below holds that.
        FORMS.iter().find(|(form, ..)| *form == self).unwrap_or(&FORMS[0])
    }

    /// Its name on the command line and in the audit.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The ending of the files that naqi writes.
    pub fn ending(self) -> &'static str {
        self.row().2.first().copied().unwrap_or(self.name())
    }

    /// The endings that naqi reads, for messages.
    pub fn endings() -> String {
        let all: Vec<String> = FORMS.iter().flat_map(|(_, _, endings)| endings.iter().map(|ending| format!(".{ending}"))).collect();
        all.join(" ")
    }

    /// A file of this form is one record.
    pub fn is_whole(self) -> bool {
        matches!(self, Form::Text | Form::Html)
    }

    /// It holds a JSON record a line.
    pub fn is_lines(self) -> bool {
        matches!(self, Form::JsonLines | Form::Quarantine)
    }

    /// It holds files of other forms.
    pub fn is_archive(self) -> bool {
        matches!(self, Form::Tar | Form::Zip)
    }

    /// Its records are cells of typed columns, not bytes in a row.
    pub fn is_columns(self) -> bool {
        matches!(self, Form::Parquet | Form::Arrow)
    }

    /// The form in which clean records of this form are written by default: its own, a page's body as text, and what was refused as JSON Lines.
    pub fn written(self) -> Form {
        match self {
            Form::Html => Form::Text,
            Form::Quarantine => Form::JsonLines,
            own => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_the_form() {
        for (name, form) in [
            ("a/b.JSONL.gz", Some(Form::JsonLines)),
            ("b.csv", Some(Form::Csv)),
            ("page.html.xz", Some(Form::Html)),
            ("csv", None),
            ("notes.md", None),
            ("x.gz", None),
        ] {
            assert_eq!(Form::of(Path::new(name)), form, "{name}");
        }
        for &(form, name, _) in FORMS {
            assert_eq!(form.name(), name);
            assert_eq!(Form::named(name), Some(form));
        }
    }
}
