//! How a meter moves: at once up, slowly down, and its highest point stays for a while.

/// Fall of a meter: 20 dB in 1.7 s, as IEC 60268-10 has it for a peak programme meter of type I.
pub const FALL_DB_PER_SECOND: f32 = 20.0 / 1.7;
/// How long the highest point stays before it falls too.
pub const HOLD_SECONDS: f32 = 1.5;

/// One bar of a meter, in decibels. Negative infinity is silence.
///
/// A pure function of what it is fed: a level `L` at time 0 and silence after it show `L - 11.76·t`,
/// and a held peak of `L` until 1.5 s and `L - 11.76·(t - 1.5)` after that, for any partition of
/// `t` into frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeterBallistics {
    level_db: f32,
    held_db: f32,
    held_seconds: f32,
    floor_db: f32,
}

impl MeterBallistics {
    /// A silent meter. Below `floor_db` it shows silence: that is where it comes to rest.
    pub const fn new(floor_db: f32) -> Self {
        Self {
            level_db: f32::NEG_INFINITY,
            held_db: f32::NEG_INFINITY,
            held_seconds: 0.0,
            floor_db,
        }
    }

    /// Lets `seconds` pass, and then sees the largest level of that time.
    pub fn update(&mut self, level_db: f32, seconds: f32) {
        let level_db = if level_db.is_nan() {
            f32::NEG_INFINITY
        } else {
            level_db
        };
        let seconds = seconds.max(0.0);
        self.level_db = self.rest(self.level_db - FALL_DB_PER_SECOND * seconds);
        let late = (self.held_seconds + seconds - HOLD_SECONDS).clamp(0.0, seconds);
        self.held_seconds = (self.held_seconds + seconds).min(HOLD_SECONDS);
        self.held_db = self.rest(self.held_db - FALL_DB_PER_SECOND * late);
        self.level_db = self.level_db.max(self.rest(level_db));
        if self.rest(level_db) >= self.held_db {
            self.held_db = self.rest(level_db);
            self.held_seconds = 0.0;
        }
    }

    /// Where the bar stands.
    pub fn level_db(&self) -> f32 {
        self.level_db
    }

    /// Where the line of the highest point stands.
    pub fn held_db(&self) -> f32 {
        self.held_db
    }

    /// True if nothing will move without a new level.
    pub fn is_at_rest(&self) -> bool {
        self.held_db == f32::NEG_INFINITY
    }

    fn rest(&self, db: f32) -> f32 {
        if db < self.floor_db {
            f32::NEG_INFINITY
        } else {
            db
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: f32 = -70.0;

    fn after(level_db: f32, seconds: f32, frames: usize) -> MeterBallistics {
        let mut meter = MeterBallistics::new(FLOOR);
        meter.update(level_db, 0.0);
        for _ in 0..frames {
            meter.update(f32::NEG_INFINITY, seconds / frames as f32);
        }
        meter
    }

    #[test]
    fn it_falls_20_db_in_1700_ms() {
        for frames in [1, 7, 102, 1_000] {
            let meter = after(-3.0, 1.7, frames);
            assert!(
                (meter.level_db() + 23.0).abs() < 1e-2,
                "{frames}: {meter:?}"
            );
        }
    }

    #[test]
    fn the_peak_stays_for_1500_ms_and_falls_like_the_bar() {
        for frames in [1, 7, 102, 1_000] {
            assert_eq!(after(-3.0, 1.499, frames).held_db(), -3.0);
            let meter = after(-3.0, 1.5 + 1.7, frames);
            assert!((meter.held_db() + 23.0).abs() < 1e-2, "{frames}: {meter:?}");
        }
    }

    #[test]
    fn it_rises_at_once_and_a_higher_peak_starts_a_new_hold() {
        let mut meter = after(-20.0, 1.4, 10);
        meter.update(-6.0, 0.05);
        assert_eq!((meter.level_db(), meter.held_db()), (-6.0, -6.0));
        meter.update(-30.0, 1.45);
        assert_eq!(meter.held_db(), -6.0);
    }

    #[test]
    fn it_comes_to_rest_at_the_floor() {
        let seconds = HOLD_SECONDS + (0.0 - FLOOR) / FALL_DB_PER_SECOND;
        assert!(!after(0.0, seconds - 0.01, 500).is_at_rest());
        assert!(after(0.0, seconds + 0.01, 500).is_at_rest());
        assert!(after(FLOOR - 0.1, 0.0, 1).is_at_rest());
        assert!(after(f32::NAN, 0.0, 1).is_at_rest());
    }
}
