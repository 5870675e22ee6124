//! The settings dialog: outputs, MIDI inputs, size. Draws what it is given and returns wishes.

use super::desk::{Choice, Running};
use super::settings::Audio;
use crate::audio::Listed;
use eframe::egui::{self, Align, ComboBox, Grid, Layout, RichText, ScrollArea, Ui};
use segue_gui::dialog::{Shown, button, dialog};
use segue_gui::{EditorSize, theme};

const WIDTH: f32 = 560.0;
/// Width of the controls behind their names.
const FIELD: f32 = WIDTH - NAMES - 12.0;
const NAMES: f32 = 132.0;
const MIDI_HEIGHT: f32 = 96.0;
const AUTOMATIC: &str = "Automatic";
const RATES: [u32; 7] = [22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000];
const BUFFERS: [u32; 8] = [32, 64, 128, 256, 512, 1_024, 2_048, 4_096];

/// Everything that the dialog shows.
pub(super) struct Picture<'a> {
    pub(super) audio: &'a Audio,
    pub(super) midi: &'a [String],
    pub(super) choice: Option<&'a Choice>,
    pub(super) running: Option<&'a Running>,
    /// Frames from a voice to the output, in the engine.
    pub(super) engine_latency: u32,
    pub(super) tone: bool,
    pub(super) heard: u64,
    pub(super) scale: f32,
}

/// What the user wants.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wish {
    Use(Audio),
    Listen(Vec<String>),
    Tone(bool),
    Rescan,
    Scale(f32),
    Close,
}

pub(super) fn show(ui: &Ui, picture: &Picture<'_>) -> Vec<Wish> {
    let Shown {
        inner: mut wishes,
        should_close,
    } = dialog(ui, "settings", "Settings", WIDTH, |ui| {
        let mut wishes = Vec::new();
        let height = ui.ctx().content_rect().height() - 176.0;
        ScrollArea::vertical()
            .max_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| content(ui, picture, &mut wishes));
        ui.add_space(12.0);
        ui.horizontal(|ui| {
            if button(ui, "Look for devices", false).clicked() {
                wishes.push(Wish::Rescan);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if button(ui, "Done", true).clicked() {
                    wishes.push(Wish::Close);
                }
            });
        });
        wishes
    });
    if should_close {
        wishes.push(Wish::Close);
    }
    wishes
}

fn content(ui: &mut Ui, picture: &Picture<'_>, wishes: &mut Vec<Wish>) {
    heading(ui, "Audio");
    grid(ui, "audio", |ui| {
        system(ui, picture, wishes);
        output(ui, picture, wishes);
        rate(ui, picture, wishes);
        buffer(ui, picture, wishes);
        name(ui, "Now");
        status(ui, picture);
        ui.end_row();
        name(ui, "");
        ui.horizontal(|ui| tests(ui, picture, wishes));
        ui.end_row();
    });
    heading(ui, "MIDI inputs");
    midi(ui, picture, wishes);
    heading(ui, "Window");
    grid(ui, "window", |ui| scale(ui, picture, wishes));
}

fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(8.0);
    let text = RichText::new(text).font(theme::BODY_STRONG);
    ui.label(text.color(theme::TEXT));
    ui.add_space(2.0);
}

fn grid(ui: &mut Ui, id: &str, rows: impl FnOnce(&mut Ui)) {
    Grid::new(id)
        .num_columns(2)
        .min_col_width(NAMES)
        .spacing([12.0, 6.0])
        .show(ui, rows);
}

fn name(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).color(theme::TEXT_SOFT));
}

/// A row with a list to choose from; the first one that was chosen.
fn choose<T: Clone + PartialEq>(
    ui: &mut Ui,
    label: &str,
    current: &T,
    options: &[(T, String)],
) -> Option<T> {
    name(ui, label);
    let shown = options.iter().find(|(value, _)| value == current);
    let shown = shown.map_or("Not here", |(_, text)| text.as_str());
    let mut chosen = None;
    let width = FIELD.min(ui.available_width());
    let response = ComboBox::from_id_salt(label)
        .selected_text(shown)
        .width(width)
        .truncate()
        .show_ui(ui, |ui| {
            for (value, text) in options {
                if ui.selectable_label(value == current, text).clicked() {
                    chosen = Some(value.clone());
                }
            }
        });
    let text = [label, ": ", shown].concat();
    let info = || egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &text);
    response.response.widget_info(info);
    ui.end_row();
    chosen.filter(|value| value != current)
}

fn system(ui: &mut Ui, picture: &Picture<'_>, wishes: &mut Vec<Wish>) {
    let mut options = vec![(None, AUTOMATIC.to_owned())];
    let systems = picture.choice.iter().flat_map(|choice| &choice.systems);
    options.extend(systems.map(|system| (Some((*system).to_owned()), (*system).to_owned())));
    if let Some(system) = choose(ui, "System", &picture.audio.system, &options) {
        // Another system has other outputs, rates and buffers.
        wishes.push(Wish::Use(Audio {
            system,
            ..Audio::default()
        }));
    }
}

/// The outputs of the system that is chosen.
fn outputs<'a>(picture: &'a Picture<'_>) -> impl Iterator<Item = &'a Listed> {
    let wanted = picture.audio.system.as_deref();
    let outputs = picture.choice.iter().flat_map(|choice| &choice.outputs);
    outputs.filter(move |output| wanted.is_none_or(|system| output.system == system))
}

fn output(ui: &mut Ui, picture: &Picture<'_>, wishes: &mut Vec<Wish>) {
    let mut options = vec![(None, "Default output".to_owned())];
    options.extend(outputs(picture).map(|output| (Some(output.id.clone()), output.name.clone())));
    if let Some(output) = choose(ui, "Output", &picture.audio.output, &options) {
        let audio = picture.audio.clone();
        wishes.push(Wish::Use(Audio { output, ..audio }));
    }
}

