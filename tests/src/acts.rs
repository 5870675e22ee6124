//! Random things to do with an engine that plays [`BAND`](crate::scene::BAND), each at its frame.

use proptest::prelude::*;
use segue_engine::rt::command::{MixerCommand, Plain, TransportCommand};
use segue_engine::rt::graph::CommitError;
use segue_engine::rt::graph::SendTap;
use segue_engine::rt::ids::{BusId, InsertId, SendId, VoiceId};
use segue_engine::rt::keymap::{NoteEvent, NoteKind};
use segue_engine::rt::voices::{VoiceCommand, VoiceParams};
use segue_engine::{Control, Edit, Error};

use crate::rig::Rig;
use crate::scene::SOUNDS;

/// Inserts of the band with one of their parameters: bus, insert, row and range.
const PARAMS: [(&str, &str, u16, [f32; 2]); 5] = [
    ("master", "ceiling", 0, [-12.0, 0.0]),
    ("music", "duck", 0, [-60.0, 0.0]),
    ("drums", "tone", 2, [50.0, 9_000.0]),
    ("drums", "tone", 3, [-12.0, 12.0]),
    ("fx", "trim", 0, [-30.0, 6.0]),
];

/// Something to do at a frame. Numbers that name an object are taken modulo how many there are.
#[derive(Clone, Debug)]
pub enum Act {
    /// Starts a sound under the next voice id.
    Start {
        /// Of [`SOUNDS`].
        sound: usize,
        /// Changes to how the project plays it: gain, pan, pitch, first frame, fade-in, low-pass.
        change: (f32, f32, f64, u64, u32, f32),
    },
    /// Something for a voice that was started before.
    Voice(u64, VoiceCommand),
    /// A note.
    Note(NoteKind, u8, f32),
    /// Something for the transport.
    Transport(TransportCommand),
    /// Something for a bus or an insert; the ids in it are put in later.
    Mixer(usize, MixerCommand),
    /// Edits of the graph, and a commit.
    Graph(Vec<Tweak>),
}

/// An edit of the graph. Those that the graph refuses do nothing.
#[derive(Clone, Copy, Debug)]
pub enum Tweak {
    /// A new bus into another one.
    AddBus(usize),
    /// Removes a bus.
    RemoveBus(usize),
    /// Plays a bus into another one.
    SetOutput(usize, usize),
    /// Sends a bus into another one.
    AddSend(usize, usize, f32, bool),
    /// Removes a send.
    RemoveSend(usize),
    /// A new insert: bus and kind.
    AddInsert(usize, usize),
    /// Removes an insert.
    RemoveInsert(usize),
    /// Moves an insert to the front of its chain.
    MoveInsert(usize),
    /// Keys an insert by a bus.
    SetKey(usize, usize),
}

/// Acts in the order of their frames.
pub type Script = Vec<(u64, Act)>;

/// Up to `most` acts and three commits, 7,000 frames apart, before the frame `end`.
pub fn script(end: u64, most: usize) -> impl Strategy<Value = Script> {
    let acts = prop::collection::vec((0..end, act()), 0..most);
    let tweaks = prop::collection::vec(tweak(), 1..5);
    let commits = prop::collection::vec((0..900_u64, tweaks), 0..4);
    (acts, commits).prop_map(move |(mut script, commits)| {
        for (n, (jitter, tweaks)) in (1..).zip(commits) {
            script.push((n * 8_000 + jitter, Act::Graph(tweaks)));
        }
        script.retain(|(at, _)| *at < end);
        script.sort_by_key(|(at, _)| *at);
        script
    })
}

/// Carries a script out.
#[derive(Default)]
pub struct Performer {
    voices: u64,
    inserts: Vec<InsertId>,
    sends: Vec<SendId>,
    names: u32,
}

