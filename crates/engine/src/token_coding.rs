//! Coding of token vectors, which may first have to learn centroids.

use crate::assets::{Learned, on_all_cores};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::TokenEncoding;
use pleiad_compress::TokenCodec;
use pleiad_compress::kmeans::{KMeansError, MAX_TOKEN_CENTROIDS, TokenCentroids};
use pleiad_compress::quantize::{CodecError, TokenCode};
use pleiad_kernels::Isa;
use pleiad_store::View;
use pleiad_vectors::MultiVectorRef;
use std::sync::Arc;

/// Token vectors for each centroid that the first batch must have at least: from fewer centroids are tokens by chance.
const MIN_TOKENS_PER_CENTROID: usize = 8;

/// The codec of the schema's token code, with centroids once they are there.
pub(crate) struct TokenCoding {
    /// Without centroids.
    plain: TokenCodec,
    around: Option<Around>,
}

struct Around {
    num_centroids: u32,
    codec: Learned<TokenCodec>,
}

/// Why stored centroids are not this collection's.
#[derive(Debug, thiserror::Error)]
enum CentroidsError {
    #[error(transparent)]
    Stored(#[from] KMeansError),
    #[error(transparent)]
    Codec(#[from] CodecError),
    #[error(
        "{found} centroids of dimension {found_dim} are not the {most} of dimension {dim} that the schema says"
    )]
    Others { found: usize, found_dim: usize, most: u32, dim: usize },
}

impl TokenCoding {
    /// `asset` is where it keeps its centroids, `column` is that of the codes.
    ///
    /// # Errors
    /// `InvalidArgument` for a dimension or a number of centroids out of range.
    pub(crate) fn new(encoding: TokenEncoding, dim: usize, asset: &str, column: usize) -> Result<Self> {
        let invalid = |error: CodecError| Error::invalid(error.to_string()).caused_by(error);
        let plain = TokenCodec::new(encoding.code(), dim).map_err(invalid)?;
        let Some(num_centroids) = encoding.centroids() else { return Ok(Self { plain, around: None }) };
        if !(1..=MAX_TOKEN_CENTROIDS).contains(&num_centroids) {
            let error = KMeansError::Parameter { value: num_centroids, max: MAX_TOKEN_CENTROIDS };
            return Err(Error::invalid(error.to_string()).caused_by(error));
        }
        let codec = Learned::new(asset, column);
        Ok(Self { plain, around: Some(Around { num_centroids, codec }) })
    }

    /// Returns the codec that reads the token codes of a view. In a collection that has no documents and has learned
    /// nothing yet it is the codec without centroids: there is nothing to read.
    ///
    /// # Errors
    /// `Corrupt` when the centroids are damaged or gone.
    pub(crate) fn codec(&self, view: &View) -> Result<&TokenCodec> {
        let Some(around) = &self.around else { return Ok(&self.plain) };
        let learned = around.codec.read(view, |bytes| around.parse(bytes, &self.plain))?;
        Ok(learned.unwrap_or(&self.plain))
    }

    /// Returns the code of each value.
    pub(crate) fn code(&self) -> TokenCode {
        self.plain.code()
    }

    /// Returns the codec that writes token codes, after [`TokenCoding::learn`].
    ///
    /// # Errors
    /// `Internal` when nothing was learned.
    pub(crate) fn writing_codec(&self) -> Result<&TokenCodec> {
        let Some(around) = &self.around else { return Ok(&self.plain) };
        let missing = || Error::new(ErrorKind::Internal, "this collection has not learned centroids yet");
        around.codec.get().ok_or_else(missing)
    }

    /// Makes documents codable: reads the centroids of the collection, or learns them from the documents of its first
    /// batch and gives them to `keep`, with the name of their asset. What was learned never changes.
    ///
    /// Cost: once, k-means over 64 token vectors for each centroid, on all cores.
    ///
    /// # Errors
    /// `InvalidArgument` when there is too little to learn from, `Corrupt` when the centroids are damaged or gone, and
    /// what `keep` says.
    pub(crate) fn learn<'a>(
        &self,
        view: &View,
        documents: impl Iterator<Item = MultiVectorRef<'a>>,
        keep: impl FnOnce(&str, Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let Some(around) = &self.around else { return Ok(()) };
        let learn = |documents: &[_]| around.learn(documents, &self.plain);
        around.codec.read_or_learn(view, |bytes| around.parse(bytes, &self.plain), documents, learn, keep)
    }
}

impl Around {
    fn parse(&self, bytes: &[u8], plain: &TokenCodec) -> std::result::Result<TokenCodec, CentroidsError> {
        let centroids = TokenCentroids::read_from(bytes, Isa::best())?;
        let (found, most) = (centroids.num_centroids(), self.num_centroids);
        if centroids.dim() != plain.dim() || found > most as usize {
            let (found_dim, dim) = (centroids.dim(), plain.dim());
            return Err(CentroidsError::Others { found, found_dim, most, dim });
        }
        Ok(TokenCodec::residual(plain.code(), Arc::new(centroids))?)
    }

    fn learn(&self, documents: &[MultiVectorRef<'_>], plain: &TokenCodec) -> Result<(TokenCodec, Vec<u8>)> {
        let num_tokens: usize = documents.iter().map(|document| document.num_tokens()).sum();
        let least = MIN_TOKENS_PER_CENTROID * self.num_centroids as usize;
        if num_tokens < least {
            return Err(Error::invalid(format!(
                "a collection with {} centroids learns them from its first batch, and this one has {num_tokens} token \
                 vectors: give at least {least}, or create the collection with fewer centroids",
                self.num_centroids
            )));
        }
        let refuse = |error: &dyn std::fmt::Display| {
            Error::invalid(format!("no centroids can be learned from the first batch: {error}"))
        };
        let centroids = TokenCentroids::learn(documents, self.num_centroids, Isa::best(), &on_all_cores)
            .map_err(|error| refuse(&error).caused_by(error))?;
        let mut bytes = Vec::new();
        centroids.write_to(&mut bytes);
        let codec = TokenCodec::residual(plain.code(), Arc::new(centroids))
            .map_err(|error| refuse(&error).caused_by(error))?;
        Ok((codec, bytes))
    }
}
