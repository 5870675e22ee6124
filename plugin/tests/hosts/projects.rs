//! Small projects with known sound.

use segue_engine::format::container::Package;
use segue_engine::project::Project;

/// Frames of the sound that [`state`] plays.
pub(crate) const FRAMES: usize = 4_800;

/// A state whose key 60 plays a constant 0.5 on both sides from its first frame on, once.
pub(crate) fn state() -> Vec<u8> {
    pack(&json(r#"{"id": "master", "pan_law": "balance"},"#, ""))
}

/// The same with a macro "Drive" on CC 1 that moves an EQ band on the bus "tone", and a limiter on
/// the master, so that there is latency.
pub(crate) fn rich_state() -> Vec<u8> {
    let inserts = r#"{"id": "master", "pan_law": "balance", "inserts": [{"id": "ceiling", "kind": "limiter"}]},"#;
    let macros = r#","macros": [{"id": "m", "name": "Drive", "value": 0.5, "midi": "cc1",
        "targets": [{"bus": "tone", "insert": "eq", "param": "band7_gain", "min": -12, "max": 12}]}]"#;
    pack(&json(inserts, macros))
}

pub(crate) fn project(state: &[u8]) -> Project {
    Package::from_bytes(state).unwrap().project().unwrap().0
}

fn json(master: &str, more: &str) -> String {
    format!(
        r#"{{"format": "segue.project", "version": 1, "name": "Steps",
        "assets": [{{"id": "step", "file": "assets/step.wav"}}],
        "buses": [{master} {{"id": "input", "pan_law": "balance"}}, {{"id": "sidechain", "mute": true}},
            {{"id": "tone", "name": "Tone", "inserts": [
                {{"id": "eq", "kind": "eq", "params": {{"band7_on": 1, "band7_freq": 1000}}}}]}}],
        "sounds": [{{"id": "step", "asset": "step", "bus": "tone"}}],
        "clips": [{{"sound": "step", "at_beats": 4}}],
        "notes": [{{"keys": [60, 60], "root": 60, "sound": "step"}}]{more}}}"#
    )
}

fn pack(json: &str) -> Vec<u8> {
    let (project, _) = Project::from_json(json.as_bytes()).unwrap();
    let mut package = Package::new(project.to_json().unwrap()).unwrap();
    package.add_asset("assets/step.wav", &wav()).unwrap();
    package.to_bytes().unwrap()
}

/// 16 bits, stereo, 48 kHz, 0.5 throughout.
pub(crate) fn wav() -> Vec<u8> {
    wav_of(FRAMES)
}

/// The same with so many frames.
pub(crate) fn wav_of(frames: usize) -> Vec<u8> {
    wav_with(frames, 0.5)
}

/// The same with this value, in 1/32768.
pub(crate) fn wav_with(frames: usize, value: f32) -> Vec<u8> {
    let value = (value * 32_768.0) as i16;
    let data: Vec<u8> = (0..frames * 2).flat_map(|_| value.to_le_bytes()).collect();
    let len = u32::try_from(data.len()).unwrap();
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + len).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend([1, 0, 2, 0]);
    wav.extend(48_000_u32.to_le_bytes());
    wav.extend(192_000_u32.to_le_bytes());
    wav.extend([4, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend(len.to_le_bytes());
    wav.extend(data);
    wav
}
