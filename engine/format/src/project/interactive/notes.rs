//! Notes and macros that drive the game.

object! {
    /// A note that posts events. Notes it takes do not reach the project's key map.
    pub struct NoteEvent {
        /// Lowest and highest key, 0 to 127; default all.
        keys: [u8; 2] = [0, 127],
        /// MIDI channel 0 to 15; absent: any.
        channel: Option<u8> = None,
        /// Posted when the key goes down.
        on: Option<String> = None,
        /// Posted when it is let go.
        off: Option<String> = None,
        /// RTPC that is set to the velocity, 0 to 1 of its range, before `on` is posted.
        velocity: Option<String> = None,
        /// RTPC that is set to the key, before `on` is posted.
        key: Option<String> = None,
    }
}

object! {
    /// A macro of the project that moves an RTPC.
    pub struct MacroRtpc {
        /// The macro's id.
        macro_id: String = String::new() => needed,
        /// The RTPC.
        rtpc: String = String::new() => needed,
        /// Its value while the macro is at 0 and at 1; absent: its range.
        range: Option<[f64; 2]> = None,
    }
}

lower! {
    NoteEvent { keys, channel, on, off, velocity, key }
    MacroRtpc { macro_id, rtpc, range }
}
