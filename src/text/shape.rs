//! What a block looks like, without its words: counts over its characters, and which characters it holds.
//!
//! In: characters, as the tokeniser meets them. Out: [`Shape`], from which detectors tell prose from rows and labels, and by which rules know
//! that a pattern cannot match.

/// Counts over a block, all in characters unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Words, numbers included; four characters of a script without spaces count as one and a half words, rounded up.
    pub words: u32,
    /// Characters that are not white space.
    pub chars: u32,
    /// Letters of any script.
    pub letters: u32,
    /// Decimal digits.
    pub digits: u32,
    /// Upper-case letters.
    pub upper: u32,
    /// Punctuation marks.
    pub punctuation: u32,
    /// Commas of any script.
    pub commas: u32,
    /// Marks that end a sentence, anywhere in the block.
    pub stops: u32,
    /// Letters of scripts without spaces.
    pub unspaced: u32,
    /// The block's last mark, closing quotes and brackets aside, ends a sentence.
    pub finished: bool,
    /// The block's last mark is a colon.
    pub colon: bool,
    /// Characters of the folded text, as bits of [`char_bit`].
    pub held: u128,
    /// The block opens with a bullet or a dash, as list items do.
    pub bullet: bool,
}

impl Shape {
    /// Running text: `words` words or more that end like a sentence or hold several, or three times as many.
    pub fn is_prose(&self, words: u32) -> bool {
        self.words >= words && (self.finished || self.stops > 1) || self.words >= 3 * words
    }

    /// May it hold brackets? Those of Chinese, Japanese and Korean are not told apart from the letters.
    pub fn may_hold_brackets(&self) -> bool {
        const ASCII: u128 = 1 << b'(' | 1 << b'[' | 1 << b'<';
        self.held & ASCII != 0 || self.unspaced > 0
    }
}

/// Is this the end of a sentence? Full stops, question and exclamation marks and ellipses of many scripts.
pub fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '؟' | '۔' | '。' | '！' | '？' | '．' | '।' | '॥' | '։' | '።' | '‼' | '⁇' | '⁈' | '⁉')
}

/// Is a letter small, in a script that begins sentences with capitals? Unicode calls those of Georgian small, but sentences begin with them.
pub fn is_small(c: char) -> bool {
    c.is_lowercase() && !matches!(c, '\u{10d0}'..='\u{10ff}')
}

/// Does a text end with a question mark, closing quotes and brackets aside? Headlines do, too.
pub fn is_question(text: &str) -> bool {
    text.trim_end_matches(|c: char| is_closing(c) || c.is_whitespace()).ends_with(['?', '؟', '？'])
}

/// Does a text end with a full stop, closing quotes and brackets aside? Sentences do; labels, buttons and headlines do not, nor do those that trail
/// off ("Read more...") or end with initials ("5 p.m.").
pub fn ends_with_full_stop(text: &str) -> bool {
    let mut before = text.chars().rev().skip_while(|&c| may_close(c) || c.is_whitespace());
    match before.next() {
        Some('.') => before.next().is_some_and(|c| c != '.') && before.next().is_some_and(char::is_alphanumeric),
        last => last.is_some_and(|c| matches!(c, '۔' | '。' | '．' | '।' | '॥' | '։' | '።')),
    }
}

/// Does a text hold a full stop with more behind it? Headlines do not; a short word before the stop is an abbreviation ("St.", "Gov.").
pub fn holds_sentence(text: &str) -> bool {
    const LETTERS: usize = 4;
    let is_word = |text: &str| text.trim_end_matches(is_closing).chars().rev().take_while(|c| c.is_alphanumeric()).count() >= LETTERS;
    text.char_indices().any(|(at, c)| match c {
        '.' => text[at + 1..].starts_with(char::is_whitespace) && is_word(&text[..at]),
        '。' => !text[at..].chars().skip(1).all(is_closing),
        '۔' | '।' => text[at..].chars().skip(1).any(char::is_alphanumeric),
        _ => false,
    })
}

/// Is this a comma or semicolon?
pub fn is_comma(c: char) -> bool {
    matches!(c, ',' | '،' | '、' | '，' | ';' | '؛')
}

pub(crate) fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '}' | '”' | '’' | '»' | '›' | '」' | '』' | '）' | '】')
}

/// May a quotation end with it? German closes with `“` or `«`, which open elsewhere; behind a sentence they only close.
pub(super) fn may_close(c: char) -> bool {
    is_closing(c) || matches!(c, '“' | '‘' | '«' | '‹')
}

