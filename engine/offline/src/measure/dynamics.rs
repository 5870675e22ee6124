//! DR after the TT meter, version 1.3.

/// DR and the level that it starts from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dynamics {
    /// dB from the loud passages to the peaks.
    pub range: f64,
    /// Level of the loudest fifth of the sound, as the peak of a sine with its RMS, dBFS.
    pub loud_db: f64,
}

/// Sums of the block under way and of the complete ones, per channel.
pub(super) struct DynamicRange {
    block_frames: usize,
    filled: usize,
    channels: Vec<Channel>,
}

#[derive(Clone, Default)]
struct Channel {
    energy: f64,
    peak: f32,
    /// RMS and peak of each complete block.
    blocks: Vec<(f32, f32)>,
}

impl DynamicRange {
    pub(super) fn new(rate: u32, channels: usize) -> Self {
        // The original takes 44,160 frames for a second at 44.1 kHz.
        let second = if rate == 44_100 { 44_160 } else { rate };
        Self {
            block_frames: 3 * second as usize,
            filled: 0,
            channels: vec![Channel::default(); channels],
        }
    }

    pub(super) fn push(&mut self, planes: &[&[f32]]) {
        let frames = planes.first().map_or(0, |plane| plane.len());
        let mut at = 0;
        while at < frames {
            let n = (self.block_frames - self.filled).min(frames - at);
            for (channel, plane) in self.channels.iter_mut().zip(planes) {
                channel.add(&plane[at..at + n]);
            }
            self.filled += n;
            at += n;
            if self.filled == self.block_frames {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        // At most 3 s of frames: exact.
        let frames = self.filled as f64;
        self.channels
            .iter_mut()
            .for_each(|channel| channel.close(frames));
        self.filled = 0;
    }

    /// Means over the channels that sound.
    pub(super) fn finish(mut self) -> Option<Dynamics> {
        if self.filled > 0 {
            self.close();
        }
        let found: Vec<Dynamics> = self
            .channels
            .iter_mut()
            .filter_map(Channel::dynamics)
            .collect();
        let count = found.len() as f64;
        let mean = |value: fn(&Dynamics) -> f64| found.iter().map(value).sum::<f64>() / count;
        (!found.is_empty()).then(|| Dynamics {
            range: mean(|found| found.range),
            loud_db: mean(|found| found.loud_db),
        })
    }
}

/// As the number is shown.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded and clamped to a small range"
)]
pub(super) fn rounded(range: f64) -> u32 {
    range.round().clamp(0.0, 200.0) as u32
}

impl Channel {
    fn add(&mut self, x: &[f32]) {
        self.energy += energy(x);
        self.peak = x.iter().fold(self.peak, |peak, x| peak.max(x.abs()));
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "f32 is precise enough for DR"
    )]
    fn close(&mut self, frames: f64) {
        let rms = (2.0 * self.energy / frames).sqrt() as f32;
        self.blocks.push((rms, self.peak));
        (self.energy, self.peak) = (0.0, 0.0);
    }

    /// -20·log10(RMS over the loudest fifth of the blocks ÷ second-highest block peak).
    fn dynamics(&mut self) -> Option<Dynamics> {
        let loudest = (self.blocks.len() / 5).max(1);
        let mut peaks: Vec<f32> = self.blocks.iter().map(|block| block.1).collect();
        peaks.sort_by(|a, b| b.total_cmp(a));
        let peak = peaks.get(1).or(peaks.first()).copied().map(f64::from)?;
        self.blocks.sort_by(|a, b| b.0.total_cmp(&a.0));
        let sum: f64 = self.blocks[..loudest]
            .iter()
            .map(|b| f64::from(b.0).powi(2))
            .sum();
        let rms = (sum / loudest as f64).sqrt();
        (rms > 0.0 && peak > 0.0).then(|| Dynamics {
            range: -20.0 * (rms / peak).log10(),
            loud_db: 20.0 * rms.log10(),
        })
    }
}

/// Σx² in f64, in a fixed order of eight sums.
pub(super) fn energy(x: &[f32]) -> f64 {
    let mut sums = [0.0f64; 8];
    let (eights, rest) = x.as_chunks::<8>();
    for eight in eights {
        for (sum, x) in sums.iter_mut().zip(eight) {
            *sum += f64::from(*x) * f64::from(*x);
        }
    }
    let tail: f64 = rest.iter().map(|x| f64::from(*x).powi(2)).sum();
    sums.iter().sum::<f64>() + tail
}
