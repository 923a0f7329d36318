//! A page under the shipped rules keeps every promise; under tight limits too.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use naqi::clean::Cleaner;
use naqi::document::Format;
use naqi::rules::Layers;
use naqi_fuzz::{SHIPPED, clean};

/// The deepest element of a tight page; the tree builder may add a few that no tag asked for.
const DEPTH: u16 = 16;

static TIGHT: LazyLock<Cleaner> = LazyLock::new(|| {
    let settings = ["limits.html-depth=16", "limits.html-nodes=60", "limits.html-attributes=3", "limits.html-attribute-bytes=8", "limits.blocks=12"];
    let layers = settings.iter().fold(Layers::bare(), |layers, setting| layers.with_setting(setting));
    Cleaner::new(layers.build().expect("the settings are right"))
});

fuzz_target!(|page: &str| {
    clean(&SHIPPED, page, Format::Html, None);
    let (document, _) = clean(&TIGHT, page, Format::Html, None);
    let deepest = document.outline.elements.iter().map(|element| element.depth).max().unwrap_or(0);
    assert!(deepest <= 2 * DEPTH, "the depth is bounded: {deepest}");
});
