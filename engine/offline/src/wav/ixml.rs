//! Times and rates in an `iXML` chunk.

use super::positions::PositionMap;

/// Moves the time stamp to the first frame that is kept, and states the rate of the result. What is not
/// there or no number stays.
pub(super) fn moved(bytes: &mut Vec<u8>, map: &PositionMap) {
    const HALVES: [[&str; 2]; 2] = [
        [
            "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI",
            "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO",
        ],
        ["BWF_TIME_REFERENCE_HIGH", "BWF_TIME_REFERENCE_LOW"],
    ];
    for [high, low] in HALVES {
        let Some(lower) = number(bytes, low) else {
            continue;
        };
        let time = number(bytes, high).unwrap_or(0) << 32 | lower & 0xFFFF_FFFF;
        let moved = map.scale(time.saturating_add(map.start));
        set(bytes, high, moved >> 32);
        set(bytes, low, moved & 0xFFFF_FFFF);
    }
    for name in ["FILE_SAMPLE_RATE", "TIMESTAMP_SAMPLE_RATE"] {
        if map.from != map.to && number(bytes, name).is_some() {
            set(bytes, name, map.to.into());
        }
    }
}

/// Where the text of an element lies.
fn place(bytes: &[u8], name: &str) -> Option<std::ops::Range<usize>> {
    let find = |from: usize, tag: String| {
        let rest = bytes.get(from..)?;
        let at = rest.windows(tag.len()).position(|w| w == tag.as_bytes())?;
        Some((from + at, from + at + tag.len()))
    };
    let (_, start) = find(0, format!("<{name}>"))?;
    let (end, _) = find(start, format!("</{name}>"))?;
    Some(start..end)
}

fn number(bytes: &[u8], name: &str) -> Option<u64> {
    let text = std::str::from_utf8(bytes.get(place(bytes, name)?)?).ok()?;
    text.trim().parse().ok()
}

fn set(bytes: &mut Vec<u8>, name: &str, value: u64) {
    if let Some(place) = place(bytes, name) {
        bytes.splice(place, value.to_string().into_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_stamp_is_that_of_the_first_frame() {
        let text = "<BWFXML><SPEED><FILE_SAMPLE_RATE>48000</FILE_SAMPLE_RATE>\
             <TIMESTAMP_SAMPLE_RATE>48000</TIMESTAMP_SAMPLE_RATE>\
             <TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>1</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>\
             <TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>100</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>\
             </SPEED><NOTE>kept</NOTE></BWFXML>";
        let map = PositionMap {
            start: 48_000,
            end: u64::MAX,
            from: 48_000,
            to: 96_000,
            frames: 1_000,
        };
        let mut bytes = text.as_bytes().to_vec();
        moved(&mut bytes, &map);
        let time = 2 * ((1u64 << 32) + 100 + 48_000);
        let expect = text
            .replace(">48000<", ">96000<")
            .replace("HI>1<", &format!("HI>{}<", time >> 32))
            .replace("LO>100<", &format!("LO>{}<", time & 0xFFFF_FFFF));
        assert_eq!(String::from_utf8(bytes).unwrap(), expect);
        let mut other = b"<BWFXML></BWFXML>".to_vec();
        moved(&mut other, &map);
        assert_eq!(other, b"<BWFXML></BWFXML>");
    }
}
