//! The scale that faders and meters share, so that a mark means the same for both.
//!
//! The deflection of IEC 60268-18, clause 6, linear in pieces with the most room where one listens,
//! and carried on above full scale with the slope of its uppermost piece.

/// Upper end of the scale.
pub const SCALE_TOP_DB: f32 = 12.0;
/// Lower end of the scale: at and below it there is silence.
pub const SCALE_BOTTOM_DB: f32 = -70.0;
/// The largest gain a bus may have: a factor of 16. Reached by typing only.
pub const MAX_GAIN_DB: f32 = 24.082_4;

/// Marks beside faders and meters, those first that stay where there is room for few.
pub(crate) const MARKS_DB: [f32; 9] = [0.0, 12.0, -60.0, -20.0, -6.0, -40.0, -12.0, 6.0, -30.0];

/// `(decibels, deflection)` at the corners, 100 being full scale.
const CORNERS: [(f32, f32); 8] = [
    (SCALE_BOTTOM_DB, 0.0),
    (-60.0, 2.5),
    (-50.0, 7.5),
    (-40.0, 15.0),
    (-30.0, 30.0),
    (-20.0, 50.0),
    (0.0, 100.0),
    (SCALE_TOP_DB, 130.0),
];
const FULL: f32 = 130.0;

/// Where decibels stand on the scale: 0 at the bottom, 1 at the top.
pub fn travel_from_db(db: f32) -> f32 {
    let db = if db.is_nan() {
        SCALE_BOTTOM_DB
    } else {
        db.clamp(SCALE_BOTTOM_DB, SCALE_TOP_DB)
    };
    let piece = CORNERS.windows(2).find(|pair| db <= pair[1].0);
    piece.map_or(1.0, |pair| between(db, pair[0], pair[1]) / FULL)
}

/// The decibels at a place on the scale; the very bottom is negative infinity.
pub fn db_from_travel(travel: f32) -> f32 {
    if travel.is_nan() || travel <= 0.0 {
        return f32::NEG_INFINITY;
    }
    let deflection = travel.min(1.0) * FULL;
    let piece = CORNERS.windows(2).find(|pair| deflection <= pair[1].1);
    let swap = |(db, deflection): (f32, f32)| (deflection, db);
    piece.map_or(SCALE_TOP_DB, |pair| {
        between(deflection, swap(pair[0]), swap(pair[1]))
    })
}

/// Decibels of a magnitude.
pub(crate) fn db_from_magnitude(magnitude: f32) -> f32 {
    if magnitude > 0.0 {
        20.0 * magnitude.log10()
    } else {
        f32::NEG_INFINITY
    }
}

fn between(x: f32, from: (f32, f32), to: (f32, f32)) -> f32 {
    from.1 + (x - from.0) * (to.1 - from.1) / (to.0 - from.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IEC 60268-18: deflection in percent of that at full scale.
    const STANDARD: [(f32, f32); 7] = [
        (-60.0, 2.5),
        (-55.0, 5.0),
        (-50.0, 7.5),
        (-40.0, 15.0),
        (-30.0, 30.0),
        (-20.0, 50.0),
        (0.0, 100.0),
    ];

    #[test]
    fn it_is_the_standards_deflection() {
        for (db, deflection) in STANDARD {
            let travel = travel_from_db(db) / travel_from_db(0.0) * 100.0;
            assert!((travel - deflection).abs() < 1e-3, "{db}: {travel}");
        }
    }

    #[test]
    fn there_and_back() {
        for tenth in -699..=120 {
            let db = tenth as f32 / 10.0;
            let back = db_from_travel(travel_from_db(db));
            assert!((back - db).abs() < 1e-3, "{db}: {back}");
        }
    }

    #[test]
    fn the_ends_hold_everything_beyond() {
        assert_eq!(travel_from_db(f32::NEG_INFINITY), 0.0);
        assert_eq!(travel_from_db(f32::NAN), 0.0);
        assert_eq!(travel_from_db(MAX_GAIN_DB), 1.0);
        assert_eq!(db_from_travel(0.0), f32::NEG_INFINITY);
        assert_eq!(db_from_travel(2.0), SCALE_TOP_DB);
        assert_eq!(db_from_magnitude(0.0), f32::NEG_INFINITY);
        assert!((db_from_magnitude(10.0) - 20.0).abs() < 1e-5);
    }
}
