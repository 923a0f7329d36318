//! What is glued to a line: openings and endings that many documents of the host have, before and behind words of the document's own.
//!
//! In: the words of a line and the survey's counts for what begins and ends as it does. Out: the spans that go. An opening is glued when enough
//! documents have it and what follows it varies; a formula of the site's own sentences, which run on from it, is not.

use std::ops::Range;

use crate::document::Span;
use crate::rules::settings::Template as Settings;
use crate::survey::Group;
use crate::survey::inside::{LEAST_WORDS, each_piece, gap};
use crate::survey::words::Word;
use crate::text::token::is_stop;

/// A span that is glued to a line, and the share of the group's documents that have it.
pub(super) type Glued = (Span, f32);

/// So many single words between two glued pieces go with them.
const MOST_SINGLES: usize = 4;

/// Looks for what is glued to lines.
pub(super) struct Glue<'a> {
    settings: &'a Settings,
    group: &'a Group,
    /// Kept from line to line, to be filled anew.
    counts: Vec<u32>,
}

/// What a piece is, by what ends it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Manner {
    Row,
    Sentence,
}

/// The words of a piece, and as what it goes, with the share of documents that have it; `None` when it stays.
type Piece = (Range<usize>, Option<(Manner, f32)>);

/// What is glued inside the lines of a document.
#[derive(Default)]
pub(super) struct Pieces {
    rows: Vec<Glued>,
    sentences: Vec<Glued>,
    /// Words of the sentences.
    pub(super) sentence_words: u32,
}

impl Pieces {
    /// What goes, with the sentences or without them.
    pub(super) fn glued(self, with_sentences: bool) -> Vec<Glued> {
        let mut all = self.rows;
        if with_sentences {
            all.extend(self.sentences);
        }
        all
    }
}

impl<'a> Glue<'a> {
    pub(super) fn new(settings: &'a Settings, group: &'a Group) -> Self {
        Glue { settings, group, counts: Vec::new() }
    }

    /// May an opening or ending of a line with these words be glued to it? Most begin or end with a word or two that others do.
    pub(super) fn may_be(&mut self, words: impl DoubleEndedIterator<Item = u64> + Clone) -> bool {
        let mut counts = std::mem::take(&mut self.counts);
        self.group.heads(words.clone(), &mut counts);
        let mut found = self.any_enough(&counts);
        if !found {
            self.group.tails(words, &mut counts);
            found = self.any_enough(&counts);
        }
        self.counts = counts;
        found
    }

    fn any_enough(&self, counts: &[u32]) -> bool {
        counts.iter().zip(1..).any(|(&documents, len)| self.is_enough(documents, len))
    }

    /// Do enough documents have an opening (or ending) of so many words?
    fn is_enough(&self, documents: u32, len: usize) -> bool {
        self.settings.may_be_glued(len, documents.into(), self.group.documents)
    }

    /// What is glued to the start and to the end of a line with these words, whose text stands at `place`.
    pub(super) fn edges(&mut self, words: &[Word], place: Span, text: &str) -> (Option<Glued>, Option<Glued>) {
        let apart = |before: &Word, next: &Word| !runs_on(&text[(before.end - place.start) as usize..(next.end - place.start) as usize]);
        let mut counts = std::mem::take(&mut self.counts);
        self.group.heads(words.iter().map(|word| word.hash), &mut counts);
        let head = self.longest(&counts, words, |len| 0..len, |len| apart(&words[len - 1], &words[len]));
        let open = head.as_ref().map_or(0, |(range, _)| range.end);
        self.group.tails(words.iter().map(|word| word.hash), &mut counts);
        let tail = self.longest(&counts, words, |len| words.len() - len..words.len(), |len| apart(&words[words.len() - len - 1], &words[words.len() - len]));
        self.counts = counts;
        let tail = tail.filter(|(range, _)| range.start >= open + self.settings.least_rest);
        let span = |range: &Range<usize>| widen(Span { start: words[range.start].start, end: words[range.end - 1].end }, place, text);
        let placed = |found: Option<(Range<usize>, f32)>| found.map(|(range, share)| (span(&range), share));
        (placed(head), placed(tail))
    }

    /// Adds what is glued inside a line of `text`: pieces that enough documents have, and single words between two of them. What is quoted stays.
    pub(super) fn insides(&self, words: &[Word], line: Span, text: &str, found: &mut Pieces) {
        let mut pieces: Vec<Piece> = Vec::new();
        each_piece(text, words, |piece| pieces.push((piece.clone(), self.piece(words, &piece, text))));
        for at in 1..pieces.len() {
            let is_single = |piece: &Piece| piece.0.len() < LEAST_WORDS;
            let ends = pieces[at..].iter().take(MOST_SINGLES + 1).position(|piece| !is_single(piece)).filter(|&end| pieces[at + end].1.is_some());
            if pieces[at].1.is_none() && ends.is_some_and(|end| (1..=MOST_SINGLES).contains(&end)) {
                pieces[at].1 = pieces[at - 1].1;
            }
        }
        let goes_on = |a: &Piece, b: &Piece| a.0.end == b.0.start && a.1.map(|(manner, _)| manner) == b.1.map(|(manner, _)| manner);
        for run in pieces.chunk_by(goes_on) {
            let (Some((manner, share)), Some(last)) = (run[0].1, run.last()) else { continue };
            let own = &words[run[0].0.start..last.0.end];
            let span = whole_piece(text, line, own);
            match manner {
                Manner::Row => found.rows.push((span, share)),
                Manner::Sentence => {
                    found.sentences.push((span, share));
                    found.sentence_words += own.len() as u32;
                }
            }
        }
    }

