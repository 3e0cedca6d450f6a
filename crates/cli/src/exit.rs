//! End of a command: a message on standard error and an exit code that says what to do.

use crate::output;
use crate::screen::{Mark, alters};
use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// The exit codes, as `pleiad help` tells them.
pub(crate) const DOCUMENTATION: &str = "\
Exit codes:
  0    done
  1    a defect of this program: please report it
  2    wrong use or bad input: fix the input
  3    there is no such collection, file or document
  4    something is in the way: another writer, a collection that exists already
  5    stored bytes are damaged: restore them from a copy
  6    the machine refused (full disk, no permission): put it right and try again
  7    written by a newer version, or not possible in this one
  130  interrupted by Ctrl-C; what was acknowledged is stored";

/// Kind of a failure, by what its user can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Defect = 1,
    InvalidInput = 2,
    NotFound = 3,
    Conflict = 4,
    Corrupt = 5,
    Unavailable = 6,
    Unsupported = 7,
    Interrupted = 130,
}

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    causes: Vec<String>,
    is_closed_pipe: bool,
    /// True where it is about a collection, of which the message names the files alone.
    is_of_collection: bool,
    /// The command that may help, which takes the collection's folder.
    hint: Option<Hint>,
}

/// A command, and what it does about a failure.
#[derive(Debug, Clone, Copy)]
struct Hint {
    command: &'static str,
    does: &'static str,
}

/// Libraries name no command: this is what a person types.
fn hint(error: Option<&pleiad::StoreError>) -> Option<Hint> {
    use pleiad::StoreError;
    match error? {
        StoreError::Corrupt { .. } => Some(Hint { command: "pleiad repair", does: "keeps what can be read" }),
        StoreError::Outdated { .. } => Some(Hint { command: "pleiad upgrade", does: "brings it up to date" }),
        _ => None,
    }
}

/// Shorthand within the crate.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            causes: Vec::new(),
            is_closed_pipe: false,
            is_of_collection: false,
            hint: None,
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Exit::InvalidInput, message)
    }

    /// A refusal of the machine; `what` says what was tried, e.g. `cannot read notes.txt`.
    pub(crate) fn io(what: impl fmt::Display, error: &io::Error) -> Self {
        pleiad_text::Error::io(what, error).into()
    }

    /// A path that does not exist.
    pub(crate) fn missing(path: &Path) -> Self {
        Self::new(Exit::NotFound, format!("there is no {}", path.display()))
    }

    /// Any other error, with the errors behind it.
    pub(crate) fn from_error(exit: Exit, error: &dyn Error) -> Self {
        Self::new(exit, error.to_string()).caused_by(error.source())
    }

    fn caused_by(mut self, mut source: Option<&dyn Error>) -> Self {
        while let Some(error) = source {
            let text = error.to_string();
            // Many errors already say what their source says.
            if !self.message.contains(&text) && !self.causes.contains(&text) {
                self.causes.push(text);
            }
            source = error.source();
        }
        self
    }

    /// Puts where it happened in front of the message.
    pub(crate) fn within(mut self, place: impl fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// Puts the collection's folder in front of the message, where it is about that and does not begin with it, and
    /// says which command helps.
    pub(crate) fn in_collection(mut self, folder: &Path) -> Self {
        let folder = folder.display().to_string();
        if self.is_of_collection && !self.message.starts_with(&folder) {
            self = self.within(&folder);
        }
        match self.hint {
            Some(Hint { command, does }) => self.with_note(format!("`{command} {folder}` {does}")),
            None => self,
        }
    }

    /// Adds what else the user should know, as a line of its own.
    pub(crate) fn with_note(mut self, note: impl fmt::Display) -> Self {
        self.message = format!("{}\n{note}", self.message);
        self
    }

    /// Returns the message, without color.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Prints the message, unless whoever read the output went away, and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        if self.is_closed_pipe {
            return ExitCode::SUCCESS;
        }
        output::stderr_line(&self.to_string());
        ExitCode::from(self.exit as u8)
    }
}

/// Prints a wrong use, or the help that was asked for, and gives the exit code. What was typed is shown as it may be.
pub(crate) fn report_usage(error: &clap::Error) -> ExitCode {
    let plain = error.render().to_string();
    if plain.chars().any(alters) {
        output::stderr_line(plain.trim_end());
        return ExitCode::from(Exit::InvalidInput as u8);
    }
    error.exit()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}error:{:#} {}", Mark::ERROR, Mark::ERROR, self.message)?;
        self.causes.iter().try_for_each(|cause| write!(f, "\n  caused by: {cause}"))
    }
}

/// A failure to write the output: inputs name their file through [`Failure::io`].
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let is_closed_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Self { is_closed_pipe, ..Self::io("cannot write the output", &error) }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        if error.is_io() { io::Error::from(error).into() } else { Self::from_error(Exit::Defect, &error) }
    }
}

