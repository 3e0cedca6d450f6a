//! Tests of `pleiad-compress` against Google's reference (golden files) and against the paper's theory.

mod fde_properties;
mod golden;
mod golden_fde;
mod golden_statistics;
mod golden_streams;
mod quantize_around;
mod quantize_fde;
mod quantize_tokens;
