//! A log yields rows and an end or an error. Besides the bytes as they are, they are tried as the
//! rows of a group with correct checksums.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_format::session::{LogHeader, LogReader, LogWriter};

fuzz_target!(|data: &[u8]| {
    check(data);
    let header = LogHeader {
        sample_rate: 48_000,
        max_block: 64,
        ..LogHeader::default()
    };
    let mut writer = LogWriter::new(&header, b"{}").expect("a valid header");
    let start = writer.take_bytes();
    check(&[&start[..], data].concat());
    if let Some((rows, payload)) = data.split_first() {
        check(&[start, group(u32::from(*rows), payload)].concat());
    }
});

fn group(rows: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).expect("an input of a fuzzer");
    let mut bytes = b"ROWS".to_vec();
    bytes.extend(len.to_le_bytes());
    bytes.extend(rows.to_le_bytes());
    bytes.extend(crc32c::crc32c(payload).to_le_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes.extend(payload);
    bytes
}

fn check(data: &[u8]) {
    let Ok(reader) = LogReader::new(data) else {
        return;
    };
    let mut rows = reader.rows();
    let failed = rows.by_ref().any(|row| row.is_err());
    assert_eq!(rows.end().is_none(), failed);
}
