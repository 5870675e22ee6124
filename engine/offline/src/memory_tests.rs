//! What is taken from the heap: nothing on the audio thread, and no more than there is for files
//! that lie about their size.
#![allow(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Calls, bytes held, and most bytes held at a time.
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn note(bytes: isize) {
    // A thread that ends has no counters any more.
    _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
    _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

fn size(layout: Layout) -> isize {
    isize::try_from(layout.size()).unwrap_or(isize::MAX)
}

// SAFETY: everything goes to the system's allocator as it comes; the counters are cells of the
// thread and take nothing themselves.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(size(layout));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        note(-size(layout));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }
}

/// Calls of the allocator, and most bytes that were held beyond those at the start.
fn watched<T>(work: impl FnOnce() -> T) -> (usize, usize, T) {
    let (calls, held) = (CALLS.get(), HELD.get());
    MOST.set(held);
    let result = work();
    let most = usize::try_from(MOST.get() - held).unwrap_or(0);
    (CALLS.get() - calls, most, result)
}

#[test]
fn a_clock_bridge_takes_nothing() {
    let spec = crate::resample::BridgeSpec {
        from: 44_100,
        to: 48_000,
        channels: 2,
        blocks: [441, 480],
        latency: 1_024,
    };
    let mut bridge = crate::resample::ClockBridge::new(spec).unwrap();
    let block = [0.25f32; 441];
    let mut out = [[0.0f32; 480]; 2];
    let (calls, ..) = watched(|| {
        for i in 0..500 {
            let now = f64::from(i) * 0.01;
            // Too much at times, and too little.
            for _ in 0..1 + usize::from(i % 50 == 9) * 9 {
                bridge.push(now, &[&block, &block]).unwrap();
            }
            for _ in 0..1 + usize::from(i % 70 == 11) * 20 {
                let [left, right] = &mut out;
                bridge.pull(now + 0.005, &mut [left, right]).unwrap();
            }
        }
    });
    assert_eq!(calls, 0);
    let [dropped, missed] = bridge.faults();
    assert!(dropped > 0 && missed > 0);
    let (calls, ..) = watched(|| std::hint::black_box(vec![0u8; 10]).len());
    assert!(calls > 0);
}

/// Bytes that a file may cost to be refused, or to be read: its own and some.
const LITTLE: usize = 1 << 20;
/// Bytes of tags: the largest block that FLAC can name, which is also their limit.
const TAGS: usize = 17 << 20;

fn chunk(id: &[u8; 4], size: u32, body: &[u8]) -> Vec<u8> {
    [id.as_slice(), &size.to_le_bytes(), body].concat()
}

fn fmt() -> Vec<u8> {
    let body = [1, 0, 2, 0, 0x80, 0xBB, 0, 0, 0, 0xEE, 2, 0, 4, 0, 16, 0];
    chunk(b"fmt ", 16, &body)
}

/// RF64 whose sizes are all `size`.
fn rf64(size: u64) -> Vec<u8> {
    let mut ds64: Vec<u8> = [size; 3].iter().flat_map(|n| n.to_le_bytes()).collect();
    ds64.extend([0; 4]);
    let mut bytes = chunk(b"RF64", u32::MAX, b"WAVE");
    bytes.extend(chunk(b"ds64", 28, &ds64));
    bytes.extend(fmt());
    bytes.extend(chunk(b"data", u32::MAX, &[0; 64]));
    bytes
}

/// WAV with a chunk in front of the data that claims `size` bytes.
fn wav_with(id: &[u8; 4], size: u32) -> Vec<u8> {
    let mut bytes = chunk(b"RIFF", u32::MAX - 8, b"WAVE");
    bytes.extend(fmt());
    bytes.extend(chunk(id, size, &[0; 64]));
    bytes
}

