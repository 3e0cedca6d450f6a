//! pleiad-evaluate
