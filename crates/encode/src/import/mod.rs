//! Token vectors that another model made.
