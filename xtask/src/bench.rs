//! `cargo xtask bench`: Segue next to its peers, and what it costs to build.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::json;

use crate::factory::FACTORY_PROJECT;
use crate::metadata::Metadata;
use crate::python::python;
use crate::run;
use crate::setup::{self, Installing, Need};
use crate::shell::{Result, Shell, fail};

const PEERS_MANIFEST: &str = "bench/Cargo.toml";
/// The name of the measurement that xtask makes itself.
const BUILD: &str = "build";
/// The name of those of the plug-ins, which are built first.
const PLUGIN: &str = "plugin";
/// The name of those of libsegue, which is built first.
const CAPI: &str = "capi";
/// Those of processors, meters and files, whose peers are Python packages and programs.
const DELIVERY: [&str; 2] = ["dsp", "offline"];
/// Where their program and its requirements are.
const DELIVERY_FOLDER: &str = "bench/delivery";

/// What was asked for on the command line.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    json: bool,
    build: bool,
    /// Arguments of the plug-ins' program; `None` leaves it out.
    plugin: Option<Vec<String>>,
    /// Arguments of the program for libsegue; `None` leaves it out.
    capi: Option<Vec<String>>,
    /// Arguments of the program for processors and files; `None` leaves it out.
    delivery: Option<Vec<String>>,
    /// Arguments of the peers' program; `None` leaves it out. Without a name it runs everything.
    peers: Option<Vec<String>>,
}

/// One measurement of the build. Nobody builds the peers the same way, so there is no ratio.
struct Row {
    bench: &'static str,
    workload: String,
    value: f64,
    unit: &'static str,
}

pub(crate) fn bench(shell: &Shell, installing: Installing, words: &[String]) -> Result<()> {
    let request = parse(words);
    setup::prepare(shell, Need::Build, installing)?;
    if let Some(arguments) = &request.peers {
        run_peers(shell, arguments)?;
    }
    if let Some(arguments) = &request.plugin {
        run_plugins(shell, arguments)?;
    }
    if let Some(arguments) = &request.capi {
        setup::prepare(shell, Need::Test, installing)?;
        run_capi(shell, arguments)?;
    }
    if let Some(arguments) = &request.delivery {
        setup::prepare(shell, Need::Bench, installing)?;
        run_delivery(shell, arguments)?;
    }
    if request.build {
        for row in measure_build(shell)? {
            println!("{}", if request.json { row.json() } else { row.text() });
        }
    }
    Ok(())
}

/// What xtask does not know itself, the peers' program knows or refuses.
fn parse(words: &[String]) -> Request {
    let has = |word: &str| words.iter().any(|other| other == word);
    let is_other =
        |word: &str| ["--all", BUILD, PLUGIN, CAPI].contains(&word) || DELIVERY.contains(&word);
    let peers: Vec<String> = words
        .iter()
        .filter(|word| !is_other(word))
        .cloned()
        .collect();
    let flags = || peers.iter().filter(|word| word.starts_with('-')).cloned();
    let others = DELIVERY
        .into_iter()
        .filter(|name| has(name) || has("--all"));
    let others: Vec<String> = others.map(str::to_owned).collect();
    let has_others = has(BUILD) || has(PLUGIN) || has(CAPI) || !others.is_empty();
    let names_peers = peers.iter().any(|word| !word.starts_with('-'));
    Request {
        json: has("--json"),
        build: has(BUILD) || has("--all"),
        plugin: (has(PLUGIN) || has("--all")).then(|| flags().collect()),
        capi: (has(CAPI) || has("--all")).then(|| flags().collect()),
        delivery: (!others.is_empty()).then(|| flags().chain(others).collect()),
        peers: (names_peers || has("--all") || !has_others).then_some(peers),
    }
}

/// Builds the libraries as hosts load them, and runs their benchmark and the editor's.
fn run_plugins(shell: &Shell, arguments: &[String]) -> Result<()> {
    let peers = shell.root().join("bench/target");
    let segue = release_library(shell, "segue-plugin", "segue_plugin")?;
    let of_peers = |what: &str| {
        let mut cargo = shell.cargo();
        cargo.args([what, "--quiet", "--release", "--manifest-path"]);
        cargo.args([PEERS_MANIFEST, "--target-dir"]).arg(&peers);
        cargo
    };
    shell.run(of_peers("build").args(["-p", "segue-bench-nice"]))?;
    let mut measure = of_peers("run");
    measure.args(["-p", "segue-bench-plugins", "--"]);
    measure.args(arguments);
    measure.arg(segue);
    measure.arg(library(&peers, "segue_bench_nice"));
    measure.arg(shell.root().join(FACTORY_PROJECT));
    shell.run(&mut measure)?;
    for row in editor(shell)? {
        let is_json = arguments.iter().any(|word| word == "--json");
        println!("{}", if is_json { row.json() } else { row.text() });
    }
    Ok(())
}

