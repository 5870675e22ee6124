use super::*;

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

const DATA: u32 = u32::from_le_bytes(*b"data");

#[test]
fn loops_and_cues_scale_with_the_rate_and_start() {
    let map = PositionMap {
        start: 441,
        end: u64::MAX,
        from: 44_100,
        to: 48_000,
        frames: 480_000,
    };
    let smpl = words(&[0, 0, 22_675, 60, 0, 0, 0, 1, 0, 7, 0, 44_541, 88_640, 0, 2]);
    let cue = words(&[1, 9, 44_541, DATA, 0, 0, 44_541]);
    let mut list = b"adtlltxt".to_vec();
    list.extend(words(&[20, 9, 44_100, 0, 0, 0]));
    let chunks = vec![
        Chunk::new(*b"smpl", smpl),
        Chunk::new(*b"cue ", cue),
        Chunk::new(*b"LIST", list.clone()),
        Chunk::new(*b"plst", words(&[1, 9, 44_100, 3])),
        Chunk::new(*b"iXML", b"<x/>".to_vec()),
    ];
    let (out, left_out) = moved(chunks.clone(), &map).unwrap();
    assert_eq!(left_out, LeftOut::default());
    let smpl = words(&[0, 0, 20_833, 60, 0, 0, 0, 1, 0, 7, 0, 48_000, 95_999, 0, 2]);
    assert_eq!(out[0].bytes().unwrap(), smpl);
    let cue = words(&[1, 9, 48_000, DATA, 0, 0, 48_000]);
    assert_eq!(out[1].bytes().unwrap(), cue);
    assert_eq!(out[2].bytes().unwrap()[16..20], 48_000u32.to_le_bytes());
    assert_eq!(out[3].bytes().unwrap(), words(&[1, 9, 48_000, 3]));
    assert_eq!(out[4], chunks[4]);
    let same = PositionMap {
        start: 0,
        end: u64::MAX,
        from: 48_000,
        to: 48_000,
        frames: 1,
    };
    assert_eq!(moved(chunks.clone(), &same).unwrap().0, chunks);
}

/// What a sampler's maker writes behind the loops is no loop, whatever its length.
#[test]
fn the_data_of_makers_stays() {
    let map = PositionMap {
        start: 0,
        end: u64::MAX,
        from: 44_100,
        to: 48_000,
        frames: 480_000,
    };
    let own: Vec<u8> = (0..60u8).collect();
    let mut smpl = words(&[1, 2, 22_675, 60, 0, 0, 0, 1, 60, 7, 0, 44_100, 88_199, 0, 0]);
    smpl.extend(&own);
    let (out, _) = moved(vec![Chunk::new(*b"smpl", smpl)], &map).unwrap();
    let bytes = out[0].bytes().unwrap();
    assert_eq!(bytes[60..], own);
    assert_eq!(bytes[44..52], words(&[48_000, 95_999]));
}

/// A loop and three cues, and a map that keeps a part of the 96,000 frames that hold them.
fn cut(start: u64, end: u64) -> (Vec<Chunk>, LeftOut) {
    let map = PositionMap {
        start,
        end,
        from: 48_000,
        to: 48_000,
        frames: end.min(96_000) - start,
    };
    let loops = [
        [0, 0, 9_600, 19_199, 0, 0].as_slice(),
        &[1, 0, 48_000, 95_999, 0, 0],
    ]
    .concat();
    let mut smpl = words(&[0, 0, 20_833, 60, 0, 0, 0, 2, 3]);
    smpl.extend(words(&loops));
    smpl.extend(b"own");
    let point = |name, at| [name, at, DATA, 0, 0, at];
    let mut cue = words(&[3]);
    for (name, at) in [(10, 0), (11, 24_000), (12, 72_000)] {
        cue.extend(words(&point(name, at)));
    }
    let mut list = b"adtl".to_vec();
    for name in [10u32, 11, 12] {
        list.extend(b"labl");
        list.extend(words(&[6, name]));
        list.extend(b"x\0");
    }
    let chunks = vec![
        Chunk::new(*b"LIST", list),
        Chunk::new(*b"smpl", smpl),
        Chunk::new(*b"cue ", cue),
    ];
    moved(chunks, &map).unwrap()
}

#[test]
fn loops_and_cues_of_what_is_cut_off_go() {
    let rows = |chunks: &[Chunk], id: &[u8; 4]| {
        let chunk = chunks.iter().find(|chunk| &chunk.id == id);
        chunk.map(|chunk| chunk.bytes().unwrap())
    };
    // Only the end is cut off: that is no identity.
    let (out, left_out) = cut(0, 24_000);
    assert_eq!(left_out, LeftOut { loops: 1, cues: 1 });
    let smpl = rows(&out, b"smpl").unwrap();
    assert_eq!(
        (word(&smpl, 28), &smpl[44..52], &smpl[60..]),
        (1, words(&[9_600, 19_199]).as_slice(), &b"own"[..])
    );
    let cue = rows(&out, b"cue ").unwrap();
    assert_eq!((word(&cue, 0), cue.len()), (2, 52));
    let list = rows(&out, b"LIST").unwrap();
    assert_eq!(list.len(), 4 + 2 * 14, "the label of the third is gone");
    // The start: what begins before it and goes on behind it begins with the result.
    let (out, left_out) = cut(60_000, u64::MAX);
    assert_eq!(left_out, LeftOut { loops: 1, cues: 2 });
    let smpl = rows(&out, b"smpl").unwrap();
    assert_eq!(
        (word(&smpl, 28), word(&smpl, 36), &smpl[44..52]),
        (1, 1, words(&[0, 35_999]).as_slice())
    );
    let cue = rows(&out, b"cue ").unwrap();
    assert_eq!((word(&cue, 4), word(&cue, 24)), (12, 12_000));
    // Nothing is left but the sampler's note.
    let (out, left_out) = cut(30_000, 40_000);
    assert_eq!(left_out, LeftOut { loops: 2, cues: 3 });
    assert_eq!(out.len(), 1);
    let smpl = rows(&out, b"smpl").unwrap();
    assert_eq!((word(&smpl, 12), word(&smpl, 28), smpl.len()), (60, 0, 39));
}

#[test]
fn damaged_chunks_do_not_panic() {
    let map = PositionMap {
        start: 1,
        end: 9,
        from: 44_100,
        to: 48_000,
        frames: 10,
    };
    for len in 0..64u64 {
        for id in [*b"smpl", *b"cue ", *b"LIST", *b"bext", *b"plst"] {
            let mut bytes = b"adtl".to_vec();
            bytes.resize(len as usize, 0xFF);
            let (out, _) = moved(vec![Chunk::new(id, bytes)], &map).unwrap();
            assert!(out.first().is_none_or(|chunk| chunk.len() <= len));
        }
    }
}
