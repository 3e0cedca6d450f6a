use super::{CountSketch, FdeMatrices, FdeParams};

const STATE_WORDS: usize = 624;
const SHIFT_WORDS: usize = 397;

/// The random numbers of Google's implementation built with GNU libstdc++ 12: `std::mt19937` and the three
/// distributions drawn from it. Bit for bit where the platform's `logf`, which the standard library calls, is glibc's;
/// elsewhere a normal value may be off by a unit or two in the last place.
///
/// Matsumoto and Nishimura, "Mersenne Twister" (ACM TOMACS 1998).
#[derive(Debug, Clone)]
pub struct ReferenceStream {
    state: [u32; STATE_WORDS],
    next: usize,
    spare: Option<f32>,
}

impl ReferenceStream {
    /// The stream of a seed.
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; STATE_WORDS];
        for i in 1..STATE_WORDS {
            let previous = state[i - 1];
            state[i] = (previous ^ (previous >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Self { state, next: STATE_WORDS, spare: None }
    }

    fn refill(&mut self) {
        for i in 0..STATE_WORDS {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % STATE_WORDS] & 0x7fff_ffff);
            let twist = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + SHIFT_WORDS) % STATE_WORDS] ^ (y >> 1) ^ twist;
        }
        self.next = 0;
    }

    /// The next 32 bits: `std::mt19937::operator()`.
    pub fn next_u32(&mut self) -> u32 {
        if self.next == STATE_WORDS {
            self.refill();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// `generate_canonical<float>` stretched to `[-1, 1)`, with the rounding of the C++ expression
    /// `2 * a - 1.0`: the product in single, the difference in double precision.
    fn symmetric(&mut self) -> f32 {
        let unit = (self.next_u32() as f32 / 4_294_967_296.0).min(1.0f32.next_down());
        (f64::from(2.0 * unit) - 1.0) as f32
    }

    /// `std::normal_distribution<float>(0, 1)`: the polar method; of each pair the second value comes first.
    pub fn gaussian(&mut self) -> f32 {
        if let Some(value) = self.spare.take() {
            return value;
        }
        loop {
            let (x, y) = (self.symmetric(), self.symmetric());
            let r2 = x * x + y * y;
            if r2 > 0.0 && r2 <= 1.0 {
                let scale = (-2.0 * r2.ln() / r2).sqrt();
                self.spare = Some(x * scale);
                return y * scale;
            }
        }
    }

    /// `std::uniform_int_distribution(0, bound - 1)` for a bound of at least 1 (Lemire's method). Unlike other
    /// libraries it draws a word for a bound of 1, too.
    pub fn below(&mut self, bound: u32) -> u32 {
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u64::from(self.next_u32()) * u64::from(bound);
            if product as u32 >= threshold {
                return (product >> 32) as u32;
            }
        }
    }

    /// `std::bernoulli_distribution(0.5)`: two words make one double, low word first.
    pub fn coin(&mut self) -> bool {
        let (low, high) = (f64::from(self.next_u32()), f64::from(self.next_u32()));
        (low + high * 4_294_967_296.0) / 18_446_744_073_709_551_616.0 < 0.5
    }

    /// A count sketch as the reference draws it: column, then sign, for each input.
    pub fn sketch(&mut self, num_inputs: usize, num_columns: u32) -> CountSketch {
        let entries = (0..num_inputs).map(|_| {
            let column = self.below(num_columns);
            (column, !self.coin())
        });
        CountSketch::collect(num_columns as usize, entries)
    }
}

/// The reference's matrices: repetition `r` draws both of its matrices afresh from `seed + r`, and the final sketch
/// comes from `seed` again.
pub(super) fn matrices(dim: usize, params: &FdeParams) -> FdeMatrices {
    // `fde_dim` has checked that the seed fits.
    let seed_of = |repetition: u32| (params.seed as u32).wrapping_add(repetition);
    let num_values = params.simhash_projections as usize * dim;
    let mut hyperplanes = Vec::with_capacity(params.repetitions as usize * num_values);
    for repetition in 0..params.repetitions {
        let mut stream = ReferenceStream::new(seed_of(repetition));
        hyperplanes.extend((0..num_values).map(|_| stream.gaussian()));
    }
    let inner = match params.projection_dim {
        None => Vec::new(),
        Some(columns) => (0..params.repetitions)
            .map(|repetition| ReferenceStream::new(seed_of(repetition)).sketch(dim, columns))
            .collect(),
    };
    let last = params
        .final_projection_dim
        .map(|columns| ReferenceStream::new(seed_of(0)).sketch(params.unprojected_dim(dim), columns));
    FdeMatrices { hyperplanes, inner, last }
}
