use pleiad_filter::{Predicate, Record};
use std::fmt;

/// A condition on what is stored under a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Precondition {
    /// There is no document of that key.
    Absent,
    /// There is one.
    Present,
    /// There is one, and the predicate holds for it.
    Holds(Predicate),
    /// There is none, or the predicate holds for it.
    AbsentOr(Predicate),
}

impl Precondition {
    /// Returns whether it is met by what is stored.
    pub(super) fn is_met(&self, stored: Option<&Record<'_>>) -> bool {
        match (self, stored) {
            (Self::Absent, stored) => stored.is_none(),
            (Self::Present, stored) => stored.is_some(),
            (Self::Holds(predicate) | Self::AbsentOr(predicate), Some(stored)) => predicate.matches(stored),
            (Self::Holds(_), None) => false,
            (Self::AbsentOr(_), None) => true,
        }
    }

    /// The predicate that it asks about, if it does.
    pub(super) fn predicate(&self) -> Option<&Predicate> {
        match self {
            Self::Holds(predicate) | Self::AbsentOr(predicate) => Some(predicate),
            Self::Absent | Self::Present => None,
        }
    }
}

/// The expected state, as the end of a sentence.
impl fmt::Display for Precondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("be absent"),
            Self::Present => f.write_str("be there"),
            Self::Holds(predicate) => write!(f, "be there with {predicate}"),
            Self::AbsentOr(predicate) => write!(f, "be absent or to be there with {predicate}"),
        }
    }
}
