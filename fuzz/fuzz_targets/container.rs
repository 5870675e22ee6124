//! A container is refused or written back byte for byte. The checksums are put right first, or no
//! mutation would get past them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_format::Version;
use segue_format::container::{Caps, Package, Tag, Writer};

fuzz_target!(|data: &[u8]| {
    check(data);
    let mut writer = Writer::new(Caps::default());
    let mut rest = data;
    while let Some((head, after)) = rest.split_first_chunk::<4>() {
        let [kind, version, len_low, len_high] = *head;
        let tag = match kind % 4 {
            0 => Tag::PROJECT,
            1 => Tag::ASSET,
            2 => Tag::META,
            _ => Tag([kind; 4]),
        };
        let len = usize::from(u16::from_le_bytes([len_low, len_high])).min(after.len());
        let (payload, next) = after.split_at(len);
        if writer
            .chunk(tag, Version::new(1, version), 0, payload)
            .is_err()
        {
            return;
        }
        rest = next;
    }
    check(&writer.finish());
});

fn check(data: &[u8]) {
    if let Ok(package) = Package::from_bytes(data) {
        assert_eq!(package.to_bytes().expect("what was read fits"), data);
        let _ = package.project();
    }
}
