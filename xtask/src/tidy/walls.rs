//! Which crate may use which: the table of ARCHITECTURE.md, checked on `cargo metadata`.
//!
//! Direct edges must be in the row of their crate. What a crate must never know is also searched
//! for behind everything it uses. Dev- and build-dependencies are free.

use std::collections::HashMap;

use super::Finding;
use crate::metadata::{Metadata, Package};

/// The row of one crate.
struct Wall {
    name: &'static str,
    /// Segue's own crates it may use.
    crates: &'static [&'static str],
    libraries: Libraries,
    /// Groups it must not reach, neither directly nor through others.
    never: &'static [Group],
}

/// What a crate may use from outside.
enum Libraries {
    Only(&'static [&'static str]),
    Any,
    /// Its own edges avoid these groups; what Segue's crates below use is their business.
    AnyBut(&'static [Group]),
}
use Libraries::{Any, AnyBut, Only};

/// Packages of one purpose; a trailing `*` stands for any ending.
type Group = &'static [&'static str];

const SERDE: Group = &["serde", "serde_*"];
const LOGGING: Group = &["log", "tracing", "tracing-*", "env_logger"];
const ASYNC: Group = &[
    "tokio",
    "tokio-*",
    "async-std",
    "smol",
    "quinn",
    "tungstenite",
];
const GUI: Group = &["egui", "egui_*", "egui-*", "eframe", "winit", "baseview"];
const PLUGIN_API: Group = &[
    "nice-plug",
    "nice-plug-*",
    "nih_plug*",
    "clap-sys",
    "clack-*",
    "vst3",
];
const AUDIO_API: Group = &["cpal", "rodio", "jack", "alsa", "coreaudio-*"];
const CUDA: Group = &["cudarc", "cust", "libloading"];
const RANDOM: &[&str] = &["rand_core", "rand_pcg", "rand_xoshiro", "thiserror"];

/// Everything that must stay away from the audio thread and from pure logic.
const OUTSIDE: &[Group] = &[SERDE, LOGGING, ASYNC, GUI, PLUGIN_API];
const FACES: &[Group] = &[GUI, PLUGIN_API];
const ENGINE: &[&str] = &["segue-engine"];

