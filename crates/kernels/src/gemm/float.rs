use super::panel::{Extent, MAX_PANEL, Product, panel_outputs, run};
use super::{Activation, Matrix, MatrixMut};
use crate::Isa;
use crate::panel::Line;
use crate::scan::Lanes;

/// The right-hand side of a product of `f32`, and what is added to each output.
///
/// # Examples
/// ```
/// use pleiad_kernels::{Activation, FloatPanels, Isa, Matrix, MatrixMut};
///
/// let mut panels = FloatPanels::new(Isa::best());
/// panels.pack_rows(Matrix::new(&[1.0, 2.0, 3.0, 4.0], 2)); // two outputs of two inputs
/// panels.set_bias(&[0.5, 0.0]);
/// let mut out = [0.0; 2];
/// panels.product(Matrix::new(&[10.0, 1.0], 2), Activation::Identity, &mut MatrixMut::new(&mut out, 2));
/// assert_eq!(out, [12.5, 34.0]);
/// ```
#[derive(Debug, Clone)]
pub struct FloatPanels {
    isa: Isa,
    num_inputs: usize,
    num_outputs: usize,
    /// Outputs of one panel.
    width: usize,
    /// `[panels, inputs, width]`; the last panel is filled up with zeros.
    values: Vec<Line<[f32; 16]>>,
    /// `[panels, width]`.
    bias: Vec<f32>,
}

impl FloatPanels {
    /// No inputs and no outputs yet.
    pub fn new(isa: Isa) -> Self {
        let width = panel_outputs(isa);
        Self { isa, num_inputs: 0, num_outputs: 0, width, values: Vec::new(), bias: Vec::new() }
    }

    /// Packs one output per row, `[num_outputs, num_inputs]`, without anything to add. Cost: one pass; memory is
    /// used again.
    pub fn pack_rows(&mut self, rows: Matrix<'_>) {
        self.resize(rows.num_columns(), rows.num_rows());
        let width = self.width;
        for output in 0..rows.num_rows() {
            let row = rows.row(output);
            let panel = self.panel_mut(output / width);
            for (lanes, &value) in panel.chunks_exact_mut(width).zip(row) {
                lanes[output % width] = value;
            }
        }
    }

    /// Packs one output per column, `[num_inputs, num_outputs]`. Cost: as [`FloatPanels::pack_rows`].
    pub fn pack_columns(&mut self, columns: Matrix<'_>) {
        self.resize(columns.num_rows(), columns.num_columns());
        let width = self.width;
        for input in 0..columns.num_rows() {
            for (panel, part) in columns.row(input).chunks(width).enumerate() {
                self.panel_mut(panel)[input * width..][..part.len()].copy_from_slice(part);
            }
        }
    }

    /// Sets the values that are added to the outputs.
    ///
    /// # Panics
    /// When there is not one value per output.
    pub fn set_bias(&mut self, bias: &[f32]) {
        assert_eq!(bias.len(), self.num_outputs, "one value per output");
        self.bias[..bias.len()].copy_from_slice(bias);
    }

    /// Values of a row that comes in.
    pub fn num_inputs(&self) -> usize {
        self.num_inputs
    }

    /// Values of a row that goes out.
    pub fn num_outputs(&self) -> usize {
        self.num_outputs
    }

    /// The instruction set it is packed for.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// `out = activation(input · packed + bias)`. Cost: a multiply-add per row, input and output.
    ///
    /// # Panics
    /// When the rows have other lengths, or there are not as many of them in `out`.
    pub fn product(&self, input: Matrix<'_>, activation: Activation, out: &mut MatrixMut<'_>) {
        assert_eq!(input.num_columns(), self.num_inputs, "inputs per row");
        assert_eq!(out.num_columns(), self.num_outputs, "outputs per row");
        assert_eq!(input.num_rows(), out.num_rows(), "as many rows out as in");
        if self.isa == Isa::Reference {
            return self.reference(input, activation, out);
        }
        let product = FloatProduct {
            activation,
            ..self.part(self.num_outputs, (input.as_ptr(), input.stride()), (out.as_mut_ptr(), out.stride()))
        };
        let extent = Extent {
            num_rows: input.num_rows(),
            num_panels: self.num_panels(),
            row_bytes: size_of::<f32>() * (self.num_inputs + self.num_outputs),
        };
        // SAFETY: the shapes above are those of the matrices, whose constructors checked that each row lies within
        // its slice; `resize` made room for every panel and its bias.
        unsafe { run(self.isa, product, extent) }
    }

    /// A product of the first `num_outputs` outputs, with rows that come in and go out every so many values.
    pub(super) fn part(
        &self,
        num_outputs: usize,
        (input, input_stride): (*const f32, usize),
        (out, out_stride): (*mut f32, usize),
    ) -> FloatProduct {
        FloatProduct {
            panels: self.values.as_ptr().cast(),
            bias: self.bias.as_ptr(),
            width: self.width,
            num_outputs,
            num_inputs: self.num_inputs,
            input,
            input_stride,
            out,
            out_stride,
            activation: Activation::Identity,
        }
    }

    /// Outputs with those that fill the last panel up, which are zero.
    pub(super) fn num_lanes(&self) -> usize {
        self.num_panels() * self.width
    }

