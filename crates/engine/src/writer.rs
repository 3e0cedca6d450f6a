use crate::batch::{Change, Decided, Step, decide};
use crate::calibration::CalibratedRanking;
use crate::columns::{self, ColumnEncoder, Scratch};
use crate::error::Result;
use crate::maintenance::{
    FilterRecall, Maintenance, MaintenanceStatus, calibrate_if_due, num_segments, tune, tune_filters,
};
use crate::shared::Shared;
use crate::snapshot::note_asset;
use crate::tenants::{check_write, stored_key};
use crate::vector_field::VectorField;
use crate::{
    Batch, BuildParams, Calibration, Document, HybridQuery, HybridWeights, Query, SetSchema, SetsCalibration,
    SetsQuery, Snapshot, Tenant, sets,
};
use pleiad_filter::Predicate;
use pleiad_store::{Commit, Operation, Options, SharedWriter, StoreWriter};
use rayon::prelude::*;
use std::sync::Arc;

/// The only writer of a collection. Threads share it: small batches that come together are synced together.
///
/// Segments are merged, and collections that are searched while they grow are calibrated again, on threads of its own,
/// which neither searching nor writing waits for unless they fall far behind; an error surfaces at the next call.
/// Dropping a writer waits for the merge under way and loses nothing that was acknowledged; [`Writer::close`] also
/// leaves the files tidy and detectable if they are cut short later.
pub struct Writer {
    shared: Arc<Shared>,
    params: BuildParams,
    pub(crate) maintenance: Maintenance,
    pub(crate) store: Arc<SharedWriter>,
}

/// Result of a batch. When it is returned, the batch is as durable as the writer's
/// [`Durability`](pleiad_store::Durability) says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Position of the batch among all batches of this collection.
    pub sequence: u64,
    /// Documents written, new or in place of an older one.
    pub num_upserted: u64,
    /// Documents of those that replaced an older one.
    pub num_replaced: u64,
    /// Documents deleted.
    pub num_deleted: u64,
    /// Documents amended: those that have other attributes now, and those that had these already.
    pub num_amended: u64,
    /// Documents passed over, since what is stored did not meet their condition.
    pub num_skipped: u64,
    /// Keys to amend that no document has.
    pub num_missing: u64,
}

impl Writer {
    pub(crate) fn open(shared: Arc<Shared>, params: BuildParams) -> Result<Self> {
        let options = Options { has_key_order: shared.schema.tenants, ..params.store_options() };
        let store = StoreWriter::open(shared.backend.clone(), options)?;
        let store = Arc::new(SharedWriter::new(store, params.durability)?);
        let maintenance = Maintenance::start(shared.clone(), store.clone(), params)?;
        maintenance.ask();
        Ok(Self { shared, params, maintenance, store })
    }

