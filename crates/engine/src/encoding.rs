//! Encoding of a set as the one vector that candidates are found by.

use crate::assets::{Learned, on_all_cores};
use crate::error::{Error, Result};
use crate::schema::SetEncoding;
use pleiad_compress::SetEncoder;
use pleiad_compress::fde::{FdeEncoder, FdeError, FdeScratch};
use pleiad_compress::lemur::{LemurEncoder, LemurError, LemurFeatures, LemurParams, LemurScratch};
use pleiad_store::View;
use pleiad_vectors::MultiVectorRef;

/// Token vectors that the first batch must have at least: from fewer nothing is learned that fits later documents.
const MIN_LEARNED_TOKENS: usize = 1024;

/// Most documents that LEMUR encodes together: more gain nothing.
const MAX_TOGETHER: usize = 16;

/// Encoder of sets, as the schema says.
pub(crate) enum Encoding {
    Fde(Box<FdeEncoder>),
    Lemur(Box<Lemur>),
}

/// The encoder whose documents are fitted on what the collection has learned and keeps.
pub(crate) struct Lemur {
    dim: usize,
    params: LemurParams,
    /// All that a query needs.
    features: Learned<LemurFeatures>,
    /// There once it was read or learned: only who writes documents pays for it.
    encoder: Learned<LemurEncoder>,
}

/// Memory that documents share.
#[derive(Default)]
pub(crate) struct EncodingScratch {
    fde: FdeScratch,
    lemur: LemurScratch,
}

