//! By conditions.

use super::decision::{ChildRow, Reason};
use super::rng::{draw, pick};
use crate::ids::NodeIx;
use crate::source::{self, GroupMode};
use crate::values::check::{Checks, Found, Resolve};
use crate::values::condition::Conditions;

/// Most children of a group: a choice is a bit for each.
pub const MAX_GROUP_CHILDREN: usize = 64;

/// A checked group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupPlan {
    mode: GroupMode,
    children: Box<[Child]>,
}

#[derive(Clone, Debug, PartialEq)]
struct Child {
    node: NodeIx,
    conditions: Conditions,
    priority: i32,
    weight: u32,
}

impl GroupPlan {
    /// Checks a group and looks its names up. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `children[n].conditions[m].value` and the like.
    pub fn compile(source: &source::Group, names: &impl Resolve) -> Found<Self> {
        let mut checks = Checks::new();
        let count = source.children.len();
        if !(1..=MAX_GROUP_CHILDREN).contains(&count) {
            checks.say(
                "children",
                format!("{count} children; a group has 1..={MAX_GROUP_CHILDREN}"),
            );
        }
        let children = source.children.iter().enumerate().filter_map(|(n, child)| {
            let path = format!("children[{n}]");
            let conditions = Conditions::compile(&child.conditions, names);
            let conditions = checks.part(&format!("{path}.conditions"), conditions);
            let node = checks.take(format!("{path}.child"), names.node(&child.child));
            Some(Child {
                node: node?,
                conditions: conditions?,
                priority: child.priority,
                weight: child.weight,
            })
        });
        let children = children.collect();
        checks.finish(Some(Self {
            mode: source.mode,
            children,
        }))
    }

    /// The child at a place.
    pub fn node(&self, place: u8) -> Option<NodeIx> {
        self.children
            .get(usize::from(place))
            .map(|child| child.node)
    }

    /// Whether plays draw by chance.
    pub fn draws(&self) -> bool {
        self.mode == GroupMode::Random
    }

    /// A bit for each child that plays, the first the lowest. `holds` tells whether conditions do;
    /// `key` and `n` are those of [`RandomState::take`](super::random::RandomState::take). `rows`
    /// hears of every child. `[audio-thread]`
    pub fn choose(
        &self,
        (key, n): (u64, u64),
        holds: impl Fn(&Conditions) -> bool,
        mut rows: impl FnMut(ChildRow),
    ) -> u64 {
        let mut allowed = 0;
        for (place, child) in self.children.iter().enumerate() {
            allowed |= u64::from(holds(&child.conditions)) << place;
        }
        let chosen = self.pick(allowed, draw(key, n, 0));
        for (place, child) in (0u8..).zip(&self.children) {
            rows(ChildRow {
                child: place,
                reason: self.reason(child, allowed >> place & 1, chosen >> place & 1),
                weight_or_gain: child.weight as f32,
            });
        }
        if chosen == 0 {
            rows(ChildRow::EMPTY);
        }
        chosen
    }

    fn pick(&self, allowed: u64, r: u64) -> u64 {
        let open = || {
            let places = self.children.iter().enumerate();
            places.filter(move |(place, _)| allowed >> place & 1 == 1)
        };
        let one = match self.mode {
            GroupMode::All => return allowed,
            GroupMode::FirstMatch => open().next(),
            // Of equal ones the first.
            GroupMode::Priority => open().rev().max_by_key(|(_, child)| child.priority),
            GroupMode::Random => {
                let total = open().map(|(_, child)| u64::from(child.weight)).sum();
                let mut left = pick(r, total);
                open().find(|(_, child)| {
                    let weight = u64::from(child.weight);
                    let here = left < weight;
                    left = left.saturating_sub(weight);
                    here
                })
            }
        };
        one.map_or(0, |(place, _)| 1 << place)
    }