/// One row per crate of ARCHITECTURE.md, whether or not it exists yet.
const WALLS: &[Wall] = &[
    Wall {
        name: "segue-dsp",
        crates: &[],
        libraries: Only(&["rustfft", "realfft", "wide", "pulp", "safe_arch"]),
        never: OUTSIDE,
    },
    Wall {
        name: "segue-rt",
        crates: &["segue-dsp"],
        libraries: Only(&["rtrb", "triple_buffer", "atomic_float"]),
        never: OUTSIDE,
    },
    Wall {
        name: "segue-middleware",
        crates: &["segue-rt"],
        libraries: Only(&["crc32c", "rtrb", "thiserror"]),
        never: OUTSIDE,
    },
    Wall {
        name: "segue-slot",
        crates: &["segue-rt", "segue-middleware"],
        libraries: Only(RANDOM),
        never: OUTSIDE,
    },
    Wall {
        name: "segue-compose",
        crates: &["segue-rt"],
        libraries: Only(RANDOM),
        never: OUTSIDE,
    },
    Wall {
        name: "segue-format",
        crates: &[
            "segue-rt",
            "segue-middleware",
            "segue-slot",
            "segue-compose",
        ],
        libraries: Only(&[
            "serde",
            "serde_json",
            "serde_path_to_error",
            "thiserror",
            "crc32c",
        ]),
        never: &[LOGGING, ASYNC, GUI, PLUGIN_API],
    },
    Wall {
        name: "segue-offline",
        crates: &["segue-dsp"],
        libraries: AnyBut(&[SERDE]),
        never: &[ASYNC, GUI, PLUGIN_API],
    },
    Wall {
        name: "segue-ingest",
        crates: &["segue-middleware", "segue-rt"],
        libraries: Any,
        never: FACES,
    },
    Wall {
        name: "segue-stream",
        crates: &[],
        libraries: Any,
        never: FACES,
    },
    Wall {
        name: "segue-infer",
        crates: &[],
        libraries: Any,
        never: &[ASYNC, GUI, PLUGIN_API],
    },
    Wall {
        name: "segue-speech",
        crates: &[],
        libraries: Any,
        never: &[ASYNC, GUI, PLUGIN_API],
    },
    Wall {
        name: "segue-engine",
        crates: &[
            "segue-dsp",
            "segue-rt",
            "segue-middleware",
            "segue-slot",
            "segue-compose",
            "segue-speech",
            "segue-infer",
            "segue-ingest",
            "segue-stream",
            "segue-offline",
            "segue-format",
        ],
        libraries: Any,
        never: FACES,
    },
    Wall {
        name: "segue-gui",
        crates: ENGINE,
        libraries: AnyBut(&[ASYNC, CUDA, AUDIO_API]),
        never: &[PLUGIN_API],
    },
    Wall {
        name: "segue-capi",
        crates: ENGINE,
        libraries: Any,
        never: FACES,
    },
    Wall {
        name: "segue-capi-generator",
        crates: &[],
        libraries: Only(&["cbindgen", "proc-macro2", "quote", "syn"]),
        never: &[],
    },
    Wall {
        name: "segue-python",
        crates: ENGINE,
        libraries: Any,
        never: FACES,
    },
    Wall {
        name: "segue-node",
        crates: ENGINE,
        libraries: Any,
        never: FACES,
    },
    Wall {
        name: "segue-vst3",
        crates: &[],
        libraries: Any,
        never: &[GUI],
    },
    Wall {
        name: "segue-vst3-host",
        crates: &[],
        libraries: Only(&["assert_no_alloc", "vst3"]),
        never: &[SERDE, LOGGING, ASYNC, GUI],
    },
    Wall {
        name: "segue-plugin",
        crates: &["segue-engine", "segue-gui", "segue-presets", "segue-vst3"],
        libraries: Any,
        never: &[],
    },
    Wall {
        name: "segue-probe",
        crates: &[],
        libraries: Only(&["clack-host", "libloading", "serde_json", "vst3"]),
        never: &[GUI],
    },
    Wall {
        name: "segue",
        crates: &["segue-engine", "segue-gui", "segue-presets"],
        libraries: Any,
        never: &[PLUGIN_API],
    },
    Wall {
        name: "segue-presets",
        crates: &[],
        libraries: Only(&[]),
        never: &[],
    },
    Wall {
        name: "integration-tests",
        crates: ENGINE,
        libraries: Any,
        never: &[],
    },
    Wall {
        name: "segue-factory",
        crates: &["segue-dsp", "segue-format", "segue-offline"],
        libraries: Only(&["blake3", "serde_json", "tempfile"]),
        never: &[ASYNC, GUI, PLUGIN_API],
    },
    Wall {
        name: "xtask",
        crates: &[],
        libraries: Only(&["serde_json", "toml"]),
        never: &[],
    },
];

pub(super) fn check(metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, member) in metadata.members() {
        let Some(wall) = WALLS.iter().find(|wall| wall.name == member.name) else {
            let name = &member.name;
            findings.push(format!(
                "{name}: give this crate a row in xtask/src/tidy/walls.rs"
            ));
            continue;
        };
        let used = member.uses.iter().map(|used| &metadata.packages[*used]);
        findings.extend(used.filter_map(|used| forbidden_edge(wall, used)));
        findings.extend(forbidden_reach(metadata, wall, index));
    }
    findings
}

fn forbidden_edge(wall: &Wall, used: &Package) -> Option<Finding> {
    let name = used.name.as_str();
    let is_allowed = match (used.is_member, &wall.libraries) {
        (true, _) => wall.crates.contains(&name),
        (false, Only(names)) => names.contains(&name),
        (false, AnyBut(groups)) => !is_in(groups, name),
        (false, Any) => true,
    };
    (!is_allowed).then(|| format!("{} may not use {name}", wall.name))
}

/// Walks everything behind a crate and reports the shortest way to each forbidden package.
fn forbidden_reach(metadata: &Metadata, wall: &Wall, start: usize) -> Vec<Finding> {
    let mut came_from = HashMap::from([(start, start)]);
    let mut queue = std::collections::VecDeque::from([start]);
    let mut findings = Vec::new();
    while let Some(user) = queue.pop_front() {
        for &used in &metadata.packages[user].uses {
            if came_from.contains_key(&used) {
                continue;
            }
            came_from.insert(used, user);
            if is_in(wall.never, &metadata.packages[used].name) {
                findings.push(format!("never: {}", way(metadata, &came_from, used)));
            } else {
                queue.push_back(used);
            }
        }
    }
    findings
}

