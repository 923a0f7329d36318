//! A page's element tree reduced to what judging needs: tags, class words and which blocks each element holds.
//!
//! Built while the page is walked and kept with the document after the DOM is gone. Elements stand in document order, so a parent
//! comes before its children and every element's blocks are one range.

use std::ops::Range;

/// An HTML tag from a fixed table; 0 is "any other".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag(u8);

const TAGS: &[&str] = &[
    "",
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "blockquote",
    "body",
    "button",
    "caption",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "em",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "i",
    "img",
    "input",
    "ins",
    "label",
    "legend",
    "li",
    "main",
    "mark",
    "menu",
    "nav",
    "ol",
    "option",
    "p",
    "picture",
    "pre",
    "q",
    "s",
    "section",
    "select",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "video",
];

impl Tag {
    /// The tag of a lower-case name.
    pub fn new(name: &str) -> Self {
        TAGS.binary_search(&name).map_or(Tag(0), |at| Tag(at as u8))
    }

    /// Its name; empty for one that is not in the table.
    pub fn name(self) -> &'static str {
        TAGS[self.0 as usize]
    }

    /// Its number in the table, for features.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Does it begin and end a block?
    pub fn is_block_level(self) -> bool {
        !matches!(
            self.name(),
            "" | "a"
                | "abbr"
                | "b"
                | "cite"
                | "code"
                | "del"
                | "em"
                | "font"
                | "i"
                | "img"
                | "input"
                | "ins"
                | "label"
                | "mark"
                | "picture"
                | "q"
                | "s"
                | "small"
                | "span"
                | "strong"
                | "sub"
                | "sup"
                | "td"
                | "th"
                | "time"
                | "u"
                | "html"
        )
    }
}

/// One element.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its parent's number; the root is its own parent.
    pub parent: u32,
    /// Its tag.
    pub tag: Tag,
    /// Elements above it.
    pub depth: u16,
    /// The document's blocks inside it.
    pub blocks: Range<u32>,
    names: Range<u32>,
}

/// The elements of a page in document order.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The elements.
    pub elements: Vec<Element>,
    names: String,
}

impl Outline {
    /// Adds an element whose first block, if it gets one, will be `next_block`.
    pub fn open(&mut self, parent: Option<u32>, tag: Tag, names: impl Iterator<Item = impl AsRef<str>>, next_block: usize) -> u32 {
        let start = self.names.len() as u32;
        for name in names {
            self.names.push_str(name.as_ref());
            self.names.push(' ');
        }
        let number = self.elements.len() as u32;
        let depth = parent.map_or(0, |parent| self.elements[parent as usize].depth.saturating_add(1));
        let block = next_block as u32;
        self.elements.push(Element { parent: parent.unwrap_or(number), tag, depth, blocks: block..block, names: start..self.names.len() as u32 });
        number
    }

    /// Ends an element: the blocks before `next_block` were its last.
    pub fn close(&mut self, number: u32, next_block: usize) {
        self.elements[number as usize].blocks.end = next_block as u32;
    }

    /// The element's class and id attributes, parted by blanks.
    pub fn names(&self, element: &Element) -> &str {
        &self.names[element.names.start as usize..element.names.end as usize]
    }

    /// An element and those around it, innermost first.
    pub fn around(&self, number: u32) -> impl Iterator<Item = u32> {
        let mut next = Some(number);
        std::iter::from_fn(move || {
            let at = next?;
            let parent = self.elements[at as usize].parent;
            next = (parent != at).then_some(parent);
            Some(at)
        })
    }

    /// The nearest block-level element around (or at) a place.
    pub fn block_tag(&self, number: u32) -> Tag {
        self.around(number).map(|at| self.elements[at as usize].tag).find(|tag| tag.is_block_level()).unwrap_or_default()
    }

    /// Tags from the body down to a place, for people.
    pub fn path(&self, number: u32) -> String {
        let mut names: Vec<&str> = self.around(number).map(|at| self.elements[at as usize].tag.name()).collect();
        names.reverse();
        names.join(">")
    }
}

/// The words of class and id names: parted at marks and where lower case turns to upper case, lower-cased.
pub fn name_words(names: &str) -> impl Iterator<Item = String> {
    names.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).flat_map(|part| {
        let mut words = vec![String::new()];
        let mut last_lower = false;
        for c in part.chars() {
            if c.is_uppercase() && last_lower {
                words.push(String::new());
            }
            last_lower = c.is_lowercase();
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        words
    })
}

/// The hash of each of the [`name_words`], without making the words: FNV-1a over their bytes, the same on every machine.
pub fn each_name(names: &str, mut take: impl FnMut(u32)) {
    const EMPTY: u32 = 0x811c_9dc5;
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let (mut hash, mut open, mut last_lower) = (EMPTY, false, false);
    for c in names.chars() {
        if !c.is_alphanumeric() {
            if open {
                take(hash);
            }
            (hash, open, last_lower) = (EMPTY, false, false);
            continue;
        }
        if c.is_uppercase() && last_lower {
            take(hash);
            hash = EMPTY;
        }
        (open, last_lower) = (true, c.is_lowercase());
        let mut buffer = [0; 4];
        for lower in c.to_lowercase() {
            hash = lower.encode_utf8(&mut buffer).bytes().fold(hash, step);
        }
    }
    if open {
        take(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_table_is_sorted() {
        assert!(TAGS.is_sorted());
        assert_eq!(Tag::new("h2").name(), "h2");
        assert_eq!(Tag::new("made-up").name(), "");
    }

    #[test]
    fn names_part_into_words() {
        let words: Vec<String> = name_words("relatedPosts site-footer_Links").collect();
        assert_eq!(words, ["related", "posts", "site", "footer", "links"]);
        let (mut hashes, expected) = (Vec::new(), words.iter().map(|word| crate::model::name_hash(word)).collect::<Vec<u32>>());
        each_name("relatedPosts site-footer_Links", |hash| hashes.push(hash));
        assert_eq!(hashes, expected);
    }
}
