//! What comes out of the adaptive engine.

use crate::ids::{ContextIx, EventIx, NodeIx};

/// A rule's place in the profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIx(pub u16);

/// A transition's place: those of the profile, then the four that are always there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TransitionIx(pub u16);

/// Why a level changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A rule.
    Rule(RuleIx),
    /// Nothing changed it for long.
    Decay,
    /// A pulse of this rule is over.
    PulseEnd(RuleIx),
    /// The context nears its end.
    WindDown,
    /// The game set it.
    Call,
    /// Another context began.
    Context,
}

/// Why a request was refused, in the order in which it is tested. The values are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Refusal {
    /// The level is at the bounds of the rule, the phase or the context.
    Bounds = 1,
    /// The context's time between two changes.
    ContextCooldown = 2,
    /// The context's changes in one spin.
    ChangesPerSpin = 3,
    /// A hold.
    Hold = 4,
    /// The time between two changes.
    Cooldown = 5,
    /// The rule's own time.
    RuleCooldown = 6,
    /// Not strong enough for the level it is at.
    Inertia = 7,
    /// Against the direction of the last requests.
    Momentum = 8,
}

/// What happened in a tick or a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect {
    /// The level of the context changes.
    Level {
        /// Where.
        context: ContextIx,
        /// Before.
        from: u8,
        /// After.
        to: u8,
        /// How it is heard.
        transition: TransitionIx,
        /// Why.
        cause: Cause,
    },
    /// Another context begins.
    Context {
        /// Before; `None` at the very start.
        from: Option<ContextIx>,
        /// After.
        to: ContextIx,
        /// The level it begins with.
        level: u8,
        /// How it is heard.
        transition: TransitionIx,
        /// Fade and overlap in frames that hold instead of the transition's.
        fade: Option<(u32, u32)>,
    },
    /// A sound starts at once, besides the music.
    Stinger {
        /// What.
        node: NodeIx,
        /// Linear gain.
        gain: f32,
        /// What the music does meanwhile, dB, at most 0.
        duck_db: f32,
    },
    /// An event is to be posted on the global object.
    Event(EventIx),
    /// A rule held and was refused. Told once until the reason changes or the rule's condition
    /// fails.
    Refused {
        /// Where.
        context: ContextIx,
        /// The level it is at.
        from: u8,
        /// The level that was asked for.
        to: u8,
        /// Who asked.
        rule: RuleIx,
        /// Why not.
        refusal: Refusal,
    },
}

/// Most effects of one tick or call.
pub const EFFECTS: usize = 48;
/// Of these, most refusals: what acts always finds room.
pub const REFUSALS: usize = 32;

/// The effects of one tick or call, in order. Full: refusals beyond [`REFUSALS`] are dropped and
/// counted; nothing else can fill it.
#[derive(Clone, Debug)]
pub struct Effects {
    list: [Option<Effect>; EFFECTS],
    count: usize,
    refusals: usize,
    lost: u64,
}

impl Default for Effects {
    fn default() -> Self {
        Self {
            list: [None; EFFECTS],
            count: 0,
            refusals: 0,
            lost: 0,
        }
    }
}

impl Effects {
    /// Forgets all of them, but not the count of lost ones. `[audio-thread]`
    pub fn clear(&mut self) {
        self.count = 0;
        self.refusals = 0;
    }

    /// All in the order in which they happened. `[audio-thread]`
    pub fn iter(&self) -> impl Iterator<Item = &Effect> {
        self.list[..self.count].iter().flatten()
    }

    /// How many were dropped since this was made. `[audio-thread]`
    pub fn lost(&self) -> u64 {
        self.lost
    }

    pub(crate) fn push(&mut self, effect: Effect) {
        let refused = matches!(effect, Effect::Refused { .. });
        if self.count == EFFECTS || (refused && self.refusals == REFUSALS) {
            self.lost += 1;
            return;
        }
        self.list[self.count] = Some(effect);
        self.count += 1;
        self.refusals += usize::from(refused);
    }
}
