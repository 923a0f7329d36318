//! A page's tags cut to so many attributes of so many bytes.
//!
//! In: a page that has a tag of enormous length. Out: the same page without the attributes beyond a count and the values beyond a
//! length. It reads tags as the HTML standard does, in one pass; comments and raw text are copied.

use memchr::{memchr, memmem};

use super::guard::is_raw;
use crate::limit::{Limit, LimitSet};

/// The page with at most `most` attributes a tag, values longer than `most_bytes` left out, and which limits that reached.
pub(super) fn trimmed(html: &str, most: usize, most_bytes: usize) -> (String, LimitSet) {
    let mut trim = Trim { html, bytes: html.as_bytes(), out: String::with_capacity(html.len()), copied: 0, most, most_bytes, reached: LimitSet::default() };
    let mut at = 0;
    while let Some(found) = memchr(b'<', &trim.bytes[at..]) {
        at = trim.piece(at + found);
    }
    trim.out.push_str(&html[trim.copied..]);
    (trim.out, trim.reached)
}

struct Trim<'p> {
    html: &'p str,
    bytes: &'p [u8],
    out: String,
    /// The page is copied up to here.
    copied: usize,
    most: usize,
    most_bytes: usize,
    reached: LimitSet,
}

impl Trim<'_> {
    /// Passes what begins with the `<` at `at`; gives the place behind it.
    fn piece(&mut self, at: usize) -> usize {
        let rest = &self.bytes[at..];
        if rest.starts_with(b"<!--") {
            return memmem::find(rest, b"-->").map_or(self.bytes.len(), |end| at + end + 3);
        }
        let is_end = rest.get(1) == Some(&b'/');
        let name_at = at + 1 + usize::from(is_end);
        if !self.bytes.get(name_at).is_some_and(u8::is_ascii_alphabetic) {
            return at + 1;
        }
        let name_end = self.find(name_at, |byte| is_space(byte) || matches!(byte, b'/' | b'>'));
        let end = self.attributes(name_end);
        let name = self.html[name_at..name_end].to_ascii_lowercase();
        if is_end || !is_raw(&name) {
            return end;
        }
        let closing = format!("</{name}");
        let mut from = end;
        while let Some(found) = memmem::find(&self.bytes[from..], b"</") {
            from += found;
            if self.bytes[from..].get(..closing.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(closing.as_bytes())) {
                return from;
            }
            from += 2;
        }
        self.bytes.len()
    }

    /// The first place from `from` on whose byte is such, or the end.
    fn find(&self, from: usize, is_it: impl Fn(u8) -> bool) -> usize {
        self.bytes[from..].iter().position(|&byte| is_it(byte)).map_or(self.bytes.len(), |found| from + found)
    }

    /// Leaves out what is too much between the name and the `>`; gives the place behind that.
    fn attributes(&mut self, mut at: usize) -> usize {
        let mut count = 0;
        loop {
            let start = at;
            at = self.find(at, |byte| !is_space(byte) && byte != b'/');
            if at == self.bytes.len() || self.bytes[at] == b'>' {
                return (at + 1).min(self.bytes.len());
            }
            let name_end = self.find(at + 1, |byte| is_space(byte) || matches!(byte, b'/' | b'>' | b'='));
            let equals = self.find(name_end, |byte| !is_space(byte));
            at = name_end;
            if self.bytes.get(equals) == Some(&b'=') {
                at = self.value_end(self.find(equals + 1, |byte| !is_space(byte)));
            }
            count += 1;
            if count > self.most {
                self.leave_out(start, at, Limit::HtmlAttributes);
            } else if at - name_end > self.most_bytes {
                self.leave_out(name_end, at, Limit::HtmlAttributeBytes);
            }
        }
    }

    fn value_end(&self, at: usize) -> usize {
        match self.bytes.get(at) {
            Some(&quote @ (b'"' | b'\'')) => memchr(quote, &self.bytes[at + 1..]).map_or(self.bytes.len(), |found| at + found + 2),
            _ => self.find(at, |byte| is_space(byte) || byte == b'>'),
        }
    }

    fn leave_out(&mut self, from: usize, to: usize, limit: Limit) {
        self.out.push_str(&self.html[self.copied..from]);
        self.copied = to;
        self.reached = self.reached.with(limit.into());
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_beyond_the_limits_are_left_out() {
        let page = "<p a b=1 c='>' d>x</p><!-- <p a b c d> --><script a>'<p a b c d>'</script><a href=\"0123456789\" b>é</a>";
        let (short, reached) = trimmed(page, 2, 8);
        assert_eq!(short, "<p a b=1>x</p><!-- <p a b c d> --><script a>'<p a b c d>'</script><a href b>é</a>");
        assert!(reached.has(Limit::HtmlAttributes) && reached.has(Limit::HtmlAttributeBytes));
        assert_eq!(trimmed(page, 9, 99).0, page);
        for end in 0..page.len() {
            if let Some(cut) = page.get(..end) {
                assert!(cut.starts_with(&trimmed(cut, 99, 99).0));
            }
        }
    }
}
