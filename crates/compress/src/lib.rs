//! pleiad-compress
