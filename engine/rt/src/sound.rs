//! Playable sounds as the audio thread sees them: planar PCM at the engine's rate, kept as it is
//! most compact without losing a bit.

use std::sync::{Arc, Weak};

use crate::limits::LimitError;

/// Silent frames stored before the first frame, so that interpolation needs no branch there.
pub const GUARD_BEFORE: usize = 16;
/// Silent frames stored behind the last frame.
pub const GUARD_AFTER: usize = 48;
/// Most frames of one sound: 24 hours at 192 kHz fit.
pub const MAX_FRAMES: u64 = 1 << 34;

/// Samples of one or two channels at the engine's rate; the second plane of mono is empty.
/// `[thread-safe]`
#[derive(Debug)]
pub enum Pcm {
    /// Any float material, one plane a channel; 1.0 is full scale.
    F32([Box<[f32]>; 2]),
    /// Material that was 16 bits and needed no resampling: exact in half the memory.
    I16([Box<[i16]>; 2]),
}

/// One sound of the pool. Built on the control thread, read on the audio thread. Several sounds, of
/// several engines too, may have the same samples in memory.
#[derive(Debug)]
pub struct Sound {
    pcm: Arc<Pcm>,
    channels: usize,
    resident: usize,
    frames: u64,
    settings: SoundSettings,
}

/// What a sound brings along besides its samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoundSettings {
    /// Loudness as a linear gain, for audibility decisions: 1.0 is 0 dBFS.
    pub loudness: f32,
    /// Most instances at once; 0 is no limit.
    pub max_instances: u32,
}

impl Default for SoundSettings {
    fn default() -> Self {
        Self {
            loudness: 1.0,
            max_instances: 0,
        }
    }
}

impl Sound {
    /// A sound that is wholly in memory: `planes` holds one or two channels of equal length.
    ///
    /// # Errors
    /// [`LimitError`] for other channel counts, unequal planes or too many frames.
    pub fn resident(planes: &Planes<'_>, settings: SoundSettings) -> Result<Self, LimitError> {
        let frames = planes.frames()?;
        Self::streamed(planes, frames as u64, settings)
    }

    /// A sound of `frames` frames of which `head` holds the beginning; the rest is streamed.
    ///
    /// # Errors
    /// As [`Sound::resident`], and when the head is longer than the sound.
    pub fn streamed(
        head: &Planes<'_>,
        frames: u64,
        settings: SoundSettings,
    ) -> Result<Self, LimitError> {
        let resident = head.frames()?;
        check("sound_frames", saturated(frames), saturated(MAX_FRAMES))?;
        check("stream_head_frames", resident, saturated(frames))?;
        let pcm = match head {
            Planes::F32(planes) => Pcm::F32(guarded(planes)),
            Planes::I16(planes) => Pcm::I16(guarded(planes)),
        };
        Ok(Self {
            pcm: Arc::new(pcm),
            channels: head.channels(),
            resident,
            frames,
            settings,
        })
    }

    /// Channels, 1 or 2.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Length in frames.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// True when part of it is streamed.
    pub fn is_streamed(&self) -> bool {
        (self.resident as u64) < self.frames
    }

    /// Frames in memory.
    pub fn resident_frames(&self) -> usize {
        self.resident
    }

    /// Loudness and limits.
    pub fn settings(&self) -> SoundSettings {
        self.settings
    }

    /// Bytes its samples take.
    pub fn bytes(&self) -> usize {
        match &*self.pcm {
            Pcm::F32(planes) => planes.iter().map(|plane| plane.len() * 4).sum(),
            Pcm::I16(planes) => planes.iter().map(|plane| plane.len() * 2).sum(),
        }
    }

    /// The same samples with other settings. `[main-thread]`
    #[must_use]
    pub fn share(&self, settings: SoundSettings) -> Self {
        Self {
            pcm: Arc::clone(&self.pcm),
            channels: self.channels,
            resident: self.resident,
            frames: self.frames,
            settings,
        }
    }

    /// The samples for as long as some sound has them. `[main-thread]`
    pub fn downgrade(&self) -> WeakSound {
        WeakSound {
            pcm: Arc::downgrade(&self.pcm),
            channels: self.channels,
            resident: self.resident,
            frames: self.frames,
        }
    }

    pub(crate) fn pcm(&self) -> &Pcm {
        &self.pcm
    }
}

/// The samples of a [`Sound`] that may be gone. `[thread-safe]`
#[derive(Clone, Debug)]
pub struct WeakSound {
    pcm: Weak<Pcm>,
    channels: usize,
    resident: usize,
    frames: u64,
}

impl WeakSound {
    /// A sound with these samples, while there is one that has them. `[main-thread]`
    pub fn upgrade(&self, settings: SoundSettings) -> Option<Sound> {
        Some(Sound {
            pcm: self.pcm.upgrade()?,
            channels: self.channels,
            resident: self.resident,
            frames: self.frames,
            settings,
        })
    }

    /// True when no sound has these samples any more.
    pub fn is_gone(&self) -> bool {
        self.pcm.strong_count() == 0
    }
}

/// Samples to make a sound of: one slice a channel.
pub enum Planes<'a> {
    /// Float samples.
    F32(&'a [&'a [f32]]),
    /// 16-bit samples.
    I16(&'a [&'a [i16]]),
}

impl Planes<'_> {
    fn channels(&self) -> usize {
        match self {
            Self::F32(planes) => planes.len(),
            Self::I16(planes) => planes.len(),
        }
    }

    /// The common length.
    fn frames(&self) -> Result<usize, LimitError> {
        let channels = self.channels();
        if channels == 0 {
            return Err(LimitError {
                limit: "sound_channels",
                value: 0,
                max: 2,
            });
        }
        check("sound_channels", channels, 2)?;
        let (first, last) = match self {
            Self::F32(planes) => (planes[0].len(), planes[channels - 1].len()),
            Self::I16(planes) => (planes[0].len(), planes[channels - 1].len()),
        };
        check("sound_plane_frames", first.max(last), first.min(last))?;
        Ok(first)
    }
}

fn check(limit: &'static str, value: usize, max: usize) -> Result<(), LimitError> {
    if value > max {
        Err(LimitError { limit, value, max })
    } else {
        Ok(())
    }
}

fn saturated(frames: u64) -> usize {
    usize::try_from(frames).unwrap_or(usize::MAX)
}

/// The planes between their guards; mono has an empty second one.
fn guarded<T: Copy + Default>(planes: &[&[T]]) -> [Box<[T]>; 2] {
    std::array::from_fn(|channel| {
        let Some(plane) = planes.get(channel) else {
            return Box::default();
        };
        let mut stored = Vec::with_capacity(GUARD_BEFORE + plane.len() + GUARD_AFTER);
        stored.resize(GUARD_BEFORE, T::default());
        stored.extend_from_slice(plane);
        stored.resize(GUARD_BEFORE + plane.len() + GUARD_AFTER, T::default());
        stored.into_boxed_slice()
    })
}
