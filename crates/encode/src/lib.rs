//! pleiad-encode
