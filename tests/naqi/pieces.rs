//! Parts of a line that rules would take if they stood alone.

use naqi::clean::{Cleaner, Status};
use naqi::document::Metadata;
use naqi::rules::Layers;

const RULES: &str = r#"
[[rule]]
id = "mine-newsletter"
class = "newsletter"
why = "A button"
block = ["sign up for our newsletter", "get it", "النشرة البريدية", "اشترك الآن في نشرتنا البريدية اليومية"]

[[rule]]
id = "mine-ad"
class = "ad"
why = "A mark"
block = ["advertisement"]

[[rule]]
id = "mine-credit"
class = "credit"
why = "Who took the picture"
max-words = 8
regex = ['^\(?\bphoto\b ?: ?[^.]+$']

[[rule]]
id = "mine-pointer"
class = "read-also"
why = "Another story"
max-words = 20
starts = ["read also"]
block = ["more"]

[[rule]]
id = "mine-date"
class = "date-row"
why = "When it was published"
regex = ['^\(?[0-9]{1,2} [a-z]+ [0-9]{4}\)?$']
"#;

/// What is left of a line with these rules alone.
fn left_of(line: &str) -> String {
    let cleaner = Cleaner::rules_only(Layers::bare().with_text("mine.toml", RULES).build().expect("compiles"));
    let article = cleaner.clean(&naqi::segment::segment_text(line.into(), Metadata::default()));
    assert_eq!(article.status == Status::Unchanged, article.body == line, "{line}");
    article.body
}

#[test]
fn pieces_go_and_the_line_stays() {
    for (line, body) in [
        ("The ferry sank on Monday. Sign up for our newsletter Nobody was on board.", "The ferry sank on Monday. Nobody was on board."),
        ("The ferry sank on Monday.Sign up for our newsletterNobody was on board.", "The ferry sank on Monday.Nobody was on board."),
        ("Read also: Storm nears the coastThe ferry sank in the night, with nobody on board.", "The ferry sank in the night, with nobody on board."),
        ("Read also: Storm nears!The ferry sank in the night, and nobody was on board.", "The ferry sank in the night, and nobody was on board."),
        ("The ferry sank on Monday.Sign up for our newsletterThe owner was on board.", "The ferry sank on Monday.The owner was on board."),
        ("The ferry sank on Monday.more", "The ferry sank on Monday."),
        ("Get it\"The ferry sank on Monday,\" she said. Nobody was on board.", "\"The ferry sank on Monday,\" she said. Nobody was on board."),
        ("AdvertisementThe ferry sank on Monday. Nobody was on board.", "The ferry sank on Monday. Nobody was on board."),
        ("ADVERTISEMENT The ferry sank on Monday. Nobody was on board.", "The ferry sank on Monday. Nobody was on board."),
        ("The ferry sank on Monday. Advertisement Sign up for our newsletter Nobody was on board.", "The ferry sank on Monday. Nobody was on board."),
        ("The ferry sank (Photo: Ann Hill) in the night to Monday.", "The ferry sank in the night to Monday."),
        ("The ferry sank in the night to Monday. Photo: Ann Hill", "The ferry sank in the night to Monday."),
        ("The ferry sank in the night to Monday.Read also: Storm nears the coast", "The ferry sank in the night to Monday."),
        ("غرقت العبارة ليل الاثنين. اشترك الآن في نشرتنا البريدية اليومية لم يكن أحد على متنها.", "غرقت العبارة ليل الاثنين. لم يكن أحد على متنها."),
        ("غرقت العبارة ليل الاثنين ولم يكن أحد على متنها. النشرة البريدية", "غرقت العبارة ليل الاثنين ولم يكن أحد على متنها."),
    ] {
        assert_eq!(left_of(line), body, "{line}");
    }
}

#[test]
fn a_row_before_a_credit_is_a_caption() {
    let credit = "[[rule]]\nid = \"mine-taken\"\nclass = \"credit\"\nwhy = \"Who took it\"\nscope = \"span\"\nregex = ['\\bpicture by [^.]+$']\n";
    let cleaner = Cleaner::rules_only(Layers::bare().with_text("mine.toml", credit).build().expect("compiles"));
    let body_of = |line: &str| {
        let text = format!("The ferry sank in the night to Monday.\n{line}\n");
        cleaner.clean(&naqi::segment::segment_text(text, Metadata::default())).body.trim_end().to_owned()
    };
    for (line, left) in [
        ("The wreck at noon picture by Ann Hill", ""),
        ("Nobody was on board. picture by Ann Hill", "\nNobody was on board."),
        ("It rained. Nobody was on board picture by Ann Hill", "\nIt rained. Nobody was on board"),
        ("\u{201c}It sank\u{201d} picture by Ann Hill", "\n\u{201c}It sank\u{201d}"),
    ] {
        assert_eq!(body_of(line), format!("The ferry sank in the night to Monday.{left}"), "{line}");
    }
}

#[test]
fn what_is_no_piece_stays() {
    for line in [
        "The note on the door said: \"Closed. Sign up for our newsletter. Thanks.\" Nobody did.",
        "The ferry sank on Monday. Sign up for our newsletter and you will know, said the owner.",
        "The ferry sank on Monday. Read also what the captain wrote, the owner asked of the court.",
        "The ferry sank on Monday. Get it The owner has nothing to say.",
        "MoreLight is the name of the ferry that sank on Monday.",
        "The ferry sank (12 May 2021) in the night to Monday.",
        "The ferry sank in the night to Monday, the photo: a wreck.",
        "غرقت العبارة ليل الاثنين. النشرة البريدية لم تذكر ذلك.",
        "Photo: Ann Hill. Read also the rest.",
    ] {
        assert_eq!(left_of(line), line);
    }
}
