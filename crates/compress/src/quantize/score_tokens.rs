use super::decode_tokens::checked;
use super::grid::INT4;
use super::rotate::Rotation;
use super::{CodecError, TokenCode, TokenCodec};
use pleiad_kernels::{CentroidPanel, Isa, PackedPanel, QuantizedPanel, QueryPanel};
use pleiad_vectors::{Query, TokenMatch};

/// Precision of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// The inner products of the values that the codes stand for, in `f32`.
    Full,
    /// The query in one byte a value, too, against codes as they lie: four to six times as fast, and each similarity
    /// off by at most half a step of the query token, with codes of a few bits half a step for the document's mean too,
    /// and for the centroid. [`TokenCode::F16`] is scored as with [`Precision::Full`].
    Fast,
}

/// MaxSim of one query with documents as they lie in a segment.
///
/// The query is packed once; a clone for another thread copies that. Scratch memory grows to the largest document.
#[derive(Debug, Clone)]
pub struct TokenScorer {
    codec: TokenCodec,
    panel: Panel,
    /// Values of the document, or its scales.
    values: Vec<f32>,
    /// First row and maximum of each query token.
    best: Vec<(u32, f32)>,
    /// The maxima alone.
    maxima: Vec<f32>,
    /// Inner product of each query token with the document's mean; zeros where it has none.
    means: Vec<f32>,
    /// Numbers of the document's centroids.
    numbers: Vec<u16>,
}

#[derive(Debug, Clone)]
enum Panel {
    Values(QueryPanel),
    Bytes(QuantizedPanel),
    /// For the tokens, and for their mean.
    Packed(PackedPanel, PackedPanel),
    /// The same where tokens start from centroids.
    Around(CentroidPanel, PackedPanel),
}

impl Panel {
    /// Returns the panel that scores the mean of a document's tokens.
    fn of_mean(&self) -> Option<&PackedPanel> {
        match self {
            Self::Values(_) | Self::Bytes(_) => None,
            Self::Packed(_, mean) | Self::Around(_, mean) => Some(mean),
        }
    }
}

impl TokenScorer {
    /// Packs a query, rotated where the codes are.
    ///
    /// # Errors
    /// [`CodecError::WrongDimension`] when it has another dimension than the codec.
    pub fn new(
        codec: &TokenCodec,
        query: &Query,
        precision: Precision,
        isa: Isa,
    ) -> Result<Self, CodecError> {
        let tokens = query.vectors();
        if tokens.dim() != codec.dim {
            return Err(CodecError::WrongDimension { expected: codec.dim, found: tokens.dim() });
        }
        let mut values = tokens.data().to_vec();
        if codec.is_rotated() {
            let rotation = Rotation::new(codec.dim);
            values.chunks_exact_mut(codec.dim).for_each(|token| rotation.forward(token));
        }
        let panel = match (precision, codec.code, codec.levels()) {
            (Precision::Fast, _, Some(levels)) => {
                let mean = PackedPanel::new(isa, &values, codec.dim, INT4.levels::<16>().into());
                match &codec.centroids {
                    None => Panel::Packed(PackedPanel::new(isa, &values, codec.dim, levels), mean),
                    Some(centroids) => {
                        let starts = centroids.starts(isa, &values);
                        Panel::Around(CentroidPanel::new(isa, &values, codec.dim, levels, &starts), mean)
                    }
                }
            }
            (Precision::Fast, TokenCode::Int8, _) => {
                Panel::Bytes(QuantizedPanel::new(isa, &values, codec.dim))
            }
            _ => Panel::Values(QueryPanel::new(isa, &values, codec.dim)),
        };
        let num_tokens = tokens.num_tokens();
        let (best, means) = (vec![(0, 0.0); num_tokens], vec![0.0; num_tokens]);
        let (values, maxima, numbers) = (Vec::new(), vec![0.0; num_tokens], Vec::new());
        Ok(Self { codec: codec.clone(), panel, values, best, maxima, means, numbers })
    }

    /// The sum over query tokens of the largest inner product with a document token; zero for a query without
    /// tokens.
    ///
    /// Cost: one pass to decode (none for [`Precision::Fast`]), and `query tokens · document tokens · dim`
    /// multiply-adds.
    ///
    /// # Errors
    /// [`CodecError::Length`], [`CodecError::EmptyDocument`], [`CodecError::Damaged`], [`CodecError::DamagedMean`] or
    /// [`CodecError::NoSuchCentroid`].
    pub fn score(&mut self, document: &[u8]) -> Result<f32, CodecError> {
        let codes = self.read(document)?;
        match &self.panel {
            Panel::Values(panel) => return Ok(panel.maxsim(&self.values)),
            Panel::Bytes(panel) => return Ok(panel.maxsim(codes, &self.values)),
            Panel::Packed(panel, _) => panel.maxima(codes, &self.values, &mut self.maxima),
            Panel::Around(panel, _) => panel.maxima(codes, &self.values, &self.numbers, &mut self.maxima),
        }
        Ok(self.maxima.iter().zip(&self.means).fold(0.0, |sum, (maximum, mean)| sum + (maximum + mean)))
    }

    /// Replaces `matches` by the document token that each query token met, and returns the score: their sum in
    /// order, to the bit what [`TokenScorer::score`] gives.
    ///
    /// Cost: a few per cent more than [`TokenScorer::score`].
    ///
    /// # Errors
    /// As [`TokenScorer::score`].
    pub fn matches(&mut self, document: &[u8], matches: &mut Vec<TokenMatch>) -> Result<f32, CodecError> {
        let codes = self.read(document)?;
        match &self.panel {
            Panel::Values(panel) => panel.matches(&self.values, &mut self.best),
            Panel::Bytes(panel) => panel.matches(codes, &self.values, &mut self.best),
            Panel::Packed(panel, _) => panel.matches(codes, &self.values, &mut self.best),
            Panel::Around(panel, _) => panel.matches(codes, &self.values, &self.numbers, &mut self.best),
        }
        let has_mean = self.panel.of_mean().is_some();
        let best = self.best.iter().zip(&self.means).zip(0..);
        matches.clear();
        matches.extend(best.map(|((&(doc_token, maximum), mean), query_token)| {
            let similarity = if has_mean { maximum + mean } else { maximum };
            TokenMatch { query_token, doc_token, similarity }
        }));
        Ok(matches.iter().fold(0.0, |sum, m| sum + m.similarity))
    }

    /// Checks a document and brings its values, or for scoring on codes its scales, into scratch; returns the codes.
    fn read<'d>(&mut self, document: &'d [u8]) -> Result<&'d [u8], CodecError> {
        let num_tokens = self.codec.num_tokens(document.len())?;
        if num_tokens == 0 {
            return Err(CodecError::EmptyDocument);
        }
        match &self.panel {
            Panel::Values(panel) => {
                self.codec.read(panel.isa(), document, &mut self.values)?;
                Ok(document)
            }
            Panel::Bytes(_) | Panel::Packed(..) | Panel::Around(..) => {
                let parts = self.codec.split(document, num_tokens);
                if let Some(panel) = self.panel.of_mean() {
                    let (codes, scale) = parts.mean()?;
                    panel.maxima(codes, &[scale], &mut self.means);
                }
                if let Some(centroids) = &self.codec.centroids {
                    centroids.read_numbers(parts.numbers, num_tokens, &mut self.numbers)?;
                }
                self.values.clear();
                for (token, scale) in parts.scales.enumerate() {
                    self.values.push(checked(scale, token)?);
                }
                Ok(parts.codes)
            }
        }
    }
}
