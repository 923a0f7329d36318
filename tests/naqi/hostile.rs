//! Inputs made to hurt: pages, lines and links that cost too much or lead nowhere. Each must end soon, in bounded memory, with its text or
//! an error line.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use naqi::clean::{Article, Cleaner, Status};
use naqi::document::{Document, Format, Metadata};
use naqi::limit::Limit;
use naqi::rules::Layers;

use crate::harness::{Bench, SHIPPED, clean};

const STORY: &str = "The council opened the new bridge on Monday, and the mayor said that traffic would flow again by the evening.";
/// Size of the hostile pages.
const HALF_MEGABYTE: usize = 512 * 1024;
/// What such a page may take where other tests run beside; alone it takes a tenth.
const SOON: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 5 });

fn page(html: &str) -> (Document, Article) {
    // Compiling the rules is no part of what is timed.
    assert!(!SHIPPED.rules().rules.is_empty());
    let start = Instant::now();
    let cleaned = clean(&SHIPPED, html, Format::Html, Metadata::default());
    assert!(start.elapsed() < SOON, "took {:?}", start.elapsed());
    cleaned
}

fn tight(settings: &[&str]) -> Cleaner {
    let layers = settings.iter().fold(Layers::shipped(), |layers, setting| layers.with_setting(setting));
    Cleaner::new(layers.build().expect("the settings are right"))
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn deep_lists_take_no_time_and_lose_no_text() {
    let depth = HALF_MEGABYTE / 9;
    let mut html = String::new();
    for number in 0..depth {
        html.push_str("<ul><li>");
        if number % 100 == 0 {
            write!(html, "w{number}").expect("written");
        }
    }
    let (document, article) = page(&html);
    let wanted: Vec<String> = (0..depth).step_by(100).map(|number| format!("w{number}")).collect();
    assert_eq!(words(&document.text), wanted, "the text stands in order, word by word");
    assert!(document.limits.has(Limit::HtmlDepth));
    assert!(article.flags.contains(&"limit-html-depth".to_owned()) && article.status == Status::Flagged);
    let deepest = document.outline.elements.iter().map(|element| element.depth).max();
    assert!(deepest.is_some_and(|deepest| (400..=512).contains(&deepest)), "{deepest:?}");
}

#[test]
fn pages_within_the_limits_are_not_touched() {
    let html = format!("{}<p>{STORY}</p>{}<p>{STORY} Again.</p>", "<div>".repeat(450), "</div>".repeat(450));
    let (document, article) = page(&html);
    assert_eq!(document.limits, Default::default());
    assert_eq!(words(&document.text).len(), 2 * words(STORY).len() + 1);
    assert_eq!(article.flags, Vec::<String>::new());
    let many = format!("<table>{}</table>", "<tr><td>a<td>b".repeat(3000)) + &"<p>c".repeat(3000) + &"<ul><li>d<li>e</ul>".repeat(1000);
    let (document, _) = page(&many);
    assert_eq!(document.limits, Default::default(), "ends that are left out do not nest");
}

#[test]
fn elements_behind_a_deep_part_are_whole_again() {
    let html = format!("{}deep{}<article><p>{STORY}</p></article>", "<div><b>".repeat(2000), "</b></div>".repeat(2000));
    let (document, _) = page(&html);
    let last = document.blocks.last().expect("a block");
    assert_eq!(document.slice(last.span), STORY);
    assert_eq!(document.text, format!("deep\n{STORY}"));
}

#[test]
fn tags_of_many_attributes() {
    let plain: String = (0..HALF_MEGABYTE / 7).fold(String::new(), |tag, number| tag + &format!(" a{number:x}"));
    let quoted: String = (0..HALF_MEGABYTE / 11).fold(String::new(), |tag, number| tag + &format!(" a{number:x}='>'"));
    for attributes in [plain, quoted] {
        let (document, article) = page(&format!("<p>before</p><p{attributes}>{STORY}</p><p>behind</p>"));
        assert_eq!(document.text, format!("before\n{STORY}\nbehind"));
        assert!(article.flags.contains(&"limit-html-attributes".to_owned()));
    }
    // A picture within the page is no attack.
    let picture = format!("<p>{STORY}</p><img src=\"data:image/png;base64,{}\"><p>behind</p>", "iVBOR/w0KGgo/".repeat(60_000));
    let (document, article) = page(&picture);
    assert_eq!(document.text, format!("{STORY}\nbehind"));
    assert!(document.limits.has(Limit::HtmlAttributeBytes) && !article.flags.iter().any(|flag| flag.starts_with("limit")));
    // A tag that trimmer and tokenizer read otherwise (no raw text in SVG) is ended, and what follows it still read.
    let fooled = format!("<svg><style><x{}</style></svg><p>{STORY}", " a".repeat(HALF_MEGABYTE / 2));
    let (document, _) = page(&fooled);
    assert!(document.text.ends_with(STORY), "{}", &document.text[document.text.len().saturating_sub(200)..]);
}

#[test]
fn pages_of_too_many_nodes_keep_their_text() {
    let cleaner = tight(&["limits.html-nodes=1000"]);
    let html = format!("{}<script>var hidden = '<p>no</p>';</script><p>{STORY}</p>", "<p>one <b>two</b></p><!-- no -->".repeat(600));
    let (document, article) = clean(&cleaner, &html, Format::Html, Metadata::default());
    let seen = words(&document.text);
    assert_eq!(seen.iter().filter(|word| **word == "two").count(), 600);
    assert!(document.text.ends_with(STORY) && !document.text.contains("hidden") && !document.text.contains("no"));
    assert_eq!(article.flags.iter().filter(|flag| *flag == "limit-html-nodes").count(), 1);
    // Formatting elements that are opened again in every paragraph multiply; the limit ends that.
    let many: String = (0..HALF_MEGABYTE / 18).fold(String::new(), |page, number| page + &format!("<p><b x={number:x}>a</p>"));
    let (document, _) = page(&many);
    assert_eq!(document.text.matches('a').count(), HALF_MEGABYTE / 18);
}

#[test]
fn headings_inside_of_headings() {
    let (document, _) = page(&("<h1><div>".repeat(250) + &"word ".repeat(100_000)));
    assert_eq!(words(&document.text).len(), 100_000);
}

#[test]
fn documents_of_too_many_blocks_are_left_whole() {
    let cleaner = tight(&["limits.blocks=10"]);
    let text = format!("{STORY}\n\nShare on Facebook\n").repeat(8);
    let (_, article) = clean(&cleaner, &text, Format::Text, Metadata::default());
    assert_eq!((article.body.as_str(), article.flags.as_slice()), (text.as_str(), &["limit-blocks".to_owned()][..]));
    let html = format!("<p>{STORY}</p><p>Share on Facebook</p>").repeat(8);
    let (document, article) = clean(&cleaner, &html, Format::Html, Metadata::default());
    assert_eq!((article.body.as_str(), article.flags.as_slice()), (document.text.as_str(), &["limit-blocks".to_owned()][..]));
    let blank = "\n".repeat(50) + STORY;
    let (_, article) = clean(&cleaner, &blank, Format::Text, Metadata::default());
    assert!(article.flags.is_empty(), "blank lines are no blocks");
}

#[test]
fn limits_are_counted_in_the_table() {
    let bench = Bench::new();
    bench.write("in/deep.html", "<div>".repeat(2000) + STORY);
    bench.write("in/plain.html", format!("<p>{STORY}</p>"));
    bench.naqi(&["clean", "in", "-o", "out"]).exits(1).says("records that reached limit-html-depth: 1");
    assert_eq!(bench.read("out/deep.html.txt").trim(), STORY);
    assert!(bench.read("out/audit.jsonl").contains("\"flags\":[\"limit-html-depth\"]"));
}

#[test]
fn a_line_without_an_end_is_passed_over_in_little_memory() {
    let bench = Bench::new();
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -v 1500000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_naqi"), "clean", "-", "-o", "-", "-q", "-j", "2"])
        .current_dir(bench.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("naqi starts");
    let mut stdin = child.stdin.take().expect("piped");
    let feed = std::thread::spawn(move || {
        let piece = vec![b'x'; 1 << 20];
        stdin.write_all(b"{\"text\":\"").expect("written");
        // A gigabyte would read the same: nothing beyond the largest record is kept.
        (0..200).for_each(|_| stdin.write_all(&piece).expect("written"));
        stdin.write_all(format!("\"}}\n{{\"text\":\"{STORY}\"}}\n").as_bytes()).expect("written");
    });
    let output = child.wait_with_output().expect("naqi ends");
    feed.join().expect("fed");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(out.starts_with(&format!("{{\"text\":\"{STORY}\"")), "{out}");
    assert!(err.contains("-:1") && err.contains("209715212 bytes"), "{err}");
}

#[test]
fn a_gzip_bomb_is_refused() {
    let bench = Bench::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![b' '; 1 << 20];
    (0..300).for_each(|_| packed.write_all(&zeros).expect("packed"));
    bench.write("in/bomb.txt.gz", packed.finish().expect("packed"));
    bench.write("in/story.txt", STORY);
    bench.naqi(&["clean", "in", "-o", "out"]).exits(1).says("bomb.txt.gz").says("max-record-bytes");
    assert_eq!(bench.read("out/story.txt"), STORY);
}

#[cfg(unix)]
#[test]
fn links_that_loop_are_no_inputs() {
    let bench = Bench::new();
    bench.write("in/a/story.txt", STORY);
    std::os::unix::fs::symlink("..", bench.path("in/a/up")).expect("a link");
    std::os::unix::fs::symlink("nowhere.txt", bench.path("in/gone.txt")).expect("a link");
    bench.naqi(&["clean", "in", "-o", "out"]).exits(0);
    assert_eq!(bench.read("out/a/story.txt"), STORY);
}
