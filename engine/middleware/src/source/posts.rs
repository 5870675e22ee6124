//! Events that events post.

use std::collections::{BTreeMap, BTreeSet};

use super::{ActionKind, Event};
use crate::limits::POST_DEPTH;

/// Finds the events that an event posts. `[thread-safe]`
#[derive(Clone, Debug)]
pub struct Posts<'a>(BTreeMap<&'a str, &'a Event>);

impl<'a> Posts<'a> {
    /// Among these events.
    pub fn among(events: &'a [Event]) -> Self {
        Self(events.iter().map(|it| (it.name.as_str(), it)).collect())
    }

    /// The event of this name and those that it posts, directly or through others, each once and
    /// the nearest first; nothing for a name that no event has. As deep as the engine posts:
    /// [`POST_DEPTH`].
    pub fn of(&self, name: &str) -> Vec<&'a Event> {
        let mut found: Vec<&Event> = self.0.get(name).copied().into_iter().collect();
        let mut known: BTreeSet<&str> = found.iter().map(|it| it.name.as_str()).collect();
        let mut done = 0;
        for _ in 1..POST_DEPTH {
            let level = done..found.len();
            done = level.end;
            for at in level {
                let event = found[at];
                for action in &event.actions {
                    let ActionKind::PostEvent(posted) = &action.kind else {
                        continue;
                    };
                    let posted = self.0.get(posted.as_str()).copied();
                    found.extend(posted.filter(|it| known.insert(it.name.as_str())));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::Action;
    use super::*;

    fn event(name: &str, posts: &[&str]) -> Event {
        let action = |posted: &&str| Action {
            kind: ActionKind::PostEvent((*posted).to_owned()),
            ..Action::default()
        };
        Event {
            name: name.to_owned(),
            actions: posts.iter().map(action).collect(),
            ..Event::default()
        }
    }

    fn names(events: &[Event], of: &str) -> Vec<String> {
        let found = Posts::among(events).of(of).into_iter();
        found.map(|it| it.name.clone()).collect()
    }

    #[test]
    fn each_is_found_once_and_circles_end() {
        let events = [
            event("a", &["b", "c", "nowhere"]),
            event("b", &["d", "a"]),
            event("c", &["d"]),
            event("d", &["b"]),
        ];
        assert_eq!(names(&events, "a"), ["a", "b", "c", "d"]);
        assert_eq!(names(&events, "nowhere"), Vec::<String>::new());
    }

    #[test]
    fn it_goes_as_deep_as_the_engine_posts() {
        let name = |n: usize| format!("e{n}");
        let events: Vec<Event> = (0..POST_DEPTH + 3)
            .map(|n| event(&name(n), &[&name(n + 1)]))
            .collect();
        let expected: Vec<String> = (0..POST_DEPTH).map(name).collect();
        assert_eq!(names(&events, "e0"), expected);
    }
}
