//! Limits: who has to go when there is no room.

use std::cmp::Ordering;

use super::{Rank, Voices};
use crate::command::Reason;
use crate::ids::SoundId;
use crate::voices::real::Voice;
use crate::voices::{BusInputs, OnLimit, StealMode, VirtualMode, VoiceParams};

impl Voices {
    /// Makes a place for a voice of `rank`, or says which limit is in the way.
    pub(super) fn make_room(
        &mut self,
        at: u64,
        rank: &Rank,
        params: &VoiceParams,
        buses: &impl BusInputs,
    ) -> Result<(), Reason> {
        let (sound, bus) = (params.sound, params.bus);
        let instances = self.sound(sound).map_or(0, |s| s.settings().max_instances) as usize;
        self.hold_limit(at, rank, Reason::LimitEvent, instances, buses, |v| {
            v.params.sound == sound
        })?;
        let limit = self.bus_limits.get(bus.index()).filter(|row| row.0 == bus);
        let limit = limit.map_or(0, |row| row.1 as usize);
        self.hold_limit(at, rank, Reason::LimitBus, limit, buses, |v| {
            v.params.bus == bus
        })?;
        self.hold_limit(
            at,
            rank,
            Reason::LimitGlobal,
            self.policy.max_real,
            buses,
            |_| true,
        )
    }

    /// Steals one of the voices that `counts` says belong under `limit` when it is reached.
    fn hold_limit(
        &mut self,
        at: u64,
        rank: &Rank,
        reason: Reason,
        limit: usize,
        buses: &impl BusInputs,
        counts: impl Fn(&Voice) -> bool,
    ) -> Result<(), Reason> {
        if limit == 0 || self.real < limit {
            return Ok(());
        }
        let mut members = 0;
        let mut victim: Option<(Rank, usize)> = None;
        for n in 0..self.order.len() {
            let voice = &self.slots[self.order[n] as usize].voice;
            if voice.tail || !counts(voice) {
                continue;
            }
            members += 1;
            if !self.may_steal(voice) {
                continue;
            }
            let other = self.rank(voice, at, buses);
            if victim.is_none_or(|(least, _)| self.goes_first(&other, &least) == Ordering::Less) {
                victim = Some((other, n));
            }
        }
        if members < limit {
            return Ok(());
        }
        match victim {
            Some((least, n)) if self.goes_first(&least, rank) == Ordering::Less => {
                let outranked = least.priority < rank.priority;
                let reason = if outranked {
                    Reason::PriorityLost
                } else {
                    reason
                };
                self.steal(at, n, reason);
                Ok(())
            }
            _ => Err(reason),
        }
    }

    fn may_steal(&self, voice: &Voice) -> bool {
        let looping = voice.params.looping.end > voice.params.looping.start;
        let safe = !looping || !self.policy.protect_loops || self.takes_virtual();
        self.policy.steal_mode != StealMode::None && safe
    }

    pub(super) fn takes_virtual(&self) -> bool {
        self.policy.on_limit == OnLimit::Virtual
            && self.policy.virtual_mode != VirtualMode::Stop
            && self.virtuals.len() < self.policy.max_virtual
    }

    pub(super) fn rank(&self, voice: &Voice, at: u64, buses: &impl BusInputs) -> Rank {
        let loudness = self.loudness(voice.params.sound);
        Rank {
            priority: voice.params.priority,
            audibility: voice.level(at) * loudness * buses.path_gain(voice.params.bus),
            started: voice.started,
            id: voice.id,
        }
    }

    pub(super) fn loudness(&self, sound: SoundId) -> f32 {
        let slot = self.sounds.get(sound.index());
        slot.and_then(|slot| slot.sound.as_deref())
            .map_or(0.0, |s| s.settings().loudness)
    }

    /// Total order of who goes first.
    pub(super) fn goes_first(&self, a: &Rank, b: &Rank) -> Ordering {
        let age = a.started.cmp(&b.started).then(a.id.cmp(&b.id));
        let audibility = a.audibility.total_cmp(&b.audibility);
        let priority = a.priority.cmp(&b.priority);
        match self.policy.steal_mode {
            StealMode::Oldest | StealMode::None => age,
            StealMode::Quietest => audibility.then(priority).then(age),
            StealMode::LowestPriority => priority.then(audibility).then(age),
        }
    }
}
