//! What the survey says of a block joins what the weights say of it.
//!
//! In: the marks of a text's blocks, and the probabilities that the weights give. Out: probabilities that know both. The weights saw other
//! sites; the survey has seen this one. Where it knows a page well (many of its lines are template, by many documents of the host),
//! a line that only this document has is likely the article's, above all within the stretch of such lines and in their longest
//! run, as a body stands between templates. So the survey adds to the log-odds, and the weights count for less, by as much as
//! the page is known; where it knows nothing, nothing changes. Template lines have no probability left.

use super::{Case, dump};
use crate::rules::settings::Template as Settings;

/// Documents of a host at which, all lines being template, a page counts as known: 32, as 5 doublings.
const DOUBLINGS: f64 = 5.0;
/// No probability counts as surer than so many log-odds.
const SUREST: f64 = 9.2;
/// So many template lines may stand within a run of the document's own.
const GAP: usize = 1;

/// Joins the survey's evidence to the probabilities of a text's blocks.
pub(super) fn join(case: &Case, probabilities: &mut [f32]) {
    let settings = &case.rules.settings.template;
    let known = known(case, settings);
    if known == 0.0 {
        return;
    }
    let (start, end) = dump::prose_stretch(case);
    let runs = shares_of_runs(case);
    for (at, probability) in probabilities.iter_mut().enumerate() {
        if case.is_template(at) {
            *probability = 0.0;
            continue;
        }
        let given = log_odds(f64::from(*probability));
        let stretch = if (start..end).contains(&at) { settings.join_stretch } else { 0.0 };
        let evidence = stretch + settings.join_run * runs[at] - settings.join_cost - settings.join_fade * given;
        *probability = (1.0 / (1.0 + (-given - known * evidence).exp())) as f32;
    }
}

/// How well the survey knows the page: the share of its lines that are template, and the doublings of the host's documents.
fn known(case: &Case, settings: &Settings) -> f64 {
    let blocks = case.blocks().len();
    let template = (0..blocks).filter(|&at| case.is_template(at)).count();
    let doublings = (case.marks.documents().max(1) as f64).log2();
    (template as f64 / blocks.max(1) as f64 * doublings / DOUBLINGS).min(settings.join_most)
}

fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln().clamp(-SUREST, SUREST)
}

/// For each block the share of the document's own words that stand in its run of lines that are not template.
fn shares_of_runs(case: &Case) -> Vec<f64> {
    let blocks = case.blocks();
    let words: Vec<f64> = (0..blocks.len()).map(|at| if case.is_template(at) || case.is_noise(at) { 0.0 } else { f64::from(blocks[at].shape.words) }).collect();
    let all: f64 = words.iter().sum::<f64>().max(1.0);
    let mut shares = vec![0.0; blocks.len()];
    let mut start = 0;
    while start < blocks.len() {
        if case.is_template(start) {
            start += 1;
            continue;
        }
        let mut end = start + 1;
        while let Some(next) = (end..blocks.len().min(end + GAP + 1)).find(|&at| !case.is_template(at)) {
            end = next + 1;
        }
        let share = words[start..end].iter().sum::<f64>() / all;
        shares[start..end].fill(share);
        start = end;
    }
    shares
}
