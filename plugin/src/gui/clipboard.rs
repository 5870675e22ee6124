//! The system's clipboard, opened when it is first needed: most editors never need it.

use arboard::Clipboard as System;

/// Text in and out. A system without a clipboard has an empty one.
#[derive(Default)]
pub(super) struct Clipboard(Option<System>);

impl Clipboard {
    /// What lies in it, if it is text.
    pub(super) fn text(&mut self) -> Option<String> {
        self.open()?.get_text().ok()
    }

    /// Puts text into it.
    pub(super) fn set_text(&mut self, text: String) {
        if let Some(system) = self.open() {
            // Nothing is lost but the copy.
            _ = system.set_text(text);
        }
    }

    fn open(&mut self) -> Option<&mut System> {
        if self.0.is_none() {
            self.0 = System::new().ok();
        }
        self.0.as_mut()
    }
}
