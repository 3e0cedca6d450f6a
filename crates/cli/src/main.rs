//! The command line of Pleiad.
fn main() {}
