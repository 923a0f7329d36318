//! A first few searches for an expression, before it is worth an automaton.
//!
//! In: an expression's [`Tree`]. Out: whether it matches in a text. Of the patterns that a dump of 23 MB meets, four in five are tried on fewer than a hundred lines, and
//! making an automaton costs as much as ninety walks along the expression. A walk notes each pair of a step and a place that it comes to and never takes one twice, so it
//! ends after so many pairs as there are (the bounded backtracking of RE2 and `regex-automata`); a text for which those are too many is left to the automata.

use std::cell::RefCell;

use regex_syntax::hir::Look;
use regex_syntax::is_word_character;

use super::facts::tree::Tree;

/// Expressions of more steps get an automaton at once.
const MOST_STEPS: usize = 4096;
/// Pairs of a step and a place of the longest walk.
const MOST_PAIRS: usize = 1 << 18;

/// One step along an expression.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// This character.
    Char(char),
    /// A character of the class of this number.
    Class(u32),
    /// A place of this kind.
    Look(Look),
    /// On to either of these steps.
    Split(u32, u32),
    /// On to this step.
    Jump(u32),
    /// The expression's end.
    End,
}

/// The characters of a class.
#[derive(Clone, Debug)]
struct Chars {
    /// Those of ASCII, by their bits.
    ascii: u128,
    ranges: Vec<(char, char)>,
}

/// An expression that can be walked along.
#[derive(Clone, Debug, Default)]
pub(super) struct Walker {
    steps: Vec<Step>,
    classes: Vec<Chars>,
}

/// Memory that goes from walk to walk.
#[derive(Default)]
struct Memory {
    /// Pairs of a step and a place that were come to, as bits.
    known: Vec<u64>,
    /// Pairs to go on from.
    open: Vec<(u32, u32)>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

impl Walker {
    /// Lays an expression out; `None` when it has too many steps.
    pub(super) fn new(tree: &Tree) -> Option<Self> {
        let mut walker = Walker::default();
        walker.lay(tree)?;
        walker.steps.push(Step::End);
        Some(walker)
    }

    /// Lays out a part; what follows it is the next step.
    fn lay(&mut self, tree: &Tree) -> Option<()> {
        if self.steps.len() > MOST_STEPS {
            return None;
        }
        match tree {
            Tree::Text(text) => self.steps.extend(text.chars().map(Step::Char)),
            Tree::Class(ranges) => {
                let known = self.classes.iter().position(|class| class.ranges == *ranges).unwrap_or(self.classes.len());
                self.steps.push(Step::Class(known as u32));
                if known == self.classes.len() {
                    self.classes.push(Chars::new(ranges));
                }
            }
            Tree::Look(look) => self.steps.push(Step::Look(Look::from_repr(*look)?)),
            Tree::Row(parts) => parts.iter().try_for_each(|part| self.lay(part))?,
            Tree::Either(branches) => self.lay_either(branches)?,
            Tree::Repeat(part, least, most) => self.lay_repeat(part, *least, *most)?,
        }
        Some(())
    }

    fn next(&self) -> u32 {
        self.steps.len() as u32
    }

    fn lay_either(&mut self, branches: &[Tree]) -> Option<()> {
        let mut ends = Vec::new();
        for (at, branch) in branches.iter().enumerate() {
            let is_last = at + 1 == branches.len();
            let split = self.steps.len();
            if !is_last {
                self.steps.push(Step::Split(0, 0));
            }
            self.lay(branch)?;
            if !is_last {
                ends.push(self.steps.len());
                self.steps.push(Step::Jump(0));
                self.steps[split] = Step::Split(split as u32 + 1, self.next());
            }
        }
        let behind = self.next();
        ends.into_iter().for_each(|end| self.steps[end] = Step::Jump(behind));
        Some(())
    }

    fn lay_repeat(&mut self, part: &Tree, least: u32, most: Option<u32>) -> Option<()> {
        (0..least).try_for_each(|_| self.lay(part))?;
        let Some(most) = most else {
            let split = self.next();
            self.steps.push(Step::Split(0, 0));
            self.lay(part)?;
            self.steps.push(Step::Jump(split));
            self.steps[split as usize] = Step::Split(split + 1, self.next());
            return Some(());
        };
        let mut splits = Vec::new();
        for _ in least..most {
            splits.push(self.steps.len());
            self.steps.push(Step::Split(0, 0));
            self.lay(part)?;
        }
        let behind = self.next();
        splits.into_iter().for_each(|split| self.steps[split] = Step::Split(split as u32 + 1, behind));
        Some(())
    }

