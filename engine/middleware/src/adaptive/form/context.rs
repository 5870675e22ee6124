//! Contexts: their levels and layers, and how they begin, develop and end.

use super::Builder;
use crate::ids::{ContextIx, NodeIx};
use crate::limits::{CONTEXTS, LAYERS, LEVELS};
use crate::source::{self, ArcForm, Context, ContextEntry, Layer};

#[derive(Clone, Debug)]
pub(crate) struct ContextForm {
    pub(crate) id: segue_rt::game::NameId,
    /// Beats of a bar.
    pub(crate) per_bar: u8,
    /// Frames of a beat, which is a note of the signature's unit.
    pub(crate) beat: f64,
    /// All different sounds of its levels: they start together.
    pub(crate) layers: Box<[LayerForm]>,
    /// For each level, each of `layers`: `None` is silent.
    pub(crate) levels: Box<[Box<[Option<LayerAt>]>]>,
    pub(in crate::adaptive) entry: Entry,
    pub(in crate::adaptive) entry_stinger: Option<NodeIx>,
    pub(in crate::adaptive) entry_duck_db: f32,
    pub(in crate::adaptive) exit: ExitForm,
    pub(in crate::adaptive) bounds: BoundsForm,
    pub(in crate::adaptive) arc: source::Arc,
}

/// A sound that may be in several levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LayerForm {
    pub(crate) node: NodeIx,
    /// Frames of the engine's rate; `None` as the node says.
    pub(crate) looping: Option<[u64; 2]>,
}

/// How it sounds in one level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LayerAt {
    /// Linear.
    pub(crate) gain: f32,
    pub(crate) pan: f32,
}

#[derive(Clone, Debug)]
pub(in crate::adaptive) enum Entry {
    Fixed(u8),
    /// Ascending strengths and their levels.
    Strength(Box<[(f32, u8)]>),
    Inherit,
    Momentum,
}

#[derive(Clone, Debug)]
pub(in crate::adaptive) struct ExitForm {
    pub(in crate::adaptive) to: ContextIx,
    pub(in crate::adaptive) level: Option<u8>,
    pub(in crate::adaptive) wind_down: bool,
    /// Frames of the fades and of their overlap.
    pub(in crate::adaptive) fade: (u32, u32),
    pub(in crate::adaptive) summary: [Option<NodeIx>; 3],
}

#[derive(Clone, Copy, Debug)]
pub(in crate::adaptive) struct BoundsForm {
    pub(in crate::adaptive) min: u8,
    /// Not above the highest level there is.
    pub(in crate::adaptive) max: u8,
    pub(in crate::adaptive) cooldown: u64,
    /// 0 is no limit.
    pub(in crate::adaptive) changes: u8,
}

