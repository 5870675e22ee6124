//! A frame of a game is refused, or written to a text that reads as the same frame.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_ingest::frame::Frame;

fuzz_target!(|data: &[u8]| {
    if let Ok(frame) = Frame::read(data) {
        let again = Frame::read(frame.text().as_bytes());
        assert_eq!(again.expect("what was read is a frame"), frame);
    }
});
