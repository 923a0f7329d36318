//! The marked documents of `tests/documents` (see docs/documents.md), each cleaned with the shipped rules and compared exactly.

use std::fs;
use std::path::{Path, PathBuf};

use naqi::document::Metadata;

use crate::harness::{SHIPPED, clean_text, project};

/// A marked document: what goes in and what must come out.
#[derive(Default)]
struct Marked {
    text: String,
    kept: Vec<String>,
    title: Option<String>,
    metadata: Metadata,
}

fn without_noise(line: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for c in line.chars() {
        match c {
            '⟦' => inside = true,
            '⟧' => inside = false,
            _ if inside => {}
            _ => kept.push(c),
        }
    }
    kept.trim().to_owned()
}

fn parse(source: &str) -> Marked {
    let mut marked = Marked::default();
    for line in source.lines() {
        let (mark, rest) = line.split_at(line.len().min(2));
        let plain = rest.replace(['⟦', '⟧'], "");
        match mark {
            "@ " => {
                let (key, value) = rest.split_once(": ").unwrap_or_else(|| panic!("'{line}' is no `@ key: value`"));
                let value = Some(value.trim().to_owned());
                match key {
                    "host" => marked.metadata.host = value,
                    "lang" => marked.metadata.lang = value,
                    "title" => marked.metadata.title = value,
                    _ => panic!("'{key}' is no key of a marked document: host, lang, title"),
                }
                continue;
            }
            "+ " => marked.kept.push(without_noise(rest)),
            "# " => marked.title = Some(rest.trim().to_owned()),
            "- " | "" => {}
            _ => panic!("'{line}' begins with no mark"),
        }
        marked.text.push_str(&plain);
        marked.text.push('\n');
    }
    marked
}

/// What differs between the document and its answer, line by line.
fn differences(marked: &Marked) -> Vec<String> {
    let (document, article) = clean_text(&SHIPPED, &marked.text, marked.metadata.clone());
    let kept: Vec<&str> = article.body.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let wanted: Vec<&str> = marked.kept.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
    let mut wrong = Vec::new();
    if kept != wanted {
        wrong.extend(wanted.iter().filter(|line| !kept.contains(line)).map(|line| format!("lost: {line}")));
        wrong.extend(kept.iter().filter(|line| !wanted.contains(line)).map(|line| format!("kept: {line}")));
        if wrong.is_empty() {
            wrong.push("the order or number of lines differs".into());
        }
    }
    if marked.title.is_some() && marked.title != article.title {
        wrong.push(format!("title: {:?}", article.title));
    }
    let by: Vec<String> = article
        .verdicts
        .iter()
        .filter_map(|verdict| Some(format!("    {} [{}]", document.slice(verdict.span).trim(), SHIPPED.name(verdict.reason?))))
        .collect();
    if !wrong.is_empty() && std::env::var_os("NAQI_SHOW").is_some() {
        wrong.push(format!("removed:\n{}", by.join("\n")));
    }
    wrong
}

/// The marked documents and their names.
fn documents() -> Vec<(String, Marked)> {
    let folder = project().join("tests/documents");
    let sorted = |folder: &Path| {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("entry").path()).collect();
        paths.sort();
        paths
    };
    let files: Vec<PathBuf> = sorted(&folder).iter().flat_map(|language| sorted(language)).collect();
    assert!(!files.is_empty(), "no marked documents");
    let name = |file: &Path| file.strip_prefix(&folder).expect("below").display().to_string();
    files.iter().map(|file| (name(file), parse(&fs::read_to_string(file).expect("UTF-8")))).collect()
}

#[test]
fn marked_documents_come_out_exactly() {
    let documents = documents();
    let failures: Vec<String> =
        documents.iter().flat_map(|(name, marked)| differences(marked).into_iter().map(move |wrong| format!("{name}: {wrong}"))).collect();
    let broken: std::collections::BTreeSet<&str> = failures.iter().filter_map(|failure| failure.split(": ").next()).collect();
    assert!(failures.is_empty(), "{} of {} documents differ:\n{}", broken.len(), documents.len(), failures.join("\n"));
}

/// A line filled to a width, as `fold -s` and mail programs do.
fn wrapped(line: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in line.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

#[test]
fn wrapped_documents_give_the_same_words_but_for_a_few() {
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut failures = Vec::new();
    let documents = documents();
    for (name, marked) in &documents {
        for width in [60, 72, 100] {
            let text: Vec<String> = marked.text.lines().map(|line| wrapped(line, width)).collect();
            let (_, article) = clean_text(&SHIPPED, &text.join("\n"), marked.metadata.clone());
            let (found, wanted) = (squeezed(&article.body), squeezed(&marked.kept.join(" ")));
            if found != wanted {
                failures.push(format!("{name} at {width}:\n  wanted {wanted}\n  found  {found}"));
            }
        }
    }
    // A row of noise may fill the width by chance, and a short text has few lines to tell a width by.
    assert!(failures.len() <= documents.len() / 4, "{} of {} differ:\n{}", failures.len(), documents.len() * 3, failures.join("\n"));
}
