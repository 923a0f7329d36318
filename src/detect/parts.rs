//! Text that a scraper gave twice: a list item, then the paragraphs inside it.
//!
//! In: a document, the probability of each block and the one needed. Out: the probabilities with one of each pair put to nothing, so that
//! the text stands once. Asked by the `model` detector alone: where weights judge, the better copy is known.

use std::ops::Range;

use crate::document::Document;
use crate::text::token::Token;

/// Blocks of fewer words hold no others.
const HOLDER_WORDS: usize = 3;
/// Words of a block that may be found anywhere in a holder; shorter ones must go on where the last part ended.
const PART_WORDS: usize = 4;
/// Longer blocks are whole pages on one line: not searched, so that the time stays linear.
const LONGEST: usize = 4000;
/// Share of a holder's words that its parts must give to stand in its place.
const COVERED: f64 = 0.8;

/// A document gives text twice when blocks inside others hold this share of its words ...
const TWICE: f64 = 0.03;
/// ... and then so many kept blocks back are searched for a copy.
const BACK: usize = 40;

/// Leaves one copy of the text that blocks and the blocks behind them share.
pub(super) fn keep_one(document: &Document, probabilities: &mut [f32], threshold: f64) {
    let mut at = 0;
    let mut twice = 0;
    while at + 1 < document.blocks.len() {
        let (parts, covered) = parts_of(document, at);
        if parts.is_empty() {
            at += 1;
            continue;
        }
        twice += covered;
        let holder = document.tokens_of(&document.blocks[at]).len();
        let instead = if covered as f64 >= COVERED * holder as f64 { mean(document, probabilities, parts.clone()) } else { 0.0 };
        let own = f64::from(probabilities[at]);
        if instead > own {
            probabilities[at] = 0.0;
        } else if own >= threshold {
            probabilities[parts.clone()].fill(0.0);
            at = parts.end;
            continue;
        }
        at += 1;
    }
    if twice as f64 >= TWICE * document.tokens.len() as f64 {
        drop_contained(document, probabilities, threshold);
    }
}

/// Drops kept blocks whose words stand in a row in one of the kept blocks before them.
fn drop_contained(document: &Document, probabilities: &mut [f32], threshold: f64) {
    let mut kept: Vec<&[Token]> = Vec::new();
    for (block, probability) in document.blocks.iter().zip(probabilities) {
        if f64::from(*probability) < threshold {
            continue;
        }
        let own = document.tokens_of(block);
        if kept.iter().rev().take(BACK).any(|earlier| earlier.len() <= LONGEST && place_of(earlier, own).is_some()) {
            *probability = 0.0;
        } else {
            kept.push(own);
        }
    }
}

/// The first place where `part` stands in `holder`.
fn place_of(holder: &[Token], part: &[Token]) -> Option<usize> {
    let last = holder.len().checked_sub(part.len())?;
    (0..=last).find(|&place| fits(holder, part, place))
}

fn fits(holder: &[Token], part: &[Token], place: usize) -> bool {
    holder[place..].len() >= part.len() && holder[place..].iter().zip(part).all(|(a, b)| a.hash == b.hash)
}

/// The mean probability of the words of some blocks.
fn mean(document: &Document, probabilities: &[f32], blocks: Range<usize>) -> f64 {
    let (mut sum, mut words) = (0.0, 0.0);
    for (block, &probability) in document.blocks[blocks.clone()].iter().zip(&probabilities[blocks]) {
        let count = f64::from(block.tokens.end - block.tokens.start);
        sum += count * f64::from(probability);
        words += count;
    }
    if words > 0.0 { sum / words } else { 0.0 }
}

/// The blocks behind a block that stand inside it, and how many of its words they give.
fn parts_of(document: &Document, at: usize) -> (Range<usize>, usize) {
    let holder = document.tokens_of(&document.blocks[at]);
    let (mut end, mut reached) = (at + 1, 0);
    let mut covered = 0;
    if !(HOLDER_WORDS..=LONGEST).contains(&holder.len()) {
        return (end..end, 0);
    }
    while let Some(block) = document.blocks.get(end) {
        let part = document.tokens_of(block);
        if part.len() > holder.len() {
            break;
        }
        let Some(place) = place_in(holder, part, reached) else { break };
        let stop = place + part.len();
        covered += stop.saturating_sub(reached.max(place));
        reached = reached.max(stop);
        end += 1;
    }
    (at + 1..end, covered)
}

/// Where a part stands in its holder: where the last part ended if it can, else, for longer ones, at the first place that fits.
fn place_in(holder: &[Token], part: &[Token], reached: usize) -> Option<usize> {
    if part.is_empty() || fits(holder, part, reached) {
        return Some(reached);
    }
    if part.len() < PART_WORDS { None } else { place_of(holder, part) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Metadata;
    use crate::segment::segment_text;

    fn left(text: &str, given: &[f32]) -> Vec<f32> {
        let document = segment_text(text.to_owned(), Metadata::default());
        let mut probabilities = given.to_vec();
        keep_one(&document, &mut probabilities, 0.5);
        probabilities
    }

    const TEXT: &str =
        "The ferry leaves at nine. Tickets are sold on board all day.\nThe ferry leaves at nine.\nTickets are sold on board all day.\nNo more news.";

    #[test]
    fn the_better_copy_stays() {
        assert_eq!(left(TEXT, &[0.9, 0.6, 0.6, 0.8]), [0.9, 0.0, 0.0, 0.8]);
        assert_eq!(left(TEXT, &[0.2, 0.6, 0.6, 0.8]), [0.0, 0.6, 0.6, 0.8]);
    }

    #[test]
    fn a_holder_with_words_of_its_own_is_never_lost_to_a_part() {
        let text = "The ferry leaves at nine. Tickets are sold on board all day.\nThe ferry leaves at nine.\nNo more news.";
        assert_eq!(left(text, &[0.6, 0.9, 0.8]), [0.6, 0.0, 0.8]);
        assert_eq!(left(text, &[0.3, 0.9, 0.8]), [0.3, 0.9, 0.8]);
    }
}
