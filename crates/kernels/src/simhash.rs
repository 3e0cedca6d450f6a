//! On which side of hyperplanes tokens lie.

#![allow(unsafe_code)]

use crate::panel::Line;
use crate::scan::Lanes;
use crate::tiles::{TILE, TokenTiles};
use crate::{Isa, arch};

/// Hyperplanes that are kept side by side.
const GROUP: usize = 8;

/// Most hyperplanes of one code.
pub const MAX_HASH_BITS: usize = 32;

/// Random hyperplanes, several to a code (Charikar, "Similarity estimation techniques from rounding algorithms",
/// STOC 2002): bit after bit says whether the inner product with the next hyperplane is above zero, the first in
/// the highest place.
///
/// The codes are the same on every instruction set, to the bit: products are summed in the order of the dimensions,
/// multiplied and added apart, on sixteen tokens at once.
///
/// # Examples
/// ```
/// use pleiad_kernels::{Isa, SimHash, TokenTiles};
///
/// let hash = SimHash::new(&[1.0, 0.0, 0.0, 1.0], 2, 2); // one code of two hyperplanes
/// let mut tiles = TokenTiles::default();
/// tiles.fill(&[0.5, -3.0, 2.0, 1.0], 2);
/// let mut codes = [0; 2];
/// hash.codes(Isa::best(), &tiles, &mut codes);
/// assert_eq!(codes, [0b10, 0b11]);
/// ```
#[derive(Debug, Clone)]
pub struct SimHash {
    dim: usize,
    num_bits: usize,
    num_hyperplanes: usize,
    // `[groups, dim]`; the last group is filled up with zeros.
    weights: Vec<Line<[f32; GROUP]>>,
}

impl SimHash {
    /// Lays out row-major hyperplanes `[num_codes, num_bits, dim]`. Cost: one pass.
    ///
    /// # Panics
    /// When `dim` is zero, `num_bits` not in `1..=MAX_HASH_BITS`, or the hyperplanes do not make whole codes.
    pub fn new(hyperplanes: &[f32], dim: usize, num_bits: usize) -> Self {
        assert!(dim > 0, "a dimension of zero");
        assert!((1..=MAX_HASH_BITS).contains(&num_bits), "a code of {num_bits} bits");
        let len = hyperplanes.len();
        assert!(len.is_multiple_of(num_bits * dim), "{len} values are not codes of {num_bits} rows of {dim}");
        let mut weights = Vec::with_capacity(len.div_ceil(GROUP));
        for group in hyperplanes.chunks(GROUP * dim) {
            let weight = |h: usize, k: usize| group.get(h * dim + k).copied().unwrap_or(0.0);
            weights.extend((0..dim).map(|k| Line(std::array::from_fn(|h| weight(h, k)))));
        }
        Self { dim, num_bits, num_hyperplanes: len / dim, weights }
    }

    /// Codes per token.
    pub fn num_codes(&self) -> usize {
        self.num_hyperplanes / self.num_bits
    }

