//! More commands for one frame than the queue holds, for rendering without real time.

use segue_dsp::denormals::FlushGuard;

use super::Renderer;

impl Renderer {
    /// Carries out what is queued for the frame that is rendered next, and renders nothing: so the control side
    /// has room for more commands on that frame, which come out as if the queue held them all. `[audio-thread]`
    pub fn catch_up(&mut self) {
        let _flush = FlushGuard::new();
        loop {
            self.drain();
            if self.carry_out_due() == 0 {
                break;
            }
        }
        self.give_back();
    }
}
