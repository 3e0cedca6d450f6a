use crate::args::WaitArgs;
use crate::exit::Result;
use crate::interrupt::Interrupt;
use crate::output::{counted, stderr_line, warn};
use crate::progress::Progress;
use pleiad_text::{Monitor, Progress as Reached, when_free};
use std::cell::OnceCell;
use std::io::{self, IsTerminal};

/// Follows a long operation on the terminal, and stops it at Ctrl-C.
pub(crate) struct Console {
    interrupt: Interrupt,
    /// Bytes of the sources, if they are known.
    num_bytes: Option<u64>,
    /// Drawn when there is something to tell.
    line: OnceCell<Progress>,
}

impl Console {
    /// Follows nothing yet; Ctrl-C is heard from now on.
    ///
    /// # Errors
    /// When the system refuses to install the handler.
    pub(crate) fn listen() -> Result<Self> {
        Ok(Self { interrupt: Interrupt::listen()?, num_bytes: None, line: OnceCell::new() })
    }

    /// Begins a line for an operation of its own, under the same Ctrl-C; `num_bytes` are to be read, if that is known.
    pub(crate) fn start(&self, num_bytes: Option<u64>) -> Self {
        let console = Self { num_bytes, ..self.again() };
        console.line();
        console
    }

    /// The same for another operation, whose line is drawn when it reports.
    pub(crate) fn again(&self) -> Self {
        Self { interrupt: self.interrupt.clone(), num_bytes: None, line: OnceCell::new() }
    }

    /// The line, drawn from now on.
    pub(crate) fn line(&self) -> &Progress {
        self.line.get_or_init(|| Progress::start(self.num_bytes))
    }
}

impl Monitor for Console {
    fn is_cancelled(&self) -> bool {
        self.interrupt.is_asked()
    }

    fn report(&self, reached: Reached<'_>) {
        match reached {
            Reached::Transfer { model, done_bytes, total_bytes } => {
                let line = self.line.get_or_init(|| Progress::start(Some(total_bytes.max(1))));
                line.set_transfer(done_bytes, total_bytes, model);
            }
            Reached::WaitingForLock { holder, seconds } => tell_of_lock(holder, seconds),
            Reached::Begun { total_bytes } => drop(self.line.get_or_init(|| Progress::start(total_bytes))),
            Reached::PassedOver { consumed_bytes } => self.line().set_passed_over(consumed_bytes),
            Reached::Stored { consumed_bytes, num_documents, num_tokens } => {
                self.line().set_documents(consumed_bytes, num_documents, num_tokens);
            }
            _ => {}
        }
    }

    fn warn(&self, message: &str) {
        match self.line.get() {
            Some(line) => line.warn(message),
            None => warn(message),
        }
    }
}

/// Does what needs the lock of a collection, as soon as nobody else holds it: waits as long as it was told, and says on a
/// terminal for whom. Ctrl-C ends the command at once from here on, which no store minds.
///
/// # Errors
/// When the lock stays held; those of `attempt`, which must not wait itself.
pub(crate) fn once_free<T>(
    wait: WaitArgs,
    attempt: impl FnMut() -> std::result::Result<T, pleiad::Error>,
) -> Result<T> {
    let console = Console { interrupt: Interrupt::end_at_first()?, num_bytes: None, line: OnceCell::new() };
    Ok(when_free(&console, wait.duration(), attempt)?)
}

/// Says who is waited for, to whom looks on.
fn tell_of_lock(holder: Option<u32>, seconds: u64) {
    if io::stderr().is_terminal() {
        let holder = holder.map_or_else(|| "another process".into(), |process| format!("process {process}"));
        let longest = counted(seconds, "second");
        stderr_line(&format!(
            "waiting up to {longest} for {holder}, which is writing to the collection (Ctrl-C ends this command)"
        ));
    }
}
