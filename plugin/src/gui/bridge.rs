//! What the main thread and the thread of the window tell each other.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use baseview::WindowWaker;
use clack_plugin::host::HostSharedHandle;
use segue_engine::Unplayable;
use segue_engine::project::Project;
use segue_gui::Action;

use super::actions::Done;
use crate::document::Document;
use crate::edits::Edit;
use crate::shared::{Core, lock};
use crate::worker::Message;

/// What 0 VU is where nobody has chosen, dBFS: as EBU R 68 has it.
pub(super) const VU_ZERO: f32 = -18.0;

/// Shared by one open editor's two sides. Everything here is `[thread-safe]` and never waits for the
/// other side, but for [`Bridge::close`]. The audio thread knows nothing of it.
///
/// On X11 the window has a thread of its own; on Windows and macOS it lives on the main thread, and
/// is called there from inside of any system call. Both look the same from here.
pub(super) struct Bridge {
    pub(super) core: Arc<Core>,
    host: HostSharedHandle<'static>,
    requests: Mutex<VecDeque<Request>>,
    seen: Mutex<Seen>,
    /// The way to the worker; nobody keeps another one, because the worker ends with the last.
    worker: Mutex<Option<Sender<Message>>>,
    /// Bits of the display's pixels per point, and of the user's zoom.
    factor: AtomicU32,
    zoom: AtomicU32,
    /// Bits of what the VU meter calls 0, dBFS.
    vu_zero: AtomicU32,
    visible: AtomicBool,
    closing: AtomicBool,
    wish: Mutex<Wish>,
    gone: Mutex<bool>,
    left: Condvar,
}

/// What the window asks of the main thread.
pub(super) enum Request {
    /// The user did something to the instance.
    Act(Action),
    /// The user did something to a parameter, whose value is set already.
    Edit(Edit),
    /// The user changed the mixer of this project, which is now that one.
    Keep(Arc<Document>, Box<Project>),
    /// The worker has done what it was asked for.
    Done(Done),
    /// The user enlarged or shrank everything: [`Bridge::zoom`].
    Zoom,
    /// The user chose what 0 VU is: [`Bridge::vu_zero`].
    VuZero,
    /// The window has another size, maybe one that the host did not set here.
    Resized,
    /// The window is gone, and the host did not ask for it.
    Closed,
}

impl Request {
    /// True if nothing is lost when the newer one takes its place.
    fn gives_way_to(&self, newer: &Self) -> bool {
        match (self, newer) {
            (Self::Edit(Edit::Set(old, _)), Self::Edit(Edit::Set(new, _))) => old == new,
            (Self::Keep(old, _), Self::Keep(new, _)) => old.is_same_project(new),
            (Self::Zoom, Self::Zoom)
            | (Self::VuZero, Self::VuZero)
            | (Self::Resized, Self::Resized) => true,
            _ => false,
        }
    }
}

/// What the main thread shows: taken over whenever it changes.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) document: Arc<Document>,
    /// True while there is nothing in it but what a new instance has.
    pub(super) is_blank: bool,
    pub(super) unplayable: Vec<Unplayable>,
    /// What went wrong last, with a number that grows.
    pub(super) error: Option<(u64, String)>,
}

/// A frame that somebody wants who is not in the middle of one.
#[derive(Default)]
struct Wish {
    at: Option<Instant>,
    waker: Option<WindowWaker>,
}

impl Bridge {
    pub(super) fn new(core: &Arc<Core>, host: HostSharedHandle<'static>, seen: Seen) -> Self {
        Self {
            core: Arc::clone(core),
            host,
            requests: Mutex::default(),
            seen: Mutex::new(seen),
            worker: Mutex::default(),
            factor: AtomicU32::new(1_f32.to_bits()),
            zoom: AtomicU32::new(1_f32.to_bits()),
            vu_zero: AtomicU32::new(VU_ZERO.to_bits()),
            visible: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            wish: Mutex::default(),
            gone: Mutex::new(false),
            left: Condvar::new(),
        }
    }

