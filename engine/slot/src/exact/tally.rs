//! Counts of wins.

use super::value::Value;
use crate::{Error, Result};
use std::collections::BTreeMap;

/// How often which win comes, as exact counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many outcomes there are.
    pub states: u128,
    /// How many of them win.
    pub hits: u128,
    /// Sum of all wins, in credits.
    pub sum: u128,
    /// Sum of the squares of all wins.
    pub squares: u128,
    /// How many outcomes win how many credits; those that win nothing are not in it.
    pub histogram: BTreeMap<i64, u128>,
}

impl Tally {
    /// Counts `times` outcomes that win `credits`.
    ///
    /// # Errors
    /// [`Error::Overflow`] past 128 bits. `[thread-safe]`
    pub fn add(&mut self, credits: i64, times: u128) -> Result<()> {
        self.states = checked(self.states.checked_add(times))?;
        if credits <= 0 {
            return Ok(());
        }
        let win = u128::from(credits.unsigned_abs());
        self.hits += times;
        let sum = checked(win.checked_mul(times))?;
        self.sum = checked(self.sum.checked_add(sum))?;
        let squares = checked(sum.checked_mul(win))?;
        self.squares = checked(self.squares.checked_add(squares))?;
        *self.histogram.entry(credits).or_default() += times;
        Ok(())
    }

    /// Adds the counts of another tally.
    ///
    /// # Errors
    /// [`Error::Overflow`] past 128 bits. `[thread-safe]`
    pub fn merge(&mut self, other: &Tally) -> Result<()> {
        let losses = other.states - other.hits;
        self.add(0, losses)?;
        other
            .histogram
            .iter()
            .try_for_each(|(&win, &times)| self.add(win, times))
    }

    /// Average win of an outcome, in credits. `[thread-safe]`
    pub fn mean(&self) -> Value {
        Value::of_counts(self.sum, self.states.max(1))
    }

    /// Share of outcomes that win. `[thread-safe]`
    pub fn hit_frequency(&self) -> Value {
        Value::of_counts(self.hits, self.states.max(1))
    }

    /// `squares / states - mean^2`, in credits squared. `[thread-safe]`
    pub fn variance(&self) -> Value {
        let mean = self.mean();
        let negative = Value::whole(-1) * mean * mean;
        Value::of_counts(self.squares, self.states.max(1)) + negative
    }
}

fn checked(count: Option<u128>) -> Result<u128> {
    count.ok_or(Error::Overflow {
        what: "a sum of wins",
    })
}
