//! The controller's face: parameters, units, MIDI controllers, note expression, the editor.

use std::ffi::{CStr, c_char};
use std::sync::Arc;

use vst3::ComRef;
use vst3::Steinberg::Vst::*;
use vst3::Steinberg::*;

use crate::component::Component;
use crate::instance::Instance;
use crate::midi::Controller;
use crate::notes::{EXPRESSIONS, Expression, PRESSURE};
use crate::params::{Line, Param, ROOT, Target};
use crate::text::{from_wide, wide};
use crate::view::View;
use crate::write_out;

impl Instance {
    /// `[main-thread]` What `body` makes of the parameter with this id.
    fn with_param<T>(&self, id: ParamID, body: impl FnOnce(&Param) -> T) -> Option<T> {
        let params = self.params();
        let index = params.find(id)?;
        params.get(index).map(body)
    }

    /// `[main-thread]` What a user reads for a value between 0 and 1.
    fn text_of(&self, id: ParamID, value: f64) -> Option<String> {
        let (target, plain) = self.with_param(id, |param| (param.target, param.plain(value)))?;
        match target {
            Target::Param { id, .. } => self.plugin()?.text_of(id, plain),
            Target::Midi(_) => Some(format!("{plain:.0}")),
        }
    }

    /// `[main-thread]` The value between 0 and 1 that a user means.
    fn value_of(&self, id: ParamID, text: &str) -> Option<f64> {
        let target = self.with_param(id, |param| param.target)?;
        let plain = match target {
            Target::Param { id, .. } => self.plugin()?.value_of(id, text)?,
            Target::Midi(_) => text.trim().parse().ok()?,
        };
        self.with_param(id, |param| param.normalized(plain))
    }

    /// Whether the notes of a bus carry expressions.
    fn is_expressive(&self, bus: int32) -> bool {
        let layout = self.layout();
        let bus = usize::try_from(bus).ok();
        bus.and_then(|bus| layout.note_inputs.get(bus))
            .is_some_and(|bus| bus.speaks_clap)
    }
}

impl IEditControllerTrait for Component {
    /// The component has just loaded it.
    unsafe fn setComponentState(&self, _stream: *mut IBStream) -> tresult {
        kResultOk
    }

    /// All state is the component's.
    unsafe fn setState(&self, _stream: *mut IBStream) -> tresult {
        kNotImplemented
    }

    unsafe fn getState(&self, _stream: *mut IBStream) -> tresult {
        kNotImplemented
    }

    unsafe fn getParameterCount(&self) -> int32 {
        self.main(0, |instance| instance.params().len() as int32)
    }

    unsafe fn getParameterInfo(&self, index: int32, info: *mut ParameterInfo) -> tresult {
        self.main(kInternalError, |instance| {
            let (params, sheet) = (instance.params(), instance.sheet());
            let Ok(index) = usize::try_from(index) else {
                return kInvalidArgument;
            };
            match (params.get(index), sheet.lines.get(index)) {
                // SAFETY: the host passes a place for an info, or null.
                (Some(param), Some(line)) => unsafe { write_out(info, param_info(param, line)) },
                _ => kInvalidArgument,
            }
        })
    }

    unsafe fn getParamStringByValue(
        &self,
        id: ParamID,
        value: ParamValue,
        text: *mut String128,
    ) -> tresult {
        self.main(kInternalError, |instance| {
            match instance.text_of(id, value) {
                // SAFETY: the host passes a place for 128 units, or null.
                Some(found) => unsafe { write_out(text, wide(&found)) },
                None => kInvalidArgument,
            }
        })
    }

    unsafe fn getParamValueByString(
        &self,
        id: ParamID,
        text: *mut TChar,
        value: *mut ParamValue,
    ) -> tresult {
        self.main(kInternalError, |instance| {
            // SAFETY: the host passes a text that ends with zero, or null.
            let text = unsafe { from_wide(text) };
            match instance.value_of(id, &text) {
                // SAFETY: the host passes a place for a value, or null.
                Some(found) => unsafe { write_out(value, found) },
                None => kResultFalse,
            }
        })
    }

    unsafe fn normalizedParamToPlain(&self, id: ParamID, value: ParamValue) -> ParamValue {
        self.main(value, |instance| {
            let plain = instance.with_param(id, |param| param.plain(value));
            plain.unwrap_or(value)
        })
    }

    unsafe fn plainParamToNormalized(&self, id: ParamID, plain: ParamValue) -> ParamValue {
        self.main(plain, |instance| {
            let value = instance.with_param(id, |param| param.normalized(plain));
            value.unwrap_or(plain)
        })
    }

