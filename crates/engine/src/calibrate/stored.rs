use super::Calibration;
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// Newest version of the JSON below. It is written in the oldest that can say it: only version 2 knows postings, and may
/// have several levels for one recall.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Stored<C> {
    version: u32,
    #[serde(flatten)]
    calibration: C,
}

impl Calibration {
    /// As it is kept with the collection.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        let version = if self.uses_postings() { VERSION } else { 1 };
        serde_json::to_vec(&Stored { version, calibration: self }).map_err(|error| {
            Error::new(ErrorKind::Internal, "the calibration cannot be written").caused_by(error)
        })
    }

    /// Reads it back. One of a newer version counts as none: it can be measured again at any time.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let damaged = |error| {
            Error::corrupt("the calibration is not what this version writes: `pleiad tune` makes a new one")
                .caused_by(error)
        };
        let Version { version } = serde_json::from_slice(bytes).map_err(damaged)?;
        if !(1..=VERSION).contains(&version) {
            return Ok(None);
        }
        let Stored { calibration, .. } = serde_json::from_slice(bytes).map_err(damaged)?;
        Ok(Some(calibration))
    }
}
