//! Values as text and back again.
//!
//! What is written can be read, and what is read is forgiving: units, signs, spaces and decimal
//! commas as people type them. `None` means that it cannot be read; nothing guesses.

use std::fmt::Write as _;

use crate::model::snapshot::{Macro, Position};
use crate::scale::{MAX_GAIN_DB, SCALE_BOTTOM_DB};

const INFINITY: &str = "∞";
const MINUS: char = '−';

/// A gain without its unit: `−6.0`, `0.0`, `+3.5`, `−∞`.
pub fn write_gain(out: &mut String, db: f32) {
    // Rounded first, so that there is no negative zero.
    let tenths = (db * 10.0).round();
    let sign = if tenths > 0.0 { "+" } else { "" };
    out.push_str(sign);
    write_number(out, tenths / 10.0, 1);
}

/// Reads a gain: `-6`, `−6,0 dB`, `+3 db`, `-inf`. Clamped to what a bus may have; at and below the
/// bottom of the scale it is negative infinity.
pub fn read_gain(text: &str) -> Option<f32> {
    let lower = text.to_lowercase();
    let number = lower.trim().trim_end_matches("db").trim_end();
    if ["-inf", "−inf", "inf", "-∞", "−∞", "∞", "off"].contains(&number) {
        return Some(f32::NEG_INFINITY);
    }
    let db = read_number(number)?.min(MAX_GAIN_DB);
    Some(if db <= SCALE_BOTTOM_DB {
        f32::NEG_INFINITY
    } else {
        db
    })
}

/// A pan: `C`, `L 25`, `R 100`.
pub fn write_pan(out: &mut String, pan: f32) {
    let percent = (pan * 100.0).round();
    let side = match percent {
        p if p < 0.0 => "L ",
        p if p > 0.0 => "R ",
        _ => {
            out.push('C');
            return;
        }
    };
    out.push_str(side);
    write_number(out, percent.abs(), 0);
}

/// Reads a pan: `C`, `L25`, `25 l`, `R 100`, `-25`, `0`.
pub fn read_pan(text: &str) -> Option<f32> {
    let lower = text.trim().trim_end_matches('%').trim().to_lowercase();
    if ["c", "center", "centre"].contains(&lower.as_str()) {
        return Some(0.0);
    }
    let side = |name: char| {
        lower
            .strip_prefix(name)
            .or_else(|| lower.strip_suffix(name))
    };
    let percent = match (side('l'), side('r')) {
        (Some(number), _) => -read_number(number)?.abs(),
        (_, Some(number)) => read_number(number)?.abs(),
        _ => read_number(&lower)?,
    };
    Some((percent / 100.0).clamp(-1.0, 1.0))
}

/// A macro's value in its own unit: `12.5 Hz`.
pub fn write_macro(out: &mut String, used: &Macro, value: f32) {
    let [from, to] = used.range;
    write_number(out, from + (to - from) * value, used.decimals.min(3));
    if !used.unit.is_empty() {
        out.push(' ');
        out.push_str(&used.unit);
    }
}

/// Reads a macro's value in its own unit, with the unit or without, and gives it in 0..=1.
pub fn read_macro(used: &Macro, text: &str) -> Option<f32> {
    let text = text.trim();
    let unit = used.unit.as_str();
    let is_unit = !unit.is_empty()
        && text.len() >= unit.len()
        && text.is_char_boundary(text.len() - unit.len())
        && text[text.len() - unit.len()..].eq_ignore_ascii_case(unit);
    let number = read_number(if is_unit {
        &text[..text.len() - unit.len()]
    } else {
        text
    })?;
    let [from, to] = used.range;
    let span = to - from;
    (span != 0.0).then(|| ((number - from) / span).clamp(0.0, 1.0))
}

/// A position: `12|3.50`, beats in hundredths.
pub fn write_position(out: &mut String, position: Position) {
    // Cut off, not rounded: a display never shows a beat that has not come.
    let hundredths = (position.beat * 100.0 + 1e-6).floor() / 100.0;
    // Writing to a string cannot fail.
    let _ = write!(out, "{}|{hundredths:.2}", position.bar);
}

/// Reads a position: `12|3.5`, `12.3`, `12 3`, `12`. Beats count from 1.
pub fn read_position(text: &str) -> Option<Position> {
    let text = text.trim();
    let at = text.find(['|', '.', ' ', ':']);
    let (bar, beat) = at.map_or((text, "1"), |at| (&text[..at], &text[at + 1..]));
    let bar: i32 = bar.replace(MINUS, "-").parse().ok()?;
    let beat: f64 = beat.trim().replace(',', ".").parse().ok()?;
    (beat.is_finite() && (1.0..1_000.0).contains(&beat)).then_some(Position { bar, beat })
}

/// A time: `1:02:03.456`, hours only if there are any.
pub fn write_time(out: &mut String, seconds: f64) {
    if seconds < 0.0 {
        out.push(MINUS);
    }
    let millis = (seconds.abs() * 1e3 + 1e-6).floor();
    let [hours, minutes] = [(millis / 3.6e6).floor(), (millis / 6e4).floor() % 60.0];
    let rest = millis % 6e4 / 1e3;
    // Writing to a string cannot fail.
    let _ = match hours {
        0.0 => write!(out, "{minutes:02}:{rest:06.3}"),
        _ => write!(out, "{hours}:{minutes:02}:{rest:06.3}"),
    };
}

