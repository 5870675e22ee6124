//! Stingers of the adaptive profile: they start at once and may sound together.

use crate::adaptive::DuckForm;
use crate::ids::NodeIx;
use crate::music::command::{Command, Commands, DuckSlot, PlayNo, Role, StartPlay};
use crate::music::course::{Course, DuckCourse};

/// Stingers whose ducks are kept in mind; a further one lets the duck of the oldest go.
const STINGS: usize = 8;

#[derive(Clone, Copy, Debug)]
pub(super) struct Stings {
    sounds: [Option<Sting>; STINGS],
    duck: DuckCourse,
    release: u32,
}

#[derive(Clone, Copy, Debug)]
struct Sting {
    play: PlayNo,
    duck_db: f32,
}

impl Default for Stings {
    fn default() -> Self {
        Self {
            sounds: [None; STINGS],
            duck: DuckCourse::OFF,
            release: 0,
        }
    }
}

impl Stings {
    pub(super) fn start(
        &mut self,
        sample_rate: f64,
        at: u64,
        (play, node, gain, duck_db): (PlayNo, NodeIx, f32, f32),
        out: &mut Commands,
    ) {
        out.push(Command::Start(StartPlay {
            play,
            role: Role::Stinger,
            node,
            offset: 0,
            looping: None,
            pan: 0.0,
            course: Course::fixed(gain),
        }));
        self.sounds.rotate_right(1);
        self.sounds[0] = Some(Sting { play, duck_db });
        let duck = DuckForm::plain(duck_db, sample_rate);
        self.release = duck.release;
        self.duck_to(self.deepest(), duck.attack, at, out);
    }

    pub(super) fn ended(&mut self, at: u64, play: PlayNo, out: &mut Commands) {
        for place in &mut self.sounds {
            if place.take_if(|it| it.play == play).is_some() {
                let deepest = self.deepest();
                self.duck_to(deepest, self.release, at, out);
                return;
            }
        }
    }

    /// Nothing happened for `by` frames from frame `since` on. Returns the duck.
    pub(super) fn wait(&mut self, since: u64, by: u64) -> DuckCourse {
        self.duck.wait(since, by);
        self.duck
    }

    /// The deepest duck of those that sound.
    fn deepest(&self) -> f32 {
        let ducks = self.sounds.iter().flatten().map(|it| it.duck_db);
        ducks.fold(0.0, f32::min)
    }

    fn duck_to(&mut self, db: f32, frames: u32, at: u64, out: &mut Commands) {
        self.duck = DuckCourse::new(self.duck.db(at), db, at, frames);
        out.push(Command::Duck(DuckSlot::AdaptiveStinger, self.duck));
    }
}
