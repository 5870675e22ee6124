//! What was made, as JSON.

use super::{GroupKind, NewReport, Role};
use serde_json::{Value, json};

impl NewReport {
    /// The document of `segue new --json`. `[thread-safe]`
    pub fn value(&self) -> Value {
        let sounds = self.sounds.iter().map(|sound| {
            json!({
                "id": sound.id,
                "source": sound.source.display().to_string(),
                "file": sound.file,
                "role": sound.role.name(),
                "bus": sound.bus,
                "seconds": sound.seconds,
                "note": sound.key,
                "at_beats": sound.at_beats,
            })
        });
        let groups = self.groups.iter().map(|group| {
            json!({
                "name": group.name,
                "kind": group.kind.name(),
                "sounds": group.sounds,
                "rtpc": group.rtpc,
            })
        });
        let skipped = self.skipped.iter().map(
            |skipped| json!({"path": skipped.path.display().to_string(), "reason": skipped.reason}),
        );
        json!({
            "path": self.path.display().to_string(),
            "name": self.name,
            "seconds": self.seconds,
            "sounds": sounds.collect::<Vec<_>>(),
            "groups": groups.collect::<Vec<_>>(),
            "events": self.events,
            "skipped": skipped.collect::<Vec<_>>(),
        })
    }
}

impl Role {
    /// Its name in documents and for people. `[thread-safe]`
    pub fn name(self) -> &'static str {
        match self {
            Role::Music => "music",
            Role::Ambience => "ambience",
            Role::OneShot => "one-shot",
        }
    }
}

impl GroupKind {
    /// Its name in documents and for people. `[thread-safe]`
    pub fn name(self) -> &'static str {
        match self {
            GroupKind::Variants => "variants",
            GroupKind::Layers => "layers",
        }
    }
}
