//! Texts and pictures that files carry, translated from one format to another.
//!
//! `lofty` reads every format and knows the names of the fields in each; what is written goes into
//! the file as it is made, so that a file of any size is written once.

mod frames;
mod id3;
mod pictures;
mod read;
mod weigh;

use std::path::Path;
use std::sync::Arc;

use lofty::config::WriteOptions;
use lofty::id3::v2::{Frame, Id3v2Tag};
use lofty::iff::wav::RiffInfoList;
#[cfg(feature = "aac")]
use lofty::mp4::{Atom, AtomData};
use lofty::mp4::{AtomIdent, Ilst};
use lofty::picture::{Picture, PictureInformation};
use lofty::prelude::SplitTag;
use lofty::tag::{ItemKey, ItemValue, Tag, TagExt, TagItem, TagType};

use crate::error::{Error, Result};
use crate::sink::Encoding;

use frames::Kept;
pub(crate) use id3::Id3;

/// Longest text, 1 MiB.
const MAX_TEXT: u64 = 1 << 20;
/// All texts together, 16 MiB.
const MAX_TOTAL: u64 = 16 << 20;
/// All pictures together, 16 MiB.
const MAX_PICTURES: u64 = 16 << 20;
/// Pictures that libraries make up to five copies of, where a job has 64 MB: in what is not read
/// piece by piece here, and those that go into MP4. 8 MiB.
const COPIED_PICTURES: u64 = 8 << 20;
/// Pictures that go into Ogg, 4 MiB.
const OGG_PICTURES: u64 = 4 << 20;

/// Fields by their Vorbis names (`TITLE`, `ARTIST`, ...) in order, and pictures. A field that Vorbis
/// has no name for has that of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tags {
    /// Name and text; a name may come more than once, and has no case.
    pub texts: Vec<(String, String)>,
    pictures: Arc<Vec<Picture>>,
    /// What only ID3 has a place for.
    rest: Option<Arc<Id3v2Tag>>,
    /// Frames of ID3 that say more than the texts that they have elsewhere.
    kept: Arc<Vec<Kept>>,
    /// What only MP4 has a place for.
    atoms: Option<Arc<Ilst>>,
    /// Why nothing could be read.
    unread: Option<String>,
}

