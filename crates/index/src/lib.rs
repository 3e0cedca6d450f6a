//! pleiad-index
