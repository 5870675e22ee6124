//! Channel layouts and the fold to stereo.

use crate::sample::Sample;

/// Speaker bits of `WAVEFORMATEXTENSIBLE` (`dwChannelMask`), which every decoder here maps to.
const FRONT_LEFT: u32 = 1 << 0;
const FRONT_RIGHT: u32 = 1 << 1;
const FRONT_CENTRE: u32 = 1 << 2;
const LOW_FREQUENCY: u32 = 1 << 3;
const BACK_LEFT: u32 = 1 << 4;
const BACK_RIGHT: u32 = 1 << 5;
const LEFT_OF_CENTRE: u32 = 1 << 6;
const RIGHT_OF_CENTRE: u32 = 1 << 7;
const BACK_CENTRE: u32 = 1 << 8;
const SIDE_LEFT: u32 = 1 << 9;
const SIDE_RIGHT: u32 = 1 << 10;
/// All bits the WAV format defines.
const KNOWN: u32 = (1 << 18) - 1;

/// -3 dB, the centre and surround coefficient of ITU-R BS.775.
const MINUS_3_DB: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// Which speaker each channel belongs to.
///
/// `mask` holds one bit per channel in WAV order (lowest bit = first channel); 0 means the
/// channels are discrete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    channels: u16,
    mask: u32,
}

impl Layout {
    /// Layout of `channels` channels without known speakers: mono and stereo get theirs, more
    /// channels stay discrete.
    pub fn discrete(channels: u16) -> Self {
        let mask = match channels {
            1 => FRONT_CENTRE,
            2 => FRONT_LEFT | FRONT_RIGHT,
            _ => 0,
        };
        Self { channels, mask }
    }

    /// The usual layout of WAV for 1 to 8 channels (3.0, quad, 5.0, 5.1, 6.1, 7.1), else discrete.
    pub fn usual(channels: u16) -> Self {
        let mask = match channels {
            3 => 0x7,
            4 => 0x33,
            5 => 0x37,
            6 => 0x3F,
            7 => 0x70F,
            8 => 0x63F,
            _ => return Self::discrete(channels),
        };
        Self { channels, mask }
    }

    /// Layout from a mask; a mask whose bit count is not `channels` is dropped.
    pub fn from_mask(channels: u16, mask: u32) -> Self {
        let known = mask & KNOWN;
        if known == mask && mask.count_ones() == u32::from(channels) {
            return Self { channels, mask };
        }
        Self::discrete(channels)
    }

    /// The same channels with other speakers: 0 for the usual ones, as in WAV, and as they are if the mask
    /// has another number.
    pub(crate) fn with_mask(self, mask: u32) -> Self {
        match mask {
            0 => Self::usual(self.channels),
            _ if mask.count_ones() == u32::from(self.channels) => {
                Self::from_mask(self.channels, mask)
            }
            _ => self,
        }
    }

    /// The speakers by name ("L R LFE"); "no speakers" for discrete channels.
    pub(crate) fn names(self) -> String {
        const NAMES: [&str; 18] = [
            "L", "R", "C", "LFE", "Lb", "Rb", "Lc", "Rc", "Cb", "Ls", "Rs", "Tc", "Tfl", "Tfc",
            "Tfr", "Tbl", "Tbc", "Tbr",
        ];
        let has = |bit: usize| self.mask >> bit & 1 == 1;
        let names: Vec<&str> = (0..NAMES.len())
            .filter(|bit| has(*bit))
            .map(|bit| NAMES[bit])
            .collect();
        if names.is_empty() {
            return "no speakers".to_owned();
        }
        names.join(" ")
    }

    /// Whether a format whose speakers follow from the number of channels can hold it (Vorbis, Opus,
    /// MP3, AAC). Surrounds at the side and at the back are the same to them, but in 6.1; what states no
    /// speakers has the usual ones in a result of them.
    pub(crate) fn is_usual(self) -> bool {
        let at_back = |mask: u32| {
            let side = SIDE_LEFT | SIDE_RIGHT;
            let back = BACK_LEFT | BACK_RIGHT;
            // A centre at the back lies between them: there the order is another one.
            if mask & (side | back) == side && mask & BACK_CENTRE == 0 {
                mask ^ side ^ back
            } else {
                mask
            }
        };
        let usual = Self::usual(self.channels).mask;
        // Where there is no LFE and no surround, one or two speakers are as loud as others.
        let is_plain =
            self.channels <= 2 && self.mask & !(0x7 | LEFT_OF_CENTRE | RIGHT_OF_CENTRE) == 0;
        is_plain || self.mask == 0 || at_back(self.mask) == at_back(usual) || self.channels > 8
    }

    /// Number of channels.
    pub fn channels(self) -> u16 {
        self.channels
    }

    /// Speaker bits, 0 for discrete channels.
    pub fn mask(self) -> u32 {
        self.mask
    }

