//! A text under the shipped rules keeps every promise, and its clean body stays as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use naqi::document::Format;
use naqi_fuzz::{SHIPPED, clean};

fuzz_target!(|text: &str| {
    let (_, article) = clean(&SHIPPED, text, Format::Text, None);
    let (_, again) = clean(&SHIPPED, &article.body, Format::Text, None);
    assert_eq!(again.body, article.body, "a clean body stays as it is");
});
