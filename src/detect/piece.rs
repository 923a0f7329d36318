//! Noise within a line: pieces of it that rules would take if they stood alone.
//!
//! In: a line of running text. Out: the spans of its pieces that rules for whole lines take. Scrapers that join elements without a line's end leave a
//! button, a credit or a pointer to another story before, between or behind sentences. Three kinds of pieces can be told apart without knowing
//! what they say: what stands in brackets, what ends at a gap of several blanks or with the line but not like a sentence, and a label, alone, right
//! before a sentence, or joined to a sentence's first word or last stop. A quotation is never
//! taken apart: a notice that somebody reads out is the story.

use super::rule::{drop_by_rule, has_size, marks_before, marks_behind, may_speak};
use super::{Case, stray};
use crate::document::{Block, Span};
use crate::rules::file::Scope;
use crate::rules::index::{Hit, Trial};
use crate::rules::rule::Rule;
use crate::text::seam::{BRACKETS, Gaps, Sentence};
use crate::text::shape::{is_closing, is_small, is_stop};
use crate::text::token::{Kind, Token, sequence_hash, tokenise};
use crate::verdict::{Action, Signal};

/// Bytes of the shortest group in brackets that says something; most hold a year or a letter.
const SHORTEST: u32 = 9;

/// A label in capitals has so many.
const CAPITALS: usize = 6;

/// A headline holds at most so many sentences before its last words.
const HEADLINE_SENTENCES: usize = 2;

/// A label that was joined to a word ends within so many.
const JOINED_WORDS: usize = 6;

/// Evidence that parts of lines go.
pub fn pieces(case: &Case) -> Vec<Signal> {
    let settings = &case.rules.settings;
    if !settings.rule.enabled || !settings.piece.enabled {
        return Vec::new();
    }
    let mut signals = Vec::new();
    stray::teasers(case, &mut signals);
    let mut trial = case.rules.trial();
    let mut pieces = Pieces { case, trial: &mut trial, hits: Vec::new(), tokens: Vec::new() };
    for at in 0..case.blocks().len() {
        signals.extend(pieces.of(at).into_iter().map(|piece| drop_by_rule(piece.rule, case.rules.rule(piece.rule), piece.span)));
    }
    signals
}

/// A part of a line that a rule takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Bytes of the document.
    span: Span,
    /// Number of the rule.
    rule: u32,
}

/// Looks for pieces in lines.
struct Pieces<'a, 'b> {
    case: &'b Case<'a>,
    trial: &'b mut Trial,
    /// Kept from piece to piece for their memory.
    hits: Vec<Hit>,
    tokens: Vec<Token>,
}

impl Pieces<'_, '_> {
    /// The pieces of block `at` that go, in no order.
    fn of(&mut self, at: usize) -> Vec<Piece> {
        let (case, block) = (self.case, &self.case.blocks()[at]);
        let mut found = Vec::new();
        let has_seams = block.shape.stops > 0 || block.shape.may_hold_brackets();
        if !has_seams || block.shape.words < case.rules.settings.piece.line_words {
            return found;
        }
        let (text, tokens) = (&case.document.text, case.document.tokens_of(block));
        let gaps = Gaps::of(text, block.span, tokens);
        let len_at = |start: u32| text[start as usize..].chars().next().map_or(0, char::len_utf8) as u32;
        let len_before = |end: u32| text[..end as usize].chars().next_back().map_or(0, char::len_utf8) as u32;
        let sentences = gaps.sentences();
        self.parts(at, &gaps.parts(), &sentences, &mut found);
        let is_free = |span: Span, found: &[Piece]| found.iter().all(|piece| !piece.span.overlaps(span));
        found.extend(self.pointer(at, &sentences).filter(|piece| is_free(piece.span, &found)));
        for sentence in sentences.into_iter().filter(|sentence| !sentence.quoted) {
            if is_free(sentence.span, &found) {
                found.extend(self.joined(at, sentence));
                self.sentence(at, sentence, &mut found);
            }
        }
        found.extend(self.joined_behind(at).filter(|piece| is_free(piece.span, &found)));
        if block.shape.may_hold_brackets() {
            for span in gaps.brackets().into_iter().filter(|span| span.len() >= SHORTEST) {
                if is_free(span, &found) {
                    let inner = Span { start: span.start + len_at(span.start), end: span.end - len_before(span.end) };
                    let least = case.rules.settings.piece.bracket_words;
                    let rule = self.taken(at, span, least).or_else(|| self.taken(at, inner, least));
                    found.extend(rule.map(|rule| Piece { span, rule }));
                }
            }
        }
        if found.is_empty() {
            return found;
        }
        let left = tokens.iter().filter(|token| !found.iter().any(|piece| piece.span.overlaps(token.span()))).count();
        if left < case.rules.settings.piece.left_words {
            found.clear();
        }
        found.iter_mut().for_each(|piece| piece.span = with_marks(text, block.span, piece.span));
        found
    }

