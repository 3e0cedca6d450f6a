//! The schema as the manifest keeps it: JSON, in names of its own, so that no rename in the code changes the format.

use super::{LemurCode, Schema, SentenceSchema, SetEncoding, TokenEncoding};
use crate::error::{Error, ErrorKind, Result};
use crate::reduction::{Reduction, StoredReduction};
use crate::words::StoredWords;
use pleiad_compress::fde::{FdeGenerator, FdeParams};
use pleiad_compress::lemur::{LemurForm, LemurParams};
use pleiad_compress::quantize::{FdeCode, TokenCode};
use serde::{Deserialize, Serialize};

/// Newest version of the JSON below. A schema is written in the oldest that can say it: version 2 knows `lemur`, version 3
/// `centroids`, version 4 the `form` of `lemur`, version 5 `words`, version 6 `sentence` and `row_labels`, version 7
/// `tenants` and `vectorless`.
const VERSION: u32 = 7;

/// The JSON. `fde` is written, and `fde_code` is of the encoding that there is, also where `lemur` stands in its place.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<StoredWords>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sentence: Option<StoredSentence>,
    /// Written where documents have labels.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    row_labels: bool,
    /// Written where documents belong to tenants.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    tenants: bool,
    /// Written where documents may lack token vectors: always the last field.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    vectorless: bool,
}

/// The end of a schema whose documents may lack token vectors.
const VECTORLESS: &[u8] = br#","vectorless":true}"#;

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

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSentence {
    dim: usize,
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
        let unused = Schema::fde_params(schema.dim);
        let (fde, lemur, fde_code) = match &schema.encoding {
            SetEncoding::Fde { params, code } => (params, None, *code),
            SetEncoding::Lemur { params, code } => (&unused, Some(*params), code.fde_code()),
        };
        let centroids = schema.tokens.centroids();
        Self {
            version: match (centroids, lemur) {
                _ if schema.tenants => 7,
                _ if schema.sentence.is_some() || schema.keeps_labels() => 6,
                _ if schema.words.is_some() => 5,
                (_, Some(LemurParams { form: LemurForm::Trained, .. })) => 4,
                (Some(_), _) => 3,
                (None, Some(_)) => 2,
                (None, None) => 1,
            },
            dim: schema.dim,
            reduction: StoredReduction::of(schema.reduction),
            token_code: name_of(&TOKEN_CODES, &schema.tokens.code()),
            centroids,
            fde: StoredFde {
                repetitions: fde.repetitions,
                simhash_projections: fde.simhash_projections,
                projection_dim: fde.projection_dim,
                final_projection_dim: fde.final_projection_dim,
                fill_empty_partitions: fde.fill_empty_partitions,
                seed: fde.seed,
                generator: name_of(&GENERATORS, &fde.generator),
            },
            lemur: lemur.map(StoredLemur::of),
            fde_code: name_of(&FDE_CODES, &fde_code),
            encoder: schema.encoder.clone(),
            words: schema.words.as_ref().map(StoredWords::of),
            sentence: schema.sentence.map(|SentenceSchema { dim }| StoredSentence { dim }),
            row_labels: schema.keeps_labels(),
            tenants: schema.tenants,
            vectorless: false,
        }
    }
}

impl Stored {
    /// The same where documents may lack token vectors.
    pub(super) fn without_vectors(self) -> Self {
        Self { version: VERSION, vectorless: true, ..self }
    }

    /// Returns whether documents of a stored schema may lack token vectors.
    pub(super) fn is_vectorless(bytes: &[u8]) -> bool {
        bytes.ends_with(VECTORLESS)
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Schema> {
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
        serde_json::from_slice::<Self>(bytes).map_err(damaged)?.into_schema()
    }

    fn into_schema(self) -> Result<Schema> {
        let impossible = |error: Error| {
            Error::corrupt(format!("the schema in MANIFEST is impossible: {error}")).caused_by(error)
        };
        let token_code = by_name(&TOKEN_CODES, "token code", &self.token_code)?;
        let fde_code = by_name(&FDE_CODES, "FDE code", &self.fde_code)?;
        let params = FdeParams {
            repetitions: self.fde.repetitions,
            simhash_projections: self.fde.simhash_projections,
            projection_dim: self.fde.projection_dim,
            final_projection_dim: self.fde.final_projection_dim,
            fill_empty_partitions: self.fde.fill_empty_partitions,
            seed: self.fde.seed,
            generator: by_name(&GENERATORS, "FDE generator", &self.fde.generator)?,
        };
        let encoding = match self.lemur.map(StoredLemur::into_params).transpose()? {
            Some(params) => SetEncoding::Lemur { params, code: LemurCode::of(fde_code).map_err(impossible)? },
            None => SetEncoding::Fde { params, code: fde_code },
        };
        let reduction = self.reduction.map_or(Ok(Reduction::Keep), StoredReduction::into_reduction)?;
        Ok(Schema {
            dim: self.dim,
            reduction,
            tokens: TokenEncoding::new(token_code, self.centroids).map_err(impossible)?,
            encoding,
            encoder: self.encoder,
            words: self.words.map(StoredWords::into_words),
            sentence: self.sentence.map(|StoredSentence { dim }| SentenceSchema { dim }),
            // As a new schema has it where it says nothing.
            row_labels: self.row_labels || reduction == Reduction::Keep,
            tenants: self.tenants,
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
