//! The spins that a conversation has shown, and one of them that is played again.

use crate::effect::Effect;
use segue_middleware::stage::{Stage, StageEvent};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Spins that are listed; of one more the oldest goes.
pub(super) const SPINS_MAX: usize = 256;
/// Stages of a spin that are kept; one with more is listed and cannot be played.
pub(super) const STAGES_MAX: usize = 1024;
/// Stages of all spins that are kept; of more the oldest spin's go.
const KEPT_MAX: usize = 4096;
/// Longest spin that is kept, in seconds.
const LENGTH_MAX_S: f64 = 3600.0;
/// Stages of this group are between spins: idle, menus, autoplay.
const BETWEEN: u16 = 0x09;

/// A stage and its frames behind the first of its spin.
type Kept = (u64, StageEvent);

#[derive(Debug)]
struct Spin {
    id: u64,
    first: u64,
    last: u64,
    count: u64,
    stages: Option<Vec<Kept>>,
}

impl Spin {
    /// Forgets its stages; how many there were.
    fn forget(&mut self) -> usize {
        self.stages.take().map_or(0, |stages| stages.len())
    }
}

/// The spins of one conversation, from a `ui_spin_press` to the next. Bounded: 256 spins, 4096 stages.
#[derive(Debug, Default)]
pub(super) struct Spins {
    list: VecDeque<Spin>,
    shown: u64,
    kept: usize,
}

impl Spins {
    /// A stage is heard at frame `at`.
    pub(super) fn heard(&mut self, at: u64, rate: f64, event: &StageEvent) {
        if matches!(event.stage, Stage::UiSpinPress {}) {
            self.begin(at);
        } else if event.stage.id().0 >> 8 == BETWEEN {
            return;
        }
        let Some(spin) = self.list.back_mut() else {
            return;
        };
        spin.count += 1;
        spin.last = spin.last.max(at);
        let offset = at.saturating_sub(spin.first);
        match &mut spin.stages {
            Some(stages) if stages.len() < STAGES_MAX && seconds(offset, rate) <= LENGTH_MAX_S => {
                stages.push((offset, event.clone()));
                self.kept += 1;
            }
            Some(_) => self.kept -= spin.forget(),
            None => {}
        }
        while self.kept > KEPT_MAX
            && let Some(oldest) = self.list.iter_mut().find(|spin| spin.stages.is_some())
        {
            self.kept -= oldest.forget();
        }
    }

    fn begin(&mut self, at: u64) {
        if self.list.len() == SPINS_MAX
            && let Some(mut oldest) = self.list.pop_front()
        {
            self.kept -= oldest.forget();
        }
        self.shown += 1;
        self.list.push_back(Spin {
            id: self.shown,
            first: at,
            last: at,
            count: 0,
            stages: Some(Vec::new()),
        });
    }

    /// For an answer to `get_spin_list`.
    pub(super) fn write(&self, rate: f64) -> Value {
        let spin = |spin: &Spin| {
            json!({"spin_id": spin.id, "first_smp": spin.first, "stages": spin.count,
                "length_ms": ms(spin.last - spin.first, rate), "kept": spin.stages.is_some()})
        };
        let spins: Vec<Value> = self.list.iter().map(spin).collect();
        json!({"shown": self.shown, "spins": spins})
    }

    /// A spin of the list, to be played from its beginning.
    ///
    /// # Errors
    /// Why it cannot be.
    pub(super) fn playback(&self, id: u64) -> Result<Playback, String> {
        let Some(spin) = self.list.iter().find(|spin| spin.id == id) else {
            let ends = self.list.front().zip(self.list.back());
            let there = ends.map_or("none yet".to_owned(), |(first, last)| {
                format!("{} to {}", first.id, last.id)
            });
            return Err(format!(
                "args: there is no spin {id}; get_spin_list has {there}"
            ));
        };
        let Some(stages) = &spin.stages else {
            return Err(format!(
                "unsupported: the stages of spin {id} are not kept, as it has more than {STAGES_MAX}, is longer \
                 than an hour, or {KEPT_MAX} came after them; a trace has them: segue ingest run --trace, then \
                 segue ingest replay"
            ));
        };
        Ok(Playback {
            spin: id,
            length: stages.last().map_or(0, |(offset, _)| *offset),
            stages: stages.clone(),
            next: 0,
            n: 0,
            at: 0,
            from: 0,
        })
    }
}

