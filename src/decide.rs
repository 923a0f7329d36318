//! Signals in, verdicts out: what stays, what goes, and which white space goes with it.
//!
//! A keep signal silences every drop signal it touches. What is left is cut into spans that do not overlap, the earlier detector giving
//! the reason. Removed lines take their line end along, so that no hole is left, and paragraphs stay parted as they were.

use crate::document::{Document, Span};
use crate::verdict::{Action, Reason, Signal, Verdict};

/// The verdicts on one document in one pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// Verdicts that tile the text, in order.
    pub verdicts: Vec<Verdict>,
    /// Reasons of the flag signals.
    pub flags: Vec<Reason>,
}

impl Decision {
    /// What stays; `None` when all does.
    pub fn kept(&self) -> Option<Vec<Span>> {
        let kept: Vec<Span> = self.verdicts.iter().filter(|verdict| verdict.action == Action::Keep).map(|verdict| verdict.span).collect();
        (kept.len() < self.verdicts.len()).then_some(kept)
    }
}

/// Weighs the signals, which may come in any order.
pub fn decide(document: &Document, signals: &[Signal]) -> Decision {
    let keeps = Keeps::new(signals);
    let goes = |signal: &&Signal| signal.action == Action::Drop && !signal.span.is_empty() && keeps.over(signal.span).is_none();
    let mut drops: Vec<Signal> = signals.iter().filter(goes).copied().collect();
    drops.sort_by_key(|signal| (signal.span.start, std::cmp::Reverse(signal.span.end)));
    let drops = disjoint(&drops);
    let drops = with_white_space(&document.text, drops);
    let flags = signals.iter().filter(|signal| signal.action == Action::Flag).map(|signal| signal.reason).collect();
    Decision { verdicts: tile(document.text.len() as u32, &drops, &keeps), flags }
}

/// The keep signals by their start, with how far those up to each reach: a search takes two steps however many there are.
struct Keeps<'a> {
    sorted: Vec<&'a Signal>,
    reach: Vec<u32>,
}

impl<'a> Keeps<'a> {
    fn new(signals: &'a [Signal]) -> Self {
        let mut sorted: Vec<&Signal> = signals.iter().filter(|signal| signal.action == Action::Keep).collect();
        sorted.sort_by_key(|keep| keep.span.start);
        let farthest = |far: &mut u32, keep: &&Signal| {
            *far = keep.span.end.max(*far);
            Some(*far)
        };
        let reach = sorted.iter().scan(0, farthest).collect();
        Keeps { sorted, reach }
    }

    /// The first that shares a byte with a span.
    fn over(&self, span: Span) -> Option<&'a Signal> {
        let first = self.reach.partition_point(|&far| far <= span.start);
        self.sorted.get(first).copied().filter(|keep| keep.span.overlaps(span))
    }
}

/// Clips spans so that none overlaps the one before it. The sort is stable: of equal spans the first signal wins.
fn disjoint(sorted: &[Signal]) -> Vec<Signal> {
    let mut out: Vec<Signal> = Vec::with_capacity(sorted.len());
    for &signal in sorted {
        let start = out.last().map_or(0, |last| last.span.end).max(signal.span.start);
        if start < signal.span.end {
            out.push(Signal { span: Span { start, end: signal.span.end }, ..signal });
        }
    }
    out
}

/// Widens the removed spans over the white space that would be left without a purpose.
fn with_white_space(text: &str, mut drops: Vec<Signal>) -> Vec<Signal> {
    let mut first = 0;
    while first < drops.len() {
        let mut last = first;
        // The drop before the last gap that parts lines, and its own end.
        let mut parting = None;
        while let Some(next) = drops.get(last + 1).map(|drop| drop.span.start) {
            let gap = &text[drops[last].span.end as usize..next as usize];
            if !is_blank(gap) {
                break;
            }
            if gap.contains(LINE_ENDS) {
                parting = Some((last, drops[last].span.end));
            }
            drops[last].span.end = next;
            last += 1;
        }
        let (start, end) = (drops[first].span.start as usize, drops[last].span.end as usize);
        let floor = first.checked_sub(1).map_or(0, |before| drops[before].span.end as usize);
        let (mut before, mut behind) = beside(text, start, end, floor);
        // The end of one line and the start of another go: the lines stay two.
        if let Some(((at, own_end), (left, right))) = parting.zip(within_lines(text, start, end)) {
            drops[at].span.end = own_end;
            (before, behind) = (left, right);
        }
        drops[first].span.start -= before as u32;
        drops[last].span.end += behind as u32;
        first = last + 1;
    }
    drops
}

const LINE_ENDS: [char; 2] = ['\n', '\r'];

/// The blanks beside a range that begins and ends amid lines; `None` when nothing stands before or behind it in its lines.
fn within_lines(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let blank = |c: char| c.is_whitespace() && !LINE_ENDS.contains(&c);
    let (head, tail) = (text[..start].trim_end_matches(blank), text[end..].trim_start_matches(blank));
    let amid = !head.is_empty() && !head.ends_with(LINE_ENDS) && !tail.is_empty() && !tail.starts_with(LINE_ENDS);
    amid.then_some((start - head.len(), text.len() - end - tail.len()))
}

fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

