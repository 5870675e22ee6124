//! `cargo xtask bundle`: plug-ins and program, packed as hosts and people expect them.

mod config;
mod layout;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::metadata::Metadata;
use crate::setup::{self, Installing, Need};
use crate::shell::{Result, Shell, fail};
pub(crate) use config::Config;
use layout::Content;
pub(crate) use layout::System;

/// Loads the library as a host does and reads what it says about itself.
const PROBE: &str = "segue-probe";
/// Loads that are timed for each format; an odd number has a middle one.
const LOADS: usize = 9;

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) is_debug: bool,
    /// Takes what the tests have built: with other features it would all be built again.
    pub(crate) for_tests: bool,
    /// Where the bundles go; else `bundled` in the target folder.
    pub(crate) out: Option<PathBuf>,
}

/// What a bundling has made.
#[derive(Debug)]
pub(crate) struct Bundles {
    pub(crate) clap: PathBuf,
    pub(crate) vst3: PathBuf,
    pub(crate) program: PathBuf,
    /// The library itself, as cargo left it.
    pub(crate) library: PathBuf,
    /// The program that loads it.
    pub(crate) probe: PathBuf,
}

/// Builds, bundles, and prints sizes and load times.
pub(crate) fn bundle(shell: &Shell, installing: Installing, words: &[String]) -> Result<()> {
    let request = parse(words)?;
    setup::prepare(shell, Need::Build, installing)?;
    let bundles = make(shell, &request)?;
    for path in [&bundles.clap, &bundles.vst3, &bundles.program] {
        println!("{:<48} {}", path.display(), megabytes(size_of(path)?));
    }
    for format in ["clap", "vst3"] {
        let median = bundles.load_time(shell, format)?;
        println!(
            "{format}: {median:.1} ms from loading the library to the first instance, median of {LOADS}"
        );
    }
    Ok(())
}

fn parse(words: &[String]) -> Result<Request> {
    let mut request = Request::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--debug" => request.is_debug = true,
            "--out" => match words.next() {
                Some(folder) => request.out = Some(folder.into()),
                None => return fail("`--out` needs a folder"),
            },
            other => {
                return fail(format!(
                    "`bundle` takes --debug and --out DIR, not `{other}`"
                ));
            }
        }
    }
    Ok(request)
}

/// Builds and writes the bundles.
pub(crate) fn make(shell: &Shell, request: &Request) -> Result<Bundles> {
    let config = Config::read(shell.root())?;
    build(shell, &config, request)?;
    let target = Metadata::read(shell)?.target_directory;
    let built = target.join(if request.is_debug { "debug" } else { "release" });
    let out = match &request.out {
        Some(out) => shell.root().join(out),
        None => target.join("bundled"),
    };
    let system = System::here();
    let library = built.join(system.library(&config.plugins.library));
    let probe = built.join(system.program(PROBE));
    let described = describe(shell, &probe, &library, &config)?;
    let parts = Parts {
        config: &config,
        library: &library,
        info: &described,
    };
    let name = &config.plugins.name;
    parts.write(&out, &format!("{name}.clap"), &system.clap(name))?;
    parts.write(&out, &format!("{name}.vst3"), &system.vst3(name))?;
    let program = system.program(&config.program.binary);
    copy(&built.join(&program), &out.join(&program))?;
    Ok(Bundles {
        clap: out.join(format!("{name}.clap")),
        vst3: out.join(format!("{name}.vst3")),
        program: out.join(program),
        library,
        probe,
    })
}

fn build(shell: &Shell, config: &Config, request: &Request) -> Result<()> {
    let mut build = shell.cargo();
    build.arg("build");
    if !request.is_debug {
        build.arg("--release");
    }
    if request.for_tests {
        return shell.run(build.args(["--workspace", "--all-targets"]));
    }
    for package in [&config.plugins.package, &config.program.package, PROBE] {
        build.args(["-p", package]);
    }
    shell.run(&mut build)
}

/// The module info that the library's own factory gives. Refuses a library with other plug-ins than
/// those of the configuration.
fn describe(shell: &Shell, probe: &Path, library: &Path, config: &Config) -> Result<String> {
    let mut command = shell.command(probe);
    let words = [config.plugins.name.as_str(), env!("CARGO_PKG_VERSION")];
    let text = shell.output(command.arg("describe").arg(library).args(words))?;
    read_description(&text, config)
}

fn read_description(text: &str, config: &Config) -> Result<String> {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return fail(format!("{PROBE} answered no JSON: {text}"));
    };
    let ids = value["clap_ids"].as_array();
    let ids: Option<Vec<&str>> = ids.and_then(|ids| ids.iter().map(Value::as_str).collect());
    if ids.as_deref()
        != Some(
            &config
                .plugins
                .ids
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>(),
        )
    {
        return fail(format!(
            "the library holds {ids:?}, but bundler.toml says {:?}",
            config.plugins.ids
        ));
    }
    let vendor = &value["module_info"]["Factory Info"]["Vendor"];
    if *vendor != *config.vendor {
        return fail(format!(
            "the library is by {vendor}, but bundler.toml says \"{}\"",
            config.vendor
        ));
    }
    Ok(format!("{:#}\n", value["module_info"]))
}

/// What bundles are made of.
struct Parts<'a> {
    config: &'a Config,
    library: &'a Path,
    info: &'a str,
}

