//! `cargo xtask dist`: libsegue as games take it: libraries, header, pkg-config, CMake.

use std::fs;
use std::path::{Path, PathBuf};

use crate::metadata::Metadata;
use crate::setup::{self, Installing, Need};
use crate::shell::{Result, Shell, fail, on_path};

const HEADER: &str = "capi/include/segue.h";
/// The names that C calls, one a line.
const SYMBOLS: &str = "capi/abi/symbols.txt";
/// Files that go into the package as they are, and where.
const TEXTS: &[(&str, &str)] = &[
    (HEADER, "include/segue.h"),
    ("LICENSE-MIT", "share/doc/segue/LICENSE-MIT"),
    ("LICENSE-APACHE", "share/doc/segue/LICENSE-APACHE"),
    ("docs/c-abi.md", "share/doc/segue/c-abi.md"),
    (
        "docs/c-abi-reference.md",
        "share/doc/segue/c-abi-reference.md",
    ),
    // What the header and those two send their readers to.
    ("docs/formats.md", "share/doc/segue/formats.md"),
    ("docs/ingest.md", "share/doc/segue/ingest.md"),
    ("docs/inserts.md", "share/doc/segue/inserts.md"),
    ("docs/interactive.md", "share/doc/segue/interactive.md"),
    ("docs/limits.md", "share/doc/segue/limits.md"),
    ("docs/offline.md", "share/doc/segue/offline.md"),
    ("docs/scene.md", "share/doc/segue/scene.md"),
    ("docs/slot.md", "share/doc/segue/slot.md"),
    ("docs/stages.md", "share/doc/segue/stages.md"),
];
/// Files with places for the version and for libraries of the system, and where they go.
const TEMPLATES: &[(&str, &str)] = &[
    ("capi/package/segue.pc", "lib/pkgconfig/segue.pc"),
    (
        "capi/package/segue-static.pc",
        "lib/pkgconfig/segue-static.pc",
    ),
    (
        "capi/package/segue-config.cmake",
        "lib/cmake/segue/segue-config.cmake",
    ),
    (
        "capi/package/segue-config-version.cmake",
        "lib/cmake/segue/segue-config-version.cmake",
    ),
];

#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    is_debug: bool,
    out: Option<PathBuf>,
}

/// Builds the library, packs it, and prints where it is and how large.
pub(crate) fn dist(shell: &Shell, installing: Installing, words: &[String]) -> Result<()> {
    let request = parse(words)?;
    setup::prepare(shell, Need::Build, installing)?;
    let mut build = shell.cargo();
    build.args(["build", "-p", "segue-capi"]);
    if !request.is_debug {
        build.arg("--release");
    }
    shell.run(&mut build)?;
    let target = Metadata::read(shell)?.target_directory;
    let built = target.join(if request.is_debug { "debug" } else { "release" });
    let out = match request.out {
        Some(out) => shell.root().join(out),
        None => target.join("dist"),
    };
    let folder = pack(shell, &built, &out)?;
    let tarball = tarball(shell, &folder, "gzip")?;
    for path in libraries(&folder).iter().chain([&tarball]) {
        let bytes = fs::metadata(path).map_or(0, |found| found.len());
        println!(
            "{:<64} {:>8.1} MiB",
            path.display(),
            bytes as f64 / (1 << 20) as f64
        );
    }
    Ok(())
}

fn parse(words: &[String]) -> Result<Request> {
    let mut request = Request::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match (word.as_str(), words.len()) {
            ("--debug", _) => request.is_debug = true,
            ("--out", 1..) => request.out = words.next().map(PathBuf::from),
            ("--out", 0) => return fail("`--out` needs a folder"),
            (other, _) => {
                return fail(format!("`dist` takes --debug and --out DIR, not `{other}`"));
            }
        }
    }
    Ok(request)
}

