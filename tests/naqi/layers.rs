//! Imports go down: a file of the library uses only modules of lower levels, as docs/architecture.md draws them.

use std::fs;
use std::path::Path;

use crate::harness::project;

/// Modules by level, lowest first. A module may use those of lower levels, and its own parts.
const LEVELS: &[&[&str]] = &[
    &["span", "limit", "stretch"],
    &["text", "outline", "model"],
    &["document"],
    &["record", "verdict", "features"],
    &["decode", "sample"],
    &["read", "rules"],
    &["survey"],
    &["segment", "detect", "decide"],
    &["clean"],
    &["report", "write", "train", "dedupe"],
    &["worker", "restore", "verify", "journal"],
    &["pipeline", "eval", "import", "lint"],
    &["suggest"],
];

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|modules| modules.contains(&module))
}

fn check(path: &Path, module: &str, wrong: &mut Vec<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            check(&entry.expect("an entry").path(), module, wrong);
        }
        return;
    }
    let source = fs::read_to_string(path).expect("UTF-8");
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let own = level(module).unwrap_or_else(|| panic!("module '{module}' stands on no level; add it to tests/naqi/layers.rs"));
    for used in code.split("crate::").skip(1) {
        let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name == module {
            continue;
        }
        match level(&name) {
            Some(other) if other < own => {}
            _ => wrong.push(format!("{} uses crate::{name}", path.display())),
        }
    }
}

#[test]
fn imports_go_down() {
    let mut wrong = Vec::new();
    for entry in fs::read_dir(project().join("src")).expect("src") {
        let path = entry.expect("an entry").path();
        let module = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if !matches!(module.as_str(), "lib" | "main" | "cli" | "allocator") {
            check(&path, &module, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
