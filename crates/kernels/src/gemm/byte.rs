use super::byte_rows::STEP;
use super::float::write;
use super::panel::{Extent, Product, panel_outputs, run};
use super::{Activation, ByteRows, MAX_PRODUCT_INPUTS, Matrix, MatrixMut};
use crate::Isa;
use crate::panel::Line;
use crate::scan::Lanes;
use crate::tile::ByteLanes;

/// The right-hand side of a product of bytes: each output in whole steps of its own, 127 of them either way.
///
/// Sums of products are exact, so every instruction set but for the activation gives the same bits.
#[derive(Debug, Clone)]
pub struct BytePanels {
    isa: Isa,
    num_inputs: usize,
    num_outputs: usize,
    /// Outputs of one panel.
    width: usize,
    /// `[panels, inputs / 4, width, 4]`, inputs filled up to whole [`STEP`]s with zeros.
    values: Vec<Line<[i8; 64]>>,
    /// `−128·Σ values` per output, `[panels, width]`.
    offsets: Vec<i32>,
    scales: Vec<f32>,
    bias: Vec<f32>,
}

impl BytePanels {
    /// Quantises and packs one output per row, `[num_outputs, num_inputs]`. Cost: three passes.
    ///
    /// # Panics
    /// When there is not one bias per output, or more than [`MAX_PRODUCT_INPUTS`] inputs.
    pub fn new(isa: Isa, rows: Matrix<'_>, bias: &[f32]) -> Self {
        let (num_outputs, num_inputs) = (rows.num_rows(), rows.num_columns());
        assert_eq!(bias.len(), num_outputs, "one value per output");
        assert!(num_inputs <= MAX_PRODUCT_INPUTS, "{num_inputs} inputs: more than a 32-bit sum holds");
        let width = panel_outputs(isa);
        let num_lanes = num_outputs.next_multiple_of(width);
        let num_values = num_lanes * num_inputs.next_multiple_of(STEP);
        let mut panels = Self {
            isa,
            num_inputs,
            num_outputs,
            width,
            values: vec![Line([0; 64]); num_values / 64],
            offsets: vec![0; num_lanes],
            scales: vec![0.0; num_lanes],
            bias: vec![0.0; num_lanes],
        };
        panels.bias[..num_outputs].copy_from_slice(bias);
        for output in 0..num_outputs {
            panels.pack_row(output, rows.row(output));
        }
        panels
    }

    fn pack_row(&mut self, output: usize, row: &[f32]) {
        let largest = row.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
        let scale = largest / 127.0;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        let mut sum = 0;
        for (k, value) in row.iter().enumerate() {
            let step = (value * inverse).round().clamp(-127.0, 127.0) as i8;
            sum += i32::from(step);
            let at = self.place(output, k);
            self.values[at / 64].0[at % 64] = step;
        }
        self.offsets[output] = -128 * sum;
        self.scales[output] = scale;
    }

    /// Returns the position of one value.
    fn place(&self, output: usize, input: usize) -> usize {
        let (panel, lane) = (output / self.width, output % self.width);
        panel * self.panel_len() + (input / 4 * self.width + lane) * 4 + input % 4
    }

    fn panel_len(&self) -> usize {
        self.num_inputs.next_multiple_of(STEP) * self.width
    }

    /// Values of a row that comes in.
    pub fn num_inputs(&self) -> usize {
        self.num_inputs
    }

    /// Values of a row that goes out.
    pub fn num_outputs(&self) -> usize {
        self.num_outputs
    }

