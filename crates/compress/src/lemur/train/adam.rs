/// Values that are learned by Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1), and what it remembers of their gradients.
pub(super) struct Learned {
    pub(super) values: Vec<f32>,
    pub(super) gradient: Vec<f32>,
    mean: Vec<f32>,
    square: Vec<f32>,
}

const MEAN_KEPT: f32 = 0.9;
const SQUARE_KEPT: f32 = 0.999;
const EPSILON: f32 = 1e-8;

impl Learned {
    pub(super) fn new(values: Vec<f32>) -> Self {
        let zeros = vec![0.0; values.len()];
        Self { gradient: zeros.clone(), mean: zeros.clone(), square: zeros, values }
    }

    /// Squared length of the gradient.
    pub(super) fn gradient_square(&self) -> f32 {
        self.gradient.iter().map(|g| g * g).sum()
    }

    /// Step number `number`, from 1, along the gradient times `shorter`.
    pub(super) fn step(&mut self, number: i32, rate: f32, shorter: f32) {
        let rate = rate / (1.0 - MEAN_KEPT.powi(number));
        let unbias = 1.0 / (1.0 - SQUARE_KEPT.powi(number));
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for ((value, gradient), (mean, square)) in self.values.iter_mut().zip(&self.gradient).zip(moments) {
            let gradient = gradient * shorter;
            *mean = MEAN_KEPT * *mean + (1.0 - MEAN_KEPT) * gradient;
            *square = SQUARE_KEPT * *square + (1.0 - SQUARE_KEPT) * gradient * gradient;
            *value -= rate * *mean / ((*square * unbias).sqrt() + EPSILON);
        }
    }
}
