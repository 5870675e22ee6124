//! Limits: who has to go when there is no room.

use std::cmp::Ordering;

use super::{Rank, Voices};
use crate::command::Reason;
use crate::ids::{BusId, SoundId};
use crate::voices::real::Voice;
use crate::voices::{BusInputs, OnLimit, StealMode, VirtualMode, VoiceParams};

/// A voice that wants to play.
struct Ask<'a, B> {
    at: u64,
    rank: &'a Rank,
    buses: &'a B,
    /// It was virtual: it pushes others out only by its priority, or two equal ones would do so in
    /// turns for ever.
    returns: bool,
}

impl Voices {
    /// Makes a place for a voice of `rank`, or says which limit is in the way.
    pub(super) fn make_room(
        &mut self,
        at: u64,
        rank: &Rank,
        params: &VoiceParams,
        buses: &impl BusInputs,
        returns: bool,
    ) -> Result<(), Reason> {
        let (sound, bus) = (params.sound, params.bus);
        let instances = self.sound(sound).map_or(0, |s| s.settings().max_instances) as usize;
        let most = self.policy.max_real;
        let ask = Ask {
            at,
            rank,
            buses,
            returns,
        };
        let same_sound = |v: &Voice| v.counts() && v.params.sound == sound;
        let is_grouped = params.limits().next().is_some();
        if instances > 0 || self.limits_buses || is_grouped {
            // Nobody is stolen for a voice that another limit refuses.
            self.victim(&ask, Reason::LimitSound, instances, same_sound)?;
            for of in params.limits() {
                self.victim(&ask, of.0, of.1.limit.into(), |v| {
                    v.counts() && v.params.is_in(of)
                })?;
            }
            for n in 0..self.bus_limits.len() {
                let (limit, counts) = self.bus_limit(n, bus, buses);
                self.victim(&ask, Reason::LimitBus, limit, counts)?;
            }
            self.victim(&ask, Reason::LimitGlobal, most, |_| true)?;
        }
        self.hold_limit(&ask, Reason::LimitSound, instances, same_sound)?;
        for of in params.limits() {
            self.hold_limit(&ask, of.0, of.1.limit.into(), |v| {
                v.counts() && v.params.is_in(of)
            })?;
        }
        for n in 0..self.bus_limits.len() * usize::from(self.limits_buses) {
            let (limit, counts) = self.bus_limit(n, bus, buses);
            self.hold_limit(&ask, Reason::LimitBus, limit, counts)?;
        }
        self.hold_limit(&ask, Reason::LimitGlobal, most, |_| true)
    }

    /// The limit of the bus in slot `n` for a voice on `bus`, 0 for none, and whom it counts: those on
    /// the bus and on all that play into it.
    fn bus_limit<'a>(
        &self,
        n: usize,
        bus: BusId,
        buses: &'a impl BusInputs,
    ) -> (usize, impl Fn(&Voice) -> bool + 'a) {
        let (of, limit) = self.bus_limits[n];
        let concerns = limit > 0 && buses.is_inside(bus, of);
        let counts = move |voice: &Voice| voice.counts() && buses.is_inside(voice.params.bus, of);
        (if concerns { limit as usize } else { 0 }, counts)
    }

    /// Steals one of the voices that `counts` says belong under `limit` when it is reached.
    fn hold_limit(
        &mut self,
        ask: &Ask<'_, impl BusInputs>,
        reason: Reason,
        limit: usize,
        counts: impl Fn(&Voice) -> bool,
    ) -> Result<(), Reason> {
        if let Some((least, n)) = self.victim(ask, reason, limit, counts)? {
            let outranked = self.by_priority() && least.priority < ask.rank.priority;
            let reason = if outranked {
                Reason::PriorityLost
            } else {
                reason
            };
            self.steal(ask.at, n, reason);
        }
        Ok(())
    }

    /// Who has to go, and its place in the order, when `limit` is reached; `reason` when nobody
    /// gives way.
    fn victim(
        &self,
        ask: &Ask<'_, impl BusInputs>,
        reason: Reason,
        limit: usize,
        counts: impl Fn(&Voice) -> bool,
    ) -> Result<Option<(Rank, usize)>, Reason> {
        if limit == 0 || self.real < limit {
            return Ok(None);
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
            let other = self.rank(voice, ask.at, ask.buses);
            if victim.is_none_or(|(least, _)| self.goes_first(&other, &least) == Ordering::Less) {
                victim = Some((other, n));
            }
        }
        if members < limit {
            return Ok(None);
        }
        let Some((least, n)) = victim else {
            return Err(reason);
        };
        let by_priority = self.by_priority();
        let outranked = by_priority && least.priority < ask.rank.priority;
        let first = self.goes_first(&least, ask.rank) == Ordering::Less;
        if outranked || first && !ask.returns {
            return Ok(Some((least, n)));
        }
        Err(if by_priority && ask.rank.priority < least.priority {
            Reason::PriorityLost
        } else {
            reason
        })
    }

    /// Whether priorities decide before anything else.
    fn by_priority(&self) -> bool {
        self.policy.steal_mode == StealMode::LowestPriority
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
