//! Pictures of ID3, each read once into the memory that it stays in: the library would hold the whole
//! tag meanwhile, and a picture twice while its memory grows.

use std::io::{Read, Seek, SeekFrom};

use lofty::id3::v2::{AttachedPictureFrame, FrameFlags, Id3v2Version};
use lofty::picture::Picture;

use super::weigh::PlainFrame;

/// Bytes of a frame in which everything but the picture lies: 64 KiB.
const HEAD: u64 = 64 << 10;

/// The pictures of these frames, or why there are none.
pub(super) fn of_frames(
    file: &mut (impl Read + Seek),
    frames: &[PlainFrame],
) -> Result<Vec<Picture>, String> {
    frames.iter().map(|frame| of(file, frame)).collect()
}

fn of(file: &mut (impl Read + Seek), frame: &PlainFrame) -> Result<Picture, String> {
    let head = bytes(file, frame.at, frame.size.min(HEAD))?;
    let described = parsed(&head, frame.version)?;
    if frame.size <= HEAD {
        return Ok(described);
    }
    // The picture begins where it does in the head.
    let begun = described.data().len() as u64;
    if begun == 0 {
        return Err("a picture of ID3 is described by more than 64 KiB".to_owned());
    }
    let size = frame.size - head.len() as u64 + begun;
    let data = bytes(file, frame.at + frame.size - size, size)?;
    let mut picture = Picture::unchecked(data).pic_type(described.pic_type());
    if let Some(mime) = described.mime_type() {
        picture = picture.mime_type(mime.clone());
    }
    if let Some(description) = described.description() {
        picture = picture.description(description.to_owned());
    }
    Ok(picture.build())
}

fn parsed(mut frame: &[u8], version: u8) -> Result<Picture, String> {
    let version = match version {
        2 => Id3v2Version::V2,
        3 => Id3v2Version::V3,
        _ => Id3v2Version::V4,
    };
    let read = AttachedPictureFrame::parse(&mut frame, FrameFlags::default(), version);
    Ok(read.map_err(|e| e.to_string())?.picture.into_owned())
}

fn bytes(file: &mut (impl Read + Seek), at: u64, count: u64) -> Result<Vec<u8>, String> {
    // It was weighed: 16 MiB are the most.
    let mut bytes = vec![0; usize::try_from(count).unwrap_or(0)];
    let sought = file.seek(SeekFrom::Start(at));
    let read = sought.and_then(|_| file.read_exact(&mut bytes));
    read.map_err(|e| format!("a picture of ID3: {e}"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn they_are_those_that_the_library_reads() {
        let heads: [(u8, &[u8]); 5] = [
            (2, b"\0PNG\x03front\0"),
            (3, b"\0image/png\0\x03\0"),
            (3, b"\x01image/png\0\0\xFF\xFEa\0\0\0"),
            (4, b"\x03image/jpeg\0\x03\xC3\xA4\0"),
            (4, b"\x02\0\x11\0a\0\0"),
        ];
        for (version, head) in heads {
            for len in [0, 10, (64 << 10) - head.len(), 64 << 10, 200_000] {
                let picture = (0..len).map(|n| (n % 251) as u8);
                let frame: Vec<u8> = head.iter().copied().chain(picture).collect();
                let mut file = Cursor::new([&[9; 33], &*frame, &[9; 5]].concat());
                let place = PlainFrame {
                    at: 33,
                    size: frame.len() as u64,
                    version,
                };
                let read = of_frames(&mut file, &[place]).unwrap();
                assert_eq!(read[0].data().len(), len);
                assert_eq!(read, [parsed(&frame, version).unwrap()]);
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_has_no_end_is_told() {
        let place = |size| PlainFrame {
            at: 0,
            size,
            version: 4,
        };
        let mut frame = b"\x03image/png\0\x03\0".to_vec();
        frame.resize(100_000, 1);
        let cut = of_frames(&mut Cursor::new(&frame), &[place(200_000)]);
        assert!(cut.unwrap_err().starts_with("a picture of ID3: "));
        let endless = [&b"\x03image/png\0\x03"[..], &[b'a'; 100_000]].concat();
        let long = of_frames(&mut Cursor::new(&endless), &[place(90_000)]);
        assert!(long.unwrap_err().contains("64 KiB"));
    }
}
