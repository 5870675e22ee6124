//! What a file is, and every file of "Night chase" in one table.

use std::fmt;

use segue_offline::quantize::{Dither, Quantizer};

use crate::canvas::Canvas;
use crate::stems::{arp, bass, drums, lead, pad};
use crate::{ambience as wind, shots, voice};

/// Bits of a sample.
pub(crate) const BITS: u16 = 16;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A loop of the music.
    Stem,
    /// A loop in the background.
    Ambience,
    /// Plays once.
    Shot,
}

/// One file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    /// Name of the asset and of its file.
    pub(crate) id: &'static str,
    /// What it is for.
    pub(crate) role: Role,
    make: fn() -> Vec<Canvas>,
}

/// The samples of a file: whole numbers of [`BITS`] bits, interleaved.
#[derive(Clone, Debug)]
pub(crate) struct Pcm {
    /// Channels: 1 or 2.
    pub(crate) channels: u16,
    /// Frame after frame.
    pub(crate) interleaved: Vec<i32>,
    /// Samples that did not fit.
    pub(crate) clips: u64,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Role::Stem => "stem",
            Role::Ambience => "ambience",
            Role::Shot => "shot",
        })
    }
}

impl Item {
    /// Synthesises it.
    pub(crate) fn render(&self) -> Pcm {
        let planes: Vec<Vec<f64>> = (self.make)()
            .into_iter()
            .map(Canvas::into_samples)
            .collect();
        let frames = planes.first().map_or(0, Vec::len);
        let mut quantizer = Quantizer::new(BITS.into(), Dither::None);
        let mut interleaved = Vec::with_capacity(frames * planes.len());
        for n in 0..frames {
            let frame = planes.iter().filter_map(|plane| plane.get(n));
            interleaved.extend(frame.map(|x| quantizer.quantize(segue_dsp::math::to_f32(*x))));
        }
        let channels = if planes.len() == 2 { 2 } else { 1 };
        Pcm {
            channels,
            interleaved,
            clips: quantizer.clips(),
        }
    }

    /// Path inside the project folder.
    pub(crate) fn file(&self) -> String {
        format!("assets/{}.flac", self.id)
    }
}

impl Pcm {
    /// Length in frames.
    pub(crate) fn frames(&self) -> usize {
        self.interleaved.len() / usize::from(self.channels)
    }
}

/// All files of "Night chase", the music from calm to full first.
pub(crate) const ITEMS: &[Item] = &[
    stem("pad", pad::render),
    stem("bass", bass::render),
    stem("drums_light", drums::light),
    stem("drums_full", drums::full),
    stem("arp", arp::render),
    stem("lead", lead::render),
    ambience("wind", wind::render),
    shot("ui_tick", || vec![shots::ui_tick()]),
    shot("ui_confirm", || vec![shots::ui_confirm()]),
    shot("ui_cancel", || vec![shots::ui_cancel()]),
    shot("coin", || vec![shots::coin()]),
    shot("bell", || vec![shots::bell()]),
    shot("boost", || vec![shots::boost()]),
    shot("footstep_a", || vec![shots::footstep_a()]),
    shot("footstep_b", || vec![shots::footstep_b()]),
    shot("impact", || vec![shots::impact()]),
    shot("whoosh", || vec![shots::whoosh()]),
    shot("riser", || vec![shots::riser()]),
    shot("stinger", || vec![shots::stinger()]),
    shot("vo_near", || vec![voice::near()]),
    shot("vo_go", || vec![voice::go()]),
    shot("vo_clear", || vec![voice::clear()]),
];

/// A loop of the music.
pub(crate) const fn stem(id: &'static str, make: fn() -> Vec<Canvas>) -> Item {
    Item {
        id,
        role: Role::Stem,
        make,
    }
}

/// A loop in the background. `make` renders one canvas, or two for left and right.
pub(crate) const fn ambience(id: &'static str, make: fn() -> Vec<Canvas>) -> Item {
    Item {
        id,
        role: Role::Ambience,
        make,
    }
}

/// Something that plays once.
pub(crate) const fn shot(id: &'static str, make: fn() -> Vec<Canvas>) -> Item {
    Item {
        id,
        role: Role::Shot,
        make,
    }
}
