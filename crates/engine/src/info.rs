use crate::calibration::CalibratedRanking;
use crate::columns::{ATTRIBUTES, TERMS, TEXT};
use crate::error::{Error, Result};
use crate::snapshot::DocAddress;
use crate::{AttributeInfo, PlanOrigin, QueryClass, Schema, SearchParams, Snapshot, attributes, words};
use serde::Serialize;

/// Contents and sizes of a collection.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Info {
    /// Documents that a search can find.
    pub num_documents: u64,
    /// Their token vectors, as rows that are kept.
    pub num_tokens: u64,
    /// Immutable segments.
    pub num_segments: u64,
    /// Batches that are in the log and in no segment yet.
    pub num_batches: u64,
    /// Rows that are deleted but not yet merged away.
    pub num_deleted: u64,
    /// Bytes of the documents' token codes.
    pub token_bytes: u64,
    /// Bytes of their FDE codes.
    pub fde_bytes: u64,
    /// Bytes of their texts.
    pub text_bytes: u64,
    /// Bytes of their attributes.
    pub attribute_bytes: u64,
    /// Bytes of token postings and their centroids; 0 where no plan looks into them.
    pub postings_bytes: u64,
    /// Bytes of the documents' terms, and of the lists of documents by term; 0 where the collection keeps no words.
    pub words_bytes: u64,
    /// Bytes of the documents' sentence vectors; 0 where they have none.
    pub sentence_bytes: u64,
    /// Bytes that say which token vectors share a row; 0 where none do, or that is not kept.
    pub label_bytes: u64,
    /// Bytes of the index of attributes.
    pub attribute_index_bytes: u64,
    /// The attributes that documents of segments have; those of the log and of small segments are not counted.
    pub attributes: Vec<AttributeInfo>,
    /// Distinct terms of the documents.
    pub num_terms: u64,
    /// Bytes of all files: codes, texts, keys, indexes, checksums, log and manifest.
    pub total_bytes: u64,
    /// Bytes of these in the log.
    pub log_bytes: u64,
    /// Bytes that one token vector takes, rounded up; with codes of a few bits a document has the mean of its tokens
    /// besides.
    pub bytes_per_token: usize,
    /// Bytes that one FDE takes.
    pub bytes_per_fde: usize,
    /// Dimension of one FDE.
    pub fde_dim: usize,
    /// Promises for ten hits of a search that asks for no recall, by the length of queries; none without a calibration.
    pub promises: Vec<Promise>,
    /// The same for fused searches with the shares that suit the collection; none without a calibration of the fused score.
    pub hybrid_promises: Vec<Promise>,
    /// The named vector sets; none where documents have the first one alone, of which the fields above speak.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<SetInfo>,
    /// Returns the schema, fixed at creation.
    #[serde(serialize_with = "schema_as_json")]
    pub schema: Schema,
}

/// Contents and sizes of a named vector set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetInfo {
    /// Its name.
    pub name: String,
    /// Documents that have it.
    pub num_documents: u64,
    /// Their token vectors of this set, as rows that are kept.
    pub num_tokens: u64,
    /// Bytes of the token codes.
    pub token_bytes: u64,
    /// Bytes of the FDE codes, of documents that lack the set too.
    pub fde_bytes: u64,
    /// Bytes of token postings and their centroids; 0 where no plan looks into them.
    pub postings_bytes: u64,
    /// Bytes that one token vector takes, rounded up.
    pub bytes_per_token: usize,
    /// Bytes that one FDE takes.
    pub bytes_per_fde: usize,
    /// Dimension of one FDE.
    pub fde_dim: usize,
    /// Promises for ten hits of a search of this set that asks for no recall; none without a calibration.
    pub promises: Vec<Promise>,
}

/// A promise for queries of one range of lengths.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Promise {
    /// Fewest tokens of the queries that it holds for: from this number up to the promise after it.
    pub min_tokens: usize,
    /// Recall promised, and how that was measured.
    pub basis: PlanOrigin,
}

fn schema_as_json<S: serde::Serializer>(
    schema: &Schema,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    schema.stored().serialize(serializer)
}

impl Info {
    /// Bytes of all files over documents; 0 for an empty collection.
    pub fn bytes_per_document(&self) -> f64 {
        if self.num_documents == 0 { 0.0 } else { self.total_bytes as f64 / self.num_documents as f64 }
    }
}

/// Bytes of the attachments of this name.
fn attached_bytes(snapshot: &Snapshot, name: &str) -> u64 {
    snapshot.view.parts().iter().filter_map(|part| part.attachment(name)).map(|blob| blob.len() as u64).sum()
}

