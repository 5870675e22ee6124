//! Recorded stages on the timeline, made into calls at their places.
//!
//! A clip is a game of its own: loops that its stages begin are ended by them, by its end, or by a
//! transport that stops, jumps or wraps. The calls are those of [`Control::post_stage`], made when the project is
//! loaded; the audio thread makes them as the transport passes.
//!
//! [`Control::post_stage`]: crate::Control::post_stage

use segue_dsp::math::db_to_gain;
use segue_format::project::interactive::StageClip;
use segue_middleware::adaptive::signals::BUILT_IN;
use segue_middleware::source::Adaptive;
use segue_middleware::stage::bind::{Bound, StageTable};
use segue_middleware::stage::loops::{Change, Loop, Loops};
use segue_middleware::stage::signals::SignalTracker;
use segue_middleware::stage::{Stage, StageEvent};
use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};
use segue_rt::ids::SoundId;
use segue_rt::tempo::TempoMap;
use segue_rt::timeline::{Clip, Cues, Part};

use crate::project::OpenProject;

/// What clips play is called from here on; games count from 1, and the director's own posts from 2^63.
const PLAYINGS: u64 = 1 << 63 | 1 << 52;
/// Bits of a number below that of its clip.
const CLIP_SHIFT: u32 = 32;

/// The cues of all clips, numbered from `first` on, and the frame at which the last clip ends.
pub(super) fn cues(
    open: &OpenProject,
    tempo: &TempoMap,
    first: u32,
) -> (Vec<Clip<Part>>, Cues, u64) {
    let table = open.stage_table();
    let signals = signals(open.interactive().adaptive.as_ref());
    let (mut calls, mut ends, mut end) = (Vec::new(), Vec::new(), 0);
    for (number, clip) in (0..).zip(&open.project.interactive.stages.clips) {
        let mut maker = Maker {
            table: &table,
            signals: &signals,
            rate: f64::from(tempo.sample_rate()),
            playings: PLAYINGS | (number << CLIP_SHIFT),
            loops: Loops::new(),
            tracker: SignalTracker::new(),
            calls: Vec::new(),
            begun: Vec::new(),
        };
        end = end.max(maker.play(clip, tempo));
        calls.append(&mut maker.calls);
        ends.extend(
            maker
                .begun
                .iter()
                .map(|(_, playing, fade)| stop(*playing, *fade)),
        );
    }
    // Equal frames stay as they came.
    calls.sort_by_key(|(at, _)| *at);
    let clip = |(place, (at, _)): (u32, &(u64, GameCall))| Clip {
        index: first + place,
        start_beats: tempo.beats(exact(*at)),
        length_beats: None,
        length_frames: Some(1),
        sound: SoundId::new(0, 0),
        payload: Part::Call(place),
    };
    let clips = (0..).zip(&calls).map(clip).collect();
    let calls = calls.into_iter().map(|(_, call)| call).collect();
    let ends = ends.into();
    (clips, Cues { calls, ends }, end)
}

/// The signals that a project with these adaptive layers has.
pub(crate) fn signals(adaptive: Option<&Adaptive>) -> Vec<NameId> {
    let built_in = adaptive.map_or(&[][..], |_| &BUILT_IN[..]);
    let own = adaptive.iter().flat_map(|it| &it.signals);
    let built_in = built_in.iter().map(|(name, _)| NameId::of(name));
    own.map(|it| NameId::of(&it.name)).chain(built_in).collect()
}

/// Makes calls of the stages of one clip.
struct Maker<'a> {
    table: &'a StageTable,
    signals: &'a [NameId],
    rate: f64,
    /// Numbers of what it plays begin here.
    playings: u64,
    loops: Loops,
    tracker: SignalTracker,
    calls: Vec<(u64, GameCall)>,
    /// Loops that it has begun, what they play, and the frames of their fade. A loop that begins
    /// again plays under the same number.
    begun: Vec<(Loop, PlayingId, u32)>,
}

