//! Contexts: situations of the game with their own music.

use super::super::super::check::Checker;
use super::super::json::check_foreign;
use super::super::lower::Lower;
use super::super::music::MusicFade;
use crate::json::path::Path;
use segue_middleware::source;
use source::{ArcForm, Sync};

object! {
    /// A situation of the game with its own music; its name is the key that it has.
    pub struct Context {
        /// For people: `A minor`.
        key: String = String::new(),
        /// Beats (of the note value in `signature`) a minute; default 120.
        bpm: f64 = 120.0,
        /// Beats a bar and their note value; default 4/4.
        signature: [u8; 2] = [4, 4],
        /// Levels from 0 up, at most 5, each with at most 8 layers.
        levels: Vec<Vec<Layer>> = Vec::new(),
        /// The level it begins with.
        entry: ContextEntry = ContextEntry::default(),
        /// Played when it begins.
        entry_stinger: Option<String> = None,
        /// What the music does meanwhile; default -12 dB.
        entry_stinger_duck_db: f64 = -12.0,
        /// How it ends.
        exit: ContextExit = ContextExit::default(),
        /// Bounds of its levels.
        constraints: Constraints = Constraints::default(),
        /// How its level develops by itself.
        arc: Arc = Arc::default(),
    }
}

object! {
    /// One sound of a level.
    pub struct Layer {
        /// Sound or container, or a track of the asset manifest.
        asset: String = String::new() => needed,
        /// Added, in dB.
        gain_db: f64 = 0.0,
        /// -1 to 1.
        pan: f64 = 0.0,
        /// Loop in frames of the asset; end 0 is the whole.
        loop_start_smp: u64 = 0,
        /// Loop in frames of the asset; end 0 is the whole.
        loop_end_smp: u64 = 0,
    }
}

object! {
    /// The level a context begins with.
    pub struct ContextEntry {
        @#[doc = "How it is found."] way: EntryWay,
    }
    checked by check_entry
}

fn check_entry(entry: &ContextEntry, at: Path<'_>, c: &mut Checker) {
    check_foreign(&entry.way, &entry.extra, at, c);
}

variants! {
    /// How the first level of a context is found.
    pub enum EntryWay by "type" default Fixed {
        /// This one.
        "fixed" Fixed {
            /// The level.
            level: u8 = 0,
        }
        /// By the strength of the trigger: the last entry that is not above it.
        "trigger_strength" TriggerStrength {
            /// Ascending.
            map: Vec<LevelChoice> = Vec::new(),
        }
        /// That of the context before.
        "inherit" Inherit {}
        /// By the signal `momentum`, over the levels there are.
        "momentum_inherit" MomentumInherit {}
    }
}

object! {
    /// From this strength on, this level.
    pub struct LevelChoice {
        /// 0 to 1.
        strength: f64 = 0.0,
        /// The level.
        level: u8 = 0,
    }
}

object! {
    /// How a context ends.
    pub struct ContextExit {
        /// The next context; default `BASE`.
        return_to: String = "BASE".to_owned(),
        /// Its level there; absent: that context's own entry.
        level: Option<u8> = None,
        /// At 90 % of the feature, or when 2 spins are left, its level goes to 2.
        wind_down: bool = false,
        /// Of the change; default 2000 ms.
        fade_ms: f64 = 2_000.0,
        /// Of the change; default 500 ms.
        overlap_ms: f64 = 500.0,
        /// By the size of the result.
        summary_stingers: SummaryStingers = SummaryStingers::default(),
    }
}

object! {
    /// Stingers of the end of a context.
    pub struct SummaryStingers {
        /// For a small result.
        small: Option<String> = None,
        /// For a big one.
        big: Option<String> = None,
        /// For a mega one.
        mega: Option<String> = None,
    }
}

object! {
    /// Bounds of a context's levels.
    pub struct Constraints {
        /// Least level.
        min: u8 = 0,
        /// Largest level; default 4.
        max: u8 = 4,
        /// Between two changes; default 1500 ms.
        cooldown_ms: f64 = 1_500.0,
        /// Most changes between two spins; default 2.
        max_changes_per_spin: u8 = 2,
    }
}

object! {
    /// How the level of a context develops by itself.
    pub struct Arc {
        /// The form.
        form: ArcForm = ArcForm::DataDriven,
        /// Phases over the context's progress, of equal length.
        phases: Vec<ArcPhase> = Vec::new(),
    }
}

object! {
    /// One phase of an arc.
    pub struct ArcPhase {
        /// Added to requested levels, in levels.
        bias: f64 = 0.0,
        /// Least level.
        min: u8 = 0,
        /// Largest level; default 4.
        max: u8 = 4,
    }
}