/// A spin that is played again.
#[derive(Debug)]
pub(super) struct Playback {
    spin: u64,
    stages: Vec<Kept>,
    /// Frames of it.
    length: u64,
    /// The stage that is carried out next.
    next: usize,
    /// The message that planned what comes.
    n: u64,
    /// At this frame it was at `from` frames of the spin.
    at: u64,
    from: u64,
}

impl Playback {
    /// Frames of the spin at frame `now`; as they stand where it does not go on.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an hour of frames, and not negative"
    )]
    fn position(&self, now: u64, speed: Option<f64>) -> u64 {
        let passed = now.saturating_sub(self.at) as f64 * speed.unwrap_or(0.0);
        self.from.saturating_add(passed as u64).min(self.length)
    }

    /// Where it stands at frame `now` is where the rest goes on.
    fn hold(&mut self, now: u64, speed: Option<f64>) {
        self.from = self.position(now, speed);
        self.at = now;
    }

    /// Goes to this many frames of the spin.
    fn seek(&mut self, from: u64) {
        self.from = from;
        self.next = self.stages.partition_point(|(offset, _)| *offset < from);
    }

    /// What is to be heard yet, where it goes on at frame `at`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "ten hours of frames, and not negative"
    )]
    fn rest(&self, at: u64, speed: f64) -> impl Iterator<Item = (u64, Effect)> {
        let rest = self.stages.get(self.next..).unwrap_or_default().iter();
        rest.map(move |(offset, event)| {
            let wait = offset.saturating_sub(self.from) as f64 / speed;
            let effect = Effect::Stage(Box::new(event.clone()));
            (at.saturating_add(wait.round() as u64), effect)
        })
    }
}

/// What a conversation has shown and plays again.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) spins: Spins,
    playback: Option<Playback>,
    speed: f64,
    pub(super) is_paused: bool,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            spins: Spins::default(),
            playback: None,
            speed: 1.0,
            is_paused: false,
        }
    }
}

impl Shown {
    /// Whether something is played again, be it at its end.
    pub(super) const fn is_again(&self) -> bool {
        self.playback.is_some()
    }

    /// The message that planned what is played again.
    pub(super) fn planned_by(&self) -> Option<u64> {
        self.playback.as_ref().map(|it| it.n)
    }

    /// A stage of message `n` is carried out. True where it is of a spin that is played again.
    pub(super) fn again(&mut self, n: u64) -> bool {
        let playback = self.playback.as_mut().filter(|it| it.n == n);
        playback.is_some_and(|it| {
            it.next += 1;
            true
        })
    }

    /// Nothing is played again, and nothing is paused.
    pub(super) fn stop(&mut self) {
        self.playback = None;
        self.is_paused = false;
    }

    pub(super) fn play(&mut self, playback: Playback) {
        self.stop();
        self.playback = Some(playback);
    }

    fn going(&self) -> Option<f64> {
        (!self.is_paused).then_some(self.speed)
    }

    /// Pauses or goes on at frame `now`.
    pub(super) fn pause(&mut self, on: bool, now: u64) {
        self.hold(now);
        self.is_paused = on;
    }

    /// Plays spins at this speed from frame `now` on.
    pub(super) fn set_speed(&mut self, speed: f64, now: u64) {
        self.hold(now);
        self.speed = speed;
    }

    fn hold(&mut self, now: u64) {
        let going = self.going();
        if let Some(playback) = &mut self.playback {
            playback.hold(now, going);
        }
    }

