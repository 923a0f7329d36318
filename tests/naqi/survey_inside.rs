//! Noise in the middle of lines that the survey finds: it goes, and the sentences around it stay as they were.

use crate::harness::Bench;
use crate::survey::{Words, lines, texts};

/// Cleans records with a survey of their own, rules off, and gives their texts back.
fn cleaned(records: &[(String, String)], settings: &[&str]) -> Vec<String> {
    let bench = Bench::new();
    bench.write("dump.jsonl", lines(records));
    let mut run = vec!["clean", "dump.jsonl", "-o", "out.jsonl", "--survey", "--set", "rule.enabled=false"];
    settings.iter().for_each(|setting| run.extend(["--set", setting]));
    bench.naqi(&run).exits(0);
    texts(&bench.read("out.jsonl"))
}

/// Paragraphs of two sentences of made-up words, with something between them, and without.
fn paragraphs(seed: u64, sentence: impl Fn(&mut Words) -> String, joint: &str, between: &str) -> (Vec<(String, String)>, Vec<String>) {
    let mut words = Words(seed);
    let pairs: Vec<(String, String)> = (0..60).map(|_| (sentence(&mut words), sentence(&mut words))).collect();
    let noisy = pairs.iter().enumerate().map(|(at, (a, b))| (at.to_string(), format!("{a}{joint}{between}{joint}{b}"))).collect();
    (noisy, pairs.iter().map(|(a, b)| format!("{a}{joint}{b}")).collect())
}

fn of_letters(letters: &'static str, blank: &'static str, stop: &'static str) -> impl Fn(&mut Words) -> String {
    let letters: Vec<char> = letters.chars().collect();
    move |words| {
        let count = 8 + words.next(8);
        let all: Vec<String> = (0..count).map(|_| (0..4 + words.next(4)).map(|_| letters[words.next(letters.len() as u64) as usize]).collect()).collect();
        all.join(blank) + stop
    }
}

#[test]
fn noise_between_sentences_goes_in_every_script() {
    type Case = (&'static str, &'static str, &'static str, &'static str, &'static str);
    let cases: [Case; 6] = [
        ("abcdefghijklmnoprstuvwz", " ", ".", " ", "adzone.push('mid-7', {size: 3}); adzone.show();"),
        ("abcdefghijklmnoprstuvwz", " ", ".", " ", "(Told by the valley desk; read by the night desk)"),
        ("abcdefghijklmnoprstuvwz", " ", ".", " ", "Share on Chirper | Share on Facepage | 12 notes |"),
        ("ابتثجحخدرزسشصضعغفقكلمنهوي", " ", ".", " ", "شارك هذا الخبر | أرسل الى صديق | اطبع الصفحة |"),
        ("абвгдежзиклмнопрстуфхцч", " ", ".", " ", "• Поделиться в сети • Отправить другу •"),
        ("山川水火木金土日月人口手足目耳心力田石竹米", "", "。", "", "（分享到微博与朋友圈）"),
    ];
    for (letters, blank, stop, joint, between) in cases {
        let (noisy, bodies) = paragraphs(23, of_letters(letters, blank, stop), joint, between);
        for (found, body) in cleaned(&noisy, &[]).into_iter().zip(bodies) {
            assert_eq!(found, body, "{between}");
        }
    }
}

#[test]
fn code_in_the_middle_of_a_sentence_goes() {
    let mut words = Words(29);
    let halves: Vec<(String, String)> = (0..60).map(|_| (words.sentence(), words.sentence())).collect();
    let half = |text: &str| text.trim_end_matches('.').to_owned();
    let records: Vec<(String, String)> =
        halves.iter().enumerate().map(|(at, (a, b))| (at.to_string(), format!("{} slot.call('mid-{at}','x'); {}", half(a), b.to_lowercase()))).collect();
    let bodies: Vec<String> = halves.iter().map(|(a, b)| format!("{} {}", half(a), b.to_lowercase())).collect();
    assert_eq!(cleaned(&records, &[]), bodies);
}

#[test]
fn quotes_stock_sentences_and_copies_stay_inside_lines() {
    let mut words = Words(31);
    let (quote, stock) = ("\u{201c}We shall build it again,\u{201d} the mayor said.", "The office gave no answer to calls.");
    let shared: Vec<String> = (0..6).map(|_| words.sentence()).collect();
    let records: Vec<(String, String)> = (0..60)
        .map(|at| {
            let (a, b, c) = (words.sentence(), words.sentence(), words.sentence());
            let text = match at % 5 {
                // A quote that many repeat, and a sentence of a fifth.
                0 | 1 => format!("{a} {quote} {b} {c}"),
                2 => format!("{a} {stock} {b} {c}"),
                // Copies of one story, each with a start and an end of its own.
                _ => format!("{a} {} {b}", shared.join(" ")),
            };
            (at.to_string(), text)
        })
        .collect();
    let bodies: Vec<String> = records.iter().map(|(_, text)| text.clone()).collect();
    assert_eq!(cleaned(&records, &["dedupe.min-words=12"]), bodies);
}

#[test]
fn keep_rules_hold_what_is_glued() {
    let (noisy, _) = paragraphs(37, Words::sentence, " ", "Read it aloud: the valley reader | page {1}");
    let bench = Bench::new();
    bench.write("dump.jsonl", lines(&noisy));
    let rule = "[[rule]]\nid = \"keep-reader\"\nclass = \"share\"\nwhy = \"a test\"\naction = \"keep\"\nscope = \"span\"\ncontains = [\"the valley reader\"]\n";
    bench.write("keep.toml", rule);
    bench.naqi(&["clean", "dump.jsonl", "-o", "out.jsonl", "--survey", "--rules", "keep.toml"]).exits(0);
    let left = texts(&bench.read("out.jsonl"));
    assert!(left.iter().all(|text| text.contains("Read it aloud: the valley reader")), "{}", left[0]);
}

#[test]
fn pages_of_a_host_lose_their_common_rows_and_nothing_else() {
    let mut words = Words(41);
    let (row, note) = ("Weather in the valley tonight", "Our desk reads every letter that reaches the harbour office before noon.");
    let bodies: Vec<Vec<String>> = (0..30).map(|_| (0..6).map(|_| format!("{} {}", words.sentence(), words.sentence())).collect()).collect();
    let page = |(at, body): (usize, &Vec<String>)| {
        let paragraphs = |part: &[String]| part.iter().map(|text| format!("<p>{text}</p>")).collect::<String>();
        let (first, last) = body.split_at(3);
        let html = format!("<html><body><article>{}<p>{row}</p>{}<p>{note}</p></article></body></html>", paragraphs(first), paragraphs(last));
        format!("{}\n", serde_json::json!({"id": at, "host": "news.example", "html": html}))
    };
    let bench = Bench::new();
    bench.write("pages.jsonl", bodies.iter().enumerate().map(page).collect::<String>());
    bench.naqi(&["clean", "pages.jsonl", "-o", "out.jsonl", "--survey"]).exits(0);
    for (found, body) in texts(&bench.read("out.jsonl")).iter().zip(bodies) {
        assert_eq!(found.split_whitespace().collect::<Vec<_>>(), body.join(" ").split_whitespace().collect::<Vec<_>>());
    }
}
