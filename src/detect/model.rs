//! The `model` detector: what learned weights say of each block of a page or of a page dumped to text.
//!
//! It judges in the first pass only: a page, while the outline still fits the blocks, and a text that looks like the dump of a whole page.
//! Where it judges, the `page` and `dump` detectors are silent; where it would leave nothing, they are asked instead.

use super::{Case, Detector, dump, page};
use crate::document::Format;
use crate::features::sheet;
use crate::model::Model;
use crate::rules::settings::Strictness;
use crate::verdict::{Action, Reason, Signal, Source};

/// Evidence from learned weights.
pub(super) struct Learned;

impl Detector for Learned {
    fn name(&self) -> &'static str {
        "model"
    }

    fn detect(&self, case: &Case, signals: &mut Vec<Signal>) {
        let is_later_text = case.pass > 0 && case.document.format == Format::Text;
        if is_later_text && case.rules.models.text.is_some() {
            return;
        }
        let before = signals.len();
        if !judge(case, signals) {
            signals.truncate(before);
            dump::detect(case, signals);
            page::detect(case, signals);
        }
    }
}

/// Adds a signal for each block that is no part of the article; `false` when the weights have nothing to say.
fn judge(case: &Case, signals: &mut Vec<Signal>) -> bool {
    let settings = &case.rules.settings.model;
    let Some(model) = model_for(case).filter(|_| settings.enabled) else { return false };
    // Where a rule of the host marks the body, its word counts.
    if case.document.content.is_some() {
        return false;
    }
    let noise: Vec<bool> = (0..case.blocks().len()).map(|at| case.is_noise(at)).collect();
    let rows = sheet(case.document, &noise, &model.tables);
    if rows.names.len() != model.features.len() {
        return false;
    }
    let probabilities = model.probabilities(&rows.values);
    let threshold = threshold(case, &probabilities);
    let dropped = probabilities.iter().filter(|&&probability| f64::from(probability) < threshold).count();
    if case.document.format == Format::Text && (dropped as f64) < case.rules.settings.model.min_dropped * probabilities.len() as f64 {
        // Not the menus of a whole page: an article, perhaps one cleaned before, which must stay as it is.
        return true;
    }
    for (block, &probability) in case.blocks().iter().zip(&probabilities) {
        if f64::from(probability) >= threshold {
            continue;
        }
        let reason = Reason { source: Source::Detector("model"), class: "model" };
        signals.push(Signal { span: block.span, action: Action::Drop, reason, score: 1.0 - probability });
    }
    dropped < probabilities.len()
}

/// The probability that a block needs: the smaller, the less sure the weights are of this document's best blocks, as they are
/// of listings and products. This comes near the choice with the best expected F1, for which the threshold is half of that F1.
fn threshold(case: &Case, probabilities: &[f32]) -> f64 {
    let settings = &case.rules.settings.model;
    let factor = match settings.setting {
        Strictness::Precision => settings.factor_precision,
        Strictness::Balanced => settings.factor_balanced,
        Strictness::Recall => settings.factor_recall,
    };
    let (mut expected, mut sure) = (0.0, 0.0);
    for (block, &probability) in case.blocks().iter().zip(probabilities) {
        let probability = f64::from(probability);
        let gain = probability * f64::from(block.shape.words);
        expected += gain;
        sure += probability * gain;
    }
    let confidence = if expected > 0.0 { sure / expected } else { 1.0 };
    (factor * confidence).clamp(settings.lowest, settings.highest)
}

/// The weights for a document, if it is one that they judge.
fn model_for<'a>(case: &Case<'a>) -> Option<&'a Model> {
    if case.pass > 0 {
        return None;
    }
    match case.document.format {
        Format::Html => case.rules.models.html.as_ref().filter(|_| !case.document.outline.elements.is_empty()),
        Format::Text => {
            let settings = &case.rules.settings.model;
            case.rules.models.text.as_ref().filter(|_| dump::has_labels(case, settings.min_labels, settings.min_label_share))
        }
    }
}