/// Builds a library in the release profile and answers with its file.
fn release_library(shell: &Shell, package: &str, name: &str) -> Result<PathBuf> {
    let mut build = shell.cargo();
    build.args(["build", "--quiet", "--release", "--lib", "-p", package]);
    shell.run(&mut build)?;
    Ok(library(&Metadata::read(shell)?.target_directory, name))
}

/// Where cargo has put it.
fn library(target: &Path, name: &str) -> PathBuf {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    let file = format!("{DLL_PREFIX}{name}{DLL_SUFFIX}");
    target.join("release").join(file)
}

/// Builds libsegue as games load it, and runs its benchmark.
fn run_capi(shell: &Shell, arguments: &[String]) -> Result<()> {
    let segue = release_library(shell, "segue-capi", "segue")?;
    let mut measure = shell.cargo();
    measure.args(["run", "--quiet", "--release", "--manifest-path"]);
    measure.args([PEERS_MANIFEST, "-p", "segue-bench-capi", "--"]);
    measure.args(arguments).arg(segue);
    shell.run(measure.arg(shell.root().join(FACTORY_PROJECT)))
}

/// Builds `segue` with every encoder, and runs processors and jobs next to their peers.
fn run_delivery(shell: &Shell, arguments: &[String]) -> Result<()> {
    let python = python(shell, DELIVERY_FOLDER)?;
    let mut build = shell.cargo();
    build.args(["build", "--quiet", "--release", "-p", "segue"]);
    shell.run(build.args(["--features", "mp3,aac"]))?;
    let segue = run::program(&Metadata::read(shell)?.target_directory);
    let mut measure = shell.cargo();
    measure.args(["run", "--quiet", "--release", "--manifest-path"]);
    measure.args([PEERS_MANIFEST, "-p", "segue-bench-delivery", "--"]);
    measure
        .arg("--python")
        .arg(python)
        .arg("--segue")
        .arg(segue);
    shell.run(measure.args(arguments))
}

/// What a frame of the editor costs, by the number of buses.
fn editor(shell: &Shell) -> Result<Vec<Row>> {
    let mut run = shell.cargo();
    run.args(["run", "--quiet", "--release", "-p", "segue-gui"]);
    let text = shell.output(run.args(["--example", "frame_cost"]))?;
    Ok(text.lines().filter_map(frame_cost).flatten().collect())
}

/// A line of buses and the microseconds of views and shapes.
fn frame_cost(line: &str) -> Option<[Row; 2]> {
    let mut words = line.split_whitespace();
    let buses: u32 = words.next()?.parse().ok()?;
    let mut row = |what: &str| {
        Some(Row {
            bench: "editor",
            workload: format!("{what} a repaint, {buses} buses"),
            value: words.next()?.parse().ok()?,
            unit: "us",
        })
    };
    Some([row("views")?, row("shapes")?])
}

fn run_peers(shell: &Shell, arguments: &[String]) -> Result<()> {
    let mut command = shell.cargo();
    command.args([
        "run",
        "--quiet",
        "--release",
        "--manifest-path",
        PEERS_MANIFEST,
        "--",
    ]);
    shell.run(command.args(arguments))
}

/// Wall-clock time of a release build from nothing, without downloads, and what comes out of it.
fn measure_build(shell: &Shell) -> Result<Vec<Row>> {
    shell.run(shell.cargo().args(["fetch", "--quiet"]))?;
    let folder = TemporaryFolder::new()?;
    let mut build = shell.cargo();
    build
        .args([
            "build",
            "--quiet",
            "--release",
            "-p",
            "segue",
            "--target-dir",
        ])
        .arg(&folder.0);
    let start = Instant::now();
    shell.run(&mut build)?;
    let seconds = start.elapsed().as_secs_f64();
    let bytes = size_of(&run::program(&folder.0))?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let time = Row {
        bench: BUILD,
        workload: format!("clean release, {cores} cores"),
        value: seconds,
        unit: "s",
    };
    let size = Row {
        bench: BUILD,
        workload: "binary size".to_owned(),
        value: bytes,
        unit: "MB",
    };
    Ok(vec![time, size])
}