object! {
    /// What keeps levels from flapping.
    pub struct Stability {
        /// After a change only rules that need no expired hold pass; default 2000 ms.
        hold_ms: f64 = 2_000.0,
        /// After a change nothing passes; default 500 ms.
        cooldown_ms: f64 = 500.0,
        /// Factors of ½ for the strength that a change from level 0 to 4 needs.
        inertia: [f64; 5] = [1.0, 1.2, 1.5, 1.8, 2.0],
        /// A request against the mean of the last directions fails from this mean on; default 0.3.
        momentum: f64 = 0.3,
        /// Unchanged for so long, the level decays; default 5000 ms.
        decay_after_ms: f64 = 5_000.0,
        /// Levels a second; default 0.5.
        decay_per_s: f64 = 0.5,
        /// Down or up to here; default 1.
        baseline: f64 = 1.0,
        /// Must be false: there is nothing to fetch ahead.
        prediction: bool = false,
    }
}

object! {
    /// How a change of level is heard; its name is the key that it has.
    pub struct LevelTransition {
        /// When.
        sync: Sync = Sync::Immediate,
        /// The longest wait, 0..=600000 ms; default 500.
        max_wait_ms: f64 = 500.0,
        /// Of layers that come; default 250 ms.
        fade_in: MusicFade = MusicFade::ms(250.0),
        /// Of layers that go; default 200 ms.
        fade_out: MusicFade = MusicFade::ms(200.0),
        /// How much they overlap; default 100 ms.
        overlap_ms: f64 = 100.0,
        /// What the music does at the change, dB; absent: nothing.
        duck_db: Option<f64> = None,
        /// Of the duck; default 50 ms.
        attack_ms: f64 = 50.0,
        /// Of the duck; default 200 ms.
        release_ms: f64 = 200.0,
    }
}

words! {
    ArcForm {
        "data_driven" DataDriven,
        "build_to_climax" BuildToClimax,
        "front_loaded" FrontLoaded,
        "sustained" Sustained,
    }
}

lower! {
    Layer { asset, gain_db, pan, loop_start_smp, loop_end_smp }
    Constraints { min, max, cooldown_ms, max_changes_per_spin }
    Arc { form, phases }
    ArcPhase { bias, min, max }
    Stability {
        hold_ms, cooldown_ms, inertia, momentum, decay_after_ms, decay_per_s, baseline, prediction
    }
}

impl Lower<source::ContextEntry> for ContextEntry {
    fn lower(&self) -> source::ContextEntry {
        let choice = |choice: &LevelChoice| (choice.strength.lower(), choice.level);
        match &self.way {
            EntryWay::Fixed { level } => source::ContextEntry::Fixed(*level),
            EntryWay::TriggerStrength { map } => {
                source::ContextEntry::TriggerStrength(map.iter().map(choice).collect())
            }
            EntryWay::Inherit {} => source::ContextEntry::Inherit,
            EntryWay::MomentumInherit {} => source::ContextEntry::MomentumInherit,
        }
    }
}

impl Lower<source::ContextExit> for ContextExit {
    fn lower(&self) -> source::ContextExit {
        let SummaryStingers {
            small, big, mega, ..
        } = self.summary_stingers.clone();
        source::ContextExit {
            return_to: self.return_to.clone(),
            level: self.level,
            wind_down: self.wind_down,
            fade_ms: self.fade_ms.lower(),
            overlap_ms: self.overlap_ms.lower(),
            summary_stingers: [small, big, mega],
        }
    }
}

impl Context {
    pub(super) fn named(&self, name: &str) -> source::Context {
        source::Context {
            name: name.to_owned(),
            key: self.key.clone(),
            bpm: self.bpm,
            signature: self.signature,
            levels: self.levels.lower(),
            entry: self.entry.lower(),
            entry_stinger: self.entry_stinger.clone(),
            entry_stinger_duck_db: self.entry_stinger_duck_db.lower(),
            exit: self.exit.lower(),
            constraints: self.constraints.lower(),
            arc: self.arc.lower(),
        }
    }
}

impl LevelTransition {
    pub(super) fn named(&self, name: &str) -> source::LevelTransition {
        source::LevelTransition {
            name: name.to_owned(),
            sync: self.sync,
            max_wait_ms: self.max_wait_ms.lower(),
            fade_in: self.fade_in.lower(),
            fade_out: self.fade_out.lower(),
            overlap_ms: self.overlap_ms.lower(),
            duck_db: self.duck_db.lower(),
            attack_ms: self.attack_ms.lower(),
            release_ms: self.release_ms.lower(),
        }
    }
}
