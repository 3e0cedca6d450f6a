use super::layer::Layer;
use super::{
    LemurEncoder, LemurError, LemurFeatures, LemurForm, LemurParams, LemurSample, MAX_FEATURES, MAX_SAMPLES,
};
use pleiad_kernels::{Isa, f16_to_f32, f32_to_f16_bits};
use pleiad_vectors::MAX_DIM;

/// First bytes of stored samples: a name and the version of the content.
const MAGIC: [u8; 8] = *b"PLLEMUR1";

/// First bytes of trained layers.
const LAYER_MAGIC: [u8; 8] = *b"PLLEMUL1";

/// Magic, `dim` and `num_samples` or `num_features` as `u32`.
const HEADER_BYTES: usize = 16;

impl LemurSample {
    /// Bytes that [`LemurSample::write_to`] appends.
    pub fn stored_bytes(&self) -> usize {
        HEADER_BYTES + self.num_samples() * (2 * self.dim + 4)
    }

    /// Appends the sample: magic `PLLEMUR1`, `dim` and `num_samples` as `u32`, the tokens as binary16, then the mean
    /// maxima as `f32`, everything little-endian. Whoever keeps it adds a checksum.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        bytes.reserve(self.stored_bytes());
        bytes.extend(MAGIC);
        // Both are bounded by what `LemurParams` allows.
        bytes.extend((self.dim as u32).to_le_bytes());
        bytes.extend((self.num_samples() as u32).to_le_bytes());
        bytes.extend(self.tokens.iter().flat_map(|&v| f32_to_f16_bits(v).to_le_bytes()));
        bytes.extend(self.mean_maxima.iter().flat_map(|v| v.to_le_bytes()));
    }

    /// Reads what [`LemurSample::write_to`] wrote.
    ///
    /// # Errors
    /// [`LemurError::Stored`] for anything else: nothing is allocated before the length is known to fit.
    pub fn read_from(bytes: &[u8]) -> Result<Self, LemurError> {
        let refuse = |reason| Err(LemurError::Stored { reason });
        let Some((dim, num_samples, rest)) = header_of(bytes, MAGIC) else {
            return refuse("it does not begin with PLLEMUR1 and a header");
        };
        if !(1..=MAX_DIM).contains(&dim) || !(1..=MAX_SAMPLES).contains(&num_samples) {
            return refuse("its dimension or its number of tokens is out of range");
        }
        let num_samples = num_samples as usize;
        if rest.len() != num_samples * (2 * dim + 4) {
            return refuse("its length is not that of its tokens");
        }
        let (halves, means) = rest.split_at(2 * dim * num_samples);
        let mut tokens = vec![0.0; dim * num_samples];
        f16_to_f32(Isa::best(), halves, &mut tokens);
        let mean_maxima = floats(means);
        if tokens.iter().chain(&mean_maxima).any(|v| !v.is_finite()) {
            return refuse("a value is not finite");
        }
        Ok(Self { dim, tokens, mean_maxima })
    }
}

/// The two numbers of a header that begins with `magic`, and what follows it.
fn header_of(bytes: &[u8], magic: [u8; 8]) -> Option<(usize, u32, &[u8])> {
    let (header, rest) = bytes.split_at_checked(HEADER_BYTES)?;
    let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    (header[..8] == magic).then(|| (number(8) as usize, number(12), rest))
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|&word| f32::from_le_bytes(word)).collect()
}

impl Layer {
    /// Appends magic `PLLEMUL1`, `dim` and `num_features` as `u32`, then weights, bias, scale and shift as `f32`.
    fn write_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend(LAYER_MAGIC);
        // Both are bounded by what `LemurParams` allows.
        bytes.extend((self.dim as u32).to_le_bytes());
        bytes.extend((self.num_features() as u32).to_le_bytes());
        let values = [&self.weights, &self.bias, &self.scale, &self.shift].into_iter().flatten();
        bytes.extend(values.flat_map(|v| v.to_le_bytes()));
    }

    /// Reads what [`Layer::write_to`] wrote, and gives what follows it.
    fn read_from(bytes: &[u8]) -> Result<(Self, &[u8]), LemurError> {
        let refuse = |reason| Err(LemurError::Stored { reason });
        let Some((dim, num_features, rest)) = header_of(bytes, LAYER_MAGIC) else {
            return refuse("it does not begin with PLLEMUL1 and a header");
        };
        if !(1..=MAX_DIM).contains(&dim) || !(1..=MAX_FEATURES).contains(&num_features) {
            return refuse("the dimension or the number of features of its layer is out of range");
        }
        let num_features = num_features as usize;
        let Some((values, rest)) = rest.split_at_checked(4 * num_features * (dim + 3)) else {
            return refuse("it is shorter than its layer");
        };
        let mut weights = floats(values);
        if weights.iter().any(|v| !v.is_finite()) {
            return refuse("a value of its layer is not finite");
        }
        let shift = weights.split_off(num_features * (dim + 2));
        let scale = weights.split_off(num_features * (dim + 1));
        let bias = weights.split_off(num_features * dim);
        Ok((Self { dim, weights, bias, scale, shift }, rest))
    }
}

impl LemurFeatures {
    /// Appends the trained layer: magic `PLLEMUL1`, `dim` and `num_features` as `u32`, weights `[num_features, dim]`, then
    /// bias, scale and shift of each feature, all as `f32`, little-endian. Of half-planes there is nothing to keep.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        if let Some(layer) = self.layer() {
            layer.write_to(bytes);
        }
    }

    /// Makes the features of parameters for tokens of `dim` values from what [`LemurFeatures::write_to`] or
    /// [`LemurEncoder::write_to`] wrote: all that a query needs.
    ///
    /// # Errors
    /// [`LemurError::Parameter`], or [`LemurError::Stored`] when trained ones are damaged or of another shape.
    pub fn read_from(dim: usize, params: &LemurParams, bytes: &[u8]) -> Result<Self, LemurError> {
        Ok(Self::read_with_rest(dim, params, bytes)?.0)
    }

    fn read_with_rest<'a>(
        dim: usize,
        params: &LemurParams,
        bytes: &'a [u8],
    ) -> Result<(Self, &'a [u8]), LemurError> {
        if params.form == LemurForm::HalfPlanes {
            return Ok((Self::half_planes(dim, params)?, bytes));
        }
        let (layer, rest) = Layer::read_from(bytes)?;
        layer.check_shape(dim, params.num_features)?;
        Ok((Self::trained(layer, Isa::best()), rest))
    }
}

impl LemurEncoder {
    /// Appends all that was learned, as [`LemurFeatures::write_to`] and [`LemurSample::write_to`] do.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        self.features().write_to(bytes);
        self.sample().write_to(bytes);
    }

    /// Reads what [`LemurEncoder::write_to`] wrote and prepares to fit documents, as [`LemurEncoder::new`] does.
    ///
    /// # Errors
    /// As [`LemurFeatures::read_from`], [`LemurSample::read_from`] and [`LemurEncoder::new`].
    pub fn read_from(dim: usize, params: &LemurParams, bytes: &[u8]) -> Result<Self, LemurError> {
        let (features, rest) = LemurFeatures::read_with_rest(dim, params, bytes)?;
        Self::new(features, LemurSample::read_from(rest)?)
    }
}
