use crate::exit::{Exit, Failure, Result};
use crate::output::stderr_line;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// State of Ctrl-C.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens for Ctrl-C from now on. The first one asks to stop, the second one stops at once: nothing that was
    /// acknowledged can be lost by it.
    ///
    /// # Errors
    /// When the system refuses to install the handler.
    pub(crate) fn listen() -> Result<Self> {
        let interrupt = Self::default();
        let heard = interrupt.clone();
        ctrlc::set_handler(move || {
            if heard.0.swap(true, Ordering::SeqCst) {
                process::exit(Exit::Interrupted as i32);
            }
        })
        .map_err(|error| cannot_listen(&error))?;
        Ok(interrupt)
    }

    /// Ends the program at the first Ctrl-C: for work in one step, of which a crash leaves all or nothing.
    ///
    /// # Errors
    /// When the system refuses to install the handler.
    pub(crate) fn end_at_first() -> Result<Self> {
        ctrlc::set_handler(|| {
            stderr_line(&Failure::new(Exit::Interrupted, "interrupted").to_string());
            process::exit(Exit::Interrupted as i32);
        })
        .map_err(|error| cannot_listen(&error))?;
        Ok(Self::default())
    }

    /// Returns whether it is time to stop.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

fn cannot_listen(error: &ctrlc::Error) -> Failure {
    Failure::from_error(Exit::Unavailable, error).within("cannot listen for Ctrl-C")
}