fn rate(ui: &mut Ui, picture: &Picture<'_>, wishes: &mut Vec<Wish>) {
    let own = picture.audio.output.as_ref();
    let chosen = outputs(picture).find(|output| Some(&output.id) == own);
    let (low, high) = chosen
        .and_then(|output| output.rates)
        .unwrap_or((0, u32::MAX));
    let mut rates: Vec<u32> = RATES
        .into_iter()
        .filter(|rate| (low..=high).contains(rate))
        .collect();
    rates.extend(picture.audio.rate.filter(|rate| !rates.contains(rate)));
    let text = |rate: u32| format!("{} kHz", f64::from(rate) / 1_000.0);
    let mut options = vec![(None, "The project's, if the output can".to_owned())];
    options.extend(rates.into_iter().map(|rate| (Some(rate), text(rate))));
    if let Some(rate) = choose(ui, "Sample rate", &picture.audio.rate, &options) {
        let audio = picture.audio.clone();
        wishes.push(Wish::Use(Audio { rate, ..audio }));
    }
}

fn buffer(ui: &mut Ui, picture: &Picture<'_>, wishes: &mut Vec<Wish>) {
    let rate = picture.running.map_or(48_000, |running| running.rate);
    let text = |frames: u32| {
        let milliseconds = f64::from(frames) / f64::from(rate) * 1_000.0;
        format!("{frames} frames ({milliseconds:.1} ms)")
    };
    let mut sizes = BUFFERS.to_vec();
    sizes.extend(
        picture
            .audio
            .buffer
            .filter(|frames| !sizes.contains(frames)),
    );
    let mut options = vec![(None, "The output's".to_owned())];
    options.extend(sizes.into_iter().map(|frames| (Some(frames), text(frames))));
    if let Some(buffer) = choose(ui, "Buffer", &picture.audio.buffer, &options) {
        let audio = picture.audio.clone();
        wishes.push(Wish::Use(Audio { buffer, ..audio }));
    }
}

fn status(ui: &mut Ui, picture: &Picture<'_>) {
    let (text, color) = match picture.running {
        Some(running) => (running_text(running, picture.engine_latency), theme::TEXT),
        None => ("No output is open.".to_owned(), theme::WARN),
    };
    ui.add(egui::Label::new(RichText::new(text).color(color)).wrap());
}

fn running_text(running: &Running, engine_latency: u32) -> String {
    let Running {
        name,
        rate,
        block,
        dropouts,
        ..
    } = running;
    let frames = block + u64::from(engine_latency);
    let latency = frames as f64 / f64::from(*rate) * 1_000.0;
    let kilohertz = f64::from(*rate) / 1_000.0;
    let noun = if *dropouts == 1 {
        "dropout"
    } else {
        "dropouts"
    };
    format!(
        "{name}, {kilohertz} kHz, {block} frames, {latency:.1} ms to the output, {dropouts} {noun}"
    )
}

fn tests(ui: &mut Ui, picture: &Picture<'_>, wishes: &mut Vec<Wish>) {
    let is_open = picture.running.is_some();
    ui.add_enabled_ui(is_open, |ui| {
        let tone = egui::Button::new("Test tone").selected(picture.tone);
        if ui.add(tone).clicked() {
            wishes.push(Wish::Tone(!picture.tone));
        }
    });
    let words = if is_open { "Connect again" } else { "Connect" };
    if ui.button(words).clicked() {
        wishes.push(Wish::Use(picture.audio.clone()));
    }
}

fn midi(ui: &mut Ui, picture: &Picture<'_>, wishes: &mut Vec<Wish>) {
    let soft = |text: &str| RichText::new(text).color(theme::TEXT_SOFT);
    let there: &[String] = picture.choice.map_or(&[], |choice| &choice.midi);
    let gone = picture.midi.iter().filter(|port| !there.contains(port));
    let ports: Vec<(&String, bool)> = there
        .iter()
        .map(|port| (port, true))
        .chain(gone.map(|port| (port, false)))
        .collect();
    if ports.is_empty() {
        ui.label(soft("This system has no MIDI inputs now."));
    }
    ScrollArea::vertical()
        .id_salt("midi")
        .max_height(MIDI_HEIGHT)
        .show(ui, |ui| {
            for (port, is_there) in ports {
                let mut is_on = picture.midi.contains(port);
                let text = if is_there {
                    port.clone()
                } else {
                    format!("{port} (not here now)")
                };
                if ui.checkbox(&mut is_on, text).changed() {
                    let others = picture.midi.iter().filter(|other| *other != port);
                    let mut wanted: Vec<String> = others.cloned().collect();
                    wanted.extend(is_on.then(|| port.clone()));
                    wishes.push(Wish::Listen(wanted));
                }
            }
        });
    if let Some(port) = picture
        .running
        .and_then(|running| running.midi_port.as_ref())
    {
        ui.label(soft(&format!(
            "What is connected to the JACK port {port} is heard too."
        )));
    }
    let heard = picture.heard;
    let noun = if heard == 1 { "message" } else { "messages" };
    ui.label(soft(&format!("{heard} {noun} heard so far")));
}

fn scale(ui: &mut Ui, picture: &Picture<'_>, wishes: &mut Vec<Wish>) {
    let text = |scale: f32| format!("{:.0} %", scale * 100.0);
    let options: Vec<(f32, String)> = EditorSize::SCALES.map(|it| (it, text(it))).into();
    if let Some(scale) = choose(ui, "Size of everything", &picture.scale, &options) {
        wishes.push(Wish::Scale(scale));
    }
}

#[cfg(test)]
mod tests;
