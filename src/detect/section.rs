//! How far a rule of scope `section` reaches: what stands under a heading goes with it.
//!
//! In: the block that a rule matched and the rule. Out: a range of blocks. Most sections are lists of headlines amid an article, so the question is
//! where the article goes on; where it may have, the section ends: a headline that stays does less harm than a sentence that goes.

use super::Case;
use super::matter::is_clock_row;
use crate::document::Block;
use crate::rules::rule::{Back, Rule, Until};
use crate::text::fold::fold;
use crate::text::token::{ends_with_full_stop, holds_sentence};

/// How many blocks a section without a firm end may take.
const SECTION_BLOCKS: usize = 40;

/// The first block of the section around block `at`, and one past its last.
pub(super) fn reach(case: &Case, at: usize, rule: &Rule) -> (usize, usize) {
    (start(case, at, rule.back), end(case, at, rule.until))
}

fn end(case: &Case, at: usize, until: Until) -> usize {
    let blocks = case.blocks();
    let stops = |next: usize| match until {
        Until::Blank => blocks[next].blank_before,
        Until::Body => is_body(case, next, at),
        Until::End | Until::Blocks(_) => false,
    };
    let reach = match until {
        Until::End => blocks.len(),
        Until::Blocks(count) => at + 1 + count as usize,
        Until::Blank | Until::Body => at + 1 + SECTION_BLOCKS,
    };
    let reach = reach.min(blocks.len());
    match (at + 1..reach).find(|&next| stops(next)) {
        Some(body) if until == Until::Body && !case.is_noise(body) && is_heading(case, body - 1, at) => body - 1,
        Some(next) => next,
        None => reach,
    }
}

/// Is block `at`, the last before the article goes on, a heading of it: much shorter than the headline before it in the list of block `heading`?
fn is_heading(case: &Case, at: usize, heading: usize) -> bool {
    let words = |at: usize| case.blocks()[at].shape.words;
    let is_short = || words(at) <= case.rules.settings.rule.heading_words && 2 * words(at) <= words(at - 1);
    at > heading + 1 && is_short() && case.blocks()[at].shape.letters > 0 && case.hits(at).is_empty()
}

/// Is block `at` the article's again, behind the heading of a list in block `heading`? Headlines are short, hold no full stop, and do not end with a
/// colon, which introduces a list of the body; those that ask are told from an interviewer by what was asked before the list, those that are
/// numbered from a part of the article by the part before.
fn is_body(case: &Case, at: usize, heading: usize) -> bool {
    let blocks = case.blocks();
    let Block { shape, span, .. } = &blocks[at];
    let settings = &case.rules.settings.rule;
    let text = case.document.slice(*span);
    let asks = |at: usize| asks(case, at);
    shape.words >= settings.body_words && shape.finished
        || shape.words >= 2 * settings.body_words
        || shape.colon && shape.words >= settings.introducing_words
        || 4 * shape.words >= 3 * settings.body_words && shape.finished && shape.commas > 0
        || ends_with_full_stop(text)
        || case.matter.ticker && is_clock_row(&blocks[at])
        || holds_sentence(text)
        || numbered(case, at).is_some_and(|number| number > 1 && (0..heading).any(|at| numbered(case, at) == number.checked_sub(1) && !case.is_noise(at)))
        || asks(at) && (0..heading).filter(|&at| asks(at) && !case.is_noise(at)).count() >= settings.interview_questions
}

/// The number that a line begins with, as headings of an article's parts do.
fn numbered(case: &Case, at: usize) -> Option<u32> {
    let text = case.document.slice(case.blocks()[at].span);
    let digits: String = text.chars().map(|c| fold(c).to).take_while(char::is_ascii_digit).collect();
    let behind = text.chars().nth(digits.len());
    digits.parse().ok().filter(|_| matches!(behind, Some('.' | ')' | '-' | '、' | '．')))
}

/// A short line that ends with a question mark.
fn asks(case: &Case, at: usize) -> bool {
    let block = &case.blocks()[at];
    block.shape.words < case.rules.settings.rule.body_words && case.document.slice(block.span).ends_with(['?', '؟', '？'])
}

fn start(case: &Case, at: usize, back: Option<Back>) -> usize {
    let blocks = case.blocks();
    let Some(back) = back else { return at };
    let mut first = at;
    for before in (0..at).rev() {
        let block = &blocks[before];
        let belongs = match back {
            Back::List => block.shape.bullet,
            Back::Rows => case.is_row(block),
            Back::Blocks(count) => at - before <= count as usize,
        };
        if belongs {
            first = before;
        } else if !case.is_noise(before) {
            break;
        }
    }
    first
}
