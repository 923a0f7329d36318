//! Bytes to text in any encoding.
//!
//! In: bytes, whether they are HTML, and perhaps an encoding that the user forces. Out: text and how it was decoded. The order
//! of belief: forced encoding, byte order mark, the page's own declaration, valid UTF-8, detection over all bytes (chardetng, and
//! the pattern of zero bytes for UTF-16 without a mark). Nothing is dropped: what cannot be decoded becomes U+FFFD and
//! is counted, and bytes that are no text in any encoding are refused.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::document::Format;
use crate::record::Decoding;

/// Text and how it was decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// How it was decoded.
    pub decoding: Decoding,
}

/// Share of a text's characters that may be undecodable or control characters before it counts as no text.
const MOST_BROKEN: f64 = 0.1;
/// How far into a page its declaration is looked for; browsers read 1,024 bytes, many pages declare later.
const DECLARATION_BYTES: usize = 8192;

/// Decodes bytes, or says why they are no text.
pub fn decode(bytes: &[u8], format: Format, forced: Option<&'static Encoding>) -> Result<Decoded, String> {
    decode_stated(bytes, format, forced, None)
}

/// Decodes bytes whose transport states an encoding, as HTTP does; it is believed before the page's own declaration, as browsers do,
/// and like that one not against bytes that are UTF-8.
pub fn decode_stated(bytes: &[u8], format: Format, forced: Option<&'static Encoding>, stated: Option<&'static Encoding>) -> Result<Decoded, String> {
    let marked = Encoding::for_bom(bytes);
    let encoding = match (forced, marked) {
        (Some(forced), _) => forced,
        (None, Some((marked, _))) => marked,
        (None, None) => find_encoding(bytes, format, stated),
    };
    let mark = marked.filter(|&(marked, _)| marked == encoding).map_or(0, |(_, len)| len);
    let (text, broken) = encoding.decode_without_bom_handling(&bytes[mark..]);
    let replaced = if broken { text.matches('\u{fffd}').count() } else { 0 };
    refuse_binary(&text, replaced, encoding)?;
    Ok(Decoded { text: text.into_owned(), decoding: Decoding { encoding: encoding.name(), mark: mark > 0, replaced } })
}

/// The bytes that decode to `text`, as far as the encoding can write it.
pub fn encode(text: &str, decoding: &Decoding) -> Vec<u8> {
    let encoding = Encoding::for_label(decoding.encoding.as_bytes()).unwrap_or(UTF_8);
    let mark = if decoding.mark { "\u{feff}" } else { "" };
    if encoding == UTF_16LE {
        return mark.encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    }
    if encoding == UTF_16BE {
        return mark.encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    }
    let (bytes, _, _): (Cow<[u8]>, _, _) = encoding.encode(text);
    let mut out = mark.as_bytes().to_vec();
    out.extend_from_slice(&bytes);
    out
}

/// The encoding of a name that a user typed.
pub fn encoding_named(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.trim().as_bytes())
}

fn find_encoding(bytes: &[u8], format: Format, stated: Option<&'static Encoding>) -> &'static Encoding {
    let valid = || simdutf8::basic::from_utf8(bytes).is_ok();
    // Servers state UTF-8 or their default for pages of every encoding.
    if let Some(stated) = stated.filter(|&stated| bytes.is_ascii() || valid() == (stated == UTF_8)) {
        return stated;
    }
    // A page that says it is something else but is valid UTF-8 beyond ASCII was saved again by the scraper.
    if format == Format::Html
        && let Some(declared) = declared_encoding(bytes).filter(|&declared| declared == UTF_8 || bytes.is_ascii() || !valid())
    {
        return declared;
    }
    if let Some(wide) = wide_encoding(bytes) {
        return wide;
    }
    if simdutf8::basic::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Allow);
    if mostly_utf8(bytes) { UTF_8 } else { guess }
}

/// UTF-8 with a few broken places, as truncated or glued dumps have them.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (mut broken, mut beyond_ascii) = (0, 0);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        if c == '\u{fffd}' { broken += 1 } else { beyond_ascii += 1 }
    }
    broken * 20 <= beyond_ascii
}