impl Tags {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
            && self.pictures.is_empty()
            && self.rest.is_none()
            && self.kept.is_empty()
            && self.atoms.is_none()
    }

    /// Number of pictures.
    pub fn picture_count(&self) -> usize {
        self.pictures.len()
    }

    /// The bytes of the first picture.
    #[cfg(test)]
    pub(crate) fn first_picture(&self) -> Option<Vec<u8>> {
        self.pictures.first().map(|picture| picture.data().to_vec())
    }

    /// Bytes of all pictures.
    pub(crate) fn picture_bytes(&self) -> u64 {
        self.pictures.iter().map(|p| p.data().len() as u64).sum()
    }

    /// Why the tags of the file could not be read, if there are some that could not.
    pub fn unread(&self) -> Option<&str> {
        self.unread.as_deref()
    }

    /// The first text of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let row = self
            .texts
            .iter()
            .find(|row| row.0.eq_ignore_ascii_case(name));
        row.map(|row| row.1.as_str())
    }

    /// Replaces all texts of this name; an empty text removes them.
    pub fn set(&mut self, name: &str, text: &str) {
        self.texts.retain(|row| !row.0.eq_ignore_ascii_case(name));
        if !text.is_empty() {
            self.texts
                .push((name.to_ascii_uppercase(), text.to_owned()));
        }
    }

    fn check(&self, path: &Path) -> Result<()> {
        let lengths = || self.texts.iter().map(|row| row.1.len() as u64);
        let longest = lengths().max().unwrap_or(0);
        check(path, "a text", longest, MAX_TEXT)?;
        let rest = match &self.rest {
            Some(rest) => dump(path, &**rest, WriteOptions::new())?.len() as u64,
            None => 0,
        };
        let atoms = match &self.atoms {
            Some(atoms) => dump(path, &**atoms, WriteOptions::new())?.len() as u64,
            None => 0,
        };
        let all = lengths().sum::<u64>() + rest + atoms;
        check(path, "texts", all, MAX_TOTAL)?;
        check(path, "pictures", self.picture_bytes(), MAX_PICTURES)
    }

    /// Frames of ID3 that have no name elsewhere.
    pub(crate) fn frame_names(&self) -> Vec<String> {
        let nameless = self.kept.iter().filter_map(Kept::nameless);
        let frames = self.rest.iter().flat_map(|rest| &**rest).chain(nameless);
        frames.map(|frame| frame.id_str().to_owned()).collect()
    }

    /// Atoms of MP4 that have no name elsewhere.
    pub(crate) fn atom_names(&self) -> Vec<String> {
        let atoms = self.atoms.iter().flat_map(|atoms| &**atoms);
        let names = atoms.map(|atom| match atom.ident() {
            // The copyright sign that some begin with is one byte there.
            AtomIdent::Fourcc(id) => id.iter().map(|b| char::from(*b)).collect(),
            AtomIdent::Freeform { name, .. } => name.to_string(),
        });
        names.collect()
    }

    /// Takes out chapters; whether there were any.
    pub(crate) fn drop_chapters(&mut self) -> bool {
        let is_chapter = |frame: &Frame<'_>| ["CHAP", "CTOC"].contains(&frame.id_str());
        let Some(rest) = self.rest.as_deref() else {
            return false;
        };
        if !rest.into_iter().any(&is_chapter) {
            return false;
        }
        let mut others = Id3v2Tag::new();
        for frame in rest.into_iter().filter(|frame| !is_chapter(frame)) {
            _ = others.insert(frame.clone());
        }
        self.rest = Some(Arc::new(others));
        true
    }

    /// Vorbis comments without pictures.
    pub(crate) fn comments(&self) -> impl Iterator<Item = &(String, String)> {
        self.texts.iter().filter(|row| is_vorbis_name(&row.0))
    }

    /// Pictures as Vorbis comments have them: in base 64, one after the other.
    #[cfg(any(feature = "opus", feature = "vorbis"))]
    pub(crate) fn picture_comments(&self) -> impl ExactSizeIterator<Item = (&'static str, String)> {
        self.pictures.iter().map(|picture| {
            let bytes = picture.as_flac_bytes(information(picture), true);
            // Base 64 is ASCII.
            let text = String::from_utf8(bytes).unwrap_or_default();
            ("METADATA_BLOCK_PICTURE", text)
        })
    }

    /// FLAC `PICTURE` blocks: what comes before the bytes of the picture, and where those are.
    #[cfg(feature = "flac")]
    pub(crate) fn flac_pictures(&self, target: &Path) -> Result<FlacPictures> {
        let mut heads = Vec::new();
        for picture in self.pictures.iter() {
            let head = flac_head(picture);
            let len = (head.len() + picture.data().len()) as u64;
            let what = "bytes of a picture in FLAC";
            crate::error::check_limit(target, what, len, 0, 0xFF_FFFF)?;
            heads.push(head);
        }
        Ok(FlacPictures {
            heads,
            pictures: Arc::clone(&self.pictures),
        })
    }

    /// A `LIST` chunk of type `INFO`, its head included, or nothing.
    pub(crate) fn riff_info(&self, target: &Path) -> Result<Vec<u8>> {
        let rows: Vec<&Row> = self.texts.iter().collect();
        let mut list = RiffInfoList::from(to_tag(&rows, TagType::RiffInfo));
        for (name, texts) in others(&rows, &list.clone().split_tag().1) {
            if is_info_name(name) {
                list.insert(name.to_ascii_uppercase(), texts.join("; "));
            }
        }
        dump(target, &list, WriteOptions::new())
    }

    /// An `ilst` atom, or nothing.
    #[cfg(feature = "aac")]
    pub(crate) fn ilst(&self, target: &Path) -> Result<Vec<u8>> {
        // Beats are counted in an atom of their own, in whole numbers.
        let beats = |row: &&Row| match key_of(&row.0) {
            Some(ItemKey::Bpm) => row.1.trim().parse::<u16>().ok(),
            _ => None,
        };
        let (counts, rows): (Vec<&Row>, Vec<&Row>) =
            self.texts.iter().partition(|row| beats(row).is_some());
        let mut tag = to_tag(&rows, TagType::Mp4Ilst);
        let known = Ilst::from(tag.clone()).split_tag().1;
        for picture in self.pictures.iter() {
            tag.push_picture(picture.clone());
        }
        let mut ilst = Ilst::from(tag);
        if let Some(beats) = counts.first().and_then(beats) {
            ilst.insert(Atom::new(BEATS, AtomData::SignedInteger(beats.into())));
        }
        for (name, texts) in others(&rows, &known) {
            let ident = AtomIdent::Freeform {
                mean: "com.apple.iTunes".into(),
                name: name.to_owned().into(),
            };
            let texts = texts.iter().map(|text| AtomData::UTF8((*text).to_owned()));
            if let Some(atom) = Atom::from_collection(ident, texts.collect()) {
                ilst.insert(atom);
            }
        }
        for atom in self.atoms.iter().flat_map(|atoms| &**atoms) {
            if ilst.get(atom.ident()).is_none() {
                ilst.insert(atom.clone());
            }
        }
        dump(target, &ilst, WriteOptions::new().preferred_padding(0))
    }
}

