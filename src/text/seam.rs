//! Where a line can be taken apart: between sentences, and around brackets.
//!
//! In: a text and the words of a line in it. Out: its [`Sentence`]s and its groups in brackets ([`Gaps`]). What stands between two words tells where a sentence
//! ends, so a line costs a look at each gap that is more than a blank. Scrapers join elements without one ("Thursday.Read more"), which
//! is a seam as well where letters say so, or with several; a line in which those are many was set that way.

use std::ops::Range;

use super::shape::{is_closing, is_stop};
use super::token::{Kind, Token};
use crate::span::Span;

/// A sentence of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Its bytes in the text, its stop and closing quotes included.
    pub span: Span,
    /// Its first word among those of the line ...
    pub first: usize,
    /// ... and the one behind its last.
    pub behind: usize,
    /// It stands in a quotation, or a part of it does that goes on.
    pub quoted: bool,
    /// It ends like a sentence, not where the line or a wide gap does, nor with a shout.
    pub finished: bool,
    /// Very wide gaps, or one and the line's end, set it apart.
    pub apart: bool,
}

/// Words before a full stop of fewer letters are abbreviations.
const LEAST_LETTERS: u32 = 2;

/// Blanks of a gap that is surely no slip of the hand.
const VERY_WIDE: usize = 3;

/// With more wide gaps than this a line has none that part anything.
const MOST_WIDE: usize = 4;

/// The gaps of a line in which more stands than a comma and a blank.
pub struct Gaps<'a> {
    text: &'a str,
    line: Span,
    tokens: &'a [Token],
    /// Each before the word of this number; those before the first and behind the last word are among them.
    gaps: Vec<(usize, Span)>,
}

impl<'a> Gaps<'a> {
    /// The gaps of a line with these words.
    pub fn of(text: &'a str, line: Span, tokens: &'a [Token]) -> Self {
        let bytes = text.as_bytes();
        let mut gaps = Vec::new();
        let mut start = line.start;
        for (at, token) in tokens.iter().enumerate() {
            // Nearly all gaps are a blank, with a comma or without.
            if !matches!(&bytes[start as usize..token.start as usize], b"" | b" " | b", ") {
                gaps.push((at, Span { start, end: token.start }));
            }
            start = token.end;
        }
        gaps.push((tokens.len(), Span { start, end: line.end }));
        Gaps { text, line, tokens, gaps }
    }

