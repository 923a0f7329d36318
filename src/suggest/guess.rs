//! Class and language of a suggested rule: those of the shipped rules whose examples share most words with it, and the script.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::mine::Candidate;
use crate::rules::RuleSet;
use crate::text::token::{Kind, words};

/// What the rules in use know.
pub(super) struct Guesser {
    /// For each word the classes and languages of the phrases that hold it, and how many do.
    known: HashMap<u64, HashMap<(&'static str, String), f64>>,
}

const LANGUAGES: [&str; 23] =
    ["ar", "de", "el", "en", "es", "fa", "fr", "he", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv", "tr", "uk", "ur", "vi", "zh"];
/// So much must speak for a class: two words that mostly stand in its phrases, or one that nearly always does.
const ENOUGH: f64 = 0.6;

impl Guesser {
    /// Learns from the phrases of the rules.
    pub(super) fn new(rules: &RuleSet) -> Self {
        let mut known: HashMap<u64, HashMap<(&'static str, String), f64>> = HashMap::new();
        for rule in &rules.rules {
            let lang = rule.langs.first().cloned().or_else(|| rule.id.split('-').next().map(str::to_owned)).unwrap_or_default();
            for phrase in &rule.phrases {
                let hashes: BTreeSet<u64> =
                    words(&phrase.text).iter().filter(|token| matches!(token.kind(), Kind::Word | Kind::Character)).map(|token| token.hash).collect();
                for hash in hashes {
                    *known.entry(hash).or_default().entry((rule.class, lang.clone())).or_default() += 1.0;
                }
            }
        }
        Guesser { known }
    }

    /// The class, `template` where no rule knows the words, and the language, where script or words tell it.
    pub(super) fn guess(&self, candidate: &Candidate) -> (&'static str, Option<&'static str>) {
        let lang = by_script(&candidate.phrase).or_else(|| self.by_words(&format!("{} {}", candidate.phrase, candidate.keep)));
        let mut classes: BTreeMap<&'static str, f64> = BTreeMap::new();
        for token in words(&candidate.phrase) {
            let Some(known) = self.known.get(&token.hash) else { continue };
            let of_lang = || known.iter().filter(|((_, other), _)| lang.is_none_or(|lang| lang == other));
            // A word that one phrase holds may be there by chance.
            let all: f64 = 1.0 + of_lang().map(|(_, count)| count).sum::<f64>();
            of_lang().for_each(|((class, _), count)| *classes.entry(class).or_default() += count / all);
        }
        let class = best(&classes).filter(|(_, weight)| *weight >= ENOUGH).map_or("template", |(class, _)| class);
        (class, lang)
    }

    /// The language whose rules hold most of the words that few languages have.
    fn by_words(&self, text: &str) -> Option<&'static str> {
        let mut languages: BTreeMap<&str, f64> = BTreeMap::new();
        for token in words(text) {
            let known: BTreeSet<&str> = self.known.get(&token.hash).into_iter().flatten().map(|((_, lang), _)| lang.as_str()).collect();
            known.iter().for_each(|lang| *languages.entry(lang).or_default() += 1.0 / known.len() as f64);
        }
        let (lang, _) = best(&languages).filter(|(_, weight)| *weight >= 1.0)?;
        LANGUAGES.into_iter().find(|&known| known == lang)
    }
}

fn best<'k, K: Ord + ?Sized>(weights: &BTreeMap<&'k K, f64>) -> Option<(&'k K, f64)> {
    weights.iter().map(|(key, weight)| (*key, *weight)).max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(a.0)))
}

/// The language of a script that one of the known languages writes.
fn by_script(text: &str) -> Option<&'static str> {
    let count = |range: std::ops::RangeInclusive<char>| text.chars().filter(|c| range.contains(c)).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let kana = count('\u{3041}'..='\u{30ff}');
    let found = [
        ("el", count('\u{370}'..='\u{3ff}')),
        ("he", count('\u{5d0}'..='\u{5ea}')),
        ("hi", count('\u{900}'..='\u{97f}')),
        ("ko", count('\u{ac00}'..='\u{d7a3}')),
        (if kana > 0 { "ja" } else { "zh" }, kana + count('\u{4e00}'..='\u{9fff}')),
        ("ru", count('\u{400}'..='\u{4ff}')),
        (arabic_language(text), count('\u{600}'..='\u{6ff}')),
    ];
    found.into_iter().find(|(_, chars)| 2 * chars > letters).map(|(lang, _)| lang)
}

/// Folded text has lost the letters that tell the languages of the script apart, but for those that Arabic lacks.
fn arabic_language(text: &str) -> &'static str {
    if text.contains(['ٹ', 'ڈ', 'ں', 'ڑ']) {
        "ur"
    } else if text.contains(['پ', 'چ', 'ژ', 'گ']) {
        "fa"
    } else {
        "ar"
    }
}