/// A name and a text.
type Row = (String, String);

/// The texts as a tag of another format; fields that it does not know are left out.
fn to_tag(rows: &[&Row], kind: TagType) -> Tag {
    let mut tag = Tag::new(kind);
    for (name, text) in rows {
        if let Some(key) = key_of(name) {
            let is_id3 = kind == TagType::Id3v2;
            // Frames of ID3 count beats in whole numbers.
            let is_whole = is_id3 && text.trim().parse::<u32>().is_ok();
            let key = match key {
                ItemKey::Bpm if is_whole => ItemKey::IntegerBpm,
                // It has no other place for words.
                ItemKey::Lyrics if is_id3 => ItemKey::UnsyncLyrics,
                other => other,
            };
            tag.push(TagItem::new(key, ItemValue::Text(text.clone())));
        }
    }
    tag
}

/// Names and texts that are not in `known`, which was made of them, with all texts of a name
/// together.
fn others<'a>(rows: &[&'a Row], known: &Tag) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut others: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, text) in rows {
        let key = key_of(name).map(field);
        if known.items().any(|item| key == Some(field(item.key()))) {
            continue;
        }
        let same = others
            .iter()
            .position(|row| row.0.eq_ignore_ascii_case(name));
        match same {
            Some(at) => others[at].1.push(text),
            None => others.push((name.as_str(), vec![text.as_str()])),
        }
    }
    others
}

/// One field for those that some formats have two for.
fn field(key: ItemKey) -> ItemKey {
    match key {
        ItemKey::IntegerBpm => ItemKey::Bpm,
        ItemKey::UnsyncLyrics => ItemKey::Lyrics,
        other => other,
    }
}

/// The atom of MP4 that counts beats.
const BEATS: AtomIdent<'static> = AtomIdent::Fourcc(*b"tmpo");

/// What to do about tags that take too much memory.
pub(crate) const SMALLER: &str =
    "make them smaller, or leave the tags out (--drop-tags, drop_tags)";

/// Refuses more than `most` bytes of something in the tags of `path`, and says how to go on.
fn check(path: &Path, what: &str, bytes: u64, most: u64) -> Result<()> {
    if bytes <= most {
        return Ok(());
    }
    Err(Error::Tags {
        path: path.to_owned(),
        action: "read",
        reason: format!("{what} of {bytes} bytes, {most} are the most; {SMALLER}"),
    })
}

