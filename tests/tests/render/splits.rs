//! The output does not depend on how time is cut into blocks, on when commands were queued, on the
//! machine's vectors, or on whether it is a replay.

use integration_tests::acts::{Performer, Script, script};
use integration_tests::rig::{Rig, check_replay, check_same, peak};
use integration_tests::scene::Scene;
use integration_tests::seeded;
use proptest::prelude::*;
use segue_engine::SimdLevel;
use std::cell::Cell;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// Frames of a session.
const END: u64 = 30_000;

fn perform(rig: &mut Rig, script: &Script, lead: u64, sizes: &[usize]) -> [Vec<f32>; 2] {
    let mut sizes = sizes.iter().copied().cycle();
    let blocks = || sizes.next().unwrap();
    Performer::default().run(rig, (script, END), lead, blocks);
    rig.out.clone()
}

fn check_script(scene: &Scene, script: &Script, lead: u64, sizes: &[usize]) -> f32 {
    let mut recording = Rig::recording(scene, "session.log");
    let latency = usize::try_from(recording.control.latency()).unwrap();
    let steady = perform(&mut recording, script, 0, &[512]);
    recording.finish_recording();
    let split = perform(&mut Rig::new(scene), script, lead, sizes);
    check_same("other blocks", &steady, &split);
    check_replay(scene, "session.log", latency, &steady);
    assert!(steady.iter().flatten().all(|x| x.is_finite()));
    peak(&steady[0])
}

/// Some sizes, and then one that is not 0, so that it ends.
fn sizes() -> impl Strategy<Value = Vec<usize>> {
    let size = prop_oneof![2 => 0..40_usize, 1 => Just(0), 3 => 1..=4_096_usize];
    (prop::collection::vec(size, 0..12), 1..=4_096_usize).prop_map(|(mut sizes, last)| {
        sizes.push(last);
        sizes
    })
}

#[test]
fn any_blocks_any_lead_and_the_replay_give_the_same_bits() {
    let scene = Scene::band();
    let heard = Cell::new(0);
    let cases = 48;
    proptest!(seeded(cases), |(script in script(END, 60), lead in 0..9_000_u64, sizes in sizes())| {
        let peak = check_script(&scene, &script, lead, &sizes);
        heard.set(heard.get() + u32::from(peak > 0.05));
    });
    assert!(
        heard.get() * 4 > cases * 3,
        "only {} scripts are heard",
        heard.get()
    );
}

/// An engine that goes from thread to thread, a block on each.
fn passed_around(scene: &Scene, threads: usize) -> [Vec<f32>; 2] {
    let mut rig = Rig::new(scene);
    rig.control.play().unwrap();
    thread::scope(|scope| {
        let hands: Vec<(Sender<Rig>, Receiver<Rig>)> = (0..threads)
            .map(|_| {
                let (give, taken) = channel::<Rig>();
                let (back, get) = channel();
                scope.spawn(move || {
                    for mut rig in taken {
                        rig.block(512);
                        back.send(rig).unwrap();
                    }
                });
                (give, get)
            })
            .collect();
        for (give, get) in hands.iter().cycle().take(60) {
            give.send(rig).unwrap();
            rig = get.recv().unwrap();
        }
        drop(hands);
        rig.out
    })
}

#[test]
fn one_to_four_threads_in_turn_give_the_same_bits() {
    let scene = Scene::band();
    let mut alone = Rig::new(&scene);
    alone.control.play().unwrap();
    alone.run_to(60 * 512);
    assert!(peak(&alone.out[0]) > 0.05);
    for threads in 1..=4 {
        let out = passed_around(&scene, threads);
        check_same(&format!("{threads} threads"), &out, &alone.out);
    }
}

#[test]
fn one_frame_at_a_time_gives_the_same_bits() {
    let scene = Scene::band();
    proptest!(seeded(2), |(script in script(END, 60))| {
        check_script(&scene, &script, 100, &[1]);
    });
}

#[test]
fn every_vector_width_gives_the_same_bits() {
    let scene = Scene::band();
    proptest!(seeded(6), |(script in script(END, 60))| {
        let at = |level| {
            let mut rig = Rig::with(&scene, |config| config.simd = level);
            perform(&mut rig, &script, 0, &[512])
        };
        let scalar = at(SimdLevel::Scalar);
        for level in SimdLevel::available() {
            check_same(level.name(), &scalar, &at(*level));
        }
    });
}
