//! One tenant of a thousand beside a collection of its own documents: CPU of a search, and bytes.

use pleiad::{
    Batch, BuildParams, Collection, Document, Durability, FdeParams, MultiVector, Predicate, Query, Schema,
    SearchParams, Snapshot, Tenant, Terms, WordsQuery, WordsSchema, Writer,
};
use pleiad_bench_measure::clock::{median, process_cpu_seconds};
use pleiad_bench_measure::report::{Report, grouped};
use pleiad_vectors::{Generator, Seed};
use std::path::Path;

const NUM_DOCUMENTS: u64 = 200_000;
const NUM_TENANTS: u64 = 1000;
const DIM: usize = 16;
const NUM_TOKENS: usize = 8;

/// Documents that come in one after another, and are written tenant by tenant.
const BATCH: usize = 16_384;

/// Tenants that are compared, by size: the largest first.
const COMPARED: [usize; 5] = [0, 9, 99, 299, 999];

/// Rounds, and searches of each kind in one.
const NUM_ROUNDS: usize = 9;
const PER_ROUND: usize = 40;

fn vectors(generator: &mut Generator) -> MultiVector {
    let values = (0..NUM_TOKENS * DIM).map(|_| generator.gaussian()).collect();
    MultiVector::new(values, DIM).expect("finite values")
}

fn document(at: u64) -> Document {
    let mut generator = Seed(at).generator();
    let mut terms = Terms::default();
    for position in 0..12 {
        // Few terms are in many documents.
        let term = (400.0 * generator.uniform().powi(3)) as u32;
        terms.push(0, &format!("w{term}"), position);
    }
    Document::new(format!("d{at}"), vectors(&mut generator)).expect("a key").with_terms(terms)
}

fn schema(tenants: bool) -> Schema {
    let params = FdeParams { repetitions: 10, ..Schema::fde_params(DIM) };
    Schema { tenants, words: Some(WordsSchema::new("english-1")), ..Schema::new(DIM).with_fde(params) }
}

fn create(path: &Path, tenants: bool) -> (Collection, Writer) {
    let collection = Collection::create(path, &schema(tenants)).expect("a new folder");
    let params = BuildParams { durability: Durability::None, ..BuildParams::default() };
    let writer = collection.writer_with(params).expect("a writer");
    (collection, writer)
}

/// The number of the tenant of each document, by Zipf's law, in no order.
fn owners() -> Vec<usize> {
    let weights: Vec<f64> = (1..=NUM_TENANTS).map(|rank| 1.0 / rank as f64).collect();
    let total: f64 = weights.iter().sum();
    let mut owners = Vec::new();
    for (tenant, weight) in weights.iter().enumerate() {
        let num = (NUM_DOCUMENTS as f64 * weight / total).round().max(1.0) as usize;
        owners.extend(std::iter::repeat_n(tenant, num));
    }
    Seed(7).generator().shuffle(&mut owners);
    owners
}

fn name(tenant: usize) -> Tenant {
    Tenant::new(format!("tenant-{tenant:04}")).expect("a name")
}

/// Median CPU microseconds of a search, of each of some ways that take turns, and their ratios to the first.
pub fn measure(ways: &[&dyn Fn(u64)]) -> Vec<(f64, f64)> {
    let mut seconds = vec![Vec::new(); ways.len()];
    for round in 0..NUM_ROUNDS + 1 {
        for (way, seconds) in ways.iter().zip(&mut seconds) {
            let start = process_cpu_seconds();
            (0..PER_ROUND).for_each(|at| way((round * PER_ROUND + at) as u64));
            // The first round warms up.
            if round > 0 {
                seconds.push((process_cpu_seconds() - start) / PER_ROUND as f64);
            }
        }
    }
    let ratio = |own: &[f64]| median(own.iter().zip(&seconds[0]).map(|(own, first)| own / first).collect());
    seconds.iter().map(|own| (1e6 * median(own.clone()), ratio(own))).collect()
}

