//! The promises of the design as properties over generated documents in several scripts.

#[path = "../../fuzz/kept.rs"]
mod kept;

use kept::check_article;
use naqi::clean::Status;
use naqi::document::{Format, Metadata};
use proptest::prelude::*;

use crate::harness::{Bench, SHIPPED, clean, clean_text, tree};

const WORDS: &[&[&str]] = &[
    &["river", "council", "harvest", "the", "a", "of", "opened", "bridge", "quiet", "teacher", "2024", "reports", "market", "and", "winter", "train"],
    &["المدينة", "الوزير", "في", "من", "على", "افتتح", "جسرا", "جديدا", "المزارعون", "وقال", "العام", "١٢", "أن", "القطار", "الشتاء", "مدرسة"],
    &["город", "мост", "в", "и", "министр", "открыл", "зимой", "поезд", "рынок", "школа", "сказал", "новый", "что", "урожай", "2023", "река"],
    &["市", "政", "府", "开", "放", "新", "桥", "学", "校", "冬", "天", "的", "是", "火", "车", "农"],
    &["şehir", "köprü", "ve", "bir", "bakan", "açtı", "okul", "kış", "tren", "pazar", "ırmak", "hasat", "yeni", "dedi", "öğretmen", "1999"],
    &["नदी", "पुल", "और", "में", "मंत्री", "नया", "स्कूल", "सर्दी", "ट्रेन", "बाज़ार", "ने", "कहा", "कि", "फसल", "शहर", "१२"],
];

const NOISE: &[&str] = &[
    "Read also",
    "اقرأ أيضا",
    "Share on Facebook",
    "جميع الحقوق محفوظة",
    "© 2024 All rights reserved",
    "----------",
    "#",
    "* * *",
    "Advertisement",
    "Video Player is loading.",
    "Leave a comment",
    "اكتب تعليق",
    "Читайте также",
    "12 views",
    "  • 2025-11-01",
    "Tags:",
    "…",
    "Next Previous",
    "// انتهى //",
    "18:35 ت م",
    "Sports",
    "Economy",
    "World",
    "ثقافة",
    "اقتصاد",
    "رياضة",
    "INFO",
    "\u{feff}",
    "\u{200f}",
    "\t",
    "a\u{301}\u{301}",
    "ﷺ",
    "🙂 3",
];

fn words(script: usize, picks: &[usize]) -> String {
    let list = WORDS[script];
    let space = if script == 3 { "" } else { " " };
    picks.iter().map(|&pick| list[pick % list.len()]).collect::<Vec<_>>().join(space)
}

/// A line: prose, a row, noise, noise glued to prose, or nothing.
fn line(script: usize) -> impl Strategy<Value = String> {
    let picks = |range| prop::collection::vec(0..64_usize, range);
    let stop = prop::sample::select(vec![".", "؟", "。", "!", "…", "\"."]);
    prop_oneof![
        4 => (picks(12..50), stop.clone()).prop_map(move |(picks, stop)| words(script, &picks) + stop),
        2 => picks(1..14).prop_map(move |picks| words(script, &picks)),
        3 => prop::sample::select(NOISE).prop_map(str::to_owned),
        1 => (prop::sample::select(NOISE), picks(8..20), any::<bool>()).prop_map(move |(noise, picks, first)| {
            let body = words(script, &picks);
            if first { format!("{noise} {body}.") } else { format!("{body}. {noise}") }
        }),
        2 => Just(String::new()),
        1 => Just("   ".to_owned()),
    ]
}

/// A document: lines of one script, some of them given again, with one kind of line end.
fn text() -> impl Strategy<Value = String> {
    let ends = prop::sample::select(vec!["\n", "\r\n", "\n\n", "\r"]);
    (0..WORDS.len(), ends, any::<bool>()).prop_flat_map(|(script, end, last)| {
        (prop::collection::vec(line(script), 0..24), prop::collection::vec(any::<prop::sample::Index>(), 0..6)).prop_map(move |(mut lines, again)| {
            if !lines.is_empty() {
                let copies: Vec<String> = again.iter().map(|at| at.get(&lines).clone()).collect();
                lines.extend(copies);
            }
            lines.join(end) + if last { end } else { "" }
        })
    })
}

fn is_subsequence(part: &str, whole: &str) -> bool {
    let mut rest = whole.chars();
    part.chars().all(|c| rest.any(|other| other == c))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bodies_are_subsequences_and_nothing_is_lost(text in text()) {
        let (document, article) = clean_text(&SHIPPED, &text, Metadata::default());
        prop_assert_eq!(&document.text, &text);
        prop_assert!(is_subsequence(&article.body, &text));
        check_article(&SHIPPED, &document, &article);
    }

    #[test]
    fn a_clean_body_stays_as_it_is(text in text()) {
        let (_, article) = clean_text(&SHIPPED, &text, Metadata::default());
        let (_, again) = clean_text(&SHIPPED, &article.body, Metadata::default());
        prop_assert_eq!(&again.body, &article.body);
    }

    #[test]
    fn no_text_is_emptied_without_a_flag(text in text()) {
        let (document, article) = clean_text(&SHIPPED, &text, Metadata::default());
        if article.body.trim().is_empty() {
            prop_assert!(document.text.trim().is_empty());
        }
        if article.removed > SHIPPED.rules().settings.clean.max_removed {
            prop_assert_eq!(article.status, Status::Flagged);
        }
    }

    #[test]
    fn pages_keep_the_same_promises(lines in prop::collection::vec((line(0), 0..5_usize), 0..20)) {
        let tags = ["p", "div", "li", "h2", "td"];
        let page: String = lines.iter().map(|(line, tag)| format!("<{0}>{1}</{0}><nav><a href=x>{1}</a></nav>", tags[*tag], line.replace('<', ""))).collect();
        let (document, article) = clean(&SHIPPED, &format!("<html><body><article>{page}</article>"), Format::Html, Metadata::default());
        prop_assert!(is_subsequence(&article.body, &document.text));
        check_article(&SHIPPED, &document, &article);
    }

    #[test]
    fn any_bytes_give_text_or_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..400), page in any::<bool>()) {
        let format = if page { Format::Html } else { Format::Text };
        if let Ok(decoded) = naqi::decode::decode(&bytes, format, None) {
            let (document, article) = clean(&SHIPPED, &decoded.text, format, Metadata::default());
            check_article(&SHIPPED, &document, &article);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn threads_do_not_change_a_byte(texts in prop::collection::vec(text(), 1..40)) {
        let bench = Bench::new();
        let mut lines = String::new();
        for (number, text) in texts.iter().enumerate() {
            bench.write(&format!("in/{}/{number}.txt", number % 3), text);
            lines.push_str(&serde_json::json!({"id": number, "text": text}).to_string());
            lines.push_str(if number % 7 == 3 { "\n{broken\n" } else { "\n" });
        }
        bench.write("in/all.jsonl", &lines);
        for jobs in ["1", "4"] {
            bench.naqi(&["clean", "in", "-o", jobs, "--jobs", jobs, "-q"]);
        }
        prop_assert_eq!(tree(&bench.path("1")), tree(&bench.path("4")));
        bench.naqi(&["restore", "1", "-o", "back"]);
        prop_assert_eq!(tree(&bench.path("back")), tree(&bench.path("in")));
    }
}
