//! Containers and sounds: children, properties, no circle, and not too deep.

use super::names::place;
use super::{Compiler, WorldSound, chains};
use crate::bank::node::{Binding, Kind, Node, Sound};
use crate::containers::blend::BlendPlan;
use crate::containers::group::GroupPlan;
use crate::containers::random::RandomPlan;
use crate::containers::sequence::{MIN_LOOP_MS, SequencePlan};
use crate::containers::switch::SwitchPlan;
use crate::ids::NodeIx;
use crate::limits;
use crate::source::{Container, ContainerKind, Props};
use crate::values::check::{Resolve, db_to_gain, index};
use crate::values::curve::Curve;
use crate::values::states::{StateGroups, Target};

impl Compiler<'_> {
    pub(super) fn nodes(&mut self, states: Option<&StateGroups>) -> Box<[Node]> {
        let source = self.source;
        let bounded = self.depths();
        let mut nodes: Vec<Node> = Vec::new();
        for (n, container) in source.containers.iter().enumerate() {
            nodes.push(self.container(&format!("containers[{n}]"), container));
        }
        let rate = self.rate();
        nodes.extend(self.world.sounds.iter().map(|it| sound(it, rate)));
        for (n, node) in nodes.iter_mut().enumerate() {
            node.state = states.and_then(|states| states.target(Target::Node(NodeIx(index(n)))));
        }
        if bounded {
            lengths(&mut nodes);
            self.short_loops(&nodes);
        }
        nodes.into_boxed_slice()
    }

    /// A sequence that repeats needs its least length also where its children say how long it is.
    fn short_loops(&mut self, nodes: &[Node]) {
        for (n, node) in nodes.iter().enumerate() {
            let Kind::Sequence(plan) = &node.kind else {
                continue;
            };
            let child = |step: u8| node.children.get(usize::from(step));
            let natural = |step: u8| child(step).and_then(|it| nodes[it.at()].once).unwrap_or(0);
            if let Some(frames) = plan.too_short(natural) {
                let ms = frames * 1_000.0 / self.rate();
                let message = format!(
                    "{ms:.3} ms repeat, as long as what the steps play; at least {MIN_LOOP_MS} ms are needed: give \
                     one duration_ms, or a later start_ms"
                );
                self.checks.say(format!("containers[{n}].steps"), message);
            }
        }
    }

    fn container(&mut self, path: &str, container: &Container) -> Node {
        let children = children(&container.kind);
        let most = match container.kind {
            ContainerKind::Blend(_) => limits::BLEND_CHILDREN,
            ContainerKind::Random(_) => limits::RANDOM_CHILDREN,
            ContainerKind::Sequence(_) => limits::STEPS,
            ContainerKind::Switch(_) | ContainerKind::Group(_) => limits::GROUP_CHILDREN,
        };
        // The plan of a switch container looks its children up itself.
        let own = !matches!(container.kind, ContainerKind::Switch(_));
        let children = if own { children } else { Vec::new() };
        self.count(path, "children", children.len(), most);
        let children = children
            .iter()
            // One that is missing is a problem; in its place nothing may stand, least of all the
            // container itself.
            .filter_map(|(key, child)| self.node(&format!("{path}.{key}"), child))
            .collect();
        let kind = self.kind(path, &container.kind);
        Node {
            children,
            ..self.props(path, &container.props, kind)
        }
    }

    fn props(&mut self, path: &str, props: &Props, kind: Option<Kind>) -> Node {
        let at = |key: &str| format!("{path}.{key}");
        self.checks
            .within(at("gain_db"), props.gain_db, -96.0..=24.0);
        self.checks
            .within(at("pitch_st"), props.pitch_st, -24.0..=24.0);
        self.checks.within(at("pan"), props.pan, -1.0..=1.0);
        let bus = props.bus.as_ref();
        let bus = bus.and_then(|bus| self.bus(&at("bus"), bus));
        self.count(
            &at("bindings"),
            "bindings",
            props.bindings.len(),
            limits::BINDINGS,
        );
        let bindings = props
            .bindings
            .iter()
            .enumerate()
            .filter_map(|(n, binding)| {
                let path = format!("{path}.bindings[{n}]");
                let rtpc = self.names.rtpc(&binding.rtpc);
                let rtpc = self.checks.take(format!("{path}.rtpc"), rtpc);
                let curve = self
                    .checks
                    .part(&format!("{path}.curve"), Curve::compile(&binding.curve));
                Some(Binding {
                    rtpc: rtpc?,
                    target: binding.target,
                    curve: curve?,
                })
            });
        Node {
            gain: db_to_gain(f64::from(props.gain_db)),
            pitch_st: props.pitch_st,
            pan: props.pan,
            bus,
            bindings: bindings.collect(),
            state: None,
            max_voices: props.max_voices,
            kind: kind.unwrap_or(Kind::Sound(Sound::MISSING)),
            children: Box::default(),
            length: None,
            once: None,
        }
    }

    fn kind(&mut self, path: &str, kind: &ContainerKind) -> Option<Kind> {
        let rate = self.rate();
        let (checks, names) = (&mut self.checks, &self.names);
        Some(match kind {
            ContainerKind::Blend(blend) => {
                let rtpc = checks.take(format!("{path}.rtpc"), names.rtpc(&blend.rtpc));
                let plan = checks.part(path, BlendPlan::compile(blend, rate));
                Kind::Blend {
                    rtpc: rtpc?,
                    plan: plan?,
                }
            }
            ContainerKind::Random(random) => {
                Kind::Random(checks.part(path, RandomPlan::compile(random))?)
            }
            ContainerKind::Sequence(sequence) => {
                Kind::Sequence(checks.part(path, SequencePlan::compile(sequence, rate))?)
            }
            ContainerKind::Switch(switch) => {
                Kind::Switch(checks.part(path, SwitchPlan::compile(switch, names, rate))?)
            }
            ContainerKind::Group(group) => {
                Kind::Group(checks.part(path, GroupPlan::compile(group, names))?)
            }
        })
    }

    /// Refuses containers that hold themselves, or too deeply; true when there are none.
    fn depths(&mut self) -> bool {
        let count = self.source.containers.len();
        let edges: Vec<Vec<u32>> = self
            .source
            .containers
            .iter()
            .map(|container| {
                let held = children(&container.kind).into_iter();
                let held = held.filter_map(|(_, name)| place(&self.names.nodes, "", name).ok());
                held.filter(|node| (*node as usize) < count).collect()
            })
            .collect();
        let names: Vec<&str> = self.names.nodes.texts().collect();
        chains::check(
            "containers",
            "containers hold",
            &edges,
            &names,
            limits::CONTAINER_DEPTH,
            &mut self.checks,
        )
    }
}

