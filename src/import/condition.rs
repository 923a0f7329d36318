//! The conditions of an XPath step as tests of a selector.
//!
//! In: what stands in brackets. Out: alternatives, each a string that can be appended to an element's selector. What the element's
//! text must be is not for selectors to say, and is told so.

use super::css::{escaped, tag_of};
use super::tree::{Axis, Expr, Op, Path, Start, Step, Test};

/// More alternatives than these are not written out.
const MOST: usize = 24;

/// Alternatives of which an element must pass one. `inside` a `:has` no other may stand.
pub(super) fn conditions(expr: &Expr, inside: bool) -> Result<Vec<String>, String> {
    let found = match expr {
        Expr::Or(parts) => parts.iter().map(|part| conditions(part, inside)).collect::<Result<Vec<_>, _>>()?.concat(),
        Expr::And(parts) => {
            let mut all = vec![String::new()];
            for part in parts {
                let tests = conditions(part, inside)?;
                all = all.iter().flat_map(|head| tests.iter().map(move |test| format!("{head}{test}"))).collect();
            }
            all
        }
        Expr::Call(name, arguments) if name == "not" && arguments.len() == 1 => vec![format!(":not({})", conditions(&arguments[0], inside)?.join(", "))],
        Expr::Call(name, arguments) => match (name.as_str(), arguments.as_slice()) {
            ("contains", [subject, Expr::Literal(text)]) => asked(subject, Likeness::Contains, text, inside)?,
            ("starts-with", [subject, Expr::Literal(text)]) => asked(subject, Likeness::Starts, text, inside)?,
            ("ends-with", [subject, Expr::Literal(text)]) => asked(subject, Likeness::Ends, text, inside)?,
            _ => return Err(format!("asks for {name}()")),
        },
        Expr::Compare(left, op, right) => compared(left, *op, right, inside)?,
        Expr::Path(path) => exists(path, None, inside)?,
        Expr::Union(parts) => parts.iter().map(|part| conditions(part, inside)).collect::<Result<Vec<_>, _>>()?.concat(),
        Expr::Number(_) | Expr::Minus(..) => return Err("mixes places with other conditions".into()),
        Expr::Literal(_) => return Err("has a fixed text for a condition".into()),
    };
    match found {
        all if all.len() > MOST => Err("has too many alternatives".into()),
        all if all.iter().any(String::is_empty) => Err("has a condition that is always true".into()),
        all => Ok(all),
    }
}

/// Alternatives as one test.
pub(super) fn join(alternatives: &[String]) -> Result<String, String> {
    match alternatives {
        [] => Err("asks for nothing".into()),
        [one] => Ok(one.clone()),
        several => Ok(format!(":is({})", several.join(", "))),
    }
}

/// How an attribute is compared with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    Equals,
    Contains,
    Starts,
    Ends,
    /// As [`Likeness::Contains`], in the attribute with a blank put at each end.
    ContainsPadded,
}

