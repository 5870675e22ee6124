//! What a call answers.

use crate::ids;
use facade::rt::graph::GraphError;
use facade::{Error, ErrorKind};

/// What became of a call. 0 is success; numbers stand in decades by family, keep their meaning for
/// ever and are never used again.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum segue_status {
    /// Done.
    SEGUE_STATUS_OK = 0,
    /// Accepted; it takes effect at the next boundary that the call's documentation names.
    SEGUE_STATUS_DEFERRED = 1,

    /// A pointer is NULL where something is needed, or has a length without bytes.
    SEGUE_STATUS_NULL_POINTER = 10,
    /// A value is not in its range.
    SEGUE_STATUS_INVALID_ARGUMENT = 11,
    /// A size or count is above its limit; nothing was allocated.
    SEGUE_STATUS_LIMIT_EXCEEDED = 12,
    /// The caller's array is too short. The length that is needed was written, and nothing else.
    SEGUE_STATUS_BUFFER_TOO_SMALL = 13,
    /// A text is no valid UTF-8.
    SEGUE_STATUS_INVALID_UTF8 = 14,
    /// The `struct_size` of a struct is too small to be one, or its unknown tail is not 0.
    SEGUE_STATUS_STRUCT_SIZE = 15,
    /// There is nothing of this name.
    SEGUE_STATUS_UNKNOWN_NAME = 16,
    /// Something the call needs was not done before, or was done already.
    SEGUE_STATUS_WRONG_ORDER = 17,

    /// This handle was destroyed, or never made.
    SEGUE_STATUS_STALE_HANDLE = 20,
    /// What this id named is gone.
    SEGUE_STATUS_STALE_ID = 21,
    /// A call on this handle has panicked before: it can only be destroyed.
    SEGUE_STATUS_POISONED = 22,
    /// The library has found a defect of its own and has stopped the call; the handle is poisoned.
    SEGUE_STATUS_PANICKED = 23,
    /// Another call or job has what this call needs; try again later.
    SEGUE_STATUS_BUSY = 24,
    /// The caller was built for another ABI.
    SEGUE_STATUS_ABI_MISMATCH = 25,
    /// Not allowed inside of a callback of this handle.
    SEGUE_STATUS_IN_CALLBACK = 26,

    /// The audio thread has not taken enough commands yet; try again after the next block.
    SEGUE_STATUS_QUEUE_FULL = 30,
    /// The time that the caller gave is over.
    SEGUE_STATUS_TIMEOUT = 31,
    /// The caller has cancelled it.
    SEGUE_STATUS_CANCELLED = 32,
    /// There is nothing to take yet, or any more.
    SEGUE_STATUS_NOTHING = 33,

    /// No such file.
    SEGUE_STATUS_NOT_FOUND = 40,
    /// Something is in the way; nothing was changed.
    SEGUE_STATUS_EXISTS = 41,
    /// The operating system refused.
    SEGUE_STATUS_SYSTEM = 42,
    /// The file is of another kind.
    SEGUE_STATUS_WRONG_FILE = 43,
    /// The file was written by a newer version.
    SEGUE_STATUS_NEWER_VERSION = 44,
    /// The file is damaged.
    SEGUE_STATUS_DAMAGED = 45,

    /// A document, or what it describes, is not sound; the text says where.
    SEGUE_STATUS_INVALID_DOCUMENT = 50,
}

pub(crate) use segue_status::*;