    /// Parts that a scraper joined to the line, those that rules take for a line of their own.
    fn parts(&mut self, at: usize, parts: &[Span], sentences: &[Sentence], found: &mut Vec<Piece>) {
        for &part in parts.iter().filter(|part| !sentences.iter().any(|sentence| sentence.quoted && sentence.span.overlaps(**part))) {
            let rule = self.labelled(at, part, |_| true).or_else(|| self.taken(at, part, 1));
            found.extend(rule.map(|rule| Piece { span: part, rule }));
        }
    }

    /// A pointer to a story whose headline holds a sentence and ends with the line, not like one.
    fn pointer(&mut self, at: usize, sentences: &[Sentence]) -> Option<Piece> {
        let (last, others) = sentences.split_last().filter(|(last, _)| !last.finished)?;
        let heads = others.iter().enumerate().skip(1).rev().take(HEADLINE_SENTENCES);
        let mut open = heads.take_while(|(from, _)| !sentences[*from..].iter().any(|sentence| sentence.quoted));
        open.find_map(|(_, head)| {
            let span = Span { start: head.span.start, end: last.span.end };
            let rule = self.taken(at, span, 1).filter(|&rule| self.case.rules.rule(rule).class == "read-also")?;
            Some(Piece { span, rule })
        })
    }

    /// Labels that stand before a sentence, and the sentence when rules take it: as a notice word for word, or when it surely is none of the
    /// story's, since it ends with the line or at a wide gap but not like a sentence. More is not sure: a button may have been joined to a sentence.
    fn sentence(&mut self, at: usize, sentence: Sentence, found: &mut Vec<Piece>) {
        let (case, block) = (self.case, &self.case.blocks()[at]);
        let tokens = case.document.tokens_of(block);
        let (is_part, is_last) = (sentence.behind - sentence.first < tokens.len(), sentence.behind == tokens.len());
        let is_open = is_part && (!sentence.finished || sentence.apart);
        let mut first = sentence.first;
        while first < sentence.behind {
            let words = &tokens[first..sentence.behind];
            if let Some((rule, count)) = self.label(at, words) {
                found.push(Piece { span: Span { start: words[0].start, end: words[count - 1].end }, rule });
                first += count;
                continue;
            }
            let start = if first == sentence.first { sentence.span.start } else { words[0].start };
            if is_open || first > 0 && case.rules.labels(words).any(|(_, count)| count == words.len()) {
                let span = Span { start, end: sentence.span.end };
                let least_words = if is_open && !is_last { case.rules.settings.piece.open_words } else { 1 };
                found.extend(self.taken(at, span, least_words).map(|rule| Piece { span, rule }));
            }
            return;
        }
    }

    /// A label that was joined to the first word of a sentence ("AdvertisementThe ferry").
    fn joined(&mut self, at: usize, sentence: Sentence) -> Option<Piece> {
        let (document, block) = (self.case.document, &self.case.blocks()[at]);
        let first_words = document.tokens_of(block)[sentence.first..sentence.behind].iter().take(JOINED_WORDS);
        let (token, inner) = first_words.filter_map(|token| Some((token, joint(&document.text[token.span().range()])?))).next()?;
        let span = Span { start: sentence.span.start, end: token.start + inner as u32 };
        self.tokens.clear();
        tokenise(&document.text, Span { start: span.end, end: token.end }, &mut self.tokens);
        let begins = self.tokens.first()?.hash;
        // "PlayStation" is a name: what a label was joined to is a word that the text knows by itself.
        let is_word = document.tokens.iter().any(|token| token.hash == begins);
        let rule = self.labelled(at, span, |rule| rule.class == "ad" || rule.class != "read-also" && is_word)?;
        Some(Piece { span: Span { start: self.tokens.first()?.start, ..span }, rule })
    }

