//! Frames: what travels on a connection, one JSON object each.
//!
//! `{"type":"stage_event","seq":7,"t_us":123456,"data":{…}}`. `seq` counts from 1 on each
//! connection; `t_us` is the sender's own clock in microseconds, which never runs backwards.
//! Unknown fields are ignored.

mod schema;

use crate::json::{self, JsonError};
use serde_json::{Map, Value};

pub use schema::schema;

/// Longest text of a frame in bytes.
pub const PAYLOAD_MAX_BYTES: usize = 65_536;
/// Longest id of a frame in characters.
pub const ID_MAX: usize = 128;

/// One table makes the kinds, their names and their parser.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// What a frame is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FrameKind { $($(#[$doc])* $kind,)* }

        impl FrameKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Its name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
        }
    };
}

kinds! {
    /// The first frame of both sides: protocol, version, who it is.
    Hello = "hello",
    /// A token, before hello, where one is set.
    Auth = "auth",
    /// A stage that happens.
    StageEvent = "stage_event",
    /// A snapshot of the game's state.
    StateUpdate = "state_update",
    /// Up to 1000 stages and snapshots, applied in order.
    Batch = "batch",
    /// What Segue asks of the game.
    Command = "command",
    /// The game's answer to one command.
    CommandAck = "command_ack",
    /// What is wrong with a frame; fatal ones end the connection.
    Error = "error",
    /// A sign of life, and a probe of the clock.
    Heartbeat = "heartbeat",
    /// Numbers that did not arrive; sent by the receiver.
    Gap = "gap",
    /// Opaque to Segue.
    Custom = "custom",
}

/// A frame that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// What it is.
    pub kind: FrameKind,
    /// Its number on this connection, from 1.
    pub seq: u64,
    /// The sender's clock in microseconds.
    pub t_us: i64,
    /// The id its answer carries.
    pub id: Option<String>,
    /// The rest.
    pub data: Map<String, Value>,
}

/// Why a frame is not taken. [`code`](Self::code) is what the sender is told.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Longer than [`PAYLOAD_MAX_BYTES`].
    #[error("a frame of {bytes} bytes or more; at most {PAYLOAD_MAX_BYTES} are taken")]
    TooLong {
        /// Its length, as far as it was read.
        bytes: usize,
        /// The frame's number, where it stands within the first [`PAYLOAD_MAX_BYTES`].
        seq: Option<u64>,
    },
    /// Not UTF-8.
    #[error("not UTF-8 from byte {at} on")]
    NotUtf8 {
        /// The first wrong byte.
        at: usize,
    },
    /// Not JSON that is taken.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// No object.
    #[error("a frame is a JSON object")]
    NotAnObject,
    /// A field is missing or of the wrong type.
    #[error("{field} is to be {expected}")]
    Field {
        /// Its name.
        field: &'static str,
        /// What it is to be.
        expected: &'static str,
        /// The frame's number, where it has one.
        seq: Option<u64>,
    },
    /// No such kind.
    #[error("there is no frame type {name:?}")]
    Unknown {
        /// What it said, cut to 128 characters.
        name: String,
        /// The frame's number, where it has one.
        seq: Option<u64>,
    },
}

impl FrameError {
    /// The code in `error` frames and traces.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too_long",
            Self::NotUtf8 { .. } | Self::Json(_) | Self::NotAnObject => "parse",
            Self::Field { .. } => "field",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// The number of the frame, where it can be read.
    #[must_use]
    pub const fn seq(&self) -> Option<u64> {
        match self {
            Self::TooLong { seq, .. } | Self::Field { seq, .. } | Self::Unknown { seq, .. } => *seq,
            Self::NotUtf8 { .. } | Self::Json(_) | Self::NotAnObject => None,
        }
    }
}

