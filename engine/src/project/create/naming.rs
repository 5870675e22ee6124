//! What the names of files say: the bus, and what belongs together.

use regex::Regex;

use crate::error::{Error, Result};

/// Rules that read names. The first one that matches holds, for the bus and for the group each.
#[derive(Clone, Debug)]
pub struct Naming {
    buses: Vec<(Regex, String)>,
    groups: Vec<(Regex, GroupKind)>,
}

/// What becomes of files that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    /// A random container: one of them plays.
    Variants,
    /// A blend container: an RTPC moves through them.
    Layers,
}

/// A rule as its author wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamingRule {
    /// A regular expression over the name of a file without its extension.
    pub pattern: String,
    /// The bus of what matches; `$1` and `${name}` are its groups.
    pub bus: Option<String>,
    /// What matches belongs together with what has the same group `base`, ordered by the group
    /// `index`.
    pub group: Option<GroupKind>,
}

/// A name that belongs to a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member {
    pub(super) kind: GroupKind,
    pub(super) base: String,
    pub(super) index: Index,
}

/// The place of a member: numbers by value, letters by the alphabet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Index {
    Number(u64),
    Text(String),
}

/// `layer1`.
const GLUED_LAYERS: &str = r"(?i)^(?<base>layer)(?<index>\d{1,2})$";
/// `Explosion1`: behind a word, so that `v2`, `c4` and years stay what they are.
const GLUED: &str = r"^(?<base>.*?[a-zA-Z]{3,})(?<index>\d{1,2})$";

/// The largest compiled rule in bytes: a rule is a line somebody typed.
const RULE_BYTES: usize = 1 << 20;

/// `prefix -> bus`, `_a`, `_01`, ` (1)` -> variants, `_layer1` -> layers; a dash and a space are as
/// good as an underscore.
const USUAL: [(&str, &str); 7] = [
    (r"(?i)^(music|mus)[_\s-]", "music"),
    (r"(?i)^(ambience|ambiance|amb|atmo)[_\s-]", "ambience"),
    (r"(?i)^(sfx|fx)[_\s-]", "sfx"),
    (r"(?i)^(ui|hud)[_\s-]", "ui"),
    (r"(?i)^(vo|vox|voice|dlg|dialog|dialogue)[_\s-]", "voice"),
    (r"(?i)^(foley|fol)[_\s-]", "foley"),
    (r"(?i)^(stinger|stg)[_\s-]", "music"),
];
const LAYERS: &str = r"(?i)^(?<base>.+?)[_\s-]layer[_\s-]?(?<index>\d+)$";
const VARIANTS: &str = r"^(?<base>.+?)[_\s-](?<index>[a-zA-Z]|\d{1,3})$";
/// As file managers number what has the same name.
const NUMBERED: &str = r"^(?<base>.*?[^\s_-])[\s_-]*\((?<index>\d{1,3})\)$";

impl Naming {
    /// The rules that are built in. `[thread-safe]`
    ///
    /// # Errors
    /// None: they are tested.
    pub fn usual() -> Result<Naming> {
        let bus = |(pattern, bus): &(&str, &str)| NamingRule {
            pattern: (*pattern).to_owned(),
            bus: Some((*bus).to_owned()),
            group: None,
        };
        let group = |pattern: &str, kind| NamingRule {
            pattern: pattern.to_owned(),
            bus: None,
            group: Some(kind),
        };
        let groups = [
            group(LAYERS, GroupKind::Layers),
            group(VARIANTS, GroupKind::Variants),
            group(NUMBERED, GroupKind::Variants),
        ];
        let rules = USUAL.iter().map(bus).chain(groups);
        // Whatever else a name says goes before.
        let glued = [
            group(GLUED_LAYERS, GroupKind::Layers),
            group(GLUED, GroupKind::Variants),
        ];
        Naming::new(&rules.chain(glued).collect::<Vec<_>>())
    }

    /// Rules of one's own, in place of those built in. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::NamingRule`] for an expression that cannot be, a rule that says nothing, or a group
    /// without `base` and `index`.
    pub fn new(rules: &[NamingRule]) -> Result<Naming> {
        let mut naming = Naming {
            buses: Vec::new(),
            groups: Vec::new(),
        };
        for (number, rule) in (1..).zip(rules) {
            let refuse = |reason: String| Error::NamingRule { number, reason };
            let built = regex::RegexBuilder::new(&rule.pattern)
                .size_limit(RULE_BYTES)
                .build();
            let pattern = built.map_err(|error| refuse(error.to_string()))?;
            if rule.bus.is_none() && rule.group.is_none() {
                return Err(refuse("it says neither a bus nor a group".to_owned()));
            }
            if let Some(bus) = &rule.bus {
                naming.buses.push((pattern.clone(), bus.clone()));
            }
            if let Some(kind) = rule.group {
                let has = |name| pattern.capture_names().flatten().any(|known| known == name);
                if !has("base") || !has("index") {
                    let text = "a group needs (?<base>..) and (?<index>..) in its expression";
                    return Err(refuse(text.to_owned()));
                }
                naming.groups.push((pattern, kind));
            }
        }
        Ok(naming)
    }