fn compared(left: &Expr, op: Op, right: &Expr, inside: bool) -> Result<Vec<String>, String> {
    let value = |expr: &Expr| match expr {
        Expr::Literal(text) => Some(text.clone()),
        Expr::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let (subject, text) = match (value(left), value(right)) {
        (None, Some(text)) => (left, text),
        (Some(text), None) => (right, text),
        _ => return Err("compares two things of the page".into()),
    };
    match op {
        Op::Equal => asked(subject, Likeness::Equals, &text, inside),
        Op::Unequal => {
            let there = conditions(subject, inside)?;
            let equal = asked(subject, Likeness::Equals, &text, inside)?;
            let is_attribute = matches!(subject, Expr::Path(path) if matches!(path.steps.as_slice(), [Step { axis: Axis::Attribute, .. }]));
            if is_attribute { Ok(vec![format!("{}:not({})", join(&there)?, equal.join(", "))]) } else { Err("asks for one that is different".into()) }
        }
        Op::Less | Op::LessOrEqual | Op::More | Op::MoreOrEqual => Err("compares numbers".into()),
    }
}

/// What an element must have for something of it to be like a text.
fn asked(subject: &Expr, likeness: Likeness, text: &str, inside: bool) -> Result<Vec<String>, String> {
    match subject {
        Expr::Path(path) => exists(path, Some((likeness, text)), inside),
        Expr::Call(name, arguments) => match (name.as_str(), arguments.as_slice()) {
            ("normalize-space" | "string", [inner]) => asked(inner, likeness, text, inside),
            ("concat", [Expr::Literal(head), inner, Expr::Literal(tail)]) if head == " " && tail == " " && likeness == Likeness::Contains => {
                asked(inner, Likeness::ContainsPadded, text, inside)
            }
            ("normalize-space" | "string", []) => Err("asks for an element's text".into()),
            _ => Err(format!("asks for {name}()")),
        },
        _ => Err("compares a computed text".into()),
    }
}

/// What an element must have for a path from it to find something (whose attribute is like a text).
fn exists(path: &Path, like: Option<(Likeness, &str)>, inside: bool) -> Result<Vec<String>, String> {
    if path.start != Start::Here {
        return Err("has a condition on another part of the page".into());
    }
    if path.steps.iter().any(|step| step.test == Test::Text) {
        return Err("asks for an element's text".into());
    }
    onward(&path.steps, like, inside)
}

fn onward(steps: &[Step], like: Option<(Likeness, &str)>, inside: bool) -> Result<Vec<String>, String> {
    let Some((step, rest)) = steps.split_first() else {
        return if like.is_some() { Err("asks for an element's text".into()) } else { Ok(vec![String::new()]) };
    };
    match step.axis {
        Axis::Attribute => attribute(step, rest, like),
        Axis::Itself if !step.deep => both(&tests_of(step, inside)?, &onward(rest, like, inside)?),
        Axis::Parent | Axis::Ancestor | Axis::PrecedingSibling if !step.deep => {
            let next = step.axis == Axis::PrecedingSibling && step.predicates.first() == Some(&Expr::Number(1));
            let link = match step.axis {
                Axis::Parent => ">",
                Axis::Ancestor => "",
                _ if next => "+",
                _ => "~",
            };
            let bare = Step { predicates: step.predicates[usize::from(next)..].to_vec(), ..step.clone() };
            if next && bare.test != Test::Any && !matches!(bare.test, Test::Node) {
                return Err("counts elements other than children".into());
            }
            let outer = both(&tests_of(&bare, inside)?, &onward(rest, like, inside)?)?;
            Ok(outer.iter().map(|outer| format!(":is({} {link} *)", or_any(outer)).replace("  ", " ")).collect())
        }
        _ if inside => Err("has conditions inside conditions".into()),
        _ => Ok(forward(steps, like)?.iter().map(|inner| format!(":has({inner})")).collect()),
    }
}

/// A chain of steps down or aside, as a relative selector.
fn forward(steps: &[Step], like: Option<(Likeness, &str)>) -> Result<Vec<String>, String> {
    let mut found = vec![String::new()];
    for (at, step) in steps.iter().enumerate() {
        let link = match step.axis {
            Axis::Attribute => return both(&found, &attribute(step, &steps[at + 1..], like)?),
            Axis::Child if step.deep => "",
            Axis::Descendant => "",
            Axis::Child => "> ",
            Axis::FollowingSibling if step.predicates.first() == Some(&Expr::Number(1)) && step.test == Test::Any => "+ ",
            Axis::FollowingSibling => "~ ",
            Axis::Itself if step.test == Test::Node && step.predicates.is_empty() => continue,
            _ => return Err("goes up and down in a condition".into()),
        };
        let bare = Step { predicates: step.predicates[usize::from(link == "+ ")..].to_vec(), ..step.clone() };
        let last = at + 1 == steps.len() && like.is_none();
        let (tests, tail) = if last { last_step(&bare)? } else { (tests_of(&bare, true)?, Vec::new()) };
        let space = if at == 0 { "" } else { " " };
        found = found.iter().flat_map(|head| tests.iter().map(move |test| format!("{head}{space}{link}{}", or_any(test)))).collect();
        if !tail.is_empty() {
            return Ok(found.iter().flat_map(|head| tail.iter().map(move |tail| format!("{head} {tail}"))).collect());
        }
    }
    if like.is_some() { Err("asks for an element's text".into()) } else { Ok(found) }
}

/// The last step of a chain: what it must hold itself goes on the chain, since no `:has` may stand in another.
fn last_step(step: &Step) -> Result<(Vec<String>, Vec<String>), String> {
    if let Some((Expr::Path(path), others)) = step.predicates.split_last() {
        let down = path.start == Start::Here
            && path.steps.first().is_some_and(|step| matches!(step.axis, Axis::Child | Axis::Descendant | Axis::FollowingSibling | Axis::Itself));
        if down {
            let rest = Step { predicates: others.to_vec(), ..step.clone() };
            return Ok((tests_of(&rest, true)?, forward(&path.steps, None)?));
        }
    }
    Ok((tests_of(step, true)?, Vec::new()))
}

/// Tag and tests of a step.
fn tests_of(step: &Step, inside: bool) -> Result<Vec<String>, String> {
    let tag = tag_of(step)?;
    // An element that is already found can be asked for its name only so.
    let tag = if step.axis == Axis::Itself && !tag.is_empty() { format!(":is({tag})") } else { tag };
    let mut found = vec![tag];
    for predicate in &step.predicates {
        if matches!(predicate, Expr::Number(_)) {
            return Err("counts elements in a condition".into());
        }
        found = both(&found, &conditions(predicate, inside)?)?;
    }
    Ok(found)
}

fn both(heads: &[String], tails: &[String]) -> Result<Vec<String>, String> {
    if heads.len() * tails.len() > MOST {
        return Err("has too many alternatives".into());
    }
    Ok(heads.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}"))).collect())
}

fn or_any(tests: &str) -> &str {
    if tests.is_empty() { "*" } else { tests }
}

/// Tests on an attribute.
fn attribute(step: &Step, rest: &[Step], like: Option<(Likeness, &str)>) -> Result<Vec<String>, String> {
    let (Test::Name(name), true) = (&step.test, rest.is_empty() && step.predicates.is_empty()) else { return Err("asks for an attribute of any name".into()) };
    if step.deep {
        return Err("asks for an attribute of any element inside".into());
    }
    let name = name.to_lowercase();
    let test = |op: &str, text: &str| format!("[{}{op}'{}']", escaped(&name), text.replace('\\', r"\\").replace('\'', r"\'"));
    let Some((likeness, text)) = like else { return Ok(vec![format!("[{}]", escaped(&name))]) };
    if text.is_empty() && likeness != Likeness::Equals {
        return Err("looks for an empty text".into());
    }
    Ok(match likeness {
        Likeness::Equals if name == "id" && is_plain(text) => vec![format!("#{text}")],
        Likeness::Equals => vec![test("=", text)],
        Likeness::Contains => vec![test("*=", text)],
        Likeness::Starts => vec![test("^=", text)],
        Likeness::Ends => vec![test("$=", text)],
        Likeness::ContainsPadded => {
            let word = text.trim();
            match (text.starts_with(' '), text.ends_with(' ')) {
                (true, true) if word.is_empty() => vec![format!("[{}]", escaped(&name))],
                (true, true) if name == "class" && is_plain(word) => vec![format!(".{word}")],
                (true, true) if !word.contains(' ') => vec![test("~=", word)],
                (true, false) if !word.contains(' ') => vec![test("^=", word), test("*=", &format!(" {word}"))],
                (false, true) if !word.contains(' ') => vec![test("$=", word), test("*=", &format!("{word} "))],
                _ => vec![test("*=", word)],
            }
        }
    })
}

/// Can the name stand behind `.` or `#` as it is?
fn is_plain(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_') && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}