    unsafe fn getParamNormalized(&self, id: ParamID) -> ParamValue {
        self.main(0.0, |instance| {
            instance.with_param(id, Param::value).unwrap_or(0.0)
        })
    }

    unsafe fn setParamNormalized(&self, id: ParamID, value: ParamValue) -> tresult {
        self.main(kInternalError, |instance| {
            let result = instance.set_value(id, value);
            instance.attend();
            result
        })
    }

    unsafe fn setComponentHandler(&self, handler: *mut IComponentHandler) -> tresult {
        self.main(kInternalError, |instance| {
            // SAFETY: the host passes a handler, or null.
            let handler = unsafe { ComRef::from_raw(handler) }.map(|handler| handler.to_com_ptr());
            instance.set_handler(handler);
            instance.attend();
            kResultOk
        })
    }

    unsafe fn createView(&self, name: FIDString) -> *mut IPlugView {
        self.main(std::ptr::null_mut(), |_| {
            // SAFETY: the host passes a text that ends with zero, or null.
            let is_editor = !name.is_null() && unsafe { CStr::from_ptr(name) } == c"editor";
            if !is_editor {
                return std::ptr::null_mut();
            }
            View::into_raw(Arc::clone(&self.instance))
        })
    }
}

fn param_info(param: &Param, line: &Line) -> ParameterInfo {
    ParameterInfo {
        id: param.id,
        title: wide(&line.title),
        shortTitle: wide(&line.title),
        units: wide(""),
        stepCount: param.steps,
        defaultNormalizedValue: param.normalized(line.default),
        unitId: line.unit,
        flags: line.flags,
    }
}

/// The units are the groups of the parameters; there are no program lists.
impl IUnitInfoTrait for Component {
    unsafe fn getUnitCount(&self) -> int32 {
        self.main(1, |instance| instance.sheet().units.len() as int32 + 1)
    }

    unsafe fn getUnitInfo(&self, index: int32, info: *mut UnitInfo) -> tresult {
        self.main(kInternalError, |instance| {
            let sheet = instance.sheet();
            let unit = usize::try_from(index).ok().and_then(|index| match index {
                0 => Some(("Root", kNoParentUnitId)),
                _ => sheet
                    .units
                    .get(index - 1)
                    .map(|unit| (&*unit.name, unit.parent)),
            });
            let Some((name, parent)) = unit else {
                return kInvalidArgument;
            };
            let content = UnitInfo {
                id: index,
                parentUnitId: parent,
                name: wide(name),
                programListId: kNoProgramListId,
            };
            // SAFETY: the host passes a place for an info, or null.
            unsafe { write_out(info, content) }
        })
    }

    unsafe fn getProgramListCount(&self) -> int32 {
        0
    }

    unsafe fn getProgramListInfo(&self, _index: int32, _info: *mut ProgramListInfo) -> tresult {
        kInvalidArgument
    }

    unsafe fn getProgramName(
        &self,
        _list: ProgramListID,
        _program: int32,
        _name: *mut String128,
    ) -> tresult {
        kInvalidArgument
    }

    unsafe fn getProgramInfo(
        &self,
        _list: ProgramListID,
        _program: int32,
        _attribute: *const c_char,
        _value: *mut String128,
    ) -> tresult {
        kInvalidArgument
    }

    unsafe fn hasProgramPitchNames(&self, _list: ProgramListID, _program: int32) -> tresult {
        kResultFalse
    }

    unsafe fn getProgramPitchName(
        &self,
        _list: ProgramListID,
        _program: int32,
        _pitch: int16,
        _name: *mut String128,
    ) -> tresult {
        kInvalidArgument
    }

    unsafe fn getSelectedUnit(&self) -> UnitID {
        ROOT
    }

    unsafe fn selectUnit(&self, _unit: UnitID) -> tresult {
        kResultOk
    }

    /// No unit belongs to a bus.
    unsafe fn getUnitByBus(
        &self,
        _media: MediaType,
        _direction: BusDirection,
        _bus: int32,
        _channel: int32,
        _unit: *mut UnitID,
    ) -> tresult {
        kResultFalse
    }

    unsafe fn setUnitProgramData(
        &self,
        _list_or_unit: int32,
        _program: int32,
        _data: *mut IBStream,
    ) -> tresult {
        kInvalidArgument
    }
}

impl IMidiMappingTrait for Component {
    unsafe fn getMidiControllerAssignment(
        &self,
        bus: int32,
        channel: int16,
        number: CtrlNumber,
        id: *mut ParamID,
    ) -> tresult {
        self.main(kInternalError, |instance| {
            let is_there = bus == 0 && (0..16).contains(&channel);
            let proxy = u8::try_from(number)
                .ok()
                .filter(|_| is_there)
                .and_then(|number| instance.params().proxy(Controller(number)));
            match proxy {
                // SAFETY: the host passes a place for an id, or null.
                Some(proxy) => unsafe { write_out(id, proxy) },
                None => kResultFalse,
            }
        })
    }
}

