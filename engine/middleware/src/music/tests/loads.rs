//! A long random scene: nothing allocates, and nothing depends on how often it is looked at.

use assert_no_alloc::assert_no_alloc;

use super::rig::{ms, rule, segment};
use crate::containers::rng::mix64;
use crate::ids::{MusicIx, StingerIx};
use crate::music::{Command, Commands, Music};
use crate::source::{self, Playlist, Stinger, Sync};

fn scene() -> source::Music {
    let mut beat = rule("*", "*", Sync::Beat);
    (beat.fade_in, beat.fade_out) = (ms(100.0), ms(200.0));
    let mut filled = rule("a", "b", Sync::Marker);
    filled.filler = Some("c".to_owned());
    let mut looped = segment("a", 97.3, 8);
    (looped.loop_start_smp, looped.loop_end_smp) = (50_000, 333_333);
    source::Music {
        segments: vec![looped, segment("b", 211.0, 3), segment("c", 60.0, 1)],
        playlists: vec![Playlist {
            name: "list".to_owned(),
            entries: vec![("b".to_owned(), 2), ("c".to_owned(), 1)],
            shuffle: true,
            looped: true,
        }],
        transitions: vec![beat, filled, rule("list", "*", Sync::SegmentEnd)],
        stingers: vec![Stinger {
            name: "s".to_owned(),
            source: "short".to_owned(),
            sync: Sync::Beat,
            anchor_ms: 30.0,
            duck_db: -9.0,
            attack_ms: 20.0,
            release_ms: 80.0,
            priority: 3,
            can_interrupt: true,
            look_ahead_ms: 50.0,
        }],
    }
}

/// Everything that is said in a random scene; `extra` runs in between change nothing.
fn said(extra: bool) -> Vec<(u64, Command)> {
    let form = super::rig::form(&scene());
    let mut music = Music::new(&form, 1);
    let mut out = Commands::default();
    let mut said = Vec::with_capacity(100_000);
    let mut at = 0;
    for n in 0..3_000u64 {
        let chance = mix64(n);
        let next = at + chance % 60_000;
        assert_no_alloc(|| {
            while music.next_boundary(&form) <= next {
                let due = music.next_boundary(&form);
                if extra && due > at + 1 {
                    music.run(&form, due - 1, &mut out);
                }
                music.run(&form, due, &mut out);
                said.extend(out.iter().map(|command| (due, *command)));
                out.clear();
            }
            match chance >> 32 & 7 {
                0 => music.leave_loop(&form, next, &mut out),
                1 => music.stop(&form, next, 480, None, &mut out),
                2 | 3 => {
                    let _ = music.stinger(&form, next, StingerIx(0), None, &mut out);
                }
                k => _ = music.play(&form, next, MusicIx(k as u32 - 4), None, &mut out),
            }
            said.extend(out.iter().map(|command| (next, *command)));
            out.clear();
        });
        at = next;
    }
    assert_eq!(out.lost(), 0);
    said
}

#[test]
fn a_long_scene_allocates_nothing_and_is_the_same_however_it_is_cut() {
    let once = said(false);
    assert!(once.len() > 3_000, "{}", once.len());
    assert_eq!(once, said(true));
}
