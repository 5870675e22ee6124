//! The host of `segue-vst3-host` with the small plug-in of [`clap`](super::clap) in it.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::Ordering;

use vst3::ComPtr;
use vst3::Steinberg::{IPluginFactory, IPluginFactory3, kResultOk};

pub(super) use segue_vst3_host::{Block, MAX, RATE, Said, Stream, note, stereo};

use super::clap;
use crate::{Module, Options};

pub(super) static MODULE: Module =
    // SAFETY: the entry is a static that keeps CLAP's rules.
    unsafe { Module::new(&raw const clap::ENTRY, Options::DEFAULT) };

/// One plug-in in the host.
pub(super) struct Rig(segue_vst3_host::Rig);

impl Deref for Rig {
    type Target = segue_vst3_host::Rig;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Rig {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Rig {
    /// Created, not initialised.
    pub(super) fn created() -> Self {
        let id = crate::class::tuid(clap::ID.to_str().unwrap());
        Self(segue_vst3_host::Rig::created(&plain_factory(), &id))
    }

    /// Initialised, with a handler.
    pub(super) fn new() -> Self {
        let rig = Self::created();
        rig.initialize();
        rig
    }

    /// Active, with all busses.
    pub(super) fn active() -> Self {
        let rig = Self::new();
        for index in 0..2 {
            rig.activate_bus(true, index, true);
            rig.activate_bus(false, index, true);
        }
        rig.activate();
        rig
    }

    /// Writes a command, with a block while active, and turns the run loop.
    pub(super) fn command(&self, command: f64) -> Block {
        let mut block = Block::new(16);
        block.changes.push((self.id(4), 0, command / 16.0));
        assert_eq!(self.process(&mut block), kResultOk);
        self.ear.turn();
        block
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let wrong = clap::VIOLATIONS.load(Ordering::Relaxed);
        assert_eq!(wrong, 0, "a call on the wrong thread");
    }
}

fn plain_factory() -> ComPtr<IPluginFactory> {
    // SAFETY: the module returns a factory with one reference.
    unsafe { segue_vst3_host::factory(MODULE.factory()) }
}

pub(super) fn factory() -> ComPtr<IPluginFactory3> {
    plain_factory().cast().unwrap()
}
