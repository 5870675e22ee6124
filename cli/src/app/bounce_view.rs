//! The dialog for bouncing to a file.

use super::bounce::{Bounce, Job};
use eframe::egui::{self, Align, ComboBox, Grid, Layout, ProgressBar, RichText, TextEdit, Ui};
use segue_engine::render::WavFormat;
use segue_gui::dialog::{Shown, button, dialog};
use segue_gui::files::{FileDialog, Pick, Purpose};
use segue_gui::theme;
use std::path::{Path, PathBuf};

const WIDTH: f32 = 520.0;
const NAMES: f32 = 96.0;
const FORMATS: [(WavFormat, &str); 3] = [
    (WavFormat::I16, "16 bit"),
    (WavFormat::I24, "24 bit"),
    (WavFormat::F32, "32 bit float: the engine's own samples"),
];
const RATES: [Option<u32>; 5] = [None, Some(44_100), Some(48_000), Some(88_200), Some(96_000)];
/// Longest bounce in seconds: a day.
const LONGEST: f64 = 86_400.0;

/// What the user has chosen so far.
pub(super) struct BounceView {
    path: String,
    format: WavFormat,
    /// Empty: the whole project.
    seconds: String,
    rate: Option<u32>,
    name: String,
    files: FileDialog,
    /// The file is there, and the user agreed to replace it.
    agreed: Option<PathBuf>,
}

/// What the user wants.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wish {
    Start(Job),
    Cancel,
    Close,
}

impl BounceView {
    /// For a project called `name`, into the folder that it lies in.
    pub(super) fn new(name: &str, project: Option<&Path>) -> BounceView {
        let name = if name.is_empty() { "bounce" } else { name };
        let folder = project.and_then(Path::parent).map(Path::to_owned);
        let home = || std::env::var_os("HOME").map(PathBuf::from);
        let folder = folder.or_else(home).unwrap_or_default();
        let file = format!("{}.wav", name.replace(['/', '\\', ':'], "-"));
        BounceView {
            path: folder.join(file).display().to_string(),
            format: WavFormat::I24,
            seconds: String::new(),
            rate: None,
            name: name.to_owned(),
            files: FileDialog::new(),
            agreed: None,
        }
    }

    /// Draws it. `bounce` is the one under way, `bounced` says how the last one went.
    pub(super) fn show(
        &mut self,
        ui: &Ui,
        bounce: Option<&Bounce>,
        bounced: Option<&str>,
    ) -> Option<Wish> {
        if self.files.is_open() {
            if let Some(path) = self.files.show(ui) {
                self.path = path.display().to_string();
                self.agreed = Some(path);
            }
            return None;
        }
        let Shown {
            inner,
            should_close,
        } = dialog(ui, "bounce", "Bounce to file", WIDTH, |ui| match bounce {
            Some(bounce) => progress(ui, bounce),
            None => self.form(ui, bounced),
        });
        // A bounce under way is not lost to a click beside the dialog.
        let leaves = should_close && bounce.is_none();
        inner.or(leaves.then_some(Wish::Close))
    }

