//! Names of sources that are told apart: no two sources share a name, and no two outputs a place.
//!
//! A source's name is its path below its input as text, so `a/x.txt` and `b/x.txt` named one by one, or names that are no UTF-8, can meet; and where
//! outputs take endings of their own, `a.html` and `a.html.txt` do. The later one moves below a folder `~2`, as a member of an archive does.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::sources::Source;

/// A million names need not be kept twice to be told apart.
fn hash_of(kind: u8, name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (kind, name).hash(&mut hasher);
    hasher.finish()
}

/// Renames sources whose name, or a place that `places` gives for their outputs, another one has before them or is `taken`.
pub fn part_names(sources: &mut [Source], taken: &[&str], places: impl Fn(&Source) -> Vec<String> + Sync) {
    let keys = |source: &Source| {
        let places = places(source).into_iter().map(|place| hash_of(1, &place));
        std::iter::once(hash_of(0, &source.name)).chain(places).collect::<Vec<u64>>()
    };
    let taken = || taken.iter().map(|name| hash_of(1, name));
    let mut all: Vec<u64> = sources.par_iter().flat_map_iter(keys).collect();
    all.extend(taken());
    all.par_sort_unstable();
    if all.windows(2).all(|two| two[0] != two[1]) {
        return;
    }
    let mut seen: HashSet<u64> = taken().collect();
    for source in sources {
        let name = source.name.clone();
        let mut count = 1;
        while keys(source).iter().any(|key| seen.contains(key)) {
            count += 1;
            source.name = format!("~{count}/{name}").into();
        }
        seen.extend(keys(source));
    }
}

#[cfg(test)]
mod tests {
    use super::super::form::Form;
    use super::*;

    #[test]
    fn later_ones_move() {
        let of = |name: &str| Source::file(name.into(), name, Form::Text, 0);
        let mut sources = ["a.html", "a.html.txt", "x.txt", "x.txt", "x.txt", "audit.jsonl"].map(of);
        part_names(&mut sources, &["audit.jsonl"], |source| {
            vec![if source.name.ends_with(".html") { format!("{}.txt", source.name) } else { source.name.to_string() }]
        });
        let names = sources.map(|source| source.name.to_string());
        assert_eq!(names, ["a.html", "~2/a.html.txt", "x.txt", "~2/x.txt", "~3/x.txt", "~2/audit.jsonl"]);
    }
}
