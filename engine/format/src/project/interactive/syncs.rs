//! Game values and what follows them: RTPCs, states, switches, ducking.

use super::super::check::Checker;
use super::entries::Entries;
use super::lower::Lower;
use crate::json::path::Path;
use segue_middleware::source;
use source::{BindingTarget, DuckTrigger, Shape};

object! {
    /// A continuous game value.
    pub struct Rtpc {
        /// Unique, at most 128 bytes.
        name: String = String::new() => needed,
        /// For people.
        unit: String = String::new(),
        /// Least value.
        min: f64 = 0.0,
        /// Largest value; default 1.
        max: f64 = 1.0,
        /// Before anybody sets it.
        default: f64 = 0.0,
        /// Number of the host parameter that moves it, 0 to 63.
        host_param: Option<u8> = None,
        /// What it moves everywhere.
        targets: Vec<RtpcTarget> = Vec::new(),
        ..#[doc = "How it gets to a new value."] interp: Interp,
    }
}

variants! {
    /// How an RTPC gets to a new value; times in ms.
    pub enum Interp by "interp" default None {
        /// At once.
        "none" None {}
        /// With a constant slope.
        "linear" Linear {
            /// Upwards.
            up_ms: f64 = 0.0,
            /// Downwards.
            down_ms: f64 = 0.0,
        }
        /// One-pole with these time constants.
        "exponential" Exponential {
            /// Upwards.
            up_ms: f64 = 0.0,
            /// Downwards.
            down_ms: f64 = 0.0,
        }
        /// At most so much a second.
        "slew" Slew {
            /// Units a second.
            slew_per_s: f64 = 0.0,
        }
        /// Critically damped.
        "critical" Critical {
            /// To 90 %.
            t90_ms: f64 = 0.0,
        }
    }
}

object! {
    /// Something global that an RTPC moves.
    pub struct RtpcTarget {
        @#[doc = "What."] target: GlobalTarget,
        /// How much, in the target's unit.
        curve: Vec<CurvePoint> = Vec::new(),
    }
}

variants! {
    /// What an RTPC may move besides containers.
    pub enum GlobalTarget by "target" {
        /// Level of a bus in dB, added.
        "bus_volume" BusVolume {
            /// The bus.
            bus: String = String::new(),
        }
        /// Level of a send in dB.
        "send" Send {
            /// From this bus.
            from: String = String::new(),
            /// To this bus.
            to: String = String::new(),
        }
        /// Level of the send from a bus to the bus `reverb`, in dB.
        "reverb_send" ReverbSend {
            /// The bus.
            bus: String = String::new(),
        }
        /// Level of the send from a bus to the bus `delay`, in dB.
        "delay_send" DelaySend {
            /// The bus.
            bus: String = String::new(),
        }
        /// A parameter of an insert, in its unit.
        "insert_param" InsertParam {
            /// The bus.
            bus: String = String::new(),
            /// The insert.
            insert: String = String::new(),
            /// The parameter.
            param: String = String::new(),
        }
    }
}

object! {
    /// A point of a curve and the shape of the way to the next.
    pub struct CurvePoint {
        /// In the RTPC's unit.
        x: f64 = f64::NAN,
        /// In the target's unit.
        y: f64 = f64::NAN,
        /// To the next point.
        shape: Shape = Shape::Linear,
    }
}

object! {
    /// A global discrete value. Every group has the value `none` as well.
    pub struct StateGroup {
        /// Unique.
        name: String = String::new() => needed,
        /// Its values.
        values: Vec<StateValue> = Vec::new(),
        /// Milliseconds of a change without an entry of its own.
        default_transition_ms: f64 = 0.0,
        /// Milliseconds by the value it leaves and the value it goes to; `*` is any.
        transition_ms: Entries<Entries<f64>> = Entries::default(),
    }
}

object! {
    /// One value of a state group and what it does.
    pub struct StateValue {
        /// Unique in the group; not `none`.
        name: String = String::new() => needed,
        /// What it changes while it holds.
        changes: Vec<StateChange> = Vec::new(),
    }
}

object! {
    /// What a state does to a container or sound, or to a bus.
    pub struct StateChange {
        /// A container or sound, and everything below it.
        object: Option<String> = None,
        /// A bus.
        bus: Option<String> = None,
        /// Added, in dB.
        volume_db: f64 = 0.0,
        /// Added, in semitones.
        pitch_st: f64 = 0.0,
        /// Low-pass cut-off in Hz; absent: none.
        lpf_hz: Option<f64> = None,
        /// High-pass cut-off in Hz; absent: none.
        hpf_hz: Option<f64> = None,
    }
    checked by check_change
}

