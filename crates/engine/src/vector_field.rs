//! One vector set of a document: everything that belongs to it and to no other one. A collection has one; a second
//! one would be a second value.

use crate::assets::LastRead;
use crate::calibration::{CalibratedRanking, Calibration};
use crate::encoding::Encoding;
use crate::error::{Error, Result};
use crate::pool::Pool;
use crate::postings::PostingCentroids;
use crate::schema::{Schema, TokenEncoding};
use crate::token_coding::TokenCoding;
use pleiad_compress::quantize::{FdeCodec, TokenCodec};
use pleiad_compress::reduce::Reducer;
use pleiad_index::postings::Scratch;
use pleiad_kernels::Isa;
use pleiad_store::View;
use std::sync::Arc;

/// A vector set: its columns, codecs, trained assets, calibration, and the names of what is kept of it.
pub(crate) struct VectorField {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FieldNames {
    /// Asset: what LEMUR learned.
    pub(crate) lemur: &'static str,
    /// Asset: the centroids that token codes are residuals of.
    pub(crate) token_centroids: &'static str,
    /// Asset: the centroids of token postings.
    pub(crate) posting_centroids: &'static str,
    /// Asset: the calibration.
    pub(crate) calibration: &'static str,
    /// Asset: the calibration of the fused score.
    pub(crate) fused_calibration: &'static str,
    /// Attachment: token postings.
    pub(crate) postings: &'static str,
    /// Attachment: coarse codes of FDEs.
    pub(crate) coarse_fdes: &'static str,
}

/// The columns and names of the one set that collections have so far.
const FDE: usize = 0;
const TOKENS: usize = 1;
const NAMES: FieldNames = FieldNames {
    lemur: "lemur",
    token_centroids: "centroids",
    posting_centroids: "posting-centroids",
    calibration: "calibration",
    fused_calibration: "fused-calibration",
    postings: "postings",
    coarse_fdes: "coarse-fdes",
};

impl FieldNames {
    /// The asset that keeps the calibration of a ranking.
    pub(crate) fn of_calibration(self, ranking: CalibratedRanking) -> &'static str {
        match ranking {
            CalibratedRanking::Vectors => self.calibration,
            CalibratedRanking::Fused => self.fused_calibration,
        }
    }
}

impl VectorField {
    /// The vector set that a schema describes.
    ///
    /// # Errors
    /// `InvalidArgument` when the schema is impossible; the parameter is named.
    pub(crate) fn new(schema: &Schema) -> Result<Self> {
        let encoding = Encoding::new(schema.dim, &schema.encoding, NAMES.lemur)?;
        let tokens = TokenCoding::new(schema.tokens, schema.dim, NAMES.token_centroids)?;
        let fde_code = FdeCodec::new(schema.encoding.code(), encoding.fde_dim())
            .map_err(|error| Error::invalid(error.to_string()).caused_by(error))?;
        Ok(Self {
            dim: schema.dim,
            columns: FieldColumns {
                fde: FDE,
                tokens: TOKENS,
                labels: schema.keeps_labels().then(|| schema.optional_columns().labels),
            },
            names: NAMES,
            reducer: schema.reduction.reducer()?,
            encoding,
            fde_code,
            tokens,
            codes_are_cheap: schema.tokens != TokenEncoding::F16,
            isa: Isa::best(),
            sums: Pool::default(),
            calibrations: LastRead::default(),
            fused_calibrations: LastRead::default(),
            centroids: LastRead::default(),
        })
    }

    /// The codec that reads the token codes of a view.
    pub(crate) fn token_codec(&self, view: &View) -> Result<&TokenCodec> {
        self.tokens.codec(view)
    }

    /// The centroids of the token postings, if there are any.
    pub(crate) fn posting_centroids(&self, view: &View) -> Result<Option<Arc<PostingCentroids>>> {
        let Some(blob) = view.asset(self.names.posting_centroids) else { return Ok(None) };
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
