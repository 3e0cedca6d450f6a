use crate::encoding::Encoding;
use crate::error::{Error, ErrorKind, Result};
use crate::reduction::{Reduction, StoredReduction};
use crate::token_coding::TokenCoding;
use pleiad_compress::fde::{FdeGenerator, FdeParams};
use pleiad_compress::lemur::{LemurForm, LemurParams};
use pleiad_compress::quantize::{FdeCode, FdeCodec, TokenCode};
use pleiad_compress::reduce::{ReduceScratch, Reducer};
use pleiad_kernels::Isa;
use pleiad_vectors::MultiVector;
use serde::{Deserialize, Serialize};

/// What is fixed when a collection is created: the shape of its vectors and how they are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Values per token vector, the same for documents and queries.
    pub dim: usize,
    /// Which token vectors of a document share a row: everything below works on the rows.
    pub reduction: Reduction,
    /// How token vectors are kept: the exact score is exact over these.
    pub token_code: TokenCode,
    /// So many centroids, learnt from the first batch, that codes of 4, 2 or 1 bits start from: a quarter less of the
    /// exact top ten is lost, for the bits that name one (`docs/quantization.md`). The batch must have eight token vectors for
    /// each.
    pub centroids: Option<u32>,
    /// How a set becomes one vector, unless `lemur` says another way.
    pub fde: FdeParams,
    /// Regression in place of an FDE: the collection learns from its first batch, which must be large enough.
    pub lemur: Option<LemurParams>,
    /// How that vector is kept.
    pub fde_code: FdeCode,
    /// Which encoder the vectors come from, e.g. `static-v1`: vectors of another one mean something else.
    pub encoder: Option<String>,
}

impl Schema {
    /// The defaults for token vectors of a dimension: 8-bit tokens, and one sign bit for each value of an FDE of
    /// 40 repetitions, 16 partitions and up to 16 dimensions (1,282 bytes), the best that `docs/defaults.md`
    /// measured for its bytes.
    pub fn new(dim: usize) -> Self {
        Self {
            dim,
            reduction: Reduction::Keep,
            token_code: TokenCode::Int8,
            centroids: None,
            fde: FdeParams {
                repetitions: 40,
                simhash_projections: 4,
                projection_dim: (dim > 16).then_some(16),
                final_projection_dim: None,
                fill_empty_partitions: true,
                seed: 42,
                generator: FdeGenerator::Portable,
            },
            lemur: None,
            fde_code: FdeCode::Sign,
            encoder: None,
        }
    }

    /// The same with candidates found by regression on so many trained features, in four bits each: 512 are about as good
    /// from a fifth of the bytes, for ten times the work on a document and some CPU seconds of training (`docs/experiments/lemur.md`).
    #[must_use]
    pub fn with_lemur(self, num_features: u32) -> Self {
        Self { lemur: Some(LemurParams::new(num_features, self.fde.seed)), fde_code: FdeCode::Int4, ..self }
    }

    /// The machinery that this schema describes.
    pub(crate) fn codecs(&self) -> Result<Codecs> {
        let fde = Encoding::new(self.dim, &self.fde, self.lemur, self.fde_code)?;
        let tokens = TokenCoding::new(self.token_code, self.dim, self.centroids)?;
        let fde_code = FdeCodec::new(self.fde_code, fde.fde_dim())
            .map_err(|error| Error::invalid(error.to_string()).caused_by(error))?;
        let reducer = self.reduction.reducer()?;
        Ok(Codecs { reducer, fde, fde_code, tokens, isa: Isa::best() })
    }

    /// The stored row of each token vector of a document, so that what answered a query can be named by its words:
    /// an [`Explanation`](crate::Explanation) speaks of rows. Cost: the reduction is done again.
    ///
    /// A processor with other instructions than the one that stored the document may round a near tie the other
    /// way and name a neighbouring row.
    ///
    /// # Errors
    /// `InvalidArgument` when the vectors have another dimension, or this schema is impossible.
    pub fn reduced_rows(&self, vectors: &MultiVector) -> Result<Vec<u32>> {
        if vectors.dim() != self.dim {
            let message = format!(
                "the vectors have dimension {}; this collection holds dimension {}",
                vectors.dim(),
                self.dim
            );
            return Err(Error::invalid(message));
        }
        let Some(reducer) = self.reduction.reducer()? else {
            return Ok((0..vectors.num_tokens() as u32).collect());
        };
        let reduced = reducer
            .reduce(vectors.as_ref(), NUM_PROTECTED, &mut ReduceScratch::default())
            .map_err(|error| Error::invalid(error.to_string()).caused_by(error))?;
        Ok(reduced.labels)
    }

