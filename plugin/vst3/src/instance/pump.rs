//! What waits for the main thread, done there.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use vst3::ComPtr;
use vst3::Steinberg::Vst::RestartFlags_::*;
use vst3::Steinberg::Vst::{IComponentHandler, IComponentHandler2, IComponentHandler2Trait};
use vst3::Steinberg::Vst::{IComponentHandlerTrait, RestartFlags};

use super::Instance;
use crate::guard::{lock, swap};
use crate::host::pending;
use crate::output::Edit;
use crate::params::Params;
use crate::plugin::Plugin;

/// Ticks without a block after which a host counts as not processing.
const STALLED_TICKS: u32 = 6;
/// What is for the plug-in, or for us.
const OWN: u32 = pending::CALLBACK | pending::FLUSH | pending::CLOSED;
/// What is for the host's handler.
const NEWS: u32 = pending::RESTART
    | pending::LATENCY
    | pending::DIRTY
    | pending::PARAM_VALUES
    | pending::PARAM_INFO
    | pending::PARAM_LIST
    | pending::PORT_NAMES
    | pending::PORTS;

/// Values that the host's controller side has set since the last block, by parameter index.
#[derive(Default)]
pub(super) struct Staged {
    blocks: u64,
    values: Vec<(usize, f64)>,
}

impl Staged {
    /// The values of before the last block have had their chance to arrive with it.
    pub(super) fn add(&mut self, blocks: u64, index: usize, value: f64) {
        if self.blocks != blocks {
            self.blocks = blocks;
            self.values.clear();
        }
        self.values.retain(|(other, _)| *other != index);
        self.values.push((index, value));
    }

    pub(super) fn take(&mut self, blocks: u64) -> Vec<(usize, f64)> {
        let values = std::mem::take(&mut self.values);
        if self.blocks == blocks {
            values
        } else {
            Vec::new()
        }
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
    }
}

/// How long no block has come.
#[derive(Default)]
pub(super) struct Stall {
    blocks: u64,
    ticks: u32,
}

impl Stall {
    fn tick(&mut self, blocks: u64) {
        let is_same = self.blocks == blocks;
        self.ticks = if is_same {
            self.ticks.saturating_add(1)
        } else {
            0
        };
        self.blocks = blocks;
    }
}

impl Instance {
    /// `[main-thread]` The regular visit.
    pub(crate) fn tick(&self) {
        let Some(plugin) = self.plugin() else {
            return;
        };
        lock(&self.stall).tick(self.blocks.count());
        let now = Instant::now();
        while let Some(timer) = plugin.host.timers.pop_due(now) {
            plugin.on_timer(timer);
        }
        self.pump();
    }

    /// `[main-thread]` Does what waits. Only from the run loop, never from inside of a call of the host:
    /// hosts answer news at once, with calls that they cannot take in the middle of another. A call
    /// from inside of it does nothing: the outer one goes on.
    pub(crate) fn pump(&self) {
        if self.is_pumping.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Some(plugin) = self.plugin() {
            self.do_own(&plugin);
            self.do_resize(&plugin);
            self.send_edits();
            self.tell_news(&plugin);
        }
        self.is_pumping.store(false, Ordering::Relaxed);
    }

    /// `[main-thread]` Does what waits for the plug-in alone, in hosts that never tick. The host is not
    /// called, so this may end any of its calls.
    pub(crate) fn attend(&self) {
        if let Some(plugin) = self.plugin() {
            self.do_own(&plugin);
        }
    }

    fn do_resize(&self, plugin: &Plugin) {
        if plugin.host.take(pending::RESIZE) != 0 {
            let (width, height) = plugin.host.requested_size();
            self.resize_from_elsewhere(plugin, width, height);
        }
    }

    fn do_own(&self, plugin: &Arc<Plugin>) {
        let work = plugin.host.take(OWN);
        if work & pending::CALLBACK != 0 {
            plugin.on_main_thread();
        }
        if work & pending::CLOSED != 0 {
            self.close_window(None);
        }
        if work & pending::FLUSH != 0 && !self.flush_now(plugin) {
            // The next block brings it, or the next visit finds that none comes.
            plugin.host.set(pending::FLUSH);
        }
    }

