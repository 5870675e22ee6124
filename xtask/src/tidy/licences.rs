//! Every package that Segue is built from has a licence that `deny.toml` allows.
//!
//! cargo-deny reads the same list and looks deeper; this check needs nothing installed.

use super::Finding;
use crate::metadata::Metadata;

/// Holds the list, under `[licenses]`.
pub(super) const LIST: &str = "deny.toml";

pub(super) fn check(metadata: &Metadata, list: &str) -> Vec<Finding> {
    let allowed = allowed_licences(list);
    if allowed.is_empty() {
        return vec![format!("{LIST}: no `allow = [...]` under [licenses]")];
    }
    let packages = metadata.packages.iter();
    packages
        .filter_map(|package| {
            let expression = package.licence.as_deref().unwrap_or("none");
            let is_allowed = is_allowed(expression, &allowed);
            (!is_allowed)
                .then(|| format!("{}: licence `{expression}` is not allowed", package.name))
        })
        .collect()
}

/// The strings of `allow = [...]` in the section `[licenses]`.
fn allowed_licences(list: &str) -> Vec<&str> {
    let section = list
        .split_once("\n[licenses]\n")
        .map_or("", |(_, rest)| rest);
    let section = section
        .split_once("\n[")
        .map_or(section, |(section, _)| section);
    let array = section
        .split_once("allow = [")
        .and_then(|(_, rest)| rest.split_once(']'));
    let lines = array.map_or("", |(array, _)| array).lines();
    lines
        .map(|line| line.split_once('#').map_or(line, |(code, _)| code))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .collect()
}

/// Evaluates an SPDX expression: one allowed branch of an OR is enough, all of an AND are needed.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader {
        tokens: &tokens,
        allowed,
    };
    reader.any() == Some(true) && reader.tokens.is_empty()
}

/// Recursive descent; `None` where the expression is malformed.
struct Reader<'a> {
    tokens: &'a [&'a str],
    allowed: &'a [&'a str],
}

impl Reader<'_> {
    fn any(&mut self) -> Option<bool> {
        let mut result = self.all()?;
        while self.take("OR") {
            result |= self.all()?;
        }
        Some(result)
    }

    fn all(&mut self) -> Option<bool> {
        let mut result = self.one()?;
        while self.take("AND") {
            result &= self.one()?;
        }
        Some(result)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let result = self.any()?;
            return self.take(")").then_some(result);
        }
        let mut name = self.next()?.to_owned();
        if self.take("WITH") {
            name = format!("{name} WITH {}", self.next()?);
        }
        Some(self.allowed.contains(&name.as_str()))
    }

    fn next(&mut self) -> Option<&str> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn take(&mut self, word: &str) -> bool {
        let is_next = self.tokens.first() == Some(&word);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Package;

    const SMALL: &str = r#"
[graph]
x = 1

[licenses]
version = 2
allow = [
    "MIT", # "GPL-3.0"
    "ISC",
    "A WITH E",
]

[bans]
allow = ["GPL-3.0"]
"#;

    #[test]
    fn the_list_is_read_from_its_own_section() {
        assert_eq!(allowed_licences(SMALL), ["MIT", "ISC", "A WITH E"]);
        assert!(allowed_licences("[bans]\nallow = [\"MIT\"]\n").is_empty());
    }

    #[test]
    fn expressions_are_evaluated() {
        let allowed = allowed_licences(SMALL);
        let yes = [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT/GPL-2.0",
            "(GPL-3.0 OR ISC) AND MIT",
            "A WITH E",
        ];
        for expression in yes {
            assert!(is_allowed(expression, &allowed), "{expression}");
        }
        let no = [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "ISC WITH E",
            "none",
            "",
            "MIT OR",
            "(MIT",
            "MIT ISC",
        ];
        for expression in no {
            assert!(!is_allowed(expression, &allowed), "{expression}");
        }
    }

    #[test]
    fn a_package_with_another_licence_goes_red() {
        let package = |licence: Option<&str>| Package {
            name: "x".to_owned(),
            licence: licence.map(str::to_owned),
            is_member: false,
            roots: vec![],
            uses: vec![],
        };
        let packages = vec![
            package(Some("MIT")),
            package(Some("LGPL-2.1-only")),
            package(None),
        ];
        let metadata = Metadata {
            packages,
            target_directory: "t".into(),
        };
        assert_eq!(check(&metadata, SMALL).len(), 2);
        assert_eq!(check(&metadata, "").len(), 1);
    }

    #[test]
    fn the_real_list_never_holds_a_copyleft_licence() {
        let list = include_str!("../../../deny.toml");
        let allowed = allowed_licences(list);
        assert!(allowed.contains(&"MIT") && allowed.contains(&"MPL-2.0"));
        assert!(!allowed.iter().any(|licence| licence.contains("GPL")));
    }
}
