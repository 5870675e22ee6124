//! What the spin that is on has won, and what it cost: its end is told when the next begins, and the
//! state says the next one's then. Amounts are in minor units.

use super::Seen;
use segue_middleware::stage::StagePayload;
use segue_middleware::stage::field::FeatureType;

/// Follows the wins of a spin that was paid for, and of the free spins that it led to.
#[derive(Clone, Debug, Default)]
pub(super) struct Won {
    bet: i64,
    /// Before its feature.
    base: i64,
    /// This free spin.
    free: i64,
    /// All free spins.
    feature: i64,
    /// Shown behind the feature: what it brought once more, or what came on top.
    after: i64,
    was_feature: bool,
    /// The feature that is on.
    is_in: Option<FeatureType>,
}

impl Won {
    /// The next spin begins.
    pub(super) fn begin(&mut self, now: &Seen) {
        match self.is_in {
            Some(_) => self.free = 0,
            None => {
                *self = Self {
                    bet: now.bet,
                    ..Self::default()
                }
            }
        }
    }

    /// A win that grew is a win of the spin that is on.
    pub(super) const fn see(&mut self, before: &Seen, now: &Seen) {
        let grew = now.win.saturating_sub(before.win);
        if grew <= 0 {
            return;
        }
        if self.is_in.is_some() {
            self.free = self.free.saturating_add(grew);
            self.feature = self.feature.saturating_add(grew);
        } else if self.was_feature {
            self.after = self.after.saturating_add(grew);
        } else {
            self.base = self.base.saturating_add(grew);
        }
    }

    pub(super) const fn enter(&mut self, feature: FeatureType) {
        self.is_in = Some(feature);
    }

    /// The feature is over; `total` is what it brought, where the game says so.
    pub(super) fn exit(&mut self, total: Option<i64>) {
        self.feature = total.unwrap_or(self.feature);
        self.is_in = None;
        self.was_feature = true;
    }

    /// What is known around the end of the spin that is on: a win of 0 is one too.
    pub(super) fn around(&self) -> StagePayload {
        let paid = self.base.saturating_add(self.feature.max(self.after));
        StagePayload {
            win: Some(self.is_in.map_or(paid, |_| self.free)),
            bet: Some(self.bet).filter(|bet| *bet > 0),
            feature: self.is_in,
            ..StagePayload::default()
        }
    }

    /// The feature that is on.
    pub(super) const fn feature(&self) -> Option<FeatureType> {
        self.is_in
    }
}
