//! Ducks that push themselves away: what makes way is a part of what is listened to.

use std::collections::BTreeSet;

use segue_format::Project;
use segue_format::project::{MASTER, SendPosition};
use segue_middleware::source::{Duck, DuckSource, DuckTrigger, Interactive};

use super::{Findings, Kind};

pub(super) fn check(project: &Project, source: &Interactive, findings: &mut Findings) {
    if let [bus] = project.interactive.duck_matrix.as_slice() {
        let message = format!(
            "{bus:?} alone pushes nobody: each bus pushes those behind it; name two at least"
        );
        findings.add(Kind::IdleKey, "interactive.duck_matrix".to_owned(), message);
    }
    let rules: Vec<Rule<'_>> = source
        .ducks
        .iter()
        .enumerate()
        .filter_map(|(place, duck)| Rule::of(place, duck, project))
        .collect();
    for n in 0..rules.len() {
        let Some(way) = way_back(&rules[..=n], n) else {
            continue;
        };
        let Rule {
            place, from, duck, ..
        } = &rules[n];
        let target = &duck.target_bus;
        let others: Vec<String> = way.iter().map(|name| format!("{name:?}")).collect();
        let why = match others.is_empty() {
            true => format!("{from:?} is made of {target:?} too"),
            false => format!("it comes back through {}", others.join(", ")),
        };
        let message = format!(
            "this duck quietens {target:?} by the level of {from:?}, and {why}: it lets go of what it \
             holds, and wavers; use \"trigger\": \"activity\", or another source"
        );
        findings.add(
            Kind::DuckFeedback,
            format!("interactive.ducks[{place}]"),
            message,
        );
    }
}

/// A duck that listens to the level of a bus.
struct Rule<'a> {
    place: usize,
    duck: &'a Duck,
    from: &'a str,
    /// Buses that are quieter while it pushes.
    quieter: BTreeSet<&'a str>,
}

impl<'a> Rule<'a> {
    fn of(place: usize, duck: &'a Duck, project: &'a Project) -> Option<Self> {
        // A tag is measured by its files, and who plays does so at any level.
        let DuckSource::Bus(from) = &duck.source else {
            return None;
        };
        let pushes = duck.trigger == DuckTrigger::Level && duck.depth_db < 0.0;
        pushes.then(|| Self {
            place,
            duck,
            from,
            quieter: behind(project, &duck.target_bus),
        })
    }
}

/// A bus and all that it plays into behind its fader.
fn behind<'a>(project: &'a Project, bus: &'a str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![bus];
    while let Some(name) = open.pop() {
        if !found.insert(name) || name == MASTER {
            continue;
        }
        let bus = project.bus(name);
        let output = bus.and_then(|bus| bus.output.as_deref());
        open.push(output.unwrap_or(MASTER));
        let sends = bus.into_iter().flat_map(|bus| &bus.sends);
        let sends = sends.filter(|send| send.position == SendPosition::Post);
        open.extend(sends.map(|send| send.to.as_str()));
    }
    found
}

/// The shortest way on which a rule comes back to itself: the names of the rules between.
fn way_back<'a>(rules: &[Rule<'a>], start: usize) -> Option<Vec<&'a str>> {
    let mut seen = vec![false; rules.len()];
    let mut ways = vec![(start, Vec::new())];
    while !ways.is_empty() {
        let mut next = Vec::new();
        for (at, way) in ways {
            let heard = |rule: &Rule<'_>| rules[at].quieter.contains(rule.from);
            if heard(&rules[start]) {
                return Some(way);
            }
            for (n, rule) in rules.iter().enumerate() {
                if heard(rule) && !std::mem::replace(&mut seen[n], true) {
                    let mut way = way.clone();
                    way.push(rule.duck.name.as_str());
                    next.push((n, way));
                }
            }
        }
        ways = next;
    }
    None
}
