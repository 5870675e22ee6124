//! What adaptive layers and music have to know of the rest of a project.

use segue_rt::game::NameId;

use crate::ids::{EventIx, NodeIx};

/// A problem: the path below the part that was read, and what is wrong with it.
pub type Found = (String, String);

/// How names become places. Errors are messages for the author, with the nearest match.
/// `[main-thread]`
pub struct Lookup<'a> {
    /// A sound or container.
    pub node: &'a dyn Fn(&str) -> Result<NodeIx, String>,
    /// An event.
    pub event: &'a dyn Fn(&str) -> Result<EventIx, String>,
    /// The message for a name that is unknown: what it should name, the name, those there are.
    pub unknown: &'a dyn Fn(&str, &str, &[&str]) -> String,
    /// A frame of the node's asset as a frame of the engine's rate. Containers have no asset:
    /// theirs are frames of the engine.
    pub frame: &'a dyn Fn(NodeIx, u64) -> u64,
    /// Length in frames of the engine's rate; `None` where nobody knows it beforehand.
    pub length: &'a dyn Fn(NodeIx) -> Option<u64>,
}

impl Lookup<'_> {
    /// The place of `name` in `known`; else a problem at `path`.
    pub(crate) fn place(
        &self,
        checks: &mut Checks,
        path: &str,
        what: &str,
        name: &str,
        known: &[&str],
    ) -> Option<usize> {
        let place = known.iter().position(|other| *other == name);
        if place.is_none() {
            checks.add(path, (self.unknown)(what, name, known));
        }
        place
    }

    /// The node called `name`; else a problem at `path`.
    pub(crate) fn node(&self, checks: &mut Checks, path: &str, name: &str) -> NodeIx {
        let found = (self.node)(name);
        found.unwrap_or_else(|message| {
            checks.add(path, message);
            NodeIx::default()
        })
    }

    /// A loop of the author as frames of the engine; `None` when there is none.
    pub(crate) fn looping(
        &self,
        checks: &mut Checks,
        path: &str,
        node: NodeIx,
        [start, end]: [u64; 2],
    ) -> Option<[u64; 2]> {
        if start == 0 && end == 0 {
            return None;
        }
        let length = (self.length)(node);
        let frames = [(self.frame)(node, start), (self.frame)(node, end)];
        if end <= start && end != 0 {
            let path = format!("{path}.loop_end_smp");
            let message = format!("{end} is not above loop_start_smp {start}; 0 is the whole");
            checks.add(&path, message);
        }
        match (length, end) {
            (Some(length), 0) => Some([frames[0], length]).filter(|it| it[0] < it[1]),
            (None, 0) => None,
            (Some(length), _) if frames[1] > length => {
                let path = format!("{path}.loop_end_smp");
                // Both in frames of the asset, as the author counts.
                let [end, rate] = [end, frames[1]].map(u128::from);
                let own = (u128::from(length) * end + rate / 2) / rate;
                let message = format!("{end} is behind the end of the asset, {own} frames");
                checks.add(&path, message);
                None
            }
            _ => Some(frames),
        }
    }
}

/// Collects problems; all of them, not only the first.
#[derive(Debug, Default)]
pub(crate) struct Checks(pub(crate) Vec<Found>);

impl Checks {
    pub(crate) fn add(&mut self, path: &str, message: impl Into<String>) {
        self.0.push((path.to_owned(), message.into()));
    }

    /// `value` when it is a number in `least..=most`; else a problem and `least`.
    pub(crate) fn range(&mut self, path: &str, value: f32, least: f32, most: f32) -> f32 {
        if (least..=most).contains(&value) {
            return value;
        }
        self.add(path, format!("{value} is not in {least}..={most}"));
        least
    }

    /// The same in double precision.
    pub(crate) fn range64(&mut self, path: &str, value: f64, least: f64, most: f64) -> f64 {
        if (least..=most).contains(&value) {
            return value;
        }
        self.add(path, format!("{value} is not in {least}..={most}"));
        least
    }

    /// The same for whole numbers.
    pub(crate) fn whole(&mut self, path: &str, value: u64, least: u64, most: u64) -> u64 {
        if (least..=most).contains(&value) {
            return value;
        }
        self.add(path, format!("{value} is not in {least}..={most}"));
        least
    }

    /// Says so when there are more than `most`.
    pub(crate) fn count(&mut self, path: &str, what: &str, count: usize, most: usize) {
        if count > most {
            self.add(path, format!("{count} {what} are over the limit of {most}"));
        }
    }

    /// Says so when a name is empty, too long or taken, also by another one of the same hash.
    pub(crate) fn names(&mut self, path: &str, names: &[&str]) {
        self.names_at(&|n| format!("{path}[{n}]"), names);
        let mut sorted: Vec<(NameId, usize)> =
            names.iter().map(|it| NameId::of(it)).zip(0..).collect();
        sorted.sort_unstable();
        for pair in sorted.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let [a, b] = [names[pair[0].1], names[pair[1].1]];
            if a != b {
                let message = format!("{a:?} and {b:?} have the same hash; give one another name");
                self.add(&format!("{path}[{}]", pair[1].1), message);
            }
        }
    }

    /// The same for names that do not stand in one list.
    pub(crate) fn names_at(&mut self, at: &dyn Fn(usize) -> String, names: &[&str]) {
        for (n, name) in names.iter().enumerate() {
            let place = at(n);
            if name.is_empty() || name.len() > 128 {
                let bytes = name.len();
                self.add(
                    &place,
                    format!("a name has 1..=128 bytes, this one {bytes}"),
                );
            }
            if let Some(first) = names[..n].iter().position(|other| other == name) {
                let message = format!("{name:?} is taken by {}; give one another name", at(first));
                self.add(&place, message);
            }
        }
    }

    /// `value` ms as frames at `sample_rate`, when it is in `0..=most`.
    pub(crate) fn frames(&mut self, path: &str, ms: f32, most: f32, sample_rate: f64) -> u32 {
        frames(self.range(path, ms, 0.0, most), sample_rate)
    }

    /// The result, when nothing was found.
    pub(crate) fn done<T>(self, result: T) -> Result<T, Vec<Found>> {
        if self.0.is_empty() {
            Ok(result)
        } else {
            Err(self.0)
        }
    }
}

/// Milliseconds as frames, rounded.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be in range and not negative; a cast saturates"
)]
pub(crate) fn frames(ms: f32, sample_rate: f64) -> u32 {
    (f64::from(ms) * sample_rate / 1000.0 + 0.5).floor() as u32
}

/// Names found by their hash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hashed(Box<[(NameId, u32)]>);

impl Hashed {
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut sorted: Vec<(NameId, u32)> = names.map(NameId::of).zip(0..).collect();
        sorted.sort_unstable();
        Self(sorted.into_boxed_slice())
    }

    pub(crate) fn find(&self, name: NameId) -> Option<u32> {
        let at = self.0.binary_search_by_key(&name, |entry| entry.0).ok()?;
        Some(self.0[at].1)
    }
}
