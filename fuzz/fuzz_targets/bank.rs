//! A bank file is refused or comes back as it was read, and what it describes compiles or is told
//! what is wrong. Besides the bytes as they are, they are tried as the description in a file with
//! correct checksums.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_middleware::{BankFile, World, compile};

fuzz_target!(|data: &[u8]| {
    check(data);
    check(&file(data));
});

/// A bank file around a description.
fn file(source: &[u8]) -> Vec<u8> {
    let length = u32::try_from(source.len()).expect("an input of a fuzzer");
    // The header, that of the chunk, and the checksum of the file.
    let total = 20 + 12 + u64::from(length) + 4;
    let mut bytes = b"SEGB\x01\0\0\0".to_vec();
    bytes.extend(total.to_le_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes.extend(b"SRCE");
    bytes.extend(length.to_le_bytes());
    bytes.extend(crc32c::crc32c(source).to_le_bytes());
    bytes.extend(source);
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

fn check(data: &[u8]) {
    let Ok(bank) = BankFile::from_bytes(data) else {
        return;
    };
    let again = bank.to_bytes().expect("what was read fits");
    let read = BankFile::from_bytes(&again).expect("what was written is a bank");
    // Numbers that are none differ from themselves: their bytes are compared.
    assert_eq!(read.to_bytes().expect("what was read fits"), again);
    let world = World {
        sample_rate: 48_000.0,
        ..World::default()
    };
    let _ = compile(&bank.source, &world);
}
