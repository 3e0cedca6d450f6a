//! A server in this process, asked over real connections.

mod client;
mod collections;
mod searching;
mod streaming;
mod writing;