    /// The obvious loop.
    fn reference(&self, input: Matrix<'_>, activation: Activation, out: &mut MatrixMut<'_>) {
        for row in 0..input.num_rows() {
            for output in 0..self.num_outputs {
                let mut sum = self.bias[output];
                for (k, value) in input.row(row).iter().enumerate() {
                    sum += value * self.value(output, k);
                }
                out.row_mut(row)[output] = activation.exact(sum);
            }
        }
    }

    fn value(&self, output: usize, input: usize) -> f32 {
        let (panel, lane) = (output / self.width, output % self.width);
        self.values.as_flattened_values()[(panel * self.num_inputs + input) * self.width + lane]
    }

    pub(super) fn num_panels(&self) -> usize {
        self.num_outputs.div_ceil(self.width)
    }

    fn resize(&mut self, num_inputs: usize, num_outputs: usize) {
        (self.num_inputs, self.num_outputs) = (num_inputs, num_outputs);
        let num_lanes = self.num_lanes();
        self.values.clear();
        self.values.resize(num_lanes * num_inputs / 16, Line([0.0; 16]));
        self.bias.clear();
        self.bias.resize(num_lanes, 0.0);
    }

    fn panel_mut(&mut self, panel: usize) -> &mut [f32] {
        let len = self.num_inputs * self.width;
        &mut self.values.as_flattened_values_mut()[panel * len..][..len]
    }
}

/// Lines as the values they hold.
trait Flattened {
    fn as_flattened_values(&self) -> &[f32];
    fn as_flattened_values_mut(&mut self) -> &mut [f32];
}

impl Flattened for [Line<[f32; 16]>] {
    fn as_flattened_values(&self) -> &[f32] {
        // SAFETY: a line is sixteen values and nothing else (`repr(C)`, 64 bytes aligned to 64).
        unsafe { std::slice::from_raw_parts(self.as_ptr().cast(), self.len() * 16) }
    }

    fn as_flattened_values_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above, and borrowed as long.
        unsafe { std::slice::from_raw_parts_mut(self.as_mut_ptr().cast(), self.len() * 16) }
    }
}

#[derive(Clone, Copy)]
pub(super) struct FloatProduct {
    panels: *const f32,
    bias: *const f32,
    width: usize,
    num_outputs: usize,
    num_inputs: usize,
    input: *const f32,
    input_stride: usize,
    pub(super) out: *mut f32,
    pub(super) out_stride: usize,
    activation: Activation,
}

impl FloatProduct {
    /// The same, with rows that come in from this one on.
    ///
    /// # Safety
    /// The row must exist.
    #[inline(always)]
    pub(super) unsafe fn at_input(self, row: usize) -> Self {
        // SAFETY: the caller's.
        Self { input: unsafe { self.input.add(row * self.input_stride) }, ..self }
    }

    /// The same, with rows that go out from this one on.
    ///
    /// # Safety
    /// The row must exist.
    #[inline(always)]
    pub(super) unsafe fn at_output(self, row: usize) -> Self {
        // SAFETY: the caller's.
        Self { out: unsafe { self.out.add(row * self.out_stride) }, ..self }
    }
}

impl Product for FloatProduct {
    #[inline(always)]
    unsafe fn tile<L: Lanes, const ROWS: usize>(self, row: usize, panel: usize) {
        // SAFETY: the caller vouches for the rows and the panel, `product` for what they point to.
        unsafe {
            let bias = self.bias.add(panel * self.width);
            let mut sums = [[L::load(bias), L::load(bias.add(L::NUM))]; ROWS];
            let mut values = self.panels.add(panel * self.width * self.num_inputs);
            let input = self.input.add(row * self.input_stride);
            for k in 0..self.num_inputs {
                let weights = [L::load(values), L::load(values.add(L::NUM))];
                for (r, sums) in sums.iter_mut().enumerate() {
                    let value = L::splat(*input.add(r * self.input_stride + k));
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum = value.mul_add(weight, *sum);
                    }
                }
                values = values.add(self.width);
            }
            let first = panel * self.width;
            let out = self.out.add(row * self.out_stride + first);
            let num_outputs = self.width.min(self.num_outputs - first);
            write::<L, ROWS>(sums, out, self.out_stride, num_outputs, self.activation);
        }
    }
}

/// Writes the outputs that exist, after their activation.
///
/// # Safety
/// As [`Lanes`]; `out` must have room for `num_outputs` values every `stride`, `ROWS` times.
#[inline(always)]
pub(super) unsafe fn write<L: Lanes, const ROWS: usize>(
    sums: [[L; 2]; ROWS],
    out: *mut f32,
    stride: usize,
    num_outputs: usize,
    activation: Activation,
) {
    for (r, [low, high]) in sums.into_iter().enumerate() {
        // SAFETY: two vectors fit `lanes` (`MAX_PANEL` is the widest), and the caller vouches for `out`.
        unsafe {
            let out = out.add(r * stride);
            if num_outputs == 2 * L::NUM {
                low.store(out);
                high.store(out.add(L::NUM));
            } else {
                let mut lanes = [0.0f32; MAX_PANEL];
                low.store(lanes.as_mut_ptr());
                high.store(lanes.as_mut_ptr().add(L::NUM));
                out.copy_from_nonoverlapping(lanes.as_ptr(), num_outputs);
            }
        }
    }
    if activation != Activation::Identity {
        for r in 0..ROWS {
            // SAFETY: as above. The length stays unknown to the compiler, which makes vectors of loops only.
            activation.apply(unsafe { std::slice::from_raw_parts_mut(out.add(r * stride), num_outputs) });
        }
    }
}