impl Parts<'_> {
    /// Writes one bundle in the place of what was there.
    fn write(&self, out: &Path, bundle: &str, files: &[layout::File]) -> Result<()> {
        let plugins = &self.config.plugins;
        remove(&out.join(bundle))?;
        for (path, content) in files {
            let path = out.join(path);
            match content {
                Content::Library => copy(self.library, &path)?,
                Content::ModuleInfo => write(&path, self.info)?,
                Content::PkgInfo => write(&path, layout::PKG_INFO)?,
                Content::InfoPlist => {
                    let version = env!("CARGO_PKG_VERSION");
                    let list = layout::info_plist(&plugins.name, &plugins.identifier, version);
                    write(&path, &list)?;
                }
            }
        }
        Ok(())
    }
}

impl Bundles {
    /// Milliseconds, each load in a process of its own.
    fn load_time(&self, shell: &Shell, format: &str) -> Result<f64> {
        let once = || {
            let mut command = shell.command(&self.probe);
            let command = command.arg("time").arg(&self.library).arg(format);
            let text = shell.output(command)?;
            match text.trim().parse::<f64>() {
                Ok(microseconds) => Ok(microseconds / 1e3),
                Err(_) => fail(format!("{PROBE} answered `{text}` instead of a time")),
            }
        };
        let times = (0..LOADS).map(|_| once()).collect::<Result<Vec<_>>>()?;
        Ok(median(times))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn megabytes(bytes: u64) -> String {
    #[allow(
        clippy::cast_precision_loss,
        reason = "no bundle has 2^53 bytes, and one digit is shown"
    )]
    let megabytes = bytes as f64 / 1e6;
    format!("{megabytes:>6.1} MB")
}

/// Bytes of a file, or of everything in a folder.
fn size_of(path: &Path) -> Result<u64> {
    let sum = || -> std::io::Result<u64> {
        if !path.is_dir() {
            return Ok(fs::metadata(path)?.len());
        }
        let mut sum = 0;
        for entry in fs::read_dir(path)? {
            sum += size_of(&entry?.path())
                .map_err(|error| std::io::Error::other(error.to_string()))?;
        }
        Ok(sum)
    };
    said(sum(), "measure", path)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    make_parent(to)?;
    // Not over a file that some host has open.
    remove(to)?;
    said(fs::copy(from, to).map(drop), "write", to)
}

fn write(path: &Path, text: &str) -> Result<()> {
    make_parent(path)?;
    said(fs::write(path, text), "write", path)
}

fn make_parent(path: &Path) -> Result<()> {
    match path.parent() {
        Some(folder) => said(fs::create_dir_all(folder), "create", folder),
        None => Ok(()),
    }
}

/// Removes a file or folder that may be there.
pub(crate) fn remove(path: &Path) -> Result<()> {
    let result = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    said(result, "remove", path)
}

/// The error of a file operation in words.
pub(crate) fn said<T>(result: std::io::Result<T>, action: &str, path: &Path) -> Result<T> {
    match result {
        Ok(value) => Ok(value),
        Err(error) => fail(format!("cannot {action} {}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_are_read() {
        assert_eq!(parse(&[]).expect("valid"), Request::default());
        let request = parse(&words("--debug --out here")).expect("valid");
        let expected = Request {
            is_debug: true,
            for_tests: false,
            out: Some("here".into()),
        };
        assert_eq!(request, expected);
        assert!(parse(&words("--out")).is_err());
        assert!(parse(&words("--fast")).is_err());
    }

    #[test]
    fn a_library_with_other_plug_ins_is_refused() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let config = Config::read(&root).expect("valid");
        let text = |ids: &str, vendor: &str| {
            format!(
                r#"{{"clap_ids": {ids}, "module_info": {{"Factory Info": {{"Vendor": "{vendor}"}}}}}}"#
            )
        };
        let ids = r#"["audio.segue.segue", "audio.segue.segue-fx"]"#;
        assert!(read_description(&text(ids, "Segue"), &config).is_ok());
        let fewer = text(r#"["audio.segue.segue"]"#, "Segue");
        for text in [fewer.as_str(), &text(ids, "Other"), "no JSON", "{}"] {
            assert!(read_description(text, &config).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bundle_is_written_in_the_place_of_an_old_one() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let config = Config::read(&root).expect("valid");
        let out = std::env::temp_dir().join(format!("segue-bundle-{}", std::process::id()));
        write(&out.join("Segue.vst3/old"), "left").expect("writable");
        write(&out.join("library"), "code").expect("writable");
        let parts = Parts {
            config: &config,
            library: &out.join("library"),
            info: "{}",
        };
        let files = System::MacOs.vst3("Segue");
        parts.write(&out, "Segue.vst3", &files).expect("writable");
        assert!(!out.join("Segue.vst3/old").exists());
        for (path, content) in &files {
            let text = fs::read_to_string(out.join(path)).expect("written");
            let expected = match content {
                Content::Library => "code",
                Content::ModuleInfo => "{}",
                Content::PkgInfo => "BNDL????",
                Content::InfoPlist => "audio.segue.plugins",
            };
            assert!(text.contains(expected), "{path}");
        }
        assert!(size_of(&out).expect("there") > 14);
        remove(&out).expect("writable");
    }

    #[test]
    fn the_middle_of_an_odd_number_is_the_median() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]).to_string(), "2");
    }
}
