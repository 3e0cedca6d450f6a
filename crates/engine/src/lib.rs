//! pleiad-engine
