//! Vorbis comments of a FLAC file, as libFLAC wants them.
#![allow(
    unsafe_code,
    reason = "binding of a C library, see the SAFETY comments"
)]

use std::ptr::NonNull;

use libflac_sys as sys;

use crate::error::{Error, Result};
use crate::tags::Tags;

/// Metadata blocks.
///
/// Invariant: every pointer is a live object that this value alone owns.
pub(super) struct Metadata {
    blocks: Vec<NonNull<sys::FLAC__StreamMetadata>>,
}

impl Metadata {
    /// `None` when there is nothing to write.
    pub(super) fn new(tags: &Tags, more: Option<(&str, String)>) -> Result<Option<Self>> {
        if tags.comments().next().is_none() && more.is_none() {
            return Ok(None);
        }
        let mut metadata = Self { blocks: Vec::new() };
        metadata.comments(tags, more)?;
        Ok(Some(metadata))
    }

    /// What `FLAC__stream_encoder_set_metadata` takes; valid as long as this value lives.
    pub(super) fn pointers(&self) -> Vec<*mut sys::FLAC__StreamMetadata> {
        self.blocks.iter().map(|block| block.as_ptr()).collect()
    }

    fn object(&mut self, kind: sys::FLAC__MetadataType) -> Result<*mut sys::FLAC__StreamMetadata> {
        // SAFETY: takes a number; null means out of memory.
        let object = NonNull::new(unsafe { sys::FLAC__metadata_object_new(kind) });
        let object = object.ok_or_else(out_of_memory)?;
        self.blocks.push(object);
        Ok(object.as_ptr())
    }

    fn comments(&mut self, tags: &Tags, more: Option<(&str, String)>) -> Result<()> {
        let object = self.object(sys::FLAC__METADATA_TYPE_VORBIS_COMMENT)?;
        let texts = tags.comments().map(|row| (row.0.as_str(), row.1.as_str()));
        let more = more.as_ref().map(|row| (row.0, row.1.as_str()));
        for (name, text) in texts.chain(more) {
            let mut comment = format!("{name}={text}").into_bytes();
            let entry = sys::FLAC__StreamMetadata_VorbisComment_Entry {
                length: u32::try_from(comment.len()).unwrap_or(0),
                entry: comment.as_mut_ptr(),
            };
            // SAFETY: the object is live and holds Vorbis comments; the entry's bytes live until
            // the call returns, which copies them.
            let ok = unsafe {
                sys::FLAC__metadata_object_vorbiscomment_append_comment(object, entry, 1)
            };
            if ok == 0 {
                return Err(out_of_memory());
            }
        }
        Ok(())
    }
}

impl Drop for Metadata {
    fn drop(&mut self) {
        for block in &self.blocks {
            // SAFETY: live and owned by this value, which is about to go.
            unsafe { sys::FLAC__metadata_object_delete(block.as_ptr()) };
        }
    }
}

fn out_of_memory() -> Error {
    Error::Settings("no memory left for the tags of the FLAC file".to_owned())
}
