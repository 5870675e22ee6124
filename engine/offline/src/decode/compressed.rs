//! Everything that symphonia demuxes and decodes.

mod guard;
mod source;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known as id;
use symphonia::core::codecs::audio::{
    AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions,
};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::{Hint, Probe};
use symphonia::core::formats::{FormatOptions, FormatReader, Track};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia::default::{formats, get_codecs};

use super::holes::{Hole, Mp3Walk, adts_is_cut, ogg_holes};
use super::{Container, DecodeOptions, FileInfo, mp4, outline, sniff};
use crate::channels::Layout;
use crate::error::{Error, Result};
use crate::sample::Sample;
use guard::{OffsetFile, guard};
use source::PacketSource;

/// Frames in a packet; FLAC has up to 65,535.
const MOST_FRAMES: u64 = 1 << 20;

/// What is said of it.
const CHAIN: &str = "a chain of several streams in one file";

/// Opens the container, picks the first audio track and prepares its decoder.
pub(super) fn open<T: Sample>(
    path: &Path,
    mut file: File,
    container: Container,
    offset: u64,
    options: &DecodeOptions,
) -> Result<(PacketSource<T>, FileInfo)> {
    let io = |e| Error::io(path, "read", e);
    let len = file.metadata().map_err(io)?.len();
    let has_count = container != Container::Mp3 || mp3_has_count(&mut file, offset).map_err(io)?;
    let is_cut = container == Container::Ogg && !ogg_is_complete(&mut file, len).map_err(io)?;
    let cut = is_cut.then_some("the last Ogg page is missing");
    let movie = movie(path, &mut file, container, offset)?;
    let again = file.try_clone().map_err(io)?;
    let speakers = match container {
        Container::Flac => outline::flac_mask(&mut file, offset),
        _ => None,
    };
    let missing = outline::cut(&mut file, container, offset, len);
    let mut looks_again = file.try_clone().map_err(io)?;
    let bytes = shown(file, (container, offset, len), missing, movie.as_ref());
    let reader = guard(path, 0, || demuxer(path, bytes, container))??;
    let (track, mut params) = audio_track(path, container, reader.as_ref())?;
    if params.sample_rate == Some(0) {
        // The field of MP4 ends at 65,535 Hz; the track's clock counts frames.
        params.sample_rate = movie.as_ref().and_then(mp4::Movie::clock);
    }
    let codec = codec_name(params.codec);
    let decoder = guard(path, 0, || decoder(path, container, &params))??;
    let rate = params.sample_rate.unwrap_or(0);
    let edit = edit(movie, container, rate, &track);
    let known = decoder_params(&params, decoder.codec_params());
    let mut layout = layout(&known);
    if let Some(mask) = speakers {
        layout = layout.with_mask(mask);
    }
    if container == Container::Aiff {
        let named = outline::aiff_layout(&mut looks_again, offset, len, layout.channels());
        layout = named.unwrap_or(layout);
    }
    options.check_format(
        path,
        layout.channels().into(),
        known.sample_rate.unwrap_or(0),
    )?;
    let caf_alac = params.codec == id::CODEC_ID_ALAC && container == Container::Caf;
    let frames = frames(container, &track, edit, has_count, caf_alac);
    options.check_frames(path, frames.unwrap_or(0), rate)?;
    let bits = bits(&known);
    let loops = match container {
        Container::Aiff => {
            crate::aiff::loops(&mut looks_again, offset, len, frames.unwrap_or(u64::MAX))
        }
        _ => Vec::new(),
    };
    let info = FileInfo {
        container,
        codec: match (lossless(params.codec), is_float(params.codec)) {
            (true, true) => format!("{codec} {bits}-bit float"),
            (true, false) => format!("{codec} {bits}-bit"),
            (false, _) => codec,
        },
        sample_rate: rate,
        layout,
        frames,
        bits,
        exact_i16: lossless(params.codec) && bits <= 16 && !is_float(params.codec),
        loops,
    };
    let mut source = PacketSource::new(path, reader, decoder, &track, &info, edit, cut, options);
    if let Some(cut) = missing {
        let found = found_frames(cut, frames);
        // What is missing may be what only fills up.
        let is_short = frames.is_none_or(|all| found < all);
        if is_short && !options.allow_truncated {
            return Err(Error::Truncated {
                path: path.to_owned(),
                what: "audio data",
                found,
                expected: frames.unwrap_or(0),
                unit: "frames",
            });
        }
        source.keep_first(found);
    }
    source.look_first(Look {
        file: again,
        container,
        offset,
        len,
        serial: track.id,
        is_audio: is_audio(params.codec),
        promised: mp3_count(&track, rate).filter(|_| has_count),
        has_count,
        frame: mp3_frame(rate),
    });
    Ok((source, info))
}

