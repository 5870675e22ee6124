//! Game values: ranges that are never reached, values that are never set.

use std::collections::BTreeSet;

use segue_middleware::source::{
    ActionKind, BindingTarget, Condition, ContainerKind, Curve, GlobalTarget, Interactive, Rtpc,
};

use super::{Findings, Kind};

pub(super) fn check(source: &Interactive, findings: &mut Findings) {
    let mut ranges = Ranges {
        source,
        findings,
        used: BTreeSet::new(),
    };
    ranges.rtpcs();
    ranges.containers();
    ranges.events();
    ranges.switches();
    let used = std::mem::take(&mut ranges.used);
    unused(source, &used, findings);
    never_set(source, findings);
}

/// A level in dB.
const LEVEL: (&str, f32, f32) = ("a level", -144.0, 24.0);

/// What a target of a container can be. Pitch and filters take what comes.
fn bounds(target: BindingTarget) -> Option<(&'static str, f32, f32)> {
    match target {
        BindingTarget::Volume => Some(LEVEL),
        BindingTarget::Pan => Some(("pan", -1.0, 1.0)),
        BindingTarget::Width => Some(("width", 0.0, 2.0)),
        BindingTarget::PlaybackRate => Some(("playback_rate", 0.25, 4.0)),
        BindingTarget::Pitch | BindingTarget::Lpf | BindingTarget::Hpf => None,
    }
}

/// Walks over everything that names an RTPC.
struct Ranges<'a, 'f> {
    source: &'a Interactive,
    findings: &'f mut Findings,
    used: BTreeSet<&'a str>,
}

impl<'a> Ranges<'a, '_> {
    fn rtpc(&mut self, name: &'a str) -> Option<&'a Rtpc> {
        self.used.insert(name);
        self.source.rtpcs.iter().find(|rtpc| rtpc.name == name)
    }

    fn rtpcs(&mut self) {
        for (n, rtpc) in self.source.rtpcs.iter().enumerate() {
            for (m, target) in rtpc.targets.iter().enumerate() {
                self.used.insert(&rtpc.name);
                let path = format!("interactive.rtpcs[{n}].targets[{m}].curve");
                self.curve(&path, &target.curve, rtpc);
                let level = matches!(
                    target.target,
                    GlobalTarget::BusVolume(_) | GlobalTarget::Send(..)
                );
                self.heights(&path, &target.curve, level.then_some(LEVEL));
            }
        }
    }

    fn containers(&mut self) {
        for (n, container) in self.source.containers.iter().enumerate() {
            let path = format!("interactive.containers[{n}]");
            for (m, binding) in container.props.bindings.iter().enumerate() {
                if let Some(rtpc) = self.rtpc(&binding.rtpc) {
                    self.curve(&format!("{path}.bindings[{m}].curve"), &binding.curve, rtpc);
                }
                let path = format!("{path}.bindings[{m}].curve");
                self.heights(&path, &binding.curve, bounds(binding.target));
            }
            match &container.kind {
                ContainerKind::Blend(blend) => _ = self.rtpc(&blend.rtpc),
                ContainerKind::Group(group) => {
                    for (m, child) in group.children.iter().enumerate() {
                        let path = format!("{path}.children[{m}].conditions");
                        self.conditions(&path, &child.conditions);
                    }
                }
                _ => {}
            }
        }
    }

    fn events(&mut self) {
        for (n, event) in self.source.events.iter().enumerate() {
            for (m, action) in event.actions.iter().enumerate() {
                let path = format!("interactive.events[{n}].actions[{m}]");
                self.conditions(&format!("{path}.conditions"), &action.conditions);
                if let ActionKind::SetSwitch(group, _) = &action.kind {
                    self.followed(format!("{path}.group"), group);
                }
                if let ActionKind::SetRtpc(name, value) = &action.kind {
                    let rtpc = self.source.rtpcs.iter().find(|rtpc| rtpc.name == *name);
                    if let Some(rtpc) = rtpc.filter(|it| !(it.min..=it.max).contains(value)) {
                        self.outside(format!("{path}.value"), format!("{value}"), rtpc);
                    }
                }
            }
        }
    }

    /// A switch that an action cannot set.
    fn followed(&mut self, path: String, group: &str) {
        let mut groups = self.source.switches.iter();
        let found = groups.find(|it| it.name == group);
        let Some(follow) = found.and_then(|it| it.follow.as_ref()) else {
            return;
        };
        let message = format!(
            "{group:?} follows the RTPC {:?} and takes no other value; set that, or take `follow` out",
            follow.rtpc
        );
        self.findings.add(Kind::EmptyEvent, path, message);
    }

    fn switches(&mut self) {
        for (n, group) in self.source.switches.iter().enumerate() {
            let Some(follow) = &group.follow else {
                continue;
            };
            let Some(rtpc) = self.rtpc(&follow.rtpc) else {
                continue;
            };
            for (m, threshold) in follow.thresholds.iter().enumerate() {
                if !(rtpc.min..=rtpc.max).contains(threshold) {
                    let path = format!("interactive.switches[{n}].follow.thresholds[{m}]");
                    self.outside(path, threshold.to_string(), rtpc);
                }
            }
        }
    }

    fn curve(&mut self, path: &str, curve: &Curve, rtpc: &Rtpc) {
        let outside = |x: f32| !(rtpc.min..=rtpc.max).contains(&x);
        let far = curve
            .points
            .iter()
            .enumerate()
            .filter(|(_, point)| outside(point.x));
        for (n, point) in far.collect::<Vec<_>>() {
            self.outside(format!("{path}[{n}].x"), point.x.to_string(), rtpc);
        }
    }

    /// Points above or below what their target can be.
    fn heights(&mut self, path: &str, curve: &Curve, bounds: Option<(&str, f32, f32)>) {
        let Some((target, low, high)) = bounds else {
            return;
        };
        for (n, point) in curve.points.iter().enumerate() {
            if !(low..=high).contains(&point.y) {
                let message = format!("{} is not in {low}..={high}, which {target} takes", point.y);
                self.findings
                    .add(Kind::RtpcOutOfRange, format!("{path}[{n}].y"), message);
            }
        }
    }

    fn conditions(&mut self, path: &str, conditions: &'a [Condition]) {
        for (n, condition) in conditions.iter().enumerate() {
            let Condition::Rtpc { rtpc, min, max } = condition else {
                continue;
            };
            let Some(rtpc) = self.rtpc(rtpc) else {
                continue;
            };
            if *max < rtpc.min || *min > rtpc.max {
                self.outside(format!("{path}[{n}]"), format!("{min}..={max}"), rtpc);
            }
        }
    }

    fn outside(&mut self, path: String, value: String, rtpc: &Rtpc) {
        let message = format!(
            "{value} is never reached: {} is in {}..={}",
            rtpc.name, rtpc.min, rtpc.max
        );
        self.findings.add(Kind::RtpcOutOfRange, path, message);
    }
}

