//! Times, rates and formats in an `iXML` chunk.

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
    sync_points(bytes, map);
}

/// States the bits of the result's samples, if they are others. A list of other tracks than its channels goes:
/// it tells nothing about them.
pub(crate) fn restate(bytes: &mut Vec<u8>, bits: Option<u16>, has_other_tracks: bool) {
    const LIST: &str = "TRACK_LIST";
    if let Some(bits) = bits.filter(|_| number(bytes, "AUDIO_BIT_DEPTH").is_some()) {
        set(bytes, "AUDIO_BIT_DEPTH", bits.into());
    }
    if let Some(list) = place(bytes, LIST).filter(|_| has_other_tracks) {
        let (open, close) = (format!("<{LIST}>").len(), format!("</{LIST}>").len());
        bytes.drain(list.start - open..list.end + close);
    }
}

/// Moves the sync points, and takes out those of what is cut off.
fn sync_points(bytes: &mut Vec<u8>, map: &PositionMap) {
    const POINT: &str = "SYNC_POINT";
    let (old, mut at, mut gone) = (std::mem::take(bytes), 0, 0);
    while let Some(inside) = place(&old[at..], POINT) {
        let start = at + inside.start - POINT.len() - 2;
        let end = at + inside.end + POINT.len() + 3;
        let mut point = old[start..end].to_vec();
        bytes.extend_from_slice(&old[at..start]);
        if sync_point(&mut point, map) {
            bytes.append(&mut point);
        } else {
            gone += 1;
        }
        at = end;
    }
    bytes.extend_from_slice(&old[at..]);
    if let Some(count) = number(bytes, "SYNC_POINT_COUNT").filter(|_| gone > 0) {
        set(bytes, "SYNC_POINT_COUNT", count.saturating_sub(gone));
    }
}

/// Moves one; whether it is still there.
fn sync_point(point: &mut Vec<u8>, map: &PositionMap) -> bool {
    let [high, low] = ["SYNC_POINT_HIGH", "SYNC_POINT_LOW"];
    let Some(lower) = number(point, low) else {
        return true;
    };
    let at = number(point, high).unwrap_or(0) << 32 | lower & 0xFFFF_FFFF;
    // Since midnight, or from the first frame.
    let kind = place(point, "SYNC_POINT_TYPE").map(|place| point[place].trim_ascii());
    let is_absolute = kind.is_some_and(|kind| kind.eq_ignore_ascii_case(b"ABSOLUTE"));
    if !is_absolute && !map.has(at) {
        return false;
    }
    let moved = if is_absolute {
        map.scale(at)
    } else {
        map.frame(at)
    };
    set(point, high, moved >> 32);
    set(point, low, moved & 0xFFFF_FFFF);
    if let Some(frames) = number(point, "SYNC_POINT_EVENT_DURATION") {
        set(point, "SYNC_POINT_EVENT_DURATION", map.scale(frames));
    }
    true
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
        let point = |kind: &str, at: u64, frames: u64| {
            format!(
                "<SYNC_POINT><SYNC_POINT_TYPE>{kind}</SYNC_POINT_TYPE>\
                 <SYNC_POINT_LOW>{at}</SYNC_POINT_LOW><SYNC_POINT_HIGH>0</SYNC_POINT_HIGH>\
                 <SYNC_POINT_EVENT_DURATION>{frames}</SYNC_POINT_EVENT_DURATION></SYNC_POINT>"
            )
        };
        let list = |count: u32, points: &[String]| {
            let points = points.concat();
            format!("<L><SYNC_POINT_COUNT>{count}</SYNC_POINT_COUNT>{points}</L>").into_bytes()
        };
        let mut bytes = list(
            3,
            &[
                point("RELATIVE", 48_100, 10),
                point("RELATIVE", 47_999, 10),
                point("ABSOLUTE", 500, 0),
            ],
        );
        moved(&mut bytes, &map);
        let points = [point("RELATIVE", 200, 20), point("ABSOLUTE", 1_000, 0)];
        assert_eq!(bytes, list(2, &points));
        let mut other = b"<BWFXML></BWFXML>".to_vec();
        moved(&mut other, &map);
        assert_eq!(other, b"<BWFXML></BWFXML>");
    }
}
