//! What every function, callback, struct, enumeration and constant is made of, as text: a parameter or a field that
//! has another type is another line, also where its size stays.

use quote::ToTokens;

use crate::surface::Surface;

/// One line each.
pub(crate) fn generate(surface: &Surface) -> String {
    let mut out = String::new();
    let mut add = |line: String| {
        out.push_str(&line);
        out.push('\n');
    };
    for function in &surface.functions {
        let signature = &function.item.sig;
        add(format!(
            "{}({}){}",
            function.name,
            plain(&signature.inputs),
            plain(&signature.output)
        ));
    }
    for callback in &surface.callbacks {
        add(format!("{} = {}", callback.name, plain(&callback.item.ty)));
    }
    for record in &surface.records {
        for field in &record.item.fields {
            let name = field.ident.to_token_stream();
            add(format!("{}.{name}: {}", record.name, plain(&field.ty)));
        }
    }
    for known in &surface.enums {
        let attributes = known.item.attrs.iter();
        let mut layout = attributes.filter(|it| it.path().is_ident("repr"));
        let layout = layout.next().map(plain).unwrap_or_default();
        add(format!("enum {} {layout}", known.name));
    }
    for constant in &surface.constants {
        add(format!("{}: {}", constant.name, plain(&constant.item.ty)));
    }
    out
}

/// Tokens with one space after a word that another word follows, and behind commas.
fn plain(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        out.push_str(word);
        let next = words.peek().and_then(|next| next.chars().next());
        let between = |next: char| {
            word.ends_with(is_of_word) && (is_of_word(next) || next == '*') || word.ends_with(',')
        };
        if next.is_some_and(between) {
            out.push(' ');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
pub struct segue_thing { private: [u8; 0] }
#[repr(C)]
pub struct segue_row { pub struct_size: u32, pub a: [u32; 2] }
pub type segue_sink = Option<unsafe extern "C-unwind" fn(row: *const segue_row)>;
#[repr(i32)]
pub enum segue_kind { SEGUE_A = 1 }
pub const SEGUE_ABI: u32 = 1;
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_go(thing: *mut segue_thing, at: u64, sink: segue_sink) -> segue_status { X }
"#;

    #[test]
    fn another_type_is_another_line() {
        let of = |source: &str| generate(&Surface::of(source).expect("parses"));
        let all = of(SOURCE);
        let go = "segue_go(thing:*mut segue_thing, at:u64, sink:segue_sink)->segue_status\n";
        assert!(all.starts_with(go), "{all}");
        for (from, to) in [
            ("at: u64", "at: i64"),
            ("thing: *mut", "thing: *const"),
            ("a: [u32; 2]", "a: [f32; 2]"),
            ("row: *const", "row: *mut"),
            ("C-unwind", "C"),
            ("repr(i32)", "repr(u32)"),
            ("ABI: u32", "ABI: i32"),
        ] {
            let changed = of(&SOURCE.replace(from, to));
            let other = all.lines().zip(changed.lines()).filter(|(a, b)| a != b);
            assert_eq!(other.count(), 1, "{from}: {changed}");
        }
    }
}
