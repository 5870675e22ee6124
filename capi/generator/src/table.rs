//! C that calls every function with each of its pointers NULL in turn, and with handles that are
//! none. `capi/tests/c/table.c` includes it and says what must come back.

use crate::Result;
use crate::docs;
use crate::listed;
use crate::rules;
use crate::surface::{Argument, Function, Kind, Surface};

const HEAD: &str = "/* Made by `cargo xtask capi` from capi/src. */\n";

/// The rows and calls as text.
pub(crate) fn generate(surface: &Surface) -> Result<String> {
    let mut out = HEAD.to_owned() + &kinds(surface);
    for function in &surface.functions {
        out.push_str(&call(surface, function)?);
        out.push_str(&rows(function));
        out.push_str(&ids(function));
        out.push_str(&listed::list(surface, function));
    }
    out.push_str("\nstatic const struct function FUNCTIONS[] = {\n");
    for function in &surface.functions {
        let name = &function.name;
        let ends = u8::from(name.ends_with("_destroy"));
        let guard = guard(function);
        let count = function
            .arguments
            .iter()
            .filter(|argument| is_tried(argument))
            .count();
        out.push_str(&format!(
            "    {{\"{name}\", call_{name}, arguments_{name}, {count}, ids_{name}, {ends}, {guard}, listed_{name}}},\n"
        ));
    }
    Ok(out + "};\n")
}

/// Kinds of handles, and one of each: `make_` and its name is in `fixtures.h`.
fn kinds(surface: &Surface) -> String {
    let each = |line: &dyn Fn(&str) -> String| -> String {
        surface
            .opaque
            .iter()
            .map(|opaque| line(&opaque.name))
            .collect()
    };
    let names = each(&|name| format!(", KIND_{name}"));
    let fixtures = each(&|name| {
        format!(
            "\nstatic {name} *fixture_{name}(void)\n{{\n    if (!the_{name}) {{\n        the_{name} = make_{name}();\n    }}\n    return the_{name};\n}}\n"
        )
    });
    let those = each(&|name| format!("    case KIND_{name}:\n        return fixture_{name}();\n"));
    let ended = each(&|name| {
        format!(
            "    case KIND_{name}: {{\n        {name} *made = make_{name}();\n        EXPECT_OK({name}_destroy(made));\n        return made;\n    }}\n"
        )
    });
    format!(
        "\nenum kind {{ NO_HANDLE{names}, KINDS }};\n{fixtures}
static inline void *fixture_of(int kind)\n{{\n    switch (kind) {{\n{those}    default:\n        return NULL;\n    }}\n}}\n
/* Made, and ended. */
static inline void *destroyed(int kind)\n{{\n    switch (kind) {{\n{ended}    default:\n        return NULL;\n    }}\n}}\n"
    )
}

/// What a callback gets may always be NULL.
fn is_tried(argument: &Argument) -> bool {
    argument.kind.is_pointer() && argument.kind != Kind::UserData
}

fn rows(function: &Function) -> String {
    let mut out = format!(
        "static const struct argument arguments_{}[] = {{\n",
        function.name
    );
    for (at, argument) in function.arguments.iter().enumerate() {
        if !is_tried(argument) {
            continue;
        }
        let name = &argument.name;
        let optional = u8::from(docs::may_be_null(&function.docs, name));
        let kind = match &argument.kind {
            Kind::Handle(kind) => format!("KIND_{kind}"),
            _ => "NO_HANDLE".to_owned(),
        };
        let is_array = u8::from(room(function, at));
        let is_text = u8::from(argument.kind.is_text());
        out.push_str(&format!(
            "    {{{at}, \"{name}\", {kind}, {optional}, {is_array}, {is_text}}},\n"
        ));
    }
    // C has no empty arrays.
    out + "    {-1, \"\", NO_HANDLE, 0, 0, 0},\n};\n"
}

/// Numbers that are no ids.
const NO_IDS: &[&str] = &["at", "frame", "play_n", "seed", "spin"];

fn is_id(argument: &Argument) -> bool {
    argument.kind == Kind::Value("uint64_t") && !NO_IDS.contains(&argument.name.as_str())
}

/// Which arguments are ids.
fn ids(function: &Function) -> String {
    let all = function.arguments.iter().enumerate();
    let ids = all.filter(|(_, argument)| is_id(argument));
    let rows: String = ids
        .map(|(at, argument)| format!("    {{{at}, \"{}\"}},\n", argument.name))
        .collect();
    let name = &function.name;
    format!("static const struct id ids_{name}[] = {{\n{rows}    {{-1, \"\"}},\n}};\n")
}