/// Every status with its name, for [`segue_status_get_name`](crate::library::segue_status_get_name).
pub(crate) const ALL: &[(segue_status, &str)] = &[
    (SEGUE_STATUS_OK, "OK"),
    (SEGUE_STATUS_DEFERRED, "DEFERRED"),
    (SEGUE_STATUS_NULL_POINTER, "NULL_POINTER"),
    (SEGUE_STATUS_INVALID_ARGUMENT, "INVALID_ARGUMENT"),
    (SEGUE_STATUS_LIMIT_EXCEEDED, "LIMIT_EXCEEDED"),
    (SEGUE_STATUS_BUFFER_TOO_SMALL, "BUFFER_TOO_SMALL"),
    (SEGUE_STATUS_INVALID_UTF8, "INVALID_UTF8"),
    (SEGUE_STATUS_STRUCT_SIZE, "STRUCT_SIZE"),
    (SEGUE_STATUS_UNKNOWN_NAME, "UNKNOWN_NAME"),
    (SEGUE_STATUS_WRONG_ORDER, "WRONG_ORDER"),
    (SEGUE_STATUS_STALE_HANDLE, "STALE_HANDLE"),
    (SEGUE_STATUS_STALE_ID, "STALE_ID"),
    (SEGUE_STATUS_POISONED, "POISONED"),
    (SEGUE_STATUS_PANICKED, "PANICKED"),
    (SEGUE_STATUS_BUSY, "BUSY"),
    (SEGUE_STATUS_ABI_MISMATCH, "ABI_MISMATCH"),
    (SEGUE_STATUS_IN_CALLBACK, "IN_CALLBACK"),
    (SEGUE_STATUS_QUEUE_FULL, "QUEUE_FULL"),
    (SEGUE_STATUS_TIMEOUT, "TIMEOUT"),
    (SEGUE_STATUS_CANCELLED, "CANCELLED"),
    (SEGUE_STATUS_NOTHING, "NOTHING"),
    (SEGUE_STATUS_NOT_FOUND, "NOT_FOUND"),
    (SEGUE_STATUS_EXISTS, "EXISTS"),
    (SEGUE_STATUS_SYSTEM, "SYSTEM"),
    (SEGUE_STATUS_WRONG_FILE, "WRONG_FILE"),
    (SEGUE_STATUS_NEWER_VERSION, "NEWER_VERSION"),
    (SEGUE_STATUS_DAMAGED, "DAMAGED"),
    (SEGUE_STATUS_INVALID_DOCUMENT, "INVALID_DOCUMENT"),
];

/// Why a call failed. Its text is put together only when somebody asks for it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: segue_status,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    /// A fixed text.
    Plain(&'static str),
    /// An argument, and what is wrong with it.
    Argument {
        name: &'static str,
        problem: &'static str,
    },
    /// A number that is out of range.
    Range {
        name: &'static str,
        value: f64,
        allowed: &'static str,
    },
    /// A count above its limit.
    Limit {
        name: &'static str,
        value: u64,
        max: u64,
    },
    /// An id that names nothing.
    Id {
        what: &'static str,
        id: u64,
    },
    /// An id of something that the audio thread does not have.
    Unheard {
        what: &'static str,
        id: u64,
    },
    /// An argument that is the id of something else than what is `wanted`.
    Another {
        name: &'static str,
        wanted: &'static str,
        id: u64,
    },
    Text(String),
    Engine(Box<Error>),
}

pub(crate) type Answer<T = ()> = Result<T, Failure>;

impl Failure {
    /// A status with a fixed text.
    #[cold]
    #[inline(never)]
    pub(crate) fn plain(status: segue_status, text: &'static str) -> Self {
        let reason = Reason::Plain(text);
        Self { status, reason }
    }

    /// A status with a text of its own. Not for calls that fail often: it allocates.
    pub(crate) fn text(status: segue_status, text: String) -> Self {
        let reason = Reason::Text(text);
        Self { status, reason }
    }

    /// Something is wrong with an argument.
    #[cold]
    #[inline(never)]
    pub(crate) fn argument(
        status: segue_status,
        name: &'static str,
        problem: &'static str,
    ) -> Self {
        let reason = Reason::Argument { name, problem };
        Self { status, reason }
    }

    /// An id, as C has it, that names nothing.
    #[cold]
    #[inline(never)]
    pub(crate) fn id(what: &'static str, id: u64) -> Self {
        Self::stale(Reason::Id { what, id })
    }

