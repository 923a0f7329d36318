//! What a text is about, where that makes the noise of other texts its matter: code, and what happened when.
//!
//! In: a text and the rules that match in its blocks. Out: [`Matter`], which keeps rules for scripts off a tutorial and rules for dates off the clock
//! times of a live ticker.

use super::Case;
use crate::document::{Block, Format};
use crate::text::token::ends_with_full_stop;

/// What a text is about; nothing of the kind in pages, whose weights know their blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Matter {
    /// It shows code.
    pub(super) code: bool,
    /// Its entries begin with clock times.
    pub(super) ticker: bool,
}

impl Matter {
    pub(super) fn of(case: &Case) -> Self {
        if case.document.format != Format::Text {
            return Matter::default();
        }
        Matter { code: shows_code(case), ticker: is_ticker(case) }
    }
}

/// Does a text show code: in pieces between its paragraphs, none of which calls an advertiser?
fn shows_code(case: &Case) -> bool {
    let (mut runs, mut within) = (0, false);
    for (at, block) in case.blocks().iter().enumerate() {
        let code = case.hits(at).iter().map(|hit| case.rules.rule(hit.rule)).find(|rule| rule.class == "ad-code");
        match code {
            Some(rule) if !rule.unless_listing => return false,
            Some(_) if !within && block.shape.words > 0 => {
                runs += 1;
                within = true;
            }
            Some(_) => {}
            None => within &= !case.is_prose(block),
        }
    }
    runs >= case.rules.settings.rule.listing_runs
}

fn is_ticker(case: &Case) -> bool {
    let blocks = case.blocks();
    let reports = |block: &Block| case.is_prose(block) || ends_with_full_stop(case.document.slice(block.span));
    // An entry may have a heading.
    let entries = blocks.windows(3).filter(|rows| is_clock_row(&rows[0]) && rows[1..].iter().any(reports)).count();
    entries >= case.rules.settings.rule.ticker_entries
}

/// A clock time in a row of its own: "20:05", "8.15 pm", "13h32", "14.10 Uhr".
pub(super) fn is_clock_row(block: &Block) -> bool {
    let shape = &block.shape;
    (3..=4).contains(&shape.digits) && shape.letters <= 4 && shape.words <= 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Metadata;
    use crate::segment::segment_text;

    #[test]
    fn clock_times_are_known() {
        for (text, is_clock) in [
            ("20:05", true),
            ("8.15pm", true),
            ("13h32", true),
            ("14.10 Uhr", true),
            ("٢٠:٠٥", true),
            ("12 March 1998", false),
            ("Monday", false),
            ("7", false),
        ] {
            let document = segment_text(text.into(), Metadata::default());
            assert_eq!(is_clock_row(&document.blocks[0]), is_clock, "{text}");
        }
    }
}