    /// Left and right coefficients per channel.
    ///
    /// With known speakers: ITU-R BS.775 (L and R at 0 dB, centre and surrounds at -3 dB, LFE left
    /// out), not normalised, extended to 7.1 by side. Discrete channels: even ones to the left,
    /// odd ones to the right, averaged. Mono: both at 0 dB.
    fn coefficients(self) -> Vec<[f32; 2]> {
        match (self.channels, self.mask) {
            (1, _) => vec![[1.0, 1.0]],
            (2, _) => vec![[1.0, 0.0], [0.0, 1.0]],
            (n, 0) => discrete_fold(n),
            (_, mask) => (0..32)
                .map(|bit| 1 << bit)
                .filter(|b| mask & b != 0)
                .map(fold)
                .collect(),
        }
    }
}

/// Turns any layout into interleaved stereo, see [`fold_to_stereo`](StereoFold::process).
#[derive(Clone, Debug)]
pub struct StereoFold {
    coefficients: Vec<[f32; 2]>,
}

impl StereoFold {
    /// Prepares the coefficients: ITU-R BS.775 for known speakers (5.1: L + 0.707 C + 0.707 Ls,
    /// LFE left out, no normalisation, so the sum can exceed 1), an average of the even and the
    /// odd channels for discrete ones. `[thread-safe]`
    pub fn new(layout: Layout) -> Self {
        Self {
            coefficients: layout.coefficients(),
        }
    }

    /// Folds interleaved `input` (whole frames) and replaces `output` by interleaved stereo.
    pub fn process<T: Sample>(&self, input: &[T], output: &mut Vec<T>) {
        output.clear();
        let channels = self.coefficients.len().max(1);
        output.reserve(input.len() / channels * 2);
        for frame in input.chunks_exact(channels) {
            let (mut left, mut right) = (T::default(), T::default());
            for (x, [l, r]) in frame.iter().zip(&self.coefficients) {
                left = left + *x * T::from_f32(*l);
                right = right + *x * T::from_f32(*r);
            }
            output.extend([left, right]);
        }
    }
}

fn fold(speaker: u32) -> [f32; 2] {
    match speaker {
        FRONT_LEFT | LEFT_OF_CENTRE => [1.0, 0.0],
        FRONT_RIGHT | RIGHT_OF_CENTRE => [0.0, 1.0],
        FRONT_CENTRE => [MINUS_3_DB; 2],
        LOW_FREQUENCY => [0.0, 0.0],
        BACK_LEFT | SIDE_LEFT => [MINUS_3_DB, 0.0],
        BACK_RIGHT | SIDE_RIGHT => [0.0, MINUS_3_DB],
        BACK_CENTRE => [0.5; 2],
        // Height: bits 11 top centre, 12-14 top front L C R, 15-17 top back L C R.
        0x1000 | 0x8000 => [MINUS_3_DB, 0.0],
        0x4000 | 0x2_0000 => [0.0, MINUS_3_DB],
        _ => [0.5; 2],
    }
}

fn discrete_fold(channels: u16) -> Vec<[f32; 2]> {
    let left = 1.0 / f32::from(channels.div_ceil(2).max(1));
    let right = 1.0 / f32::from((channels / 2).max(1));
    (0..channels)
        .map(|c| {
            if c % 2 == 0 {
                [left, 0.0]
            } else {
                [0.0, right]
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(layout: Layout, frame: &[f32]) -> Vec<f32> {
        let mut out = vec![9.0];
        StereoFold::new(layout).process(frame, &mut out);
        out
    }

    #[test]
    fn bs775() {
        let k = MINUS_3_DB;
        // L R C LFE Ls Rs, one at a time.
        for (channel, expect) in [
            [1.0, 0.0],
            [0.0, 1.0],
            [k, k],
            [0.0, 0.0],
            [k, 0.0],
            [0.0, k],
        ]
        .iter()
        .enumerate()
        {
            let mut frame = [0.0; 6];
            frame[channel] = 1.0;
            assert_eq!(
                folded(Layout::usual(6), &frame),
                expect,
                "back, channel {channel}"
            );
            assert_eq!(
                folded(Layout::from_mask(6, 0x60F), &frame),
                expect,
                "side {channel}"
            );
        }
    }

    #[test]
    fn mono_stereo_and_discrete() {
        assert_eq!(
            folded(Layout::usual(1), &[0.5, 0.25]),
            [0.5, 0.5, 0.25, 0.25]
        );
        assert_eq!(folded(Layout::usual(2), &[0.5, 0.25]), [0.5, 0.25]);
        let f = folded(Layout::discrete(5), &[3.0, 1.0, 3.0, 2.0, 3.0]);
        assert!((f[0] - 3.0).abs() < 1e-6 && (f[1] - 1.5).abs() < 1e-6);
        assert_eq!(folded(Layout::discrete(64), &[1.0; 64]), [1.0, 1.0]);
    }

    #[test]
    fn odd_masks_become_discrete() {
        assert_eq!(Layout::from_mask(6, 0x3), Layout::discrete(6));
        assert_eq!(Layout::from_mask(2, 0x8000_0001), Layout::usual(2));
        assert_eq!(Layout::from_mask(0, 0).channels(), 0);
        assert_eq!(folded(Layout::discrete(0), &[]), []);
    }
}