    /// An id, as C has it, of something that is not heard.
    #[cold]
    #[inline(never)]
    pub(crate) fn unheard(what: &'static str, id: u64) -> Self {
        Self::stale(Reason::Unheard { what, id })
    }

    /// The argument `name` is no id of what is `wanted`.
    #[cold]
    #[inline(never)]
    pub(crate) fn another(name: &'static str, wanted: &'static str, id: u64) -> Self {
        Self::stale(Reason::Another { name, wanted, id })
    }

    fn stale(reason: Reason) -> Self {
        let status = SEGUE_STATUS_STALE_ID;
        Self { status, reason }
    }

    /// The argument that the engine refused.
    pub(crate) fn argument_of(&self) -> Option<&'static str> {
        match &self.reason {
            Reason::Engine(error) => match **error {
                Error::Argument { what, .. } => Some(what),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether an id of this kind named nothing.
    pub(crate) fn is_of(&self, kind: &str) -> bool {
        matches!(&self.reason, Reason::Id { what, .. } if *what == kind)
    }

    /// The same about another status: the engine does not know what is an argument of a call and what stands
    /// in a document.
    pub(crate) fn with_status(self, status: segue_status) -> Self {
        Self { status, ..self }
    }

    /// A number that is not in its range.
    #[cold]
    #[inline(never)]
    pub(crate) fn range(name: &'static str, value: impl Into<f64>, allowed: &'static str) -> Self {
        let reason = Reason::Range {
            name,
            value: value.into(),
            allowed,
        };
        let status = SEGUE_STATUS_INVALID_ARGUMENT;
        Self { status, reason }
    }

    /// A length or count above its limit.
    #[cold]
    pub(crate) fn limit(name: &'static str, value: usize, max: usize) -> Self {
        let reason = Reason::Limit {
            name,
            value: value as u64,
            max: max as u64,
        };
        let status = SEGUE_STATUS_LIMIT_EXCEEDED;
        Self { status, reason }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.reason {
            Reason::Plain(text) => f.write_str(text),
            Reason::Text(text) => f.write_str(text),
            Reason::Argument { name, problem } => write!(f, "{name} {problem}"),
            Reason::Range {
                name,
                value,
                allowed,
            } => write!(f, "{name} {value} is not in {allowed}"),
            Reason::Limit { name, value, max } => {
                write!(f, "{name}: {value} is over the limit of {max}")
            }
            Reason::Id { what, id } => write!(
                f,
                "{what} id {id:#x} names nothing that is there; {}",
                way_to(what)
            ),
            Reason::Unheard { what, id } => write!(
                f,
                "{what} id {id:#x} names nothing that is heard: it is gone, or new and waits for \
                 segue_mixer_commit; {}",
                way_to(what)
            ),
            Reason::Another { name, wanted, id } => another(f, name, wanted, *id),
            Reason::Engine(error) => match hint(error) {
                Some(hint) => write!(f, "{error}; {hint}"),
                None => write!(f, "{error}"),
            },
        }
    }
}

fn another(f: &mut std::fmt::Formatter<'_>, name: &str, wanted: &str, id: u64) -> std::fmt::Result {
    let way = way_to(wanted);
    let a = |kind: &str| if kind == "insert" { "an" } else { "a" };
    match ids::of(id) {
        _ if id == 0 => write!(f, "{name} 0 names no {wanted}; {way}"),
        None => write!(
            f,
            "{name} {id:#x} is no id of {} {wanted}; {way}",
            a(wanted)
        ),
        Some(kind) => write!(
            f,
            "{name} {id:#x} is the id of {} {kind}, not of {} {wanted}; {way}",
            a(kind),
            a(wanted)
        ),
    }
}

/// What gives an id of this kind.
fn way_to(what: &str) -> &'static str {
    match what {
        "bus" => "segue_bus_find gives its id",
        "send" => "segue_send_find gives its id",
        "insert" => "segue_insert_find gives its id",
        "sound" => "segue_sound_find gives its id",
        "voice" => "segue_voice_play gives its id",
        "analyser" => "segue_analyser_add gives its id",
        "post" => "segue_event_post gives its id",
        "game object" => "segue_object_add gives its id",
        _ => "segue_name_find gives its id",
    }
}

/// What a caller of C could try, unless the text says so.
fn hint(error: &Error) -> Option<&'static str> {
    let limit = match error {
        Error::Limit(limit) | Error::Graph(GraphError::Limit(limit)) => limit.limit,
        other => return other.hint(),
    };
    Some(match limit {
        "buses" => "make the engine with more segue_engine_config.buses",
        "inserts" => "make the engine with more segue_engine_config.inserts",
        "sends" => "make the engine with more segue_engine_config.sends",
        "sounds" => "make the engine with more segue_engine_config.sounds",
        "commands" => "make the engine with more segue_engine_config.commands",
        "streams" => "make the engine with more segue_engine_config.streams",
        _ => return error.hint(),
    })
}

