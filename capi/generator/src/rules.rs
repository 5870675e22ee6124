//! Rules of exported functions that a compiler does not know.

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprMethodCall, ReturnType, Stmt};

use crate::surface::{Function, Kind, Surface};

/// The borders that no panic crosses.
const BOUNDARIES: &[&str] = &["boundary", "boundary_on", "boundary_rt", GLANCE];
/// The one whose fourth argument runs without a border.
const GLANCE: &str = "boundary_glance";
const THREADS: &[&str] = &["[main-thread]", "[audio-thread]", "[thread-safe]"];

/// What may be called outside of the boundary, function by function: none of it panics.
const OUTSIDE: &[(&str, &[&str])] = &[
    // The caller's channels are checked first, so that they are silent when the handle is stale.
    (
        "segue_engine_process",
        &["new", "Err", "all", "iter_mut", "for_each", "fill"],
    ),
    (
        "segue_engine_process_interleaved",
        &[
            "refused",
            "is_null",
            "is_aligned",
            "from_raw_parts_mut",
            "fill",
        ],
    ),
    // They compare, load and store.
    ("segue_engine_get_state", &["is_known", "put_words"]),
    ("segue_bus_take_levels", &["is_known", "take_levels"]),
    ("segue_insert_get_reading", &["glanced", "reading_now"]),
    ("segue_level_get", &["level_now"]),
    // They look a number up in a table.
    ("segue_rtpc_get", &["glanced", "rtpc_now"]),
    ("segue_state_get", &["glanced", "state_now"]),
    ("segue_switch_get", &["glanced", "switch_now"]),
    ("segue_signal_get", &["glanced", "signal_now"]),
    // They put one command into a line that has room for it.
    ("segue_bus_set", &["set_strip"]),
    ("segue_send_set_gain", &["set_send_gain"]),
    ("segue_insert_set_param", &["set_param"]),
    ("segue_insert_set_mix", &["set_mix"]),
    ("segue_insert_set_bypass", &["set_bypass"]),
    ("segue_signal_set", &["set_signal"]),
    ("segue_voice_set", &["set_plain"]),
    ("segue_voice_play", &["is_null", "play_plain"]),
];

/// Checks every exported function, and that the profiles of `manifest` unwind.
pub(crate) fn check(surface: &Surface, manifest: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for function in surface.functions.iter().chain(&surface.hidden) {
        let report = |text: String| format!("{}: {}: {text}", function.place, function.name);
        findings.extend(documentation(function).into_iter().map(report));
        findings.extend(sizes(function).into_iter().map(report));
        findings.extend(returned(function).map(report));
        findings.extend(body(function).into_iter().map(report));
        findings.extend(arguments(function).into_iter().map(report));
    }
    findings.extend(types(surface));
    findings.extend(stale(surface));
    findings.extend(unwinding(manifest));
    findings
}

fn documentation(function: &Function) -> Vec<String> {
    let text = function.docs.join("\n");
    let mut missing = Vec::new();
    if !THREADS.iter().any(|tag| text.contains(tag)) {
        missing.push(format!(
            "its documentation has no thread: {}",
            THREADS.join(", ")
        ));
    }
    let is_unsafe = function.item.sig.unsafety.is_some();
    let parts = ["Ownership:", "Errors:", "Since 0.", "# Safety"];
    for part in parts
        .iter()
        .filter(|part| is_unsafe || **part != "# Safety")
    {
        if !text.contains(part) {
            missing.push(format!("its documentation has no `{part}`"));
        }
    }
    missing
}

/// What a text may have in bytes, by the limit or the function that takes it, and as the comment says it.
const SIZES: &[(&str, &str, &str)] = &[
    ("MAX_NAME", "take_name", "1,024 bytes"),
    ("MAX_PATH", "take_path", "4,096 bytes"),
    ("MAX_DOCUMENT", "options", "64 MiB"),
    ("MAX_JSON", "", "16 MiB"),
    ("MAX_STATE", "", "16 MiB"),
    ("MAX_STAGE", "", "1 MiB"),
    ("MAX_ARGS", "", "65,000 bytes"),
];

