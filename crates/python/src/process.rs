use crate::failure::{Failure, Result};
use pleiad_text::{Error, ErrorKind};
use std::process;

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
