//! Where all connections meet: what they bring waits here, bounded, for whoever takes it.

use crate::clock::Due;
use crate::inbox::{Class, Inbox, Pushed};
use crate::reconnect::State;
use crate::session::{Ack, Hello, Message, Row};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Notices that wait; further ones are counted. Who came and who went is always kept: connectors let
/// nobody in while so many wait.
pub const NOTICES_MAX: usize = 4096;
/// Kinds of drops that are counted apart.
const COUNTERS_MAX: usize = 256;

/// One conversation. Never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer {
    /// Which connector, in the order of the configuration.
    pub connector: u16,
    /// Which of its conversations, from 1.
    pub number: u64,
}

/// A message and when it takes effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// From whom.
    pub peer: Peer,
    /// When, in microseconds of the service's clock.
    pub due: Due,
    /// What.
    pub message: Message,
}

/// Something about a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// It listens there.
    Listening {
        /// Which connector.
        connector: u16,
        /// Address and port.
        address: std::net::SocketAddr,
    },
    /// The state of a client's connection changed.
    State {
        /// Which connector.
        connector: u16,
        /// To what.
        state: State,
        /// Why it waits or gave up, for people: what failed, or how the conversation ended. No secret is
        /// in it.
        reason: Option<String>,
    },
    /// Somebody is there.
    Opened {
        /// Who.
        peer: Peer,
        /// What they say of themselves.
        hello: Hello,
    },
    /// Somebody is gone.
    Closed {
        /// Who.
        peer: Peer,
        /// For programs.
        reason: &'static str,
        /// For people.
        text: String,
    },
    /// Somebody asks for something.
    Command {
        /// Who.
        peer: Peer,
        /// To answer with.
        id: String,
        /// What.
        name: String,
        /// With what.
        args: Value,
    },
    /// An answer to our command.
    Ack {
        /// From whom.
        peer: Peer,
        /// What.
        ack: Ack,
    },
    /// A line for the report.
    Row {
        /// About whom.
        peer: Peer,
        /// What.
        row: Row,
    },
}

