//! Work in the background of a writer, beside searching and writing: segments are merged, segments get the auxiliary
//! indexes that they lack ([`attachment`]), and a collection that grew while it was searched is calibrated again.

pub(crate) mod attachment;
mod calibration;
mod filters;
mod merge;
mod worker;

pub(crate) use calibration::{calibrate_if_due, tune};
pub(crate) use filters::tune_filters;
pub use filters::{FilterRecall, FoundRecall};
pub use worker::MaintenanceStatus;
pub(crate) use worker::{Maintenance, num_segments};

use std::sync::{Mutex, PoisonError};

type Wake = Box<dyn Fn() + Send + Sync>;

/// Wakes the background work of a writer when a search finds that a calibration is due.
#[derive(Default)]
pub(crate) struct Alarm(Mutex<Option<Wake>>);

impl Alarm {
    /// From now on this is called, in place of what was called before.
    fn set(&self, wake: impl Fn() + Send + Sync + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(wake));
    }

    /// Wakes whoever is to be woken, if there is anybody. Cost: it does not wait for the work.
    pub(crate) fn ring(&self) {
        if let Some(wake) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            wake();
        }
    }
}