    /// Goes to a place of what is played again, in ms.
    ///
    /// # Errors
    /// There is none, or it is shorter.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the spin, and not negative"
    )]
    pub(super) fn seek(&mut self, to_ms: f64, rate: f64) -> Result<(), String> {
        let Some(playback) = &mut self.playback else {
            let text = "args: seek moves in a spin that play_spin plays, and none is played";
            return Err(text.to_owned());
        };
        let length = ms(playback.length, rate);
        if !(0.0..=length).contains(&to_ms) {
            return Err(format!("args: ms: {to_ms} is not in 0..={length}"));
        }
        playback.seek((to_ms / 1000.0 * rate).round() as u64);
        Ok(())
    }

    /// Stages that are to be heard yet, from frame `at` on; none while it is paused.
    pub(super) fn rest(&self, at: u64) -> Vec<(u64, Effect)> {
        let playback = self.playback.as_ref().filter(|_| !self.is_paused);
        playback.map_or_else(Vec::new, |it| it.rest(at, self.speed).collect())
    }

    /// The rest was planned by message `n` from frame `at` on.
    pub(super) fn planned(&mut self, n: u64, at: u64) {
        if let Some(playback) = &mut self.playback {
            playback.n = n;
            playback.at = at;
        }
    }

    /// For an answer to `get_state`, at frame `now`.
    pub(super) fn write(&self, now: u64, rate: f64) -> Value {
        let spin = self.playback.as_ref().map(|it| {
            let position = it.position(now, self.going());
            json!({"spin_id": it.spin, "ms": ms(position, rate), "length_ms": ms(it.length, rate)})
        });
        json!({"paused": self.is_paused, "speed": self.speed, "spin": spin})
    }
}

#[expect(clippy::cast_precision_loss, reason = "frames far below 2^53")]
fn seconds(frames: u64, rate: f64) -> f64 {
    frames as f64 / rate
}

/// Rounded to a thousandth.
fn ms(frames: u64, rate: f64) -> f64 {
    (seconds(frames, rate) * 1e6).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(stage: Stage) -> StageEvent {
        StageEvent::new(stage, 0.0)
    }

    #[test]
    fn only_so_many_spins_and_stages_are_kept() {
        let mut spins = Spins::default();
        spins.heard(0, 48_000.0, &event(Stage::SpinEnd {}));
        for n in 0..300 {
            spins.heard(n * 1000, 48_000.0, &event(Stage::UiSpinPress {}));
            spins.heard(n * 1000 + 1, 48_000.0, &event(Stage::IdleLoop {}));
            for tick in 0..39 {
                spins.heard(n * 1000 + tick, 48_000.0, &event(Stage::EvaluateWins {}));
            }
        }
        let list = spins.write(48_000.0);
        let list = list["spins"].as_array().unwrap();
        let ends = [&list[0]["spin_id"], &list[255]["spin_id"]];
        assert_eq!((list.len(), ends), (SPINS_MAX, [&json!(45), &json!(300)]));
        assert!(list.iter().all(|spin| spin["stages"] == 40));
        let kept = list.iter().filter(|spin| spin["kept"] == true).count();
        assert_eq!((kept, spins.kept), (102, 102 * 40));
        assert!(spins.playback(44).unwrap_err().contains("has 45 to 300"));
        assert!(spins.playback(45).unwrap_err().starts_with("unsupported: "));
        assert_eq!(spins.playback(300).unwrap().stages.len(), 40);
    }

    #[test]
    fn a_spin_of_too_many_stages_is_listed_and_not_kept() {
        for (count, is_kept) in [(STAGES_MAX, true), (STAGES_MAX + 1, false)] {
            let mut spins = Spins::default();
            spins.heard(0, 48_000.0, &event(Stage::UiSpinPress {}));
            for _ in 1..count {
                spins.heard(5, 48_000.0, &event(Stage::EvaluateWins {}));
            }
            assert_eq!(spins.playback(1).is_ok(), is_kept, "{count}");
            assert_eq!(spins.kept, if is_kept { count } else { 0 });
        }
    }
}
