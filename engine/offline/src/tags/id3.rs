//! ID3v2.4 tags, written without a copy of their pictures.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use lofty::TextEncoding;
use lofty::config::WriteOptions;
use lofty::id3::v2::{CommentFrame, ExtendedTextFrame, Frame, Id3v2Tag};
use lofty::picture::Picture;
use lofty::prelude::SplitTag;
use lofty::tag::TagType;
use lofty::tag::items::UNKNOWN_LANGUAGE;

use super::frames::described;
use super::{Tags, dump, others, to_tag};
use crate::error::{Error, Result};

/// Bytes of the head of a tag, and of a frame.
const HEAD: usize = 10;

/// A tag that is ready to be written; or nothing.
pub(crate) struct Id3 {
    /// The head and all frames but the pictures.
    front: Vec<u8>,
    /// What comes before the bytes of each picture.
    heads: Vec<Vec<u8>>,
    pictures: Arc<Vec<Picture>>,
}

impl Tags {
    /// As an ID3v2.4 tag. A text that no frame has a place for goes into one of its own (`TXXX`).
    pub(crate) fn id3(&self, target: &Path) -> Result<Id3> {
        let (kept, rows) = self.whole_frames();
        let mut tag = Id3v2Tag::from(to_tag(&rows, TagType::Id3v2));
        let (_, known) = tag.clone().split_tag();
        for frame in self.rest.iter().flat_map(|rest| &**rest).chain(kept) {
            _ = tag.insert(frame.clone());
        }
        for (name, texts) in others(&rows, &known) {
            let text = texts.join("\0");
            _ = tag.insert(match described(name) {
                Some(what) => Frame::Comment(CommentFrame::new(
                    TextEncoding::UTF8,
                    UNKNOWN_LANGUAGE,
                    what.to_owned(),
                    text,
                )),
                None => Frame::UserText(ExtendedTextFrame::new(
                    TextEncoding::UTF8,
                    name.to_owned(),
                    text,
                )),
            });
        }
        let mut front = dump(target, &tag, WriteOptions::new().preferred_padding(0))?;
        if front.is_empty() && !self.pictures.is_empty() {
            front = b"ID3\x04\0\0\0\0\0\0".to_vec();
        }
        let heads: Vec<Vec<u8>> = self.pictures.iter().map(head).collect();
        let id3 = Id3 {
            front,
            heads,
            pictures: Arc::clone(&self.pictures),
        };
        id3.with_length(target)
    }
}

impl Id3 {
    /// Bytes of it, 0: there is nothing to write.
    pub(crate) fn len(&self) -> u64 {
        let heads = self.heads.iter().map(|head| head.len() as u64);
        let pictures = self.pictures.iter().map(|p| p.data().len() as u64);
        self.front.len() as u64 + heads.sum::<u64>() + pictures.sum::<u64>()
    }

    pub(crate) fn write(&self, file: &mut dyn Write) -> io::Result<()> {
        file.write_all(&self.front)?;
        for (head, picture) in self.heads.iter().zip(self.pictures.iter()) {
            file.write_all(head)?;
            file.write_all(picture.data())?;
        }
        Ok(())
    }

    /// States the length in the head.
    fn with_length(mut self, target: &Path) -> Result<Self> {
        let len = self.len().saturating_sub(HEAD as u64);
        let bytes = u32::try_from(len).ok().filter(|len| *len < 1 << 28);
        let bytes = bytes.ok_or_else(|| Error::Tags {
            path: target.to_owned(),
            action: "write",
            reason: format!("{len} bytes are more than ID3 can hold"),
        })?;
        if let Some(field) = self.front.get_mut(6..HEAD) {
            field.copy_from_slice(&synchsafe(bytes));
        }
        Ok(self)
    }
}

/// Seven bits in every byte.
fn synchsafe(n: u32) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (n >> shift & 0x7F).to_le_bytes()[0])
}

/// What an `APIC` frame has before the bytes of the picture.
fn head(picture: &Picture) -> Vec<u8> {
    const UTF8: u8 = 3;
    let text = |text: &str| {
        text.bytes()
            .filter(|b| *b != 0)
            .chain([0])
            .collect::<Vec<_>>()
    };
    let mut body = vec![UTF8];
    body.extend(text(picture.mime_type().map_or("", |mime| mime.as_str())));
    body.push(picture.pic_type().as_u8());
    body.extend(text(picture.description().unwrap_or("")));
    // Pictures are at most 16 MiB.
    let len = u32::try_from(body.len() + picture.data().len()).unwrap_or(0);
    let mut head = b"APIC".to_vec();
    head.extend(synchsafe(len));
    head.extend([0, 0]);
    head.extend(body);
    head
}
