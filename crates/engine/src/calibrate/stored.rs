use super::Calibration;
use crate::Snapshot;
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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
    /// The name of the asset that keeps it.
    pub(crate) const ASSET: &str = "calibration";

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

impl Calibration {
    /// The one that is kept with the collection, as a snapshot shows it.
    pub(crate) fn of(snapshot: &Snapshot) -> Result<Option<Arc<Self>>> {
        let Some(blob) = snapshot.view.asset(Self::ASSET) else { return Ok(None) };
        snapshot.shared.calibrations.of(blob, |blob| Ok(Self::from_bytes(blob.bytes()?)?.map(Arc::new)))
    }
}
