/// The origin of all randomness: passed in by the caller, never taken from the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

/// Version 1 of the portable generator: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) and, on it, Marsaglia's
/// polar method with a logarithm from `libm`, so that the same seed gives the same bits on every platform.
///
/// Stored data depends on these streams: a change is a new version, never an edit.
#[derive(Debug, Clone)]
pub struct Generator {
    state: u64,
    spare: Option<f32>,
}

const GOLDEN_GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Seed {
    /// An independent seed for one purpose: equal labels give equal seeds.
    #[must_use]
    pub fn derive(self, label: u64) -> Self {
        Self(mix(mix(self.0.wrapping_add(GOLDEN_GAMMA)) ^ mix(label.wrapping_mul(GOLDEN_GAMMA) ^ !self.0)))
    }

    /// The stream of numbers that belongs to this seed.
    pub fn generator(self) -> Generator {
        Generator { state: self.0, spare: None }
    }
}

impl Generator {
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        mix(self.state)
    }

    /// Uniform in `0..bound`, without bias (Lemire's method); 0 when `bound` is 0 or 1.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound < 2 {
            return 0;
        }
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let wide = u128::from(self.next_u64()) * u128::from(bound);
            if wide as u64 >= threshold {
                return (wide >> 64) as u64;
            }
        }
    }

    /// Uniform in `[0, 1)`, with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A fair coin.
    pub fn coin(&mut self) -> bool {
        self.next_u64() >> 63 == 1
    }

    /// A standard normal value.
    pub fn gaussian(&mut self) -> f32 {
        if let Some(value) = self.spare.take() {
            return value;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let r2 = x * x + y * y;
            if r2 > 0.0 && r2 <= 1.0 {
                let scale = (-2.0 * libm::log(r2) / r2).sqrt();
                self.spare = Some((y * scale) as f32);
                return (x * scale) as f32;
            }
        }
    }

    /// Shuffles in place (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_never_change() {
        // The first value for seed 0 is SplitMix64's published one; the others pin version 1.
        assert_eq!(Seed(0).generator().next_u64(), 0xE220_A839_7B1D_CDAF);
        let mut g = Seed(42).generator();
        let bits: Vec<u32> = (0..4).map(|_| g.gaussian().to_bits()).collect();
        assert_eq!(bits, PINNED_GAUSSIANS);
        assert_eq!(Seed(1).derive(2), Seed(PINNED_DERIVED));
    }

    const PINNED_GAUSSIANS: [u32; 4] = [1_056_728_071, 3_207_703_131, 3_215_194_712, 3_211_185_268];
    const PINNED_DERIVED: u64 = 7_012_592_705_682_877_719;

    #[test]
    fn gaussians_have_the_right_moments() {
        let mut g = Seed(7).generator();
        let values: Vec<f64> = (0..100_000).map(|_| f64::from(g.gaussian())).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }

    #[test]
    fn below_covers_its_range_evenly() {
        let mut g = Seed(3).generator();
        let mut counts = [0u32; 7];
        for _ in 0..70_000 {
            counts[g.below(7) as usize] += 1;
        }
        assert!(counts.iter().all(|&c| (9_600..10_400).contains(&c)), "{counts:?}");
        assert_eq!((g.below(0), g.below(1)), (0, 0));
    }

    #[test]
    fn derived_seeds_differ() {
        let mut seen: Vec<u64> =
            (0..50u64).flat_map(|s| (0..50u64).map(move |l| Seed(s).derive(l).0)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 2500);
    }
}