    /// The bus that a name says.
    pub(super) fn bus(&self, stem: &str) -> Option<String> {
        let found = self.buses.iter().find_map(|(pattern, bus)| {
            let mut name = String::new();
            pattern.captures(stem)?.expand(bus, &mut name);
            Some(name)
        })?;
        let printable: String = found.chars().filter(|c| !c.is_control()).collect();
        let name = super::names::cut(printable.trim(), segue_format::limits::NAME_BYTES);
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// The group that a name says it belongs to.
    pub(super) fn member(&self, stem: &str) -> Option<Member> {
        self.groups.iter().find_map(|(pattern, kind)| {
            let captures = pattern.captures(stem)?;
            let text = |name| captures.name(name).map(|found| found.as_str().to_owned());
            let index = text("index")?;
            Some(Member {
                kind: *kind,
                base: text("base").filter(|base| !base.is_empty())?,
                index: match index.parse() {
                    Ok(number) => Index::Number(number),
                    Err(_) => Index::Text(index.to_lowercase()),
                },
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Naming {
        Naming::usual().unwrap()
    }

    #[test]
    fn prefixes_say_the_bus() {
        for (stem, bus) in [
            ("mus_theme", Some("music")),
            ("MUSIC-theme", Some("music")),
            ("amb_rain", Some("ambience")),
            ("sfx_door", Some("sfx")),
            ("ui_click", Some("ui")),
            ("vo_hello", Some("voice")),
            ("Foley_cloth", Some("foley")),
            ("vo hero hello", Some("voice")),
            ("amb-rain", Some("ambience")),
            ("museum", None),
            ("theme_mus", None),
        ] {
            assert_eq!(usual().bus(stem).as_deref(), bus, "{stem}");
        }
    }

    #[test]
    fn endings_say_what_belongs_together() {
        use GroupKind::{Layers, Variants};
        for (stem, expected) in [
            ("step_a", Some((Variants, "step", Index::Text("a".into())))),
            ("step_B", Some((Variants, "step", Index::Text("b".into())))),
            ("step-01", Some((Variants, "step", Index::Number(1)))),
            ("hit_10", Some((Variants, "hit", Index::Number(10)))),
            ("step 02", Some((Variants, "step", Index::Number(2)))),
            ("engine layer 2", Some((Layers, "engine", Index::Number(2)))),
            ("engine_layer2", Some((Layers, "engine", Index::Number(2)))),
            (
                "engine_Layer_10",
                Some((Layers, "engine", Index::Number(10))),
            ),
            ("boom (1)", Some((Variants, "boom", Index::Number(1)))),
            ("boom (12)", Some((Variants, "boom", Index::Number(12)))),
            (
                "big boom(3)",
                Some((Variants, "big boom", Index::Number(3))),
            ),
            ("boom (2024)", None),
            ("boom (loud)", None),
            (" (1)", None),
            ("take_2024", None),
            ("step", None),
            ("_a", None),
            (
                "Explosion1",
                Some((Variants, "Explosion", Index::Number(1))),
            ),
            ("sfx_hit12", Some((Variants, "sfx_hit", Index::Number(12)))),
            ("layer1", Some((Layers, "layer", Index::Number(1)))),
            ("mix_v2", None),
            ("note_c4", None),
            ("take2024", None),
        ] {
            let member = usual().member(stem);
            let found = member.map(|it| (it.kind, it.base, it.index));
            let expected = expected.map(|(kind, base, index)| (kind, base.to_owned(), index));
            assert_eq!(found, expected, "{stem}");
        }
        assert!(Index::Number(2) < Index::Number(10));
    }

    #[test]
    fn rules_of_ones_own_take_the_place_of_the_usual_ones() {
        let rule = |pattern: &str, bus: Option<&str>, group| NamingRule {
            pattern: pattern.to_owned(),
            bus: bus.map(str::to_owned),
            group,
        };
        let own = Naming::new(&[
            rule("^([a-z]+)\\.", Some("bus_$1"), None),
            rule(
                "^(?<base>.*)~(?<index>.*)$",
                None,
                Some(GroupKind::Variants),
            ),
        ]);
        let own = own.unwrap();
        assert_eq!(own.bus("weapons.gun").as_deref(), Some("bus_weapons"));
        assert_eq!(own.bus("mus_theme"), None);
        assert_eq!(own.member("gun~far").unwrap().base, "gun");
        for (pattern, bus, group, words) in [
            ("(", Some("x"), None, "naming rule 1: "),
            ("x", None, None, "neither a bus nor a group"),
            ("x(?<base>y)", None, Some(GroupKind::Layers), "(?<index>..)"),
            ("\\w{1000}{1000}", Some("x"), None, "size"),
        ] {
            let error = Naming::new(&[rule(pattern, bus, group)])
                .unwrap_err()
                .to_string();
            assert!(error.contains(words), "{pattern}: {error}");
        }
    }
}
