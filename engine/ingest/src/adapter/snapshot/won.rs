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
    /// By how much the balance rose since the spin began.
    paid: i64,
    /// It rose when everything was won.
    is_paid: bool,
    /// It rose with the state that is looked at.
    rises: bool,
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

    /// A win that grew is a win of the spin that is on; a balance that rose was paid for it.
    pub(super) const fn see(&mut self, before: &Seen, now: &Seen) {
        let rise = match (before.balance, now.balance) {
            (Some(before), Some(now)) => now.saturating_sub(before),
            _ => 0,
        };
        let grew = now.win.saturating_sub(before.win);
        self.rises = rise > 0;
        self.is_paid = (self.is_paid && grew <= 0) || self.rises;
        if self.rises {
            self.paid = self.paid.saturating_add(rise);
        }
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
        self.is_paid = self.rises;
    }

    /// What is known around the end of the spin that is on: a win of 0 is one too.
    pub(super) fn around(&self) -> StagePayload {
        StagePayload {
            win: Some(self.is_in.map_or(self.paid(), |_| self.free)),
            bet: Some(self.bet).filter(|bet| *bet > 0),
            feature: self.is_in,
            ..StagePayload::default()
        }
    }

    /// What the spin that was paid for won with its feature: what the balance rose by at last, if that is
    /// between the largest of its parts and all of them. A feature's total may be that of the whole round.
    fn paid(&self) -> i64 {
        let brought = self.feature.max(self.after);
        let all = self.base.saturating_add(brought);
        let is_right = (self.base.max(brought)..=all).contains(&self.paid);
        if self.is_paid && is_right {
            self.paid
        } else {
            all
        }
    }

    /// The feature that is on.
    pub(super) const fn feature(&self) -> Option<FeatureType> {
        self.is_in
    }
}
