//! Small engines whose sound is known, for the tests of the harness: one that is right and two that are wrong.

use std::sync::Arc;

use crate::asset::Asset;
use crate::subject::{
    Contender, Heap, Mix, Result, Role, Setup, Slot, Subject, balance, real_voices_only,
};

/// Plain linear interpolation.
pub(crate) const LINEAR: Contender = Contender {
    name: "reference",
    quality: "linear",
    role: Role::Peer,
    heap: Heap::Rust,
    pan_gains: [balance; 2],
    supports: real_voices_only,
    create: |setup| Ok(Box::new(Linear::new(setup, 1.0, 1.0))),
};

/// Half a per cent sharp.
pub(crate) const SHARP: Contender = Contender {
    create: |setup| Ok(Box::new(Linear::new(setup, 1.005, 1.0))),
    ..LINEAR
};

/// Silent.
pub(crate) const DEAF: Contender = Contender {
    create: |setup| Ok(Box::new(Linear::new(setup, 1.0, 0.0))),
    ..LINEAR
};

struct Linear {
    assets: Vec<Arc<Asset>>,
    slots: Vec<Slot>,
    voices: Vec<Option<(Mix, f64)>>,
    pitch: f64,
    level: f32,
}

impl Linear {
    fn new(setup: &Setup, pitch: f64, level: f32) -> Self {
        let voices = vec![None; setup.slots.len()];
        Self {
            assets: setup.assets.clone(),
            slots: setup.slots.clone(),
            voices,
            pitch,
            level,
        }
    }
}

impl Subject for Linear {
    fn start(&mut self, slot: usize, mix: Mix) -> Result<()> {
        self.voices[slot] = Some((mix, 0.0));
        Ok(())
    }

    fn retarget(&mut self, slot: usize, mix: Mix) -> Result<()> {
        if let Some((old, _)) = &mut self.voices[slot] {
            *old = mix;
        }
        Ok(())
    }

    fn render_block(&mut self, out: &mut [f32]) -> Result<()> {
        out.fill(0.0);
        for (slot, voice) in self.slots.iter().zip(&mut self.voices) {
            let Some((mix, at)) = voice else { continue };
            let asset = &self.assets[slot.asset];
            let gains = balance(mix.pan).map(|side| side * mix.gain * self.level);
            for frame in out.chunks_exact_mut(2) {
                if *at >= asset.frames as f64 {
                    if !slot.looping {
                        break;
                    }
                    *at -= asset.frames as f64;
                }
                let value = interpolate(asset, *at);
                frame[0] += value[0] * gains[0];
                frame[1] += value[1] * gains[1];
                *at += mix.ratio * self.pitch;
            }
        }
        Ok(())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a position inside the asset"
)]
fn interpolate(asset: &Asset, at: f64) -> [f32; 2] {
    let index = at as usize;
    let part = at.fract() as f32;
    let (a, b) = (asset.frame(index), asset.frame((index + 1) % asset.frames));
    [0, 1].map(|side| a[side] + part * (b[side] - a[side]))
}
