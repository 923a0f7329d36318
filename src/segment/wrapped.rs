//! Finds the paragraphs that were wrapped at a fixed width: man pages, mails, pages whose source is wrapped.
//!
//! In: the seams between lines. Out: for each line whether the next one goes on with its paragraph, when the text has a width. Whoever
//! fills lines breaks before the first word that no longer fits. So a line that was broken is full: no longer than the width, but longer than it
//! with the next line's first word. Among lines of any other kind few are full at one width, and hardly ever two in a row.

use super::seams::Seam;
use crate::document::{Block, Document};
use crate::rules::settings::Lines;
use crate::text::shape::is_small;
use crate::text::token::{Kind, is_comma};

/// Share of the width from which on a line that breaks off counts against the width when it is not full.
const LONG: f64 = 0.6;
/// Least share of a line's characters that are letters, in prose.
const LETTERS: f64 = 0.7;
/// Characters by which a full line may be wider than the width: programs do not agree on what a character is.
const SLACK: usize = 1;

/// A line that may have been broken.
#[derive(Clone, Copy, Debug)]
struct Broken {
    /// Its characters, from its very start.
    length: usize,
    /// Those of the longer of the two lines.
    longest: usize,
    /// Characters of the next line's first word.
    next: usize,
    /// It ends like a sentence or label.
    ends: bool,
    /// No mark stands between the lines.
    meets: bool,
    /// The next line may go on with a sentence: it does not begin with an upper-case letter or a mark, or follows a comma.
    continues: bool,
    /// It surely does: it begins with a lower-case letter, follows a comma, or ends a sentence.
    surely: bool,
    /// Both lines are prose by their characters.
    prose: bool,
}

impl Broken {
    fn flows(&self) -> bool {
        self.prose && !self.ends && (self.continues || self.surely)
    }

    fn is_full(&self, width: usize) -> bool {
        self.longest <= width + SLACK && self.length + self.next >= width
    }
}

/// For each line: does the next one go on with its paragraph? `None` when the text has no width.
pub(super) fn joins(document: &Document, seams: &[Option<Seam>], settings: &Lines) -> Option<Vec<bool>> {
    if !settings.wrapped {
        return None;
    }
    let lines: Vec<Option<Broken>> = seams.iter().map(|seam| broken(document, seam.as_ref()?, settings)).collect();
    let width = width(document, &lines, settings)?;
    let full: Vec<bool> = lines.iter().map(|line| line.is_some_and(|line| line.is_full(width))).collect();
    let full_at = |at: Option<usize>| at.is_some_and(|at| full.get(at) == Some(&true));
    let mut joined = false;
    let join = |at: usize| {
        let joins = full[at]
            && lines[at].is_some_and(|line| match (line.ends, line.continues) {
                (false, true) => true,
                // A headline or row may be full by chance, but hardly within a paragraph, or when words meet and what follows is prose.
                (false, false) => full_at(at.checked_sub(1)) || line.meets && (joined || line.surely || full_at(Some(at + 1))),
                // The last line of an article may be full by chance; what follows it then hardly is.
                (true, _) => full_at(Some(at + 1)),
            });
        joined |= joins;
        joins
    };
    Some((0..lines.len()).map(join).collect())
}

fn broken(document: &Document, seam: &Seam, settings: &Lines) -> Option<Broken> {
    // Lines that are no candidates are most; their characters need no count.
    let fits = |block: &Block| block.shape.chars as usize <= settings.widest;
    if seam.line.shape.words < settings.line_words || !fits(seam.line) || !fits(seam.next) || seam.next.shape.bullet {
        return None;
    }
    let is_prose = |block: &Block| f64::from(block.shape.letters) >= LETTERS * f64::from(block.shape.chars);
    let line = document.slice(seam.line.span);
    let start = seam.text.trim_start_matches(is_opening).chars().next().unwrap_or_default();
    let open = line.ends_with(|c| is_comma(c) || is_opening(c));
    let length = length_of(document, seam.line);
    Some(Broken {
        length,
        longest: length.max(length_of(document, seam.next)),
        next: first_word(document, seam),
        ends: seam.ends(),
        meets: seam.text.starts_with(char::is_alphanumeric) && line.ends_with(char::is_alphanumeric),
        continues: open || start.is_alphabetic() && !start.is_uppercase(),
        surely: open || is_small(start) || seam.next.shape.finished,
        prose: is_prose(seam.line) && is_prose(seam.next),
    })
}

/// Characters of the next line up to where it could have been broken: the first white space, or behind the first character of a script without
/// spaces.
fn first_word(document: &Document, seam: &Seam) -> usize {
    let word = seam.text.split_whitespace().next().unwrap_or_default();
    let end = seam.next.span.start + word.len() as u32;
    let mut tokens = document.tokens_of(seam.next).iter().take_while(|token| token.start < end);
    let length = tokens.find(|token| token.kind() == Kind::Character).map_or(word.len(), |token| (token.end - seam.next.span.start) as usize);
    word[..length].chars().count()
}

