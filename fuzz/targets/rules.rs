//! A rule file is refused with places, or its rules clean a text and a page without breaking a promise.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use naqi::clean::Cleaner;
use naqi::document::Format;
use naqi::rules::Layers;
use naqi::rules::settings::Settings;
use naqi_fuzz::clean;

static SETTINGS: LazyLock<Settings> =
    LazyLock::new(|| Layers::bare().with_setting("model.enabled=false").build().expect("the shipped settings are right").settings);
const TEXT: &str =
    "Harbour reopens\n\nRead also: the ferry\nThe harbour opened again on Monday, and boats left by noon.\n\n© 2024 All rights reserved\nShare 12\n";
const PAGE: &str =
    "<title>Harbour</title><div class=share id=s>Share</div><p>The harbour opened again on Monday, <b>and boats</b> left by noon.<footer>© 2024</footer>";

fuzz_target!(|file: &str| {
    let layers = Layers::default().with_known_settings(&SETTINGS).with_text("fuzz.toml", file);
    match layers.build() {
        Err(errors) => assert!(!errors.to_string().is_empty(), "an error says something"),
        Ok(rules) => {
            let cleaner = Cleaner::rules_only(rules);
            clean(&cleaner, TEXT, Format::Text, None);
            clean(&cleaner, PAGE, Format::Html, Some("example.com"));
        }
    }
});
