//! RTPCs: continuous game values, for everybody, for an object, or for what one post plays.

mod values;

pub use values::{RtpcValues, Set};

use segue_rt::game::{NameId, ObjectId, PlayingId};

use super::check::{Checks, Found};
use super::course::Interp;
use crate::ids::RtpcIx;
use crate::source;

/// Most RTPCs.
pub const MAX_RTPCS: usize = 1024;
/// Most values of single objects and playing instances together; more are refused and counted.
pub const MAX_OWN_RTPC_VALUES: usize = 8192;

/// Whose value it is. `playing` 0 is the object's, object 0 too is everybody's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Game object.
    pub object: ObjectId,
    /// What one post plays.
    pub playing: PlayingId,
}

impl Who {
    /// Everybody.
    pub const GLOBAL: Self = Self {
        object: ObjectId::GLOBAL,
        playing: PlayingId(0),
    };

    /// All of an object.
    pub const fn object(object: ObjectId) -> Self {
        Self {
            object,
            playing: PlayingId(0),
        }
    }
}

/// All RTPCs of a bank. Curves and targets are compiled where they are used.
#[derive(Clone, Debug, Default)]
pub struct Rtpcs {
    rtpcs: Box<[Rtpc]>,
}

/// A checked RTPC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rtpc {
    /// Its name.
    pub name: NameId,
    /// Least value.
    pub min: f32,
    /// Largest value.
    pub max: f32,
    /// What it goes back to.
    pub default: f32,
    /// Before anybody sets it: the default, unless a macro of the project says something else.
    pub first: f32,
    /// How it gets to a new value.
    pub interp: Interp,
}

impl Rtpcs {
    /// Checks ranges and ways; names and targets are not looked at. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `[n].default` and the like.
    pub fn compile(source: &[source::Rtpc], sample_rate: f64) -> Found<Self> {
        let mut checks = Checks::new();
        if source.len() > MAX_RTPCS {
            let count = source.len();
            checks.say(
                "",
                format!("{count} RTPCs; at most {MAX_RTPCS} are allowed"),
            );
        }
        let rtpcs = source.iter().enumerate().filter_map(|(n, rtpc)| {
            let rtpc = Rtpc::compile(rtpc, sample_rate);
            checks.part(&format!("[{n}]"), rtpc)
        });
        let rtpcs = rtpcs.collect();
        checks.finish(Some(Self { rtpcs }))
    }

    /// One of them.
    pub fn at(&self, rtpc: RtpcIx) -> &Rtpc {
        &self.rtpcs[rtpc.at()]
    }

    /// Lets one begin with another value than its default.
    pub(crate) fn begin(&mut self, rtpc: RtpcIx, value: f32) {
        let it = &mut self.rtpcs[rtpc.at()];
        it.first = it.clamp(value).unwrap_or(it.default);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rtpcs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rtpcs.is_empty()
    }
}

impl Rtpc {
    fn compile(source: &source::Rtpc, sample_rate: f64) -> Found<Self> {
        let mut checks = Checks::new();
        let &source::Rtpc {
            min, max, default, ..
        } = source;
        if !(min.is_finite() && max.is_finite() && min < max) {
            checks.say("max", format!("{max} is not above min {min}"));
        } else {
            checks.within("default", default, min..=max);
        }
        let interp = Interp::compile(&source.interp, sample_rate);
        let interp = checks.part("interp", interp);
        checks.finish(interp.map(|interp| Self {
            name: NameId::of(&source.name),
            min,
            max,
            default,
            first: default,
            interp,
        }))
    }

    /// A value of the game in its range; `None` if it is no number.
    pub fn clamp(&self, value: f32) -> Option<f32> {
        value.is_finite().then(|| value.clamp(self.min, self.max))
    }
}

#[cfg(test)]
mod tests;
