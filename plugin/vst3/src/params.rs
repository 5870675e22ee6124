//! Parameters: CLAP's plain values and ids, VST3's values between 0 and 1 and its ids.
//!
//! Two tables: [`Params`] is what the audio thread needs and stays the same while the plug-in is
//! active; [`Sheet`] is what a user reads and may be replaced at any time.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU64, Ordering};

use clap_sys::ext::params::*;
use vst3::Steinberg::Vst::ParameterInfo_::ParameterFlags_;

use crate::midi::{self, Controller};
use crate::plugin::Plugin;
use crate::text::from_array;

/// VST3 keeps the ids above for hosts.
const ID_MASK: u32 = 0x7fff_ffff;
/// The id of the first MIDI proxy: "MIDI" without its top bit.
const FIRST_PROXY: u32 = 0x4d49_4449;

/// The unit of everything that is in no group.
pub(crate) const ROOT: i32 = 0;

/// What stands behind a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    Param { id: u32, cookie: *mut c_void },
    Midi(Controller),
}

// SAFETY: the cookie is never read here; it goes back to the plug-in it came from.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

/// One parameter as the audio thread sees it.
#[derive(Debug)]
pub(crate) struct Param {
    /// The id that the VST3 host knows.
    pub(crate) id: u32,
    pub(crate) target: Target,
    min: f64,
    max: f64,
    /// Zero for a continuous range.
    pub(crate) steps: i32,
    is_read_only: bool,
    /// The value between 0 and 1 that the host last heard or said, as bits.
    value: AtomicU64,
}

impl Param {
    /// `[thread-safe]` The plain value for a value between 0 and 1. Not a number becomes 0.
    pub(crate) fn plain(&self, normalized: f64) -> f64 {
        let normalized = unit(normalized);
        if self.steps == 0 {
            return self.min + normalized * (self.max - self.min);
        }
        // The rule of the VST3 documentation for discrete parameters.
        let steps = f64::from(self.steps);
        self.min + (normalized * (steps + 1.0)).floor().min(steps)
    }

    /// `[thread-safe]` The value between 0 and 1 for a plain value.
    pub(crate) fn normalized(&self, plain: f64) -> f64 {
        let range = self.max - self.min;
        let is_range = range.is_finite() && range > 0.0;
        if is_range {
            unit((plain - self.min) / range)
        } else {
            0.0
        }
    }

    pub(crate) fn value(&self) -> f64 {
        f64::from_bits(self.value.load(Ordering::Relaxed))
    }

    pub(crate) fn set_value(&self, normalized: f64) {
        self.value
            .store(unit(normalized).to_bits(), Ordering::Relaxed);
    }

    /// Whether the host may change it.
    pub(crate) fn is_writable(&self) -> bool {
        !self.is_read_only
    }
}

fn unit(value: f64) -> f64 {
    if value.is_nan() {
        0.0
    } else {
        value.clamp(0.0, 1.0)
    }
}

/// All parameters in the order of the plug-in, the MIDI proxies last.
#[derive(Debug, Default)]
pub(crate) struct Params {
    list: Vec<Param>,
    /// `(VST3 id, index)`, sorted.
    by_id: Vec<(u32, usize)>,
    /// `(CLAP id, index)`, sorted.
    by_clap: Vec<(u32, usize)>,
}

impl Params {
    /// `[main-thread]` Reads the parameters of `plugin` and adds a proxy for each of `controllers`.
    pub(crate) fn read(plugin: &Plugin, controllers: &[Controller]) -> (Self, Sheet) {
        let infos = plugin.params();
        let mut params = Self::default();
        let mut sheet = Sheet::default();
        for info in &infos {
            let id = params.free_id(info.id & ID_MASK);
            params.add(param(id, info, plugin));
            sheet.add(info);
        }
        for controller in controllers {
            let id = params.free_id(FIRST_PROXY + u32::from(controller.0));
            params.add(proxy(id, *controller));
            sheet.add_proxy(*controller);
        }
        params.sort_clap_ids();
        (params, sheet)
    }

    /// The nearest id from `wish` on that is not taken.
    fn free_id(&self, wish: u32) -> u32 {
        let mut id = wish;
        while self.by_id.binary_search_by_key(&id, |(id, _)| *id).is_ok() {
            id = id.wrapping_add(1) & ID_MASK;
        }
        id
    }

    fn add(&mut self, param: Param) {
        let place = self.by_id.partition_point(|(id, _)| *id < param.id);
        self.by_id.insert(place, (param.id, self.list.len()));
        self.list.push(param);
    }

