//! pleiad-store
