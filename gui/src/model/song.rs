//! The song: what stands on the time line, in quarter notes from its start.

/// Everything on the time line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Song {
    /// One for each bus that clips play on, in the order of the strips; then the recorded stages.
    pub lanes: Vec<Lane>,
    /// Where the last of it ends.
    pub end: f64,
    /// Where bars begin, the first one at 0; at most 2,000.
    pub bars: Vec<f64>,
    /// Where the transport is.
    pub place: f64,
    /// Where the loop begins and ends, while it is on.
    pub range: Option<[f64; 2]>,
}

/// What lies beside one another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lane {
    /// What it is called.
    pub name: String,
    /// In the order of the project; they may lie over one another.
    pub pieces: Vec<Piece>,
}

/// A clip, or recorded stages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Piece {
    /// What it is called.
    pub name: String,
    /// Where it begins.
    pub from: f64,
    /// Where it ends; `from` while nobody knows.
    pub to: f64,
}
