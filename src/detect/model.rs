//! The `model` detector: what learned weights say of each block of a page or of a page dumped to text.
//!
//! It judges in the first pass only: a page, while the outline still fits the blocks, and a text that looks like the dump of a whole page; of
//! other texts only the rows at their edges (`fringe`). Where it judges, the `page` and `dump` detectors are silent; where it would leave nothing, they are asked instead.

use std::collections::HashMap;

use super::{Case, Detector, behind, dump, fringe, page, parts, shares};
use crate::document::{Block, Format};
use crate::features::Rows;
use crate::model::Model;
use crate::rules::settings::Strictness;
use crate::stretch::best_stretch;
use crate::verdict::{Action, Reason, Signal, Source};

/// Evidence from learned weights.
pub(super) struct Learned;

impl Detector for Learned {
    fn name(&self) -> &'static str {
        "model"
    }

    fn detect(&self, case: &Case, signals: &mut Vec<Signal>) {
        let is_later_text = case.pass > 0 && case.document.format == Format::Text;
        match &case.weighed {
            Some(weighed) if weighed.stance != Stance::Yields => weighed.speak(case, signals),
            _ if is_later_text && case.rules.models.text.is_some() => {}
            _ => {
                dump::detect(case, signals);
                page::detect(case, signals);
            }
        }
    }
}

/// What the weights make of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stance {
    /// They say of each block whether it goes.
    Judges,
    /// It is an article, perhaps one cleaned before, which must stay as it is but for rows at its edges.
    Leaves,
    /// They would leave nothing, so others are asked.
    Yields,
}

/// What the weights say of a document in its first pass.
pub(super) struct Weighed<'a> {
    model: &'a Model,
    rows: Rows<'a>,
    /// For each block.
    probabilities: Vec<f32>,
    /// The probability that a block needs to stay.
    needed: f64,
    stance: Stance,
    /// For each block whether it goes.
    taken: Vec<bool>,
}

impl Weighed<'_> {
    /// Do the weights take block `at` away?
    pub(super) fn takes(&self, at: usize) -> bool {
        self.taken[at]
    }

    /// Do the weights take any block away?
    pub(super) fn takes_some(&self) -> bool {
        self.taken.contains(&true)
    }

    /// For each block of a page: are the weights so sure that it belongs to the article that only what speaks of the block itself may take
    /// it? None in texts, whose lists of other stories the weights take for prose more often, nor where they take nothing and so tell nothing
    /// apart, as in a fragment of a page.
    pub(super) fn held(&self, case: &Case) -> Vec<bool> {
        if case.document.format == Format::Text || !self.takes_some() {
            return Vec::new();
        }
        let least = case.rules.settings.model.held * self.needed;
        self.probabilities.iter().map(|&probability| f64::from(probability) >= least).collect()
    }

    fn speak(&self, case: &Case, signals: &mut Vec<Signal>) {
        let reason = Reason { source: Source::Detector("model"), class: "model" };
        for (at, block) in case.blocks().iter().enumerate().filter(|(at, _)| self.takes(*at)) {
            signals.push(Signal { span: block.span, action: Action::Drop, reason, score: 1.0 - self.probabilities[at] });
        }
    }
}

/// What the weights say of one block, for explanations.
#[derive(Clone, Debug)]
pub struct Opinion {
    /// The probability that the block belongs to the article.
    pub probability: f32,
    /// The probability that it needs to stay.
    pub needed: f64,
    /// The features that spoke loudest: name, value, and what each adds to the log-odds.
    pub features: Vec<(String, f32, f64)>,
}

/// What the weights say of each block; nothing where they do not judge. `most` features are named for a block.
pub fn opinions(case: &Case, most: usize) -> Vec<Opinion> {
    let Some(judgement) = &case.weighed else { return Vec::new() };
    let mut row = vec![0.0; judgement.model.features.len()];
    let opinion = |(at, &probability): (usize, &f32)| {
        judgement.rows.give(at, |place, value| row[place] = value);
        let (_, parts) = judgement.model.parts(&row);
        let named = judgement.model.features.iter().zip(&row).zip(parts).map(|((name, &value), adds)| (name.clone(), value, adds));
        let mut features: Vec<(String, f32, f64)> = named.filter(|(_, _, adds)| *adds != 0.0).collect();
        features.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()).then_with(|| a.0.cmp(&b.0)));
        features.truncate(most);
        Opinion { probability, needed: judgement.needed, features }
    };
    judgement.probabilities.iter().enumerate().map(opinion).collect()
}

