//! Settings of the process, made before a command runs.

use crate::exit::{Exit, Failure, Result};

/// Makes refusals of the system errors that a command can report.
///
/// # Errors
/// When the system gives no threads.
pub(crate) fn prepare() -> Result<()> {
    block_file_size_signal()?;
    start_threads()
}

/// The threads that encode and search. Made by the first use, they would end the process where the system refuses them.
fn start_threads() -> Result<()> {
    rayon::ThreadPoolBuilder::new().build_global().map_err(|error| {
        Failure::from_error(Exit::Unavailable, &error)
            .within("the system gives no threads: raise the limit of processes or of memory")
    })
}

/// A write beyond the limit of file sizes is an error then, like one to a full disk, and not the end of the process.
#[cfg(unix)]
fn block_file_size_signal() -> Result<()> {
    use nix::sys::signal::{SigSet, Signal};
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGXFSZ);
    // Threads that are started later have the mask of this one.
    signals.thread_block().map_err(|error| {
        Failure::from_error(Exit::Unavailable, &error).within("cannot block the signal for large files")
    })
}

#[cfg(not(unix))]
fn block_file_size_signal() -> Result<()> {
    Ok(())
}