fn check_change(change: &StateChange, at: Path<'_>, c: &mut Checker) {
    if change.object.is_some() == change.bus.is_some() {
        c.problem(at, || {
            "a change is of one \"object\" (a container or sound) or one \"bus\"".into()
        });
    }
}

object! {
    /// A discrete value of each game object.
    pub struct SwitchGroup {
        /// Unique.
        name: String = String::new() => needed,
        /// Its values.
        values: Vec<String> = Vec::new(),
        /// Used where neither the object nor the global one has a value; absent: the first.
        default: Option<String> = None,
        /// Follows an RTPC instead of calls.
        follow: Option<SwitchFollow> = None,
    }
}

object! {
    /// A switch group that follows an RTPC.
    pub struct SwitchFollow {
        /// The RTPC.
        rtpc: String = String::new() => needed,
        /// Ascending: one fewer than the group has values.
        thresholds: Vec<f64> = Vec::new(),
        /// Width around a threshold in which the value stays.
        hysteresis: f64 = 0.0,
    }
}

fields! {
    /// An RTPC that moves a container and everything below it.
    pub struct BindingParts {
        /// The RTPC.
        rtpc: String = String::new(),
        /// What it moves.
        target: BindingTarget = BindingTarget::Volume,
    }
}

object! {
    /// An RTPC that moves a container and everything below it.
    pub struct Binding {
        @#[doc = "Which RTPC moves what."] way: BindingParts,
        /// How much, in the target's unit.
        curve: Vec<CurvePoint> = Vec::new(),
    }
}

object! {
    /// A bus that makes way.
    pub struct Duck {
        /// For telemetry and errors; unique.
        name: String = String::new() => needed,
        /// The bus that pushes; or `source_tag`.
        source_bus: Option<String> = None,
        /// Everything started by events with this tag pushes.
        source_tag: Option<String> = None,
        /// Which bus makes way.
        target_bus: String = String::new() => needed,
        /// -96 to 0 dB; default -6.
        depth_db: f64 = -6.0,
        /// Default 50 ms.
        attack_ms: f64 = 50.0,
        /// Default 0 ms.
        hold_ms: f64 = 0.0,
        /// Default 500 ms.
        release_ms: f64 = 500.0,
        /// What counts as pushing. Tags have no level: they count by activity.
        trigger: Option<DuckTrigger> = None,
        /// Linear RMS over 10 ms; default 0.01.
        threshold_lin: f64 = 0.01,
        /// Of the envelope.
        curve: Shape = Shape::Linear,
    }
    checked by check_duck
}

fn check_duck(duck: &Duck, at: Path<'_>, c: &mut Checker) {
    if duck.source_bus.is_some() == duck.source_tag.is_some() {
        c.problem(at, || {
            "a duck has one source: \"source_bus\" or \"source_tag\"".into()
        });
    }
}

object! {
    /// A bus with a high dynamic range.
    pub struct Hdr {
        /// The bus.
        bus: String = String::new() => needed,
        /// Level in dB from which on the window moves up; default -12.
        threshold_db: f64 = -12.0,
        /// Default 100: the output stays.
        ratio: f64 = 100.0,
        /// Default 500 ms.
        release_ms: f64 = 500.0,
        /// Default 40 dB.
        range_db: f64 = 40.0,
    }
}

words! {
    Shape {
        "linear" Linear,
        "constant" Constant,
        "sine" Sine,
        "log4" Log4,
        "log2" Log2,
        "exp1" Exp1,
        "exp3" Exp3,
        "s2" S2,
        "s3" S3,
        "inv_s" InvS,
        "quad_in" QuadIn,
        "quad_out" QuadOut,
        "quad_in_out" QuadInOut,
        "cubic_in" CubicIn,
        "cubic_out" CubicOut,
        "cubic_in_out" CubicInOut,
        "expo_in" ExpoIn,
        "expo_out" ExpoOut,
        "sine_s" SineS,
    }
    BindingTarget {
        "volume" Volume,
        "pitch_st" Pitch,
        "lpf_hz" Lpf,
        "hpf_hz" Hpf,
        "pan" Pan,
        "width" Width,
        "playback_rate" PlaybackRate,
    }
    DuckTrigger {
        "level" Level,
        "activity" Activity,
    }
}

