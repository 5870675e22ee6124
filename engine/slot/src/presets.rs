//! Games to start from: a published one, and demos of each volatility.

mod demo;
mod lobstermania;

pub use demo::{Volatility, demo};
pub use lobstermania::{Payback, lobstermania};

use crate::game::{Line, Pay, Symbol, SymbolKind};

/// Pays for 2, 3, 4 and 5 symbols; 0 is none.
fn pays(credits: [i64; 4]) -> Vec<Pay> {
    let pays = (2_u8..).zip(credits);
    pays.filter(|(_, credits)| *credits > 0)
        .map(|(count, credits)| Pay { count, credits })
        .collect()
}

fn symbol(name: &str, kind: SymbolKind, credits: [i64; 4]) -> Symbol {
    Symbol {
        name: name.to_owned(),
        kind,
        excludes: Vec::new(),
        pays: pays(credits),
    }
}

/// The first lines of a window of 5 by 3 in the usual order; at most 20.
fn lines(count: usize) -> Vec<Line> {
    let lines: [[u8; 5]; 20] = [
        [1, 1, 1, 1, 1],
        [0, 0, 0, 0, 0],
        [2, 2, 2, 2, 2],
        [0, 1, 2, 1, 0],
        [2, 1, 0, 1, 2],
        [0, 0, 1, 2, 2],
        [2, 2, 1, 0, 0],
        [1, 0, 1, 2, 1],
        [1, 2, 1, 0, 1],
        [0, 1, 1, 1, 2],
        [2, 1, 1, 1, 0],
        [1, 0, 0, 1, 2],
        [1, 2, 2, 1, 0],
        [1, 1, 0, 1, 2],
        [1, 1, 2, 1, 0],
        [0, 0, 2, 0, 0],
        [2, 2, 0, 2, 2],
        [0, 2, 0, 2, 0],
        [2, 0, 2, 0, 2],
        [1, 0, 2, 0, 1],
    ];
    lines.iter().take(count).map(|line| line.to_vec()).collect()
}
