use super::*;
use crate::error::{Error, ErrorKind};
use crate::project::Seed;
use proptest::prelude::*;

const PROJECT: &[u8] = b"{\"name\": \"any bytes\"}";

/// A row that owns its payload.
type Owned = (u64, Option<u64>, u16, Vec<u8>);

fn header() -> LogHeader {
    let asset = LogAsset {
        file: "a.wav".into(),
        hash: "00".repeat(32),
        ..LogAsset::default()
    };
    let mut header = LogHeader {
        sample_rate: 48_000,
        seed: Seed(0x1234),
        max_block: 512,
        quality: "hermite4".into(),
        simd: "avx2".into(),
        engine_version: "0.1.0".into(),
        project_path: "/music/night".into(),
        assets: vec![asset],
        limits: [("voices".to_owned(), 256)].into(),
        ..LogHeader::default()
    };
    header.extra.insert("host".into(), "test".into());
    header
}

fn writer() -> LogWriter {
    LogWriter::new(&header(), PROJECT).unwrap()
}

/// A log of 40 rows in groups of 10, and where each group ends.
fn log() -> (Vec<u8>, Vec<usize>) {
    let mut writer = writer();
    let mut bytes = writer.take_bytes();
    let mut ends = vec![bytes.len()];
    for n in 0..40_u64 {
        let payload = vec![b'p'; usize::try_from(n % 5).unwrap()];
        let seq = (n % 3 == 0).then_some(n * 1000);
        writer
            .push(Row {
                at: 1000 + n * 7 % 90,
                seq,
                tag: 9,
                payload: &payload,
            })
            .unwrap();
        if n % 10 == 9 {
            writer.flush();
            bytes.extend(writer.take_bytes());
            ends.push(bytes.len());
        }
    }
    bytes.extend(writer.finish(4800));
    (bytes, ends)
}

fn read(data: &[u8]) -> Result<(Vec<Owned>, LogEnd), Error> {
    let reader = LogReader::new(data)?;
    let mut rows = reader.rows();
    let mut list = Vec::new();
    for row in &mut rows {
        let row = row?;
        list.push((row.at, row.seq, row.tag, row.payload.to_vec()));
    }
    Ok((list, rows.end().expect("an end after the last row")))
}

