//! The engine as its users meet it: against brute force, through restarts, and with bad input.

mod amending;
mod assets;
mod bad_input;
mod calibrating;
mod centroids;
mod coarse;
mod fused_promises;
mod lemur;
mod merging;
mod model;
mod notes;
mod postings;
mod power;
mod query_lengths;
mod rederiving;
mod reducing;
mod sampling;
mod searching;
mod sentences;
mod sets;
mod support;
mod upgrading;
mod vectorless;
