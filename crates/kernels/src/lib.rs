//! The arithmetic under every score: dot products and MaxSim, on the best instructions the machine has.
//!
//! MaxSim of a query and a document is `Σ_q max_d ⟨q, d⟩`. It is computed without ever writing the matrix of
//! similarities: the query is packed once ([`QueryPanel`], [`QuantizedPanel`], [`PackedPanel`],
//! [`CentroidPanel`]), documents stay
//! as they lie in memory, row-major and unaligned, and the maxima are kept in registers.
//!
//! What turns a set into a single vector is here too: [`SimHash`] says on which side of hyperplanes tokens lie, and
//! [`TileSketch`] projects them.
//!
//! * [`Isa`] names an instruction set *that was detected*: a value of it is the permission to run its kernels.
//! * Each file in `arch` is thin: it says how lanes load, multiply and compare. The algorithms are written
//!   once, in `scan` and `tile`, and compiled for each set.
//! * [`Isa::Reference`] is the obvious loop. Every other set is tested against it.
//!
//! # What holds for every kernel
//! * Values must be finite. Whoever takes vectors from outside checks that (`pleiad-vectors` does). A similarity
//!   that overflows to NaN never becomes a maximum; one that overflows to infinity may.
//! * One set gives the same bits for the same token and the same query token, whatever stands beside them: the
//!   sum over dimensions runs in order, and a maximum does not depend on the order of the tokens.
//! * Wrong lengths are a bug of the caller: the functions say under *Panics* what they assert.

mod arch;
mod dot;
mod gemm;
mod half;
mod isa;
mod lane_sums;
mod levels;
mod nibbles;
mod panel;
mod reference;
mod rows;
mod scan;
mod simhash;
mod sketch;
mod tile;
mod tiles;

pub use arch::{f16_to_f32, prefetch};
pub use dot::{MAX_DOT_BITS, MAX_DOT_BYTES, dot, dot_bits_i8, dot_u8_i8};
pub use gemm::{
    Activation, AttentionRule, ByteHeadAttention, BytePanels, ByteRows, FloatPanels, HeadAttention,
    MAX_PRODUCT_INPUTS, Matrix, MatrixMut,
};
pub use half::{f16_bits_to_f32, f32_to_f16_bits};
pub use isa::Isa;
pub use levels::Levels;
pub use nibbles::{MAX_NIBBLE_DIM, NibbleQuery};
pub use panel::{CentroidPanel, PackedPanel, QuantizedPanel, QueryPanel, Rows};
pub use rows::{add_layer_norm, gated_gelu, layer_norm, unit_rows};
pub use simhash::{MAX_HASH_BITS, SimHash};
pub use sketch::{MAX_SKETCH_INPUTS, TileSketch};
pub use tiles::{TILE, TokenTiles};

#[cfg(target_arch = "x86_64")]
pub use arch::{Amx, Avx2, Avx512, AvxVnni};
#[cfg(target_arch = "aarch64")]
pub use arch::{Dotprod, Neon};
