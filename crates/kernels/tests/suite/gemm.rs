use crate::support::{Kind, Numbers, config};
use pleiad_kernels::{
    Activation, AttentionRule, ByteHeadAttention, BytePanels, ByteRows, FloatPanels, HeadAttention, Isa,
    Matrix, MatrixMut, add_layer_norm, gated_gelu, layer_norm, unit_rows,
};
use proptest::prelude::*;

on_every_isa!(
    products_are_close_to_exact,
    a_row_gives_the_same_bits_in_any_company,
    packed_columns_are_packed_rows,
    parts_of_rows_meet_parts_of_rows,
    byte_products_equal_those_of_the_reference,
    byte_products_lose_no_more_than_their_steps,
    activations_are_those_of_the_reference,
    rows_are_normalized,
    heads_attend,
    heads_attend_in_bytes,
    activations_are_quantized,
    gates_multiply,
);

const ACTIVATIONS: [Activation; 4] =
    [Activation::Identity, Activation::Gelu, Activation::Relu, Activation::Tanh];

/// A product of unpleasant shape.
#[derive(Debug, Clone)]
struct Shape {
    num_rows: usize,
    num_inputs: usize,
    num_outputs: usize,
    seed: u64,
}

impl Shape {
    fn values(&self, num_rows: usize, num_columns: usize, salt: u64) -> Vec<f32> {
        let mut numbers = Numbers(self.seed ^ salt);
        (0..num_rows * num_columns).map(|_| numbers.value(Kind::Plain)).collect()
    }

    fn input(&self) -> Vec<f32> {
        self.values(self.num_rows, self.num_inputs, 1)
    }

    fn weights(&self) -> Vec<f32> {
        self.values(self.num_outputs, self.num_inputs, 2)
    }

    fn bias(&self) -> Vec<f32> {
        self.values(self.num_outputs, 1, 3)
    }

    fn packed(&self, isa: Isa) -> FloatPanels {
        let mut panels = FloatPanels::new(isa);
        panels.pack_rows(Matrix::new(&self.weights(), self.num_inputs));
        panels.set_bias(&self.bias());
        assert_eq!((panels.num_inputs(), panels.num_outputs()), (self.num_inputs, self.num_outputs));
        panels
    }

    fn product(&self, panels: &FloatPanels, input: &[f32]) -> Vec<f32> {
        let mut out = vec![f32::NAN; input.len() / self.num_inputs * self.num_outputs];
        let mut out_rows = MatrixMut::new(&mut out, self.num_outputs);
        panels.product(Matrix::new(input, self.num_inputs), Activation::Identity, &mut out_rows);
        out
    }
}

fn shapes() -> impl Strategy<Value = Shape> {
    let inputs = prop_oneof![1usize..70, Just(128usize), Just(384)];
    (1usize..40, inputs, 1usize..100, any::<u64>()).prop_map(|(num_rows, num_inputs, num_outputs, seed)| {
        Shape { num_rows, num_inputs, num_outputs, seed }
    })
}

fn check(property: impl Fn(&Shape)) {
    // More rows than one block holds.
    property(&Shape { num_rows: 90, num_inputs: 3000, num_outputs: 33, seed: 7 });
    proptest!(config(), |(shape in shapes())| property(&shape));
}

fn products_are_close_to_exact(isa: Isa) {
    check(|shape| {
        let (input, weights, bias) = (shape.input(), shape.weights(), shape.bias());
        let found = shape.product(&shape.packed(isa), &input);
        for (row, found) in input.chunks_exact(shape.num_inputs).zip(found.chunks_exact(shape.num_outputs)) {
            let outputs = weights.chunks_exact(shape.num_inputs).zip(&bias);
            for ((weights, &bias), &found) in outputs.zip(found) {
                let products = row.iter().zip(weights).map(|(&a, &b)| f64::from(a) * f64::from(b));
                let (sum, magnitude) =
                    products.fold((f64::from(bias), f64::from(bias.abs())), |(s, m), p| (s + p, m + p.abs()));
                // Higham, Accuracy and Stability, section 3.1: a rounding per product and per addition.
                let bound = (2 * shape.num_inputs + 1) as f64 * 2f64.powi(-24) * magnitude;
                assert!((f64::from(found) - sum).abs() <= bound, "{found} for {sum} ± {bound}");
            }
        }
    });
}

fn a_row_gives_the_same_bits_in_any_company(isa: Isa) {
    check(|shape| {
        let (panels, input) = (shape.packed(isa), shape.input());
        let together = shape.product(&panels, &input);
        let alone = input.chunks_exact(shape.num_inputs).flat_map(|row| shape.product(&panels, row));
        assert_eq!(together, alone.collect::<Vec<_>>());
        let rest = &input[input.len() / shape.num_inputs / 2 * shape.num_inputs..];
        let half = shape.product(&panels, rest);
        assert_eq!(half, together[together.len() - half.len()..]);
    });
}

