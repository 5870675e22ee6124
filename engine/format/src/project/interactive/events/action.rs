//! One thing that an event does.

use super::super::super::check::Checker;
use super::super::json::{Faults, Json, expected, no_word};
use super::super::lower::Lower;
use super::{ActionKind, Condition};
use crate::json::path::Path;
use segue_middleware::source;
use serde_json::Value;
use source::{Fade, Scope, Shape};

object! {
    /// One thing that an event does.
    pub struct Action {
        @#[doc = "What."] kind: ActionKind,
        /// On whom.
        scope: Scope = Scope::GameObject,
        /// 0 to 100, or its name; default `normal`.
        priority: Priority = Priority::Named(50),
        /// For play: linear, 0 to 2; absent: 1. For fade: where to; needed.
        gain_lin: Option<f64> = None,
        /// For play: -1 to 1.
        pan: f64 = 0.0,
        /// For play: -24 to 24 semitones.
        pitch_st: f64 = 0.0,
        /// For play: 20 to 20000 Hz; absent: off.
        lpf_hz: Option<f64> = None,
        /// For play: 20 to 20000 Hz; absent: off.
        hpf_hz: Option<f64> = None,
        /// For play: where it plays instead.
        bus: Option<String> = None,
        /// From the post.
        delay_ms: f64 = 0.0,
        /// The way there.
        fade_ms: Option<f64> = None,
        /// For what begins: the same as `fade_ms`.
        fade_in_ms: Option<f64> = None,
        /// For what ends: the same as `fade_ms`. For play: before its end.
        fade_out_ms: Option<f64> = None,
        /// The way of the fades.
        fade_curve: Shape = Shape::Linear,
        /// For play: 0 is for ever; default 1.
        loop_count: u32 = 1,
        /// For play: first frame of the asset.
        trim_start_smp: u64 = 0,
        /// For play: frame of the asset at which it ends; 0 is its end.
        trim_end_smp: u64 = 0,
        /// The chance that it is carried out; default 1.
        probability: f64 = 1.0,
        /// At most 8; all must hold.
        conditions: Vec<Condition> = Vec::new(),
        /// When the conditions are looked at.
        eval: Eval = Eval::Post,
    }
    checked by check_action
}

impl Action {
    /// An action with everything but what it does at its default. `[thread-safe]`
    pub fn new(kind: ActionKind) -> Action {
        Action {
            kind,
            ..Action::default()
        }
    }

    /// Keys that mean nothing to what the action does.
    fn note_idle(&self, at: Path<'_>, c: &mut Checker) {
        let (kind, usual) = (&self.kind, Action::default());
        let plays = kind.plays();
        let gains = plays || matches!(kind, ActionKind::Fade { .. });
        for (key, is_set, means) in [
            ("scope", self.scope != usual.scope, kind.has_scope()),
            (
                "priority",
                self.priority.value() != usual.priority.value(),
                plays,
            ),
            ("gain_lin", self.gain_lin.is_some(), gains),
            ("pan", self.pan != usual.pan, plays),
            ("pitch_st", self.pitch_st != usual.pitch_st, plays),
            ("lpf_hz", self.lpf_hz.is_some(), plays),
            ("hpf_hz", self.hpf_hz.is_some(), plays),
            ("bus", self.bus.is_some(), plays),
            (
                "fade_curve",
                self.fade_curve != usual.fade_curve,
                kind.curves(),
            ),
            ("loop_count", self.loop_count != usual.loop_count, plays),
            (
                "trim_start_smp",
                self.trim_start_smp != usual.trim_start_smp,
                plays,
            ),
            (
                "trim_end_smp",
                self.trim_end_smp != usual.trim_end_smp,
                plays,
            ),
        ] {
            if is_set && !means {
                c.idle(at.key(key), || {
                    format!("{} has no use for this; remove it", kind.word())
                });
            }
        }
    }

    /// Which fades mean the same here, or nothing.
    fn check_fades(&self, at: Path<'_>, c: &mut Checker) {
        let (begins, ends) = (self.kind.begins(), self.kind.ends());
        let word = self.kind.word();
        if !self.kind.fades() {
            for (key, fade) in [
                ("fade_in_ms", self.fade_in_ms),
                ("fade_out_ms", self.fade_out_ms),
            ] {
                if fade.is_some() {
                    c.problem(at.key(key), || {
                        format!("{word} has no fade: {}", self.kind.no_fade())
                    });
                }
            }
            if self.fade_ms.is_some() {
                c.idle(at.key("fade_ms"), || {
                    format!("{word} has no fade: {}", self.kind.no_fade())
                });
            }
            return;
        }
        if self.fade_in_ms.is_some() && !begins {
            let instead = if ends { "fade_out_ms" } else { "fade_ms" };
            c.problem(at.key("fade_in_ms"), || {
                format!("{word} does not fade in; use {instead}")
            });
        }
        if self.fade_out_ms.is_some() && !ends && !self.kind.plays() {
            let instead = if begins { "fade_in_ms" } else { "fade_ms" };
            c.problem(at.key("fade_out_ms"), || {
                format!("{word} does not fade out; use {instead}")
            });
        }
        let same = if begins {
            self.fade_in_ms
        } else {
            self.fade_out_ms
        };
        if self.fade_ms.is_some() && same.is_some() && (begins || ends) {
            let other = if begins { "fade_in_ms" } else { "fade_out_ms" };
            c.problem(at.key("fade_ms"), || {
                format!("for {word} this and {other} say the same; leave one out")
            });
        }
    }
}

