//! The `teaser` detector: full sentences of other stories behind the article's end.
//!
//! A paragraph whose words hardly occur in the article before it is about something else. Behind a closing notice (copyright,
//! agency, republishing) little relatedness is enough to suspect it; without one, several paragraphs in a row must be nearly
//! foreign. Words are compared after light stemming (Arabic particles and article off, then the first letters), characters of
//! scripts without spaces in pairs. A Bloom filter over whole words answers "clearly related" for nearly all tails cheaply.

use super::foreign::Weighing;
use super::named::Named;
use super::stems::{each_stem, stems_of, tells};
use super::{Case, Detector, drop_block, is_text, words_of};
use crate::document::Block;
use crate::rules::filed::{WordMap, WordSet};
use crate::survey::stories::is_cut;
use crate::text::token::{Kind, Token};
use crate::verdict::{Action, Signal};

/// Evidence of unrelated tails.
pub(super) struct Teaser;

impl Detector for Teaser {
    fn name(&self) -> &'static str {
        "teaser"
    }

    fn detect(&self, case: &Case, signals: &mut Vec<Signal>) {
        if !case.rules.settings.teaser.enabled {
            return;
        }
        names_of_others(case, signals);
        if !is_text(case.document) {
            return;
        }
        match (closing_mark(case), Weighing::new(case)) {
            // Words are weighed once the weights took away what is not the article: its own words say most.
            (Some(mark), Some(weighing)) if !case.weights_take_some() => weighing.behind_mark(mark, signals),
            (Some(mark), None) => behind_mark(case, mark, signals),
            (Some(_), _) => {}
            (None, weighing) if is_last_pass(signals) => {
                bare_tail(case, signals);
                weighing.into_iter().for_each(|weighing| weighing.bare_tail(signals));
            }
            (None, _) => {}
        }
    }
}

/// Does nothing go in this pass, so that none follows? A bare tail is judged then, once, beside what is left of the article.
fn is_last_pass(signals: &[Signal]) -> bool {
    let has = |action: Action| signals.iter().any(|signal| signal.action == action);
    !has(Action::Drop) || has(Action::Keep)
}

/// Lines that name other documents of the survey: their titles, and what begins as their first paragraph where a title or the mark of what is
/// cut short stands beside it. A paragraph that stands alone may be the background that a follow-up repeats.
fn names_of_others(case: &Case, signals: &mut Vec<Signal>) {
    let names = |at: usize| case.marks.get(at).map_or(Named::No, |mark| mark.names);
    for (at, block) in case.blocks().iter().enumerate() {
        let goes = match names(at) {
            Named::No => false,
            Named::Title => true,
            Named::Lead => names(at.wrapping_sub(1)) == Named::Title || is_cut(case.document.slice(block.span)),
        };
        if goes {
            signals.push(drop_block(block, "teaser", "teaser", 0.9));
        }
    }
}

/// The last block that a closing notice fills, when enough article stands before it.
fn closing_mark(case: &Case) -> Option<usize> {
    let closes = |at: &usize| {
        let hits = case.hits(*at).iter();
        case.is_noise(*at) && hits.map(|hit| case.rules.rule(hit.rule).class).any(|class| matches!(class, "copyright" | "agency" | "republish" | "end-mark"))
    };
    let mark = (0..case.blocks().len()).rev().find(closes)?;
    let core = case.blocks()[..mark].iter().filter(|block| case.is_prose(block)).count();
    (core >= case.rules.settings.teaser.min_core_blocks).then_some(mark)
}

fn behind_mark(case: &Case, mark: usize, signals: &mut Vec<Signal>) {
    let settings = &case.rules.settings.teaser;
    let blocks = case.blocks();
    let (core, tail) = (&blocks[..mark], &blocks[mark + 1..]);
    if words_of(tail) > settings.max_share * (words_of(core) + words_of(tail)) {
        return;
    }
    let mut judged: Vec<&Block> = tail.iter().filter(|block| block.shape.words >= settings.min_words).collect();
    let known = KnownWords::new(case, core, &judged);
    judged.retain(|block| known.share(case, block) < settings.related_behind_mark);
    if judged.is_empty() {
        return;
    }
    let stems = stems_of(case, core);
    for block in judged {
        let related = relatedness(case, block, &stems);
        if related < settings.related_behind_mark {
            signals.push(drop_block(block, "teaser", "teaser", 1.0 - related as f32));
        }
    }
}

/// The words of judged blocks that stand in the article as they are. A block with many is related, whatever stems would say, and
/// stems need not be taken.
struct KnownWords(WordSet);

impl KnownWords {
    fn new(case: &Case, core: &[Block], judged: &[&Block]) -> Self {
        let wanted: WordSet = judged.iter().flat_map(|block| case.document.tokens_of(block)).map(|token| token.hash).collect();
        let words = core.iter().flat_map(|block| case.document.tokens_of(block)).map(|token| token.hash);
        KnownWords(if wanted.is_empty() { wanted } else { words.filter(|hash| wanted.contains(hash)).collect() })
    }

    /// At least so large a share of the block's stems stands in the article.
    fn share(&self, case: &Case, block: &Block) -> f64 {
        let settings = &case.rules.settings.teaser;
        let (mut known, mut told) = (0, 0);
        for token in case.document.tokens_of(block).iter().filter(|token| tells(token, settings.min_letters)) {
            told += 1;
            let long = || case.document.slice(token.span()).chars().count() >= settings.min_letters;
            known += u32::from(token.kind() == Kind::Word && self.0.contains(&token.hash) && long());
        }
        f64::from(known) / f64::from(told.max(1))
    }
}

