//! What the machines of music and layers ask for.

use segue_rt::command::Reason;
use segue_rt::game::ObjectId;
use segue_rt::voices::{LoopSpec, VoiceCommand};

use super::line::Line;
use super::plays::{Play, Source};
use super::pool::{Base, Run};
use super::score::{Key, Machine};
use super::start::Start;
use super::state::{Cx, Dirty, Due, State};
use crate::bank::event::Fade;
use crate::music::command::{Command, PlayNo, Role, StartPlay, SyncRow};
use crate::music::course::{Course, DuckCourse};
use crate::source::Sync;
use crate::telemetry::{GridKind, What};

/// Priority of music and layers: above what events play without saying so.
const PRIORITY: u8 = 83;

impl State {
    /// Carries out what a machine asked for.
    pub(super) fn perform(&mut self, cx: &mut Cx<'_>, machine: Machine) {
        for n in 0.. {
            let Some(command) = self.score.commands.iter().nth(n).copied() else {
                break;
            };
            match command {
                Command::Start(start) => self.start_play(cx, machine, &start),
                Command::Fade { play, course, stop } => {
                    self.fade_play(cx, machine, play, course, stop)
                }
                Command::Pan { play, pan, ramp } => self.pan_play(cx, machine, play, pan, ramp),
                Command::LeaveLoop(play) => self.leave_play(cx, machine, play),
                Command::Duck(slot, course) => self.duck_music(cx, slot as usize, course),
                Command::Sync(row) => self.tell_sync(cx, &row),
                Command::GaveWay(stinger) => {
                    let name = cx.bank.music.stinger_id(stinger);
                    self.ignore(cx.at, name, ObjectId::GLOBAL, Reason::PriorityLost);
                }
            }
        }
        self.score.commands.clear();
    }

    fn start_play(&mut self, cx: &mut Cx<'_>, machine: Machine, it: &StartPlay) {
        let source = match (machine, it.role) {
            (Machine::Music, Role::Stinger) => Source::MusicStinger(it.play),
            (Machine::Music, _) => Source::Music(it.play),
            (Machine::Layers, Role::Stinger) => Source::LayerStinger(it.play),
            (Machine::Layers, _) => Source::Layer(it.play),
        };
        if it.role == Role::Stinger {
            let music = &cx.bank.music;
            let stinger = self.score.music.stings().map(|it| music.stinger_id(it));
            let (n, name) = match machine {
                Machine::Music => (0, stinger),
                Machine::Layers => (1, None),
            };
            let node = || cx.bank.names.nodes.id(it.node.0);
            self.score.stings.names[n] = name.unwrap_or_else(node);
        }
        let id = self.own_id();
        let play = self.plays.take(Play {
            id,
            root: id,
            source,
            priority: PRIORITY,
            pending: 1,
            ..Play::EMPTY
        });
        let Some(play) = play else {
            return self.score.over(source);
        };
        self.score.plays.insert(Key(machine, it.play), play);
        let looping = it.looping.map(|[start, end]| LoopSpec {
            start,
            end,
            count: 0,
        });
        let start = Start {
            offset: it.offset,
            looping,
            base: Base {
                pan: it.pan,
                ..Base::PLAIN
            },
            course: Some(it.course),
            ..Start::at_top(it.node, play)
        };
        let generation = self.plays.get(play).generation;
        self.start(cx, start);
        self.unpend(cx, play, generation);
    }

    fn top_of(&self, machine: Machine, play: PlayNo) -> Option<u32> {
        let play = self.score.plays.get(Key(machine, play))?;
        self.pool.top(*play)
    }

    fn fade_play(
        &mut self,
        cx: &mut Cx<'_>,
        machine: Machine,
        play: PlayNo,
        course: Course,
        stop: bool,
    ) {
        let Some(top) = self.top_of(machine, play) else {
            return;
        };
        let pauses = self.score.pausing(machine).is_some();
        let inst = self.pool.get_mut(top);
        if stop && inst.is_held(cx.at) {
            return self.end(cx, top, Reason::StopAction);
        }
        if stop && !pauses {
            inst.forget_pause(cx.at);
        }
        inst.course = Some(course);
        if stop {
            let end = course.end().max(cx.at + u64::from(cx.bank.declick()));
            if course.end() < end {
                // Nothing may end with a click, not even music without a fade.
                let frames = cx.bank.declick();
                inst.fade = Line::new(
                    inst.fade.value(cx.at),
                    0.0,
                    cx.at,
                    super::calls::linear(frames),
                );
            }
            inst.stopping = true;
            inst.stop_at = end;
            let due = Due::Wake {
                inst: top,
                generation: inst.generation,
            };
            if !self.agenda.put(end, due) {
                return self.end(cx, top, Reason::StopAction);
            }
        }
        self.moves(cx, top);
    }

    fn pan_play(&mut self, cx: &mut Cx<'_>, machine: Machine, play: PlayNo, pan: f32, ramp: u32) {
        let Some(top) = self.top_of(machine, play) else {
            return;
        };
        let inst = self.pool.get_mut(top);
        let offset = pan - inst.base.pan;
        inst.pan = inst.pan.towards(
            offset,
            inst.fades_at(cx.at),
            Fade {
                frames: ramp,
                ..Fade::NONE
            },
        );
        self.moves(cx, top);
    }

    fn leave_play(&mut self, cx: &mut Cx<'_>, machine: Machine, play: PlayNo) {
        let Some(top) = self.top_of(machine, play) else {
            return;
        };
        let mut next = Some(top);
        while let Some(at) = next {
            next = self.pool.after(top, at);
            if let Run::Leaf(leaf) = &mut self.pool.get_mut(at).run {
                let voice = leaf.voice;
                if let Some(place) = cx.desk.voice_place(voice) {
                    leaf.leave_loop(place);
                }
                cx.desk.voice(&VoiceCommand::LeaveLoop { voice });
            }
        }
    }

    fn duck_music(&mut self, cx: &Cx<'_>, slot: usize, course: DuckCourse) {
        if let Some(duck) = self.score.ducks.get_mut(slot) {
            *duck = course;
        }
        self.score.stings.set(slot, &course);
        self.touch(cx.at, Dirty::Followers);
    }

    pub(super) fn tell_sync(&mut self, cx: &Cx<'_>, row: &SyncRow) {
        self.teller.tell(
            cx.at,
            What::Sync {
                asked_at: row.asked_at,
                requested: code(row.asked),
                granted: code(row.granted),
                granted_at: row.frame,
                error_smp: row.error_smp,
            },
        );
    }
}

/// The number of a grid in telemetry.
fn code(sync: Sync) -> GridKind {
    match sync {
        Sync::Immediate => GridKind::Immediate,
        Sync::Beat => GridKind::Beat,
        Sync::Bar => GridKind::Bar,
        Sync::Phrase => GridKind::Phrase,
        Sync::NextDownbeat => GridKind::NextDownbeat,
        Sync::Grid(_) => GridKind::Grid,
        Sync::Marker => GridKind::Marker,
        Sync::SegmentEnd => GridKind::SegmentEnd,
    }
}
