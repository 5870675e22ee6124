//! One line of a scene.

use segue_format::nearest;
use segue_format::project::Seed;

use super::Line;
use super::time::{FORMS, Span, When};
use super::words::{Words, split};
use crate::game::{Call, Summary};

/// Reads the arguments of one command.
type Read = fn(&mut Words) -> Result<Call, String>;

/// The commands: the word, its options, how it is read.
const COMMANDS: &[(&str, &[&str], Read)] = &[
    ("register", &["pan", "width", "detach"], register),
    ("place", &["emitter", "pan", "width"], place),
    ("unregister", &[], |words| {
        words
            .text("an object")
            .map(|object| Call::Unregister { object })
    }),
    ("post", &["object", "emitter", "gain_db", "as"], post),
    ("stop", &["object", "fade"], stop),
    ("pause", &["fade"], |words| pause(words, true)),
    ("resume", &["fade"], |words| pause(words, false)),
    ("rtpc", &["object", "post", "ramp"], rtpc),
    ("resetrtpc", &["object", "post"], reset_rtpc),
    ("state", &[], state),
    ("switch", &["object"], switch),
    ("signal", &[], signal),
    ("context", &["strength"], context),
    ("leave", &[], leave),
    ("level", &[], |words| {
        words
            .number("a level", &(0..=4))
            .map(|level| Call::Level { level })
    }),
    ("spin", &[], |_| Ok(Call::Spin)),
    ("end_stages", &["game"], |words| {
        let game = words.option("game");
        Ok(Call::EndStages { game })
    }),
    ("stinger", &[], |words| {
        words
            .text("a stinger")
            .map(|stinger| Call::Stinger { stinger })
    }),
    ("replay", &["object"], replay),
    ("seed", &[], seed),
    ("macro", &[], macro_value),
    ("note", &["velocity", "channel"], note),
    ("noteoff", &["channel"], note_off),
    ("transport", &[], transport),
];

/// Words whose arguments no row describes.
const OTHERS: [&str; 3] = ["stage", "repeat", "end"];

/// Bytes of a word at most, and characters of a longer one that are shown.
const WORD_BYTES: usize = 4_096;
const SHOWN: usize = 40;

pub(super) fn line(text: &str) -> Result<Option<Line>, String> {
    let mut words = split(text)?;
    if let Some(long) = words.iter().find(|word| word.len() > WORD_BYTES) {
        let start: String = long.chars().take(SHOWN).collect();
        let bytes = long.len();
        return Err(format!(
            "the word that begins with {start:?} has {bytes} bytes, above the limit of {WORD_BYTES}"
        ));
    }
    let Some(first) = words.first() else {
        return Ok(None);
    };
    let when = match When::parse(first) {
        Some(when) => {
            words.remove(0);
            Some(when?)
        }
        None => None,
    };
    let Some(first) = words.first() else {
        return Err(format!(
            "there is a time without a command; commands are {}",
            commands()
        ));
    };
    let repeat = match first.as_str() {
        "repeat" => Some(repeat(&mut words)?),
        "end" if words.len() == 1 => {
            let (call, repeat) = (None, None);
            return Ok(Some(Line { when, call, repeat }));
        }
        _ => None,
    };
    let call = Some(call(words)?);
    Ok(Some(Line { when, call, repeat }))
}

fn call(mut words: Vec<String>) -> Result<Call, String> {
    if words.is_empty() {
        return Err(format!("there is no command; commands are {}", commands()));
    }
    let command = words.remove(0);
    if command == "stage" {
        return super::stage::read(words);
    }
    if OTHERS.contains(&command.as_str()) {
        return Err(format!(
            "{command} cannot stand here; it begins a line, after its time"
        ));
    }
    let Some((_, options, read)) = COMMANDS.iter().find(|(word, ..)| *word == command) else {
        return Err(no_command(&command));
    };
    let mut words = Words::new(&command, words, options)?;
    let call = read(&mut words)?;
    words.end()?;
    Ok(call)
}

fn no_command(word: &str) -> String {
    let known = COMMANDS.iter().map(|(word, ..)| *word).chain(OTHERS);
    let looks_like_time = word.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.');
    match nearest(word, known) {
        _ if looks_like_time => format!("{word:?} is no time; a time is {FORMS}"),
        Some(near) => format!("there is no command {word:?}; did you mean {near:?}?"),
        None => format!("there is no command {word:?}; commands are {}", commands()),
    }
}

fn commands() -> String {
    let words = COMMANDS.iter().map(|(word, ..)| *word).chain(OTHERS);
    words.collect::<Vec<_>>().join(", ")
}

/// `repeat N every T`, taken off the front.
fn repeat(words: &mut Vec<String>) -> Result<(u32, Span), String> {
    let form = "repeat is written as `repeat N every TIME command ..`";
    let [_, count, every, span] = words.get(..4).unwrap_or_default() else {
        return Err(form.to_owned());
    };
    if every != "every" {
        return Err(format!("{every:?} is not \"every\"; {form}"));
    }
    let count = count
        .parse()
        .ok()
        .filter(|count| (1..=100_000).contains(count));
    let count = count.ok_or("the number of repetitions is not in 1..=100000")?;
    let span =
        Span::parse(span).ok_or_else(|| format!("{span:?} is no time; a time is {FORMS}"))?;
    words.drain(..4);
    Ok((count, span))
}

const FADE: std::ops::RangeInclusive<f64> = 0.0..=3_600.0;
const PAN: std::ops::RangeInclusive<f32> = -1.0..=1.0;
const WIDTH: std::ops::RangeInclusive<f32> = 0.0..=2.0;
const ANY: std::ops::RangeInclusive<f32> = -1e9..=1e9;

