//! The obvious loops. Nothing here is clever, so that everything else can be tested against it.

use crate::scan::Best;

/// `Σ a·b`, in order, multiplied and added apart.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y)
}

/// `Σ (code − 128)·query`.
pub(crate) fn dot_u8_i8(codes: &[u8], query: &[i8]) -> i32 {
    codes.iter().zip(query).map(|(&c, &q)| (i32::from(c) - 128) * i32::from(q)).sum()
}

/// `Σ query` where the bit is set.
pub(crate) fn dot_bits_i8(bits: &[u8], query: &[i8]) -> i32 {
    let set = query.iter().enumerate().filter(|(i, _)| bits[i / 8] >> (i % 8) & 1 == 1);
    set.map(|(_, &value)| i32::from(value)).sum()
}

/// Keeps the largest similarity of one query token, and the first row that reaches it.
pub(crate) fn best(lane: usize, best: &mut Best, similarities: impl Iterator<Item = f32>) {
    for (row, similarity) in (0u32..).zip(similarities) {
        if similarity > best.values[lane] {
            best.values[lane] = similarity;
            best.rows[lane] = row;
        }
    }
    // As in `scan`: no -0.0.
    best.values[lane] += 0.0;
}