/// A comment says how large each text may be, and of whatever else has a limit, which.
fn sizes(function: &Function) -> Vec<String> {
    if let [Stmt::Expr(Expr::Path(_), None)] = function.item.block.stmts.as_slice() {
        // A constant takes nothing.
        return Vec::new();
    }
    let text = function.docs.join(" ");
    let body = function.item.block.to_token_stream().to_string();
    let body = body.replace(' ', "");
    let mut findings = Vec::new();
    for argument in function.arguments.iter().filter(|it| it.kind.is_text()) {
        let name = &argument.name;
        let Some(size) = size_of_text(&body, name) else {
            findings.push(format!(
                "`{name}` is taken in a way that tells no size; see SIZES"
            ));
            continue;
        };
        if !text.contains(size) {
            let size = size.trim();
            findings.push(format!(
                "its documentation does not say how large `{name}` may be ({size})"
            ));
        }
    }
    // A version is none: it has one digit on each side of its point.
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit()) && word.len() >= 2;
    let mut words = text.split(|c: char| !is_of_name(c));
    let names_one = words.any(|word| is_number(word) || word == "segue_get_limits");
    if text.contains("`LIMIT_EXCEEDED`") && !names_one {
        findings.push(
            "it lists LIMIT_EXCEEDED and names neither a number nor `segue_get_limits`".to_owned(),
        );
    }
    findings
}

/// The size of the limit that the body takes a text with.
fn size_of_text(body: &str, name: &str) -> Option<&'static str> {
    let at = body.find(&format!("{name},{name}_length"))?;
    let (before, after) = body.split_at(at);
    let (called, _) = before.rsplit_once('(')?;
    let callee = called.rsplit(|c: char| !is_of_name(c)).next();
    let given = after.split(')').next().unwrap_or_default();
    let limit = given.rsplit(',').find(|it| !it.is_empty());
    let found = SIZES.iter().find(|(max, taker, _)| {
        limit == Some(*max) || (!taker.is_empty() && callee == Some(*taker))
    });
    found.map(|(_, _, size)| *size)
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Records that may grow, which have no size of their own: what is given and freed by the library as a whole.
const WITHOUT_SIZE: &[&str] = &["segue_buffer"];

/// A callback may unwind, and a record tells its size first.
fn types(surface: &Surface) -> Vec<String> {
    let mut findings = Vec::new();
    for callback in &surface.callbacks {
        let written = callback.item.ty.to_token_stream().to_string();
        if !written.contains("extern \"C-unwind\"") {
            let name = &callback.name;
            findings.push(format!("{name}: a callback is `extern \"C-unwind\"`"));
        }
    }
    for record in &surface.records {
        let name = &record.name;
        let first = record.item.fields.iter().next();
        let first = first.map(|field| field.to_token_stream().to_string());
        let is_sized = first.is_some_and(|it| it.ends_with("pub struct_size : u32"));
        if !is_sized && !WITHOUT_SIZE.contains(&name.as_str()) {
            findings.push(format!("{name}: its first field is `struct_size: u32`"));
        }
    }
    findings
}

/// A status, or a plain number of something that cannot fail. Texts are copied out.
fn returned(function: &Function) -> Option<String> {
    let ReturnType::Type(_, result) = &function.item.sig.output else {
        return Some("it returns nothing; return a status".to_owned());
    };
    let is_pointer = matches!(**result, syn::Type::Ptr(_));
    is_pointer
        .then(|| "it returns a pointer; copy texts out, and write handles to `out_`".to_owned())
}