impl Performer {
    /// Renders `rig` to `end` in the blocks that `blocks` gives. Commands are queued when they are
    /// at most `lead` frames behind the block; commits land between blocks.
    pub fn run(
        &mut self,
        rig: &mut Rig,
        (script, end): (&Script, u64),
        lead: u64,
        mut blocks: impl FnMut() -> usize,
    ) {
        let mut rest = script.iter().peekable();
        while rig.renderer.now() < end {
            let now = rig.renderer.now();
            while let Some((_, act)) = rest.next_if(|(at, act)| is_due_edit(act) && *at <= now) {
                self.act(&mut rig.control, now, act);
            }
            let edit = rest.clone().find(|(_, act)| is_due_edit(act));
            let most = edit.map_or(end, |(at, _)| *at).min(end) - now;
            let frames = blocks().min(usize::try_from(most).unwrap());
            let horizon = now + frames as u64 + lead;
            while let Some((at, act)) = rest.next_if(|(at, act)| !is_due_edit(act) && *at < horizon)
            {
                self.act(&mut rig.control, *at, act);
            }
            rig.block(frames);
        }
    }

    /// Carries one act out, for the frame `at`.
    ///
    /// # Panics
    /// When something is refused that has to be possible.
    pub fn act(&mut self, control: &mut Control, at: u64, act: &Act) {
        let plain = match act {
            Act::Start { sound, change } => {
                self.voices += 1;
                Plain::Voice(start(control, VoiceId(self.voices), *sound, *change))
            }
            Act::Voice(which, command) => {
                let voice = VoiceId(which % self.voices.max(1) + 1);
                Plain::Voice(aimed(*command, voice))
            }
            Act::Note(kind, key, velocity) => Plain::Note(NoteEvent {
                kind: *kind,
                channel: key % 2,
                key: *key,
                velocity: *velocity,
                note_id: -1,
                at,
            }),
            Act::Transport(command) => Plain::Transport(*command),
            Act::Mixer(which, command) => match mixer(control, *which, *command) {
                Some(command) => Plain::Mixer(command),
                None => return,
            },
            Act::Graph(tweaks) => {
                tweaks.iter().for_each(|tweak| self.tweak(control, *tweak));
                commit(control);
                return;
            }
        };
        match control.send(at, plain) {
            // Its bus has been removed.
            Ok(()) | Err(Error::StaleInsert) => {}
            Err(error) => panic!("{plain:?}: {error}"),
        }
    }

    fn tweak(&mut self, control: &mut Control, tweak: Tweak) {
        match self.try_tweak(control, tweak) {
            Ok(()) | Err(Error::Graph(_)) => {}
            Err(error) => panic!("{tweak:?}: {error}"),
        }
    }

    fn try_tweak(&mut self, control: &mut Control, tweak: Tweak) -> segue_engine::Result<()> {
        let buses: Vec<BusId> = control.buses().map(|(_, bus)| bus).collect();
        let bus = |n: usize| buses[n % buses.len()];
        let insert = |n: usize| {
            *self
                .inserts
                .get(n % self.inserts.len().max(1))
                .unwrap_or(&NONE)
        };
        match tweak {
            Tweak::AddBus(to) => {
                self.names += 1;
                control
                    .add_bus(&format!("new {}", self.names), bus(to))
                    .map(|_| ())
            }
            Tweak::RemoveBus(n) => control.apply(Edit::RemoveBus { bus: bus(n) }),
            Tweak::SetOutput(n, to) => control.apply(Edit::SetOutput {
                bus: bus(n),
                output: bus(to),
            }),
            Tweak::AddSend(n, to, gain, pre) => {
                let tap = [SendTap::PostFader, SendTap::PreFader][usize::from(pre)];
                self.sends
                    .push(control.add_send(bus(n), bus(to), gain, tap)?);
                Ok(())
            }
            Tweak::RemoveSend(n) => match self.sends.len() {
                0 => Ok(()),
                len => control.apply(Edit::RemoveSend {
                    send: self.sends[n % len],
                }),
            },
            Tweak::AddInsert(n, kind) => {
                let kind = ["gain", "eq", "compressor", "limiter"][kind % 4];
                self.inserts.push(control.add_insert(bus(n), 0, kind, &[])?);
                Ok(())
            }
            Tweak::RemoveInsert(n) => control.apply(Edit::RemoveInsert { insert: insert(n) }),
            Tweak::MoveInsert(n) => control.apply(Edit::MoveInsert {
                insert: insert(n),
                position: 0,
            }),
            Tweak::SetKey(n, key) => control.apply(Edit::SetKey {
                insert: insert(n),
                key: Some(bus(key)),
            }),
        }
    }
}

