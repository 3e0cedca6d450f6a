//! Sums of products over the lanes of any instruction set.

#![allow(unsafe_code)]

use crate::reference;
use crate::scan::Lanes;

/// Independent sums, so that one addition need not wait for the one before.
const SUMS: usize = 4;

/// `Σ a·b` of equally long slices in `SUMS` vectors of lanes.
///
/// # Safety
/// As [`Lanes`].
#[inline(always)]
pub(crate) unsafe fn dot<L: Lanes>(a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: the set is the caller's; every load lies within the slices, which are equally long.
    unsafe {
        let mut sums = [L::splat(0.0); SUMS];
        let mut at = 0;
        while at + SUMS * L::NUM <= a.len() {
            for (s, sum) in sums.iter_mut().enumerate() {
                let here = at + s * L::NUM;
                *sum = L::load(a.as_ptr().add(here)).mul_add(L::load(b.as_ptr().add(here)), *sum);
            }
            at += SUMS * L::NUM;
        }
        while at + L::NUM <= a.len() {
            sums[0] = L::load(a.as_ptr().add(at)).mul_add(L::load(b.as_ptr().add(at)), sums[0]);
            at += L::NUM;
        }
        let mut lanes = [0.0; 16];
        sums[0].add(sums[1]).add(sums[2].add(sums[3])).store(lanes.as_mut_ptr());
        pairwise(&mut lanes) + reference::dot(&a[at..], &b[at..])
    }
}

/// The sum of a power of two of values, halves added to halves.
#[inline(always)]
fn pairwise(values: &mut [f32; 16]) -> f32 {
    let mut width = values.len() / 2;
    while width > 0 {
        for lane in 0..width {
            values[lane] += values[lane + width];
        }
        width /= 2;
    }
    values[0]
}