/// Texts and bytes look alike everywhere: `const char *x, size_t x_length`, bytes are called `data`. A frame
/// is called `at` and comes last of what goes in.
fn arguments(function: &Function) -> Vec<String> {
    let all = &function.arguments;
    let mut findings = Vec::new();
    for (place, argument) in all.iter().enumerate() {
        let name = &argument.name;
        let next = all.get(place + 1).map(|next| next.name.as_str());
        match &argument.kind {
            Kind::Plain {
                c: "char" | "uint8_t",
                is_const: true,
            } if next != Some(&format!("{name}_length")) => {
                findings.push(format!("`{name}` is not followed by `{name}_length`"));
            }
            Kind::Plain {
                c: "uint8_t",
                is_const: true,
            } if name != "data" => {
                findings.push(format!("`{name}` is bytes: call it `data`, or take a text"));
            }
            Kind::Value(_) if name == "at" => {
                let behind = all[place + 1..].iter();
                let wrong = behind.clone().find(|it| !it.name.starts_with("out_"));
                findings.extend(wrong.map(|it| format!("`{}` comes behind `at`", it.name)));
            }
            _ => {}
        }
    }
    findings
}

/// Exactly one boundary, named after the function, and nothing that could panic outside of it.
fn body(function: &Function) -> Vec<String> {
    let mut outside = Outside::default();
    let statements = &function.item.block.stmts;
    if let [Stmt::Expr(Expr::Path(_), None)] = statements.as_slice() {
        // A constant.
        return Vec::new();
    }
    statements
        .iter()
        .for_each(|statement| outside.visit_stmt(statement));
    let mut findings = Vec::new();
    if outside.boundaries.len() != 1 {
        let count = outside.boundaries.len();
        findings.push(format!(
            "its body has {count} calls of a boundary instead of one"
        ));
    }
    for (boundary, name) in &outside.boundaries {
        if boundary != "boundary_rt" && name.as_deref() != Some(function.name.as_str()) {
            findings.push("its boundary has another name than the function".to_owned());
        }
    }
    let allowed = OUTSIDE.iter().find(|(name, _)| *name == function.name);
    let allowed = allowed.map_or(&[][..], |(_, calls)| calls);
    let refused = outside
        .calls
        .iter()
        .filter(|call| !allowed.contains(&call.as_str()));
    findings.extend(refused.map(|call| format!("`{call}` is outside of the boundary")));
    findings
}

/// The boundary that a body runs in.
pub(crate) fn boundary_of(function: &Function) -> Option<String> {
    let mut outside = Outside::default();
    outside.visit_block(&function.item.block);
    let first = outside.boundaries.into_iter().next();
    first.map(|(boundary, _)| boundary)
}

/// What a body does outside of the boundary's own arguments.
#[derive(Default)]
struct Outside {
    /// Which boundary, and the text that it is given first.
    boundaries: Vec<(String, Option<String>)>,
    calls: Vec<String>,
}

impl<'a> Visit<'a> for Outside {
    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        let name = match &*call.func {
            Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        match name {
            Some(name) if BOUNDARIES.contains(&name.as_str()) => {
                if let Some(glance) = call.args.iter().nth(3).filter(|_| name == GLANCE) {
                    self.visit_expr(glance);
                }
                self.boundaries
                    .push((name, call.args.first().and_then(literal)));
            }
            name => {
                self.calls.push(name.unwrap_or_else(|| "a call".to_owned()));
                visit::visit_expr_call(self, call);
            }
        }
    }

    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        self.calls.push(call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }

    // Of expressions and of statements, such as `panic!();`.
    fn visit_macro(&mut self, call: &'a syn::Macro) {
        self.calls.push("a macro".to_owned());
        visit::visit_macro(self, call);
    }

    fn visit_expr_index(&mut self, index: &'a syn::ExprIndex) {
        self.calls.push("an index".to_owned());
        visit::visit_expr_index(self, index);
    }
}

fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            syn::Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Rows of [`OUTSIDE`] that nothing needs.
fn stale(surface: &Surface) -> Vec<String> {
    if surface
        .functions
        .iter()
        .all(|function| function.module.is_empty())
    {
        // One text of a test.
        return Vec::new();
    }
    let is_gone = |name: &str| {
        surface
            .functions
            .iter()
            .all(|function| function.name != name)
    };
    let gone = OUTSIDE.iter().filter(|(name, _)| is_gone(name));
    gone.map(|(name, _)| {
        format!("capi/generator/src/rules.rs: {name} is gone; take it off OUTSIDE")
    })
    .collect()
}

