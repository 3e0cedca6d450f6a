//! Doors for tests of other crates to readers that have no other.

/// Reads the description of tensors in a `pytorch_model.bin`, and gives their number.
///
/// # Errors
/// When it is no such description.
pub fn read_pickle(bytes: &[u8]) -> Result<usize, String> {
    crate::weights::torch::pickle::read(bytes).map(|tensors| tensors.len())
}

/// The bytes of a packed model with the length and the checksum that its header should hold, so that what stands behind the
/// header is read, whatever it is.
pub fn seal_packed(bytes: &[u8]) -> Vec<u8> {
    crate::weights::around(bytes.get(crate::weights::HEADER_BYTES..).unwrap_or_default())
}