    /// Queues a request, in order, and asks the host for a visit. Values that nobody has read yet
    /// give way to newer ones of the same control.
    pub(super) fn ask(&self, request: Request) {
        {
            let mut requests = lock(&self.requests);
            match requests.back_mut() {
                Some(last) if last.gives_way_to(&request) => *last = request,
                _ => requests.push_back(request),
            }
        }
        self.host.request_callback();
    }

    /// Tells the worker something, if there is one. `[window]`
    pub(super) fn send(&self, message: Message) {
        if let Some(worker) = &*lock(&self.worker) {
            // A worker that has ended plays nothing.
            _ = worker.send(message);
        }
    }

    /// `[main-thread]`
    pub(super) fn set_worker(&self, worker: Option<Sender<Message>>) {
        *lock(&self.worker) = worker;
    }

    /// The next request. `[main-thread]`
    pub(super) fn next_request(&self) -> Option<Request> {
        lock(&self.requests).pop_front()
    }

    /// Shows something else. `[main-thread]`
    pub(super) fn publish(&self, seen: Seen) {
        *lock(&self.seen) = seen;
        self.want_frame(Duration::ZERO);
    }

    pub(super) fn seen(&self) -> Seen {
        lock(&self.seen).clone()
    }

    /// Pixels per point of the display.
    pub(super) fn factor(&self) -> f32 {
        f32::from_bits(self.factor.load(Ordering::Relaxed))
    }

    pub(super) fn set_factor(&self, factor: f32) {
        self.factor.store(factor.to_bits(), Ordering::Relaxed);
        self.want_frame(Duration::ZERO);
    }

    /// How much the user enlarged everything.
    pub(super) fn zoom(&self) -> f32 {
        f32::from_bits(self.zoom.load(Ordering::Relaxed))
    }

    pub(super) fn set_zoom(&self, zoom: f32) {
        self.zoom.store(zoom.to_bits(), Ordering::Relaxed);
        self.want_frame(Duration::ZERO);
    }

    /// What the VU meter calls 0, dBFS.
    pub(super) fn vu_zero(&self) -> f32 {
        f32::from_bits(self.vu_zero.load(Ordering::Relaxed))
    }

    pub(super) fn set_vu_zero(&self, dbfs: f32) {
        self.vu_zero.store(dbfs.to_bits(), Ordering::Relaxed);
        self.want_frame(Duration::ZERO);
    }

    pub(super) fn is_visible(&self) -> bool {
        self.visible.load(Ordering::Relaxed)
    }

    pub(super) fn set_visible(&self, visible: bool) {
        self.visible.store(visible, Ordering::Relaxed);
        self.want_frame(Duration::ZERO);
    }

    /// Wants a frame after `delay`, from any thread and in the middle of anything.
    pub(super) fn want_frame(&self, delay: Duration) {
        let Some(at) = Instant::now().checked_add(delay) else {
            return;
        };
        let mut wish = lock(&self.wish);
        wish.at = Some(wish.at.map_or(at, |earlier| earlier.min(at)));
        if let Some(waker) = &wish.waker {
            waker.request_poll();
        }
    }

    /// The frame that was wanted. `[window]`
    pub(super) fn take_wish(&self) -> Option<Instant> {
        lock(&self.wish).at.take()
    }

    pub(super) fn set_waker(&self, waker: WindowWaker) {
        lock(&self.wish).waker = Some(waker);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Tells the window that the host wants it to go.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        if let Some(waker) = &lock(&self.wish).waker {
            waker.request_poll();
        }
    }

    /// Waits until the window is gone. `[main-thread]`
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "the window has no thread there")
    )]
    pub(super) fn wait_until_gone(&self) {
        let gone = lock(&self.gone);
        let waited = self.left.wait_while(gone, |gone| !*gone);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// The window is gone. `[window]`
    pub(super) fn leave(&self) {
        *lock(&self.gone) = true;
        self.left.notify_all();
        if !self.is_closing() {
            self.ask(Request::Closed);
        }
    }
}
