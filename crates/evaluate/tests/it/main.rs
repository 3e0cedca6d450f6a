//! Everything that needs recorded answers or the shared data.

mod beir;
mod bm25;
mod trec_eval;
