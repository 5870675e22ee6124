//! Files that a command writes beside its results: none of them may be a file that it reads, or
//! another one that it writes.

use crate::failure::Failure;
use segue_engine::jobs::helpers::place;
use std::collections::HashMap;
use std::path::Path;

/// The files of a command so far, by where they are.
#[derive(Default)]
pub(crate) struct Sides(HashMap<String, &'static str>);

impl Sides {
    /// Notes a file that is read, or a result: `what` it is ("an input").
    pub(crate) fn take(&mut self, path: &Path, what: &'static str) {
        self.0.entry(place(path)).or_insert(what);
    }

    /// Refuses a file that is one of the others, by the option that names it; else notes it.
    pub(crate) fn claim(&mut self, option: &'static str, path: &Path) -> Result<(), Failure> {
        if let Some(what) = self.0.get(&place(path)) {
            let text = format!(
                "{option} {}: this is {what} of this command",
                path.display()
            );
            return Err(Failure::usage(text).hint("give it a name of its own"));
        }
        self.take(path, option);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_a_file_is_that_file() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir(at("x")).unwrap();
        std::fs::write(at("x/a.wav"), b"").unwrap();
        let mut sides = Sides::default();
        sides.take(&at("x/a.wav"), "an input");
        for same in ["x/a.wav", "x/../x/a.wav", "x/A.wav"] {
            let failure = sides.claim("--report", &at(same)).unwrap_err();
            assert!(
                failure.message.contains("this is an input"),
                "{}",
                failure.message
            );
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("x/a.wav"), at("link")).unwrap();
            assert!(sides.claim("--report", &at("link")).is_err());
        }
        sides.claim("--report", &at("r.csv")).unwrap();
        assert!(sides.claim("--plot", &at("x/../r.csv")).is_err());
    }
}
