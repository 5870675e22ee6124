//! The table of the equaliser's parameters: eight rows per band.

use super::EqParam;
use super::chain::{BandSettings, BandShape, Placement};
use super::design::BandKind;
use crate::processor::ParamInfo;

/// Bands of the equaliser.
pub(super) const BANDS: usize = 16;
/// Rows per band.
pub(super) const ROWS: u16 = 8;

const KINDS: &[&str] = &[
    "bell",
    "low_shelf",
    "high_shelf",
    "tilt",
    "low_pass",
    "high_pass",
    "band_pass",
    "notch",
    "all_pass",
];
const SLOPES: &[&str] = &["6", "12", "18", "24", "30", "36", "42", "48"];
const PLACEMENTS: &[&str] = &["stereo", "left", "right", "mid", "side"];

/// The rows of one band.
macro_rules! band {
    ($n:literal, $freq:literal) => {
        [
            ParamInfo::toggle(
                concat!("band", $n, "_on"),
                concat!("Band ", $n, " On"),
                false,
            ),
            ParamInfo::choice(
                concat!("band", $n, "_type"),
                concat!("Band ", $n, " Type"),
                KINDS,
                0,
            ),
            ParamInfo::log(
                concat!("band", $n, "_freq"),
                concat!("Band ", $n, " Frequency"),
                (10.0, 172_800.0, $freq),
                "Hz",
            ),
            ParamInfo::linear(
                concat!("band", $n, "_gain"),
                concat!("Band ", $n, " Gain"),
                (-30.0, 30.0, 0.0),
                "dB",
            ),
            ParamInfo::log(
                concat!("band", $n, "_q"),
                concat!("Band ", $n, " Q"),
                (0.1, 40.0, core::f32::consts::FRAC_1_SQRT_2),
                "",
            ),
            ParamInfo::choice(
                concat!("band", $n, "_slope"),
                concat!("Band ", $n, " Slope (dB/oct)"),
                SLOPES,
                1,
            ),
            ParamInfo::choice(
                concat!("band", $n, "_channel"),
                concat!("Band ", $n, " Channel"),
                PLACEMENTS,
                0,
            ),
            ParamInfo::toggle(
                concat!("band", $n, "_solo"),
                concat!("Band ", $n, " Solo"),
                false,
            ),
        ]
    };
}

const ALL: [[ParamInfo; ROWS as usize]; BANDS] = [
    band!(1, 30.0),
    band!(2, 45.0),
    band!(3, 70.0),
    band!(4, 110.0),
    band!(5, 170.0),
    band!(6, 260.0),
    band!(7, 400.0),
    band!(8, 620.0),
    band!(9, 950.0),
    band!(10, 1_500.0),
    band!(11, 2_300.0),
    band!(12, 3_500.0),
    band!(13, 5_400.0),
    band!(14, 8_300.0),
    band!(15, 12_500.0),
    band!(16, 16_000.0),
];

/// All rows, band after band.
pub(super) const PARAMS: &[ParamInfo] = ALL.as_flattened();

/// The settings of the band whose rows hold `values`.
pub(super) fn settings(values: &[f32]) -> BandSettings {
    let value = |row: EqParam| values.get(row as usize).copied().unwrap_or(0.0);
    BandSettings {
        shape: BandShape {
            on: value(EqParam::On) >= 0.5,
            solo: value(EqParam::Solo) >= 0.5,
            kind: kind(value(EqParam::Type)),
            order: order(value(EqParam::Slope)),
            placement: placement(value(EqParam::Channel)),
        },
        freq: f64::from(value(EqParam::Freq)),
        gain_db: f64::from(value(EqParam::Gain)),
        q: f64::from(value(EqParam::Q)),
    }
}

pub(super) fn kind(value: f32) -> BandKind {
    let index = crate::math::to_count(f64::from(value));
    BandKind::ALL.get(index).copied().unwrap_or_default()
}

pub(super) fn order(value: f32) -> usize {
    crate::math::to_count(f64::from(value)).min(SLOPES.len() - 1) + 1
}

pub(super) fn placement(value: f32) -> Placement {
    let index = crate::math::to_count(f64::from(value));
    Placement::ALL.get(index).copied().unwrap_or_default()
}
