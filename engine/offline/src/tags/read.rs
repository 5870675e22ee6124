//! What a file carries.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;
use std::sync::Arc;

use lofty::config::{GlobalOptions, ParseOptions, apply_global_options};
use lofty::file::{FileType, TaggedFileExt};
use lofty::id3::v2::{Frame, Id3v2Tag};
use lofty::iff::wav::RiffInfoList;
use lofty::mp4::{Atom, AtomData, AtomIdent, Ilst};
use lofty::ogg::tag::VorbisComments;
use lofty::probe::Probe;
use lofty::tag::{ItemKey, ItemValue, Tag, TagExt as _, TagType};

use super::{BEATS, COPIED_PICTURES, MAX_PICTURES, Tags, frames, pictures, weigh};
use crate::decode::{Container, identify};
use crate::error::{Error, Result};
use crate::wav::chunk::{MAX_EDITABLE, read_chunks};

/// What there may be around pictures, descriptions for example: 1 MiB.
const AROUND_PICTURES: u64 = 1 << 20;

impl Tags {
    /// Reads the tags of a file; one without tags has none, and one whose tags cannot be read says
    /// so ([`Tags::unread`]). `[thread-safe]`, blocks.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Tags`] for texts above 1 MiB, and
    /// for more than 16 MiB of texts or of pictures, or 8 MiB of pictures in Ogg, in RF64 and in ID3
    /// that is packed in some way; none of them is read then.
    pub fn read(path: &Path) -> Result<Self> {
        let (container, offset) = match identify(path) {
            Ok((_, container, offset)) => (container, offset),
            Err(e @ Error::Io { .. }) => return Err(e),
            // Not a kind of file that has tags which are known here.
            Err(_) => return Ok(Self::default()),
        };
        if container == Container::Rf64 {
            // It is in memory whole.
            let bytes = Cursor::new(small_wav(path)?);
            return Self::read_as(path, bytes, FileType::Wav, COPIED_PICTURES);
        }
        match kind(path, container, offset)? {
            Some(kind) => Self::read_as(path, opened(path)?, kind, MAX_PICTURES),
            None => Ok(Self::default()),
        }
    }

    /// Reads the tags of `bytes`, all there is of them in the file at `path`, with at most so many
    /// bytes of pictures.
    fn read_as<R: Read + Seek>(
        path: &Path,
        mut bytes: R,
        kind: FileType,
        most: u64,
    ) -> Result<Self> {
        let found = weigh::pictures(&mut bytes, kind);
        let most = match kind {
            FileType::Flac | FileType::Mp4 if found.frames.is_empty() => most,
            _ if found.are_plain_frames() => most,
            _ => COPIED_PICTURES,
        };
        if found.bytes > most + AROUND_PICTURES {
            super::check(path, "pictures", found.bytes, most)?;
        }
        // What is larger than copies may be is read here, once what else there is has been read.
        let own = found.bytes > COPIED_PICTURES && found.are_plain_frames();
        bytes.rewind().map_err(|e| Error::io(path, "read", e))?;
        let limit = usize::try_from(MAX_PICTURES + AROUND_PICTURES).unwrap_or(usize::MAX);
        apply_global_options(GlobalOptions::new().allocation_limit(limit));
        let options = ParseOptions::new()
            .read_properties(false)
            .read_cover_art(!own);
        let unread = |reason: String| Self {
            unread: Some(reason),
            ..Self::default()
        };
        let (mut tagged, mut frames) = match frames::read(&mut bytes, kind, options) {
            Ok(read) => read,
            Err(reason) => return Ok(unread(reason)),
        };
        let mut tags = Self::default();
        let kinds: Vec<TagType> = tagged.tags().iter().map(Tag::tag_type).collect();
        for kind in kinds {
            if let Some(tag) = tagged.remove(kind) {
                let own = match kind {
                    TagType::Id3v2 => std::mem::take(&mut frames),
                    _ => Vec::new(),
                };
                tags.merge(tag, own);
            }
        }
        // Nothing else was in their tag.
        tags.merge(Tag::new(TagType::Id3v2), frames);
        if own {
            match pictures::of_frames(&mut bytes, &found.frames) {
                Ok(pictures) => tags.pictures = Arc::new(pictures),
                Err(reason) => return Ok(unread(reason)),
            }
        }
        super::check(path, "pictures", tags.picture_bytes(), most)?;
        tags.check(path)?;
        Ok(tags)
    }

    /// Bytes of the pictures of a file, as they are known before one is read.
    #[cfg(test)]
    pub(crate) fn weigh(path: &Path) -> Result<u64> {
        let probe = Probe::new(opened(path)?).guess_file_type();
        let kind = probe.ok().and_then(|probe| probe.file_type());
        Ok(kind.map_or(0, |kind| {
            weigh::pictures(&mut opened(path).unwrap(), kind).bytes
        }))
    }

    /// Adds the fields of `tag` whose names are not there yet.
    fn merge(&mut self, mut tag: Tag, frames: Vec<Frame<'static>>) {
        let mut found = Vec::new();
        let kind = tag.tag_type();
        tag.retain(|item| {
            let (Some(name), ItemValue::Text(text) | ItemValue::Locator(text)) =
                (vorbis_name(item.key(), kind), item.value())
            else {
                return true;
            };
            found.push((name.to_ascii_uppercase(), text.clone()));
            false
        });
        let mut pictures = Vec::new();
        while tag.picture_count() > 0 {
            pictures.push(tag.remove_picture(0));
        }
        if self.pictures.is_empty() {
            self.pictures = Arc::new(pictures);
        }
        self.rest_of(tag, &mut found);
        self.keep(frames, &mut found);
        found.retain(|(name, text)| {
            self.get(name).is_none() && !text.is_empty() && !is_of_encoder(name)
        });
        self.texts.extend(found);
    }

