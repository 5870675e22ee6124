//! Source frames around a position as one slice: straight out of the sound where that is possible,
//! else put together in a scratch buffer from memory and from the lane.

use segue_dsp::voice::{self, VoiceKernels};

use super::LoopSpec;
use super::lanes::Lane;
use crate::sound::{GUARD_AFTER, GUARD_BEFORE, Pcm, Sound};

/// One channel of a sound, unrolled.
pub(super) struct Source<'a, 'l> {
    pub(super) sound: &'a Sound,
    pub(super) looping: LoopSpec,
    pub(super) channel: usize,
    /// Carries what is not in memory.
    pub(super) lane: Option<&'l mut Lane>,
}

impl<'a> Source<'a, '_> {
    /// Frames `first..first + needed` of the unrolled sound, silence outside of it, and `pad`
    /// frames of any value behind them. That is at most the length of `scratch`.
    pub(super) fn window(
        mut self,
        kernels: &VoiceKernels,
        first: i64,
        needed: usize,
        pad: usize,
        scratch: &'a mut [f32],
    ) -> &'a [f32] {
        let window = &mut scratch[..needed + pad];
        match (self.stored_range(first, needed, pad), self.sound.pcm()) {
            (Some(stored), Pcm::F32(planes)) => return &planes[self.channel][stored],
            (Some(stored), Pcm::I16(planes)) => {
                kernels.widen(&planes[self.channel][stored], &mut window[..needed]);
            }
            (None, _) => self.assemble(kernels, first, &mut window[..needed]),
        }
        window
    }

    /// Asks for the frames to be brought close, when they are in memory in one piece.
    pub(super) fn prefetch(&self, first: i64, needed: usize) {
        let Some(stored) = self.stored_range(first, needed, 0) else {
            return;
        };
        for channel in 0..self.sound.channels() {
            match self.sound.pcm() {
                Pcm::F32(planes) => voice::prefetch(&planes[channel][stored.clone()]),
                Pcm::I16(planes) => voice::prefetch(&planes[channel][stored.clone()]),
            }
        }
    }

    /// Where the frames lie in the stored plane when they lie there in one piece.
    fn stored_range(
        &self,
        first: i64,
        needed: usize,
        pad: usize,
    ) -> Option<std::ops::Range<usize>> {
        let at = first.max(0).cast_unsigned();
        let before = first.min(0).unsigned_abs();
        let (frame, run) = self.looping.locate(at, self.sound.frames());
        let resident = streamed_from(self.sound, self.looping).saturating_sub(at);
        let run = run.min(resident).saturating_add(before);
        let start = (usize::try_from(frame).ok()? + GUARD_BEFORE)
            .checked_sub(usize::try_from(before).ok()?)?;
        let end = start.checked_add(needed + pad)?;
        let stored = GUARD_BEFORE + self.sound.resident_frames() + GUARD_AFTER;
        (needed as u64 <= run && end <= stored).then_some(start..end)
    }

    fn assemble(&mut self, kernels: &VoiceKernels, first: i64, out: &mut [f32]) {
        let before = usize::try_from(first.saturating_neg())
            .unwrap_or(0)
            .min(out.len());
        let (silence, mut rest) = out.split_at_mut(before);
        silence.fill(0.0);
        let mut at = u64::try_from(first).unwrap_or(0);
        let streamed_from = streamed_from(self.sound, self.looping);
        while !rest.is_empty() {
            if at >= streamed_from {
                let length = self.looping.unrolled(self.sound.frames());
                let left = usize::try_from(length.saturating_sub(at)).unwrap_or(usize::MAX);
                // What is behind the end is not missing, whether the I/O thread has got there or not.
                let (inside, behind) = rest.split_at_mut(left.min(rest.len()));
                match self.lane.as_deref_mut() {
                    Some(lane) => _ = lane.read(self.channel, at, inside),
                    None => inside.fill(0.0),
                }
                behind.fill(0.0);
                return;
            }
            let (frame, run) = self.looping.locate(at, self.sound.frames());
            let run = usize::try_from(run.min(streamed_from - at)).unwrap_or(usize::MAX);
            let (now, later) = rest.split_at_mut(run.clamp(1, rest.len()));
            self.copy(kernels, frame, now);
            at += now.len() as u64;
            rest = later;
        }
    }

    /// Copies from `frame` on; silence behind the end.
    fn copy(&self, kernels: &VoiceKernels, frame: u64, out: &mut [f32]) {
        let resident = self.sound.resident_frames();
        let from = usize::try_from(frame).unwrap_or(usize::MAX).min(resident);
        let count = (resident - from).min(out.len());
        let stored = GUARD_BEFORE + from..GUARD_BEFORE + from + count;
        match self.sound.pcm() {
            Pcm::F32(planes) => out[..count].copy_from_slice(&planes[self.channel][stored]),
            Pcm::I16(planes) => {
                kernels.widen(&planes[self.channel][stored], &mut out[..count]);
            }
        }
        out[count..].fill(0.0);
    }
}

/// The first frame of the unrolled sound that does not come out of memory.
pub(super) fn streamed_from(sound: &Sound, looping: LoopSpec) -> u64 {
    let resident = sound.resident_frames() as u64;
    match (sound.is_streamed(), looping.is_in(sound.frames())) {
        (false, _) => u64::MAX,
        (true, false) => resident,
        (true, true) => resident.min(looping.end),
    }
}
