//! Time in frames: 48 kHz, 120 bpm, four beats a bar. Every unit is a whole number of frames.

/// Frames per second of everything here.
pub(crate) const RATE: u32 = 48_000;
/// The same, to calculate with.
pub(crate) const FS: f64 = 48_000.0;
/// A quarter note.
pub(crate) const BEAT: usize = 24_000;
/// A sixteenth note.
pub(crate) const STEP: usize = BEAT / 4;
/// A bar.
pub(crate) const BAR: usize = 4 * BEAT;
/// Bars of the music.
pub(crate) const BARS: usize = 16;
/// The whole music.
pub(crate) const LOOP: usize = BARS * BAR;

/// Nearest whole frames of `seconds`.
pub(crate) fn frames(seconds: f64) -> usize {
    segue_dsp::math::to_count(seconds * FS)
}