impl INoteExpressionControllerTrait for Component {
    unsafe fn getNoteExpressionCount(&self, bus: int32, _channel: int16) -> int32 {
        self.main(0, |instance| {
            let is_expressive = instance.is_expressive(bus);
            if is_expressive {
                EXPRESSIONS.len() as int32
            } else {
                0
            }
        })
    }

    unsafe fn getNoteExpressionInfo(
        &self,
        bus: int32,
        _channel: int16,
        index: int32,
        info: *mut NoteExpressionTypeInfo,
    ) -> tresult {
        self.main(kInternalError, |instance| {
            let found = usize::try_from(index)
                .ok()
                .filter(|_| instance.is_expressive(bus))
                .and_then(|index| EXPRESSIONS.get(index));
            match found {
                // SAFETY: the host passes a place for an info, or null.
                Some(found) => unsafe { write_out(info, expression_info(found)) },
                None => kInvalidArgument,
            }
        })
    }

    unsafe fn getNoteExpressionStringByValue(
        &self,
        bus: int32,
        _channel: int16,
        id: NoteExpressionTypeID,
        value: NoteExpressionValue,
        text: *mut String128,
    ) -> tresult {
        self.main(kInternalError, |instance| {
            match expression(instance, bus, id) {
                // SAFETY: the host passes a place for 128 units, or null.
                Some(found) => unsafe { write_out(text, wide(&found.text(value))) },
                None => kInvalidArgument,
            }
        })
    }

    unsafe fn getNoteExpressionValueByString(
        &self,
        bus: int32,
        _channel: int16,
        id: NoteExpressionTypeID,
        text: *const TChar,
        value: *mut NoteExpressionValue,
    ) -> tresult {
        self.main(kInternalError, |instance| {
            // SAFETY: the host passes a text that ends with zero, or null.
            let text = unsafe { from_wide(text) };
            let found = expression(instance, bus, id).and_then(|found| found.parse(&text));
            match found {
                // SAFETY: the host passes a place for a value, or null.
                Some(found) => unsafe { write_out(value, found) },
                None => kResultFalse,
            }
        })
    }
}

fn expression(
    instance: &Instance,
    bus: int32,
    id: NoteExpressionTypeID,
) -> Option<&'static Expression> {
    let mut known = EXPRESSIONS.iter().filter(|_| instance.is_expressive(bus));
    known.find(|known| known.vst == id)
}

fn expression_info(from: &Expression) -> NoteExpressionTypeInfo {
    let is_bipolar = from.default == 0.5;
    let flags = NoteExpressionTypeInfo_::NoteExpressionTypeFlags_::kIsBipolar;
    NoteExpressionTypeInfo {
        typeId: from.vst,
        title: wide(from.name),
        shortTitle: wide(from.name),
        units: wide(from.unit),
        unitId: ROOT,
        valueDesc: NoteExpressionValueDescription {
            defaultValue: from.default,
            minimum: 0.0,
            maximum: 1.0,
            stepCount: 0,
        },
        associatedParameterId: kNoParamId,
        flags: if is_bipolar { flags as int32 } else { 0 },
    }
}

impl INoteExpressionPhysicalUIMappingTrait for Component {
    /// What MPE does: sideways is pitch, forwards is brightness, down is pressure.
    unsafe fn getPhysicalUIMapping(
        &self,
        bus: int32,
        _channel: int16,
        list: *mut PhysicalUIMapList,
    ) -> tresult {
        self.main(kInternalError, |instance| {
            // SAFETY: the host passes a list, or null.
            let Some(list) = (unsafe { list.as_ref() }) else {
                return kInvalidArgument;
            };
            if !instance.is_expressive(bus) || list.map.is_null() {
                return kResultFalse;
            }
            for index in 0..list.count as usize {
                // SAFETY: the list has that many entries.
                let entry = unsafe { &mut *list.map.add(index) };
                entry.noteExpressionTypeID = match entry.physicalUITypeID as PhysicalUITypeIDs {
                    PhysicalUITypeIDs_::kPUIXMovement => NoteExpressionTypeIDs_::kTuningTypeID,
                    PhysicalUITypeIDs_::kPUIYMovement => NoteExpressionTypeIDs_::kBrightnessTypeID,
                    PhysicalUITypeIDs_::kPUIPressure => PRESSURE,
                    _ => NoteExpressionTypeIDs_::kInvalidTypeID,
                } as NoteExpressionTypeID;
            }
            kResultOk
        })
    }
}
