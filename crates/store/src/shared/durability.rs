use std::fmt;
use std::str::FromStr;

/// Delay of [`Durability::Group`] where a name gives none.
const DEFAULT_DELAY_MS: u64 = 10;

/// When a batch is acknowledged, and so what a power cut may take. The end of the process, however it comes, takes
/// nothing that was acknowledged, whatever the level; and what is found afterwards is always the state after some
/// batch, with all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Once it is on the disk: a power cut takes no acknowledged batch.
    #[default]
    Sync,
    /// Once the operating system has it; a sync follows at most this many milliseconds later, and a power cut takes at
    /// most the batches acknowledged since the last one.
    Group(u64),
    /// Once the operating system has it. A power cut may take whatever was acknowledged since the last flush or sync.
    None,
}

/// No level of durability has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name:?} is no level of durability: sync, group, group:MS with MS in milliseconds, such as group:50, or none"
)]
pub struct DurabilityError {
    /// The name that was given.
    pub name: String,
}

/// As people write it: `sync`, `group` (10 ms), `group:50`, `none`.
impl FromStr for Durability {
    type Err = DurabilityError;

    fn from_str(name: &str) -> Result<Self, DurabilityError> {
        let unknown = || DurabilityError { name: name.to_owned() };
        match name {
            "sync" => Ok(Self::Sync),
            "group" => Ok(Self::Group(DEFAULT_DELAY_MS)),
            "none" => Ok(Self::None),
            _ => {
                let delay_ms = name.strip_prefix("group:").ok_or_else(unknown)?;
                delay_ms.parse().map(Self::Group).map_err(|_| unknown())
            }
        }
    }
}

/// The form that [`FromStr`] reads back.
impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sync => f.write_str("sync"),
            Self::Group(delay_ms) => write!(f, "group:{delay_ms}"),
            Self::None => f.write_str("none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_refused() {
        for level in [Durability::Sync, Durability::Group(0), Durability::Group(50), Durability::None] {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert_eq!("group".parse(), Ok(Durability::Group(DEFAULT_DELAY_MS)));
        for name in ["", "Sync", "group:", "group:-1", "group:1s", "none:1"] {
            let error = name.parse::<Durability>().unwrap_err();
            assert!(error.to_string().contains("group:50"), "{error}");
        }
    }
}