/// Whether a file of this kind has a place for a text of this name.
pub(crate) fn has_place(encoding: &Encoding, name: &str) -> bool {
    match encoding {
        Encoding::Wav(_) | Encoding::Bw64(_) => {
            let in_info = |key: ItemKey| key.map_key(TagType::RiffInfo).is_some();
            key_of(name).map_or_else(|| is_info_name(name), in_info)
        }
        Encoding::Flac { .. } | Encoding::Vorbis { .. } | Encoding::Opus { .. } => {
            is_vorbis_name(name)
        }
        Encoding::Aiff { .. } | Encoding::Mp3(_) => true,
        Encoding::Aac { adts, .. } => !adts,
    }
}

/// Bytes of all pictures that go into a file of this kind. In Ogg they are text in one packet, and
/// in MP4 an atom in others, of which libraries make several copies.
pub(crate) fn most_picture_bytes(encoding: &Encoding) -> u64 {
    match encoding {
        Encoding::Vorbis { .. } | Encoding::Opus { .. } => OGG_PICTURES,
        Encoding::Aac { .. } => COPIED_PICTURES,
        _ => MAX_PICTURES,
    }
}

/// Whether a file of this kind has a place for pictures.
pub(crate) fn holds_pictures(encoding: &Encoding) -> bool {
    !matches!(
        encoding,
        Encoding::Wav(_) | Encoding::Bw64(_) | Encoding::Aac { adts: true, .. }
    )
}

/// The field that formats have under this Vorbis name. What a rating means, no two agree on.
fn key_of(name: &str) -> Option<ItemKey> {
    let key = ItemKey::from_key(TagType::VorbisComments, &name.to_ascii_uppercase());
    key.filter(|key| *key != ItemKey::Popularimeter)
}

/// What the Vorbis comment specification allows.
pub(crate) fn is_vorbis_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| (0x20..0x7E).contains(&b) && b != b'=')
}

/// The name of a field of `INFO` that has no other: `ISBJ`.
fn is_info_name(name: &str) -> bool {
    key_of(name).is_none()
        && name.len() == 4
        && name.starts_with(['I', 'i'])
        && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Bodies of FLAC `PICTURE` blocks; their bytes stay where they are.
#[cfg(feature = "flac")]
pub(crate) struct FlacPictures {
    heads: Vec<Vec<u8>>,
    pictures: Arc<Vec<Picture>>,
}

#[cfg(feature = "flac")]
impl FlacPictures {
    /// Writes the blocks, none of them the last one of its file.
    pub(crate) fn write(&self, file: &mut dyn std::io::Write) -> std::io::Result<()> {
        const PICTURE: u8 = 6;
        for (head, picture) in self.heads.iter().zip(self.pictures.iter()) {
            // It was checked to be below 16 MiB.
            let len = u32::try_from(head.len() + picture.data().len()).unwrap_or(0);
            let [_, a, b, c] = len.to_be_bytes();
            file.write_all(&[PICTURE, a, b, c])?;
            file.write_all(head)?;
            file.write_all(picture.data())?;
        }
        Ok(())
    }
}

/// What a `PICTURE` block has before the bytes of the picture.
#[cfg(feature = "flac")]
fn flac_head(picture: &Picture) -> Vec<u8> {
    let word = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
    let mime = picture.mime_type().map_or("", |mime| mime.as_str());
    let description = picture.description().unwrap_or("");
    let mut head = u32::from(picture.pic_type().as_u8()).to_be_bytes().to_vec();
    head.extend(word(mime.len()));
    head.extend(mime.as_bytes());
    head.extend(word(description.len()));
    head.extend(description.as_bytes());
    let known = information(picture);
    let size = [
        known.width,
        known.height,
        known.color_depth,
        known.num_colors,
    ];
    head.extend(size.iter().flat_map(|n| n.to_be_bytes()));
    head.extend(word(picture.data().len()));
    head
}

fn information(picture: &Picture) -> PictureInformation {
    PictureInformation::from_picture(picture).unwrap_or_default()
}

fn dump<T: TagExt>(target: &Path, tag: &T, options: WriteOptions) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if tag.is_empty() {
        return Ok(bytes);
    }
    tag.dump_to(&mut bytes, options).map_err(|e| Error::Tags {
        path: target.to_owned(),
        action: "write",
        reason: e.to_string(),
    })?;
    Ok(bytes)
}