    /// Does the expression match in a text? `None` when that would be a long walk.
    pub(super) fn is_match(&self, text: &str) -> Option<bool> {
        let places = text.len() + 1;
        let pairs = self.steps.len() * places;
        if pairs > MOST_PAIRS {
            return None;
        }
        MEMORY.with_borrow_mut(|memory| {
            memory.known.clear();
            memory.known.resize(pairs.div_ceil(64), 0);
            let last = if matches!(self.steps[0], Step::Look(Look::Start)) { 0 } else { text.len() };
            let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]).take_while(|&start| start <= last);
            Some(starts.any(|start| self.walk(text, start, memory)))
        })
    }

    /// Does a match begin at this place?
    fn walk(&self, text: &str, start: usize, memory: &mut Memory) -> bool {
        let places = text.len() + 1;
        memory.open.push((0, start as u32));
        while let Some((step, place)) = memory.open.pop() {
            let (mut step, mut at) = (step as usize, place as usize);
            loop {
                let pair = step * places + at;
                let known = &mut memory.known[pair / 64];
                if *known & 1 << (pair % 64) != 0 {
                    break;
                }
                *known |= 1 << (pair % 64);
                let next = || text[at..].chars().next();
                match self.steps[step] {
                    Step::Char(wanted) if next() == Some(wanted) => at += wanted.len_utf8(),
                    Step::Class(class) => match next().filter(|&c| self.classes[class as usize].hold(c)) {
                        Some(c) => at += c.len_utf8(),
                        None => break,
                    },
                    Step::Look(look) if is_place(look, text, at) => {}
                    Step::Char(_) | Step::Look(_) => break,
                    Step::Split(first, second) => {
                        memory.open.push((second, at as u32));
                        step = first as usize;
                        continue;
                    }
                    Step::Jump(to) => {
                        step = to as usize;
                        continue;
                    }
                    Step::End => {
                        memory.open.clear();
                        return true;
                    }
                }
                step += 1;
            }
        }
        false
    }
}

impl Chars {
    fn new(ranges: &[(char, char)]) -> Self {
        let ascii = (0..128_u8).filter(|&byte| ranges.iter().any(|&(first, last)| (first..=last).contains(&char::from(byte))));
        Chars { ascii: ascii.fold(0, |bits, byte| bits | 1 << byte), ranges: ranges.to_vec() }
    }

    fn hold(&self, c: char) -> bool {
        if c.is_ascii() {
            return self.ascii >> (c as u32) & 1 == 1;
        }
        let behind = self.ranges.partition_point(|&(first, _)| first <= c);
        behind > 0 && c <= self.ranges[behind - 1].1
    }
}

/// Is this byte of a text a place of this kind?
fn is_place(look: Look, text: &str, at: usize) -> bool {
    let (before, behind) = (text[..at].chars().next_back(), text[at..].chars().next());
    let in_ascii = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let in_any = |c: Option<char>| c.is_some_and(is_word_character);
    let (ascii, any) = ((in_ascii(before), in_ascii(behind)), (in_any(before), in_any(behind)));
    match look {
        Look::Start => before.is_none(),
        Look::End => behind.is_none(),
        Look::StartLF => before.is_none_or(|c| c == '\n'),
        Look::EndLF => behind.is_none_or(|c| c == '\n'),
        Look::StartCRLF => before.is_none_or(|c| c == '\n' || c == '\r' && behind != Some('\n')),
        Look::EndCRLF => behind.is_none_or(|c| c == '\r' || c == '\n' && before != Some('\r')),
        Look::WordAscii => ascii.0 != ascii.1,
        Look::WordAsciiNegate => ascii.0 == ascii.1,
        Look::WordUnicode => any.0 != any.1,
        Look::WordUnicodeNegate => any.0 == any.1,
        Look::WordStartAscii => !ascii.0 && ascii.1,
        Look::WordEndAscii => ascii.0 && !ascii.1,
        Look::WordStartUnicode => !any.0 && any.1,
        Look::WordEndUnicode => any.0 && !any.1,
        Look::WordStartHalfAscii => !ascii.0,
        Look::WordEndHalfAscii => !ascii.1,
        Look::WordStartHalfUnicode => !any.0,
        Look::WordEndHalfUnicode => !any.1,
    }
}

#[cfg(test)]
mod tests {
    use regex_automata::meta::Regex;

    use super::*;

    fn walker(expression: &str) -> Walker {
        let hir = regex_syntax::parse(expression).expect("parses");
        Walker::new(&Tree::of(&hir).expect("characters")).expect("few steps")
    }

    #[test]
    fn walks_come_to_what_automata_do() {
        let expressions = [
            "",
            "^$",
            "^a{2,4}$",
            "(?:a?)*b",
            "(?:|a)+?c",
            r"\bnews\b",
            r"\Bé|^x",
            "[^.é]{3,}",
            "(?:ab|a)(?:c|bcd)$",
            "^(?:[a-c]+ ?){2,3}x",
            r"\w+ \PL",
            "خبر|新闻.",
            r"(?m)^b$",
            r"(?-u:\b)é",
            "(?:a{0,3}){2}$",
            r"\b{start}[0-9]+\b{end}",
            "(?:a*)*$",
            "a.{0,9}z",
        ];
        let texts = [
            "",
            "a",
            "aaaa",
            "b",
            "aab",
            "c",
            "old news",
            "newsé",
            "é news",
            "x",
            "abcd",
            "abbcd",
            "ab ca bx",
            "a b c x",
            "خبر عاجل",
            "新闻社",
            "a\nb\nc",
            "12 ab",
            "a - z",
            "az.",
        ];
        for expression in expressions {
            let regex = Regex::new(expression).expect("compiles");
            for text in texts {
                assert_eq!(walker(expression).is_match(text), Some(regex.is_match(text)), "{expression} in {text:?}");
            }
        }
    }

    #[test]
    fn long_walks_are_not_taken() {
        assert_eq!(walker("(?:a*)*b").is_match(&"a".repeat(1000)), Some(false));
        assert_eq!(walker("(?:a*)*b").is_match(&"a".repeat(MOST_PAIRS)), None);
        let many = regex_syntax::parse("(?:[ab]c{90}){90}").expect("parses");
        assert!(Walker::new(&Tree::of(&many).expect("characters")).is_none());
    }
}
