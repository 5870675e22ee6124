//! Vorbis comments and pictures of a FLAC file, as libFLAC wants them.
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
    pub(super) fn new(tags: &Tags) -> Result<Option<Self>> {
        if tags.is_empty() {
            return Ok(None);
        }
        let mut metadata = Self { blocks: Vec::new() };
        metadata.comments(&tags.texts)?;
        for body in tags.flac_pictures() {
            metadata.picture(&body)?;
        }
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

    fn comments(&mut self, texts: &[(String, String)]) -> Result<()> {
        let object = self.object(sys::FLAC__METADATA_TYPE_VORBIS_COMMENT)?;
        for (name, text) in texts {
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

    /// `body` is that of a FLAC `PICTURE` block.
    fn picture(&mut self, body: &[u8]) -> Result<()> {
        let Some(mut picture) = Body::parse(body) else {
            return Ok(());
        };
        let object = self.object(sys::FLAC__METADATA_TYPE_PICTURE)?;
        let length = u32::try_from(picture.data.len()).unwrap_or(0);
        // SAFETY: the object is live and holds a picture; the texts end with 0 and, like the data,
        // live until the calls return, which copy them.
        let ok = unsafe {
            (*object).data.picture.type_ = picture.kind;
            sys::FLAC__metadata_object_picture_set_mime_type(
                object,
                picture.mime.as_mut_ptr().cast(),
                1,
            ) != 0
                && sys::FLAC__metadata_object_picture_set_description(
                    object,
                    picture.description.as_mut_ptr(),
                    1,
                ) != 0
                && sys::FLAC__metadata_object_picture_set_data(
                    object,
                    picture.data.as_mut_ptr(),
                    length,
                    1,
                ) != 0
        };
        if ok { Ok(()) } else { Err(out_of_memory()) }
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

/// What a `PICTURE` block says; texts end with 0.
struct Body {
    kind: u32,
    mime: Vec<u8>,
    description: Vec<u8>,
    data: Vec<u8>,
}

impl Body {
    fn parse(body: &[u8]) -> Option<Self> {
        let (kind, rest) = word(body)?;
        let (mime, rest) = field(rest)?;
        let (description, rest) = field(rest)?;
        // Width, height, depth, colours: readers take them from the picture itself.
        let (data, _) = field(rest.get(16..)?)?;
        let text = |bytes: &[u8]| {
            bytes
                .iter()
                .copied()
                .filter(|b| *b != 0)
                .chain([0])
                .collect()
        };
        Some(Self {
            kind,
            mime: text(mime),
            description: text(description),
            data: data.to_vec(),
        })
    }
}

fn word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*head), rest))
}

fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = word(bytes)?;
    rest.split_at_checked(usize::try_from(len).ok()?)
}

fn out_of_memory() -> Error {
    Error::Settings("no memory left for the tags of the FLAC file".to_owned())
}
