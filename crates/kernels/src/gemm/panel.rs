//! Division of outputs into panels, and the loop over tiles of rows.

use crate::scan::Lanes;
use crate::{Isa, arch};

/// Most outputs of one panel.
pub(super) const MAX_PANEL: usize = 32;

/// Bytes of rows, in and out, that should stay in the second-level cache while all panels pass over them.
const BLOCK_BYTES: usize = 768 << 10;

/// Outputs of one panel: two vectors.
pub(super) fn panel_outputs(isa: Isa) -> usize {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) | Isa::Amx(_) => MAX_PANEL,
        _ => 16,
    }
}

/// A product of rows with panels, tile by tile.
pub(super) trait Product: Copy {
    /// Multiplies `ROWS` rows from `row` on with one panel.
    ///
    /// # Safety
    /// As [`Lanes`]; the rows and the panel must exist, and a panel must hold two vectors of `L`.
    unsafe fn tile<L: Lanes, const ROWS: usize>(self, row: usize, panel: usize);
}

/// Sizes of a product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) num_rows: usize,
    pub(super) num_panels: usize,
    /// Bytes of an input row and of an output row.
    pub(super) row_bytes: usize,
}

/// Multiplies every row with every panel.
///
/// # Safety
/// As [`Product::tile`], for panels of [`panel_outputs`].
pub(super) unsafe fn run(isa: Isa, product: impl Product, extent: Extent) {
    match isa {
        Isa::Reference => unreachable!("the reference has no lanes"),
        // SAFETY: arrays need no instruction set; the rest is the caller's.
        Isa::Portable => unsafe { blocks::<arch::portable::Eight, 2>(product, extent) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Avx2(_) => unsafe { in_avx2(product, extent) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::AvxVnni(token) => unsafe { arch::avx_vnni::run(token, Blocks(product, extent)) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Avx512(_) | Isa::Amx(_) => unsafe { in_avx512(product, extent) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Neon(_) => unsafe { blocks::<arch::neon::Floats, 6>(product, extent) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Dotprod(_) => unsafe { in_fours(product, extent) },
    }
}

/// Twelve sums, two vectors of the panel and a value of the row fill 15 of 16 registers.
///
/// # Safety
/// As [`run`]; an [`crate::Avx2`] must exist.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn in_avx2(product: impl Product, extent: Extent) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { blocks::<arch::avx2::Floats, 6>(product, extent) }
}

/// [`blocks`] for [`arch::avx_vnni`].
#[cfg(target_arch = "x86_64")]
struct Blocks<P>(P, Extent);

#[cfg(target_arch = "x86_64")]
impl<P: Product> arch::avx_vnni::Work for Blocks<P> {
    #[inline(always)]
    unsafe fn run<L: Lanes, const ROWS: usize>(self) {
        // SAFETY: the caller's.
        unsafe { blocks::<L, ROWS>(self.0, self.1) }
    }
}

/// Twenty-four sums, two vectors of the panel and a value of the row fill 27 of 32 registers.
///
/// # Safety
/// As [`run`]; an [`crate::Avx512`] must exist.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
unsafe fn in_avx512(product: impl Product, extent: Extent) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { blocks::<std::arch::x86_64::__m512, 12>(product, extent) }
}

/// Twenty-four sums, four registers of the panel and a value of the row fill 29 of 32.
///
/// # Safety
/// As [`run`]; a [`crate::Dotprod`] must exist.
#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon,dotprod")]
unsafe fn in_fours(product: impl Product, extent: Extent) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { blocks::<arch::neon::Eight<arch::neon::InFours>, 6>(product, extent) }
}

/// # Safety
/// As [`run`], in a function that enables the set of `L`.
#[inline(always)]
unsafe fn blocks<L: Lanes, const ROWS: usize>(product: impl Product, extent: Extent) {
    let block_rows = (BLOCK_BYTES / extent.row_bytes.max(1)).next_multiple_of(ROWS);
    let mut start = 0;
    while start < extent.num_rows {
        let end = extent.num_rows.min(start + block_rows);
        for panel in 0..extent.num_panels {
            // SAFETY: the caller's; only rows below `num_rows` are named.
            unsafe { rows::<L, ROWS>(product, start, end, panel) };
        }
        start = end;
    }
}

/// All rows from `row` to `end`: whole tiles, then what is left in ever smaller ones.
///
/// # Safety
/// As [`blocks`].
#[inline(always)]
unsafe fn rows<L: Lanes, const ROWS: usize>(product: impl Product, mut row: usize, end: usize, panel: usize) {
    // SAFETY: the caller's; a tile is taken only where as many rows are left.
    unsafe {
        while row + ROWS <= end {
            product.tile::<L, ROWS>(row, panel);
            row += ROWS;
        }
        if ROWS > 6 && row + 6 <= end {
            product.tile::<L, 6>(row, panel);
            row += 6;
        }
        if ROWS > 3 && row + 3 <= end {
            product.tile::<L, 3>(row, panel);
            row += 3;
        }
        if row + 2 <= end {
            product.tile::<L, 2>(row, panel);
            row += 2;
        }
        if row < end {
            product.tile::<L, 1>(row, panel);
        }
    }
}
