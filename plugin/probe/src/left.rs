//! What a process has open: threads and files.

/// Threads and open files, where the system tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    threads: usize,
    files: usize,
}

/// Counts what is there now; `None` where the system does not tell (anything but Linux).
pub(crate) fn count() -> Option<Count> {
    let entries = |folder: &str| Some(std::fs::read_dir(folder).ok()?.count());
    Some(Count {
        threads: entries("/proc/self/task")?,
        files: entries("/proc/self/fd")?,
    })
}

/// Fails if there is more now than before.
pub(crate) fn nothing_new(before: Option<Count>) -> Result<(), String> {
    let (Some(before), Some(now)) = (before, count()) else {
        return Ok(());
    };
    if now.threads > before.threads || now.files > before.files {
        return Err(format!("left behind: {before:?} became {now:?}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_stays_open_is_found() {
        let before = count();
        assert!(before.is_some());
        let file = std::fs::File::open("/proc/self/status");
        assert!(nothing_new(before).is_err());
        drop(file);
    }
}
