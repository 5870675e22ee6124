//! A recording gives a proposal that the adapter takes, the same each time, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_ingest::adapter::Adapter;
use segue_ingest::wizard::{Samples, WizardError, propose};

fuzz_target!(|data: &[u8]| {
    let mut samples = Samples::new(1);
    samples.read("input", data).expect("bytes can be read");
    match propose(&samples, "fuzz", None) {
        Ok(proposal) => {
            Adapter::read(&proposal.toml).expect("a proposal is an adapter");
            let again = propose(&samples, "fuzz", None).expect("it was one before");
            assert_eq!(again.toml, proposal.toml);
        }
        Err(WizardError::Proposal(error)) => panic!("{error}"),
        Err(_) => {}
    }
});
