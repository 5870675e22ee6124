//! Games, sheets, scenarios and logs on disk.

use crate::error::{Error, Result};
use crate::files;
use segue_format::slot as format;
use segue_slot::game::Game;
use segue_slot::log::LogRow;
use segue_slot::par::ParSheet;
use segue_slot::presets::{Payback, Volatility, demo, lobstermania};
use segue_slot::scenario::Scenario;
use segue_slot::{Error as SlotError, Machine, scenario};
use std::path::Path;

/// Largest file that is read, in bytes: the limit of a log; other documents have lower ones.
const MAX_FILE: u64 = 1 << 30;

/// Names of the games that need no file. `[thread-safe]`
pub fn builtin_names() -> [&'static str; 6] {
    [
        "lobstermania-96",
        "lobstermania-85",
        "demo-low",
        "demo-medium",
        "demo-high",
        "demo-studio",
    ]
}

/// A game that needs no file. `[thread-safe]`
pub fn builtin(name: &str) -> Option<Game> {
    Some(match name {
        "lobstermania-96" => lobstermania(Payback::High, 15),
        "lobstermania-85" => lobstermania(Payback::Low, 15),
        "demo-low" => demo(Volatility::Low),
        "demo-medium" => demo(Volatility::Medium),
        "demo-high" => demo(Volatility::High),
        "demo-studio" => demo(Volatility::Studio),
        _ => return None,
    })
}

/// Reads a game from a file, or takes the built-in one of this name. `[main-thread]`
///
/// # Errors
/// [`Error::Io`], [`Error::Format`], and [`Error::Unknown`] if there is no such file and no such
/// built-in game.
pub fn open_game(path: &Path) -> Result<Machine> {
    let name = path.to_str().unwrap_or("");
    if let Some(game) = builtin(name).filter(|_| !path.exists()) {
        return Ok(Machine::new(game)?);
    }
    if !path.exists() {
        return Err(Error::Unknown {
            what: "file or built-in game",
            name: path.display().to_string(),
            known: builtin_names().map(str::to_owned).to_vec(),
        });
    }
    let game = format::game_from_json(&read(path)?).map_err(|error| Error::format(path, error))?;
    Ok(Machine::new(game)?)
}

/// Reads a scenario for a game, or takes the built-in one of this name, and checks it.
/// `[main-thread]`
///
/// # Errors
/// [`Error::Io`], [`Error::Format`], [`Error::Slot`], and [`Error::Unknown`] if there is no such
/// file and no such built-in scenario.
pub fn open_scenario(path: &Path, machine: &Machine) -> Result<Scenario> {
    let name = path.to_str().unwrap_or("");
    let found = match Scenario::preset(name, machine).filter(|_| !path.exists()) {
        Some(preset) => preset,
        None if !path.exists() => {
            return Err(Error::Unknown {
                what: "file or built-in scenario",
                name: path.display().to_string(),
                known: scenario::PRESETS.map(str::to_owned).to_vec(),
            });
        }
        None => format::scenario_from_json(&read(path)?, machine.game())
            .map_err(|error| Error::format(path, error))?,
    };
    found.check(machine).map_err(|error| match error {
        SlotError::Invalid { .. } | SlotError::Impossible { .. } if path.exists() => {
            Error::format(path, format::invalid(&error))
        }
        other => other.into(),
    })?;
    Ok(found)
}

/// Reads a PAR sheet: CSV by its ending, else JSON. `[main-thread]`
///
/// # Errors
/// [`Error::Io`] and [`Error::Format`].
pub fn open_sheet(path: &Path) -> Result<ParSheet> {
    let bytes = read(path)?;
    let is_csv = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let sheet = if is_csv {
        format::sheet_from_csv(&bytes)
    } else {
        format::sheet_from_json(&bytes)
    };
    sheet.map_err(|error| Error::format(path, error))
}

/// Reads a log of spins, one row a line. `[main-thread]`
///
/// # Errors
/// [`Error::Io`] and [`Error::Format`], also for a log without rows.
pub fn open_log(path: &Path) -> Result<Vec<LogRow>> {
    let bytes = read(path)?;
    let lines = (1..).zip(bytes.split(|&byte| byte == b'\n'));
    let rows = lines.filter(|(_, line)| !line.is_empty());
    let rows = rows.map(|(number, line)| {
        let row = format::row_from_json(line);
        row.map_err(|error| Error::format(path, error.on_line(number)))
    });
    let rows: Vec<LogRow> = rows.collect::<Result<_>>()?;
    format::check_rows(&rows).map_err(|error| Error::format(path, error))?;
    Ok(rows)
}

/// Writes a file in one step: it is the old one or the new one. A file that begins with another byte stays: it is of
/// another kind, such as a project in the place of a picture. `[main-thread]`
///
/// # Errors
/// [`Error::Io`], [`Error::NotAFile`], [`Error::Exists`].
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    files::check_over(path, bytes.get(..1).unwrap_or_default())?;
    Ok(segue_offline::atomic::write_atomic(path, bytes)?)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    files::read(path, "slot_file_bytes", MAX_FILE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The files next to the other presets are the built-in games; `BLESS=1` writes them again.
    #[test]
    fn the_files_of_the_built_in_games_are_up_to_date() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets/slots");
        for name in builtin_names() {
            let text = format::game_to_json(&builtin(name).unwrap()).unwrap();
            let path = folder.join(format!("{name}.json"));
            if std::env::var_os("BLESS").is_some() {
                fs::write(&path, &text).unwrap();
            }
            let found = open_game(&path).unwrap();
            assert_eq!(*found.game(), builtin(name).unwrap(), "run with BLESS=1");
        }
    }

    #[test]
    fn a_log_without_rows_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.jsonl");
        fs::write(&path, b"\n").unwrap();
        let text = open_log(&path).unwrap_err().to_string();
        assert!(text.contains("it has no rows"), "{text}");
    }

    /// The umask is the process's, so the file is compared with one that the system made.
    #[cfg(unix)]
    #[test]
    fn what_is_written_has_the_rights_that_any_file_has() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (plain, ours) = (folder.path().join("plain"), folder.path().join("ours"));
        fs::write(&plain, b"x").unwrap();
        write_file(&ours, b"{1").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
        write_file(&ours, b"{2").unwrap();
        assert_eq!(fs::read(&ours).unwrap(), b"{2");
        let error = write_file(&ours, b"\x89PNG").unwrap_err();
        assert!(matches!(error, Error::Exists { .. }), "{error}");
        assert_eq!(fs::read(&ours).unwrap(), b"{2");
    }

    #[test]
    fn what_is_not_there_is_said() {
        let text = open_game(Path::new("demo-hihg")).unwrap_err().to_string();
        assert!(text.contains("did you mean \"demo-high\""), "{text}");
        let machine = open_game(Path::new("demo-low")).unwrap();
        let text = open_scenario(Path::new("cascades"), &machine)
            .unwrap_err()
            .to_string();
        assert!(text.contains("did you mean \"cascade\""), "{text}");
    }
}
