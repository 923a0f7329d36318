//! Keys of a survey: byte strings whose order is the order of the survey's file.
//!
//! A key is the group's name, a zero byte, the kind, and then for lines and endings the words, a zero byte and `shared`. Words are
//! parted by blanks, the smallest byte in a key apart from zero, so that what begins with the same words stands together.
//! Endings hold their words backwards for the same reason. Behind the words may stand what a line is beyond them: the
//! hash of a long line's rest, or that the entry is a mere opening.

/// What an entry counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// The documents of the group.
    Documents = b'd',
    /// Documents with this title.
    Title = b'h',
    /// Documents whose first paragraph begins so.
    Lead = b'i',
    /// Documents with this line, and with what begins it.
    Line = b'l',
    /// Documents with this inside a line, parted off by marks on both sides.
    Inside = b'm',
    /// Documents with a line that ends so.
    Tail = b't',
}

impl Kind {
    /// The kind of a key's byte.
    pub fn of(byte: u8) -> Option<Kind> {
        [Kind::Documents, Kind::Title, Kind::Lead, Kind::Line, Kind::Inside, Kind::Tail].into_iter().find(|&kind| kind as u8 == byte)
    }
}

/// Parts words in keys.
pub const BLANK: u8 = b' ';
/// Opens the hash of a long line's rest: behind every word in the order of bytes, as no byte of UTF-8 is so large.
pub const REST: u8 = 0xfe;
/// Says that only the opening is counted; behind all else.
pub const OPEN: u8 = 0xff;

/// A key taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'k> {
    /// The group's name.
    pub group: &'k [u8],
    /// What is counted.
    pub kind: Kind,
    /// The words, with what stands behind them.
    pub words: &'k [u8],
    /// So many of the words begin (or end) another line of the same documents, where they were counted.
    pub shared: u8,
}

/// Takes a key apart; `None` when it is none.
pub fn parts(key: &[u8]) -> Option<Parts<'_>> {
    let end = memchr::memchr(0, key)?;
    let (group, rest) = (&key[..end], &key[end + 1..]);
    let (&kind, rest) = rest.split_first()?;
    let kind = Kind::of(kind)?;
    match kind {
        Kind::Documents => Some(Parts { group, kind, words: b"", shared: 0 }),
        Kind::Title | Kind::Lead | Kind::Inside => Some(Parts { group, kind, words: rest, shared: 0 }),
        Kind::Line | Kind::Tail => match rest {
            [words @ .., 0, shared] => Some(Parts { group, kind, words, shared: *shared }),
            _ => None,
        },
    }
}

/// Begins a key.
pub fn begin(key: &mut Vec<u8>, group: &[u8], kind: Kind) {
    key.clear();
    key.extend_from_slice(group);
    key.extend_from_slice(&[0, kind as u8]);
}

/// Ends the key of a line or ending.
pub fn end(key: &mut Vec<u8>, shared: u8) {
    key.extend_from_slice(&[0, shared]);
}

/// Ends the words of a key that stands for more than them.
pub fn push_rest(hash: u64, key: &mut Vec<u8>) {
    key.extend_from_slice(&[BLANK, REST]);
    key.extend_from_slice(format!("{hash:016x}").as_bytes());
}

/// Is it the key of a mere opening? Its mark stands before the zero and `shared`.
pub fn is_open(key: &[u8]) -> bool {
    matches!(key, [.., OPEN, 0, _])
}

/// The words of a key and what stands behind them, without its blank: `None`, or bytes from [`REST`] or [`OPEN`] on.
pub fn split_mark(words: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr2(REST, OPEN, words) {
        Some(at) => (words[..at].strip_suffix(&[BLANK]).unwrap_or(&words[..at]), Some(&words[at..])),
        None => (words, None),
    }
}
