//! Collections over HTTP. The server adds nothing that the engine and the text library do not do: it translates, protects,
//! measures and shows.
//!
//! ```no_run
//! use pleiad_server::{Options, Server};
//!
//! let server = Server::start(Options::new("data"))?;
//! println!("http://{}", server.address());
//! # server.stop(async {});
//! # Ok::<(), pleiad_wire::Problem>(())
//! ```
//!
//! - `server` and `service`: connections, and one request from its size over its key to its answer;
//! - `operations`: one table of all that can be asked for, and the work behind each row;
//! - `catalog`: collections that are open, each with the one writer that requests share;
//! - `keys` and `access`: who asks, and what that key may see;
//! - `openapi`: the description of all that, made of the table and of the types of `pleiad-wire`;
//! - `page`: search and explanation for people, in files that are part of the program;
//! - `metrics` and `log`: what was asked, how often, how long it took;
//! - `work`: bounded queues, times that end the work itself.
//!
//! Requests are answered by the threads of an asynchronous runtime, which parse and write; everything that reads or writes a
//! collection is done on threads that may block.

mod access;
mod call;
mod catalog;
mod cursor;
mod failure;
mod http;
mod keys;
mod limits;
mod log;
mod metrics;
mod openapi;
mod operations;
mod page;
mod server;
mod service;
mod state;
mod work;

pub use keys::{KeyFile, KeyInfo, NewKey};
pub use limits::Limits;
pub use log::{Log, LogForm, LogSink};
pub use openapi::description;
pub use server::{Options, Server};