fn postings_bytes(snapshot: &Snapshot) -> u64 {
    let names = &snapshot.field().names;
    let centroids = snapshot.view.asset(&names.posting_centroids).map_or(0, |blob| blob.len() as u64);
    attached_bytes(snapshot, &names.postings) + centroids
}

fn promises(snapshot: &Snapshot, ranking: CalibratedRanking) -> Result<Vec<Promise>> {
    let Some(calibration) = snapshot.calibration_of(ranking)? else { return Ok(Vec::new()) };
    let promise = |class: &QueryClass| {
        let (min_tokens, params) = (class.min_tokens, SearchParams::default());
        let plan = match ranking {
            CalibratedRanking::Vectors => snapshot.plan_for(min_tokens, &params)?,
            CalibratedRanking::Fused => snapshot.plan_hybrid_for(min_tokens, &params)?,
        };
        Ok(Promise { min_tokens, basis: plan.basis })
    };
    calibration.classes.iter().map(promise).collect()
}

impl Snapshot {
    /// Counts, bytes and parameters of the collection, whatever the snapshot is narrowed to. Cost: the sizes of all documents are read, not the documents.
    ///
    /// # Errors
    /// `Corrupt` when a document cannot be read.
    pub fn info(&self) -> Result<Info> {
        info(&self.of_everybody())
    }
}

fn info(snapshot: &Snapshot) -> Result<Info> {
    let stats = snapshot.view.stats();
    let documents = snapshot.live_documents()?;
    let num_columns = snapshot.view.layout().columns().len();
    let mut column_bytes = vec![0; num_columns];
    for &location in &documents {
        for (column, num_bytes) in column_bytes.iter_mut().enumerate() {
            *num_bytes += snapshot.column(location, column)?.len() as u64;
        }
    }
    let mut sets = Vec::new();
    for snapshot in snapshot.of_each_field() {
        sets.push(set_info(&snapshot, &documents, &column_bytes)?);
    }
    let (field, body) = (snapshot.field(), sets.remove(0));
    Ok(Info {
        num_documents: stats.num_documents,
        num_tokens: body.num_tokens,
        num_segments: stats.num_segments,
        num_batches: stats.num_batches,
        num_deleted: stats.num_deleted_rows,
        token_bytes: body.token_bytes,
        fde_bytes: body.fde_bytes,
        text_bytes: column_bytes[TEXT],
        attribute_bytes: column_bytes[ATTRIBUTES],
        postings_bytes: body.postings_bytes,
        words_bytes: match snapshot.schema().words {
            Some(_) => column_bytes[TERMS] + attached_bytes(snapshot, words::ATTACHMENT),
            None => 0,
        },
        sentence_bytes: snapshot.shared.sentence.as_ref().map_or(0, |field| column_bytes[field.column]),
        label_bytes: field.columns.labels.map_or(0, |labels| column_bytes[labels]),
        attribute_index_bytes: attached_bytes(snapshot, attributes::ATTACHMENT),
        attributes: attributes::attributes_of(snapshot)?,
        num_terms: words::num_terms(snapshot)?,
        total_bytes: stats.total_bytes(),
        log_bytes: stats.log_bytes,
        bytes_per_token: body.bytes_per_token,
        bytes_per_fde: body.bytes_per_fde,
        fde_dim: body.fde_dim,
        promises: body.promises,
        hybrid_promises: promises(snapshot, CalibratedRanking::Fused)?,
        sets,
        schema: snapshot.schema().clone(),
    })
}

/// The vector set that a snapshot is searched by, given the bytes of each column. Cost: the lengths of its documents are read.
fn set_info(snapshot: &Snapshot, documents: &[DocAddress], column_bytes: &[u64]) -> Result<SetInfo> {
    let (field, token_codec) = (snapshot.field(), snapshot.token_codec()?);
    let (mut num_tokens, mut num_documents) = (0, 0);
    for &location in documents {
        let tokens = snapshot.token_codes(location)?;
        num_documents += u64::from(!tokens.is_empty());
        let of_document = token_codec.num_tokens(tokens.len());
        num_tokens += of_document.map_err(|e| Error::corrupt(snapshot.place(location)).caused_by(e))? as u64;
    }
    Ok(SetInfo {
        name: field.name.to_string(),
        num_documents,
        num_tokens,
        token_bytes: column_bytes[field.columns.tokens],
        fde_bytes: column_bytes[field.columns.fde],
        postings_bytes: postings_bytes(snapshot),
        bytes_per_token: token_codec.bits_per_token().div_ceil(8),
        bytes_per_fde: field.fde_code.bytes(),
        fde_dim: field.encoding.fde_dim(),
        promises: promises(snapshot, CalibratedRanking::Vectors)?,
    })
}