    /// Makes a batch visible and durable as one. Cost: the reduction and one FDE of each document on
    /// all cores, and with [`Durability::Sync`](pleiad_store::Durability::Sync) one sync, shared with the batches
    /// that other threads bring meanwhile.
    ///
    /// # Errors
    /// `InvalidArgument` when a document does not fit the schema (it is named; nothing of the batch is kept);
    /// `Conflict` when an expectation of [`Batch::expect`] is not met, and nothing is done; `Unavailable` when the disk refuses, after which this writer refuses everything: reopen to go on.
    pub fn apply(&self, batch: Batch) -> Result<Receipt> {
        let tenant = batch.tenant.clone();
        check_write(&self.shared.schema, tenant.as_ref())?;
        self.learn(&batch)?;
        let lacks_vectors = batch.lacks_vectors();
        if batch.filters().next().is_some() {
            // Others wait for the decision below: what filters find so far is remembered for it.
            let snapshot = self.snapshot().narrowed(tenant.as_ref())?;
            batch.filters().try_for_each(|filter| snapshot.matched(filter).map(drop))?;
        }
        let (num_changes, num_threads) = (batch.len(), rayon::current_num_threads());
        let together = |field: &VectorField| field.encoding.together(num_changes, num_threads);
        let together = self.shared.fields.iter().map(together).max().unwrap_or(1);
        let steps: Vec<Vec<Step>> = batch
            .changes
            .into_par_iter()
            .chunks(together)
            .map_init(Scratch::default, |scratch, changes| self.encode(changes, scratch))
            .collect::<Result<_>>()?;
        let steps = steps.into_iter().flatten().collect::<Vec<_>>();
        self.maintenance.keep_up()?;
        let num_before = num_segments(&self.store.view());
        if lacks_vectors {
            self.allow_no_vectors()?;
        }
        let (commit, decided) = self.commit(steps, tenant.as_ref())?;
        if num_segments(&self.store.view()) > num_before {
            self.maintenance.ask();
        }
        Ok(Receipt {
            sequence: commit.sequence,
            num_upserted: commit.num_upserted - decided.num_rewritten,
            num_replaced: commit.num_replaced - decided.num_rewritten,
            num_deleted: commit.num_deleted,
            num_amended: decided.num_amended,
            num_skipped: decided.num_skipped,
            num_missing: decided.num_missing,
        })
    }

    /// Commits steps: together with those of other threads where nothing that is stored decides about them.
    fn commit(&self, steps: Vec<Step>, tenant: Option<&Tenant>) -> Result<(Commit, Decided)> {
        let stored = |operation| {
            Ok(match operation {
                Operation::Upsert { key, columns } => {
                    Operation::Upsert { key: stored_key(tenant, key)?, columns }
                }
                Operation::Delete { key } => Operation::Delete { key: stored_key(tenant, key)? },
            })
        };
        if steps.iter().all(|step| matches!(step, Step::Write(_))) {
            let operations = steps.into_iter().filter_map(|step| match step {
                Step::Write(operation) => Some(operation),
                _ => None,
            });
            let operations = operations.map(stored).collect::<Result<_>>()?;
            return Ok((self.store.commit(operations)?, Decided::default()));
        }
        self.store.commit_on(|view| {
            let own = Snapshot::new(self.shared.clone(), view.clone()).narrowed(tenant)?;
            let (operations, decided) = decide(&own, steps)?;
            Ok((operations.into_iter().map(stored).collect::<Result<_>>()?, decided))
        })
    }

    /// Has the collection say that documents may lack token vectors, which older releases do not know.
    fn allow_no_vectors(&self) -> Result<()> {
        if self.snapshot().may_lack_vectors() {
            return Ok(());
        }
        let schema = self.shared.schema.to_bytes_without_vectors()?;
        Ok(self.store.with(|store| store.set_schema(schema))?)
    }

    /// Some changes with their documents as the store takes them, in their order.
    fn encode(&self, changes: Vec<Change>, scratch: &mut Scratch) -> Result<Vec<Step>> {
        let fields = &self.shared.fields;
        let mut documents = Vec::new();
        let mut upsert = |document: Box<Document>| {
            document.check(&self.shared.schema)?;
            let key = document.key.as_str().to_owned();
            documents.push(*document);
            Result::Ok(Operation::Upsert { key, columns: Vec::new() })
        };
        let step = |change| {
            Ok(match change {
                Change::Delete(key) => Step::Write(Operation::Delete { key: key.as_str().to_owned() }),
                Change::Upsert(document) => Step::Write(upsert(document)?),
                Change::UpsertIf(document, condition) => Step::WriteIf(upsert(document)?, condition),
                Change::DeleteWhere(filter) => Step::DeleteWhere(filter),
                Change::Amend(key, amendment) => Step::Amend(key, amendment),
                Change::AmendWhere(filter, amendment) => Step::AmendWhere(filter, amendment),
                Change::Expect(key, condition) => Step::Expect(key, condition),
            })
        };
        let mut steps = changes.into_iter().map(step).collect::<Result<Vec<Step>>>()?;
        let num_text_fields = self.shared.schema.words.as_ref().map(|words| words.fields.len());
        let encoder = ColumnEncoder { fields, num_text_fields, sentence: self.shared.sentence.as_ref() };
        let mut encoded = columns::encode(encoder, documents, scratch)?.into_iter();
        for step in &mut steps {
            if let Step::Write(Operation::Upsert { columns, .. })
            | Step::WriteIf(Operation::Upsert { columns, .. }, _) = step
            {
                columns.extend(encoded.next().into_iter().flatten());
            }
        }
        Ok(steps)
    }

