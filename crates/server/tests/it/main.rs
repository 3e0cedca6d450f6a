//! A server in this process, asked over real connections.

mod client;
mod collections;
mod described;
mod faults;
mod holes;
mod limits;
mod observed;
mod page;
mod rights;
mod searching;
mod stopping;
mod streaming;
mod writing;