fn packed_columns_are_packed_rows(isa: Isa) {
    check(|shape| {
        let weights = shape.weights();
        let mut transposed = vec![0.0; weights.len()];
        for (at, value) in weights.iter().enumerate() {
            transposed[at % shape.num_inputs * shape.num_outputs + at / shape.num_inputs] = *value;
        }
        let mut panels = shape.packed(isa);
        panels.pack_columns(Matrix::new(&transposed, shape.num_outputs));
        panels.set_bias(&shape.bias());
        let input = shape.input();
        assert_eq!(shape.product(&panels, &input), shape.product(&shape.packed(isa), &input));
    });
}

fn parts_of_rows_meet_parts_of_rows(isa: Isa) {
    check(|shape| {
        let (skip, stride) = (shape.seed as usize % 5, shape.num_inputs + 7);
        let wide = shape.values(shape.num_rows, stride, 4);
        let part = Matrix::columns(&wide, stride, skip..skip + shape.num_inputs);
        let narrow: Vec<f32> = (0..shape.num_rows).flat_map(|row| part.row(row).to_vec()).collect();
        let expected = shape.product(&shape.packed(isa), &narrow);
        let out_stride = shape.num_outputs + 3;
        let mut out = vec![5.0; shape.num_rows * out_stride];
        let mut part_out = MatrixMut::columns(&mut out, out_stride, 2..2 + shape.num_outputs);
        shape.packed(isa).product(part, Activation::Identity, &mut part_out);
        for (row, expected) in out.chunks_exact(out_stride).zip(expected.chunks_exact(shape.num_outputs)) {
            assert_eq!(&row[2..2 + shape.num_outputs], expected);
            assert_eq!([row[0], row[1], row[out_stride - 1]], [5.0; 3], "written beside its columns");
        }
    });
}

fn byte_product(isa: Isa, shape: &Shape, activation: Activation) -> Vec<f32> {
    let mut rows = ByteRows::default();
    rows.quantize(isa, Matrix::new(&shape.input(), shape.num_inputs));
    let weights = shape.weights();
    let panels = BytePanels::new(isa, Matrix::new(&weights, shape.num_inputs), &shape.bias());
    let mut out = vec![f32::NAN; shape.num_rows * shape.num_outputs];
    panels.product(&rows, activation, &mut MatrixMut::new(&mut out, shape.num_outputs));
    out
}

fn byte_products_equal_those_of_the_reference(isa: Isa) {
    check(|shape| {
        let found = byte_product(isa, shape, Activation::Identity);
        assert_eq!(found, byte_product(Isa::Reference, shape, Activation::Identity));
    });
}

fn byte_products_lose_no_more_than_their_steps(isa: Isa) {
    check(|shape| {
        let exact = shape.product(&shape.packed(Isa::Reference), &shape.input());
        let found = byte_product(isa, shape, Activation::Identity);
        let largest = |values: &[f32]| values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        // Half a step of either operand per product, and a quarter of both.
        let (a, b) = (largest(&shape.input()), largest(&shape.weights()));
        let bound = shape.num_inputs as f32 * a * b * (1.0 / 127.0 + 1.0 / 254.0 / 254.0) + 1e-4;
        for (found, exact) in found.iter().zip(&exact) {
            assert!((found - exact).abs() <= bound, "{found} for {exact} ± {bound}");
        }
    });
}

fn activations_are_those_of_the_reference(isa: Isa) {
    check(|shape| {
        let panels = [shape.packed(isa), shape.packed(Isa::Reference)];
        let input = shape.input();
        for activation in ACTIVATIONS {
            let [found, expected] = panels.each_ref().map(|panels| {
                let mut out = vec![f32::NAN; shape.num_rows * shape.num_outputs];
                let mut rows = MatrixMut::new(&mut out, shape.num_outputs);
                panels.product(Matrix::new(&input, shape.num_inputs), activation, &mut rows);
                out
            });
            let bound = 1e-6 * shape.num_inputs as f32 + 1e-5;
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < bound, "{activation:?}: {found} for {expected}");
            }
        }
        let bytes = [isa, Isa::Reference].map(|isa| byte_product(isa, shape, Activation::Gelu));
        for (found, expected) in bytes[0].iter().zip(&bytes[1]) {
            assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{found} for {expected}");
        }
    });
}