/// Whether the argument is an array of the caller: its room is the next argument.
fn room(function: &Function, at: usize) -> bool {
    function
        .arguments
        .get(at + 1)
        .is_some_and(|next| next.name.ends_with("capacity"))
}

fn call(surface: &Surface, function: &Function) -> Result<String> {
    let name = &function.name;
    let mut before = String::new();
    let mut words = Vec::new();
    let mut after = String::new();
    for (at, argument) in function.arguments.iter().enumerate() {
        let made = Made::new(surface, function, at, argument)?;
        before.push_str(&made.before);
        words.push(made.word);
        after.push_str(&made.after);
    }
    let words = words.join(",\n        ");
    let result = match is_status(function) {
        true => format!("    segue_status answered = (segue_status){name}({words});\n"),
        false => {
            format!("    segue_status answered = SEGUE_STATUS_OK;\n    (void){name}({words});\n")
        }
    };
    Ok(format!(
        "\nstatic segue_status call_{name}(const struct shot *shot)\n{{\n    (void)shot;\n{before}    arm(shot);\n{result}{after}    return answered;\n}}\n"
    ))
}

/// Which boundary the body has, in the words of the C tests.
fn guard(function: &Function) -> &'static str {
    match rules::boundary_of(function).as_deref() {
        Some("boundary") => "GUARD_CALL",
        Some("boundary_on" | "boundary_glance") => "GUARD_HANDLE",
        Some("boundary_rt") => "GUARD_AUDIO",
        _ => "GUARD_NONE",
    }
}

pub(crate) fn is_status(function: &Function) -> bool {
    use quote::ToTokens;
    let output = function.item.sig.output.to_token_stream().to_string();
    output.ends_with("segue_status")
}

/// How one argument is made, passed, and looked at afterwards.
#[derive(Default)]
struct Made {
    before: String,
    word: String,
    after: String,
}

impl Made {
    fn new(surface: &Surface, function: &Function, at: usize, argument: &Argument) -> Result<Self> {
        let (owner, name) = (&function.name, &argument.name);
        let null = |value: &str| format!("shot->null_at == {at} ? NULL : {value}");
        Ok(match &argument.kind {
            Kind::Handle(kind) => Self {
                before: format!(
                    "    {kind} *{name} = shot->handle_at == {at} ? ({kind} *)shot->handle :\n        shot->null_at == {at} ? NULL : fixture_{kind}();\n"
                ),
                word: name.clone(),
                after: String::new(),
            },
            Kind::OutHandle(kind) => {
                let destroy = format!("{kind}_destroy");
                if surface
                    .functions
                    .iter()
                    .all(|function| function.name != destroy)
                {
                    return Err(format!("{owner} makes a {kind}, and there is no {destroy}"));
                }
                Self {
                    before: format!("    {kind} *{name} = ({kind} *)UNTOUCHED;\n"),
                    word: null(&format!("&{name}")),
                    after: format!(
                        "    if (failed(answered)) {{\n        expect_untouched(shot, \"{name}\", &{name}, sizeof {name});\n    }} else if (shot->null_at != {at}) {{\n        {destroy}({name});\n    }}\n"
                    ),
                }
            }
            Kind::Record {
                name: record,
                is_const,
            } => record_argument(surface, function, at, (record, *is_const)),
            Kind::Plain {
                c: "char",
                is_const: true,
            } => Self {
                before: format!(
                    "    struct text {name} = fixture_text(\"{owner}\", \"{name}\");\n"
                ),
                word: null(&format!("{name}.text")),
                after: String::new(),
            },
            Kind::Plain { c, is_const } => Self {
                before: format!(
                    "    {c} {name}[ROWS];\n    memset({name}, {}, sizeof {name});\n",
                    if is_out(name) { "PATTERN" } else { "0" }
                ),
                word: null(name),
                after: match is_out(name) && !is_const {
                    true => untouched(name),
                    false => String::new(),
                },
            },
            Kind::Channels => Self {
                before: format!(
                    "    static float left_of_{name}[ROWS], right_of_{name}[ROWS];\n    float *{name}[2] = {{left_of_{name}, right_of_{name}}};\n"
                ),
                word: null(name),
                after: String::new(),
            },
            Kind::Callback(kind) => Self {
                word: null(&format!("fixture_{kind}")),
                ..Self::default()
            },
            Kind::UserData => Self {
                word: "NULL".to_owned(),
                ..Self::default()
            },
            Kind::Value(c) => Self {
                before: format!("    {c} {name} = {};\n", value(function, at, argument, c)),
                word: name.clone(),
                after: String::new(),
            },
        })
    }
}