    /// Fields that only one kind of tag has a name for.
    fn rest_of(&mut self, tag: Tag, found: &mut Vec<(String, String)>) {
        match tag.tag_type() {
            TagType::VorbisComments => {
                let mut rest = VorbisComments::from(tag);
                found.extend(rest.take_items());
            }
            TagType::RiffInfo => found.extend(RiffInfoList::from(tag)),
            TagType::Mp4Ilst => {
                let mut rest = Ilst::new();
                for atom in Ilst::from(tag) {
                    let mut texts = freeform_texts(&atom);
                    texts.extend(beats(&atom));
                    match texts.is_empty() {
                        true => rest.insert(atom),
                        false => found.extend(texts),
                    }
                }
                if !rest.is_empty() && self.atoms.is_none() {
                    self.atoms = Some(Arc::new(rest));
                }
            }
            TagType::Id3v2 => self.frames(Id3v2Tag::from(tag), found),
            _ => {}
        }
    }

    fn frames(&mut self, tag: Id3v2Tag, found: &mut Vec<(String, String)>) {
        let mut rest = Id3v2Tag::new();
        for frame in tag {
            if let Frame::UserText(text) = &frame
                && !text.description.is_empty()
            {
                // ID3v2.4 has a zero between two texts of one name.
                let texts = text.content.split('\0');
                found.extend(texts.map(|one| (text.description.to_string(), one.to_owned())));
                continue;
            }
            _ = rest.insert(frame);
        }
        if !rest.is_empty() && self.rest.is_none() {
            self.rest = Some(Arc::new(rest));
        }
    }
}

/// The texts of an atom whose name is a text, too.
fn freeform_texts(atom: &Atom<'_>) -> Vec<(String, String)> {
    let AtomIdent::Freeform { name, .. } = atom.ident() else {
        return Vec::new();
    };
    let texts = atom.data().filter_map(|data| match data {
        AtomData::UTF8(text) | AtomData::UTF16(text) => Some((name.to_string(), text.clone())),
        _ => None,
    });
    texts.collect()
}

/// The beats that an atom counts.
fn beats(atom: &Atom<'_>) -> Option<(String, String)> {
    let count = atom.data().find_map(|data| match data {
        AtomData::SignedInteger(count) if *atom.ident() == BEATS && *count > 0 => Some(count),
        _ => None,
    });
    Some(("BPM".to_owned(), count?.to_string()))
}

/// What a field is called here. ID3 and MP4 count beats in whole numbers, under a name of their own, and
/// have one place for words.
fn vorbis_name(key: ItemKey, kind: TagType) -> Option<&'static str> {
    match key {
        ItemKey::IntegerBpm => Some("BPM"),
        ItemKey::UnsyncLyrics if kind != TagType::VorbisComments => Some("LYRICS"),
        other => other.map_key(TagType::VorbisComments),
    }
}

/// What the reader of tags is told that a file is. Left to guess, it takes what it does not know for
/// MPEG, and looks for frames from the first byte to the last.
fn kind(path: &Path, container: Container, offset: u64) -> Result<Option<FileType>> {
    let kind = match container {
        Container::Mp3 => FileType::Mpeg,
        Container::Adts => FileType::Aac,
        Container::Flac => FileType::Flac,
        // Others with something in front have no tags that it would find.
        _ if offset > 0 => return Ok(None),
        Container::Wav => FileType::Wav,
        Container::Aiff => FileType::Aiff,
        Container::Mp4 => FileType::Mp4,
        Container::OggOpus => FileType::Opus,
        // It begins with `OggS`, by which it is known at once.
        Container::Ogg => {
            let probe = Probe::new(opened(path)?).guess_file_type();
            return Ok(probe.ok().and_then(|probe| probe.file_type()));
        }
        Container::Rf64 | Container::Caf => return Ok(None),
    };
    Ok(Some(kind))
}

/// The tags of RF64 or BW64, which the reader of tags does not know, as a WAV file without a sound.
fn small_wav(path: &Path) -> Result<Vec<u8>> {
    let (mut body, mut total) = (b"WAVE".to_vec(), 0);
    for chunk in read_chunks(path)? {
        let is_id3 = chunk.id.eq_ignore_ascii_case(b"id3 ");
        let is_text = is_id3 || (chunk.id == *b"LIST" && chunk.starts_with(b"INFO")?);
        if !is_text {
            continue;
        }
        total += chunk.len();
        super::check(path, "tags", total, MAX_EDITABLE)?;
        let bytes = chunk.bytes()?;
        body.extend(chunk.id);
        body.extend(size_of_chunk(&bytes));
        body.extend(&bytes);
        body.extend(vec![0; bytes.len() % 2]);
    }
    let mut wav = b"RIFF".to_vec();
    wav.extend(size_of_chunk(&body));
    wav.extend(body);
    Ok(wav)
}

/// Little-endian; what is here is in memory, and small.
fn size_of_chunk(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes()
}

fn opened(path: &Path) -> Result<BufReader<File>> {
    Ok(BufReader::new(crate::input::open(path)?))
}

/// Notes of a program on the file that it made: they are wrong in another one.
pub(super) fn is_of_encoder(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        // Delay and length of the encoded sound.
        "ITUNSMPB",
        "ENCODER",
        "ENCODER_OPTIONS",
        "ENCODERSETTINGS",
        "ENCODED-USING",
        "VENDOR",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}
