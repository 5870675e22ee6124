//! libFLAC's stream encoder behind a safe face.
#![allow(
    unsafe_code,
    reason = "binding of a C library, see the SAFETY comments"
)]

use std::ffi::c_void;
use std::io::{self, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::slice;

use libflac_sys as sys;

use super::FlacSpec;
use super::metadata::Metadata;
use crate::atomic::AtomicFile;
use crate::error::{Error, Result};
use crate::tags::FlacPictures;

/// Where the callbacks write, and the first error they met.
struct Sink {
    file: AtomicFile,
    error: Option<io::Error>,
    /// Pictures that are not written yet, and the bytes that have to be before them.
    pictures: Option<FlacPictures>,
    before: usize,
}

/// `fLaC` and the first block; libFLAC always writes a block of comments behind it, so that pictures
/// between the two are never the last block. Handed to libFLAC they would be copied three times.
const BEFORE_PICTURES: usize = 4 + 38;

impl Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.before = self.before.saturating_sub(bytes.len());
        match self.pictures.take_if(|_| self.before == 0) {
            Some(pictures) => pictures.write(&mut self.file),
            None => Ok(()),
        }
    }
}

/// An initialised encoder.
///
/// Invariants: `raw` is a live encoder that this value alone owns; `sink` is the client data that
/// `raw` was initialised with, a leaked box that is freed after `raw`.
pub(super) struct Encoder {
    raw: NonNull<sys::FLAC__StreamEncoder>,
    sink: NonNull<Sink>,
    channels: usize,
    /// Used by `raw` until its end; dropped after it.
    metadata: Option<Metadata>,
}

impl Encoder {
    /// Writes the stream header for `frames` frames to come. With `verify` every encoded frame is
    /// decoded again and compared.
    pub(super) fn new(
        file: AtomicFile,
        spec: FlacSpec,
        level: Option<u8>,
        verify: bool,
        frames: u64,
        metadata: Option<Metadata>,
        pictures: Option<FlacPictures>,
    ) -> Result<Self> {
        let target = file.target().to_owned();
        let failed = |what: &str| Error::io(&target, "encode FLAC", io::Error::other(what));
        // SAFETY: no arguments; null means out of memory.
        let raw = NonNull::new(unsafe { sys::FLAC__stream_encoder_new() })
            .ok_or_else(|| Error::io(&target, "encode FLAC", io::ErrorKind::OutOfMemory.into()))?;
        let sink = NonNull::from(Box::leak(Box::new(Sink {
            file,
            error: None,
            pictures,
            before: BEFORE_PICTURES,
        })));
        // From here on Drop cleans up.
        let encoder = Self {
            raw,
            sink,
            channels: usize::from(spec.channels),
            metadata,
        };
        let is_set = encoder.configure(spec, verify, frames)
            && level.map_or_else(|| encoder.fixed(spec), |level| encoder.level(level))
            && encoder.describe();
        if !is_set {
            return Err(failed("settings refused"));
        }
        // SAFETY: `raw` is live and not yet initialised; the callbacks match their C types and the
        // client data outlives the encoder, see the invariants.
        let status = unsafe {
            sys::FLAC__stream_encoder_init_stream(
                raw.as_ptr(),
                Some(write),
                Some(seek),
                Some(tell),
                None,
                sink.as_ptr().cast(),
            )
        };
        if status != sys::FLAC__STREAM_ENCODER_INIT_STATUS_OK {
            return Err(encoder.error("initialisation refused"));
        }
        // SAFETY: the sink is live and no callback runs while we are here.
        unsafe { (*sink.as_ptr()).file.begin_body() };
        Ok(encoder)
    }

    fn configure(&self, spec: FlacSpec, verify: bool, frames: u64) -> bool {
        let raw = self.raw.as_ptr();
        // SAFETY: `raw` is live and not yet initialised; the setters only store numbers.
        unsafe {
            sys::FLAC__stream_encoder_set_channels(raw, spec.channels.into()) != 0
                && sys::FLAC__stream_encoder_set_bits_per_sample(raw, spec.bits.into()) != 0
                && sys::FLAC__stream_encoder_set_sample_rate(raw, spec.sample_rate) != 0
                && sys::FLAC__stream_encoder_set_verify(raw, verify.into()) != 0
                && sys::FLAC__stream_encoder_set_streamable_subset(raw, 0) != 0
                && sys::FLAC__stream_encoder_set_total_samples_estimate(raw, frames) != 0
        }
    }

    /// A level of the `flac` program, 0 to 8.
    fn level(&self, level: u8) -> bool {
        let raw = self.raw.as_ptr();
        // SAFETY: as in `configure`.
        unsafe { sys::FLAC__stream_encoder_set_compression_level(raw, level.into()) != 0 }
    }

    /// Fixed predictors only, so that no choice is made in floating point.
    fn fixed(&self, spec: FlacSpec) -> bool {
        let raw = self.raw.as_ptr();
        // SAFETY: as in `configure`.
        unsafe {
            sys::FLAC__stream_encoder_set_compression_level(raw, 0) != 0
                && sys::FLAC__stream_encoder_set_blocksize(raw, 4096) != 0
                && sys::FLAC__stream_encoder_set_max_lpc_order(raw, 0) != 0
                && sys::FLAC__stream_encoder_set_do_mid_side_stereo(
                    raw,
                    (spec.channels == 2).into(),
                ) != 0
                && sys::FLAC__stream_encoder_set_loose_mid_side_stereo(raw, 0) != 0
                && sys::FLAC__stream_encoder_set_do_exhaustive_model_search(raw, 1) != 0
                && sys::FLAC__stream_encoder_set_min_residual_partition_order(raw, 0) != 0
                && sys::FLAC__stream_encoder_set_max_residual_partition_order(raw, 8) != 0
        }
    }

