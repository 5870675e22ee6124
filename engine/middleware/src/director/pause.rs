//! Pauses of music and layers: their machines stand still with what they play.

use super::plays::Source;
use super::score::Machine;
use super::state::{Cx, State};
use crate::bank::event::{Action, Fade, Target};
use crate::source::Scope;
use segue_rt::game::ObjectId;

impl State {
    /// A pause or resume of the music, of a segment, or of everything that is on the global object,
    /// concerns all of the music; the same holds for the layers, which stay in step.
    pub(super) fn pause_machines(
        &mut self,
        cx: &mut Cx<'_>,
        play: u32,
        action: &Action,
        (target, targets): (Target, &[u32]),
        on: bool,
    ) {
        let whole = self.is_whole(play, action.scope);
        let source = |at: &u32| self.plays.get(self.pool.get(*at).play).source;
        let mut hit = [whole && target.is_none(); 2];
        for source in targets.iter().map(source) {
            hit[0] |= matches!(source, Source::Music(_));
            hit[1] |= matches!(source, Source::Layer(_));
        }
        for (machine, hit) in [Machine::Music, Machine::Layers].into_iter().zip(hit) {
            if hit {
                self.pause_machine(cx, machine, on, action.fade);
            }
        }
    }

    /// Whether a scope has everything in it that is on the global object.
    pub(super) fn is_whole(&self, play: u32, scope: Scope) -> bool {
        match scope {
            Scope::Global | Scope::All => true,
            Scope::GameObject => self.plays.get(play).holder == ObjectId::GLOBAL,
            _ => false,
        }
    }

    fn pause_machine(&mut self, cx: &mut Cx<'_>, machine: Machine, on: bool, fade: Fade) {
        for n in 0..self.score.plays.len() {
            let (key, play) = self.score.plays.entries()[n];
            if key.0 == machine {
                self.pause_play(cx, play, on, fade);
            }
        }
        let grid = match machine {
            Machine::Music => Self::transport_grid(cx),
            Machine::Layers => self.outer_grid(cx, cx.at),
        };
        let (score, grid) = (&mut self.score, grid.as_ref());
        match (machine, &cx.bank.adaptive, &mut score.adaptive) {
            (Machine::Music, ..) if on => score.music.pause(cx.at),
            (Machine::Music, ..) => {
                let form = &cx.bank.music;
                score.music.resume(form, cx.at, grid, &mut score.commands);
            }
            (Machine::Layers, Some(_), Some((_, layers))) if on => layers.pause(cx.at),
            (Machine::Layers, Some(form), Some((_, layers))) => {
                layers.resume(form, cx.at, grid, &mut score.commands);
            }
            _ => {}
        }
        self.perform(cx, machine);
    }
}
