//! What the user does, done on the main thread.

use segue_gui::{Action, Control};

use crate::edits::Edit;
use crate::main_thread::MainThread;
use crate::params::Param;

impl MainThread<'_> {
    pub(super) fn act(&self, action: Action) {
        let edit = match action {
            Action::Begin(Control::Macro(number)) => Edit::Begin(Param::Macro(number)),
            Action::Set(Control::Macro(number), value) => {
                Edit::Set(Param::Macro(number), value.into())
            }
            Action::End(Control::Macro(number)) => Edit::End(Param::Macro(number)),
            _ => return,
        };
        self.tell(edit);
    }
}
