//! The `rule` detector: turns rule matches into evidence, within each rule's limits and as far as its scope reaches.

use super::matter::is_clock_row;
use super::{Case, Detector, Mark, section};
use crate::document::{Block, Span};
use crate::rules::file::{Extend, Near, Scope};
use crate::rules::index::{Hit, holds_phrase};
use crate::rules::rule::Rule;
use crate::text::fold::{Class, fold};
use crate::text::seam::{Gaps, closes_quotation};
use crate::text::shape::{is_closing, is_stop};
use crate::text::token::{Token, ends_with_full_stop, holds_sentence, words};
use crate::verdict::{Action, Reason, Signal, Source};

/// Evidence from rule files.
pub(super) struct Rules;

impl Detector for Rules {
    fn name(&self) -> &'static str {
        "rule"
    }

    fn detect(&self, case: &Case, signals: &mut Vec<Signal>) {
        if !case.rules.settings.rule.enabled {
            return;
        }
        outside_of_content(case, signals);
        let mut seen: Vec<u32> = Vec::new();
        let mut picks = case.document.picks.iter().peekable();
        for (at, block) in case.blocks().iter().enumerate() {
            if case.hits(at).is_empty() && block.markup.is_none() && picks.peek().is_none() {
                continue;
            }
            let all = Span { start: 0, end: block.span.len() };
            let whole = block.markup.iter().flat_map(|markup| markup.rules.iter().map(|&rule| Hit { rule, span: all }));
            // What a box holds that the weights are sure of is not what boxes of its name hold; a rule for the host knows its boxes.
            let whole = whole.filter(|hit| !(case.is_held(at) && is_general(case.rules.rule(hit.rule))));
            let mut matched = Vec::new();
            for hit in case.hits(at).iter().copied().chain(whole) {
                let rule = case.rules.rule(hit.rule);
                if is_listing(case, at, rule) || !applies(case, at, &hit) || !is_behind(case, rule, &seen) {
                    continue;
                }
                if speak(case, at, &hit, signals) {
                    matched.push(hit.rule);
                }
            }
            while let Some(pick) = picks.next_if(|pick| pick.block as usize == at) {
                let rule = case.rules.rule(pick.rule);
                let words = case.document.tokens_of(block).iter().filter(|token| token.span().overlaps(pick.span)).count() as u32;
                if has_size(rule, words) && may_speak(case, at, block, rule) && is_behind(case, rule, &seen) {
                    signals.push(drop_by_rule(pick.rule, rule, pick.span));
                    matched.push(pick.rule);
                }
            }
            seen.extend(matched);
        }
    }
}

/// Pages do not show their scripts: what looks like one in a block that the weights are sure of is code that the article shows.
fn is_listing(case: &Case, at: usize, rule: &Rule) -> bool {
    rule.class == "ad-code" && is_general(rule) && case.is_held(at)
}

/// Does a rule that drops come with naqi, for any host? Rules of users know their pages.
fn is_general(rule: &Rule) -> bool {
    rule.action == Action::Drop && rule.hosts.is_empty() && rule.file.shipped
}

pub(super) fn drop_by_rule(number: u32, rule: &Rule, span: Span) -> Signal {
    Signal { span, action: Action::Drop, reason: Reason { source: Source::Rule(number), class: rule.class }, score: 1.0 }
}

/// Where a rule marks the page's body, everything outside goes.
fn outside_of_content(case: &Case, signals: &mut Vec<Signal>) {
    let Some(content) = &case.document.content else { return };
    let rule = case.rules.rule(content.rule);
    let outside = case.blocks().iter().enumerate().filter(|(at, _)| !content.holds(*at as u32));
    signals.extend(outside.map(|(_, block)| drop_by_rule(content.rule, rule, block.span)));
}

fn is_behind(case: &Case, rule: &Rule, seen: &[u32]) -> bool {
    rule.after.is_empty() || seen.iter().any(|&number| rule.after.contains(&case.rules.rule(number).id))
}

/// The part of block `at` that the rule takes away when it applies.
pub(super) fn taken_from(case: &Case, at: usize, hit: &Hit) -> Option<Span> {
    let rule = case.rules.rule(hit.rule);
    let block = &case.blocks()[at];
    match rule.scope {
        _ if rule.action != Action::Drop => None,
        Scope::Block | Scope::Section | Scope::Document => Some(block.span),
        Scope::Span => removed_span(case, block, hit, rule),
    }
}

/// Marks that open a quotation.
const OPENING_QUOTES: [char; 8] = ['"', '“', '”', '„', '«', '‹', '「', '『'];

/// What may stand before them where somebody speaks.
const OPENING_DASHES: [char; 4] = ['-', '–', '—', ' '];

