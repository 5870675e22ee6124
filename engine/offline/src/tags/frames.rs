//! Frames of ID3 that say more than a name and a text: comments and lyrics with a language and a
//! description, and ratings with whose they are.

use std::io::{Read, Seek};
use std::sync::Arc;

use lofty::aac::AacFile;
use lofty::config::ParseOptions;
use lofty::file::{AudioFile as _, FileType, TaggedFile};
use lofty::id3::v2::{Frame, Id3v2Tag};
use lofty::iff::aiff::AiffFile;
use lofty::iff::wav::WavFile;
use lofty::mpeg::MpegFile;
use lofty::probe::Probe;

use super::read::is_of_encoder;
use super::{Row, Tags};

/// What a comment with a description is called elsewhere, before that.
const COMMENT: &str = "COMMENT:";
/// Notes of iTunes, which have their own names elsewhere.
const ITUNES: &str = "iTun";

/// A frame, and the texts that it is where there is no ID3.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    name: String,
    /// None, if there is no name for it elsewhere.
    texts: Vec<String>,
    frame: Frame<'static>,
}

impl Kept {
    /// The frame, if nothing else has a name for it.
    pub(super) fn nameless(&self) -> Option<&Frame<'static>> {
        self.texts.is_empty().then_some(&self.frame)
    }
}

impl Tags {
    /// Takes frames over, and appends their texts to `found`.
    pub(super) fn keep(&mut self, frames: Vec<Frame<'static>>, found: &mut Vec<Row>) {
        let mut kept = Vec::new();
        for frame in frames {
            let (name, texts) = match named(&frame) {
                Some((name, content)) => {
                    // ID3v2.4 has a zero between two texts of one frame.
                    let texts = content.split('\0').filter(|text| !text.is_empty());
                    let texts: Vec<String> = texts.map(str::to_owned).collect();
                    if texts.is_empty() || is_of_encoder(&name) {
                        continue;
                    }
                    (name, texts)
                }
                None => (String::new(), Vec::new()),
            };
            found.extend(texts.iter().map(|text| (name.clone(), text.clone())));
            kept.push(Kept { name, texts, frame });
        }
        if self.kept.is_empty() {
            self.kept = Arc::new(kept);
        }
    }

    /// The frames of which all texts are still there, and all other texts.
    pub(super) fn whole_frames(&self) -> (Vec<&Frame<'static>>, Vec<&Row>) {
        let mut rows: Vec<Option<&Row>> = self.texts.iter().map(Some).collect();
        let mut frames = Vec::new();
        for kept in self.kept.iter() {
            let mut places = Vec::new();
            for text in &kept.texts {
                let found = rows.iter().enumerate().position(|(at, row)| {
                    row.is_some_and(|row| row.0.eq_ignore_ascii_case(&kept.name) && row.1 == *text)
                        && !places.contains(&at)
                });
                places.extend(found);
            }
            if places.len() == kept.texts.len() {
                places.into_iter().for_each(|at| rows[at] = None);
                frames.push(&kept.frame);
            }
        }
        (frames, rows.into_iter().flatten().collect())
    }
}

/// Name and content of a frame that is text.
fn named<'a>(frame: &'a Frame<'_>) -> Option<(String, &'a str)> {
    match frame {
        Frame::Comment(comment) => {
            let name = match &*comment.description {
                "" => "COMMENT".to_owned(),
                own if own.starts_with(ITUNES) => own.to_owned(),
                other => format!("{COMMENT}{other}"),
            };
            Some((name, &*comment.content))
        }
        Frame::UnsynchronizedText(words) => Some(("LYRICS".to_owned(), &*words.content)),
        _ => None,
    }
}

/// The description of the comment that has this name.
pub(super) fn described(name: &str) -> Option<&str> {
    let (head, what) = name.split_at_checked(COMMENT.len())?;
    (head.eq_ignore_ascii_case(COMMENT) && !what.is_empty()).then_some(what)
}

/// Reads all tags of a file, with the frames of its ID3v2 tag that say more than a text apart.
pub(super) fn read<R: Read + Seek>(
    bytes: &mut R,
    kind: FileType,
    options: ParseOptions,
) -> Result<(TaggedFile, Vec<Frame<'static>>), String> {
    macro_rules! apart {
        ($file:ty) => {{
            let file = <$file>::read_from(bytes, options);
            let mut file = file.map_err(|e| e.to_string())?;
            let mut frames = Vec::new();
            if let Some(tag) = file.id3v2_mut() {
                take_apart(tag, &mut frames);
            }
            (TaggedFile::from(file), frames)
        }};
    }
    Ok(match kind {
        FileType::Mpeg => apart!(MpegFile),
        FileType::Aac => apart!(AacFile),
        FileType::Aiff => apart!(AiffFile),
        FileType::Wav => apart!(WavFile),
        other => {
            let probe = Probe::with_file_type(bytes, other).options(options);
            (probe.read().map_err(|e| e.to_string())?, Vec::new())
        }
    })
}

fn take_apart(tag: &mut Id3v2Tag, apart: &mut Vec<Frame<'static>>) {
    tag.retain(|frame| {
        let is_apart = matches!(
            frame,
            Frame::Comment(_) | Frame::UnsynchronizedText(_) | Frame::Popularimeter(_)
        );
        if is_apart {
            apart.push(frame.clone());
        }
        !is_apart
    });
}
