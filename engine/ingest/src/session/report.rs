//! What a session has to say about itself.

/// Codes of WebSocket's close frame (RFC 6455, section 7.4) and of our own range.
pub mod close_code {
    /// Done.
    pub const NORMAL: u16 = 1000;
    /// The peer is gone or silent.
    pub const GOING_AWAY: u16 = 1001;
    /// It speaks another protocol or version.
    pub const PROTOCOL: u16 = 1002;
    /// A binary message.
    pub const UNSUPPORTED: u16 = 1003;
    /// Text that is not UTF-8.
    pub const INVALID_DATA: u16 = 1007;
    /// Too much that is not JSON.
    pub const POLICY: u16 = 1008;
    /// A message over the limit.
    pub const TOO_BIG: u16 = 1009;
    /// Too many connections, or one that does not read.
    pub const TRY_LATER: u16 = 1013;
    /// No token, a wrong one, or something before it.
    pub const NOT_ADMITTED: u16 = 4401;
    /// The other side does not admit us.
    pub const REFUSED_THERE: u16 = 4403;

    /// True when trying again cannot help.
    #[must_use]
    pub const fn is_permanent(code: u16) -> bool {
        matches!(code, PROTOCOL | UNSUPPORTED | NOT_ADMITTED | REFUSED_THERE)
    }
}

/// Why a connection is to be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// For WebSocket's close frame.
    pub code: u16,
    /// For programs.
    pub reason: &'static str,
    /// For people.
    pub text: String,
    /// Trying again cannot help.
    pub is_permanent: bool,
}

/// Something a peer said that was not taken, after its frame was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub text: String,
    /// The number of its frame.
    pub seq: u64,
}

/// Something worth a line in a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// Frames did not arrive.
    Gap {
        /// First number.
        from: u64,
        /// Last number.
        to: u64,
    },
    /// The other side misses frames of ours.
    GapThere {
        /// First number.
        from: i64,
        /// Last number.
        to: i64,
    },
    /// A number came again; the frame was dropped.
    Duplicate {
        /// The number.
        seq: u64,
    },
    /// A frame or item was not taken.
    Refused {
        /// For programs.
        code: &'static str,
        /// Its number, where it had one.
        seq: Option<u64>,
        /// For people.
        text: String,
    },
    /// The other side did not take something, or ends.
    TheirError {
        /// For programs.
        code: String,
        /// For people.
        message: String,
    },
    /// The other side's clock jumped.
    ClockStep {
        /// Microseconds.
        by_us: f64,
    },
    /// A message was older than the one before; it keeps its place and takes that one's time.
    TimeBackwards {
        /// Its number.
        seq: u64,
        /// Microseconds.
        by_us: i64,
    },
    /// The other side was built with another project.
    OtherProject {
        /// Its hash.
        theirs: String,
    },
    /// So many lines were not told, because there were more than ten in a second.
    Suppressed {
        /// How many.
        count: u64,
    },
    /// We asked the other side for something.
    Asked {
        /// Comes back in its answer.
        id: String,
        /// What for.
        name: String,
    },
    /// An answer that nobody waits for.
    LateAck {
        /// Of which command.
        id: String,
    },
}
