//! C that calls every function with whatever comes out of a stream of bytes. `capi/tests/c/fuzz.c`
//! includes it and says what an argument can be.

use crate::listed;
use crate::surface::{Function, Kind, Surface};
use crate::table::is_status;

const HEAD: &str = "/* Made by `cargo xtask capi` from capi/src. */\n";

/// The calls as text.
pub(crate) fn generate(surface: &Surface) -> String {
    let mut out = HEAD.to_owned();
    for opaque in &surface.opaque {
        let name = &opaque.name;
        out.push_str(&format!(
            "\nstatic {name} *pool_{name}[POOL];
static {name} *draw_{name}(struct stream *stream)
{{\n    return ({name} *)draw_handle(stream, (void **)pool_{name});\n}}
static void keep_{name}({name} *handle)\n{{\n    int at = turn++ % POOL;
    if (pool_{name}[at]) {{\n        {name}_destroy(pool_{name}[at]);\n    }}
    pool_{name}[at] = handle;\n}}
static void end_{name}(void)\n{{\n    int at;\n    for (at = 0; at < POOL; at++) {{
        {name}_destroy(pool_{name}[at]);\n        pool_{name}[at] = NULL;\n    }}\n}}\n"
        ));
    }
    for function in &surface.functions {
        out.push_str(&listed::list(surface, function));
        out.push_str(&call(surface, function));
    }
    out.push_str("\nstatic void (*const CALLS[])(struct stream *) = {\n");
    for function in &surface.functions {
        out.push_str(&format!("    fuzz_{},\n", function.name));
    }
    out.push_str("};\n\nstatic void end_all(void)\n{\n");
    for opaque in &surface.opaque {
        out.push_str(&format!("    end_{}();\n", opaque.name));
    }
    out + "}\n"
}

fn call(surface: &Surface, function: &Function) -> String {
    let name = &function.name;
    let (mut before, mut after) = (String::new(), String::new());
    let mut words = Vec::new();
    for at in 0..function.arguments.len() {
        let made = argument(surface, function, at);
        before.push_str(&made.0);
        words.push(made.1);
        after.push_str(&made.2);
    }
    let words = words.join(", ");
    // Three programs in a hundred end what they have.
    let gate = match name.ends_with("_destroy") || name == "segue_live_finish" {
        true => "    if (draw_byte(stream) % 4) {\n        return;\n    }\n",
        false => "",
    };
    let held = match is_status(function) {
        true => format!("expect_listed(\"{name}\", (int32_t)answered, listed_{name})"),
        false => format!("(void)answered;\n    (void)listed_{name}"),
    };
    format!(
        "\nstatic void fuzz_{name}(struct stream *stream)\n{{\n    (void)stream;\n{gate}{before}    int64_t answered = (int64_t){name}({words});\n    {held};\n{after}}}\n"
    )
}

/// What makes an argument, the argument, and what is done with it afterwards.
fn argument(surface: &Surface, function: &Function, at: usize) -> (String, String, String) {
    let argument = &function.arguments[at];
    let name = &argument.name;
    let none = String::new;
    match &argument.kind {
        Kind::Handle(kind) if function.name.ends_with("_destroy") => (
            // It may stay in the pool: stale handles are what this is about.
            format!("    {kind} *{name} = draw_{kind}(stream);\n"),
            name.clone(),
            none(),
        ),
        Kind::Handle(kind) => (
            format!("    {kind} *{name} = draw_{kind}(stream);\n"),
            name.clone(),
            none(),
        ),
        Kind::OutHandle(kind) => (
            format!("    {kind} *{name} = NULL;\n    int has_{name} = draw_byte(stream) > 3;\n"),
            format!("has_{name} ? &{name} : NULL"),
            format!("    if ({name}) {{\n        keep_{kind}({name});\n    }}\n"),
        ),
        Kind::Record { name: record, .. } if record == "segue_buffer" => (
            format!("    segue_buffer {name} = {{0}};\n"),
            format!("draw_byte(stream) > 3 ? &{name} : NULL"),
            format!(
                "    keep_document({name}.data, {name}.length);\n    segue_buffer_free(&{name});\n"
            ),
        ),
        Kind::Record { name: record, .. } => {
            let size = if has_size(surface, record) { "1" } else { "0" };
            (
                format!(
                    "    static {record} {name}[ROWS];\n    draw_record(stream, {name}, sizeof {name}, sizeof {name}[0], {size});\n"
                ),
                format!("draw_byte(stream) > 3 ? {name} : NULL"),
                none(),
            )
        }
        Kind::Plain { c, is_const: true } => (
            format!(
                "    struct text {name} = draw_text(stream, \"{}\", \"{name}\", sizeof({c}));\n",
                function.name
            ),
            format!("(const {c} *)(const void *){name}.text"),
            none(),
        ),
        Kind::Plain { c, .. } => {
            let keep = match *c {
                "uint64_t" => format!("    keep_id({name}[0]);\n"),
                _ => none(),
            };
            let zero = "    memset(";
            (
                format!("    static {c} {name}[ROWS];\n{zero}{name}, 0, sizeof {name});\n"),
                format!("draw_byte(stream) > 3 ? {name} : NULL"),
                keep,
            )
        }
        Kind::Channels => (
            format!(
                "    static float planes_{name}[17][ROWS];\n    float *{name}[17];\n    int at_{name};\n    for (at_{name} = 0; at_{name} < 17; at_{name}++) {{\n        {name}[at_{name}] = draw_byte(stream) > 3 ? planes_{name}[at_{name}] : NULL;\n    }}\n"
            ),
            name.clone(),
            none(),
        ),
        Kind::Callback(_) => (
            none(),
            "draw_byte(stream) > 9 ? take_event : NULL".to_owned(),
            none(),
        ),
        Kind::UserData => (none(), "NULL".to_owned(), none()),
        Kind::Value(c) => (
            format!("    {c} {name} = {};\n", value(function, at, c)),
            name.clone(),
            none(),
        ),
    }
}

fn value(function: &Function, at: usize, c: &str) -> String {
    let name = &function.arguments[at].name;
    let before = at
        .checked_sub(1)
        .and_then(|before| function.arguments.get(before));
    let is_length = name.ends_with("length") || name.ends_with("count");
    match (before, c) {
        (Some(before), _) if is_length => match before.kind {
            Kind::Plain { is_const: true, .. } => format!("{}.length", before.name),
            Kind::Channels => "draw_byte(stream) % 19".to_owned(),
            // The room for samples is that of the array.
            _ => format!("({c})(draw_byte(stream) % 18)"),
        },
        _ if name.ends_with("capacity") => "draw_byte(stream) % (ROWS + 1)".to_owned(),
        _ if name == "abi" => "SEGUE_ABI + (draw_byte(stream) < 4)".to_owned(),
        _ if name == "frames" => "draw_byte(stream)".to_owned(),
        _ if name == "timeout_ms" => "draw_byte(stream) % 3".to_owned(),
        (_, "float" | "double") => format!("({c})draw_real(stream)"),
        (_, "uint64_t") => "draw_id(stream)".to_owned(),
        _ => format!("({c})draw_whole(stream)"),
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
