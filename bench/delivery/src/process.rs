//! Programs as contenders: what a child process takes, from its start to its end.

use std::process::{Command, Stdio};

use crate::Result;

/// What a process took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// User and system time in seconds.
    pub(crate) cpu: f64,
    /// Wall clock in seconds.
    pub(crate) wall: f64,
    /// Largest resident set in MB; 0 where the system does not tell.
    pub(crate) memory: f64,
}

/// Runs to the end; what was printed is thrown away, except for the error of a failure.
pub(crate) fn usage(command: &mut Command) -> Result<Usage> {
    let log = tempfile::NamedTempFile::new()?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log.reopen()?);
    let start = std::time::Instant::now();
    let child = command.spawn().map_err(|e| format!("{command:?}: {e}"))?;
    let (ok, mut usage) = wait(child)?;
    usage.wall = start.elapsed().as_secs_f64();
    if ok {
        return Ok(usage);
    }
    let text = std::fs::read_to_string(log.path())?;
    Err(format!("{command:?}: {}", text.trim()).into())
}

#[cfg(unix)]
fn wait(child: std::process::Child) -> Result<(bool, Usage)> {
    let pid = libc::pid_t::try_from(child.id())?;
    let mut status = 0;
    // SAFETY: `rusage` is plain numbers, for which all zeros are a value.
    let mut spent: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live variables of the right type; the child is ours and nobody
    // else waits for it.
    if unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut spent) } != pid {
        return Err(std::io::Error::last_os_error().into());
    }
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    let kilobytes = if cfg!(target_os = "macos") {
        1.0 / 1024.0
    } else {
        1.0
    };
    let usage = Usage {
        cpu: seconds(spent.ru_utime) + seconds(spent.ru_stime),
        wall: 0.0,
        memory: spent.ru_maxrss as f64 * kilobytes * 1024.0 / 1e6,
    };
    Ok((
        libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0,
        usage,
    ))
}

#[cfg(not(unix))]
fn wait(mut child: std::process::Child) -> Result<(bool, Usage)> {
    let start = std::time::Instant::now();
    let ok = child.wait()?.success();
    // No CPU time here: the wall clock has to do.
    let cpu = start.elapsed().as_secs_f64();
    Ok((
        ok,
        Usage {
            cpu,
            ..Usage::default()
        },
    ))
}

/// True when the program can be started.
pub(crate) fn is_there(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}
