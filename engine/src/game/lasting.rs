//! What the posts of a game leave behind that does not end by itself: what must end with the game.

use std::collections::BTreeMap;

use crate::check::endless_events;
use segue_format::Project;
use segue_middleware::source::{ActionKind, Event, Interactive, Posts};
use segue_rt::game::{NameId, PlayingId};

/// Posts of a game that are kept for its end. Of one more, the oldest of the event that has most of them goes:
/// what is posted again and again has mostly been stopped. With the contexts below and all loops that stages can have
/// open, 34, and the posts that are paused with it, 32, the end of a game is fewer than the 128 commands that live
/// games leave room for.
pub(crate) const KEPT: usize = 24;

/// Contexts that are kept for the end of a game; of one more the oldest goes.
const CONTEXTS: usize = 4;

/// What is left behind, by event. Events that leave nothing are not in it.
pub(crate) type Lasting = BTreeMap<NameId, Leaves>;

/// What an event leaves behind, with all that it posts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leaves {
    /// It starts something that may go on for ever, or what must not begin once its game is gone.
    pub(crate) goes_on: bool,
    /// Adaptive contexts, in the order of its actions: one that it enters, or `None` where it leaves one.
    pub(crate) contexts: Vec<Option<NameId>>,
}

/// What the events of a project leave behind.
pub(crate) fn of(project: &Project, source: &Interactive) -> Lasting {
    let endless = endless_events(project, source);
    let posts = Posts::among(&source.events);
    let leaves = |event: &Event| {
        let mut leaves = Leaves::default();
        for event in posts.of(&event.name) {
            leaves.goes_on |= endless.contains(event.name.as_str());
            for action in &event.actions {
                match &action.kind {
                    ActionKind::EnterContext(context) => {
                        leaves.contexts.push(Some(NameId::of(context)));
                    }
                    ActionKind::LeaveContext => leaves.contexts.push(None),
                    ActionKind::PlayMusic(_) => {}
                    _ => continue,
                }
                // A stop of its post takes back what still waits.
                leaves.goes_on |= action.delay_ms > 0.0;
            }
        }
        leaves
    };
    let all = source.events.iter();
    let all = all.map(|event| (NameId::of(&event.name), leaves(event)));
    all.filter(|(_, leaves)| *leaves != Leaves::default())
        .collect()
}

/// What one game has left behind so far.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Event, post, and the fade with which it ends; the oldest first.
    posts: Vec<(NameId, PlayingId, f64)>,
    /// Contexts that it is in, the outermost first.
    contexts: Vec<NameId>,
}

impl Kept {
    /// It posted an event that leaves this behind.
    pub(crate) fn note(&mut self, event: NameId, leaves: &Leaves, playing: PlayingId, fade_s: f64) {
        if leaves.goes_on {
            if self.posts.len() == KEPT {
                self.drop_one();
            }
            self.posts.push((event, playing, fade_s));
        }
        self.note_contexts(leaves);
    }

    /// It posted an event of which somebody else ends what goes on.
    pub(crate) fn note_contexts(&mut self, leaves: &Leaves) {
        for context in &leaves.contexts {
            match context {
                None => _ = self.contexts.pop(),
                Some(same) if self.contexts.last() == Some(same) => {}
                Some(context) => {
                    if self.contexts.len() == CONTEXTS {
                        self.contexts.remove(0);
                    }
                    self.contexts.push(*context);
                }
            }
        }
    }

    fn drop_one(&mut self) {
        let count = |event: NameId| self.posts.iter().filter(|it| it.0 == event).count();
        // Of several with as many, the one that was posted first.
        let most = (0..self.posts.len()).rev();
        let most = most.max_by_key(|at| count(self.posts[*at].0));
        if let Some(most) = most.map(|at| self.posts[at].0)
            && let Some(oldest) = self.posts.iter().position(|it| it.0 == most)
        {
            self.posts.remove(oldest);
        }
    }

    /// Posts to be stopped, each with its fade in seconds.
    pub(crate) fn posts(&self) -> impl Iterator<Item = (PlayingId, f64)> {
        self.posts
            .iter()
            .map(|(_, playing, fade)| (*playing, *fade))
    }

    /// How many contexts it is in.
    pub(crate) fn contexts(&self) -> usize {
        self.contexts.len()
    }

    /// The most commands that its end becomes.
    pub(crate) fn commands(&self) -> usize {
        self.posts.len() + self.contexts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{game, usual};
    use super::*;
    use serde_json::json;

    #[test]
    fn what_goes_on_is_found_through_events_that_post_it() {
        let mut interactive = usual();
        let events = interactive["events"].as_array_mut().unwrap();
        let more = json!([
            {"name": "Wrap", "actions": [{"do": "post_event", "event": "Play_Hum"}]},
            {"name": "Again", "actions": [{"do": "play", "target": "hit", "loop_count": 0}]},
            {"name": "Twice", "actions": [{"do": "play", "target": "hit", "loop_count": 2}]},
        ]);
        events.extend(more.as_array().unwrap().iter().cloned());
        let folder = tempfile::tempdir().unwrap();
        let open = game(folder.path(), &interactive);
        let lasting = of(&open.project, &open.interactive());
        let names = open.interactive().events.into_iter().map(|it| it.name);
        let found: Vec<_> = names
            .filter(|name| lasting.contains_key(&NameId::of(name)))
            .collect();
        assert_eq!(found, ["Play_Hum", "Wrap", "Again"]);
    }

    #[test]
    fn the_oldest_of_the_most_frequent_goes() {
        let leaves = Leaves {
            goes_on: true,
            contexts: vec![],
        };
        let (music, turn) = (NameId::of("music"), NameId::of("turn"));
        let mut kept = Kept::default();
        kept.note(music, &leaves, PlayingId(1), 0.0);
        for n in 2..=1_000 {
            kept.note(turn, &leaves, PlayingId(n), 0.0);
        }
        let left: Vec<u64> = kept.posts().map(|(playing, _)| playing.0).collect();
        assert_eq!(
            (left.len(), left[0], left[1]),
            (KEPT, 1, 1_002 - KEPT as u64)
        );
    }

    #[test]
    fn contexts_are_left_as_often_as_they_were_entered() {
        let [a, b] = ["a", "b"].map(|name| Some(NameId::of(name)));
        let mut kept = Kept::default();
        let mut note = |contexts: &[Option<NameId>]| {
            let leaves = Leaves {
                goes_on: false,
                contexts: contexts.to_vec(),
            };
            kept.note_contexts(&leaves);
            kept.contexts()
        };
        assert_eq!([note(&[a]), note(&[a]), note(&[b])], [1, 1, 2]);
        assert_eq!([note(&[None]), note(&[None]), note(&[None])], [1, 0, 0]);
    }
}
