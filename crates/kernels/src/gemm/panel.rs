//! Division of outputs into panels, and the loop over tiles of rows.

use crate::scan::{Lanes, Work};
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
    // SAFETY: the caller's.
    unsafe { on(isa, Blocks(product, extent)) }
}

/// Does some work in the lanes of a set, in tiles of as many rows as fill its registers with sums of two vectors each.
///
/// # Safety
/// Those of the work.
pub(super) unsafe fn on(isa: Isa, work: impl Work) {
    match isa {
        Isa::Reference => unreachable!("the reference has no lanes"),
        // SAFETY: arrays need no instruction set; the rest is the caller's.
        Isa::Portable => unsafe { work.run::<arch::portable::Eight, 2>() },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Avx2(_) => unsafe { in_avx2(work) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::AvxVnni(token) => unsafe { arch::avx_vnni::run(token, work) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Avx512(_) | Isa::Amx(_) => unsafe { in_avx512(work) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Neon(_) => unsafe { work.run::<arch::neon::Floats, 6>() },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Dotprod(_) => unsafe { in_fours(work) },
    }
}

/// Twelve sums, two vectors of the panel and a value of the row fill 15 of 16 registers.
///
/// # Safety
/// As [`on`]; an [`crate::Avx2`] must exist.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn in_avx2(work: impl Work) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { work.run::<arch::avx2::Floats, 6>() }
}

/// Twenty-four sums, two vectors of the panel and a value of the row fill 27 of 32 registers.
///
/// # Safety
/// As [`on`]; an [`crate::Avx512`] must exist.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
unsafe fn in_avx512(work: impl Work) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { work.run::<std::arch::x86_64::__m512, 12>() }
}

/// Twenty-four sums, four registers of the panel and a value of the row fill 29 of 32.
///
/// # Safety
/// As [`on`]; a [`crate::Dotprod`] must exist.
#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon,dotprod")]
unsafe fn in_fours(work: impl Work) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { work.run::<arch::neon::Eight<arch::neon::InFours>, 6>() }
}

/// All rows in blocks, each with every panel.
struct Blocks<P>(P, Extent);

impl<P: Product> Work for Blocks<P> {
    #[inline(always)]
    unsafe fn run<L: Lanes, const ROWS: usize>(self) {
        let Self(product, extent) = self;
        let block_rows = (BLOCK_BYTES / extent.row_bytes.max(1)).next_multiple_of(ROWS);
        let mut start = 0;
        while start < extent.num_rows {
            let end = extent.num_rows.min(start + block_rows);
            for panel in 0..extent.num_panels {
                // SAFETY: the caller's; only rows below `num_rows` are named.
                unsafe { in_tiles::<L, ROWS>(&mut OnPanel(product, panel), start, end) };
            }
            start = end;
        }
    }
}

/// Something that is done to rows, a few at a time.
pub(super) trait Tiles {
    /// Does it to `ROWS` rows from `row` on.
    ///
    /// # Safety
    /// As [`Lanes`]; the rows must exist.
    unsafe fn tile<L: Lanes, const ROWS: usize>(&mut self, row: usize);
}

/// A product with one panel.
struct OnPanel<P>(P, usize);

impl<P: Product> Tiles for OnPanel<P> {
    #[inline(always)]
    unsafe fn tile<L: Lanes, const ROWS: usize>(&mut self, row: usize) {
        // SAFETY: the caller's.
        unsafe { self.0.tile::<L, ROWS>(row, self.1) }
    }
}

/// All rows from `row` to `end`: whole tiles, then what is left in ever smaller ones.
///
/// # Safety
/// As [`Tiles::tile`], in a function that enables the set of `L`.
#[inline(always)]
pub(super) unsafe fn in_tiles<L: Lanes, const ROWS: usize>(
    tiles: &mut impl Tiles,
    mut row: usize,
    end: usize,
) {
    // SAFETY: the caller's; a tile is taken only where as many rows are left.
    unsafe {
        while row + ROWS <= end {
            tiles.tile::<L, ROWS>(row);
            row += ROWS;
        }
        if ROWS > 6 && row + 6 <= end {
            tiles.tile::<L, 6>(row);
            row += 6;
        }
        if ROWS > 3 && row + 3 <= end {
            tiles.tile::<L, 3>(row);
            row += 3;
        }
        if row + 2 <= end {
            tiles.tile::<L, 2>(row);
            row += 2;
        }
        if row < end {
            tiles.tile::<L, 1>(row);
        }
    }
}