/// Why a set has no encoding.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EncodingError {
    #[error(transparent)]
    Fde(#[from] FdeError),
    #[error(transparent)]
    Lemur(#[from] LemurError),
    #[error("this collection has not learned from documents yet")]
    NothingLearned,
}

impl Encoding {
    /// `asset` is where it keeps what it learns, `column` is that of the token codes of documents.
    pub(crate) fn new(dim: usize, encoding: &SetEncoding, asset: &str, column: usize) -> Result<Self> {
        match encoding {
            SetEncoding::Fde { params, .. } if params.repetitions == 0 => {
                Err(Error::invalid("repetitions is 0: an FDE without values finds nothing"))
            }
            SetEncoding::Fde { params, .. } => {
                let encoder = FdeEncoder::new(dim, params.clone())
                    .map_err(|error| Error::invalid(error.to_string()).caused_by(error))?;
                Ok(Self::Fde(Box::new(encoder)))
            }
            &SetEncoding::Lemur { params, .. } => {
                params.check(dim).map_err(|error| Error::invalid(error.to_string()).caused_by(error))?;
                let (features, encoder) = (Learned::new(asset, column), Learned::new(asset, column));
                Ok(Self::Lemur(Box::new(Lemur { dim, params, features, encoder })))
            }
        }
    }

    /// Values per encoding.
    pub(crate) fn fde_dim(&self) -> usize {
        match self {
            Self::Fde(encoder) => encoder.fde_dim(),
            Self::Lemur(lemur) => lemur.params.num_features as usize,
        }
    }

    /// Encodes a query for the documents in a view. In a collection that has learned nothing, and has no documents,
    /// that is zeros.
    ///
    /// # Errors
    /// `InvalidArgument` for a query that has none, `Corrupt` when what was learned is damaged or gone.
    pub(crate) fn encode_query(&self, view: &View, tokens: MultiVectorRef<'_>) -> Result<Vec<f32>> {
        let mut out = vec![0.0; self.fde_dim()];
        let encoded = match self {
            Self::Fde(encoder) => encoder
                .encode_query_into(tokens, &mut FdeScratch::default(), &mut out)
                .map_err(EncodingError::from),
            Self::Lemur(lemur) => match lemur.features.read(view, |bytes| lemur.parse_features(bytes))? {
                Some(features) => {
                    features.encode_query_into(tokens, &mut Vec::new(), &mut out).map_err(EncodingError::from)
                }
                None => Ok(()),
            },
        };
        encoded.map_err(|error| {
            Error::invalid(format!("the query's FDE cannot be computed: {error}")).caused_by(error)
        })?;
        Ok(out)
    }

    /// Encodes a document; with LEMUR only after [`Encoding::prepare`] or [`Encoding::learn`].
    pub(crate) fn encode_document_into(
        &self,
        tokens: MultiVectorRef<'_>,
        scratch: &mut EncodingScratch,
        out: &mut [f32],
    ) -> std::result::Result<(), EncodingError> {
        self.encode_documents_into(&[tokens], scratch, out).map_err(|(_, error)| error)
    }

    /// The same for some documents, `[documents, fde_dim]`. An error names the document that it is about.
    pub(crate) fn encode_documents_into(
        &self,
        documents: &[MultiVectorRef<'_>],
        scratch: &mut EncodingScratch,
        out: &mut [f32],
    ) -> std::result::Result<(), (usize, EncodingError)> {
        match self {
            Self::Fde(encoder) => encode_together(&**encoder, documents, &mut scratch.fde, out),
            Self::Lemur(lemur) => {
                let encoder = lemur.encoder.get().ok_or((0, EncodingError::NothingLearned))?;
                encode_together(encoder, documents, &mut scratch.lemur, out)
            }
        }
    }

    /// Documents that are encoded together at a time where so many are to be encoded on so many threads: with LEMUR one
    /// of sixteen costs half of one alone, an FDE the same.
    pub(crate) fn together(&self, num_documents: usize, num_threads: usize) -> usize {
        match self {
            Self::Fde(_) => 1,
            Self::Lemur(_) => num_documents.div_ceil(num_threads.max(1)).clamp(1, MAX_TOGETHER),
        }
    }

    /// Makes documents encodable if the collection has learned how: nothing to do for an FDE.
    ///
    /// # Errors
    /// `Corrupt` when what was learned is damaged or gone.
    pub(crate) fn prepare(&self, view: &View) -> Result<()> {
        self.learn(view, std::iter::empty(), |_, _| Ok(()))
    }

    /// Makes documents encodable: reads what the collection has learned, or learns it from the documents of its first
    /// batch and gives it to `keep`, with the name of its asset, to make it durable. What was learned never changes.
    ///
    /// # Errors
    /// `InvalidArgument` when there is nothing to learn from or too little, `Corrupt` when what was learned is damaged
    /// or gone, and what `keep` says.
    pub(crate) fn learn<'a>(
        &self,
        view: &View,
        documents: impl Iterator<Item = MultiVectorRef<'a>>,
        keep: impl FnOnce(&str, Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let Self::Lemur(lemur) = self else { return Ok(()) };
        let learn = |documents: &[_]| lemur.learn(documents);
        lemur.encoder.read_or_learn(view, |bytes| lemur.parse(bytes), documents, learn, keep)
    }
}

/// Encodes some documents together. An error names the first of them that fails alone.
fn encode_together<E: SetEncoder>(
    encoder: &E,
    documents: &[MultiVectorRef<'_>],
    scratch: &mut E::Scratch,
    out: &mut [f32],
) -> std::result::Result<(), (usize, EncodingError)>
where
    EncodingError: From<E::Error>,
{
    let Err(error) = encoder.encode_documents_into(documents, scratch, out) else { return Ok(()) };
    let mut alone = vec![0.0; encoder.encoding_dim()];
    let mut fails =
        |tokens: &MultiVectorRef<'_>| encoder.encode_documents_into(&[*tokens], scratch, &mut alone).is_err();
    Err((documents.iter().position(&mut fails).unwrap_or_default(), error.into()))
}

impl Lemur {
    fn parse(&self, bytes: &[u8]) -> std::result::Result<LemurEncoder, LemurError> {
        LemurEncoder::read_from(self.dim, &self.params, bytes)
    }

    fn parse_features(&self, bytes: &[u8]) -> std::result::Result<LemurFeatures, LemurError> {
        LemurFeatures::read_from(self.dim, &self.params, bytes)
    }

    fn learn(&self, documents: &[MultiVectorRef<'_>]) -> Result<(LemurEncoder, Vec<u8>)> {
        let num_tokens: usize = documents.iter().map(|document| document.num_tokens()).sum();
        if num_tokens < MIN_LEARNED_TOKENS {
            return Err(Error::invalid(format!(
                "a collection with LEMUR learns from its first batch, and this one has {num_tokens} token vectors: \
                 give at least {MIN_LEARNED_TOKENS}, better those of a thousand documents"
            )));
        }
        let learned = LemurEncoder::learn(&self.params, documents, &on_all_cores).map_err(|error| {
            Error::invalid(format!("nothing can be learned from the first batch: {error}")).caused_by(error)
        })?;
        let mut bytes = Vec::new();
        learned.write_to(&mut bytes);
        Ok((learned, bytes))
    }
}
