//! The package that `cargo xtask dist` makes, found and linked by a program of somebody else.

use std::fs;
use std::path::Path;

use super::Outcome;
use super::kit::Kit;
use crate::dist;
use crate::shell::{Result, fail, on_path};

const CONSUMER: &str = "capi/tests/cmake";

pub(super) fn package(kit: &Kit<'_>) -> Result<Outcome> {
    let folder = dist::pack(kit.shell, &kit.built, &kit.out.join("dist"))?;
    by_cmake(kit, &folder)?;
    if !on_path("pkg-config") {
        return Ok(Outcome::Done("by CMake, shared and static".to_owned()));
    }
    for name in ["segue", "segue-static"] {
        by_pkg_config(kit, &folder, name)?;
    }
    Ok(Outcome::Done(
        "by CMake and pkg-config, shared and static".to_owned(),
    ))
}

/// CMake, ctest and all from an empty folder.
fn by_cmake(kit: &Kit<'_>, folder: &Path) -> Result<()> {
    let build = kit.out.join("consumer");
    if build.exists()
        && let Err(error) = fs::remove_dir_all(&build)
    {
        return fail(format!("cannot empty {}: {error}", build.display()));
    }
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
