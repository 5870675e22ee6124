//! Instructions, counted by callgrind in a child process.

use std::path::Path;
use std::process::Command;

use crate::Result;

/// What the child is called with.
pub(crate) const CHILD: &str = "--counted";

/// Instructions within functions, over a whole run.
pub(crate) struct Counts(String);

impl Counts {
    /// Runs this program below callgrind for one of its runs; `None` where valgrind is not installed.
    pub(crate) fn take(run_n: usize, library: &Path, factory: &Path) -> Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("callgrind.out");
        let mut run = Command::new("valgrind");
        run.args(["--tool=callgrind", "--quiet", "--fair-sched=yes"]);
        run.arg(format!("--callgrind-out-file={}", file.display()));
        run.arg(std::env::current_exe()?)
            .arg(CHILD)
            .arg(run_n.to_string())
            .arg(library)
            .arg(factory);
        // Names are found when the program starts and not in the first call of each.
        run.env("LD_BIND_NOW", "1");
        let output = match run.output() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            output => output?,
        };
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let mut show = Command::new("callgrind_annotate");
        show.args(["--inclusive=yes", "--threshold=100"]).arg(&file);
        let text = String::from_utf8(show.output()?.stdout)?;
        Ok(Some(Self(text)))
    }

    /// Those of one function and of all that it calls.
    pub(crate) fn of(&self, function: &str) -> Result<f64> {
        let lines = self.0.lines();
        let mut found = lines.filter_map(|line| instructions(line, function));
        found
            .next()
            .ok_or_else(|| format!("callgrind has not seen {function}").into())
    }
}

/// The number of a line like ` 6,000 ( 0.01%)  file:function [library]`, if it is about this function.
fn instructions(line: &str, function: &str) -> Option<f64> {
    let mut words = line.split_whitespace();
    let number = words.next()?;
    let is_it = words.any(|word| {
        word.rsplit_once(':')
            .is_some_and(|(_, name)| name == function)
    });
    match is_it {
        true => number.replace(',', "").parse().ok(),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_about_one_function() {
        let line = " 16,400 ( 0.01%)  ???:segue_bus_set [/lib/libsegue.so]";
        assert_eq!(instructions(line, "segue_bus_set"), Some(16_400.0));
        assert_eq!(instructions(line, "segue_bus"), None);
        assert_eq!(instructions("Ir", "segue_bus_set"), None);
    }
}
