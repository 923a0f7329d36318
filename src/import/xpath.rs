//! Reads XPath expressions of the kind that site files hold.
//!
//! In: an expression. Out: an [`Expr`], or why it is none. The whole of XPath 1.0 that selects elements is read here; what of it can be
//! said as a selector is decided in [`css`](super::css).

use super::tree::{Axis, Expr, Op, Path, Start, Step, Test};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A mark of one or two characters.
    Mark(&'static str),
    Literal(String),
    Number(u32),
    Name(String),
}

/// Marks, those of two characters before those they begin with.
const MARKS: &[&str] = &["//", "::", "..", "!=", "<=", ">=", "/", "(", ")", "[", "]", "@", ",", "|", ".", "*", "=", "<", ">", "+", "-"];
/// Deeper nesting is a mistake, or an attack.
const DEEPEST: u32 = 40;

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let taken = if c == '"' || c == '\'' {
            let end = rest[1..].find(c).ok_or_else(|| format!("the quote {rest} is not closed"))?;
            found.push(Token::Literal(rest[1..=end].to_owned()));
            end + 2
        } else if c.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            found.push(Token::Number(rest[..end].parse().map_err(|_| format!("the number {} is too large", &rest[..end]))?));
            end
        } else if c.is_alphabetic() || c == '_' {
            let end = name_end(rest);
            found.push(Token::Name(rest[..end].to_owned()));
            end
        } else {
            let mark = MARKS.iter().copied().find(|mark| rest.starts_with(mark)).ok_or_else(|| format!("'{c}' means nothing here"))?;
            found.push(Token::Mark(mark));
            mark.len()
        };
        rest = rest[taken..].trim_start();
    }
    Ok(found)
}

/// Names hold letters, digits, `-`, `_`, `.` and single colons.
fn name_end(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let colon = c == ':' && chars.peek().is_some_and(|&(_, next)| next.is_alphabetic()) && !text[..at].ends_with(':');
        if !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.') || colon) {
            return at;
        }
    }
    text.len()
}

/// Reads a whole expression.
pub(super) fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let expr = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expr),
        Some(token) => Err(format!("{} stands where the expression should end", show(token))),
    }
}

