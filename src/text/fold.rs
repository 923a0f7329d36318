//! Folds characters to the normalised view that rules, repeats and templates compare.
//!
//! In: a `char`. Out: its class (what part of a word it can be) and its folded form. All characters are a table of one `u32`
//! a character, built page by page on first use, so that a pass over text costs one load a character.
//! Folding is NFKC and lower case, then the letter variants that scrapers and keyboards mix up: Arabic tatweel, vowel marks,
//! hamza and alef forms, alef maqsura, ta marbuta, Persian and Urdu letters, digits of other scripts, dotless i.
//! Accents of Latin, Greek and Cyrillic letters stay: they tell words apart.

use std::sync::OnceLock;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};
use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory};

/// What a character is to the tokeniser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// White space and line ends.
    Space,
    /// Dropped from words without parting them (zero-width marks, vowel marks, tatweel).
    Ignored,
    /// Parts words and is no word.
    Punctuation,
    /// A word of its own: ©, ®, arrows, emoji.
    Symbol,
    /// A decimal digit.
    Digit,
    /// A letter of a script that writes no spaces: a word of its own.
    Unspaced,
    /// A combining mark that joins the letter before it.
    Mark,
    /// A letter of the Arabic script.
    Arabic,
    /// A letter of any other script.
    Letter,
}

const CLASSES: [Class; 9] =
    [Class::Space, Class::Ignored, Class::Punctuation, Class::Symbol, Class::Digit, Class::Unspaced, Class::Mark, Class::Arabic, Class::Letter];

/// A folded character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folded {
    /// What the character is.
    pub class: Class,
    /// The folded form; meaningless when `many`.
    pub to: char,
    /// The folded form has several characters, or depends on the neighbour: use [`fold_str`] for the whole word.
    pub many: bool,
    /// The character was an upper-case letter.
    pub upper: bool,
}

const MANY: u32 = 1 << 30;
const UPPER: u32 = 1 << 31;
const PAGE: usize = 256;

fn pack(folded: Folded) -> u32 {
    let many = if folded.many { MANY } else { 0 };
    let upper = if folded.upper { UPPER } else { 0 };
    folded.to as u32 | (folded.class as u32) << 24 | many | upper
}

fn unpack(entry: u32) -> Folded {
    Folded {
        class: CLASSES[(entry >> 24 & 0x0f) as usize],
        to: char::from_u32(entry & 0x1f_ffff).unwrap_or(' '),
        many: entry & MANY != 0,
        upper: entry & UPPER != 0,
    }
}

const PAGES_OF_ALL: usize = (char::MAX as usize + 1) / PAGE;
static PAGES: [OnceLock<Box<[u32; PAGE]>>; PAGES_OF_ALL] = [const { OnceLock::new() }; PAGES_OF_ALL];

/// The class and folded form of a character.
#[inline]
pub fn fold(c: char) -> Folded {
    let code = c as usize;
    let page = PAGES[code / PAGE].get_or_init(|| build_page(code / PAGE));
    unpack(page[code % PAGE])
}

#[cold]
fn build_page(page: usize) -> Box<[u32; PAGE]> {
    let mut entries = Box::new([0; PAGE]);
    for (low, entry) in entries.iter_mut().enumerate() {
        let c = char::from_u32((page * PAGE + low) as u32).unwrap_or(char::REPLACEMENT_CHARACTER);
        *entry = pack(compute(c));
    }
    entries
}

/// The whole folded form of a text, for the rare words that cannot be folded a character at a time.
pub fn fold_str(text: &str) -> String {
    text.chars().map(plain_symbol).nfkc().flat_map(char::to_lowercase).nfkc().filter(|&c| !is_ignored(c) && c != '\u{307}').map(fold_letter).collect()
}

/// NFKC would make a letter of the circled one that stands for the copyright sign.
fn plain_symbol(c: char) -> char {
    if matches!(c, 'ⓒ' | 'Ⓒ') { '©' } else { c }
}

/// The class of Chinese characters and Korean syllables.
fn steady(c: char) -> Option<Class> {
    match c {
        '\u{4e00}'..='\u{9fff}' => Some(Class::Unspaced),
        '\u{ac00}'..='\u{d7a3}' => Some(Class::Letter),
        _ => None,
    }
}

fn compute(c: char) -> Folded {
    // Scripts of thousands of characters that fold to themselves: a text meets a few of each page.
    if let Some(class) = steady(c) {
        return Folded { class, to: c, many: false, upper: false };
    }
    let class = classify(c);
    let upper = c.is_uppercase();
    if matches!(class, Class::Space | Class::Ignored) {
        return Folded { class, to: ' ', many: false, upper: false };
    }
    if let Some(to) = fold_alone(c) {
        return Folded { class, to, many: false, upper };
    }
    let combining = ('\u{300}'..='\u{36f}').contains(&c);
    let form = fold_str(c.encode_utf8(&mut [0; 4]));
    let mut chars = form.chars();
    match (chars.next(), chars.next()) {
        (Some(to), None) if !combining => Folded { class, to, many: false, upper },
        (None, _) if !combining => Folded { class: Class::Ignored, to: ' ', many: false, upper },
        _ => Folded { class, to: c, many: true, upper },
    }
}

