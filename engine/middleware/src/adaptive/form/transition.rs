//! How a change of level is heard.

use segue_rt::game::NameId;

use super::Builder;
use crate::adaptive::lookup::{Checks, frames};
use crate::limits::ADAPTIVE_TRANSITIONS;
use crate::music::FadeForm;
use crate::music::build::{check_fade, check_sync, max_wait};
use crate::source::{self, LevelTransition, Sync};

/// Of a duck whose times nobody gave.
const DUCK_MS: [f32; 2] = [50.0, 200.0];

#[derive(Clone, Debug)]
pub(crate) struct TransitionForm {
    pub(crate) id: NameId,
    pub(crate) sync: Sync,
    /// Frames; `u64::MAX` is without end.
    pub(crate) max_wait: u64,
    pub(crate) fade_in: FadeForm,
    pub(crate) fade_out: FadeForm,
    pub(crate) overlap: u32,
    pub(crate) duck: Option<DuckForm>,
}

/// A duck in frames.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DuckForm {
    pub(crate) db: f32,
    pub(crate) attack: u32,
    pub(crate) release: u32,
}

impl DuckForm {
    /// With the times of a duck whose times nobody gave.
    pub(crate) fn plain(db: f32, sample_rate: f64) -> Self {
        let [attack, release] = DUCK_MS.map(|ms| frames(ms, sample_rate));
        Self {
            db,
            attack,
            release,
        }
    }
}

/// The four that are always there: name, sync, longest wait, fade in, fade out and overlap in ms,
/// duck.
const ALWAYS: [(&str, Sync, [f32; 4], Option<f32>); 4] = [
    (
        "upshift_energetic",
        Sync::Beat,
        [500.0, 250.0, 200.0, 100.0],
        Some(-4.0),
    ),
    (
        "downshift_smooth",
        Sync::Bar,
        [1000.0, 500.0, 600.0, 300.0],
        None,
    ),
    (
        "feature_enter",
        Sync::NextDownbeat,
        [2000.0, 400.0, 300.0, 200.0],
        Some(-8.0),
    ),
    (
        "feature_exit",
        Sync::Phrase,
        [4000.0, 1000.0, 1500.0, 500.0],
        None,
    ),
];

/// The names of a profile's transitions, then those of the four that it does not list.
pub(super) fn names(source: &source::Adaptive) -> Vec<String> {
    let mut names: Vec<String> = source
        .transitions
        .iter()
        .map(|it| it.name.clone())
        .collect();
    let missing = ALWAYS
        .iter()
        .filter(|it| !source.transitions.iter().any(|o| o.name == it.0));
    names.extend(missing.map(|it| it.0.to_owned()));
    names
}

impl Builder<'_> {
    /// In the order of [`names`].
    pub(super) fn transitions(&mut self, list: &[LevelTransition]) -> Box<[TransitionForm]> {
        self.checks.count(
            "transitions",
            "transitions",
            list.len(),
            ADAPTIVE_TRANSITIONS,
        );
        let names: Vec<&str> = list.iter().map(|it| &*it.name).collect();
        self.checks.names("transitions", &names);
        let listed = list.iter().enumerate();
        let mut forms: Vec<TransitionForm> = listed
            .map(|(n, it)| {
                transition(
                    self.checks,
                    &format!("transitions[{n}]"),
                    it,
                    self.sample_rate,
                )
            })
            .collect();
        for it in ALWAYS.iter().filter(|it| !names.contains(&it.0)) {
            forms.push(always(it, self.sample_rate));
        }
        forms.into_boxed_slice()
    }
}

fn transition(checks: &mut Checks, path: &str, it: &LevelTransition, rate: f64) -> TransitionForm {
    let sub = |key: &str| format!("{path}.{key}");
    let attack = checks.frames(&sub("attack_ms"), it.attack_ms, 5000.0, rate);
    let release = checks.frames(&sub("release_ms"), it.release_ms, 10_000.0, rate);
    TransitionForm {
        id: NameId::of(&it.name),
        sync: check_sync(checks, &sub("sync"), it.sync),
        max_wait: max_wait(checks, &sub("max_wait_ms"), it.max_wait_ms, rate),
        fade_in: check_fade(checks, &sub("fade_in"), &it.fade_in, rate),
        fade_out: check_fade(checks, &sub("fade_out"), &it.fade_out, rate),
        overlap: checks.frames(&sub("overlap_ms"), it.overlap_ms, 600_000.0, rate),
        duck: it.duck_db.map(|db| DuckForm {
            db: checks.range(&sub("duck_db"), db, -96.0, 0.0),
            attack,
            release,
        }),
    }
}

fn always(
    &(name, sync, [wait, fade_in, fade_out, overlap], duck): &(&str, Sync, [f32; 4], Option<f32>),
    rate: f64,
) -> TransitionForm {
    let fade = |ms| FadeForm::frames(frames(ms, rate));
    TransitionForm {
        id: NameId::of(name),
        sync,
        max_wait: u64::from(frames(wait, rate)),
        fade_in: fade(fade_in),
        fade_out: fade(fade_out),
        overlap: frames(overlap, rate),
        duck: duck.map(|db| DuckForm::plain(db, rate)),
    }
}
