use super::byte_rows::STEP;
use super::float::write;
use super::panel::{Extent, Product, panel_outputs, run};
use super::{Activation, ByteRows, MAX_PRODUCT_INPUTS, Matrix, MatrixMut};
use crate::panel::Line;
use crate::scan::Lanes;
use crate::tile::ByteLanes;
use crate::{Isa, rows};

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
    /// Quantizes and packs one output per row, `[num_outputs, num_inputs]`. Cost: three passes.
    ///
    /// # Panics
    /// When there is not one bias per output, or more than [`MAX_PRODUCT_INPUTS`] inputs.
    pub fn new(isa: Isa, rows: Matrix<'_>, bias: &[f32]) -> Self {
        let mut panels = Self::empty(isa);
        panels.pack_rows(rows);
        assert_eq!(bias.len(), panels.num_outputs, "one value per output");
        panels.bias[..bias.len()].copy_from_slice(bias);
        panels
    }

    /// Without inputs and outputs yet.
    pub(super) fn empty(isa: Isa) -> Self {
        Self {
            isa,
            num_inputs: 0,
            num_outputs: 0,
            width: panel_outputs(isa),
            values: Vec::new(),
            offsets: Vec::new(),
            scales: Vec::new(),
            bias: Vec::new(),
        }
    }

    /// Packs one output per row, without a bias; memory is used again.
    pub(super) fn pack_rows(&mut self, rows: Matrix<'_>) {
        self.resize(rows.num_columns(), rows.num_rows());
        let (width, panel_len) = (self.width, self.panel_len());
        let mut codes = vec![0; self.num_inputs.next_multiple_of(4)];
        for output in 0..self.num_outputs {
            let (codes_of_row, rest) = codes.split_at_mut(self.num_inputs);
            self.scales[output] = rows::quantize(self.isa, rows.row(output), codes_of_row);
            rest.fill(128);
            let steps = |four: &[u8; 4]| four.map(|code| (code ^ 0x80).cast_signed());
            let first = output / width * panel_len / 4 + output % width;
            let quads = self.values.as_flattened_bytes_mut().as_chunks_mut::<4>().0[first..].iter_mut();
            let mut sum = 0;
            for (quad, four) in quads.step_by(width).zip(codes.as_chunks::<4>().0) {
                *quad = steps(four);
                sum += quad.iter().map(|&step| i32::from(step)).sum::<i32>();
            }
            self.offsets[output] = -128 * sum;
        }
    }

    /// Packs one output per column, `[num_inputs, num_outputs]`, without a bias; memory is used again.
    pub(super) fn pack_columns(&mut self, columns: Matrix<'_>) {
        self.resize(columns.num_rows(), columns.num_columns());
        let mut sums = vec![0.0; self.num_lanes()];
        let (width, panel_len) = (self.width, self.panel_len());
        let values = self.values.as_flattened_bytes_mut();
        for (panel, values) in values.chunks_exact_mut(panel_len).enumerate() {
            let first = panel * width;
            let last = self.num_outputs.min(first + width);
            rows::quantize_columns(
                self.isa,
                |row| &columns.row(row)[first..last],
                columns.num_rows(),
                (&mut self.scales[first..last], &mut sums[first..last]),
                values,
                width,
            );
        }
        for (offset, sum) in self.offsets.iter_mut().zip(sums) {
            *offset = -128 * sum as i32;
        }
    }

    fn resize(&mut self, num_inputs: usize, num_outputs: usize) {
        assert!(num_inputs <= MAX_PRODUCT_INPUTS, "{num_inputs} inputs: more than a 32-bit sum holds");
        (self.num_inputs, self.num_outputs) = (num_inputs, num_outputs);
        let num_lanes = self.num_lanes();
        self.values.clear();
        self.values.resize(num_lanes * num_inputs.next_multiple_of(STEP) / 64, Line([0; 64]));
        self.offsets.clear();
        self.offsets.resize(num_lanes, 0);
        for values in [&mut self.scales, &mut self.bias] {
            values.clear();
            values.resize(num_lanes, 0.0);
        }
    }

    /// Outputs with those that fill the last panel up, which are zero.
    pub(super) fn num_lanes(&self) -> usize {
        self.num_panels() * self.width
    }

    pub(super) fn num_panels(&self) -> usize {
        self.num_outputs.div_ceil(self.width)
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
            activation,
            ..self.part(
                self.num_outputs,
                (input.as_ptr(), input.stride(), input.scales().as_ptr()),
                (out.as_mut_ptr(), out.stride()),
            )
        };
        let extent = Extent {
            num_rows: input.num_rows(),
            num_panels: self.num_panels(),
            row_bytes: input.stride() + size_of::<f32>() * self.num_outputs,
        };
        // SAFETY: the shapes are those of the operands: rows of `stride` codes with a scale each, panels of as many
        // inputs, `num_panels · width` offsets, scales and biases, and room in `out` for every row.
        unsafe { run(self.isa, product, extent) }
    }

    /// A product of the first `num_outputs` outputs, with rows that come in and go out every so many codes and values. A
    /// row is scaled by its own scale.
    pub(super) fn part(
        &self,
        num_outputs: usize,
        (input, input_stride, input_scales): (*const u8, usize, *const f32),
        (out, out_stride): (*mut f32, usize),
    ) -> ByteProduct {
        ByteProduct {
            panels: self.values.as_ptr().cast(),
            panel_len: self.panel_len(),
            offsets: self.offsets.as_ptr(),
            scales: self.scales.as_ptr(),
            bias: self.bias.as_ptr(),
            width: self.width,
            num_outputs,
            input,
            input_stride,
            input_scales,
            out,
            out_stride,
            activation: Activation::Identity,
        }
    }

    /// Outputs of a row of codes that are all zero, but for its scale, into `out`.
    pub(super) fn zero_outputs(&self, out: &mut Vec<f32>) {
        out.clear();
        let outputs = self.offsets.iter().zip(&self.scales).take(self.num_outputs);
        out.extend(outputs.map(|(&offset, scale)| offset as f32 * scale));
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

/// Lines as the bytes they hold.
trait Flattened {
    fn as_flattened_bytes_mut(&mut self) -> &mut [i8];
}

impl Flattened for [Line<[i8; 64]>] {
    fn as_flattened_bytes_mut(&mut self) -> &mut [i8] {
        // SAFETY: a line is 64 bytes and nothing else (`repr(C)`, aligned to 64), and borrowed as long.
        unsafe { std::slice::from_raw_parts_mut(self.as_mut_ptr().cast(), self.len() * 64) }
    }
}

#[derive(Clone, Copy)]
pub(super) struct ByteProduct {
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
    /// The same, with rows that come in from this one on.
    ///
    /// # Safety
    /// The row must exist.
    #[inline(always)]
    pub(super) unsafe fn at_input(self, row: usize) -> Self {
        // SAFETY: the caller's.
        unsafe {
            let (input, input_scales) = (self.input.add(row * self.input_stride), self.input_scales.add(row));
            Self { input, input_scales, ..self }
        }
    }

    /// The same, with rows that go out from this one on, and these scales of those that come in.
    ///
    /// # Safety
    /// The row must exist.
    #[inline(always)]
    pub(super) unsafe fn at_output(self, row: usize, input_scales: *const f32) -> Self {
        // SAFETY: the caller's.
        Self { out: unsafe { self.out.add(row * self.out_stride) }, input_scales, ..self }
    }

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
