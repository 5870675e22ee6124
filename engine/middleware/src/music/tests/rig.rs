//! A project of sounds and a machine that is run to its boundaries.

use crate::adaptive::Lookup;
use crate::ids::{EventIx, NodeIx};
use crate::music::{Command, Commands, Grid, Music, MusicForm, Outer, PlayNo, StartPlay, SyncRow};
use crate::source::{self, FadeLength, MusicFade, Segment, Shape, Sync, Transition};
use segue_rt::game::NameId;

pub(super) const RATE: f64 = 48_000.0;

/// Sounds that there are; `long` and the segments' are 100 s, `short` is half a second, nobody
/// knows the length of `box`.
pub(in crate::music) const NODES: [&str; 6] = ["a", "b", "c", "long", "short", "box"];

pub(in crate::music) fn lookup<R>(go: impl FnOnce(&Lookup<'_>) -> R) -> R {
    let find = |name: &str| NODES.iter().position(|node| *node == name);
    go(&Lookup {
        node: &|name| match find(name) {
            Some(at) => Ok(NodeIx(u32::try_from(at).unwrap())),
            None => Err(format!("there is no sound {name:?}")),
        },
        event: &|name| match name {
            "event" => Ok(EventIx(7)),
            _ => Err(format!("there is no event {name:?}")),
        },
        unknown: &|what, name, _| format!("there is no {what} {name:?}"),
        frame: &|_, frame| frame,
        length: &|node| match node.0 {
            4 => Some(24_000),
            5 => None,
            _ => Some(4_800_000),
        },
    })
}

pub(super) fn segment(name: &str, bpm: f64, bars: u32) -> Segment {
    Segment {
        name: name.to_owned(),
        source: name[..1].to_owned(),
        tempo_bpm: bpm,
        beats_per_bar: 4,
        beat_unit: 4,
        bars,
        ..Segment::default()
    }
}

pub(super) fn rule(from: &str, to: &str, sync: Sync) -> Transition {
    Transition {
        from: from.to_owned(),
        to: to.to_owned(),
        sync,
        max_wait_ms: 600_000.0,
        fade_out: MusicFade::default(),
        fade_in: MusicFade::default(),
        overlap_ms: 0.0,
        destination: source::Destination::Entry,
        filler: None,
        filler_mode: source::FillerMode::Before,
    }
}

pub(super) fn ms(ms: f32) -> MusicFade {
    MusicFade {
        length: FadeLength::Ms(ms),
        shape: Shape::Linear,
    }
}

pub(super) fn form(source: &source::Music) -> MusicForm {
    let form = lookup(|lookup| MusicForm::new(source, lookup, RATE));
    form.unwrap_or_else(|found| panic!("{found:?}"))
}

/// A machine, its form, and everything that it said, with the frame.
pub(super) struct Rig {
    pub(super) form: MusicForm,
    pub(super) music: Music,
    pub(super) transport: Option<Grid>,
    pub(super) said: Vec<(u64, Command)>,
    out: Commands,
    now: u64,
}

impl Rig {
    pub(super) fn new(source: &source::Music) -> Self {
        let form = form(source);
        Self {
            music: Music::new(&form, 1),
            form,
            transport: None,
            said: Vec::new(),
            out: Commands::default(),
            now: 0,
        }
    }

    /// Asks at a frame, after everything before it was done.
    pub(super) fn play(&mut self, at: u64, name: &str) {
        self.until(at);
        let music = self.form.music(NameId::of(name)).unwrap();
        let transport = self.transport;
        self.with(at, |music_, form, out| {
            music_.play(form, at, music, transport.map(Outer::Even).as_ref(), out);
        });
    }

    pub(super) fn with(&mut self, at: u64, go: impl FnOnce(&mut Music, &MusicForm, &mut Commands)) {
        self.until(at);
        go(&mut self.music, &self.form, &mut self.out);
        self.note(at);
    }

    /// Runs to frame `at`, each boundary in its turn.
    pub(super) fn until(&mut self, at: u64) {
        loop {
            let due = self.music.next_boundary(&self.form);
            if due > at {
                break;
            }
            assert!(due >= self.now, "{due} is before {}", self.now);
            self.music.run(&self.form, due, &mut self.out);
            self.note(due);
            assert!(self.music.next_boundary(&self.form) > due, "stuck at {due}");
        }
        self.now = at;
    }

    fn note(&mut self, at: u64) {
        self.now = at;
        self.said
            .extend(self.out.iter().map(|command| (at, *command)));
        self.out.clear();
        assert_eq!(self.out.lost(), 0);
    }

    /// Frames, nodes' names and offsets of all starts.
    pub(super) fn starts(&self) -> Vec<(u64, &'static str, u64)> {
        let starts = self.said.iter().filter_map(|(at, command)| match command {
            Command::Start(start) => Some((*at, NODES[start.node.at()], start.offset)),
            _ => None,
        });
        starts.collect()
    }

    pub(super) fn start_of(&self, node: &str) -> (u64, StartPlay) {
        let found = self.said.iter().find_map(|(at, command)| match command {
            Command::Start(start) if NODES[start.node.at()] == node => Some((*at, *start)),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("{node} did not start"))
    }

    pub(super) fn syncs(&self) -> Vec<SyncRow> {
        let rows = self.said.iter().filter_map(|(_, command)| match command {
            Command::Sync(row) => Some(*row),
            _ => None,
        });
        rows.collect()
    }

    /// The gain of a play at frame `t`, by the courses it was given until then; `None` before it
    /// started and after it was stopped.
    pub(super) fn gain(&self, play: PlayNo, t: u64) -> Option<f32> {
        gain(&self.said, play, t)
    }
}

pub(super) fn gain(said: &[(u64, Command)], play: PlayNo, t: u64) -> Option<f32> {
    let mut gain = None;
    for (at, command) in said.iter().filter(|(at, _)| *at <= t) {
        gain = match command {
            Command::Start(start) if start.play == play => Some((start.course, false)),
            Command::Fade {
                play: faded,
                course,
                stop,
            } if *faded == play => Some((*course, *stop)),
            _ => gain,
        };
        let _ = at;
    }
    let (course, stop) = gain?;
    (!stop || !course.is_over(t)).then(|| course.gain(t))
}
