//! Recorded stages on the timeline, and what they play at the same time.

use super::*;

fn rig(clips: &Value) -> Rig {
    let mut project = usual();
    project["stages"] = json!({
        "bindings": [
            {"stage": "IDLE_LOOP", "event": "Play_Hum", "fade_ms": 400},
            {"stage": "REEL_STOP", "event": "Play_Hit"},
        ],
        "clips": clips,
    });
    let mut rig = Rig::new(&project);
    rig.control.play().unwrap();
    rig
}

/// A loop from the beginning on, and a reel that lands.
fn clip(name: &str, length_ms: u32) -> Value {
    json!({"name": name, "at_beats": 0, "length_ms": length_ms, "events": [
        {"timestamp_ms": 0, "stage": {"type": "idle_loop"}},
        {"timestamp_ms": 50, "stage": {"type": "reel_stop", "reel": 9, "symbols": []}},
    ]})
}

#[test]
fn clips_and_games_play_under_numbers_of_their_own() {
    let mut rig = rig(&json!([clip("A", 200), clip("B", 600)]));
    let hum = post(&mut rig, Stage::IdleLoop {}, 0).playing.unwrap();
    rig.peak(24_000);
    let rows = rig.rows();
    let playings = rows.iter().filter_map(|what| match what {
        What::Posted { playing, .. } => Some(playing.0),
        _ => None,
    });
    let mut playings: Vec<u64> = playings.collect();
    playings.sort_unstable();
    let clips = 1 << 63 | 1 << 52;
    let second = clips | 1 << 32;
    let expected = [hum.0, clips + 1, clips + 2, second + 1, second + 2];
    assert_eq!(playings, expected);
    // Each loop ends with its own clip, the game's with the game.
    rig.peak(48_000);
    assert!(rig.peak(4_800) > 0.0);
    let now = rig.renderer.now();
    rig.control.end_stages(now).unwrap();
    rig.peak(24_000);
    assert_eq!(rig.peak(4_800), 0.0);
}

/// The transport jumps back while the loop of the pass before fades: both have one number.
#[test]
fn a_loop_that_begins_again_while_it_fades_is_ended() {
    let mut rig = rig(&json!([clip("A", 100)]));
    // It ends at 4,800 and fades until 24,000.
    rig.peak(22_000);
    rig.control.seek(0.0).unwrap();
    assert!(rig.peak(4_000) > 0.0);
    rig.peak(48_000);
    assert_eq!(rig.peak(4_800), 0.0);
}
