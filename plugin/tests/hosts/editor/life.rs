//! Opening, closing and everything that hosts do in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread::JoinHandle;

use clack_extensions::gui::*;
use clack_host::prelude::*;
use segue_plugin::{Kind, Param};

use super::{API, Editor, Screen, pair};
use crate::host::{Event, Handlers, Host};
use crate::projects::{project, rich_state, state};

type Running = StartedPluginAudioProcessor<Handlers>;

/// An audio thread that automates a macro as fast as it can.
struct Rolling {
    stop: Arc<AtomicBool>,
    blocks: Arc<AtomicUsize>,
    thread: JoinHandle<Running>,
}

impl Rolling {
    fn start(mut audio: Running) -> Self {
        let (stop, blocks) = <(Arc<AtomicBool>, Arc<AtomicUsize>)>::default();
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&blocks));
        let thread = std::thread::Builder::new();
        let thread = thread.spawn(move || {
            while !stopped.load(Relaxed) {
                play(&mut audio, counted.fetch_add(1, Relaxed));
                std::thread::yield_now();
            }
            audio
        });
        Self {
            stop,
            blocks,
            thread: thread.unwrap(),
        }
    }

    /// Waits for a block that begins from now on.
    fn wait_for_block(&self) {
        let seen = self.blocks.load(Relaxed);
        let blocks = || self.blocks.load(Relaxed);
        Screen::get().wait_until("a block", || blocks() > seen + 1);
    }

    fn stop(self) -> Running {
        self.stop.store(true, Relaxed);
        self.thread.join().unwrap()
    }
}

fn play(audio: &mut Running, number: usize) {
    let mut sides = [[9.0_f32; 128]; 2];
    let mut ports = AudioPorts::with_capacity(2, 1);
    let inputs = InputAudioBuffers::empty();
    let channels =
        AudioPortBufferType::f32_output_only(sides.iter_mut().map(|side| side.as_mut_slice()));
    let mut outputs = ports.with_output_buffers([AudioPortBuffer {
        latency: 0,
        channels,
    }]);
    let mut events = EventBuffer::new();
    let value = (number % 100) as f64 / 100.0;
    Event::Value(Param::Macro(0), value).push(7, &mut events);
    let mut heard = EventBuffer::with_capacity(64);
    let (input, mut output) = (events.as_input(), heard.as_output());
    audio
        .process(&inputs, &mut outputs, &input, &mut output, None, None)
        .unwrap();
    assert!(sides.iter().flatten().all(|x| x.is_finite()));
}

fn host() -> Host {
    Host::playing(Kind::Instrument, &rich_state())
}

pub(super) fn thread_count() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

pub(super) fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn it_opens_and_closes_fifty_times_while_audio_runs() {
    let mut host = host();
    let rolling = Rolling::start(host.take_audio());
    let mut before = None;
    for round in 0..50 {
        let editor = Editor::open(&mut host);
        if round % 10 == 0 {
            editor.look();
        }
        rolling.wait_for_block();
        host.idle();
        editor.close(&mut host);
        let now = (thread_count(), open_files());
        assert_eq!(*before.get_or_insert(now), now, "round {round}");
    }
    let audio = rolling.stop();
    host.give_audio(audio);
}

#[test]
fn nothing_is_made_before_it_is_created() {
    Screen::get();
    let before = (thread_count(), open_files());
    let mut host = Host::new(Kind::Effect);
    let gui: PluginGui = host.extension();
    let plugin = host.instance.plugin_handle();
    assert_eq!(gui.get_preferred_api(&plugin), Some(API));
    let floating = GuiConfiguration {
        is_floating: true,
        ..API
    };
    let foreign = GuiConfiguration {
        api_type: GuiApiType::WAYLAND,
        ..API
    };
    for other in [floating, foreign] {
        assert!(!gui.is_api_supported(&plugin, other));
        assert!(gui.create(&plugin, other).is_err());
    }
    assert!(gui.show(&plugin).is_err() && gui.hide(&plugin).is_err());
    let size = GuiSize {
        width: 900,
        height: 600,
    };
    assert!(gui.set_size(&plugin, size).is_err());
    gui.destroy(&plugin);
    assert_eq!((thread_count(), open_files()), before);
}

