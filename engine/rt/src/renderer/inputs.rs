//! Where voices are mixed into.

use super::BusInput;
use crate::ids::BusId;
use crate::mixer::Mixer;
use crate::voices::BusInputs;

/// The mixer as voices see it during one span.
pub(super) struct Inputs<'a> {
    pub(super) mixer: &'a mut Mixer,
    pub(super) frames: usize,
}

impl BusInputs for Inputs<'_> {
    fn exists(&self, bus: BusId) -> bool {
        self.mixer.exists(bus)
    }

    fn input(&mut self, bus: BusId) -> Option<[&mut [f32]; 2]> {
        let frames = self.frames;
        self.mixer
            .input(bus)
            .map(|sides| sides.map(|side| &mut side[..frames]))
    }

    fn path_gain(&self, bus: BusId) -> f32 {
        self.mixer.path_gain(bus)
    }

    fn is_inside(&self, bus: BusId, of: BusId) -> bool {
        self.mixer.is_inside(bus, of)
    }
}

impl BusInput<'_> {
    /// Adds the frames from `place` on to the input of its bus.
    pub(super) fn add(&self, place: usize, frames: usize, mixer: &mut Mixer) {
        let Some(into) = mixer.input(self.bus) else {
            return;
        };
        for (into, from) in into.into_iter().zip(self.sides) {
            let from = &from[place..place + frames];
            into.iter_mut().zip(from).for_each(|(sum, x)| *sum += x);
        }
    }
}