    /// Lets a collection that has to learn before it can encode learn from its first batch.
    fn learn(&self, batch: &Batch) -> Result<()> {
        let keep =
            |asset: &str, bytes| Ok(self.store.with(|store| store.set_assets(&[(asset, Some(bytes))]))?);
        self.shared.fields.iter().try_for_each(|field| {
            // Documents of another dimension are refused later, by name.
            let documents = || batch.vectors_of(&field.name).filter(|vectors| vectors.dim() == field.dim);
            let learned = field.encoding.learn(&self.store.view(), documents(), keep);
            let learned = learned.and_then(|()| field.tokens.learn(&self.store.view(), documents(), keep));
            learned.map_err(|error| field.named(error))
        })
    }

    /// Keeps bytes with the collection under a name, for a layer above: the engine gives them back and knows nothing of
    /// them. They take the place of those of the same name, and go where there are none. Cost: a file is written and
    /// synced, and the manifest.
    ///
    /// # Errors
    /// `InvalidArgument` when the name is empty or above 250 bytes; `Unavailable` when a write fails.
    pub fn set_note(&self, name: &str, content: Option<&[u8]>) -> Result<()> {
        let asset = note_asset(name);
        Ok(self.store.with(|store| store.set_assets(&[(&asset, content.map(<[u8]>::to_vec))]))?)
    }

    /// The state of the work in the background. Cost: it does not wait.
    pub fn maintenance(&self) -> MaintenanceStatus {
        self.maintenance.status()
    }

