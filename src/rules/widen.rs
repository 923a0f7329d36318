//! Expressions beside a pattern's, which make smaller and quicker automata: long counts open, word boundaries simpler or left out.
//!
//! In: an expression. Out: one that matches wherever it does, and in which texts both match alike.

use regex_syntax::hir::{Capture, Hir, HirKind, Look, Repetition};

/// Counts above this are left open where the text is known to be no longer. Lower ones are cheap enough.
const LONG_COUNT: u32 = 60;
/// Repetitions of more counts than this are left open in the loose expression.
const LONGEST_COUNT: u32 = 4;

/// The expression put together anew from what `change` makes of each of its parts.
fn with_parts(hir: &Hir, change: fn(&Hir) -> Hir) -> Hir {
    match hir.kind() {
        HirKind::Repetition(repetition) => Hir::repetition(Repetition { sub: Box::new(change(&repetition.sub)), ..*repetition }),
        HirKind::Capture(capture) => Hir::capture(Capture { sub: Box::new(change(&capture.sub)), ..capture.clone() }),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(change).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.iter().map(change).collect()),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
    }
}

/// The count of a long repetition of something, which a text of no more characters cannot exceed.
fn long_count(hir: &Hir) -> Option<u32> {
    let HirKind::Repetition(repetition) = hir.kind() else { return None };
    repetition.max.filter(|&max| max > LONG_COUNT && repetition.sub.properties().minimum_len() > Some(0))
}

/// The least of the long counts: in texts of no more characters [`opened`] finds what the expression does.
pub(super) fn least_count(hir: &Hir) -> usize {
    let inner = hir.kind().subs().iter().map(least_count).min().unwrap_or(usize::MAX);
    long_count(hir).map_or(inner, |count| inner.min(count as usize))
}

/// The expression with its long counts open.
pub(super) fn opened(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Repetition(repetition) if long_count(hir).is_some() => {
            Hir::repetition(Repetition { max: None, sub: Box::new(opened(&repetition.sub)), ..*repetition })
        }
        _ => with_parts(hir, opened),
    }
}

/// The expression with its long counts open and word boundaries that know of ASCII only: the same where [`is_plain`] holds.
pub(super) fn plainly_opened(hir: &Hir) -> Hir {
    plain(&opened(hir))
}

fn plain(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(Look::WordUnicode) => Hir::look(Look::WordAscii),
        HirKind::Look(Look::WordStartUnicode) => Hir::look(Look::WordStartAscii),
        HirKind::Look(Look::WordEndUnicode) => Hir::look(Look::WordEndAscii),
        HirKind::Look(Look::WordStartHalfUnicode) => Hir::look(Look::WordStartHalfAscii),
        HirKind::Look(Look::WordEndHalfUnicode) => Hir::look(Look::WordEndHalfAscii),
        _ => with_parts(hir, plain),
    }
}

/// Is no character beyond ASCII part of a word, so that words begin and end where they do in ASCII?
pub(super) fn is_plain(text: &str) -> bool {
    text.is_ascii() || !text.chars().any(|c| !c.is_ascii() && regex_syntax::is_word_character(c))
}

/// The expression without Unicode word boundaries, its counts open.
pub(super) fn loosened(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(look) if is_boundary(*look) => Hir::empty(),
        HirKind::Repetition(repetition) if counts(repetition) => {
            Hir::repetition(Repetition { min: repetition.min.min(1), max: None, sub: Box::new(loosened(&repetition.sub)), ..*repetition })
        }
        _ => with_parts(hir, loosened),
    }
}

fn is_boundary(look: Look) -> bool {
    matches!(
        look,
        Look::WordUnicode | Look::WordUnicodeNegate | Look::WordStartUnicode | Look::WordEndUnicode | Look::WordStartHalfUnicode | Look::WordEndHalfUnicode
    )
}

fn counts(repetition: &Repetition) -> bool {
    repetition.max.unwrap_or(repetition.min) > LONGEST_COUNT
}

/// Does the expression count more than a few repetitions, so that [`loosened`] is much smaller?
pub(super) fn has_counts(hir: &Hir) -> bool {
    matches!(hir.kind(), HirKind::Repetition(repetition) if counts(repetition)) || hir.kind().subs().iter().any(has_counts)
}

/// Does the expression ask where words begin or end?
pub(super) fn has_boundaries(hir: &Hir) -> bool {
    hir.properties().look_set().iter().any(is_boundary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_plain_where_words_are() {
        assert_eq!(plain(&regex_syntax::parse(r"(?:\ba|b\b{end})").expect("parses")), regex_syntax::parse(r"(?-u:\b)a|b(?-u:\b{end})").expect("parses"));
        assert!(is_plain("© 2024 – news") && !is_plain("© 2024 – né") && !is_plain("خبر"));
    }

    #[test]
    fn counts_and_boundaries_go() {
        let parsed = |pattern: &str| regex_syntax::parse(pattern).expect("parses");
        let hir = parsed(r"^a\b[^.]{3,80}(?:x{1,90}y){0,6}b{9}");
        assert_eq!(opened(&hir), parsed(r"^a\b[^.]{3,}(?:x+y){0,6}b{9}"));
        assert_eq!(loosened(&hir), parsed(r"^a[^.]+(?:x+y)*b+"));
        assert_eq!((least_count(&hir), has_boundaries(&hir), has_counts(&hir)), (80, true, true));
        assert_eq!((least_count(&parsed("(?:a?){0,80}b{9}")), has_boundaries(&parsed("^a$"))), (usize::MAX, false));
        assert!(!has_counts(&parsed("^a.*b{4}$")) && has_counts(&parsed("(?:ab{5})?")));
    }
}
