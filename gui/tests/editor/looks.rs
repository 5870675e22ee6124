//! Pictures of the editor, painted by the CPU.
use crate::model::{empty, failing, loading, missing, playing};
use crate::stage::stage_of;
use segue_gui::{EditorSize, Snapshot};

#[test]
fn look() {
    let default = EditorSize::default();
    let usual = [default.width, default.height];
    let shots: [(&str, Snapshot, [f32; 2], f32); 7] = [
        ("playing", playing(9), usual, 1.0),
        ("playing2x", playing(9), usual, 2.0),
        ("small", failing(3), EditorSize::MIN, 1.0),
        ("large", playing(40), [1600.0, 1000.0], 1.0),
        ("empty", empty(), usual, 1.0),
        ("loading", loading(), usual, 1.0),
        ("missing", missing(6), usual, 1.0),
    ];
    for (name, snapshot, size, scale) in shots {
        let mut harness = stage_of(snapshot, size, scale);
        harness.run_steps(3);
        harness.render().unwrap().save(format!("/tmp/looks/{name}.png")).unwrap();
    }
}
