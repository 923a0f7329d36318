//! Sentences and rows that lines which stay lead to.
//!
//! In: a text's blocks, the probability of each and the one needed. Out: the probabilities, those of such blocks raised to what is needed. Weights
//! see a short last sentence among the rows that follow it and take it for one of them, and the rows of a list for a menu's; a lost line of the body is
//! worse than a kept notice. Asked by the `model` detector alone.

use super::Case;
use crate::text::token::{ends_with_full_stop, is_stop};

/// Keeps what lines that stay lead to.
pub(super) fn keep_led(case: &Case, probabilities: &mut [f32], needed: f64) {
    let open: Vec<usize> = (0..probabilities.len()).filter(|&at| !case.is_noise(at)).collect();
    keep_sentences(case, &open, probabilities, needed);
    keep_listed(case, &open, probabilities, needed);
    keep_between(case, probabilities, needed);
}

/// The probability of a block that is kept just so.
fn enough(needed: f64) -> f32 {
    (needed as f32).next_up()
}

/// Keeps sentences right behind a sentence that stays, with no more between them than what rules take, when they have a share of the probability
/// needed; and the rows of a list that stand between the two.
fn keep_sentences(case: &Case, open: &[usize], probabilities: &mut [f32], needed: f64) {
    let settings = &case.rules.settings.model;
    let least = settings.behind * needed;
    let mut goes_on = false;
    let mut place = 0;
    while let Some(&at) = open.get(place) {
        if f64::from(probabilities[at]) >= needed {
            goes_on = case.blocks()[at].shape.finished || is_sentence(case, at);
            place += 1;
            continue;
        }
        let is_likely = |at: usize| f64::from(probabilities[at]) >= least && is_sentence(case, at);
        let is_row = |at: usize| f64::from(probabilities[at]) >= settings.behind_row * needed && case.is_row(&case.blocks()[at]);
        let rows =
            open[place..].iter().take(settings.behind_rows + 1).zip(at..).take_while(|&(&row, next)| row == next && is_row(row) && !is_likely(row)).count();
        let share = |at: usize| f64::from(probabilities[at]) / needed;
        let leads = open.get(place + rows).is_some_and(|&behind| match rows {
            0 => is_likely(behind),
            _ => share(behind) >= 1.0 || share(behind) >= settings.behind_list && is_sentence(case, behind),
        });
        goes_on &= leads && rows <= settings.behind_rows;
        let count = if goes_on { rows.max(1) } else { 1 };
        if goes_on {
            open[place..place + count].iter().for_each(|&at| probabilities[at] = enough(needed));
        }
        place += count;
    }
}

/// Is a block a sentence, or most of it, with a credit or a prompt behind?
fn is_sentence(case: &Case, at: usize) -> bool {
    let block = &case.blocks()[at];
    if block.shape.stops == 0 {
        return false;
    }
    let text = case.document.slice(block.span);
    let end = text.char_indices().rev().find(|&(_, c)| is_stop(c)).map_or(0, |(at, c)| at + c.len_utf8());
    2 * end >= text.len() && ends_with_full_stop(&text[..end])
}

/// Keeps rows of a list that a line which stays announces with a colon.
fn keep_listed(case: &Case, open: &[usize], probabilities: &mut [f32], needed: f64) {
    let settings = &case.rules.settings.model;
    let least = settings.listed * needed;
    let (mut is_list, mut rows) = (false, 0);
    for &at in open {
        let (block, probability) = (&case.blocks()[at], f64::from(probabilities[at]));
        if probability >= needed {
            is_list = block.shape.colon || is_list && !block.shape.finished;
            rows = if block.shape.colon { 0 } else { rows };
        } else {
            is_list &= probability >= least && rows < settings.listed_rows;
            rows += 1;
            if is_list {
                probabilities[at] = enough(needed);
            }
        }
    }
}

/// Keeps a few rows between blocks that stay, when each has a share of the probability needed and rules take none of them.
fn keep_between(case: &Case, probabilities: &mut [f32], needed: f64) {
    let settings = &case.rules.settings.model;
    let least = settings.between * needed;
    let mut start = None;
    for at in 0..probabilities.len() {
        let probability = f64::from(probabilities[at]);
        if probability >= needed {
            if let Some(first) = start.filter(|first| at - first <= settings.between_rows) {
                probabilities[first..at].fill(enough(needed));
            }
            start = Some(at + 1);
        } else if probability < least || case.is_noise(at) {
            start = None;
        }
    }
}
