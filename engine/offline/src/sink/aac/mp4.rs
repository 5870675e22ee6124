//! The MP4 file around AAC packets (ISO 14496-12 and -14): `ftyp`, `mdat`, `moov`.

use std::io::{Seek, SeekFrom, Write};

use crate::atomic::AtomicFile;
use crate::error::Result;

/// Frames of a packet.
const PACKET_FRAMES: u32 = 1024;
const FTYP: &[u8] = b"\0\0\0\x1cftypM4A \0\0\x02\0M4A mp42isom";
/// `mdat` with a 64-bit size.
const MDAT_HEAD: u64 = 16;

/// A movie with one track of sound, one chunk, packets of one length.
pub(super) struct Movie {
    rate: u32,
    channels: usize,
    bitrate: u32,
    /// AudioSpecificConfig.
    config: Vec<u8>,
    ilst: Vec<u8>,
    sizes: Vec<u32>,
}

impl Movie {
    pub(super) fn start(
        file: &mut AtomicFile,
        rate: u32,
        channels: usize,
        bitrate: u32,
        config: &[u8],
        ilst: Vec<u8>,
    ) -> Result<Self> {
        let mut head = FTYP.to_vec();
        head.extend(mdat_head(0));
        file.write_all(&head).map_err(|e| file.error(e))?;
        Ok(Self {
            rate,
            channels,
            bitrate,
            config: config.to_vec(),
            ilst,
            sizes: Vec::new(),
        })
    }

    /// A packet of this many bytes was written.
    pub(super) fn packet(&mut self, bytes: usize) {
        self.sizes.push(u32::try_from(bytes).unwrap_or(0));
    }

    /// Writes what describes the packets; `frames` are heard behind `delay`.
    pub(super) fn finish(self, file: &mut AtomicFile, delay: u32, frames: u64) -> Result<()> {
        let bytes: u64 = self.sizes.iter().map(|n| u64::from(*n)).sum();
        let moov = self.moov(delay, frames);
        let put = |file: &mut AtomicFile| {
            file.write_all(&moov)?;
            file.seek(SeekFrom::Start(FTYP.len() as u64))?;
            file.write_all(&mdat_head(bytes))
        };
        put(file).map_err(|e| file.error(e))
    }

    fn moov(&self, delay: u32, frames: u64) -> Vec<u8> {
        let media = self.sizes.len() as u64 * u64::from(PACKET_FRAMES);
        let mut body = self.mvhd(frames);
        body.extend(self.trak(delay, frames, media));
        body.extend(self.udta(delay, frames, media));
        atom(b"moov", &[&body])
    }

    fn mvhd(&self, frames: u64) -> Vec<u8> {
        let mut b = times(self.rate, frames);
        b.extend(0x0001_0000u32.to_be_bytes());
        b.extend(0x0100u16.to_be_bytes());
        b.extend([0; 10]);
        b.extend(MATRIX);
        b.extend([0; 24]);
        b.extend(2u32.to_be_bytes());
        full(b"mvhd", 1, 0, &b)
    }

    fn trak(&self, delay: u32, frames: u64, media: u64) -> Vec<u8> {
        let mut tkhd = vec![0; 16];
        tkhd.extend(1u32.to_be_bytes());
        tkhd.extend([0; 4]);
        tkhd.extend(frames.to_be_bytes());
        tkhd.extend([0; 12]);
        tkhd.extend(0x0100u16.to_be_bytes());
        tkhd.extend([0; 2]);
        tkhd.extend(MATRIX);
        tkhd.extend([0; 8]);
        // The edit list takes the delay off the start and the padding off the end.
        let mut elst = 1u32.to_be_bytes().to_vec();
        elst.extend(frames.to_be_bytes());
        elst.extend(u64::from(delay).to_be_bytes());
        elst.extend(0x0001_0000u32.to_be_bytes());
        let edts = atom(b"edts", &[&full(b"elst", 1, 0, &elst)]);
        atom(
            b"trak",
            &[&full(b"tkhd", 1, 3, &tkhd), &edts, &self.mdia(media)],
        )
    }

    fn mdia(&self, media: u64) -> Vec<u8> {
        let mut mdhd = times(self.rate, media);
        // "und", packed.
        mdhd.extend([0x55, 0xC4, 0, 0]);
        let hdlr = full(b"hdlr", 0, 0, b"\0\0\0\0soun\0\0\0\0\0\0\0\0\0\0\0\0\0");
        let smhd = full(b"smhd", 0, 0, &[0; 4]);
        let url = full(b"url ", 0, 1, &[]);
        let dref = full(b"dref", 0, 0, &[&[0, 0, 0, 1], url.as_slice()].concat());
        let minf = atom(b"minf", &[&smhd, &atom(b"dinf", &[&dref]), &self.stbl()]);
        atom(b"mdia", &[&full(b"mdhd", 1, 0, &mdhd), &hdlr, &minf])
    }

