//! What a game asks Segue for.

use super::spins::{STAGES_MAX, Shown};
use super::{CALLS_OF_A_STAGE, Item, Live, LiveRow, Origin, Place, Said, Sink};
use crate::effect::{Effect, NAME_MAX};
use crate::hub::Peer;
use crate::schedule::SCHEDULE_MAX;
use serde_json::{Value, json};

/// What either side may ask of the other; Segue does all of it, and its hello says so.
pub const CAPABILITIES: [&str; 13] = [
    "play_spin",
    "pause",
    "resume",
    "stop",
    "seek",
    "set_speed",
    "set_timing_profile",
    "get_state",
    "get_spin_list",
    "get_capabilities",
    "trigger_event",
    "set_parameter",
    "custom",
];

/// How fast spins may be played again.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=10.0;

impl Live {
    /// Carries out what a game asks for; what it brought, or why not.
    pub(super) fn command(
        &mut self,
        peer: Peer,
        name: &str,
        args: &Value,
        sink: &mut dyn Sink,
        place: Place,
    ) -> Result<Value, String> {
        let asked = Asked { peer, name, args };
        match name {
            "get_capabilities" => Ok(json!(CAPABILITIES)),
            "get_state" => Ok(self.state_of(peer, place)),
            "get_spin_list" => {
                let rate = self.rate;
                Ok(self.shown(peer).spins.write(rate))
            }
            "trigger_event" | "set_parameter" | "stop" => self.at_once(&asked, sink, place),
            "pause" | "resume" => self.pause(&asked, name == "pause", place),
            "play_spin" => self.play_spin(&asked, place),
            "seek" => self.seek(&asked, place),
            "set_speed" => self.set_speed(&asked, place),
            "set_timing_profile" => self.set_profile(&asked, place),
            "custom" => {
                self.order(&asked, Vec::new(), place);
                let value = json!({"src": self.source(peer), "args": args});
                self.tell(LiveRow::new("custom", None, value));
                Ok(Value::Null)
            }
            _ => {
                let known = CAPABILITIES.join(", ");
                let name: String = name.chars().take(NAME_MAX).collect();
                Err(format!(
                    "unknown: there is no command {name:?}; there are {known}"
                ))
            }
        }
    }

    fn state_of(&mut self, peer: Peer, place: Place) -> Value {
        let open = self.games.open_of(peer);
        let open = open.map(|it| json!({"stage": it.stage.name(), "reel": it.reel}));
        let open: Vec<Value> = open.collect();
        let rate = self.rate;
        let mut state = self.shown(peer).write(place.next_frame, rate);
        state["messages"] = self.summary.messages.into();
        state["stages"] = self.summary.stage_count().into();
        state["loops"] = open.into();
        state["timing_profile"] = self.games.profile(peer).into();
        state
    }

    /// What is carried out before its answer, which tells what it plays.
    fn at_once(
        &mut self,
        asked: &Asked<'_>,
        sink: &mut dyn Sink,
        place: Place,
    ) -> Result<Value, String> {
        let Asked { peer, name, .. } = *asked;
        let Some(effect) = asked.effect() else {
            let wanted = match name {
                "trigger_event" => "event, a name",
                _ => "name, a name, and value, a number",
            };
            return Err(format!(
                "args: {name} needs {wanted}; object, a name, may be there too"
            ));
        };
        let is_stop = effect == Effect::EndStages;
        if is_stop {
            // What is due already comes before its end.
            self.carry_out_due(sink, place);
        }
        if sink.room() < CALLS_OF_A_STAGE {
            return Err("busy".to_owned());
        }
        let message = self.own_message(place, asked.data());
        let order = self.schedule.next_order();
        let at = self.in_order(place.next_frame, order, place.next_frame);
        let game = self.source(peer);
        let carried = sink.carry_out(at, &game, &effect);
        let carried = carried.map_err(|refusal| match refusal.code {
            "unknown" | "argument" => format!("args: {}", refusal.text),
            "queue_full" => "busy".to_owned(),
            _ => refusal.text,
        })?;
        if let Some(talker) = self.peers.get_mut(&peer) {
            talker.spoke = true;
        }
        if is_stop {
            // The ends of what it would begin may never come.
            self.forget_planned(peer, None);
            self.shown(peer).stop();
        }
        let calls = [(at, effect)];
        let said = Said {
            at,
            ..self.own(peer, &message, place)
        };
        let n = said.n;
        self.record(&said, &calls);
        let [(_, effect)] = calls;
        let item = Item {
            of: Origin { peer, n, seq: 0 },
            call: 0,
            effect,
        };
        self.carried_out(at, &item, &carried);
        Ok(json!({"playing": carried.playing}))
    }

    /// Everything that the game plays is paused, or goes on; also a spin that is played again.
    fn pause(&mut self, asked: &Asked<'_>, on: bool, place: Place) -> Result<Value, String> {
        let shown = self.shown(asked.peer);
        if shown.is_paused != on {
            if shown.is_again() {
                self.room_for_spin()?;
            }
            self.shown(asked.peer).pause(on, place.next_frame);
            self.plan_rest(asked, vec![Effect::Pause { on }], place);
        }
        Ok(json!({"paused": on}))
    }

