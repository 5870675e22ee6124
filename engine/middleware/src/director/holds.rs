//! What set and mute actions said of a target: it holds for what plays there later, until it is
//! taken back.

use segue_rt::game::ObjectId;

use super::line::Line;
use crate::bank::Bank;
use crate::bank::event::{Do, Fade, Target};
use crate::containers::rng::mix64;
use crate::director::pool::{OPEN_HPF, OPEN_LPF};
use crate::ids::NodeIx;
use crate::limits;
use crate::values::sparse::{Sparse, SparseKey};

/// What an action can set of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prop {
    Volume,
    Pitch,
    Lpf,
    Hpf,
    /// 0 while it is muted.
    Mute,
}

impl Prop {
    pub(super) const ALL: [Self; 5] = [Self::Volume, Self::Pitch, Self::Lpf, Self::Hpf, Self::Mute];

    /// What an action sets, and where to.
    pub(super) fn of(what: &Do) -> Option<(Self, f32)> {
        Some(match *what {
            Do::SetVolume(_, db) => (Self::Volume, db),
            Do::SetPitch(_, st) => (Self::Pitch, st),
            Do::SetLpf(_, hz) => (Self::Lpf, octave(hz, OPEN_LPF)),
            Do::SetHpf(_, hz) => (Self::Hpf, octave(hz, OPEN_HPF)),
            Do::Mute(_, on) => (Self::Mute, f32::from(u8::from(!on))),
            _ => return None,
        })
    }

    /// Its value where nobody set it.
    pub(super) const fn neutral(self) -> f32 {
        match self {
            Self::Volume | Self::Pitch => 0.0,
            Self::Lpf => OPEN_LPF,
            Self::Hpf => OPEN_HPF,
            Self::Mute => 1.0,
        }
    }
}

/// On whom something is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    Everybody,
    Object(ObjectId),
}

/// A target on somebody; without a target it is everything that an action starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key(Target, Whom);

impl SparseKey for Key {
    fn hash(self) -> u64 {
        let node = self.0.map_or(u64::MAX, |node| node.0.into());
        let whom = match self.1 {
            Whom::Everybody => 0,
            Whom::Object(object) => mix64(object.0),
        };
        mix64(node ^ whom)
    }
}

/// Where each property is, and which of all settings that was.
type Hold = [Option<(Line, u32)>; Prop::ALL.len()];

/// All that was set. Of several settings that concern an instance, the last one holds.
#[derive(Debug)]
pub(super) struct Holds {
    by: Sparse<Key, Hold>,
    count: u32,
}

impl Holds {
    pub(super) fn new() -> Self {
        Self {
            by: Sparse::new(limits::SET_TARGETS),
            count: 0,
        }
    }

    /// Keeps a setting; false when there is no room.
    pub(super) fn set(
        &mut self,
        (target, whom): (Target, Whom),
        (prop, to): (Prop, f32),
        at: u64,
        fade: Fade,
    ) -> bool {
        let from = self.line_on(target, whom, prop);
        let line = from.unwrap_or_else(|| Line::rest(prop.neutral()));
        let key = Key(target, whom);
        let mut hold = self.by.get(key).copied().unwrap_or_default();
        self.count += 1;
        hold[prop as usize] = Some((line.towards(to, at, fade), self.count));
        self.by.insert(key, hold)
    }

    /// Takes everything back that was set on a target; from everybody, whoever it was set on.
    pub(super) fn reset(&mut self, target: Target, whom: Whom) {
        match whom {
            Whom::Everybody => self.by.retain(|key, _| key.0 != target),
            Whom::Object(_) => _ = self.by.remove(Key(target, whom)),
        }
    }

    /// What holds for an instance of a node on an object: at the top of a post, also what was set
    /// without a target.
    pub(super) fn line(
        &self,
        node: NodeIx,
        is_top: bool,
        object: ObjectId,
        prop: Prop,
    ) -> Option<Line> {
        if self.by.is_empty() {
            return None;
        }
        let own = self.last_on(Some(node), Whom::Object(object), prop);
        let any = is_top.then(|| self.last_on(None, Whom::Object(object), prop));
        let last = own.into_iter().chain(any.flatten()).max_by_key(|it| it.1);
        last.map(|it| it.0)
    }

    pub(super) fn forget_object(&mut self, object: ObjectId) {
        self.by.retain(|key, _| key.1 != Whom::Object(object));
    }

    /// Takes over what was set under another bank.
    pub(super) fn take_over(&mut self, old: &Self, bank: &Bank, old_bank: &Bank) {
        self.count = old.count;
        for (key, hold) in old.by.entries() {
            let target = match key.0 {
                None => Some(None),
                Some(node) => bank.node_of(old_bank, node).map(Some),
            };
            if let Some(target) = target {
                self.by.insert(Key(target, key.1), *hold);
            }
        }
    }

    fn line_on(&self, target: Target, whom: Whom, prop: Prop) -> Option<Line> {
        self.last_on(target, whom, prop).map(|it| it.0)
    }

    /// The last setting of a target on somebody, or on everybody.
    fn last_on(&self, target: Target, whom: Whom, prop: Prop) -> Option<(Line, u32)> {
        let of = |whom| self.by.get(Key(target, whom))?[prop as usize];
        let (own, all) = (of(whom), of(Whom::Everybody));
        own.into_iter().chain(all).max_by_key(|it| it.1)
    }
}

/// log2 of hertz; 0 is open.
fn octave(hz: f32, open: f32) -> f32 {
    if hz > 0.0 { hz.log2() } else { open }
}
