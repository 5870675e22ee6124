//! Programs: woken at their frames, on the same bits for any blocks, and nothing allocated.

use super::*;
use crate::game::{Desk, GameCall, NameId, ObjectId, PlayingId, Program};
use crate::keymap::{NoteEvent, NoteKind};
use crate::voices::{VoiceEvent, VoiceGroup};

/// Starts a voice for every post, moves it and its bus every 32 frames, lets note 60 through and
/// writes down what it hears.
struct Metronome {
    params: VoiceParams,
    voice: VoiceId,
    next: u64,
    posts: u64,
    heard: Heard,
}

/// What the tests look at, of fixed size.
#[derive(Clone, Copy, Default)]
struct Heard {
    runs: u64,
    ticks: u64,
    ended: u64,
    refused: [u64; 32],
    loudest: f32,
}

impl Metronome {
    fn boxed(params: VoiceParams) -> Box<Self> {
        Box::new(Self {
            params,
            voice: VoiceId(0),
            next: u64::MAX,
            posts: 0,
            heard: Heard::default(),
        })
    }
}

impl Program for Metronome {
    fn call(&mut self, at: u64, call: &GameCall, desk: &mut dyn Desk) {
        if let GameCall::Post { .. } = call {
            self.posts += 1;
            self.voice = desk.start(&self.params);
            self.next = at.next_multiple_of(32);
        }
    }

    fn note(&mut self, at: u64, note: &NoteEvent, desk: &mut dyn Desk) -> bool {
        let taken = note.key != 60;
        if taken && note.kind == NoteKind::On {
            let post = GameCall::Post {
                event: NameId::of("note"),
                object: ObjectId::GLOBAL,
                emitter: 0,
                gain: 1.0,
                playing: PlayingId(1),
            };
            self.call(at, &post, desk);
        }
        taken
    }

    fn next_boundary(&self, at: u64) -> u64 {
        self.next.max(at)
    }

    fn run(&mut self, at: u64, desk: &mut dyn Desk) {
        self.heard.runs += 1;
        let part = (at / 32 % 8) as f32 / 8.0;
        let voice = self.voice;
        let width = 2.0 * part;
        desk.voice(&VoiceCommand::Width {
            voice,
            width,
            ramp: 20,
        });
        let gain = 0.1 + 0.9 * part;
        desk.voice(&VoiceCommand::Gain {
            voice,
            gain,
            ramp: 32,
        });
        desk.bus_trim(self.params.bus, 1.0 - 0.5 * part, 32);
        self.next = at + 32;
    }

    fn tick(&mut self, _: u64, desk: &mut dyn Desk) {
        self.heard.ticks += 1;
        self.heard.loudest = self.heard.loudest.max(desk.bus_power(self.params.bus));
        while let Some(report) = desk.next_report() {
            self.heard.ended += u64::from(report.event == VoiceEvent::Ended);
            let refused = u64::from(report.event == VoiceEvent::Refused);
            self.heard.refused[report.reason as usize] += refused;
        }
    }

    fn take_over(&mut self, _: u64, old: &mut dyn Program, _: &mut dyn Desk) {
        if let Some(old) = old.as_any().downcast_mut::<Self>() {
            (self.voice, self.next) = (old.voice, old.next);
            (self.posts, self.heard) = (old.posts, old.heard);
        }
    }

    fn as_any(&mut self) -> &mut dyn std::any::Any {
        self
    }
}

const POST: GameCall = GameCall::Post {
    event: NameId::of("go"),
    object: ObjectId::GLOBAL,
    emitter: 0,
    gain: 1.0,
    playing: PlayingId(1),
};

fn with_program(params: impl Fn(&Rig) -> VoiceParams) -> Rig {
    let mut rig = rig();
    let params = params(&rig);
    rig.install(0, Install::Program(Metronome::boxed(params)));
    rig
}

fn heard(rig: &mut Rig) -> Heard {
    let program = rig.renderer.program.as_mut().expect("installed");
    program
        .as_any()
        .downcast_ref::<Metronome>()
        .expect("a metronome")
        .heard
}

#[test]
fn a_program_gives_the_same_bits_for_any_blocks() {
    let render = |blocks: &[usize]| {
        let mut rig = with_program(|rig| rig.sound(1, 1));
        rig.at(777, Plain::Game(POST));
        rig.at(5_001, Plain::Game(POST));
        rig.run(20_000, blocks);
        let heard = heard(&mut rig);
        (rig.bits(), heard.runs, heard.ticks, heard.loudest.to_bits())
    };
    let whole = render(&[20_000]);
    assert!(whole.0.iter().any(|x| *x != 0));
    assert_eq!((whole.1, whole.2), ((20_000 - 800) / 32, 42));
    assert!(f32::from_bits(whole.3) > 0.0);
    for blocks in [vec![1, 7, 64], vec![16], vec![31], vec![1_000, 0, 3]] {
        assert!(render(&blocks) == whole, "{blocks:?}");
    }
}

#[test]
fn a_call_is_heard_on_its_frame_and_logged() {
    let mut rig = with_program(plain);
    rig.at(777, Plain::Game(POST));
    rig.run(2_000, &[100]);
    assert!(rig.out[0][..777].iter().all(|x| *x == 0.0));
    assert_eq!(rig.out[0][777], sample(0, 0));
    let logged = Logged::Plain(Plain::Game(POST));
    assert!(
        rig.log()
            .iter()
            .any(|row| row.at == 777 && row.what == logged)
    );
}

#[test]
fn without_a_program_a_call_is_counted() {
    let mut rig = rig();
    rig.at(10, Plain::Game(POST));
    rig.run(1_000, &[64]);
    assert_eq!(rig.link.snapshots.read().stale, 1);
}

