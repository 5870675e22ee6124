//! What a VST3 host reads about a plug-in before it makes one: class id and categories.

use vst3::Steinberg::TUID;

/// The category of everything that processes audio.
pub(crate) const CATEGORY: &str = "Audio Module Class";
/// The version of the interfaces that the adapter speaks.
pub(crate) const SDK_VERSION: &str = "VST 3.8.0";
/// The class flags of a plug-in whose processor and controller are one object.
pub(crate) const FLAGS: u32 = 0;

const FNV_OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const FNV_PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// The class id of the plug-in with this CLAP id: the 128-bit FNV-1a hash of the id's bytes, most
/// significant byte first.
///
/// Hosts store it in their sessions, so neither the hash nor a published CLAP id may ever change.
#[must_use]
pub const fn class_id(clap_id: &str) -> [u8; 16] {
    let bytes = clap_id.as_bytes();
    let mut hash = FNV_OFFSET;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u128).wrapping_mul(FNV_PRIME);
        at += 1;
    }
    hash.to_be_bytes()
}

/// The id as the interfaces pass it: the order of the bytes differs on Windows.
pub(crate) fn tuid(clap_id: &str) -> TUID {
    let id = u128::from_be_bytes(class_id(clap_id));
    let word = |shift: u32| (id >> shift) as u32;
    vst3::uid(word(96), word(64), word(32), word(0))
}

/// CLAP features and what VST3 calls them.
const FEATURES: &[(&str, &str)] = &[
    ("instrument", "Instrument"),
    ("audio-effect", "Fx"),
    ("note-effect", "Fx"),
    ("note-detector", "Fx|Analyzer"),
    ("analyzer", "Fx|Analyzer"),
    ("synthesizer", "Synth"),
    ("sampler", "Sampler"),
    ("drum", "Drum"),
    ("drum-machine", "Drum"),
    ("filter", "Filter"),
    ("phaser", "Modulation"),
    ("equalizer", "EQ"),
    ("de-esser", "Dynamics"),
    ("phase-vocoder", "Pitch Shift"),
    ("granular", "Generator"),
    ("frequency-shifter", "Modulation"),
    ("pitch-shifter", "Pitch Shift"),
    ("distortion", "Distortion"),
    ("transient-shaper", "Dynamics"),
    ("compressor", "Dynamics"),
    ("expander", "Dynamics"),
    ("gate", "Dynamics"),
    ("limiter", "Dynamics"),
    ("flanger", "Modulation"),
    ("chorus", "Modulation"),
    ("delay", "Delay"),
    ("reverb", "Reverb"),
    ("tremolo", "Modulation"),
    ("glitch", "Generator"),
    ("utility", "Tools"),
    ("pitch-correction", "Pitch Shift"),
    ("restoration", "Restoration"),
    ("multi-effects", "Tools"),
    ("mastering", "Mastering"),
    ("mono", "Mono"),
    ("stereo", "Stereo"),
    ("surround", "Surround"),
    ("ambisonic", "Ambisonics"),
];

/// The sub-categories of a plug-in, the main one first and each once. "Fx" if nothing is known.
pub(crate) fn sub_categories(features: &[String]) -> Vec<&'static str> {
    let names = FEATURES
        .iter()
        .filter(|(feature, _)| features.iter().any(|other| other == feature))
        .flat_map(|(_, name)| name.split('|'));
    let mut list = Vec::new();
    for name in names {
        if !list.contains(&name) {
            list.push(name);
        }
    }
    if !list.iter().any(|name| matches!(*name, "Fx" | "Instrument")) {
        list.insert(0, "Fx");
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn categories(features: &[&str]) -> String {
        let features: Vec<String> = features.iter().map(|text| (*text).to_owned()).collect();
        sub_categories(&features).join("|")
    }

    #[test]
    fn class_ids_are_the_published_hash() {
        // The offset basis and a test vector of FNV-1a.
        assert_eq!(class_id(""), FNV_OFFSET.to_be_bytes());
        let hash = 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964_u128;
        assert_eq!(class_id("a"), hash.to_be_bytes());
        assert_ne!(tuid("org.example.a"), tuid("org.example.b"));
    }

    #[test]
    fn features_become_categories() {
        assert_eq!(
            categories(&["stereo", "synthesizer", "instrument"]),
            "Instrument|Synth|Stereo"
        );
        assert_eq!(
            categories(&["audio-effect", "compressor", "limiter"]),
            "Fx|Dynamics"
        );
        assert_eq!(categories(&["analyzer"]), "Fx|Analyzer");
        assert_eq!(categories(&[]), "Fx");
        assert_eq!(categories(&["vendor:own", "reverb"]), "Fx|Reverb");
    }
}
