//! A packet of OSC is refused as a whole or gives its messages.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_ingest::connect::osc_messages;

fuzz_target!(|data: &[u8]| {
    if let Ok(messages) = osc_messages(data) {
        assert!(
            messages
                .iter()
                .all(|message| message.contains_key("address"))
        );
    }
});
