//! `segue play` through ALSA without a sound card.

use crate::support::Space;
use std::path::Path;

/// An ALSA with one output, which writes what it hears into `heard.raw`: 32-bit floats, stereo.
fn configure(space: &Space) {
    let raw = space.path("heard.raw");
    let text = format!(
        r#"</usr/share/alsa/alsa.conf>
pcm.!default {{ type plug slave {{ pcm recorder format FLOAT_LE channels 2 }} }}
pcm.recorder {{ type file slave.pcm "null" file "{}" format "raw" }}
"#,
        raw.display()
    );
    space.write("asound.conf", text.as_bytes());
}

#[test]
fn alsa_hears_what_the_recording_replays() {
    let space = Space::new();
    configure(&space);
    let factory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets/factory");
    let game = format!("{}", factory.display());
    let options = ["--device", "alsa:default", "--seconds", "0.5"];
    let played = space
        .command(&[&["play", &game, "--log", "a.seglog"], &options[..]].concat())
        .env("ALSA_CONFIG_PATH", space.path("asound.conf"))
        .output()
        .unwrap();
    assert!(
        played.status.success(),
        "{}",
        String::from_utf8_lossy(&played.stderr)
    );
    space
        .segue(&["replay", "a.seglog", "-o", "a.wav", "--bits", "32f"])
        .ok();

    let heard = floats(&space.read("heard.raw"));
    let wav = space.read("a.wav");
    let data = wav.windows(4).position(|tag| tag == b"data").unwrap() + 8;
    let again = floats(&wav[data..]);
    // What ALSA plays before the engine's first block is silence.
    let sound = |samples: &[f32]| samples.iter().position(|x| *x != 0.0);
    let start = sound(&heard).expect("ALSA heard nothing") - sound(&again).expect("silence");
    let heard = &heard[start..];
    let frames = heard.len().min(again.len());
    assert!(frames > 2 * 24_000, "{frames}");
    assert!(
        heard[..frames] == again[..frames],
        "not what the replay has"
    );
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let words = bytes.chunks_exact(4);
    words
        .map(|word| f32::from_le_bytes(word.try_into().unwrap()))
        .collect()
}
