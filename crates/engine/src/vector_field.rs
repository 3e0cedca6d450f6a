//! One vector set of a document: everything that belongs to it and to no other one. A collection has a value for each of its
//! sets, the first one's first.

use crate::assets::LastRead;
use crate::calibration::{CalibratedRanking, Calibration};
use crate::encoding::Encoding;
use crate::error::{Error, Result};
use crate::observed::ObservedQueries;
use crate::pool::Pool;
use crate::postings::PostingCentroids;
use crate::recall_audit::Audit;
use crate::schema::{FieldSchema, Schema, SetSchema, TokenEncoding};
use crate::token_coding::TokenCoding;
use pleiad_compress::quantize::{FdeCodec, TokenCodec};
use pleiad_compress::reduce::Reducer;
use pleiad_index::postings::Scratch;
use pleiad_kernels::Isa;
use pleiad_store::View;
use std::sync::Arc;

/// A vector set: its columns, codecs, trained assets, calibration, and the names of what is kept of it.
pub(crate) struct VectorField {
    pub(crate) name: Box<str>,
    /// Values per token vector.
    pub(crate) dim: usize,
    pub(crate) columns: FieldColumns,
    pub(crate) names: FieldNames,
    /// Nothing when all rows are kept.
    pub(crate) reducer: Option<Reducer>,
    pub(crate) encoding: Encoding,
    pub(crate) fde_code: FdeCodec,
    pub(crate) tokens: TokenCoding,
    /// True where scoring documents on their codes costs less than scoring them exactly.
    pub(crate) codes_are_cheap: bool,
    /// The instruction set that scores codes.
    pub(crate) isa: Isa,
    /// Sums over rows of postings.
    pub(crate) sums: Pool<Scratch>,
    pub(crate) calibrations: LastRead<Option<Arc<Calibration>>>,
    pub(crate) fused_calibrations: LastRead<Option<Arc<Calibration>>>,
    pub(crate) centroids: LastRead<Arc<PostingCentroids>>,
    /// Queries of searches of this process.
    observed: ObservedQueries,
    /// Questions of fused searches.
    observed_hybrid: ObservedQueries,
    pub(crate) audit: Audit,
}

/// Columns of the store that hold a vector set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FieldColumns {
    /// Codes of the FDE: fixed width, so that a scan reads one stretch of memory.
    pub(crate) fde: usize,
    /// Codes of the token vectors.
    pub(crate) tokens: usize,
    /// The row that each token vector went to, where that is kept.
    pub(crate) labels: Option<usize>,
}

/// Names of the assets of a collection and of the attachments of its segments that belong to a vector set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldNames {
    /// Asset: what LEMUR learned.
    pub(crate) lemur: Box<str>,
    /// Asset: the centroids that token codes are residuals of.
    pub(crate) token_centroids: Box<str>,
    /// Asset: the centroids of token postings.
    pub(crate) posting_centroids: Box<str>,
    /// Asset: the calibration.
    pub(crate) calibration: Box<str>,
    /// Asset: the calibration of the fused score.
    pub(crate) fused_calibration: Box<str>,
    /// Attachment: token postings.
    pub(crate) postings: Box<str>,
    /// Attachment: coarse codes of FDEs.
    pub(crate) coarse_fdes: Box<str>,
}

/// The columns of the first set.
const FDE: usize = 0;
const TOKENS: usize = 1;

/// Columns of each further set.
const NUM_COLUMNS: usize = 2;

impl FieldNames {
    /// The names for a set: those of a further one end with its own.
    fn of(set: &str) -> Self {
        let name = |name: &str| match set {
            SetSchema::BODY => name.into(),
            _ => format!("{name}:{set}").into(),
        };
        Self {
            lemur: name("lemur"),
            token_centroids: name("centroids"),
            posting_centroids: name("posting-centroids"),
            calibration: name("calibration"),
            fused_calibration: name("fused-calibration"),
            postings: name("postings"),
            coarse_fdes: name("coarse-fdes"),
        }
    }

    /// The asset that keeps the calibration of a ranking.
    pub(crate) fn of_calibration(&self, ranking: CalibratedRanking) -> &str {
        match ranking {
            CalibratedRanking::Vectors => &self.calibration,
            CalibratedRanking::Fused => &self.fused_calibration,
        }
    }
}

