//! `cargo xtask capi`: libsegue as C and C++ see it, in parts that each print one line.

mod abi;
mod checks;
mod cost;
mod deep;
mod kit;
mod package;
mod sdl;

use std::thread;
use std::time::Instant;

use crate::setup::{self, Installing, Need};
use crate::shell::{Result, Shell, fail};
use kit::Kit;

/// In the order in which they run: what fails fast comes first.
const PARTS: &[Part] = &[
    Part::new("header", checks::header),
    Part::new("page", checks::page),
    Part::new("csharp", checks::csharp),
    Part::new("abi", abi::abi),
    Part::new("table", checks::table),
    Part::new("limits", checks::limits),
    Part::new("allocations", checks::allocations),
    Part::new("scenario", checks::scenario),
    Part::new("exceptions", checks::exceptions),
    Part::new("examples", checks::examples),
    Part::new("sdl", sdl::sdl),
    Part::new("package", package::package),
    Part::new("sanitizers", checks::sanitizers),
    Part::new("fuzz", checks::fuzz),
    Part::new("cycles", checks::cycles),
    Part::new("valgrind", checks::valgrind),
    Part::new("panics", checks::panics),
    Part::new("cost", cost::cost),
];

/// The same of those that build in folders of their own: they run beside the others, as most of either waits for one
/// thread.
const APART: &[Part] = &[
    Part::new("miri", deep::miri),
    Part::new("fuzzer", deep::fuzzer),
    Part::new("threads", deep::threads),
];

struct Part {
    name: &'static str,
    /// Answers with what is worth a line.
    run: fn(&Kit<'_>) -> Result<Outcome>,
}

/// What a part has to say.
enum Outcome {
    Done(String),
    /// The reason.
    NotRun(&'static str),
}

impl Part {
    const fn new(name: &'static str, run: fn(&Kit<'_>) -> Result<Outcome>) -> Self {
        Self { name, run }
    }
}

/// True where the parts can run: they know the compilers and loaders of Linux.
pub(crate) fn is_possible() -> bool {
    cfg!(target_os = "linux")
}

/// Builds the library alone and runs the parts, all or those named.
pub(crate) fn command(shell: &Shell, installing: Installing, names: &[String]) -> Result<()> {
    let parts = || PARTS.iter().chain(APART);
    if let Some(unknown) = names
        .iter()
        .find(|name| parts().all(|part| part.name != **name))
    {
        let known: Vec<&str> = parts().map(|part| part.name).collect();
        return fail(format!(
            "no part is called `{unknown}`; there are {}",
            known.join(", ")
        ));
    }
    setup::prepare(shell, Need::Test, installing)?;
    let mut build = shell.cargo();
    build.args(["build", "--quiet", "-p", "segue-capi"]);
    // Which only one part asks.
    if names.is_empty() || names.iter().any(|name| name == "sdl") {
        build.args(["-p", "segue"]);
    }
    shell.run(&mut build)?;
    run(&Kit::new(shell)?, names)
}

/// The same with what the tests have built: with other features it would all be built again.
pub(crate) fn step(shell: &Shell) -> Result<()> {
    shell.run(
        shell
            .cargo()
            .args(["build", "--quiet", "--workspace", "--all-targets"]),
    )?;
    run(&Kit::new(shell)?, &[])
}

/// Every part, also after a failure.
fn run(kit: &Kit<'_>, names: &[String]) -> Result<()> {
    let mut failed = thread::scope(|scope| {
        let apart = || run_row(kit, APART, names, || Ok(()));
        let apart = thread::Builder::new().spawn_scoped(scope, apart);
        // Some calls write into the projects.
        let mut failed = run_row(kit, PARTS, names, || kit.renew_projects());
        match apart.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(more)) => failed.extend(more),
            _ => failed.push("those apart"),
        }
        failed
    });
    failed.sort_unstable();
    match failed.is_empty() {
        true => Ok(()),
        false => fail(format!("failed: {}", failed.join(", "))),
    }
}

/// One after the other, each after `before`; answers with those that failed.
fn run_row(
    kit: &Kit<'_>,
    parts: &'static [Part],
    names: &[String],
    before: impl Fn() -> Result<()>,
) -> Vec<&'static str> {
    let is_wanted = |part: &&Part| names.is_empty() || names.iter().any(|name| name == part.name);
    let mut failed = Vec::new();
    for part in parts.iter().filter(is_wanted) {
        let start = Instant::now();
        let result = before().and_then(|()| (part.run)(kit));
        let (word, note) = match result {
            Ok(Outcome::Done(note)) => ("ok", note),
            Ok(Outcome::NotRun(reason)) => ("not run", reason.to_owned()),
            Err(error) => {
                failed.push(part.name);
                ("FAILED", error.to_string())
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        println!("{word:<8} {:<12} {seconds:>6.1} s  {note}", part.name);
    }
    failed
}
