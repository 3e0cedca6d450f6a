//! Smaller models from a model: a checkpoint packed into few bits a weight, and a static table: what a late-interaction checkpoint says of each stem, averaged over texts.
//!
//! As Model2Vec and its kin make static vectors of a sentence model from its vocabulary alone, here with the contexts
//! of a corpus where there is one, and per stem: [`Distiller`] averages, principal components of what it found are kept in
//! eight bits, and counts of the stems become their weights.

mod average;
mod compensate;
mod components;
mod pack;
mod project;
mod table;
mod weigh;

pub use average::Distiller;
pub use table::{DistillError, StaticTable};