pub(super) fn is_bullet(c: char) -> bool {
    matches!(c, '•' | '·' | '-' | '–' | '—' | '*' | '▪' | '■' | '●' | '◦' | '►' | '▶' | '»' | '‣' | '○' | '✓' | '✔' | '→')
}

/// The bit of a character in [`Shape::held`]: one for all ASCII letters, one for each other printable ASCII character, the other bits shared
/// by blocks of 128 characters, so that scripts can be told apart.
#[inline]
pub fn char_bit(c: char) -> u128 {
    match c {
        'a'..='z' | 'A'..='Z' => LETTERS,
        _ if c.is_ascii() => 1 << c as u32,
        _ => 1 << block_bit(c as u32 >> 7),
    }
}

/// The bit of [`Shape::held`] for ASCII letters.
pub const LETTERS: u128 = 1 << b'a';

/// The bit of a block of 128 characters beyond ASCII. Texts of every script hold characters of two blocks, so these share theirs with none.
#[inline]
pub fn block_bit(block: u32) -> u32 {
    match block {
        LATIN_1 => OTHER_BITS - 1,
        PUNCTUATION => OTHER_BITS,
        _ => 1 + block % (OTHER_BITS - 2),
    }
}

/// The block of `é`, `«` and `©`.
const LATIN_1: u32 = 0x80 >> 7;
/// The block of curly quotation marks and long dashes.
const PUNCTUATION: u32 = 0x2000 >> 7;

/// The bits of the blocks from one to another.
pub fn block_bits(first: u32, last: u32) -> u128 {
    let own = [LATIN_1, PUNCTUATION].into_iter().filter(|block| (first..=last).contains(block));
    (first..=last).take(OTHER_BITS as usize).chain(own).fold(0, |bits, block| bits | 1 << block_bit(block))
}

/// Bits that no printable ASCII character uses, the first apart.
const OTHER_BITS: u32 = 31;

/// All those bits.
pub const OTHERS: u128 = (1 << (OTHER_BITS + 1)) - 2;

/// The bit of [`Shape::held`] that says its characters may compose to others in the folded text.
pub const UNCERTAIN: u128 = 1;

#[cfg(test)]
mod tests {
    use super::{OTHERS, block_bit, block_bits, ends_with_full_stop, holds_sentence};
    use crate::span::Span;
    use crate::text::token::tokenise;

    #[test]
    fn blocks_have_bits() {
        let bits = |first: char, last: char| block_bits(first as u32 >> 7, last as u32 >> 7);
        assert_eq!(bits('\u{80}', char::MAX), OTHERS);
        assert_eq!(bits('\u{80}', '\u{1fff}') | bits('\u{2080}', char::MAX), OTHERS & !bits('’', '’'));
        assert_eq!(bits('ا', 'ي'), 1 << block_bit('ا' as u32 >> 7));
        assert!(bits('가', '힣') & (bits('’', '’') | bits('é', 'é')) == 0);
    }

    #[test]
    fn shapes_know_sentences() {
        let shape = |text| tokenise(text, Span::of(text), &mut Vec::new());
        assert!(shape("قال: «لن نعود».").finished);
        assert!(shape("He said \"no.\"").finished);
        assert!(shape("Sie rief: „Nein.“").finished && shape("Sie rief: »Nein!«").finished && !shape("Mehr zu „Heimat“").finished);
        assert!(ends_with_full_stop("„Nein.“") && !ends_with_full_stop("„Nein“"));
        assert!(!shape("Most read").finished);
        assert!(shape("- item").bullet);
        assert_eq!(shape("one two 3").words, 3);
    }

    #[test]
    fn full_stops_are_told_from_dots() {
        for text in ["Then it rained.", "أوافق.", "«لن نعود».", "He said \"no.\"", "終わった。", "کوئی نہیں تھا۔", "In 1999."] {
            assert!(ends_with_full_stop(text), "{text}");
        }
        for text in ["Read more...", "Read more…", "5 p.m.", "How did you start?", "Most read", "", "."] {
            assert!(!ends_with_full_stop(text), "{text}");
        }
    }

    #[test]
    fn sentences_are_found_within() {
        for text in ["He wanted it back. (ANN)", "鐘樓關了。掃碼看更多", "وہ چلا گیا۔ مزید پڑھیں"] {
            assert!(holds_sentence(text), "{text}");
        }
        for text in ["Ferry timetable changes from Monday", "Gov. Hill signs the U.S. bill", "Then it rained.", "鐘樓關了。", "Price rises by 3.5 percent"]
        {
            assert!(!holds_sentence(text), "{text}");
        }
    }
}
