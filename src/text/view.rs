//! A block as one normalised string, with a map back to the original bytes, for rules that are regular expressions.
//!
//! In: a text. Out: the text folded (see [`fold`](super::fold)), every run of white space one space, ends trimmed, and for each byte of it
//! the original byte range it came from. Built only for the few blocks in which a rule's literal word was found.

use super::fold::{Class, fold, fold_str};

/// A normalised text and the way back.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The normalised text.
    pub text: String,
    starts: Vec<u32>,
    ends: Vec<u32>,
}

impl View {
    /// Normalises `text`.
    pub fn new(text: &str) -> Self {
        let mut view = View::default();
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let folded = fold(c);
            let mut end = at + c.len_utf8();
            match folded.class {
                Class::Ignored => {}
                Class::Space if view.text.is_empty() || view.text.ends_with(' ') => {}
                _ if !folded.many && !next_is_mark(chars.peek()) => view.push(folded.to, at, end),
                _ => {
                    while let Some((next, mark)) = chars.next_if(|&(_, next)| fold(next).class == Class::Mark) {
                        end = next + mark.len_utf8();
                    }
                    for form in fold_str(&text[at..end]).chars() {
                        view.push(form, at, end);
                    }
                }
            }
        }
        if view.text.ends_with(' ') {
            view.text.pop();
        }
        view
    }

    fn push(&mut self, c: char, start: usize, end: usize) {
        self.text.push(c);
        self.starts.resize(self.text.len(), start as u32);
        self.ends.resize(self.text.len(), end as u32);
    }

    /// The original bytes behind a range of the normalised text.
    pub fn original(&self, start: usize, end: usize) -> (u32, u32) {
        if start >= end {
            return (0, 0);
        }
        (self.starts[start], self.ends[end - 1])
    }
}

fn next_is_mark(next: Option<&(usize, char)>) -> bool {
    next.is_some_and(|&(_, c)| fold(c).class == Class::Mark)
}

/// Folds the letters of a regular expression as the text will be folded; escapes, group headers and class names stay.
pub fn fold_pattern(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\\' => escape_len(rest),
            '(' if rest.starts_with("(?") => rest.find([':', ')', '>']).map_or(rest.len(), |end| end + 1),
            _ => 0,
        };
        if taken > 0 {
            out.push_str(&rest[..taken]);
            rest = &rest[taken..];
            continue;
        }
        if c.is_ascii_punctuation() || c == ' ' {
            out.push(c);
        } else {
            out.push_str(&fold_str(c.encode_utf8(&mut [0; 4])));
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

fn escape_len(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    let Some((at, escaped)) = chars.next() else { return rest.len() };
    let plain = at + escaped.len_utf8();
    match (escaped, chars.next()) {
        ('p' | 'P' | 'x' | 'u' | 'U' | 'b', Some((_, '{'))) => rest.find('}').map_or(rest.len(), |end| end + 1),
        ('p' | 'P', Some((next, class))) => next + class.len_utf8(),
        ('x', Some(_)) => rest.len().min(4),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_back() {
        let text = "  «إقرأ»   أيضاً ";
        let view = View::new(text);
        assert_eq!(view.text, "\"اقرا\" ايضا");
        let at = view.text.find("ايضا").expect("there");
        let (start, end) = view.original(at, view.text.len());
        assert_eq!(&text[start as usize..end as usize], "أيضا");
    }

    #[test]
    fn patterns_fold_but_escapes_stay() {
        assert_eq!(fold_pattern(r"^Read\s+Also\b (?P<Name>إ)\p{Lu}\W"), r"^read\s+also\b (?P<Name>ا)\p{Lu}\W");
    }
}
