//! Token postings as a source of candidates: they cover every document, follow merges, and go where nobody needs them.

use crate::support::{document, query, scratch, vectors_of};
use pleiad::{
    Answer, Batch, Calibration, Collection, DocKey, Level, PlanSource, Query, QueryClass, QueryOrigin,
    Schema, SearchParams, Snapshot, Writer,
};

/// Values enough for a scan of all codes to cost more than a look into postings.
const DIM: usize = 64;

/// Searches whatever the collection's calibration says of costs: all plans look into postings alone.
fn look(snapshot: &Snapshot, query: &Query, num_candidates: usize) -> Answer {
    let level = |k: usize| Level {
        k,
        recall: 0.9,
        expected: 0.9,
        interval: None,
        sources: vec![PlanSource::Postings { num_probes: 8, num_candidates }],
        num_reranked: k + 20,
        under_filter: None,
    };
    let class = QueryClass {
        min_tokens: 1,
        num_documents: snapshot.num_documents(),
        num_sampled: snapshot.num_documents(),
        num_queries: 100,
        query_tokens: Some((1, 9)),
        origin: QueryOrigin::Given,
        costs: None,
        levels: [1, 10, 100].map(level).into(),
    };
    let snapshot = snapshot.clone().with_calibration(Calibration { weights: None, classes: vec![class] });
    snapshot.search(query, &SearchParams { k: 5, recall: Some(0.9), ..Default::default() }).unwrap()
}

fn add(writer: &Writer, numbers: std::ops::Range<usize>) {
    let mut batch = Batch::new();
    for at in numbers {
        batch.upsert(document(&format!("d{at}"), 0, DIM));
    }
    writer.apply(batch).unwrap();
}

/// A document's own tokens, which find it before all others.
fn own(key: &str) -> Query {
    Query::new(vectors_of(key, 0, DIM))
}

fn best(answer: &Answer) -> &DocKey {
    &answer.hits[0].key
}

fn uses_postings(calibration: &Calibration) -> bool {
    let is_one = |source: &PlanSource| matches!(source, PlanSource::Postings { .. });
    calibration.levels().flat_map(|level| &level.sources).any(is_one)
}

/// A collection of 900 documents whose calibration was asked for, and looks into postings.
fn tuned(path: &std::path::Path) -> Collection {
    let collection = Collection::create(path, &Schema::new(DIM)).unwrap();
    let writer = collection.writer().unwrap();
    add(&writer, 0..500);
    writer.flush().unwrap();
    add(&writer, 500..900);
    writer.flush().unwrap();
    let queries: Vec<Query> = (0..80).map(|at| own(&format!("d{}", at * 11))).collect();
    assert!(uses_postings(&writer.tune(&queries).unwrap()));
    writer.close().unwrap();
    collection
}

#[test]
fn every_document_is_found_wherever_it_lies() {
    let (_folder, path) = scratch();
    let collection = tuned(&path);
    let writer = collection.writer().unwrap();
    // These are in the log alone, and have no postings.
    add(&writer, 900..1000);
    let snapshot = collection.snapshot().unwrap();
    for at in (0..1000).step_by(37) {
        let key = format!("d{at}");
        let answer = look(&snapshot, &own(&key), 60);
        assert_eq!(best(&answer).as_str(), key, "{}", answer.plan);
        assert_eq!(answer.spent.num_scanned, 100, "the log is scanned, the segments are not");
        assert!(answer.spent.num_postings > 0 && answer.spent.num_rescored < 500, "{:?}", answer.spent);
    }
    let mut batch = Batch::new();
    batch.delete(DocKey::new("d37").unwrap());
    writer.apply(batch).unwrap();
    let answer = look(&collection.snapshot().unwrap(), &own("d37"), 60);
    assert!(answer.hits.iter().all(|hit| hit.key.as_str() != "d37"));
}

#[test]
fn they_follow_merges() {
    let (_folder, path) = scratch();
    let collection = tuned(&path);
    let writer = collection.writer().unwrap();
    add(&writer, 900..1300);
    let mut batch = Batch::new();
    for at in (0..1300).step_by(10) {
        batch.delete(DocKey::new(format!("d{at}")).unwrap());
    }
    writer.apply(batch).unwrap();
    writer.compact().unwrap();
    let merged = collection.snapshot().unwrap();
    assert_eq!((merged.num_documents(), merged.info().unwrap().num_segments), (1170, 1));
    for seed in 0..20 {
        let query = query(seed, 5, DIM);
        let answer = look(&merged, &query, 1169);
        assert_eq!(answer.spent.num_scanned, 0, "the merged segment has postings");
    }
    let answers = |snapshot: &Snapshot| -> Vec<Answer> {
        (0..20).map(|seed| look(snapshot, &query(seed, 5, DIM), 40)).collect()
    };
    writer.close().unwrap();
    let reopened = Collection::open(&path).unwrap();
    assert_eq!(answers(&reopened.snapshot().unwrap()), answers(&merged));
}

#[test]
fn parts_change_no_answer() {
    let (_folder, path) = scratch();
    let collection = tuned(&path);
    let before = collection.snapshot().unwrap();
    let writer = collection.writer().unwrap();
    writer.compact().unwrap();
    let after = collection.snapshot().unwrap();
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for seed in 0..20 {
        let query = query(seed, 5, DIM);
        let answer = look(&before, &query, 40);
        assert_eq!(look(&after, &query, 40), answer);
        assert_eq!(single.install(|| look(&before, &query, 40)), answer);
    }
}

#[test]
fn plans_do_not_count_on_what_is_not_there() {
    let (_folder, path) = scratch();
    let collection = tuned(&path);
    let with = collection.snapshot().unwrap();
    let calibration = (*with.calibration().unwrap().unwrap()).clone();
    // The same documents, in a collection that has no postings.
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(DIM)).unwrap();
    let writer = collection.writer().unwrap();
    add(&writer, 0..900);
    let without = writer.snapshot().with_calibration(calibration);
    for recall in [0.5, 0.9, 0.95] {
        let params = SearchParams { recall: Some(recall), ..Default::default() };
        let plan = without.plan(&own("d7"), &params).unwrap();
        let looks_up = plan.sources.iter().any(|source| matches!(source, PlanSource::Postings { .. }));
        assert!(!looks_up && plan.promised_recall().unwrap() >= recall, "{plan}");
        without.search(&own("d7"), &params).unwrap();
    }
}