/// FLAC that promises 2^36 - 1 frames and a block of metadata of 16 MiB.
fn flac(kind: u8) -> Vec<u8> {
    let mut bytes = b"fLaC\x00\x00\x00\x22".to_vec();
    bytes.extend([0x10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0]);
    // 48 kHz, two channels, 16 bits, and all bits of the count.
    bytes.extend([0x0B, 0xB8, 0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
    bytes.extend([0; 16]);
    bytes.extend([0x80 | kind, 0xFF, 0xFF, 0xFF]);
    bytes.extend([0xFF; 64]);
    bytes
}

/// AIFF with a form, a chunk of `id` and sound of 4 GiB each.
fn aiff(id: &[u8; 4]) -> Vec<u8> {
    let mut bytes = b"FORM\xFF\xFF\xFF\xFEAIFF".to_vec();
    bytes.extend(b"COMM\0\0\0\x12\0\x02\xFF\xFF\xFF\xFF\0\x10");
    bytes.extend(b"\x40\x0E\xBB\x80\0\0\0\0\0\0");
    for id in [id, b"SSND"] {
        bytes.extend(id);
        bytes.extend([0xFF, 0xFF, 0xFF, 0xFE]);
        bytes.extend([0; 64]);
    }
    bytes
}

/// An ID3 tag of 256 MiB less one byte in front of nothing.
fn id3(frame: &[u8; 4]) -> Vec<u8> {
    let mut bytes = b"ID3\x04\0\0\x7F\x7F\x7F\x7F".to_vec();
    bytes.extend(frame);
    bytes.extend([0x7F, 0x7F, 0x7F, 0x70, 0, 0]);
    bytes.extend([0xFF; 200]);
    bytes
}

#[test]
fn files_that_lie_about_their_size_cost_little() {
    let dir = tempfile::tempdir().unwrap();
    let mp4 = |size: u32| {
        let mut bytes = b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42".to_vec();
        bytes.extend(size.to_be_bytes());
        bytes.extend(b"moov");
        bytes.extend(size.wrapping_sub(8).to_be_bytes());
        bytes.extend(b"udta");
        bytes.extend([0xFF; 200]);
        bytes
    };
    let files = [
        ("ds64-63", rf64(1 << 63)),
        ("ds64-all", rf64(u64::MAX)),
        ("ds64-40", rf64(1 << 40)),
        ("wav-data", wav_with(b"data", u32::MAX - 1)),
        ("wav-list", wav_with(b"LIST", u32::MAX - 1)),
        ("wav-bext", wav_with(b"bext", 0x7FFF_FFFF)),
        ("wav-smpl", wav_with(b"smpl", 0x7FFF_FFFF)),
        ("wav-id3", wav_with(b"id3 ", 0xFFFF_0000)),
        ("flac-comment", flac(4)),
        ("flac-picture", flac(6)),
        ("flac-seek", flac(3)),
        ("aiff-name", aiff(b"NAME")),
        ("aiff-id3", aiff(b"ID3 ")),
        ("mp3-text", id3(b"TIT2")),
        ("mp3-picture", id3(b"APIC")),
        ("mp4-large", mp4(0x7FFF_FFF0)),
        ("mp4-all", mp4(u32::MAX)),
    ];
    for (name, bytes) in files {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let options = crate::decode::DecodeOptions {
            allow_truncated: true,
            conceal: true,
            ..Default::default()
        };
        let (_, decoding, _) = watched(|| {
            crate::decode::decode_file(&path, &options, 1 << 30, &mut crate::no_progress).is_ok()
        });
        let (_, tagging, _) = watched(|| crate::tags::Tags::read(&path).is_ok());
        assert!(
            decoding <= LITTLE,
            "{name}: decoding takes {decoding} bytes"
        );
        assert!(tagging <= TAGS, "{name}: its tags take {tagging} bytes");
    }
}

/// A FLAC file with `count` pictures of `bytes` bytes each and half a minute of stereo.
#[cfg(feature = "flac")]
fn with_covers(dir: &std::path::Path, bytes: usize, count: usize) -> std::path::PathBuf {
    let path = dir.join(format!("{}.flac", bytes * count));
    let spec = crate::flac::FlacSpec {
        channels: 2,
        sample_rate: 48_000,
        bits: 16,
    };
    let samples = vec![0; 2 * 48_000 * 30];
    crate::flac::write_flac(&path, spec, &samples, &mut crate::no_progress).unwrap();
    let mut picture = 3u32.to_be_bytes().to_vec();
    picture.extend(9u32.to_be_bytes());
    picture.extend(b"image/png");
    picture.extend([0; 20]);
    picture.extend((bytes as u32).to_be_bytes());
    picture.extend(b"\x89PNG\r\n\x1A\n");
    picture.resize(41 + bytes, 7);
    let mut block = (picture.len() as u32).to_be_bytes();
    block[0] = 6;
    let mut file = std::fs::read(&path).unwrap();
    let blocks = [block.to_vec(), picture].concat().repeat(count);
    drop(file.splice(42..42, blocks));
    std::fs::write(&path, file).unwrap();
    path
}

/// Bytes of the covers of such a file, whose name they are.
#[cfg(feature = "flac")]
fn cover(path: &std::path::Path) -> u64 {
    path.file_stem().unwrap().to_str().unwrap().parse().unwrap()
}

/// More pictures than there may be are refused before any is read, and the text says how to go on.
#[cfg(feature = "flac")]
#[test]
fn too_large_pictures_cost_little() {
    let dir = tempfile::tempdir().unwrap();
    let path = with_covers(dir.path(), 9 << 20, 2);
    let (_, most, tags) = watched(|| crate::tags::Tags::read(&path));
    let text = tags.unwrap_err().to_string();
    assert!(text.contains("16777216 are the most"), "{text}");
    assert!(text.contains("--drop-tags, drop_tags"), "{text}");
    assert!(most <= LITTLE, "{most} bytes");
}

/// The largest cover in formats that are not written here costs two copies to read.
#[test]
fn the_largest_covers_cost_two_copies() {
    const COVER: usize = 16 << 20;
    let dir = tempfile::tempdir().unwrap();
    let cover = [&b"\x89PNG\r\n\x1A\n"[..], &vec![7; COVER - 8]].concat();
    let seven = |n: usize| [21, 14, 7, 0].map(|shift| (n >> shift & 0x7F) as u8);
    let frame = [&b"\x03image/png\0\x03\0"[..], &cover].concat();
    let mut id3 = [&b"ID3\x04\0\0"[..], &seven(frame.len() + 10)].concat();
    id3.extend([&b"APIC"[..], &seven(frame.len()), &[0, 0], &frame].concat());
    let sound = std::fs::read(crate::testing::fixture("mono.mp3")).unwrap();
    let start = sound.windows(2).position(|w| w[0] == 0xFF && w[1] >= 0xE0);
    let mut wav = chunk(b"RIFF", 0, b"WAVE");
    wav.extend(fmt());
    wav.extend(chunk(b"data", 64, &[0; 64]));
    wav.extend(chunk(b"id3 ", id3.len() as u32, &id3));
    let size = (wav.len() - 8) as u32;
    wav[4..8].copy_from_slice(&size.to_le_bytes());
    let atom = |id: &[u8; 4], body: &[u8]| {
        let size = (body.len() + 8) as u32;
        [&size.to_be_bytes()[..], id, body].concat()
    };
    let data = atom(b"data", &[&[0, 0, 0, 14, 0, 0, 0, 0], &*cover].concat());
    let list = atom(b"ilst", &atom(b"covr", &data));
    let meta = atom(b"meta", &[&[0; 4], &*list].concat());
    let movie = atom(b"moov", &atom(b"udta", &meta));
    let files = [
        ("mp3", [&id3, &sound[start.unwrap()..]].concat()),
        ("wav", wav),
        (
            "m4a",
            [atom(b"ftyp", b"M4A \0\0\0\0M4A mp42"), movie].concat(),
        ),
    ];
    for (name, bytes) in files {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let (_, most, tags) = watched(|| crate::tags::Tags::read(&path).unwrap());
        assert_eq!(tags.unread(), None, "{name}");
        assert!(tags.first_picture() == Some(cover.clone()), "{name}");
        println!("{name}: {most} bytes");
        assert!(most < 2 * COVER + LITTLE, "{name}: {most} bytes");
    }
}

/// Most bytes of this process that were in memory at a time.
#[cfg(all(feature = "flac", target_os = "linux"))]
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kilobytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes << 10
}

/// Real covers go through every format within the memory that docs/offline.md promises.
#[cfg(all(feature = "flac", target_os = "linux"))]
#[test]
fn covers_stay_within_the_memory_of_a_job() {
    use crate::job::{Job, Settings, run};
    use crate::sink::Encoding;

    const MOST: usize = 64 << 20;
    // All of a job, on the heap of its thread: the libraries in C have their own.
    let dir = tempfile::tempdir().unwrap();
    let flac = Encoding::Flac {
        bits: 16,
        level: Some(5),
    };
    // A block of FLAC ends at 16 MiB.
    let large = with_covers(dir.path(), (16 << 20) - 64, 1);
    let two = with_covers(dir.path(), 8 << 20, 2);
    let ogg = with_covers(dir.path(), 4 << 20, 1);
    #[cfg(feature = "aac")]
    let medium = with_covers(dir.path(), 8 << 20, 1);
    let rows = [
        (&large, "flac", flac),
        (&large, "aiff", Encoding::Aiff { bits: 16 }),
        (&two, "2.aiff", Encoding::Aiff { bits: 16 }),
        (&large, "wav", Encoding::Wav(crate::wav::WavFormat::I16)),
        #[cfg(feature = "vorbis")]
        (&ogg, "ogg", Encoding::Vorbis { quality: 1.0 }),
        #[cfg(feature = "opus")]
        (&ogg, "opus", Encoding::Opus { bitrate: 64_000 }),
        #[cfg(feature = "mp3")]
        (&large, "mp3", Encoding::Mp3(crate::sink::Mp3Mode::Cbr(64))),
        #[cfg(feature = "aac")]
        (
            &medium,
            "m4a",
            Encoding::Aac {
                bitrate: 64_000,
                adts: false,
            },
        ),
    ];
    for (input, name, encoding) in rows {
        let mut settings = Settings::new(encoding);
        settings.normalise = Some(crate::job::Normalise::below(-1.0));
        let first = Job {
            input: input.clone(),
            output: dir.path().join(format!("1.{name}")),
            settings,
        };
        let mut go_on = |_: &crate::job::JobProgress| std::ops::ControlFlow::Continue(());
        let (_, most, report) = watched(|| run(&first, &mut go_on));
        report.unwrap();
        // What is around it in the file is little.
        let wanted = if name == "wav" { 0 } else { cover(input) };
        let weighed = crate::tags::Tags::weigh(&first.output).unwrap();
        let beyond = weighed.checked_sub(wanted);
        assert!(beyond.is_some_and(|n| n < 100), "{name}: {weighed} bytes");
        if ["m4a", "aiff", "flac"].contains(&name) {
            // The demuxer does not keep the cover as well.
            let options = crate::decode::DecodeOptions::default();
            let open = || crate::decode::Decoder::open(&first.output, &options).map(drop);
            let (_, opening, opened) = watched(open);
            opened.unwrap();
            assert!(opening <= LITTLE, "{name}: opening takes {opening} bytes");
        }
        println!("{name}: {most} bytes, {} resident", resident());
        assert!(most < MOST, "{name}: {most} bytes");
        // And back, from the format to FLAC.
        let second = Job {
            input: first.output,
            output: dir.path().join(format!("{name}.flac")),
            settings: Settings::new(flac),
        };
        let (_, most, report) = watched(|| run(&second, &mut go_on));
        report.unwrap();
        println!("{name} back: {most} bytes, {} resident", resident());
        assert!(most < MOST, "{name} back: {most} bytes");
        let tags = crate::tags::Tags::read(&second.output).unwrap();
        let wanted = usize::from(name != "wav") + usize::from(name == "2.aiff");
        assert_eq!(tags.picture_count(), wanted, "{name}");
        let all = tags.picture_bytes() == cover(input);
        assert!(wanted == 0 || all, "{name}");
    }
    #[cfg(feature = "vorbis")]
    {
        let job = Job {
            input: large,
            output: dir.path().join("x.ogg"),
            settings: Settings::new(Encoding::Vorbis { quality: 1.0 }),
        };
        let mut go_on = |_: &crate::job::JobProgress| std::ops::ControlFlow::Continue(());
        let text = run(&job, &mut go_on).unwrap_err().to_string();
        assert!(
            text.contains("4194304") && text.contains("drop_tags"),
            "{text}"
        );
    }
}
