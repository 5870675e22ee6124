//! The table of the stereo tools' parameters.

use crate::processor::ParamInfo;

/// The rows of [`Stereo::PARAMS`](super::Stereo::PARAMS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StereoParam {
    /// Gain, dB; the lowest value is silence.
    Gain,
    /// Turns the left channel over.
    InvertLeft,
    /// Turns the right channel over.
    InvertRight,
    /// Exchanges the sides.
    Swap,
    /// (L + R)/2 on both sides.
    Mono,
    /// Off, encode (L and R to M and S) behind everything, or decode before everything.
    MidSide,
    /// Gain of the side signal, %: 0 is mono, 100 unchanged.
    Width,
    /// Takes the bass out of the side signal.
    BassMono,
    /// Below this, Hz.
    BassFreq,
    /// Balance, dual pan of both channels, or rotation of the stereo image.
    PanMode,
    /// -3, -4.5, -6 dB in the centre, or balance.
    PanLaw,
    /// -1 left to 1 right.
    Pan,
    /// Where the left channel goes in dual pan.
    PanLeft,
    /// Where the right channel goes in dual pan.
    PanRight,
    /// Removes what is constant.
    DcFilter,
}

/// Rows of the table.
pub(super) const ROWS: usize = 15;

const LAWS: &[&str] = &["minus3", "minus4_5", "minus6", "balance"];

pub(super) const PARAMS: &[ParamInfo; ROWS] = &[
    ParamInfo::linear("gain", "Gain", (-120.0, 24.0, 0.0), "dB"),
    ParamInfo::toggle("invert_left", "Invert Left", false),
    ParamInfo::toggle("invert_right", "Invert Right", false),
    ParamInfo::toggle("swap", "Swap Sides", false),
    ParamInfo::toggle("mono", "Mono", false),
    ParamInfo::choice("mid_side", "Mid/Side", &["off", "encode", "decode"], 0),
    ParamInfo::linear("width", "Width", (0.0, 200.0, 100.0), "%"),
    ParamInfo::toggle("bass_mono", "Bass Mono", false),
    ParamInfo::log("bass_freq", "Bass Frequency", (20.0, 500.0, 120.0), "Hz"),
    ParamInfo::choice("pan_mode", "Pan Mode", &["balance", "dual", "rotation"], 0),
    ParamInfo::choice("pan_law", "Pan Law", LAWS, 3),
    ParamInfo::linear("pan", "Pan", (-1.0, 1.0, 0.0), ""),
    ParamInfo::linear("pan_left", "Pan Left", (-1.0, 1.0, -1.0), ""),
    ParamInfo::linear("pan_right", "Pan Right", (-1.0, 1.0, 1.0), ""),
    ParamInfo::toggle("dc_filter", "DC Filter", false),
];
