//! XPath to CSS selectors, as far as selectors can say it.
//!
//! In: an expression of a site file. Out: one [`Found`] for each alternative of its unions, or why there is none. A selector selects
//! exactly what the expression does, but for a few things that do not matter where site files use them: white space in attributes is
//! not normalised, names are in lower case, "the first of all" is left out where only the first counts anyway, and of elements
//! around that hold one another only the innermost is "the nearest".

use super::condition::{conditions, join};
use super::place::Place;
use super::tree::{Axis, Expr, Path, Start, Step, Test};
use super::xpath;

/// What the selected elements are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// The elements themselves.
    Elements,
    /// The text or an attribute of the first.
    Statement,
}

/// A selector, and the attribute to read if not the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) selector: String,
    pub(super) attribute: Option<String>,
}

/// Turns an expression.
pub(super) fn turn(text: &str, want: Want) -> Result<Vec<Found>, String> {
    let mut found = Vec::new();
    for chain in expression(&xpath::parse(text)?, want)? {
        found.push(Found { selector: chain.text(), attribute: chain.attribute });
    }
    Ok(found)
}

/// A selector in the making: what leads up to the last element, that element's tag and tests, and what it must hold.
#[derive(Clone, Debug, Default)]
struct Chain {
    /// Complex selector with its combinator, as in `main > ul `.
    before: String,
    tag: String,
    tests: String,
    /// Relative selector for `:has`.
    has: String,
    attribute: Option<String>,
    /// The chain holds no element yet.
    open: bool,
}

impl Chain {
    fn compound(&self) -> String {
        if self.tag.is_empty() && self.tests.is_empty() { "*".into() } else { format!("{}{}", self.tag, self.tests) }
    }

    fn text(&self) -> String {
        let has = if self.has.is_empty() { String::new() } else { format!(":has({})", self.has) };
        format!("{}{}{has}", self.before, self.compound())
    }

    /// The selector as part of another, which may go on behind it.
    fn within(&self) -> String {
        if self.before.is_empty() { self.compound() } else { format!(":is({}{})", self.before, self.compound()) }
    }

    /// What an element that stands `link` (`> `, ``, `~ `) before this one must hold.
    fn held(&self, link: &str) -> Result<String, String> {
        match (self.has.is_empty(), self.before.is_empty()) {
            (true, _) => Ok(format!("{link}{}", self.within())),
            (false, true) => Ok(format!("{link}{} {}", self.compound(), self.has)),
            (false, false) => Err("goes up from an element that itself is found by what it holds".into()),
        }
    }
}

fn expression(expr: &Expr, want: Want) -> Result<Vec<Chain>, String> {
    match expr {
        Expr::Union(parts) => Ok(parts.iter().map(|part| expression(part, want)).collect::<Result<Vec<_>, _>>()?.concat()),
        Expr::Path(path) => chains(path, want),
        Expr::Call(name, arguments) if want == Want::Statement && matches!(name.as_str(), "normalize-space" | "string") && arguments.len() == 1 => {
            expression(&arguments[0], want)
        }
        Expr::Call(name, _) => Err(format!("{name}() computes a text")),
        Expr::Literal(_) => Err("is a fixed text".into()),
        _ => Err("selects no elements".into()),
    }
}

fn chains(path: &Path, want: Want) -> Result<Vec<Chain>, String> {
    let mut chains = match &path.start {
        Start::Root => vec![Chain { open: true, ..Chain::default() }],
        Start::Here => return Err("does not begin with / or //".into()),
        Start::Group(inner, predicates) => {
            let is_first = |predicate: &Expr| *predicate == Expr::Number(1);
            if !predicates.iter().all(|predicate| want == Want::Statement && is_first(predicate)) {
                return Err("asks for an element by its number in the whole page".into());
            }
            expression(inner, want)?
        }
    };
    for (at, step) in path.steps.iter().enumerate() {
        let last = at + 1 == path.steps.len();
        if want == Want::Statement && last && step.test == Test::Text && matches!(step.axis, Axis::Child | Axis::Descendant) {
            match step.predicates.as_slice() {
                [] | [Expr::Number(1)] => break,
                _ => return Err("asks for a piece of an element's text".into()),
            }
        }
        for chain in &mut chains {
            if chain.attribute.is_some() {
                return Err("goes on behind an attribute".into());
            }
            take(chain, step, want)?;
        }
    }
    if chains.iter().any(|chain| chain.open) { Err("selects the whole page".into()) } else { Ok(chains) }
}

