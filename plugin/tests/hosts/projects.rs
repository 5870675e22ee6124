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
    pack(&json(LIMITED, MACROS))
}

/// The same with a game: key 60 posts an event that plays one of two by chance, pushes the input away
/// and raises the level of the music for a while; the macro moves a bus and a filter.
pub(crate) fn game_state() -> Vec<u8> {
    pack(&json(LIMITED, &format!("{MACROS}, {GAME}")))
}

const LIMITED: &str =
    r#"{"id": "master", "pan_law": "balance", "inserts": [{"id": "ceiling", "kind": "limiter"}]},"#;
const MACROS: &str = r#","macros": [{"id": "m", "name": "Drive", "value": 0.5, "midi": "cc1",
        "targets": [{"bus": "tone", "insert": "eq", "param": "band7_gain", "min": -12, "max": 12}]}]"#;
const GAME: &str = r#""interactive": {
        "rtpcs": [{"name": "Pace", "interp": "linear", "up_ms": 20, "down_ms": 30, "targets": [
            {"target": "bus_volume", "bus": "tone", "curve": [{"x": 0, "y": -6}, {"x": 1, "y": 0}]}]}],
        "macros": [{"macro_id": "m", "rtpc": "Pace"}],
        "containers": [
            {"name": "twice", "type": "sequence", "steps": [{"child": "step"}, {"child": "step", "start_ms": 7}]},
            {"name": "steps", "type": "random", "children": [{"child": "step"}, {"child": "twice"}],
                "random_pitch_st": [-2, 2], "random_volume_db": [-6, 0],
                "bindings": [{"rtpc": "Pace", "target": "lpf_hz", "curve": [{"x": 0, "y": 500}, {"x": 1, "y": 9000}]}]}],
        "events": [{"name": "Step", "tags": ["step"], "max_instances": 8, "limit_rule": "discard_oldest", "actions": [
            {"do": "play", "target": "steps"},
            {"do": "set_signal", "signal": "near", "value": 1},
            {"do": "set_signal", "signal": "near", "value": 0, "delay_ms": 30}]}],
        "ducks": [{"name": "steps over the input", "source_tag": "step", "target_bus": "input",
            "attack_ms": 5, "release_ms": 50}],
        "adaptive": {"signals": [{"name": "near"}],
            "contexts": {"BASE": {"constraints": {"cooldown_ms": 0}, "levels": [
                [{"asset": "step", "loop_end_smp": 4800, "gain_db": -12}],
                [{"asset": "step", "loop_end_smp": 4800, "gain_db": -6}]]}},
            "rules": [
                {"id": "up", "name": "Near", "condition": {"op": "crossed_up", "signal": "near", "value": 0.5}},
                {"id": "down", "name": "Far", "condition": {"op": "crossed_down", "signal": "near", "value": 0.5},
                    "action": {"do": "step_down"}}],
            "stability": {"hold_ms": 0, "cooldown_ms": 0, "momentum": 2}},
        "notes": [{"keys": [60, 60], "on": "Step"}]}"#;

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
