//! Where a line can be taken apart: between sentences, and around brackets.
//!
//! In: a text and the words of a line in it. Out: its [`Sentence`]s, its groups in brackets and the parts that a scraper joined ([`Gaps`]). What stands
//! between two words tells where a sentence ends, so a line costs a look at each gap that is more than a blank. Scrapers join elements without one
//! ("Thursday.Read more", "the harbourThe ferry"), which is a seam as well where letters say so, or with several; a line in which those are many was set that way.

use std::ops::Range;

use super::shape::{is_closing, is_small, is_stop};
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
const LEAST_LETTERS: usize = 2;

/// Blanks of a gap that is surely no slip of the hand.
const VERY_WIDE: usize = 3;

/// With more wide gaps than this a line has none that part anything.
const MOST_WIDE: usize = 4;

/// With more joints than this a line was written so.
const MOST_JOINTS: usize = 4;

/// Small letters before a capital in a word that begins small: names have fewer ("iPhone").
const SMALL_LETTERS: usize = 3;

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
                // Between letters of Hebrew it marks an abbreviation.
                let shortens = marks == "\"" && inner(at) && self.text[..gap.start as usize].ends_with(|c| ('א'..='ת').contains(&c));
                if !shortens {
                    quotes.read(marks);
                }
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

    /// A part of the line, with the whole of the sentences that it stands in.
    pub fn sentences_around(&self, part: Span) -> Span {
        let sentences = self.sentences();
        let first = sentences.iter().find(|sentence| sentence.span.end > part.start);
        let last = sentences.iter().rfind(|sentence| sentence.span.start < part.end);
        Span {
            start: first.map_or(part.start, |sentence| sentence.span.start.min(part.start)),
            end: last.map_or(part.end, |sentence| sentence.span.end.max(part.end)),
        }
    }

    /// Where one sentence ends and the next begins before word `at`, as bytes of what stands there.
    fn seam(&self, at: usize, gap: &str) -> Option<Range<usize>> {
        let (stop_at, stop) = gap.char_indices().find(|&(_, c)| is_stop(c))?;
        let last = self.tokens[at.checked_sub(1)?];
        let next = self.text[self.tokens.get(at)?.start as usize..].chars().next()?;
        // An apostrophe parts no word in two here.
        let is_letter = |c: &char| c.is_alphanumeric() || matches!(c, '\'' | '’' | 'ʼ');
        let word = self.text[self.line.start as usize..last.end as usize].chars().rev().take_while(is_letter);
        let letters = word.take(LEAST_LETTERS + 1).count();
        if stop == '.' && last.kind() == Kind::Word && letters < LEAST_LETTERS {
            return None;
        }
        let behind = gap[stop_at..].find(|c: char| !is_stop(c) && !is_closing(c) && !matches!(c, '“' | '‘')).map_or(gap.len(), |behind| stop_at + behind);
        let rest = &gap[behind..];
        if rest.starts_with(char::is_whitespace) {
            let start = gap.len() - rest.trim_start().len();
            return (!is_small(next)).then_some(behind..start);
        }
        // Glued: "3.5", "example.com" and "U.S." are none.
        let begins = next.is_uppercase() || next.is_alphabetic() && !is_small(next) || !rest.is_empty();
        let is_number = last.kind() == Kind::Number && !self.text[self.tokens[at].span().range()].chars().nth(2).is_some_and(char::is_alphabetic);
        let in_small = || self.slice(last.span()).chars().all(char::is_lowercase);
        let is_word = stop != '.' || !is_number && (letters > LEAST_LETTERS || letters == LEAST_LETTERS && in_small());
        (begins && is_word).then_some(behind..behind)
    }

    /// The parts of the line that a scraper joined without a blank; none where it joined nothing, or does so throughout.
    pub fn parts(&self) -> Vec<Span> {
        let mut joints = self.joints();
        if joints.is_empty() || joints.len() > MOST_JOINTS {
            return Vec::new();
        }
        joints.sort_unstable();
        joints.push(self.line.end);
        let mut start = self.line.start;
        joints.into_iter().map(|end| Span { start: std::mem::replace(&mut start, end), end }).collect()
    }

    /// Where one element surely ends and another begins without a blank: behind a stop, or within a word that no name is.
    fn joints(&self) -> Vec<u32> {
        let behind_stop = |&(at, gap): &(usize, Span)| {
            let seam = self.seam(at, self.slice(gap)).filter(Range::is_empty)?;
            Some(gap.start + seam.start as u32)
        };
        let mut joints: Vec<u32> = self.gaps.iter().filter_map(behind_stop).collect();
        let line = self.slice(self.line);
        if holds_letters(line) || changes_case(line) {
            joints.extend(self.tokens.iter().filter_map(|token| Some(token.start + sure_joint(self.slice(token.span()))? as u32)));
        }
        if line.bytes().any(|byte| byte.is_ascii_digit()) {
            joints.extend(self.tokens.windows(2).filter(|pair| self.meets_time(pair[0], pair[1])).map(|pair| pair[1].start));
        }
        joints
    }

    /// Was a clock time joined to a word? "the video09h20", "the video09:20".
    fn meets_time(&self, word: Token, number: Token) -> bool {
        if word.end != number.start || (word.kind(), number.kind()) != (Kind::Word, Kind::Number) {
            return false;
        }
        let behind = &self.text.as_bytes()[number.end as usize..self.line.end as usize];
        let is_time = matches!(behind, [b'h' | b':', b'0'..=b'9', b'0'..=b'9', ..]);
        let text = self.slice(word.span());
        is_time && text.ends_with(char::is_lowercase) && text.chars().nth(SMALL_LETTERS - 1).is_some()
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

/// The first byte of a letter of Hebrew, behind which scripts have no capitals.
const FIRST_WITHOUT_CASE: u8 = 0xd7;

/// May letters beyond ASCII stand in a line that have capitals, or are Arabic? The bytes of quotation marks, dashes, Chinese characters and scripts of India begin no such.
fn holds_letters(line: &str) -> bool {
    line.bytes().fold(false, |found, byte| found | (byte >= 0xc3) & !matches!(byte, 0xe0 | 0xe2..=0xe9 | 0xeb..=0xed))
}

/// Does a capital of ASCII stand right behind a small letter? Told without a branch, for all of a line at once.
fn changes_case(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.iter().zip(bytes.iter().skip(1)).fold(false, |found, (a, b)| found | (a.is_ascii_lowercase() & b.is_ascii_uppercase()))
}

/// Where two words were joined: at a capital of another script, or at the only capital of a word that begins small, as names begin with a capital, or
/// with a small letter or two.
fn sure_joint(word: &str) -> Option<usize> {
    // Nearly all words have no capital but the first.
    if word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    // Scripts from Hebrew on have no capitals; no word goes on behind this letter of Arabic.
    if let Some(last) = word.find('ة').map(|at| at + 'ة'.len_utf8()) {
        let goes_on = word[last..].starts_with(|c| matches!(c, '\u{621}'..='\u{63a}' | '\u{641}'..='\u{64a}'));
        return goes_on.then_some(last);
    }
    if word.as_bytes()[0] >= FIRST_WITHOUT_CASE && !word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let is_latin = |c: char| c < '\u{250}';
    let mut pairs = word.char_indices().zip(word.chars().skip(1));
    let ((at, small), capital) = pairs.find(|&((_, small), capital)| small.is_lowercase() && capital.is_uppercase())?;
    let at = at + small.len_utf8();
    let begins_small = || word[..at].chars().all(char::is_lowercase) && word[..at].chars().nth(SMALL_LETTERS - 1).is_some();
    let behind = &word[at + capital.len_utf8()..];
    let is_word = !behind.is_empty() && behind.chars().all(char::is_lowercase);
    (is_word && (is_latin(small) != is_latin(capital) || begins_small())).then_some(at)
}

/// Pairs of brackets.
pub const BRACKETS: [(char, char); 7] = [('(', ')'), ('[', ']'), ('（', '）'), ('【', '】'), ('［', '］'), ('〔', '〕'), ('<', '>')];

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
        assert_eq!(cut("Напишіть ім'я. Підписуйтесь"), [("Напишіть ім'я.", false), ("Підписуйтесь", false)]);
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
    fn parts_were_joined_without_a_blank() {
        let parts = |text: &'static str| Gaps::of(text, Span::of(text), &words(text)).parts().iter().map(|span| &text[span.range()]).collect::<Vec<_>>();
        assert_eq!(parts("Get our app! It is free.On 1 May it rained."), ["Get our app! It is free.", "On 1 May it rained."]);
        assert_eq!(parts("Listen to the storyThe ferry left."), ["Listen to the story", "The ferry left."]);
        assert_eq!(parts("Канал в TelegramЭто второй случай. Call 193.SEE ALSO: x"), ["Канал в Telegram", "Это второй случай. Call 193.", "SEE ALSO: x"]);
        for whole in ["An iPhone on YouTube. At 3.5 and example.com", "The ferry left. It rained", "see 3.1.A and 12.Ab", "وقالت الـAFP", "a McDonald met"]
        {
            assert!(parts(whole).is_empty(), "{whole}");
        }
        assert!(parts("She ran.He sat.It rained.We slept.They left.All.").is_empty(), "set so");
    }

    #[test]
    fn quotations_are_known() {
        assert_eq!(
            cut("He read: \"Stop. Do not share. Go.\" Then he left."),
            [("He read: \"Stop.", true), ("Do not share.", true), ("Go.\"", true), ("Then he left.", false)]
        );
        assert_eq!(cut("היא באה מארה\"ב אתמול. צילום"), [("היא באה מארה\"ב אתמול.", false), ("צילום", false)]);
        assert_eq!(cut("Er sagte nichts. „Lesen Sie“, rief sie, „alles!“ Ende").iter().map(|piece| piece.1).collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn brackets_are_groups() {
        let groups = |text: &'static str| Gaps::of(text, Span::of(text), &words(text)).brackets().iter().map(|span| &text[span.range()]).collect::<Vec<_>>();
        assert_eq!(groups("a (b (c) d) e [f] g) h (i"), ["(b (c) d)", "[f]"]);
        assert_eq!(groups("시행일 [자료사진. 금지] 현행"), ["[자료사진. 금지]"]);
    }

    #[test]
    fn parts_stand_in_sentences() {
        let around = |text: &'static str, part: &str| {
            let start = text.find(part).expect("there") as u32;
            let span = Gaps::of(text, Span::of(text), &words(text)).sentences_around(Span { start, end: start + part.len() as u32 });
            &text[span.range()]
        };
        let line = "He left at 3.5 for example.com. She paid.Read also: U.S. ships return";
        assert_eq!(around(line, "also"), "Read also: U.S. ships return");
        assert_eq!(around(line, "paid"), "She paid.");
        assert_eq!(around(line, "example"), "He left at 3.5 for example.com.");
        assert_eq!(around(line, "paid.Read"), "She paid.Read also: U.S. ships return");
        assert_eq!(around("She said „no”.READ ALSO: Ships return", "ALSO"), "READ ALSO: Ships return");
        assert_eq!(around("鐘樓關了。延伸閱讀：老戲院", "閱"), "延伸閱讀：老戲院");
        assert_eq!(around("鐘樓關了。延伸閱讀：老戲院", "關"), "鐘樓關了。");
    }

    #[test]
    fn quotations_are_closed_by_what_ends_them() {
        assert!(closes_quotation("On lit « gratuit.", " Photo : DR »."));
        assert!(closes_quotation("It says \"free.", " Photo: AP\""));
        assert!(!closes_quotation("« Gratuit », dit-il.", " Lire aussi »") && !closes_quotation("He left.", " Photo: \"AP\""));
    }
}
