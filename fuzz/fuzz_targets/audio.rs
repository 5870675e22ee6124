//! Any bytes are decoded to finite samples or refused, strictly and leniently.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_offline::decode::{DecodeLimits, DecodeOptions, decode_file};
use segue_offline::no_progress;

/// Most memory for the samples of one input.
const MAX_BYTES: u64 = 256 << 20;

fuzz_target!(|data: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("input");
    std::fs::write(&path, data).expect("a temporary file");
    for lenient in [false, true] {
        let options = DecodeOptions {
            // What is promised beyond this is refused before memory is taken.
            limits: DecodeLimits {
                max_seconds: 60,
                ..DecodeLimits::default()
            },
            allow_truncated: lenient,
            sanitize: lenient,
            conceal: lenient,
        };
        if let Ok(decoded) = decode_file(&path, &options, MAX_BYTES, &mut no_progress) {
            assert!(decoded.channels.iter().flatten().all(|x| x.is_finite()));
        }
    }
});
