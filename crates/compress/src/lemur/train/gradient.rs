use super::training_set::Examples;
use crate::kmeans::{Spread, collect};
use crate::lemur::layer::{EPSILON, Layer, small};
use crate::lemur::products::transposed;
use pleiad_kernels::{Activation, FloatPanels, Isa, Matrix, MatrixMut};
use pleiad_vectors::Generator;

/// Longest gradient that is followed as it is.
const MAX_GRADIENT: f32 = 0.5;

/// Rows of a product that are one task.
const TASK_ROWS: usize = 32;

/// The layer that is trained, and what stands behind it: each document's score as a weighted sum of the features.
pub(super) struct Network {
    dim: usize,
    num_steps: i32,
    /// As those of [`Layer`].
    pub(super) weights: Learned,
    pub(super) bias: Learned,
    pub(super) scale: Learned,
    pub(super) shift: Learned,
    /// `[num_documents, num_features]`.
    pub(super) outputs: Learned,
    /// `[num_documents]`.
    pub(super) offsets: Learned,
}

/// Intermediate values of a batch in the forward pass.
struct Forward {
    /// `LN(W u + bias)`, `[num_tokens, num_features]`.
    normal: Vec<f32>,
    /// Inverse of the divisor of each token's values.
    inverse: Vec<f32>,
    /// `[num_tokens, num_features]`.
    features: Vec<f32>,
    /// Estimates less the scores, `[num_tokens, num_documents]`.
    errors: Vec<f32>,
}

impl Network {
    pub(super) fn new(layer: Layer, num_documents: usize, generator: &mut Generator) -> Self {
        let num_features = layer.num_features();
        let outputs = small(num_documents * num_features, num_features, generator);
        let offsets = small(num_documents, num_features, generator);
        Self {
            dim: layer.dim,
            num_steps: 0,
            weights: Learned::new(layer.weights),
            bias: Learned::new(layer.bias),
            scale: Learned::new(layer.scale),
            shift: Learned::new(layer.shift),
            outputs: Learned::new(outputs),
            offsets: Learned::new(offsets),
        }
    }

    /// The part that is kept.
    pub(super) fn layer(&self) -> Layer {
        let [weights, bias, scale, shift] =
            [&self.weights, &self.bias, &self.scale, &self.shift].map(|learned| learned.values.clone());
        Layer { dim: self.dim, weights, bias, scale, shift }
    }

    /// Mean squared error.
    pub(super) fn loss(&self, examples: &Examples, isa: Isa, spread: Spread<'_>) -> f64 {
        let errors = self.forward(examples, isa, spread).errors;
        errors.iter().map(|&error| f64::from(error).powi(2)).sum::<f64>() / errors.len() as f64
    }

    /// Learns from a batch.
    pub(super) fn step(&mut self, batch: &Examples, rate: f32, isa: Isa, spread: Spread<'_>) {
        self.differentiate(batch, isa, spread);
        let length = self.all().map(|learned| learned.gradient_square()).iter().sum::<f32>().sqrt();
        let shorter = (MAX_GRADIENT / length).min(1.0);
        self.num_steps += 1;
        let number = self.num_steps;
        self.all().into_iter().for_each(|learned| learned.step(number, rate, shorter));
    }

    fn all(&mut self) -> [&mut Learned; 6] {
        let Self { weights, bias, scale, shift, outputs, offsets, .. } = self;
        [weights, bias, scale, shift, outputs, offsets]
    }

    fn forward(&self, batch: &Examples, isa: Isa, spread: Spread<'_>) -> Forward {
        let num_features = self.bias.values.len();
        let layer = packed_rows(isa, &self.weights.values, self.dim, &self.bias.values);
        let mut normal = product(&layer, &batch.directions, spread);
        let inverse = normal.chunks_exact_mut(num_features).map(normalize).collect();
        let mut features = normal.clone();
        for row in features.chunks_exact_mut(num_features) {
            for ((value, scale), shift) in row.iter_mut().zip(&self.scale.values).zip(&self.shift.values) {
                *value = (*value * scale + shift).max(0.0);
            }
        }
        let outputs = packed_rows(isa, &self.outputs.values, num_features, &self.offsets.values);
        let mut errors = product(&outputs, &features, spread);
        errors.iter_mut().zip(&batch.scores).for_each(|(error, score)| *error -= score);
        Forward { normal, inverse, features, errors }
    }