    fn stbl(&self) -> Vec<u8> {
        let count = u32::try_from(self.sizes.len()).unwrap_or(u32::MAX);
        let words = |words: &[u32]| -> Vec<u8> {
            words.iter().flat_map(|word| word.to_be_bytes()).collect()
        };
        let stts = full(b"stts", 0, 0, &words(&[1, count, PACKET_FRAMES]));
        let stsc = full(b"stsc", 0, 0, &words(&[1, 1, count.max(1), 1]));
        let mut sizes = words(&[0, count]);
        sizes.extend(words(&self.sizes));
        let stsz = full(b"stsz", 0, 0, &sizes);
        let mut chunk = words(&[1]);
        chunk.extend((FTYP.len() as u64 + MDAT_HEAD).to_be_bytes());
        let co64 = full(b"co64", 0, 0, &chunk);
        atom(b"stbl", &[&self.stsd(), &stts, &stsc, &stsz, &co64])
    }

    fn stsd(&self) -> Vec<u8> {
        let mut mp4a = vec![0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        mp4a.extend(u16::try_from(self.channels).unwrap_or(2).to_be_bytes());
        mp4a.extend([0, 16, 0, 0, 0, 0]);
        let field = if self.rate < 65_536 {
            self.rate << 16
        } else {
            0
        };
        mp4a.extend(field.to_be_bytes());
        mp4a.extend(self.esds());
        let entry = atom(b"mp4a", &[&mp4a]);
        full(b"stsd", 0, 0, &[&[0, 0, 0, 1], entry.as_slice()].concat())
    }

    /// Elementary stream descriptor with the decoder's configuration.
    fn esds(&self) -> Vec<u8> {
        let mut config = vec![0x40, 0x15, 0, 0x18, 0];
        config.extend(self.bitrate.to_be_bytes());
        config.extend(self.bitrate.to_be_bytes());
        config.extend(descriptor(5, &self.config));
        let mut es = vec![0, 0, 0];
        es.extend(descriptor(4, &config));
        es.extend(descriptor(6, &[2]));
        full(b"esds", 0, 0, &descriptor(3, &es))
    }

    /// iTunes' note on delay and padding, and the tags.
    fn udta(&self, delay: u32, frames: u64, media: u64) -> Vec<u8> {
        let padding = media.saturating_sub(frames + u64::from(delay));
        let zeros = " 00000000".repeat(8);
        let text = format!(" 00000000 {delay:08X} {padding:08X} {frames:016X}{zeros}");
        let data = full(b"data", 0, 1, &[&[0; 4], text.as_bytes()].concat());
        let mean = full(b"mean", 0, 0, b"com.apple.iTunes");
        let name = full(b"name", 0, 0, b"iTunSMPB");
        let note = atom(b"----", &[&mean, &name, &data]);
        let fields = self.ilst.get(8..).unwrap_or_default();
        let ilst = atom(b"ilst", &[&note, fields]);
        let hdlr = full(b"hdlr", 0, 0, b"\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0");
        atom(b"udta", &[&full(b"meta", 0, 0, &[hdlr, ilst].concat())])
    }
}

/// Identity.
const MATRIX: [u8; 36] = {
    let mut m = [0; 36];
    m[1] = 1;
    m[17] = 1;
    m[32] = 0x40;
    m
};

/// Created, changed (never: the bytes repeat), rate, length.
fn times(rate: u32, frames: u64) -> Vec<u8> {
    let mut b = vec![0; 16];
    b.extend(rate.to_be_bytes());
    b.extend(frames.to_be_bytes());
    b
}

fn mdat_head(bytes: u64) -> Vec<u8> {
    let mut head = b"\0\0\0\x01mdat".to_vec();
    head.extend((bytes + MDAT_HEAD).to_be_bytes());
    head
}

fn atom(id: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let len: usize = 8 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut out = u32::try_from(len).unwrap_or(0).to_be_bytes().to_vec();
    out.extend(id);
    parts.iter().for_each(|part| out.extend(*part));
    out
}

fn full(id: &[u8; 4], version: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    atom(id, &[&[version, 0, 0, flags], body])
}

fn descriptor(tag: u8, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len()).unwrap_or(0);
    let bits = |shift: u32| (len >> shift).to_le_bytes()[0] & 0x7F;
    let mut out = vec![
        tag,
        0x80 | bits(21),
        0x80 | bits(14),
        0x80 | bits(7),
        bits(0),
    ];
    out.extend(body);
    out
}