    fn play_spin(&mut self, asked: &Asked<'_>, place: Place) -> Result<Value, String> {
        let id = asked.args.get("spin_id").and_then(Value::as_u64);
        let id = id.ok_or("args: play_spin needs spin_id, a whole number of get_spin_list")?;
        let playback = self.shown(asked.peer).spins.playback(id)?;
        self.room_for_spin()?;
        // It begins where nothing else of this game is heard.
        self.forget_planned(asked.peer, None);
        self.shown(asked.peer).play(playback);
        self.plan_rest(asked, vec![Effect::EndStages], place);
        Ok(self.playing_again(asked.peer, place))
    }

    fn seek(&mut self, asked: &Asked<'_>, place: Place) -> Result<Value, String> {
        let to_ms = asked.number("ms")?;
        self.room_for_spin()?;
        let rate = self.rate;
        let shown = self.shown(asked.peer);
        shown.seek(to_ms, rate)?;
        let is_paused = shown.is_paused;
        let mut first = vec![Effect::EndStages];
        // The end of what it played is the end of its pause too.
        first.extend(is_paused.then_some(Effect::Pause { on: true }));
        self.plan_rest(asked, first, place);
        Ok(self.playing_again(asked.peer, place))
    }

    fn set_speed(&mut self, asked: &Asked<'_>, place: Place) -> Result<Value, String> {
        let speed = asked.number("speed")?;
        if !SPEEDS.contains(&speed) {
            return Err(format!("args: speed: {speed} is not in 0.1..=10"));
        }
        self.room_for_spin()?;
        self.shown(asked.peer).set_speed(speed, place.next_frame);
        self.plan_rest(asked, Vec::new(), place);
        Ok(json!({"speed": speed}))
    }

    fn set_profile(&mut self, asked: &Asked<'_>, place: Place) -> Result<Value, String> {
        let name = asked.text("profile");
        let name = name.ok_or("args: set_timing_profile needs profile, a name")?;
        let games = &mut self.games;
        games
            .set_profile(asked.peer, &name, &self.adapter)
            .map_err(|error| format!("args: profile: {error}"))?;
        self.order(asked, Vec::new(), place);
        let value = json!({"src": self.source(asked.peer), "profile": name});
        self.tell(LiveRow::new("timing_profile", None, value));
        Ok(json!({"profile": name}))
    }

    fn playing_again(&mut self, peer: Peer, place: Place) -> Value {
        let rate = self.rate;
        self.shown(peer).write(place.next_frame, rate)["spin"].take()
    }

    /// The rest of a spin must fit into the schedule as a whole.
    fn room_for_spin(&self) -> Result<(), String> {
        match self.schedule.len() + STAGES_MAX + 2 > SCHEDULE_MAX {
            true => Err("busy".to_owned()),
            false => Ok(()),
        }
    }

    /// Plans these effects, and what is to be heard yet of the spin that is played again.
    fn plan_rest(&mut self, asked: &Asked<'_>, first: Vec<Effect>, place: Place) {
        let (peer, at) = (asked.peer, place.next_frame);
        if let Some(n) = self.shown(peer).planned_by() {
            self.forget_planned(peer, Some(n));
        }
        let mut calls: Vec<_> = first.into_iter().map(|effect| (at, effect)).collect();
        calls.extend(self.shown(peer).rest(at));
        let n = self.order(asked, calls, place);
        self.shown(peer).planned(n, at);
    }

    /// Records what was asked for with what it does, and plans that.
    fn order(&mut self, asked: &Asked<'_>, calls: Vec<(u64, Effect)>, place: Place) -> u64 {
        let peer = asked.peer;
        self.peers.entry(peer).or_default().spoke = true;
        let message = self.own_message(place, asked.data());
        let said = self.own(peer, &message, place);
        let n = said.n;
        self.enter(&said, calls, place);
        n
    }

    fn shown(&mut self, peer: Peer) -> &mut Shown {
        &mut self.peers.entry(peer).or_default().shown
    }
}

/// A command of a game.
struct Asked<'a> {
    peer: Peer,
    name: &'a str,
    args: &'a Value,
}

impl Asked<'_> {
    /// As traces have it.
    fn data(&self) -> Value {
        json!({"command": self.name, "args": self.args})
    }

    fn text(&self, key: &str) -> Option<String> {
        let text = self.args.get(key).and_then(Value::as_str);
        let text = text.filter(|text| text.chars().count() <= NAME_MAX);
        text.map(str::to_owned)
    }

    fn number(&self, key: &str) -> Result<f64, String> {
        let number = self.args.get(key).and_then(Value::as_f64);
        number.ok_or_else(|| format!("args: {} needs {key}, a number", self.name))
    }

    /// What `trigger_event`, `set_parameter` and `stop` do.
    fn effect(&self) -> Option<Effect> {
        let object = self.text("object").unwrap_or_default();
        match self.name {
            "trigger_event" => self
                .text("event")
                .map(|name| Effect::Event { name, object }),
            "set_parameter" => {
                let value = self.args.get("value");
                let call = json!({"rtpc": self.text("name"), "value": value, "object": object});
                Effect::read(&call).ok()
            }
            _ => Some(Effect::EndStages),
        }
    }
}
