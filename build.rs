//! Makes what the binary carries of `rules/`: the files, and the facts and trees of the regular expressions in them.
//!
//! Out: `$OUT_DIR/shipped.rs`, an array of (path below `rules/`, text), in the order of the paths, the same on every machine; `$OUT_DIR/facts.bin`,
//! rows of (expression, its encoded facts, its encoded tree) in order. The latter are worked out by naqi's own code, which is made part of this script.

// The script needs a part of these files only.
#[allow(dead_code, unreachable_pub, unused_imports)]
#[path = "src/rules/facts/mod.rs"]
mod facts;
#[allow(dead_code, unreachable_pub, unused_imports)]
#[path = "src/span.rs"]
mod span;
#[allow(dead_code, unreachable_pub, unused_imports)]
#[path = "src/text/mod.rs"]
mod text;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use facts::tree::Tree;
use facts::{Facts, parsed};

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "toml" || extension == "json") {
            found.push(path);
        }
    }
    Ok(())
}

/// The expressions of a rule file; none of one that does not parse, which loading it will tell.
fn expressions(path: &Path) -> io::Result<Vec<String>> {
    let table: toml::Table = toml::from_str(&fs::read_to_string(path)?).unwrap_or_default();
    let rules = table.get("rule").and_then(toml::Value::as_array).into_iter().flatten();
    let lists = rules.filter_map(|rule| rule.get("regex")?.as_array());
    Ok(lists.flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect())
}

/// Rows of expressions, their encoded facts and their encoded trees.
fn facts_of(files: &[(String, PathBuf)]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut texts = BTreeSet::new();
    for (_, path) in files.iter().filter(|(name, _)| name.ends_with(".toml")) {
        texts.extend(expressions(path)?);
    }
    let known = texts.into_iter().filter_map(|text| Some((Facts::of(&text).ok()?, Tree::of(&parsed(&text).ok()?), text)));
    let encoded = |(facts, tree, text): (Facts, Option<Tree>, String)| Ok((text, postcard::to_allocvec(&facts)?, postcard::to_allocvec(&tree)?));
    let rows: Vec<(String, Vec<u8>, Vec<u8>)> = known.map(encoded).collect::<postcard::Result<_>>()?;
    Ok(postcard::to_allocvec(&rows)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    ["rules", "src/rules/facts", "src/text", "src/span.rs"].iter().for_each(|path| println!("cargo:rerun-if-changed={path}"));
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("rules");
    let mut files = Vec::new();
    walk(&root, &mut files)?;
    let mut named: Vec<(String, PathBuf)> = files
        .into_iter()
        .filter_map(|path| {
            let name = path.strip_prefix(&root).ok()?.to_string_lossy().replace('\\', "/");
            Some((name, path))
        })
        .collect();
    named.sort();
    let rows: String = named.iter().map(|(name, path)| format!("    ({name:?}, include_str!({path:?})),\n")).collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("shipped.rs"), format!("&[\n{rows}]\n"))?;
    fs::write(out.join("facts.bin"), facts_of(&named)?)?;
    Ok(())
}
