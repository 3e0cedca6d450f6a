//! The instructions themselves.

use super::part::{BLOCK, Part, ROWS};
use super::source::{Source, Staged};
use crate::scan::MAX_GROUP;
use std::arch::asm;

/// While it lives, all eight tiles of this thread have sixteen rows of 64 bytes. Dropped, they are empty, so that
/// switching to another thread need not save them.
pub(super) struct Shaped;

impl Shaped {
    /// # Safety
    /// An [`Amx`] must exist, and no other `Shaped` on this thread.
    #[inline(always)]
    pub(super) unsafe fn new() -> Self {
        #[repr(C, align(64))]
        struct Shape {
            palette: u8,
            start_row: u8,
            reserved: [u8; 14],
            row_bytes: [u16; 16],
            rows: [u8; 16],
        }
        let mut shape =
            Shape { palette: 1, start_row: 0, reserved: [0; 14], row_bytes: [0; 16], rows: [0; 16] };
        for tile in 0..8 {
            (shape.row_bytes[tile], shape.rows[tile]) = (BLOCK as u16, ROWS as u8);
        }
        // SAFETY: the caller vouches for the tiles; the shape is one that all of them have.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const shape, options(nostack, readonly)) };
        Self
    }
}

impl Drop for Shaped {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: tiles were there when they got their shape.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}

/// Products of sixteen rows with the query tokens of a group.
#[repr(C, align(64))]
pub(super) struct Products(pub(super) [[i32; MAX_GROUP]; ROWS]);

/// Multiplies a part with `WIDTH` times sixteen query tokens, and adds what `out` holds of the blocks before.
///
/// # Safety
/// Tiles must be [`Shaped`]; `now` names all blocks of the part, `out` has room for the products.
#[inline(always)]
pub(super) unsafe fn multiply<const WIDTH: usize>(
    source: impl Source,
    part: Part,
    now: Staged,
    out: *mut Products,
) {
    const OUT_BYTES: usize = size_of::<[i32; MAX_GROUP]>();
    // SAFETY: the caller vouches for all memory named; every tile is sixteen rows of 64 bytes.
    unsafe {
        let query = source.query().add(part.block * BLOCK * ROWS * WIDTH);
        if WIDTH == 1 {
            asm!(
                "tilezero tmm0",
                "test {before}, {before}",
                "jz 2f",
                "tileloadd tmm0, [{out} + {out_bytes}]",
                "2:",
                "tileloadd tmm2, [{rows} + {row_bytes}]",
                "tileloadd tmm4, [{query} + {query_bytes}]",
                "tdpbusd tmm0, tmm2, tmm4",
                "add {rows}, {block_bytes}",
                "add {query}, 1024",
                "dec {blocks}",
                "jnz 2b",
                "tilestored [{out} + {out_bytes}], tmm0",
                before = in(reg) part.block,
                rows = inout(reg) now.first => _,
                row_bytes = in(reg) now.row_bytes,
                block_bytes = in(reg) now.block_bytes,
                query = inout(reg) query => _,
                query_bytes = in(reg) BLOCK,
                blocks = inout(reg) part.num_blocks => _,
                out = in(reg) out,
                out_bytes = in(reg) OUT_BYTES,
                options(nostack),
            );
        } else {
            asm!(
                "tilezero tmm0",
                "tilezero tmm1",
                "test {before}, {before}",
                "jz 2f",
                "tileloadd tmm0, [{out} + {out_bytes}]",
                "tileloadd tmm1, [{out} + {out_bytes} + 64]",
                "2:",
                "tileloadd tmm2, [{rows} + {row_bytes}]",
                "tileloadd tmm4, [{query} + {out_bytes}]",
                "tileloadd tmm5, [{query} + {out_bytes} + 64]",
                "tdpbusd tmm0, tmm2, tmm4",
                "tdpbusd tmm1, tmm2, tmm5",
                "add {rows}, {block_bytes}",
                "add {query}, 2048",
                "dec {blocks}",
                "jnz 2b",
                "tilestored [{out} + {out_bytes}], tmm0",
                "tilestored [{out} + {out_bytes} + 64], tmm1",
                before = in(reg) part.block,
                rows = inout(reg) now.first => _,
                row_bytes = in(reg) now.row_bytes,
                block_bytes = in(reg) now.block_bytes,
                query = inout(reg) query => _,
                blocks = inout(reg) part.num_blocks => _,
                out = in(reg) out,
                out_bytes = in(reg) OUT_BYTES,
                options(nostack),
            );
        }
    }
}