/// An insert that there never was.
const NONE: InsertId = InsertId::new(0, 0);

/// Commits, unless two commits are under way; then the next one takes these edits along.
fn commit(control: &mut Control) {
    match control.commit() {
        Ok(()) | Err(Error::Commit(CommitError::Busy)) => {}
        Err(error) => panic!("commit: {error}"),
    }
}

fn is_due_edit(act: &Act) -> bool {
    matches!(act, Act::Graph(_))
}

fn start(
    control: &Control,
    voice: VoiceId,
    sound: usize,
    (gain, pan, pitch, start, fade_in, lpf_hz): (f32, f32, f64, u64, u32, f32),
) -> VoiceCommand {
    let project = control.sound(SOUNDS[sound % SOUNDS.len()]).unwrap();
    let params = VoiceParams {
        gain: project.gain * gain,
        pan,
        pitch: (project.pitch * pitch).clamp(0.125, 8.0),
        start,
        fade_in,
        lpf_hz,
        ..project
    };
    VoiceCommand::Start { voice, params }
}

/// `command` for another voice.
fn aimed(command: VoiceCommand, to: VoiceId) -> VoiceCommand {
    let mut command = command;
    match &mut command {
        VoiceCommand::Stop { voice, .. }
        | VoiceCommand::Pause { voice, .. }
        | VoiceCommand::Resume { voice, .. }
        | VoiceCommand::Gain { voice, .. }
        | VoiceCommand::Pan { voice, .. }
        | VoiceCommand::Pitch { voice, .. }
        | VoiceCommand::Filter { voice, .. }
        | VoiceCommand::Priority { voice, .. }
        | VoiceCommand::Seek { voice, .. }
        | VoiceCommand::LeaveLoop { voice } => *voice = to,
        _ => {}
    }
    command
}

/// `command` for a bus, send or insert that the band has now.
fn mixer(control: &Control, which: usize, command: MixerCommand) -> Option<MixerCommand> {
    let mut command = command;
    let buses: Vec<BusId> = control.buses().map(|(_, bus)| bus).collect();
    let (on, name, row, [low, high]) = PARAMS[which % PARAMS.len()];
    match &mut command {
        MixerCommand::BusGain { bus, .. }
        | MixerCommand::BusPan { bus, .. }
        | MixerCommand::BusMute { bus, .. }
        | MixerCommand::BusSolo { bus, .. } => *bus = buses[which % buses.len()],
        MixerCommand::SendGain { send, .. } => *send = control.send_of("music", "fx")?,
        MixerCommand::InsertParam {
            insert,
            param,
            value,
        } => {
            *insert = control.insert(on, name)?;
            *param = row;
            *value = low + *value * (high - low);
        }
        MixerCommand::InsertMix { insert, .. } | MixerCommand::InsertBypass { insert, .. } => {
            *insert = control.insert(on, name)?;
        }
    }
    Some(command)
}

fn act() -> impl Strategy<Value = Act> {
    let change = (
        0.0..2.0_f32,
        -1.0..=1.0_f32,
        0.3..3.0_f64,
        0..3_000_u64,
        0..500_u32,
    );
    let change = (change, prop_oneof![Just(0.0), 100.0..9_000.0_f32]);
    let change = change.prop_map(|((gain, pan, pitch, start, fade), lpf)| {
        (gain, pan, pitch, start * 4, fade, lpf)
    });
    prop_oneof![
        6 => (0..SOUNDS.len(), change).prop_map(|(sound, change)| Act::Start { sound, change }),
        6 => (any::<u64>(), voice()).prop_map(|(which, command)| Act::Voice(which, command)),
        2 => (note_kind(), 45..100_u8, 0.0..=1.0_f32).prop_map(|(kind, key, v)| Act::Note(kind, key, v)),
        3 => transport().prop_map(Act::Transport),
        5 => (any::<usize>(), mixer_command()).prop_map(|(which, m)| Act::Mixer(which, m)),
    ]
}