    fn slice(&self, span: Span) -> &'a str {
        &self.text[span.range()]
    }

    /// The line's sentences.
    pub fn sentences(&self) -> Vec<Sentence> {
        let mut found = Vec::new();
        let mut quotes = Quotes::default();
        let inner = |at: usize| at > 0 && at < self.tokens.len();
        let wide = self.gaps.iter().filter(|&&(at, gap)| inner(at) && is_wide(self.slice(gap))).count();
        let mut open = Sentence { span: self.line, first: 0, behind: self.tokens.len(), quoted: false, finished: true, apart: false };
        let mut before = VERY_WIDE;
        for &(at, gap) in &self.gaps {
            let marks = self.slice(gap);
            let is_wide = wide <= MOST_WIDE && is_wide(marks);
            let seam = if is_wide { Some(0..marks.len()) } else { self.seam(at, marks) };
            let Some(seam) = seam.filter(|_| inner(at)) else {
                quotes.read(marks);
                continue;
            };
            open.quoted |= quotes.read(&marks[..seam.start]).are_open();
            open.span.end = gap.start + seam.start as u32;
            let blanks = marks[seam.clone()].chars().count();
            found.push(Sentence { behind: at, finished: !is_wide, apart: before.min(blanks) >= VERY_WIDE, ..open });
            before = blanks;
            let span = Span { start: gap.start + seam.end as u32, end: self.line.end };
            let quoted = quotes.are_open() | quotes.read(&marks[seam.start..]).are_open();
            open = Sentence { span, first: at, behind: self.tokens.len(), quoted, finished: true, apart: false };
        }
        let is_finished = self.gaps.last().is_some_and(|&(_, gap)| self.slice(gap).contains(|c| is_stop(c) && !matches!(c, '!' | '！')));
        found.push(Sentence { quoted: open.quoted | quotes.are_open(), finished: is_finished, apart: before >= VERY_WIDE, ..open });
        found
    }

    /// Where one sentence ends and the next begins before word `at`, as bytes of what stands there.
    fn seam(&self, at: usize, gap: &str) -> Option<Range<usize>> {
        let (stop_at, stop) = gap.char_indices().find(|&(_, c)| is_stop(c))?;
        let last = self.tokens[at.checked_sub(1)?];
        let next = self.text[self.tokens.get(at)?.start as usize..].chars().next()?;
        let letters = self.slice(last.span()).chars().count() as u32;
        if stop == '.' && last.kind() == Kind::Word && letters < LEAST_LETTERS {
            return None;
        }
        let behind = gap[stop_at..].find(|c: char| !is_stop(c) && !is_closing(c) && c != '“').map_or(gap.len(), |behind| stop_at + behind);
        let rest = &gap[behind..];
        if rest.starts_with(char::is_whitespace) {
            let start = gap.len() - rest.trim_start().len();
            return (!next.is_lowercase()).then_some(behind..start);
        }
        // Glued: "3.5", "example.com" and "U.S." are none.
        let begins = next.is_uppercase() || next.is_alphabetic() && !next.is_lowercase() || !rest.is_empty();
        let is_word = stop != '.' || last.kind() != Kind::Number && letters > LEAST_LETTERS;
        (begins && is_word).then_some(behind..behind)
    }

    /// The outermost groups in brackets, the brackets included.
    pub fn brackets(&self) -> Vec<Span> {
        let mut found = Vec::new();
        let mut open: Option<(u32, char, char, u32)> = None;
        for &(_, gap) in &self.gaps {
            for (at, c) in self.slice(gap).char_indices().map(|(at, c)| (gap.start + at as u32, c)) {
                open = match open {
                    None => BRACKETS.iter().find(|pair| pair.0 == c).map(|&(opens, closes)| (at, opens, closes, 1)),
                    Some((start, opens, closes, depth)) if c == opens => Some((start, opens, closes, depth + 1)),
                    Some((start, opens, closes, depth)) if c == closes => {
                        if depth == 1 {
                            found.push(Span { start, end: at + c.len_utf8() as u32 });
                        }
                        (depth > 1).then_some((start, opens, closes, depth - 1))
                    }
                    open => open,
                };
            }
        }
        found
    }
}

/// Pairs of brackets.
pub const BRACKETS: [(char, char); 7] = [('(', ')'), ('[', ']'), ('（', '）'), ('【', '】'), ('［', '］'), ('〔', '〕'), ('<', '>')];

/// Where the sentence around byte `at` of a line begins.
pub fn sentence_start(line: &str, at: usize) -> usize {
    let (mut start, mut seam) = (0, Seam::default());
    for (place, c) in line.char_indices().take_while(|&(place, _)| place <= at) {
        if seam.parts(c) {
            start = if c.is_whitespace() { at.min(place + c.len_utf8()) } else { place };
        }
        seam.read(c);
    }
    start
}

/// Where the sentence around byte `at` of a line ends, its stop and closing quotes included.
pub fn sentence_end(line: &str, at: usize) -> usize {
    let mut seam = Seam::default();
    for (place, c) in line[at..].char_indices() {
        if seam.parts(c) {
            return at + place;
        }
        seam.read(c);
    }
    line.len()
}

/// What was read of a line: does a sentence end here?
#[derive(Default)]
struct Seam {
    /// Letters and digits of the last word.
    letters: u32,
    stopped: bool,
}

impl Seam {
    /// Does a character begin something new: a blank behind a stop, or, where a scraper joined elements, the first letter of the next sentence?
    fn parts(&self, c: char) -> bool {
        self.stopped && (c.is_whitespace() || self.letters >= LEAST_LETTERS && c.is_alphabetic() && !c.is_lowercase())
    }

    fn read(&mut self, c: char) {
        if c.is_alphanumeric() {
            self.letters = if self.stopped { 1 } else { self.letters + 1 };
            self.stopped = false;
        } else if is_stop(c) {
            self.stopped = true;
        } else if !self.stopped && !is_closing(c) {
            self.letters = 0;
        }
    }
}

/// Does a part of a line close a quotation that what stands before it opened?
pub fn closes_quotation(head: &str, part: &str) -> bool {
    let mut quotes = Quotes::default();
    quotes.read(head).are_open() && !quotes.read(part).are_open()
}

/// Blanks and nothing else, more than one.
fn is_wide(gap: &str) -> bool {
    gap.chars().nth(1).is_some() && gap.chars().all(char::is_whitespace)
}