/// The boxes of an MP4 file, as far as they can be followed.
fn movie(
    path: &Path,
    file: &mut File,
    container: Container,
    offset: u64,
) -> Result<Option<mp4::Movie>> {
    if container != Container::Mp4 {
        return Ok(None);
    }
    let mut file = BufReader::new(file);
    if mp4::is_without_index(&mut file, offset) {
        return Err(Error::CutHeaders {
            path: path.to_owned(),
            place: "before its index (`moov`)".to_owned(),
        });
    }
    Ok(mp4::read(&mut file, offset))
}

/// What the demuxer sees of a file: no texts and pictures, and a cut sound to its end.
fn shown(
    mut file: File,
    (container, offset, len): (Container, u64, u64),
    missing: Option<outline::Cut>,
    movie: Option<&mp4::Movie>,
) -> OffsetFile {
    match (container, missing) {
        (Container::Flac, _) => OffsetFile::without_tags(file, offset, len),
        (_, Some(cut)) => OffsetFile::extended(file, offset, len, cut.end, container),
        // They would be kept in memory beside the copy of whoever reads tags.
        (Container::Mp4, None) => {
            let hidden = movie.map_or(Vec::new(), mp4::Movie::hidden);
            OffsetFile::seen_as(file, offset, len, hidden)
        }
        (Container::Aiff, None) => {
            let hidden = outline::aiff_tags(&mut file, offset, len);
            OffsetFile::seen_as(file, offset, len, hidden)
        }
        _ => OffsetFile::new(file, offset, len),
    }
}

/// Whole frames of a cut sound that are there.
fn found_frames(cut: outline::Cut, frames: Option<u64>) -> u64 {
    let all = u128::from(cut.present) * u128::from(frames.unwrap_or(0));
    let found = all.checked_div(cut.promised.into()).unwrap_or(0);
    u64::try_from(found).unwrap_or(u64::MAX)
}

/// What a look at the whole file for damage needs; it is due before the first packet.
pub(super) struct Look {
    file: File,
    container: Container,
    offset: u64,
    len: u64,
    serial: u32,
    is_audio: fn(u8) -> bool,
    promised: Option<u64>,
    has_count: bool,
    frame: u64,
}

/// What a look found.
#[derive(Default)]
pub(super) struct Seen {
    /// Where something is missing.
    holes: VecDeque<Hole>,
    /// A demuxer that sees the good parts only, if there are others.
    reader: Option<Box<dyn FormatReader>>,
    /// The last frame wants more bytes than there are.
    is_cut: bool,
}

