//! `slot`: what a slot game costs. The peers have no counterpart.
//!
//! | row | meaning |
//! |---|---|
//! | `spins, 15 lines`, `spins, 20 lines` | drawn stops with the wins of all lines, on one thread |
//! | `spins, all features` | the demo game with cascades, free spins, hold and win and jackpots |
//! | `line of 11 symbols` | the counted odds of a line of five reels of 11 symbols |
//! | `all odds, one line`, `all odds, 20 lines` | everything that `segue slot enumerate` says |
//! | `stages of a spin` | a spin made into timed stages, by stage |
//! | `stage to its event` | a stage in a table of bindings: order, loops, signals, and the name that is found |

use segue_middleware::stage::StageEvent;
use segue_middleware::stage::bind::{Bound, StageTable};
use segue_middleware::stage::fsm::Fsm;
use segue_middleware::stage::loops::Loops;
use segue_middleware::stage::signals::SignalTracker;
use segue_middleware::stage::table::STAGES;
use segue_middleware::stage::timing::TimingProfile;
use segue_slot::game::{Game, Mode};
use segue_slot::presets::{Payback, Volatility, demo, lobstermania};
use segue_slot::result::SpinResult;
use segue_slot::sim::Plan as Spins;
use segue_slot::stages::StageRules;
use segue_slot::{Machine, Meters, Rng};
use std::hint::black_box;
use std::ops::ControlFlow;

use crate::clock::{Plan, median, nanos, overhead};
use crate::report::Report;
use crate::subject::{Contender, Error, Result};
use crate::subjects::segue::failed;

/// Runs everything for the row `segue`, where it takes part.
pub(crate) fn slot(contenders: &[Contender], plan: Plan, report: &mut Report) -> Result<()> {
    let Some(segue) = contenders.iter().find(|c| c.name == "segue") else {
        return Ok(());
    };
    let mut row = |name, unit, value| report.value("slot", name, segue, unit, value);
    let plain = |lines| {
        let mut game = twenty(lines);
        game.features.clear();
        game
    };
    row("spins, 15 lines", "M/s", spins(plan, plain(15))?);
    row("spins, 20 lines", "M/s", spins(plan, plain(20))?);
    row(
        "spins, all features",
        "M/s",
        spins(plan, demo(Volatility::Medium))?,
    );
    row("line of 11 symbols", "ms", line(plan)?);
    row(
        "all odds, one line",
        "ms",
        odds(plan, lobstermania(Payback::High, 1))?,
    );
    row("all odds, 20 lines", "ms", odds(plan, twenty(20))?);
    row("stages of a spin", "us/stage", made(plan)?);
    row("stage to its event", "us/stage", bound(plan)?);
    Ok(())
}

/// Lobstermania's reels with the usual lines, as many as are asked for.
fn twenty(lines: usize) -> Game {
    let mut game = lobstermania(Payback::High, 15);
    if let Mode::Lines(usual) = demo(Volatility::Low).mode {
        game.mode = Mode::Lines(usual.into_iter().take(lines).collect());
        game.bet_credits = i64::try_from(lines).unwrap_or(1);
    }
    game
}

/// Millions of spins a second.
fn spins(plan: Plan, game: Game) -> Result<f64> {
    let machine = Machine::new(game).map_err(failed)?;
    let meters = Meters::new(&machine, 1).map_err(failed)?;
    let spins = Spins {
        seed: 1,
        coin: 1,
        meters,
    };
    let count: u32 = if plan.quick { 20_000 } else { 400_000 };
    let mut chunk = 0;
    let spent = middle(plan, || {
        chunk += 1;
        machine.simulate(&spins, chunk, u64::from(count))
    })?;
    Ok(f64::from(count) * 1e3 / spent)
}

/// Milliseconds for one line: 11 symbols to the power of five reels.
fn line(plan: Plan) -> Result<f64> {
    let machine = Machine::new(lobstermania(Payback::High, 1)).map_err(failed)?;
    Ok(middle(plan, || machine.line_odds())? / 1e6)
}

/// Milliseconds for all odds of a game.
fn odds(plan: Plan, game: Game) -> Result<f64> {
    let machine = Machine::new(game).map_err(failed)?;
    let once = Plan {
        rounds: 1,
        batches: 3,
        ..plan
    };
    let count = || machine.odds(&mut |_, _| ControlFlow::Continue(()));
    Ok(middle(once, count)? / 1e6)
}

/// A session of a game in which much happens.
fn session(plan: Plan) -> Result<Vec<SpinResult>> {
    let machine = Machine::new(demo(Volatility::Studio)).map_err(failed)?;
    let mut meters = Meters::new(&machine, 1).map_err(failed)?;
    let mut rng = Rng::new(1, 0);
    let count = if plan.quick { 10 } else { 100 };
    let spin = |_| machine.spin(&mut rng, &mut meters, 1);
    (0..count)
        .map(spin)
        .collect::<std::result::Result<_, _>>()
        .map_err(failed)
}

/// Microseconds for each stage that is made of spins.
fn made(plan: Plan) -> Result<f64> {
    let results = session(plan)?;
    let rules = StageRules::new(TimingProfile::normal(), &demo(Volatility::Studio));
    let stages = rules.spins(&results, 500.0).events.len();
    let spent = middle(plan, || Ok::<_, Error>(rules.spins(&results, 500.0)))?;
    Ok(spent / 1e3 / per(stages))
}

/// Microseconds for each stage that looks for its event.
fn bound(plan: Plan) -> Result<f64> {
    let results = session(plan)?;
    let rules = StageRules::new(TimingProfile::normal(), &demo(Volatility::Studio));
    let trace = rules.spins(&results, 500.0);
    let names = STAGES.iter().map(|stage| stage.name.to_owned());
    let special = [
        "REEL_STOP_SCATTER",
        "WIN_3",
        "WIN_BIG",
        "jackpot_present.grand",
    ];
    let names = names.chain(special.map(str::to_owned));
    let bindings = names.map(|stage| Bound {
        event: stage.clone(),
        stage,
        each: false,
        fade_s: 0.05,
        rtpcs: vec![],
        celebration: None,
    });
    let table = StageTable::new(bindings.collect(), None, vec![]);
    let mut follow = || {
        let (mut order, mut loops) = (Fsm::default(), Loops::new());
        let mut signals = SignalTracker::new();
        let mut take = |event: &StageEvent| {
            black_box(order.take(&event.stage).is_ok());
            black_box(loops.take(&event.stage));
            black_box(signals.take(event));
            table.find(event).is_some()
        };
        let found = trace.events.iter().filter(|event| take(event)).count();
        if found == trace.events.len() {
            Ok(())
        } else {
            Err(Error::Usage(format!(
                "{found} of {} stages are bound",
                trace.events.len()
            )))
        }
    };
    Ok(middle(plan, &mut follow)? / 1e3 / per(trace.events.len()))
}

/// The middle time of what does not fail, in nanoseconds.
fn middle<T, E: std::fmt::Display>(
    plan: Plan,
    mut work: impl FnMut() -> std::result::Result<T, E>,
) -> Result<f64> {
    let overhead = overhead();
    let mut times = Vec::new();
    for _ in 0..plan.rounds * plan.batches {
        let (spent, value) = nanos(overhead, &mut work);
        black_box(value.map_err(failed)?);
        times.push(spent);
    }
    Ok(median(&mut times))
}

fn per(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)).max(1.0)
}