    /// `out = activation(input · packed + bias)`. Cost: a multiply-add of bytes per row, input and output.
    ///
    /// # Panics
    /// When the rows have other lengths, or there are not as many of them in `out`.
    pub fn product(&self, input: &ByteRows, activation: Activation, out: &mut MatrixMut<'_>) {
        assert_eq!(input.num_columns(), self.num_inputs, "inputs per row");
        assert_eq!(out.num_columns(), self.num_outputs, "outputs per row");
        assert_eq!(input.num_rows(), out.num_rows(), "as many rows out as in");
        if self.isa == Isa::Reference {
            return self.reference(input, activation, out);
        }
        let product = ByteProduct {
            panels: self.values.as_ptr().cast(),
            panel_len: self.panel_len(),
            offsets: self.offsets.as_ptr(),
            scales: self.scales.as_ptr(),
            bias: self.bias.as_ptr(),
            width: self.width,
            num_outputs: self.num_outputs,
            input: input.as_ptr(),
            input_stride: input.stride(),
            input_scales: input.scales().as_ptr(),
            out_stride: out.stride(),
            out: out.as_mut_ptr(),
            activation,
        };
        let extent = Extent {
            num_rows: input.num_rows(),
            num_panels: self.num_outputs.div_ceil(self.width),
            row_bytes: input.stride() + size_of::<f32>() * self.num_outputs,
        };
        // SAFETY: the shapes are those of the operands: rows of `stride` codes with a scale each, panels of as many
        // inputs, `num_panels · width` offsets, scales and biases, and room in `out` for every row.
        unsafe { run(self.isa, product, extent) }
    }

    /// The obvious loop.
    fn reference(&self, input: &ByteRows, activation: Activation, out: &mut MatrixMut<'_>) {
        for row in 0..input.num_rows() {
            for output in 0..self.num_outputs {
                let mut sum = 0;
                for (k, &code) in input.codes(row).iter().enumerate() {
                    let at = self.place(output, k);
                    sum += (i32::from(code) - 128) * i32::from(self.values[at / 64].0[at % 64]);
                }
                let value = sum as f32 * (input.scales()[row] * self.scales[output]);
                out.row_mut(row)[output] = activation.exact(value + self.bias[output]);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct ByteProduct {
    panels: *const i8,
    panel_len: usize,
    offsets: *const i32,
    scales: *const f32,
    bias: *const f32,
    width: usize,
    num_outputs: usize,
    input: *const u8,
    input_stride: usize,
    input_scales: *const f32,
    out: *mut f32,
    out_stride: usize,
    activation: Activation,
}

impl Product for ByteProduct {
    #[inline(always)]
    unsafe fn tile<L: Lanes, const ROWS: usize>(self, row: usize, panel: usize) {
        // SAFETY: the caller vouches for the rows and the panel, `product` for what they point to.
        unsafe {
            let first = panel * self.width;
            let offsets = self.offsets.add(first);
            let mut sums = [[L::Sums::start(offsets), L::Sums::start(offsets.add(L::NUM))]; ROWS];
            let mut values = self.panels.add(panel * self.panel_len);
            let input = self.input.add(row * self.input_stride);
            for quad in 0..self.input_stride / 4 {
                for (r, sums) in sums.iter_mut().enumerate() {
                    let four = input.add(r * self.input_stride + quad * 4).cast::<u32>().read_unaligned();
                    let codes = L::Sums::codes(u32::from_le(four));
                    for (w, sum) in sums.iter_mut().enumerate() {
                        *sum = sum.add_products(values.add(w * L::NUM * 4), codes);
                    }
                }
                values = values.add(self.width * 4);
            }
            let out = self.out.add(row * self.out_stride + first);
            let num_outputs = self.width.min(self.num_outputs - first);
            let scaled = self.scaled::<L, ROWS>(sums, row, first);
            write::<L, ROWS>(scaled, out, self.out_stride, num_outputs, self.activation);
        }
    }
}

impl ByteProduct {
    /// Sums times both scales, and the bias.
    ///
    /// # Safety
    /// As [`Product::tile`].
    #[inline(always)]
    unsafe fn scaled<L: Lanes, const ROWS: usize>(
        self,
        sums: [[L::Sums; 2]; ROWS],
        row: usize,
        first: usize,
    ) -> [[L; 2]; ROWS] {
        // SAFETY: the caller's; every row has a scale, every output a scale and a bias.
        unsafe {
            let mut scaled = [[L::splat(0.0); 2]; ROWS];
            for (r, (scaled, sums)) in scaled.iter_mut().zip(sums).enumerate() {
                let row_scale = L::splat(*self.input_scales.add(row + r));
                for (w, (scaled, sum)) in scaled.iter_mut().zip(sums).enumerate() {
                    let at = first + w * L::NUM;
                    let scale = L::load(self.scales.add(at)).mul(row_scale);
                    *scaled = sum.to_f32().mul(scale).add(L::load(self.bias.add(at)));
                }
            }
            scaled
        }
    }
}
