//! Wrong lengths are the caller's bug: they are caught before any kernel runs.

use pleiad_kernels::{
    Isa, Levels, PackedPanel, QuantizedPanel, QueryPanel, Rows, SimHash, TileSketch, TokenTiles, dot,
    dot_bits_i8, dot_u8_i8, f16_to_f32,
};
use std::panic::catch_unwind;

fn panics<T>(what: impl FnOnce() -> T + std::panic::UnwindSafe) {
    assert!(catch_unwind(what).is_err());
}

#[test]
fn wrong_lengths_panic_on_every_isa() {
    for isa in Isa::available() {
        panics(move || QueryPanel::new(isa, &[1.0], 0));
        panics(move || QueryPanel::new(isa, &[1.0; 5], 2));
        panics(move || QuantizedPanel::new(isa, &[], 0));
        panics(move || QuantizedPanel::new(isa, &[], 1 << 20));
        panics(move || QuantizedPanel::new(isa, &[1.0; 5], 2));
        panics(move || dot(isa, &[1.0], &[]));
        panics(move || dot_u8_i8(isa, &[1], &[]));
        panics(move || dot_u8_i8(isa, &[1; 65_537], &[1; 65_537]));
        panics(move || dot_bits_i8(isa, &[1], &[1; 9]));
        panics(move || dot_bits_i8(isa, &[1; (1 << 20) + 1], &[1; (1 << 23) + 1]));
        panics(move || f16_to_f32(isa, &[1; 3], &mut [0.0]));
        panics(move || QueryPanel::new(isa, &[1.0; 4], 2).maxsim(&[]));
        panics(move || QueryPanel::new(isa, &[1.0; 4], 2).maxsim(&[1.0; 3]));
        panics(move || QueryPanel::new(isa, &[1.0; 4], 2).maxima(&[1.0; 2], &mut [0.0]));
        panics(move || QueryPanel::new(isa, &[1.0; 4], 2).matches(&[1.0; 2], &mut []));
        panics(move || QuantizedPanel::new(isa, &[1.0; 4], 2).maxsim(&[1; 4], &[1.0]));
        panics(move || QuantizedPanel::new(isa, &[1.0; 4], 2).maxsim(&[], &[]));
        panics(move || QuantizedPanel::new(isa, &[1.0; 4], 2).maxima(&[1; 2], &[1.0], &mut [0.0]));
        panics(move || QuantizedPanel::new(isa, &[1.0; 4], 2).matches(&[1; 2], &[1.0], &mut []));
        panics(move || QueryPanel::new(isa, &[1.0; 4], 2).maxsim_of(Rows::F16(&[0; 6])));
        panics(move || QueryPanel::new(isa, &[1.0; 4], 2).maxsim_of(Rows::Bf16(&[])));
        let packed = PackedPanel::new(isa, &[1.0; 18], 9, Levels::from([-1, 1]));
        panics(|| packed.maxsim(&[1; 3], &[1.0]));
        panics(|| packed.maxsim(&[1; 4], &[1.0]));
        panics(|| packed.maxima(&[1; 2], &[1.0], &mut [0.0]));
        panics(|| packed.matches(&[1; 2], &[1.0], &mut []));
        let tiles = || {
            let mut tiles = TokenTiles::default();
            tiles.fill(&[1.0; 4], 2);
            tiles
        };
        panics(move || tiles().fill(&[1.0; 3], 2));
        panics(move || tiles().fill(&[], 0));
        panics(|| SimHash::new(&[1.0; 5], 1, 2));
        panics(|| SimHash::new(&[1.0; 33], 1, 33));
        panics(|| SimHash::new(&[], 1, 0));
        panics(move || SimHash::new(&[1.0; 2], 2, 1).codes(isa, &tiles(), &mut [0]));
        panics(move || SimHash::new(&[1.0; 3], 3, 1).codes(isa, &tiles(), &mut [0; 2]));
        panics(|| TileSketch::new(1, [(1, false)].into_iter()));
        panics(move || TileSketch::new(1, [(0, false); 2].into_iter()).project(isa, &tiles(), &mut [0.0]));
        panics(move || {
            TileSketch::new(1, [(0, false); 3].into_iter()).project(isa, &tiles(), &mut [0.0; 16]);
        });
    }
}
