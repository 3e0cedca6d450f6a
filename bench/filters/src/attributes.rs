//! The index of attributes: what it costs to build and to ask, and what it takes.

use pleiad::{Batch, Collection, Document, MultiVector, Predicate, Schema};
use pleiad_bench_measure::clock::{cpu_seconds, median};
use pleiad_bench_measure::report::{Report, grouped};
use pleiad_filter::{AttributeVisitor, Scalar, visit_attributes};
use pleiad_index::attributes::{AttributeValue, Attributes, AttributesBuilder, Number, PathId};
use pleiad_vectors::Seed;
use serde_json::{Map, Value};
use std::hint::black_box;
use std::ops::Bound;

const NUM_ROWS: u64 = 1_000_000;
const ROUNDS: usize = 15;

/// Documents of the collection whose filters are asked again.
const NUM_KEPT: u64 = 2000;

struct Gathered(AttributesBuilder);

impl AttributeVisitor for Gathered {
    type Path = PathId;

    fn path(&mut self, above: PathId, name: &str) -> Option<PathId> {
        self.0.path(above, name)
    }

    fn existing(&mut self, path: PathId, is_filled: bool) {
        self.0.push_existing(path, is_filled);
    }

    fn null(&mut self, path: PathId) {
        self.0.push_null(path);
    }

    fn value(&mut self, path: PathId, value: Scalar<'_>) {
        let value = match value {
            Scalar::Bool(value) => AttributeValue::Bool(value),
            Scalar::Integer(value) => AttributeValue::Number(Number::of_integer(value)),
            Scalar::Float(value) => AttributeValue::Number(Number::of_float(value).expect("finite")),
            Scalar::Text(text) => AttributeValue::Text(text),
            Scalar::Time(at) => AttributeValue::Time(at),
        };
        self.0.push_value(path, value);
    }
}

/// Five attributes: a year of 40, a tag of 20, a price of 10,000, a day of ten years, an author of 5,000.
fn attributes(row: u64) -> String {
    let mut generator = Seed(row).generator();
    let mut below = |num: u64| generator.below(num);
    let day = format!("{}-{:02}-{:02}", 2014 + below(10), 1 + below(12), 1 + below(28));
    format!(
        "{{\"year\":{},\"tag\":\"tag-{}\",\"price\":{}.25,\"day\":\"{day}\",\"author\":\"author {}\"}}",
        1984 + below(40),
        below(20),
        below(10_000),
        below(5000),
    )
}

fn build(rows: &[String]) -> Vec<u8> {
    let mut gathered = Gathered(AttributesBuilder::default());
    for row in rows {
        let attributes: Map<String, Value> = serde_json::from_str(row).expect("an object");
        gathered.0.next_row().expect("few rows");
        visit_attributes(&attributes, AttributesBuilder::ROOT, &mut gathered);
    }
    gathered.0.finish().expect("few values")
}

/// The median CPU microseconds of some work.
fn microseconds(mut work: impl FnMut() -> u64) -> (f64, u64) {
    let mut found = 0;
    let of = |_| {
        let start = cpu_seconds();
        found = black_box(work());
        (cpu_seconds() - start) * 1e6
    };
    let times = (0..ROUNDS).map(of).collect();
    (median(times), found)
}

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new(
        "Attributes: the index and what it costs",
        "Five attributes a document: a year of 40, a tag of 20, a price of 10,000, a day of ten years, an author of 5,000. CPU \
         time of one thread.",
    );
    let rows: Vec<String> = (0..NUM_ROWS).map(attributes).collect();
    let json_bytes: usize = rows.iter().map(String::len).sum();
    let start = cpu_seconds();
    let bytes = build(&rows);
    let build_us = (cpu_seconds() - start) * 1e6 / NUM_ROWS as f64;
    let per_row = |bytes: usize| format!("{:.1}", bytes as f64 / NUM_ROWS as f64);
    report.table(
        &format!("{} rows", grouped(NUM_ROWS as f64)),
        &["bytes of JSON a document", "bytes of the index", "CPU-µs to build, JSON read"],
        &[vec![per_row(json_bytes), per_row(bytes.len()), format!("{build_us:.2}")]],
    );
    report.table("Rows of a filter", &["filter", "rows", "CPU-µs"], &asked(&bytes));
    report.table("The same once more", &["filter", "CPU-µs"], &asked_again());
    report
}

fn asked(bytes: &[u8]) -> Vec<Vec<String>> {
    let number = Number::of_integer;
    let equal = || {
        let index = Attributes::read(bytes).expect("what was written");
        let path = index.path(&["tag"]).expect("it is there");
        path.equal(AttributeValue::Text("tag-7")).expect("what was written").0
    };
    let years = |from: i64, to: i64| {
        let index = Attributes::read(bytes).expect("what was written");
        let path = index.path(&["year"]).expect("it is there");
        path.numbers_between(Bound::Included(number(from)), Bound::Included(number(to)))
            .expect("what was written")
    };
    let prices = |to: i64| {
        let index = Attributes::read(bytes).expect("what was written");
        let path = index.path(&["price"]).expect("it is there");
        path.numbers_between(Bound::Unbounded, Bound::Excluded(number(to))).expect("what was written")
    };
    let cases: [(&str, (f64, u64)); 6] = [
        ("tag = \"tag-7\"", microseconds(|| equal().len())),
        ("year >= 2014 (10 of 40)", microseconds(|| years(2014, 2023).len())),
        ("year >= 1994 (30 of 40)", microseconds(|| years(1994, 2023).len())),
        ("price < 1000 (1,000 of 10,000)", microseconds(|| prices(1000).len())),
        ("price < 9000 (9,000 of 10,000)", microseconds(|| prices(9000).len())),
        (
            "tag = \"tag-7\" AND year >= 2014 AND price < 1000",
            microseconds(|| (equal() & years(2014, 2023) & prices(1000)).len()),
        ),
    ];
    cases.map(|(filter, (us, num))| vec![filter.to_owned(), grouped(num as f64), format!("{us:.0}")]).into()
}

/// Filters whose rows are kept.
fn asked_again() -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let collection =
        Collection::create(folder.path().join("collection"), &Schema::new(2)).expect("a new folder");
    let writer = collection.writer().expect("no other writer");
    let mut batch = Batch::new();
    for row in 0..NUM_KEPT {
        let vectors = MultiVector::new(vec![1.0, row as f32], 2).expect("a vector");
        let attributes: Map<String, Value> = serde_json::from_str(&attributes(row)).expect("an object");
        let document = Document::new(format!("d{row}"), vectors).expect("a document");
        batch.upsert(document.with_attributes(&attributes).expect("an object"));
    }
    writer.apply(batch).expect("a writable folder");
    writer.flush().expect("a writable folder");
    let snapshot = collection.snapshot().expect("a readable collection");
    let filters = ["tag = \"tag-7\"", "tag = \"tag-7\" AND year >= 2014 AND price < 1000"];
    let of = |filter: &str| {
        let parsed = Predicate::parse(filter).expect("a filter");
        let (us, _) =
            microseconds(|| (0..1000).map(|_| snapshot.count(&parsed).expect("a valid filter")).sum());
        vec![filter.to_owned(), format!("{:.2}", us / 1000.0)]
    };
    filters.map(of).into()
}
