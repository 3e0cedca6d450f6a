//! Hashes and sketches of tiles: the same bits on every instruction set, and what the definitions say.

use crate::support::{Kind, Numbers, config, kinds};
use pleiad_kernels::{Isa, SimHash, TILE, TileSketch, TokenTiles};
use proptest::prelude::*;

on_every_isa!(hashes_are_bits_of_products_in_order, sketches_are_signed_sums_in_order);

fn tokens(numbers: &mut Numbers, num_tokens: usize, dim: usize, kind: Kind) -> (Vec<f32>, TokenTiles) {
    let values: Vec<f32> = (0..num_tokens * dim).map(|_| numbers.value(kind)).collect();
    let mut tiles = TokenTiles::default();
    // What was there before leaves no trace.
    tiles.fill(&vec![7.0; 90 * dim], dim);
    tiles.fill(&values, dim);
    assert_eq!((tiles.num_tokens(), tiles.dim()), (num_tokens, dim));
    (values, tiles)
}

fn dims() -> impl Strategy<Value = usize> {
    prop_oneof![1usize..40, Just(64usize), Just(128), Just(131)]
}

fn hashes_are_bits_of_products_in_order(isa: Isa) {
    let shapes = (dims(), 0usize..90, 0usize..6, 1usize..9, kinds(), any::<u64>());
    proptest!(config(), |((dim, num_tokens, num_codes, num_bits, kind, seed) in shapes)| {
        let mut numbers = Numbers(seed);
        let (values, tiles) = tokens(&mut numbers, num_tokens, dim, kind);
        let planes: Vec<f32> = (0..num_codes * num_bits * dim).map(|_| numbers.value(Kind::Plain)).collect();
        let hash = SimHash::new(&planes, dim, num_bits);
        prop_assert_eq!(hash.num_codes(), num_codes);
        let mut codes = vec![u32::MAX; num_codes * num_tokens];
        hash.codes(isa, &tiles, &mut codes);
        for (at, &found) in codes.iter().enumerate() {
            let (code, token) = (at / num_tokens, &values[at % num_tokens * dim..][..dim]);
            let bit = |expected: u32, plane: &[f32]| {
                let product = token.iter().zip(plane).fold(0.0f32, |sum, (v, w)| sum + v * w);
                expected << 1 | u32::from(product > 0.0)
            };
            let expected = planes.chunks_exact(dim).skip(code * num_bits).take(num_bits).fold(0, bit);
            prop_assert_eq!(found, expected);
        }
    });
}

fn sketches_are_signed_sums_in_order(isa: Isa) {
    let shapes = (dims(), 0usize..90, 1usize..40, kinds(), any::<u64>());
    proptest!(config(), |((dim, num_tokens, num_columns, kind, seed) in shapes)| {
        let mut numbers = Numbers(seed);
        let (values, tiles) = tokens(&mut numbers, num_tokens, dim, kind);
        let entries: Vec<(usize, bool)> =
            (0..dim).map(|_| (numbers.below(num_columns), numbers.below(2) == 1)).collect();
        let sketch = TileSketch::new(num_columns, entries.iter().copied());
        let mut found = vec![f32::NAN; tiles.num_tiles() * TILE * num_columns];
        sketch.project(isa, &tiles, &mut found);
        for (token, row) in found.chunks_exact(num_columns).enumerate() {
            let mut expected = vec![0.0f32; num_columns];
            if let Some(values) = values.chunks_exact(dim).nth(token) {
                for sign in [false, true] {
                    let of_sign = entries.iter().zip(values).filter(|((_, negative), _)| *negative == sign);
                    of_sign.for_each(|((column, _), v)| expected[*column] += if sign { -v } else { *v });
                }
            }
            let bits = |row: &[f32]| row.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(row), bits(&expected));
        }
    });
}
