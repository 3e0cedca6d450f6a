//! The shape of one vector set in the words of the manifest, for the first set and the named ones alike.

use super::encoding::{LemurCode, SetEncoding, TokenEncoding, default_fde};
use super::shape::{FieldSchema, SetSchema};
use crate::error::{Error, Result};
use crate::reduction::{Reduction, StoredReduction};
use pleiad_compress::fde::{FdeGenerator, FdeParams};
use pleiad_compress::lemur::{LemurForm, LemurParams};
use pleiad_compress::quantize::{FdeCode, TokenCode};
use serde::{Deserialize, Serialize};

/// A named set.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredSet {
    name: String,
    vectors: StoredVectors,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

/// The shape of a set. `fde` is written, and `fde_code` is of the encoding that there is, also where `lemur` stands in its
/// place.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredVectors {
    pub(super) dim: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reduction: Option<StoredReduction>,
    pub(super) token_code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) centroids: Option<u32>,
    pub(super) fde: StoredFde,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lemur: Option<StoredLemur>,
    pub(super) fde_code: String,
    pub(super) encoder: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredFde {
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
pub(super) struct StoredLemur {
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

impl StoredSet {
    pub(super) fn of(set: &SetSchema, shape: FieldSchema<'_>) -> Self {
        let SetSchema { name, encoder, source, .. } = set;
        Self {
            name: name.clone(),
            vectors: StoredVectors::of(shape, encoder.clone()),
            source: source.clone(),
        }
    }

    pub(super) fn into_set(self) -> Result<SetSchema> {
        let Self { name, vectors, source } = self;
        Ok(SetSchema { source, ..vectors.into_set(name)? })
    }
}

impl StoredVectors {
    pub(super) fn of(shape: FieldSchema<'_>, encoder: Option<String>) -> Self {
        let unused = default_fde(shape.dim);
        let (fde, lemur, fde_code) = match shape.encoding {
            SetEncoding::Fde { params, code } => (params, None, *code),
            SetEncoding::Lemur { params, code } => (&unused, Some(*params), code.fde_code()),
        };
        Self {
            dim: shape.dim,
            reduction: StoredReduction::of(shape.reduction),
            token_code: name_of(&TOKEN_CODES, &shape.tokens.code()),
            centroids: shape.tokens.centroids(),
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
            encoder,
        }
    }

    /// The set of this shape, without a source.
    pub(super) fn into_set(self, name: String) -> Result<SetSchema> {
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
        Ok(SetSchema {
            name,
            dim: self.dim,
            reduction: self.reduction.map_or(Ok(Reduction::Keep), StoredReduction::into_reduction)?,
            tokens: TokenEncoding::new(token_code, self.centroids).map_err(impossible)?,
            encoding,
            encoder: self.encoder,
            source: None,
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
