//! Declared lengths of 2^63 bytes and the like fail in under 1 MB of memory.
//!
//! In a binary of its own, because it counts what the whole process allocates.

#![forbid(unsafe_code)]

use peak_alloc::PeakAlloc;
use segue_format::container::{Caps, ChunkHeader, Header, Package, Tag};
use segue_format::session::LogReader;
use segue_format::{Error, Project, Version};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Runs `read` and expects a limit error while at most 1 MB more is in use.
fn check_frugal(what: &str, read: impl FnOnce() -> Option<Error>) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let error = read();
    let used = MEMORY.peak_usage() - before;
    assert!(used < 1_000_000, "{what}: {used} bytes");
    assert!(
        matches!(error, Some(Error::Limit { .. })),
        "{what}: {error:?}"
    );
}

/// The only test here: others would run beside it and be counted.
#[test]
fn huge_declared_lengths_fail_in_little_memory() {
    let version = Version::new(1, 0);
    let header = Header {
        version,
        flags: 0,
        total_len: 1 << 63,
    }
    .to_bytes();
    check_frugal("container", || Package::from_bytes(&header).err());

    for tag in [Tag::PROJECT, Tag::ASSET, Tag::META, Tag(*b"NEW!")] {
        let chunk = ChunkHeader {
            tag,
            version,
            flags: 0,
            len: 1 << 63,
            crc: 0,
        };
        let mut bytes = Header {
            version,
            flags: 0,
            total_len: 44,
        }
        .to_bytes()
        .to_vec();
        bytes.extend(chunk.to_bytes());
        check_frugal("chunk", || Package::from_bytes(&bytes).err());
        check_frugal("chunk header", || {
            ChunkHeader::parse(&chunk.to_bytes(), 20, &Caps::default()).err()
        });
    }

    let mut log = b"SEGL\0\x01\0\0\xff\xff\xff\xff\xff\xff\xff\xff".to_vec();
    log.extend(crc32c::crc32c(&log).to_le_bytes());
    check_frugal("session log", || LogReader::new(&log).err());

    let large = vec![b'['; 17 << 20];
    check_frugal("project.json", || Project::from_json(&large).err());
    let deep = vec![b'['; 1 << 20];
    check_frugal("nesting", || Project::from_json(&deep).err());
    let many = b"0,".repeat(4 << 20);
    check_frugal("values", || Project::from_json(&many).err());
}
