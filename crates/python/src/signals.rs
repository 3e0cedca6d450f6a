use crate::failure::{Failure, Result};
use crate::process::detached;
use pleiad_text::Monitor;
use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;
use std::cell::RefCell;
use std::ffi::CString;

/// Has a long call obey Ctrl-C, and turns notes into warnings of Python. It lives where the interpreter is released.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    raised: RefCell<Option<PyErr>>,
}

impl Signals {
    /// Runs a call without the interpreter. An exception that was raised meanwhile counts for more than what the call says.
    ///
    /// # Errors
    /// The exception that was raised, or that of the call.
    pub(crate) fn run<T: Send>(py: Python<'_>, call: impl FnOnce(&Self) -> Result<T> + Send) -> Result<T> {
        detached(py, || {
            let signals = Self::default();
            let outcome = call(&signals);
            match signals.raised.into_inner() {
                Some(error) => Err(Failure::Raised(error)),
                None => outcome,
            }
        })
    }

    fn keep(&self, outcome: PyResult<()>) {
        if let Err(error) = outcome {
            self.raised.borrow_mut().get_or_insert(error);
        }
    }
}

impl Monitor for Signals {
    fn is_cancelled(&self) -> bool {
        self.keep(Python::attach(raised));
        self.raised.borrow().is_some()
    }

    fn warn(&self, message: &str) {
        // A NUL cannot be shown, and ends what C reads.
        let Ok(message) = CString::new(message.replace('\0', " ")) else { return };
        self.keep(Python::attach(|py| PyErr::warn(py, &py.get_type::<PyUserWarning>(), &message, 1)));
    }
}

/// The exception that a signal raised, such as `KeyboardInterrupt`.
fn raised(py: Python<'_>) -> PyResult<()> {
    py.check_signals()
}
