//! Ways through the samples: the events in them, or the messages that have none.

use super::names;
use super::purpose::Purpose;
use super::samples::Samples;
use super::walk;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Longest name of an event in characters, as adapters have it.
const NAME_MAX: usize = 128;
/// Events that are kept of each name, and their longest text in bytes.
const KEPT: usize = 4;
const KEPT_BYTES: usize = 4096;
/// Lists that are tried.
const LISTS_MAX: usize = 64;

/// A way through the samples.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    samples: &'a Samples,
    what: What<'a>,
}

#[derive(Clone, Copy)]
enum What<'a> {
    Events(Option<&'a str>),
    Messages,
    Without(Option<&'a str>, &'a str),
}

impl<'a> View<'a> {
    /// The items of the list at this path, and of messages that are lists; a message without one
    /// is an event itself, as it is for an adapter.
    pub(super) const fn events(samples: &'a Samples, list: Option<&'a str>) -> Self {
        Self {
            samples,
            what: What::Events(list),
        }
    }

    /// The messages as they are.
    pub(super) const fn messages(samples: &'a Samples) -> Self {
        Self {
            samples,
            what: What::Messages,
        }
    }

    /// The messages that have no list and no event's name.
    pub(super) const fn without_events(
        samples: &'a Samples,
        list: Option<&'a str>,
        name: &'a str,
    ) -> Self {
        Self {
            samples,
            what: What::Without(list, name),
        }
    }

    pub(super) fn each(self, tell: &mut dyn FnMut(u64, &Json)) {
        for sample in self.samples.messages() {
            let (run, message) = (sample.run, &sample.message);
            match self.what {
                What::Messages => tell(run, message),
                What::Events(list) => {
                    for event in events(message, list) {
                        tell(run, event);
                    }
                }
                What::Without(list, name) => {
                    let is_list = items(message, list).is_some();
                    let is_named = message.pointer(name).is_some_and(Json::is_string);
                    if !is_list && !is_named {
                        tell(run, message);
                    }
                }
            }
        }
    }
}

fn items<'a>(message: &'a Json, list: Option<&str>) -> Option<&'a Vec<Json>> {
    let at = list.filter(|list| !list.is_empty());
    let inner = at.and_then(|list| message.pointer(list));
    message.as_array().or_else(|| inner?.as_array())
}

fn events<'a>(message: &'a Json, list: Option<&str>) -> &'a [Json] {
    match items(message, list) {
        Some(items) => items,
        None => std::slice::from_ref(message),
    }
}

/// The path of the list whose items most often have the name of an event that means something;
/// empty where the messages are lists, none where more messages are events themselves.
pub(super) fn find_list(samples: &Samples) -> Option<String> {
    let mut known: BTreeMap<String, u64> = BTreeMap::new();
    let mut own = 0;
    for sample in samples.messages() {
        own += u64::from(is_event(&sample.message));
        let root = sample
            .message
            .as_array()
            .map(|items| (String::new(), items));
        for (path, items) in root.into_iter().chain(walk::lists(&sample.message)) {
            let count = items.iter().filter(|item| is_event(item)).count() as u64;
            if count > 0 && (known.len() < LISTS_MAX || known.contains_key(&path)) {
                *known.entry(path).or_default() += count;
            }
        }
    }
    // The first of the largest: shorter paths come first.
    let mut lists: Vec<(String, u64)> = known.into_iter().collect();
    lists.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(&right.0)));
    let largest = lists.into_iter().next();
    largest
        .filter(|(_, count)| *count > own)
        .map(|(path, _)| path)
}

/// An object with a text that names a known event where such names stand.
fn is_event(item: &Json) -> bool {
    let Json::Object(object) = item else {
        return false;
    };
    object.iter().any(|(key, value)| {
        let is_name = || Purpose::EventType.name_match(std::slice::from_ref(key)).0 >= 0.5;
        value.as_str().is_some_and(|name| {
            is_name() && names::known_share(std::iter::once(&name.to_owned()), &[]) > 0.0
        })
    })
}

/// Events by name: how often each came, and some of them. There are few: what has more than 200
/// different values is no type of event.
pub(super) fn gather(view: &View<'_>, name: &str) -> BTreeMap<String, (u64, Vec<Json>)> {
    let mut names: BTreeMap<String, (u64, Vec<Json>)> = BTreeMap::new();
    view.each(&mut |_, event| {
        let name = event.pointer(name).and_then(Json::as_str);
        let Some(name) = name.filter(|name| name.chars().count() <= NAME_MAX) else {
            return;
        };
        let (count, kept) = names.entry(name.to_owned()).or_default();
        *count += 1;
        if kept.len() < KEPT && event.to_string().len() <= KEPT_BYTES {
            kept.push(event.clone());
        }
    });
    names
}
