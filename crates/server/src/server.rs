use crate::catalog::Catalog;
use crate::failure::Result;
use crate::http::Guard;
use crate::keys::{KeyFile, Keyring};
use crate::limits::Limits;
use crate::log::Log;
use crate::service;
use crate::state::State;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use pleiad::BuildParams;
use pleiad_text::{ModelPlaces, Models};
use pleiad_wire::{Kind, Problem};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

/// Time between two looks at collections that nobody uses.
const HOUSEKEEPING: Duration = Duration::from_secs(5);

/// Largest head of a request.
const MAX_HEAD_BYTES: usize = 64 << 10;
const MAX_HEADERS: usize = 64;

/// Pause after a connection that could not be taken, so that a lack of files is no busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Everything that a server is started with.
#[derive(Debug)]
pub struct Options {
    /// A collection, or a folder of some.
    pub data: PathBuf,
    /// The address that it listens at.
    pub listen: SocketAddr,
    /// Names of this server beside `localhost` and addresses: requests for others are refused.
    pub hosts: Vec<String>,
    /// Origins of pages that may ask, beside its own.
    pub origins: Vec<String>,
    /// The file of its keys; without one, and while it is not there, none are asked for.
    pub keys: Option<PathBuf>,
    /// True where everybody may ask at an address that others reach.
    pub is_open: bool,
    /// True where nothing is written.
    pub is_read_only: bool,
    /// Time that requests have to end once the server does.
    pub grace: Duration,
    /// Limits of what is taken at once.
    pub limits: Limits,
    /// Parameters of writing.
    pub params: BuildParams,
    /// Places of models of this machine. None is ever fetched, whoever names it.
    pub models: ModelPlaces,
    /// Log that each request is told to, if there is one.
    pub log: Option<Log>,
}

impl Options {
    /// A server of some data at an address of this machine alone.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 7700)),
            hosts: Vec::new(),
            origins: Vec::new(),
            keys: None,
            is_open: false,
            is_read_only: false,
            grace: Duration::from_secs(30),
            limits: Limits::default(),
            params: BuildParams::default(),
            models: ModelPlaces::default(),
            log: None,
        }
    }
}

/// A server that is up. Dropping it ends it at once, which loses nothing that was acknowledged.
pub struct Server {
    runtime: Runtime,
    state: Arc<State>,
    address: SocketAddr,
    ending: watch::Sender<bool>,
    connections: Arc<Semaphore>,
    grace: Duration,
}

impl Server {
    /// Starts a server: it takes requests when this returns.
    ///
    /// # Errors
    /// `InvalidArgument` for an address that others reach and no keys, `NotFound` for data that is not there, `Unavailable` when
    /// the address is taken or the system gives no threads.
    pub fn start(options: Options) -> Result<Self> {
        let Options {
            data,
            listen,
            hosts,
            origins,
            keys,
            is_open,
            is_read_only,
            grace,
            limits,
            params,
            models,
            log,
        } = options;
        let keys = Keyring::open(keys.map(KeyFile::at))?;
        if !listen.ip().is_loopback() && !keys.is_asked_for() && !is_open {
            return Err(Problem::new(
                Kind::InvalidArgument,
                format!(
                    "others reach {listen}, and nothing asks for a key: make one with `pleiad key create`, or say \
                     --without-keys if everybody may read and write"
                ),
            ));
        }
        let catalog = Catalog::open(&data, params, &limits)?;
        let max_connections = limits.max_connections.max(1);
        let guard = Guard { hosts, origins };
        let state =
            Arc::new(State::new(catalog, keys, guard, limits, (Models::new(models), is_read_only, log)));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .thread_name("pleiad-http")
            .enable_all()
            .build()
            .map_err(|error| {
                Problem::new(Kind::Unavailable, format!("the system gives no threads: {error}"))
            })?;
        let listener = runtime.block_on(TcpListener::bind(listen)).map_err(|error| {
            Problem::new(Kind::Unavailable, format!("cannot listen at {listen}: {error}"))
        })?;
        let address = listener.local_addr().unwrap_or(listen);
        let (ending, is_ending) = watch::channel(false);
        let connections = Arc::new(Semaphore::new(max_connections));
        let serving = Serving { state: state.clone(), is_ending, connections: connections.clone() };
        runtime.spawn(serving.clone().accept(listener));
        runtime.spawn(serving.keep_house());
        Ok(Self { runtime, state, address, ending, connections, grace })
    }

    /// The address that it listens at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns whether requests need a key.
    pub fn asks_for_keys(&self) -> bool {
        self.state.keys.is_asked_for()
    }

    /// Reads the file of keys at once.
    pub fn read_keys(&self) {
        self.state.keys.look_again();
    }