/// Which quotation marks are open.
#[derive(Default)]
struct Quotes {
    straight: bool,
    low: bool,
    depth: u32,
}

impl Quotes {
    fn read(&mut self, text: &str) -> &Self {
        for c in text.chars() {
            match c {
                '"' => self.straight = !self.straight,
                '„' => self.low = true,
                '“' if self.low => self.low = false,
                '“' | '«' | '「' | '『' | '‹' => self.depth += 1,
                '”' if self.low => self.low = false,
                '”' | '»' | '」' | '』' | '›' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        self
    }

    fn are_open(&self) -> bool {
        self.straight || self.low || self.depth > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::token::words;

    fn cut(text: &str) -> Vec<(&str, bool)> {
        Gaps::of(text, Span::of(text), &words(text)).sentences().iter().map(|sentence| (&text[sentence.span.range()], sentence.quoted)).collect()
    }

    #[test]
    fn sentences_end_at_stops() {
        assert_eq!(
            cut("It rained. Then, at 3.5 degrees, it froze! Why?"),
            [("It rained.", false), ("Then, at 3.5 degrees, it froze!", false), ("Why?", false)]
        );
        assert_eq!(cut("On Thursday.Read more"), [("On Thursday.", false), ("Read more", false)]);
        assert_eq!(cut("انتهى الاجتماع.اقرأ أيضا: خبر"), [("انتهى الاجتماع.", false), ("اقرأ أيضا: خبر", false)]);
        assert_eq!(cut("鐘樓關了。掃碼看更多"), [("鐘樓關了。", false), ("掃碼看更多", false)]);
        assert_eq!(cut("The U.S. Senate and example.com agree... or not"), [("The U.S. Senate and example.com agree... or not", false)]);
        assert_eq!(cut("• It rained. (Photo: A. Hill)"), [("• It rained.", false), ("(Photo: A. Hill)", false)]);
    }

    #[test]
    fn wide_gaps_part_lines_that_have_few() {
        assert_eq!(cut("Share on X   It rained.  It froze"), [("Share on X", false), ("It rained.", false), ("It froze", false)]);
        assert_eq!(cut("It  was  set  so  that  it  filled  the  line."), [("It  was  set  so  that  it  filled  the  line.", false)]);
    }

    #[test]
    fn quotations_are_known() {
        assert_eq!(
            cut("He read: \"Stop. Do not share. Go.\" Then he left."),
            [("He read: \"Stop.", true), ("Do not share.", true), ("Go.\"", true), ("Then he left.", false)]
        );
        assert_eq!(cut("Er sagte nichts. „Lesen Sie“, rief sie, „alles!“ Ende").iter().map(|piece| piece.1).collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn brackets_are_groups() {
        let groups = |text: &'static str| Gaps::of(text, Span::of(text), &words(text)).brackets().iter().map(|span| &text[span.range()]).collect::<Vec<_>>();
        assert_eq!(groups("a (b (c) d) e [f] g) h (i"), ["(b (c) d)", "[f]"]);
        assert_eq!(groups("시행일 [자료사진. 금지] 현행"), ["[자료사진. 금지]"]);
    }

    #[test]
    fn sentences_end_where_scrapers_joined_them_too() {
        let line = "He left at 3.5 for example.com. She paid.Read also: U.S. ships return";
        let at = line.find("Read").expect("there");
        assert_eq!((sentence_start(line, at), sentence_end(line, line.find("paid").expect("there"))), (at, at));
        assert_eq!(&line[sentence_start(line, at - 3)..sentence_end(line, at - 3)], "She paid.");
        assert_eq!(&line[sentence_start(line, 11)..sentence_end(line, 11)], "He left at 3.5 for example.com.");
        let line = "She said „no”.READ ALSO: Ships return";
        assert_eq!(&line[sentence_start(line, 20)..], "READ ALSO: Ships return");
        let line = "鐘樓關了。延伸閱讀：老戲院";
        let at = line.find('延').expect("there");
        assert_eq!((sentence_start(line, at), sentence_end(line, 0)), (at, at));
    }

    #[test]
    fn quotations_are_closed_by_what_ends_them() {
        assert!(closes_quotation("On lit « gratuit.", " Photo : DR »."));
        assert!(closes_quotation("It says \"free.", " Photo: AP\""));
        assert!(!closes_quotation("« Gratuit », dit-il.", " Lire aussi »") && !closes_quotation("He left.", " Photo: \"AP\""));
    }
}