fn show(token: &Token) -> String {
    match token {
        Token::Mark(mark) => format!("'{mark}'"),
        Token::Literal(text) | Token::Name(text) => format!("'{text}'"),
        Token::Number(number) => format!("'{number}'"),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, ahead: usize, mark: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(Token::Mark(found)) if *found == mark)
    }

    fn take(&mut self, mark: &str) -> bool {
        let found = self.is(0, mark);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &str) -> Result<(), String> {
        let seen = self.peek().map_or_else(|| "the end".to_owned(), show);
        if self.take(mark) { Ok(()) } else { Err(format!("'{mark}' is missing before {seen}")) }
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(name)) if name == word);
        self.at += usize::from(found);
        found
    }

    fn or(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the expression is nested too deeply".into());
        }
        let mut all = vec![self.and()?];
        while self.take_word("or") {
            all.push(self.and()?);
        }
        self.depth -= 1;
        Ok(one_or(all, Expr::Or))
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut all = vec![self.compare()?];
        while self.take_word("and") {
            all.push(self.compare()?);
        }
        Ok(one_or(all, Expr::And))
    }

    fn compare(&mut self) -> Result<Expr, String> {
        const OPS: &[(&str, Op)] = &[("=", Op::Equal), ("!=", Op::Unequal), ("<", Op::Less), ("<=", Op::LessOrEqual), (">", Op::More), (">=", Op::MoreOrEqual)];
        let left = self.sum()?;
        for &(mark, op) in OPS {
            if self.take(mark) {
                return Ok(Expr::Compare(Box::new(left), op, Box::new(self.sum()?)));
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expr, String> {
        let left = self.union()?;
        if self.take("-") { Ok(Expr::Minus(Box::new(left), Box::new(self.union()?))) } else { Ok(left) }
    }

    fn union(&mut self) -> Result<Expr, String> {
        let mut all = vec![self.operand()?];
        while self.take("|") {
            all.push(self.operand()?);
        }
        Ok(one_or(all, Expr::Union))
    }

    fn operand(&mut self) -> Result<Expr, String> {
        match self.peek().cloned() {
            Some(Token::Literal(text)) => {
                self.at += 1;
                Ok(Expr::Literal(text))
            }
            Some(Token::Number(number)) => {
                self.at += 1;
                Ok(Expr::Number(number))
            }
            Some(Token::Mark("(")) => {
                self.at += 1;
                let inner = self.or()?;
                self.expect(")")?;
                let predicates = self.predicates()?;
                let steps = self.more_steps()?;
                if predicates.is_empty() && steps.is_empty() {
                    return Ok(inner);
                }
                Ok(Expr::Path(Path { start: Start::Group(Box::new(inner), predicates), steps }))
            }
            Some(Token::Name(name)) if self.is(1, "(") && !matches!(name.as_str(), "text" | "node" | "comment") => self.call(name),
            _ => self.path(),
        }
    }

    fn call(&mut self, name: String) -> Result<Expr, String> {
        self.at += 2;
        let mut arguments = Vec::new();
        while !self.take(")") {
            if !arguments.is_empty() {
                self.expect(",")?;
            }
            arguments.push(self.or()?);
        }
        Ok(Expr::Call(name, arguments))
    }

    fn path(&mut self) -> Result<Expr, String> {
        let rooted = self.is(0, "/") || self.is(0, "//");
        let steps = if rooted {
            self.more_steps()?
        } else {
            let first = self.step(false)?;
            [vec![first], self.more_steps()?].concat()
        };
        Ok(Expr::Path(Path { start: if rooted { Start::Root } else { Start::Here }, steps }))
    }

    fn more_steps(&mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            let deep = self.take("//");
            if !deep && !self.take("/") {
                return Ok(steps);
            }
            steps.push(self.step(deep)?);
        }
    }

    fn step(&mut self, deep: bool) -> Result<Step, String> {
        let step = |axis, test| Step { deep, axis, test, predicates: Vec::new() };
        if self.take("..") {
            return Ok(step(Axis::Parent, Test::Node));
        }
        let mut step = if self.take(".") {
            step(Axis::Itself, Test::Node)
        } else {
            let axis = self.axis();
            step(axis, self.test()?)
        };
        step.predicates = self.predicates()?;
        Ok(step)
    }

    fn axis(&mut self) -> Axis {
        if self.take("@") {
            return Axis::Attribute;
        }
        let Some(Token::Name(name)) = self.peek().cloned() else { return Axis::Child };
        if !self.is(1, "::") {
            return Axis::Child;
        }
        self.at += 2;
        match name.as_str() {
            "child" => Axis::Child,
            "descendant" => Axis::Descendant,
            "parent" => Axis::Parent,
            "ancestor" => Axis::Ancestor,
            "self" => Axis::Itself,
            "following-sibling" => Axis::FollowingSibling,
            "preceding-sibling" => Axis::PrecedingSibling,
            "attribute" => Axis::Attribute,
            _ => Axis::Other(name),
        }
    }

    fn test(&mut self) -> Result<Test, String> {
        if self.take("*") {
            return Ok(Test::Any);
        }
        let Some(Token::Name(name)) = self.peek().cloned() else {
            let seen = self.peek().map_or_else(|| "the end".to_owned(), show);
            return Err(format!("an element's name is missing before {seen}"));
        };
        self.at += 1;
        if !self.take("(") {
            return Ok(Test::Name(name));
        }
        self.expect(")")?;
        Ok(match name.as_str() {
            "text" => Test::Text,
            "node" => Test::Node,
            _ => Test::Other(name),
        })
    }

    fn predicates(&mut self) -> Result<Vec<Expr>, String> {
        let mut all = Vec::new();
        while self.take("[") {
            all.push(self.or()?);
            self.expect("]")?;
        }
        Ok(all)
    }
}

fn one_or(mut all: Vec<Expr>, many: impl FnOnce(Vec<Expr>) -> Expr) -> Expr {
    if all.len() == 1 { all.remove(0) } else { many(all) }
}