/// `segue-rt -> helper -> serde`
fn way(metadata: &Metadata, came_from: &HashMap<usize, usize>, end: usize) -> String {
    let steps = std::iter::successors(Some(end), |at| {
        came_from.get(at).copied().filter(|previous| previous != at)
    });
    let mut names: Vec<&str> = steps
        .map(|at| metadata.packages[at].name.as_str())
        .collect();
    names.reverse();
    names.join(" -> ")
}

fn is_in(groups: &[Group], name: &str) -> bool {
    groups
        .iter()
        .copied()
        .flatten()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == *pattern,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a > b, a > c`: names that start with `lib-` or are no Segue crate come from outside.
    fn findings(edges: &str) -> Vec<Finding> {
        let mut packages: Vec<Package> = Vec::new();
        for edge in edges.split(", ") {
            let ends = edge.split_once(" > ").expect("an edge");
            let user = index(&mut packages, ends.0);
            let used = index(&mut packages, ends.1);
            packages[user].uses.push(used);
        }
        check(&Metadata {
            packages,
            target_directory: "t".into(),
        })
    }

    fn index(packages: &mut Vec<Package>, name: &str) -> usize {
        if let Some(at) = packages.iter().position(|package| package.name == name) {
            return at;
        }
        let is_member = name == "segue" || name == "xtask" || name.starts_with("segue-");
        packages.push(Package {
            name: name.to_owned(),
            licence: None,
            is_member,
            roots: vec![],
            uses: vec![],
        });
        packages.len() - 1
    }

    #[test]
    fn the_house_as_planned_passes() {
        let edges = "segue > segue-engine, segue > clap, segue-engine > segue-rt, \
                     segue-engine > segue-format, segue-format > serde, segue-engine > tokio, \
                     segue-rt > segue-dsp, segue-rt > rtrb, triple_buffer > crossbeam-utils, \
                     segue-rt > triple_buffer, segue-gui > segue-engine, segue-gui > egui";
        assert_eq!(findings(edges), [""; 0]);
    }

    #[test]
    fn an_edge_outside_of_the_table_goes_red() {
        assert_eq!(
            findings("segue-dsp > segue-rt")[0],
            "segue-dsp may not use segue-rt"
        );
        assert_eq!(
            findings("segue-rt > smallvec")[0],
            "segue-rt may not use smallvec"
        );
        assert_eq!(
            findings("segue > segue-format")[0],
            "segue may not use segue-format"
        );
        assert_eq!(
            findings("segue-offline > serde")[0],
            "segue-offline may not use serde"
        );
        assert_eq!(
            findings("segue-gui > tokio")[0],
            "segue-gui may not use tokio"
        );
        assert_eq!(
            findings("segue-gui > cpal")[0],
            "segue-gui may not use cpal"
        );
        assert_eq!(findings("xtask > clap")[0], "xtask may not use clap");
    }

    #[test]
    fn a_transitive_edge_goes_red_and_names_the_way() {
        assert_eq!(
            findings("segue-rt > atomic_float, atomic_float > lib-b, lib-b > serde"),
            ["never: segue-rt -> atomic_float -> lib-b -> serde"]
        );
        let through_dsp = findings("segue-rt > segue-dsp, segue-dsp > realfft, realfft > log");
        assert!(through_dsp.contains(&"never: segue-rt -> segue-dsp -> realfft -> log".to_owned()));
        assert_eq!(
            findings("segue-offline > lib-a, lib-a > tokio-util").len(),
            1
        );
    }

    #[test]
    fn a_crate_without_a_row_goes_red() {
        assert!(findings("segue-extra > rtrb")[0].starts_with("segue-extra: give"));
    }

    #[test]
    fn no_crate_has_two_rows() {
        for (at, wall) in WALLS.iter().enumerate() {
            assert!(
                WALLS[at + 1..].iter().all(|other| other.name != wall.name),
                "{}",
                wall.name
            );
        }
    }
}
