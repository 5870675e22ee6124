//! Tests across the modules: what is counted, what is played and what is searched agree.

mod agree;
mod forced;
mod meters;
mod most;
mod rules;
mod statistics;

use crate::game::{Game, Mode, Pay, Symbol, SymbolKind};

/// Three reels of one row: a wild that pays, a symbol that it does not stand for, two others, a
/// scatter.
fn small() -> Game {
    let symbol = |name: &str, kind, pays: &[(u8, i64)]| Symbol {
        name: name.to_owned(),
        kind,
        excludes: Vec::new(),
        pays: pays
            .iter()
            .map(|&(count, credits)| Pay { count, credits })
            .collect(),
    };
    let mut game = Game {
        id: "small".to_owned(),
        name: "Small".to_owned(),
        bet_credits: 1,
        rows: vec![1; 3],
        symbols: vec![
            symbol("W", SymbolKind::Wild, &[(2, 7), (3, 50)]),
            symbol("A", SymbolKind::Regular, &[(2, 2), (3, 9)]),
            symbol("B", SymbolKind::Regular, &[(3, 4)]),
            symbol("X", SymbolKind::Regular, &[(3, 6)]),
            symbol("S", SymbolKind::Scatter, &[(2, 1), (3, 10)]),
        ],
        strips: vec![
            vec![0, 1, 2, 3, 4, 1],
            vec![1, 0, 2, 3, 4],
            vec![2, 3, 0, 1, 1, 4, 2],
        ],
        mode: Mode::Lines(vec![vec![0; 3]]),
        ..Game::default()
    };
    game.symbols[0].excludes = vec![3];
    game
}