impl Frame {
    /// Reads one frame. `[thread-safe]`
    ///
    /// # Errors
    /// [`FrameError`]; nothing is taken from a wrong frame.
    pub fn read(bytes: &[u8]) -> Result<Self, FrameError> {
        if bytes.len() > PAYLOAD_MAX_BYTES {
            return Err(FrameError::TooLong {
                bytes: bytes.len(),
                seq: seq_in(bytes),
            });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| FrameError::NotUtf8 {
            at: error.valid_up_to(),
        })?;
        let Value::Object(mut object) = json::parse(text)? else {
            return Err(FrameError::NotAnObject);
        };
        Ok(Self {
            kind: kind(&object)?,
            seq: seq(&object)?,
            t_us: time(&object)?,
            id: id(&object)?,
            data: data(&mut object)?,
        })
    }

    /// Its text on the wire, without a line's end.
    #[must_use]
    pub fn text(&self) -> String {
        let mut object = Map::new();
        object.insert("type".to_owned(), self.kind.name().into());
        object.insert("seq".to_owned(), self.seq.into());
        object.insert("t_us".to_owned(), self.t_us.into());
        if let Some(id) = &self.id {
            object.insert("id".to_owned(), id.as_str().into());
        }
        object.insert("data".to_owned(), self.data.clone().into());
        Value::Object(object).to_string()
    }
}

