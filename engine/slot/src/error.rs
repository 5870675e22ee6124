//! The one error type of the crate.

/// What this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a game, a spin or a count could not be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A value of a game, scenario or sheet is out of range, or refers to nothing.
    #[error("{place}: {what} is {value}, but must be {allowed}; {way_out}")]
    Invalid {
        /// Where, as a path: `strips[2]`, `symbols[3].pays[0]`.
        place: String,
        /// What is wrong there.
        what: &'static str,
        /// The value found.
        value: String,
        /// The allowed values.
        allowed: String,
        /// What helps.
        way_out: &'static str,
    },
    /// No spin of the game gives what was asked for.
    #[error(
        "no spin of {game:?} gives {wanted}: {why}; ask for another outcome, or change the game"
    )]
    Impossible {
        /// Where a document asks for it; empty where none does.
        place: String,
        /// The game.
        game: String,
        /// What was asked for.
        wanted: String,
        /// How that is known.
        why: String,
    },
    /// None was found in time: the stops are too many to look at all of them, or what features and jackpots
    /// draw decides it.
    #[error("{trials} spins of {game:?} gave no {wanted}, and {}", rest(.states, .max, .open))]
    Budget {
        /// The game.
        game: String,
        /// What was asked for.
        wanted: String,
        /// Spins that were drawn.
        trials: u64,
        /// How many stop vectors there are.
        states: u128,
        /// How many could be looked at.
        max: u128,
        /// Stops that may lead to it by what is drawn after them, where all were looked at.
        open: Option<u64>,
    },
    /// An exact count does not fit into 128 bits.
    #[error("{what} does not fit into 128 bits; make the strips shorter or the pays smaller")]
    Overflow {
        /// The count.
        what: &'static str,
    },
    /// A row of a log does not give what it says.
    #[error(
        "spin {spin} of the log: {what} {logged} in the log, but {now} here; replay it with the game it was played on"
    )]
    Differs {
        /// Number of the spin.
        spin: u64,
        /// What differs.
        what: &'static str,
        /// What the row says.
        logged: String,
        /// What it is now.
        now: String,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// What was done besides the spins that were drawn, and the way out.
fn rest(states: &u128, max: &u128, open: &Option<u64>) -> String {
    match open {
        None => format!(
            "its {states} stops are too many to look at all of them (up to {max}); ask for a likelier \
             outcome, or name the stops"
        ),
        Some(open) => format!(
            "neither did a look at all its {states} stops: what features or jackpots draw decides it at \
             {open} of them; ask for a likelier outcome, or search from another seed"
        ),
    }
}

impl Error {
    /// The same error about a part of a document.
    pub(crate) fn within(mut self, part: &str) -> Error {
        match &mut self {
            Error::Invalid { place, .. } => *place = format!("{part}.{place}"),
            Error::Impossible { place, .. } => part.clone_into(place),
            _ => {}
        }
        self
    }

    /// A value that cannot be.
    pub(crate) fn invalid(
        place: impl Into<String>,
        what: &'static str,
        value: impl std::fmt::Display,
        allowed: impl Into<String>,
        way_out: &'static str,
    ) -> Error {
        Error::Invalid {
            place: place.into(),
            what,
            value: value.to_string(),
            allowed: allowed.into(),
            way_out,
        }
    }
}
