//! What the learned weights say of a page beside what rules and repeats say of it.

use naqi::clean::Cleaner;
use naqi::document::{Format, Metadata};
use naqi::rules::Layers;

use crate::harness::{SHIPPED, clean, clean_text};

const LEAD: &str = "The new bridge over the Tamar opened on Monday, after nine years of work and three delays, and the first to cross it was a brass band.";
const STORY: &str = "<p>The mayor said that the old bridge, built in 1859, would stay open for walkers and cyclists, and that the tolls would not change.</p>
<p>Engineers had to sink the piers deeper than planned, because the bed of the river turned out to be softer than the surveys had shown.</p>
<p>About four thousand people stood on the banks to see the first bus cross, and many walked back over the old bridge in the evening.</p>";
const MENU: &str = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/news'>News</a></li><li><a href='/sport'>Sport</a></li></ul></nav>";
const ANSWERS: [&str; 2] = [
    "I have ridden studded tyres for four winters now, on gravel and on ice, and I would never go back. They are slow on dry roads, though.",
    "Wide tyres with little pressure do well in mud. On ice nothing but studs will hold you, so it depends on how often the road is frozen.",
];

fn body(cleaner: &Cleaner, page: &str, host: Option<&str>) -> String {
    let metadata = Metadata { host: host.map(str::to_owned), ..Metadata::default() };
    clean(cleaner, page, Format::Html, metadata).1.body
}

fn thread() -> String {
    let [first, second] = ANSWERS;
    format!(
        "<title>Which tyres for a gravel road in winter?</title>{MENU}<main><h1>Which tyres for a gravel road in winter?</h1>
        <div class='post'><p>I ride to work on a gravel road, about nine kilometres each way, and my summer tyres slip. Which do you ride?</p></div>
        <div class='comments'><div class='comment-body'><p>{first}</p></div><div class='comment-body'><p>{second}</p></div></div></main>"
    )
}

#[test]
fn the_copy_in_the_article_stays() {
    let teasers = format!("<div class='sidebar teaser-list'><ul><li><a href='/1'>{LEAD}</a></li><li><a href='/2'>Bakers end their strike</a></li></ul></div>");
    let page = format!(
        "<title>A new bridge over the Tamar opens</title>{MENU}{teasers}<main><article><h1>A new bridge over the Tamar opens</h1><p>{LEAD}</p>{STORY}</article></main>"
    );
    let body = body(&SHIPPED, &page, None);
    assert_eq!(body.matches(LEAD).count(), 1, "{body}");
    assert!(body.starts_with(LEAD) && !body.contains("Bakers"), "{body}");
}

#[test]
fn an_article_given_twice_stands_once() {
    let page = format!("<title>A new bridge over the Tamar opens</title>{MENU}<main><article><p>{LEAD}</p>{STORY}<p>{LEAD}</p>{STORY}</article></main>");
    assert_eq!(body(&SHIPPED, &page, None).matches(LEAD).count(), 1);
}

#[test]
fn answers_of_a_thread_are_no_comments() {
    let body = body(&SHIPPED, &thread(), None);
    assert!(ANSWERS.iter().all(|answer| body.contains(answer)), "{body}");
}

#[test]
fn a_rule_for_the_host_wins_over_the_weights() {
    let rule = "[[rule]]\nid = 'mine'\nclass = 'comments'\nwhy = 'answers'\nselector = ['.comment-body']\nhosts = ['tyres.example']\n";
    let cleaner = Cleaner::new(Layers::shipped().with_text("mine.toml", rule).build().expect("compiles"));
    let found = |host: &str| ANSWERS.iter().filter(|answer| body(&cleaner, &thread(), Some(host)).contains(**answer)).count();
    assert_eq!((found("tyres.example"), found("other.example")), (0, 2));
}

#[test]
fn a_rule_of_ones_own_wins_over_the_weights_on_any_host() {
    let rule = "[[rule]]\nid = 'mine'\nclass = 'comments'\nwhy = 'answers'\nselector = ['.comment-body']\n";
    let cleaner = Cleaner::new(Layers::shipped().with_text("mine.toml", rule).build().expect("compiles"));
    let body = body(&cleaner, &thread(), None);
    assert!(!ANSWERS.iter().any(|answer| body.contains(answer)), "{body}");
}

#[test]
fn code_that_an_article_shows_stays() {
    let code = "const riders = [{ id: 1, name: 'Anna' }, { id: 2, name: 'Ben' }];";
    let page = format!(
        "<title>Lists of riders in a page</title>{MENU}<main><article><h1>Lists of riders in a page</h1>
        <p>A list of riders is an array of objects, each of which has a number and a name, and the page shows one row for each of them.</p>
        <pre><code>{code}</code></pre>
        <p>The number is the key by which a row is known again, when riders are added to the list or taken from it while the page is shown.</p></article></main>"
    );
    assert!(body(&SHIPPED, &page, None).contains("const riders"));
}

/// A reference text: two paragraphs between the halves of a table, each row written as `row` writes it.
fn reference(row: impl Fn(&str, &str) -> String) -> String {
    let ports = ["Aker", "Bolm", "Carn", "Dorv", "Elling", "Fosk", "Grenn", "Holt", "Isker", "Jarn", "Kolm", "Lund", "Morv", "Nesk", "Orre", "Pell"];
    let rows: Vec<String> = ports.iter().zip(11..).map(|(port, feet)| row(port, &format!("{feet} ft"))).collect();
    let [first, last] = [
        "Depths are those at the lowest spring tide, as the harbour masters gave them in June, and hold for the outer quay of each port.",
        "A ship that draws more than the depth given here must wait for the flood, which comes about six hours later.",
    ];
    let (upper, lower) = rows.split_at(rows.len() / 2);
    format!("{}\n{first}\n{last}\n{}", upper.join("\n"), lower.join("\n"))
}

#[test]
fn what_another_extractor_marked_up_is_no_dump() {
    let text = reference(|port, depth| format!("| {port} | {depth} |"));
    assert_eq!(clean_text(&SHIPPED, &text, Metadata::default()).1.body, text);
    let dumped = reference(|port, depth| format!("{port}\n{depth}"));
    assert!(!clean_text(&SHIPPED, &dumped, Metadata::default()).1.body.contains("Jarn"), "labels in a row are menus");
}

#[test]
fn labels_behind_an_article_go_unless_they_are_most_of_the_text() {
    let clean = |text: &str| clean_text(&SHIPPED, text, Metadata::default()).1.body;
    let tagged = format!(
        "{LEAD}\nThe ferry across the river, which has run since before the old bridge was built, will stop in May, said the council.\nRivers\nSteel\nBrass bands"
    );
    assert_eq!(clean(&tagged), tagged[..tagged.find("\nRivers").expect("there")]);
    let index = "All the parts of a bridge that this handbook has a page for, from the ground up.\nPier\nSteel arch\nDeck plate\nRailing\nTruss\nCable clamp\nBearing\nAnchor block\nPylon\nHanger";
    assert_eq!(clean(index), index);
}
