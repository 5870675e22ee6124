//! Sockets. One named thread drives all connectors of a service.
//!
//! Life of a service:
//! 1. [`Service::start`] binds every server, so a port in use is an error here, and wants every
//!    client's connection.
//! 2. What arrives waits in its [`Hub`]; the owner takes messages and notices from there.
//! 3. [`Service::close`], or dropping it, closes every connection within half a second and joins
//!    the thread. Only a name that is still looked up, which cannot be called off, holds the thread for longer:
//!    [`Ending::wait`] waits for that.

mod client;
mod config;
mod ending;
pub(crate) mod osc;
mod server;
mod talk;
mod wire;

use crate::hub::{Hub, Peer};
use crate::session::{Ack, Refused};
use segue_rt::profiler::Profiler;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use config::{ConnectorConfig, Endpoint, StartError, default_port};
pub use ending::Ending;
pub use osc::{OSC_MAX_BYTES, osc_messages};
pub use server::CONNECTIONS_MAX;
#[cfg(test)]
pub(crate) use wire::web_config;

/// Orders to one connector that wait.
const ORDERS_MAX: usize = 64;

/// What the owner wants of a connector.
#[derive(Debug)]
enum Order {
    /// A client is to connect.
    Connect,
    /// Every conversation is to end; a client stays away until `Connect`.
    Close,
    /// Ask somebody, or everybody, for something.
    Command {
        peer: Option<Peer>,
        name: String,
        args: Value,
    },
    /// Answer somebody.
    Acknowledge { peer: Peer, ack: Ack },
    /// Tell somebody that something was not taken.
    Refuse { peer: Peer, refused: Refused },
}

impl Order {
    /// Its name for the counters.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Close => "close",
            Self::Command { .. } => "command",
            Self::Acknowledge { .. } => "command_ack",
            Self::Refuse { .. } => "error",
        }
    }
}

/// 64 orders to this connector wait, there is no such connector, or the service has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("connector {connector} takes no order now: {ORDERS_MAX} wait, or it is not there")]
pub struct OrderError {
    /// Which.
    pub connector: u16,
}

/// What all tasks of one connector share.
#[derive(Clone)]
struct Context {
    hub: Arc<Hub>,
    config: Arc<ConnectorConfig>,
    connector: u16,
    start: Instant,
    peers: Arc<AtomicU64>,
    end: watch::Receiver<bool>,
}

impl Context {
    /// Microseconds of the service's clock.
    fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn at(&self, us: u64) -> Instant {
        self.start + Duration::from_micros(us)
    }

    fn new_peer(&self) -> Peer {
        Peer {
            connector: self.connector,
            number: self.peers.fetch_add(1, Ordering::Relaxed) + 1,
        }
    }

    /// Returns when the service ends.
    async fn ended(&self) {
        let mut end = self.end.clone();
        // The sender is gone only with the service.
        let _ = end.wait_for(|is_over| *is_over).await;
    }
}

/// All connectors of a program. `[main-thread]`
pub struct Service {
    hub: Arc<Hub>,
    orders: Vec<mpsc::Sender<Order>>,
    end: watch::Sender<bool>,
    ending: Ending,
    start: Instant,
    #[cfg(test)]
    metrics: tokio::runtime::RuntimeMetrics,
}

/// How long closing a service waits for names that are looked up.
const LOOKUP_PATIENCE: Duration = Duration::from_millis(200);

impl Service {
    /// Starts all connectors. `watch` measures their thread, in microseconds for frames: from waking up to sleep is a
    /// block, and it lasts until the thread wakes up again.
    ///
    /// # Errors
    /// [`StartError`] naming the connector and what is wrong; nothing runs then.
    pub fn start(
        connectors: Vec<ConnectorConfig>,
        hub: Arc<Hub>,
        watch: Option<Profiler>,
    ) -> Result<Self, StartError> {
        config::check_all(&connectors)?;
        let mut builder = tokio::runtime::Builder::new_current_thread();
        if let Some(profiler) = watch {
            measure(&mut builder, profiler);
        }
        let runtime = builder.enable_all().build().map_err(StartError::Thread)?;
        let start = Instant::now();
        let (end, ended) = watch::channel(false);
        let mut orders = Vec::new();
        let mut tasks = JoinSet::new();
        for (connector, config) in (0..).zip(connectors) {
            let context = Context {
                hub: Arc::clone(&hub),
                config: Arc::new(config),
                connector,
                start,
                peers: Arc::default(),
                end: ended.clone(),
            };
            let (sender, receiver) = mpsc::channel(ORDERS_MAX);
            orders.push(sender);
            let _guard = runtime.enter();
            spawn(&mut tasks, runtime.handle(), context, receiver)?;
        }
        #[cfg(test)]
        let metrics = runtime.metrics();
        let ending = Ending::of_thread("segue-ingest", move |closed| {
            runtime.block_on(async { while tasks.join_next().await.is_some() {} });
            closed();
            // A name that is being looked up cannot be called off: this waits for its thread, too.
            drop(runtime);
        })
        .map_err(StartError::Thread)?;
        Ok(Self {
            hub,
            orders,
            end,
            ending,
            start,
            #[cfg(test)]
            metrics,
        })
    }