    /// A view of everything applied so far.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.shared.clone(), self.store.view())
    }

    /// Turns the log into a segment: everything applied is durable then, whatever the durability of the writer. Merges
    /// that are due by then go on by themselves.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses.
    pub fn flush(&self) -> Result<()> {
        self.maintenance.surface()?;
        self.store.with(StoreWriter::flush)?;
        self.maintenance.ask();
        Ok(())
    }

    /// Keeps the present state under a name until it is dropped, whatever is written. Cost: a flush; later, the space
    /// of what was deleted or replaced since.
    ///
    /// # Errors
    /// `InvalidArgument` for a name that is no part of a file name, `Conflict` when it is taken, `Unavailable` when the
    /// disk refuses.
    pub fn name_snapshot(&self, name: &str) -> Result<()> {
        Ok(self.store.with(|store| store.name_snapshot(name))?)
    }

    /// Gives up a named snapshot, and removes what it alone kept.
    ///
    /// # Errors
    /// `NotFound` when there is none of this name, `Unavailable` when the disk refuses.
    pub fn drop_snapshot(&self, name: &str) -> Result<()> {
        Ok(self.store.with(|store| store.drop_snapshot(name))?)
    }

    /// Puts all documents into one segment, or as few as [`BuildParams::memory_bytes`] lets it, and gives the space of
    /// deleted ones back. Batches may be applied meanwhile. Cost: every document is read and written once more.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses, `Corrupt` when a document cannot be read: the collection stays as it is.
    pub fn compact(&self) -> Result<()> {
        self.maintenance.compact()
    }

    /// Measures what budgets reach which recall, and keeps that with the collection: searches that ask for a recall
    /// take the cheapest plan. The queries should be like those that will be asked; without any, tokens of
    /// documents stand in for them.
    ///
    /// Cost: as [`Snapshot::calibrate`].
    ///
    /// # Errors
    /// As [`Snapshot::calibrate`], and `Unavailable` when the disk refuses.
    pub fn tune(&self, queries: &[Query]) -> Result<Calibration> {
        self.tune_set(SetSchema::BODY, queries)
    }

    /// The same for a named vector set, whose queries these are: for searches of [`Snapshot::of_set`].
    ///
    /// Cost: as [`Snapshot::calibrate`].
    ///
    /// # Errors
    /// As [`Writer::tune`], and `InvalidArgument` for a name that no set has.
    pub fn tune_set(&self, name: &str, queries: &[Query]) -> Result<Calibration> {
        let queries: Vec<HybridQuery> = queries.iter().cloned().map(HybridQuery::of_vectors).collect();
        self.tune_ranking(name, CalibratedRanking::Vectors, &queries)
    }

    /// The same for the fused score of [`Snapshot::search_hybrid`], with the shares that suit the collection
    /// ([`HybridWeights::for_schema`](crate::HybridWeights::for_schema)), whatever those of the queries: for fused searches
    /// with these shares. Queries count that have all parts which the collection keeps, and no phrases.
    ///
    /// Cost: as [`Snapshot::calibrate`].
    ///
    /// # Errors
    /// As [`Writer::tune`], and as [`Snapshot::search_hybrid`] for a query that does not fit.
    pub fn tune_hybrid(&self, queries: &[HybridQuery]) -> Result<Calibration> {
        self.tune_ranking(SetSchema::BODY, CalibratedRanking::Fused, &self.like_calibrated(queries))
    }

    /// Measures searches for these queries under filters that users ask with, beside exact ones, for 10 and 100 hits and
    /// promised recalls from .9 to .99. Where they find less than was promised, searches under filters for queries of this
    /// length do more from now on, until the next calibration: up to four times, or they score every match.
    ///
    /// Cost: an exact search and eight others for each query and filter, and again each time that a promise is not kept.
    ///
    /// # Errors
    /// `InvalidArgument` without queries, for one that does not fit and for a collection that is not calibrated,
    /// `Corrupt` when a document cannot be read, `Unavailable` when the disk refuses.
    pub fn tune_filters(&self, queries: &[Query], filters: &[Predicate]) -> Result<Vec<FilterRecall>> {
        let queries: Vec<HybridQuery> = queries.iter().cloned().map(HybridQuery::of_vectors).collect();
        self.tune_ranking_filters(CalibratedRanking::Vectors, &queries, filters)
    }

    /// The same for the fused score of [`Snapshot::search_hybrid`], with the queries that [`Writer::tune_hybrid`] takes.
    ///
    /// # Errors
    /// As [`Writer::tune_filters`].
    pub fn tune_hybrid_filters(
        &self,
        queries: &[HybridQuery],
        filters: &[Predicate],
    ) -> Result<Vec<FilterRecall>> {
        self.tune_ranking_filters(CalibratedRanking::Fused, &self.like_calibrated(queries), filters)
    }

    fn tune_ranking_filters(
        &self,
        ranking: CalibratedRanking,
        queries: &[HybridQuery],
        filters: &[Predicate],
    ) -> Result<Vec<FilterRecall>> {
        let store = &self.store;
        self.maintenance.meanwhile(|| {
            tune_filters(
                store,
                &Snapshot::whole(self.shared.clone(), store.view()),
                ranking,
                queries,
                filters,
            )
        })
    }

    /// The queries that have all parts which the collection keeps, with the shares that suit it.
    fn like_calibrated(&self, queries: &[HybridQuery]) -> Vec<HybridQuery> {
        let schema = &self.shared.schema;
        let weights = HybridWeights::for_schema(schema);
        let weighted = queries.iter().map(|query| HybridQuery { weights, ..query.clone() });
        weighted.filter(|query| query.is_like_calibrated(schema)).collect()
    }

    /// The same for several vector sets together: for searches of [`Snapshot::search_sets`] by these sets, with weights that are
    /// to each other as those of the queries within a factor of two. All queries have the same weights, and there are 40 or more.
    ///
    /// It holds until the collection has become twice or half as large: nobody else has such queries.
    ///
    /// Cost: for each query MaxSim on the codes of all documents in each set, of some 16 million documents at most beyond 40
    /// queries, and some dozens of searches by each set.
    ///
    /// # Errors
    /// `InvalidArgument` for fewer queries, for one set alone and for queries of different weights; as [`Writer::tune`] otherwise.
    pub fn tune_sets(&self, queries: &[SetsQuery]) -> Result<SetsCalibration> {
        let store = &self.store;
        self.maintenance.meanwhile(|| {
            let snapshot = Snapshot::whole(self.shared.clone(), store.view());
            let calibration = sets::measure(&snapshot, queries)?;
            sets::keep(store, &self.shared.combinations.of(&store.view())?, &calibration)?;
            self.shared.sets_audit.forget();
            Ok(calibration)
        })
    }

    fn tune_ranking(
        &self,
        set: &str,
        ranking: CalibratedRanking,
        queries: &[HybridQuery],
    ) -> Result<Calibration> {
        let (store, params) = (&self.store, self.params);
        self.maintenance.meanwhile(|| {
            let snapshot = Snapshot::whole(self.shared.clone(), store.view()).of_set(set)?;
            tune(store, &snapshot, ranking, queries, params)
        })
    }

    /// Ends writing: waits for the merges that are due, and seals the log, so that later damage to it is always
    /// noticed. The lock is free then.
    ///
    /// A collection that is not calibrated, or has become twice or half as large since, or where
    /// [`Collection::recall_audit`](crate::Collection::recall_audit) says so, is calibrated first: with queries that searches of
    /// this process asked, for lengths of which there are 40, else with some made from its documents. Cost: 384 Ki
    /// documents scored on their codes at most, and 192 to 256 scans over all FDE codes; as much again for the fused score,
    /// where the collection keeps words or sentence vectors.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses, `Corrupt` when a merge or the calibration met damage; what was acknowledged
    /// is safe all the same.
    pub fn close(self) -> Result<()> {
        let Self { shared, params, maintenance, store } = self;
        let merged = maintenance.finish();
        drop(maintenance);
        let tuned = calibrate_if_due(&store, &Snapshot::whole(shared, store.view()), params);
        store.close()?;
        merged.and(tuned.map(drop))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Collection, Document, MultiVector, Query, Schema, SearchParams};

    #[test]
    fn a_calibration_without_classes_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let collection = Collection::create(folder.path().join("collection"), &Schema::new(2)).unwrap();
        let writer = collection.writer().unwrap();
        let vectors = |at: u32| MultiVector::new(vec![1.0, at as f32], 2).unwrap();
        let mut batch = crate::Batch::new();
        (0..40).for_each(|at| {
            batch.upsert(Document::new(format!("{at}"), vectors(at)).unwrap());
        });
        writer.apply(batch).unwrap();
        let old = include_bytes!("../tests/fixtures/calibration-version-1.json").to_vec();
        writer.store.with(|store| store.set_assets(&[("calibration", Some(old))])).unwrap();
        let snapshot = writer.snapshot();
        let (query, params) =
            (Query::new(vectors(3)), SearchParams { recall: Some(0.9), ..Default::default() });
        assert_eq!(snapshot.search(&query, &params).unwrap().hits.len(), 10);
        let told = snapshot.plan(&query, &params).unwrap().basis.to_string();
        assert!(told.contains("lengths that an older release did not note"), "{told}");
        writer.close().unwrap();
        let calibration = collection.snapshot().unwrap().calibration().unwrap().unwrap();
        assert!(calibration.classes.iter().all(|class| class.query_tokens.is_some()), "{calibration:?}");
    }
}
