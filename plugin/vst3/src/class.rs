//! What a VST3 host reads about a plug-in before it makes one: class id, categories, module info.

use std::fmt::Write;

use vst3::Steinberg::TUID;

use crate::library::Descriptor;

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

/// What a module offers, in the words of VST3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleInfo {
    /// Who made it.
    pub vendor: String,
    /// Where they are found.
    pub url: String,
    /// The plug-ins in the order of the factory.
    pub classes: Vec<Class>,
}

/// One plug-in of a [`ModuleInfo`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The class id as 32 upper-case hexadecimal digits, the same on every system.
    pub id: String,
    /// The name that a user sees.
    pub name: String,
    /// Who made it.
    pub vendor: String,
    /// Its version.
    pub version: String,
    /// VST3's sub-categories, for example `Fx` and `Reverb`.
    pub sub_categories: Vec<&'static str>,
}

impl ModuleInfo {
    pub(crate) fn new(descriptors: &[Descriptor]) -> Self {
        let first = descriptors.first();
        Self {
            vendor: first.map_or_else(String::new, |first| first.vendor.clone()),
            url: first.map_or_else(String::new, |first| first.url.clone()),
            classes: descriptors.iter().map(Class::new).collect(),
        }
    }

    /// The text of the `moduleinfo.json` of a bundle with this name and version.
    #[must_use]
    pub fn to_json(&self, name: &str, version: &str) -> String {
        let classes: Vec<String> = self.classes.iter().map(Class::to_json).collect();
        let flags = "{ \"Unicode\": true, \"Classes Discardable\": false, \
                     \"Component Non Discardable\": false }";
        format!(
            "{{\n  \"Name\": {},\n  \"Version\": {},\n  \"Factory Info\": {{\n    \"Vendor\": {},\n    \
             \"URL\": {},\n    \"E-Mail\": \"\",\n    \"Flags\": {flags}\n  }},\n  \"Classes\": [\n{}\n  ]\n}}\n",
            quoted(name),
            quoted(version),
            quoted(&self.vendor),
            quoted(&self.url),
            classes.join(",\n")
        )
    }
}

impl Class {
    fn new(descriptor: &Descriptor) -> Self {
        let bytes = class_id(&descriptor.id.to_string_lossy());
        let id = bytes.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02X}");
            text
        });
        Self {
            id,
            name: descriptor.name.clone(),
            vendor: descriptor.vendor.clone(),
            version: descriptor.version.clone(),
            sub_categories: sub_categories(&descriptor.features),
        }
    }

    fn to_json(&self) -> String {
        let list: Vec<String> = self
            .sub_categories
            .iter()
            .map(|name| quoted(name))
            .collect();
        format!(
            "    {{\n      \"CID\": {},\n      \"Category\": {},\n      \"Name\": {},\n      \
             \"Vendor\": {},\n      \"Version\": {},\n      \"SDKVersion\": {},\n      \
             \"Sub Categories\": [{}],\n      \"Class Flags\": {FLAGS},\n      \
             \"Cardinality\": 2147483647,\n      \"Snapshots\": []\n    }}",
            quoted(&self.id),
            quoted(CATEGORY),
            quoted(&self.name),
            quoted(&self.vendor),
            quoted(&self.version),
            quoted(SDK_VERSION),
            list.join(", ")
        )
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' | '\\' => quoted.extend(['\\', sign]),
            sign if sign < ' ' => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(sign));
            }
            sign => quoted.push(sign),
        }
    }
    quoted.push('"');
    quoted
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

    #[test]
    fn module_info_is_json_with_escapes() {
        let info = ModuleInfo {
            vendor: "A \"B\" \\ C\n".to_owned(),
            url: String::new(),
            classes: Vec::new(),
        };
        let json = info.to_json("N", "1.0");
        assert!(json.contains(r#""Vendor": "A \"B\" \\ C\u000a""#), "{json}");
    }
}
