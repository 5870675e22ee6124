//! Segue's chores; `cargo xtask help` lists them.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool answers on its standard streams"
)]

mod bench;
mod bundle;
mod capi;
mod ci;
mod dist;
mod doc_tests;
mod factory;
mod header;
mod hosts;
mod install;
mod metadata;
mod oracles;
mod python;
mod run;
mod setup;
mod shell;
mod test;
mod tidy;
mod validate;

use std::process::ExitCode;

use setup::{Installing, Need};
use shell::{Result, Shell, fail};

const HELP: &str = "\
Segue's chores.

Usage: cargo xtask COMMAND

  run [--no-install] [-- ARGS]
      Build the release and render the factory project to a WAV.
      With ARGS: run `segue ARGS` instead.
  bundle [--no-install] [--debug] [--out DIR]
      Builds Segue.clap, Segue.vst3 and the program into target/bundled or DIR, and
      prints their sizes and how long the plug-ins take to load. --debug: unoptimised.
  install [--no-install] [--user | --system] [--uninstall]
      Bundles and puts everything where DAWs and shells look: for you (--user, the
      default) or for everybody. --uninstall: removes it there.
  validate [--no-install] [--require] [--debug]
      Bundles and runs clap-validator, Steinberg's validator and pluginval, each when
      it is on PATH. --require: fails when one is not. --debug: unoptimised bundles.
  hosts [--no-install]
      Only the hosts of `test`: Python's pedalboard and DawDreamer, Ardour, and games
      in a browser and others, each driven by a script in tests/hosts. Linux only.
  test [--no-install] [FILTER]
      Everything that guards main: formatting, tidy, clippy, tests (also of the encoders
      that are off), doc tests, hosts, oracles.
      With FILTER: only the tests whose name contains it.
  tidy
      Dependency walls, licences and file rules.
  factory [--check]
      Writes presets/factory and presets/lantern anew. With --check: compares, bit for bit.
  dist [--no-install] [--debug] [--out DIR]
      Builds libsegue and packs it with its header, for pkg-config and CMake, into
      target/dist or DIR, as a folder and a tarball. --debug: unoptimised.
  capi [--no-install] [PARTS]
      Only what `test` does with libsegue in C and C++: all parts or those named. Linux
      only. BLESS=1 renews the lists of functions and layouts.
  header [--check]
      Writes capi/include/segue.h, its reference and the list of statuses anew. With
      --check: compares, and checks the rules of exported functions, as tidy does.
  bench [--no-install] [--json] [--quick] [--all] [NAMES]
      Segue and its peers in one run; NAMES choose benchmarks and subjects. `plugin` measures
      the plug-ins and the editor, `capi` calls into libsegue, `dsp` processors, meters and
      sample rates, `offline` jobs on files, `build` the build.
      `build` measures a clean release build and the size of the binary; it takes
      minutes, so it runs by name or with --all.

Whatever builds first looks for the system packages it needs. On Debian and
Ubuntu they install what is missing; --no-install refuses and prints the command.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let Some((command, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return fail("no command given");
    };
    match command.as_str() {
        "run" => {
            let (options, forwarded) = split_at_dashes(rest);
            let (installing, words) = take_installing(options);
            refuse_words("run", &words)?;
            run::run(&Shell::new()?, installing, forwarded)
        }
        "test" => {
            let (installing, words) = take_installing(rest);
            refuse_options("test", &words)?;
            if words.len() > 1 {
                return fail("`test` takes one filter");
            }
            test::test(Shell::new()?, installing, words.first().map(String::as_str))
        }
        "bundle" => {
            let (installing, words) = take_installing(rest);
            bundle::bundle(&Shell::new()?, installing, &words)
        }
        "install" => {
            let (installing, words) = take_installing(rest);
            install::install(&Shell::new()?, installing, &words)
        }
        "hosts" => {
            let (installing, words) = take_installing(rest);
            refuse_words("hosts", &words)?;
            let shell = Shell::new()?;
            setup::prepare(&shell, Need::Test, installing)?;
            hosts::hosts(&shell)
        }
        "validate" => {
            let (installing, words) = take_installing(rest);
            validate::validate(&Shell::new()?, installing, &words)
        }
        "tidy" => {
            refuse_words("tidy", rest)?;
            tidy::tidy(&Shell::new()?)
        }
        "factory" => match rest {
            [] => factory::factory(&Shell::new()?, false),
            [word] if word == "--check" => factory::factory(&Shell::new()?, true),
            words => fail(format!(
                "`factory` takes --check and nothing else, not {words:?}"
            )),
        },
        "capi" => {
            let (installing, words) = take_installing(rest);
            refuse_options("capi", &words)?;
            capi::command(&Shell::new()?, installing, &words)
        }
        "dist" => {
            let (installing, words) = take_installing(rest);
            dist::dist(&Shell::new()?, installing, &words)
        }
        "header" => match rest {
            [] => header::header(&Shell::new()?, false),
            [word] if word == "--check" => header::header(&Shell::new()?, true),
            words => fail(format!(
                "`header` takes --check and nothing else, not {words:?}"
            )),
        },
        "bench" => {
            let (installing, words) = take_installing(rest);
            bench::bench(&Shell::new()?, installing, &words)
        }
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => fail(format!(
            "no command `{other}`; `cargo xtask help` lists them"
        )),
    }
}

fn split_at_dashes(arguments: &[String]) -> (&[String], &[String]) {
    match arguments.iter().position(|argument| argument == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (arguments, &[]),
    }
}

fn take_installing(arguments: &[String]) -> (Installing, Vec<String>) {
    let words: Vec<String> = arguments
        .iter()
        .filter(|argument| *argument != "--no-install")
        .cloned()
        .collect();
    let installing = if words.len() == arguments.len() {
        Installing::Allowed
    } else {
        Installing::Refused
    };
    (installing, words)
}

fn refuse_words(command: &str, words: &[String]) -> Result<()> {
    match words.first() {
        Some(word) => fail(format!(
            "`{command}` does not know `{word}`; see `cargo xtask help`"
        )),
        None => Ok(()),
    }
}

fn refuse_options(command: &str, words: &[String]) -> Result<()> {
    let options: Vec<String> = words
        .iter()
        .filter(|word| word.starts_with('-'))
        .cloned()
        .collect();
    refuse_words(command, &options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn no_install_is_taken_from_anywhere() {
        let (installing, words) = take_installing(&strings(&["a", "--no-install", "b"]));
        assert_eq!(installing, Installing::Refused);
        assert_eq!(words, ["a", "b"]);
        assert_eq!(take_installing(&strings(&["a"])).0, Installing::Allowed);
    }

    #[test]
    fn what_follows_the_dashes_is_forwarded() {
        let arguments = strings(&["--no-install", "--", "info", "--json"]);
        let (options, forwarded) = split_at_dashes(&arguments);
        assert_eq!(options, ["--no-install"]);
        assert_eq!(forwarded, ["info", "--json"]);
    }

    #[test]
    fn unknown_commands_and_options_are_errors() {
        assert!(dispatch(&strings(&["walk"])).is_err());
        assert!(dispatch(&strings(&["tidy", "--fast"])).is_err());
        assert!(dispatch(&strings(&["factory", "--fast"])).is_err());
        assert!(dispatch(&strings(&["header", "--fast"])).is_err());
        for command in [
            "test", "hosts", "bundle", "install", "validate", "capi", "dist",
        ] {
            assert!(dispatch(&strings(&[command, "--fast"])).is_err());
        }
        assert!(dispatch(&strings(&["test", "one", "two"])).is_err());
        assert!(dispatch(&[]).is_err());
    }
}
