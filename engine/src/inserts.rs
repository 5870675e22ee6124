//! The processors that an insert can be: their parameters and presets.

pub use segue_dsp::processor::{
    PROCESSORS as INSERTS, ParamInfo, Preset, ProcessorInfo, Scale, presets,
};

/// The insert that projects call `kind`; `None` when there is none. `[thread-safe]`
#[must_use]
pub fn insert(kind: &str) -> Option<&'static ProcessorInfo> {
    INSERTS.iter().find(|row| row.id == kind)
}

/// What a preset of this kind of insert sets, by the ids of parameters; the others have their defaults.
/// `[thread-safe]`
///
/// # Errors
/// [`Error::Unknown`](crate::Error::Unknown) lists the presets there are.
pub fn preset(kind: &str, name: &str) -> crate::Result<&'static [(&'static str, f32)]> {
    crate::load::preset(kind, Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;
    use std::path::Path;

    const HEAD: &str = "\
# Inserts

What a bus can have in its slots: the `kind` of an insert in a project, its parameters in the order of their numbers, and its presets.
This page is written from the engine's own table (`BLESS=1 cargo nextest run -p segue-engine inserts`).

Every insert has `mix` (0 dry to 1 wet, aligned to the frame) and `bypass` (10 ms, latency kept). A parameter moves smoothly from the
frame of its change on; one marked *latency* takes effect when the insert is made. A choice is the number of its alternative, from 0; a
switch is 0 or 1. A `preset` sets the parameters named beside it; values under `params` come on top. What counts in beats follows the
project's tempo and position. Impulse responses of the convolution are the user's: an `ir` names an asset of the project.

Beside every insert that is heard a number is shown: the gain change in dB of compressor, limiter, gate, de-esser and saturator; the
correlation of what the stereo tools make, -1 to 1; and of all others how much louder or quieter the sound leaves than it came, in dB.

The echoes of the reverb are nine tenths as dense as noise within 100 ms with `size` up to 100 % and the default `diffusion`, within 200 ms
at 140 %, counted frame by frame at 44.1, 48, 96 and 192 kHz. A larger room and less diffusion take longer, and let single echoes be heard before that.

The live limiter keeps its ceiling, within 0.05 dB, for sounds up to 0.47 of the sample rate (22.5 kHz at 48 kHz). What is above, as in
white noise or a wave clipped hard at half the rate, it does not see: such a sound may pass the ceiling by 0.2 dB by a meter of four points
a frame, and by up to 1.3 dB by exact reconstruction. `segue normalize --over limit` measures its results and makes them again where they
pass it ([offline.md](offline.md)).
";

    /// A number as people write it.
    fn number(value: f32) -> String {
        let rounded = (f64::from(value) * 1e5).round() / 1e5;
        rounded.to_string()
    }

    fn values(row: &ParamInfo) -> String {
        match row.scale {
            Scale::Toggle => format!("switch, {}", number(row.default)),
            Scale::Choice(names) => {
                let names: Vec<_> = names
                    .iter()
                    .enumerate()
                    .map(|(n, name)| format!("{n} {name}"))
                    .collect();
                format!("{}; {}", names.join(", "), number(row.default))
            }
            Scale::Linear | Scale::Log => {
                let (min, max) = (number(row.min), number(row.max));
                let unit = if row.unit.is_empty() {
                    String::new()
                } else {
                    format!(" {}", row.unit)
                };
                // The steepest curve there is.
                let is_infinite = row.id == "ratio" && row.max >= 100.0;
                let infinite = if is_infinite { " (infinite)" } else { "" };
                format!("{min} to {max}{infinite}{unit}; {}", number(row.default))
            }
        }
    }

    fn page() -> String {
        let mut page = HEAD.to_owned();
        for insert in INSERTS {
            write!(page, "\n## {} (`{}`)\n\n", insert.name, insert.id).unwrap();
            page += "| parameter | | values; default |\n|---|---|---|\n";
            for row in insert.params {
                // Sixteen bands have the same rows.
                let band = row.id.strip_prefix("band");
                if band.is_some_and(|rest| !rest.starts_with("1_")) {
                    continue;
                }
                let (id, name) = match band {
                    Some(_) => (row.id.replacen('1', "N", 1), row.name.replacen('1', "N", 1)),
                    None => (row.id.to_owned(), row.name.to_owned()),
                };
                let latency = if row.structural { ", *latency*" } else { "" };
                writeln!(page, "| `{id}` | {name} | {}{latency} |", values(row)).unwrap();
            }
            let presets = presets(insert.id);
            if !presets.is_empty() {
                page += "\n| preset | sets |\n|---|---|\n";
            }
            for preset in presets {
                let values = preset.values.iter();
                let values: Vec<_> = values
                    .map(|(id, value)| format!("`{id}` {}", number(*value)))
                    .collect();
                writeln!(page, "| `{}` | {} |", preset.name, values.join(", ")).unwrap();
            }
        }
        page
    }

    #[test]
    fn the_page_of_inserts_is_the_table() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/inserts.md");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, page()).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written == page(), "write docs/inserts.md anew with BLESS=1");
        assert!(insert("delay").is_some() && insert("vocoder").is_none());
    }
}