fn rows_are_normalized(isa: Isa) {
    check(|shape| {
        let width = shape.num_outputs;
        let (scale, shift) = (shape.values(width, 1, 5), shape.bias());
        let source = shape.values(shape.num_rows, width, 6);
        let mut rows = source.clone();
        layer_norm(isa, &mut rows, &scale, &shift, 1e-3);
        let added: Vec<f32> = source.iter().map(|value| 0.5 * value).collect();
        let mut half: Vec<f32> = added.clone();
        add_layer_norm(isa, &mut half, &added, &scale, &shift, 1e-3);
        assert_eq!(half, rows);
        for (row, source) in rows.chunks_exact(width).zip(source.chunks_exact(width)) {
            let mean = source.iter().map(|&v| f64::from(v)).sum::<f64>() / width as f64;
            let variance = source.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / width as f64;
            for ((&found, &value), (&scale, &shift)) in row.iter().zip(source).zip(scale.iter().zip(&shift)) {
                let unit = (f64::from(value) - mean) / (variance + 1e-3).sqrt();
                let expected = unit * f64::from(scale) + f64::from(shift);
                assert!((f64::from(found) - expected).abs() < 2e-5, "{found} for {expected}");
            }
        }
        unit_rows(isa, &mut rows, width);
        let length = |row: &[f32]| row.iter().map(|v| v * v).sum::<f32>().sqrt();
        assert!(rows.chunks_exact(width).all(|row| (length(row) - 1.0).abs() < 1e-5));
        let mut zeros = vec![0.0; width];
        unit_rows(isa, &mut zeros, width);
        assert!(zeros.iter().all(|&value| value == 0.0));
    });
}

/// Context that a head gives for queries, keys and values that stand in rows of all three.
fn attended(
    isa: Isa,
    qkv: &[f32],
    dim: usize,
    rule: AttentionRule,
    rows: std::ops::Range<usize>,
) -> Vec<f32> {
    let stride = 3 * dim;
    let mut head = HeadAttention::new(isa);
    head.set(Matrix::columns(qkv, stride, dim..2 * dim), Matrix::columns(qkv, stride, 2 * dim..stride));
    let mut out = vec![f32::NAN; rows.len() * dim];
    let queries = Matrix::columns(&qkv[rows.start * stride..rows.end * stride], stride, 0..dim);
    head.attend(queries, rule, &mut MatrixMut::new(&mut out, dim));
    out
}

fn heads_attend(isa: Isa) {
    check(|shape| {
        let (num_rows, dim) = (shape.num_outputs, shape.num_rows);
        let qkv = shape.values(num_rows, 3 * dim, 8);
        for reach in [None, Some(shape.seed as usize % 9)] {
            let rule = AttentionRule { scale: 0.7, reach };
            let found = attended(isa, &qkv, dim, rule, 0..num_rows);
            let expected = attended(Isa::Reference, &qkv, dim, rule, 0..num_rows);
            let largest = qkv.iter().fold(0.0f32, |most, value| most.max(value.abs()));
            // A score is off by a rounding per product, and a weight by as much relative to itself.
            let bound = 1e-6 * (dim as f32 * largest * largest + 20.0) * largest + 1e-6;
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() <= bound, "{found} for {expected} ± {bound}");
            }
            if reach.is_none() {
                let half = attended(isa, &qkv, dim, rule, num_rows / 2..num_rows);
                assert_eq!(half, found[num_rows / 2 * dim..]);
            }
        }
    });
}

/// As [`attended`], in bytes.
fn attended_in_bytes(
    isa: Isa,
    qkv: &[f32],
    dim: usize,
    rule: AttentionRule,
    rows: std::ops::Range<usize>,
) -> Vec<f32> {
    let stride = 3 * dim;
    let mut head = ByteHeadAttention::new(isa);
    // Memory of another shape is used again.
    head.set(Matrix::new(&[1.0; 90], 3), Matrix::new(&[1.0; 90], 3));
    head.set(Matrix::columns(qkv, stride, dim..2 * dim), Matrix::columns(qkv, stride, 2 * dim..stride));
    let mut out = vec![f32::NAN; rows.len() * dim];
    let queries = Matrix::columns(&qkv[rows.start * stride..rows.end * stride], stride, 0..dim);
    head.attend(queries, rule, &mut MatrixMut::new(&mut out, dim));
    out
}

