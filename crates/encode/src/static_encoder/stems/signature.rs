use pleiad_vectors::Seed;

/// Where all signatures come from: vectors of a stored collection depend on it.
const SEED: Seed = Seed(0x7374_656d_7369_676e);

/// Adds `±size` to each value, by signs that a key alone decides: two stems have nothing in common but chance, a stem
/// everything with itself.
pub(super) fn add_signature(key: u32, size: f32, values: &mut [f32]) {
    let mut generator = SEED.derive(u64::from(key)).generator();
    for values in values.chunks_mut(64) {
        let bits = generator.next_u64();
        for (at, value) in values.iter_mut().enumerate() {
            *value += if bits >> at & 1 == 1 { size } else { -size };
        }
    }
}
