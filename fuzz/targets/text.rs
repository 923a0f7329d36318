//! A text under the shipped rules keeps every promise; with rules and repeats alone a clean body stays as it is.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use naqi::clean::Cleaner;
use naqi::document::Format;
use naqi::rules::Layers;
use naqi_fuzz::{SHIPPED, clean};

/// Without the detectors that weigh a text as a whole, for which the promise holds in nearly all cases only.
static STEADY: LazyLock<Cleaner> = LazyLock::new(|| {
    let settings = ["model.enabled=false", "teaser.enabled=false", "structure.enabled=false", "page.enabled=false"];
    let layers = settings.iter().fold(Layers::shipped(), |layers, setting| layers.with_setting(setting));
    Cleaner::new(layers.build().expect("the settings are right"))
});

fuzz_target!(|text: &str| {
    clean(&SHIPPED, text, Format::Text, None);
    let (_, article) = clean(&STEADY, text, Format::Text, None);
    let (_, again) = clean(&STEADY, &article.body, Format::Text, None);
    assert_eq!(again.body, article.body, "a clean body stays as it is");
});
