//! Ctrl-C.

use crate::failure::Failure;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the user wants to stop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cancel {
    pressed: Arc<AtomicBool>,
}

impl Cancel {
    /// Listens for Ctrl-C (and a request to terminate) from now on. The first one lets the command
    /// clean up; the second one ends the program at once. `notify` runs on another thread, once.
    pub(crate) fn listen(notify: impl Fn() + Send + 'static) -> Result<Cancel, Failure> {
        let cancel = Cancel::default();
        let pressed = Arc::clone(&cancel.pressed);
        let handler = move || {
            if pressed.swap(true, Ordering::SeqCst) {
                std::process::exit(i32::from(Failure::cancelled().kind.exit_code()));
            }
            notify();
        };
        ctrlc::set_handler(handler)
            .map_err(|error| Failure::new(format!("cannot listen for Ctrl-C: {error}")))?;
        Ok(cancel)
    }

    /// What a progress callback returns.
    pub(crate) fn flow(&self) -> ControlFlow<()> {
        if self.is_pressed() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    pub(crate) fn is_pressed(&self) -> bool {
        self.pressed.load(Ordering::SeqCst)
    }
}