impl Look {
    /// Walks over the whole file.
    pub(super) fn run(self, path: &Path) -> Result<Seen> {
        let io = |e| Error::io(path, "read", e);
        match self.container {
            Container::Ogg => {
                let seen = ogg_holes(self.file, self.offset, self.len, self.serial, self.is_audio);
                let seen = seen.map_err(io)?;
                // The demuxer would stop at the end of the first one, without a word.
                if seen.is_chained {
                    return Err(Error::unsupported(path, CHAIN));
                }
                Ok(Seen {
                    holes: seen.holes,
                    ..Seen::default()
                })
            }
            Container::Adts => Ok(Seen {
                is_cut: adts_is_cut(self.file, self.offset, self.len).map_err(io)?,
                ..Seen::default()
            }),
            Container::Mp3 => {
                let again = self.file.try_clone().map_err(io)?;
                let walk = Mp3Walk::new(self.file, self.offset, self.len).map_err(io)?;
                let holes = walk.holes(self.promised, self.has_count, self.frame);
                let mut seen = Seen {
                    holes,
                    ..Seen::default()
                };
                if walk.parts.len() > 1 {
                    let bytes = OffsetFile::of_parts(again, walk.parts);
                    let open = || demuxer(path, bytes, self.container);
                    seen.reader = Some(guard(path, 0, open)??);
                }
                Ok(seen)
            }
            _ => Ok(Seen::default()),
        }
    }
}

/// How many MPEG frames the file says it has, that with the count included.
fn mp3_count(track: &Track, rate: u32) -> Option<u64> {
    let around = u64::from(track.delay.unwrap_or(0)) + u64::from(track.padding.unwrap_or(0));
    Some((track.num_frames? + around).div_ceil(mp3_frame(rate)) + 1)
}

/// Samples of an MPEG frame of layer III: MPEG-1 has 32 kHz and more.
fn mp3_frame(rate: u32) -> u64 {
    if rate >= 32_000 { 1152 } else { 576 }
}

/// Whether a packet in Ogg that starts with this byte is audio.
fn is_audio(codec: AudioCodecId) -> fn(u8) -> bool {
    match codec {
        id::CODEC_ID_FLAC => |first| first == 0xFF,
        _ => |first| first & 1 == 0,
    }
}

fn demuxer(path: &Path, bytes: OffsetFile, container: Container) -> Result<Box<dyn FormatReader>> {
    let stream = MediaSourceStream::new(Box::new(bytes), Default::default());
    let mut probe = Probe::new();
    match container {
        Container::Aiff => probe.register_format::<formats::AiffReader<'_>>(),
        Container::Flac => probe.register_format::<formats::FlacReader<'_>>(),
        Container::Mp3 => probe.register_format::<formats::MpaReader<'_>>(),
        Container::Ogg => probe.register_format::<formats::OggReader<'_>>(),
        Container::Mp4 => probe.register_format::<formats::IsoMp4Reader<'_>>(),
        Container::Adts => probe.register_format::<formats::AdtsReader<'_>>(),
        Container::Caf => probe.register_format::<formats::CafReader<'_>>(),
        Container::Wav | Container::Rf64 | Container::OggOpus => {}
    }
    let (format, meta) = (FormatOptions::default(), MetadataOptions::default());
    probe
        .probe(&Hint::new(), stream, format, meta)
        .map_err(|e| header_error(path, container, e))
}

/// An error while the headers are read.
fn header_error(path: &Path, container: Container, error: SymphoniaError) -> Error {
    match error {
        SymphoniaError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            // Whatever is allowed.
            Error::CutHeaders {
                path: path.to_owned(),
                place: format!("within its {} headers", container.name()),
            }
        }
        SymphoniaError::IoError(e) => Error::io(path, "read", e),
        // The magic is there but the demuxer finds no start: the headers are damaged.
        SymphoniaError::Unsupported(what) if what.contains("probe") || what.contains("missing") => {
            Error::corrupt_byte(path, 0, format!("{} headers: {what}", container.name()))
        }
        SymphoniaError::Unsupported(what) => {
            Error::unsupported(path, format!("{} with {what}", container.name()))
        }
        other => Error::corrupt_byte(path, 0, format!("{} headers: {other}", container.name())),
    }
}

fn audio_track(
    path: &Path,
    container: Container,
    reader: &dyn FormatReader,
) -> Result<(Track, AudioCodecParameters)> {
    let tracks = reader.tracks();
    let audio = tracks.iter().find_map(|track| match &track.codec_params {
        Some(CodecParameters::Audio(params)) => Some((track.clone(), params.clone())),
        _ => None,
    });
    audio.ok_or_else(|| {
        let what = if tracks.is_empty() {
            "no tracks"
        } else {
            "no readable audio track"
        };
        Error::unsupported(path, format!("{} with {what}", container.name()))
    })
}

