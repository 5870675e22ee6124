//! Containers: what selects sounds.

use super::super::check::Checker;
use super::entries::Entries;
use super::events::Condition;
use super::json::{Faults, Json, expected};
use super::lower::Lower;
use super::syncs::Binding;
use crate::json::path::Path;
use segue_middleware::source;
use serde_json::{Value, json};
use source::{BlendLaw, BlendWarp, GroupMode, OnChange, RandomMode, SequenceEnd, Sync};

object! {
    /// A node above sounds and other containers.
    pub struct Container {
        /// Unique among containers and sounds, at most 128 bytes.
        name: String = String::new() => needed,
        ..#[doc = "How it selects."] kind: ContainerKind,
        ..#[doc = "What all of them have."] props: Props,
    }
}

fields! {
    /// What every container may have.
    pub struct Props {
        /// Added, in dB.
        gain_db: f64 = 0.0,
        /// Added, in semitones.
        pitch_st: f64 = 0.0,
        /// Added, -1 to 1.
        pan: f64 = 0.0,
        /// Where its sounds go instead of their own bus.
        bus: Option<String> = None,
        /// RTPCs that move it.
        bindings: Vec<Binding> = Vec::new(),
        /// Most voices below it at once; 0 is no limit.
        max_voices: u16 = 0,
    }
}

variants! {
    /// How a container selects.
    pub enum ContainerKind by "type" {
        /// All children, mixed by an RTPC.
        "blend" Blend {
            /// The RTPC.
            rtpc: String = String::new(),
            /// Critical smoothing of it, ms to 90 %; 0 takes it as it is.
            smooth_ms: f64 = 0.0,
            /// At most 8.
            children: Vec<BlendChild> = Vec::new(),
            /// What stays constant in a cross-fade.
            law: BlendLaw = BlendLaw::Power,
            /// The way through a cross-fade.
            warp: BlendWarp = BlendWarp::Linear,
        }
        /// One child by chance.
        "random" Random {
            /// At most 16.
            children: Vec<RandomChild> = Vec::new(),
            /// How the next one is found.
            mode: RandomMode = RandomMode::Weighted,
            /// Children that were played so lately are not played again.
            avoid_last: u8 = 0,
            /// Random pitch of all: least and largest, semitones.
            random_pitch_st: [f64; 2] = [0.0; 2],
            /// Random level of all: least and largest, dB.
            random_volume_db: [f64; 2] = [0.0; 2],
        }
        /// One after the other in time.
        "sequence" Sequence {
            /// At most 32.
            steps: Vec<Step> = Vec::new(),
            /// 0.1 to 10; default 1.
            speed: f64 = 1.0,
            /// What comes after the last.
            end: SequenceEnd = SequenceEnd::Stop,
        }
        /// By a switch or state group.
        "switch" Switch {
            /// A switch group, or a state group.
            group: String = String::new(),
            /// Children by value.
            values: Entries<Vec<String>> = Entries::default(),
            /// Children where the value has none.
            default: Vec<String> = Vec::new(),
            /// Of children that come by a change.
            fade_in_ms: f64 = 0.0,
            /// Of children that go by a change.
            fade_out_ms: f64 = 0.0,
            /// A child that comes starts where the one that goes is.
            continue_position: bool = false,
            /// When a change is heard: `"immediate"`, `"after_end"`, or `{"sync": "bar"}`.
            on_change: OnChange = OnChange::Immediate,
        }
        /// By conditions.
        "group" Group {
            /// Which of those that are allowed.
            mode: GroupMode = GroupMode::All,
            /// In their order.
            children: Vec<GroupChild> = Vec::new(),
        }
    }
}

object! {
    /// A child of a blend container and where it is heard.
    pub struct BlendChild {
        /// Container or sound.
        child: String = String::new() => needed,
        /// First value at which it is heard.
        x_lo: f64 = 0.0,
        /// Last value; default 1.
        x_hi: f64 = 1.0,
        /// Added, in dB.
        gain_db: f64 = 0.0,
    }
}

object! {
    /// A child of a random container and its chance.
    pub struct RandomChild {
        /// Container or sound.
        child: String = String::new() => needed,
        /// Relative to the others; 0 is never; default 1.
        weight: u32 = 1,
        /// Random pitch: least and largest, semitones.
        pitch_st: [f64; 2] = [0.0; 2],
        /// Random level: least and largest, dB.
        volume_db: [f64; 2] = [0.0; 2],
    }
}