impl FieldColumns {
    /// The columns of each set of a schema, the first one's first.
    fn of(schema: &Schema) -> impl Iterator<Item = Self> {
        let optional = schema.optional_columns();
        let labels = schema.keeps_labels().then_some(optional.labels);
        let body = Self { fde: FDE, tokens: TOKENS, labels };
        let further = (optional.sets..).step_by(NUM_COLUMNS);
        std::iter::once(body).chain(further.map(|fde| Self { fde, tokens: fde + 1, labels: None }))
    }
}

/// The vector sets that a schema describes, the first one's first: never none.
///
/// # Errors
/// `InvalidArgument` when the schema is impossible; the parameter is named, and the set where it is a further one.
pub(crate) fn fields_of(schema: &Schema) -> Result<Vec<VectorField>> {
    schema.check_sets()?;
    let shapes = schema.field_schemas().zip(FieldColumns::of(schema));
    shapes
        .map(|(shape, columns)| VectorField::new(shape, columns).map_err(|error| named(shape.name, error)))
        .collect()
}

fn named(set: &str, error: Error) -> Error {
    if set == SetSchema::BODY { error } else { error.within(&format!("set {set:?}")) }
}

impl VectorField {
    fn new(shape: FieldSchema<'_>, columns: FieldColumns) -> Result<Self> {
        let FieldSchema { name, dim, .. } = shape;
        let names = FieldNames::of(name);
        let encoding = Encoding::new(dim, shape.encoding, &names.lemur, columns.tokens)?;
        let tokens = TokenCoding::new(shape.tokens, dim, &names.token_centroids, columns.tokens)?;
        let fde_code = FdeCodec::new(shape.encoding.code(), encoding.fde_dim())
            .map_err(|error| Error::invalid(error.to_string()).caused_by(error))?;
        Ok(Self {
            name: name.into(),
            dim,
            columns,
            names,
            reducer: shape.reduction.reducer()?,
            encoding,
            fde_code,
            tokens,
            codes_are_cheap: shape.tokens != TokenEncoding::F16,
            isa: Isa::best(),
            sums: Pool::default(),
            calibrations: LastRead::default(),
            fused_calibrations: LastRead::default(),
            centroids: LastRead::default(),
            observed: ObservedQueries::default(),
            observed_hybrid: ObservedQueries::default(),
            audit: Audit::default(),
        })
    }

    /// Returns whether it is the first set of its collection, the one without a name of its own.
    pub(crate) fn is_body(&self) -> bool {
        &*self.name == SetSchema::BODY
    }

    /// The set in the words of an error: nothing for the first one.
    pub(crate) fn in_words(&self) -> String {
        if self.is_body() { String::new() } else { format!("set {:?}: ", self.name) }
    }

    /// An error that is about this set.
    pub(crate) fn named(&self, error: Error) -> Error {
        named(&self.name, error)
    }

    /// The queries of a ranking that this process observed.
    pub(crate) fn observed_of(&self, ranking: CalibratedRanking) -> &ObservedQueries {
        match ranking {
            CalibratedRanking::Vectors => &self.observed,
            CalibratedRanking::Fused => &self.observed_hybrid,
        }
    }

    /// The codec that reads the token codes of a view.
    pub(crate) fn token_codec(&self, view: &View) -> Result<&TokenCodec> {
        self.tokens.codec(view)
    }

    /// The centroids of the token postings, if there are any.
    pub(crate) fn posting_centroids(&self, view: &View) -> Result<Option<Arc<PostingCentroids>>> {
        let Some(blob) = view.asset(&self.names.posting_centroids) else { return Ok(None) };
        self.centroids.of(blob, |blob| PostingCentroids::read(blob, self.dim).map(Arc::new)).map(Some)
    }

    /// The calibration of a ranking kept with the collection, if there is one that this release can read.
    pub(crate) fn calibration(
        &self,
        view: &View,
        ranking: CalibratedRanking,
    ) -> Result<Option<Arc<Calibration>>> {
        let last_read = match ranking {
            CalibratedRanking::Vectors => &self.calibrations,
            CalibratedRanking::Fused => &self.fused_calibrations,
        };
        let Some(blob) = view.asset(self.names.of_calibration(ranking)) else { return Ok(None) };
        last_read.of(blob, |blob| Ok(Calibration::from_bytes(blob.bytes()?)?.map(Arc::new)))
    }
}
