//! `docs/c-abi-reference.md`: every function of segue.h with what its comment says.

use crate::Result;
use crate::docs;
use crate::surface::{Function, Surface};

const HEAD: &str = "# Reference of libsegue

Made from the comments in capi/src by `cargo xtask header`; change them there.
[c-abi.md](c-abi.md) is about threads, ownership, errors, versions and limits as a whole.

";

/// The page as text. Prototypes and structs are taken from the header.
pub(crate) fn generate(surface: &Surface, header: &str) -> Result<String> {
    let mut out = HEAD.to_owned();
    out.push_str(&contents(surface));
    for module in &surface.modules {
        let functions = of_module(surface, &module.name);
        if functions.is_empty() {
            continue;
        }
        out.push_str(&format!(
            "\n## {}\n\n{}\n",
            title(&module.name),
            module.about
        ));
        for function in functions {
            out.push_str(&section(function, header)?);
        }
    }
    out.push_str("\n## Structs\n");
    for record in &surface.records {
        let about = docs::lines(&record.item.attrs).join("\n");
        let code = declaration(header, &format!("typedef struct {} {{", record.name), "} ");
        let code = code.ok_or_else(|| format!("{} is not in the header", record.name))?;
        out.push_str(&format!(
            "\n### `{}`\n\n{about}\n\n```c\n{code}\n```\n",
            record.name
        ));
    }
    out.push_str("\n## Enumerations and constants\n");
    for known in &surface.enums {
        let about = docs::lines(&known.item.attrs).join("\n");
        out.push_str(&format!(
            "\n### `{}`\n\n{about}\n\n| name | value | meaning |\n|---|---|---|\n",
            known.name
        ));
        for variant in &known.item.variants {
            let value = variant
                .discriminant
                .as_ref()
                .map(|(_, value)| quote::quote!(#value));
            let value = value.map(|value| value.to_string()).unwrap_or_default();
            let meaning = docs::lines(&variant.attrs).join(" ");
            out.push_str(&format!("| `{}` | {value} | {meaning} |\n", variant.ident));
        }
    }
    out.push_str("\n### Constants\n\n| name | value | meaning |\n|---|---|---|\n");
    for constant in &surface.constants {
        let value = &constant.item.expr;
        let value = quote::quote!(#value).to_string();
        let meaning = docs::lines(&constant.item.attrs).join(" ");
        out.push_str(&format!("| `{}` | {value} | {meaning} |\n", constant.name));
    }
    Ok(out)
}

fn contents(surface: &Surface) -> String {
    let mut out = String::from("| part | functions |\n|---|---|\n");
    for module in &surface.modules {
        let names: Vec<String> = of_module(surface, &module.name)
            .iter()
            .map(|function| format!("[`{0}`](#{0})", function.name))
            .collect();
        if !names.is_empty() {
            out.push_str(&format!(
                "| {} | {} |\n",
                title(&module.name),
                names.join(", ")
            ));
        }
    }
    out
}

fn of_module<'a>(surface: &'a Surface, module: &str) -> Vec<&'a Function> {
    let is_here = |function: &&Function| function.module == module;
    surface.functions.iter().filter(is_here).collect()
}

fn title(module: &str) -> String {
    module.replace('/', ": ")
}

fn section(function: &Function, header: &str) -> Result<String> {
    let name = &function.name;
    let line_of = |at: usize| header[..at].rfind('\n').map_or(0, |line| line + 1);
    let called = format!(" {name}(");
    let mut places = header.match_indices(&called).map(|(at, _)| line_of(at));
    let start = places.find(|at| {
        header[..*at].ends_with("SEGUE_API\n") || header[*at..].starts_with("SEGUE_API")
    });
    let start = start.ok_or_else(|| format!("{name} is not in the header"))?;
    let end = header[start..]
        .find(';')
        .map_or(start, |end| start + end + 1);
    let code = header[start..end]
        .trim_start_matches("SEGUE_API")
        .trim_start();
    let text = paragraphs(&function.docs);
    Ok(format!("\n### {name}\n\n```c\n{code}\n```\n\n{text}\n"))
}

/// The comment with its parts as paragraphs of their own.
fn paragraphs(lines: &[String]) -> String {
    let mut out = String::new();
    for line in lines {
        let line = match line.as_str() {
            "# Safety" => "**Safety:**",
            other => other,
        };
        let part = ["Ownership:", "Errors:"]
            .into_iter()
            .find(|part| line.starts_with(part));
        match part {
            Some(part) => {
                let rest = line.strip_prefix(part).unwrap_or_default();
                let rest = rest.replace(" Errors:", "\n\n**Errors:**");
                let gap = if out.ends_with("\n\n") { "" } else { "\n" };
                out.push_str(&format!("{gap}**{part}**{rest}\n"));
            }
            None => out.push_str(&format!("{line}\n")),
        }
    }
    out.replace("**Safety:**\n", "**Safety:** ")
        .trim_end()
        .to_owned()
}

/// From a line on to the line that begins with `end`.
fn declaration<'a>(header: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let at = header.find(start)?;
    let close = header[at..].find(&format!("\n{end}"))? + at + 1;
    let line = header[close..].find('\n')? + close;
    Some(&header[at..line])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_comment_become_paragraphs() {
        let lines = [
            "Does.",
            "",
            "Ownership: none.",
            "Errors: none. Since 0.1.",
            "",
            "# Safety",
            "Safe.",
        ];
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        let text =
            "Does.\n\n**Ownership:** none.\n\n**Errors:** none. Since 0.1.\n\n**Safety:** Safe.";
        assert_eq!(paragraphs(&lines), text);
    }
}