/// A number with a real minus sign, and infinity as a sign too.
pub fn write_number(out: &mut String, value: f32, decimals: usize) {
    if value.is_nan() {
        out.push('–');
        return;
    }
    let scale = [1.0, 10.0, 100.0, 1_000.0][decimals.min(3)];
    let rounded = (value * scale).round() / scale;
    if rounded < 0.0 {
        out.push(MINUS);
    }
    if value.is_infinite() {
        out.push_str(INFINITY);
        return;
    }
    // Writing to a string cannot fail.
    let _ = write!(out, "{:.decimals$}", rounded.abs());
}

/// Reads a finite number with any minus sign and a decimal point or comma.
pub fn read_number(text: &str) -> Option<f32> {
    let plain = text.trim().replace(MINUS, "-").replace(',', ".");
    plain.parse().ok().filter(|number: &f32| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut String)) -> String {
        let mut text = String::new();
        write(&mut text);
        text
    }

    #[test]
    fn gains_are_written_as_mixers_do() {
        let cases = [
            (-6.0, "−6.0"),
            (0.0, "0.0"),
            (-0.04, "0.0"),
            (3.46, "+3.5"),
            (f32::NEG_INFINITY, "−∞"),
        ];
        for (db, text) in cases {
            assert_eq!(written(|out| write_gain(out, db)), text);
        }
    }

    #[test]
    fn gains_are_read_as_people_type_them() {
        let cases = [
            ("-6", Some(-6.0)),
            (" −6,5 dB ", Some(-6.5)),
            ("+3db", Some(3.0)),
            ("-inf", Some(f32::NEG_INFINITY)),
            ("−∞ dB", Some(f32::NEG_INFINITY)),
            ("-200", Some(f32::NEG_INFINITY)),
            ("99", Some(MAX_GAIN_DB)),
            ("", None),
            ("loud", None),
            ("nan", None),
            ("1 2", None),
        ];
        for (text, db) in cases {
            assert_eq!(read_gain(text), db, "{text}");
        }
    }

    #[test]
    fn pans_go_both_ways() {
        for percent in -100..=100 {
            let pan = percent as f32 / 100.0;
            let text = written(|out| write_pan(out, pan));
            assert_eq!(read_pan(&text), Some(pan), "{text}");
        }
        let cases = [
            ("l25", -0.25),
            ("25 R", 0.25),
            ("-40", -0.4),
            ("300", 1.0),
            ("Centre", 0.0),
        ];
        for (text, pan) in cases {
            assert_eq!(read_pan(text), Some(pan), "{text}");
        }
        assert_eq!([read_pan("left"), read_pan("l r"), read_pan("")], [None; 3]);
    }

    fn cutoff() -> Macro {
        Macro {
            name: "Cutoff".to_owned(),
            value: 0.5,
            default: 0.5,
            range: [-20.0, 180.0],
            unit: "Hz".to_owned(),
            decimals: 1,
        }
    }

    #[test]
    fn macros_go_both_ways() {
        assert_eq!(written(|out| write_macro(out, &cutoff(), 0.5)), "80.0 Hz");
        assert_eq!(written(|out| write_macro(out, &cutoff(), 0.0)), "−20.0 Hz");
        for step in 0..=2_000 {
            let value = step as f32 / 2_000.0;
            let text = written(|out| write_macro(out, &cutoff(), value));
            let back = read_macro(&cutoff(), &text).expect("a value");
            assert!((back - value).abs() < 1e-6, "{text}: {back}");
        }
        assert_eq!(read_macro(&cutoff(), "80hz"), Some(0.5));
        assert_eq!(read_macro(&cutoff(), "1e9"), Some(1.0));
        assert_eq!(read_macro(&cutoff(), "80 kg"), None);
        assert_eq!(
            read_macro(
                &Macro {
                    range: [1.0, 1.0],
                    ..cutoff()
                },
                "1"
            ),
            None
        );
    }

    #[test]
    fn positions_go_both_ways() {
        let position = Position { bar: 12, beat: 3.5 };
        assert_eq!(written(|out| write_position(out, position)), "12|3.50");
        assert_eq!(read_position("12|3.50"), Some(position));
        assert_eq!(read_position("12 2"), Some(Position { bar: 12, beat: 2.0 }));
        assert_eq!(read_position("7"), Some(Position { bar: 7, beat: 1.0 }));
        assert_eq!(read_position("−1|1"), Some(Position { bar: -1, beat: 1.0 }));
        let wrong = ["", "a", "1|0.5", "1|nan", "1|inf", "1|x", "99999999999"];
        assert!(wrong.iter().all(|text| read_position(text).is_none()));
        let early = Position {
            bar: 1,
            beat: 1.999_9,
        };
        assert_eq!(written(|out| write_position(out, early)), "1|1.99");
    }

    #[test]
    fn times_have_hours_when_they_need_them() {
        let cases = [
            (0.0, "00:00.000"),
            (62.5, "01:02.500"),
            (3_723.004, "1:02:03.004"),
        ];
        for (seconds, text) in cases {
            assert_eq!(written(|out| write_time(out, seconds)), text);
        }
        assert_eq!(written(|out| write_time(out, -1.5)), "−00:01.500");
    }
}
