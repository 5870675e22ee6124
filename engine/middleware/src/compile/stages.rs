//! Which event a stage posts.

use std::collections::BTreeMap;

use super::Compiler;
use super::names::place;
use crate::limits;
use crate::source::{Posts, StageBinding};
use crate::stage::StageInfo;
use crate::stage::bind::{Bound, StageTable, celebration, check_name};
use crate::stage::names::{self, AROUND, Qualified, chain};
use crate::values::check::Resolve;

impl Compiler<'_> {
    pub(super) fn stages(&mut self) -> StageTable {
        let source = &self.source.stages;
        let bindings = source.bindings.len();
        self.count(
            "stages.bindings",
            "bindings",
            bindings,
            limits::STAGE_BINDINGS,
        );
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut bound = Vec::with_capacity(bindings);
        let posts = Posts::among(&self.source.events);
        for (n, binding) in source.bindings.iter().enumerate() {
            let path = format!("stages.bindings[{n}]");
            let plain = !binding.stage.contains(['.', ':']);
            let key = match plain {
                true => chain(&binding.stage)[0].clone(),
                false => binding.stage.clone(),
            };
            if let Some(first) = seen.insert(key, n) {
                let message = format!(
                    "{:?} is bound by stages.bindings[{first}] already; leave one out",
                    binding.stage
                );
                self.checks.say(format!("{path}.stage"), message);
            }
            bound.push(self.binding(&path, binding, &posts));
        }
        for (path, message) in source.tiers.iter().flat_map(|tiers| tiers.problems()) {
            self.checks.say(format!("stages.tiers.{path}"), message);
        }
        for (n, profile) in source.profiles.iter().enumerate() {
            for message in profile.problems() {
                self.checks.say(format!("stages.profiles[{n}]"), message);
            }
        }
        StageTable::new(bound, source.tiers.clone(), source.profiles.clone())
    }

    fn binding(&mut self, path: &str, binding: &StageBinding, posts: &Posts<'_>) -> Bound {
        let stage = self.stage_of(&format!("{path}.stage"), &binding.stage);
        let event = place(&self.names.events, "event", &binding.event);
        self.checks.take(format!("{path}.event"), event);
        let fade = format!("{path}.fade_ms");
        self.checks.within(fade, binding.fade_ms, 0.0..=60_000.0);
        for (field, rtpc) in &binding.rtpcs {
            let path = format!("{path}.rtpcs.{field}");
            let is_payload = |stage: &&StageInfo| {
                !AROUND.contains(&field.as_str())
                    && !names::derived(stage.name).contains(&field.as_str())
            };
            if let Some(stage) = stage.filter(is_payload) {
                let found = stage.field(field).map_err(|error| error.to_string());
                self.checks.take(path.clone(), found);
            }
            let found = self.names.rtpc(rtpc);
            self.checks.take(path, found);
        }
        Bound {
            stage: binding.stage.clone(),
            event: binding.event.clone(),
            each: binding.each,
            fade_s: f64::from(binding.fade_ms) / 1000.0,
            rtpcs: binding.rtpcs.clone(),
            celebration: celebration(posts, &binding.event),
        }
    }

    /// The stage that a name or qualified name is about, where it is one.
    fn stage_of(&mut self, path: &str, name: &str) -> Option<&'static StageInfo> {
        match Qualified::parse(name) {
            Ok(Some(qualified)) => Some(qualified.stage),
            Ok(None) => {
                self.checks.take(path, check_name(name))?;
                names::stage_of(name)
            }
            Err(message) => self.say(path, message, None),
        }
    }
}
