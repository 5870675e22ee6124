//! What the app remembers: devices, recent projects, its window.

use crate::audio::Request;
use crate::failure::Failure;
use segue_gui::EditorSize;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Recent projects that are remembered.
const RECENT: usize = 10;

/// Everything that is kept. What is missing or cannot be read becomes the default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Settings {
    pub(super) audio: Audio,
    /// MIDI inputs that are listened to.
    pub(super) midi: Vec<String>,
    /// Projects that were open, the latest first.
    pub(super) recent: Vec<PathBuf>,
    pub(super) window: Window,
    pub(super) meters: Meters,
}

/// How Segue plays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Audio {
    /// The audio system; `None`: the first one that answers.
    pub(super) system: Option<String>,
    /// The id of the output; `None`: the system's default.
    pub(super) output: Option<String>,
    /// Hertz; `None`: the project's if the output can, else the output's.
    pub(super) rate: Option<u32>,
    /// Frames of the output's buffer; `None`: the output's.
    pub(super) buffer: Option<u32>,
}

impl Audio {
    /// What to open for a project of this rate.
    pub(super) fn request(&self, preferred_rate: Option<u32>) -> Request {
        Request {
            device: self.output.clone().or(self.system.clone()),
            rate: self.rate,
            preferred_rate,
            buffer: self.buffer,
        }
    }
}

/// What the user chose about meters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Meters {
    /// What the VU meter calls 0, dBFS.
    pub(super) vu_zero_dbfs: f32,
}

impl Default for Meters {
    fn default() -> Meters {
        // As EBU R 68 has it.
        Meters {
            vu_zero_dbfs: -18.0,
        }
    }
}

/// Where the window was. Sizes in points, before the scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Window {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) scale: f32,
    /// Left and top, where the system tells.
    pub(super) place: Option<[f32; 2]>,
    pub(super) is_maximized: bool,
}

impl Default for Window {
    fn default() -> Window {
        let size = EditorSize::default();
        Window {
            width: size.width,
            height: size.height,
            scale: size.scale,
            place: None,
            is_maximized: false,
        }
    }
}

impl Window {
    /// A size that the editor can have.
    pub(super) fn size(&self) -> EditorSize {
        EditorSize {
            width: self.width,
            height: self.height,
            scale: self.scale,
        }
        .fitted()
    }
}

impl Settings {
    /// Puts a project in front of the others.
    pub(super) fn add_recent(&mut self, path: &Path) {
        self.recent.retain(|other| other != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(RECENT);
    }
}

/// The file that settings lie in.
#[derive(Clone, Debug)]
pub(super) struct Store {
    path: Option<PathBuf>,
}

impl Store {
    /// The user's file: in `SEGUE_CONFIG`, else where the system keeps such things.
    pub(super) fn of_user() -> Store {
        let var = |name: &str| {
            let path = std::env::var_os(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        let home = || var("HOME");
        let folder = var("SEGUE_CONFIG").or_else(|| {
            let base = if cfg!(target_os = "macos") {
                home().map(|home| home.join("Library/Application Support"))
            } else if cfg!(windows) {
                var("APPDATA")
            } else {
                var("XDG_CONFIG_HOME").or_else(|| home().map(|home| home.join(".config")))
            };
            base.map(|base| base.join("segue"))
        });
        Store {
            path: folder.map(|folder| folder.join("app.json")),
        }
    }

    /// What is kept. A file that cannot be read is put aside as `app.json.bad`, not overwritten.
    pub(super) fn load(&self) -> (Settings, Option<Failure>) {
        let Some(path) = &self.path else {
            return (Settings::default(), None);
        };
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return (Settings::default(), None);
            }
            Err(error) => {
                let failure = Failure::io(path, "read the settings", &error);
                return (Settings::default(), Some(failure));
            }
        };
        match serde_json::from_slice(&bytes) {
            Ok(settings) => (settings, None),
            Err(error) => {
                let aside = path.with_extension("json.bad");
                // If it cannot be put aside it is lost with the next save; the text names it.
                _ = fs::rename(path, &aside);
                let text = format!("{}: {error}", path.display());
                let hint = format!("the defaults are used; the old file is {}", aside.display());
                (Settings::default(), Some(Failure::new(text).hint(hint)))
            }
        }
    }

    /// Keeps the settings: the old file or the new one, never half of either.
    pub(super) fn save(&self, settings: &Settings) -> Result<(), Failure> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let failed = |error: &std::io::Error| Failure::io(path, "save the settings", error);
        let mut text =
            serde_json::to_vec_pretty(settings).map_err(|error| failed(&error.into()))?;
        text.push(b'\n');
        let folder = path.parent().unwrap_or(path);
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&text)?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(folder: &Path) -> Store {
        Store {
            path: Some(folder.join("deep/app.json")),
        }
    }

    #[test]
    fn settings_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let (mut settings, failure) = store.load();
        assert!(failure.is_none() && settings == Settings::default());
        settings.audio.system = Some("JACK".to_owned());
        settings.audio.buffer = Some(256);
        settings.midi = vec!["Keys".to_owned()];
        settings.window.place = Some([10.0, -20.0]);
        settings.meters.vu_zero_dbfs = -14.0;
        for name in ["a", "b", "a"] {
            settings.add_recent(Path::new(name));
        }
        assert_eq!(settings.recent, [Path::new("a"), Path::new("b")]);
        store.save(&settings).unwrap();
        assert_eq!(store.load().0, settings);
        for number in 0..20 {
            settings.add_recent(Path::new(&number.to_string()));
        }
        assert_eq!(settings.recent.len(), RECENT);
    }

    #[test]
    fn a_damaged_file_is_put_aside_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let path = store.path.clone().unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, b"{\"midi\": 7}").unwrap();
        let (settings, failure) = store.load();
        assert_eq!(settings, Settings::default());
        assert!(failure.unwrap().hint.unwrap().contains("app.json.bad"));
        assert_eq!(
            fs::read(path.with_extension("json.bad")).unwrap(),
            b"{\"midi\": 7}"
        );
        fs::write(&path, b"{\"later\": true, \"audio\": {\"rate\": 96000}}").unwrap();
        assert_eq!(
            store.load().0.audio.rate,
            Some(96_000),
            "unknown keys are no harm"
        );
    }

    #[test]
    fn a_window_of_any_size_becomes_one_that_works() {
        let window = Window {
            width: -3.0,
            scale: f32::NAN,
            ..Window::default()
        };
        assert_eq!(window.size().width, EditorSize::MIN[0]);
        assert_eq!(window.size().scale, 1.0);
    }
}
