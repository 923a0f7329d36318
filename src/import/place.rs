//! Places among siblings: the second paragraph, the last item, all but the first.
//!
//! In: a condition that counts. Out: a [`Place`], and what it adds to a selector. Selectors count children and elements of a tag by
//! themselves; elements that pass other tests are told by those that stand before and behind them.

use super::tree::{Expr, Op};

/// Which of several children is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Number(u32),
    /// So many before the last.
    FromLast(u32),
    Behind(u32),
    Before(u32),
}

impl Place {
    /// The place that a condition asks for, if it is about places.
    pub(super) fn of(predicate: &Expr) -> Result<Option<Place>, String> {
        let is_call = |expr: &Expr, wanted: &str| matches!(expr, Expr::Call(name, arguments) if name == wanted && arguments.is_empty());
        Ok(Some(match predicate {
            Expr::Number(number) => Place::Number(*number),
            last if is_call(last, "last") => Place::FromLast(0),
            Expr::Minus(last, count) if is_call(last, "last") => match **count {
                Expr::Number(count) => Place::FromLast(count),
                _ => return Err("computes a place".into()),
            },
            Expr::Compare(left, op, right) if is_call(left, "position") => match (op, Place::of(right)?) {
                (Op::Equal, Some(place)) => place,
                (Op::More, Some(Place::Number(number))) => Place::Behind(number),
                (Op::MoreOrEqual, Some(Place::Number(number))) => Place::Behind(number.saturating_sub(1)),
                (Op::Less, Some(Place::Number(number))) => Place::Before(number),
                (Op::LessOrEqual, Some(Place::Number(number))) => Place::Before(number + 1),
                _ => return Err("computes a place".into()),
            },
            _ => return Ok(None),
        }))
    }

    /// What must stand before the element, and its tests, for it to be at this place among the siblings of this tag that pass the tests
    /// so far: counted by tag where that is all, else told by the siblings before and behind.
    pub(super) fn among(self, tag: &str, tests: &str) -> Result<(String, String), String> {
        const MOST: u32 = 4;
        if tests.is_empty() {
            let kind = if tag.is_empty() { "child" } else { "of-type" };
            let nth = match self {
                Place::Number(number) => format!(":nth-{kind}({number})"),
                Place::FromLast(count) => format!(":nth-last-{kind}({})", count + 1),
                Place::Behind(number) => format!(":nth-{kind}(n+{})", number + 1),
                Place::Before(number) => format!(":nth-{kind}(-n+{})", number.saturating_sub(1)),
            };
            return Ok((String::new(), nth));
        }
        let one = format!("{tag}{tests}");
        let so_many = |count: u32| vec![one.as_str(); count as usize].join(" ~ ");
        let behind = |count: u32| if count == 0 { String::new() } else { format!("{} ~ ", so_many(count)) };
        match self {
            Place::Number(number @ 1..=MOST) => Ok((behind(number - 1), format!("{tests}:not({})", so_many(number + 1)))),
            Place::FromLast(0) => Ok((String::new(), format!("{tests}:not(:has(~ {one}))"))),
            Place::Behind(number @ 1..=MOST) => Ok((behind(number), tests.to_owned())),
            Place::Before(number @ 2..=MOST) => Ok((String::new(), format!("{tests}:not({})", so_many(number)))),
            _ => Err("counts too far".into()),
        }
    }
}
