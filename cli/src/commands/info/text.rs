//! `segue info` for people.

use crate::values::{clock, count, level, size};
use segue_engine::info::{
    AssetInfo, AudioInfo, ContainerInfo, Info, LogInfo, LogLength, ProjectInfo,
};

pub(super) fn text(info: &Info) -> String {
    let lines = match info {
        Info::Audio(audio) => audio_lines(audio),
        Info::Project(project) => project_lines(project),
        Info::Log(log) => log_lines(log),
        _ => Vec::new(),
    };
    lines.join("\n")
}

fn row(name: &str, value: impl std::fmt::Display) -> String {
    format!("{:<12} {value}", format!("{name}:"))
}

fn audio_lines(audio: &AudioInfo) -> Vec<String> {
    let mut lines = vec![
        row("audio file", audio.path.display()),
        row(
            "format",
            format_args!("{}, {}", audio.container, audio.codec),
        ),
        row("rate", format_args!("{} Hz", audio.sample_rate)),
        row("channels", audio.channels),
        row("length", length(audio)),
        row("size", size(audio.bytes)),
    ];
    for points in &audio.loops {
        lines.push(row(
            "loop",
            format_args!("frames {}..{}", points.start, points.end),
        ));
    }
    if let Some(check) = &audio.check {
        lines.push(row("peak", level(check.peak_db(), "dBFS")));
        lines.extend(check.warnings.iter().map(|warning| row("warning", warning)));
        lines.push(row("check", "decoded to its end"));
    }
    lines
}

fn length(audio: &AudioInfo) -> String {
    match (audio.frames, audio.seconds()) {
        (Some(frames), Some(seconds)) => format!("{} ({frames} frames)", clock(seconds)),
        _ => "only decoding tells: --check".to_owned(),
    }
}

fn project_lines(info: &ProjectInfo) -> Vec<String> {
    let project = &info.project;
    let mut lines = vec![
        row("project", info.path.display()),
        row("name", &project.name),
    ];
    let texts = [
        ("author", &project.author),
        ("about", &project.description),
        ("licence", &project.licence),
    ];
    lines.extend(
        texts
            .iter()
            .filter_map(|(name, text)| Some(row(name, text.as_ref()?))),
    );
    lines.extend(info.container.iter().flat_map(container_lines));
    lines.push(row("tempo", tempo(info)));
    if let Some(rate) = project.sample_rate {
        lines.push(row("rate", format_args!("{rate} Hz")));
    }
    lines.push(row("holds", contents(info)));
    lines.extend(info.warnings.iter().map(|warning| row("warning", warning)));
    lines.extend(info.assets.iter().map(asset_line));
    lines
}

fn container_lines(container: &ContainerInfo) -> Vec<String> {
    let version = &container.version;
    let mut lines = vec![row(
        "packed",
        format_args!("{}, version {version}", size(container.bytes)),
    )];
    if !container.created_with.is_empty() {
        lines.push(row("made with", &container.created_with));
    }
    if !container.tags.is_empty() {
        lines.push(row("tags", container.tags.join(", ")));
    }
    for (tag, bytes) in &container.unknown {
        lines.push(row("unknown", format_args!("part {tag}, {}", size(*bytes))));
    }
    lines
}

fn tempo(info: &ProjectInfo) -> String {
    let tempo = &info.project.tempo;
    let first = tempo.first().map_or(120.0, |point| point.bpm);
    match tempo.len() {
        0 | 1 => format!("{first} bpm"),
        points => format!("{first} bpm at the start, {}", count(points - 1, "change")),
    }
}

fn contents(info: &ProjectInfo) -> String {
    let project = &info.project;
    let parts = [
        (project.assets.len(), "audio file"),
        (project.sounds.len(), "sound"),
        (project.clips.len(), "clip"),
        (project.notes.len(), "note mapping"),
    ];
    let parts: Vec<_> = parts
        .iter()
        .map(|(number, word)| count(*number, word))
        .collect();
    let buses = match project.buses.len() {
        0 => "the master bus".to_owned(),
        1 => "1 bus".to_owned(),
        buses => format!("{buses} buses"),
    };
    format!("{}, {buses}", parts.join(", "))
}

fn asset_line(asset: &AssetInfo) -> String {
    match &asset.audio {
        Ok(audio) => {
            let length = audio.seconds().map_or_else(|| "?".to_owned(), clock);
            let (rate, channels) = (audio.sample_rate, count(audio.channels.into(), "channel"));
            let (file, codec) = (&asset.file, &audio.codec);
            format!("  {file:<32} {length:>9}  {codec}, {rate} Hz, {channels}")
        }
        Err(reason) => format!("  {:<32} {:>9}  {reason}", asset.file, "unusable"),
    }
}

fn log_lines(log: &LogInfo) -> Vec<String> {
    let header = &log.header;
    let project = log.project_name.as_deref().unwrap_or("it cannot be read");
    let mut lines = vec![
        row("session log", log.path.display()),
        row("project", project),
        row("rate", format_args!("{} Hz", header.sample_rate)),
        row("seed", header.seed),
        row("engine", &header.engine_version),
        row("events", log.rows),
        row("size", size(log.bytes)),
    ];
    if !header.project_path.is_empty() {
        lines.push(row("recorded at", &header.project_path));
    }
    lines.push(row(
        "length",
        match log.length {
            LogLength::Complete { frames } => {
                clock(frames as f64 / f64::from(header.sample_rate.max(1)))
            }
            LogLength::CutShort { .. } => {
                "the recording was cut short; what is there can be replayed".to_owned()
            }
        },
    ));
    lines
}