/// The names of children, with the keys they stand under.
fn children(kind: &ContainerKind) -> Vec<(String, &str)> {
    fn keyed<'a>(list: &str, names: impl Iterator<Item = &'a String>) -> Vec<(String, &'a str)> {
        let names = names.enumerate();
        names
            .map(|(n, name)| (format!("{list}[{n}].child"), name.as_str()))
            .collect()
    }
    match kind {
        ContainerKind::Blend(blend) => keyed("children", blend.children.iter().map(|it| &it.child)),
        ContainerKind::Random(random) => {
            keyed("children", random.children.iter().map(|it| &it.child))
        }
        ContainerKind::Sequence(sequence) => {
            keyed("steps", sequence.steps.iter().map(|it| &it.child))
        }
        ContainerKind::Group(group) => keyed("children", group.children.iter().map(|it| &it.child)),
        ContainerKind::Switch(switch) => {
            let values = switch.values.iter().flat_map(|(_, children)| children);
            let all = values.chain(&switch.default);
            all.map(|name| (String::new(), name.as_str())).collect()
        }
    }
}

fn sound(sound: &WorldSound, rate: f64) -> Node {
    Node {
        gain: 1.0,
        pitch_st: 0.0,
        pan: 0.0,
        bus: None,
        bindings: Box::default(),
        state: None,
        max_voices: 0,
        kind: Kind::Sound(Sound::new(sound, rate)),
        children: Box::default(),
        length: None,
        once: None,
    }
}

/// Fills in how long each node takes. They are not too deep.
fn lengths(nodes: &mut [Node]) {
    let mut known = vec![None; nodes.len()];
    let mut known_once = known.clone();
    for n in 0..nodes.len() {
        let length = length(nodes, n, false, &mut known);
        let once = self::length(nodes, n, true, &mut known_once);
        (nodes[n].length, nodes[n].once) = (length, once);
    }
}

/// The longest of its children, for a container.
fn length(nodes: &[Node], n: usize, once: bool, known: &mut [Option<Option<u64>>]) -> Option<u64> {
    if let Some(known) = known[n] {
        return known;
    }
    // A child that is not there stands for the first node: that may be this one.
    known[n] = Some(None);
    let node = &nodes[n];
    let mut children = node
        .children
        .iter()
        .map(|child| length(nodes, child.at(), once, known));
    let found = match &node.kind {
        Kind::Sound(sound) if once => sound.once(),
        Kind::Sound(sound) => sound.length(),
        Kind::Sequence(plan) if once => {
            let lengths: Vec<_> = children.map(Option::unwrap_or_default).collect();
            let natural = |step: u8| lengths.get(usize::from(step)).copied().unwrap_or(0);
            Some(plan.pass_length(natural))
        }
        Kind::Sequence(_) | Kind::Switch(_) => None,
        Kind::Blend { .. } | Kind::Random(_) | Kind::Group(_) => {
            children.try_fold(0, |longest: u64, length| Some(longest.max(length?)))
        }
    };
    known[n] = Some(found);
    found
}