fn decoder(
    path: &Path,
    container: Container,
    params: &AudioCodecParameters,
) -> Result<Box<dyn AudioDecoder>> {
    // The decoder takes memory for as many at once.
    let frames = params.max_frames_per_packet.unwrap_or(0);
    if frames > MOST_FRAMES {
        let name = container.name();
        let what = format!("{name} headers: {frames} frames in a packet, of at most {MOST_FRAMES}");
        return Err(Error::corrupt_byte(path, 0, what));
    }
    let options = AudioDecoderOptions::default().gapless(true).verify(true);
    get_codecs()
        .make_audio_decoder(params, &options)
        .map_err(|e| match e {
            SymphoniaError::Unsupported(what) => {
                let codec = codec_name(params.codec);
                Error::unsupported(path, format!("{} with {codec} ({what})", container.name()))
            }
            other => header_error(path, container, other),
        })
}

/// Codecs whose stream header knows more than the container (FLAC, ALAC, AAC).
fn decoder_params(
    container: &AudioCodecParameters,
    own: &AudioCodecParameters,
) -> AudioCodecParameters {
    let mut known = container.clone();
    let bits = |params: &AudioCodecParameters| params.bits_per_sample.filter(|bits| *bits > 0);
    known.bits_per_sample = alac_bits(container)
        .or_else(|| bits(own))
        .or_else(|| bits(container));
    known.channels = own.channels.clone().or_else(|| container.channels.clone());
    known
}

/// Bits of a sample; 16 for lossy codecs, which have none. AIFF-C names floats without their bits.
fn bits(known: &AudioCodecParameters) -> u16 {
    let bits = match known.codec {
        id::CODEC_ID_PCM_F32LE | id::CODEC_ID_PCM_F32BE => 32,
        id::CODEC_ID_PCM_F64LE | id::CODEC_ID_PCM_F64BE => 64,
        _ => known.bits_per_sample.unwrap_or(16),
    };
    u16::try_from(bits).unwrap_or(16)
}

/// Bit depth in an ALAC cookie, which may come wrapped in `frma` and `alac` atoms.
fn alac_bits(params: &AudioCodecParameters) -> Option<u32> {
    let cookie = params
        .extra_data
        .as_deref()
        .filter(|_| params.codec == id::CODEC_ID_ALAC)?;
    let wrapped = cookie.get(4..8) == Some(b"frma");
    let bits = u32::from(*cookie.get(if wrapped { 24 + 5 } else { 5 })?);
    (1..=32).contains(&bits).then_some(bits)
}

fn layout(params: &AudioCodecParameters) -> Layout {
    source::layout_of(params.channels.as_ref())
}

fn edit(
    movie: Option<mp4::Movie>,
    container: Container,
    rate: u32,
    track: &Track,
) -> Option<mp4::Edit> {
    match container {
        Container::Mp4 => movie.and_then(|m| m.edit(rate)),
        Container::Caf => {
            let delay = u64::from(track.delay.unwrap_or(0));
            (delay > 0 || track.padding.is_some()).then_some(mp4::Edit {
                delay,
                frames: track.num_frames,
            })
        }
        _ => None,
    }
}

fn frames(
    container: Container,
    track: &Track,
    edit: Option<mp4::Edit>,
    has_count: bool,
    caf_alac: bool,
) -> Option<u64> {
    /// Frames of a usual ALAC packet.
    const ALAC_PACKET: u64 = 4096;
    match container {
        // ffmpeg counts the last packet as full; the packet itself knows better.
        _ if caf_alac && track.num_frames.is_some_and(|n| n % ALAC_PACKET == 0) => None,
        // These two are guesses from the bit rate.
        Container::Adts => None,
        Container::Mp3 if !has_count => None,
        _ => edit.and_then(|e| e.frames).or(track.num_frames),
    }
}