    /// Gradients of the mean squared error over a batch.
    pub(super) fn differentiate(&mut self, batch: &Examples, isa: Isa, spread: Spread<'_>) {
        let (num_features, num_documents) = (self.bias.values.len(), batch.num_documents);
        let Forward { normal, inverse, features, mut errors } = self.forward(batch, isa, spread);
        let share = 2.0 / errors.len() as f32;
        errors.iter_mut().for_each(|error| *error *= share);
        self.offsets.gradient = column_sums(&errors, num_documents);
        let panels = packed_columns(isa, &features, num_features);
        self.outputs.gradient = product(&panels, &transposed(&errors, num_documents), spread);
        let panels = packed_columns(isa, &self.outputs.values, num_features);
        let mut slopes = product(&panels, &errors, spread);
        // Where a feature is zero it stays so.
        slopes.iter_mut().zip(&features).for_each(|(slope, &feature)| {
            if feature <= 0.0 {
                *slope = 0.0;
            }
        });
        self.shift.gradient = column_sums(&slopes, num_features);
        let scaled: Vec<f32> = slopes.iter().zip(&normal).map(|(slope, normal)| slope * normal).collect();
        self.scale.gradient = column_sums(&scaled, num_features);
        let rows = slopes.chunks_exact_mut(num_features).zip(normal.chunks_exact(num_features));
        for ((slopes, normal), inverse) in rows.zip(inverse) {
            slopes.iter_mut().zip(&self.scale.values).for_each(|(slope, scale)| *slope *= scale);
            before_normalization(slopes, normal, inverse);
        }
        self.bias.gradient = column_sums(&slopes, num_features);
        let panels = packed_columns(isa, &batch.directions, self.dim);
        self.weights.gradient = product(&panels, &transposed(&slopes, num_features), spread);
    }
}

/// Brings a token's values to mean 0 and variance 1 and tells by what they were multiplied.
fn normalize(values: &mut [f32]) -> f32 {
    let num = values.len() as f32;
    let mean = values.iter().sum::<f32>() / num;
    values.iter_mut().for_each(|value| *value -= mean);
    let variance = values.iter().map(|v| v * v).sum::<f32>() / num;
    let inverse = 1.0 / (variance + EPSILON).sqrt();
    values.iter_mut().for_each(|value| *value *= inverse);
    inverse
}

/// Slopes of normalized values become those of the values that came in.
fn before_normalization(slopes: &mut [f32], normal: &[f32], inverse: f32) {
    let num = slopes.len() as f32;
    let mean = slopes.iter().sum::<f32>() / num;
    let along = slopes.iter().zip(normal).map(|(slope, normal)| slope * normal).sum::<f32>() / num;
    slopes
        .iter_mut()
        .zip(normal)
        .for_each(|(slope, normal)| *slope = inverse * (*slope - mean - normal * along));
}

fn packed_rows(isa: Isa, rows: &[f32], num_inputs: usize, bias: &[f32]) -> FloatPanels {
    let mut panels = FloatPanels::new(isa);
    panels.pack_rows(Matrix::new(rows, num_inputs));
    panels.set_bias(bias);
    panels
}

fn packed_columns(isa: Isa, columns: &[f32], num_outputs: usize) -> FloatPanels {
    let mut panels = FloatPanels::new(isa);
    panels.pack_columns(Matrix::new(columns, num_outputs));
    panels
}

/// Rows times what is packed, `[num_rows, num_outputs]`.
fn product(panels: &FloatPanels, rows: &[f32], spread: Spread<'_>) -> Vec<f32> {
    let parts: Vec<&[f32]> = rows.chunks(TASK_ROWS * panels.num_inputs()).collect();
    let of_part = |at: usize| {
        let input = Matrix::new(parts[at], panels.num_inputs());
        let mut out = vec![0.0; input.num_rows() * panels.num_outputs()];
        panels.product(input, Activation::Identity, &mut MatrixMut::new(&mut out, panels.num_outputs()));
        out
    };
    collect(parts.len(), &of_part, spread).concat()
}

fn column_sums(rows: &[f32], num_columns: usize) -> Vec<f32> {
    let mut sums = vec![0.0; num_columns];
    for row in rows.chunks_exact(num_columns) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    sums
}

/// Values that are learned by Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1), and what it remembers of their gradients.
pub(super) struct Learned {
    pub(super) values: Vec<f32>,
    pub(super) gradient: Vec<f32>,
    mean: Vec<f32>,
    square: Vec<f32>,
}

const MEAN_KEPT: f32 = 0.9;
const SQUARE_KEPT: f32 = 0.999;
const ADAM_EPSILON: f32 = 1e-8;

impl Learned {
    fn new(values: Vec<f32>) -> Self {
        let zeros = vec![0.0; values.len()];
        Self { gradient: zeros.clone(), mean: zeros.clone(), square: zeros, values }
    }

    /// Squared length of the gradient.
    fn gradient_square(&self) -> f32 {
        self.gradient.iter().map(|g| g * g).sum()
    }

    /// Step number `number`, from 1, along the gradient times `shorter`.
    fn step(&mut self, number: i32, rate: f32, shorter: f32) {
        let rate = rate / (1.0 - MEAN_KEPT.powi(number));
        let unbias = 1.0 / (1.0 - SQUARE_KEPT.powi(number));
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for ((value, gradient), (mean, square)) in self.values.iter_mut().zip(&self.gradient).zip(moments) {
            let gradient = gradient * shorter;
            *mean = MEAN_KEPT * *mean + (1.0 - MEAN_KEPT) * gradient;
            *square = SQUARE_KEPT * *square + (1.0 - SQUARE_KEPT) * gradient * gradient;
            *value -= rate * *mean / ((*square * unbias).sqrt() + ADAM_EPSILON);
        }
    }
}
