//! What a spin gave, as JSON.

use segue_slot::game::{FeatureKind, Game, SymbolId};
use segue_slot::result::{
    Cell, Coin, Feature, FeaturePlay, HoldRound, JackpotWin, LineWin, NearMiss, PickPlay, Revealed,
    SpinResult, Window,
};
use serde_json::{Value, json};

/// A spin with everything it led to; amounts are in minor units, symbols by name. `[thread-safe]`
pub fn spin_value(game: &Game, spin: &SpinResult) -> Value {
    let names = Names { game };
    names.spin(spin)
}

struct Names<'a> {
    game: &'a Game,
}

impl Names<'_> {
    fn symbol(&self, symbol: SymbolId) -> &str {
        let symbol = self.game.symbols.get(usize::from(symbol));
        symbol.map_or("?", |symbol| symbol.name.as_str())
    }

    fn window(&self, window: &Window) -> Value {
        let reel = |reel: &Vec<SymbolId>| -> Value {
            reel.iter().map(|&symbol| self.symbol(symbol)).collect()
        };
        window.iter().map(reel).collect()
    }

    fn spin(&self, spin: &SpinResult) -> Value {
        let lines: Vec<Value> = spin
            .line_wins
            .iter()
            .map(|win| self.line_win(win))
            .collect();
        let scatters = spin.scatter_wins.iter().map(|win| {
            json!({
                "symbol": self.symbol(win.symbol),
                "count": win.count,
                "amount": win.amount,
                "cells": cells(&win.cells),
            })
        });
        let cascade = spin.cascade.iter().map(|step| {
            let wins: Vec<Value> = step
                .line_wins
                .iter()
                .map(|win| self.line_win(win))
                .collect();
            json!({
                "removed": cells(&step.removed),
                "window": self.window(&step.window),
                "line_wins": wins,
                "multiplier": step.multiplier,
                "win": step.win,
            })
        });
        let features = spin.features.iter().map(|feature| self.feature(feature));
        json!({
            "bet": spin.bet,
            "stops": spin.stops,
            "window": self.window(&spin.window),
            "line_wins": lines,
            "scatter_wins": scatters.collect::<Vec<_>>(),
            "multiplier": spin.multiplier,
            "cascade": cascade.collect::<Vec<_>>(),
            "features": features.collect::<Vec<_>>(),
            "jackpots": jackpots(&spin.jackpots),
            "near_miss": spin.near_miss.as_ref().map(|near| self.near_miss(near)),
            "base_win": spin.base_win,
            "total_win": spin.total_win,
        })
    }

    fn line_win(&self, win: &LineWin) -> Value {
        json!({
            "line": win.line,
            "symbol": self.symbol(win.symbol),
            "count": win.count,
            "ways": win.ways,
            "amount": win.amount,
            "cells": cells(&win.cells),
        })
    }

    fn near_miss(&self, near: &NearMiss) -> Value {
        json!({
            "feature": near.feature,
            "symbol": self.symbol(near.symbol),
            "reel": near.reel,
            "rows": near.rows,
            "above": near.above,
            "proximity": near.proximity(),
        })
    }

    fn feature(&self, feature: &Feature) -> Value {
        let name = self.game.features.get(usize::from(feature.index));
        let play = match &feature.play {
            FeaturePlay::FreeSpins(play) => {
                let spins: Vec<Value> = play.spins.iter().map(|spin| self.spin(spin)).collect();
                let retriggers = play.retriggers.iter().map(|retrigger| {
                    json!({
                        "spin": retrigger.spin,
                        "additional": retrigger.additional,
                        "new_total": retrigger.new_total,
                    })
                });
                json!({
                    "awarded": play.awarded,
                    "multiplier": play.multiplier,
                    "spins": spins,
                    "retriggers": retriggers.collect::<Vec<_>>(),
                })
            }
            FeaturePlay::HoldAndWin(play) => json!({
                "start": coins(&play.start),
                "rounds": play.rounds.iter().map(round).collect::<Vec<_>>(),
                "full": play.full,
                "jackpots": jackpots(&play.jackpots),
            }),
            FeaturePlay::Pick(play) | FeaturePlay::Wheel(play) => pick(play),
        };
        json!({
            "name": name.map(|feature| feature.name.as_str()),
            "type": kind(feature.kind),
            "triggers": cells(&feature.triggers),
            "total_win": feature.total_win,
            "play": play,
        })
    }
}

/// The name of a kind of feature.
pub(super) fn kind(kind: FeatureKind) -> &'static str {
    match kind {
        FeatureKind::FreeSpins => "free_spins",
        FeatureKind::HoldAndWin => "hold_and_win",
        FeatureKind::Pick => "pick",
        FeatureKind::Wheel => "wheel",
    }
}

fn cells(cells: &[Cell]) -> Value {
    cells
        .iter()
        .map(|cell| json!([cell.reel, cell.row]))
        .collect()
}

fn coins(coins: &[Coin]) -> Value {
    let coin = |coin: &Coin| {
        json!({
            "cell": [coin.cell.reel, coin.cell.row],
            "value": coin.value,
            "jackpot": coin.jackpot.map(|tier| tier.name()),
        })
    };
    coins.iter().map(coin).collect()
}

fn round(round: &HoldRound) -> Value {
    json!({
        "landed": coins(&round.landed),
        "respins_left": round.respins_left,
        "filled": round.filled,
    })
}

fn pick(play: &PickPlay) -> Value {
    let reveals = play.reveals.iter().map(|reveal| {
        let (what, value) = match reveal.what {
            Revealed::Coins(amount) => ("coins", json!(amount)),
            Revealed::Multiplier(by) => ("multiplier", json!(by)),
            Revealed::ExtraPicks(more) => ("extra_picks", json!(more)),
            Revealed::Jackpot(tier) => ("jackpot", json!(tier.name())),
            Revealed::Collect => ("collect", Value::Null),
            Revealed::EndGame => ("end_game", Value::Null),
        };
        json!({"pick": reveal.pick, "prize": reveal.prize, "what": what, "value": value,
               "terminal": reveal.terminal})
    });
    json!({
        "options": play.options,
        "reveals": reveals.collect::<Vec<_>>(),
        "multiplier": play.multiplier,
        "jackpots": jackpots(&play.jackpots),
    })
}

fn jackpots(wins: &[JackpotWin]) -> Value {
    let win = |win: &JackpotWin| json!({"tier": win.tier.name(), "amount": win.amount});
    wins.iter().map(win).collect()
}
