//! How many instructions calls take that games make often, as callgrind counts them: docs/c-abi.md promises them.

use std::collections::BTreeMap;
use std::path::Path;

use super::Outcome;
use super::checks::{RELEASE, built_for_panics};
use super::kit::{Kit, Linking, Program};
use crate::shell::{Result, fail, on_path};

/// Instructions of a call that succeeds, at most, and the calls.
const MOST: &[(u64, &[&str])] = &[
    // What an engine or a bus has ready.
    (
        60,
        &[
            "segue_engine_get_frame",
            "segue_engine_get_state",
            "segue_bus_take_levels",
            "segue_insert_get_reading",
            "segue_level_get",
        ],
    ),
    // What is looked up by a name, too.
    (
        90,
        &[
            "segue_rtpc_get",
            "segue_state_get",
            "segue_switch_get",
            "segue_signal_get",
        ],
    ),
    // What is checked, kept and sent to the audio thread.
    (
        150,
        &[
            "segue_rtpc_set",
            "segue_state_set",
            "segue_signal_set",
            "segue_context_enter",
            "segue_stinger_play",
            "segue_object_place",
            "segue_bus_set",
            "segue_insert_set_param",
            "segue_insert_set_mix",
            "segue_insert_set_bypass",
            "segue_playing_pause",
            "segue_playing_stop",
            "segue_voice_set",
            "segue_voice_set_filter",
            "segue_voice_pause",
            "segue_voice_seek",
            "segue_voice_leave_loop",
            "segue_voice_stop",
            "segue_note_send",
            "segue_transport_play",
            "segue_transport_seek",
            "segue_transport_set_loop",
            "segue_transport_stop",
        ],
    ),
    // What has more to check, to keep or to send.
    (
        205,
        &[
            "segue_event_post",
            "segue_send_set_gain",
            "segue_switch_set",
            "segue_voice_play",
            "segue_transport_follow_host",
            "segue_macro_set",
        ],
    ),
];
/// What may come on top: the library that is built for panics looks whether one was asked for, and another compiler
/// chooses other instructions.
const MORE: u64 = 15;

pub(super) fn cost(kit: &Kit<'_>) -> Result<Outcome> {
    if !on_path("valgrind") {
        return Ok(Outcome::NotRun("valgrind is not installed"));
    }
    let kit = &built_for_panics(kit)?;
    let program = kit.compile(&Program {
        source: "capi/tests/c/cost.c",
        name: "cost",
        linking: Linking::Shared,
        options: &[],
    })?;
    let file = kit.out.join("callgrind.out");
    let mut command = kit.shell.command("valgrind");
    command.args(["--tool=callgrind", "--quiet", "--fair-sched=yes"]);
    command.arg(format!("--callgrind-out-file={}", file.display()));
    // Names are found when the program starts and not in the first call of each.
    command.env("LD_BIND_NOW", "1");
    command.env_remove("LD_LIBRARY_PATH");
    kit.last_line(command.arg(program).arg(&kit.projects))?;
    let counts = counts(&read(&file)?);
    let mut wrong = Vec::new();
    let mut said = Vec::new();
    for (most, calls) in MOST {
        let mut largest = 0;
        for call in *calls {
            match counts.get(*call) {
                Some(count) if *count <= most + MORE => largest = largest.max(*count),
                Some(count) => wrong.push(format!("{call} takes {count} instructions, not {most}")),
                None => wrong.push(format!("callgrind has not seen {call}")),
            }
        }
        said.push(format!("{largest} of {most}"));
    }
    if !wrong.is_empty() {
        return fail(wrong.join("; "));
    }
    Ok(Outcome::Done(format!(
        "in the profile `{RELEASE}`, at most {} instructions",
        said.join(", ")
    )))
}

fn read(file: &Path) -> Result<String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(error) => fail(format!("{}: {error}", file.display())),
    }
}

/// The mean of each function of libsegue that `main` calls, with all that it calls, out of a file of callgrind.
fn counts(text: &str) -> BTreeMap<String, u64> {
    let mut names = BTreeMap::new();
    let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let (mut within, mut called) = (String::new(), String::new());
    let mut calls = None;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            within = named(name, &mut names);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            called = named(name, &mut names);
        } else if let Some(numbers) = line.strip_prefix("calls=") {
            calls = first(numbers);
        } else if let Some(times) = calls.take() {
            // The line behind one of calls has what they took together.
            let took = line.split_whitespace().last().and_then(first);
            if within == "main" && called.starts_with("segue_") {
                let sum = sums.entry(called.clone()).or_default();
                *sum = (sum.0 + times, sum.1 + took.unwrap_or(0));
            }
        }
    }
    let mean = |(times, took): (u64, u64)| took / times.max(1);
    sums.into_iter()
        .map(|(name, sum)| (name, mean(sum)))
        .collect()
}

/// `(7) main` names number 7, and `(7)` means it from then on.
fn named(name: &str, names: &mut BTreeMap<String, String>) -> String {
    let (number, name) = name.split_once(' ').unwrap_or((name, ""));
    if !name.is_empty() {
        names.insert(number.to_owned(), name.to_owned());
    }
    names.get(number).cloned().unwrap_or_default()
}

fn first(words: &str) -> Option<u64> {
    words.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_main_calls_is_counted_with_all_it_calls() {
        let text = "fn=(1) main\n16 4\ncfn=(2) segue_bus_set\ncalls=3 20\n16 300\n+2 1\n\
                    fn=(3) helper\ncfn=(2)\ncalls=1 0\n5 9000\n\
                    fn=(1)\ncfn=(2)\ncalls=1 20\n17 140\ncfn=(4) puts\ncalls=1 0\n18 7\n";
        let counts = counts(text);
        assert_eq!(counts.get("segue_bus_set"), Some(&110));
        assert_eq!(counts.len(), 1, "{counts:?}");
    }
}
