//! Streams from a disk that is slow or broken, on a whole engine.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use segue_rt::command::Reason;
use segue_rt::ids::SoundId;
use segue_rt::renderer::Renderer;
use segue_rt::sound::{Planes, Sound, SoundSettings};
use segue_rt::voices::{VoiceCommand, VoiceEvent, VoiceParams};

use super::*;
use crate::disk::FrameSource;

/// Frames of each sound, and how many of the streamed one are in memory.
const FRAMES: usize = 60_000;
const HEAD: usize = 4_096;
/// Frames before the end of what is there that an interpolator asks for.
const REACH: usize = 1_024;

fn wave(n: usize) -> f32 {
    ((n * 7_919) % 2_001) as f32 / 2_000.0 - 0.5
}

/// The second channel is `wave`, the first one silent; as `wave` says.
struct Disk {
    /// A read waits for one of these; when there are no more senders, none waits.
    gate: Option<Receiver<()>>,
    /// Reads of these frames fail.
    broken: std::ops::Range<u64>,
}

impl FrameSource for Disk {
    fn channels(&self) -> usize {
        2
    }

    fn frames(&self) -> u64 {
        FRAMES as u64
    }

    fn read(&mut self, start: u64, out: &mut [f32]) -> io::Result<usize> {
        if let Some(gate) = &self.gate {
            _ = gate.recv();
        }
        let frames = out.len() as u64 / 2;
        if start < self.broken.end && start + frames > self.broken.start {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        for (n, frame) in (start..).zip(out.chunks_exact_mut(2)) {
            frame.copy_from_slice(&[0.0, wave(usize::try_from(n).unwrap())]);
        }
        Ok(out.len() / 2)
    }
}

/// An engine with a sound on its left that is in memory and one on its right that is streamed.
struct Rig {
    control: Control,
    renderer: Renderer,
    shared: Shared,
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Rig {
    /// `None` keeps all of the right sound in memory.
    fn new(disk: Option<Disk>) -> Self {
        let (mut control, renderer, shared) = create(EngineConfig::new(48_000)).unwrap();
        let ids = [(); 2].map(|()| control.sound_ids.allocate().unwrap());
        let (silence, wave): (Vec<f32>, Vec<f32>) = (0..FRAMES).map(|n| (0.0, wave(n))).unzip();
        let settings = SoundSettings::default();
        let left = Sound::resident(&Planes::F32(&[&wave, &silence]), settings).unwrap();
        let head = if disk.is_some() { HEAD } else { FRAMES };
        let head = Planes::F32(&[&silence[..head], &wave[..head]]);
        let right = Sound::streamed(&head, FRAMES as u64, settings).unwrap();
        if let Some(disk) = disk {
            control.disk.add(ids[1], Box::new(disk));
        }
        let update = control.commit.commit(&control.graph, &mut Vec::new());
        control.install(Install::Graph(update.unwrap())).unwrap();
        let batch = vec![
            Some((ids[0], Box::new(left))),
            Some((ids[1], Box::new(right))),
        ];
        control.install(Install::Sounds(batch)).unwrap();
        for (voice, sound) in (1..).map(segue_rt::ids::VoiceId).zip(ids) {
            let params = params(sound, &control);
            let start = VoiceCommand::Start { voice, params };
            control.send(NOW, Plain::Voice(start)).unwrap();
        }
        let (left, right) = Default::default();
        Self {
            control,
            renderer,
            shared,
            left,
            right,
        }
    }

    fn run_to(&mut self, end: usize) {
        while self.left.len() < end {
            let frames = (end - self.left.len()).min(256);
            let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
            self.renderer.process(&mut [&mut left, &mut right]);
            self.left.extend(left);
            self.right.extend(right);
            self.control.update().unwrap();
        }
    }

    /// Waits for the disk from now on.
    fn wait_for_disk(&mut self) {
        self.renderer.set_wait(Some(thread::yield_now));
    }

    fn missing(&self) -> u64 {
        self.shared.snapshot().voices.missing_frames
    }
}

fn params(sound: SoundId, control: &Control) -> VoiceParams {
    VoiceParams::new(sound, control.graph.master())
}

fn gate() -> (Sender<()>, Option<Receiver<()>>) {
    let (open, gate) = channel();
    (open, Some(gate))
}

/// What both sounds give from memory.
fn reference(end: usize) -> Rig {
    let mut rig = Rig::new(None);
    rig.run_to(end);
    assert!(rig.right[100..].iter().any(|x| x.abs() > 0.1));
    rig
}

#[test]
fn a_slow_disk_is_counted_and_silent_for_its_voice_only() {
    let reference = reference(50_000);
    let (open, closed) = gate();
    let mut rig = Rig::new(Some(Disk {
        gate: closed,
        broken: 0..0,
    }));
    rig.run_to(20_000);
    assert_eq!(
        rig.right[..HEAD - REACH],
        reference.right[..HEAD - REACH],
        "the head"
    );
    assert!(
        rig.right[HEAD + 1..].iter().all(|x| *x == 0.0),
        "not silent"
    );
    let missing = rig.missing();
    assert!(missing >= 15_000, "only {missing} frames are missing");

    // The disk comes back, and so does the sound, in its place.
    drop(open);
    rig.wait_for_disk();
    rig.run_to(50_000);
    assert_eq!(
        rig.right[20_000..],
        reference.right[20_000..50_000],
        "afterwards"
    );
    assert_eq!(rig.left, reference.left, "the sound in memory");
}

#[test]
fn what_cannot_be_read_is_silent_and_counted() {
    let end = FRAMES + 2_000;
    let reference = reference(end);
    let broken = 16_000..30_000;
    let mut rig = Rig::new(Some(Disk {
        gate: None,
        broken: broken.clone(),
    }));
    rig.wait_for_disk();
    rig.run_to(end);
    // Whole reads of 4,096 frames fail.
    let lost = usize::try_from(rig.control.unread_frames()).unwrap();
    assert!(
        (14_000..14_000 + 2 * 4_096).contains(&lost),
        "{lost} are lost"
    );
    let silent = &rig.right[16_002..29_998];
    assert!(silent.iter().all(|x| *x == 0.0), "not silent");
    assert_eq!(rig.right[..11_000], reference.right[..11_000], "before");
    assert_eq!(rig.right[35_000..], reference.right[35_000..], "afterwards");
    assert_eq!(rig.left, reference.left, "the sound in memory");
    assert_eq!(rig.missing(), 0, "a broken disk is not a slow one");
    let ended = std::iter::from_fn(|| rig.control.next_report())
        .filter(|report| report.event == VoiceEvent::Ended)
        .map(|report| report.reason);
    assert_eq!(ended.collect::<Vec<_>>(), [Reason::NaturalEnd; 2]);
}

#[test]
fn a_renderer_without_its_control_side_does_not_wait() {
    let (open, closed) = gate();
    let rig = Rig::new(Some(Disk {
        gate: closed,
        broken: 0..0,
    }));
    let Rig {
        control,
        mut renderer,
        ..
    } = rig;
    renderer.set_wait(Some(thread::yield_now));
    drop(open);
    drop(control);
    let (mut left, mut right) = (vec![0.0; FRAMES], vec![0.0; FRAMES]);
    renderer.process(&mut [&mut left, &mut right]);
    assert!(left[..FRAMES - 10].iter().any(|x| *x != 0.0));
}
