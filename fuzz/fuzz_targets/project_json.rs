//! What was read can be written, and writing it again gives the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue_format::Project;

fuzz_target!(|data: &[u8]| {
    let Ok((project, _)) = Project::from_json(data) else {
        return;
    };
    let written = project.to_json().expect("what was read is valid");
    let (again, _) = Project::from_json(&written).expect("what was written is readable");
    assert_eq!(again.to_json().expect("still valid"), written);
});
