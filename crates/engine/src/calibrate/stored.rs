use super::Calibration;
use crate::Snapshot;
use crate::error::{Error, ErrorKind, Result};
use pleiad_store::Blob;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// Version of the JSON below.
const VERSION: u32 = 1;

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
        serde_json::to_vec(&Stored { version: VERSION, calibration: self }).map_err(|error| {
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
        if version != VERSION {
            return Ok(None);
        }
        let Stored { calibration, .. } = serde_json::from_slice(bytes).map_err(damaged)?;
        Ok(Some(calibration))
    }
}

/// The calibration that was read last, so that it is parsed once and not for every search.
#[derive(Default)]
pub(crate) struct Calibrations {
    last: Mutex<Option<Parsed>>,
}

struct Parsed {
    blob: Arc<Blob>,
    calibration: Option<Arc<Calibration>>,
}

impl Calibrations {
    /// The one that is kept with the collection, as a snapshot shows it.
    pub(crate) fn of(&self, snapshot: &Snapshot) -> Result<Option<Arc<Calibration>>> {
        let Some(blob) = snapshot.view.asset(Calibration::ASSET) else { return Ok(None) };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(known) if Arc::ptr_eq(&known.blob, blob) => Ok(known.calibration.clone()),
            _ => {
                let calibration = Calibration::from_bytes(blob.bytes()?)?.map(Arc::new);
                *last = Some(Parsed { blob: Arc::clone(blob), calibration: calibration.clone() });
                Ok(calibration)
            }
        }
    }
}