    /// The codes of all tokens, `[num_codes, num_tokens]`.
    ///
    /// Cost: a multiplication and an addition per token, hyperplane and dimension, sixteen tokens a step on AVX-512.
    ///
    /// # Panics
    /// When the tokens have another dimension or `out` another length.
    pub fn codes(&self, isa: Isa, tokens: &TokenTiles, out: &mut [u32]) {
        assert_eq!(out.len(), self.num_codes() * tokens.num_tokens(), "a code per token and hash");
        if out.is_empty() {
            return;
        }
        assert_eq!(tokens.dim(), self.dim, "tokens of the hyperplanes' dimension");
        match isa {
            Isa::Reference => self.reference(tokens, out),
            // SAFETY: arrays need no instruction set.
            Isa::Portable => unsafe { self.in_lanes::<arch::portable::Eight, 2, 2>(tokens, out) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the token proves the set.
            Isa::Avx2(_) | Isa::AvxVnni(_) => unsafe { self.avx2(tokens, out) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the token proves the set.
            Isa::Avx512(_) | Isa::Amx(_) => unsafe { self.avx512(tokens, out) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: the token proves the set. Sixteen sums, four registers of tokens and a weight fill 21 of 32.
            Isa::Neon(_) | Isa::Dotprod(_) => unsafe {
                self.in_lanes::<arch::neon::Floats, 2, 4>(tokens, out);
            },
        }
    }

    /// # Safety
    /// An [`crate::Avx2`] must exist.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    unsafe fn avx2(&self, tokens: &TokenTiles, out: &mut [u32]) {
        // Eight sums, two vectors of tokens, a weight and a product fill 12 of 16 registers.
        // SAFETY: the set is enabled here.
        unsafe { self.in_lanes::<arch::avx2::Floats, 2, 4>(tokens, out) }
    }

    /// # Safety
    /// An [`crate::Avx512`] must exist.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
    unsafe fn avx512(&self, tokens: &TokenTiles, out: &mut [u32]) {
        // Eight sums keep two units with four steps of latency busy.
        // SAFETY: the set is enabled here.
        unsafe { self.in_lanes::<std::arch::x86_64::__m512, 1, GROUP>(tokens, out) }
    }

    /// Tile after tile, `PLANES` hyperplanes at a time; `WIDTH` vectors make a tile, `PLANES` divides [`GROUP`].
    ///
    /// # Safety
    /// As [`Lanes`].
    #[inline(always)]
    unsafe fn in_lanes<L: Lanes, const WIDTH: usize, const PLANES: usize>(
        &self,
        tokens: &TokenTiles,
        out: &mut [u32],
    ) {
        const { assert!(WIDTH * L::NUM == TILE && GROUP.is_multiple_of(PLANES)) };
        for tile in 0..tokens.num_tiles() {
            let lines = tokens.tile(tile);
            let mut codes = Codes::new(self.num_bits, tokens, tile, out);
            for start in (0..self.num_hyperplanes).step_by(PLANES) {
                let weights = &self.weights[start / GROUP * self.dim..][..self.dim];
                // SAFETY: the set is the caller's; `start % GROUP + PLANES <= GROUP`.
                let products = unsafe { products::<L, WIDTH, PLANES>(lines, weights, start % GROUP) };
                for product in products.iter().take(self.num_hyperplanes - start) {
                    codes.push(product);
                }
            }
        }
    }

    /// The obvious loop.
    fn reference(&self, tokens: &TokenTiles, out: &mut [u32]) {
        for tile in 0..tokens.num_tiles() {
            let mut codes = Codes::new(self.num_bits, tokens, tile, out);
            for hyperplane in 0..self.num_hyperplanes {
                let weights = &self.weights[hyperplane / GROUP * self.dim..][..self.dim];
                let mut sums = [0.0f32; TILE];
                for (line, weights) in tokens.tile(tile).iter().zip(weights) {
                    for (sum, value) in sums.iter_mut().zip(line.0) {
                        *sum += value * weights.0[hyperplane % GROUP];
                    }
                }
                codes.push(&sums);
            }
        }
    }
}

/// Inner products of a tile with `PLANES` hyperplanes of a group, from `first` on.
///
/// # Safety
/// As [`Lanes`]; `WIDTH * L::NUM == TILE` and `first + PLANES <= GROUP`.
#[inline(always)]
unsafe fn products<L: Lanes, const WIDTH: usize, const PLANES: usize>(
    lines: &[Line<[f32; TILE]>],
    weights: &[Line<[f32; GROUP]>],
    first: usize,
) -> [[f32; TILE]; PLANES] {
    // SAFETY: the set is the caller's; a line holds `WIDTH` vectors, a group the weights from `first` on.
    unsafe {
        let mut sums = [[L::splat(0.0); WIDTH]; PLANES];
        for (line, weights) in lines.iter().zip(weights) {
            let mut values = [L::splat(0.0); WIDTH];
            for (w, value) in values.iter_mut().enumerate() {
                *value = L::load(line.0.as_ptr().add(w * L::NUM));
            }
            for (h, sums) in sums.iter_mut().enumerate() {
                let weight = L::splat(*weights.0.as_ptr().add(first + h));
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum = sum.add(value.mul(weight));
                }
            }
        }
        let mut out = [[0.0; TILE]; PLANES];
        for (out, sums) in out.iter_mut().zip(sums) {
            for (w, sum) in sums.into_iter().enumerate() {
                sum.store(out.as_mut_ptr().add(w * L::NUM));
            }
        }
        out
    }
}

/// The codes of one tile, as they grow.
struct Codes<'o> {
    num_bits: usize,
    /// Bits in `code`.
    filled: usize,
    code: [u32; TILE],
    num_tokens: usize,
    tile_tokens: usize,
    /// Position of the next code of the tile's first token.
    next: usize,
    out: &'o mut [u32],
}

impl<'o> Codes<'o> {
    #[inline(always)]
    fn new(num_bits: usize, tokens: &TokenTiles, tile: usize, out: &'o mut [u32]) -> Self {
        let (num_tokens, tile_tokens) = (tokens.num_tokens(), tokens.tile_tokens(tile));
        Self { num_bits, filled: 0, code: [0; TILE], num_tokens, tile_tokens, next: tile * TILE, out }
    }

    /// Appends the bits of one hyperplane.
    #[inline(always)]
    fn push(&mut self, products: &[f32; TILE]) {
        for (code, &product) in self.code.iter_mut().zip(products) {
            *code = *code << 1 | u32::from(product > 0.0);
        }
        self.filled += 1;
        if self.filled == self.num_bits {
            self.out[self.next..][..self.tile_tokens].copy_from_slice(&self.code[..self.tile_tokens]);
            self.next += self.num_tokens;
            (self.filled, self.code) = (0, [0; TILE]);
        }
    }
}
