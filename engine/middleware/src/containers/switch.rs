//! By a switch or state group.

use super::decision::{ChildRow, Reason};
use crate::ids::{NodeIx, StateIx, SwitchIx};
use crate::source::{self, OnChange};
use crate::values::check::{Checks, Found, Resolve, index, short_frames};

/// Most children of a switch container over all values.
pub const MAX_SWITCH_CHILDREN: usize = 255;

/// What a switch container looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchBy {
    /// A switch group, on the object.
    Switch(SwitchIx),
    /// A state group.
    State(StateIx),
}

/// A checked switch container.
#[derive(Clone, Debug, PartialEq)]
pub struct SwitchPlan {
    /// What it looks at.
    pub by: SwitchBy,
    /// Frames of children that come by a change.
    pub fade_in: u32,
    /// Frames of children that go by a change.
    pub fade_out: u32,
    /// A child that comes starts where the one that goes is.
    pub continue_position: bool,
    /// When a change is heard.
    pub on_change: OnChange,
    /// Every child once, in the order as written.
    nodes: Box<[NodeIx]>,
    /// Places in `nodes`.
    lists: Box<[u8]>,
    /// Value, and its part of `lists`; the default has none.
    values: Box<[(Option<u8>, u32, u32)]>,
}

impl SwitchPlan {
    /// Checks a switch container and looks its names up. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `values[n].children[m]` and the like.
    pub fn compile(source: &source::Switch, names: &impl Resolve, sample_rate: f64) -> Found<Self> {
        let mut checks = Checks::new();
        let by = match names.switch_group(&source.group) {
            Ok(group) => Ok(SwitchBy::Switch(group)),
            Err(message) => {
                let state = names.state_group(&source.group);
                state.map(SwitchBy::State).map_err(|_| message)
            }
        };
        let by = checks.take("group", by);
        checks.within("fade_in_ms", source.fade_in_ms, 0.0..=60_000.0);
        checks.within("fade_out_ms", source.fade_out_ms, 0.0..=60_000.0);
        check_grid(&mut checks, &source.on_change);
        let mut lists = Lists::default();
        for (n, (value, children)) in source.values.iter().enumerate() {
            let path = format!("values[{n}]");
            let value = by.and_then(|by| {
                let value = match by {
                    SwitchBy::Switch(group) => names.switch_value(group, value),
                    SwitchBy::State(group) => names.state_value(group, value),
                };
                checks.take(format!("{path}.value"), value)
            });
            if value.is_some() && lists.values.iter().any(|(other, ..)| *other == value) {
                checks.say(
                    format!("{path}.value"),
                    "it has children already: write them in one list",
                );
            }
            lists.add(
                &mut checks,
                &format!("{path}.children"),
                value,
                children,
                names,
            );
        }
        lists.add(&mut checks, "default", None, &source.default, names);
        if lists.nodes.len() > MAX_SWITCH_CHILDREN {
            let count = lists.nodes.len();
            checks.say(
                "values",
                format!("{count} children; at most {MAX_SWITCH_CHILDREN} are allowed"),
            );
        }
        checks.finish(by.map(|by| Self {
            by,
            fade_in: short_frames(source.fade_in_ms, sample_rate),
            fade_out: short_frames(source.fade_out_ms, sample_rate),
            continue_position: source.continue_position,
            on_change: source.on_change,
            nodes: lists.nodes.into(),
            lists: lists.places.into(),
            values: lists.values.into(),
        }))
    }

    /// Every child once; places of children mean this list. `[audio-thread]`
    pub fn nodes(&self) -> &[NodeIx] {
        &self.nodes
    }

    /// Places of the children of a value; of the default where the value has no list.
    /// `[audio-thread]`
    pub fn children(&self, value: u8) -> &[u8] {
        let mut lists = self.values.iter();
        let list = lists
            .find(|(of, ..)| *of == Some(value))
            .or_else(|| self.values.last());
        list.map_or(&[], |&(_, first, end)| {
            &self.lists[first as usize..end as usize]
        })
    }

    /// Tells why each child plays or not. `[audio-thread]`
    pub fn report(&self, value: u8, mut rows: impl FnMut(ChildRow)) {
        let chosen = self.children(value);
        for (place, _) in (0u8..).zip(&self.nodes) {
            let here = chosen.contains(&place);
            rows(ChildRow {
                child: place,
                reason: if here {
                    Reason::Selected
                } else {
                    Reason::Condition
                },
                weight_or_gain: f32::from(u8::from(here)),
            });
        }
        if chosen.is_empty() {
            rows(ChildRow::EMPTY);
        }
    }

    /// Children that a change from one value to another ends. `[audio-thread]`
    pub fn going(&self, from: u8, to: u8) -> impl Iterator<Item = u8> {
        self.only(from, to)
    }

    /// Children that it begins; those of both values play on. `[audio-thread]`
    pub fn coming(&self, from: u8, to: u8) -> impl Iterator<Item = u8> {
        self.only(to, from)
    }

