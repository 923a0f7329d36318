//! Bytes in any encoding: text or a reason, and bytes again where nothing was lost.
#![no_main]

use libfuzzer_sys::fuzz_target;
use naqi::decode::{decode, encode, encoding_named};
use naqi::document::Format;

const FORCED: &[&str] = &["windows-1256", "gbk", "shift_jis", "utf-16le", "iso-2022-jp", "utf-8", "big5", "euc-kr"];

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let format = if first & 1 == 0 { Format::Text } else { Format::Html };
    let forced = if first & 2 == 0 { None } else { encoding_named(FORCED[usize::from(first >> 2) % FORCED.len()]) };
    let Ok(decoded) = decode(rest, format, forced) else { return };
    let lossless = decoded.decoding.replaced == 0 && !decoded.text.contains('\u{fffd}');
    if lossless && decoded.decoding.encoding == "UTF-8" {
        assert_eq!(encode(&decoded.text, &decoded.decoding), rest, "UTF-8 comes back");
    }
    if let Ok(text) = std::str::from_utf8(rest)
        && format == Format::Text
        && forced.is_none()
        && decoded.decoding.encoding == "UTF-8"
    {
        assert_eq!(decoded.text, text.strip_prefix('\u{feff}').unwrap_or(text), "UTF-8 is read as it stands, but for one mark");
    }
});
