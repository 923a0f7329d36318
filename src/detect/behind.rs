//! Sentences right behind lines that stay.
//!
//! In: a text's blocks, the probability of each and the one needed. Out: the probabilities, those of such sentences raised to what is needed. Weights
//! see a short last sentence among the rows that follow it and take it for one of them; a lost sentence is worse than a kept notice. Asked by the
//! `model` detector alone.

use super::Case;
use crate::text::token::ends_with_full_stop;

/// Keeps sentences right behind a sentence that stays, with no more between them than what rules take, when they have a share of the probability
/// needed.
pub(super) fn keep_sentences(case: &Case, probabilities: &mut [f32], needed: f64) {
    let least = case.rules.settings.model.behind * needed;
    let mut goes_on = false;
    for (at, block) in case.blocks().iter().enumerate().filter(|(at, _)| !case.is_noise(*at)) {
        let probability = f64::from(probabilities[at]);
        if probability >= needed {
            goes_on = block.shape.finished;
        } else {
            goes_on &= probability >= least && ends_with_full_stop(case.document.slice(block.span));
            if goes_on {
                probabilities[at] = (needed as f32).next_up();
            }
        }
    }
}