    /// Hands the metadata to the encoder.
    fn describe(&self) -> bool {
        let Some(metadata) = &self.metadata else {
            return true;
        };
        let mut blocks = metadata.pointers();
        let count = u32::try_from(blocks.len()).unwrap_or(0);
        // SAFETY: `raw` is live and not yet initialised; it copies the list of pointers, and the
        // blocks live in this value as long as `raw` does.
        unsafe {
            sys::FLAC__stream_encoder_set_metadata(self.raw.as_ptr(), blocks.as_mut_ptr(), count)
                != 0
        }
    }

    /// Encodes whole interleaved frames whose samples are within the bit depth.
    pub(super) fn push(&mut self, interleaved: &[i32]) -> Result<()> {
        let frames = u32::try_from(interleaved.len() / self.channels).unwrap_or(0);
        // SAFETY: `raw` is initialised; the slice holds `frames * channels` samples.
        let ok = unsafe {
            sys::FLAC__stream_encoder_process_interleaved(
                self.raw.as_ptr(),
                interleaved.as_ptr(),
                frames,
            )
        };
        if ok == 0 {
            Err(self
                .error("the encoder stopped, or a frame does not decode to what it was made of"))
        } else {
            Ok(())
        }
    }

    /// Writes the rest and the final header, and hands the file back.
    pub(super) fn finish(mut self) -> Result<AtomicFile> {
        // SAFETY: `raw` is initialised.
        let ok = unsafe { sys::FLAC__stream_encoder_finish(self.raw.as_ptr()) };
        if ok == 0 {
            return Err(self.error("the last frames or the header"));
        }
        let (raw, sink) = (self.raw, self.sink);
        let metadata = self.metadata.take();
        std::mem::forget(self);
        // SAFETY: the forgotten value owned both; the encoder goes first, nothing uses the sink
        // after that.
        let sink = unsafe {
            sys::FLAC__stream_encoder_delete(raw.as_ptr());
            Box::from_raw(sink.as_ptr())
        };
        drop(metadata);
        Ok(sink.file)
    }

    fn error(&self, what: &str) -> Error {
        // SAFETY: the sink is live and no callback runs while we are here.
        let sink = unsafe { &mut *self.sink.as_ptr() };
        let source = sink
            .error
            .take()
            .unwrap_or_else(|| io::Error::other(what.to_owned()));
        Error::io(sink.file.target(), "encode FLAC", source)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: both are live and owned by this value; `delete` finishes an initialised encoder,
        // which may still call back, so the sink goes last.
        unsafe {
            sys::FLAC__stream_encoder_delete(self.raw.as_ptr());
            drop(Box::from_raw(self.sink.as_ptr()));
        }
    }
}

/// Runs `work` on the sink; errors are kept, panics must not cross into C.
///
/// # Safety
/// `client` is the client data of an [`Encoder`], and nothing else uses its sink meanwhile.
unsafe fn with_sink(client: *mut c_void, work: impl FnOnce(&mut Sink) -> io::Result<()>) -> bool {
    // SAFETY: promised by the caller.
    let sink = unsafe { &mut *client.cast::<Sink>() };
    let done = catch_unwind(AssertUnwindSafe(|| work(sink)));
    match done.unwrap_or_else(|_| Err(io::Error::other("internal error"))) {
        Ok(()) => true,
        Err(e) => {
            sink.error.get_or_insert(e);
            false
        }
    }
}

/// Writes encoded bytes.
unsafe extern "C" fn write(
    _: *const sys::FLAC__StreamEncoder,
    buffer: *const u8,
    bytes: usize,
    _: u32,
    _: u32,
    client: *mut c_void,
) -> sys::FLAC__StreamEncoderWriteStatus {
    // SAFETY: libFLAC passes `bytes` readable bytes and our client data.
    let ok = unsafe {
        with_sink(client, |sink| {
            sink.write(slice::from_raw_parts(buffer, bytes))
        })
    };
    if ok {
        sys::FLAC__STREAM_ENCODER_WRITE_STATUS_OK
    } else {
        sys::FLAC__STREAM_ENCODER_WRITE_STATUS_FATAL_ERROR
    }
}

/// Seeks back to the header.
unsafe extern "C" fn seek(
    _: *const sys::FLAC__StreamEncoder,
    offset: u64,
    client: *mut c_void,
) -> sys::FLAC__StreamEncoderSeekStatus {
    // SAFETY: libFLAC passes our client data.
    let ok = unsafe {
        with_sink(client, |sink| {
            sink.file.seek(SeekFrom::Start(offset)).map(drop)
        })
    };
    if ok {
        sys::FLAC__STREAM_ENCODER_SEEK_STATUS_OK
    } else {
        sys::FLAC__STREAM_ENCODER_SEEK_STATUS_ERROR
    }
}

/// Tells the position.
unsafe extern "C" fn tell(
    _: *const sys::FLAC__StreamEncoder,
    offset: *mut u64,
    client: *mut c_void,
) -> sys::FLAC__StreamEncoderTellStatus {
    let mut at = 0;
    // SAFETY: libFLAC passes our client data.
    let ok = unsafe { with_sink(client, |sink| sink.file.stream_position().map(|n| at = n)) };
    if !ok {
        return sys::FLAC__STREAM_ENCODER_TELL_STATUS_ERROR;
    }
    // SAFETY: libFLAC passes a place for one number.
    unsafe { *offset = at };
    sys::FLAC__STREAM_ENCODER_TELL_STATUS_OK
}