/// `<meta charset=...>`, `<meta http-equiv ... charset=...>` or `<?xml encoding=...?>` near the start of a page.
fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes[..bytes.len().min(DECLARATION_BYTES)].to_ascii_lowercase();
    let label_behind = |word: &[u8]| {
        memchr::memmem::find_iter(&head, word).find_map(|at| {
            let rest = head[at + word.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
            let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
            let end = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':'))).unwrap_or(rest.len());
            Encoding::for_label(&rest[..end])
        })
    };
    let declared = label_behind(b"charset").or_else(|| if head.starts_with(b"<?xml") { label_behind(b"encoding") } else { None });
    // A page whose ASCII declaration can be read is not UTF-16, whatever it says (WHATWG).
    declared.map(|encoding| if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

/// UTF-16 without a mark: zero bytes on one side of many pairs, hardly any on the other.
fn wide_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    if bytes.len() < 4 || bytes.len() % 2 == 1 {
        return None;
    }
    let zeros = |first: usize| bytes.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let pairs = bytes.len() / 2;
    match (zeros(0), zeros(1)) {
        (0, low) if low * 10 > pairs => Some(UTF_16LE),
        (high, 0) if high * 10 > pairs => Some(UTF_16BE),
        _ => None,
    }
}

fn refuse_binary(text: &str, replaced: usize, encoding: &'static Encoding) -> Result<(), String> {
    let control = text.bytes().filter(|byte| matches!(byte, 0..=8 | 14..=31 | 127)).count();
    if (replaced + control) as f64 > MOST_BROKEN * text.chars().count().max(1) as f64 {
        return Err(format!(
            "no encoding fits these bytes (best guess {}: {replaced} undecodable and {control} control characters); if they are text, name their encoding with --encoding",
            encoding.name()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARABIC: &str = "أعلنت وزارة التعليم اليوم أن العام الدراسي الجديد يبدأ في موعده، وقالت إن المدارس جاهزة لاستقبال الطلاب.";

    #[test]
    fn legacy_encodings_are_found_and_written_back() {
        let russian = "Министерство сообщило, что учебный год начнётся вовремя и все школы готовы принять учеников.";
        for (label, text) in [
            ("windows-1256", ARABIC),
            ("iso-8859-6", ARABIC),
            ("windows-1251", russian),
            ("koi8-r", russian),
            ("shift_jis", "文部科学省は新学期が予定通り始まると発表した。学校は準備ができているという。"),
            ("gbk", "教育部今天宣布新学年将按时开始，各学校已经做好迎接学生的准备。"),
            ("euc-kr", "교육부는 새 학년이 예정대로 시작된다고 오늘 발표했다. 학교는 준비가 되어 있다고 밝혔다."),
            ("windows-1254", "Eğitim Bakanlığı yeni öğretim yılının zamanında başlayacağını ve okulların hazır olduğunu açıkladı."),
            ("windows-1252", "Le ministère a annoncé que la rentrée aurait lieu à la date prévue et que les écoles étaient prêtes."),
        ] {
            let encoding = encoding_named(label).expect(label);
            let (bytes, _, lossy) = encoding.encode(text);
            assert!(!lossy, "{label}");
            let found = decode(&bytes, Format::Text, None).expect(label);
            assert_eq!(found.text, text, "{label} read as {}", found.decoding.encoding);
            assert_eq!(encode(&found.text, &found.decoding), bytes.as_ref(), "{label}");
        }
    }

    #[test]
    fn wide_encodings_with_and_without_mark() {
        for mark in [true, false] {
            for encoding in ["UTF-16LE", "UTF-16BE"] {
                let text = "Plain words, and أخبار.";
                let bytes = encode(text, &Decoding { encoding, mark, replaced: 0 });
                let found = decode(&bytes, Format::Text, None).expect("text");
                assert_eq!((found.text.as_str(), found.decoding.encoding, found.decoding.mark), (text, encoding, mark));
            }
        }
    }

    #[test]
    fn a_page_is_believed_and_noise_is_refused() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1256.encode("<meta http-equiv=Content-Type content='text/html; charset=windows-1256'><p>خبر");
        assert_eq!(decode(&bytes, Format::Html, None).expect("page").decoding.encoding, "windows-1256");
        let noise: Vec<u8> = (0..2000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert!(decode(&noise, Format::Text, None).is_err());
    }
}
