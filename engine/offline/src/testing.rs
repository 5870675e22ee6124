//! What the tests of this crate share.

use std::path::PathBuf;

/// Frames of the mono and stereo fixtures, and of the six-channel ones.
pub(crate) const FRAMES: usize = 9001;
pub(crate) const SIX_FRAMES: usize = 2000;

/// A committed file of `tests-data`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests-data")
        .join(name)
}

/// The 16-bit chirp of channel `channel` in every fixture (300 Hz + 100 Hz per channel, rising).
pub(crate) fn signal(frames: usize, channel: u32) -> Vec<i16> {
    let (mut phase, mut step) = (0u32, (300 + 100 * channel) * 97_391);
    let mut next = || {
        let x = i32::from(phase.wrapping_shr(16) as u16 as i16);
        phase = phase.wrapping_add(step);
        step = step.wrapping_add(29_000);
        ((x * (32_768 - x.abs())) >> 14) as i16
    };
    (0..frames).map(|_| next()).collect()
}

/// The same as f32, full scale = 1.
pub(crate) fn signal_f32(frames: usize, channel: u32) -> Vec<f32> {
    signal(frames, channel)
        .into_iter()
        .map(|x| f32::from(x) / 32_768.0)
        .collect()
}

/// Runs an oracle program and returns (success, stdout, stderr), or `None` if it is not installed.
///
/// # Panics
/// If it is not installed and `SEGUE_ORACLES` is `required`, as `cargo xtask test` sets it: a test
/// that asks nobody says nothing.
pub(crate) fn oracle(program: &str, args: &[&str]) -> Option<(bool, Vec<u8>, String)> {
    let out = std::process::Command::new(program).args(args).output();
    let Ok(out) = out else {
        let required = std::env::var_os("SEGUE_ORACLES").is_some_and(|word| word == "required");
        assert!(!required, "{program} is not installed: cargo xtask setup");
        return None;
    };
    Some((
        out.status.success(),
        out.stdout,
        String::from_utf8_lossy(&out.stderr).into_owned(),
    ))
}

/// Small deterministic noise source.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963);
        let x = self.0;
        (x >> 29) ^ x
    }

    /// Uniform in -1..1.
    pub(crate) fn sample(&mut self) -> f32 {
        (self.next() as i32) as f32 / 2_147_483_648.0
    }
}

/// `count` damaged copies of `bytes`: bits turned, parts cut out, doubled or exchanged for noise.
pub(crate) fn damaged(bytes: &[u8], count: u64) -> impl Iterator<Item = Vec<u8>> {
    (1..=count).map(move |seed| {
        let mut noise = Noise(seed);
        let mut copy = bytes.to_vec();
        for _ in 0..=noise.next() % 4 {
            let at = noise.next() as usize % copy.len().max(1);
            let end = (at + 1 + noise.next() as usize % 40).min(copy.len());
            match noise.next() % 5 {
                _ if copy.is_empty() => {}
                0 => copy[at] ^= 1 << (noise.next() % 8),
                1 => copy.truncate(at),
                2 => drop(copy.drain(at..end)),
                3 => copy.extend_from_within(at..end),
                _ => copy[at..end].fill_with(|| noise.next() as u8),
            }
        }
        copy
    })
}