fn bare_tail(case: &Case, signals: &mut Vec<Signal>) {
    let settings = &case.rules.settings.teaser;
    let blocks = case.blocks();
    let Some(start) = foreign_tail(case) else { return };
    let core = &blocks[..start];
    if core.iter().filter(|block| case.is_prose(block)).count() < settings.min_bare_core_blocks {
        return;
    }
    let tail: Vec<&Block> = blocks[start..].iter().filter(|block| block.shape.words >= settings.min_words).collect();
    let known = KnownWords::new(case, core, &tail);
    if tail.iter().rev().take_while(|block| known.share(case, block) < settings.related).count() < settings.min_blocks {
        return;
    }
    let stems = stems_of(case, core);
    let limit = settings.related.min(settings.related_to_typical * typical_relatedness(case, core));
    let judged: Vec<(&Block, f64)> = tail.into_iter().map(|block| (block, relatedness(case, block, &stems))).collect();
    let foreign = judged.iter().rev().take_while(|&&(_, related)| related < limit).count();
    if foreign < settings.min_blocks {
        return;
    }
    if words_of(&blocks[start..]) > settings.max_share * words_of(blocks) {
        return;
    }
    for &(block, related) in &judged[judged.len() - foreign..] {
        signals.push(drop_block(block, "teaser", "teaser", 1.0 - related as f32));
    }
}

/// How related the article's own paragraphs are to the rest of it: the median.
fn typical_relatedness(case: &Case, core: &[Block]) -> f64 {
    // For each stem the first block that holds it, and whether another does too.
    let mut homes: WordMap<(usize, bool)> = WordMap::default();
    for (at, block) in core.iter().enumerate() {
        each_stem(case, block, |stem, _, _| {
            let (first, again) = homes.entry(stem).or_insert((at, false));
            *again |= *first != at;
        });
    }
    let prose = core.iter().filter(|block| case.is_prose(block));
    let mut shares: Vec<f64> = prose.map(|block| share_of_stems(case, block, |stem| homes.get(&stem).is_some_and(|home| home.1))).collect();
    shares.sort_by(f64::total_cmp);
    shares.get(shares.len() / 2).copied().unwrap_or(0.0)
}

const FILTER_BITS: u64 = 1 << 15;

/// Where a word stands in a filter of words.
#[inline]
fn place(token: &Token) -> usize {
    ((token.hash >> 8) % FILTER_BITS) as usize
}

/// Where the tail of blocks with hardly a word of the first half begins: a cheap test that most documents fail.
fn foreign_tail(case: &Case) -> Option<usize> {
    let settings = &case.rules.settings.teaser;
    let blocks = case.blocks();
    let half = blocks.len() / 2;
    let short = |block: &Block| block.shape.words < settings.min_words;
    // Most are settled by their last paragraph.
    let last = blocks[half..].iter().rev().find(|block| !short(block))?;
    if is_known(case, last, &blocks[..half]) {
        return None;
    }
    let mut filter = [0_u64; FILTER_BITS as usize / 64];
    for block in &blocks[..half] {
        for at in case.document.tokens_of(block).iter().map(place) {
            filter[at / 64] |= 1 << (at % 64);
        }
    }
    let is_foreign = |block: &Block| {
        let told = case.document.tokens_of(block).iter().filter(|token| tells(token, settings.min_letters)).map(place);
        let (known, all) = told.fold((0, 0), |(known, all), at| (known + usize::from(filter[at / 64] & 1 << (at % 64) != 0), all + 1));
        is_little(case, known, all)
    };
    let start = (half..blocks.len()).rev().take_while(|&at| short(&blocks[at]) || is_foreign(&blocks[at])).last()?;
    let long = blocks[start..].iter().filter(|block| !short(block)).count();
    (long >= settings.min_blocks).then_some(start)
}

/// Are so few of a block's words known that it may be foreign?
fn is_little(case: &Case, known: usize, all: usize) -> bool {
    (known as f64) < case.rules.settings.teaser.related * 2.0 * all as f64
}

/// Do enough of a block's words stand in `core` that it is no foreign one? Ends with the first paragraphs that have them.
fn is_known(case: &Case, block: &Block, core: &[Block]) -> bool {
    const BITS: usize = 512;
    let tokens = case.document.tokens_of(block);
    let mut wanted: Vec<usize> = Vec::with_capacity(tokens.len());
    wanted.extend(tokens.iter().filter(|token| tells(token, case.rules.settings.teaser.min_letters)).map(place));
    let (all, mut known) = (wanted.len(), 0);
    let mut bits = [0_u64; BITS / 64];
    wanted.iter().map(|at| at % BITS).for_each(|bit| bits[bit / 64] |= 1 << (bit % 64));
    for at in core.iter().flat_map(|block| case.document.tokens_of(block)).map(place) {
        let bit = at % BITS;
        if bits[bit / 64] & 1 << (bit % 64) != 0 {
            wanted.retain(|&other| other != at);
            known = all - wanted.len();
            if !is_little(case, known, all) {
                return true;
            }
        }
    }
    !is_little(case, known, all)
}

/// The share of a block's stems that stand in the article.
fn relatedness(case: &Case, block: &Block, article: &WordSet) -> f64 {
    share_of_stems(case, block, |stem| article.contains(&stem))
}

/// The share of a block's stems that pass; all when it has so few that they say nothing.
fn share_of_stems(case: &Case, block: &Block, passes: impl Fn(u64) -> bool) -> f64 {
    let (mut known, mut all) = (0, 0);
    each_stem(case, block, |stem, _, _| {
        all += 1;
        known += u32::from(passes(stem));
    });
    if all < case.rules.settings.teaser.min_stems { 1.0 } else { f64::from(known) / f64::from(all) }
}
