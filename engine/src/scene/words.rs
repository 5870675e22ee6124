//! The words of a line: a command, its arguments in order, and options `key=value`.

use std::fmt::Display;
use std::ops::RangeInclusive;

use segue_format::nearest;

/// The words of a line without its comment. `"two words"` are one.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '#' if !quoted && word.is_none() => break,
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quoted {
        return Err("a \" has no end; close the quotes".to_owned());
    }
    Ok(words)
}

/// The arguments and options of a command that were not taken yet.
pub(super) struct Words {
    command: String,
    arguments: std::collections::VecDeque<String>,
    options: Vec<(String, String)>,
    /// The options this command has, for errors.
    allowed: &'static [&'static str],
}

impl Words {
    /// The words behind `command`, which has these options.
    pub(super) fn new(
        command: &str,
        words: Vec<String>,
        allowed: &'static [&'static str],
    ) -> Result<Words, String> {
        let mut options: Vec<(String, String)> = Vec::new();
        let mut arguments = std::collections::VecDeque::new();
        for word in words {
            match word.split_once('=') {
                Some((key, value)) if allowed.contains(&key) => {
                    if options.iter().any(|(known, _)| known == key) {
                        return Err(format!("{key}= is there twice; leave one out"));
                    }
                    options.push((key.to_owned(), value.to_owned()));
                }
                Some((key, _)) if key.chars().all(char::is_alphanumeric) => {
                    return Err(no_option(command, key, allowed));
                }
                _ => arguments.push_back(word),
            }
        }
        let command = command.to_owned();
        Ok(Words {
            command,
            arguments,
            options,
            allowed,
        })
    }

    /// The next argument, which `what` describes.
    pub(super) fn text(&mut self, what: &str) -> Result<String, String> {
        let missing = || format!("{} needs {what}", self.command);
        self.arguments.pop_front().ok_or_else(missing)
    }

    /// The next argument, if there is one.
    pub(super) fn maybe(&mut self) -> Option<String> {
        self.arguments.pop_front()
    }

    /// The next argument as a number.
    pub(super) fn number<T: std::str::FromStr + PartialOrd + Display>(
        &mut self,
        what: &str,
        range: &RangeInclusive<T>,
    ) -> Result<T, String> {
        let word = self.text(what)?;
        number(what, &word, range)
    }

    /// The value of an option.
    pub(super) fn option(&mut self, key: &str) -> Option<String> {
        debug_assert!(self.allowed.contains(&key), "{key}");
        let at = self.options.iter().position(|(known, _)| known == key)?;
        Some(self.options.remove(at).1)
    }

    /// The value of an option as a number.
    pub(super) fn number_of<T: std::str::FromStr + PartialOrd + Display>(
        &mut self,
        key: &str,
        range: &RangeInclusive<T>,
        default: T,
    ) -> Result<T, String> {
        let number = self.maybe_number(key, range)?;
        Ok(number.unwrap_or(default))
    }

    /// The same, if it is there.
    pub(super) fn maybe_number<T: std::str::FromStr + PartialOrd + Display>(
        &mut self,
        key: &str,
        range: &RangeInclusive<T>,
    ) -> Result<Option<T>, String> {
        let word = self.option(key);
        word.map(|word| number(key, &word, range)).transpose()
    }

    /// Refuses what nobody took.
    pub(super) fn end(self) -> Result<(), String> {
        match self.arguments.front() {
            Some(word) => Err(format!("{} does not take {word:?}", self.command)),
            None => Ok(()),
        }
    }
}

fn number<T: std::str::FromStr + PartialOrd + Display>(
    what: &str,
    word: &str,
    range: &RangeInclusive<T>,
) -> Result<T, String> {
    let read = word.parse().ok().filter(|number| range.contains(number));
    let (low, high) = (range.start(), range.end());
    read.ok_or_else(|| format!("{what}: {word:?} is not a number in {low}..={high}"))
}

fn no_option(command: &str, key: &str, allowed: &[&str]) -> String {
    let keys = allowed.join("=, ");
    match (nearest(key, allowed.iter().copied()), allowed) {
        (_, []) => format!("{command} has no options; {key}= is none"),
        (Some(near), _) => format!("{command} has no option {key}=; did you mean {near}=?"),
        (None, _) => format!("{command} has no option {key}=; it has {keys}="),
    }
}
