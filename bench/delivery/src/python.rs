//! Peers that are Python packages: `peers.py` runs as a child and measures itself, on request.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;

use crate::Result;
use crate::dsp::Subject;

const SCRIPT: &str = include_str!("../peers.py");

/// The running script.
pub(crate) struct Python {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Python {
    /// Starts it with the signal in the file `signal`.
    pub(crate) fn start(python: &Path, folder: &Path, signal: &Path) -> Result<Rc<RefCell<Self>>> {
        let script = folder.join("peers.py");
        std::fs::write(&script, SCRIPT)?;
        let mut command = Command::new(python);
        command.arg("-B").arg(&script).arg(signal);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // One thread each, as for everyone.
        command.env("OMP_NUM_THREADS", "1");
        let mut child = command.spawn()?;
        let to = child.stdin.take().ok_or("no pipe to Python")?;
        let from = BufReader::new(child.stdout.take().ok_or("no pipe from Python")?);
        Ok(Rc::new(RefCell::new(Self { child, to, from })))
    }

    /// One question, one line of answer.
    fn ask(&mut self, question: &str) -> Result<String> {
        writeln!(self.to, "{question}")?;
        self.to.flush()?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        match line.trim().split_once(' ') {
            Some(("ok", answer)) => Ok(answer.to_owned()),
            _ => Err(format!("peers.py, {question}: {}", line.trim()).into()),
        }
    }

    /// The names it can measure for `work`.
    pub(crate) fn names(&mut self, work: &str) -> Result<Vec<String>> {
        let answer = self.ask(&format!("names {work}"))?;
        Ok(answer
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect())
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// One package doing one piece of work.
pub(crate) struct Package {
    pub(crate) python: Rc<RefCell<Python>>,
    pub(crate) work: &'static str,
    pub(crate) name: String,
}

impl Package {
    fn ask(&self, what: &str) -> Result<String> {
        self.python
            .borrow_mut()
            .ask(&format!("{what} {} {}", self.work, self.name))
    }
}

impl Subject for Package {
    fn turn(&mut self) -> Result<f64> {
        Ok(self.ask("turn")?.parse()?)
    }

    fn quality(&mut self) -> Result<String> {
        self.ask("quality")
    }
}
