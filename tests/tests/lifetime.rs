//! How engines begin and end: on which threads, in which order, and what they leave behind.
//!
//! A binary of its own, since it counts threads and memory of the whole process.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "these are tests, helpers and all")]

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use integration_tests::rig::{Rig, peak};
use integration_tests::scene::Scene;
use segue_engine::rt::command::Plain;
use segue_engine::rt::ids::BusId;
use segue_engine::rt::meters::MeterReader;
use segue_engine::rt::voices::VoiceCommand;
use segue_engine::{Control, EngineConfig, NOW, PlayOptions, Renderer, Shared, create};

/// One test at a time: they look at the whole process.
static PROCESS: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    PROCESS.lock().unwrap_or_else(PoisonError::into_inner)
}

const fn is_send<T: Send>() {}
const fn is_shared<T: Send + Sync + Clone + 'static>() {}

/// Has one meaning for a type that is not `Sync` and two for one that is, which do not compile.
trait NotSync<Meaning> {
    const HOLDS: () = ();
}
struct Other;
impl<T> NotSync<()> for T {}
impl<T: Sync> NotSync<Other> for T {}

/// The threads, as types: a call from the wrong one does not compile.
const _: () = {
    is_send::<Renderer>();
    is_send::<Control>();
    is_shared::<Shared>();
    let () = <Renderer as NotSync<_>>::HOLDS;
    let () = <Control as NotSync<_>>::HOLDS;
};

/// Threads of engines in this process.
fn engine_threads() -> usize {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else {
        // Only Linux shows them.
        return 0;
    };
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("segue")).count()
}

/// Bytes of memory in use, where the system tells.
fn resident_bytes() -> Option<usize> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4_096)
}

#[test]
fn the_counters_count() {
    let _alone = alone();
    if !cfg!(target_os = "linux") {
        return;
    }
    assert_eq!(engine_threads(), 0);
    let engine = create(EngineConfig::new(48_000)).unwrap();
    // It gives itself its name once it runs.
    while engine_threads() == 0 {
        thread::yield_now();
    }
    assert_eq!(engine_threads(), 1);
    drop(engine);
    let before = resident_bytes().unwrap();
    let held = std::hint::black_box(vec![1_u8; 16 << 20]);
    assert!(resident_bytes().unwrap() >= before + (15 << 20));
    drop(held);
}

#[test]
fn a_thousand_engines_leave_nothing() {
    let _alone = alone();
    let mut before = None;
    for n in 0..1_000 {
        let (control, mut renderer, shared) = create(EngineConfig::new(48_000)).unwrap();
        renderer.process(&mut [&mut [0.0; 64], &mut [0.0; 64]]);
        drop((control, renderer, shared));
        if n == 100 {
            before = resident_bytes();
        }
    }
    assert_eq!(engine_threads(), 0);
    check_memory(before, 4 << 20);
}

#[track_caller]
fn check_memory(before: Option<usize>, most: usize) {
    if let (Some(before), Some(now)) = (before, resident_bytes()) {
        let grown = now.saturating_sub(before);
        assert!(grown <= most, "memory grew by {grown} bytes");
    }
}

/// A part of an engine.
enum Part {
    Control(Box<Control>),
    Renderer(Box<Renderer>),
    Shared(Shared),
    Meters(MeterReader, BusId),
}

/// The parts of an engine that plays, streams included.
fn parts(scene: &Scene) -> [Part; 4] {
    let mut rig = Rig::new(scene);
    rig.control.play().unwrap();
    rig.control
        .play_sound("long", &PlayOptions::default())
        .unwrap();
    rig.run_to(20_000);
    rig.control
        .play_sound("deep", &PlayOptions::default())
        .unwrap();
    let Rig {
        control,
        renderer,
        shared,
        ..
    } = rig;
    let meters = shared.meters().unwrap();
    let master = control.bus("master").unwrap();
    [
        Part::Control(Box::new(control)),
        Part::Renderer(Box::new(renderer)),
        Part::Shared(shared),
        Part::Meters(meters, master),
    ]
}

/// Uses what is left, on this thread.
fn poke(part: &mut Part) {
    match part {
        Part::Control(control) => {
            control.update().unwrap();
            control.stop().unwrap();
        }
        Part::Renderer(renderer) => {
            renderer.process(&mut [&mut [0.0; 3_000], &mut [0.0; 3_000]]);
        }
        Part::Shared(shared) => _ = shared.snapshot(),
        Part::Meters(meters, master) => _ = meters.read(*master),
    }
}

