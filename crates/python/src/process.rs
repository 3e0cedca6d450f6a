use crate::failure::{Failure, Result};
use pleiad_text::{Error, ErrorKind};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::process;
use std::sync::OnceLock;

/// The process that used the engine first: the worker threads that all calls share are its own.
static FIRST: OnceLock<u32> = OnceLock::new();

/// A fork of that process, with worker threads of its own.
static FORK: OnceLock<(u32, ThreadPool)> = OnceLock::new();

/// Runs a call without the interpreter, on worker threads that this process has.
///
/// # Errors
/// Those of the call; `Unavailable` where a fork gets no threads, `Unsupported` in the fork of a fork.
pub(crate) fn detached<T: Send>(py: Python<'_>, call: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    py.detach(|| {
        let id = process::id();
        match *FIRST.get_or_init(|| id) == id {
            true => call(),
            false => workers_of_fork(id)?.install(call),
        }
    })
}

/// Refuses to write in a fork: writers start threads, whose work goes to the workers of the first process.
///
/// # Errors
/// `Unsupported` there.
pub(crate) fn check_can_write() -> Result<()> {
    match FIRST.get() {
        Some(&first) if first != process::id() => {
            let message = format!(
                "this process is a fork of {first}, which used Pleiad before, and can only read: write there, or start workers \
                 with the method \"spawn\""
            );
            Err(Failure::from(Error::new(ErrorKind::Unsupported, message)))
        }
        _ => Ok(()),
    }
}

fn workers_of_fork(id: u32) -> Result<&'static ThreadPool> {
    if FORK.get().is_none() {
        let pool = ThreadPoolBuilder::new().build().map_err(|error| {
            Error::new(ErrorKind::Unavailable, format!("a fork needs threads of its own: {error}"))
        })?;
        // Where another thread was faster, its threads serve both.
        drop(FORK.set((id, pool)));
    }
    match FORK.get() {
        Some((of, pool)) if *of == id => Ok(pool),
        _ => {
            let message = "a fork of a fork has no worker threads: start workers with the method \"spawn\"";
            Err(Failure::from(Error::new(ErrorKind::Unsupported, message)))
        }
    }
}

/// The process that opened a handle. A forked child has its memory but none of its threads, so that a call would wait for
/// ever for workers that are not there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opener(u32);

impl Opener {
    pub(crate) fn this() -> Self {
        Self(process::id())
    }

    /// # Errors
    /// `Unsupported` in any other process.
    pub(crate) fn check(self) -> Result<()> {
        let id = process::id();
        if id == self.0 {
            return Ok(());
        }
        let message = format!(
            "this handle was opened by process {} and is used in its fork {id}: open the collection again in the child, or \
             start workers with the method \"spawn\"",
            self.0
        );
        Err(Failure::from(Error::new(ErrorKind::Unsupported, message)))
    }
}
