//! The store as its users see it: any history, any crash, any fault, any damaged byte.

mod common;
mod crash;
mod damage;
mod displaced;
mod faults;
mod fixtures;
mod io_errors;
mod merging;
mod model;
mod named;
mod reading_back;
mod refusals;
mod repairing;
mod sharing;
mod taking_back;
mod two_bits;