/// Asks the weights, if they have something to say of the document.
pub(super) fn weigh<'a>(case: &Case<'a>) -> Option<Weighed<'a>> {
    let is_text = case.document.format == Format::Text;
    let has_menus = is_text && case.pass == 0 && has_menus(case);
    let model = model_for(case, has_menus).filter(|_| case.rules.settings.model.enabled)?;
    // Where a rule of the host marks the body, its word counts.
    if case.document.content.is_some() {
        return None;
    }
    let noise: Vec<bool> = (0..case.blocks().len()).map(|at| case.is_noise(at)).collect();
    let rows = Rows::new(case.document, &noise, &model.tables);
    if noise.is_empty() || rows.give(0, |_, _| {}) != model.features.len() {
        return None;
    }
    let mut probabilities = vec![0.0; noise.len()];
    // What rules take of a text as a whole goes, whatever the weights say. Of a page it may stay (see `held`).
    let is_asked = |at: &usize| !is_text || !noise[*at];
    let asked: Vec<usize> = (0..noise.len()).filter(is_asked).collect();
    let found = model.probabilities(&asked, |blocks, columns| rows.fill(blocks, columns));
    asked.iter().zip(found).for_each(|(&at, probability)| probabilities[at] = probability);
    match case.document.format {
        Format::Html => smooth(case, &rows, &mut probabilities),
        Format::Text => shares::join(case, &mut probabilities),
    }
    let needed = needed(case, &probabilities);
    if is_text {
        draw_together(case, &mut probabilities, needed);
        behind::keep_led(case, &mut probabilities, needed);
        parts::keep_one(case.document, &mut probabilities, needed);
    }
    let stance = stance(case, has_menus, &probabilities, needed);
    let taken = match stance {
        Stance::Judges => probabilities.iter().map(|&probability| f64::from(probability) < needed).collect(),
        // A text without menus is weighed only if it may have such rows.
        Stance::Leaves if !has_menus || fringe::may_have(case) => fringe::rows(case, &probabilities, needed),
        Stance::Leaves | Stance::Yields => vec![false; noise.len()],
    };
    Some(Weighed { model, rows, probabilities, needed, stance, taken })
}

fn stance(case: &Case, has_menus: bool, probabilities: &[f32], needed: f64) -> Stance {
    let goes = |probability: f32| f64::from(probability) < needed;
    if case.document.format == Format::Text && !(has_menus && is_dump(case, probabilities, goes)) {
        Stance::Leaves
    } else if probabilities.iter().all(|&probability| goes(probability)) {
        Stance::Yields
    } else {
        Stance::Judges
    }
}

/// Is a text the dump of a whole page? Such begin and end with blocks that go, and of many blocks the weights are sure.
fn is_dump(case: &Case, probabilities: &[f32], goes: impl Fn(f32) -> bool) -> bool {
    let settings = &case.rules.settings.model;
    let sure = probabilities.iter().filter(|&&probability| f64::from(probability) < settings.sure).count();
    let leading = probabilities.iter().take_while(|&&probability| goes(probability)).count();
    let trailing = probabilities.iter().rev().take_while(|&&probability| goes(probability)).count();
    sure >= settings.min_sure && sure as f64 >= settings.min_sure_share * probabilities.len() as f64 && leading + trailing >= settings.min_ends
}

/// Blocks beside each other, and those of one kind, mostly stay or go together.
fn smooth(case: &Case, rows: &Rows, probabilities: &mut [f32]) {
    let settings = &case.rules.settings.model;
    let weight = settings.neighbours as f32;
    let mut last = probabilities[0];
    for at in 0..probabilities.len() {
        let own = probabilities[at];
        let next = probabilities.get(at + 1).copied().unwrap_or(own);
        probabilities[at] = (1.0 - 2.0 * weight) * own + weight * (last + next);
        last = own;
    }
    let weight = settings.kin as f32;
    if weight == 0.0 {
        return;
    }
    let mut kin: HashMap<u64, (f32, f32)> = HashMap::new();
    for (at, block) in case.blocks().iter().enumerate() {
        let entry = kin.entry(rows.path(at).unwrap_or_default()).or_default();
        let words = block.shape.words as f32 + 1.0;
        entry.0 += words * probabilities[at];
        entry.1 += words;
    }
    for (at, probability) in probabilities.iter_mut().enumerate() {
        let (sum, words) = kin[&rows.path(at).unwrap_or_default()];
        *probability = (1.0 - weight) * *probability + weight * sum / words;
    }
}

/// The article of a text mostly stands in one stretch: blocks within the stretch that holds most of what is likely gain, those outside lose.
/// In pages elements say better than lines what stands together, and this does harm.
fn draw_together(case: &Case, probabilities: &mut [f32], needed: f64) {
    let settings = &case.rules.settings.model;
    let worth = |(block, &probability): (&Block, &f32)| f64::from(block.shape.words + 1) * (f64::from(probability) - needed);
    let (start, end) = best_stretch(case.blocks().iter().zip(&*probabilities).map(worth));
    for (at, probability) in probabilities.iter_mut().enumerate() {
        let weight = if (start..end).contains(&at) { settings.within } else { settings.outside };
        *probability = (f64::from(*probability) * weight).min(1.0) as f32;
    }
}

/// The probability that a block needs: the smaller, the less sure the weights are of this document's best blocks, as they are
/// of listings and products. This comes near the choice with the best expected F1, for which the threshold is half of that F1.
fn needed(case: &Case, probabilities: &[f32]) -> f64 {
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
    let is_news = case.document.metadata.kind.as_deref().is_some_and(|kind| kind.contains("newsarticle"));
    let factor = if is_news { factor * settings.news_factor } else { factor };
    (factor * confidence).clamp(settings.lowest, settings.highest)
}

/// The weights for a document, if it is one that they judge.
fn model_for<'a>(case: &Case<'a>, has_menus: bool) -> Option<&'a Model> {
    if case.pass > 0 {
        return None;
    }
    match case.document.format {
        Format::Html => case.rules.models.html.as_ref().filter(|_| !case.document.outline.elements.is_empty()),
        Format::Text => case.rules.models.text.as_ref().filter(|_| has_menus || fringe::may_have(case)),
    }
}

/// Has a text as many labels in menus as a page's dump?
fn has_menus(case: &Case) -> bool {
    let settings = &case.rules.settings.model;
    dump::has_labels(case, settings.min_labels, settings.min_label_share)
}
