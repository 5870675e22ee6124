//! Where rows of telemetry go.

use crate::failure::Failure;
use crate::telemetry;
use segue_engine::Control;
use segue_engine::game::telemetry::Row;
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes rows as JSON Lines.
pub(super) struct Events {
    path: PathBuf,
    out: Box<dyn Write>,
    /// Why it could not write; nothing more is written then.
    failed: Option<io::Error>,
}

impl Events {
    /// Rows go to this file, `-` being standard output.
    pub(super) fn create(path: &Path) -> Result<Events, Failure> {
        let out: Box<dyn Write> = match path.as_os_str() == "-" {
            true => Box::new(io::stdout()),
            false => {
                let file = File::create(path);
                let file = file.map_err(|error| Failure::io(path, "create", &error))?;
                Box::new(BufWriter::new(file))
            }
        };
        Ok(Events {
            path: path.to_owned(),
            out,
            failed: None,
        })
    }

    pub(super) fn row(&mut self, control: &Control, row: &Row) {
        self.value(&telemetry::object(control, row));
    }

    pub(super) fn value(&mut self, row: &Value) {
        if self.failed.is_none() {
            let line = format!("{row}\n");
            self.failed = self.out.write_all(line.as_bytes()).err();
        }
    }

    /// Everything up to now is on its way.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        let failed = self.failed.take().or_else(|| self.out.flush().err());
        match failed {
            None => Ok(()),
            Some(error) if self.path.as_os_str() == "-" => Err(Failure::stdout(&error)),
            Some(error) => Err(Failure::io(&self.path, "write", &error)),
        }
    }
}