#[test]
fn another_program_takes_over_and_the_old_one_comes_back() {
    let mut rig = with_program(|rig| rig.sound(1, 1));
    rig.at(100, Plain::Game(POST));
    rig.run(1_000, &[64]);
    let params = rig.sound(1, 1);
    rig.install(1_000, Install::Program(Metronome::boxed(params)));
    rig.run(2_000, &[64]);
    let came_back = |retired: &Retired| matches!(retired, Retired::Program(_));
    assert_eq!(rig.retired.iter().filter(|it| came_back(it)).count(), 1);
    let heard = heard(&mut rig);
    assert_eq!(heard.runs, (2_000 - 128_u64).div_ceil(32));
}

#[test]
fn a_program_hears_of_its_voices_and_takes_its_notes() {
    let mut rig = with_program(|rig| VoiceParams {
        length: 500,
        ..rig.sound(0, 0)
    });
    let note = |key| NoteEvent {
        kind: NoteKind::On,
        channel: 0,
        key,
        velocity: 1.0,
        note_id: -1,
        at: 0,
    };
    rig.at(100, Plain::Note(note(61)));
    rig.at(200, Plain::Note(note(60)));
    rig.run(3_000, &[64]);
    assert_eq!(heard(&mut rig).ended, 1);
}

/// Reads its reports at the beginning of every tick; then, in the second one, starts a voice of a sound
/// that there is not.
struct Starter {
    params: VoiceParams,
    ticks: u64,
    /// How many, and the frame of the last one.
    refused: (u64, u64),
}

impl Program for Starter {
    fn call(&mut self, _: u64, _: &GameCall, _: &mut dyn Desk) {}

    fn note(&mut self, _: u64, _: &NoteEvent, _: &mut dyn Desk) -> bool {
        false
    }

    fn next_boundary(&self, _: u64) -> u64 {
        u64::MAX
    }

    fn run(&mut self, _: u64, _: &mut dyn Desk) {}

    fn tick(&mut self, _: u64, desk: &mut dyn Desk) {
        while let Some(report) = desk.next_report() {
            assert_eq!(report.event, VoiceEvent::Refused);
            self.refused = (self.refused.0 + 1, report.at);
        }
        self.ticks += 1;
        if self.ticks == 2 {
            desk.start(&self.params);
        }
    }

    fn take_over(&mut self, _: u64, _: &mut dyn Program, _: &mut dyn Desk) {}

    fn as_any(&mut self) -> &mut dyn std::any::Any {
        self
    }
}

#[test]
fn what_a_program_does_in_a_tick_is_told_in_the_next() {
    let mut rig = rig();
    let params = VoiceParams {
        sound: SoundId::new(6, 1),
        ..rig.sound(0, 0)
    };
    let program = Starter {
        params,
        ticks: 0,
        refused: (0, 0),
    };
    rig.install(0, Install::Program(Box::new(program)));
    rig.run(5_000, &[64]);
    let program = rig.renderer.program.as_mut().expect("installed");
    let program = program.as_any().downcast_ref::<Starter>().expect("it");
    assert_eq!(program.refused.0, 1, "once");
    assert!(program.refused.1.is_multiple_of(480));
}

#[test]
fn groups_have_their_own_limits_and_reasons() {
    let group = VoiceGroup { key: 7, limit: 2 };
    let reasons = [
        Reason::LimitEvent,
        Reason::LimitContainer,
        Reason::LimitObject,
    ];
    for (n, reason) in reasons.into_iter().enumerate() {
        let mut setup = setup(SimdLevel::detect());
        setup.policy.on_limit = crate::voices::OnLimit::Reject;
        setup.policy.steal_mode = crate::voices::StealMode::None;
        let mut rig = Rig::new(&setup);
        let mut params = rig.sound(0, 0);
        params.groups[n] = group;
        rig.install(0, Install::Program(Metronome::boxed(params)));
        for post in 0..4 {
            rig.at(100 + post, Plain::Game(POST));
        }
        rig.run(2_000, &[64]);
        assert_eq!(heard(&mut rig).refused[reason as usize], 2, "{reason:?}");
    }
}

#[test]
fn width_scales_the_difference_of_the_sides() {
    for width in [0.0, 0.5, 2.0] {
        let mut rig = rig();
        let params = VoiceParams {
            width,
            ..plain(&rig)
        };
        rig.start(0, 1, params);
        rig.run(1_000, &[64]);
        for n in 0..1_000 {
            let (l, r) = (sample(0, n), sample(1, n));
            let (middle, side) = (0.5 * (l + r), 0.5 * (l - r) * width);
            assert!((rig.out[0][n] - (middle + side)).abs() < 1e-6, "{width}");
            assert!((rig.out[1][n] - (middle - side)).abs() < 1e-6, "{width}");
        }
    }
}

#[test]
fn a_trim_is_at_once_or_in_a_straight_line() {
    let mut rig = rig();
    let bus = rig.buses[0];
    rig.start(0, 1, VoiceParams { ..plain(&rig) });
    rig.run(1_000, &[64]);
    rig.renderer.mixer.trim_bus(1_000, bus, 0.5, 0);
    rig.run(1_500, &[64]);
    rig.renderer.mixer.trim_bus(1_500, bus, 0.0, 100);
    rig.run(2_000, &[64]);
    for n in 0..2_000 {
        let trim = match n {
            0..1_000 => 1.0,
            1_000..1_500 => 0.5,
            1_500..1_600 => 0.5 * (1.0 - (n - 1_500) as f32 / 100.0),
            _ => 0.0,
        };
        let wanted = sample(0, n) * trim;
        assert!((rig.out[0][n] - wanted).abs() < 1e-6, "{n}");
    }
}
