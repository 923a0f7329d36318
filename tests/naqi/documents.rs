//! The marked documents of `tests/documents` (see docs/documents.md), each cleaned with the shipped rules and compared exactly.

use std::fs;

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

#[test]
fn marked_documents_come_out_exactly() {
    let mut failures = Vec::new();
    let mut count = 0;
    let folder = project().join("tests/documents");
    let mut languages: Vec<_> = fs::read_dir(&folder).expect("tests/documents").map(|entry| entry.expect("entry").path()).collect();
    languages.sort();
    for language in languages {
        let mut files: Vec<_> = fs::read_dir(&language).expect("a folder a language").map(|entry| entry.expect("entry").path()).collect();
        files.sort();
        for file in files {
            count += 1;
            let marked = parse(&fs::read_to_string(&file).expect("UTF-8"));
            let name = file.strip_prefix(&folder).expect("below").display().to_string();
            failures.extend(differences(&marked).into_iter().map(|wrong| format!("{name}: {wrong}")));
        }
    }
    assert!(count > 0, "no marked documents");
    let broken: std::collections::BTreeSet<&str> = failures.iter().filter_map(|failure| failure.split(": ").next()).collect();
    assert!(failures.is_empty(), "{} of {count} documents differ:\n{}", broken.len(), failures.join("\n"));
}