    fn form(&mut self, ui: &mut Ui, bounced: Option<&str>) -> Option<Wish> {
        ui.add_space(4.0);
        Grid::new("bounce")
            .num_columns(2)
            .min_col_width(NAMES)
            .spacing([12.0, 8.0])
            .show(ui, |ui| {
                self.path_row(ui);
                self.format_row(ui);
                self.length_row(ui);
                self.rate_row(ui);
            });
        ui.add_space(8.0);
        let job = self.job();
        let (note, color) = match (&job, bounced) {
            (Err(text), _) => (text.as_str(), theme::WARN),
            (Ok(job), _) if self.is_in_the_way(job) => (
                "There is a file with this name. Bounce once more to replace it.",
                theme::WARN,
            ),
            (Ok(_), Some(text)) => (text, theme::ACCENT),
            (Ok(_), None) => (
                "It has the same samples as what segue render writes.",
                theme::TEXT_FAINT,
            ),
        };
        ui.add(egui::Label::new(RichText::new(note).font(theme::SMALL).color(color)).wrap());
        ui.add_space(8.0);
        let mut wish = None;
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_enabled_ui(job.is_ok(), |ui| {
                    if button(ui, "Bounce", true).clicked() {
                        wish = self.start(job);
                    }
                });
                if button(ui, "Close", false).clicked() {
                    wish = Some(Wish::Close);
                }
            });
        });
        wish
    }

    fn start(&mut self, job: Result<Job, String>) -> Option<Wish> {
        let job = job.ok()?;
        let agreed = self.agreed.as_ref() == Some(&job.path);
        if job.path.exists() && !agreed {
            self.agreed = Some(job.path);
            return None;
        }
        self.agreed = None;
        Some(Wish::Start(job))
    }

    /// The user was told that the file is there and may press the button once more.
    fn is_in_the_way(&self, job: &Job) -> bool {
        self.agreed.as_ref() == Some(&job.path) && job.path.exists()
    }

    fn path_row(&mut self, ui: &mut Ui) {
        name(ui, "File");
        ui.horizontal(|ui| {
            let width = ui.available_width().min(WIDTH - NAMES - 12.0) - 85.0;
            let edit = TextEdit::singleline(&mut self.path)
                .margin(egui::Margin::symmetric(8, 6))
                .desired_width(width);
            ui.add(edit).accessible_name("File");
            if ui.button("Choose…").clicked() {
                let purpose = Purpose {
                    title: "Bounce to".to_owned(),
                    verb: "Choose".to_owned(),
                    pick: Pick::NewFile {
                        name: self.name.clone(),
                        extension: "wav",
                    },
                };
                self.files.open(purpose, Some(Path::new(&self.path)));
            }
        });
        ui.end_row();
    }

    fn format_row(&mut self, ui: &mut Ui) {
        name(ui, "Format");
        let text = |format| {
            FORMATS
                .iter()
                .find(|row| row.0 == format)
                .map_or("", |row| row.1)
        };
        let shown = text(self.format);
        let combo = ComboBox::from_id_salt("bounce format")
            .selected_text(shown)
            .width(280.0)
            .show_ui(ui, |ui| {
                for (format, text) in FORMATS {
                    ui.selectable_value(&mut self.format, format, text);
                }
            });
        describe(&combo.response, "Format", shown);
        ui.end_row();
    }

    fn length_row(&mut self, ui: &mut Ui) {
        name(ui, "Length");
        ui.horizontal(|ui| {
            let edit = TextEdit::singleline(&mut self.seconds)
                .hint_text("whole project")
                .margin(egui::Margin::symmetric(8, 6))
                .desired_width(120.0);
            ui.add(edit).accessible_name("Length");
            ui.label(RichText::new("seconds").color(theme::TEXT_SOFT));
        });
        ui.end_row();
    }

    fn rate_row(&mut self, ui: &mut Ui) {
        name(ui, "Sample rate");
        let text = |rate: Option<u32>| match rate {
            None => "The project's".to_owned(),
            Some(rate) => format!("{} kHz", f64::from(rate) / 1_000.0),
        };
        let shown = text(self.rate);
        let combo = ComboBox::from_id_salt("bounce rate")
            .selected_text(&shown)
            .width(280.0)
            .show_ui(ui, |ui| {
                for rate in RATES {
                    ui.selectable_value(&mut self.rate, rate, text(rate));
                }
            });
        describe(&combo.response, "Sample rate", &shown);
        ui.end_row();
    }

    /// What is to be done, or what is wrong with it.
    fn job(&self) -> Result<Job, String> {
        let path = PathBuf::from(self.path.trim());
        if !path.is_absolute() {
            return Err("The file needs a whole path, from its drive or / on.".to_owned());
        }
        let is_wav = path
            .extension()
            .is_some_and(|it| it.eq_ignore_ascii_case("wav"));
        if !is_wav {
            return Err("The file needs a name that ends in .wav.".to_owned());
        }
        Ok(Job {
            path,
            format: self.format,
            seconds: self.length()?,
            rate: self.rate,
        })
    }

    fn length(&self) -> Result<Option<f64>, String> {
        let text = self.seconds.trim().replace(',', ".");
        if text.is_empty() {
            return Ok(None);
        }
        let seconds: Option<f64> = text.parse().ok();
        let seconds = seconds.filter(|it| *it > 0.0 && *it <= LONGEST);
        seconds
            .map(Some)
            .ok_or_else(|| format!("The length is a number of seconds above 0, at most {LONGEST}."))
    }
}

