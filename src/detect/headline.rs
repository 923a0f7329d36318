//! Which row above the article is its title, told by what the article says.
//!
//! In: a text that states no title, once it is known which of its lines stay. Out: the row above the first paragraph that is most likely the title, by a
//! weighted sum (a logistic choice among the rows, weights in `[title]` of the settings, fitted on pages whose titles are known). The words that a
//! row shares with the article say most; then its length, whether a date follows, how far the paragraph is and whether a longer row repeats it, as a
//! page's title element does the heading. Menus, captions and sub-titles lose that way without a word list of any language.

use super::stems::each_stem;
use super::title::{begins_body, copies, goes_on, has_title_shape, is_path};
use super::{Case, drop_block, is_text};
use crate::document::Block;
use crate::rules::filed::WordSet;
use crate::text::shape::{ends_with_full_stop, holds_sentence, is_question};
use crate::text::token::{Token, is_comma};
use crate::verdict::{Action, Signal, Source, Verdict};

/// What the `title` detector says of itself.
const OWN: Source = Source::Detector("title");

/// The title of a text that states none: the number of its row, and what goes with it of what these verdicts leave.
pub fn headline(case: &Case, verdicts: &[Verdict]) -> Option<(usize, Vec<Signal>)> {
    let settings = &case.rules.settings.title;
    if !settings.enabled || !is_text(case.document) || case.document.metadata.title.is_some() {
        return None;
    }
    let kept = kept_blocks(case, verdicts);
    let blocks = case.blocks();
    let start = (0..blocks.len()).find(|&at| kept[at] && case.is_prose(&blocks[at]))?;
    // The first rows of a page give its title, too, however long its menu is.
    let near = start.saturating_sub(settings.rows)..start;
    // The body begins behind its date, whatever menus and prompts stand above that.
    let dated = (0..start).rev().find(|&at| is_date(case, &blocks[at])).map_or(0, |date| date + 1);
    let body = (dated..start).find(|&at| kept[at] && (begins_body(case, &blocks[at]) || goes_on(case, at))).unwrap_or(start);
    // A row that stays would go with its title: not from a text that is clean already, and at the head of the body only.
    let is_dirty = verdicts.iter().any(|verdict| verdict.action == Action::Drop && verdict.reason.is_some_and(|reason| reason.source != OWN));
    let asks = |at: usize| is_question(case.document.slice(blocks[at].span));
    let is_head =
        |at: usize| at < body && !blocks[at].shape.finished || at <= body && (is_given_again(case, at, start) || asks(at) && is_dated(case, at, start));
    let may_go = |at: usize| !kept[at] || is_dirty && is_head(at);
    let rows = (0..settings.first_rows.min(near.start)).chain(near).filter(|&at| may_go(at) && could_be(case, at));
    let words = Words::of(case, start, &kept);
    let scored = rows.map(|at| (at, words.worth(case, at, start, kept[at]))).filter(|(_, worth)| *worth >= settings.least);
    // Of equals the first.
    let (title, _) = scored.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    Some((title, goes_along(case, title, &kept, verdicts)))
}

/// What goes with a title, of what stays by these verdicts: its row, copies of it, and the rows above it where they are no body.
fn goes_along(case: &Case, title: usize, kept: &[bool], verdicts: &[Verdict]) -> Vec<Signal> {
    let blocks = case.blocks();
    let mut signals = Vec::new();
    copies(case, case.document.tokens_of(&blocks[title]), &mut signals);
    let above = || blocks[..title].iter().zip(kept).filter(|(_, kept)| **kept).map(|(block, _)| block);
    if !above().any(|block| begins_body(case, block) || !case.is_row(block)) {
        signals.extend(above().map(|block| drop_block(block, "title", "navigation", 0.6)));
    }
    signals.retain(|signal| verdicts.iter().any(|verdict| verdict.action == Action::Keep && verdict.span.overlaps(signal.span)));
    signals
}

/// For each block whether more of it stays than goes.
fn kept_blocks(case: &Case, verdicts: &[Verdict]) -> Vec<bool> {
    let mut verdicts = verdicts.iter().filter(|verdict| verdict.action == Action::Keep).peekable();
    let keeps = |block: &Block| {
        let mut stays = 0;
        while let Some(verdict) = verdicts.peek() {
            stays += verdict.span.end.min(block.span.end).saturating_sub(verdict.span.start.max(block.span.start));
            if verdict.span.end > block.span.end {
                break;
            }
            verdicts.next();
        }
        2 * stays > block.span.len()
    };
    case.blocks().iter().map(keeps).collect()
}

