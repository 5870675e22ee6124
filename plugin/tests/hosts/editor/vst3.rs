//! The same editor in a VST3 host.

use segue_plugin::{Kind, Param};
use segue_vst3_host::{Rig, Said};
use vst3::ComPtr;
use vst3::Steinberg::Vst::*;
use vst3::Steinberg::*;

use super::life::{open_files, thread_count};
use super::use_it::MACRO;
use super::{Picture, Screen};
use crate::projects::rich_state;
use crate::vst3::Vst;

/// An attached view.
struct View {
    view: ComPtr<IPlugView>,
    parent: u32,
    size: [u32; 2],
}

impl View {
    fn open(rig: &Rig, scale: Option<f32>) -> Self {
        // SAFETY: the interfaces of VST3 as its hosts call them, with objects that are alive.
        unsafe {
            let view = ComPtr::from_raw(rig.controller.createView(ViewType::kEditor)).unwrap();
            let frame = rig.ear.as_com_ref::<IPlugFrame>().unwrap();
            assert_eq!(view.setFrame(frame.as_ptr()), kResultOk);
            if let Some(scale) = scale {
                let scaling = view.cast::<IPlugViewContentScaleSupport>().unwrap();
                assert_eq!(scaling.setContentScaleFactor(scale), kResultOk);
            }
            let mut rect = rect([0, 0]);
            assert_eq!(view.canResize(), kResultOk);
            assert_eq!(view.getSize(&raw mut rect), kResultOk);
            let parent = Screen::get().host_window(sides(rect));
            let handle = std::ptr::without_provenance_mut(parent as usize);
            let attached = view.attached(handle, kPlatformTypeX11EmbedWindowID);
            assert_eq!(attached, kResultOk);
            Self {
                view,
                parent,
                size: sides(rect),
            }
        }
    }

    fn look(&self) -> Picture {
        Screen::get().wait_for_editor(self.size)
    }

    fn resize(&mut self, size: [u32; 2]) {
        let mut rect = rect(size);
        // SAFETY: the view is alive, and the rectangle on the stack.
        unsafe {
            assert_eq!(self.view.checkSizeConstraint(&raw mut rect), kResultOk);
            assert_eq!(self.view.onSize(&raw mut rect), kResultOk);
        }
        self.size = sides(rect);
        Screen::get().resize(self.parent, self.size);
    }

    fn remove(self) {
        // SAFETY: the view is attached.
        unsafe { self.view.removed() };
    }

    fn close(self) {
        let parent = self.parent;
        self.remove();
        assert!(Screen::get().children(parent).is_empty());
        Screen::get().destroy(parent);
    }
}

fn rect([width, height]: [u32; 2]) -> ViewRect {
    ViewRect {
        left: 0,
        top: 0,
        right: width as i32,
        bottom: height as i32,
    }
}

fn sides(rect: ViewRect) -> [u32; 2] {
    [rect.right as u32, rect.bottom as u32]
}

/// An instance without audio.
fn instance() -> Vst {
    Screen::get();
    let instance = Vst::new(Kind::Instrument);
    assert_eq!(instance.rig.load(&rich_state()), kResultOk);
    instance
}

#[test]
fn a_vst3_host_opens_resizes_and_closes_it() {
    let instance = instance();
    let rig = &instance.rig;
    let mut before = None;
    for round in 0..50 {
        let view = View::open(rig, None);
        assert_eq!(view.size, [1080, 680]);
        if round % 10 == 0 {
            view.look();
        }
        let value = f64::from(round) / 50.0;
        assert_eq!(rig.set(Param::Macro(0).number(), value), kResultOk);
        rig.ear.turn();
        view.close();
        let now = (thread_count(), open_files());
        assert_eq!(*before.get_or_insert(now), now, "round {round}");
    }
    let mut view = View::open(rig, Some(1.5));
    assert_eq!(view.size, [1620, 1020]);
    view.look();
    for (wanted, given) in [([1300, 900], [1300, 900]), ([10, 10], [1080, 720])] {
        view.resize(wanted);
        assert_eq!(view.size, given);
        view.look();
    }
    view.close();
}

#[test]
fn a_vst3_host_may_take_the_parent_away() {
    let screen = Screen::get();
    let instance = instance();
    let rig = &instance.rig;
    for turns in [0, 1, 100] {
        let view = View::open(rig, None);
        view.look();
        screen.destroy(view.parent);
        for _ in 0..turns {
            rig.ear.turn();
            screen.turn();
        }
        view.remove();
    }
    let view = View::open(rig, None);
    view.look();
    view.close();
}

#[test]
fn a_vst3_host_hears_of_a_gesture() {
    let screen = Screen::get();
    let instance = instance();
    let rig = &instance.rig;
    let view = View::open(rig, None);
    let before = view.look();
    let id = Param::Macro(0).number();
    let mut said = Vec::new();
    let mut hear_until = |what: &str, is_it: &dyn Fn(&Said) -> bool| {
        screen.wait_until(what, || {
            rig.ear.turn();
            let is_edit = |it: &Said| !matches!(it, Said::Restart(_) | Said::Dirty);
            said.extend(rig.ear.heard().into_iter().filter(is_edit));
            said.last().is_some_and(is_it)
        });
        said.clone()
    };
    screen.move_to(MACRO);
    screen.button(1, true);
    let [x, y] = MACRO;
    screen.move_to([x, y - 40]);
    let moved = |said: &Said| matches!(said, Said::Perform(it, value) if *it == id && *value > 0.5);
    hear_until("a value", &moved);
    screen.button(1, false);
    let said = hear_until("the end", &|said| *said == Said::End(id));
    assert_eq!(said[0], Said::Begin(id));
    assert!(said[1..said.len() - 1].iter().all(moved), "{said:?}");
    let Said::Perform(_, last) = said[said.len() - 2] else {
        panic!("a value before the end: {said:?}");
    };
    assert_eq!(rig.value(id), last);
    assert!(view.look().difference(&before) > 0);
    view.close();
}
