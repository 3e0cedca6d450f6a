//! Centroids of residual codes, rotated and in bytes, and the numbers that name them.

use super::CodecError;
use super::rotate::Rotation;
use crate::kmeans::{KMeansError, TokenCentroids, in_order};
use pleiad_kernels::{Activation, BytePanels, ByteRows, Isa, Matrix, MatrixMut};
use pleiad_vectors::MultiVectorRef;
use std::sync::Arc;

/// A byte that stands for zero.
const ZERO: f32 = 128.0;

/// Centroids of a collection as its token codes know them.
///
/// They are rotated as tokens are, and brought to one byte a value: 127 steps either way of their largest. Tokens are
/// coded by how they differ from *these* values, so that the rounding loses nothing, and a query meets the bytes.
#[derive(Debug)]
pub(super) struct CodedCentroids {
    learned: Arc<TokenCentroids>,
    rotated: ByteRows,
}

/// Everything follows from what was learned.
impl PartialEq for CodedCentroids {
    fn eq(&self, other: &Self) -> bool {
        self.learned == other.learned
    }
}

impl CodedCentroids {
    /// Cost: a rotation of each.
    pub(super) fn new(learned: Arc<TokenCentroids>) -> Self {
        let dim = learned.dim();
        let (rotation, mut values) = (Rotation::new(dim), learned.centroids().values().to_vec());
        values.chunks_exact_mut(dim).for_each(|row| rotation.forward(row));
        let mut rotated = ByteRows::default();
        rotated.quantize(Isa::best(), Matrix::new(&values, dim));
        Self { learned, rotated }
    }

    /// Values of each.
    pub(super) fn dim(&self) -> usize {
        self.learned.dim()
    }

    /// Bits that name one of them.
    pub(super) fn number_bits(&self) -> usize {
        (usize::BITS - (self.learned.num_centroids() - 1).leading_zeros()) as usize
    }

    /// Takes the nearest centroid off each token, of which `rotated` are the rotated values, and says which it was.
    ///
    /// Cost: `num_tokens · num_centroids · dim` multiply-adds.
    pub(super) fn take_off(
        &self,
        tokens: MultiVectorRef<'_>,
        rotated: &mut [f32],
    ) -> Result<Vec<u16>, KMeansError> {
        let nearest = self.learned.centroids().assign(tokens.data(), Isa::best(), &in_order)?;
        // There are no more than 16 bits name.
        let numbers: Vec<u16> = nearest.iter().map(|nearest| nearest.centroid as u16).collect();
        for (row, &number) in rotated.chunks_exact_mut(self.dim()).zip(&numbers) {
            row.iter_mut().zip(self.values(number)).for_each(|(value, centroid)| *value -= centroid);
        }
        Ok(numbers)
    }

    /// Puts the centroids back.
    pub(super) fn put_back(&self, numbers: &[u16], rotated: &mut [f32]) {
        for (row, &number) in rotated.chunks_exact_mut(self.dim()).zip(numbers) {
            row.iter_mut().zip(self.values(number)).for_each(|(value, centroid)| *value += centroid);
        }
    }

    fn values(&self, number: u16) -> impl Iterator<Item = f32> {
        let scale = self.rotated.scales()[usize::from(number)];
        self.rotated.codes(usize::from(number)).iter().map(move |&code| (f32::from(code) - ZERO) * scale)
    }

    /// Similarities of every centroid with the tokens of a rotated query, in bytes too: `[num_centroids, num_tokens]`, the same
    /// bits on every machine.
    ///
    /// Cost: `num_centroids · num_tokens · dim` multiply-adds of bytes.
    pub(super) fn starts(&self, isa: Isa, query: &[f32]) -> Vec<f32> {
        let num_tokens = query.len() / self.dim();
        let mut starts = vec![0.0; self.learned.num_centroids() * num_tokens];
        if num_tokens > 0 {
            let panels = BytePanels::new(isa, Matrix::new(query, self.dim()), &vec![0.0; num_tokens]);
            let mut out = MatrixMut::new(&mut starts, num_tokens);
            panels.product(&self.rotated, Activation::Identity, &mut out);
        }
        starts
    }

    /// Appends numbers, each in as few bits as all need, the lowest first; the bits that fill the last byte are zero.
    pub(super) fn push_numbers(&self, numbers: &[u16], bytes: &mut Vec<u8>) {
        let (mut waiting, mut num_waiting) = (0u32, 0);
        for &number in numbers {
            waiting |= u32::from(number) << num_waiting;
            num_waiting += self.number_bits();
            while num_waiting >= 8 {
                bytes.push(waiting as u8);
                (waiting, num_waiting) = (waiting >> 8, num_waiting - 8);
            }
        }
        if num_waiting > 0 {
            bytes.push(waiting as u8);
        }
    }

    /// Replaces `numbers` by those of so many tokens, of which there must be enough bytes.
    ///
    /// # Errors
    /// [`CodecError::NoSuchCentroid`].
    pub(super) fn read_numbers(
        &self,
        bytes: &[u8],
        num_tokens: usize,
        numbers: &mut Vec<u16>,
    ) -> Result<(), CodecError> {
        let (number_bits, num_centroids) = (self.number_bits(), self.learned.num_centroids());
        let (mut waiting, mut num_waiting, mut bytes) = (0u32, 0, bytes.iter());
        numbers.clear();
        for token in 0..num_tokens {
            while num_waiting < number_bits {
                let byte = bytes.next().copied().unwrap_or_default();
                waiting |= u32::from(byte) << num_waiting;
                num_waiting += 8;
            }
            let number = waiting & ((1 << number_bits) - 1);
            if number as usize >= num_centroids {
                return Err(CodecError::NoSuchCentroid { token, number, num_centroids });
            }
            numbers.push(number as u16);
            (waiting, num_waiting) = (waiting >> number_bits, num_waiting - number_bits);
        }
        Ok(())
    }
}
