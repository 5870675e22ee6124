//! What `bundler.toml` says.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::shell::{Result, fail};

/// The file, relative to the root.
const FILE: &str = "bundler.toml";

/// Names and ids of what is bundled.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) vendor: String,
    pub(crate) plugins: Plugins,
    pub(crate) program: Program,
}

/// The library with the plug-ins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plugins {
    pub(crate) package: String,
    /// As rustc calls it.
    pub(crate) library: String,
    /// Of the bundles, without their endings.
    pub(crate) name: String,
    /// For systems that want one for each bundle.
    pub(crate) identifier: String,
    /// Of the plug-ins, in the order of the factory.
    pub(crate) ids: Vec<String>,
}

/// The command-line tool and app.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) package: String,
    pub(crate) binary: String,
}

impl Config {
    pub(crate) fn read(root: &Path) -> Result<Self> {
        match std::fs::read_to_string(root.join(FILE)) {
            Ok(text) => parse(&text),
            Err(error) => fail(format!("cannot read {FILE}: {error}")),
        }
    }
}

fn parse(text: &str) -> Result<Config> {
    let file = match DeTable::parse(text) {
        Ok(file) => file.into_inner(),
        Err(error) => return fail(format!("{FILE}: {error}")),
    };
    only(&file, "the top", &["vendor", "plugins", "program"])?;
    let plugins = table(&file, "plugins")?;
    let keys = ["package", "library", "name", "identifier", "ids"];
    only(plugins, "[plugins]", &keys)?;
    let program = table(&file, "program")?;
    only(program, "[program]", &["package", "binary"])?;
    Ok(Config {
        vendor: text_of(&file, "vendor")?,
        plugins: Plugins {
            package: text_of(plugins, "package")?,
            library: text_of(plugins, "library")?,
            name: text_of(plugins, "name")?,
            identifier: text_of(plugins, "identifier")?,
            ids: texts_of(plugins, "ids")?,
        },
        program: Program {
            package: text_of(program, "package")?,
            binary: text_of(program, "binary")?,
        },
    })
}

/// A key that nobody reads is a mistake.
fn only(table: &DeTable<'_>, place: &str, known: &[&str]) -> Result<()> {
    let mut keys = table.keys().map(|key| key.get_ref().as_ref());
    match keys.find(|key| !known.contains(key)) {
        Some(key) => fail(format!("{FILE}: {place} has no key `{key}`")),
        None => Ok(()),
    }
}

fn value<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> Result<&'a DeValue<'i>> {
    match table.get(key) {
        Some(value) => Ok(value.get_ref()),
        None => fail(format!("{FILE}: `{key}` is missing")),
    }
}

fn table<'a, 'i>(file: &'a DeTable<'i>, key: &str) -> Result<&'a DeTable<'i>> {
    match value(file, key)? {
        DeValue::Table(table) => Ok(table),
        _ => fail(format!("{FILE}: `{key}` must be a table")),
    }
}

fn text_of(table: &DeTable<'_>, key: &str) -> Result<String> {
    match value(table, key)?.as_str() {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => fail(format!("{FILE}: `{key}` must be a text")),
    }
}

fn texts_of(table: &DeTable<'_>, key: &str) -> Result<Vec<String>> {
    let texts = value(table, key)?.as_array().and_then(|list| {
        let texts = list.iter().map(|entry| entry.get_ref().as_str());
        texts
            .map(|text| text.map(str::to_owned))
            .collect::<Option<Vec<_>>>()
    });
    match texts {
        Some(texts) if !texts.is_empty() => Ok(texts),
        _ => fail(format!("{FILE}: `{key}` must be a list of texts")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "vendor = 'V'\n[plugins]\npackage = 'p'\nlibrary = 'l'\nname = 'N'\n\
                        identifier = 'i'\nids = ['a', 'b']\n[program]\npackage = 'q'\nbinary = 'b'\n";

    #[test]
    fn the_projects_own_file_is_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let config = Config::read(&root).expect("valid");
        assert_eq!(config.plugins.name, "Segue");
        assert_eq!(config.plugins.ids.len(), 2);
    }

    #[test]
    fn every_key_counts() {
        assert_eq!(parse(GOOD).expect("valid").plugins.ids, ["a", "b"]);
        for line in GOOD.lines().filter(|line| line.contains('=')) {
            let without = GOOD.replacen(&format!("{line}\n"), "", 1);
            assert!(parse(&without).is_err(), "{line}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (good, bad, words) in [
            ("vendor = 'V'", "vendor = 1", "`vendor` must be a text"),
            ("['a', 'b']", "['a', 2]", "`ids` must be a list of texts"),
            ("name = 'N'", "name = 'N'\nnames = 'N'", "no key `names`"),
            ("[program]", "[program", "bundler.toml: "),
        ] {
            let error = parse(&GOOD.replacen(good, bad, 1)).expect_err(bad);
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
