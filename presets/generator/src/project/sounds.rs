//! How the files sound: bus, place, level, priority.

use segue_format::project::{LoopPoints, Sound};

/// Everything that plays.
pub(super) fn sounds() -> Vec<Sound> {
    let mut sounds = stems();
    sounds.push(Sound {
        gain_db: 5.0,
        fade_in_ms: 1500.0,
        ..looped("wind", "ambience", 80, 400.0)
    });
    sounds.extend(menu());
    sounds.extend(effects());
    sounds.extend(["vo_near", "vo_go", "vo_clear"].map(|id| once(id, "voice", 98, -3.0)));
    sounds
}

/// The music is the last to lose its voices.
fn stems() -> Vec<Sound> {
    let far = Sound {
        id: "arp_far".into(),
        gain_db: -3.0,
        lpf_hz: Some(1100.0),
        ..looped("arp", "music", 90, 20.0)
    };
    vec![
        looped("pad", "music", 95, 60.0),
        looped("bass", "music", 95, 20.0),
        looped("drums_light", "drums", 95, 5.0),
        looped("drums_full", "drums", 95, 5.0),
        Sound {
            pan: -0.25,
            ..looped("arp", "music", 90, 20.0)
        },
        far,
        Sound {
            pan: 0.12,
            ..looped("lead", "music", 90, 60.0)
        },
    ]
}

fn menu() -> Vec<Sound> {
    let tick = Sound {
        max_instances: Some(4),
        ..once("ui_tick", "ui", 70, -6.0)
    };
    vec![
        tick,
        once("ui_confirm", "ui", 72, -5.0),
        once("ui_cancel", "ui", 72, -5.0),
    ]
}

fn effects() -> Vec<Sound> {
    let step = |id, pan| Sound {
        pan,
        max_instances: Some(4),
        ..once(id, "sfx", 20, -8.0)
    };
    vec![
        Sound {
            max_instances: Some(8),
            ..once("coin", "sfx", 50, -6.0)
        },
        Sound {
            max_instances: Some(16),
            fade_out_ms: 250.0,
            ..once("bell", "sfx", 55, -6.0)
        },
        once("boost", "sfx", 60, -6.0),
        step("footstep_a", -0.1),
        step("footstep_b", 0.1),
        once("impact", "sfx", 75, -2.0),
        Sound {
            max_instances: Some(6),
            ..once("whoosh", "sfx", 45, -5.0)
        },
        Sound {
            fade_out_ms: 80.0,
            ..once("riser", "sfx", 65, -4.0)
        },
        Sound {
            max_instances: Some(1),
            ..once("stinger", "music", 85, -2.0)
        },
    ]
}

/// Plays an asset of its name once.
pub(crate) fn once(id: &str, bus: &str, priority: u32, gain_db: f64) -> Sound {
    Sound {
        bus: Some(bus.into()),
        priority,
        gain_db,
        ..Sound::new(id, id)
    }
}

/// Plays an asset of its name for ever.
pub(crate) fn looped(id: &str, bus: &str, priority: u32, fade_out_ms: f64) -> Sound {
    let whole = LoopPoints {
        start_smp: 0,
        end_smp: None,
        count: 0,
        extra: Default::default(),
    };
    Sound {
        loop_points: Some(whole),
        fade_out_ms,
        max_instances: Some(2),
        ..once(id, bus, priority, 0.0)
    }
}