/// Messages that were lost, and why. A key is a reason and what kind of message it was.
pub type Drops = BTreeMap<(u16, &'static str, String), u64>;

/// Sorts a message by how much it may be missed, and names it for the counters.
pub type Classify = dyn Fn(&Message) -> (Class, String) + Send + Sync;

/// Holds at most 272 messages and [`NOTICES_MAX`] notices, and beyond those only who came and went
/// of the conversations that are open. Any thread may take.
pub struct Hub {
    inner: Mutex<Inner>,
    classify: Box<Classify>,
    /// Somebody waits on a thread for what arrives.
    arrived: Condvar,
    /// Readers wait for room, and whoever lets peers in.
    room: Notify,
}

#[derive(Default)]
struct Inner {
    inbox: Inbox<Delivery>,
    notices: VecDeque<Notice>,
    notices_lost: u64,
    taken: u64,
    drops: Drops,
}

impl Hub {
    /// An empty one.
    #[must_use]
    pub fn new(classify: Box<Classify>) -> Self {
        Self {
            inner: Mutex::default(),
            classify,
            arrived: Condvar::new(),
            room: Notify::new(),
        }
    }

    /// The oldest message that waits. `[thread-safe]`
    pub fn take(&self) -> Option<Delivery> {
        let mut inner = self.lock();
        let delivery = inner.inbox.pop();
        if delivery.is_some() && !inner.inbox.is_filling() {
            self.room.notify_waiters();
        }
        delivery
    }

    /// The oldest notice that waits. `[thread-safe]`
    pub fn notice(&self) -> Option<Notice> {
        let mut inner = self.lock();
        let notice = inner.notices.pop_front();
        if notice.is_some() && inner.has_room_for_peers() {
            self.room.notify_waiters();
        }
        notice
    }

    /// Waits until there is something to take, or for `most`. `[thread-safe]`
    pub fn wait(&self, most: Duration) {
        let inner = self.lock();
        let is_empty = |inner: &mut Inner| inner.inbox.is_empty() && inner.notices.is_empty();
        drop(self.arrived.wait_timeout_while(inner, most, is_empty));
    }

    /// How many messages were put in the queue, and what was dropped. `[thread-safe]`
    pub fn counts(&self) -> (u64, Drops) {
        let inner = self.lock();
        (inner.taken, inner.drops.clone())
    }

    /// How many notices were lost because nobody took them. `[thread-safe]`
    pub fn notices_lost(&self) -> u64 {
        self.lock().notices_lost
    }

    /// Puts a message into the queue, as connectors do; for games without a socket. `[thread-safe]`
    pub fn deliver(&self, delivery: Delivery) {
        let sorted = self.sort(&delivery.message);
        self.deliver_sorted(delivery, sorted);
    }

    /// How much a message may be missed, and its name for the counters.
    pub(crate) fn sort(&self, message: &Message) -> (Class, String) {
        (self.classify)(message)
    }

    /// As [`deliver`](Self::deliver), where it is known what [`sort`](Self::sort) says.
    pub(crate) fn deliver_sorted(&self, delivery: Delivery, (class, name): (Class, String)) {
        let connector = delivery.peer.connector;
        let mut inner = self.lock();
        match inner.inbox.push(class, delivery) {
            Pushed::Queued => inner.taken += 1,
            Pushed::Instead(old) => {
                inner.taken += 1;
                let (_, name) = (self.classify)(&old.message);
                inner.count(old.peer.connector, "superseded", name, 1);
            }
            Pushed::Refused(_) => inner.count(connector, "queue_full", name, 1),
        }
        self.arrived.notify_all();
    }

    /// Tells something about a connection, as connectors do. `[thread-safe]`
    pub fn tell(&self, notice: Notice) {
        let mut inner = self.lock();
        let is_kept = matches!(
            notice,
            Notice::Listening { .. } | Notice::Opened { .. } | Notice::Closed { .. }
        );
        if is_kept || inner.has_room_for_peers() {
            inner.notices.push_back(notice);
        } else {
            inner.notices_lost += 1;
        }
        self.arrived.notify_all();
    }

    /// Counts what was dropped before it came here: by its reason and what it was.
    pub(crate) fn dropped(&self, connector: u16, reason: &'static str, kind: &str, count: u64) {
        self.lock().count(connector, reason, kind.to_owned(), count);
    }

    pub(crate) fn is_filling(&self) -> bool {
        self.lock().inbox.is_filling()
    }

    /// Returns once a reader may read on.
    pub(crate) async fn has_room(&self) {
        self.until(|inner| !inner.inbox.is_filling()).await;
    }

    /// Returns once further peers may be let in.
    pub(crate) async fn has_room_for_peers(&self) {
        self.until(Inner::has_room_for_peers).await;
    }

    async fn until(&self, is_so: impl Fn(&Inner) -> bool) {
        loop {
            let room = self.room.notified();
            let mut room = std::pin::pin!(room);
            // Registered before the look, so that no wake between both is lost.
            room.as_mut().enable();
            if is_so(&self.lock()) {
                return;
            }
            room.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change under the lock is whole, also when its thread panicked afterwards.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn has_room_for_peers(&self) -> bool {
        self.notices.len() < NOTICES_MAX
    }

    fn count(&mut self, connector: u16, reason: &'static str, name: String, count: u64) {
        let key = (connector, reason, name);
        let is_known = self.drops.contains_key(&key);
        // A peer that invents names cannot make this grow.
        let key = if is_known || self.drops.len() < COUNTERS_MAX {
            key
        } else {
            (connector, reason, "others".to_owned())
        };
        let counter = self.drops.entry(key).or_default();
        // A peer may say that any number of frames is missing.
        *counter = counter.saturating_add(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::{Context, Waker};

    fn peer(number: u64) -> Peer {
        Peer {
            connector: 0,
            number,
        }
    }

    #[test]
    fn who_came_and_went_is_kept_whatever_else_waits() {
        let hub = Hub::new(Box::new(|_| (Class::Normal, String::new())));
        let row = |number| Notice::Row {
            peer: peer(number),
            row: Row::Duplicate { seq: 1 },
        };
        for number in 0..NOTICES_MAX as u64 + 10 {
            hub.tell(row(number));
        }
        hub.tell(Notice::Opened {
            peer: peer(1),
            hello: Hello::default(),
        });
        hub.tell(Notice::Closed {
            peer: peer(1),
            reason: "gone",
            text: String::new(),
        });
        assert_eq!(hub.notices_lost(), 10);
        let all: Vec<Notice> = std::iter::from_fn(|| hub.notice()).collect();
        assert_eq!(all.len(), NOTICES_MAX + 2);
        assert!(matches!(all[NOTICES_MAX], Notice::Opened { .. }));
        assert!(matches!(all[NOTICES_MAX + 1], Notice::Closed { .. }));
    }

    #[test]
    fn nobody_is_let_in_while_too_much_waits() {
        let hub = Hub::new(Box::new(|_| (Class::Normal, String::new())));
        let hello = Hello::default();
        for number in 0..=NOTICES_MAX as u64 {
            hub.tell(Notice::Opened {
                peer: peer(number),
                hello: hello.clone(),
            });
        }
        let mut room = std::pin::pin!(hub.has_room_for_peers());
        let mut context = Context::from_waker(Waker::noop());
        let mut is_let_in = || room.as_mut().poll(&mut context).is_ready();
        assert!(!is_let_in());
        hub.notice();
        assert!(!is_let_in());
        hub.notice();
        assert!(is_let_in());
    }
}
