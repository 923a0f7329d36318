//! Dates as pages write them to ISO 8601.
//!
//! In: what a page states, such as `Thu, 04 Sep 2025 12:50:36 GMT`, `Dec 3rd, 2025` or `2025/12/03`. Out: `2025-09-04T12:50:36Z`,
//! `2025-12-03`; a time is kept when the statement has one, with its zone if that is given in figures or as UTC. What is no such date, or may
//! be read in two ways (`03/04/2025`), stays as it is. Months are known by their English names.

/// A statement as ISO 8601 where it can be read, else as it stands.
pub(super) fn iso_date(stated: &str) -> String {
    read(stated.trim()).unwrap_or_else(|| stated.to_owned())
}

/// Does a short text hold a date that can be read?
pub(super) fn is_date(text: &str) -> bool {
    read(text.trim()).is_some()
}

/// A piece of a statement: figures, letters, or one other mark.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece<'a> {
    Number(&'a str),
    Word(&'a str),
    Mark(char),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same = |c: char| if first.is_ascii_digit() { c.is_ascii_digit() } else { first.is_alphabetic() && c.is_alphabetic() };
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (piece, behind) = rest.split_at(end);
        match first {
            _ if first.is_ascii_digit() => found.push(Piece::Number(piece)),
            _ if first.is_alphabetic() => found.push(Piece::Word(piece)),
            _ if first.is_whitespace() || first == ',' => {}
            _ => found.push(Piece::Mark(first)),
        }
        rest = behind;
    }
    found
}

fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
    let word = word.to_lowercase();
    let known = |name: &&str| word.len() >= 3 && name.starts_with(&word) || word == "sept" && name.starts_with("sept");
    MONTHS.iter().position(known).map(|place| place as u32 + 1)
}

fn number(digits: &str, most: usize) -> Option<u32> {
    (digits.len() <= most).then(|| digits.parse().ok()).flatten()
}

fn day_of(year: u32, month: u32, day: u32) -> Option<String> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    ((1..=days).contains(&day) && (1000..3000).contains(&year)).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

fn read(text: &str) -> Option<String> {
    const LONGEST: usize = 80;
    if text.len() > LONGEST {
        return None;
    }
    let all = pieces(text);
    let (day, behind) = (0..all.len().min(6)).find_map(|at| day_at(&all[at..]))?;
    Some(match time(behind) {
        Some(time) => format!("{day}T{time}"),
        None => day,
    })
}

/// The date at the start of some pieces, and what stands behind it.
fn day_at<'p, 't>(pieces: &'p [Piece<'t>]) -> Option<(String, &'p [Piece<'t>])> {
    use Piece::{Mark, Number, Word};
    let year = |digits: &str| (digits.len() == 4).then(|| number(digits, 4)).flatten();
    let part = |digits: &str| number(digits, 2);
    Some(match pieces {
        [Number(y), Mark('-' | '/' | '.'), Number(m), Mark('-' | '/' | '.'), Number(d), rest @ ..] if y.len() == 4 => {
            (day_of(year(y)?, part(m)?, part(d)?)?, rest)
        }
        [Number(a), Mark('-' | '/' | '.'), Number(b), Mark('-' | '/' | '.'), Number(y), rest @ ..] => {
            let (a, b) = (part(a)?, part(b)?);
            // Day and month, or month and day: known when one is no month, or both are the same.
            let (month, day) = if a > 12 || a == b {
                (b, a)
            } else if b > 12 {
                (a, b)
            } else {
                return None;
            };
            (day_of(year(y)?, month, day)?, rest)
        }
        [Word(m), Number(d), Word(end), Number(y), rest @ ..] if is_ordinal(end) => (day_of(year(y)?, month(m)?, part(d)?)?, rest),
        [Word(m), Mark('.'), Number(d), Number(y), rest @ ..] | [Word(m), Number(d), Number(y), rest @ ..] => (day_of(year(y)?, month(m)?, part(d)?)?, rest),
        [Number(d), Word(end), Word(m), Number(y), rest @ ..] if is_ordinal(end) => (day_of(year(y)?, month(m)?, part(d)?)?, rest),
        [Number(d), Word(m), Mark('.'), Number(y), rest @ ..]
        | [Number(d), Mark('-' | '.'), Word(m), Mark('-'), Number(y), rest @ ..]
        | [Number(d), Word(m), Number(y), rest @ ..] => (day_of(year(y)?, month(m)?, part(d)?)?, rest),
        [Number(compact), rest @ ..] if compact.len() == 8 => (day_of(year(&compact[..4])?, part(&compact[4..6])?, part(&compact[6..])?)?, rest),
        _ => return None,
    })
}

