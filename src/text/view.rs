//! A block as one normalised string, with a way back to the original bytes, for rules that are regular expressions.
//!
//! In: a text. Out: the text folded (see [`fold`](super::fold)), every run of white space one space, ends trimmed. Built only for the few
//! blocks in which a pattern's facts hold; the way back is walked only for the fewer in which it matches.

use super::fold::{Class, Folded, fold, fold_str};

/// A normalised text.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The normalised text.
    pub text: String,
}

impl View {
    /// Normalises `text`.
    pub fn new(text: &str) -> Self {
        // Every byte is looked at, without a way out, so that many are looked at together.
        let plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~') & (byte != b'`'));
        if plain && memchr::memmem::find(text.as_bytes(), b"  ").is_none() {
            return View { text: text.trim_matches(' ').to_ascii_lowercase() };
        }
        let mut view = String::with_capacity(text.len());
        let ascii = text.bytes().take_while(u8::is_ascii).count();
        // The last ASCII character may carry a mark that follows it.
        let plain = ascii.saturating_sub(usize::from(ascii < text.len()));
        for byte in text[..plain].bytes() {
            match byte {
                b'\0'..=b' ' | 127 if view.is_empty() || view.ends_with(' ') => {}
                b'\0'..=b' ' | 127 => view.push(' '),
                b'`' => view.push('\''),
                _ => view.push(byte.to_ascii_lowercase() as char),
            }
        }
        let mut blank = view.is_empty() || view.ends_with(' ');
        walk(&text[plain..], |c, _, _| {
            if !(c == ' ' && blank) {
                view.push(c);
            }
            blank = c == ' ';
        });
        if view.ends_with(' ') {
            view.pop();
        }
        View { text: view }
    }

    /// The bytes of `text`, from which the view was made, behind a range of the normalised text.
    pub fn original(&self, text: &str, start: usize, end: usize) -> (u32, u32) {
        let mut at = 0;
        let mut blank = true;
        let (mut from, mut to) = (None, 0);
        walk(text, |c, first, last| {
            if c == ' ' && blank {
                return;
            }
            blank = c == ' ';
            let next = at + c.len_utf8();
            if next > start && at < end {
                from.get_or_insert(first);
                to = last;
            }
            at = next;
        });
        // Marks that the normalised text drops belong to the letter before them: a hamza at the end of a word.
        let dropped = |c: &char| fold(*c).class == Class::Ignored;
        from.map_or((0, 0), |from| (from as u32, (to + text[to..].chars().take_while(dropped).map(char::len_utf8).sum::<usize>()) as u32))
    }
}

/// Gives each folded character of the text with the byte range it stands for; white space as single blanks, however many.
fn walk(text: &str, mut take: impl FnMut(char, usize, usize)) {
    let mut chars = text.char_indices().map(|(at, c)| (at, c, fold(c)));
    let mut next = chars.next();
    while let Some((at, c, folded)) = next {
        next = chars.next();
        let end = at + c.len_utf8();
        match folded.class {
            Class::Ignored => {}
            Class::Space => take(' ', at, end),
            _ if !folded.many && !is_mark(next) => take(folded.to, at, end),
            _ => {
                while is_mark(next) {
                    next = chars.next();
                }
                let end = next.map_or(text.len(), |(at, ..)| at);
                fold_str(&text[at..end]).chars().for_each(|c| take(c, at, end));
            }
        }
    }
}

fn is_mark(next: Option<(usize, char, Folded)>) -> bool {
    next.is_some_and(|(.., folded)| folded.class == Class::Mark)
}

/// Folds the letters of a regular expression as the text will be folded; escapes, but for those of digits, group headers and class names stay.
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
            // The text has digits of no other script, and these make automata a hundred times smaller than those of all scripts.
            out.push_str(match &rest[..taken] {
                r"\d" => "[0-9]",
                r"\D" => "[^0-9]",
                escape => escape,
            });
            rest = &rest[taken..];
            continue;
        }
        let folded = fold(c);
        let is_plain = match folded.class {
            _ if folded.many => false,
            Class::Letter | Class::Arabic | Class::Unspaced | Class::Digit => true,
            Class::Mark | Class::Symbol | Class::Punctuation => folded.to.is_alphanumeric(),
            Class::Space | Class::Ignored => false,
        };
        if c.is_ascii_punctuation() || c == ' ' {
            out.push(c);
        } else if is_plain {
            out.push(folded.to);
        } else {
            // A character may fold to marks with a meaning of their own: "…" to three dots.
            out.push_str(&regex_syntax::escape(&fold_str(c.encode_utf8(&mut [0; 4]))));
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
        let (start, end) = view.original(text, at, view.text.len());
        assert_eq!(&text[start as usize..end as usize], "أيضاً");
        let view = View::new("يوم الثلاثاء");
        let (start, end) = view.original("يوم الثلاثاء", view.text.find("الثلاثا").expect("there"), view.text.len());
        assert_eq!(&"يوم الثلاثاء"[start as usize..end as usize], "الثلاثاء");
    }

    #[test]
    fn the_fast_way_agrees() {
        for text in ["Plain  ASCII \t`text`", "cafe\u{301} x", "Mixed É  ﬁ end ", "\u{200f} أ b"] {
            let mut slow = String::new();
            walk(text, |c, _, _| {
                if !(c == ' ' && (slow.is_empty() || slow.ends_with(' '))) {
                    slow.push(c);
                }
            });
            assert_eq!(View::new(text).text, slow.trim_end());
        }
    }

    #[test]
    fn patterns_fold_but_escapes_stay() {
        assert_eq!(fold_pattern(r"^Read\s+Also\b (?P<Name>إ)\p{Lu}\W"), r"^read\s+also\b (?P<Name>ا)\p{Lu}\W");
        assert_eq!(fold_pattern(r"\d[\d.]\D"), r"[0-9][[0-9].][^0-9]");
    }
}
