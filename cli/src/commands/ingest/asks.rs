//! Commands that a person sends to games: lines of standard input.

use crate::console::Console;
use segue_engine::ingest::{CAPABILITIES, LiveGame, object};
use serde_json::Value;
use std::io::{BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Bytes of a line at most: what a game takes as one frame, without what stands around it.
const LINE_BYTES: usize = 65_000;
/// Lines that wait.
const WAITING: usize = 64;

/// What the lines of standard input ask for. `None` of a line is one that is too long.
pub(super) struct Asks(Receiver<Option<String>>);

impl Asks {
    /// Reads on a thread of its own, which the end of the program ends.
    pub(super) fn listen() -> Asks {
        let (sender, lines) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("segue-input".to_owned());
        // Without a thread there is no input, as if it had ended.
        drop(thread.spawn(move || read(&mut std::io::stdin().lock(), &sender)));
        Asks(lines)
    }

    /// Sends what was asked for since the last call.
    pub(super) fn send(&self, game: &LiveGame, console: &Console) {
        while let Ok(line) = self.0.try_recv() {
            let sent = match line.as_deref().map(parse) {
                Some(Ok(None)) => continue,
                Some(Ok(Some((name, args)))) => send(game, &name, &args),
                Some(Err(text)) => Err(text),
                None => Err(format!("a command has at most {LINE_BYTES} bytes")),
            };
            if let Err(text) = sent {
                console.warn(&text);
            }
        }
    }
}

fn send(game: &LiveGame, name: &str, args: &Value) -> Result<(), String> {
    if !game.has_games() {
        return Err(format!("{name}: no game is connected"));
    }
    let sent = game.command(name, args);
    sent.map_err(|error| format!("{name}: {error}"))
}

fn read(input: &mut impl BufRead, sender: &SyncSender<Option<String>>) {
    loop {
        let mut bytes = Vec::new();
        let mut piece = Read::take(&mut *input, LINE_BYTES as u64 + 1);
        let got = piece.read_until(b'\n', &mut bytes).unwrap_or(0);
        let is_whole = got <= LINE_BYTES || bytes.ends_with(b"\n");
        if !is_whole {
            // An input that breaks off ends the line too.
            _ = input.skip_until(b'\n');
        }
        let line = is_whole.then(|| String::from_utf8_lossy(&bytes).into_owned());
        if got == 0 || sender.send(line).is_err() {
            return;
        }
    }
}

/// `command NAME {args}`; `None` for a line without anything.
fn parse(line: &str) -> Result<Option<(String, Value)>, String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let usage = "a line is: command NAME {\"argument\": value}";
    let rest = line.strip_prefix("command ").ok_or(usage)?.trim_start();
    let (name, args) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    if !CAPABILITIES.contains(&name) {
        let name: String = name.chars().take(128).collect();
        let known = CAPABILITIES.join(", ");
        return Err(format!("there is no command {name:?}; there are {known}"));
    }
    let args = match args.trim() {
        "" => Value::Object(serde_json::Map::new()),
        args => object(args)
            .map(Value::Object)
            .map_err(|error| format!("{name}: {error}; {usage}"))?,
    };
    Ok(Some((name.to_owned(), args)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_commands() {
        for (line, expected) in [
            ("command pause", ("pause", json!({}))),
            ("command seek {\"ms\": 5}\r\n", ("seek", json!({"ms": 5}))),
            ("  command  custom   {}", ("custom", json!({}))),
        ] {
            let expected = (expected.0.to_owned(), expected.1);
            assert_eq!(parse(line), Ok(Some(expected)), "{line}");
        }
        for line in ["", "  \n", "# a word to myself"] {
            assert_eq!(parse(line), Ok(None));
        }
        for (line, text) in [
            ("pause", "a line is: command NAME"),
            ("command", "a line is: command NAME"),
            (
                "command fly",
                "there is no command \"fly\"; there are play_spin, ",
            ),
            ("command seek 5", "seek: an object is expected"),
            ("command seek {", "seek: not JSON"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.starts_with(text), "{error}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_told_once() {
        let (sender, lines) = sync_channel(8);
        let text = format!("a\n{}\nb", "x".repeat(3 * LINE_BYTES));
        read(&mut text.as_bytes(), &sender);
        let lines: Vec<_> = lines.try_iter().collect();
        assert_eq!(lines, [Some("a\n".to_owned()), None, Some("b".to_owned())]);
    }
}
