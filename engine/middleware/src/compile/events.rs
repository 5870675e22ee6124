//! Events and actions: ranges, targets, and no event that posts itself.

use super::names::{place, unknown};
use super::{Compiler, WorldSound};
use crate::adaptive::signals::BUILT_IN;
use crate::bank::event::{Action, Do, Event, Fade, Place, Play, Target};
use crate::ids::{EventIx, StingerIx};
use crate::limits;
use crate::source::{self, ActionKind, SeekTo};
use crate::values::check::{frames, short_frames};
use crate::values::condition::Conditions;
use segue_rt::game::NameId;

const MINUTE_MS: f32 = 60_000.0;

impl Compiler<'_> {
    pub(super) fn events(&mut self) -> Box<[Event]> {
        let events = &self.source.events;
        self.count("events", "events", events.len(), limits::EVENTS);
        let compiled = events.iter().enumerate();
        let compiled: Box<[Event]> = compiled
            .map(|(n, event)| self.event(&format!("events[{n}]"), event))
            .collect();
        self.post_chains(&compiled);
        compiled
    }

    fn event(&mut self, path: &str, event: &source::Event) -> Event {
        let count = event.actions.len();
        self.count(
            &format!("{path}.actions"),
            "actions",
            count,
            limits::ACTIONS,
        );
        self.count(
            &format!("{path}.tags"),
            "tags",
            event.tags.len(),
            limits::TAGS,
        );
        self.checks.within(
            format!("{path}.cooldown_ms"),
            event.cooldown_ms,
            0.0..=3_600_000.0,
        );
        let actions = event.actions.iter().enumerate();
        let actions: Box<[Action]> = actions
            .map(|(n, action)| self.action(&format!("{path}.actions[{n}]"), action))
            .collect();
        let tags = event.tags.iter().filter_map(|tag| {
            let tag = place(&self.names.tags, "tag", tag).ok()?;
            Some(crate::ids::TagIx(tag))
        });
        Event {
            max_instances: u32::from(event.max_instances),
            limit_rule: event.limit_rule,
            max_voices: event.max_voices,
            cooldown: frames(f64::from(event.cooldown_ms), self.rate()),
            tags: tags.collect(),
            actions,
        }
    }

    fn action(&mut self, path: &str, action: &source::Action) -> Action {
        let at = |key: &str| format!("{path}.{key}");
        let checks = &mut self.checks;
        checks.within(at("delay_ms"), action.delay_ms, 0.0..=MINUTE_MS);
        checks.within(at("probability"), action.probability, 0.0..=1.0);
        let one = matches!(
            action.scope,
            source::Scope::FirstOnly | source::Scope::Random
        );
        let verb = match action.kind {
            ActionKind::PostEvent(_) => Some("an event is posted"),
            ActionKind::Play(_) | ActionKind::PlayAndContinue(_) => Some("something starts"),
            _ => None,
        };
        if let Some(verb) = verb.filter(|_| one) {
            let message = format!(
                "{verb} on objects, not on one instance: write game_object, emitter, global or all"
            );
            checks.say(at("scope"), message);
        }
        let conditions = self.conditions(&at("conditions"), &action.conditions);
        Action {
            what: self.what(path, &action.kind),
            scope: action.scope,
            delay: frames(f64::from(action.delay_ms), self.rate()),
            fade: self.fade(&at("fade_ms"), action.fade),
            probability: action.probability,
            conditions,
            eval_at_fire: action.eval_at_fire,
            play: self.play(path, action),
            written: NameId::of(&format!("{action:?}")),
            does: NameId::of(&format!("{:?}", action.kind)),
        }
    }

    fn play(&mut self, path: &str, action: &source::Action) -> Play {
        let at = |key: &str| format!("{path}.{key}");
        let checks = &mut self.checks;
        checks.within(at("priority"), action.priority, 0..=100);
        checks.within(at("gain_lin"), action.gain_lin, 0.0..=2.0);
        checks.within(at("pan"), action.pan, -1.0..=1.0);
        checks.within(at("pitch_st"), action.pitch_st, -24.0..=24.0);
        for (key, hz) in [("lpf_hz", action.lpf_hz), ("hpf_hz", action.hpf_hz)] {
            if let Some(hz) = hz {
                checks.within(at(key), hz, 20.0..=20_000.0);
            }
        }
        let bus = action.bus.as_ref();
        let bus = bus.and_then(|bus| self.bus(&at("bus"), bus));
        let trim = [action.trim_start_smp, action.trim_end_smp];
        let [trim_start_s, trim_end_s] = self.trim(path, &action.kind, trim);
        Play {
            priority: action.priority,
            gain: action.gain_lin,
            pan: action.pan,
            pitch_st: action.pitch_st,
            lpf_hz: action.lpf_hz.unwrap_or(0.0),
            hpf_hz: action.hpf_hz.unwrap_or(0.0),
            bus,
            fade_out: self.fade(&at("fade_out_ms"), action.fade_out),
            loop_count: action.loop_count,
            trim_start_s,
            trim_end_s,
        }
    }

    /// A trim in seconds. It has to be inside the asset where the target is a sound. `path` is that
    /// of the action.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    fn trim(&mut self, path: &str, kind: &ActionKind, trim: [u64; 2]) -> [f64; 2] {
        let (ActionKind::Play(target) | ActionKind::PlayAndContinue(target)) = kind else {
            return [0.0; 2];
        };
        if trim == [0, 0] {
            return [0.0; 2];
        }
        let [start, end] = trim;
        let key = |n: usize| format!("{path}.{}", ["trim_start_smp", "trim_end_smp"][n]);
        let sound = self.world.sounds.iter().find(|sound| sound.name == *target);
        let Some(sound) = sound else {
            let message = "only a play of a sound can be trimmed; trim the sounds of a container";
            self.checks.say(key(usize::from(start == 0)), message);
            return [0.0; 2];
        };
        let asset = self.asset_frames(sound).unwrap_or(f64::INFINITY);
        let late = start as f64 >= asset;
        if late {
            let message =
                format!("{start} is not below {asset}, the asset's length: nothing would be left");
            self.checks.say(key(0), message);
        }
        if end as f64 > asset {
            self.checks
                .say(key(1), format!("{end} is not in 0..={asset}, the asset"));
        }
        if end != 0 && end <= start && !late {
            let message =
                format!("{end} is not behind trim_start_smp {start}; 0 is the asset's end");
            self.checks.say(key(1), message);
        }
        trim.map(|place| place as f64 / sound.asset_rate)
    }

    /// Length of a sound's asset in frames of its own rate; `None` while it is missing.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    fn asset_frames(&self, sound: &WorldSound) -> Option<f64> {
        let frames = (sound.frames as f64 / self.rate() * sound.asset_rate).ceil();
        sound.voice.is_some().then_some(frames)
    }

    pub(super) fn conditions(&mut self, path: &str, list: &[source::Condition]) -> Conditions {
        self.count(path, "conditions", list.len(), limits::CONDITIONS);
        let compiled = Conditions::compile(list, &self.names);
        self.checks.part(path, compiled).unwrap_or_default()
    }

    fn fade(&mut self, path: &str, fade: source::Fade) -> Fade {
        self.checks.within(path, fade.ms, 0.0..=MINUTE_MS);
        Fade {
            frames: short_frames(fade.ms, self.rate()),
            shape: fade.shape,
        }
    }

    /// `path` is that of the action: its keys say what is wrong.
    fn what(&mut self, path: &str, kind: &ActionKind) -> Do {
        let missing = Do::Nothing;
        let on = |key: &str| format!("{path}.{key}");
        match kind {
            ActionKind::None => Do::Nothing,
            ActionKind::Play(node) => self.node(&on("target"), node).map_or(missing, Do::Play),
            ActionKind::PlayAndContinue(node) => {
                self.node(&on("target"), node).map_or(missing, Do::Continue)
            }
            ActionKind::Stop(target) => Do::Stop(self.target(path, target)),
            ActionKind::StopAll => Do::Stop(None),
            ActionKind::Pause(target) => Do::Pause(self.target(path, target)),
            ActionKind::PauseAll => Do::Pause(None),
            ActionKind::Resume(target) => Do::Resume(self.target(path, target)),
            ActionKind::ResumeAll => Do::Resume(None),
            ActionKind::Break(target) => Do::Break(self.target(path, target)),
            ActionKind::Mute(target) => Do::Mute(self.target(path, target), true),
            ActionKind::Unmute(target) => Do::Mute(self.target(path, target), false),
            ActionKind::Reset(target) => Do::Reset(self.target(path, target)),
            ActionKind::Seek(target, to) => {
                Do::Seek(self.target(path, target), self.seek(path, target, *to))
            }
            ActionKind::FadeTo(target, gain, stop) => {
                self.checks.within(on("gain_lin"), *gain, 0.0..=2.0);
                Do::FadeTo(self.target(path, target), *gain, *stop)
            }
            ActionKind::PostEvent(event) => place(&self.names.events, "event", event)
                .map(|event| Do::Post(EventIx(event)))
                .unwrap_or_else(|message| self.say(&on("event"), message, missing)),
            _ => self.what_value(path, kind),
        }
    }

    /// Actions that set values.
    fn what_value(&mut self, path: &str, kind: &ActionKind) -> Do {
        let mut in_range = |value: f32, least: f32, most: f32| {
            self.checks
                .within(format!("{path}.value"), value, least..=most);
            value
        };
        match kind {
            ActionKind::SetVolume(target, db) => {
                let db = in_range(*db, -96.0, 24.0);
                Do::SetVolume(self.target(path, target), db)
            }
            ActionKind::SetPitch(target, st) => {
                let st = in_range(*st, -24.0, 24.0);
                Do::SetPitch(self.target(path, target), st)
            }
            ActionKind::SetLpf(target, hz) => {
                let hz = self.cut_off(path, *hz);
                Do::SetLpf(self.target(path, target), hz)
            }
            ActionKind::SetHpf(target, hz) => {
                let hz = self.cut_off(path, *hz);
                Do::SetHpf(self.target(path, target), hz)
            }
            ActionKind::SetBusVolume(bus, db) => {
                let db = in_range(*db, -96.0, 24.0);
                place(&self.names.buses, "bus", bus)
                    .map(|bus| Do::SetBusVolume(bus, db))
                    .unwrap_or_else(|message| {
                        self.say(&format!("{path}.target"), message, Do::Nothing)
                    })
            }
            ActionKind::SetRtpc(rtpc, value) => self.set_rtpc(path, rtpc, *value),
            ActionKind::SetSignal(signal, value) => self.set_signal(path, signal, *value),
            _ => self.what_named(path, kind),
        }
    }

    /// A cut-off that opens the filter, or is one.
    fn cut_off(&mut self, path: &str, hz: f32) -> f32 {
        if hz != 0.0 && !(20.0..=20_000.0).contains(&hz) {
            let message = format!("{hz} is not in 20..=20000, and not 0, which opens the filter");
            self.checks.say(format!("{path}.value"), message);
        }
        hz
    }

    /// Actions on states, switches, music and contexts.
    fn what_named(&mut self, path: &str, kind: &ActionKind) -> Do {
        use crate::values::check::Resolve;
        let names = &self.names;
        // What was looked for under which key; a group goes before its value.
        let found = match kind {
            ActionKind::SetState(group, value) => {
                let at = names.state_group(group).map_err(|it| ("group", it));
                at.and_then(|at| {
                    let value = names.state_value(at, value).map_err(|it| ("value", it))?;
                    Ok(Do::SetState(at, value))
                })
            }
            ActionKind::SetSwitch(group, value) => {
                let at = names.switch_group(group).map_err(|it| ("group", it));
                at.and_then(|at| {
                    let value = names.switch_value(at, value).map_err(|it| ("value", it))?;
                    Ok(Do::SetSwitch(at, value))
                })
            }
            ActionKind::ResetRtpc(rtpc) => {
                let at = names.rtpc(rtpc).map_err(|it| ("rtpc", it));
                at.map(Do::ResetRtpc)
            }
            ActionKind::Trigger(stinger) => place(&names.stingers, "stinger", stinger)
                .map(|stinger| Do::Trigger(StingerIx(stinger)))
                .map_err(|it| ("stinger", it)),
            ActionKind::PlayMusic(music) => place(&names.music, "segment or playlist", music)
                .map(Do::PlayMusic)
                .map_err(|it| ("music", it)),
            ActionKind::StopMusic => Ok(Do::StopMusic),
            ActionKind::LeaveContext => Ok(Do::LeaveContext),
            ActionKind::EnterContext(context) => {
                self.context(context).map_err(|it| ("context", it))
            }
            _ => Ok(Do::Nothing),
        };
        found.unwrap_or_else(|(key, message)| {
            self.say(&format!("{path}.{key}"), message, Do::Nothing)
        })
    }

    fn set_rtpc(&mut self, path: &str, rtpc: &str, value: f32) -> Do {
        match place(&self.names.rtpcs, "RTPC", rtpc) {
            Ok(at) => {
                let range = &self.source.rtpcs[at as usize];
                let path = format!("{path}.value");
                self.checks.within(path, value, range.min..=range.max);
                Do::SetRtpc(crate::ids::RtpcIx(at), value)
            }
            Err(message) => self.say(&format!("{path}.rtpc"), message, Do::Nothing),
        }
    }

    fn set_signal(&mut self, path: &str, signal: &str, value: f32) -> Do {
        if !value.is_finite() {
            self.checks
                .say(format!("{path}.value"), format!("{value} is not a number"));
        }
        let own = self.source.adaptive.iter().flat_map(|it| &it.signals);
        let known: Vec<&str> = own
            .map(|it| it.name.as_str())
            .chain(BUILT_IN.iter().map(|it| it.0))
            .collect();
        if known.contains(&signal) {
            return Do::SetSignal(NameId::of(signal), value);
        }
        let message = unknown("signal", signal, known.into_iter());
        self.say(&format!("{path}.signal"), message, Do::Nothing)
    }

    fn context(&self, context: &str) -> Result<Do, String> {
        let known = self.source.adaptive.iter().flat_map(|it| &it.contexts);
        if known.clone().any(|it| it.name == context) {
            return Ok(Do::EnterContext(NameId::of(context)));
        }
        Err(unknown(
            "adaptive context",
            context,
            known.map(|it| it.name.as_str()),
        ))
    }

    /// A place. It has to be inside the asset where the target is a sound. `path` is that of the
    /// action.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    fn seek(&mut self, path: &str, target: &str, to: SeekTo) -> Place {
        let mut sounds = self.world.sounds.iter();
        let sound = sounds.find(|sound| sound.name == target);
        let rate = sound.map_or(1.0, |sound| sound.asset_rate);
        let asset = sound.and_then(|sound| self.asset_frames(sound));
        match to {
            SeekTo::Seconds(s) => {
                let path = format!("{path}.seconds");
                let most = asset.map_or(86_400.0, |frames| frames / rate);
                self.checks.within(path, s, 0.0..=most.min(86_400.0));
                Place::Seconds(s)
            }
            SeekTo::Samples(frame) => {
                if let Some(asset) = asset.filter(|asset| frame as f64 > *asset) {
                    let message = format!("{frame} is not in 0..={asset}, the asset");
                    self.checks.say(format!("{path}.smp"), message);
                }
                Place::Samples(frame)
            }
            SeekTo::Fraction(share) => {
                let path = format!("{path}.fraction");
                self.checks.within(path, share, 0.0..=1.0);
                Place::Share(share)
            }
        }
    }

    fn target(&mut self, path: &str, name: &str) -> Target {
        if name.is_empty() {
            return None;
        }
        self.node(&format!("{path}.target"), name)
    }

    /// Refuses events that post themselves, or too deeply.
    fn post_chains(&mut self, events: &[Event]) {
        let names = &self.names.events;
        let edges: Vec<Vec<u32>> = events
            .iter()
            .map(|event| {
                let posts = event.actions.iter().filter_map(|action| match action.what {
                    Do::Post(event) => Some(event.0),
                    _ => None,
                });
                posts.collect()
            })
            .collect();
        let texts: Vec<&str> = names.texts().collect();
        super::chains::check(
            "events",
            "events post",
            &edges,
            &texts,
            limits::POST_DEPTH,
            &mut self.checks,
        );
    }
}
