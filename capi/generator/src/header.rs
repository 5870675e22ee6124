//! `segue.h`.

use cbindgen::{Builder, Config, DocumentationStyle, Language, Style};
use quote::{ToTokens, quote};
use syn::Attribute;

use crate::surface::{Function, Surface};
use crate::{Result, docs};

const LICENCE: &str = "/* segue.h: the C ABI of Segue. MIT OR Apache-2.0.
 *
 * Made from capi/src by `cargo xtask header`; change it there. docs/c-abi.md is about threads,
 * ownership, errors, versions and limits; docs/c-abi-reference.md goes function by function.
 *
 * Texts are UTF-8 with a length and without a NUL at their end. The first lines of each function
 * end with its threads: [audio-thread] for the audio callback, [main-thread] for one thread at a time
 * that is not the audio thread, [thread-safe] for any but the audio thread, unless it says otherwise.
 */";

/// Decoration of exported functions; versions are put in by [`versions`].
const MACROS: &str = "
/* On Windows: define SEGUE_STATIC where segue.lib is linked, and not segue.dll. */
#if defined(_WIN32) && !defined(SEGUE_STATIC)
#define SEGUE_API __declspec(dllimport)
#elif defined(__GNUC__) || defined(__clang__)
#define SEGUE_API __attribute__((visibility(\"default\")))
#else
#define SEGUE_API
#endif
";

/// The header as text.
pub(crate) fn generate(surface: &Surface) -> Result<String> {
    let folder = std::env::temp_dir().join(format!("segue-header-{}", std::process::id()));
    let source = folder.join("segue.rs");
    crate::write(&source.to_string_lossy(), &plain_source(surface))?;
    let made = Builder::new()
        .with_config(config(surface))
        .with_src(&source)
        .generate();
    // A folder that cannot be removed is the system's to clean.
    _ = std::fs::remove_dir_all(&folder);
    let bindings = made.map_err(|error| format!("cbindgen: {error}"))?;
    let mut bytes = Vec::new();
    bindings.write(&mut bytes);
    let text = tightened(&String::from_utf8(bytes).map_err(|error| error.to_string())?);
    let text = all_of_c(&text)?;
    let missing = |function: &&Function| !text.contains(&format!(" {}(", function.name));
    match surface.functions.iter().find(missing) {
        Some(function) => Err(format!("{}: not in the header", function.place)),
        None => Ok(text),
    }
}

fn config(surface: &Surface) -> Config {
    let enums = surface.enums.iter().map(|known| known.name.clone());
    let records = surface.records.iter().map(|known| known.name.clone());
    Config {
        language: Language::C,
        cpp_compat: true,
        style: Style::Both,
        include_guard: Some("SEGUE_H".to_owned()),
        header: Some(LICENCE.to_owned()),
        after_includes: Some(format!("{MACROS}\n{}", versions())),
        sys_includes: vec!["stddef.h".to_owned(), "stdint.h".to_owned()],
        no_includes: true,
        usize_is_size_t: true,
        documentation_style: DocumentationStyle::Doxy,
        line_length: 100,
        tab_width: 4,
        // Functions take the numbers of enums, so that a wrong one is an error and no harm.
        export: cbindgen::ExportConfig {
            include: enums.chain(records).collect(),
            ..Default::default()
        },
        function: cbindgen::FunctionConfig {
            prefix: Some("SEGUE_API".to_owned()),
            ..Default::default()
        },
        ..Default::default()
    }
}

/// The version of the library as macros: three numbers, and what they compose.
fn versions() -> String {
    let [major, minor, patch] = env!("CARGO_PKG_VERSION")
        .split('.')
        .collect::<Vec<_>>()
        .try_into()
        .unwrap_or(["0"; 3]);
    format!(
        "/* The version of this header, and one number of it to compare. */
#define SEGUE_VERSION_MAJOR {major}
#define SEGUE_VERSION_MINOR {minor}
#define SEGUE_VERSION_PATCH {patch}
#define SEGUE_MAKE_VERSION(major, minor, patch) ((major) * 1000000 + (minor) * 1000 + (patch))
#define SEGUE_VERSION \\
    SEGUE_MAKE_VERSION(SEGUE_VERSION_MAJOR, SEGUE_VERSION_MINOR, SEGUE_VERSION_PATCH)
#define SEGUE_VERSION_TEXT \"{major}.{minor}.{patch}\"
"
    )
}

