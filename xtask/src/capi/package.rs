//! The package that `cargo xtask dist` makes, found and linked by a program of somebody else.

use std::fs;
use std::path::{Path, PathBuf};

use super::Outcome;
use super::kit::Kit;
use crate::dist;
use crate::shell::{Result, fail, on_path};

const CONSUMER: &str = "capi/tests/cmake";

pub(super) fn package(kit: &Kit<'_>) -> Result<Outcome> {
    let folder = unpacked(kit)?;
    let sealed = sealed(kit, &folder)?;
    by_cmake(kit, &folder)?;
    if !on_path("pkg-config") {
        return Ok(Outcome::Done(format!(
            "from the archive, by CMake, shared and static; {sealed}"
        )));
    }
    for name in ["segue", "segue-static"] {
        by_pkg_config(kit, &folder, name)?;
    }
    Ok(Outcome::Done(format!(
        "from the archive, by CMake and pkg-config, shared and static; {sealed}"
    )))
}

/// What the static library exports is what C calls.
fn sealed(kit: &Kit<'_>, folder: &Path) -> Result<&'static str> {
    if !dist::can_seal() || !on_path("nm") {
        return Ok("what the static one exports is not looked at");
    }
    let mut nm = kit.shell.command("nm");
    nm.args(["--extern-only", "--defined-only"]);
    let listed = kit
        .shell
        .output(nm.arg(folder.join("lib").join("libsegue.a")))?;
    // `0000000000000000 T segue_get_abi`
    let names = listed
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2));
    let (own, others): (Vec<_>, Vec<_>) = names.partition(|name| name.starts_with("segue_"));
    match (own.is_empty(), others.first()) {
        (false, None) => Ok("the static one exports segue_* alone"),
        (true, _) => fail("libsegue.a exports nothing"),
        (false, Some(one)) => fail(format!(
            "libsegue.a exports {} names that are none of C's, such as {one}",
            others.len()
        )),
    }
}

/// The package as somebody has it who got the archive: in another place than it was made in, and complete.
fn unpacked(kit: &Kit<'_>) -> Result<PathBuf> {
    let made = dist::pack(kit.shell, &kit.built, &kit.out.join("dist"))?;
    // Quickly: these libraries are large, and nobody sends them.
    let archive = dist::tarball(kit.shell, &made, "gzip -1")?;
    empty(&made)?;
    let elsewhere = kit.out.join("unpacked");
    empty(&elsewhere)?;
    if let Err(error) = fs::create_dir_all(&elsewhere) {
        return fail(format!("cannot create {}: {error}", elsewhere.display()));
    }
    let mut tar = kit.shell.command("tar");
    tar.arg("-xzf").arg(&archive).arg("-C").arg(&elsewhere);
    kit.shell.output(&mut tar)?;
    if let Err(error) = fs::remove_file(&archive) {
        return fail(format!("cannot remove {}: {error}", archive.display()));
    }
    let folder = elsewhere.join(made.file_name().unwrap_or_default());
    for file in dist::contents() {
        let has_something = fs::metadata(folder.join(&file)).is_ok_and(|found| found.len() > 0);
        if !has_something {
            return fail(format!("the archive has no {}", file.display()));
        }
    }
    Ok(folder)
}

/// Removes a folder, if it is there.
fn empty(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            fail(format!("cannot empty {}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// CMake, ctest and all from an empty folder.
fn by_cmake(kit: &Kit<'_>, folder: &Path) -> Result<()> {
    let build = kit.out.join("consumer");
    empty(&build)?;
    let mut configure = kit.shell.command("cmake");
    configure.args(["-S", CONSUMER, "-B"]).arg(&build);
    configure.arg(format!("-DCMAKE_PREFIX_PATH={}", folder.display()));
    kit.shell.report(&mut configure)?;
    kit.shell
        .report(kit.shell.command("cmake").arg("--build").arg(&build))?;
    let mut ctest = kit.shell.command("ctest");
    kit.shell
        .report(ctest.arg("--output-on-failure").current_dir(&build))?;
    Ok(())
}

fn by_pkg_config(kit: &Kit<'_>, folder: &Path, name: &str) -> Result<()> {
    let mut ask = kit.shell.command("pkg-config");
    ask.env("PKG_CONFIG_PATH", folder.join("lib").join("pkgconfig"));
    let words = kit.shell.output(ask.args(["--cflags", "--libs", name]))?;
    let program = kit.out.join(format!("consumer-{name}"));
    let mut compiler = kit.shell.command("cc");
    compiler
        .arg(format!("{CONSUMER}/consumer.c"))
        .args(words.split_whitespace());
    compiler.arg("-o").arg(&program);
    compiler.arg(format!("-Wl,-rpath,{}", folder.join("lib").display()));
    kit.shell.report(&mut compiler)?;
    kit.shell.report(&mut kit.shell.command(program))?;
    Ok(())
}
