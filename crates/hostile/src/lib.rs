//! Every reader of bytes, fed with bytes that nobody wrote.
//!
//! A [`Target`] is one reader: a function that takes any bytes, and sound inputs to begin with. Whatever comes in, it
//! returns; it must not panic, run for ever or take more memory than [`Target::max_bytes`] allows. Two things drive
//! the targets: the test of this crate, with a fixed number of [`mutate`]d inputs, and libFuzzer with coverage
//! (`cargo xtask fuzz`, or `cargo fuzz` in the repository).

mod bombs;
mod mutate;
mod targets;

pub use bombs::bombs;
pub use mutate::mutate;
pub use targets::TARGETS;

/// One reader of bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, on the command line and in `fuzz/fuzz_targets`.
    pub name: &'static str,
    /// Feeds the reader; what it answers does not matter, that it answers does.
    pub read: fn(&[u8]),
    /// Inputs that it takes: mutations begin here.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Memory that it may take whatever the input, in bytes.
    pub fixed_bytes: usize,
    /// Memory that it may take for each byte of input.
    pub bytes_per_byte: usize,
}

impl Target {
    /// Most memory that the target may hold at once for an input of `num_bytes` bytes.
    pub fn max_bytes(&self, num_bytes: usize) -> usize {
        self.fixed_bytes + self.bytes_per_byte * num_bytes
    }
}

/// The target of this name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Feeds the target of this name; for libFuzzer's entry points.
///
/// # Panics
/// When there is no such target, or the reader panics.
pub fn read(name: &str, bytes: &[u8]) {
    let target = target(name).unwrap_or_else(|| panic!("no target {name:?}"));
    (target.read)(bytes);
}