/// A boundary catches nothing where a panic aborts.
fn unwinding(manifest: &str) -> Option<String> {
    let aborts = manifest.lines().any(|line| {
        let line: String = line.split_whitespace().collect();
        line.starts_with("panic=") && line != "panic=\"unwind\""
    });
    let release = manifest
        .split("[profile.release]")
        .nth(1)
        .unwrap_or_default();
    let release = release.split("\n[").next().unwrap_or_default();
    (aborts || !release.contains("panic = \"unwind\"")).then(|| {
        "Cargo.toml: profiles unwind, and that of release says so: panic = \"unwind\"".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNWINDS: &str = "[profile.release]\npanic = \"unwind\"\n";
    const DOCS: &str =
        "/// Does. `[thread-safe]`\n///\n/// Ownership: none. Errors: none. Since 0.1.\n";

    fn findings(text: &str) -> Vec<String> {
        check(&Surface::of(text).expect("parses"), UNWINDS)
    }

    fn body_of(body: &str) -> Vec<String> {
        findings(&format!(
            "{DOCS}#[unsafe(no_mangle)] pub extern \"C\" fn segue_f() -> u32 {{ {body} }}"
        ))
    }

    #[test]
    fn one_boundary_with_the_name_of_the_function_passes() {
        assert_eq!(
            body_of("boundary(\"segue_f\", || { anything.panics()[1] })"),
            [""; 0]
        );
        assert_eq!(
            body_of("boundary_rt(&ENGINES, engine as Handle, |e| e.go())"),
            [""; 0]
        );
        assert_eq!(body_of("SEGUE_ABI"), [""; 0]);
    }

    #[test]
    fn whatever_could_panic_outside_goes_red() {
        for (body, said) in [
            ("work()", "0 calls of a boundary"),
            ("boundary(\"segue_g\", || OK)", "another name"),
            (
                "boundary_glance(\"segue_f\", &E, h, |e| e.unwrap(), |e| e.panics())",
                "`unwrap` is outside",
            ),
            (
                "{ boundary(\"segue_f\", || OK); boundary(\"segue_f\", || OK) }",
                "2 calls",
            ),
            (
                "{ let x = f(); boundary(\"segue_f\", || OK) }",
                "`f` is outside",
            ),
            (
                "{ let x = a.unwrap(); boundary(\"segue_f\", || OK) }",
                "`unwrap` is outside",
            ),
            (
                "{ let x = a[0]; boundary(\"segue_f\", || OK) }",
                "`an index` is outside",
            ),
            (
                "{ let x = format!(\"\"); boundary(\"segue_f\", || OK) }",
                "`a macro` is outside",
            ),
            (
                "assert!(x); boundary(\"segue_f\", || OK)",
                "`a macro` is outside",
            ),
            (
                "boundary(\"segue_f\", || OK).unwrap()",
                "`unwrap` is outside",
            ),
        ] {
            let findings = body_of(body);
            assert!(
                findings.iter().any(|text| text.contains(said)),
                "{body}: {findings:?}"
            );
        }
    }

    #[test]
    fn missing_documentation_goes_red() {
        let function = "#[unsafe(no_mangle)] pub unsafe extern \"C\" fn segue_f() -> u32 { X }";
        let found = findings(function);
        assert_eq!(found.len(), 5, "{found:?}");
        let function = function.replace("unsafe extern", "extern");
        assert_eq!(findings(&format!("{DOCS}{function}")), [""; 0]);
    }

    #[test]
    fn texts_and_limits_without_a_size_go_red() {
        let of = |said: &str, arguments: &str, call: &str| {
            findings(&format!(
                "/// Does. {said} `[thread-safe]`\n///\n/// Ownership: none. Errors: `LIMIT_EXCEEDED`. Since 0.1.\n\
                 #[unsafe(no_mangle)] pub extern \"C\" fn segue_f({arguments}) -> u32 \
                 {{ boundary(\"segue_f\", || {{ {call} }}) }}"
            ))
        };
        let name = "a: *const c_char, a_length: usize";
        let taken = "let a = unsafe { take_name(\"a\", a, a_length) }?;";
        assert_eq!(of("`a` at most 1,024 bytes.", name, taken), [""; 0]);
        let found = of("", name, taken);
        assert!(
            found[0].contains("how large `a` may be (1,024 bytes)"),
            "{found:?}"
        );
        let path = "unsafe { take_text(\"a\", a, a_length, MAX_PATH) }";
        let found = of("`a` at most 1,024 bytes.", name, path);
        assert!(found[0].contains("(4,096 bytes)"), "{found:?}");
        let options = "unsafe { self::options(a, a_length) }";
        assert_eq!(of("At most 64 MiB.", name, options), [""; 0]);
        let found = of("At most 16 MiB.", name, options);
        assert!(found[0].contains("(64 MiB)"), "{found:?}");
        let found = of("At most 16 MiB.", name, "take_somehow(a, a_length)");
        assert!(found[0].contains("tells no size"), "{found:?}");
        let found = of("", "n: u32", "n");
        assert!(
            found.len() == 1 && found[0].contains("neither a number"),
            "{found:?}"
        );
        assert_eq!(of("Up to 64.", "n: u32", "n"), [""; 0]);
    }

    #[test]
    fn callbacks_that_cannot_unwind_and_records_without_a_size_go_red() {
        let sink = |abi: &str| {
            findings(&format!(
                "pub type segue_s = Option<unsafe extern \"{abi}\" fn(x: u32)>;"
            ))
        };
        assert_eq!(sink("C-unwind"), [""; 0]);
        assert!(sink("C")[0].contains("C-unwind"));
        let record =
            |fields: &str| findings(&format!("#[repr(C)] pub struct segue_r {{ {fields} }}"));
        assert_eq!(
            record("/// Its size.\npub struct_size: u32, pub a: u32"),
            [""; 0]
        );
        for wrong in ["pub a: u32, pub struct_size: u32", "pub struct_size: u64"] {
            assert!(record(wrong)[0].contains("struct_size: u32"), "{wrong}");
        }
    }

    #[test]
    fn no_function_returns_a_pointer() {
        let of = |result: &str| {
            findings(&format!(
                "{DOCS}#[unsafe(no_mangle)] pub extern \"C\" fn f(){result} {{ X }}"
            ))
        };
        assert!(of(" -> *const c_char")[0].contains("returns a pointer"));
        assert!(of("")[0].contains("returns nothing"));
    }

    #[test]
    fn arguments_that_are_named_otherwise_go_red() {
        let of = |arguments: &str| {
            findings(&format!(
                "{DOCS}#[unsafe(no_mangle)] pub extern \"C\" fn f({arguments}) -> u32 {{ X }}"
            ))
        };
        let sound = "line: *const c_char, line_length: usize, at: u64, out_x: *mut u64";
        assert_eq!(of(sound), [""; 0]);
        assert_eq!(of("data: *const u8, data_length: usize"), [""; 0]);
        for (arguments, said) in [
            (
                "line: *const c_char, length: usize",
                "followed by `line_length`",
            ),
            ("blob: *const u8, blob_length: usize", "call it `data`"),
            ("at: u64, gain: f32", "`gain` comes behind `at`"),
        ] {
            let found = of(arguments);
            assert!(found.len() == 1 && found[0].contains(said), "{found:?}");
        }
    }

    #[test]
    fn a_profile_that_aborts_goes_red() {
        assert_eq!(unwinding(UNWINDS), None);
        assert!(unwinding("").is_some());
        assert!(unwinding(&format!("{UNWINDS}[profile.small]\npanic = \"abort\"\n")).is_some());
        assert!(unwinding("[profile.release]\n[profile.x]\npanic = \"unwind\"\n").is_some());
    }
}
