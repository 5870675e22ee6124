//! Exact odds as JSON. Counts that a double could not hold are texts of digits.

use super::result::kind;
use segue_slot::exact::{Basis, Odds, SpinOdds, Tally, Value as Exact};
use segue_slot::game::Game;
use serde_json::{Map, Value, json};

/// Largest whole number that every reader of JSON keeps.
const SAFE: u128 = 1 << 53;

/// What a game pays in the long run. `[thread-safe]`
pub fn odds_value(game: &Game, odds: &Odds) -> Value {
    let name = |symbol: u8| {
        game.symbols
            .get(usize::from(symbol))
            .map(|symbol| &symbol.name)
    };
    let scatters = odds.scatters.iter().map(|scatter| {
        json!({
            "symbol": name(scatter.symbol),
            "by_count": scatter.by_count.iter().copied().map(count).collect::<Vec<_>>(),
            "wins": tally(&scatter.tally),
        })
    });
    let features = odds
        .features
        .iter()
        .zip(&game.features)
        .map(|(row, feature)| {
            json!({
                "name": feature.name,
                "type": kind(row.kind),
                "awards": count(row.awards),
                "by_count": row.by_count.iter().copied().map(count).collect::<Vec<_>>(),
                "average_credits": row.average.map(exact),
                "average_spins": row.spins.map(exact),
                "rtp": exact(row.rtp),
            })
        });
    let jackpots = odds.jackpots.iter().map(|row| {
        json!({
            "tier": row.tier.name(),
            "chance": row.chance,
            "outcomes": row.counts.map(|(outcomes, _)| count(outcomes)),
            "of": row.counts.map(|(_, all)| count(all)),
            "average_bets": row.average_bets,
            "rtp": exact(row.rtp),
        })
    });
    let (spin, is_exact) = match &odds.spin {
        SpinOdds::Exact(joint) => (joint, true),
        SpinOdds::Estimate(joint) => (joint, false),
    };
    json!({
        "game": game.id,
        "states": count(odds.states),
        "bet_credits": odds.bet,
        "rtp": exact(odds.rtp),
        "rtp_exact": odds.basis == Basis::Exact,
        "rtp_basis": odds.basis.name(),
        "rtp_sigma": odds.rtp_sigma,
        "reasons": odds.reasons,
        "rtp_lines": exact(odds.rtp_lines),
        "rtp_scatters": exact(odds.rtp_scatters),
        "one_line": odds.line.as_ref().map(tally),
        "scatters": scatters.collect::<Vec<_>>(),
        "features": features.collect::<Vec<_>>(),
        "jackpots": jackpots.collect::<Vec<_>>(),
        "spin": {
            "exact": is_exact,
            "wins": tally(&spin.wins),
            "wins_or_awards": count(spin.wins_or_awards),
        },
    })
}

/// A count as a number if every reader keeps it, else as digits.
fn count(count: u128) -> Value {
    match u64::try_from(count) {
        Ok(small) if count <= SAFE => json!(small),
        _ => json!(count.to_string()),
    }
}

fn exact(value: Exact) -> Value {
    json!({
        "value": value.float,
        "numerator": value.exact.map(|ratio| ratio.numerator.to_string()),
        "denominator": value.exact.map(|ratio| ratio.denominator.to_string()),
    })
}

fn tally(tally: &Tally) -> Value {
    let histogram: Map<String, Value> = tally
        .histogram
        .iter()
        .map(|(credits, &times)| (credits.to_string(), count(times)))
        .collect();
    json!({
        "states": count(tally.states),
        "hits": count(tally.hits),
        "hit_frequency": tally.hit_frequency().float,
        "sum_credits": count(tally.sum),
        "sum_squares": count(tally.squares),
        "variance": exact(tally.variance()),
        "histogram": histogram,
    })
}
