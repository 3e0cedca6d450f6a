//! Work in the background of a writer, beside searching and writing: segments are merged, segments get the auxiliary
//! indexes that they lack ([`attachment`]), and a collection that grew while it was searched is calibrated again.

mod alarm;
pub(crate) mod attachment;
mod calibration;
mod merge;
mod worker;

pub(crate) use alarm::Alarm;
pub(crate) use calibration::{calibrate_if_due, tune};
pub use worker::MaintenanceStatus;
pub(crate) use worker::{Maintenance, num_segments};