/// Adds a step to a chain.
fn take(chain: &mut Chain, step: &Step, want: Want) -> Result<(), String> {
    if let Axis::Attribute = step.axis {
        let (Test::Name(name), Want::Statement) = (&step.test, want) else { return Err("selects an attribute, not an element".into()) };
        if step.deep && !chain.open {
            // What was found so far, or anything inside of it.
            *chain = Chain { tests: format!(":is({0}, {0} *)", chain.text()), ..Chain::default() };
        }
        chain.tests.push_str(&format!("[{}]", escaped(&name.to_lowercase())));
        chain.attribute = Some(name.to_lowercase());
        chain.open = false;
        return Ok(());
    }
    let tag = tag_of(step)?;
    if step.deep && !matches!(step.axis, Axis::Child | Axis::Descendant) {
        return Err("mixes // with another axis".into());
    }
    match step.axis {
        Axis::Child if chain.open && !step.deep => {
            if tag != "html" {
                return Err("begins with / at an element that is not html".into());
            }
            chain.tag = tag;
        }
        Axis::Child | Axis::Descendant if chain.open => chain.tag = tag,
        Axis::Child if !step.deep => onward(chain, " > ", tag),
        Axis::Child | Axis::Descendant => onward(chain, " ", tag),
        Axis::FollowingSibling => return take_following(chain, step, tag),
        Axis::Parent => backward(chain, "> ", tag)?,
        Axis::Ancestor => return take_ancestor(chain, step, tag),
        Axis::PrecedingSibling => backward(chain, "~ ", tag)?,
        Axis::Itself if tag.is_empty() || tag == chain.tag => {}
        Axis::Itself if chain.tag.is_empty() => chain.tag = tag,
        Axis::Itself => return Err("asks one element for two names".into()),
        Axis::Attribute | Axis::Other(_) => return Err(format!("uses the axis {:?}", step.axis)),
    }
    chain.open = false;
    let counted = matches!(step.axis, Axis::Child);
    for predicate in &step.predicates {
        if let Some(place) = Place::of(predicate)? {
            if !counted || !chain.has.is_empty() {
                return Err("counts elements other than children".into());
            }
            let (before, tests) = place.among(&chain.tag, &chain.tests)?;
            chain.before.push_str(&before);
            chain.tests = tests;
        } else {
            let alternatives = conditions(predicate, false)?;
            chain.tests.push_str(&join(&alternatives)?);
        }
    }
    Ok(())
}

/// The tag that a step asks for; empty for any.
pub(super) fn tag_of(step: &Step) -> Result<String, String> {
    match &step.test {
        Test::Node if matches!(step.axis, Axis::Child | Axis::Descendant | Axis::FollowingSibling | Axis::PrecedingSibling) => {
            Err("selects text outside of any element".into())
        }
        Test::Any | Test::Node => Ok(String::new()),
        Test::Name(name) => Ok(escaped(&name.to_lowercase())),
        Test::Text => Err("selects text outside of any element".into()),
        Test::Other(name) => Err(format!("selects a {name}()")),
    }
}

/// Goes down or aside: the element found so far leads up to the next.
fn onward(chain: &mut Chain, link: &str, tag: String) {
    *chain = Chain { before: format!("{}{link}", chain.text()), tag, ..Chain::default() };
}

/// Goes up or back: the next element is the one that holds, or stands before, what was found so far.
fn backward(chain: &mut Chain, link: &str, tag: String) -> Result<(), String> {
    *chain = Chain { has: chain.held(link)?, tag, ..Chain::default() };
    Ok(())
}

/// All siblings behind, or the first of them.
fn take_following(chain: &mut Chain, step: &Step, tag: String) -> Result<(), String> {
    let start = chain.text();
    if let ("", [Expr::Number(1), tests @ ..]) = (tag.as_str(), step.predicates.as_slice()) {
        *chain = Chain { before: format!("{start} + "), ..Chain::default() };
        chain.tests = tests_of(tests)?;
        return Ok(());
    }
    let (tests, first) = first_of(&step.predicates)?;
    *chain = Chain { before: format!("{start} ~ "), tag, tests: tests_of(tests)?, ..Chain::default() };
    if first {
        let compound = chain.compound();
        chain.tests.push_str(&format!(":not({start} ~ {compound} ~ {compound})"));
    }
    Ok(())
}

/// All elements around, or the nearest of them.
fn take_ancestor(chain: &mut Chain, step: &Step, tag: String) -> Result<(), String> {
    let held = chain.held("")?;
    let (tests, first) = first_of(&step.predicates)?;
    *chain = Chain { tag, tests: tests_of(tests)?, ..Chain::default() };
    if first {
        let inner = format!(":not(:has({} {held}))", chain.compound());
        chain.tests.push_str(&inner);
    }
    chain.has = held;
    Ok(())
}

/// The conditions of a step without a closing `[1]`, and whether there is one.
fn first_of(predicates: &[Expr]) -> Result<(&[Expr], bool), String> {
    let (tests, first) = match predicates {
        [tests @ .., Expr::Number(1)] => (tests, true),
        tests => (tests, false),
    };
    for test in tests {
        if Place::of(test)?.is_some() {
            return Err("counts elements other than children".into());
        }
    }
    Ok((tests, first))
}

fn tests_of(predicates: &[Expr]) -> Result<String, String> {
    predicates.iter().map(|predicate| join(&conditions(predicate, false)?)).collect()
}

/// A name as selectors write it.
pub(super) fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for (at, c) in name.chars().enumerate() {
        match c {
            '0'..='9' if at == 0 => out.push_str(&format!("\\{:x} ", c as u32)),
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => out.push(c),
            c if !c.is_ascii() => out.push(c),
            c => {
                out.push('\\');
                out.push(c);
            }
        }
    }
    out
}