    fn reason(&self, child: &Child, allowed: u64, chosen: u64) -> Reason {
        match (chosen, allowed) {
            (1, _) => Reason::Selected,
            (_, 0) => Reason::Condition,
            _ if self.draws() && child.weight == 0 => Reason::WeightZero,
            _ => Reason::NotDrawn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::containers::random::tests::chi_square_deviation;
    use crate::source::{Condition, GroupChild};
    use crate::values::testing::Names;

    /// Children a, b, c, d with a number of conditions, a priority and a weight each.
    fn plan(mode: GroupMode, children: [(usize, i32, u32); 4]) -> GroupPlan {
        let condition = || Condition::Switch {
            group: "ground".into(),
            value: "wood".into(),
        };
        let children = ["a", "b", "c", "d"].iter().zip(children);
        let children = children.map(|(name, (conditions, priority, weight))| GroupChild {
            child: (*name).to_owned(),
            conditions: (0..conditions).map(|_| condition()).collect(),
            priority,
            weight,
        });
        let children = children.collect();
        GroupPlan::compile(&source::Group { mode, children }, &Names).unwrap()
    }

    /// Those with one condition are not allowed.
    fn choose(plan: &GroupPlan, n: u64) -> (u64, Vec<Reason>) {
        let mut reasons = Vec::new();
        let chosen = plan.choose((5, n), |of| of.len() != 1, |row| reasons.push(row.reason));
        (chosen, reasons)
    }

    #[test]
    fn modes_choose_among_the_allowed() {
        use Reason::{Condition, NotDrawn, Selected, WeightZero};
        let children = [(1, 9, 1), (0, 2, 1), (0, 3, 0), (2, 3, 3)];
        let check = |mode, chosen, reasons: [Reason; 4]| {
            assert_eq!(choose(&plan(mode, children), 0), (chosen, reasons.to_vec()));
        };
        check(
            GroupMode::All,
            0b1110,
            [Condition, Selected, Selected, Selected],
        );
        check(
            GroupMode::FirstMatch,
            0b0010,
            [Condition, Selected, NotDrawn, NotDrawn],
        );
        check(
            GroupMode::Priority,
            0b0100,
            [Condition, NotDrawn, Selected, NotDrawn],
        );
        let random = plan(GroupMode::Random, children);
        let mut counts = [0u32; 4];
        for n in 0..40_000 {
            let (chosen, reasons) = choose(&random, n);
            counts[chosen.trailing_zeros() as usize] += 1;
            assert_eq!(reasons[2], WeightZero);
        }
        assert_eq!((counts[0], counts[2]), (0, 0));
        assert!(counts[1].abs_diff(10_000) < 400, "{counts:?}");
    }

    #[test]
    fn a_million_plays_follow_their_weights() {
        let weights = [1, 2, 0, 5];
        let plan = plan(GroupMode::Random, weights.map(|weight| (0, 0, weight)));
        let mut counts = [0_u64; 4];
        for n in 0..1_000_000 {
            let chosen = plan.choose((0x5E6E, n), |_| true, |_| {});
            counts[chosen.trailing_zeros() as usize] += 1;
        }
        assert_eq!(counts[2], 0);
        // p > 10⁻³ is a deviation below 3.09.
        let deviation = chi_square_deviation(&counts, &weights);
        assert!(deviation < 3.09, "{counts:?}: {deviation}");
        assert!(
            chi_square_deviation(&counts, &[1, 2, 0, 6]) > 3.09,
            "other weights are told apart"
        );
    }

    #[test]
    fn nothing_allowed_plays_nothing_and_says_so() {
        let plan = plan(GroupMode::Random, [(1, 0, 1); 4]);
        let (chosen, reasons) = choose(&plan, 0);
        assert_eq!((chosen, reasons.last()), (0, Some(&Reason::Empty)));
    }

    #[test]
    fn bad_groups_are_named() {
        let child = GroupChild {
            child: "x".into(),
            conditions: vec![Condition::Rtpc {
                rtpc: "sped".into(),
                min: 0.0,
                max: 1.0,
            }],
            ..GroupChild::default()
        };
        let group = source::Group {
            mode: GroupMode::All,
            children: vec![child],
        };
        let problems = GroupPlan::compile(&group, &Names).unwrap_err();
        let paths: Vec<_> = problems.iter().map(|problem| &*problem.path).collect();
        assert_eq!(
            paths,
            ["children[0].conditions[0].rtpc", "children[0].child"]
        );
        let empty = GroupPlan::compile(&source::Group::default(), &Names).unwrap_err();
        assert_eq!(empty[0].path, "children");
    }
}
