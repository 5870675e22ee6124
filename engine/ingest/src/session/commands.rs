//! Commands and their answers: exactly one answer each, within 5 s.

use super::{Output, Row, Session};
use crate::frame::{Frame, FrameKind};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Commands that wait for their answer, in each direction.
pub const COMMANDS_MAX: usize = 64;
/// How long one waits, in microseconds.
pub const COMMAND_TIMEOUT_US: u64 = 5_000_000;

/// An answer to one of our commands.
#[derive(Clone, Debug, PartialEq)]
pub struct Ack {
    /// Which command.
    pub id: String,
    /// Whether it was done.
    pub success: bool,
    /// What it brought.
    pub data: Value,
    /// Why not; `timeout` when nobody answered.
    pub error: Option<String>,
}

impl Ack {
    pub(super) fn timeout(id: String) -> Self {
        Self {
            id,
            success: false,
            data: Value::Null,
            error: Some("timeout".to_owned()),
        }
    }
}

/// 64 commands wait already, or the other side is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the command is not sent: {COMMANDS_MAX} wait for their answer, or nobody is connected")]
pub struct Busy;

/// Ids that wait, oldest first.
#[derive(Debug, Default)]
pub(super) struct Pending(VecDeque<(u64, String)>);

impl Pending {
    fn add(&mut self, id: String, now_us: u64) -> bool {
        let has_room = self.0.len() < COMMANDS_MAX && !self.0.iter().any(|(_, other)| *other == id);
        if has_room {
            self.0.push_back((now_us + COMMAND_TIMEOUT_US, id));
        }
        has_room
    }

    fn remove(&mut self, id: &str) -> bool {
        let found = self.0.iter().position(|(_, other)| other == id);
        found.is_some_and(|at| self.0.remove(at).is_some())
    }

    pub(super) fn next_due(&self) -> Option<u64> {
        self.0.front().map(|(due, _)| *due)
    }

    fn expired(&mut self, now_us: u64) -> Option<String> {
        let is_due = self.next_due().is_some_and(|due| due <= now_us);
        is_due
            .then(|| self.0.pop_front())
            .flatten()
            .map(|(_, id)| id)
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = String> + use<> {
        std::mem::take(&mut self.0).into_iter().map(|(_, id)| id)
    }
}

impl Session {
    /// Asks the other side for something; its id comes back in [`Output::Ack`].
    ///
    /// # Errors
    /// [`Busy`].
    pub fn command(&mut self, name: &str, args: Value, now_us: u64) -> Result<String, Busy> {
        let id = format!("c{}", self.next_command);
        if !self.is_open() || !self.asked.add(id.clone(), now_us) {
            return Err(Busy);
        }
        self.next_command += 1;
        let data = json!({"id": id, "name": name, "args": args});
        self.send(FrameKind::Command, Some(id.clone()), data, now_us);
        let (name, asked) = (name.to_owned(), id.clone());
        self.outputs
            .push_back(Output::Row(Row::Asked { id: asked, name }));
        Ok(id)
    }

    /// Answers a command of the other side. Nothing happens for one that is not waiting any more.
    pub fn acknowledge(&mut self, ack: Ack, now_us: u64) {
        if self.to_answer.remove(&ack.id) {
            self.send_ack(ack, now_us);
        }
    }

    pub(super) fn take_command(&mut self, frame: Frame, now_us: u64) {
        let field = |name: &str| {
            frame
                .data
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let id = field("id").or_else(|| frame.id.clone());
        let (Some(id), Some(name)) = (id, field("name")) else {
            let text = "a command has an id and a name";
            return self.refuse("field", text, Some(frame.seq), now_us);
        };
        if !self.to_answer.add(id.clone(), now_us) {
            let ack = Ack {
                error: Some("busy".to_owned()),
                ..Ack::timeout(id)
            };
            return self.send_ack(ack, now_us);
        }
        let args = frame.data.get("args").cloned().unwrap_or(Value::Null);
        self.outputs.push_back(Output::Command { id, name, args });
    }

    pub(super) fn take_ack(&mut self, frame: &Frame) {
        let text = |name: &str| {
            frame
                .data
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let id = text("command_id")
            .or_else(|| frame.id.clone())
            .unwrap_or_default();
        let output = if self.asked.remove(&id) {
            Output::Ack(Ack {
                id,
                success: frame.data.get("success") == Some(&Value::Bool(true)),
                data: frame.data.get("data").cloned().unwrap_or(Value::Null),
                error: text("error"),
            })
        } else {
            Output::Row(Row::LateAck { id })
        };
        self.outputs.push_back(output);
    }

    pub(super) fn expire_commands(&mut self, now_us: u64) {
        while let Some(id) = self.asked.expired(now_us) {
            self.outputs.push_back(Output::Ack(Ack::timeout(id)));
        }
        while let Some(id) = self.to_answer.expired(now_us) {
            self.send_ack(Ack::timeout(id), now_us);
        }
    }

    fn send_ack(&mut self, ack: Ack, now_us: u64) {
        let data = json!({
            "command_id": ack.id,
            "success": ack.success,
            "data": ack.data,
            "error": ack.error,
            "timestamp": now_us,
        });
        self.send(FrameKind::CommandAck, Some(ack.id), data, now_us);
    }
}
