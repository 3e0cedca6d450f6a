use pleiad_text::ErrorKind;
use pyo3::prelude::*;
use pyo3::types::PyModule;

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Why a call ended: an error of the libraries, or an exception that Python raised meanwhile, such as `KeyboardInterrupt`.
#[derive(Debug)]
pub(crate) enum Failure {
    Library(pleiad_text::Error),
    Raised(PyErr),
}

impl Failure {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Library(pleiad_text::Error::invalid(message))
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::Library(pleiad_text::Error::new(ErrorKind::Internal, message))
    }
}

impl<E: Into<pleiad_text::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Library(error.into())
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        let error = match failure {
            Failure::Raised(error) => return error,
            Failure::Library(error) => error,
        };
        // The classes are Python's own, so that each can also be the exception of Python that it is a case of.
        Python::attach(|py| {
            let class =
                PyModule::import(py, "pleiad._errors").and_then(|errors| errors.getattr(class(error.kind())));
            match class.and_then(|class| class.call1((error.to_string(),))) {
                Ok(exception) => Self::from_value(exception),
                Err(other) => other,
            }
        })
    }
}

fn class(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidArgument => "InvalidArgument",
        ErrorKind::NotFound => "NotFound",
        ErrorKind::Conflict => "Conflict",
        ErrorKind::Corrupt => "Corrupt",
        ErrorKind::Unavailable => "Unavailable",
        ErrorKind::Unsupported => "Unsupported",
        _ => "Internal",
    }
}
