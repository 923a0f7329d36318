//! What the tests share: the binary in a folder of its own, and cleaners over shipped rules.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use naqi::clean::{Article, Cleaner};
use naqi::document::{Document, Format, Metadata};
use naqi::record::{Decoding, Provenance, Record};
use naqi::rules::RuleSet;

/// A cleaner with the shipped rules and settings.
pub(crate) static SHIPPED: LazyLock<Cleaner> = LazyLock::new(|| Cleaner::new(RuleSet::shipped().expect("the shipped rules compile")));

/// The project's folder.
pub(crate) fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Cleans a text with metadata.
pub(crate) fn clean_text(cleaner: &Cleaner, text: &str, metadata: Metadata) -> (Document, Article) {
    clean(cleaner, text, Format::Text, metadata)
}

/// Cleans a text or page.
pub(crate) fn clean(cleaner: &Cleaner, content: &str, format: Format, metadata: Metadata) -> (Document, Article) {
    let provenance = Provenance { source: "test".into(), line: None, offset: 0 };
    let decoding = Decoding { encoding: "UTF-8", mark: false, replaced: 0 };
    let document = cleaner.segment(Record { id: "test".into(), provenance, format, content: content.into(), metadata, decoding });
    let article = cleaner.clean(&document);
    (document, article)
}

/// A folder that is gone with the test, and the binary run inside of it.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Bench { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A path below it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, its folders included.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(&path, bytes).expect("written");
        path
    }

    /// Reads a file as text.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs `naqi` with these arguments.
    pub(crate) fn naqi(&self, arguments: &[&str]) -> Run {
        self.naqi_with(arguments, "")
    }

    /// Runs `naqi` with these arguments and this standard input.
    pub(crate) fn naqi_with(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_naqi"))
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("naqi starts");
        let mut stdin = child.stdin.take().expect("piped");
        let input = input.as_ref().to_vec();
        let feed = std::thread::spawn(move || {
            // A run that stops early closes the pipe; that is its right.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().expect("naqi ends");
        feed.join().expect("fed");
        Run { output }
    }
}

/// What a run left.
pub(crate) struct Run {
    output: Output,
}

impl Run {
    /// Standard output as text.
    pub(crate) fn out(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).expect("UTF-8")
    }

    /// Standard error as text.
    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Asserts the exit status and hands the run on.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.output.status.code(), Some(status), "stderr: {}\nstdout: {}", self.err(), String::from_utf8_lossy(&self.output.stdout));
        self
    }

    /// Asserts that standard error says this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.err().contains(text), "'{text}' is not in: {}", self.err());
        self
    }
}

/// Every file below a folder, as (name, bytes), sorted.
pub(crate) fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().replace('\\', "/");
                files.push((name, fs::read(&path).expect("readable")));
            }
        }
    }
    files.sort();
    files
}
