//! What programs that are built already rely on: names of functions, what they take, and the layout of structs.

use std::collections::BTreeSet;
use std::fs;

use super::Outcome;
use super::kit::{Kit, Linking, Program};
use crate::header;
use crate::shell::{Result, fail};

const SYMBOLS: &str = "capi/abi/symbols.txt";
const LAYOUT: &str = "capi/abi/layout.txt";
const TYPES: &str = "capi/abi/types.txt";
/// Renews the lists.
const BLESS: &str = "BLESS";

/// The library exports what its source says and nothing else, and all is as it was.
pub(super) fn abi(kit: &Kit<'_>) -> Result<Outcome> {
    let said = lines(&header::answer(kit.shell, &["symbols"])?);
    let exported = exported(kit)?;
    if let Some(name) = exported.symmetric_difference(&said).next() {
        let side = if said.contains(name) {
            "does not export"
        } else {
            "also exports"
        };
        return fail(format!("the library {side} {name}"));
    }
    let symbols: String = exported.iter().map(|name| format!("{name}\n")).collect();
    let layout = layout(kit)?;
    compare(kit, SYMBOLS, &symbols)?;
    compare(kit, LAYOUT, &layout)?;
    let types = header::answer(kit.shell, &["types"])?;
    compare(kit, TYPES, &types)?;
    let count = exported.len();
    Ok(Outcome::Done(format!(
        "{count} functions, {} lines of layout and {} of types as before",
        layout.lines().count(),
        types.lines().count()
    )))
}

fn lines(text: &str) -> BTreeSet<String> {
    text.lines().map(str::to_owned).collect()
}

/// What the dynamic linker sees.
fn exported(kit: &Kit<'_>) -> Result<BTreeSet<String>> {
    let mut nm = kit.shell.command("nm");
    nm.args(["-D", "--defined-only"])
        .arg(kit.built.join("libsegue.so"));
    let text = kit.shell.output(&mut nm)?;
    let names = text.lines().filter_map(|line| line.rsplit(' ').next());
    Ok(names.map(str::to_owned).collect())
}

fn layout(kit: &Kit<'_>) -> Result<String> {
    let source = kit.generate("layout", "layout.c")?;
    let program = kit.compile(&Program {
        source: &source.to_string_lossy(),
        name: "layout",
        linking: Linking::Shared,
        options: &[],
    })?;
    kit.shell.output(&mut kit.shell.command(program))
}

/// Fails on the first line that is gone or new.
fn compare(kit: &Kit<'_>, file: &str, now: &str) -> Result<()> {
    let path = kit.root().join(file);
    if std::env::var_os(BLESS).is_some() {
        return match fs::write(&path, now) {
            Ok(()) => Ok(()),
            Err(error) => fail(format!("cannot write {file}: {error}")),
        };
    }
    let before = fs::read_to_string(&path).unwrap_or_default();
    match difference(&before, now) {
        None => Ok(()),
        Some(what) => fail(format!(
            "{file}: {what}; if that is meant, `BLESS=1 cargo xtask capi abi` renews it"
        )),
    }
}

/// What is gone matters more than what is new.
fn difference(before: &str, now: &str) -> Option<String> {
    let (old, new) = (lines(before), lines(now));
    let gone = old.difference(&new).next();
    let gone = gone.map(|line| {
        format!(
            "`{}` is gone, which breaks programs that are built",
            line.trim()
        )
    });
    let added = || {
        new.difference(&old)
            .next()
            .map(|line| format!("`{}` is new", line.trim()))
    };
    let moved = || (before != now).then(|| "the order is another".to_owned());
    gone.or_else(added).or_else(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_told_before_what_is_new() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        let gone = difference("a\nb\n", "a\nc\n").expect("differs");
        assert!(gone.starts_with("`b` is gone"), "{gone}");
        assert_eq!(difference("a\n", "a\nc\n").as_deref(), Some("`c` is new"));
        assert!(difference("a\nb\n", "b\na\n").is_some());
    }
}