fn unused(source: &Interactive, used: &BTreeSet<&str>, findings: &mut Findings) {
    for (n, rtpc) in source.rtpcs.iter().enumerate() {
        if !used.contains(rtpc.name.as_str()) {
            let message = format!("nothing follows {:?}; bind it or remove it", rtpc.name);
            findings.add(Kind::UnusedRtpc, format!("interactive.rtpcs[{n}]"), message);
        }
    }
}

fn never_set(source: &Interactive, findings: &mut Findings) {
    let actions = source.events.iter().flat_map(|event| &event.actions);
    let set: BTreeSet<(&str, &str)> = actions
        .filter_map(|action| match &action.kind {
            ActionKind::SetState(group, value) | ActionKind::SetSwitch(group, value) => {
                Some((group.as_str(), value.as_str()))
            }
            _ => None,
        })
        .collect();
    for (n, group) in source.states.iter().enumerate() {
        for (m, value) in group.values.iter().enumerate() {
            if !set.contains(&(&group.name, &value.name)) {
                let path = format!("interactive.states[{n}].values[{m}]");
                let message = never("the state", &value.name, &group.name);
                findings.add(Kind::StateNeverSet, path, message);
            }
        }
    }
    let called = source
        .switches
        .iter()
        .enumerate()
        .filter(|(_, it)| it.follow.is_none());
    for (n, group) in called {
        let usual = group.default.as_ref().or(group.values.first());
        for (m, value) in group.values.iter().enumerate() {
            if usual != Some(value) && !set.contains(&(&group.name, value)) {
                let path = format!("interactive.switches[{n}].values[{m}]");
                let message = never("the switch value", value, &group.name);
                findings.add(Kind::SwitchNeverSet, path, message);
            }
        }
    }
}

fn never(what: &str, value: &str, group: &str) -> String {
    format!("no event sets {what} {value:?} of {group:?}; only a call of the game could")
}
