//! `cargo xtask install`: puts the bundles where DAWs and shells look.

mod places;
mod put;

use std::path::{Path, PathBuf};

use crate::bundle::{self, Bundles, Config, System};
use crate::setup::{self, Installing, Need};
use crate::shell::{Result, Shell, fail};
use places::{Places, Scope};

/// What was asked for on the command line.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    scope: Scope,
    is_uninstall: bool,
}

pub(crate) fn install(shell: &Shell, installing: Installing, words: &[String]) -> Result<()> {
    let request = parse(words)?;
    let variable = |name: &str| std::env::var_os(name);
    let places = places::places(System::here(), request.scope, &variable)?;
    if request.is_uninstall {
        return uninstall(&targets(&Config::read(shell.root())?, &places));
    }
    setup::prepare(shell, Need::Build, installing)?;
    let bundles = bundle::make(shell, &bundle::Request::default())?;
    let targets = targets(&Config::read(shell.root())?, &places);
    for (source, target) in sources(&bundles).into_iter().zip(&targets) {
        put::put(source, target)?;
        println!("{}", target.display());
    }
    if !is_on_path(&places.program) {
        println!(
            "{} is not on your PATH: add it to call `segue` by its name",
            places.program.display()
        );
    }
    Ok(())
}

fn parse(words: &[String]) -> Result<Request> {
    let mut request = Request {
        scope: Scope::User,
        is_uninstall: false,
    };
    let has = |word: &str| words.iter().any(|other| other == word);
    if has("--user") && has("--system") {
        return fail("`install` takes --user or --system, not both");
    }
    for word in words {
        match word.as_str() {
            "--user" => request.scope = Scope::User,
            "--system" => request.scope = Scope::System,
            "--uninstall" => request.is_uninstall = true,
            other => {
                return fail(format!(
                    "`install` takes --user, --system and --uninstall, not `{other}`"
                ));
            }
        }
    }
    Ok(request)
}

fn sources(bundles: &Bundles) -> [&Path; 3] {
    [&bundles.clap, &bundles.vst3, &bundles.program]
}

/// In the order of [`sources`].
fn targets(config: &Config, places: &Places) -> [PathBuf; 3] {
    let name = &config.plugins.name;
    let program = System::here().program(&config.program.binary);
    [
        places.clap.join(format!("{name}.clap")),
        places.vst3.join(format!("{name}.vst3")),
        places.program.join(program),
    ]
}

fn uninstall(targets: &[PathBuf]) -> Result<()> {
    for target in targets {
        let word = if put::take_away(target)? {
            "removed"
        } else {
            "was not there:"
        };
        println!("{word} {}", target.display());
    }
    Ok(())
}

fn is_on_path(folder: &Path) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|other| other == folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_are_read() {
        let user = parse(&[]).expect("valid");
        assert_eq!((user.scope, user.is_uninstall), (Scope::User, false));
        assert_eq!(parse(&words("--user")).expect("valid"), user);
        let system = parse(&words("--uninstall --system")).expect("valid");
        assert_eq!((system.scope, system.is_uninstall), (Scope::System, true));
        assert!(parse(&words("--user --system")).is_err());
        assert!(parse(&words("--everywhere")).is_err());
    }

    #[test]
    fn each_bundle_has_its_place() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let config = Config::read(&root).expect("valid");
        let places = Places {
            clap: "c".into(),
            vst3: "v".into(),
            program: "p".into(),
        };
        let targets = targets(&config, &places);
        assert_eq!(targets[0], Path::new("c/Segue.clap"));
        assert_eq!(targets[1], Path::new("v/Segue.vst3"));
        assert!(targets[2].starts_with("p"));
    }
}