/// The number of a frame that is too long, read from its beginning: `seq` beside `type`, not within `data`.
pub(crate) fn seq_in(bytes: &[u8]) -> Option<u64> {
    let bytes = &bytes[..bytes.len().min(PAYLOAD_MAX_BYTES)];
    let (mut at, mut depth) = (0, 0_u32);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let start = at;
                while *bytes.get(at)? != b'"' {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
                let text = &bytes[start..at];
                at += 1;
                let mut rest = bytes[at..].trim_ascii_start();
                if depth == 1 && text == b"seq" && rest.first() == Some(&b':') {
                    rest = rest[1..].trim_ascii_start();
                    let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
                    let number = std::str::from_utf8(&rest[..end]).ok()?;
                    let is_ended = matches!(rest[end], b',' | b'}' | b' ' | b'\t' | b'\r');
                    let number: u64 = number.parse().ok().filter(|_| is_ended)?;
                    // As everywhere: whole numbers that JSON holds exactly.
                    let number = json::integer(&number.into())?;
                    return u64::try_from(number).ok().filter(|number| *number >= 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn kind(object: &Map<String, Value>) -> Result<FrameKind, FrameError> {
    let Some(Value::String(name)) = object.get("type") else {
        return Err(wrong(object, "type", "the name of a frame type"));
    };
    let mut kinds = FrameKind::ALL.iter();
    kinds
        .find(|kind| kind.name() == name)
        .copied()
        .ok_or_else(|| FrameError::Unknown {
            name: name.chars().take(ID_MAX).collect(),
            seq: number(object),
        })
}

/// A field of a frame that may have a number all the same.
fn wrong(object: &Map<String, Value>, field: &'static str, expected: &'static str) -> FrameError {
    FrameError::Field {
        field,
        expected,
        seq: number(object),
    }
}

/// The frame's number.
fn number(object: &Map<String, Value>) -> Option<u64> {
    let number = object.get("seq").and_then(json::integer)?;
    u64::try_from(number).ok().filter(|number| *number >= 1)
}

fn seq(object: &Map<String, Value>) -> Result<u64, FrameError> {
    number(object).ok_or_else(|| wrong(object, "seq", "a whole number from 1 on"))
}

fn time(object: &Map<String, Value>) -> Result<i64, FrameError> {
    let number = object.get("t_us").and_then(json::integer);
    number.ok_or_else(|| wrong(object, "t_us", "a whole number of microseconds"))
}

fn id(object: &Map<String, Value>) -> Result<Option<String>, FrameError> {
    match object.get("id") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) if id.chars().count() <= ID_MAX => Ok(Some(id.clone())),
        Some(_) => Err(wrong(object, "id", "text of at most 128 characters")),
    }
}

fn data(object: &mut Map<String, Value>) -> Result<Map<String, Value>, FrameError> {
    match object.remove("data") {
        None => Ok(Map::new()),
        Some(Value::Object(data)) => Ok(data),
        Some(_) => Err(wrong(object, "data", "an object")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn frame(value: &Value) -> Result<Frame, FrameError> {
        Frame::read(value.to_string().as_bytes())
    }

    #[test]
    fn a_frame_reads_as_it_was_written() {
        for kind in FrameKind::ALL {
            let data = json!({"reel": 2, "x": [1, null]});
            let written = Frame {
                kind: *kind,
                seq: 9,
                t_us: -5,
                id: Some("a".to_owned()),
                data: data.as_object().unwrap().clone(),
            };
            assert_eq!(Frame::read(written.text().as_bytes()).unwrap(), written);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            (json!([]), "parse", "a frame is a JSON object"),
            (
                json!({"seq": 1, "t_us": 0}),
                "field",
                "type is to be the name of a frame type",
            ),
            (
                json!({"type": "helo", "seq": 1, "t_us": 0}),
                "unknown",
                "there is no frame type \"helo\"",
            ),
            (
                json!({"type": "hello", "seq": 0, "t_us": 0}),
                "field",
                "seq is to be a whole number from 1 on",
            ),
            (
                json!({"type": "hello", "seq": 1, "t_us": 1.5}),
                "field",
                "t_us is to be a whole number of microseconds",
            ),
            (
                json!({"type": "hello", "seq": 1, "t_us": 9_007_199_254_740_993_i64}),
                "field",
                "t_us is to be a whole number of microseconds",
            ),
            (
                json!({"type": "hello", "seq": 1, "t_us": 0, "data": 3}),
                "field",
                "data is to be an object",
            ),
            (
                json!({"type": "hello", "seq": 1, "t_us": 0, "id": "x".repeat(129)}),
                "field",
                "id is to be text of at most 128 characters",
            ),
        ];
        for (value, code, text) in cases {
            let error = frame(&value).unwrap_err();
            assert_eq!((error.code(), error.to_string().as_str()), (code, text));
        }
        assert_eq!(
            Frame::read(b"\"\xff\"").unwrap_err().to_string(),
            "not UTF-8 from byte 1 on"
        );
    }

    #[test]
    fn the_length_limit_holds_at_the_limit_and_one_above() {
        let head = r#"{"type":"custom","seq":1,"t_us":0,"data":{"a":""#;
        let text = |length: usize| format!("{head}{}\"}}}}", "x".repeat(length - head.len() - 3));
        Frame::read(text(PAYLOAD_MAX_BYTES).as_bytes()).unwrap();
        let error = Frame::read(text(PAYLOAD_MAX_BYTES + 1).as_bytes()).unwrap_err();
        assert_eq!(error.code(), "too_long");
    }

    #[test]
    fn the_number_of_a_frame_that_is_too_long_is_read_from_its_beginning() {
        let tail = format!(r#","data":{{"a":"{}"}}}}"#, "x".repeat(PAYLOAD_MAX_BYTES));
        for (head, seq) in [
            (r#"{"type":"custom","seq":7,"t_us":0"#, Some(7)),
            (
                r#"{ "data0" : {"seq": 3, "a\"": 1}, "seq" : 12 , "t_us":0"#,
                Some(12),
            ),
            (r#"{"type":"seq","t_us":0"#, None),
            (r#"{"seq":1.5"#, None),
            (r#"{"seq":-1"#, None),
            (r#"{"seq":0"#, None),
        ] {
            let error = Frame::read(format!("{head}{tail}").as_bytes()).unwrap_err();
            assert_eq!((error.code(), error.seq()), ("too_long", seq), "{head}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = seq_in(&bytes);
            let _ = Frame::read(&bytes);
        }
    }
}