/// A mark that no line ends with, but within a sentence.
fn is_opening(c: char) -> bool {
    matches!(c, '"' | '\'' | '(' | '[' | '“' | '„' | '‘' | '‚' | '«' | '‹' | '「' | '（' | '¿' | '¡')
}

/// Characters of a line, those before its first word too.
fn length_of(document: &Document, block: &Block) -> usize {
    let before = &document.text[..block.span.start as usize];
    let start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    document.text[start..block.span.end as usize].chars().count()
}

/// The width at which most lines that break off amid a sentence are full, when enough of them are. Where nothing tells that the
/// sentence goes on, a full line alone does not count; lines that are clearly longer count against it.
fn width(document: &Document, lines: &[Option<Broken>], settings: &Lines) -> Option<usize> {
    let flowing = || lines.iter().enumerate().filter_map(|(at, line)| line.filter(Broken::flows).map(|line| (at, line)));
    let widest = flowing().map(|(_, line)| line.length + line.next).max()?.min(settings.widest);
    let mut counts = vec![0_usize; widest + 1];
    for (_, line) in flowing() {
        let widths = line.longest.max(settings.narrowest)..=(line.length + line.next).min(widest);
        counts.get_mut(widths).into_iter().flatten().for_each(|count| *count += 1);
    }
    let most = *counts.iter().max().filter(|&&most| most >= settings.min_lines)?;
    let width = counts.iter().position(|&count| count == most)?;
    let is_full = |at: usize| lines.get(at).copied().flatten().is_some_and(|line| line.is_full(width));
    let beside = |at: usize| at > 0 && is_full(at - 1) || is_full(at + 1);
    let full = flowing().filter(|&(at, line)| line.is_full(width) && (line.surely || beside(at))).count();
    let long = flowing().filter(|(_, line)| line.length as f64 >= LONG * width as f64).count();
    let longer = document.blocks.iter().filter(|block| block.shape.words >= settings.line_words && block.shape.chars as usize > width + SLACK).count();
    (full >= settings.min_lines && full as f64 >= settings.min_share * (long + longer + settings.min_lines) as f64).then_some(width)
}

#[cfg(test)]
mod tests {
    use crate::segment::seams::tests::blocks;

    #[test]
    fn wrapped_paragraphs_are_blocks() {
        let text = "The ferry and its timetable\nHome\nThe ferry to the outer islands will sail twice a day\nfrom Monday, the harbour office said, because the\nnew engine needs no rest. It was built in a shed by\nthe old mill.\nPassengers may bring a bicycle, but the captain asks\nthem to walk it over the ramp.\nMore stories\nThe mill that turned again";
        let found = blocks(text);
        assert_eq!(found[..2], ["The ferry and its timetable", "Home"]);
        assert!(found[2].starts_with("The ferry to") && found[2].ends_with("by the old mill."), "{found:?}");
        assert!(found[3].starts_with("Passengers") && found[3].ends_with("the ramp."), "{found:?}");
        assert_eq!(found[4..], ["More stories", "The mill that turned again"]);
    }

    #[test]
    fn scripts_without_case_or_spaces_are_wrapped_too() {
        let arabic = "أعلنت إدارة الميناء أن العبارة ستبحر مرتين في اليوم ابتداء\nمن يوم الاثنين لأن محركها الجديد لا يحتاج إلى راحة طويلة\nوقال القبطان إن الركاب يستطيعون حمل الدراجات معهم على أن\nيسيروا بها فوق الجسر الصغير.";
        assert_eq!(blocks(&[arabic, arabic].join("\n\n")).len(), 2);
        let chinese = "港務局表示自星期一起往外島的渡輪每日開航兩次因為新的引擎不需要長時間休息而且是在舊磨坊旁的船\n塢裡造成的船長請乘客推著腳踏車走過跳板並且把行李放在船尾以免擋住通道孩子們可以坐在前面看海鷗\n飛過燈塔。";
        assert_eq!(blocks(&[chinese, chinese].join("\n\n")).len(), 2);
    }

    #[test]
    fn rows_verses_and_code_stay_lines() {
        let headlines = "Council votes to mend the long bridge at Varn\nFerry sails twice a day to the outer islands\nSchool on a barge opens with thirty desks\nOtter stops a lesson for the second time\nBakers end their strike after eleven days\nCheese without a blue vein may not be blue\nNight train carries chess masters to the sea";
        assert_eq!(blocks(headlines).len(), 7);
        let verses = "the river is our teacher now\nit lifts us without saying how\nit sets us down, it says no word\nand every lesson can be heard\nthe otter swims, the desks go by\nand thirty children wonder why";
        assert_eq!(blocks(verses).len(), 6);
        let code = "let total = lines.iter().map(|line| line.len()).sum();\nlet width = lines.iter().map(|line| line.len()).max();\nlet share = total as f64 / (width * lines.len()) as f64;\nlet first = lines.first().map_or(0, |line| line.len());\nlet last = lines.last().map_or(0, |line| line.len());";
        assert_eq!(blocks(code).len(), 5);
    }
}