#[test]
fn it_has_the_size_that_the_host_and_the_session_want() {
    let screen = Screen::get();
    let mut host = host();
    let mut editor = Editor::open(&mut host);
    assert_eq!(editor.size, [1080, 680]);
    editor.look();
    for (wanted, given) in [
        ([1400, 900], [1400, 900]),
        ([100, 100], [720, 480]),
        ([951, 777], [951, 777]),
    ] {
        editor.resize(&mut host, wanted);
        assert_eq!(editor.size, given);
        editor.look();
        assert_eq!(screen.size(screen.children(editor.parent)[0]), given);
    }
    assert!(host.asked.dirty.load(Relaxed) > 0);
    let saved = host.save();
    editor.close(&mut host);
    assert_eq!(host.save(), saved);

    let mut again = Host::playing(Kind::Instrument, &saved);
    let editor = Editor::open(&mut again);
    assert_eq!(editor.size, [951, 777]);
    editor.close(&mut again);
}

#[test]
fn it_follows_the_scale_of_the_display() {
    let mut host = host();
    let editor = Editor::open_at(&mut host, Some(2.0));
    assert_eq!(editor.size, [2160, 1360]);
    editor.look();
    let plugin = host.instance.plugin_handle();
    for bad in [0.0, -1.0, f64::NAN, 1e9] {
        assert!(editor.gui.set_scale(&plugin, bad).is_err());
    }
    assert_eq!(pair(editor.gui.get_size(&plugin).unwrap()), [2160, 1360]);
    // The window moves to another display: the host is asked, and does it.
    editor.gui.set_scale(&plugin, 1.5).unwrap();
    host.idle();
    let asked = GuiSize::unpack_from_u64(host.asked.size.load(Relaxed));
    assert_eq!(pair(asked), [1620, 1020]);
    let plugin = host.instance.plugin_handle();
    assert_eq!(editor.gui.get_size(&plugin), Some(asked));
    let editor = Editor {
        size: pair(asked),
        ..editor
    };
    Screen::get().resize(editor.parent, editor.size);
    editor.look();
    editor.close(&mut host);
}

#[test]
fn two_editors_do_not_know_each_other() {
    let screen = Screen::get();
    let (mut one, mut other) = (host(), Host::playing(Kind::Effect, &state()));
    let first = Editor::open(&mut one);
    first.look();
    let second = Editor::open(&mut other);
    second.look();
    first.close(&mut one);
    let mut second = second;
    second.resize(&mut other, [800, 600]);
    second.look();
    assert_eq!(screen.children(second.parent).len(), 1);
    let third = Editor::open(&mut one);
    drop(other);
    assert!(screen.children(second.parent).is_empty());
    screen.destroy(second.parent);
    third.look();
    third.close(&mut one);
}

#[test]
fn it_survives_the_loss_of_its_parent() {
    let screen = Screen::get();
    let mut host = host();
    let rolling = Rolling::start(host.take_audio());
    for is_told in [true, false] {
        let editor = Editor::open(&mut host);
        editor.look();
        screen.destroy(editor.parent);
        if is_told {
            screen.wait_until("the end of the window", || {
                host.idle();
                host.asked.closed.load(Relaxed) > 0
            });
        }
        rolling.wait_for_block();
        editor.gui.destroy(&host.instance.plugin_handle());
    }
    let editor = Editor::open(&mut host);
    editor.look();
    editor.close(&mut host);
    host.give_audio(rolling.stop());
}

#[test]
fn it_hides_and_comes_back() {
    let screen = Screen::get();
    let mut host = host();
    let editor = Editor::open(&mut host);
    let before = editor.look();
    for _ in 0..3 {
        editor.gui.hide(&host.instance.plugin_handle()).unwrap();
        screen.wait_until("nothing", || {
            screen.look(editor.size).difference(&before) > 0
        });
        editor.gui.show(&host.instance.plugin_handle()).unwrap();
        editor.look();
    }
    editor.close(&mut host);
}

#[test]
fn it_stays_while_the_session_changes_and_the_audio_starts_anew() {
    let mut host = host();
    let editor = Editor::open(&mut host);
    editor.look();
    for (rate, state) in [(44_100.0, state()), (96_000.0, rich_state())] {
        host.stop();
        host.load(&state).unwrap();
        host.start(rate, 512);
        host.idle();
        editor.look();
        assert_eq!(project(&host.save()), project(&state));
    }
    editor.close(&mut host);
}

#[test]
fn an_instance_may_go_with_its_editor_open() {
    let screen = Screen::get();
    let mut host = host();
    let editor = Editor::open(&mut host);
    editor.look();
    drop(host);
    assert!(screen.children(editor.parent).is_empty());
    screen.destroy(editor.parent);
}
