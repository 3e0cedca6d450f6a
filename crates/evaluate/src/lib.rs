//! Judgments, runs and what they say about a search.
//!
//! - [`JsonLines`] reads records from plain, gzip or Zstandard files and names file, line and column of what is wrong.
//! - [`BeirFolder`] is a judged collection: documents, queries and [`Qrels`].
//! - A [`Run`] is what a search answered; [`evaluate`] holds it against the judgments with the definitions of
//!   trec_eval; [`fidelity`] holds a search against the exact one, without any judgment.
//! - [`compare`] tells two evaluations apart by a paired randomization test.
//! - A [`Synthetic`] collection has as many documents as a measurement needs.
//! - [`Bm25`] ranks by words alone, to compare with; [`fuse`] makes one ranking of two.
//! - A [`Table`] prints figures.
//!
//! Nothing here knows the engine.

mod beir;
mod bm25;
mod compare;
mod error;
mod fidelity;
mod input;
mod metrics;
mod qrels;
mod report;
mod run;
mod synthetic;

pub use beir::{BeirFolder, BeirQuery, Document};
pub use bm25::Bm25;
pub use compare::{Comparison, NUM_PERMUTATIONS, compare};
pub use error::InputError;
pub use fidelity::{fidelity, mean_fidelity};
pub use input::{
    JsonLines, Line, Lines, MAX_LINE_BYTES, MAX_TEXT_BYTES, integer_beyond_64_bits, not_regular,
    open_regular, read_text,
};
pub use metrics::{
    Evaluation, Metric, average_precision, evaluate, ndcg, precision, recall, reciprocal_rank, success,
};
pub use qrels::{Judgments, Qrels};
pub use report::Table;
pub use run::{Run, RunEntry, fuse};
pub use synthetic::{Synthetic, SyntheticError, SyntheticParams, SyntheticQuery};
