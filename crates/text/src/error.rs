use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;

/// Shorthand within the crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Kind of an error, by what a caller can do about it. Edges translate it into an exit code, an HTTP status, an
/// exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input is wrong: mend it.
    InvalidArgument,
    /// A collection, file, document or model is not there.
    NotFound,
    /// Something is in the way: another writer, a folder that is in use.
    Conflict,
    /// Stored bytes are damaged: restore them from a copy.
    Corrupt,
    /// The machine or the network refused: try again later.
    Unavailable,
    /// Written by a newer version, or not possible in this one.
    Unsupported,
    /// The caller asked to stop.
    Cancelled,
    /// A defect: please report it.
    Internal,
}

/// Why something was not done: what happened, where, and the way out.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    /// The message names files of a collection without its folder.
    names_no_folder: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), names_no_folder: false, source: None }
    }

    /// An error of the caller's input.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, message)
    }

    /// A refusal of the machine; `action` says what was tried, such as `cannot read notes.txt`.
    pub fn io(action: impl fmt::Display, error: &io::Error) -> Self {
        Self::new(kind_of(error), format!("{action}: {error}"))
    }

    /// A path that does not exist.
    pub fn missing(path: &Path) -> Self {
        Self::new(ErrorKind::NotFound, format!("there is no {}", path.display()))
    }

    /// Another error, which stays its source.
    pub fn from_error(kind: ErrorKind, error: impl StdError + Send + Sync + 'static) -> Self {
        let message = error.to_string();
        Self { source: Some(Box::new(error)), ..Self::new(kind, message) }
    }

    /// Puts where it happened in front of the message.
    #[must_use]
    pub fn within(mut self, place: impl fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// Adds what else the user should know, as a line of its own.
    #[must_use]
    pub fn with_note(mut self, note: impl fmt::Display) -> Self {
        self.message = format!("{}\n{note}", self.message);
        self
    }

    /// Returns the kind: what a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The error of the engine behind it, if there is one.
    pub fn engine_error(&self) -> Option<&pleiad::Error> {
        self.source.as_deref().and_then(|source| source.downcast_ref())
    }

    /// Returns whether it is about a collection, of which the message names the files alone: a caller who knows the
    /// collection's folder puts it in front.
    pub fn names_no_folder(&self) -> bool {
        self.names_no_folder
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // The message is that of the source: what is behind it is what it does not say.
        self.source.as_ref().and_then(|source| source.source())
    }
}

/// Returns the kind of a refusal by the system.
fn kind_of(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        // What decompressors say of a damaged file.
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::Other => {
            ErrorKind::InvalidArgument
        }
        io::ErrorKind::InvalidInput => ErrorKind::InvalidArgument,
        io::ErrorKind::AlreadyExists => ErrorKind::Conflict,
        _ => ErrorKind::Unavailable,
    }
}

impl From<pleiad::Error> for Error {
    fn from(error: pleiad::Error) -> Self {
        use pleiad::ErrorKind as Engine;
        let kind = match error.kind() {
            Engine::InvalidArgument => ErrorKind::InvalidArgument,
            Engine::NotFound => ErrorKind::NotFound,
            Engine::Conflict => ErrorKind::Conflict,
            Engine::Corrupt => ErrorKind::Corrupt,
            Engine::Unavailable => ErrorKind::Unavailable,
            Engine::Unsupported => ErrorKind::Unsupported,
            Engine::Cancelled => ErrorKind::Cancelled,
            Engine::Internal => ErrorKind::Internal,
        };
        // What is wrong with the input has places of its own.
        let names_no_folder = !matches!(kind, ErrorKind::InvalidArgument | ErrorKind::Internal);
        Self { names_no_folder, ..Self::from_error(kind, error) }
    }
}

impl From<pleiad_vectors::VectorError> for Error {
    fn from(error: pleiad_vectors::VectorError) -> Self {
        Self::from_error(ErrorKind::InvalidArgument, error)
    }
}

impl From<pleiad_encode::EncodeError> for Error {
    fn from(error: pleiad_encode::EncodeError) -> Self {
        use pleiad_encode::EncodeError;
        let kind = match error {
            EncodeError::Onnx { .. } => ErrorKind::Unsupported,
            _ => ErrorKind::Internal,
        };
        Self::from_error(kind, error)
    }
}

impl From<pleiad_encode::ModelError> for Error {
    fn from(error: pleiad_encode::ModelError) -> Self {
        use pleiad_encode::ModelError;
        let kind = match &error {
            ModelError::Io { source, .. } => kind_of(source),
            ModelError::MissingFile { .. } => ErrorKind::NotFound,
            ModelError::OnnxRuntime { library, .. } if !library.exists() => ErrorKind::NotFound,
            ModelError::Json { .. } | ModelError::Safetensors { .. } | ModelError::NotFinite { .. } => {
                ErrorKind::InvalidArgument
            }
            ModelError::Language { .. } => ErrorKind::InvalidArgument,
            _ => ErrorKind::Unsupported,
        };
        Self::from_error(kind, error).within("model")
    }
}

impl From<pleiad_encode::import::ImportError> for Error {
    fn from(error: pleiad_encode::import::ImportError) -> Self {
        use pleiad_encode::import::ImportError;
        let kind = match &error {
            ImportError::Io { source, .. } => kind_of(source),
            ImportError::Missing { .. } => ErrorKind::NotFound,
            _ => ErrorKind::InvalidArgument,
        };
        Self::from_error(kind, error)
    }
}

impl From<pleiad_evaluate::InputError> for Error {
    fn from(error: pleiad_evaluate::InputError) -> Self {
        use pleiad_evaluate::InputError;
        let kind = match &error {
            InputError::Open { source, .. } | InputError::Read { source, .. } => kind_of(source),
            InputError::MissingFile { .. } => ErrorKind::NotFound,
            _ => ErrorKind::InvalidArgument,
        };
        Self::from_error(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_the_machine_says_what_to_do() {
        for (kind, expected) in [
            (io::ErrorKind::NotFound, ErrorKind::NotFound),
            (io::ErrorKind::PermissionDenied, ErrorKind::Unavailable),
            (io::ErrorKind::InvalidData, ErrorKind::InvalidArgument),
            (io::ErrorKind::AlreadyExists, ErrorKind::Conflict),
        ] {
            assert_eq!(Error::io("x", &io::Error::from(kind)).kind(), expected);
        }
    }

    #[test]
    fn an_error_repeats_no_source_and_hides_none() {
        #[derive(Debug)]
        struct Outer(io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("outer")
            }
        }
        impl StdError for Outer {
            fn source(&self) -> Option<&(dyn StdError + 'static)> {
                Some(&self.0)
            }
        }
        let error = Error::from_error(ErrorKind::Internal, Outer(io::Error::other("inner"))).within("here");
        assert_eq!(error.to_string(), "here: outer");
        assert_eq!(error.source().unwrap().to_string(), "inner");
    }
}
