use super::*;
use assert_no_alloc::assert_no_alloc;
use proptest::prelude::*;

/// What the source has at a frame: never 0, so silence is told apart.
fn sample(frame: u64, channel: usize) -> f32 {
    (frame * 2 + channel as u64 + 1) as f32
}

fn fill(writer: &mut StreamWriter, frames: usize) -> usize {
    let from = writer.position();
    let channels = writer.channels();
    let samples: Vec<f32> = (from..from + frames as u64)
        .flat_map(|frame| (0..channels).map(move |channel| sample(frame, channel)))
        .collect();
    writer.write(&samples)
}

/// Reads `frames` frames and checks that each is the source's or silent; returns how many are
/// silent without a reason, which the reader must have counted.
fn read(reader: &mut StreamReader, start: i64, frames: usize, end: u64) -> usize {
    let channels = reader.channels();
    let mut out = vec![7.0; frames * channels];
    let missing = assert_no_alloc(|| reader.window(start, &mut out));
    let mut silent = 0;
    for (frame, cell) in (start..).zip(out.chunks(channels)) {
        let real = u64::try_from(frame).ok().filter(|&frame| frame < end);
        if cell.iter().all(|&value| value == 0.0) {
            silent += usize::from(real.is_some());
        } else {
            for (channel, &value) in cell.iter().enumerate() {
                assert_eq!(value, sample(real.unwrap(), channel), "frame {frame}");
            }
        }
    }
    assert_eq!(missing, silent);
    missing
}

#[test]
fn windows_overlap_into_the_past() {
    let (mut writer, mut reader) = stream(2, 1_024).unwrap();
    assert_eq!(fill(&mut writer, 2_000), 1_024);
    assert_eq!(read(&mut reader, -8, 100, u64::MAX), 0);
    assert_eq!(read(&mut reader, 1_000, 24, u64::MAX), 0);
    assert_eq!(read(&mut reader, 1_000, 25, u64::MAX), 1);
    assert_eq!(writer.missing(), 1);
    reader.release_to(164);
    assert_eq!(reader.fill_level(), 860);
    assert_eq!(fill(&mut writer, 2_000), 100);
    assert_eq!(read(&mut reader, 100, 1_024, u64::MAX), 0);
    assert_eq!(read(&mut reader, 99, 1, u64::MAX), 1);
}

#[test]
fn after_the_end_nothing_is_missing() {
    let (mut writer, mut reader) = stream(1, 1_024).unwrap();
    fill(&mut writer, 10);
    assert_eq!(
        (reader.end(), read(&mut reader, 0, 20, u64::MAX)),
        (None, 10)
    );
    writer.set_end(Some(10));
    assert_eq!((reader.end(), read(&mut reader, 0, 20, 10)), (Some(10), 0));
    assert_eq!(read(&mut reader, 10, 20, 10), 0);
    writer.set_end(None);
    assert_eq!(reader.end(), None);
}

#[test]
fn a_seek_brings_its_history_along() {
    let (mut writer, mut reader) = stream(2, 1_024).unwrap();
    fill(&mut writer, 1_024);
    writer.set_end(Some(1_024));
    reader.seek(5_000);
    assert_eq!((reader.fill_level(), reader.end()), (0, None));
    assert_eq!(read(&mut reader, 5_000, 4, u64::MAX), 4);
    assert_eq!(writer.room(), 0);
    assert_eq!(writer.take_seek(), Some(5_000 - HISTORY));
    assert_eq!(writer.take_seek(), None);
    // The old frames make room although the reader has not looked since.
    assert_eq!(fill(&mut writer, 2_000), 1_024);
    assert_eq!(read(&mut reader, 4_936, 1_024, u64::MAX), 0);
    reader.seek(3);
    assert_eq!(writer.take_seek(), Some(0));
    fill(&mut writer, 5);
    assert_eq!(read(&mut reader, -4, 9, u64::MAX), 0);
}

#[test]
fn a_reader_that_runs_ahead_is_caught_up_with() {
    let (mut writer, mut reader) = stream(1, 1_024).unwrap();
    for expect in [1_024, 1_024, 1_024, 888, 0] {
        reader.release_to(3_000);
        assert_eq!(fill(&mut writer, 1_024), expect);
    }
    assert_eq!(read(&mut reader, 2_936, 1_024, u64::MAX), 0);
}

#[test]
fn each_side_hears_of_the_others_end() {
    let (writer, reader) = stream(1, 1).unwrap();
    assert!(!writer.is_closed() && !reader.is_abandoned());
    reader.close();
    assert!(writer.is_closed());
    drop(writer);
    assert!(reader.is_abandoned());
    let (writer, reader) = stream(1, 1).unwrap();
    drop(reader);
    assert!(writer.is_closed());
}

#[test]
fn sizes_are_checked() {
    let check = |channels, frames, expect: &str| {
        assert_eq!(stream(channels, frames).err().unwrap().to_string(), expect);
    };
    check(0, 1, "a stream needs 1..=8 channels, not 0");
    check(9, 1, "stream_channels: 9 is over the limit of 8");
    check(
        1,
        1 << 23,
        "stream_frames: 8388608 is over the limit of 4194304",
    );
}

