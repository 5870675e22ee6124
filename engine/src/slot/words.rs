//! Documents about slot games.

use segue_format::slot::spin_value;
use segue_slot::Machine;
use segue_slot::exact::Basis;
use segue_slot::game::Tier;
use segue_slot::log::LogRow;
use segue_slot::result::SpinResult;
use serde_json::{Map, Value, json};

use super::SimReport;

/// A spin with its row of a log as `segue slot spin --json` and libsegue tell it. `[thread-safe]`
pub fn spun_value(machine: &Machine, row: &LogRow, result: &SpinResult) -> Value {
    json!({
        "spin": row.spin,
        "seed": row.seed,
        "stream": row.stream,
        "counter_before": row.counter_before,
        "counter_after": row.counter_after,
        "given": row.given,
        "result": spin_value(machine.game(), result),
    })
}

/// A simulation as `segue slot sim --json` and libsegue tell it. What may be above 2^53 is a text. `[thread-safe]`
pub fn sim_value(machine: &Machine, report: &SimReport) -> Value {
    let (odds, sums) = (&report.odds, &report.statistics);
    let rtp = sums.rtp();
    let features = machine
        .game()
        .features
        .iter()
        .zip(&sums.awards)
        .zip(&sums.feature_won);
    let features = features.map(|((feature, awards), won)| {
        json!({"name": feature.name, "awards": awards, "won": won.to_string()})
    });
    let jackpots: Map<String, Value> = Tier::ALL
        .iter()
        .map(|tier| (tier.name().to_owned(), json!(sums.jackpots_of(*tier))))
        .collect();
    let histogram: Map<String, Value> = sums
        .histogram
        .iter()
        .map(|(win, times)| (win.to_string(), json!(times)))
        .collect();
    let curve = report
        .convergence
        .iter()
        .map(|point| json!([point.spins, point.rtp.value, point.rtp.sigma]));
    json!({
        "game": machine.game().id,
        "spins": sums.spins,
        "bet": sums.bet,
        "won": sums.won.to_string(),
        "rtp": rtp.value,
        "rtp_sigma": rtp.sigma,
        "rtp_95": [rtp.bounds_95().0, rtp.bounds_95().1],
        "rtp_counted": odds.rtp.float,
        "rtp_exact": odds.basis == Basis::Exact,
        "rtp_basis": odds.basis.name(),
        "hits": sums.hits,
        "variance_bets": sums.variance(),
        "losses_as_wins": sums.losses_as_wins,
        "big_wins": sums.big_wins,
        "highest": sums.highest,
        "near_misses": sums.near_misses,
        "cascades": sums.cascades,
        "feature_spins": sums.features,
        "features": features.collect::<Vec<_>>(),
        "free_spins": sums.free_spins,
        "jackpots": jackpots,
        "jackpots_won": sums.jackpots_won.to_string(),
        "histogram": histogram,
        "convergence": curve.collect::<Vec<_>>(),
    })
}