/// Lays the package out below `out` and answers with its folder, which is made anew.
pub(crate) fn pack(shell: &Shell, built: &Path, out: &Path) -> Result<PathBuf> {
    let version = env!("CARGO_PKG_VERSION");
    let system = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    let folder = out.join(format!("segue-{version}-{system}"));
    if folder.exists() {
        said(fs::remove_dir_all(&folder), &folder)?;
    }
    let library = folder.join("lib");
    copy(
        &built.join(shared_name()),
        &library.join(runtime_name().unwrap_or_else(shared_name)),
    )?;
    for name in std::iter::once(static_name()).chain(import_name()) {
        copy(&built.join(&name), &library.join(&name))?;
    }
    if can_seal() {
        seal(shell, &library.join(static_name()))?;
    } else if cfg!(target_os = "linux") {
        println!(
            "without {}, {} exports names of its codecs too",
            SEALERS.join(", "),
            static_name()
        );
    }
    if let Some(name) = runtime_name() {
        // What the linker looks for leads to what programs look for.
        link(&name, &library.join(shared_name()))?;
    }
    for (from, to) in TEXTS {
        copy(&shell.root().join(from), &folder.join(to))?;
    }
    for (from, to) in TEMPLATES {
        let text = match fs::read_to_string(shell.root().join(from)) {
            Ok(text) => text,
            Err(error) => return fail(format!("cannot read {from}: {error}")),
        };
        let text = filled(&text, version);
        let place = folder.join(to);
        create_parent(&place)?;
        said(fs::write(&place, text), &place)?;
    }
    Ok(folder)
}

/// Programs of binutils that make one object out of many.
const SEALERS: [&str; 3] = ["ld", "objcopy", "ar"];

/// Whether the static library of a package exports nothing but what C calls.
pub(crate) fn can_seal() -> bool {
    cfg!(target_os = "linux") && SEALERS.iter().all(|tool| on_path(tool))
}

/// Makes one object of all that C calls and what that needs, which exports nothing else: names of codecs, such as
/// `comb_filter`, would meet those of the program.
fn seal(shell: &Shell, library: &Path) -> Result<()> {
    let names = match fs::read_to_string(shell.root().join(SYMBOLS)) {
        Ok(names) => names,
        Err(error) => return fail(format!("cannot read {SYMBOLS}: {error}")),
    };
    let object = library.with_extension("o");
    let mut join = shell.command("ld");
    join.args(["-r", "--strip-debug", "-o"]).arg(&object);
    join.args(names.lines().map(|name| format!("--undefined={name}")));
    shell.output(join.arg(library))?;
    let mut hide = shell.command("objcopy");
    hide.args(["--wildcard", "--keep-global-symbol=segue_*"]);
    // Bitcode of many crates in a row, which `ar` and linkers would try to read.
    hide.args(["--remove-section=.llvmbc", "--remove-section=.llvmcmd"]);
    shell.output(hide.arg(&object))?;
    said(fs::remove_file(library), library)?;
    shell.output(shell.command("ar").arg("rcs").args([library, &object]))?;
    said(fs::remove_file(&object), &object)
}

fn filled(text: &str, version: &str) -> String {
    text.replace("@VERSION@", version)
        .replace("@SHARED@", &runtime_name().unwrap_or_else(shared_name))
        .replace("@SONAME@", &soname())
        .replace("@STATIC@", &static_name())
        .replace("@LIBRARIES@", &SYSTEM_LIBRARIES.join(" "))
        .replace("@LIBRARY_LIST@", &SYSTEM_LIBRARIES.join(";"))
}

/// What the static library asks of the system.
pub(crate) const SYSTEM_LIBRARIES: &[&str] = if cfg!(target_os = "linux") {
    &["-lstdc++", "-lm", "-ldl", "-lpthread"]
} else if cfg!(target_os = "macos") {
    &["-lc++", "-lm"]
} else {
    &[]
};

fn shared_name() -> String {
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    format!("{prefix}segue{suffix}")
}

/// The name that programs keep of the shared library, as `capi/build.rs` gives it; none on Windows.
fn runtime_name() -> Option<String> {
    match std::env::consts::OS {
        "windows" => None,
        "macos" => Some("libsegue.0.dylib".to_owned()),
        _ => Some("libsegue.so.0".to_owned()),
    }
}

/// The same as programs of this system write it.
fn soname() -> String {
    let name = runtime_name().unwrap_or_default();
    if cfg!(target_os = "macos") {
        format!("@rpath/{name}")
    } else {
        name
    }
}

/// Makes what cargo has built in a folder findable by programs that were linked with it.
pub(crate) fn name_for_programs(built: &Path) -> Result<()> {
    match runtime_name() {
        Some(name) => link(&shared_name(), &built.join(name)),
        None => Ok(()),
    }
}

