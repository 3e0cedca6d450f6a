//! Common parts of panels of every format: groups of query tokens and aligned memory.

use crate::Isa;
use crate::scan::MAX_GROUP;

/// A cache line, so that no load of a vector touches two.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Line<T>(pub(crate) T);

/// Query tokens that are served by one pass over a document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Group {
    /// The first of them.
    pub(crate) start: usize,
    /// Number of query tokens.
    pub(crate) num_tokens: usize,
    /// Capacity in query tokens: one vector of lanes or two.
    pub(crate) lanes: usize,
}

/// Cuts the tokens of a query into groups: all full but the last.
pub(crate) fn groups(isa: Isa, num_tokens: usize) -> impl Iterator<Item = Group> {
    let full = match isa {
        Isa::Portable => 16,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) | Isa::AvxVnni(_) => 16,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) | Isa::Amx(_) => MAX_GROUP,
        #[cfg(target_arch = "aarch64")]
        Isa::Neon(_) | Isa::Dotprod(_) => 16,
        Isa::Reference => MAX_GROUP,
    };
    (0..num_tokens).step_by(full).map(move |start| {
        let num_tokens = full.min(num_tokens - start);
        Group { start, num_tokens, lanes: if num_tokens <= full / 2 { full / 2 } else { full } }
    })
}

/// Number of rows in a slice of `len` items, which must be whole rows and at least one.
pub(crate) fn num_rows(len: usize, row_len: usize) -> usize {
    assert!(len > 0, "a document needs at least one token");
    assert!(len.is_multiple_of(row_len), "{len} items are not rows of {row_len}");
    let rows = len / row_len;
    assert!(u32::try_from(rows).is_ok(), "{rows} rows: more than 32 bits count");
    rows
}

/// Number of query tokens in a slice of whole rows, maybe none.
pub(crate) fn num_tokens(len: usize, dim: usize) -> usize {
    assert!(dim > 0, "a dimension of zero");
    assert!(len.is_multiple_of(dim), "{len} values are not rows of dimension {dim}");
    len / dim
}
