use super::{FdeError, FdeGenerator, FdeParams, google_compat, portable};

const NEGATIVE: u32 = 1 << 31;

/// A sparse random projection: every input dimension goes to one output column with a sign (Charikar, Chen and
/// Farach-Colton, ICALP 2002). Inner products are kept in expectation, without any scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountSketch {
    num_columns: usize,
    // The column, and the sign in the top bit.
    entries: Vec<u32>,
}

/// Every random matrix of an encoder, to look at, to store, or to inject.
#[derive(Debug, Clone, PartialEq)]
pub struct FdeMatrices {
    /// `[repetitions, simhash_projections, dim]`: hyperplane after hyperplane.
    pub hyperplanes: Vec<f32>,
    /// For each repetition the sketch from `dim` to `projection_dim`; none when blocks keep their dimension.
    pub inner: Vec<CountSketch>,
    /// The sketch of the whole encoding, when there is a final projection.
    pub last: Option<CountSketch>,
}

impl CountSketch {
    /// Takes each input dimension's column and whether its sign is negative.
    ///
    /// # Errors
    /// When the two differ in length, or a column is not below `num_columns`, or `num_columns` is above `2^31`.
    pub fn new(columns: &[u32], negative: &[bool], num_columns: usize) -> Result<Self, FdeError> {
        if columns.len() != negative.len() {
            let (expected, found) = (columns.len(), negative.len());
            return Err(FdeError::Shape { matrix: "count sketch", what: "signs", expected, found });
        }
        let bound = num_columns.min(NEGATIVE as usize) as u32;
        if let Some(position) = columns.iter().position(|&c| c >= bound) {
            let value = columns[position].into();
            return Err(FdeError::Value { matrix: "count sketch", position, value });
        }
        Ok(Self::collect(num_columns, columns.iter().copied().zip(negative.iter().copied())))
    }

    pub(super) fn collect(num_columns: usize, entries: impl Iterator<Item = (u32, bool)>) -> Self {
        let entries = entries.map(|(column, negative)| if negative { column | NEGATIVE } else { column });
        Self { num_columns, entries: entries.collect() }
    }

    /// Output dimensions.
    pub fn num_columns(&self) -> usize {
        self.num_columns
    }

    /// Input dimensions.
    pub fn num_inputs(&self) -> usize {
        self.entries.len()
    }

    /// Column and whether the sign is negative, for each input dimension in order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (usize, bool)> + '_ {
        self.entries.iter().map(|&entry| ((entry & !NEGATIVE) as usize, entry & NEGATIVE != 0))
    }

    /// The sketch of a vector. Cost: one addition per input.
    ///
    /// # Errors
    /// [`FdeError::Shape`] unless there is one value per input dimension.
    pub fn project(&self, input: &[f32]) -> Result<Vec<f32>, FdeError> {
        if input.len() != self.num_inputs() {
            let (expected, found) = (self.num_inputs(), input.len());
            return Err(FdeError::Shape { matrix: "count sketch", what: "inputs", expected, found });
        }
        let mut output = vec![0.0; self.num_columns];
        self.add_to(input, &mut output);
        Ok(output)
    }

    /// Adds the sketch of `input` to `output`, which must have `num_inputs` and `num_columns` values.
    /// Cost: one addition per input.
    pub(super) fn add_to(&self, input: &[f32], output: &mut [f32]) {
        debug_assert_eq!((input.len(), output.len()), (self.num_inputs(), self.num_columns));
        for (&value, &entry) in input.iter().zip(&self.entries) {
            // The sign bit of the entry flips that of the value.
            output[(entry & !NEGATIVE) as usize] += f32::from_bits(value.to_bits() ^ (entry & NEGATIVE));
        }
    }
}

impl FdeMatrices {
    /// The matrices that the parameters' seed and generator decide.
    ///
    /// Cost: one random number per value, `repetitions · dim · (simhash_projections + 1)` and more for a final
    /// projection.
    ///
    /// # Errors
    /// As [`FdeParams::fde_dim`].
    pub fn generate(dim: usize, params: &FdeParams) -> Result<Self, FdeError> {
        params.fde_dim(dim)?;
        Ok(match params.generator {
            FdeGenerator::Portable => portable::matrices(dim, params),
            FdeGenerator::GoogleCompat => google_compat::matrices(dim, params),
        })
    }

    /// Checks the shapes, and that every hyperplane is finite.
    pub(super) fn check(&self, dim: usize, params: &FdeParams) -> Result<(), FdeError> {
        let shape = |matrix, what, expected, found| {
            if expected == found { Ok(()) } else { Err(FdeError::Shape { matrix, what, expected, found }) }
        };
        let repetitions = params.repetitions as usize;
        let num_hyperplanes = repetitions * params.simhash_projections as usize;
        shape("hyperplane", "values", num_hyperplanes * dim, self.hyperplanes.len())?;
        if let Some(position) = self.hyperplanes.iter().position(|v| !v.is_finite()) {
            let value = self.hyperplanes[position].into();
            return Err(FdeError::Value { matrix: "hyperplane", position, value });
        }
        let num_inner = if params.projection_dim.is_some() { repetitions } else { 0 };
        shape("inner", "sketches", num_inner, self.inner.len())?;
        for sketch in &self.inner {
            shape("inner", "inputs", dim, sketch.num_inputs())?;
            shape("inner", "columns", params.block_dim(dim), sketch.num_columns())?;
        }
        shape("final", "sketches", params.final_projection_dim.iter().len(), self.last.iter().len())?;
        if let (Some(sketch), Some(columns)) = (&self.last, params.final_projection_dim) {
            shape("final", "inputs", params.unprojected_dim(dim), sketch.num_inputs())?;
            shape("final", "columns", columns as usize, sketch.num_columns())?;
        }
        Ok(())
    }
}