/// All that C sees as one file without bodies, for cbindgen: it would follow links to Rust's names
/// and put constants into the header that are none of C's business.
fn plain_source(surface: &Surface) -> String {
    let mut out = String::new();
    let mut add = |tokens: proc_macro2::TokenStream| {
        out.push_str(&tokens.to_string());
        out.push('\n');
    };
    for constant in &surface.constants {
        let mut item = constant.item.clone();
        item.attrs = plain(&item.attrs);
        add(item.to_token_stream());
    }
    for opaque in &surface.opaque {
        // Without `repr(C)` it has no fields in C.
        let (docs, name) = (plain(&opaque.item.attrs), &opaque.item.ident);
        add(quote! { #(#docs)* pub struct #name { private: [u8; 0] } });
    }
    for item in &surface.enums {
        let mut item = item.item.clone();
        let kept = kept(&item.attrs);
        item.attrs = plain(&item.attrs);
        item.attrs.extend(kept);
        for variant in &mut item.variants {
            variant.attrs = plain(&variant.attrs);
        }
        add(item.to_token_stream());
    }
    for callback in &surface.callbacks {
        let mut item = callback.item.clone();
        item.attrs = plain(&item.attrs);
        add(item.to_token_stream());
    }
    for record in &surface.records {
        let mut item = record.item.clone();
        let kept = kept(&item.attrs);
        item.attrs = plain(&item.attrs);
        item.attrs.extend(kept);
        for field in &mut item.fields {
            field.attrs = plain(&field.attrs);
        }
        add(item.to_token_stream());
    }
    for function in &surface.functions {
        let (docs, signature) = (doc_attributes(&function.docs), &function.item.sig);
        add(quote! { #(#docs)* #[unsafe(no_mangle)] pub #signature { loop {} } });
    }
    out
}

/// What begins the part of C for C++, as cbindgen writes it before the first function.
const OF_C: &str = "#ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n\n";

/// The part of C begins before the first type, so that callbacks are of C too.
fn all_of_c(text: &str) -> Result<String> {
    let wrong = || "cbindgen writes `extern \"C\"` in another way than before; see OF_C".to_owned();
    let (before, functions) = text.split_once(OF_C).ok_or_else(wrong)?;
    // Behind the last include: macros are neither.
    let last = before.rfind("#include").ok_or_else(wrong)?;
    let line = before[last..].find('\n').ok_or_else(wrong)?;
    let (head, types) = before.split_at(last + line + 1);
    Ok(format!("{head}\n{OF_C}{}\n\n{functions}", types.trim()))
}

/// Comments of one line in one line.
fn tightened(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let inside = lines
            .get(at + 1)
            .and_then(|next| next.trim_start().strip_prefix("* "));
        let is_comment = line.trim_start() == "/**";
        match (is_comment, inside, lines.get(at + 2)) {
            (true, Some(inside), Some(last)) if last.trim_start() == "*/" => {
                out.push_str(&format!("{line} {inside} */\n"));
                at += 3;
            }
            _ => {
                out.push_str(line.trim_end());
                out.push('\n');
                at += 1;
            }
        }
    }
    out
}

/// The documentation alone, without links.
fn plain(attributes: &[Attribute]) -> Vec<Attribute> {
    doc_attributes(&docs::lines(attributes))
}

fn doc_attributes(lines: &[String]) -> Vec<Attribute> {
    let heading = |line: &String| match line.as_str() {
        "# Safety" => String::from(" Safety:"),
        other => format!(" {other}"),
    };
    lines
        .iter()
        .map(heading)
        .map(|line| syn::parse_quote! { #[doc = #line] })
        .collect()
}

/// How a type is laid out.
fn kept(attributes: &[Attribute]) -> Vec<Attribute> {
    let is_layout = |attribute: &&Attribute| attribute.path().is_ident("repr");
    attributes.iter().filter(is_layout).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_of_c_too() {
        let text = format!("#include <stdint.h>\n\n#define A\n\ntypedef a;\n\n{OF_C}f();\n");
        let moved = format!("#include <stdint.h>\n\n{OF_C}#define A\n\ntypedef a;\n\nf();\n");
        assert_eq!(all_of_c(&text), Ok(moved));
        assert!(all_of_c("#include <stdint.h>\nf();\n").is_err());
    }
}
