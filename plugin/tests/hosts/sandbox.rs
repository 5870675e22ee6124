//! Blocks in a thread that the system kills at its first call: no lock that waits, no file, no
//! memory, no sleep. That nothing is locked without waiting either, debug builds check themselves.

#![cfg(target_os = "linux")]

use clack_host::events::io::EventBuffer;
use segue_plugin::{Kind, Param};
use vst3::Steinberg::kResultOk;

use crate::host::{Event, Host};
use crate::projects::{game_state, rich_state};
use crate::soak::in_child;
use crate::unit::{Song, Unit};
use crate::vst3::Vst;

/// What a child says when it has come to the end.
const DONE: &[u8] = b"sandboxed\n";
const EVENTS: [(usize, Event); 5] = [
    (0, Event::On(60, 1.0)),
    (7, Event::Value(Param::Macro(0), 0.7)),
    (50, Event::Midi([0xb0, 1, 3])),
    (80, Event::Value(Param::MasterGain, -42.0)),
    (127, Event::Off(60)),
];

/// From here on this thread may do nothing but write and end the process.
fn shut_off() {
    let statement = |code: u32, jt, jf, k| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt,
        jf,
        k,
    };
    let (load, equal, answer) = (
        libc::BPF_LD | libc::BPF_W | libc::BPF_ABS,
        libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
        libc::BPF_RET | libc::BPF_K,
    );
    let number = |call: libc::c_long| u32::try_from(call).unwrap();
    let mut filter = [
        statement(load, 0, 0, 0),
        statement(equal, 2, 0, number(libc::SYS_write)),
        statement(equal, 1, 0, number(libc::SYS_exit_group)),
        statement(answer, 0, 0, libc::SECCOMP_RET_KILL_PROCESS),
        statement(answer, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: 5,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the program lives until both calls are over.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let mode = libc::SECCOMP_MODE_FILTER;
        assert_eq!(
            libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program),
            0
        );
    }
}

/// Ends the process without a further call.
fn done() -> ! {
    // SAFETY: the text is a constant.
    unsafe {
        libc::write(1, DONE.as_ptr().cast(), DONE.len());
        libc::_exit(0)
    }
}

fn sandboxed(run: &mut dyn FnMut()) {
    // What the system does lazily at the first use is not the plug-in's.
    run();
    shut_off();
    (0..500).for_each(|_| run());
    done();
}

/// Waits until the worker has made what was loaded; the audio thread has not taken it yet.
fn wait_for_load(host: &Host) {
    use std::sync::atomic::Ordering::Relaxed;
    while host.asked.callback.load(Relaxed) == 0 {
        std::thread::yield_now();
    }
}

fn check(name: &str, body: fn()) {
    if let Some(output) = in_child(name, body) {
        let said = output.stdout.ends_with(DONE);
        assert!(output.status.success() && said, "{:?}", output.status);
    }
}

/// What the sandbox runs gives the director something to do: notes, a macro, and the music.
#[test]
fn the_game_of_the_sandbox_is_heard() {
    let heard = |drive: f64, events: &[(usize, Event)]| {
        let mut host = Host::playing(Kind::Instrument, &game_state());
        let mut all = vec![(0, Event::Value(Param::Macro(0), drive))];
        all.extend_from_slice(events);
        let out = host.render(24_000, &[], &all, &[128]);
        out[0][12_000..].iter().map(|x| x.abs()).sum::<f32>()
    };
    let music = heard(1.0, &[]);
    assert!(
        heard(0.0, &[]) > 0.0,
        "the level that the context begins with"
    );
    assert!(heard(0.0, &[]) < 0.6 * music, "6 dB");
    let with_note = heard(1.0, &[(12_000, Event::On(60, 1.0))]);
    assert!(with_note > music, "{with_note} {music}");
}

#[test]
fn a_block_of_clap_calls_the_system_for_nothing() {
    check(
        "sandbox::a_block_of_clap_calls_the_system_for_nothing",
        || {
            let mut host = Host::playing(Kind::Instrument, &rich_state());
            host.idle();
            // Another project takes over while it plays.
            host.load(&game_state()).unwrap();
            wait_for_load(&host);
            let mut events = EventBuffer::new();
            EVENTS
                .iter()
                .for_each(|(time, event)| event.push(*time as u32, &mut events));
            let song = Song::at(3.9).event(0);
            host.block_in(128, &[], &events, Some(&song), &mut sandboxed);
        },
    );
}

#[test]
fn a_block_of_vst3_calls_the_system_for_nothing() {
    check(
        "sandbox::a_block_of_vst3_calls_the_system_for_nothing",
        || {
            let mut vst = Vst::new(Kind::Instrument);
            assert!(vst.load(&game_state()));
            vst.select(true);
            vst.start(48_000.0, 64);
            let mut block = vst.block(128, &[]);
            for (time, event) in EVENTS {
                vst.add(&mut block, time, event);
            }
            assert_eq!(vst.rig.process_in(&mut block, &mut sandboxed), kResultOk);
        },
    );
}