/// Do the rule's limits and exceptions let it speak of block `at`? (`after` apart.)
pub(super) fn applies(case: &Case, at: usize, hit: &Hit) -> bool {
    let (rule, block) = (case.rules.rule(hit.rule), &case.blocks()[at]);
    // What is glued to the block goes first; the next pass asks the rules about the rest.
    let waits = rule.action == Action::Drop && rule.scope != Scope::Span && case.marks.get(at).is_some_and(Mark::is_glued);
    // What is said in quotation marks is the story, be it a notice that somebody reads out.
    let takes_lines = rule.action == Action::Drop && rule.scope != Scope::Span;
    let speech = || case.document.slice(block.span).trim_start_matches(OPENING_DASHES);
    let is_quoted = || takes_lines && case.is_prose(block) && speech().starts_with(OPENING_QUOTES);
    !waits
        && (rule.scope == Scope::Span || has_size(rule, block.shape.words))
        && may_speak(case, at, block, rule)
        && !is_quoted()
        && !(takes_lines && is_joined(case, block, hit.span))
}

/// Does a phrase open or end a part of a line that a scraper joined to a sentence? Then it speaks of that part (see `piece`).
fn is_joined(case: &Case, block: &Block, phrase: Span) -> bool {
    let least = case.rules.settings.piece.joined_words;
    if phrase.len() == block.span.len() || block.shape.words <= least || !case.rules.settings.piece.enabled {
        return false;
    }
    let tokens = case.document.tokens_of(block);
    let phrase = Span { start: block.span.start + phrase.start, end: block.span.start + phrase.end };
    let is_sentence = |part: &Span| {
        let words = tokens.iter().filter(|token| part.start <= token.start && token.end <= part.end).count();
        words >= least as usize && ends_with_full_stop(case.document.slice(*part))
    };
    let parts = Gaps::of(&case.document.text, block.span, tokens).parts();
    parts.iter().filter(|part| !part.overlaps(phrase)).any(is_sentence)
}

pub(super) fn has_size(rule: &Rule, words: u32) -> bool {
    rule.max_words.is_none_or(|most| words <= most) && rule.min_words.is_none_or(|least| words >= least)
}

/// Do place, language, host and exceptions let the rule speak of block `at`, or of a part of it that is looked at as a block?
pub(super) fn may_speak(case: &Case, at: usize, block: &Block, rule: &Rule) -> bool {
    let metadata = &case.document.metadata;
    rule.near.is_none_or(|near| is_near(case, at, near))
        && rule.covers(metadata.lang.as_deref(), metadata.host.as_deref())
        && (rule.scope == Scope::Span || !is_excepted(rule, case.document.tokens_of(block)))
        && !(rule.unless_sentence && is_sentence(case, block))
        && !(rule.unless_stop && has_stop(case, block))
        && !(rule.unless_listing && case.matter.code)
        && !(rule.class == "date-row" && case.matter.ticker && is_clock_row(block))
}

/// Is a block at least one sentence of some length, or does it hold one?
fn is_sentence(case: &Case, block: &Block) -> bool {
    let text = case.document.slice(block.span);
    block.shape.words >= case.rules.settings.rule.body_words && (ends_with_full_stop(text) || holds_sentence(text))
}

/// Does a block read like a sentence or speech, however short?
fn has_stop(case: &Case, block: &Block) -> bool {
    let text = case.document.slice(block.span);
    text.starts_with(OPENING_QUOTES) || ends_with_full_stop(text) || holds_sentence(text)
}

fn is_excepted(rule: &Rule, tokens: &[Token]) -> bool {
    rule.unless.iter().any(|slots| holds_phrase(slots, tokens))
}

fn is_near(case: &Case, at: usize, near: Near) -> bool {
    let count = case.blocks().len();
    let settings = &case.rules.settings.rule;
    let reach = settings.near_blocks.max((count as f64 * settings.near_share) as usize);
    match near {
        Near::Start => at < reach,
        Near::End => at + reach >= count,
    }
}

/// Adds the rule's evidence; false when the span would be larger than the rule allows.
fn speak(case: &Case, at: usize, hit: &Hit, signals: &mut Vec<Signal>) -> bool {
    let rule = case.rules.rule(hit.rule);
    let blocks = case.blocks();
    let reason = Reason { source: Source::Rule(hit.rule), class: rule.class };
    let mut add = |span: Span| signals.push(Signal { span, action: rule.action, reason, score: 1.0 });
    match rule.scope {
        Scope::Block => add(blocks[at].span),
        Scope::Span => match removed_span(case, &blocks[at], hit, rule) {
            Some(span) => add(span),
            None => return false,
        },
        Scope::Section => {
            let (first, last) = section::reach(case, at, rule);
            let stays = |other: usize| other != at && case.is_held(other) && is_general(rule);
            (first..last).filter(|&other| !stays(other)).for_each(|other| add(blocks[other].span));
        }
        Scope::Document => blocks.iter().for_each(|block| add(block.span)),
    }
    true
}