fn could_be(case: &Case, at: usize) -> bool {
    let block = &case.blocks()[at];
    let text = case.document.slice(block.span);
    !case.is_noise(at) && has_title_shape(case, block) && !block.shape.colon && !text.ends_with(is_comma) && !ends_with_full_stop(text)
}

/// What an article says.
struct Words {
    /// The stems of its first words ...
    all: WordSet,
    /// ... and those of its first paragraph.
    lead: WordSet,
}

impl Words {
    /// The words of the prose that stays from block `start` on.
    fn of(case: &Case, start: usize, kept: &[bool]) -> Self {
        let mut words = Words { all: WordSet::default(), lead: WordSet::default() };
        let mut count = 0;
        for (at, block) in case.blocks().iter().enumerate().skip(start).filter(|&(at, block)| kept[at] && case.is_prose(block)) {
            each_stem(case, block, |stem, _, _| {
                words.all.insert(stem);
                if at == start {
                    words.lead.insert(stem);
                }
            });
            count += block.shape.words;
            if count >= case.rules.settings.title.telling_words {
                break;
            }
        }
        words
    }

    /// How likely row `at` is the title of what begins with block `start`, as a log-odds that only compares.
    fn worth(&self, case: &Case, at: usize, start: usize, is_kept: bool) -> f64 {
        let (blocks, settings) = (case.blocks(), &case.rules.settings.title);
        let block = &blocks[at];
        let (mut told, mut leads, mut all) = (0.0, 0.0, 0.0);
        each_stem(case, block, |stem, _, _| {
            told += f64::from(u8::from(self.all.contains(&stem)));
            leads += f64::from(u8::from(self.lead.contains(&stem)));
            all += 1.0_f64;
        });
        let when = |is_so: bool, weight: f64| if is_so { weight } else { 0.0 };
        let words = block.shape.words;
        settings.told * told / f64::max(all, 1.0)
            + settings.lead * leads / f64::max(all, 1.0)
            + settings.word * f64::from(words)
            + when(is_short(block, settings.few_words), settings.few)
            + when(words > settings.many_words, settings.many)
            + settings.far * ((start - at) as f64).ln()
            + when(is_dated(case, at, start), settings.dated)
            + when(block.shape.finished && !is_question(case.document.slice(block.span)), settings.finished)
            + when(holds_sentence(case.document.slice(block.span)), settings.sentence)
            + when(at + 1 < start && is_date(case, &blocks[at + 1]), settings.above_date)
            + when(is_path(case, block), settings.path)
            + when(at > 0 && blocks[at - 1].shape.words <= case.rules.settings.structure.label_words, settings.behind_label)
            + when(is_within(case, at, start), settings.within)
            + when(is_given_again(case, at, start), settings.twice)
            + when(is_kept, settings.kept)
            + when(block.shape.bullet, settings.bullet)
    }
}

/// Has a row few words? Those of scripts without spaces are short: six characters say as much as four words.
fn is_short(block: &Block, few: u32) -> bool {
    let shape = &block.shape;
    if 2 * shape.unspaced > shape.letters { 2 * shape.unspaced <= 3 * few } else { shape.words <= few }
}

/// Does a date stand between row `at` and block `start`?
fn is_dated(case: &Case, at: usize, start: usize) -> bool {
    case.blocks()[at + 1..start].iter().any(|row| is_date(case, row))
}

/// A date has four digits or more, and few words.
fn is_date(case: &Case, row: &Block) -> bool {
    row.shape.digits >= 4 && row.shape.words <= case.rules.settings.title.date_words
}

/// Does the same row stand below, above block `start`?
fn is_given_again(case: &Case, at: usize, start: usize) -> bool {
    let blocks = case.blocks();
    blocks[at + 1..start].iter().any(|other| other.hash == blocks[at].hash)
}

/// Does a longer row above block `start` hold the words of this one in their order?
fn is_within(case: &Case, at: usize, start: usize) -> bool {
    let (blocks, settings) = (case.blocks(), &case.rules.settings.title);
    let words = case.document.tokens_of(&blocks[at]);
    let holds = |row: &[Token]| row.len() > words.len() && row.windows(words.len()).any(|part| part.iter().zip(words).all(|(a, b)| a.hash == b.hash));
    let rows = blocks[start.saturating_sub(settings.rows)..start].iter().chain(&blocks[..settings.first_rows.min(blocks.len())]);
    rows.into_iter().any(|other| holds(case.document.tokens_of(other)))
}
