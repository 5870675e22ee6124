//! The reference page and the JSON Schema of stages, made from the table.

use std::fmt::Write;

use super::field::Kind;
use super::table::{FieldInfo, STAGES, StageInfo};

/// The rows of the stages for docs/stages.md.
pub fn page_table() -> String {
    let mut page = String::from(
        "| id | stage | payload | loops | ducks | what |\n|---|---|---|---|---|---|\n",
    );
    for info in STAGES {
        let aliases = info.aliases.iter().map(|(alias, id)| match id {
            0 => format!(" (also `{alias}`)"),
            id => format!(" (also `{alias}`, {id:04X})"),
        });
        let aliases: String = aliases.collect();
        let fields: Vec<String> = info.fields.iter().map(field_text).collect();
        let fields = match fields.join("; ") {
            none if none.is_empty() => "–".to_owned(),
            some => some,
        };
        let mark = |on: bool| if on { "yes" } else { "–" };
        let plus = if info.id.0 == super::table::CUSTOM {
            "+"
        } else {
            ""
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            page,
            "| {}{plus} | `{}`{aliases} | {fields} | {} | {} | {} |",
            info.id,
            info.name,
            mark(info.loops),
            mark(info.ducks),
            info.about
        );
    }
    page
}

fn field_text(field: &FieldInfo) -> String {
    let optional = if field.optional { "?" } else { "" };
    let kind = match field.kind {
        Kind::Bool => "yes or no".to_owned(),
        Kind::Int { min, max } if max == i64::MAX => format!("minor units from {min}"),
        Kind::Int { min, max } => format!("{min}–{max}"),
        Kind::Number { min, max } => format!("number {min}–{max}"),
        Kind::Text { max } => format!("text, {max} characters"),
        Kind::Word(words) => words.join(", "),
        Kind::WordOrCustom(_) => "a feature".to_owned(),
        Kind::Ints { max, most, .. } => format!("up to {most} of 0–{max}"),
    };
    format!("`{}`{optional} {kind}", field.name)
}

/// The JSON Schema of one stage: `{"type": "reel_stop", "reel": 2, "symbols": [1]}`.
pub fn schema() -> String {
    let rows: Vec<String> = STAGES.iter().map(stage_schema).collect();
    format!(
        "{{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": \"Segue stage\",\n  \"oneOf\": [\n{}\n  ]\n}}\n",
        rows.join(",\n")
    )
}

fn stage_schema(info: &StageInfo) -> String {
    let aliases = info.aliases.iter().map(|(alias, _)| *alias);
    let names: Vec<String> = std::iter::once(info.name)
        .chain(aliases)
        .map(|name| format!("\"{name}\""))
        .collect();
    let mut properties = vec![format!("\"type\": {{\"enum\": [{}]}}", names.join(", "))];
    let fields = info.fields.iter();
    properties.extend(fields.map(|field| format!("\"{}\": {}", field.name, kind_schema(field))));
    let required = info.fields.iter().filter(|field| !field.optional);
    let required: Vec<String> = std::iter::once("\"type\"".to_owned())
        .chain(required.map(|field| format!("\"{}\"", field.name)))
        .collect();
    format!(
        "    {{\"title\": \"{}\", \"type\": \"object\", \"properties\": {{{}}}, \"required\": [{}]}}",
        info.about,
        properties.join(", "),
        required.join(", ")
    )
}

fn kind_schema(field: &FieldInfo) -> String {
    let words = |words: &[&str]| {
        let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        quoted.join(", ")
    };
    let plain = match field.kind {
        Kind::Bool => "{\"type\": \"boolean\"}".to_owned(),
        Kind::Int { min, max } => {
            format!("{{\"type\": \"integer\", \"minimum\": {min}, \"maximum\": {max}}}")
        }
        Kind::Number { min, max } => {
            format!("{{\"type\": \"number\", \"minimum\": {min}, \"maximum\": {max}}}")
        }
        // Control characters one by one: not every language's patterns know their class, and `$` is the very
        // end only in some.
        Kind::Text { max } => format!(
            "{{\"type\": \"string\", \"maxLength\": {max}, \"not\": {{\"pattern\": \"[\\\\u0000-\\\\u001f\\\\u007f-\\\\u009f]\"}}}}"
        ),
        Kind::Word(list) => format!("{{\"enum\": [{}]}}", words(list)),
        Kind::WordOrCustom(list) => format!(
            "{{\"anyOf\": [{{\"enum\": [{}]}}, {{\"type\": \"string\", \"pattern\": \"^custom:(0|[1-9][0-9]{{0,8}})$\"}}]}}",
            words(list)
        ),
        Kind::Ints { min, max, most } => format!(
            "{{\"type\": \"array\", \"maxItems\": {most}, \"items\": {{\"type\": \"integer\", \"minimum\": {min}, \"maximum\": {max}}}}}"
        ),
    };
    match field.optional {
        true => format!("{{\"anyOf\": [{plain}, {{\"type\": \"null\"}}]}}"),
        false => plain,
    }
}
