//! `segue-bench`: Segue and its peers doing the same work, in one run, on one thread.
//!
//! ```text
//! segue-bench [--json] [--quick] [NAMES…]
//! ```
//!
//! NAMES chooses benches (`voices`, `control`, `create`, `engine`, `game`, `ingest`, `slot`, `quality`), workloads of `voices` (`W1/256`, or `W1` for all sizes) and
//! subjects (`kira`, `firewheel`, …); without one of a kind, all of that kind run. `--quick` is a smoke run whose numbers mean little. The table goes to the standard output, or one JSON
//! object a line with `--json`; progress and peers that were left out go to the standard error.
//!
//! Rules: the same assets, ratios, gains and blocks for everyone; CPU time of the one thread, control calls included; medians;
//! contenders take turns; an engine that does not play what it should stops the run. Nothing here fails on a time.

mod asset;
mod clock;
#[cfg(feature = "segue")]
mod engine;
#[cfg(feature = "segue")]
mod game;
#[cfg(feature = "segue")]
mod ingest;
mod memory;
mod quality;
#[cfg(feature = "segue")]
mod queue;
#[cfg(test)]
mod reference;
mod report;
#[cfg(feature = "segue")]
mod slot;
mod stage;
mod subject;
mod subjects;
mod voices;
mod workload;

use std::io::Write;
use std::process::ExitCode;

use clock::Plan;
use report::Report;
use subject::{Contender, Error, Result};
use subjects::LineUp;
use workload::Workload;

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

fn main() -> ExitCode {
    let result = Options::parse(std::env::args().skip(1)).and_then(|options| run(&options));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "segue-bench: {error}");
            if matches!(error, Error::Usage(_)) {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

const BENCHES: [&str; 8] = [
    "voices", "control", "create", "engine", "game", "ingest", "slot", "quality",
];
const HELP: &str = "segue-bench [--json] [--quick] [NAMES…]
  NAMES: voices control create engine game ingest slot quality, workloads W1..W5 or W1/64, and names of subjects; all when none is given";

struct Options {
    json: bool,
    help: bool,
    plan: Plan,
    names: Vec<String>,
}

impl Options {
    fn parse(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            json: false,
            help: false,
            plan: Plan::new(false),
            names: vec![],
        };
        for argument in arguments {
            match argument.as_str() {
                "--json" => options.json = true,
                "--quick" => options.plan = Plan::new(true),
                "--help" | "-h" => options.help = true,
                flag if flag.starts_with('-') => {
                    return Err(Error::Usage(format!("unknown option {flag}\n{HELP}")));
                }
                _ => options.names.push(argument),
            }
        }
        Ok(options)
    }

    fn wants(&self, bench: &str) -> bool {
        let named = |name: &&str| self.names.iter().any(|n| n == name);
        named(&bench) || !BENCHES.iter().any(named)
    }

    /// The workloads that were named; all when none was.
    fn workloads(&self) -> Vec<Workload> {
        let all = Workload::all(self.plan.quick);
        let named = |w: &Workload| self.names.iter().any(|name| w.is_called(name));
        let any = all.iter().any(named);
        all.into_iter().filter(|w| !any || named(w)).collect()
    }

    fn choose(&self, all: Vec<Contender>) -> Result<Vec<Contender>> {
        let known = |name: &String| {
            BENCHES.contains(&name.as_str())
                || all.iter().any(|c| c.name == name.as_str())
                || Workload::all(false).iter().any(|w| w.is_called(name))
        };
        if let Some(name) = self.names.iter().find(|name| !known(name)) {
            let subjects: Vec<&str> = all.iter().map(|c| c.name).collect();
            let subjects = subjects.join(" ");
            return Err(Error::Usage(format!(
                "unknown name {name}\n{HELP}\n  subjects: {subjects}"
            )));
        }
        let named = |c: &Contender| self.names.iter().any(|name| name == c.name);
        let any = all.iter().any(named);
        Ok(all.into_iter().filter(|c| !any || named(c)).collect())
    }
}

fn run(options: &Options) -> Result<()> {
    if options.help {
        writeln!(std::io::stdout(), "{HELP}")?;
        return Ok(());
    }
    let LineUp {
        contenders,
        left_out,
    } = subjects::line_up();
    let contenders = options.choose(contenders)?;
    let mut progress = std::io::stderr();
    for (name, why) in left_out {
        writeln!(progress, "left out: {name}: {why}")?;
    }
    let mut report = Report::default();
    for bench in BENCHES.into_iter().filter(|bench| options.wants(bench)) {
        writeln!(progress, "{bench} …")?;
        match bench {
            "voices" => {
                voices::voices(&contenders, &options.workloads(), options.plan, &mut report)?;
            }
            "control" => {
                voices::control(&contenders, options.plan, &mut report)?;
                #[cfg(feature = "segue")]
                queue::queue(&contenders, options.plan, &mut report);
            }
            "create" => voices::create(&contenders, options.plan, &mut report)?,
            #[cfg(feature = "segue")]
            "engine" => engine::engine(&contenders, options.plan, &mut report)?,
            #[cfg(feature = "segue")]
            "game" => game::game(&contenders, options.plan, &mut report)?,
            #[cfg(feature = "segue")]
            "ingest" => ingest::ingest(&contenders, options.plan, &mut report)?,
            #[cfg(feature = "segue")]
            "slot" => slot::slot(&contenders, options.plan, &mut report)?,
            #[cfg(not(feature = "segue"))]
            "engine" | "game" | "ingest" | "slot" => {}
            _ => quality::quality(&contenders, &mut report)?,
        }
    }
    let mut out = std::io::stdout().lock();
    if options.json {
        report.write_json(&mut out)
    } else {
        report.write_table(&mut out)
    }
}
