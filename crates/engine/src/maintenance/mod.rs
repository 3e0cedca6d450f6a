//! Work in the background of a writer, beside searching and writing: segments are merged, segments get the auxiliary
//! indexes that they lack ([`attachment`]), and a collection that grew while it was searched is calibrated again.

pub(crate) mod attachment;
mod calibration;
mod merge;
mod worker;

pub(crate) use calibration::{retune, tune};
pub use worker::MaintenanceStatus;
pub(crate) use worker::{Maintenance, num_segments};
