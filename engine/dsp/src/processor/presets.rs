//! Factory presets: named values for every processor.

/// Values for some parameters of a processor; the others keep their defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Stable name for files, unique for its processor.
    pub name: &'static str,
    /// Parameters by identifier, and their values in the parameter's unit.
    pub values: &'static [(&'static str, f32)],
}

/// The presets of the processor called `id`; none for one that has none. `[thread-safe]`
#[must_use]
pub fn presets(id: &str) -> &'static [Preset] {
    let found = PRESETS.iter().find(|(processor, _)| *processor == id);
    found.map_or(&[], |(_, presets)| presets)
}

const fn preset(name: &'static str, values: &'static [(&'static str, f32)]) -> Preset {
    Preset { name, values }
}

/// All of them, by processor.
const PRESETS: &[(&str, &[Preset])] = &[
    ("gain", GAIN),
    ("eq", EQ),
    ("compressor", COMPRESSOR),
    ("limiter", LIMITER),
    ("gate", GATE),
    ("deesser", DEESSER),
    ("saturator", SATURATOR),
    ("delay", DELAY),
    ("stereo", STEREO),
    ("chorus", CHORUS),
    ("flanger", FLANGER),
    ("phaser", PHASER),
    ("reverb", REVERB),
    ("convolution", CONVOLUTION),
];

// Choices are written as the number of the alternative, as in project files.
const LOW_SHELF: f32 = 1.0;
const HIGH_SHELF: f32 = 2.0;
const LOW_PASS: f32 = 4.0;
const HIGH_PASS: f32 = 5.0;

const GAIN: &[Preset] = &[
    preset("half", &[("gain", -6.0)]),
    preset("trim_down", &[("gain", -3.0)]),
    preset("trim_up", &[("gain", 3.0)]),
    preset("double", &[("gain", 6.0)]),
    preset("mute", &[("gain", -120.0)]),
];

/// How it computes; the responses are the user's.
const CONVOLUTION: &[Preset] = &[
    preset("lighter", &[("latency", 1.0)]),
    preset("lightest", &[("latency", 2.0)]),
];

const EQ: &[Preset] = &[
    preset(
        "voice",
        &[
            ("band1_on", 1.0),
            ("band1_type", HIGH_PASS),
            ("band1_freq", 80.0),
            ("band2_on", 1.0),
            ("band2_freq", 250.0),
            ("band2_gain", -2.5),
            ("band3_on", 1.0),
            ("band3_freq", 3_500.0),
            ("band3_gain", 2.5),
            ("band4_on", 1.0),
            ("band4_type", HIGH_SHELF),
            ("band4_freq", 11_000.0),
            ("band4_gain", 2.0),
        ],
    ),
    preset(
        "telephone",
        &[
            ("band1_on", 1.0),
            ("band1_type", HIGH_PASS),
            ("band1_freq", 350.0),
            ("band1_slope", 3.0),
            ("band2_on", 1.0),
            ("band2_freq", 1_600.0),
            ("band2_gain", 5.0),
            ("band3_on", 1.0),
            ("band3_type", LOW_PASS),
            ("band3_freq", 3_300.0),
            ("band3_slope", 3.0),
        ],
    ),
    preset(
        "behind_a_wall",
        &[
            ("band1_on", 1.0),
            ("band1_type", LOW_PASS),
            ("band1_freq", 600.0),
            ("band1_slope", 1.0),
            ("band2_on", 1.0),
            ("band2_type", LOW_SHELF),
            ("band2_freq", 150.0),
            ("band2_gain", 3.0),
        ],
    ),
    preset(
        "smile",
        &[
            ("band1_on", 1.0),
            ("band1_type", LOW_SHELF),
            ("band1_freq", 110.0),
            ("band1_gain", 3.0),
            ("band2_on", 1.0),
            ("band2_type", HIGH_SHELF),
            ("band2_freq", 8_000.0),
            ("band2_gain", 3.0),
        ],
    ),
    preset(
        "rumble_filter",
        &[
            ("band1_on", 1.0),
            ("band1_type", HIGH_PASS),
            ("band1_freq", 30.0),
            ("band1_slope", 3.0),
        ],
    ),
];

const COMPRESSOR: &[Preset] = &[
    preset(
        "glue",
        &[
            ("threshold", -20.0),
            ("ratio", 2.0),
            ("attack", 30.0),
            ("release", 150.0),
            ("auto_make_up", 1.0),
        ],
    ),
    preset(
        "dialogue",
        &[
            ("threshold", -24.0),
            ("ratio", 3.0),
            ("knee", 9.0),
            ("attack", 5.0),
            ("release", 120.0),
            ("detector", 1.0),
            ("make_up", 5.0),
        ],
    ),
    preset(
        "drum_punch",
        &[
            ("threshold", -18.0),
            ("ratio", 5.0),
            ("knee", 3.0),
            ("attack", 25.0),
            ("release", 60.0),
            ("make_up", 4.0),
        ],
    ),
    preset(
        "music_under_voice",
        &[
            ("threshold", -36.0),
            ("ratio", 8.0),
            ("range", 12.0),
            ("attack", 40.0),
            ("release", 450.0),
            ("key_filter", 3.0),
            ("key_freq", 1_500.0),
            ("key_gain", 6.0),
        ],
    ),
    preset(
        "leveller",
        &[
            ("threshold", -30.0),
            ("ratio", 2.5),
            ("knee", 18.0),
            ("attack", 60.0),
            ("release", 900.0),
            ("detector", 1.0),
            ("auto_make_up", 1.0),
        ],
    ),
];

const LIMITER: &[Preset] = &[
    preset("broadcast", &[("ceiling", -1.0), ("release", 120.0)]),
    preset(
        "streaming",
        &[("ceiling", -2.0), ("release", 80.0), ("auto", 1.0)],
    ),
    preset(
        "loud",
        &[
            ("ceiling", -1.0),
            ("input", 6.0),
            ("release", 40.0),
            ("auto", 1.0),
        ],
    ),
    preset(
        "safety",
        &[("ceiling", -0.3), ("look_ahead", 0.5), ("release", 50.0)],
    ),
];

const GATE: &[Preset] = &[
    preset(
        "drums",
        &[
            ("threshold", -32.0),
            ("range", 60.0),
            ("attack", 0.2),
            ("hold", 40.0),
            ("release", 80.0),
            ("look_ahead", 1.0),
        ],
    ),
    preset(
        "voice_expander",
        &[
            ("threshold", -42.0),
            ("ratio", 2.0),
            ("knee", 10.0),
            ("range", 18.0),
            ("attack", 3.0),
            ("hold", 120.0),
            ("release", 250.0),
            ("detector", 1.0),
        ],
    ),
    preset(
        "noise_floor",
        &[
            ("threshold", -60.0),
            ("ratio", 3.0),
            ("knee", 12.0),
            ("range", 30.0),
            ("attack", 10.0),
            ("hold", 200.0),
            ("release", 500.0),
        ],
    ),
    preset(
        "duck_music",
        &[
            ("mode", 1.0),
            ("threshold", -36.0),
            ("range", 10.0),
            ("attack", 60.0),
            ("hold", 400.0),
            ("release", 700.0),
        ],
    ),
    preset(
        "pump",
        &[
            ("mode", 1.0),
            ("threshold", -24.0),
            ("range", 15.0),
            ("attack", 1.0),
            ("hold", 30.0),
            ("release", 120.0),
        ],
    ),
];

const DEESSER: &[Preset] = &[
    preset(
        "female_voice",
        &[("freq", 7_500.0), ("q", 1.2), ("threshold", -32.0)],
    ),
    preset(
        "male_voice",
        &[("freq", 5_500.0), ("q", 1.2), ("threshold", -32.0)],
    ),
    preset(
        "gentle",
        &[
            ("shape", 1.0),
            ("freq", 6_000.0),
            ("ratio", 2.5),
            ("range", 6.0),
        ],
    ),
    preset(
        "broadband",
        &[
            ("mode", 1.0),
            ("freq", 6_500.0),
            ("threshold", -30.0),
            ("range", 8.0),
        ],
    ),
    preset(
        "cymbals",
        &[
            ("shape", 1.0),
            ("freq", 9_000.0),
            ("threshold", -28.0),
            ("attack", 0.5),
            ("release", 120.0),
        ],
    ),
];

const SATURATOR: &[Preset] = &[
    preset(
        "tape",
        &[
            ("shape", 1.0),
            ("drive", 8.0),
            ("tilt", -1.5),
            ("compensate", 1.0),
            ("trim", 3.0),
        ],
    ),
    preset(
        "tube",
        &[
            ("shape", 3.0),
            ("drive", 12.0),
            ("bias", 0.2),
            ("compensate", 1.0),
            ("trim", 4.0),
        ],
    ),
    preset(
        "clipper",
        &[("shape", 4.0), ("drive", 3.0), ("oversampling", 3.0)],
    ),
    preset(
        "radio",
        &[
            ("shape", 2.0),
            ("drive", 24.0),
            ("tilt", 4.0),
            ("trim", -9.0),
        ],
    ),
    preset(
        "wavefolder",
        &[
            ("shape", 5.0),
            ("drive", 18.0),
            ("oversampling", 3.0),
            ("trim", -6.0),
        ],
    ),
];

const DELAY: &[Preset] = &[
    preset("slapback", &[("time", 110.0), ("feedback", 0.0)]),
    preset(
        "eighth_ping_pong",
        &[
            ("sync", 1.0),
            ("beats", 0.5),
            ("feedback", 45.0),
            ("ping_pong", 1.0),
            ("high_cut", 6_000.0),
        ],
    ),
    preset(
        "dotted_eighth",
        &[
            ("sync", 1.0),
            ("beats", 0.75),
            ("feedback", 40.0),
            ("low_cut", 200.0),
            ("high_cut", 7_000.0),
        ],
    ),
    preset(
        "tape_echo",
        &[
            ("time", 280.0),
            ("change", 1.0),
            ("feedback", 55.0),
            ("low_cut", 150.0),
            ("high_cut", 3_500.0),
        ],
    ),
    preset(
        "canyon",
        &[
            ("time", 900.0),
            ("feedback", 60.0),
            ("ping_pong", 1.0),
            ("low_cut", 250.0),
            ("high_cut", 2_500.0),
        ],
    ),
];

const STEREO: &[Preset] = &[
    preset("mono", &[("mono", 1.0)]),
    preset(
        "wide",
        &[("width", 140.0), ("bass_mono", 1.0), ("bass_freq", 150.0)],
    ),
    preset("narrow", &[("width", 50.0)]),
    preset(
        "vinyl",
        &[("bass_mono", 1.0), ("bass_freq", 250.0), ("dc_filter", 1.0)],
    ),
    preset("swap_sides", &[("swap", 1.0)]),
];

const CHORUS: &[Preset] = &[
    preset(
        "classic",
        &[("rate", 0.6), ("delay", 10.0), ("depth", 20.0)],
    ),
    preset(
        "ensemble",
        &[
            ("rate", 0.35),
            ("delay", 16.0),
            ("depth", 25.0),
            ("voices", 5.0),
            ("stereo_phase", 120.0),
        ],
    ),
    preset(
        "doubler",
        &[
            ("rate", 0.2),
            ("delay", 24.0),
            ("depth", 4.0),
            ("voices", 1.0),
            ("stereo_phase", 180.0),
            ("amount", 40.0),
        ],
    ),
    preset(
        "vibrato",
        &[
            ("rate", 5.5),
            ("delay", 4.0),
            ("depth", 12.0),
            ("voices", 0.0),
            ("stereo_phase", 0.0),
            ("amount", 100.0),
        ],
    ),
];

const FLANGER: &[Preset] = &[
    preset(
        "jet",
        &[
            ("rate", 0.12),
            ("delay", 3.0),
            ("depth", 90.0),
            ("feedback", 65.0),
        ],
    ),
    preset(
        "subtle",
        &[
            ("rate", 0.3),
            ("delay", 1.5),
            ("depth", 40.0),
            ("feedback", 10.0),
        ],
    ),
    preset(
        "hollow",
        &[
            ("rate", 0.2),
            ("delay", 2.0),
            ("depth", 70.0),
            ("feedback", -70.0),
        ],
    ),
    preset(
        "two_bars",
        &[
            ("sync", 1.0),
            ("beats", 8.0),
            ("wave", 1.0),
            ("delay", 2.5),
            ("depth", 85.0),
            ("feedback", 50.0),
        ],
    ),
];

const PHASER: &[Preset] = &[
    preset(
        "four_stage",
        &[
            ("rate", 0.4),
            ("freq", 700.0),
            ("depth", 60.0),
            ("feedback", 20.0),
        ],
    ),
    preset(
        "deep",
        &[
            ("rate", 0.08),
            ("freq", 600.0),
            ("depth", 90.0),
            ("feedback", 60.0),
            ("stages", 4.0),
        ],
    ),
    preset(
        "fast_wobble",
        &[
            ("rate", 4.0),
            ("freq", 1_200.0),
            ("depth", 40.0),
            ("stages", 1.0),
        ],
    ),
    preset(
        "one_bar",
        &[
            ("sync", 1.0),
            ("beats", 4.0),
            ("freq", 900.0),
            ("depth", 70.0),
            ("feedback", 45.0),
            ("stages", 2.0),
        ],
    ),
];

const REVERB: &[Preset] = &[
    preset(
        "small_room",
        &[
            ("decay", 0.4),
            ("size", 40.0),
            ("pre_delay", 0.0),
            ("early", 0.0),
            ("late", -3.0),
            ("high_ratio", 0.6),
            ("low_ratio", 0.9),
        ],
    ),
    preset(
        "drum_room",
        &[
            ("decay", 0.8),
            ("size", 65.0),
            ("pre_delay", 4.0),
            ("early", -1.0),
            ("high_ratio", 0.7),
            ("low_ratio", 0.8),
        ],
    ),
    preset(
        "chamber",
        &[
            ("decay", 1.4),
            ("size", 75.0),
            ("pre_delay", 12.0),
            ("high_ratio", 0.6),
            ("low_ratio", 1.1),
        ],
    ),
    preset(
        "concert_hall",
        &[
            ("decay", 2.4),
            ("size", 140.0),
            ("pre_delay", 22.0),
            ("high_ratio", 0.45),
            ("high_freq", 4_000.0),
            ("low_ratio", 1.3),
        ],
    ),
    preset(
        "plate",
        &[
            ("decay", 1.8),
            ("size", 60.0),
            ("pre_delay", 0.0),
            ("early", -60.0),
            ("diffusion", 100.0),
            ("high_ratio", 0.9),
            ("low_ratio", 0.7),
        ],
    ),
    preset(
        "cathedral",
        &[
            ("decay", 6.5),
            ("size", 190.0),
            ("pre_delay", 45.0),
            ("early", -10.0),
            ("high_ratio", 0.35),
            ("high_freq", 3_500.0),
            ("low_ratio", 1.3),
        ],
    ),
    preset(
        "endless",
        &[
            ("decay", 20.0),
            ("size", 170.0),
            ("pre_delay", 60.0),
            ("early", -60.0),
            ("high_ratio", 0.5),
            ("mod_depth", 70.0),
            ("mod_rate", 0.3),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processor::{PROCESSORS, Setup, build, kind_from_id};
    use std::collections::HashSet;

    #[test]
    fn every_preset_fits_its_processor() {
        let setup = Setup::new(48_000.0, 2).unwrap();
        for (id, presets) in PRESETS {
            let kind = kind_from_id(id).unwrap();
            let info = &PROCESSORS[kind as usize];
            assert!((2..=7).contains(&presets.len()), "{id}");
            let names: HashSet<_> = presets.iter().map(|preset| preset.name).collect();
            assert_eq!(names.len(), presets.len(), "{id}");
            for preset in *presets {
                let number = |id: &str| info.param(id).unwrap_or_else(|| panic!("{id}"));
                let values = preset.values.iter();
                let values: Vec<_> = values.map(|(id, value)| (number(id), *value)).collect();
                let numbers: HashSet<_> = values.iter().map(|(number, _)| *number).collect();
                assert_eq!(numbers.len(), values.len(), "{id} {}", preset.name);
                assert!(build(kind, setup, &values).is_ok(), "{id} {}", preset.name);
                let moved = values
                    .iter()
                    .any(|(n, value)| *value != info.params[usize::from(*n)].default);
                assert!(moved, "{id} {} is the default", preset.name);
            }
        }
        assert!(PROCESSORS.iter().all(|row| !presets(row.id).is_empty()));
        assert!(presets("vocoder").is_empty());
        assert_eq!(presets("limiter")[0].name, "broadcast");
    }
}
