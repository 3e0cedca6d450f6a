use pleiad_kernels::{Isa, QueryPanel};

/// Rows that are packed together at least: what one vector register holds.
const FEWEST_ROWS: usize = 16;

/// Values that are packed together, so that they stay in cache while the other side passes.
const PACKED_VALUES: usize = 1 << 16;

/// Row-major `b`, `[num_b, dim]`, packed for products with any number of rows.
pub(super) struct Packed {
    panels: Vec<QueryPanel>,
    num_rows: usize,
}

impl Packed {
    /// Cost: one pass.
    pub(super) fn new(isa: Isa, rows: &[f32], dim: usize) -> Self {
        let together = (PACKED_VALUES / dim).max(1).next_multiple_of(FEWEST_ROWS);
        let panels = rows.chunks(together * dim).map(|rows| QueryPanel::new(isa, rows, dim)).collect();
        Self { panels, num_rows: rows.len() / dim }
    }

    /// Inner products of all packed rows with each row of `a`: `out` becomes `[num_a, num_b]`.
    /// Cost: `num_a · num_b · dim` multiply-adds.
    pub(super) fn products(&self, a: &[f32], dim: usize, out: &mut [f32]) {
        self.each(|panel, start| {
            for (row, out) in a.chunks_exact(dim).zip(out.chunks_exact_mut(self.num_rows)) {
                panel.maxima(row, &mut out[start..start + panel.num_tokens()]);
            }
        });
    }

    /// The largest inner product of each packed row with a row of `a`.
    /// Cost: as [`Packed::products`], and nothing is written in between.
    pub(super) fn maxima(&self, a: &[f32], out: &mut [f32]) {
        self.each(|panel, start| panel.maxima(a, &mut out[start..start + panel.num_tokens()]));
    }

    fn each(&self, mut work: impl FnMut(&QueryPanel, usize)) {
        let mut start = 0;
        for panel in &self.panels {
            work(panel, start);
            start += panel.num_tokens();
        }
    }
}

/// `[rows, columns]` turned into `[columns, rows]`.
pub(super) fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; values.len()];
    let num_rows = values.len() / columns;
    for (r, row) in values.chunks_exact(columns).enumerate() {
        row.iter().enumerate().for_each(|(c, &value)| out[c * num_rows + r] = value);
    }
    out
}
