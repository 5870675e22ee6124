//! What the last changes make likely: a straight line through them.

/// Changes that are looked at.
const CHANGES: usize = 20;
/// How far it looks ahead, in seconds.
const HORIZON_S: f64 = 2.0;
/// Least share of the changes that the line explains.
const LEAST_R2: f64 = 0.7;

/// The last changes and the line through them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct History {
    /// Frame and level; the newest at `(count - 1) % CHANGES`.
    ring: [(u64, u8); CHANGES],
    count: usize,
    line: Option<Line>,
}

/// Level `level` at frame `at`, and levels a second.
#[derive(Clone, Copy, Debug)]
struct Line {
    at: u64,
    level: f64,
    slope: f64,
}

impl History {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn push(&mut self, at: u64, level: u8, sample_rate: f64) {
        self.ring[self.count % CHANGES] = (at, level);
        self.count += 1;
        self.line = self.fit(at, sample_rate);
    }

    /// The level in 2 s from frame `at` on, when the line is good enough.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast saturates"
    )]
    pub(super) fn predicted(&self, at: u64, sample_rate: f64) -> Option<u8> {
        let line = self.line?;
        let seconds = at.saturating_sub(line.at) as f64 / sample_rate + HORIZON_S;
        Some((line.level + line.slope * seconds).round() as u8)
    }

    /// The least squares of level over time, with times before `at`.
    fn fit(&self, at: u64, sample_rate: f64) -> Option<Line> {
        let changes = &self.ring[..self.count.min(CHANGES)];
        if changes.len() < 3 {
            return None;
        }
        let n = changes.len() as f64;
        let place = |(frame, level): (u64, u8)| {
            (
                -(at.saturating_sub(frame) as f64) / sample_rate,
                f64::from(level),
            )
        };
        let points = || changes.iter().map(|change| place(*change));
        let (sum_x, sum_y) = points().fold((0.0, 0.0), |sum, (x, y)| (sum.0 + x, sum.1 + y));
        let (mean_x, mean_y) = (sum_x / n, sum_y / n);
        let mut sums = [0.0; 3];
        for (x, y) in points() {
            let (x, y) = (x - mean_x, y - mean_y);
            sums = [sums[0] + x * x, sums[1] + x * y, sums[2] + y * y];
        }
        let [xx, xy, yy] = sums;
        if xx <= 0.0 || yy <= 0.0 || xy * xy / (xx * yy) < LEAST_R2 {
            return None;
        }
        let slope = xy / xx;
        Some(Line {
            at,
            level: mean_y - slope * mean_x,
            slope,
        })
    }
}
