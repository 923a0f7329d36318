//! The files that a rule set is built from, in order, put together to one.
//!
//! In: the shipped files, `--rules` folders, settings. Out: a [`RuleSet`], or all mistakes of all files. A later rule with the same id replaces
//! the earlier one in its place; `disable` turns rules off. Files are compiled side by side and put together in order.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use toml::Spanned;

use super::compile::compile;
use super::file::RuleFile;
use super::index::Index;
use super::memo::Trials;
use super::rule::Rule;
use super::settings::Settings;
use super::source::{RuleError, RuleErrors, SourceFile, nearest};
use super::{Models, RuleSet, SHIPPED, unreadable};

/// The file of a rule folder that holds settings instead of rules.
const SETTINGS_FILE: &str = "naqi.toml";

/// The files that a rule set is built from, in order.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    rules: Vec<SourceFile>,
    settings: Vec<SourceFile>,
    known: Option<Settings>,
    only: Vec<String>,
    errors: Vec<RuleError>,
}

impl Layers {
    /// The shipped rules and settings.
    pub fn shipped() -> Self {
        let mut layers = Layers::default();
        for (name, text) in SHIPPED.iter().filter(|(name, _)| name.ends_with(".toml")) {
            layers.push(SourceFile::shipped(&format!("rules/{name}"), text));
        }
        layers
    }

    /// Only the shipped settings and word lists: for checking a folder of rules on its own.
    pub fn bare() -> Self {
        let mut layers = Self::shipped();
        layers.rules.retain(|file| file.name.ends_with("/words.toml"));
        layers
    }

    fn push(&mut self, file: SourceFile) {
        let is_settings = file.name.rsplit('/').next() == Some(SETTINGS_FILE);
        if is_settings { self.settings.push(file) } else { self.rules.push(file) }
    }

    /// Adds every `.toml` file below a folder, or one file; an unreadable one becomes an error.
    #[must_use]
    pub fn with_folder(mut self, folder: &Path) -> Self {
        let walk = walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name();
        let mut seen = 0;
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_file() && entry.path().extension().is_some_and(|extension| extension == "toml") => {
                    seen += 1;
                    self.read(entry.path());
                }
                Ok(_) => {}
                Err(error) => self.errors.push(unreadable(folder, &error.to_string())),
            }
        }
        if seen == 0 && self.errors.is_empty() {
            self.errors.push(unreadable(folder, "no .toml file stands below this folder"));
        }
        self
    }

    /// Adds one settings file.
    #[must_use]
    pub fn with_settings(mut self, path: &Path) -> Self {
        match std::fs::read_to_string(path) {
            Ok(text) => self.settings.push(SourceFile::new(&path.display().to_string(), &text)),
            Err(error) => self.errors.push(unreadable(path, &error.to_string())),
        }
        self
    }

    /// Sets one key, written `detector.key=value`.
    #[must_use]
    pub fn with_setting(mut self, assignment: &str) -> Self {
        self.settings.push(SourceFile::new(&format!("--set {assignment}"), assignment));
        self
    }

    /// Takes settings that were read before, whatever the files say: for who builds many rule sets, as reading them costs more than a few rules.
    #[must_use]
    pub fn with_known_settings(mut self, settings: &Settings) -> Self {
        self.known = Some(settings.clone());
        self
    }

    /// Adds rules from a text, for tests and trials.
    #[must_use]
    pub fn with_text(mut self, name: &str, text: &str) -> Self {
        self.push(SourceFile::new(name, text));
        self
    }

    /// Keeps only the rules with these ids.
    #[must_use]
    pub fn only(mut self, ids: &[String]) -> Self {
        self.only = ids.to_vec();
        self
    }

    fn read(&mut self, path: &Path) {
        let name = path.display().to_string();
        match std::fs::read(path).map(String::from_utf8) {
            Ok(Ok(text)) => self.push(SourceFile::new(&name, &text)),
            Ok(Err(error)) => {
                let good = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
                let message = "this byte is not UTF-8; rule files are UTF-8 text: save the file again with that encoding";
                self.errors.push(SourceFile::new(&name, &good).error(good.len(), message));
            }
            Err(error) => self.errors.push(unreadable(path, &error.to_string())),
        }
    }

    /// Compiles everything.
    pub fn build(self) -> Result<RuleSet, RuleErrors> {
        let Layers { rules: files, settings, known, only, mut errors } = self;
        let mut hasher = DefaultHasher::new();
        files.iter().chain(&settings).for_each(|file| file.text.hash(&mut hasher));
        only.hash(&mut hasher);
        known.iter().for_each(|known| format!("{known:?}").hash(&mut hasher));
        let settings = known.or_else(|| Settings::from_layers(&settings).map_err(|more| errors.extend(more)).ok());
        let mut builder = Builder::default();
        let read: Vec<ReadFile> = files.par_iter().map(ReadFile::new).collect();
        for (file, read) in files.iter().zip(read) {
            builder.add(file, read, &mut errors);
        }
        let (mut rules, words) = builder.finish(&mut errors);
        for id in &only {
            if !rules.iter().any(|rule| rule.id == *id) {
                errors.push(SourceFile::new("--only", id).error(0, format!("no rule has the id '{id}'{}", hint(id, &rules))));
            }
        }
        if !only.is_empty() {
            rules.retain(|rule| only.contains(&rule.id));
        }
        let models = settings.as_ref().and_then(|settings| Models::load(&settings.model, &mut hasher).map_err(|error| errors.push(error)).ok());
        match (settings, models) {
            (Some(settings), Some(models)) if errors.is_empty() => {
                let index = Index::new(&rules);
                let fingerprint = hasher.finish();
                Ok(RuleSet { rules, words, settings, models, fingerprint, index, trials: Trials::default() })
            }
            _ => Err(RuleErrors(errors)),
        }
    }
}

