//! An HTTP response as a crawler stored it: head and body, the body's transfer and content encodings undone.
//!
//! Crawlers store bodies as they came, or decoded with the head left as it was; a body that is not what its head says is taken as it stands.

use std::borrow::Cow;
use std::io::{self, Read};

use super::warc::Head;

/// A response, its body decoded.
#[derive(Debug)]
pub struct Response<'a> {
    /// The status code.
    pub status: u16,
    /// The media type in lower case, without its parameters.
    pub media: Option<String>,
    /// The charset that the head states.
    pub charset: Option<String>,
    /// The body.
    pub body: Cow<'a, [u8]>,
}

/// A media type and its charset, from the value of a Content-Type line.
pub fn content_type(value: &str) -> (String, Option<String>) {
    let mut parts = value.split(';');
    let media = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let charset = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    (media, charset.map(|(_, label)| label.trim().trim_matches(['"', '\'']).to_owned()).filter(|label| !label.is_empty()))
}

/// Reads a response; `limit` is the most bytes that its body may have.
pub fn response(bytes: &[u8], limit: u64) -> Result<Response<'_>, String> {
    let (head, start) = Head::parse(bytes).ok_or("the HTTP response has no head")?;
    let status = head.first.split_ascii_whitespace().nth(1).and_then(|code| code.parse().ok()).ok_or("the HTTP response has no status line")?;
    let mut body = Cow::Borrowed(&bytes[start..]);
    let chunked = head.get("Transfer-Encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
    if chunked && let Some(whole) = unchunked(&body) {
        body = Cow::Owned(whole);
    }
    // The encodings were applied in the order in which they are named.
    for encoding in head.get("Content-Encoding").unwrap_or_default().rsplit(',') {
        if let Some(decoded) = decoded(&encoding.trim().to_ascii_lowercase(), &body, limit)? {
            body = Cow::Owned(decoded);
        }
    }
    let (media, charset) = head.get("Content-Type").map_or((None, None), |value| {
        let (media, charset) = content_type(value);
        (Some(media).filter(|media| !media.is_empty()), charset)
    });
    Ok(Response { status, media, charset, body })
}

/// The chunks of a body put together; `None` when it does not come in chunks. A body that breaks off keeps what came.
fn unchunked(body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        let Some(end) = memchr::memchr(b'\n', rest) else { return (!whole.is_empty()).then_some(whole) };
        let size = rest[..end].split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let size = std::str::from_utf8(size).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size) = size else { return (!whole.is_empty()).then_some(whole) };
        if size == 0 {
            return Some(whole);
        }
        rest = &rest[end + 1..];
        whole.extend_from_slice(&rest[..size.min(rest.len())]);
        rest = rest.get(size..).unwrap_or_default();
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest);
        if rest.is_empty() {
            return Some(whole);
        }
    }
}

/// A body with one content encoding undone; `None` when it has none, or not the one it states.
fn decoded(encoding: &str, body: &[u8], limit: u64) -> Result<Option<Vec<u8>>, String> {
    let reader: Box<dyn Read + '_> = match encoding {
        "gzip" | "x-gzip" if body.starts_with(&[0x1f, 0x8b]) => Box::new(flate2::bufread::MultiGzDecoder::new(body)),
        "deflate" if body.len() > 1 && body[0] & 0x0f == 8 && u16::from_be_bytes([body[0], body[1]]).is_multiple_of(31) => {
            Box::new(flate2::bufread::ZlibDecoder::new(body))
        }
        "deflate" => Box::new(flate2::bufread::DeflateDecoder::new(body)),
        "br" => Box::new(brotli_decompressor::Decompressor::new(body, 1 << 14)),
        "zstd" if body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) => Box::new(zstd::Decoder::with_buffer(body).map_err(|error| error.to_string())?),
        _ => return Ok(None),
    };
    let mut whole = Vec::new();
    let read = reader.take(limit + 1).read_to_end(&mut whole);
    if whole.len() as u64 > limit {
        return Err(format!("the HTTP body decompresses to more than clean.max-record-bytes = {limit}; raise it to read such records"));
    }
    match read {
        Ok(_) => Ok(Some(whole)),
        // A body that breaks off keeps what came; one that was never encoded stays as it is.
        Err(error) if !whole.is_empty() && error.kind() == io::ErrorKind::UnexpectedEof => Ok(Some(whole)),
        Err(_) if whole.is_empty() || matches!(encoding, "br" | "deflate") => Ok(None),
        Err(error) => Err(format!("the HTTP body cannot be decompressed ({encoding}): {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn encodings_are_undone() {
        let text = b"<p>Plain words".as_slice();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text).expect("packed");
        let gzip = gzip.finish().expect("packed");
        let chunked =
            [format!("{:x}\r\n", 5).as_bytes(), &gzip[..5], format!("\r\n{:X};x=y\r\n", gzip.len() - 5).as_bytes(), &gzip[5..], b"\r\n0\r\n\r\n"].concat();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; charset=\"windows-1256\"\r\n";
        for (more, body) in [
            ("", text.to_vec()),
            ("Content-Encoding: gzip\r\n", gzip),
            ("content-encoding: GZIP\r\nTransfer-Encoding: chunked\r\n", chunked),
            // Decoded by the crawler, head left as it was.
            ("Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n", text.to_vec()),
        ] {
            let bytes = [head.as_bytes(), more.as_bytes(), b"\r\n", &body].concat();
            let found = response(&bytes, 1000).expect("a response");
            assert_eq!((found.status, found.media.as_deref(), found.charset.as_deref()), (200, Some("text/html"), Some("windows-1256")));
            assert_eq!(found.body.as_ref(), text, "{more}");
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&vec![0; 1 << 20]).expect("packed");
        let bytes = [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".as_slice(), &gzip.finish().expect("packed")].concat();
        assert!(response(&bytes, 1000).expect_err("too large").contains("max-record-bytes"));
    }
}