    /// The schema in the words of the manifest.
    pub(crate) fn stored(&self) -> impl Serialize {
        Stored::from(self)
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(&Stored::from(self))
            .map_err(|error| Error::new(ErrorKind::Internal, "the schema cannot be written").caused_by(error))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let damaged =
            |error| Error::corrupt("the schema in MANIFEST is not what this version writes").caused_by(error);
        let Version { version } = serde_json::from_slice(bytes).map_err(damaged)?;
        if !(1..=VERSION).contains(&version) {
            let message = format!("schema version {version}; this program knows {VERSION}: use a newer one");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        serde_json::from_slice::<Stored>(bytes).map_err(damaged)?.into_schema()
    }
}

/// What reads and writes the codes of one collection.
pub(crate) struct Codecs {
    /// Nothing when all rows are kept.
    pub(crate) reducer: Option<Reducer>,
    pub(crate) fde: Encoding,
    pub(crate) fde_code: FdeCodec,
    pub(crate) tokens: TokenCoding,
    /// The instruction set that scores them.
    pub(crate) isa: Isa,
}

/// Tokens at the beginning of a document that keep rows of their own: none, no token is special to the engine.
pub(crate) const NUM_PROTECTED: usize = 0;

/// Newest version of the JSON below. A schema is written in the oldest that can say it: version 2 knows `lemur`, version 3
/// `centroids`, version 4 the `form` of `lemur`.
const VERSION: u32 = 4;

/// The schema as the manifest keeps it: names of our own, so that no rename in the code changes the format.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    dim: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reduction: Option<StoredReduction>,
    token_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    centroids: Option<u32>,
    fde: StoredFde,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lemur: Option<StoredLemur>,
    fde_code: String,
    encoder: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredFde {
    repetitions: u32,
    simhash_projections: u32,
    projection_dim: Option<u32>,
    final_projection_dim: Option<u32>,
    fill_empty_partitions: bool,
    seed: u64,
    generator: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLemur {
    num_features: u32,
    num_samples: u32,
    /// Nothing for half-planes, of which versions before 4 knew no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    form: Option<String>,
    seed: u64,
}

const TOKEN_CODES: [(&str, TokenCode); 5] = [
    ("f16", TokenCode::F16),
    ("int8", TokenCode::Int8),
    ("int4", TokenCode::Int4),
    ("int2", TokenCode::Int2),
    ("int1", TokenCode::Int1),
];
const FDE_CODES: [(&str, FdeCode); 4] =
    [("f32", FdeCode::F32), ("int8", FdeCode::Int8), ("int4", FdeCode::Int4), ("sign", FdeCode::Sign)];
const LEMUR_FORMS: [(&str, LemurForm); 1] = [("trained", LemurForm::Trained)];
const GENERATORS: [(&str, FdeGenerator); 2] =
    [("portable-1", FdeGenerator::Portable), ("google-compat", FdeGenerator::GoogleCompat)];

fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> String {
    names.iter().find(|(_, known)| known == value).map_or_else(String::new, |(name, _)| (*name).to_owned())
}

fn by_name<T: Copy>(names: &[(&'static str, T)], what: &str, name: &str) -> Result<T> {
    let found = names.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value).ok_or_else(|| Error::unknown_name(what, name))
}

impl From<&Schema> for Stored {
    fn from(schema: &Schema) -> Self {
        let fde = &schema.fde;
        Self {
            version: match (schema.centroids, schema.lemur) {
                (_, Some(LemurParams { form: LemurForm::Trained, .. })) => 4,
                (Some(_), _) => 3,
                (None, Some(_)) => 2,
                (None, None) => 1,
            },
            dim: schema.dim,
            reduction: StoredReduction::of(schema.reduction),
            token_code: name_of(&TOKEN_CODES, &schema.token_code),
            centroids: schema.centroids,
            fde: StoredFde {
                repetitions: fde.repetitions,
                simhash_projections: fde.simhash_projections,
                projection_dim: fde.projection_dim,
                final_projection_dim: fde.final_projection_dim,
                fill_empty_partitions: fde.fill_empty_partitions,
                seed: fde.seed,
                generator: name_of(&GENERATORS, &fde.generator),
            },
            lemur: schema.lemur.map(StoredLemur::of),
            fde_code: name_of(&FDE_CODES, &schema.fde_code),
            encoder: schema.encoder.clone(),
        }
    }
}

impl Stored {
    fn into_schema(self) -> Result<Schema> {
        Ok(Schema {
            dim: self.dim,
            reduction: self.reduction.map_or(Ok(Reduction::Keep), StoredReduction::into_reduction)?,
            token_code: by_name(&TOKEN_CODES, "token code", &self.token_code)?,
            centroids: self.centroids,
            fde: FdeParams {
                repetitions: self.fde.repetitions,
                simhash_projections: self.fde.simhash_projections,
                projection_dim: self.fde.projection_dim,
                final_projection_dim: self.fde.final_projection_dim,
                fill_empty_partitions: self.fde.fill_empty_partitions,
                seed: self.fde.seed,
                generator: by_name(&GENERATORS, "FDE generator", &self.fde.generator)?,
            },
            lemur: self.lemur.map(StoredLemur::into_params).transpose()?,
            fde_code: by_name(&FDE_CODES, "FDE code", &self.fde_code)?,
            encoder: self.encoder,
        })
    }
}

impl StoredLemur {
    fn of(params: LemurParams) -> Self {
        let LemurParams { num_features, num_samples, form, seed } = params;
        let form = (form != LemurForm::HalfPlanes).then(|| name_of(&LEMUR_FORMS, &form));
        Self { num_features, num_samples, form, seed }
    }

    fn into_params(self) -> Result<LemurParams> {
        let Self { num_features, num_samples, form, seed } = self;
        let form = form.map_or(Ok(LemurForm::HalfPlanes), |name| {
            by_name(&LEMUR_FORMS, "form of LEMUR's features", &name)
        })?;
        Ok(LemurParams { num_features, num_samples, form, seed })
    }
}
