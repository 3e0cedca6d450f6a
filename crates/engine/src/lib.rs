//! A search engine for *sets* of vectors.
//!
//! Late-interaction models give every document one vector per token; their score, MaxSim, is the sum over query
//! tokens of the largest inner product with a document token. A [`Collection`] keeps such sets durably, finds
//! candidates through one Fixed Dimensional Encoding per document (MUVERA, arXiv 2405.19504), scores the few best
//! exactly and says which token met which.
//!
//! ```
//! use pleiad::{Batch, Collection, Document, MultiVector, Query, Schema, SearchParams};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("greetings");
//! let collection = Collection::create(&path, &Schema::new(2))?;
//!
//! let writer = collection.writer()?;
//! let mut batch = Batch::new();
//! batch.upsert(Document::new("east", MultiVector::new(vec![1.0, 0.0], 2)?)?);
//! batch.upsert(Document::new("north", MultiVector::new(vec![0.0, 1.0], 2)?)?);
//! writer.apply(batch)?; // durable when this returns
//! writer.close()?;
//!
//! let snapshot = collection.snapshot()?;
//! let query = Query::new(MultiVector::new(vec![0.1, 0.9], 2)?);
//! let answer = snapshot.search(&query, &SearchParams { k: 1, ..Default::default() })?;
//! assert_eq!(answer.hits[0].key.as_str(), "north");
//! # Ok(())
//! # }
//! ```
//!
//! Vectors in, hits out: the engine never sees a text model. Text and attributes are kept beside the vectors and
//! given back as they came.

mod answer;
mod assets;
mod attributes;
mod batch;
mod build_params;
mod calibrate;
mod calibration;
mod cancellation;
mod coarse;
mod collection;
mod columns;
mod document;
mod encoding;
mod error;
mod explain;
mod filter;
mod hybrid;
mod info;
mod labels;
mod maintenance;
mod observed;
mod page;
mod plan;
mod pool;
mod postings;
mod recall_audit;
mod reduction;
mod rerank;
mod row_mask;
mod sample;
mod schema;
mod search;
mod sentence;
mod sets;
mod shared;
mod snapshot;
mod sources;
mod tenants;
mod token_coding;
mod vector_field;
mod vectorless;
mod verify;
mod verify_encodings;
mod words;
mod writer;

pub use answer::{Answer, Hit, HitParts, SearchStats, SetScore};
pub use assets::lost_asset;
pub use attributes::AttributeInfo;
pub use batch::{Amendment, Batch, Precondition};
pub use build_params::BuildParams;
pub use calibration::{Calibration, FilterDepth, Level, QueryClass, QueryOrigin, StepCosts, UnderFilter};
pub use cancellation::Cancellation;
pub use collection::Collection;
pub use document::{Document, StoredDocument, StoredFields};
pub use error::{Error, ErrorKind};
pub use explain::{Explanation, Part};
pub use filter::{AttributeValues, ConditionOutcome, ListedKey, OrderBy, UnknownAttribute};
pub use hybrid::{HybridExplanation, HybridQuery, HybridWeights};
pub use info::{Info, Promise, SetInfo};
pub use maintenance::{FilterRecall, FoundRecall, MaintenanceStatus};
pub use page::{Group, GroupBy, Page, PageParams};
pub use plan::{Plan, PlanOrigin, SearchParams, SetPlan};
pub use pleiad_compress::fde::{FdeGenerator, FdeParams};
pub use pleiad_compress::lemur::{LemurForm, LemurParams};
pub use pleiad_compress::quantize::{FdeCode, TokenCode};
pub use pleiad_filter::{
    FilterError, FilterErrorKind, Path as AttributePath, Predicate, Record as AttributeRecord,
    Value as AttributeValue,
};
pub use pleiad_index::words::TermsBuilder as Terms;
pub use pleiad_kernels::Isa;
pub use pleiad_store::{
    Durability, DurabilityError, NamedSnapshot, RepairEvent, RepairReport, StoreError, TakeBackEvent,
    TakeBackReport, Upgraded,
};
pub use pleiad_vectors::{DocId, DocKey, MultiVector, MultiVectorRef, Query, Score, TokenMatch};
pub use recall_audit::RecallAudit;
pub use reduction::Reduction;
pub use schema::{LemurCode, Schema, SentenceSchema, SetEncoding, SetSchema, TokenEncoding};
pub use sets::{ExplainedSet, SetBudgets, SetWeight, SetsCalibration, SetsExplanation, SetsLevel, SetsQuery};
pub use snapshot::Snapshot;
pub use sources::PlanSource;
pub use tenants::{Tenant, TenantInfo};
pub use verify::Verification;
pub use words::{TermPart, TextField, WordsExplanation, WordsQuery, WordsSchema};
pub use writer::{Receipt, Writer};