/// Tells a screen reader what a list is for and what is chosen.
fn describe(combo: &egui::Response, name: &str, shown: &str) {
    let text = [name, ": ", shown].concat();
    combo.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &text));
}

fn name(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).color(theme::TEXT_SOFT));
}

fn progress(ui: &mut Ui, bounce: &Bounce) -> Option<Wish> {
    let path = bounce.path.display().to_string();
    ui.add(egui::Label::new(RichText::new(path).color(theme::TEXT_SOFT)).truncate());
    ui.add_space(8.0);
    let bar = ProgressBar::new(bounce.done())
        .fill(theme::ACCENT_DEEP)
        .text(format!("{:.0} %", bounce.done() * 100.0));
    ui.add(bar);
    ui.add_space(12.0);
    let mut wish = None;
    ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
        if button(ui, "Stop", false).clicked() {
            wish = Some(Wish::Cancel);
        }
    });
    wish
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    struct Stage {
        view: BounceView,
        wishes: Vec<Wish>,
    }

    fn stage<'a>(folder: &Path) -> Harness<'a, Stage> {
        let view = BounceView::new("Night: chase", Some(&folder.join("game")));
        let stage = Stage {
            view,
            wishes: Vec::new(),
        };
        let mut harness = Harness::builder()
            .with_size([1080.0, 680.0])
            .with_context_setup(theme::install)
            .build_ui_state(
                |ui, stage: &mut Stage| {
                    let wish = stage.view.show(ui, None, None);
                    stage.wishes.extend(wish);
                },
                stage,
            );
        harness.run();
        harness
    }

    fn click(user: &mut Harness<'_, Stage>, label: &str) {
        user.get_by_label(label).click();
        user.run();
    }

    fn type_into(user: &mut Harness<'_, Stage>, label: &str, text: &str) {
        let role = egui::accesskit::Role::TextInput;
        user.get_by_role_and_label(role, label).focus();
        user.run();
        user.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        user.run();
        user.event(egui::Event::Text(text.to_owned()));
        user.run();
    }

    #[test]
    fn a_bounce_is_described_and_begun() {
        let folder = tempfile::tempdir().unwrap();
        let mut user = stage(folder.path());
        type_into(&mut user, "Length", "2,5");
        click(&mut user, "Bounce");
        let path = folder.path().join("Night- chase.wav");
        let job = Job {
            path: path.clone(),
            format: WavFormat::I24,
            seconds: Some(2.5),
            rate: None,
        };
        assert_eq!(user.state().wishes, [Wish::Start(job.clone())]);

        std::fs::write(&path, b"mine").unwrap();
        user.state_mut().wishes.clear();
        click(&mut user, "Bounce");
        assert!(user.state().wishes.is_empty(), "the file is there");
        assert!(
            user.query_by_label_contains("once more to replace it")
                .is_some()
        );
        click(&mut user, "Bounce");
        assert_eq!(user.state().wishes, [Wish::Start(job)]);
    }

    #[test]
    fn what_cannot_be_is_said_and_not_begun() {
        let folder = tempfile::tempdir().unwrap();
        let mut user = stage(folder.path());
        for (label, text, note) in [
            ("Length", "-1", "above 0, at most 86400"),
            ("Length", "long", "above 0, at most 86400"),
            ("File", "take.wav", "a whole path"),
            ("File", "/take.mp3", "ends in .wav"),
        ] {
            let before = (
                user.state().view.path.clone(),
                user.state().view.seconds.clone(),
            );
            type_into(&mut user, label, text);
            assert!(user.query_by_label_contains(note).is_some(), "{text}");
            click(&mut user, "Bounce");
            assert!(user.state().wishes.is_empty());
            (user.state_mut().view.path, user.state_mut().view.seconds) = before;
        }
        click(&mut user, "Close");
        assert_eq!(user.state().wishes, [Wish::Close]);
    }
}
