//! Attention within each sequence (Vaswani et al., arXiv 1706.03762, §3.2).

use super::linear::Precision;
use pleiad_kernels::{AttentionRule, ByteHeadAttention, HeadAttention, Isa, Matrix, MatrixMut};

/// Kernel of one attention head after the other, with memory that is reused.
#[derive(Debug)]
pub(crate) enum Head {
    Float(HeadAttention),
    Byte(Box<ByteHeadAttention>),
}

impl Head {
    pub(crate) fn new(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::Float(HeadAttention::new(Isa::best())),
            Precision::Int8 => Self::Byte(Box::new(ByteHeadAttention::new(Isa::best()))),
        }
    }

    fn set(&mut self, keys: Matrix<'_>, values: Matrix<'_>) {
        match self {
            Self::Float(head) => head.set(keys, values),
            Self::Byte(head) => head.set(keys, values),
        }
    }

    fn attend(&mut self, queries: Matrix<'_>, rule: AttentionRule, out: &mut MatrixMut<'_>) {
        match self {
            Self::Float(head) => head.attend(queries, rule, out),
            Self::Byte(head) => head.attend(queries, rule, out),
        }
    }
}

/// Attention of one layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attention {
    pub(crate) dim: usize,
    pub(crate) num_heads: usize,
    /// Tokens that a token attends to on either side; nothing means all.
    pub(crate) reach: Option<usize>,
}

impl Attention {
    /// Writes the context of one sequence, `[num_tokens, dim]`, from its queries, keys and values,
    /// `[num_tokens, 3 · dim]`. Only the first `num_keys` tokens are looked at, by all.
    pub(crate) fn attend(&self, qkv: &[f32], num_keys: usize, scratch: &mut Head, out: &mut [f32]) {
        let (dim, row_len, head_dim) = (self.dim, 3 * self.dim, self.dim / self.num_heads);
        let rule = AttentionRule { scale: 1.0 / (head_dim as f32).sqrt(), reach: self.reach };
        let seen = &qkv[..num_keys * row_len];
        for head in 0..self.num_heads {
            let columns = head * head_dim..(head + 1) * head_dim;
            let part = |which: usize| which * dim + columns.start..which * dim + columns.end;
            let part_of = |rows, which| Matrix::columns(rows, row_len, part(which));
            scratch.set(part_of(seen, 1), part_of(seen, 2));
            let mut context = MatrixMut::columns(out, dim, columns.clone());
            scratch.attend(part_of(qkv, 0), rule, &mut context);
        }
    }
}