object! {
    /// One step of a sequence.
    pub struct Step {
        /// Container or sound.
        child: String = String::new() => needed,
        /// From the start of the sequence, at speed 1.
        start_ms: f64 = 0.0,
        /// 0 is the sound's own length.
        duration_ms: f64 = 0.0,
        /// At its start.
        fade_in_ms: f64 = 0.0,
        /// Before its end.
        fade_out_ms: f64 = 0.0,
        /// How often the child plays; 0 is until the step ends; default 1.
        loop_count: u32 = 1,
        /// Added, in dB.
        gain_db: f64 = 0.0,
    }
}

object! {
    /// A child of a group container and what must hold.
    pub struct GroupChild {
        /// Container or sound.
        child: String = String::new() => needed,
        /// All of them must hold.
        conditions: Vec<Condition> = Vec::new(),
        /// For the mode `priority`: the largest plays.
        priority: i32 = 0,
        /// For the mode `random`; default 1.
        weight: u32 = 1,
    }
}

words! {
    BlendLaw { "power" Power, "amplitude" Amplitude, }
    BlendWarp { "linear" Linear, "smooth" Smooth, "log" Log, "exp" Exp, }
    RandomMode {
        "weighted" Weighted,
        "shuffle" Shuffle,
        "shuffle_history" ShuffleHistory,
        "round_robin" RoundRobin,
    }
    SequenceEnd {
        "stop" Stop,
        "loop" Loop,
        "hold_last" HoldLast,
        "ping_pong" PingPong,
    }
    GroupMode {
        "all" All,
        "first_match" FirstMatch,
        "priority" Priority,
        "random" Random,
    }
}

impl Json for OnChange {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        match value {
            Value::String(word) if word == "immediate" => Self::Immediate,
            Value::String(word) if word == "after_end" => Self::AfterEnd,
            Value::Object(mut map) if map.len() == 1 && map.contains_key("sync") => {
                let sync = map.shift_remove("sync").unwrap_or_default();
                Self::Sync(Sync::read(sync, at.key("sync"), faults))
            }
            other => {
                let what = "\"immediate\", \"after_end\" or {\"sync\": ...}";
                faults.push(at, expected(what, &other));
                Self::default()
            }
        }
    }

    fn write(&self) -> Value {
        match self {
            Self::Immediate => "immediate".into(),
            Self::AfterEnd => "after_end".into(),
            Self::Sync(sync) => json!({"sync": sync.write()}),
        }
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        if let Self::Sync(sync) = self {
            sync.check(at.key("sync"), c);
        }
    }
}

lower! {
    Container { name, props, kind }
    Props { gain_db, pitch_st, pan, bus, bindings, max_voices }
    BlendChild { child, x_lo, x_hi, gain_db }
    RandomChild { child, weight, pitch_st, volume_db }
    Step {
        child, start_ms, duration_ms, fade_in_ms, fade_out_ms, loop_count, gain_db
    }
    GroupChild { child, conditions, priority, weight }
}

impl Lower<source::ContainerKind> for ContainerKind {
    fn lower(&self) -> source::ContainerKind {
        match self {
            Self::Blend {
                rtpc,
                smooth_ms,
                children,
                law,
                warp,
            } => source::ContainerKind::Blend(source::Blend {
                rtpc: rtpc.clone(),
                smooth_ms: smooth_ms.lower(),
                children: children.lower(),
                law: *law,
                warp: *warp,
            }),
            Self::Random {
                children,
                mode,
                avoid_last,
                random_pitch_st,
                random_volume_db,
            } => source::ContainerKind::Random(source::Random {
                children: children.lower(),
                mode: *mode,
                avoid_last: *avoid_last,
                pitch_st: random_pitch_st.lower(),
                volume_db: random_volume_db.lower(),
            }),
            Self::Sequence { steps, speed, end } => {
                source::ContainerKind::Sequence(source::Sequence {
                    steps: steps.lower(),
                    speed: speed.lower(),
                    end: *end,
                })
            }
            Self::Switch {
                group,
                values,
                default,
                fade_in_ms,
                fade_out_ms,
                continue_position,
                on_change,
            } => source::ContainerKind::Switch(source::Switch {
                group: group.clone(),
                values: values.lower(),
                default: default.clone(),
                fade_in_ms: fade_in_ms.lower(),
                fade_out_ms: fade_out_ms.lower(),
                continue_position: *continue_position,
                on_change: *on_change,
            }),
            Self::Group { mode, children } => source::ContainerKind::Group(source::Group {
                mode: *mode,
                children: children.lower(),
            }),
        }
    }
}