/// The folded form of a character that NFKC surely leaves as it is, as it does nearly all: a tenth of the work of folding a text.
fn fold_alone(c: char) -> Option<char> {
    let stays = |c: char| is_nfkc_quick(std::iter::once(c)) == IsNormalized::Yes;
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(small), None) if stays(c) && stays(small) && plain_symbol(c) == c => Some(fold_letter(small)),
        _ => None,
    }
}

fn classify(c: char) -> Class {
    if is_ignored(c) {
        return Class::Ignored;
    }
    if c.is_whitespace() || c.is_control() {
        return Class::Space;
    }
    if is_unspaced(c) {
        return Class::Unspaced;
    }
    match c.general_category() {
        // Letters by their category, apostrophes by their use ("ім'я", "o'zbek").
        _ if matches!(c, 'ʻ' | 'ʼ') => Class::Punctuation,
        Category::DecimalNumber => Class::Digit,
        Category::NonspacingMark | Category::SpacingMark | Category::EnclosingMark => Class::Mark,
        Category::OtherSymbol | Category::CurrencySymbol => Class::Symbol,
        _ if !c.is_alphanumeric() => Class::Punctuation,
        _ if is_arabic(c) => Class::Arabic,
        _ => Class::Letter,
    }
}

fn is_arabic(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{8a0}'..='\u{8ff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
}

/// Scripts written without spaces: Han, kana, Thai, Lao, Khmer, Burmese.
fn is_unspaced(c: char) -> bool {
    let letter = matches!(c, '\u{0e01}'..='\u{0edf}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17d3}' | '\u{3041}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9d}' | '\u{20000}'..='\u{3ffff}' | '々' | '〆');
    letter && c != '・' && c.general_category() != Category::DecimalNumber && c != '฿'
}

/// Zero-width and bidi marks, soft hyphen, variation selectors, tatweel, Arabic and Hebrew vowel marks, lone hamza.
fn is_ignored(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}'
        | '\u{6df}'..='\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{610}'..='\u{61a}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'
        | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}' | 'ء')
}

fn fold_letter(c: char) -> char {
    match c {
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ی' | 'ې' | 'ۍ' | 'ئ' | 'ے' => 'ي',
        'ة' | 'ۀ' | 'ە' | 'ہ' | 'ۂ' | 'ۃ' | 'ھ' => 'ه',
        'ک' | 'ڪ' => 'ك',
        'ؤ' => 'و',
        'ı' => 'i',
        'ς' => 'σ',
        'ё' => 'е',
        '‘' | '’' | '‚' | '‛' | '′' | 'ʻ' | 'ʼ' | '`' | '´' => '\'',
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '「' | '」' | '『' | '』' | '〝' | '〞' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹣' => '-',
        _ => fold_digit(c),
    }
}

/// Digits of other scripts become ASCII digits. Those of a script stand side by side, so a digit is worth as many as stand before it.
fn fold_digit(c: char) -> char {
    let is_digit = |code: u32| char::from_u32(code).is_some_and(|c| c.general_category() == Category::DecimalNumber);
    if c.is_ascii() || !is_digit(c as u32) {
        return c;
    }
    let before = (1..10).take_while(|&step| is_digit(c as u32 - step)).count();
    char::from_digit(before as u32, 10).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_variants_meet() {
        for (a, b) in [("إقرأ أيضاً", "اقرا ايضا"), ("المكتبـــة", "المكتبه"), ("علی", "على"), ("ﻻ", "لا"), ("۱۴۰۳", "1403"), ("İLKHA", "ilkha")]
        {
            assert_eq!(fold_str(a), fold_str(b), "{a} and {b}");
        }
    }

    #[test]
    fn digits_of_every_script_are_ascii() {
        let digits = ('\0'..=char::MAX).filter(|c| c.general_category() == Category::DecimalNumber);
        assert!(digits.map(|c| fold(c).to).all(|to| to.is_ascii_digit()));
        for text in ["٠١٢٣٤٥٦٧٨٩", "෦෧෨෩෪෫෬෭෮෯", "᭐᭑᭒᭓᭔᭕᭖᭗᭘᭙", "𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡"] {
            assert_eq!(fold_str(text), "0123456789", "{text}");
        }
    }

    #[test]
    fn the_table_agrees_with_the_whole_word() {
        for c in ('\u{20}'..'\u{3000}').filter(|&c| !fold(c).many && !matches!(fold(c).class, Class::Space | Class::Ignored)) {
            assert_eq!(fold(c).to.to_string(), fold_str(&c.to_string()), "{c:?}");
        }
        for (c, class) in ('\0'..=char::MAX).filter_map(|c| Some((c, steady(c)?))) {
            assert_eq!((class, fold_alone(c)), (classify(c), Some(c)), "{c:?}");
        }
    }
}