    /// Does a piece go, and as what?
    fn piece(&self, words: &[Word], piece: &Range<usize>, text: &str) -> Option<(Manner, f32)> {
        let (settings, own) = (self.settings, &words[piece.clone()]);
        if own.len() < LEAST_WORDS || own.iter().all(|word| word.is_open()) {
            return None;
        }
        let documents = u64::from(self.group.inside(own));
        let share = documents as f64 / self.group.documents as f64;
        let behind = gap(text, words, piece.end);
        let quoted = &text[own[0].start as usize..own[own.len() - 1].end as usize + behind.len()];
        if documents < settings.span_documents || quoted.contains(is_quote) || gap(text, words, piece.start).contains(is_quote) {
            return None;
        }
        let ends = behind.chars().find(|c| !c.is_whitespace() && !matches!(c, ')' | ']' | '）' | '】'));
        if own.len() > settings.least_rest && ends.is_some_and(is_stop) {
            // In code the plain quotes are no quotes.
            let goes = !quoted.contains('"') && share >= settings.inside_share && documents >= settings.sentence_documents;
            return goes.then_some((Manner::Sentence, share as f32));
        }
        (share >= settings.needed_share(own.len())).then_some((Manner::Row, share as f32))
    }

    /// The longest opening (or ending) that enough documents have, that goes on in many ways and stands apart from the rest.
    fn longest(&self, counts: &[u32], words: &[Word], range: impl Fn(usize) -> Range<usize>, apart: impl Fn(usize) -> bool) -> Option<(Range<usize>, f32)> {
        let settings = self.settings;
        (1..=counts.len().min(words.len())).rev().find_map(|len| {
            let documents = counts[len - 1];
            let share = f64::from(documents) / self.group.documents as f64;
            let next = counts.get(len).copied().unwrap_or(0);
            let goes_on = f64::from(next) <= settings.span_spread * f64::from(documents);
            let rest = words.len() - len;
            let found = &words[range(len)];
            let fixed = found.iter().any(|word| !word.is_open());
            let dated = found.iter().any(|word| word.is_open());
            let enough = rest >= settings.least_rest || rest == 0 || !dated && share >= settings.span_sure;
            let is_glued = self.is_enough(documents, len) && goes_on && fixed && enough;
            (is_glued && (rest == 0 || apart(len))).then_some((range(len), share as f32))
        })
    }
}

/// Pieces in a row with the marks that belong to them: the brackets around with the blank before them, or the marks that part them from what stays.
fn whole_piece(text: &str, line: Span, words: &[Word]) -> Span {
    let (first, last) = (words[0].start as usize, words[words.len() - 1].end as usize);
    let (before, behind) = (&text[line.start as usize..first], &text[last..line.end as usize]);
    let opened = before.trim_end_matches(['(', '（', '[', '【']);
    let closing = behind.chars().next().filter(|c| opened.len() < before.len() && matches!(c, ')' | '）' | ']' | '】'));
    if let Some(closing) = closing {
        return Span { start: line.start + opened.trim_end().len() as u32, end: (last + closing.len_utf8()) as u32 };
    }
    let parts = |c: char| matches!(c, '•' | '·' | '*' | '|' | '<' | '{' | '[' | '(');
    let kept = before.trim_end_matches(|c: char| parts(c) || c.is_whitespace());
    let marks = before[kept.len()..].find(parts).map_or(before.len(), |at| kept.len() + at);
    Span { start: line.start + marks as u32, end: (last + marks_behind(behind)) as u32 }
}

fn is_quote(c: char) -> bool {
    matches!(c, '“' | '”' | '„' | '«' | '»' | '「' | '」' | '『' | '』')
}

/// Does a sentence run on between two words? `next` holds all from the first one's end to the second one's: nothing but blanks, then a small letter.
/// A formula of the site's own sentences ("according to the ...") runs on into what follows; what is glued to them does not.
fn runs_on(next: &str) -> bool {
    let word = next.trim_start();
    word.len() < next.len() && word.starts_with(char::is_lowercase)
}

/// The span with the marks between it and the block's edge or the rest of the block.
fn widen(span: Span, block: Span, text: &str) -> Span {
    let (mut start, mut end) = ((span.start - block.start) as usize, (span.end - block.start) as usize);
    if text[..start].contains(char::is_alphanumeric) {
        end = text.len();
        let (open, close) = (&text[..start], |c: char| !is_loose(c) && !matches!(c, '<' | '{' | '(' | '[' | '←'));
        start = open.rfind(close).map_or(0, |at| at + open[at..].chars().next().map_or(0, char::len_utf8));
    } else {
        start = 0;
        end += marks_behind(&text[end..]);
    }
    Span { start: block.start + start as u32, end: block.start + end as u32 }
}

/// Bytes of the marks behind a glued opening: those that touch it, and behind a blank those that only part it from the rest.
fn marks_behind(behind: &str) -> usize {
    let touching = behind.find(|c: char| c.is_alphanumeric() || c.is_whitespace()).unwrap_or(behind.len());
    let is_apart = behind[touching..].chars().next().is_none_or(char::is_whitespace);
    let opens = |c: char| matches!(c, '"' | '\'' | '«' | '“' | '„' | '‘' | '(' | '[' | '「' | '『' | '¿' | '¡');
    // Where the rest follows without a blank, a quote or bracket that opens is the rest's.
    let mut end = if is_apart { touching } else { behind[..touching].find(opens).unwrap_or(touching) };
    let rest = &behind[end..];
    let loose = rest.find(|c: char| !is_loose(c)).unwrap_or(rest.len());
    end += rest[..loose].trim_end().len();
    end
}

/// Marks that part things, and blanks.
fn is_loose(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '|' | '/' | '•' | '·' | '*' | '_' | '=' | '>' | '→' | ':' | ';' | '}' | ')') || c.is_whitespace()
}