impl From<pleiad_text::Error> for Failure {
    fn from(error: pleiad_text::Error) -> Self {
        use pleiad_text::ErrorKind;
        let exit = match error.kind() {
            ErrorKind::InvalidArgument => Exit::InvalidInput,
            ErrorKind::NotFound => Exit::NotFound,
            ErrorKind::Conflict => Exit::Conflict,
            ErrorKind::Corrupt => Exit::Corrupt,
            ErrorKind::Unavailable => Exit::Unavailable,
            ErrorKind::Unsupported => Exit::Unsupported,
            ErrorKind::Cancelled => Exit::Interrupted,
            _ => Exit::Defect,
        };
        let hint = hint(error.engine_error().and_then(pleiad::Error::store_error));
        Self { is_of_collection: error.names_no_folder(), hint, ..Self::from_error(exit, &error) }
    }
}

#[cfg(feature = "serve")]
impl From<pleiad_wire::Problem> for Failure {
    fn from(problem: pleiad_wire::Problem) -> Self {
        use pleiad_wire::Kind;
        let exit = match problem.kind {
            Kind::NotFound => Exit::NotFound,
            Kind::Conflict | Kind::PreconditionFailed => Exit::Conflict,
            Kind::Corrupt => Exit::Corrupt,
            Kind::Unavailable | Kind::Overloaded | Kind::Timeout | Kind::DeadlineExceeded => {
                Exit::Unavailable
            }
            Kind::Unsupported => Exit::Unsupported,
            Kind::Internal => Exit::Defect,
            Kind::InvalidArgument
            | Kind::Unauthenticated
            | Kind::Forbidden
            | Kind::MethodNotAllowed
            | Kind::TooLarge
            | Kind::UnsupportedMediaType => Exit::InvalidInput,
        };
        Self::new(exit, problem.detail)
    }
}

/// Failures that the library below knows how to judge.
macro_rules! judged_by_text {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                pleiad_text::Error::from(error).into()
            }
        }
    )*};
}

judged_by_text!(
    pleiad::Error,
    pleiad_vectors::VectorError,
    pleiad_encode::EncodeError,
    pleiad_encode::ModelError,
    pleiad_encode::import::ImportError,
    pleiad_evaluate::InputError
);

impl From<pleiad_backup::BackupError> for Failure {
    fn from(error: pleiad_backup::BackupError) -> Self {
        use pleiad_backup::BackupError;
        let exit = match error {
            BackupError::Store(error) => return pleiad::Error::from(error).into(),
            BackupError::Io { ref source, .. } => match source.kind() {
                io::ErrorKind::NotFound => Exit::NotFound,
                io::ErrorKind::AlreadyExists => Exit::Conflict,
                _ => Exit::Unavailable,
            },
            BackupError::NoBackup { .. } => Exit::NotFound,
            BackupError::Damaged { .. } => Exit::Corrupt,
            BackupError::Version { .. } => Exit::Unsupported,
            BackupError::NotEmpty { .. }
            | BackupError::Locked { .. }
            | BackupError::Restoring { .. }
            | BackupError::InTheWay { .. } => Exit::Conflict,
            BackupError::Destination { .. } => Exit::InvalidInput,
        };
        let failure = Self::from_error(exit, &error);
        match error {
            BackupError::Damaged { .. } => failure.with_note("`pleiad backup DIR PLACE --verify` does that"),
            BackupError::NotEmpty { .. } => failure.with_note("`--replace` says so"),
            _ => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::clean;

    fn plain(failure: &Failure) -> String {
        anstream::adapter::strip_str(&clean(&failure.to_string())).to_string()
    }

    #[test]
    fn a_message_says_where_and_why_once() {
        let source = io::Error::other("disk on fire");
        let outer = io::Error::other(source);
        let failure =
            Failure::new(Exit::Unavailable, "cannot read a.txt").caused_by(Some(&outer)).within("add");
        assert_eq!(plain(&failure), "error: add: cannot read a.txt\n  caused by: disk on fire");
        let repeated = Failure::new(Exit::Unavailable, "cannot read: disk on fire").caused_by(Some(&outer));
        assert_eq!(plain(&repeated), "error: cannot read: disk on fire");
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let closed = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(closed.report(), ExitCode::SUCCESS);
        assert!(!Failure::from(io::Error::from(io::ErrorKind::StorageFull)).is_closed_pipe);
    }

    #[test]
    fn every_code_is_documented() {
        for exit in [Exit::Defect, Exit::Unsupported, Exit::Interrupted] {
            assert!(DOCUMENTATION.contains(&format!("\n  {} ", exit as u8)));
        }
    }
}