    /// Where messages and notices wait.
    #[must_use]
    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Microseconds of the clock that deliveries use.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Wants a client's connection; see [`crate::reconnect`]. Servers ignore it.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn connect(&self, connector: u16) -> Result<(), OrderError> {
        self.order(connector, Order::Connect)
    }

    /// Ends every conversation of a connector; a server goes on listening.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn disconnect(&self, connector: u16) -> Result<(), OrderError> {
        self.order(connector, Order::Close)
    }

    /// Asks one peer, or all of a connector, for something; each answer is a notice.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn command(
        &self,
        connector: u16,
        peer: Option<Peer>,
        name: &str,
        args: Value,
    ) -> Result<(), OrderError> {
        let name = name.to_owned();
        self.order(connector, Order::Command { peer, name, args })
    }

    /// Answers a peer's command.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn acknowledge(&self, peer: Peer, ack: Ack) -> Result<(), OrderError> {
        self.order(peer.connector, Order::Acknowledge { peer, ack })
    }

    /// Tells a peer that something it said was not taken.
    ///
    /// # Errors
    /// [`OrderError`].
    pub fn refuse(&self, peer: Peer, refused: Refused) -> Result<(), OrderError> {
        self.order(peer.connector, Order::Refuse { peer, refused })
    }

    /// Ends it; see the [module](self). May be called again. A name that is still looked up is waited for no longer than
    /// 200 ms: then the thread is left to end by itself.
    pub fn close(&mut self) {
        if self.end.send_replace(true) {
            return;
        }
        self.ending.wait_until_closed();
        let deadline = std::time::Instant::now() + LOOKUP_PATIENCE;
        // What has not ended then is not waited for here.
        let _ = self.ending.wait(deadline);
    }

    /// The end of its thread, which may be waited for after the service is gone.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.ending.clone()
    }

    fn order(&self, connector: u16, order: Order) -> Result<(), OrderError> {
        let error = OrderError { connector };
        let sender = self.orders.get(usize::from(connector)).ok_or(error)?;
        sender.try_send(order).map_err(|_| error)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.close();
    }
}

/// Measures what a runtime does between its sleeps. How long a block lasts is known when the next one begins: until then
/// it stays open, asleep as it is.
fn measure(builder: &mut tokio::runtime::Builder, profiler: Profiler) {
    struct Watch {
        profiler: Profiler,
        woke: Instant,
    }
    let watch = Arc::new(Mutex::new(Watch {
        profiler,
        woke: Instant::now(),
    }));
    let slept = Arc::clone(&watch);
    builder.on_thread_unpark(move || {
        // Only this thread takes it.
        let mut watch = watch.lock().unwrap_or_else(PoisonError::into_inner);
        let lasted = watch.woke.elapsed().as_micros();
        watch.woke = Instant::now();
        watch
            .profiler
            .resize(u32::try_from(lasted).unwrap_or(u32::MAX));
        watch.profiler.end();
        watch.profiler.begin(1);
    });
    builder.on_thread_park(move || {
        let mut watch = slept.lock().unwrap_or_else(PoisonError::into_inner);
        watch.profiler.pause();
    });
}

/// Binds what listens, and starts the task of one connector.
fn spawn(
    tasks: &mut JoinSet<()>,
    runtime: &tokio::runtime::Handle,
    context: Context,
    orders: mpsc::Receiver<Order>,
) -> Result<(), StartError> {
    match context.config.endpoint.clone() {
        Endpoint::WebSocketServer { bind, .. } | Endpoint::LineServer { bind } => {
            let listener = server::bind(&context, bind)?;
            tasks.spawn_on(server::serve(context, listener, orders), runtime);
        }
        Endpoint::WebSocketClient { .. } | Endpoint::LineClient { .. } => {
            tasks.spawn_on(client::keep(context, orders), runtime);
        }
        Endpoint::OscServer { bind, .. } => {
            let socket = osc::bind(&context, bind)?;
            tasks.spawn_on(osc::serve(context, socket), runtime);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