    /// Flushes unless blocks come, which flush on their own.
    fn flush_now(&self, plugin: &Plugin) -> bool {
        let is_stalled = lock(&self.stall).ticks >= STALLED_TICKS;
        let Some(mut processor) = self.audio.try_enter() else {
            return false;
        };
        if processor.is_running() && !is_stalled {
            return false;
        }
        processor.flush(plugin, &[]);
        true
    }

    /// Passes gestures on. Without a handler they wait, up to the queue's capacity.
    fn send_edits(&self) {
        let Some(handler) = self.handler() else {
            return;
        };
        loop {
            let edit = lock(&self.edits).pop();
            let Ok(edit) = edit else {
                return;
            };
            // SAFETY: the handler is the host's.
            unsafe {
                match edit {
                    Edit::Begin(id) => handler.beginEdit(id),
                    Edit::Value(id, value) => handler.performEdit(id, value),
                    Edit::End(id) => handler.endEdit(id),
                    Edit::Lone(id, value) => {
                        handler.beginEdit(id);
                        handler.performEdit(id, value);
                        handler.endEdit(id)
                    }
                };
            }
        }
    }

    fn tell_news(&self, plugin: &Plugin) {
        let Some(handler) = self.handler() else {
            return;
        };
        let news = plugin.host.take(NEWS);
        if news == 0 {
            return;
        }
        let flags = self.changes(plugin, news);
        if flags != 0 {
            // SAFETY: the handler is the host's.
            unsafe { handler.restartComponent(flags) };
        }
        if news & pending::DIRTY != 0 {
            set_dirty(&handler);
        }
    }

    /// Takes over what has changed, and says how VST3 calls it.
    fn changes(&self, plugin: &Plugin, news: u32) -> RestartFlags {
        let has = |bit: u32| news & bit != 0;
        let is_active = self.is_active.load(Ordering::Relaxed);
        let mut flags = 0;
        if has(pending::PARAM_LIST | pending::PARAM_INFO) {
            self.reread_params(plugin, is_active);
            flags |= kParamTitlesChanged | kParamValuesChanged;
        }
        if has(pending::PARAM_VALUES) {
            self.params().refresh(plugin);
            flags |= kParamValuesChanged;
        }
        if has(pending::PORT_NAMES | pending::PORTS) {
            // While active nothing is sure: the host looks after it has deactivated.
            let is_other = is_active || self.read_layout(plugin);
            flags |= if has(pending::PORTS) && is_other {
                kIoChanged
            } else {
                kIoTitlesChanged
            };
        }
        if has(pending::LATENCY) && is_active {
            let latency = plugin.latency();
            self.latency.store(latency, Ordering::Relaxed);
            if self.told_latency.load(Ordering::Relaxed) != latency {
                flags |= kLatencyChanged;
            }
        }
        if has(pending::RESTART) {
            flags |= kReloadComponent;
        }
        flags
    }

    /// A list with other ids or ranges waits until the plug-in is inactive, as CLAP demands; other
    /// names are taken over at once.
    fn reread_params(&self, plugin: &Plugin, is_active: bool) {
        if !is_active {
            self.read_params();
            return;
        }
        let (params, sheet) = Params::read(plugin, &self.controllers());
        let current = self.params();
        if current.is_like(&params) {
            current.refresh(plugin);
            drop(swap(&self.sheet, Arc::new(sheet)));
        } else {
            plugin.host.set(pending::STALE_LIST);
        }
    }
}

fn set_dirty(handler: &ComPtr<IComponentHandler>) {
    if let Some(handler) = handler.cast::<IComponentHandler2>() {
        // SAFETY: the handler is the host's.
        unsafe { handler.setDirty(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staged_values_are_those_since_the_last_block() {
        let mut staged = Staged::default();
        staged.add(3, 0, 0.1);
        staged.add(3, 1, 0.2);
        staged.add(3, 0, 0.3);
        assert_eq!(staged.take(3), [(1, 0.2), (0, 0.3)]);
        assert!(staged.take(3).is_empty());
        staged.add(3, 0, 0.1);
        staged.add(4, 1, 0.2);
        assert!(staged.take(5).is_empty());
    }
}