/// Appends a group with correct checksums.
fn group(tag: &[u8; 4], rows: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = tag.to_vec();
    bytes.extend(u32::try_from(payload.len()).unwrap().to_le_bytes());
    bytes.extend(rows.to_le_bytes());
    bytes.extend(crc32c::crc32c(payload).to_le_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes.extend(payload);
    bytes
}

fn with_group(tag: &[u8; 4], rows: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = writer().take_bytes();
    bytes.extend(group(tag, rows, payload));
    bytes
}

#[test]
fn a_log_holds_what_was_put_in() {
    let (bytes, _) = log();
    let reader = LogReader::new(&bytes).unwrap();
    assert_eq!(*reader.header(), header());
    assert_eq!(reader.project_json(), PROJECT);
    assert_eq!(reader.version(), VERSION);
    let (rows, end) = read(&bytes).unwrap();
    assert_eq!(
        end,
        LogEnd::Complete {
            total_frames: 4800,
            rows: 40
        }
    );
    assert_eq!(rows.len(), 40);
    assert_eq!(rows[3], (1021, Some(3000), 9, b"ppp".to_vec()));
    assert_eq!(rows[4], (1028, None, 9, b"pppp".to_vec()));
}

#[test]
fn the_layout_is_the_documented_one() {
    let mut writer = writer();
    writer.take_bytes();
    writer
        .push(Row {
            at: 300,
            seq: None,
            tag: 2,
            payload: b"x",
        })
        .unwrap();
    writer
        .push(Row {
            at: 299,
            seq: Some(5),
            tag: 1,
            payload: b"",
        })
        .unwrap();
    let bytes = writer.finish(64);
    let mut expected = group(b"ROWS", 2, &[4, 0xd8, 4, 1, b'x', 3, 1, 10, 0]);
    let mut done = [0; 16];
    (done[0], done[8]) = (64, 2);
    expected.extend(group(b"DONE", 0, &done));
    assert_eq!(bytes, expected);
}

#[test]
fn every_cut_yields_the_groups_before_it() {
    let (bytes, ends) = log();
    let (all, _) = read(&bytes).unwrap();
    for cut in 0..bytes.len() {
        let whole = ends.iter().filter(|end| **end <= cut).count();
        match read(&bytes[..cut]) {
            Err(Error::Unrecognised { .. }) => assert_eq!(cut, 0),
            Err(Error::Truncated { have, .. }) => assert!(whole == 0 && have == cut as u64),
            Ok((
                rows,
                LogEnd::Truncated {
                    offset,
                    rows: count,
                },
            )) => {
                assert_eq!(offset, ends[whole - 1] as u64);
                assert_eq!(count, rows.len() as u64);
                assert_eq!(rows, all[..(whole - 1) * 10]);
            }
            other => panic!("{cut}: {other:?}"),
        }
    }
}

#[test]
fn a_tail_of_zeros_is_a_cut() {
    let (bytes, ends) = log();
    for zeros in [1, 19, 20, 4096] {
        let mut data = bytes[..ends[2]].to_vec();
        data.resize(ends[2] + zeros, 0);
        let (rows, end) = read(&data).unwrap();
        assert_eq!(
            (rows.len(), end),
            (
                20,
                LogEnd::Truncated {
                    offset: ends[2] as u64,
                    rows: 20
                }
            )
        );
    }
}

#[test]
fn every_flipped_bit_is_found_and_the_rows_before_it_are_kept() {
    let (bytes, ends) = log();
    let (all, _) = read(&bytes).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut bad = bytes.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let Ok(reader) = LogReader::new(&bad) else {
            assert!(bit / 8 < ends[0]);
            continue;
        };
        let rows: Vec<_> = reader.rows().collect();
        let whole = ends.iter().filter(|end| **end <= bit / 8).count();
        let (last, good) = rows.split_last().unwrap();
        assert_eq!(good.len(), (whole - 1) * 10, "bit {bit}");
        assert!(
            good.iter()
                .zip(&all)
                .all(|(row, all)| row.as_ref().unwrap().at == all.0)
        );
        let Err(Error::Corrupt { offset, .. }) = last else {
            panic!("bit {bit}: {last:?}")
        };
        assert_eq!(*offset, ends[whole - 1] as u64);
    }
}

#[test]
fn an_error_ends_the_iteration() {
    let bytes = with_group(b"ROWS", 1, b"\x80");
    let reader = LogReader::new(&bytes).unwrap();
    let mut rows = reader.rows();
    assert!(rows.next().unwrap().is_err());
    assert!(rows.next().is_none());
    assert_eq!(rows.end(), None);
}

#[test]
fn groups_that_contradict_themselves_are_refused() {
    let refused = |bytes: &[u8], words: &str| {
        let text = read(bytes).unwrap_err().to_string();
        assert!(text.contains(words), "{text}");
    };
    refused(
        &with_group(b"ROWS", 2, &[2, 0, 0]),
        "row 1 of the log is malformed",
    );
    refused(
        &with_group(b"ROWS", 0, &[2, 0, 0]),
        "row 0 of the log is malformed",
    );
    refused(&with_group(b"ROWS", 1, &[2, 0, 9]), "malformed");
    refused(
        &with_group(b"ROWS", 1, &[0xff, 0xff, 0xff, 0xff, 1, 0, 0]),
        "malformed",
    );
    let huge_row = [&[2, 0, 0x81, 0x80, 4][..], &[0; 70_000]].concat();
    refused(&with_group(b"ROWS", 1, &huge_row), "malformed");
    refused(&with_group(b"DONE", 0, &[0; 15]), "wrong length");
    refused(&with_group(b"DONE", 0, &[1; 16]), "but the log has 0");
    let after = [with_group(b"DONE", 0, &[0; 16]), vec![0]].concat();
    refused(&after, "1 bytes follow it");
    let mut huge = writer().take_bytes();
    let mut head = b"ROWS\0\0\0\x80\x01\0\0\0\0\0\0\0".to_vec();
    head.extend(crc32c::crc32c(&head).to_le_bytes());
    huge.extend(head);
    refused(&huge, "is 2147483648, above the limit of 1048576");
}