fn line_ends(gap: &str) -> usize {
    gap.bytes().filter(|&byte| byte == b'\n').count().max(gap.bytes().filter(|&byte| byte == b'\r').count())
}

/// How many bytes of white space go before and behind the removed range `start..end`.
fn beside(text: &str, start: usize, end: usize, floor: usize) -> (usize, usize) {
    let head = &text[floor..start];
    let left = &head[head.trim_end().len()..];
    let tail = &text[end..];
    let right = &tail[..tail.len() - tail.trim_start().len()];
    if left.len() == start {
        return (left.len(), right.len());
    }
    if right.len() == tail.len() {
        let kept = if right.contains(LINE_ENDS) { first_line_end(left) } else { 0 };
        return (left.len() - kept, right.len());
    }
    match (line_ends(left), line_ends(right)) {
        (0, 0) if left.is_empty() => (0, 0),
        (0, 0) => (0, right.len()),
        (0, _) => (left.len(), 0),
        (_, 0) => (0, right.len()),
        (before, behind) if behind > before => (left.len(), 0),
        _ => (0, right.len()),
    }
}

/// Bytes up to and with the first line end.
fn first_line_end(gap: &str) -> usize {
    match gap.find(LINE_ENDS) {
        Some(at) if gap[at..].starts_with("\r\n") => at + 2,
        Some(at) => at + 1,
        None => 0,
    }
}

fn tile(len: u32, drops: &[Signal], keeps: &Keeps) -> Vec<Verdict> {
    let mut verdicts = Vec::with_capacity(drops.len() * 2 + 1);
    let mut at = 0;
    let keep = |start: u32, end: u32| {
        let span = Span { start, end };
        let reason = keeps.over(span).map(|keep| keep.reason);
        (start < end).then_some(Verdict { span, action: Action::Keep, reason, score: 1.0 })
    };
    for drop in drops {
        verdicts.extend(keep(at, drop.span.start));
        verdicts.push(Verdict { span: drop.span, action: Action::Drop, reason: Some(drop.reason), score: drop.score });
        at = drop.span.end;
    }
    verdicts.extend(keep(at, len));
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Format, Metadata};
    use crate::verdict::Source;

    fn body(text: &str, removed: &[&str]) -> String {
        let document = Document::new(text.into(), Format::Text, Metadata::default());
        let reason = Reason { source: Source::Detector("test"), class: "share" };
        let signals: Vec<Signal> = removed
            .iter()
            .map(|part| {
                let start = text.find(part).expect("part") as u32;
                Signal { span: Span { start, end: start + part.len() as u32 }, action: Action::Drop, reason, score: 1.0 }
            })
            .collect();
        let decision = decide(&document, &signals);
        assert_eq!(decision.verdicts.iter().map(|verdict| verdict.span.len()).sum::<u32>() as usize, text.len());
        decision.verdicts.iter().filter(|verdict| verdict.action == Action::Keep).map(|verdict| document.slice(verdict.span)).collect()
    }

    #[test]
    fn what_a_keep_touches_stays() {
        let reason = Reason { source: Source::Detector("test"), class: "share" };
        let signal = |(start, end): (u32, u32), action| Signal { span: Span { start, end }, action, reason, score: 1.0 };
        let spans = [(0, 2), (1, 9), (3, 4), (8, 8), (12, 14)];
        let signals: Vec<Signal> = spans.iter().map(|&span| signal(span, Action::Keep)).collect();
        let keeps = Keeps::new(&signals);
        for (start, end) in (0..16).flat_map(|start| (start + 1..17).map(move |end| (start, end))) {
            let span = Span { start, end };
            let any = signals.iter().any(|keep| keep.span.overlaps(span));
            assert_eq!(keeps.over(span).is_some(), any, "{span:?}");
        }
    }

    #[test]
    fn no_holes_are_left() {
        for (text, removed, left) in [
            ("A\nX\nB\n", vec!["X"], "A\nB\n"),
            ("A\n\nX\n\nB", vec!["X"], "A\n\nB"),
            ("A\nX\n\nB", vec!["X"], "A\n\nB"),
            ("X\n\nA\n", vec!["X"], "A\n"),
            ("A\n\nX\n", vec!["X"], "A\n"),
            ("A\n\nX", vec!["X"], "A"),
            ("A\r\nX\r\nY\r\nB", vec!["X", "Y"], "A\r\nB"),
            ("A X\nB", vec!["X"], "A\nB"),
            ("A\nX B", vec!["X"], "A\nB"),
            ("A X B", vec!["X"], "A B"),
            ("AXB", vec!["X"], "AB"),
            ("A X\nY B", vec!["X", "Y"], "A\nB"),
            ("A X \r\n\r\n Y B", vec!["X", "Y"], "A \r\n\r\n B"),
            ("A X\nZ\nY B", vec!["X", "Z", "Y"], "A\nB"),
            ("A X\nY\nB", vec!["X", "Y"], "A\nB"),
            ("A\nX\nY B", vec!["X", "Y"], "A\nB"),
            ("X\nY B", vec!["X", "Y"], "B"),
            ("A X\nY", vec!["X", "Y"], "A"),
        ] {
            assert_eq!(body(text, &removed), left, "{text:?}");
        }
    }
}
