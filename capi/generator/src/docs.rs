//! Doc comments of Rust as text for readers of C.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The lines of a doc comment, without the links of rustdoc.
pub(crate) fn lines(attributes: &[Attribute]) -> Vec<String> {
    let texts = attributes.iter().filter_map(text);
    let lines: Vec<String> = texts
        .flat_map(|text| text.split('\n').map(str::to_owned).collect::<Vec<_>>())
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned())
        .collect();
    let is_target = |line: &String| line.starts_with("[`") && line.contains("`]: ");
    let mut lines: Vec<String> = lines.into_iter().filter(|line| !is_target(line)).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.iter().map(|line| unlinked(line)).collect()
}

/// The first paragraph in one line.
pub(crate) fn first_paragraph(lines: &[String]) -> String {
    let first = lines.iter().take_while(|line| !line.is_empty());
    first.cloned().collect::<Vec<_>>().join(" ")
}

/// Whether the documentation lets an argument be NULL.
pub(crate) fn may_be_null(lines: &[String], argument: &str) -> bool {
    let text = lines.join(" ");
    let named = |end: &str| text.contains(&format!("`{argument}`{end}"));
    named(" may be NULL")
        || named(", which may be NULL")
        || (named("") && text.contains("each may be NULL"))
        || text.contains("NULL is allowed")
        || text.contains("Each pointer may be NULL")
}

fn text(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    match &pair.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) if pair.path.is_ident("doc") => Some(text.value()),
        _ => None,
    }
}

/// `` [`name`](path) `` and `` [`name`] `` as `` `name` ``.
fn unlinked(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, linked)) = rest.split_once("[`") {
        let Some((name, after)) = linked.split_once("`]") else {
            break;
        };
        out.push_str(&format!("{before}`{name}`"));
        rest = match after
            .strip_prefix('(')
            .and_then(|path| path.split_once(')'))
        {
            Some((_, after)) => after,
            None => after,
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_names() {
        let line = "See [`segue_a`](mod::segue_a), [`segue_b`] and `segue_c` [1].";
        assert_eq!(
            unlinked(line),
            "See `segue_a`, `segue_b` and `segue_c` [1]."
        );
    }

    #[test]
    fn null_is_allowed_only_where_it_is_said() {
        let docs = |text: &str| vec![text.to_owned()];
        assert!(may_be_null(&docs("`a` may be NULL: all defaults."), "a"));
        assert!(!may_be_null(&docs("`a` may be NULL: all defaults."), "b"));
        assert!(may_be_null(&docs("`a`, which may be NULL, gets it."), "a"));
        assert!(may_be_null(&docs("NULL is allowed and does nothing."), "a"));
        assert!(may_be_null(
            &docs("`a` and `b` are yours; each may be NULL."),
            "a"
        ));
        assert!(!may_be_null(
            &docs("`a` and `b` are yours; each may be NULL."),
            "c"
        ));
        assert!(!may_be_null(&docs("`a` is NULL or a pointer"), "a"));
    }

    #[test]
    fn comments_are_read_without_their_margin() {
        let item: syn::ItemFn =
            syn::parse_str("/// One.\n/// Two.\n///\n/// [`x`]: path::x\nfn f() {}")
                .expect("parses");
        assert_eq!(lines(&item.attrs), ["One.", "Two."]);
    }
}