    /// The grid for whose point a change waits at frame `at`, if it does. `[audio-thread]`
    pub fn waits_for(&self, state: &SwitchState, at: u64) -> Option<source::Sync> {
        let next = state.next.filter(|next| !next.at_end && next.due > at);
        match (next, self.on_change) {
            (Some(_), OnChange::Sync(sync)) => Some(sync),
            _ => None,
        }
    }

    fn only(&self, of: u8, not_of: u8) -> impl Iterator<Item = u8> {
        let not = self.children(not_of);
        let children = self.children(of).iter().copied();
        children.filter(move |child| !not.contains(child))
    }
}

/// A change waits for beats: markers and ends are those of segments, which a switch knows nothing of.
fn check_grid(checks: &mut Checks, on_change: &OnChange) {
    use source::Sync;
    match on_change {
        OnChange::Sync(Sync::Grid(beats)) => {
            checks.within("on_change", *beats, 0.015_625..=1024.0);
        }
        OnChange::Sync(Sync::Marker | Sync::SegmentEnd) => {
            let message = "only music waits for markers and ends; write beat, bar, phrase, \
                           next_downbeat or a grid";
            checks.say("on_change", message);
        }
        _ => {}
    }
}

#[derive(Default)]
struct Lists {
    nodes: Vec<NodeIx>,
    places: Vec<u8>,
    values: Vec<(Option<u8>, u32, u32)>,
}

impl Lists {
    fn add(
        &mut self,
        checks: &mut Checks,
        path: &str,
        value: Option<u8>,
        children: &[String],
        names: &impl Resolve,
    ) {
        let first = self.places.len();
        for (n, child) in children.iter().enumerate() {
            let path = format!("{path}[{n}]");
            let Some(node) = checks.take(&path, names.node(child)) else {
                continue;
            };
            let known = self.nodes.iter().position(|other| *other == node);
            let place = known.unwrap_or_else(|| {
                self.nodes.push(node);
                self.nodes.len() - 1
            });
            let place = u8::try_from(place).unwrap_or(u8::MAX);
            if self.places[first..].contains(&place) {
                checks.say(
                    path,
                    format!("{child:?} is in this list already: leave it once"),
                );
            }
            self.places.push(place);
        }
        let (first, end) = (index(first), index(self.places.len()));
        self.values.push((value, first, end));
    }
}

/// Which value one playing switch container plays, and which it waits to play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwitchState {
    value: u8,
    next: Option<Next>,
}

/// The next value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Next {
    value: u8,
    /// Its frame.
    due: u64,
    /// It comes when what plays is over: `due` is the frame at which that is looked at again.
    at_end: bool,
}

impl SwitchState {
    /// Plays the children of `value`.
    #[must_use]
    pub fn new(value: u8) -> Self {
        Self { value, next: None }
    }

    /// The value whose children play.
    #[must_use]
    pub fn value(&self) -> u8 {
        self.value
    }

    /// The group has another value since frame `at`: it is heard at once, at the frame that `grid`
    /// gives for the sync, or when what plays is over. Back to the value that plays, nothing
    /// changes.
    pub fn turn(
        &mut self,
        plan: &SwitchPlan,
        at: u64,
        value: u8,
        grid: impl FnOnce(&source::Sync) -> u64,
    ) {
        if value == self.value {
            self.next = None;
            return;
        }
        if self.next.is_some_and(|next| next.value == value) {
            return;
        }
        let (due, at_end) = match &plan.on_change {
            OnChange::Immediate => (at, false),
            OnChange::Sync(sync) => (grid(sync).max(at), false),
            OnChange::AfterEnd => (u64::MAX, true),
        };
        self.next = Some(Next { value, due, at_end });
    }

    /// What plays is over at frame `at`, for those that wait for that.
    pub fn ended(&mut self, at: u64) {
        if let Some(next) = self.next.as_mut().filter(|next| next.at_end) {
            (next.due, next.at_end) = (at, false);
        }
    }

    /// It comes at frame `due` instead; false when it did already.
    pub fn move_to(&mut self, due: u64) -> bool {
        let next = self.next.as_mut().filter(|next| next.due != due);
        next.map(|next| next.due = due).is_some()
    }

    /// What plays may be over at frame `at`: it is looked at then. `u64::MAX` is not known.
    pub fn look_at(&mut self, at: u64) {
        if let Some(next) = self.next.as_mut().filter(|next| next.at_end) {
            next.due = at;
        }
    }

    /// Whether it waits for the end of what plays, and nothing knows when that is for sure.
    #[must_use]
    pub fn waits_for_end(&self) -> bool {
        self.next.is_some_and(|next| next.at_end)
    }

