//! One line of a JSON Lines dump: which key holds the text, and everything else left exactly as it stands.
//!
//! In: a line of bytes. Out: [`JsonRecord`], whose keys other than the content stay raw JSON, so that numbers, escapes and order pass
//! through untouched, and parsing costs little. Lone surrogates, which scrapers write, become U+FFFD and are counted.

use std::borrow::Cow;
use std::fmt;
use std::io;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;
use serde_json::value::RawValue;

/// Names of the keys that naqi reads.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The text.
    pub text: String,
    /// The page; read when there is one, whatever the text key holds.
    pub html: String,
    /// The record's name.
    pub id: String,
    /// The page's address.
    pub url: String,
}

impl Default for Keys {
    fn default() -> Self {
        let [text, html, id, url] = ["text", "html", "id", "url"].map(str::to_owned);
        Keys { text, html, id, url }
    }
}

/// A JSON object in the order of its keys.
#[derive(Debug)]
pub struct JsonRecord<'a> {
    /// Keys and raw values.
    pub fields: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'de> Deserialize<'de> for JsonRecord<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = JsonRecord<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(8);
                while let Some(Key(key)) = map.next_key()? {
                    fields.push((key, map.next_value()?));
                }
                Ok(JsonRecord { fields })
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// A key, borrowed from the line where it holds no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: de::Error>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// A JSON string that may hold lone surrogates.
struct Loose {
    text: String,
    replaced: usize,
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LooseVisitor;
        impl Visitor<'_> for LooseVisitor {
            type Value = Loose;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Loose, E> {
                match std::str::from_utf8(bytes) {
                    Ok(text) => Ok(Loose { text: text.to_owned(), replaced: 0 }),
                    Err(_) => Ok(replace_surrogates(bytes)),
                }
            }
        }
        deserializer.deserialize_bytes(LooseVisitor)
    }
}

/// Three bytes of a lone surrogate each become one U+FFFD.
fn replace_surrogates(bytes: &[u8]) -> Loose {
    let mut text = String::with_capacity(bytes.len());
    let mut replaced = 0;
    let mut rest = bytes;
    while !rest.is_empty() {
        match std::str::from_utf8(rest) {
            Ok(good) => {
                text.push_str(good);
                break;
            }
            Err(error) => {
                let (good, bad) = rest.split_at(error.valid_up_to());
                text.push_str(&String::from_utf8_lossy(good));
                text.push('\u{fffd}');
                replaced += 1;
                rest = &bad[bad.len().min(3)..];
            }
        }
    }
    Loose { text, replaced }
}

impl<'a> JsonRecord<'a> {
    /// Parses a line, or says what is wrong with it.
    pub fn parse(line: &'a str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| format!("not a JSON object on one line: {error}"))
    }

    /// The records of lines that naqi wrote itself.
    pub fn all(lines: &'a [u8]) -> io::Result<Vec<Self>> {
        let lines = std::str::from_utf8(lines).map_err(io::Error::other)?;
        lines.lines().map(|line| Self::parse(line).map_err(io::Error::other)).collect()
    }

    /// The fields that are not `held` elsewhere, as one JSON object.
    pub fn rest(&self, held: impl Fn(&str, &str) -> bool) -> Option<String> {
        let fields = self.fields.iter().filter(|(key, raw)| !held(key, raw.get()));
        let fields: Vec<String> = fields.map(|(key, raw)| format!("{}:{raw}", Value::from(key.as_ref()))).collect();
        (!fields.is_empty()).then(|| format!("{{{}}}", fields.join(",")))
    }

    /// The raw value of a key.
    pub fn raw(&self, key: &str) -> Option<&'a RawValue> {
        self.fields.iter().find(|(name, _)| name == key).map(|&(_, value)| value)
    }

    /// A key's string; `None` when it is missing, `null`, or no string.
    pub fn string(&self, key: &str) -> Option<String> {
        self.content(key).map(|(text, _)| text)
    }

    /// A key's string and its count of lone surrogates.
    pub fn content(&self, key: &str) -> Option<(String, usize)> {
        let raw = self.raw(key)?.get();
        if !raw.starts_with('"') {
            return None;
        }
        // Nearly every string is a good one; only the way around takes lone surrogates.
        let good: Result<String, _> = serde_json::from_str(raw);
        good.ok().map(|text| (text, 0)).or_else(|| {
            let loose: Loose = serde_json::from_str(raw).ok()?;
            Some((loose.text, loose.replaced))
        })
    }

    /// The record's name: its string, or any other value as JSON.
    pub fn name(&self, key: &str) -> Option<String> {
        self.string(key).or_else(|| self.raw(key).map(|raw| raw.get().to_owned()).filter(|raw| raw != "null"))
    }
}

/// The host name of an address.
pub fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or_else(|| url.strip_prefix("//"), |(_, rest)| Some(rest))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
    (!host.is_empty()).then(|| host.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_values_stay_raw_and_surrogates_are_counted() {
        let line = r#"{"id": 7, "x": 1.50, "text": "a\ud800b\u0041", "none": null}"#;
        let record = JsonRecord::parse(line).expect("parses");
        assert_eq!(record.raw("x").map(RawValue::get), Some("1.50"));
        assert_eq!(record.content("text"), Some(("a\u{fffd}bA".into(), 1)));
        assert_eq!(record.name("id").as_deref(), Some("7"));
        assert_eq!(record.string("none"), None);
        assert!(JsonRecord::parse("{\"a\":").is_err());
    }

    #[test]
    fn hosts_of_addresses() {
        assert_eq!(host_of("https://user@News.Example.com:8080/a?b"), Some("news.example.com".into()));
        assert_eq!(host_of("no address"), None);
    }
}
