//! Running other programs from the root of the clone.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What went wrong, in words for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Failure(String);

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// The root of the clone and the environment that every child process gets.
pub(crate) struct Shell {
    root: PathBuf,
    environment: Vec<(&'static str, OsString)>,
}

impl Shell {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            root: find_root()?,
            environment: Vec::new(),
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Sets a variable for every later child process.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.environment.push((name, value.into()));
    }

    /// A command with the clone's root as its directory.
    pub(crate) fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(&self.root);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The cargo that runs xtask.
    pub(crate) fn cargo(&self) -> Command {
        self.command(cargo_program())
    }

    /// Prints the command line, runs it on this terminal and waits.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        let line = self.line_of(command);
        eprintln!("$ {line}");
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => fail(format!("`{line}` failed ({status})")),
            Err(error) => fail(format!("cannot start `{line}`: {error}")),
        }
    }

    /// Runs silently and returns what the command wrote to standard output.
    pub(crate) fn output(&self, command: &mut Command) -> Result<String> {
        let line = self.line_of(command);
        let output = match command.stdin(Stdio::null()).output() {
            Ok(output) => output,
            Err(error) => return fail(format!("cannot start `{line}`: {error}")),
        };
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        fail(format!(
            "`{line}` failed ({}): {}",
            output.status,
            said.trim()
        ))
    }

    /// The same for a program that checks something: what it has said before it failed is part of the
    /// error, the last lines of it.
    pub(crate) fn report(&self, command: &mut Command) -> Result<String> {
        Ok(self.both(command)?.0)
    }

    /// The same for a program that says everything on standard error.
    pub(crate) fn report_all(&self, command: &mut Command) -> Result<String> {
        let (out, error) = self.both(command)?;
        Ok(out + &error)
    }

    fn both(&self, command: &mut Command) -> Result<(String, String)> {
        const LINES: usize = 40;
        let line = self.line_of(command);
        let output = match command.stdin(Stdio::null()).output() {
            Ok(output) => output,
            Err(error) => return fail(format!("cannot start `{line}`: {error}")),
        };
        let said = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let (out, error) = (said(&output.stdout), said(&output.stderr));
        if output.status.success() {
            return Ok((out, error));
        }
        let all = out + &error;
        let lines: Vec<&str> = all.trim().lines().collect();
        let tail = lines[lines.len().saturating_sub(LINES)..].join("\n");
        fail(format!("`{line}` failed ({}):\n{tail}", output.status))
    }

    /// The command as a person would type it from the root.
    fn line_of(&self, command: &Command) -> String {
        let program = Path::new(command.get_program());
        let shown = if program == Path::new(&cargo_program()) {
            "cargo".to_owned()
        } else {
            program
                .strip_prefix(&self.root)
                .unwrap_or(program)
                .display()
                .to_string()
        };
        let arguments = command
            .get_args()
            .map(|argument| argument.to_string_lossy().into_owned());
        std::iter::once(shown)
            .chain(arguments)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

pub(crate) fn fail<T>(text: impl Into<String>) -> Result<T> {
    Err(Failure(text.into()))
}

/// Whether a program of this name is on PATH.
pub(crate) fn on_path(program: &str) -> bool {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(&file).is_file()))
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn cargo_program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// `cargo run` names the folder of xtask's manifest; the root is above it. The compiled-in path
/// would be that of another clone where two clones share a target folder.
fn find_root() -> Result<PathBuf> {
    let Some(manifest) = std::env::var_os("CARGO_MANIFEST_DIR") else {
        return fail("start this through cargo: `cargo xtask help`");
    };
    match Path::new(&manifest).parent() {
        Some(root) => Ok(root.to_owned()),
        None => fail("xtask's manifest has no folder above it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace() {
        let shell = Shell::new().expect("tests run through cargo");
        assert!(shell.root().join("xtask").join("Cargo.toml").is_file());
    }

    #[test]
    fn a_failing_command_is_an_error_that_names_it() {
        let shell = Shell::new().expect("tests run through cargo");
        let mut command = shell.cargo();
        command.arg("no-such-subcommand");
        let error = shell.output(&mut command).expect_err("cargo refuses it");
        assert!(
            error
                .to_string()
                .starts_with("`cargo no-such-subcommand` failed"),
            "{error}"
        );
    }

    #[test]
    fn a_report_of_a_failure_holds_what_was_said() {
        let shell = Shell::new().expect("tests run through cargo");
        let mut command = shell.cargo();
        let error = shell
            .report(command.arg("no-such-subcommand"))
            .expect_err("cargo refuses it");
        assert!(error.to_string().contains("no such command"), "{error}");
    }

    #[test]
    fn children_get_the_environment() {
        let mut shell = Shell::new().expect("tests run through cargo");
        shell.set("SEGUE_XTASK_TEST", "set");
        let command = shell.cargo();
        assert!(
            command
                .get_envs()
                .any(|(name, _)| name == "SEGUE_XTASK_TEST")
        );
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(on_path("cargo"));
        assert!(!on_path("no-such-program-anywhere"));
    }
}
