//! Everything that needs recorded answers or the shared data.

mod beir;
mod trec_eval;
