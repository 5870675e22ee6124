//! What the project's macros move.

use segue_dsp::math::{exp2_f64, log2_f64};
use segue_dsp::processor::{self, ParamInfo, Scale};
use segue_format::{Project, project};
use segue_rt::command::{MixerCommand, Plain};
use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};
use segue_rt::ids::InsertId;

use super::Names;
use super::mixer::narrow;
use crate::error::{Error, Result};

/// One parameter or RTPC that a macro moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MacroTarget {
    aim: Aim,
    way: Way,
}

/// What is moved.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Aim {
    Param(InsertId, u16),
    Rtpc(NameId),
}

/// How a value follows a macro.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// In a straight line between these values.
    Linear([f64; 2]),
    /// By equal ratios between the values with these base-2 logarithms.
    Log([f64; 2]),
    /// To the nearest whole number between these.
    Whole([f64; 2]),
}

impl MacroTarget {
    /// The command that sets the parameter for a macro's value of 0..=1; others are brought there.
    /// `[audio-thread]`
    pub fn command(&self, value: f64) -> Plain {
        let value = self.way.value(value);
        match self.aim {
            Aim::Param(insert, param) => Plain::Mixer(MixerCommand::InsertParam {
                insert,
                param,
                value,
            }),
            Aim::Rtpc(rtpc) => Plain::Game(GameCall::SetRtpc {
                rtpc,
                object: ObjectId::GLOBAL,
                playing: PlayingId::default(),
                value,
                ramp: 0,
            }),
        }
    }

    /// Whether it is an RTPC, which a game moves too. `[thread-safe]`
    pub fn is_rtpc(&self) -> bool {
        matches!(self.aim, Aim::Rtpc(_))
    }

    /// An RTPC, evenly between its values while the macro is at 0 and at 1.
    pub(super) fn rtpc(rtpc: NameId, range: [f32; 2]) -> Self {
        Self {
            aim: Aim::Rtpc(rtpc),
            way: Way::Linear(range.map(f64::from)),
        }
    }
}

/// The targets of each macro, in the order of the project.
pub(super) fn resolve(project: &Project, names: &Names) -> Result<Vec<Vec<MacroTarget>>> {
    let of_macro = |entry: &project::Macro| {
        let targets = entry.targets.iter();
        targets.map(|target| resolve_one(target, names)).collect()
    };
    project.macros.iter().map(of_macro).collect()
}

/// What the macros set parameters of this insert to at their own values; of several for one
/// parameter the last one counts.
pub(crate) fn values<'a>(
    project: &'a Project,
    bus: &'a str,
    insert: &'a project::Insert,
) -> impl Iterator<Item = (&'a str, f64)> {
    let info = processor::kind_from_id(&insert.kind).map(processor::info);
    let targets = project.macros.iter();
    let targets = targets.flat_map(|entry| entry.targets.iter().map(move |it| (entry, it)));
    targets
        .filter(move |(_, it)| it.bus == bus && it.insert == insert.id)
        .filter_map(move |(entry, it)| {
            let info = info?;
            let row = info.params.get(usize::from(info.param(&it.param)?))?;
            let value = Way::new(row, it.min, it.max).value(entry.value);
            Some((it.param.as_str(), f64::from(value)))
        })
}

impl Way {
    fn new(row: &ParamInfo, min: f64, max: f64) -> Self {
        match row.scale {
            Scale::Linear => Self::Linear([min, max]),
            Scale::Log => Self::Log([min, max].map(|end| log2_f64(end.max(f64::MIN_POSITIVE)))),
            Scale::Choice(_) | Scale::Toggle => Self::Whole([min, max]),
        }
    }

    fn value(self, at: f64) -> f32 {
        let (Self::Linear([min, max]) | Self::Log([min, max]) | Self::Whole([min, max])) = self;
        let mixed = min + (max - min) * at.clamp(0.0, 1.0);
        match self {
            Self::Linear(_) => narrow(mixed),
            Self::Log(_) => narrow(exp2_f64(mixed)),
            Self::Whole(_) => narrow(mixed.round()),
        }
    }
}

fn resolve_one(target: &project::MacroTarget, names: &Names) -> Result<MacroTarget> {
    let place = (target.bus.clone(), target.insert.clone());
    let insert = names.inserts.get(&place).copied();
    let insert = insert.ok_or(Error::StaleInsert)?;
    let kind = *names.kinds.get(&insert).ok_or(Error::StaleInsert)?;
    let info = processor::info(kind);
    let param = info.param(&target.param).ok_or_else(|| Error::Unknown {
        what: "parameter",
        name: target.param.clone(),
        known: info.params.iter().map(|row| row.id.to_owned()).collect(),
    })?;
    let row = &info.params[usize::from(param)];
    for value in [target.min, target.max] {
        row.check(narrow(value))?;
    }
    if row.structural {
        return Err(Error::Argument {
            what: "macro target",
            value: format!("{} of {}", target.param, target.insert),
            allowed: "the parameters that do not set the latency",
        });
    }
    Ok(MacroTarget {
        aim: Aim::Param(insert, param),
        way: Way::new(row, target.min, target.max),
    })
}