fn register(words: &mut Words) -> Result<Call, String> {
    Ok(Call::Register {
        object: words.text("the name of an object")?,
        pan: words.maybe_number("pan", &PAN)?,
        width: words.maybe_number("width", &WIDTH)?,
        detach: match words.option("detach").as_deref() {
            None => None,
            Some("no") => Some(false),
            Some("yes") => Some(true),
            Some(other) => return Err(format!("detach: {other:?} is neither yes nor no")),
        },
    })
}

fn place(words: &mut Words) -> Result<Call, String> {
    Ok(Call::Place {
        object: words.text("an object")?,
        emitter: words.number_of("emitter", &(0..=7), 0)?,
        pan: words.maybe_number("pan", &PAN)?,
        width: words.maybe_number("width", &WIDTH)?,
    })
}

fn post(words: &mut Words) -> Result<Call, String> {
    Ok(Call::Post {
        event: words.text("an event")?,
        object: words.option("object").unwrap_or_default(),
        emitter: words.number_of("emitter", &(0..=7), 0)?,
        gain_db: words.number_of("gain_db", &(-96.0..=24.0), 0.0)?,
        label: words.option("as"),
    })
}

fn stop(words: &mut Words) -> Result<Call, String> {
    let what = words.text("the label of a post (`as=` of its line), or `all`")?;
    let fade = words.number_of("fade", &FADE, 0.0)?;
    match (what.as_str(), words.option("object")) {
        ("all", object) => Ok(Call::StopAll {
            object: object.unwrap_or_default(),
            fade,
        }),
        (_, None) => Ok(Call::StopPost { label: what, fade }),
        (_, Some(_)) => Err("object= goes with `stop all`; a label knows its object".to_owned()),
    }
}

fn pause(words: &mut Words, on: bool) -> Result<Call, String> {
    Ok(Call::PausePost {
        label: words.text("the label of a post (`as=` of its line)")?,
        on,
        fade: words.number_of("fade", &FADE, 0.0)?,
    })
}

fn rtpc(words: &mut Words) -> Result<Call, String> {
    Ok(Call::Rtpc {
        rtpc: words.text("an RTPC")?,
        value: words.number("a value", &ANY)?,
        object: words.option("object").unwrap_or_default(),
        label: words.option("post"),
        ramp: words.number_of("ramp", &FADE, 0.0)?,
    })
}

fn reset_rtpc(words: &mut Words) -> Result<Call, String> {
    Ok(Call::ResetRtpc {
        rtpc: words.text("an RTPC")?,
        object: words.option("object").unwrap_or_default(),
        label: words.option("post"),
    })
}

fn state(words: &mut Words) -> Result<Call, String> {
    Ok(Call::State {
        group: words.text("a state group")?,
        value: words.text("a value of the group, or `none`")?,
    })
}

fn switch(words: &mut Words) -> Result<Call, String> {
    Ok(Call::Switch {
        group: words.text("a switch group")?,
        value: words.text("a value of the group")?,
        object: words.option("object").unwrap_or_default(),
    })
}

fn signal(words: &mut Words) -> Result<Call, String> {
    Ok(Call::Signal {
        signal: words.text("a signal")?,
        value: words.number("a value", &ANY)?,
    })
}

fn context(words: &mut Words) -> Result<Call, String> {
    Ok(Call::Context {
        context: words.text("a context")?,
        strength: words.number_of("strength", &(0.0..=1.0), 0.0)?,
    })
}

fn leave(words: &mut Words) -> Result<Call, String> {
    let summary = match words.maybe().as_deref() {
        None => Summary::None,
        Some("small") => Summary::Small,
        Some("big") => Summary::Big,
        Some("mega") => Summary::Mega,
        Some(other) => {
            let near = nearest(other, ["small", "big", "mega"]);
            let near = near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
            return Err(format!("{other:?} is not one of small, big, mega{near}"));
        }
    };
    Ok(Call::Leave { summary })
}

fn replay(words: &mut Words) -> Result<Call, String> {
    Ok(Call::PlayCount {
        container: words.text("a container")?,
        play_n: words.number("the number of a play", &(0..=u64::MAX))?,
        object: words.option("object").unwrap_or_default(),
    })
}

fn seed(words: &mut Words) -> Result<Call, String> {
    let word = words.text("a seed")?;
    let seed = Seed::parse(&word).map(|seed| seed.0);
    let seed = seed.ok_or_else(|| format!("{word:?} is no seed: that is {}", Seed::FORMS))?;
    Ok(Call::Reseed { seed })
}

fn macro_value(words: &mut Words) -> Result<Call, String> {
    Ok(Call::Macro {
        id: words.text("a macro")?,
        value: words.number("a value", &(0.0..=1.0))?,
    })
}

fn note(words: &mut Words) -> Result<Call, String> {
    Ok(Call::Note {
        key: words.number("a key", &(0..=127))?,
        velocity: words.number_of("velocity", &(0.001..=1.0), 0.8)?,
        channel: words.number_of("channel", &(0..=15), 0)?,
    })
}

fn note_off(words: &mut Words) -> Result<Call, String> {
    Ok(Call::Note {
        key: words.number("a key", &(0..=127))?,
        velocity: 0.0,
        channel: words.number_of("channel", &(0..=15), 0)?,
    })
}

fn transport(words: &mut Words) -> Result<Call, String> {
    match words.text("play, stop or seek")?.as_str() {
        "play" => Ok(Call::TransportPlay),
        "stop" => Ok(Call::TransportStop),
        "seek" => Ok(Call::TransportSeek {
            beats: words.number("quarter notes", &(0.0..=1e8))?,
        }),
        other => Err(format!("{other:?} is not one of play, stop, seek")),
    }
}