    fn sort_clap_ids(&mut self) {
        let ids = self.list.iter().enumerate();
        self.by_clap = ids
            .filter_map(|(index, param)| match param.target {
                Target::Param { id, .. } => Some((id, index)),
                Target::Midi(_) => None,
            })
            .collect();
        self.by_clap.sort_unstable();
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Param> {
        self.list.get(index)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Param> {
        self.list.iter()
    }

    /// The index of the parameter with this VST3 id.
    pub(crate) fn find(&self, id: u32) -> Option<usize> {
        let place = self.by_id.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.by_id[place].1)
    }

    /// The index of the parameter with this CLAP id.
    pub(crate) fn find_clap(&self, id: u32) -> Option<usize> {
        let place = self.by_clap.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.by_clap[place].1)
    }

    /// The id of the proxy of a MIDI controller.
    pub(crate) fn proxy(&self, controller: Controller) -> Option<u32> {
        let target = Target::Midi(controller);
        let proxy = self.list.iter().find(|param| param.target == target)?;
        Some(proxy.id)
    }

    /// `[main-thread]` Takes every value from the plug-in.
    pub(crate) fn refresh(&self, plugin: &Plugin) {
        for param in &self.list {
            if let Target::Param { id, .. } = param.target
                && let Some(plain) = plugin.value(id)
            {
                param.set_value(param.normalized(plain));
            }
        }
    }

    /// Whether `other` has the same ids and ranges in the same order.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let key = |param: &Param| {
            (
                param.id,
                param.min.to_bits(),
                param.max.to_bits(),
                param.steps,
            )
        };
        self.list.iter().map(key).eq(other.list.iter().map(key))
    }
}

fn param(id: u32, info: &clap_param_info, plugin: &Plugin) -> Param {
    let range = info.max_value - info.min_value;
    let is_stepped = info.flags & CLAP_PARAM_IS_STEPPED != 0;
    let is_countable = is_stepped && range >= 1.0 && range < f64::from(i32::MAX);
    let param = Param {
        id,
        target: Target::Param {
            id: info.id,
            cookie: info.cookie,
        },
        min: info.min_value,
        max: info.max_value,
        steps: if is_countable {
            range.round() as i32
        } else {
            0
        },
        is_read_only: info.flags & CLAP_PARAM_IS_READONLY != 0,
        value: AtomicU64::new(0),
    };
    param.set_value(param.normalized(plugin.value(info.id).unwrap_or(info.default_value)));
    param
}

fn proxy(id: u32, controller: Controller) -> Param {
    let param = Param {
        id,
        target: Target::Midi(controller),
        min: 0.0,
        max: f64::from(controller.largest()),
        steps: controller.steps(),
        is_read_only: false,
        value: AtomicU64::new(0),
    };
    param.set_value(controller.default());
    param
}

/// What a user reads about one parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) title: String,
    pub(crate) flags: i32,
    pub(crate) unit: i32,
    /// The plain default.
    pub(crate) default: f64,
}

/// A group of parameters; its id is its place in the list plus one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) name: String,
    pub(crate) parent: i32,
}

/// Everything that a user reads about the parameters, in the order of [`Params`].
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sheet {
    pub(crate) lines: Vec<Line>,
    pub(crate) units: Vec<Unit>,
}

impl Sheet {
    fn add(&mut self, info: &clap_param_info) {
        let unit = self.unit(&from_array(&info.module));
        self.lines.push(Line {
            title: from_array(&info.name),
            flags: flags(info.flags),
            unit,
            default: info.default_value,
        });
    }

    fn add_proxy(&mut self, controller: Controller) {
        let unit = self.unit(midi::UNIT);
        let largest = f64::from(controller.largest());
        self.lines.push(Line {
            title: controller.name(),
            flags: ParameterFlags_::kNoFlags,
            unit,
            default: (controller.default() * largest).round(),
        });
    }

    /// The id of the group at `path` ("oscillators/wave 1"), which is made if it is new.
    fn unit(&mut self, path: &str) -> i32 {
        let mut parent = ROOT;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let is_it = |unit: &Unit| unit.parent == parent && unit.name == name;
            let place = self.units.iter().position(is_it).unwrap_or_else(|| {
                let name = name.to_owned();
                self.units.push(Unit { name, parent });
                self.units.len() - 1
            });
            parent = i32::try_from(place + 1).unwrap_or(ROOT);
        }
        parent
    }
}