/// A link to a file beside it, unless it is there.
#[cfg(unix)]
fn link(name: &str, at: &Path) -> Result<()> {
    match std::os::unix::fs::symlink(name, at) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        made => said(made, at),
    }
}

#[cfg(not(unix))]
fn link(name: &str, at: &Path) -> Result<()> {
    fail(format!("{} cannot be a link to {name}", at.display()))
}

fn static_name() -> String {
    String::from(if cfg!(windows) {
        "segue.lib"
    } else {
        "libsegue.a"
    })
}

/// What Windows links against instead of the DLL.
fn import_name() -> Option<String> {
    cfg!(windows).then(|| "segue.dll.lib".to_owned())
}

fn libraries(folder: &Path) -> Vec<PathBuf> {
    [shared_name(), static_name()]
        .iter()
        .map(|name| folder.join("lib").join(name))
        .collect()
}

/// Where `cargo xtask dist` puts what, relative to the package's folder: every file that a package has.
pub(crate) fn contents() -> Vec<PathBuf> {
    let library = Path::new("lib");
    let libraries = [shared_name(), static_name()].into_iter();
    let libraries = libraries.chain(runtime_name()).chain(import_name());
    let others = TEXTS.iter().chain(TEMPLATES);
    let others = others.map(|(_, to)| PathBuf::from(to));
    libraries
        .map(|name| library.join(name))
        .chain(others)
        .collect()
}

/// Packs a folder into one file beside it, by a program that compresses.
pub(crate) fn tarball(shell: &Shell, folder: &Path, compressor: &str) -> Result<PathBuf> {
    let mut name = folder.as_os_str().to_owned();
    name.push(".tar.gz");
    let path = PathBuf::from(name);
    let mut tar = shell.command("tar");
    tar.arg(format!("--use-compress-program={compressor}"));
    tar.arg("-cf").arg(&path);
    if let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) {
        tar.arg("-C").arg(parent).arg(name);
    }
    shell.output(&mut tar)?;
    Ok(path)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    create_parent(to)?;
    match fs::copy(from, to) {
        Ok(_) => Ok(()),
        Err(error) => fail(format!(
            "cannot copy {} to {}: {error}",
            from.display(),
            to.display()
        )),
    }
}

fn create_parent(path: &Path) -> Result<()> {
    match path.parent() {
        Some(parent) => said(fs::create_dir_all(parent), parent),
        None => Ok(()),
    }
}

fn said(result: std::io::Result<()>, path: &Path) -> Result<()> {
    match result {
        Ok(()) => Ok(()),
        Err(error) => fail(format!("cannot write {}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_make_a_request() {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(parse(&[]).expect("nothing"), Request::default());
        let request = parse(&words(&["--debug", "--out", "x"])).expect("sound");
        assert_eq!(
            request,
            Request {
                is_debug: true,
                out: Some("x".into())
            }
        );
        assert!(parse(&words(&["--out"])).is_err());
        assert!(parse(&words(&["x"])).is_err());
    }

    #[test]
    fn a_package_has_libraries_header_and_licences_once() {
        let mut all = contents();
        for file in ["include/segue.h", "share/doc/segue/LICENSE-MIT"] {
            assert!(all.contains(&PathBuf::from(file)), "{file}");
        }
        assert!(all.contains(&Path::new("lib").join(static_name())));
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn pages_that_the_header_names_are_in_the_package() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let header = fs::read_to_string(root.join(HEADER)).expect("a header");
        let mut found = 0;
        for piece in header.split("docs/").skip(1) {
            let name = piece.split_once(".md").expect("a page").0;
            let page = format!("docs/{name}.md");
            assert!(TEXTS.iter().any(|(from, _)| *from == page), "{page}");
            found += 1;
        }
        assert!(found > 9, "{found}");
    }

    #[test]
    fn templates_are_filled() {
        let text = filled(
            "@VERSION@ @SHARED@ @STATIC@ @LIBRARIES@ @LIBRARY_LIST@",
            "1.2.3",
        );
        assert!(text.starts_with("1.2.3 ") && !text.contains('@'), "{text}");
        assert_eq!(filled("@SONAME@", "1"), soname());
    }
}
