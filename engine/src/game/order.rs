//! Rows of telemetry in the order of their frames.

use std::collections::VecDeque;

use segue_middleware::telemetry::Row;

/// Puts rows in the order of their frames; equal frames stay as they came. Of voices the game hears
/// every 10 ms, so a row can come that much behind later ones, and is held for as long.
/// `[any one thread]`
#[derive(Debug)]
pub struct RowOrder {
    rows: VecDeque<Row>,
    tick: u64,
}

impl RowOrder {
    /// For rows of an engine at this rate in Hz.
    pub fn new(sample_rate: u32) -> Self {
        Self {
            rows: VecDeque::new(),
            tick: u64::from(sample_rate).div_ceil(100),
        }
    }

    /// Takes a row.
    pub fn put(&mut self, row: Row) {
        let place = self.rows.partition_point(|other| other.at <= row.at);
        self.rows.insert(place, row);
    }

    /// The next row before which none can come any more, once all that was told up to the frame `now`
    /// was put. [`u64::MAX`] gives all that is left.
    pub fn next(&mut self, now: u64) -> Option<Row> {
        let first = self.rows.front()?.at;
        let is_settled = now == u64::MAX || first.saturating_add(self.tick) < now;
        is_settled.then(|| self.rows.pop_front()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_middleware::telemetry::What;
    use segue_rt::game::NameId;

    #[test]
    fn a_row_that_comes_late_has_its_place() {
        let row = |at, name| Row {
            at,
            what: What::DuckStuck {
                duck: NameId::of(name),
            },
        };
        let mut order = RowOrder::new(48_000);
        for it in [row(500, "a"), row(700, "b"), row(600, "c"), row(700, "d")] {
            order.put(it);
        }
        assert_eq!(order.next(980), None);
        assert_eq!(order.next(981), Some(row(500, "a")));
        assert_eq!(order.next(981), None);
        let rest: Vec<_> = std::iter::from_fn(|| order.next(u64::MAX)).collect();
        assert_eq!(rest, [row(600, "c"), row(700, "b"), row(700, "d")]);
    }
}