fn voice() -> impl Strategy<Value = VoiceCommand> {
    use VoiceCommand as V;
    let voice = VoiceId(0);
    let (ramp, fade) = (0..3_000_u32, 0..3_000_u32);
    let hz = || prop_oneof![Just(0.0), 20.0..15_000.0_f32];
    prop_oneof![
        fade.clone().prop_map(move |fade| V::Stop { voice, fade }),
        fade.clone().prop_map(move |fade| V::Pause { voice, fade }),
        fade.clone().prop_map(move |fade| V::Resume { voice, fade }),
        (0.0..2.0_f32, ramp.clone()).prop_map(move |(gain, ramp)| V::Gain { voice, gain, ramp }),
        (-1.0..=1.0_f32, ramp.clone()).prop_map(move |(pan, ramp)| V::Pan { voice, pan, ramp }),
        (0.125..=8.0_f64, ramp).prop_map(move |(ratio, ramp)| V::Pitch { voice, ratio, ramp }),
        (hz(), hz()).prop_map(move |(lpf_hz, hpf_hz)| V::Filter {
            voice,
            lpf_hz,
            hpf_hz
        }),
        (0..=100_u8).prop_map(move |priority| V::Priority { voice, priority }),
        (0..70_000_u64).prop_map(move |frame| V::Seek { voice, frame }),
        Just(V::LeaveLoop { voice }),
    ]
}

fn note_kind() -> impl Strategy<Value = NoteKind> {
    prop_oneof![
        3 => Just(NoteKind::On),
        2 => Just(NoteKind::Off),
        1 => Just(NoteKind::Choke)
    ]
}

fn transport() -> impl Strategy<Value = TransportCommand> {
    use TransportCommand as T;
    prop_oneof![
        4 => Just(T::Play),
        1 => Just(T::Stop),
        2 => (0.0..6.0_f64).prop_map(|beats| T::Seek { beats }),
        2 => (any::<bool>(), 0.0..4.0_f64, 0.3..4.0_f64).prop_map(|(enabled, start, length)| T::Loop {
            enabled,
            start_beats: start,
            end_beats: start + length,
        }),
    ]
}

fn mixer_command() -> impl Strategy<Value = MixerCommand> {
    use MixerCommand as M;
    let (bus, send, insert) = (BusId::new(0, 0), SendId::new(0, 0), NONE);
    let (gain, param) = (0.0..2.0_f32, 0);
    prop_oneof![
        (gain.clone(), 0..3_000_u32).prop_map(move |(gain, ramp)| M::BusGain { bus, gain, ramp }),
        (-1.0..=1.0_f32).prop_map(move |pan| M::BusPan { bus, pan }),
        any::<bool>().prop_map(move |on| M::BusMute { bus, on }),
        any::<bool>().prop_map(move |on| M::BusSolo { bus, on }),
        gain.prop_map(move |gain| M::SendGain { send, gain }),
        (0.0..=1.0_f32).prop_map(move |value| M::InsertParam {
            insert,
            param,
            value
        }),
        (0.0..=1.0_f32).prop_map(move |mix| M::InsertMix { insert, mix }),
        any::<bool>().prop_map(move |on| M::InsertBypass { insert, on }),
    ]
}

fn tweak() -> impl Strategy<Value = Tweak> {
    let n = || 0..8_usize;
    prop_oneof![
        n().prop_map(Tweak::AddBus),
        n().prop_map(Tweak::RemoveBus),
        (n(), n()).prop_map(|(bus, to)| Tweak::SetOutput(bus, to)),
        (n(), n(), 0.0..1.0_f32, any::<bool>())
            .prop_map(|(bus, to, gain, pre)| Tweak::AddSend(bus, to, gain, pre)),
        n().prop_map(Tweak::RemoveSend),
        (n(), n()).prop_map(|(bus, kind)| Tweak::AddInsert(bus, kind)),
        n().prop_map(Tweak::RemoveInsert),
        n().prop_map(Tweak::MoveInsert),
        (n(), n()).prop_map(|(insert, key)| Tweak::SetKey(insert, key)),
    ]
}
