//! Positions as rotations (Su et al., arXiv 2104.09864), the first half of a head against the second.

/// Cosines and sines by position.
#[derive(Debug)]
pub(crate) struct Rotation {
    head_dim: usize,
    /// `[num_positions, head_dim / 2]` pairs.
    turns: Vec<(f32, f32)>,
}

impl Rotation {
    /// For positions below `num_positions`: pair `i` turns by `position · theta^(−2i / head_dim)`.
    pub(crate) fn new(theta: f32, head_dim: usize, num_positions: usize) -> Self {
        let half = head_dim / 2;
        let mut turns = Vec::with_capacity(num_positions * half);
        for position in 0..num_positions {
            turns.extend((0..half).map(|pair| {
                let frequency = 1.0 / theta.powf(2.0 * pair as f32 / head_dim as f32);
                let angle = position as f32 * frequency;
                (angle.cos(), angle.sin())
            }));
        }
        Self { head_dim, turns }
    }

    /// Turns every head of queries and keys of one sequence, rows of `[3 · dim]` from position 0 on.
    pub(crate) fn turn(&self, qkv: &mut [f32], dim: usize) {
        let half = self.head_dim / 2;
        for (row, turns) in qkv.chunks_exact_mut(3 * dim).zip(self.turns.chunks_exact(half)) {
            for head in row[..2 * dim].chunks_exact_mut(self.head_dim) {
                let (low, high) = head.split_at_mut(half);
                for ((a, b), (cos, sin)) in low.iter_mut().zip(high).zip(turns) {
                    (*a, *b) = (*a * cos - *b * sin, *b * cos + *a * sin);
                }
            }
        }
    }
}