/// Whether the first frame carries a Xing, Info or VBRI tag, that is, a length.
fn mp3_has_count(file: &mut File, offset: u64) -> std::io::Result<bool> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(offset))?;
    Read::by_ref(file).take(4096).read_to_end(&mut head)?;
    let len = sniff::mp3_frame_len(&head).unwrap_or(0).min(head.len());
    let has = |tag: &[u8]| head[..len].windows(tag.len()).take(64).any(|w| w == tag);
    Ok(has(b"Xing") || has(b"Info") || has(b"VBRI"))
}

/// Whether the last Ogg page carries the end-of-stream flag.
pub(super) fn ogg_is_complete(file: &mut File, len: u64) -> std::io::Result<bool> {
    const LARGEST_PAGE: u64 = 65_307;
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(len.saturating_sub(2 * LARGEST_PAGE)))?;
    Read::by_ref(file)
        .take(2 * LARGEST_PAGE)
        .read_to_end(&mut tail)?;
    let last = tail.windows(4).rposition(|w| w == b"OggS");
    let page = last.and_then(|at| tail.get(at..)).unwrap_or_default();
    let [_, _, _, _, _, flags, ..] = *page else {
        return Ok(false);
    };
    Ok(flags & 4 != 0 && page.len() >= ogg_page_len(page))
}

pub(super) fn ogg_page_len(page: &[u8]) -> usize {
    let segments = page.get(26).map_or(0, |n| usize::from(*n));
    let body: usize = page
        .iter()
        .skip(27)
        .take(segments)
        .map(|n| usize::from(*n))
        .sum();
    27 + segments + body
}

fn codec_name(codec: AudioCodecId) -> String {
    const NAMES: &[(AudioCodecId, &str)] = &[
        (id::CODEC_ID_FLAC, "FLAC"),
        (id::CODEC_ID_MP3, "MP3"),
        (id::CODEC_ID_MP2, "MPEG layer II"),
        (id::CODEC_ID_MP1, "MPEG layer I"),
        (id::CODEC_ID_VORBIS, "Vorbis"),
        (id::CODEC_ID_OPUS, "Opus"),
        (id::CODEC_ID_SPEEX, "Speex"),
        (id::CODEC_ID_AAC, "AAC"),
        (id::CODEC_ID_ALAC, "ALAC"),
        (id::CODEC_ID_AC3, "AC-3"),
        (id::CODEC_ID_EAC3, "E-AC-3"),
        (id::CODEC_ID_DCA, "DTS"),
        (id::CODEC_ID_PCM_ALAW, "A-law"),
        (id::CODEC_ID_PCM_MULAW, "mu-law"),
    ];
    if is_pcm(codec) {
        return "PCM".to_owned();
    }
    let row = NAMES.iter().find(|row| row.0 == codec);
    row.map_or_else(|| format!("unknown codec {codec}"), |row| row.1.to_owned())
}

fn lossless(codec: AudioCodecId) -> bool {
    is_pcm(codec) || codec == id::CODEC_ID_FLAC || codec == id::CODEC_ID_ALAC
}

/// Linear PCM that AIFF and CAF can hold.
fn is_pcm(codec: AudioCodecId) -> bool {
    is_float(codec)
        || [
            id::CODEC_ID_PCM_S8,
            id::CODEC_ID_PCM_U8,
            id::CODEC_ID_PCM_S16LE,
            id::CODEC_ID_PCM_S16BE,
            id::CODEC_ID_PCM_S24LE,
            id::CODEC_ID_PCM_S24BE,
            id::CODEC_ID_PCM_S32LE,
            id::CODEC_ID_PCM_S32BE,
        ]
        .contains(&codec)
}

fn is_float(codec: AudioCodecId) -> bool {
    [
        id::CODEC_ID_PCM_F32LE,
        id::CODEC_ID_PCM_F32BE,
        id::CODEC_ID_PCM_F64LE,
        id::CODEC_ID_PCM_F64BE,
    ]
    .contains(&codec)
}