impl From<Error> for Failure {
    /// Games may ask often whether an id is stale: that allocates nothing.
    #[cold]
    #[inline(never)]
    fn from(error: Error) -> Self {
        let status = status_of(&error);
        let reason = match error {
            Error::StaleId { what, id } | Error::Graph(GraphError::Unknown { what, id }) => {
                let id = ids::shown(what, id);
                Reason::Id { what, id }
            }
            error => Reason::Engine(Box::new(error)),
        };
        Self { status, reason }
    }
}

fn status_of(error: &Error) -> segue_status {
    match error {
        Error::QueueFull { .. } => SEGUE_STATUS_QUEUE_FULL,
        Error::Unknown { .. } => SEGUE_STATUS_UNKNOWN_NAME,
        Error::StaleInsert | Error::StaleId { .. } => SEGUE_STATUS_STALE_ID,
        Error::AlreadyLoaded | Error::NotRecording | Error::Restart { .. } => {
            SEGUE_STATUS_WRONG_ORDER
        }
        Error::Commit(facade::rt::graph::CommitError::Busy) => SEGUE_STATUS_BUSY,
        Error::Graph(error) => of_graph(error),
        Error::Dsp(_) | Error::Tempo(_) => SEGUE_STATUS_INVALID_ARGUMENT,
        other => match other.kind() {
            ErrorKind::NotFound => SEGUE_STATUS_NOT_FOUND,
            ErrorKind::Exists => SEGUE_STATUS_EXISTS,
            ErrorKind::System => SEGUE_STATUS_SYSTEM,
            ErrorKind::WrongFile => SEGUE_STATUS_WRONG_FILE,
            ErrorKind::NewerVersion => SEGUE_STATUS_NEWER_VERSION,
            ErrorKind::Damaged => SEGUE_STATUS_DAMAGED,
            ErrorKind::TooLarge => SEGUE_STATUS_LIMIT_EXCEEDED,
            ErrorKind::Usage => SEGUE_STATUS_INVALID_ARGUMENT,
            ErrorKind::Cancelled => SEGUE_STATUS_CANCELLED,
            _ => SEGUE_STATUS_INVALID_DOCUMENT,
        },
    }
}

fn of_graph(error: &GraphError) -> segue_status {
    match error {
        GraphError::Unknown { .. } => SEGUE_STATUS_STALE_ID,
        GraphError::Limit(_) => SEGUE_STATUS_LIMIT_EXCEEDED,
        GraphError::NameTaken { .. } => SEGUE_STATUS_EXISTS,
        _ => SEGUE_STATUS_INVALID_ARGUMENT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_number_and_a_name_of_its_own() {
        let mut numbers: Vec<i32> = ALL.iter().map(|(status, _)| *status as i32).collect();
        let count = numbers.len();
        numbers.dedup();
        assert!(numbers.is_sorted() && numbers.len() == count);
        for (status, name) in ALL {
            assert_eq!(format!("{status:?}"), format!("SEGUE_STATUS_{name}"));
        }
    }
}
