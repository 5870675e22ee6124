//! An audio thread that runs beside the control thread puts out what a render without real time
//! does, and its session log brings back what was heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use assert_no_alloc::assert_no_alloc;
use integration_tests::acts::{Act, Performer, Script, Tweak, script};
use integration_tests::rig::{Rig, check_replay, check_same, peak};
use integration_tests::scene::Scene;
use integration_tests::seeded;
use proptest::prelude::*;
use segue_engine::rt::command::TransportCommand;
use segue_engine::{Control, NOW, Renderer};

/// Frames of a session.
const END: u64 = 60_000;

/// An audio thread that never renders beyond a frame that the control thread moves on.
struct Audio {
    allowed: Arc<AtomicU64>,
    done: Arc<AtomicU64>,
    thread: Option<JoinHandle<[Vec<f32>; 2]>>,
}

impl Audio {
    /// Renders up to [`END`] in blocks of any size.
    fn start(renderer: Renderer, seed: u64) -> Self {
        let (allowed, done) = <(Arc<AtomicU64>, Arc<AtomicU64>)>::default();
        let (limit, count) = (Arc::clone(&allowed), Arc::clone(&done));
        let thread = thread::Builder::new().name("audio".into());
        let thread = thread.spawn(move || run(renderer, seed, &limit, &count));
        Self {
            allowed,
            done,
            thread: Some(thread.unwrap()),
        }
    }

    /// Lets it render to its end.
    fn finish(mut self, control: &mut Control) -> [Vec<f32>; 2] {
        self.allow(END);
        self.await_frame(END, || control.update().unwrap());
        control.finish_recording(END).unwrap();
        self.thread.take().unwrap().join().unwrap()
    }

    fn allow(&self, frame: u64) {
        self.allowed.store(frame, Ordering::Release);
    }

    /// Waits until everything before `frame` is rendered, and collects meanwhile.
    fn await_frame(&self, frame: u64, mut meanwhile: impl FnMut()) {
        while self.done.load(Ordering::Acquire) < frame {
            meanwhile();
            thread::yield_now();
        }
    }
}

impl Drop for Audio {
    /// After a failure, the thread must not stay.
    fn drop(&mut self) {
        self.allow(END);
    }
}

fn run(mut renderer: Renderer, seed: u64, limit: &AtomicU64, done: &AtomicU64) -> [Vec<f32>; 2] {
    let mut out = [0, 1].map(|_| vec![f32::NAN; usize::try_from(END).unwrap()]);
    let mut state = seed;
    while renderer.now() < END {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let from = usize::try_from(renderer.now()).unwrap();
        let most = limit.load(Ordering::Acquire).saturating_sub(renderer.now());
        let frames = usize::try_from(most.min((state >> 33) % 1_025)).unwrap();
        let [left, right] = &mut out;
        let block = &mut [
            &mut left[from..from + frames],
            &mut right[from..from + frames],
        ];
        assert_no_alloc(|| renderer.process(block));
        done.store(renderer.now(), Ordering::Release);
        if frames == 0 {
            thread::yield_now();
        }
    }
    out
}

/// Sends every act ahead of its frame while the audio thread runs up to it.
fn play_ahead(rig: Rig, script: &Script, seed: u64) -> [Vec<f32>; 2] {
    let Rig {
        mut control,
        renderer,
        ..
    } = rig;
    let audio = Audio::start(renderer, seed);
    let mut performer = Performer::default();
    for (at, act) in script {
        performer.act(&mut control, *at, act);
        audio.allow(*at);
        control.update().unwrap();
    }
    audio.finish(&mut control)
}

/// Sends every act, meant for now, once the audio thread has passed its frame.
fn play_live(rig: Rig, script: &Script, seed: u64) -> [Vec<f32>; 2] {
    let Rig {
        mut control,
        renderer,
        ..
    } = rig;
    let audio = Audio::start(renderer, seed);
    let mut performer = Performer::default();
    audio.allow(END - 4_000);
    for (at, act) in script {
        audio.await_frame((*at).min(END - 4_000), || control.update().unwrap());
        performer.act(&mut control, NOW, act);
    }
    audio.finish(&mut control)
}

fn latency(rig: &Rig) -> usize {
    usize::try_from(rig.control.latency()).unwrap()
}

#[test]
fn commands_sent_ahead_give_the_bits_of_an_offline_render() {
    let scene = Scene::band();
    proptest!(seeded(12), |(mut script in script(END, 120), seed in any::<u64>())| {
        // A commit is heard when it comes, so it has no frame that could be kept.
        script.retain(|(_, act)| !matches!(act, Act::Graph(_)));
        script.insert(0, (0, Act::Transport(TransportCommand::Play)));
        let mut offline = Rig::new(&scene);
        Performer::default().run(&mut offline, (&script, END), 0, || 512);
        let live = Rig::recording(&scene, "live.log");
        let latency = latency(&live);
        let heard = play_ahead(live, &script, seed);
        check_same("real time", &offline.out, &heard);
        check_replay(&scene, "live.log", latency, &heard);
        prop_assert!(peak(&heard[0]) > 0.05);
    });
}

#[test]
fn what_was_heard_live_comes_back_from_the_log() {
    let scene = Scene::band();
    proptest!(seeded(12), |(script in script(END - 4_000, 120), seed in any::<u64>())| {
        let rig = Rig::recording(&scene, "live.log");
        let latency = latency(&rig);
        let heard = play_live(rig, &script, seed);
        check_replay(&scene, "live.log", latency, &heard);
    });
}

/// As many commits as the mixer takes, one right after the other: in the log they are only told
/// apart by what they had to wait for.
#[test]
fn a_storm_of_commits_comes_back_from_the_log() {
    let scene = Scene::band();
    let mut script: Script = vec![(0, Act::Transport(TransportCommand::Play))];
    script.extend((0..150).map(|n| {
        let tweaks = vec![
            Tweak::AddInsert(n, n),
            Tweak::AddBus(n),
            Tweak::SetOutput(n + 1, n),
        ];
        (300 * n as u64, Act::Graph(tweaks))
    }));
    let rig = Rig::recording(&scene, "storm.log");
    let latency = latency(&rig);
    let heard = play_live(rig, &script, 5);
    check_replay(&scene, "storm.log", latency, &heard);
    assert!(peak(&heard[0]) > 0.05);
}
