//! Where DAWs and shells look.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::bundle::System;
use crate::shell::{Result, fail};

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The user who runs this.
    User,
    /// Everybody on this machine.
    System,
}

/// The folders that things go into.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) clap: PathBuf,
    pub(crate) vst3: PathBuf,
    pub(crate) program: PathBuf,
}

/// The folders that the CLAP and VST3 specifications name for `system`.
pub(crate) fn places(
    system: System,
    scope: Scope,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Places> {
    let folder = |name: &str| {
        let path = variable(name).map(PathBuf::from);
        match path.filter(|path| path.is_absolute()) {
            Some(path) => Ok(path),
            None => fail(format!("the variable {name} names no folder")),
        }
    };
    let places = |clap: PathBuf, vst3: PathBuf, program: PathBuf| Places {
        clap,
        vst3,
        program,
    };
    Ok(match (system, scope) {
        (System::Linux, Scope::User) => {
            let home = folder("HOME")?;
            places(
                home.join(".clap"),
                home.join(".vst3"),
                home.join(".local/bin"),
            )
        }
        (System::Linux, Scope::System) => places(
            "/usr/lib/clap".into(),
            "/usr/lib/vst3".into(),
            "/usr/local/bin".into(),
        ),
        (System::MacOs, scope) => {
            let home = folder("HOME")?;
            let (plugins, program) = match scope {
                Scope::User => (home.join("Library/Audio/Plug-Ins"), home.join(".local/bin")),
                Scope::System => ("/Library/Audio/Plug-Ins".into(), "/usr/local/bin".into()),
            };
            places(plugins.join("CLAP"), plugins.join("VST3"), program)
        }
        (System::Windows, Scope::User) => {
            let programs = folder("LOCALAPPDATA")?.join("Programs");
            let common = programs.join("Common");
            places(
                common.join("CLAP"),
                common.join("VST3"),
                programs.join("Segue"),
            )
        }
        (System::Windows, Scope::System) => {
            let common = folder("COMMONPROGRAMFILES")?;
            let program = folder("PROGRAMFILES")?.join("Segue");
            places(common.join("CLAP"), common.join("VST3"), program)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        std::env::temp_dir()
    }

    fn found(system: System, scope: Scope) -> Places {
        places(system, scope, &|name| Some(root().join(name).into())).expect("all are set")
    }

    #[test]
    fn daws_look_there() {
        let user = found(System::Linux, Scope::User);
        assert_eq!(user.clap, root().join("HOME/.clap"));
        assert_eq!(user.vst3, root().join("HOME/.vst3"));
        assert_eq!(user.program, root().join("HOME/.local/bin"));
        let all = found(System::Linux, Scope::System);
        assert_eq!(all.vst3, PathBuf::from("/usr/lib/vst3"));
        let mac = found(System::MacOs, Scope::User);
        assert_eq!(mac.vst3, root().join("HOME/Library/Audio/Plug-Ins/VST3"));
        let windows = found(System::Windows, Scope::User);
        let common = root().join("LOCALAPPDATA/Programs/Common");
        assert_eq!(windows.clap, common.join("CLAP"));
        let all = found(System::Windows, Scope::System);
        assert_eq!(all.vst3, root().join("COMMONPROGRAMFILES/VST3"));
    }

    #[test]
    fn an_unset_or_relative_home_is_an_error() {
        for home in [None, Some("here".into())] {
            let error = places(System::Linux, Scope::User, &|_| home.clone()).expect_err("no home");
            assert!(error.to_string().contains("HOME"));
        }
    }
}
