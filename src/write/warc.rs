//! Clean bodies as WARC conversion records, as the WET files of Common Crawl hold them (WARC 1.0).
//!
//! Nothing in them depends on when or where they are written: ids follow from the record's own, dates are those that it states.

use std::io;

use super::target::Target;
use crate::read::warc::Head;

/// What a conversion record says of its text.
pub struct Conversion<'a> {
    /// The name of the record that it was made from.
    pub id: &'a str,
    /// The page's address.
    pub url: Option<&'a str>,
    /// When it was fetched or published.
    pub date: Option<&'a str>,
}

/// The date of records that state none.
const NO_DATE: &str = "1970-01-01T00:00:00Z";

impl Conversion<'_> {
    /// Appends the record of a body.
    pub fn push(&self, out: &mut Vec<u8>, body: &str) {
        let url = self.url.map_or_else(|| format!("urn:naqi:{}", self.id), str::to_owned);
        let mut head = format!("WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: {}\r\n", plain(&url));
        head += &format!(
            "WARC-Date: {}\r\nWARC-Record-ID: <urn:uuid:{}>\r\n",
            self.date.and_then(utc).unwrap_or_else(|| NO_DATE.to_owned()),
            uuid(&format!("{} {url}", self.id))
        );
        if self.id.starts_with("urn:") {
            head += &format!("WARC-Refers-To: <{}>\r\n", plain(self.id));
        }
        head += &format!("Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n", body.len());
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(body.as_bytes());
        out.extend_from_slice(b"\r\n\r\n");
    }
}

/// An address whose spaces, control characters and characters beyond ASCII are escaped, as they must be in a head.
fn plain(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() { out.push(byte.into()) } else { out.push_str(&format!("%{byte:02X}")) }
    }
    out
}

/// A date, or date and time of day in UTC, as WARC writes it.
fn utc(date: &str) -> Option<String> {
    let shape: String = date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    match shape.as_str() {
        "0000-00-00" => Some(format!("{date}T00:00:00Z")),
        "0000-00-00T00:00:00Z" => Some(date.to_owned()),
        "0000-00-00T00:00:00" | "0000-00-00 00:00:00" => Some(format!("{}T{}Z", &date[..10], &date[11..])),
        _ => (shape.starts_with("0000-00-00T00:00:00.") && shape.ends_with('Z')).then(|| format!("{}Z", &date[..19])),
    }
}

/// A UUID (version 8) that follows from a name: its FNV-1a hash of 128 bits.
fn uuid(name: &str) -> String {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = name.bytes().fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    let hash = hash & !(0xf << 76) & !(0x3 << 62) | 0x8 << 76 | 0x2 << 62;
    let hex = format!("{hash:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Writes records so that each is a gzip member of its own where the file is compressed so, as readers of WARC expect.
pub(super) fn write_records(target: &mut Target, records: &[u8]) -> io::Result<()> {
    let mut rest = records;
    while let Some((head, start)) = Head::parse(rest) {
        let size = head.get("Content-Length").and_then(|size| size.parse::<usize>().ok()).unwrap_or_default();
        let (record, after) = rest.split_at((start + size + 4).min(rest.len()));
        target.write(record)?;
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_plain_and_depend_on_the_record_alone() {
        let mut out = Vec::new();
        Conversion { id: "urn:uuid:a", url: Some("http://x/ü\n"), date: Some("2024-05-06T07:08:09.123Z") }.push(&mut out, "b");
        let text = String::from_utf8(out).expect("UTF-8");
        let id = uuid("urn:uuid:a http://x/ü\n");
        assert_eq!(
            text,
            format!(
                "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: http://x/%C3%BC%0A\r\nWARC-Date: 2024-05-06T07:08:09Z\r\nWARC-Record-ID: <urn:uuid:{id}>\r\nWARC-Refers-To: <urn:uuid:a>\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nb\r\n\r\n"
            )
        );
        assert_eq!((id.len(), &id[14..15]), (36, "8"));
        assert_eq!(utc("6 May 2024"), None);
    }
}