/// The `n`th order of four things.
fn order(mut n: usize) -> Vec<usize> {
    let mut left: Vec<usize> = (0..4).collect();
    (1..=4)
        .rev()
        .map(|choices| {
            let at = n % choices;
            n /= choices;
            left.remove(at)
        })
        .collect()
}

#[test]
fn parts_may_go_in_any_order_on_any_thread() {
    let _alone = alone();
    let scene = Scene::band();
    for n in 0..24 {
        let mut parts = parts(&scene).map(Some);
        for index in order(n) {
            let part = parts[index].take();
            let elsewhere = thread::Builder::new().name("elsewhere".into());
            elsewhere.spawn(move || drop(part)).unwrap().join().unwrap();
            parts.iter_mut().flatten().for_each(poke);
        }
    }
    assert_eq!(engine_threads(), 0);
}

#[test]
fn a_thousand_sounds_come_and_go_in_the_same_memory() {
    let _alone = alone();
    let scene = Scene::band();
    let mut rig = Rig::new(&scene);
    let mut before = None;
    for n in 0..1_100 {
        if n == 100 {
            before = resident_bytes();
        }
        let sound = ["noise", "pad", "long", "deep"][n % 4];
        let voice = rig
            .control
            .play_sound(sound, &PlayOptions::default())
            .unwrap();
        let master = rig.control.bus("master").unwrap();
        // Every now and then the graph changes, which makes and retires large things.
        if n % 10 == 0 {
            let insert = rig.control.add_insert(master, 0, "eq", &[]).unwrap();
            rig.control.commit().unwrap();
            rig.run_to(rig.renderer.now() + 1_500);
            rig.control
                .apply(segue_engine::Edit::RemoveInsert { insert })
                .unwrap();
            rig.control.commit().unwrap();
        }
        rig.run_to(rig.renderer.now() + 1_500);
        rig.control.stop_voice(voice, 0.005).unwrap();
        rig.run_to(rig.renderer.now() + 500);
        rig.out.iter_mut().for_each(Vec::clear);
        while rig.control.next_report().is_some() {}
    }
    let snapshot = rig.shared.snapshot();
    assert!(
        snapshot.voices.real + snapshot.voices.virtual_voices < 4,
        "{snapshot:?}"
    );
    check_memory(before, 2 << 20);
}

/// The rig aborts when the audio thread frees something.
#[test]
fn sounds_are_removed_while_they_play() {
    let _alone = alone();
    let scene = Scene::band();
    let mut rig = Rig::new(&scene);
    rig.control.play().unwrap();
    for sound in ["pad", "long", "deep", "noise"] {
        rig.control
            .play_sound(sound, &PlayOptions::default())
            .unwrap();
    }
    rig.run_to(3_000);
    assert!(peak(&rig.out[0]) > 0.05);
    for sound in integration_tests::scene::SOUNDS {
        let sound = rig.control.sound(sound).unwrap().sound;
        rig.control.send(NOW, Plain::RemoveSound(sound)).unwrap();
        // Twice is once.
        rig.control.send(NOW, Plain::RemoveSound(sound)).unwrap();
    }
    rig.run_to(40_000);
    let tail = &rig.out[0][20_000..];
    assert!(peak(tail) < 1e-6, "a removed sound is heard");
    let voices = rig.shared.snapshot().voices;
    assert_eq!(
        (voices.real, voices.virtual_voices, voices.tails),
        (0, 0, 0)
    );
    rig.control
        .send(NOW, Plain::Voice(VoiceCommand::StopAll { fade: 0 }))
        .unwrap();
    rig.run_to(41_000);
}

/// Nobody collects: what the audio thread lets go of stays, it frees nothing and plays on.
#[test]
fn a_control_side_that_sleeps_costs_nothing_but_commands() {
    let _alone = alone();
    let scene = Scene::band();
    let mut rig = Rig::with(&scene, |config| config.limits.commands = 64);
    rig.control.play().unwrap();
    let mut refused = 0;
    for _ in 0..1_000 {
        let master = rig.control.bus("master").unwrap();
        if rig.control.add_insert(master, 0, "gain", &[]).is_ok() {
            refused += u32::from(rig.control.commit().is_err());
        }
        let (mut left, mut right) = ([0.0; 128], [0.0; 128]);
        assert_no_alloc::assert_no_alloc(|| rig.renderer.process(&mut [&mut left, &mut right]));
        assert!(left.iter().all(|x| x.is_finite()));
    }
    assert!(refused > 0, "the mixer takes two updates at a time");
    rig.control.update().unwrap();
    rig.control.commit().unwrap();
    rig.run_to(rig.renderer.now() + 3_000);
}
