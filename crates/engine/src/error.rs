use std::fmt;

/// Kind of an [`Error`], by what the caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Fix the input.
    InvalidArgument,
    /// Nothing of that name is here.
    NotFound,
    /// Something is in the way: a second writer, a collection that exists already.
    Conflict,
    /// Stored bytes are damaged: restore them from a copy.
    Corrupt,
    /// The machine refused (full disk, no permission): put it right and try again.
    Unavailable,
    /// Written by a newer version, or not possible in this one.
    Unsupported,
    /// The caller ended it: there is no answer.
    Cancelled,
    /// A defect of ours: please report it.
    Internal,
}

/// Any failure of the engine: its kind says what to do, its message what happened, where, and the way out.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Shorthand within the crate.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, message)
    }

    pub(crate) fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt, message)
    }

    pub(crate) fn no_document(key: &str) -> Self {
        Self::new(ErrorKind::NotFound, format!("there is no document {key:?} in this collection"))
    }

    /// A name in a file that only a newer version can have written.
    pub(crate) fn unknown_name(what: &str, name: &str) -> Self {
        Self::new(ErrorKind::Unsupported, format!("{what} {name:?} is unknown here: use a newer version"))
    }

    /// The same error, with the place that it is about before what happened.
    pub(crate) fn within(self, place: &str) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }

    pub(crate) fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Returns the kind: what the caller can do.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The error of the store behind it, if there is one.
    pub fn store_error(&self) -> Option<&pleiad_store::StoreError> {
        self.source.as_deref().and_then(|source| source.downcast_ref())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl From<pleiad_vectors::VectorError> for Error {
    fn from(error: pleiad_vectors::VectorError) -> Self {
        Self::invalid(error.to_string()).caused_by(error)
    }
}

impl From<pleiad_store::StoreError> for Error {
    fn from(error: pleiad_store::StoreError) -> Self {
        use pleiad_store::StoreError as E;
        let kind = match &error {
            E::NotACollection { .. } | E::NoSnapshot { .. } => ErrorKind::NotFound,
            E::Exists { .. }
            | E::SnapshotExists { .. }
            | E::NotEmpty { .. }
            | E::Locked { .. }
            | E::Displaced { .. }
            | E::NoSegment { .. } => ErrorKind::Conflict,
            E::Version { .. } | E::Outdated { .. } => ErrorKind::Unsupported,
            E::Corrupt { .. } => ErrorKind::Corrupt,
            E::Io { .. } | E::Poisoned { .. } => ErrorKind::Unavailable,
            E::SnapshotName { .. } | E::Limit { .. } | E::Layout { .. } => ErrorKind::InvalidArgument,
            // The engine gives rows the shape that it created the store with.
            E::ColumnCount { .. } | E::ColumnWidth { .. } | E::OutOfRange { .. } | E::NotFixed { .. } => {
                ErrorKind::Internal
            }
        };
        let message = error.to_string();
        Self::new(kind, message).caused_by(error)
    }
}
