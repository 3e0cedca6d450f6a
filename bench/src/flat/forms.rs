use crate::code_sets::CodeSet;
use pleiad_kernels::{Isa, dot_bits_i8};

/// Values of the default encoding: repetitions, partitions, dimensions of a block.
const SHAPE: [usize; 3] = [40, 16, 16];

/// A part of an encoding, and how finely a query meets it.
pub struct Form {
    pub name: String,
    /// Dimensions of the encoding.
    pub dims: Vec<usize>,
    /// Largest magnitude of a value of the query.
    pub steps: f32,
}

impl Form {
    /// All values of the first repetitions.
    fn repetitions(num: usize, steps: f32) -> Self {
        let values = num * SHAPE[1] * SHAPE[2];
        Self { name: format!("first {num} repetitions{}", query(steps)), dims: (0..values).collect(), steps }
    }

    /// The first dimensions of every block of the first repetitions.
    fn thin(num: usize, width: usize) -> Self {
        let blocks = 0..num * SHAPE[1];
        let dims = blocks.flat_map(|block| block * SHAPE[2]..block * SHAPE[2] + width).collect();
        Self { name: format!("{width} dims of each block of {num} repetitions"), dims, steps: 127.0 }
    }

    /// Every value, first: what the others are held against.
    pub fn all() -> Vec<Self> {
        let mut forms = vec![Self::repetitions(40, 127.0)];
        forms.extend([2, 4, 8, 16].map(|num| Self::repetitions(num, 127.0)));
        forms.extend([(8, 8), (16, 4), (40, 2), (32, 4), (40, 4)].map(|(num, width)| Self::thin(num, width)));
        forms.extend(
            [(4, 7.0), (8, 7.0), (4, 1.0), (8, 1.0)].map(|(num, steps)| Self::repetitions(num, steps)),
        );
        forms
    }

    /// Bytes of a document's part, without the length of its tokens.
    pub fn bytes(&self) -> usize {
        self.dims.len() / 8
    }

    /// Part of every document, back to back.
    pub fn gather(&self, set: &CodeSet) -> Vec<u8> {
        let bytes = self.bytes();
        let mut parts = vec![0u8; set.num_documents() * bytes];
        for (row, part) in set.codes.chunks_exact(set.codec.bytes()).zip(parts.chunks_exact_mut(bytes)) {
            for (at, &dim) in self.dims.iter().enumerate() {
                part[at / 8] |= (row[dim / 8] >> (dim % 8) & 1) << (at % 8);
            }
        }
        parts
    }

    /// Part of a query, in whole steps.
    pub fn of_query(&self, fde: &[f32]) -> Vec<i8> {
        let values: Vec<f32> = self.dims.iter().map(|&dim| fde[dim]).collect();
        let largest = values.iter().fold(0.0f32, |largest, v| largest.max(v.abs())).max(f32::MIN_POSITIVE);
        let in_steps = |value: &f32| match self.steps {
            1.0 => value.partial_cmp(&0.0).map_or(0, |order| order as i8),
            steps => (value / largest * steps).round() as i8,
        };
        values.iter().map(in_steps).collect()
    }

    /// Scores of every document with a query, up to a factor.
    pub fn scores(&self, parts: &[u8], lengths: &[f32], query: &[i8]) -> Vec<f32> {
        let base = query.iter().map(|&step| i32::from(step)).sum::<i32>();
        let score = |part: &[u8]| (2 * dot_bits_i8(Isa::best(), part, query) - base) as f32;
        parts.chunks_exact(self.bytes()).zip(lengths).map(|(part, length)| score(part) * length).collect()
    }
}

fn query(steps: f32) -> String {
    match steps {
        127.0 => String::new(),
        1.0 => ", query of signs".to_owned(),
        steps => format!(", query of {} steps", 2.0 * steps + 1.0),
    }
}
