//! What is to be done to an engine, to be carried out by the thread of its control side.

use segue_engine::format::project::Bus;
use segue_engine::rt::command::{MixerCommand, Plain};
use segue_engine::rt::ids::BusId;
use segue_engine::rt::keymap::{ANY, NoteKind};
use segue_engine::{Control, NOW, Result, db_to_gain, to_f32};

/// Something to be done to the engine that plays. It names buses as the project does, so it does
/// the right thing to an engine that was made after it. `[control-thread]`
///
/// What it cannot do (an unknown bus, a full queue) it returns as an error, and nothing is harmed.
pub type Call = Box<dyn FnOnce(&mut Control) -> Result<()> + Send>;

/// Faders at and below this are silent, in decibels: the lowest that a project may have.
pub(super) const SILENT_DB: f64 = -144.0;

pub(super) fn transport(call: impl FnOnce(&mut Control) -> Result<()> + Send + 'static) -> Call {
    Box::new(call)
}

pub(super) fn repeat(is_on: bool, (start, end): (f64, f64)) -> Call {
    Box::new(move |control| control.set_loop(is_on, start, end))
}

/// Ends all notes and the clips. A host's transport is the host's.
pub(super) fn panic(is_hosted: bool) -> Call {
    Box::new(move |control| {
        control.note(NoteKind::Choke, ANY, ANY, 0.0)?;
        if is_hosted { Ok(()) } else { control.stop() }
    })
}

pub(super) fn gain(bus: &str, db: f64) -> Call {
    let gain = if db <= SILENT_DB {
        0.0
    } else {
        db_to_gain(to_f32(db))
    };
    let bus = bus.to_owned();
    Box::new(move |control| {
        let bus = control.bus(&bus)?;
        control.set_bus_gain(bus, gain)
    })
}

pub(super) fn pan(bus: &str, pan: f64) -> Call {
    let pan = to_f32(pan);
    mixer(bus, move |bus| MixerCommand::BusPan { bus, pan })
}

pub(super) fn mute(bus: &str, on: bool) -> Call {
    mixer(bus, move |bus| MixerCommand::BusMute { bus, on })
}

pub(super) fn solo(bus: &str, on: bool) -> Call {
    mixer(bus, move |bus| MixerCommand::BusSolo { bus, on })
}

fn mixer(bus: &str, command: impl FnOnce(BusId) -> MixerCommand + Send + 'static) -> Call {
    let bus = bus.to_owned();
    Box::new(move |control| {
        let bus = control.bus(&bus)?;
        control.send(NOW, Plain::Mixer(command(bus)))
    })
}

/// Everything of a strip.
pub(super) fn strip(bus: &Bus) -> Call {
    one_by_one(vec![
        gain(&bus.id, bus.gain_db),
        pan(&bus.id, bus.pan),
        mute(&bus.id, bus.mute),
        solo(&bus.id, bus.solo),
    ])
}

/// Turns a macro, that is: sets what it moves.
pub(super) fn turn(number: usize, value: f64) -> Call {
    Box::new(move |control| {
        let targets = control.macro_targets().get(number).cloned();
        let commands = targets.unwrap_or_default().into_iter();
        commands
            .map(|target| target.command(value))
            .try_for_each(|command| control.send(NOW, command))
    })
}

/// One after the other. All are tried; the first error counts.
pub(super) fn one_by_one(calls: Vec<Call>) -> Call {
    Box::new(move |control| {
        let done = calls.into_iter().map(|call| call(control));
        done.fold(Ok(()), Result::and)
    })
}