/// Runs all of it.
pub fn run() -> Report {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let owners = owners();
    let (shared, writer) = create(&folder.path().join("shared"), true);
    let mut first = 0;
    for owners in owners.chunks(BATCH) {
        let mut by_tenant: Vec<(usize, u64)> = owners.iter().copied().zip(first..).collect();
        by_tenant.sort_unstable();
        for own in by_tenant.chunk_by(|a, b| a.0 == b.0) {
            let mut batch = Batch::of_tenant(name(own[0].0));
            own.iter().for_each(|&(_, at)| _ = batch.upsert(document(at)));
            writer.apply(batch).expect("a batch");
        }
        first += owners.len() as u64;
    }
    writer.compact().expect("a merge");
    writer.close().expect("an end");
    let snapshot = shared.snapshot().expect("a snapshot");
    let mut rows = Vec::new();
    for rank in COMPARED {
        let own: Vec<u64> =
            (0..).zip(&owners).filter(|(_, owner)| **owner == rank).map(|(at, _)| at).collect();
        let (alone, writer) = create(&folder.path().join(format!("alone-{rank}")), false);
        for some in own.chunks(BATCH) {
            let mut batch = Batch::new();
            some.iter().for_each(|&at| _ = batch.upsert(document(at)));
            writer.apply(batch).expect("a batch");
        }
        writer.compact().expect("a merge");
        writer.close().expect("an end");
        rows.push(compare(&snapshot, &alone.snapshot().expect("a snapshot"), rank, own.len()));
    }
    let mut report = Report::new(
        "Tenants",
        &format!(
            "{} synthetic documents of {NUM_TOKENS} tokens of dimension {DIM} and 12 terms, in one segment, of {} tenants whose sizes follow Zipf's law; \
             the best 10 for {} questions of each kind. `narrowed` takes a snapshot that is narrowed to the tenant already, `both` narrows it \
             for each question. CPU of the process; medians of {NUM_ROUNDS} interleaved rounds.",
            grouped(owners.len() as f64),
            grouped(NUM_TENANTS as f64),
            PER_ROUND * NUM_ROUNDS
        ),
    );
    let columns = [
        "tenant of",
        "vectors, alone µs",
        "narrowed",
        "both",
        "words, alone µs",
        "narrowed",
        "both",
        "filter, alone µs",
        "narrowed",
    ];
    report.table("A search, beside one in a collection of the tenant's own", &columns, &rows);
    report.paragraph(&bytes(&snapshot));
    report
}

fn compare(shared: &Snapshot, alone: &Snapshot, rank: usize, num_documents: usize) -> Vec<String> {
    let tenant = name(rank);
    let narrowed = shared.of_tenant(&tenant).expect("a tenant");
    let params = SearchParams { observe: false, ..SearchParams::default() };
    let by_key = Predicate::parse("_key STARTS WITH \"d1\"").expect("a filter");
    let filtered = SearchParams { filter: Some(by_key), ..params.clone() };
    let query = |at: u64| Query::new(vectors(&mut Seed(at).derive(1).generator()));
    let words =
        |at: u64| WordsQuery::new([3, 5, 90].map(|step| format!("w{}", at % step))).expect("few terms");
    let check = |a: pleiad::Answer, b: pleiad::Answer| {
        let hits = |answer: pleiad::Answer| {
            answer.hits.into_iter().map(|hit| (hit.key, hit.score)).collect::<Vec<_>>()
        };
        assert_eq!(hits(a), hits(b), "a tenant has the hits of a collection of its own");
    };
    let exact = SearchParams { exact: true, ..params.clone() };
    for at in 0..5 {
        check(
            narrowed.search(&query(at), &exact).expect("hits"),
            alone.search(&query(at), &exact).expect("hits"),
        );
        let (a, b) = (narrowed.search_words(&words(at), &params), alone.search_words(&words(at), &params));
        check(a.expect("hits"), b.expect("hits"));
    }
    let by_vectors =
        |snapshot: &Snapshot, at, params| drop(snapshot.search(&query(at), params).expect("hits"));
    let by_words = |snapshot: &Snapshot, at| drop(snapshot.search_words(&words(at), &params).expect("hits"));
    let vectors =
        measure(&[&|at| by_vectors(alone, at, &params), &|at| by_vectors(&narrowed, at, &params), &|at| {
            by_vectors(&shared.of_tenant(&tenant).expect("a tenant"), at, &params)
        }]);
    let words = measure(&[&|at| by_words(alone, at), &|at| by_words(&narrowed, at), &|at| {
        by_words(&shared.of_tenant(&tenant).expect("a tenant"), at)
    }]);
    let filter =
        measure(&[&|at| by_vectors(alone, at, &filtered), &|at| by_vectors(&narrowed, at, &filtered)]);
    let mut row = vec![grouped(num_documents as f64)];
    for measured in [&vectors, &words, &filter] {
        row.push(format!("{:.1}", measured[0].0));
        row.extend(measured[1..].iter().map(|(_, ratio)| format!("{ratio:.2}")));
    }
    row
}

/// Bytes that tenants take.
fn bytes(snapshot: &Snapshot) -> String {
    let info = snapshot.info().expect("an info");
    format!(
        "A tenant is the beginning of its documents' keys: `tenant-0000` and the separator are 12 bytes a document of {:.0}. Nothing is kept \
         of a tenant, in files or in memory: an idle one takes 0 bytes, and one that is read takes the bitmap of its rows for as long as its \
         snapshot is held.",
        info.bytes_per_document()
    )
}
