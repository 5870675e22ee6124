//! Compilers, and where things are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dist;
use crate::header;
use crate::metadata::Metadata;
use crate::shell::{Result, Shell, fail};

/// What `-W` there is to ask for.
const WARNINGS: &[&str] = &["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// Projects in `presets`.
const PROJECTS: &[&str] = &["factory", "lantern"];

/// How a program gets the library.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Linking {
    Shared,
    Static,
}

pub(super) struct Kit<'a> {
    pub(super) shell: &'a Shell,
    /// Where cargo has put the library.
    pub(super) built: PathBuf,
    /// For what the parts make.
    pub(super) out: PathBuf,
    /// A copy of the projects that come with Segue: some calls write.
    pub(super) projects: PathBuf,
}

/// One program to be compiled.
pub(super) struct Program<'a> {
    /// Relative to the root.
    pub(super) source: &'a str,
    /// Its name in the folder of programs.
    pub(super) name: &'a str,
    pub(super) linking: Linking,
    pub(super) options: &'a [&'a str],
}

impl<'a> Kit<'a> {
    pub(super) fn new(shell: &'a Shell) -> Result<Self> {
        let target = Metadata::read(shell)?.target_directory;
        let out = target.join("capi");
        if let Err(error) = std::fs::create_dir_all(&out) {
            return fail(format!("cannot create {}: {error}", out.display()));
        }
        let kit = Self {
            shell,
            projects: out.join("projects"),
            built: target.join("debug"),
            out,
        };
        kit.renew_projects()?;
        Ok(kit)
    }

    /// The projects as they come with Segue, whatever has been written over them.
    pub(super) fn renew_projects(&self) -> Result<()> {
        let presets = self.shell.root().join("presets");
        PROJECTS
            .iter()
            .try_for_each(|name| copy(&presets.join(name), &self.projects.join(name)))
    }

    /// The same with what cargo has built in another profile.
    pub(super) fn built_as(&self, profile: &str) -> Self {
        Self {
            shell: self.shell,
            built: self.built.with_file_name(profile),
            out: self.out.clone(),
            projects: self.projects.clone(),
        }
    }

    /// The compiler of a source, with the language, every warning and where the headers are.
    pub(super) fn compiler(&self, source: &str) -> Command {
        let is_cpp = source.ends_with(".cpp");
        let mut compiler = self.shell.command(if is_cpp { "c++" } else { "cc" });
        compiler.arg(if is_cpp { "-std=c++17" } else { "-std=c11" });
        compiler.args(WARNINGS).arg("-g");
        compiler.args(["-Icapi/include", "-Icapi/tests/c"]);
        compiler.arg("-I").arg(&self.out);
        compiler
    }

    /// Compiles a program against the library and answers with its path.
    pub(super) fn compile(&self, program: &Program<'_>) -> Result<PathBuf> {
        let path = self.out.join(program.name);
        let mut compiler = self.compiler(program.source);
        compiler.args(program.options).arg(program.source);
        compiler.arg("-o").arg(&path);
        match program.linking {
            Linking::Shared => {
                dist::name_for_programs(&self.built)?;
                compiler.arg("-L").arg(&self.built).arg("-lsegue");
                compiler.arg(format!("-Wl,-rpath,{}", self.built.display()));
            }
            Linking::Static => {
                compiler
                    // Only its names: the linker is faster.
                    .arg("-Wl,-S")
                    .arg(self.built.join("libsegue.a"))
                    .args(dist::SYSTEM_LIBRARIES);
            }
        }
        compiler.args(["-lpthread", "-lm"]);
        self.shell.output(&mut compiler)?;
        Ok(path)
    }

    /// Runs a program and answers with the last line that it prints.
    pub(super) fn last_line(&self, command: &mut Command) -> Result<String> {
        let text = self.shell.report(command)?;
        Ok(text
            .trim_end()
            .lines()
            .last()
            .unwrap_or_default()
            .to_owned())
    }

    /// Writes one of the generator's C files into the folder of programs.
    pub(super) fn generate(&self, what: &str, file: &str) -> Result<PathBuf> {
        let path = self.out.join(file);
        header::generate(self.shell, &[what, &path.to_string_lossy()])?;
        Ok(path)
    }

    pub(super) fn root(&self) -> &Path {
        self.shell.root()
    }
}

/// Makes a folder anew as a copy of another one.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        said(fs::remove_dir_all(to), to)?;
    }
    copy_into(from, to)
}

fn copy_into(from: &Path, to: &Path) -> Result<()> {
    said(fs::create_dir_all(to), to)?;
    for entry in said(fs::read_dir(from), from)?.flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match from.is_dir() {
            true => copy_into(&from, &to)?,
            false => said(fs::copy(&from, &to).map(|_| ()), &to)?,
        }
    }
    Ok(())
}

fn said<T>(result: std::io::Result<T>, path: &Path) -> Result<T> {
    match result {
        Ok(value) => Ok(value),
        Err(error) => fail(format!("cannot copy {}: {error}", path.display())),
    }
}