    /// A label in small letters that was joined to the line's last full stop ("the ferry.more"); one with a capital begins a sentence.
    fn joined_behind(&mut self, at: usize) -> Option<Piece> {
        let (document, block) = (self.case.document, &self.case.blocks()[at]);
        let (text, tokens) = (&document.text, document.tokens_of(block));
        if block.shape.finished {
            return None;
        }
        let gap = |word: usize| &text[tokens[word - 1].end as usize..tokens[word].start as usize];
        let word = (1..tokens.len()).rev().take(JOINED_WORDS).find(|&word| gap(word).trim_end_matches(is_closing).ends_with(is_stop))?;
        let span = Span { start: tokens[word].start, end: block.span.end };
        let begins_small = text[span.range()].starts_with(is_small);
        let rule = if begins_small { self.labelled(at, span, |_| true)? } else { return None };
        Some(Piece { span, rule })
    }

    /// The rule that takes a part of block `at` for a label, with nothing more to it.
    fn labelled(&mut self, at: usize, span: Span, may_be: impl Fn(&Rule) -> bool) -> Option<u32> {
        let (case, start) = (self.case, self.case.blocks()[at].tokens.start);
        self.tokens.clear();
        let shape = tokenise(&case.document.text, span, &mut self.tokens);
        let label = Block { span, tokens: start..start, hash: sequence_hash(&self.tokens), shape, blank_before: false, markup: None };
        let fits = |&(number, words): &(u32, usize)| {
            let rule = case.rules.rule(number);
            words == self.tokens.len() && self.is_for_pieces(rule) && may_be(rule) && may_speak(case, at, &label, rule)
        };
        case.rules.labels(&self.tokens).find(fits).map(|(rule, _)| rule)
    }

    /// The rule that takes a part of block `at`, of so many words at least, when it is looked at as a line of its own.
    fn taken(&mut self, at: usize, span: Span, least_words: u32) -> Option<u32> {
        let (case, document, block) = (self.case, self.case.document, &self.case.blocks()[at]);
        let all = document.tokens_of(block);
        let first = all.partition_point(|token| token.start < span.start);
        let behind = all.partition_point(|token| token.end <= span.end);
        if behind.saturating_sub(first) > case.rules.settings.piece.most_words {
            return None;
        }
        self.tokens.clear();
        let shape = tokenise(&document.text, span, &mut self.tokens);
        if shape.words < least_words {
            return None;
        }
        let tokens = block.tokens.start + first as u32..block.tokens.start + behind as u32;
        let piece = Block { span, tokens, hash: sequence_hash(&all[first..behind]), shape, blank_before: false, markup: None };
        self.hits.clear();
        case.rules.hits(document, &piece, self.trial, &mut self.hits);
        let rule = |hit: &Hit| case.rules.rule(hit.rule);
        if self.hits.iter().any(|hit| rule(hit).action == Action::Keep) {
            return None;
        }
        let takes = |rule: &Rule| self.is_for_pieces(rule) && has_size(rule, piece.shape.words) && may_speak(case, at, &piece, rule);
        self.hits.iter().find(|hit| takes(rule(hit))).map(|hit| hit.rule)
    }

    /// A label at the start of these words, and how many of them it is, when what follows begins like a sentence.
    fn label(&self, at: usize, tokens: &[Token]) -> Option<(u32, usize)> {
        let (case, block) = (self.case, &self.case.blocks()[at]);
        let fits = |&(number, words): &(u32, usize)| {
            let rule = case.rules.rule(number);
            // What a pointer to a story points at would be left alone.
            let speaks = self.is_for_pieces(rule) && rule.class != "read-also" && may_speak(case, at, block, rule);
            speaks && self.stands_before_sentence(tokens, words, rule.class == "ad")
        };
        case.rules.labels(tokens).filter(fits).max_by_key(|&(_, words)| words)
    }