lower! {
    Rtpc { name, unit, min, max, default, interp, host_param, targets }
    RtpcTarget { target, curve }
    CurvePoint { x, y, shape }
    StateValue { name, changes }
    SwitchGroup { name, values, default, follow }
    SwitchFollow { rtpc, thresholds, hysteresis }
    Hdr { bus, threshold_db, ratio, release_ms, range_db }
}

impl Lower<source::Interp> for Interp {
    fn lower(&self) -> source::Interp {
        match self {
            Self::None {} => source::Interp::None,
            Self::Linear { up_ms, down_ms } => source::Interp::Linear {
                up_ms: up_ms.lower(),
                down_ms: down_ms.lower(),
            },
            Self::Exponential { up_ms, down_ms } => source::Interp::Exponential {
                up_ms: up_ms.lower(),
                down_ms: down_ms.lower(),
            },
            Self::Slew { slew_per_s } => source::Interp::Slew {
                per_s: slew_per_s.lower(),
            },
            Self::Critical { t90_ms } => source::Interp::Critical {
                t90_ms: t90_ms.lower(),
            },
        }
    }
}

impl Lower<source::GlobalTarget> for GlobalTarget {
    fn lower(&self) -> source::GlobalTarget {
        let send = |from: &String, to: &str| source::GlobalTarget::Send(from.clone(), to.into());
        match self {
            Self::BusVolume { bus } => source::GlobalTarget::BusVolume(bus.clone()),
            Self::Send { from, to } => send(from, to),
            Self::ReverbSend { bus } => send(bus, "reverb"),
            Self::DelaySend { bus } => send(bus, "delay"),
            Self::InsertParam { bus, insert, param } => {
                source::GlobalTarget::InsertParam(bus.clone(), insert.clone(), param.clone())
            }
        }
    }
}

impl Lower<source::Curve> for Vec<CurvePoint> {
    fn lower(&self) -> source::Curve {
        source::Curve {
            points: self.iter().map(CurvePoint::lower).collect(),
        }
    }
}

impl Lower<source::StateGroup> for StateGroup {
    fn lower(&self) -> source::StateGroup {
        let row = |(from, row): &(String, Entries<f64>)| {
            let times = row.0.iter();
            let times = times.map(|(to, ms)| (from.clone(), to.clone(), ms.lower()));
            times.collect::<Vec<(String, String, f32)>>()
        };
        source::StateGroup {
            name: self.name.clone(),
            values: self.values.lower(),
            default_transition_ms: self.default_transition_ms.lower(),
            transition_ms: self.transition_ms.0.iter().flat_map(row).collect(),
        }
    }
}

impl Lower<source::StateChange> for StateChange {
    fn lower(&self) -> source::StateChange {
        let target = match (&self.object, &self.bus) {
            (None, Some(bus)) => source::StateTarget::Bus(bus.clone()),
            (object, _) => source::StateTarget::Object(object.clone().unwrap_or_default()),
        };
        source::StateChange {
            target,
            volume_db: self.volume_db.lower(),
            pitch_st: self.pitch_st.lower(),
            lpf_hz: self.lpf_hz.lower(),
            hpf_hz: self.hpf_hz.lower(),
        }
    }
}

impl Lower<source::Binding> for Binding {
    fn lower(&self) -> source::Binding {
        source::Binding {
            rtpc: self.way.rtpc.clone(),
            target: self.way.target,
            curve: self.curve.lower(),
        }
    }
}

impl Lower<source::Duck> for Duck {
    fn lower(&self) -> source::Duck {
        let (source, usual) = match (&self.source_bus, &self.source_tag) {
            (None, Some(tag)) => (source::DuckSource::Tag(tag.clone()), DuckTrigger::Activity),
            (bus, _) => {
                let bus = bus.clone().unwrap_or_default();
                (source::DuckSource::Bus(bus), DuckTrigger::Level)
            }
        };
        source::Duck {
            name: self.name.clone(),
            source,
            target_bus: self.target_bus.clone(),
            depth_db: self.depth_db.lower(),
            attack_ms: self.attack_ms.lower(),
            hold_ms: self.hold_ms.lower(),
            release_ms: self.release_ms.lower(),
            trigger: self.trigger.unwrap_or(usual),
            threshold_lin: self.threshold_lin.lower(),
            curve: self.curve,
        }
    }
}
