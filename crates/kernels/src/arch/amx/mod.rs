//! AMX: products of bytes in tiles of sixteen rows of 64 bytes. All that is not codes runs as AVX-512.
//!
//! A multiplication takes sixteen document rows and sixteen query tokens at once, eight times the rate of VNNI. What
//! is left to do around it costs more than itself, so three things overlap: while the codes of one block of rows are
//! made bytes, the block before is multiplied and the maxima of the one before that are taken.
//!
//! Tiles are written in assembly, because their intrinsics are not stable. Each piece of it starts from memory and
//! ends in memory; only the shape of the tiles stays set between them, as long as a [`Shaped`] lives.

mod detect;
mod part;
mod source;
mod spread;
mod tiles;

use crate::scan::{Best, Lanes, MAX_GROUP, Maxima, Pass};
use std::arch::x86_64::*;
use std::mem::MaybeUninit;
use tiles::{Products, Shaped, multiply};

pub use detect::Amx;
pub(crate) use part::BLOCK;
use part::{Part, ROWS};
pub(crate) use source::Source;
use source::Staging;

/// One pass over a document of codes.
///
/// # Safety
/// As [`crate::scan::scan`]; an [`Amx`] must exist, and the query must be padded to whole blocks.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
pub(super) unsafe fn run(source: impl Source, pass: Pass, best: &mut Best) {
    // SAFETY: the caller's; the set is enabled here.
    unsafe {
        match (pass.lanes > ROWS, pass.matches) {
            (false, false) => run_as::<1, false>(source, pass.num_rows, best),
            (false, true) => run_as::<1, true>(source, pass.num_rows, best),
            (true, false) => run_as::<2, false>(source, pass.num_rows, best),
            (true, true) => run_as::<2, true>(source, pass.num_rows, best),
        }
    }
}

#[inline(always)]
unsafe fn run_as<const WIDTH: usize, const MATCHES: bool>(
    source: impl Source,
    num_rows: usize,
    best: &mut Best,
) {
    let mut staging = [const { MaybeUninit::<Staging>::uninit() }; 2];
    let mut products = [const { MaybeUninit::<Products>::uninit() }; 2];
    // SAFETY: the caller vouches for the document and the query. Tiles are loaded from what `stage` made ready, and
    // maxima taken from products of all blocks of rows that are there.
    unsafe {
        let _shaped = Shaped::new();
        let mut maxima = Maxima::<__m512, WIDTH, MATCHES>::new();
        let mut part = Some(Part::first(num_rows, source.num_blocks()));
        let mut turn = 0;
        let mut staged =
            source.stage(Part::first(num_rows, source.num_blocks()), num_rows, staging[0].as_mut_ptr());
        let mut multiplied: Option<Part> = None;
        while let Some(here) = part {
            let now = staged;
            turn ^= 1;
            part = here.next(num_rows, source.num_blocks());
            if let Some(next) = part {
                staged = source.stage(next, num_rows, staging[turn].as_mut_ptr());
            }
            let out = products[here.row / ROWS % 2].as_mut_ptr();
            multiply::<WIDTH>(source, here, now, out);
            if here.block + here.num_blocks == source.num_blocks()
                && let Some(before) = multiplied.replace(here)
            {
                take(&mut maxima, before, source, products[before.row / ROWS % 2].as_ptr());
            }
        }
        if let Some(last) = multiplied {
            take(&mut maxima, last, source, products[last.row / ROWS % 2].as_ptr());
        }
        maxima.store(best);
    }
}

/// Scales the products of each row of a part and keeps the largest.
///
/// # Safety
/// AVX-512; the products and scales of the part's rows must be there, and `WIDTH` times sixteen offsets.
#[inline(always)]
unsafe fn take<const WIDTH: usize, const MATCHES: bool>(
    maxima: &mut Maxima<__m512, WIDTH, MATCHES>,
    part: Part,
    source: impl Source,
    products: *const Products,
) {
    // SAFETY: the caller's; a row has `MAX_GROUP` products, at least `WIDTH * NUM` of them written.
    unsafe {
        let mut offsets = [_mm512_setzero_si512(); WIDTH];
        for (w, offsets) in offsets.iter_mut().enumerate() {
            *offsets = _mm512_loadu_si512(source.offsets().add(w * ROWS).cast());
        }
        // The usual number of rows is a constant to the compiler, here and below.
        if part.num_rows == ROWS {
            take_rows(maxima, part.row, ROWS, source, products, offsets);
        } else {
            take_rows(maxima, part.row, part.num_rows, source, products, offsets);
        }
    }
}

/// # Safety
/// As [`take`].
#[inline(always)]
unsafe fn take_rows<const WIDTH: usize, const MATCHES: bool>(
    maxima: &mut Maxima<__m512, WIDTH, MATCHES>,
    row: usize,
    num_rows: usize,
    source: impl Source,
    products: *const Products,
    offsets: [__m512i; WIDTH],
) {
    // SAFETY: the caller's.
    unsafe {
        for r in 0..num_rows {
            let scale = <__m512 as Lanes>::splat(*source.scales().add(row + r));
            let products: *const i32 = products.cast::<i32>().add(r * MAX_GROUP);
            let mut similarities = [scale; WIDTH];
            for (w, similarity) in similarities.iter_mut().enumerate() {
                let sums = _mm512_load_si512(products.add(w * ROWS).cast());
                *similarity = _mm512_cvtepi32_ps(_mm512_add_epi32(sums, offsets[w])).mul(scale);
            }
            maxima.take(row + r, source.started(row + r, similarities));
        }
    }
}
