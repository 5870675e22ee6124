//! Slot games: files, many spins on many threads, reports.

mod files;
mod font;
mod plot;
mod report;
mod session;
mod words;
mod workers;

pub use files::{
    builtin, builtin_names, open_game, open_log, open_scenario, open_sheet, write_file,
};
pub use plot::{Plot, Series};
pub use report::{html, plots, png};
pub use segue_format::slot::{
    game_to_json, odds_value, outcome_from_text, row_to_json, scenario_to_json, spin_value,
};
pub use segue_slot::{
    Error as SlotError, Machine, Meters, Rng, Stops, exact, force, gamble, game, log, par, presets,
    result, scenario, sim, stages,
};
pub use session::{GAMBLES, SessionOptions, SessionSpin, SlotSession, awards, spin_session};
pub use words::{sim_value, spun_value};
pub use workers::{Convergence, SimOptions, SimProgress, SimReport, count_all, simulate};
