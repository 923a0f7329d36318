//! The JSON Schema of rule files, by which editors complete and check them.
//!
//! Out: the schema's text, made from the types in [`file`](super::file) and their comments, so that it cannot say anything else than
//! what the reader accepts. `rules/rules.schema.json` is this text; a test holds it in step.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::RecursiveTransform;
use schemars::{Schema, json_schema};
use serde_json::Value;

use super::file::{BACK_WORDS, RuleFile, UNTIL_WORDS};

/// The schema as JSON. Draft 7, which every editor knows.
pub fn schema() -> String {
    let settings = SchemaSettings::draft07().with_transform(RecursiveTransform(join_lines));
    let schema = settings.into_generator().into_root_schema_for::<RuleFile>();
    format!("{:#}\n", schema.as_value())
}

/// Comments break lines where the code is full; a description is one paragraph.
fn join_lines(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}

pub(super) fn until_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [{"enum": UNTIL_WORDS}, {"type": "integer", "minimum": 0}]})
}

pub(super) fn back_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [{"enum": BACK_WORDS}, {"type": "integer", "minimum": 0}]})
}