#[test]
fn groups_of_newer_minor_versions_are_skipped() {
    let bytes = [
        with_group(b"NEW!", 7, b"what it says"),
        group(b"ROWS", 1, &[2, 0, 0]),
        group(
            b"DONE",
            0,
            &[64, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
        ),
    ];
    let (rows, end) = read(&bytes.concat()).unwrap();
    assert_eq!(
        (rows.len(), end),
        (
            1,
            LogEnd::Complete {
                total_frames: 64,
                rows: 1
            }
        )
    );
}

/// The log's beginning with other bytes at `at` and a correct checksum.
fn prelude(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut data = writer().take_bytes();
    data[at..at + bytes.len()].copy_from_slice(bytes);
    let crc = crc32c::crc32c(&data[..16]);
    data[16..20].copy_from_slice(&crc.to_le_bytes());
    data
}

#[test]
fn the_prelude_is_checked_before_anything_is_read() {
    let error = LogReader::new(&prelude(4, &[0, 2])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NewerVersion);
    LogReader::new(&prelude(4, &[9, 1])).unwrap();
    for at in [8, 12] {
        let error = LogReader::new(&prelude(at, &[0xff; 4])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }
    let other = LogReader::new(b"SEGU").unwrap_err();
    assert_eq!(other.kind(), ErrorKind::WrongFile);
    // No bytes of another file are told.
    let other = other.to_string();
    assert!(
        other.ends_with("session log: it begins otherwise"),
        "{other}"
    );
    let mut rate = header();
    rate.sample_rate = 1;
    let text = LogWriter::new(&rate, PROJECT).unwrap_err().to_string();
    assert_eq!(
        text,
        "session log header, sample_rate: 1 is not in 8000..=384000"
    );
    let mut twice = header();
    twice.extra.insert("simd".into(), "again".into());
    assert!(matches!(
        LogWriter::new(&twice, PROJECT),
        Err(Error::Json { .. })
    ));
    let large = vec![b' '; crate::limits::PROJECT_JSON_BYTES + 1];
    assert!(matches!(
        LogWriter::new(&header(), &large),
        Err(Error::Limit { .. })
    ));
}

#[test]
fn rows_over_the_limit_are_refused_and_groups_close_by_themselves() {
    let mut writer = writer();
    writer.take_bytes();
    let large = vec![7; crate::limits::LOG_ROW_BYTES + 1];
    let error = writer
        .push(Row {
            at: 0,
            seq: None,
            tag: 1,
            payload: &large,
        })
        .unwrap_err();
    assert!(matches!(
        error,
        Error::Limit {
            limit: "log_row_bytes",
            ..
        }
    ));
    assert_eq!(writer.rows(), 0);
    writer
        .push(Row {
            at: 0,
            seq: None,
            tag: 1,
            payload: &large[1..],
        })
        .unwrap();
    assert!(writer.take_bytes().len() > crate::limits::LOG_ROW_BYTES);
    writer
        .push(Row {
            at: 0,
            seq: None,
            tag: 1,
            payload: &[],
        })
        .unwrap();
    assert!(writer.take_bytes().is_empty());
    writer.flush();
    assert!(!writer.take_bytes().is_empty());
}

proptest! {
    #[test]
    fn any_rows_come_back(
        rows in prop::collection::vec(
            (
                any::<u64>(),
                any::<Option<u64>>(),
                any::<u16>(),
                prop::collection::vec(any::<u8>(), 0..300),
            ),
            0..50,
        ),
        flush_every in 1_usize..20,
        total_frames: u64,
    ) {
        let mut writer = writer();
        for (n, (at, seq, tag, payload)) in rows.iter().enumerate() {
            writer.push(Row { at: *at, seq: *seq, tag: *tag, payload }).unwrap();
            if n % flush_every == 0 {
                writer.flush();
            }
        }
        let count = rows.len() as u64;
        let (read, end) = read(&writer.finish(total_frames)).unwrap();
        prop_assert_eq!(read, rows);
        prop_assert_eq!(end, LogEnd::Complete { total_frames, rows: count });
    }

    #[test]
    fn noise_with_correct_checksums_never_panics(
        payload in prop::collection::vec(any::<u8>(), 0..200),
        rows in 0_u32..20,
    ) {
        if let Ok((read, _)) = read(&with_group(b"ROWS", rows, &payload)) {
            prop_assert_eq!(read.len(), rows as usize);
        }
    }
}