fn check_action(action: &Action, at: Path<'_>, c: &mut Checker) {
    action.check_fades(at, c);
    action.note_idle(at, c);
    if let ActionKind::SetRtpc { value: None, .. } | ActionKind::SetSignal { value: None, .. } =
        &action.kind
    {
        let word = action.kind.word();
        c.missing(at.key("value"), || {
            format!("{word} says no \"value\" and sets 0; write the value that is meant")
        });
    }
    if matches!(action.kind, ActionKind::Fade { .. }) && action.gain_lin.is_none() {
        c.problem(at.key("gain_lin"), || {
            "this number is missing: the gain to fade to, 0 to 2".into()
        });
    }
    if let ActionKind::Seek {
        seconds,
        smp,
        fraction,
        ..
    } = &action.kind
    {
        let given = [seconds.is_some(), smp.is_some(), fraction.is_some()];
        if given.iter().filter(|given| **given).count() != 1 {
            c.problem(at, || {
                "seek says where to by one of \"seconds\", \"smp\" and \"fraction\"".into()
            });
        }
    }
}

/// How important what an action plays is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Written as a number.
    Number(u8),
    /// Written as a name; one of [`source::PRIORITIES`].
    Named(u8),
}

const NAMES: [&str; 7] = [
    "lowest", "lower", "low", "normal", "high", "higher", "highest",
];

impl Priority {
    /// 0 to 100. `[thread-safe]`
    pub fn value(self) -> u8 {
        match self {
            Self::Number(value) | Self::Named(value) => value,
        }
    }
}

impl Json for Priority {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        match &value {
            Value::Number(_) => return Self::Number(u8::read(value, at, faults)),
            Value::String(word) => match NAMES.iter().position(|name| name == word) {
                Some(index) => return Self::Named(source::PRIORITIES[index]),
                None => faults.push(at, no_word(word, &NAMES)),
            },
            other => faults.push(at, expected("a number in 0..=100 or its name", other)),
        }
        Self::Named(50)
    }

    fn write(&self) -> Value {
        let named = |value: &u8| source::PRIORITIES.iter().position(|known| known == value);
        match self {
            Self::Named(value) => match named(value) {
                Some(index) => NAMES[index].into(),
                None => (*value).into(),
            },
            Self::Number(value) => (*value).into(),
        }
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        c.range(at, self.value(), 0..=100);
    }
}

/// When the conditions of an action are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Eval {
    /// When the event is posted.
    #[default]
    Post,
    /// When the action is carried out, after its delay.
    Fire,
}

words! {
    Eval { "post" Post, "fire" Fire, }
}

impl Lower<source::Action> for Action {
    fn lower(&self) -> source::Action {
        let fade = |ms: Option<f64>| Fade {
            ms: ms.unwrap_or(0.0).lower(),
            shape: self.fade_curve,
        };
        let main = match (self.kind.begins(), self.kind.ends()) {
            (true, _) => self.fade_ms.or(self.fade_in_ms),
            (_, true) => self.fade_ms.or(self.fade_out_ms),
            _ => self.fade_ms,
        };
        let gain = self.gain_lin.unwrap_or(1.0).lower();
        source::Action {
            kind: self.kind.lower(gain),
            scope: self.scope,
            priority: self.priority.value(),
            gain_lin: if self.kind.plays() { gain } else { 1.0 },
            pan: self.pan.lower(),
            pitch_st: self.pitch_st.lower(),
            lpf_hz: self.lpf_hz.lower(),
            hpf_hz: self.hpf_hz.lower(),
            bus: self.bus.clone(),
            delay_ms: self.delay_ms.lower(),
            fade: fade(main),
            fade_out: fade(self.fade_out_ms.filter(|_| self.kind.plays())),
            loop_count: self.loop_count,
            trim_start_smp: self.trim_start_smp,
            trim_end_smp: self.trim_end_smp,
            probability: self.probability.lower(),
            conditions: self.conditions.lower(),
            eval_at_fire: self.eval == Eval::Fire,
        }
    }
}
