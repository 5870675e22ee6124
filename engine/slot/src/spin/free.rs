//! Free spins.

use super::{Awarded, Scene, Table};
use crate::game::{Award, FreeSpins};
use crate::machine::Machine;
use crate::result::{FreeSpinsPlay, Retrigger};

/// The spins of the highest count that is reached.
pub(crate) fn award(awards: &[Award], count: u32) -> u32 {
    let reached = awards
        .iter()
        .rev()
        .find(|award| u32::from(award.count) <= count);
    reached.map_or(0, |award| award.spins)
}

impl Machine {
    /// Plays free spins to their end.
    pub(super) fn free_spins(
        &self,
        awarded: &Awarded,
        rules: &FreeSpins,
        table: &mut Table<'_>,
    ) -> FreeSpinsPlay {
        let trigger = self.triggers[awarded.feature];
        let mut total = award(&rules.awards, awarded.count).min(rules.max_spins);
        let mut play = FreeSpinsPlay {
            awarded: total,
            multiplier: rules.multiplier,
            ..FreeSpinsPlay::default()
        };
        let mut losses = 0;
        while (play.spins.len() as u32) < total {
            let mercy = rules.mercy.filter(|mercy| losses >= mercy.after);
            let stops = self.draw(trigger.set, table.rng);
            let scene = Scene {
                set: trigger.set,
                coin: table.coin,
                multiplier: rules.multiplier,
                put: mercy,
                in_free_spins: true,
            };
            let (mut result, places) = self.window_result(&stops, &scene);
            self.play_features(&mut result, &places, &scene, table);
            losses = if result.total_win > 0 { 0 } else { losses + 1 };
            let count = (places[usize::from(trigger.symbol)] & trigger.reels).count_ones();
            let more = award(&rules.retrigger, count).min(rules.max_spins - total);
            if more > 0 {
                total += more;
                play.retriggers.push(Retrigger {
                    spin: play.spins.len() as u32,
                    additional: more,
                    new_total: total,
                });
            }
            play.spins.push(result);
        }
        play
    }
}