fn hint(id: &str, rules: &[Rule]) -> String {
    nearest(id, rules.iter().map(|rule| rule.id.as_str())).map(|near| format!("; did you mean '{near}'?")).unwrap_or_default()
}

#[derive(Default)]
struct Builder {
    rules: Vec<Option<Rule>>,
    places: HashMap<String, usize>,
    words: BTreeMap<String, Vec<String>>,
    wanted: Vec<(SourceFile, usize, String, String)>,
}

/// One file, compiled on its own; files are read side by side and put together in order.
#[derive(Default)]
struct ReadFile {
    disable: Vec<Spanned<String>>,
    words: BTreeMap<String, Vec<String>>,
    after: Vec<Spanned<String>>,
    rules: Vec<Rule>,
    errors: Vec<RuleError>,
}

impl ReadFile {
    fn new(file: &SourceFile) -> Self {
        let parsed = match file.parse::<RuleFile>() {
            Ok(parsed) => parsed,
            Err(error) => return ReadFile { errors: vec![error], ..ReadFile::default() },
        };
        let mut read = ReadFile { disable: parsed.disable, words: parsed.words, ..ReadFile::default() };
        let mut own: HashMap<String, usize> = HashMap::new();
        for table in parsed.rule {
            let offset = table.get_ref().id.span().start;
            read.after.extend(table.get_ref().after.iter().cloned());
            let Some(rule) = compile(table, file, &mut read.errors) else { continue };
            if let Some(first) = own.insert(rule.id.clone(), offset) {
                read.errors.push(file.error(offset, format!("id '{}' stands twice in this file; the first is at line {}", rule.id, file.place(first).0)));
            }
            read.rules.push(rule);
        }
        read
    }
}

impl Builder {
    fn add(&mut self, file: &SourceFile, read: ReadFile, errors: &mut Vec<RuleError>) {
        errors.extend(read.errors);
        for id in read.disable {
            match self.places.get(id.get_ref()) {
                Some(&place) => self.rules[place] = None,
                None => self.wanted.push((file.clone(), id.span().start, "disable".into(), id.into_inner())),
            }
        }
        self.words.extend(read.words);
        self.wanted.extend(read.after.into_iter().map(|id| (file.clone(), id.span().start, "after".into(), id.into_inner())));
        for rule in read.rules {
            match self.places.get(&rule.id) {
                Some(&place) => self.rules[place] = Some(rule),
                None => {
                    self.places.insert(rule.id.clone(), self.rules.len());
                    self.rules.push(Some(rule));
                }
            }
        }
    }

    fn finish(self, errors: &mut Vec<RuleError>) -> (Vec<Rule>, BTreeMap<String, Vec<String>>) {
        let rules: Vec<Rule> = self.rules.into_iter().flatten().collect();
        for (file, offset, key, id) in self.wanted {
            if !self.places.contains_key(&id) {
                errors.push(file.error(offset, format!("{key} names '{id}', but no rule has that id{}", hint(&id, &rules))));
            }
        }
        check_cycles(&rules, errors);
        let mut words = self.words;
        words.values_mut().for_each(|list| list.sort());
        (rules, words)
    }
}

/// Refuses rules that wait for one another in a ring.
fn check_cycles(rules: &[Rule], errors: &mut Vec<RuleError>) {
    let by_id: HashMap<&str, &Rule> = rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    for rule in rules {
        let mut seen = vec![rule.id.as_str()];
        let mut open: Vec<&str> = rule.after.iter().map(String::as_str).collect();
        while let Some(id) = open.pop() {
            if id == rule.id {
                errors.push(rule.file.error(rule.offset, format!("rule '{}' waits for itself: its `after` leads back to it", rule.id)));
                break;
            }
            if !seen.contains(&id) {
                seen.push(id);
                open.extend(by_id.get(id).into_iter().flat_map(|next| next.after.iter().map(String::as_str)));
            }
        }
    }
}
