//! How the adapter gets back to the main thread: a tick, and file descriptors on Linux.
//!
//! VST3 has no call that means "call me on the main thread". On Linux a host may offer a run loop,
//! in the context of `initialize` or with the frame of a view; on Windows and macOS the system has
//! one. Without any, what the plug-in itself waits for is done at the end of the next call that the
//! host makes there. What the host should hear waits on: a host may be in the middle of anything when
//! it calls, and some crash when they are called back from there.

#[cfg(target_os = "linux")]
#[path = "run_loop/linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "run_loop/macos.rs"]
mod system;
#[cfg(target_os = "windows")]
#[path = "run_loop/windows.rs"]
mod system;

pub(crate) use system::RunLoop;

/// Milliseconds from tick to tick: the rate at which an editor's gestures reach the host.
pub(crate) const TICK_MS: u64 = 16;

use std::sync::Weak;

use crate::guard::{Role, as_role, catch};
use crate::instance::Instance;

/// `[main-thread]` One tick of an instance, unless it is gone.
fn tick(instance: &Weak<Instance>) {
    catch((), || {
        if let Some(instance) = instance.upgrade() {
            as_role(Role::Main, || instance.tick());
        }
    });
}