fn size_of(file: &Path) -> Result<f64> {
    match std::fs::metadata(file) {
        #[allow(
            clippy::cast_precision_loss,
            reason = "a file of 2^53 bytes is not built here"
        )]
        Ok(metadata) => Ok(metadata.len() as f64 / 1e6),
        Err(error) => fail(format!("the build left no {}: {error}", file.display())),
    }
}

impl Row {
    fn json(&self) -> String {
        // In the order that people read; a JSON object would sort its keys.
        let fields = [
            ("bench", json!(self.bench)),
            ("workload", json!(self.workload)),
            ("subject", json!("segue")),
            ("value", json!(self.value)),
            ("unit", json!(self.unit)),
            ("ratio_to_best_peer", json!(null)),
        ];
        let fields = fields.map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", fields.join(","))
    }

    fn text(&self) -> String {
        format!(
            "{:<10} {:<26} {:<14} {:>10.1} {}",
            self.bench, self.workload, "segue", self.value, self.unit
        )
    }
}

/// A folder of its own, removed again on every way out.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("segue-build-{}", std::process::id()));
        match std::fs::create_dir(&path) {
            Ok(()) => Ok(Self(path)),
            Err(error) => fail(format!("cannot create {}: {error}", path.display())),
        }
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("cannot remove {}: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, json: bool, build: bool, peers: Option<&str>) {
        let split = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let request = parse(&split(words));
        let found = (request.json, request.build, request.peers);
        assert_eq!(found, (json, build, peers.map(split)));
    }

    #[test]
    fn the_build_is_measured_only_when_asked_for() {
        check("", false, false, Some(""));
        check("kira --quick", false, false, Some("kira --quick"));
        check("build", false, true, None);
        check("build --json", true, true, None);
        check("--all --json", true, true, Some("--json"));
        check("voices build --json", true, true, Some("voices --json"));
    }

    #[test]
    fn the_plug_ins_are_measured_only_when_asked_for() {
        let plugin = |text: &str| {
            let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            let request = parse(&words);
            (
                request.plugin.map(|words| words.join(" ")),
                request.peers.is_some(),
            )
        };
        assert_eq!(plugin("kira"), (None, true));
        assert_eq!(plugin("plugin"), (Some(String::new()), false));
        assert_eq!(
            plugin("plugin --quick"),
            (Some("--quick".to_owned()), false)
        );
        assert_eq!(plugin("--all --json"), (Some("--json".to_owned()), true));
    }

    #[test]
    fn libsegue_is_measured_only_when_asked_for() {
        let capi = |word: &str| parse(&[word.to_owned()]).capi.is_some();
        assert!(capi("capi") && capi("--all"));
        assert!(!capi("plugin") && !capi("kira"));
        assert!(parse(&["capi".to_owned()]).peers.is_none());
    }

    #[test]
    fn processors_and_files_are_measured_only_when_asked_for() {
        let delivery = |text: &str| {
            let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            let request = parse(&words);
            (
                request.delivery.map(|words| words.join(" ")),
                request.peers.is_some(),
            )
        };
        assert_eq!(delivery("kira"), (None, true));
        assert_eq!(delivery("dsp"), (Some("dsp".to_owned()), false));
        assert_eq!(
            delivery("offline --quick"),
            (Some("--quick offline".to_owned()), false)
        );
        assert_eq!(delivery("--all"), (Some("dsp offline".to_owned()), true));
    }

    #[test]
    fn a_line_of_the_editors_costs_is_two_rows() {
        let rows = frame_cost("    32       1234            56").expect("three numbers");
        assert_eq!(rows[0].text().split_whitespace().next(), Some("editor"));
        assert_eq!((rows[0].value, rows[1].value), (1234.0, 56.0));
        assert!(frame_cost(" buses views (us)").is_none());
    }

    #[test]
    fn a_row_has_the_keys_of_every_benchmark() {
        let row = Row {
            bench: BUILD,
            workload: "binary size".to_owned(),
            value: 4.5,
            unit: "MB",
        };
        let value: serde_json::Value = serde_json::from_str(&row.json()).expect("valid JSON");
        for key in [
            "bench",
            "workload",
            "subject",
            "value",
            "unit",
            "ratio_to_best_peer",
        ] {
            assert!(value.get(key).is_some(), "{key}");
        }
        assert!(row.text().contains("4.5 MB"));
    }

    #[test]
    fn a_temporary_folder_leaves_nothing() {
        let folder = TemporaryFolder::new().expect("writable");
        let path = folder.0.clone();
        assert!(path.is_dir());
        drop(folder);
        assert!(!path.exists());
    }
}