impl Builder<'_> {
    pub(super) fn contexts(&mut self, list: &[Context]) -> Box<[ContextForm]> {
        if list.is_empty() {
            let message = "there is none; a profile needs at least one, where it begins";
            self.checks.add("contexts", message);
        }
        self.checks
            .count("contexts", "contexts", list.len(), CONTEXTS);
        let names = self.names;
        self.checks.names("contexts", &names.contexts);
        let one = |(n, it)| self.context(&format!("contexts[{n}]"), it);
        list.iter().enumerate().map(one).collect()
    }

    fn context(&mut self, path: &str, it: &Context) -> ContextForm {
        let sub = |key: &str| format!("{path}.{key}");
        let bpm = self.checks.range64(&sub("bpm"), it.bpm, 20.0, 400.0);
        let [per_bar, unit] = it.signature;
        if !(1..=64).contains(&per_bar) || !unit.is_power_of_two() || unit > 64 {
            let message = format!("{per_bar}/{unit} is not 1..=64 over 1, 2, 4, 8, 16, 32 or 64");
            self.checks.add(&sub("signature"), message);
        }
        if it.key.len() > 128 {
            let message = format!("it has {} bytes; 128 are allowed", it.key.len());
            self.checks.add(&sub("key"), message);
        }
        let (layers, levels) = self.levels(&sub("levels"), &it.levels);
        let duck = &sub("entry_stinger_duck_db");
        ContextForm {
            id: segue_rt::game::NameId::of(&it.name),
            per_bar: per_bar.max(1),
            beat: 60.0 * self.sample_rate / bpm,
            layers,
            levels,
            entry: self.entry(path, it),
            entry_stinger: self.stinger(&sub("entry_stinger"), it.entry_stinger.as_ref()),
            entry_duck_db: self
                .checks
                .range(duck, it.entry_stinger_duck_db, -96.0, 0.0),
            exit: self.exit(path, &it.exit),
            bounds: self.bounds(path, it),
            arc: self.arc(&sub("arc"), it),
        }
    }

    #[expect(clippy::type_complexity, reason = "two lists that belong together")]
    fn levels(
        &mut self,
        path: &str,
        list: &[Vec<Layer>],
    ) -> (Box<[LayerForm]>, Box<[Box<[Option<LayerAt>]>]>) {
        if !(1..=LEVELS).contains(&list.len()) {
            let message = format!("{} levels are not in 1..={LEVELS}", list.len());
            self.checks.add(path, message);
        }
        let mut layers: Vec<LayerForm> = Vec::new();
        let mut levels = Vec::new();
        for (n, level) in list.iter().enumerate() {
            let path = format!("{path}[{n}]");
            self.checks.count(&path, "layers", level.len(), LAYERS);
            levels.push(self.level(&path, level, &mut layers));
        }
        for level in &mut levels {
            level.resize(layers.len(), None);
        }
        let levels = levels.into_iter().map(Vec::into_boxed_slice).collect();
        (layers.into_boxed_slice(), levels)
    }

    fn level(
        &mut self,
        path: &str,
        level: &[Layer],
        layers: &mut Vec<LayerForm>,
    ) -> Vec<Option<LayerAt>> {
        let mut places = vec![None; layers.len()];
        for (n, it) in level.iter().enumerate() {
            let path = format!("{path}[{n}]");
            let form = self.layer(&path, it);
            let at = layers
                .iter()
                .position(|other| *other == form)
                .unwrap_or_else(|| {
                    layers.push(form);
                    layers.len() - 1
                });
            places.resize(layers.len(), None);
            let gain_db = self
                .checks
                .range(&format!("{path}.gain_db"), it.gain_db, -96.0, 24.0);
            let pan = self.checks.range(&format!("{path}.pan"), it.pan, -1.0, 1.0);
            if places[at].is_some() {
                let message = format!("{:?} is in this level already; take one out", it.asset);
                self.checks.add(&path, message);
            }
            let gain = 10f32.powf(gain_db / 20.0);
            places[at] = Some(LayerAt { gain, pan });
        }
        places
    }

    fn layer(&mut self, path: &str, it: &Layer) -> LayerForm {
        let node = self
            .lookup
            .node(self.checks, &format!("{path}.asset"), &it.asset);
        let ends = [it.loop_start_smp, it.loop_end_smp];
        let looping = self.lookup.looping(self.checks, path, node, ends);
        let whole = (self.lookup.length)(node).filter(|length| *length > 0);
        LayerForm {
            node,
            looping: looping.or(whole.map(|length| [0, length])),
        }
    }

    fn entry(&mut self, path: &str, it: &Context) -> Entry {
        let path = format!("{path}.entry");
        match &it.entry {
            ContextEntry::Fixed(level) => Entry::Fixed(self.level_of(&path, *level, it)),
            ContextEntry::Inherit => Entry::Inherit,
            ContextEntry::MomentumInherit => Entry::Momentum,
            ContextEntry::TriggerStrength(map) => {
                if map.is_empty() {
                    self.checks
                        .add(&path, "the map is empty; give it (strength, level) pairs");
                }
                let sorted = map.windows(2).all(|pair| pair[0].0 < pair[1].0);
                if !sorted {
                    self.checks.add(&path, "strengths must ascend; sort them");
                }
                self.checks.count(&path, "entries", map.len(), 64);
                let one = |(strength, level): &(f32, u8)| {
                    let strength = self.checks.range(&path, *strength, 0.0, 1.0);
                    (strength, self.level_of(&path, *level, it))
                };
                Entry::Strength(map.iter().map(one).collect())
            }
        }
    }

    /// A level that the context has.
    fn level_of(&mut self, path: &str, level: u8, context: &Context) -> u8 {
        if usize::from(level) >= context.levels.len() {
            let most = context.levels.len().saturating_sub(1);
            let message = format!("level {level} is not in 0..={most}, the context's levels");
            self.checks.add(path, message);
            return 0;
        }
        level
    }

    fn exit(&mut self, path: &str, it: &source::ContextExit) -> ExitForm {
        let sub = |key: &str| format!("{path}.exit.{key}");
        let names = &self.names.contexts;
        let what = "context";
        let to = self
            .lookup
            .place(self.checks, &sub("return_to"), what, &it.return_to, names);
        if let Some(level) = it.level {
            self.checks.whole(&sub("level"), u64::from(level), 0, 4);
        }
        let mut ms = |key: &str, value| {
            self.checks
                .frames(&sub(key), value, 600_000.0, self.sample_rate)
        };
        let fade = (ms("fade_ms", it.fade_ms), ms("overlap_ms", it.overlap_ms));
        let mut summary = [None; 3];
        for (n, (place, name)) in summary.iter_mut().zip(&it.summary_stingers).enumerate() {
            *place = self.stinger(&sub(&format!("summary_stingers[{n}]")), name.as_ref());
        }
        ExitForm {
            to: ContextIx(u32::try_from(to.unwrap_or_default()).unwrap_or_default()),
            level: it.level,
            wind_down: it.wind_down,
            fade,
            summary,
        }
    }

    fn bounds(&mut self, path: &str, it: &Context) -> BoundsForm {
        let path = format!("{path}.constraints");
        let bounds = &it.constraints;
        let top = u8::try_from(it.levels.len().clamp(1, LEVELS) - 1).unwrap_or(0);
        self.checks
            .whole(&format!("{path}.max"), u64::from(bounds.max), 0, 4);
        if bounds.min > bounds.max.min(top) {
            let most = bounds.max.min(top);
            let message = format!(
                "{} is above {most}, the least of max and the levels",
                bounds.min
            );
            self.checks.add(&format!("{path}.min"), message);
        }
        BoundsForm {
            min: bounds.min.min(top),
            max: bounds.max.min(top),
            cooldown: self.frames(&format!("{path}.cooldown_ms"), bounds.cooldown_ms),
            changes: bounds.max_changes_per_spin,
        }
    }

    fn arc(&mut self, path: &str, it: &Context) -> source::Arc {
        self.checks
            .count(&format!("{path}.phases"), "phases", it.arc.phases.len(), 16);
        for (n, phase) in it.arc.phases.iter().enumerate() {
            let path = format!("{path}.phases[{n}]");
            self.checks
                .range(&format!("{path}.bias"), phase.bias, -4.0, 4.0);
            self.checks
                .whole(&format!("{path}.max"), u64::from(phase.max), 0, 4);
            if phase.min > phase.max {
                let message = format!("{} is above max {}; exchange them", phase.min, phase.max);
                self.checks.add(&format!("{path}.min"), message);
            }
        }
        it.arc.clone()
    }
}

impl ContextForm {
    /// Bounds of requested levels at this progress, 0..=1, and what is added to them.
    #[expect(clippy::cast_possible_truncation, reason = "a few levels")]
    pub(in crate::adaptive) fn shaped(&self, progress: f32) -> (i32, [u8; 2]) {
        let form = match self.arc.form {
            ArcForm::BuildToClimax => 2.0 * progress - 1.0,
            ArcForm::FrontLoaded => 1.0 - 2.0 * progress,
            ArcForm::Sustained | ArcForm::DataDriven => 0.0,
        };
        let phase = self.phase(progress);
        let bias = (form + phase.bias).round() as i32;
        let least = self.bounds.min.max(phase.min.min(self.bounds.max));
        let most = self.bounds.max.min(phase.max).max(least);
        (bias, [least, most])
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; a place in a short list"
    )]
    fn phase(&self, progress: f32) -> source::ArcPhase {
        let count = self.arc.phases.len();
        let at = (progress * count as f32) as usize;
        let everything = source::ArcPhase {
            bias: 0.0,
            min: 0,
            max: u8::MAX,
        };
        let phase = self.arc.phases.get(at.min(count.saturating_sub(1)));
        phase.copied().unwrap_or(everything)
    }
}