    /// Waits for a signal to end (SIGTERM or SIGINT). SIGHUP has it read its keys again.
    ///
    /// # Errors
    /// When the system gives no handlers.
    #[cfg(unix)]
    pub fn wait_for_signal(&self) -> io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        self.runtime.block_on(async {
            let mut end = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            let mut again = signal(SignalKind::hangup())?;
            loop {
                tokio::select! {
                    _ = end.recv() => return Ok(()),
                    _ = interrupt.recv() => return Ok(()),
                    _ = again.recv() => self.read_keys(),
                }
            }
        })
    }

    /// Waits for Ctrl-C.
    ///
    /// # Errors
    /// When the system gives no handler.
    #[cfg(not(unix))]
    pub fn wait_for_signal(&self) -> io::Result<()> {
        self.runtime.block_on(tokio::signal::ctrl_c())
    }

    /// Ends: no new connections, what was begun goes on for a while, and the locks of collections are given back. Returns
    /// whether all requests came to their end. `is_hurried` is asked whether to stop waiting.
    pub fn stop(self, hurried: impl Future<Output = ()> + Send) -> bool {
        let Self { runtime, state, ending, connections, grace, .. } = self;
        state.begin_end();
        ending.send_replace(true);
        let all = u32::try_from(state.limits.max_connections.max(1)).unwrap_or(u32::MAX);
        let is_done = runtime.block_on(async {
            let done = timeout(grace, connections.acquire_many(all));
            tokio::select! {
                done = done => done.is_ok(),
                () = hurried => false,
            }
        });
        if is_done {
            state.catalog.end();
        }
        // Work that goes on is let go of: what it has not acknowledged may be there or not.
        runtime.shutdown_background();
        is_done
    }

    /// The second signal, which ends the waiting of [`Server::stop`].
    pub fn next_signal(&self) -> impl Future<Output = ()> + Send + use<> {
        let _guard = self.runtime.enter();
        next_signal()
    }
}

#[cfg(unix)]
fn next_signal() -> impl Future<Output = ()> + Send {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    async move {
        let [Ok(mut end), Ok(mut interrupt)] = signals else { return std::future::pending().await };
        tokio::select! {
            _ = end.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
fn next_signal() -> impl Future<Output = ()> + Send {
    async {
        drop(tokio::signal::ctrl_c().await);
    }
}

/// Waits until the server ends.
async fn ended(is_ending: &mut watch::Receiver<bool>) {
    drop(is_ending.wait_for(|is_ending| *is_ending).await);
}

/// Everything that a task of a server has.
#[derive(Clone)]
struct Serving {
    state: Arc<State>,
    is_ending: watch::Receiver<bool>,
    connections: Arc<Semaphore>,
}

impl Serving {
    /// Takes connections until the server ends.
    async fn accept(self, listener: TcpListener) {
        let mut is_ending = self.is_ending.clone();
        loop {
            // Those that find no place wait in the system's own queue.
            let place = tokio::select! {
                biased;
                // The end waits for all places at once, and whoever asks for one after it waits for it.
                () = ended(&mut is_ending) => return,
                place = self.connections.clone().acquire_owned() => place,
            };
            let Ok(place) = place else { return };
            let accepted = tokio::select! {
                biased;
                () = ended(&mut is_ending) => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let serving = self.clone();
                    tokio::spawn(async move {
                        serving.serve(stream).await;
                        drop(place);
                    });
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
        }
    }

    /// Answers the requests of one connection, one after the other.
    async fn serve(mut self, stream: TcpStream) {
        // A short answer is not held back for more of it; where that cannot be said it is only later.
        drop(stream.set_nodelay(true));
        let state = self.state.clone();
        let answer = service_fn(move |request| {
            let state = state.clone();
            async move { Ok::<_, Infallible>(service::answer(state, request).await) }
        });
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.state.limits.head_time)
            .max_headers(MAX_HEADERS)
            .max_header_size(MAX_HEAD_BYTES)
            .max_buf_size(2 * MAX_HEAD_BYTES);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), answer));
        let is_over = tokio::select! {
            // What a client does to its connection is its own affair.
            _ = connection.as_mut() => true,
            () = ended(&mut self.is_ending) => false,
        };
        if !is_over {
            connection.as_mut().graceful_shutdown();
            drop(connection.await);
        }
    }

    /// Gives back what nobody uses, again and again.
    async fn keep_house(mut self) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(HOUSEKEEPING) => {}
                () = ended(&mut self.is_ending) => return,
            }
            let state = self.state.clone();
            let rested = tokio::task::spawn_blocking(move || state.catalog.rest(state.limits.writer_rest));
            // A defect there was told on standard error, and the next round may do better.
            drop(rested.await);
        }
    }
}
