//! Tests in a process of their own: what others need of its memory is not counted as theirs.

use std::process::Command;

/// Set in the process of a single test.
const ALONE: &str = "SEGUE_TEST_ALONE";

/// True in a process that runs nothing but the test of this name. Elsewhere it starts one, and fails
/// as that does.
#[track_caller]
pub(crate) fn is_alone(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]).env(ALONE, "1");
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    // A name that is not there runs nothing, and that succeeds.
    let is_passed = output.status.success() && said.contains("1 passed");
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(is_passed, "{test}: {}\n{said}{why}", output.status);
    false
}

/// By how many bytes `work` raises the most memory that this process has held; 0 where the system does
/// not say it.
pub(crate) fn grown(work: impl FnOnce()) -> u64 {
    let before = most_memory();
    work();
    let both = before.zip(most_memory());
    both.map_or(0, |(before, after)| after - before)
}

fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[test]
fn memory_is_measured() {
    if !is_alone("alone::memory_is_measured") || most_memory().is_none() {
        return;
    }
    let bytes = grown(|| drop(std::hint::black_box(vec![1_u8; 16 << 20])));
    assert!(((15 << 20)..(18 << 20)).contains(&bytes), "{bytes}");
}
