use super::CountSketch;

/// Tokens that are projected together: one cache line of each dimension.
pub(super) const TILE: usize = 16;

/// A count sketch sorted by output column, so that each column of a whole tile of tokens is one sum in registers:
/// no multiplication and no scattered store.
#[derive(Debug, Clone)]
pub(super) struct TileSketch {
    // Input dimensions, column by column: those with sign +1, then those with -1.
    inputs: Vec<u16>,
    // For each column where its positive and where its negative inputs end.
    ends: Vec<[u32; 2]>,
}

impl TileSketch {
    /// Sorts a sketch of at most `2^16` inputs. Cost: one stable sort.
    pub(super) fn new(sketch: &CountSketch) -> Self {
        let mut entries: Vec<(usize, bool, u16)> = sketch
            .entries()
            .enumerate()
            .map(|(i, (column, negative))| (column, negative, i as u16))
            .collect();
        entries.sort_unstable();
        let mut ends = vec![[0; 2]; sketch.num_columns()];
        for &(column, negative, _) in &entries {
            ends[column][usize::from(negative)] += 1;
        }
        let mut end = 0;
        for part in ends.iter_mut().flatten() {
            end += *part;
            *part = end;
        }
        Self { inputs: entries.into_iter().map(|(_, _, input)| input).collect(), ends }
    }

    /// Projects one tile; `values` takes `[TILE, num_columns]`.
    /// Cost: one vector addition per input dimension and [`TILE`] tokens.
    pub(super) fn project(&self, tile: &[[f32; TILE]], values: &mut [f32]) {
        let num_columns = self.ends.len();
        let mut start = 0;
        for (column, ends) in self.ends.iter().enumerate() {
            let [positive, negative] = ends.map(|end| end as usize);
            let mut sum = [0.0f32; TILE];
            for &input in &self.inputs[start..positive] {
                let line = &tile[usize::from(input)];
                sum.iter_mut().zip(line).for_each(|(s, v)| *s += v);
            }
            for &input in &self.inputs[positive..negative] {
                let line = &tile[usize::from(input)];
                sum.iter_mut().zip(line).for_each(|(s, v)| *s -= v);
            }
            start = negative;
            for (row, value) in values.chunks_exact_mut(num_columns).zip(sum) {
                row[column] = value;
            }
        }
    }
}

/// Hyperplanes that meet a tile together: their sums and the tile's lines just fit the registers.
const GROUP: usize = 2;

/// The hyperplanes of all repetitions, laid out for whole tiles of tokens.
///
/// Plain arithmetic in a fixed order, without fused operations: the signs, and so the encodings, are the same bits
/// on every machine, whatever instructions it has.
#[derive(Debug, Clone)]
pub(super) struct TileHyperplanes {
    dim: usize,
    num_hyperplanes: usize,
    // `[groups, dim, GROUP]`; the last group is filled up with zeros.
    values: Vec<[f32; GROUP]>,
}

impl TileHyperplanes {
    /// Lays out `[num_hyperplanes, dim]` values.
    pub(super) fn new(hyperplanes: &[f32], dim: usize) -> Self {
        let mut values = Vec::with_capacity(hyperplanes.len().div_ceil(GROUP));
        for group in hyperplanes.chunks(GROUP * dim) {
            let value = |h: usize, i: usize| group.get(h * dim + i).copied().unwrap_or(0.0);
            values.extend((0..dim).map(|i| std::array::from_fn(|h| value(h, i))));
        }
        Self { dim, num_hyperplanes: hyperplanes.len() / dim, values }
    }

    /// Inner products of one tile with all hyperplanes, handed on hyperplane by hyperplane.
    /// Cost: one vector multiplication and addition for each dimension, hyperplane and [`TILE`] tokens.
    pub(super) fn products(&self, tile: &[[f32; TILE]], mut each: impl FnMut(usize, &[f32; TILE])) {
        for (group, values) in self.values.chunks_exact(self.dim).enumerate() {
            let mut sums = [[0.0f32; TILE]; GROUP];
            for (line, weights) in tile.iter().zip(values) {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    sum.iter_mut().zip(line).for_each(|(s, v)| *s += weight * v);
                }
            }
            for (offset, sum) in sums.iter().enumerate() {
                let hyperplane = group * GROUP + offset;
                if hyperplane < self.num_hyperplanes {
                    each(hyperplane, sum);
                }
            }
        }
    }
}

/// Turns row-major tokens into tiles `[num_tiles, dim, TILE]`; missing tokens of the last tile are zero.
pub(super) fn transpose(tokens: &[f32], dim: usize, tiles: &mut Vec<[f32; TILE]>) {
    let num_tiles = (tokens.len() / dim).div_ceil(TILE);
    tiles.clear();
    tiles.resize(num_tiles * dim, [0.0; TILE]);
    for (rows, tile) in tokens.chunks(TILE * dim).zip(tiles.chunks_exact_mut(dim)) {
        for (lane, row) in rows.chunks_exact(dim).enumerate() {
            for (line, &value) in tile.iter_mut().zip(row) {
                line[lane] = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad_vectors::Seed;

    #[test]
    fn a_tile_is_projected_as_its_rows_are() {
        for (num_tokens, dim, num_columns) in [(1, 1, 1), (16, 8, 3), (17, 5, 9), (40, 128, 16)] {
            let mut g = Seed(3).generator();
            let tokens: Vec<f32> = (0..num_tokens * dim).map(|_| g.gaussian()).collect();
            let entries = (0..dim).map(|_| (g.below(num_columns as u64) as u32, g.coin()));
            let sketch = CountSketch::collect(num_columns, entries);
            let (mut tiles, tiled) = (Vec::new(), TileSketch::new(&sketch));
            transpose(&tokens, dim, &mut tiles);
            let mut values = vec![f32::NAN; TILE * num_columns];
            for (rows, tile) in tokens.chunks(TILE * dim).zip(tiles.chunks(dim)) {
                tiled.project(tile, &mut values);
                for (row, found) in rows.chunks(dim).zip(values.chunks(num_columns)) {
                    let mut expected = vec![0.0; num_columns];
                    sketch.add_to(row, &mut expected);
                    for (e, f) in expected.iter().zip(found) {
                        assert!((e - f).abs() < 1e-5, "{e} {f}");
                    }
                }
            }
        }
    }
}