fn flags(clap: u32) -> i32 {
    let table = [
        (CLAP_PARAM_IS_AUTOMATABLE, ParameterFlags_::kCanAutomate),
        (CLAP_PARAM_IS_READONLY, ParameterFlags_::kIsReadOnly),
        (CLAP_PARAM_IS_PERIODIC, ParameterFlags_::kIsWrapAround),
        (CLAP_PARAM_IS_ENUM, ParameterFlags_::kIsList),
        (CLAP_PARAM_IS_BYPASS, ParameterFlags_::kIsBypass),
        (CLAP_PARAM_IS_HIDDEN, ParameterFlags_::kIsHidden),
    ];
    let set = table.iter().filter(|(bit, _)| clap & bit != 0);
    let flags = set.fold(0, |flags, (_, flag)| flags | flag);
    // A hidden parameter is out of the host's reach, and what is read-only cannot be automated.
    if flags & ParameterFlags_::kIsHidden != 0 {
        return (flags | ParameterFlags_::kIsReadOnly) & !ParameterFlags_::kCanAutomate;
    }
    if flags & ParameterFlags_::kIsReadOnly != 0 {
        return flags & !ParameterFlags_::kCanAutomate;
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(min: f64, max: f64, steps: i32) -> Param {
        Param {
            id: 0,
            target: Target::Midi(Controller(0)),
            min,
            max,
            steps,
            is_read_only: false,
            value: AtomicU64::new(0),
        }
    }

    #[test]
    fn continuous_values_go_both_ways() {
        let gain = range(-60.0, 12.0, 0);
        assert_eq!(gain.plain(0.0), -60.0);
        assert_eq!(gain.plain(1.0), 12.0);
        assert_eq!(gain.normalized(-24.0), 0.5);
        assert_eq!(gain.plain(f64::NAN), -60.0);
        assert_eq!(gain.plain(7.0), 12.0);
        assert_eq!(gain.normalized(f64::INFINITY), 1.0);
        assert_eq!(gain.normalized(f64::NAN), 0.0);
    }

    #[test]
    fn every_step_survives_both_ways() {
        for steps in [1, 2, 3, 127, 4_095] {
            let choice = range(-1.0, f64::from(steps - 1), steps);
            for step in 0..=steps {
                let plain = f64::from(step - 1);
                assert_eq!(choice.plain(choice.normalized(plain)), plain, "{steps}");
            }
        }
        assert_eq!(range(0.0, 1.0, 1).plain(0.49), 0.0);
        assert_eq!(range(0.0, 1.0, 1).plain(0.5), 1.0);
    }

    #[test]
    fn ranges_without_width_are_zero() {
        assert_eq!(range(3.0, 3.0, 0).normalized(3.0), 0.0);
        assert_eq!(range(3.0, 3.0, 0).plain(0.7), 3.0);
        assert_eq!(range(0.0, f64::INFINITY, 0).normalized(3.0), 0.0);
    }

    #[test]
    fn ids_that_collide_are_moved_apart() {
        let mut params = Params::default();
        for wish in [5, 5 | 0x8000_0000, ID_MASK, ID_MASK] {
            let id = params.free_id(wish & ID_MASK);
            let mut param = range(0.0, 1.0, 0);
            param.id = id;
            params.add(param);
        }
        let ids: Vec<u32> = params.iter().map(|param| param.id).collect();
        assert_eq!(ids, [5, 6, ID_MASK, 0]);
        assert_eq!(params.find(ID_MASK), Some(2));
        assert_eq!(params.find(7), None);
    }

    #[test]
    fn flags_agree_with_each_other() {
        let hidden = flags(CLAP_PARAM_IS_HIDDEN | CLAP_PARAM_IS_AUTOMATABLE);
        assert_eq!(
            hidden,
            ParameterFlags_::kIsHidden | ParameterFlags_::kIsReadOnly
        );
        let meter = flags(CLAP_PARAM_IS_READONLY | CLAP_PARAM_IS_AUTOMATABLE);
        assert_eq!(meter, ParameterFlags_::kIsReadOnly);
        let bypass =
            flags(CLAP_PARAM_IS_BYPASS | CLAP_PARAM_IS_AUTOMATABLE | CLAP_PARAM_IS_STEPPED);
        assert_eq!(
            bypass,
            ParameterFlags_::kIsBypass | ParameterFlags_::kCanAutomate
        );
    }

    #[test]
    fn groups_are_a_tree() {
        let mut sheet = Sheet::default();
        let a = sheet.unit("a");
        let b = sheet.unit("a/b");
        assert_eq!((a, b, sheet.unit(""), sheet.unit("a//b")), (1, 2, ROOT, 2));
        assert_eq!(sheet.units[1].parent, a);
    }
}
