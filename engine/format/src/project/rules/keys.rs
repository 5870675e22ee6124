//! The keys of the objects outside of what is interactive, to name the one that was probably meant.

pub(super) const PROJECT: [&str; 20] = [
    "format",
    "version",
    "name",
    "author",
    "description",
    "licence",
    "seed",
    "sample_rate",
    "length_beats",
    "tempo",
    "time_signatures",
    "loop",
    "assets",
    "buses",
    "sounds",
    "clips",
    "notes",
    "voices",
    "macros",
    "interactive",
];

pub(super) const TEMPO: [&str; 3] = ["at_beats", "bpm", "ramp"];

pub(super) const SIGNATURE: [&str; 3] = ["at_beats", "numerator", "denominator"];

pub(super) const LOOP_REGION: [&str; 3] = ["start_beats", "end_beats", "enabled"];

pub(super) const ASSET: [&str; 4] = ["id", "file", "hash", "stream"];

pub(super) const SOUND: [&str; 14] = [
    "id",
    "asset",
    "bus",
    "gain_db",
    "pan",
    "pitch_st",
    "quality",
    "lpf_hz",
    "hpf_hz",
    "fade_in_ms",
    "fade_out_ms",
    "priority",
    "loop",
    "max_instances",
];

pub(super) const LOOP_POINTS: [&str; 3] = ["start_smp", "end_smp", "count"];

pub(super) const CLIP: [&str; 7] = [
    "id",
    "sound",
    "at_beats",
    "length_beats",
    "gain_db",
    "pan",
    "loop",
];

pub(super) const NOTE: [&str; 6] = ["keys", "root", "sound", "channel", "velocity", "gain_db"];

pub(super) const VOICES: [&str; 9] = [
    "max_real",
    "max_virtual",
    "steal_mode",
    "steal_fade_ms",
    "on_limit",
    "virtual_mode",
    "virtual_below_db",
    "real_above_db",
    "protect_loops",
];

pub(super) const MACRO: [&str; 5] = ["id", "name", "value", "midi", "targets"];

pub(super) const MACRO_TARGET: [&str; 5] = ["bus", "insert", "param", "min", "max"];

pub(super) const BUS: [&str; 12] = [
    "id",
    "name",
    "output",
    "gain_db",
    "pan",
    "pan_law",
    "mute",
    "solo",
    "max_voices",
    "max_latency",
    "inserts",
    "sends",
];

pub(super) const SEND: [&str; 3] = ["to", "gain_db", "position"];

pub(super) const INSERT: [&str; 8] = [
    "id", "kind", "bypass", "mix", "key", "ir", "preset", "params",
];