/// A struct or an array of them, with the size set where the struct has one.
fn record_argument(
    surface: &Surface,
    function: &Function,
    at: usize,
    (record, is_const): (&str, bool),
) -> Made {
    let name = &function.arguments[at].name;
    let is_array = room(function, at);
    let count = if is_array { "ROWS" } else { "1" };
    let pattern = if is_out(name) { "PATTERN" } else { "0" };
    let mut before =
        format!("    {record} {name}[{count}];\n    memset({name}, {pattern}, sizeof {name});\n");
    if has_size(surface, record) {
        before.push_str(&format!(
            "    {name}[0].struct_size = (uint32_t)sizeof {name}[0];\n"
        ));
    }
    let mut after = String::new();
    if is_out(name) && !is_const {
        before.push_str(&format!("    {record} before_{name} = {name}[0];\n"));
        after.push_str(&format!(
            "    if (failed(answered)) {{\n        expect_same(shot, \"{name}\", {name}, &before_{name}, sizeof before_{name});\n    }}\n"
        ));
    }
    if record == "segue_buffer" && is_out(name) {
        after.push_str(&format!(
            "    if (!failed(answered) && shot->null_at != {at}) {{\n        segue_buffer_free({name});\n    }}\n"
        ));
    }
    Made {
        before,
        word: format!("shot->null_at == {at} ? NULL : {name}"),
        after,
    }
}

fn has_size(surface: &Surface, record: &str) -> bool {
    let found = surface.records.iter().find(|known| known.name == record);
    found.is_some_and(|record| {
        let names = record
            .item
            .fields
            .iter()
            .filter_map(|field| field.ident.as_ref());
        names.into_iter().any(|name| name == "struct_size")
    })
}

/// Written on success only.
fn is_out(name: &str) -> bool {
    name.starts_with("out_") || name == "length"
}

fn untouched(name: &str) -> String {
    format!(
        "    if (failed(answered) && answered != SEGUE_STATUS_BUFFER_TOO_SMALL) {{\n        expect_untouched(shot, \"{name}\", {name}, sizeof {name});\n    }}\n"
    )
}

/// A value that lets the call come as far as it can.
fn value(function: &Function, at: usize, argument: &Argument, c: &str) -> String {
    let before = at
        .checked_sub(1)
        .and_then(|before| function.arguments.get(before));
    let (owner, name) = (&function.name, &argument.name);
    if name.ends_with("capacity") {
        return format!("shot->empty_at == {} ? 0 : ROWS", at.saturating_sub(1));
    }
    match (name.as_str(), before) {
        ("abi", _) => "SEGUE_ABI".to_owned(),
        (_, Some(text)) if name.ends_with("length") && text.kind.is_text() => {
            let usual = match text.kind {
                Kind::Plain { c: "char", .. } => format!("{}.length", text.name),
                _ => "1".to_owned(),
            };
            let text = at.saturating_sub(1);
            format!("shot->length_at == {text} ? shot->length : {usual}")
        }
        (_, Some(text)) if name.ends_with("length") || name.ends_with("count") => {
            match &text.kind {
                Kind::Channels => "2".to_owned(),
                _ => "1".to_owned(),
            }
        }
        _ if is_id(argument) => {
            format!("shot->id_at == {at} ? shot->id : fixture_number(\"{owner}\", \"{name}\")")
        }
        _ => format!("({c})fixture_number(\"{owner}\", \"{name}\")"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
pub struct segue_thing { private: [u8; 0] }
/// `name_text` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_thing_create(
    abi: u32, name_text: *const c_char, name_text_length: usize, out_thing: *mut *mut segue_thing,
) -> segue_status { X }
/// NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_thing_destroy(thing: *mut segue_thing) -> segue_status { X }
"#;

    #[test]
    fn every_pointer_has_a_row() {
        let table = generate(&Surface::of(SOURCE).expect("parses")).expect("sound");
        assert!(
            table.contains("{1, \"name_text\", NO_HANDLE, 1, 0, 1}"),
            "{table}"
        );
        assert!(
            table.contains("{3, \"out_thing\", NO_HANDLE, 0, 0, 0}"),
            "{table}"
        );
        assert!(
            table.contains("{0, \"thing\", KIND_segue_thing, 1, 0, 0}"),
            "{table}"
        );
        assert!(table.contains("segue_thing_destroy(out_thing);"), "{table}");
        let length =
            "size_t name_text_length = shot->length_at == 1 ? shot->length : name_text.length;";
        assert!(table.contains(length), "{table}");
    }

    #[test]
    fn what_is_made_must_be_destroyed() {
        let source = SOURCE.replace("fn segue_thing_destroy", "fn segue_thing_end");
        let error = generate(&Surface::of(&source).expect("parses")).expect_err("no end");
        assert!(error.contains("there is no segue_thing_destroy"), "{error}");
    }
}
