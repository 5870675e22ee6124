//! What a file is, as JSON.

use super::{AudioInfo, ContainerInfo, Info, LogInfo, LogLength, ProjectInfo};
use serde_json::{Value, json};

impl Info {
    /// The document of `segue info --json`. `[thread-safe]`
    pub fn value(&self) -> Value {
        match self {
            Info::Audio(audio) => audio_object(audio),
            Info::Project(project) => project_object(project),
            Info::Log(log) => log_object(log),
        }
    }
}

fn audio_object(audio: &AudioInfo) -> Value {
    let loops = audio
        .loops
        .iter()
        .map(|points| json!({"start": points.start, "end": points.end, "count": points.count}));
    let check = audio
        .check
        .as_ref()
        .map(|check| json!({"peak_db": check.peak_db(), "warnings": check.warnings}));
    json!({
        "kind": "audio",
        "path": audio.path.display().to_string(),
        "bytes": audio.bytes,
        "container": audio.container,
        "codec": audio.codec,
        "sample_rate": audio.sample_rate,
        "channels": audio.channels,
        "frames": audio.frames,
        "seconds": audio.seconds(),
        "loops": loops.collect::<Vec<_>>(),
        "check": check,
    })
}

fn project_object(info: &ProjectInfo) -> Value {
    let project = &info.project;
    let assets = info.assets.iter().map(|asset| match &asset.audio {
        Ok(audio) => json!({"id": asset.id, "file": asset.file, "audio": audio_object(audio)}),
        Err(reason) => json!({"id": asset.id, "file": asset.file, "error": reason}),
    });
    json!({
        "kind": "project",
        "path": info.path.display().to_string(),
        "name": project.name,
        "author": project.author,
        "description": project.description,
        "licence": project.licence,
        "seed": project.seed.to_string(),
        "sample_rate": project.sample_rate,
        "tempo_bpm": project.tempo.first().map(|point| point.bpm),
        "length_beats": project.length_beats,
        "assets": assets.collect::<Vec<_>>(),
        "buses": project.buses.iter().map(|bus| &*bus.id).collect::<Vec<_>>(),
        "sounds": project.sounds.iter().map(|sound| &*sound.id).collect::<Vec<_>>(),
        "clips": project.clips.len(),
        "notes": project.notes.len(),
        "warnings": info.warnings,
        "container": info.container.as_ref().map(container_object),
    })
}

fn container_object(container: &ContainerInfo) -> Value {
    let unknown = container
        .unknown
        .iter()
        .map(|(tag, bytes)| json!({"tag": tag, "bytes": bytes}));
    json!({
        "bytes": container.bytes,
        "version": container.version,
        "created_with": container.created_with,
        "tags": container.tags,
        "unknown": unknown.collect::<Vec<_>>(),
    })
}

fn log_object(log: &LogInfo) -> Value {
    let header = &log.header;
    let (complete, frames) = match log.length {
        LogLength::Complete { frames } => (true, Some(frames)),
        LogLength::CutShort { .. } => (false, None),
    };
    json!({
        "kind": "session_log",
        "path": log.path.display().to_string(),
        "bytes": log.bytes,
        "version": log.version,
        "project": log.project_name,
        "project_path": header.project_path,
        "sample_rate": header.sample_rate,
        "seed": header.seed.to_string(),
        "max_block": header.max_block,
        "engine_version": header.engine_version,
        "rows": log.rows,
        "complete": complete,
        "frames": frames,
    })
}
