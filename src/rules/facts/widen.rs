//! Expressions beside a pattern's, which make smaller and quicker automata: long counts open, word boundaries simpler or left out, characters as bytes.
//!
//! In: an expression. Out: one that matches wherever it does, and in which texts both match alike.

use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, ClassUnicode, Hir, HirKind, Look, Repetition};
use regex_syntax::utf8::Utf8Sequences;

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
pub fn least_count(hir: &Hir) -> u32 {
    let inner = hir.kind().subs().iter().map(least_count).min().unwrap_or(u32::MAX);
    long_count(hir).map_or(inner, |count| inner.min(count))
}

/// The expression with its long counts open.
pub fn opened(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Repetition(repetition) if long_count(hir).is_some() => {
            Hir::repetition(Repetition { max: None, sub: Box::new(opened(&repetition.sub)), ..*repetition })
        }
        _ => with_parts(hir, opened),
    }
}

/// The expression with its long counts open and word boundaries that know of ASCII only: the same where [`is_plain`] holds.
pub fn plainly_opened(hir: &Hir) -> Hir {
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

/// The expression with most of its classes of characters written as the bytes of these: the same in every text, and built in a fraction of the
/// time, as the compiler keeps large tables for the characters of others.
pub fn in_bytes(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => class_in_bytes(class).unwrap_or_else(|| hir.clone()),
        _ => with_parts(hir, in_bytes),
    }
}

/// A class of more rows of bytes is left to the compiler, which knows how to put those of thousands together.
const MOST_ROWS: usize = 24;

fn class_in_bytes(class: &ClassUnicode) -> Option<Hir> {
    let mut branches = if class.ranges().first()?.start().is_ascii() { vec![Hir::class(Class::Bytes(ascii_of(class)))] } else { Vec::new() };
    if class.ranges().last()?.start() <= '\u{80}' && class.ranges().last()?.end() == char::MAX {
        branches.extend(
            [(0xc2, 0xdf, 1), (0xe0, 0xef, 2), (0xf0, 0xf4, 3)]
                .map(|(start, end, behind)| Hir::concat(vec![bytes(start, end), continued(behind, Some(behind))])),
        );
        return Some(Hir::alternation(branches));
    }
    let others = class.ranges().iter().filter(|range| !range.end().is_ascii());
    let rows: Vec<_> = others.flat_map(|range| Utf8Sequences::new(range.start().max('\u{80}'), range.end())).take(MOST_ROWS + 1).collect();
    branches.extend(rows.iter().map(|row| Hir::concat(row.as_slice().iter().map(|range| bytes(range.start, range.end)).collect())));
    (rows.len() <= MOST_ROWS).then(|| Hir::alternation(branches))
}

/// The ASCII characters of a class.
fn ascii_of(class: &ClassUnicode) -> ClassBytes {
    let ranges = class.ranges().iter().filter(|range| range.start().is_ascii());
    ClassBytes::new(ranges.map(|range| ClassBytesRange::new(range.start() as u8, range.end().min('\u{7f}') as u8)))
}

fn bytes(start: u8, end: u8) -> Hir {
    Hir::class(Class::Bytes(ClassBytes::new([ClassBytesRange::new(start, end)])))
}

/// Bytes that go on with a character.
fn continued(min: u32, max: Option<u32>) -> Hir {
    Hir::repetition(Repetition { min, max, greedy: true, sub: Box::new(bytes(0x80, 0xbf)) })
}

/// A character of a class, where one beyond ASCII is as good as another.
fn like_one_of(class: &ClassUnicode) -> Hir {
    let mut first = ascii_of(class);
    if class.ranges().last().is_none_or(|last| last.end().is_ascii()) {
        return Hir::class(Class::Bytes(first));
    }
    first.push(ClassBytesRange::new(0xc2, 0xf4));
    Hir::concat(vec![Hir::class(Class::Bytes(first)), continued(0, None)])
}

/// Is no character beyond ASCII part of a word, so that words begin and end where they do in ASCII?
pub fn is_plain(text: &str) -> bool {
    text.is_ascii() || !text.chars().any(|c| !c.is_ascii() && regex_syntax::is_word_character(c))
}

/// The expression without Unicode word boundaries, its counts open, its characters beyond ASCII as good as one another.
pub fn loosened(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(look) if is_boundary(*look) => Hir::empty(),
        HirKind::Class(Class::Unicode(class)) => like_one_of(class),
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
pub fn has_counts(hir: &Hir) -> bool {
    matches!(hir.kind(), HirKind::Repetition(repetition) if counts(repetition)) || hir.kind().subs().iter().any(has_counts)
}

/// Does the expression ask where words begin or end?
pub fn has_boundaries(hir: &Hir) -> bool {
    hir.properties().look_set().iter().any(is_boundary)
}

#[cfg(test)]
mod tests {
    use regex_automata::meta;

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
        let bytes = regex_syntax::ParserBuilder::new().utf8(false).build().parse(r"^a(?:(?-u:[^.\x80-\xc1\xf5-\xff][\x80-\xbf]*))+(?:x+y)*b+");
        assert_eq!(loosened(&hir), bytes.expect("parses"));
        assert_eq!((least_count(&hir), has_boundaries(&hir), has_counts(&hir)), (80, true, true));
        assert_eq!((least_count(&parsed("(?:a?){0,80}b{9}")), has_boundaries(&parsed("^a$"))), (u32::MAX, false));
        assert!(!has_counts(&parsed("^a.*b{4}$")) && has_counts(&parsed("(?:ab{5})?")));
    }
    #[test]
    fn characters_are_the_same_in_bytes() {
        let spans =
            |hir: &Hir, text: &str| meta::Regex::builder().build_from_hir(hir).expect("builds").find_iter(text).map(|found| found.range()).collect::<Vec<_>>();
        let texts = ["a. é1 世 𝒜x-é", "خبر عاجل - ٢", "no. 7: ä\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}", "", "é"];
        for pattern in ["[^.]", "[^.é]+", ".{2}", "[a-é]+", r"\b[^ ]{2,4}\b", "[٠-٩]|[一-龥]", r"\w+", "(?:[^a]?-)*", r"\PL$"] {
            let hir = regex_syntax::parse(pattern).expect("parses");
            for text in texts {
                assert_eq!(spans(&in_bytes(&hir), text), spans(&hir, text), "{pattern} in {text}");
                assert!(spans(&hir, text).is_empty() || !spans(&loosened(&hir), text).is_empty(), "{pattern} in {text}");
            }
        }
    }
}
