//! Times in other units.

use super::Place;

/// What is before this frame is carried out in this round.
pub(super) fn until(place: Place) -> u64 {
    place.next_frame.saturating_add(u64::from(place.ahead))
}

/// A monotonic clock does not reach 292,000 years.
pub(super) fn signed(us: u64) -> i64 {
    i64::try_from(us).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a clock far below 2^53 us")]
pub(super) fn ms_of(us: u64) -> f64 {
    us as f64 / 1000.0
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "an hour at most"
)]
pub(super) fn frames_us(frames: u64, rate: f64) -> i64 {
    (frames as f64 / rate * 1e6) as i64
}