    /// Are the first so many words a label, not the beginning of a sentence? They are long enough, and what follows begins anew.
    fn stands_before_sentence(&self, tokens: &[Token], words: usize, is_ad: bool) -> bool {
        let (text, settings) = (&self.case.document.text, &self.case.rules.settings.piece);
        let Some(next) = tokens.get(words) else { return false };
        let (label, last) = (&tokens[..words], &tokens[words - 1]);
        let parts = |c: char| c.is_whitespace() || matches!(c, '|' | '-' | '–' | '—' | '>' | '»' | '!' | ')' | ']' | '"' | '“' | '«' | '„');
        let gap = &text[last.end as usize..next.start as usize];
        if !gap.chars().all(parts) {
            return false;
        }
        // No quotation is opened right behind a word.
        let is_joined = !gap.is_empty() && !gap.contains(char::is_whitespace);
        let Some(first) = text[next.start as usize..].chars().next() else { return false };
        // "STORY CONTINUES BELOW" goes on with "THIS AD".
        let in_capitals = || is_in_capitals(&text[label[0].start as usize..last.end as usize], CAPITALS);
        if in_capitals() && is_in_capitals(&text[next.span().range()], 2) {
            return false;
        }
        match next.kind() {
            Kind::Character => words >= settings.label_characters,
            Kind::Word if first.is_uppercase() => words >= settings.label_words || is_ad || in_capitals() || is_joined,
            Kind::Word => !is_small(first) && words >= settings.uncased_words,
            Kind::Number | Kind::Symbol => false,
        }
    }

    /// Rules of which a piece may be noise: those that drop lines for what they say, of the classes that the settings name.
    fn is_for_pieces(&self, rule: &Rule) -> bool {
        let whole = matches!(rule.scope, Scope::Block | Scope::Section);
        rule.action == Action::Drop && whole && rule.after.is_empty() && self.case.rules.settings.piece.classes.iter().any(|class| class == rule.class)
    }
}

/// Where a word of a label ends and another begins, in one word: where a capital follows a small letter, or a capital and a small letter follow capitals.
fn joint(word: &str) -> Option<usize> {
    // Nearly all words have no capital but the first.
    if word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let (mut capitals, mut is_behind_small) = (0, false);
    let mut chars = word.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let is_capital = c.is_uppercase();
        let begins = is_capital && capitals >= CAPITALS && chars.peek().is_some_and(|(_, next)| next.is_lowercase());
        if is_capital && is_behind_small || begins {
            return Some(at);
        }
        capitals = if is_capital { capitals + 1 } else { 0 };
        is_behind_small = c.is_lowercase();
    }
    None
}

fn is_in_capitals(text: &str, least: usize) -> bool {
    !text.chars().any(char::is_lowercase) && text.chars().filter(|c| c.is_uppercase()).count() >= least
}

/// A part of a line with the brackets that hold nothing else.
fn with_brackets(text: &str, line: Span, part: Span) -> Span {
    let before = text[line.start as usize..part.start as usize].trim_end();
    let behind = text[part.end as usize..line.end as usize].trim_start();
    let pair = before.chars().next_back().zip(behind.chars().next());
    match pair.filter(|pair| BRACKETS.contains(pair)) {
        Some((opens, closes)) => {
            let start = line.start as usize + before.len() - opens.len_utf8();
            Span { start: start as u32, end: line.end - (behind.len() - closes.len_utf8()) as u32 }
        }
        None => part,
    }
}

/// A part of a line with the marks and blanks that only joined it to the line.
fn with_marks(text: &str, line: Span, part: Span) -> Span {
    let part = with_brackets(text, line, part);
    let (before, behind) = (&text[line.start as usize..part.start as usize], &text[part.end as usize..line.end as usize]);
    if behind.is_empty() {
        return Span { start: part.start - marks_before(before, true) as u32, end: part.end };
    }
    let end = part.end as usize + marks_behind(behind, false);
    let blanks = text[end..line.end as usize].len() - text[end..line.end as usize].trim_start().len();
    let joins = before.is_empty() || before.ends_with(char::is_whitespace);
    Span { start: part.start, end: (end + if joins { blanks } else { 0 }) as u32 }
}

#[cfg(test)]
mod tests {
    use super::joint;

    #[test]
    fn joined_words_are_parted_at_a_capital() {
        let parted = |word: &str| joint(word).map(|at| word[at..].to_owned());
        for (word, behind) in [("PublicitéLe", Some("Le")), ("ADVERTISEMENTThe", Some("The")), ("SaveI", Some("I")), ("Advertisement", None), ("ABCs", None)] {
            assert_eq!(parted(word).as_deref(), behind, "{word}");
        }
    }
}