fn heads_attend_in_bytes(isa: Isa) {
    check(|shape| {
        let (num_rows, dim) = (shape.num_outputs, shape.num_rows);
        let qkv = shape.values(num_rows, 3 * dim, 8);
        for reach in [None, Some(shape.seed as usize % 9)] {
            let largest = qkv.iter().fold(0.0f32, |most, value| most.max(value.abs()));
            // Scores of at most 8, each off by half a step of either factor for each product.
            let score = dim as f32 * largest * largest;
            let rule = AttentionRule { scale: 8.0 / score.max(1e-9), reach };
            let off = 8.0f32 * (1.0 / 127.0 + 1.0 / 254.0 / 254.0);
            let found = attended_in_bytes(isa, &qkv, dim, rule, 0..num_rows);
            let expected = attended(Isa::Reference, &qkv, dim, rule, 0..num_rows);
            // A weight changes by e to twice that against the largest, and by half a step of 1/255 of it; both may move its
            // share of the sum, which is at least one such weight. A value is off by half a step.
            let num_keys = reach.map_or(num_rows, |reach| num_rows.min(2 * reach + 1)) as f32;
            let moved = 2.0 * ((2.0 * off).exp() - 1.0) + 2.0 * num_keys * 0.5 / 255.0;
            let bound = largest * (moved.min(2.0) + 1.0 / 254.0) + 1e-5;
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() <= bound, "{found} for {expected} ± {bound}");
            }
            if reach.is_none() {
                let half = attended_in_bytes(isa, &qkv, dim, rule, num_rows / 2..num_rows);
                assert_eq!(half, found[num_rows / 2 * dim..]);
            }
            // A score far above all others leaves nothing but the value of its key, here each token's own.
            let own: Vec<f32> =
                (0..num_rows * num_rows).map(|at| if at % (num_rows + 1) == 0 { 1.0 } else { 0.0 }).collect();
            let mut head = ByteHeadAttention::new(isa);
            let values = Matrix::columns(&qkv, 3 * dim, 0..dim);
            head.set(Matrix::new(&own, num_rows), values);
            let mut out = vec![f32::NAN; num_rows * dim];
            let rule = AttentionRule { scale: 30.0, reach };
            head.attend(Matrix::new(&own, num_rows), rule, &mut MatrixMut::new(&mut out, dim));
            for (row, found) in out.chunks_exact(dim).enumerate() {
                for (found, expected) in found.iter().zip(values.row(row)) {
                    let step = largest / 254.0 + 1e-6;
                    assert!((found - expected).abs() <= step, "{found} for {expected} ± {step}");
                }
            }
        }
    });
}

fn activations_are_quantized(isa: Isa) {
    check(|shape| {
        let width = shape.num_inputs;
        let source: Vec<f32> = shape.input().iter().map(|value| value * 4.0).collect();
        let (mut values, mut rows) = (source.clone(), ByteRows::default());
        // Memory of another shape is used again.
        rows.quantize(isa, Matrix::new(&[1.0; 90], 30));
        rows.quantize_gelu(isa, &mut values, width);
        assert_eq!((rows.num_rows(), rows.num_columns()), (shape.num_rows, width));
        for (row, source) in source.chunks_exact(width).enumerate() {
            let scale = rows.scales()[row];
            for (&code, &value) in rows.codes(row).iter().zip(source) {
                let exact = exact_gelu(value);
                let found = scale * (f32::from(code) - 128.0);
                let bound = 4e-5 + 0.501 * scale;
                assert!(
                    (f64::from(found) - exact).abs() <= f64::from(bound),
                    "{found} for {exact} ± {bound}"
                );
            }
        }
    });
}

/// `x·Φ(x)`, integrated by Simpson's rule.
fn exact_gelu(x: f32) -> f64 {
    let (x, steps) = (f64::from(x).clamp(-12.0, 12.0), 2000);
    let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let width = x / f64::from(steps);
    let inner = (1..steps).map(|at| density(f64::from(at) * width) * if at % 2 == 1 { 4.0 } else { 2.0 });
    let area = (density(0.0) + inner.sum::<f64>() + density(x)) * width / 3.0;
    x * (0.5 + area)
}

fn gates_multiply(isa: Isa) {
    check(|shape| {
        let width = shape.num_outputs;
        let rows = shape.values(shape.num_rows, 2 * width, 9);
        let mut out = vec![f32::NAN; shape.num_rows * width];
        gated_gelu(isa, &rows, width, &mut out);
        let mut expected = vec![f32::NAN; out.len()];
        gated_gelu(Isa::Reference, &rows, width, &mut expected);
        assert_eq!(out, expected);
        assert!(
            out.iter()
                .zip(rows.chunks_exact(2 * width).flat_map(|row| &row[width..]))
                .all(|(out, up)| out.abs() <= up.abs())
        );
    });
}

#[test]
fn nothing_times_anything_is_nothing() {
    for isa in Isa::available() {
        let mut panels = FloatPanels::new(isa);
        panels.pack_rows(Matrix::new(&[1.0, 2.0], 2));
        let mut out = [];
        panels.product(Matrix::new(&[], 2), Activation::Gelu, &mut MatrixMut::new(&mut out, 1));
        let mut rows = ByteRows::default();
        rows.quantize(isa, Matrix::new(&[0.0, 0.0, 1e-45, -1e-45], 2));
        assert_eq!((rows.num_rows(), rows.scales()[0], rows.codes(0)), (2, 0.0, &[128, 128][..]));
    }
}
