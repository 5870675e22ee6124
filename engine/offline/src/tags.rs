//! Texts and pictures that files carry, translated from one format to another.
//!
//! `lofty` reads every format and knows the names of the fields in each; what is written goes into
//! the file as it is made, so that a file of any size is written once.

use std::io::BufReader;
use std::path::Path;

use lofty::config::{ParseOptions, WriteOptions};
use lofty::file::TaggedFileExt;
use lofty::id3::v2::Id3v2Tag;
use lofty::iff::wav::RiffInfoList;
#[cfg(feature = "aac")]
use lofty::mp4::Ilst;
use lofty::picture::{Picture, PictureInformation};
use lofty::probe::Probe;
use lofty::tag::{ItemKey, ItemValue, Tag, TagExt, TagType};

use crate::error::{Error, Result, check_limit};

/// Longest text, 1 MiB.
const MAX_TEXT: u64 = 1 << 20;
/// All texts together, and all pictures together: 16 MiB each.
const MAX_TOTAL: u64 = 16 << 20;

/// Fields by their Vorbis names (`TITLE`, `ARTIST`, ...) in order, and pictures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tags {
    /// Name in capitals and text; a name may come more than once.
    pub texts: Vec<(String, String)>,
    pictures: Vec<Picture>,
}

impl Tags {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.pictures.is_empty()
    }

    /// Number of pictures.
    pub fn picture_count(&self) -> usize {
        self.pictures.len()
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

    /// Reads the tags of a file; one without tags, or with tags that cannot be read, has none.
    /// `[thread-safe]`, blocks.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Limit`] for texts above 1 MiB, and for more than 16 MiB of texts or
    /// of pictures.
    pub fn read(path: &Path) -> Result<Self> {
        let file = crate::input::open(path)?;
        let options = ParseOptions::new().read_properties(false);
        let probe = Probe::new(BufReader::new(file))
            .options(options)
            .guess_file_type();
        let Ok(Ok(tagged)) = probe.map(Probe::read) else {
            return Ok(Self::default());
        };
        let mut tags = Self::default();
        for tag in tagged.tags() {
            tags.merge(tag);
        }
        tags.check(path)?;
        Ok(tags)
    }

    /// Adds the fields of `tag` whose names are not there yet.
    fn merge(&mut self, tag: &Tag) {
        let mut found = Vec::new();
        for item in tag.items() {
            let (Some(name), ItemValue::Text(text) | ItemValue::Locator(text)) =
                (item.key().map_key(TagType::VorbisComments), item.value())
            else {
                continue;
            };
            if self.get(name).is_none() && !text.is_empty() && !is_of_encoder(name) {
                found.push((name.to_ascii_uppercase(), text.clone()));
            }
        }
        self.texts.extend(found);
        if self.pictures.is_empty() {
            self.pictures = tag.pictures().to_vec();
        }
    }

    fn check(&self, path: &Path) -> Result<()> {
        let lengths = || self.texts.iter().map(|row| row.1.len() as u64);
        let longest = lengths().max().unwrap_or(0);
        check_limit(path, "bytes of a tag's text", longest, 0, MAX_TEXT)?;
        check_limit(path, "bytes of tags", lengths().sum(), 0, MAX_TOTAL)?;
        let pictures = self.pictures.iter().map(|p| p.data().len() as u64).sum();
        check_limit(path, "bytes of pictures", pictures, 0, MAX_TOTAL)
    }

    /// As a tag of another format; fields that it does not know are left out.
    fn to_tag(&self, kind: TagType) -> Tag {
        let mut tag = Tag::new(kind);
        for (name, text) in &self.texts {
            if let Some(key) = ItemKey::from_key(TagType::VorbisComments, name) {
                tag.push(lofty::tag::TagItem::new(key, ItemValue::Text(text.clone())));
            }
        }
        for picture in &self.pictures {
            tag.push_picture(picture.clone());
        }
        tag
    }

    /// Vorbis comments, pictures among them in base 64.
    pub(crate) fn comments(&self) -> Vec<(String, String)> {
        let pictures = self.pictures.iter().filter_map(|picture| {
            let bytes = picture.as_flac_bytes(information(picture), true);
            let text = String::from_utf8(bytes).ok()?;
            Some(("METADATA_BLOCK_PICTURE".to_owned(), text))
        });
        self.texts.iter().cloned().chain(pictures).collect()
    }

    /// Bodies of FLAC `PICTURE` blocks.
    #[cfg(feature = "flac")]
    pub(crate) fn flac_pictures(&self) -> Vec<Vec<u8>> {
        let body = |p: &Picture| p.as_flac_bytes(information(p), false);
        self.pictures.iter().map(body).collect()
    }

    /// An ID3v2.4 tag, or nothing.
    pub(crate) fn id3(&self, target: &Path) -> Result<Vec<u8>> {
        let tag = Id3v2Tag::from(self.to_tag(TagType::Id3v2));
        dump(target, &tag, WriteOptions::new().preferred_padding(0))
    }

    /// A `LIST` chunk of type `INFO`, its head included, or nothing.
    pub(crate) fn riff_info(&self, target: &Path) -> Result<Vec<u8>> {
        let tag = RiffInfoList::from(self.to_tag(TagType::RiffInfo));
        dump(target, &tag, WriteOptions::new())
    }

    /// An `ilst` atom, or nothing.
    #[cfg(feature = "aac")]
    pub(crate) fn ilst(&self, target: &Path) -> Result<Vec<u8>> {
        let tag = Ilst::from(self.to_tag(TagType::Mp4Ilst));
        dump(target, &tag, WriteOptions::new().preferred_padding(0))
    }
}

/// Notes of a program on the file that it made: they are wrong in another one.
fn is_of_encoder(name: &str) -> bool {
    const NAMES: [&str; 5] = [
        "ENCODER",
        "ENCODER_OPTIONS",
        "ENCODERSETTINGS",
        "ENCODED-USING",
        "VENDOR",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
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