/// The bytes that a span rule removes; none when they are more or fewer words than it allows, or hold an exception.
fn removed_span(case: &Case, block: &Block, hit: &Hit, rule: &Rule) -> Option<Span> {
    let span = stretch(case, block, hit.span, rule);
    let tokens = case.document.tokens_of(block);
    let first = tokens.partition_point(|token| token.end <= span.start);
    let behind = tokens.partition_point(|token| token.start < span.end);
    let words = behind.saturating_sub(first);
    let excepted = words > 0 && is_excepted(rule, &tokens[first..behind]);
    let too_many = rule.max_words.is_some_and(|most| words > most as usize);
    let too_few = rule.min_words.is_some_and(|least| words < least as usize);
    let text = &case.document.text;
    let head = &text[block.span.start as usize..span.start as usize];
    // A word or two that only led up to the removed span says nothing without it; a sentence does.
    let is_few = tokens.len() - words <= case.rules.settings.rule.residue_words && words > tokens.len() / 2;
    let residue = is_few && !ends_with_full_stop(head);
    // What ends somebody's words is none that a scraper glued on.
    let is_quoted = || rule.action == Action::Drop && closes_quotation(head, &text[span.range()]);
    let takes_all = residue || span.end == block.span.end && is_caption(case, rule, head);
    (!too_many && !too_few && !excepted && !is_quoted()).then_some(if takes_all { block.span } else { span })
}

/// Is what stands before a credit the words below a picture: a row that is no sentence?
fn is_caption(case: &Case, rule: &Rule, head: &str) -> bool {
    let is_row = !head.contains(is_stop) && !head.trim_end().ends_with(is_closing);
    rule.class == "credit" && is_row && words(head).len() <= case.rules.settings.rule.caption_words
}

/// The bytes of a match, the marks beside it, and as far as `extend` says.
fn stretch(case: &Case, block: &Block, matched: Span, rule: &Rule) -> Span {
    let text = case.document.slice(block.span);
    let base = block.span.start;
    let (mut start, mut end) = (matched.start as usize, matched.end as usize);
    match rule.extend {
        Some(Extend::Start) => start = 0,
        Some(Extend::End) => end = text.len(),
        Some(Extend::Sentence) => {
            let part = Span { start: base + matched.start, end: base + matched.end };
            let around = Gaps::of(&case.document.text, block.span, case.document.tokens_of(block)).sentences_around(part);
            (start, end) = ((around.start - base) as usize, (around.end - base) as usize);
        }
        None => {}
    }
    if rule.patterns.is_empty() || rule.extend.is_some() {
        end += marks_behind(&text[end..], end == text.len());
        start -= marks_before(&text[..start], end == text.len());
    }
    Span { start: base + start as u32, end: base + end as u32 }
}

fn is_mark(c: char) -> bool {
    matches!(fold(c).class, Class::Punctuation | Class::Ignored)
}

/// Bytes of the marks and blanks right behind a removed phrase; opening quotes and brackets belong to what follows.
pub(super) fn marks_behind(rest: &str, at_end: bool) -> usize {
    if at_end {
        return 0;
    }
    let opens = |c: char| matches!(c, '"' | '\'' | '«' | '“' | '„' | '‘' | '(' | '[' | '「' | '『' | '¿' | '¡' | '#' | '@');
    let taken = rest.find(|c: char| opens(c) || !(is_mark(c) || c.is_whitespace())).unwrap_or(rest.len());
    rest[..taken].trim_end().len()
}

/// Bytes of the marks right before a removed phrase at the end of a block: dashes, bars and opening brackets, not full stops.
pub(super) fn marks_before(head: &str, at_end: bool) -> usize {
    if !at_end {
        return 0;
    }
    let joins = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '-' | '–'
                    | '—'
                    | '|'
                    | '/'
                    | '•'
                    | '·'
                    | '('
                    | '['
                    | '*'
                    | '_'
                    | '='
                    | '>'
                    | '←'
                    | '→'
                    | '▶'
                    | '►'
                    | '▷'
                    | '☞'
                    | '■'
                    | '●'
                    | '○'
                    | '◆'
                    | '※'
                    | '☆'
                    | '★'
            )
    };
    let kept = head.trim_end_matches(joins).len();
    head.len() - kept
}
