//! The schema as the manifest keeps it: JSON, in names of its own, so that no rename in the code changes the format.

use super::stored_set::{StoredFde, StoredLemur, StoredSet, StoredVectors};
use super::{Schema, SentenceSchema, SetEncoding, SetSchema};
use crate::error::{Error, ErrorKind, Result};
use crate::reduction::{Reduction, StoredReduction};
use crate::words::StoredWords;
use pleiad_compress::lemur::{LemurForm, LemurParams};
use serde::{Deserialize, Serialize};

/// Newest version of the JSON below. A schema is written in the oldest that can say it: version 2 knows `lemur`, version 3
/// `centroids`, version 4 the `form` of `lemur`, version 5 `words`, version 6 `sentence` and `row_labels`, version 7
/// `tenants` and `vectorless`, version 8 `sets`.
const VERSION: u32 = 8;

/// The version that knows documents without token vectors.
const VECTORLESS_VERSION: u32 = 7;

/// The JSON, with the shape of the first vector set: the fields of [`StoredVectors`].
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
    /// The further vector sets, of which documents may lack any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sets: Vec<StoredSet>,
    /// Written where documents may lack token vectors: always the last field.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    vectorless: bool,
}

/// The end of a schema whose documents may lack token vectors.
const VECTORLESS: &[u8] = br#","vectorless":true}"#;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSentence {
    dim: usize,
}

/// The oldest version that can say a schema.
fn version_of(schema: &Schema) -> u32 {
    match (schema.tokens.centroids(), &schema.encoding) {
        _ if !schema.sets.is_empty() => 8,
        _ if schema.tenants => 7,
        _ if schema.sentence.is_some() || schema.keeps_labels() => 6,
        _ if schema.words.is_some() => 5,
        (_, SetEncoding::Lemur { params: LemurParams { form: LemurForm::Trained, .. }, .. }) => 4,
        (Some(_), _) => 3,
        (None, SetEncoding::Lemur { .. }) => 2,
        (None, SetEncoding::Fde { .. }) => 1,
    }
}

impl From<&Schema> for Stored {
    fn from(schema: &Schema) -> Self {
        let (body, further) = schema.shapes();
        let StoredVectors { dim, reduction, token_code, centroids, fde, lemur, fde_code, encoder } =
            StoredVectors::of(body, schema.encoder.clone());
        let sets = further.map(|(set, shape)| StoredSet::of(set, shape));
        Self {
            version: version_of(schema),
            dim,
            reduction,
            token_code,
            centroids,
            fde,
            lemur,
            fde_code,
            encoder,
            words: schema.words.as_ref().map(StoredWords::of),
            sentence: schema.sentence.map(|SentenceSchema { dim }| StoredSentence { dim }),
            row_labels: schema.keeps_labels(),
            tenants: schema.tenants,
            sets: sets.collect(),
            vectorless: false,
        }
    }
}

impl Stored {
    /// The same where documents may lack token vectors.
    pub(super) fn without_vectors(self) -> Self {
        Self { version: self.version.max(VECTORLESS_VERSION), vectorless: true, ..self }
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
        let Self { dim, reduction, token_code, centroids, fde, lemur, fde_code, encoder, .. } = self;
        let body = StoredVectors { dim, reduction, token_code, centroids, fde, lemur, fde_code, encoder };
        let body = body.into_set(SetSchema::BODY.to_owned())?;
        let SetSchema { dim, reduction, tokens, encoding, encoder, .. } = body;
        let schema = Schema {
            dim,
            reduction,
            tokens,
            encoding,
            encoder,
            words: self.words.map(StoredWords::into_words),
            sentence: self.sentence.map(|StoredSentence { dim }| SentenceSchema { dim }),
            // As a new schema has it where it says nothing.
            row_labels: self.row_labels || reduction == Reduction::Keep,
            tenants: self.tenants,
            sets: self.sets.into_iter().map(StoredSet::into_set).collect::<Result<_>>()?,
        };
        schema.check_sets().map_err(|error| {
            Error::corrupt(format!("the schema in MANIFEST is impossible: {error}")).caused_by(error)
        })?;
        Ok(schema)
    }
}