impl Maker<'_> {
    /// The frame at which the clip ends.
    fn play(&mut self, clip: &StageClip, tempo: &TempoMap) -> u64 {
        let start = tempo.frame(clip.at_beats);
        for (ms, event) in clip.stages() {
            self.stage(start + self.frames(ms), &event);
        }
        let end = start + self.frames(clip.end_ms());
        for over in self.loops.end_all() {
            self.end(over, end);
        }
        end
    }

    fn stage(&mut self, at: u64, event: &StageEvent) {
        let change = self.loops.take(&event.stage);
        for over in change.ended.iter().chain(&change.cut) {
            self.end(*over, at);
        }
        if matches!(event.stage, Stage::UiSpinPress {}) {
            self.calls.push((at, GameCall::NewSpin));
        }
        for (signal, value) in self.tracker.take(event) {
            let signal = NameId::of(signal);
            // Signals that the project does not have are nobody's business.
            if self.signals.contains(&signal) {
                self.calls.push((at, GameCall::Signal { signal, value }));
            }
        }
        let bound = self.table.find(event);
        if let Some(bound) = bound.and_then(|at| self.table.bound().get(at)) {
            let bound = bound.clone();
            self.post(at, event, &bound, &change);
        }
    }

    fn post(&mut self, at: u64, event: &StageEvent, bound: &Bound, change: &Change) {
        for (field, rtpc) in &bound.rtpcs {
            if let Some(value) = self.table.number_of(event, field) {
                let call = GameCall::SetRtpc {
                    rtpc: NameId::of(rtpc),
                    object: ObjectId::GLOBAL,
                    playing: PlayingId(0),
                    value: crate::to_f32(value),
                    ramp: 0,
                };
                self.calls.push((at, call));
            }
        }
        let loops = event.stage.id().loops() && !bound.each;
        if loops && change.goes_on {
            return;
        }
        let playing = match change.begun.filter(|_| loops) {
            Some(begun) => self.begin(begun, bound.fade_s),
            None => self.next_playing(),
        };
        let call = GameCall::Post {
            event: NameId::of(&bound.event),
            object: ObjectId::GLOBAL,
            emitter: 0,
            gain: db_to_gain(event.gain_db),
            playing,
        };
        self.calls.push((at, call));
    }

    fn begin(&mut self, begun: Loop, fade_s: f64) -> PlayingId {
        if let Some((_, playing, _)) = self.begun.iter().find(|(it, ..)| *it == begun) {
            return *playing;
        }
        let playing = self.next_playing();
        let fade = u32::try_from(self.frames(fade_s * 1000.0)).unwrap_or(u32::MAX);
        self.begun.push((begun, playing, fade));
        playing
    }

    fn end(&mut self, over: Loop, at: u64) {
        let begun = self.begun.iter().find(|(it, ..)| *it == over);
        if let Some((_, playing, fade)) = begun {
            self.calls.push((at, stop(*playing, *fade)));
        }
    }

    fn next_playing(&mut self) -> PlayingId {
        self.playings += 1;
        PlayingId(self.playings)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most two days of frames, and not negative"
    )]
    fn frames(&self, ms: f64) -> u64 {
        (ms / 1000.0 * self.rate).round() as u64
    }
}

fn stop(playing: PlayingId, fade: u32) -> GameCall {
    GameCall::StopPlaying { playing, fade }
}

#[expect(clippy::cast_precision_loss, reason = "frames far below 2^53")]
fn exact(frames: u64) -> f64 {
    frames as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{open, testing};
    use serde_json::json;

    /// What the adaptive layers hear of a clip's stages: the signals that every profile has, and none
    /// where there is no profile.
    #[test]
    fn clips_move_built_in_signals() {
        let folder = tempfile::tempdir().unwrap();
        testing::wav(&folder.path().join("assets/hit.wav"), 2_000);
        let step = json!({"type": "feature_step", "index": 2, "multiplier": 3.0});
        let mut project = json!({"format": "segue.project", "version": 1, "name": "G",
        "assets": [{"id": "hit", "file": "assets/hit.wav"}],
        "interactive": {
            "adaptive": {"contexts": {"BASE": {"levels": [[{"asset": "hit"}]]}}},
            "stages": {"clips": [{"name": "A", "at_beats": 1, "events":
                [{"timestamp_ms": 10, "stage": step}]}]},
        }});
        let signals = |project: &serde_json::Value| {
            let file = folder.path().join("project.json");
            std::fs::write(file, project.to_string()).unwrap();
            let open = open(folder.path()).unwrap();
            let tempo = super::super::score::tempo(&open.project, 48_000).unwrap();
            let (clips, cues, _) = cues(&open, &tempo, 0);
            let at = |clip: &Clip<Part>| tempo.frame(clip.start_beats);
            assert!(clips.iter().all(|clip| at(clip) == 24_480));
            let value = |call: &GameCall| match call {
                GameCall::Signal { signal, value } => Some((*signal, *value)),
                _ => None,
            };
            cues.calls.iter().filter_map(value).collect::<Vec<_>>()
        };
        let with = signals(&project);
        assert!(with.contains(&(NameId::of("multiplier"), 3.0)), "{with:?}");
        assert!(with.contains(&(NameId::of("spins_in_feature"), 3.0)));
        let interactive = project["interactive"].as_object_mut().unwrap();
        interactive.remove("adaptive");
        assert_eq!(signals(&project), []);
    }
}