#[test]
fn no_value_upsets_the_reader() {
    let (mut writer, mut reader) = stream(2, 1_024).unwrap();
    fill(&mut writer, 100);
    let mut out = [1.0; 33];
    for start in [
        i64::MIN,
        i64::MIN + 5,
        -17,
        -1,
        0,
        99,
        i64::MAX - 3,
        i64::MAX,
    ] {
        assert_no_alloc(|| reader.window(start, &mut out));
    }
    assert_eq!(reader.window(0, &mut []), 0);
    for frame in [0, u64::MAX, 5] {
        reader.release_to(frame);
        reader.window(0, &mut out);
        reader.seek(frame);
        writer.take_seek();
        writer.write(&[1.0; 7]);
        reader.release_to(u64::MAX);
        reader.window(i64::MAX, &mut out);
    }
    assert!(writer.room() > 0);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Write(usize),
    TakeSeek,
    Read(usize),
    Release(u64),
    Seek(u64),
}

/// Plays steps on a ring, and beside it on what the ring should hold.
fn check_steps(steps: &[Step]) {
    let (mut writer, mut reader) = stream(1, MIN_CAPACITY).unwrap();
    let capacity = MIN_CAPACITY as u64;
    // The writer's frames, what the reader holds of them, and where it is.
    let (mut from, mut to, mut held, mut at) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut asked = None;
    for &step in steps {
        match step {
            Step::Write(frames) => {
                let wrote = fill(&mut writer, frames) as u64;
                to += wrote;
                if asked.is_none() {
                    let room = (held + capacity).saturating_sub(to - wrote).min(capacity);
                    assert_eq!(wrote, room.min(frames as u64));
                }
            }
            Step::TakeSeek => {
                let target = asked.take().map(|frame: u64| frame.saturating_sub(HISTORY));
                assert_eq!(writer.take_seek(), target);
                if let Some(frame) = target {
                    (from, to, held) = (frame, frame, frame);
                }
            }
            Step::Read(frames) => {
                let start = at.saturating_sub(HISTORY);
                let have = if asked.is_some() {
                    start..start
                } else {
                    from.max(start)..to
                };
                let wanted = start..start + frames as u64;
                let hits = wanted
                    .end
                    .min(have.end)
                    .saturating_sub(wanted.start.max(have.start));
                let missing = read(&mut reader, start.cast_signed(), frames, u64::MAX);
                assert_eq!(missing as u64, frames as u64 - hits);
            }
            Step::Release(frames) => {
                at += frames;
                reader.release_to(at);
                if asked.is_none() {
                    held = from.max(at.saturating_sub(HISTORY).min(to));
                }
            }
            Step::Seek(frame) => {
                at = frame;
                asked = Some(frame);
                reader.seek(frame);
            }
        }
    }
}

#[test]
fn every_short_interleaving_keeps_to_the_model() {
    let steps = [
        Step::Write(700),
        Step::TakeSeek,
        Step::Read(300),
        Step::Release(500),
        Step::Seek(100),
    ];
    let depth = 6;
    for mut code in 0..steps.len().pow(depth) {
        let mut list = [Step::TakeSeek; 6];
        for slot in &mut list {
            *slot = steps[code % steps.len()];
            code /= steps.len();
        }
        check_steps(&list);
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..1_500_usize).prop_map(Step::Write),
        (0..1_500_usize).prop_map(Step::Write),
        Just(Step::TakeSeek),
        (0..600_usize).prop_map(Step::Read),
        (0..900_u64).prop_map(Step::Release),
        (0..3_000_u64).prop_map(Step::Seek),
    ]
}

proptest! {
    #[test]
    fn long_runs_keep_to_the_model(steps in prop::collection::vec(any_step(), 0..60)) {
        check_steps(&steps);
    }
}

#[test]
fn two_threads_never_mix_up_frames() {
    let (mut writer, mut reader) = stream(2, 1_024).unwrap();
    let io = std::thread::Builder::new().name("io".into());
    let io = io.spawn(move || {
        let mut turn = 0;
        while !writer.is_closed() {
            writer.take_seek();
            turn += 1;
            fill(&mut writer, 1 + turn * 37 % 400);
            if turn % 64 == 0 {
                std::thread::yield_now();
            }
        }
    });
    let io = io.unwrap();
    let (mut at, mut heard, mut idle) = (0_u64, 0, 0);
    for turn in 0_u64..60_000 {
        let length = 1 + turn % 200;
        let frames = usize::try_from(length).unwrap() + 64;
        let missing = read(&mut reader, at.cast_signed() - 64, frames, u64::MAX);
        if missing == 0 {
            heard += length;
            at += length;
        } else {
            idle += 1;
            std::thread::yield_now();
            // Now and then the voice plays on over what is missing.
            at += if idle % 5 == 0 { length } else { 0 };
        }
        reader.release_to(at);
        if turn % 500 == 499 {
            at = turn * 7 % 100_000;
            reader.seek(at);
        }
    }
    drop(reader);
    io.join().unwrap();
    assert!(heard > 10_000, "only {heard} frames came through");
}