    /// Whether it has another value to play, now or later.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.next.is_some()
    }

    /// The frame of the next change, or of the next look at what plays; `u64::MAX` for none that is
    /// known.
    #[must_use]
    pub fn next_due(&self) -> u64 {
        self.next.map_or(u64::MAX, |next| next.due)
    }

    /// A change that is due at frame `at`: the old and the new value.
    pub fn take_due(&mut self, at: u64) -> Option<(u8, u8)> {
        let next = self.next.filter(|next| !next.at_end && next.due <= at)?;
        self.next = None;
        Some((std::mem::replace(&mut self.value, next.value), next.value))
    }

    /// Goes on under another bank; `value` gives the new number of an old value.
    pub fn carry_over(&mut self, old: &Self, value: &impl Fn(u8) -> Option<u8>) {
        self.value = value(old.value).unwrap_or(self.value);
        self.next = old.next.and_then(|next| {
            Some(Next {
                value: value(next.value)?,
                ..next
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::testing::Names;

    fn switch(on_change: OnChange) -> source::Switch {
        let list = |children: &[&str]| children.iter().map(|child| (*child).to_owned()).collect();
        source::Switch {
            group: "ground".into(),
            values: vec![
                ("wood".into(), list(&["a", "b"])),
                ("grass".into(), list(&["b", "c"])),
            ],
            default: list(&["d"]),
            fade_in_ms: 10.0,
            fade_out_ms: 20.0,
            continue_position: true,
            on_change,
        }
    }

    fn plan(on_change: OnChange) -> SwitchPlan {
        SwitchPlan::compile(&switch(on_change), &Names, 48_000.0).unwrap()
    }

    #[test]
    fn a_value_has_its_children_or_those_of_the_default() {
        let plan = plan(OnChange::Immediate);
        let (grass, stone, wood) = (0, 1, 2);
        let names = |value| -> Vec<u32> {
            let children = plan.children(value).iter();
            children
                .map(|&place| plan.nodes()[usize::from(place)].0)
                .collect()
        };
        assert_eq!(
            [names(grass), names(stone), names(wood)],
            [vec![1, 2], vec![3], vec![0, 1]]
        );
        assert!(plan.going(wood, grass).eq([0]), "b plays on");
        assert!(plan.coming(wood, grass).eq([2]));
        let mut reasons = Vec::new();
        plan.report(wood, |row| reasons.push(row.reason));
        use Reason::{Condition, Selected};
        assert_eq!(reasons, [Selected, Selected, Condition, Condition]);
        assert_eq!((plan.fade_in, plan.fade_out), (480, 960));
    }

    #[test]
    fn a_change_is_heard_when_it_shall_be() {
        let heard = |on_change| {
            let plan = plan(on_change);
            let mut state = SwitchState::new(0);
            state.turn(&plan, 100, 1, |_| 500);
            let due = state.next_due();
            state.ended(900);
            (due, state.take_due(99), state.take_due(900), state.value())
        };
        assert_eq!(heard(OnChange::Immediate), (100, None, Some((0, 1)), 1));
        assert_eq!(
            heard(OnChange::Sync(source::Sync::Bar)),
            (500, None, Some((0, 1)), 1)
        );
        assert_eq!(heard(OnChange::AfterEnd), (u64::MAX, None, Some((0, 1)), 1));
    }

    #[test]
    fn a_change_waits_for_beats_alone() {
        use source::Sync;
        for sync in [
            Sync::Grid(0.0),
            Sync::Grid(-1.0),
            Sync::Marker,
            Sync::SegmentEnd,
        ] {
            let source = switch(OnChange::Sync(sync));
            let problems = SwitchPlan::compile(&source, &Names, 48_000.0).unwrap_err();
            let paths: Vec<_> = problems.iter().map(|problem| &*problem.path).collect();
            assert_eq!(paths, ["on_change"], "{sync:?}");
        }
        plan(OnChange::Sync(Sync::Grid(1.5)));
    }

    #[test]
    fn turning_back_in_time_changes_nothing() {
        let plan = plan(OnChange::Sync(source::Sync::Bar));
        let mut state = SwitchState::new(0);
        state.turn(&plan, 100, 1, |_| 500);
        state.turn(&plan, 200, 0, |_| 500);
        assert_eq!(state.next_due(), u64::MAX);
        assert_eq!(state.take_due(600), None);
    }

    #[test]
    fn a_state_group_will_do_and_bad_names_are_told() {
        let mut source = switch(OnChange::Immediate);
        source.group = "place".into();
        source.values = vec![("cave".into(), vec!["a".into()])];
        let plan = SwitchPlan::compile(&source, &Names, 48_000.0).unwrap();
        assert_eq!(plan.by, SwitchBy::State(StateIx(0)));
        assert_eq!(plan.children(1), [0]);
        source.values = vec![
            ("moon".into(), vec!["a".into(), "x".into(), "a".into()]),
            ("cave".into(), vec![]),
            ("cave".into(), vec![]),
        ];
        source.fade_in_ms = -1.0;
        let problems = SwitchPlan::compile(&source, &Names, 48_000.0).unwrap_err();
        let paths: Vec<_> = problems.iter().map(|problem| &*problem.path).collect();
        let expect = [
            "fade_in_ms",
            "values[0].value",
            "values[0].children[1]",
            "values[0].children[2]",
            "values[2].value",
        ];
        assert_eq!(paths, expect);
    }
}