fn is_ordinal(word: &str) -> bool {
    matches!(word, "st" | "nd" | "rd" | "th")
}

/// The time of day behind a date, in 24 hours, with its zone.
fn time(pieces: &[Piece]) -> Option<String> {
    use Piece::{Mark, Number, Word};
    let pieces = match pieces {
        [Word("T" | "t" | "at"), rest @ ..] | [Mark('-' | '|' | '·'), rest @ ..] => rest,
        _ => pieces,
    };
    let [Number(hour), Mark(':'), Number(minute), rest @ ..] = pieces else { return None };
    let (mut hour, minute) = (number(hour, 2)?, number(minute, 2)?);
    let (second, mut rest) = match rest {
        [Mark(':'), Number(second), rest @ ..] => (number(second, 2), rest),
        _ => (None, rest),
    };
    if let [Mark('.'), Number(_), behind @ ..] = rest {
        rest = behind;
    }
    if let [Word(half), behind @ ..] = rest
        && matches!(half.to_lowercase().as_str(), "am" | "pm")
        && (1..=12).contains(&hour)
    {
        hour = hour % 12 + if half.eq_ignore_ascii_case("pm") { 12 } else { 0 };
        rest = behind;
    }
    if hour > 23 || minute > 59 || second.is_some_and(|second| second > 60) {
        return None;
    }
    let zone = match rest {
        [Word("Z" | "z" | "UTC" | "GMT"), ..] => "Z".to_owned(),
        [Mark(sign @ ('+' | '-')), Number(hours), Mark(':'), Number(minutes), ..] if hours.len() == 2 && minutes.len() == 2 => {
            format!("{sign}{hours}:{minutes}")
        }
        [Mark(sign @ ('+' | '-')), Number(both), ..] if both.len() == 4 => format!("{sign}{}:{}", &both[..2], &both[2..]),
        _ => String::new(),
    };
    let second = second.map_or(String::new(), |second| format!(":{second:02}"));
    Some(format!("{hour:02}:{minute:02}{second}{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_iso() {
        for (stated, wanted) in [
            ("2031-09-04T12:50:36+00:00", "2031-09-04T12:50:36+00:00"),
            ("2031-09-04T12:50:36.000Z", "2031-09-04T12:50:36Z"),
            ("2031-09-04 12:50", "2031-09-04T12:50"),
            ("Thu, 04 Sep 2031 12:50:36 GMT", "2031-09-04T12:50:36Z"),
            ("Dec 3rd, 2031", "2031-12-03"),
            ("Published on December 3, 2031 at 2:05 pm", "2031-12-03T14:05"),
            ("3. März 2031", "3. März 2031"),
            ("4 Sept 2031", "2031-09-04"),
            ("20310904", "2031-09-04"),
            ("25/12/2031", "2031-12-25"),
            ("03/04/2031", "03/04/2031"),
            ("2031-02-30", "2031-02-30"),
            ("soon", "soon"),
        ] {
            assert_eq!(iso_date(stated), wanted);
        }
        assert!(is_date("Posted 4 Sep 2031") && !is_date("Chapter 12, part 3"));
    }
}
