//! From the author's names and units to a [`Bank`]: checks everything, and says all that is wrong.

mod chains;
mod containers;
mod events;
mod mixer;
pub(crate) mod names;
pub(crate) mod nearest;
mod notes;
mod parts;
mod stages;
#[cfg(test)]
mod tests;
mod world;

pub use world::{World, WorldParam, WorldSound};

use segue_rt::ids::BusId;

use crate::bank::Bank;
use crate::ids::NodeIx;
use crate::limits;
use crate::source::Interactive;
use crate::values::check::{Checks, Problem, Resolve};
use names::Names;

/// Checks the interactive part of a project and makes a bank of it. `[main-thread]`
///
/// # Errors
/// Everything that is wrong, each with its path.
pub fn compile(source: &Interactive, world: &World) -> Result<Bank, Vec<Problem>> {
    let mut checks = Checks::new();
    let names = Names::build(source, world, &mut checks);
    let compiler = Compiler {
        source,
        world,
        names,
        checks,
    };
    compiler.bank()
}

struct Compiler<'a> {
    source: &'a Interactive,
    world: &'a World,
    names: Names,
    checks: Checks,
}

impl Compiler<'_> {
    fn bank(mut self) -> Result<Bank, Vec<Problem>> {
        self.sizes();
        let mut values = self.values();
        let nodes = self.nodes(values.as_ref().map(|it| &it.states));
        let events = self.events();
        let notes = self.notes();
        let mixer = self.mixer(values.as_ref());
        let macros = self.macros();
        if let Some(values) = &mut values {
            self.begin(&mut values.rtpcs);
        }
        let host_params = self.host_params();
        let stages = std::sync::Arc::new(self.stages());
        let music = self.music(&nodes);
        let adaptive = self.adaptive(&nodes);
        let parts = values.zip(music).zip(adaptive);
        let world = self.world;
        let mut names = self.names;
        if let Some((_, Some(adaptive))) = &parts {
            names.take_adaptive(adaptive);
        }
        let bank = parts.map(|((values, music), adaptive)| Bank {
            rate: world.sample_rate,
            seed: world.seed,
            session: world.session,
            nodes,
            events,
            object_voices: self.source.game_objects.max_voices,
            notes,
            macros,
            host_params,
            stages,
            mixer,
            values,
            music,
            adaptive,
            names,
        });
        self.checks.finish(bank)
    }

    fn rate(&self) -> f64 {
        self.world.sample_rate
    }

    fn sizes(&mut self) {
        let rate = self.world.sample_rate;
        self.checks.within("sample_rate", rate, 8_000.0..=384_000.0);
        let source = self.source;
        let sizes = [
            ("containers", source.containers.len(), limits::CONTAINERS),
            ("rtpcs", source.rtpcs.len(), limits::RTPCS),
            ("states", source.states.len(), limits::STATE_GROUPS),
            ("switches", source.switches.len(), limits::SWITCH_GROUPS),
            ("ducks", source.ducks.len(), limits::DUCKS),
            ("notes", source.notes.len(), limits::NOTE_EVENTS),
            (
                "music.segments",
                source.music.segments.len(),
                limits::SEGMENTS,
            ),
            (
                "music.playlists",
                source.music.playlists.len(),
                limits::PLAYLISTS,
            ),
            (
                "music.transitions",
                source.music.transitions.len(),
                limits::TRANSITIONS,
            ),
            (
                "music.stingers",
                source.music.stingers.len(),
                limits::STINGERS,
            ),
        ];
        for (path, count, most) in sizes {
            let what = path.rsplit('.').next().unwrap_or(path);
            self.count(path, what, count, most);
        }
    }

    /// Reports more of something than its limit.
    fn count(&mut self, path: &str, what: &str, count: usize, most: usize) {
        if count > most {
            let message = format!("{count} {what} are over the limit of {most}");
            self.checks.say(path, message);
        }
    }

    /// Reports a problem and goes on with `value`.
    fn say<T>(&mut self, path: &str, message: String, value: T) -> T {
        self.checks.say(path, message);
        value
    }

    fn node(&mut self, path: &str, name: &str) -> Option<NodeIx> {
        let node = self.names.node(name);
        self.checks.take(path, node)
    }

    fn bus(&mut self, path: &str, name: &str) -> Option<BusId> {
        let bus = self.names.bus(name);
        self.checks.take(path, bus)
    }
}
