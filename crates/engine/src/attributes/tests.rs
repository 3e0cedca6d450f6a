//! Answers of an index to predicates, against a look at all documents; collections with an index and without.

use super::gather::Gathered;
use super::{ATTACHMENT, rows_known, verify_encodings};
use crate::{Batch, Collection, Document, MultiVector, Predicate, Schema, Snapshot, Writer};
use pleiad_filter::Record;
use pleiad_index::attributes::Attributes;
use pleiad_store::testing::MemoryBackend;
use proptest::prelude::*;
use roaring::RoaringBitmap;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Attributes of every kind, often missing, null, nested, or several.
fn attributes() -> impl Strategy<Value = Map<String, Value>> {
    let scalar = || {
        prop_oneof![
            4 => (-3..6_i64).prop_map(Value::from),
            2 => prop::sample::select(vec![0.5, 2.0, -1e-300, 9.3e18, 1e300]).prop_map(Value::from),
            2 => prop::sample::select(vec!["a", "ab", "b", "2024-01-31", "2024-02-01 10:00", ""]).prop_map(Value::from),
            1 => (239..246_usize).prop_map(|num| Value::from("x".repeat(num))),
            1 => any::<bool>().prop_map(Value::from),
            1 => Just(Value::Null),
        ]
    };
    let list = prop::collection::vec(scalar(), 0..3).prop_map(Value::from);
    let object = (scalar(), scalar()).prop_map(|(p, q)| json!({"p": p, "q": q}));
    let place = (-2..3_i32, -2..3_i32).prop_map(|(lat, lon)| json!({"lat": lat, "lon": lon}));
    let objects = prop::collection::vec(object.clone(), 0..3).prop_map(Value::from);
    let value = prop_oneof![4 => scalar(), 1 => list, 1 => object, 1 => objects, 1 => place];
    let names = prop::sample::select(vec!["a", "b", "c", "x.y"]).prop_map(str::to_owned);
    prop::collection::btree_map(names, value, 0..4).prop_map(|map| map.into_iter().collect())
}

fn conditions() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec!["a", "b", "c", "`x.y`", "a.p", "b.q", "c.p", "missing", "a.lat"]);
    let value = prop::sample::select(vec![
        "0",
        "2",
        "0.5",
        "-1",
        "9300000000000000000",
        "\"a\"",
        "\"ab\"",
        "\"2024-01-31\"",
        "2024-01-31",
        "true",
    ]);
    let ordered = prop::sample::select(vec!["0", "2", "0.5", "2024-01-31", "2024-02-02"]);
    let long = (238..247_usize).prop_map(|num| format!("\"{}\"", "x".repeat(num)));
    let compared = prop::sample::select(vec!["<", "<=", ">", ">="]);
    prop_oneof![
        3 => (path.clone(), prop::sample::select(vec!["=", "!="]), prop_oneof![value.clone(), long.clone().prop_map(|text| &*text.leak())])
            .prop_map(|(path, is, value)| format!("{path} {is} {value}")),
        3 => (path.clone(), compared, ordered).prop_map(|(path, is, value)| format!("{path} {is} {value}")),
        1 => (path.clone(), value.clone(), value.clone()).prop_map(|(path, a, b)| format!("{path} IN ({a}, {b})")),
        1 => (path.clone(), value.clone()).prop_map(|(path, a)| format!("{path} HAS OTHER THAN ({a})")),
        1 => (path.clone(), -3..3_i32, 0..4_i32).prop_map(|(path, from, num)| format!("{path} BETWEEN {from} AND {}", from + num)),
        1 => (path.clone(), long).prop_map(|(path, text)| format!("{path} STARTS WITH {text}")),
        1 => path.clone().prop_map(|path| format!("{path} STARTS WITH \"a\"")),
        1 => path.clone().prop_map(|path| format!("{path} MATCHES \"ab\"")),
        3 => (path.clone(), prop::sample::select(vec!["EXISTS", "NOT EXISTS", "IS NULL", "IS NOT NULL", "IS EMPTY", "IS NOT EMPTY"]))
            .prop_map(|(path, is)| format!("{path} {is}")),
        1 => (path.clone(), 0..3_i32).prop_map(|(path, num)| format!("{path} COUNT = {num}")),
        1 => path.clone().prop_map(|path| format!("{path} WITHIN 120 km OF (0, 1)")),
        1 => (path, value.clone(), value).prop_map(|(path, p, q)| format!("ANY {path} (p = {p} AND NOT q = {q})")),
        1 => Just("_key STARTS WITH \"d1\"".to_owned()),
        1 => Just("_text EXISTS".to_owned()),
    ]
}

fn filters() -> impl Strategy<Value = Predicate> {
    let text = conditions().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" AND "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" OR "))),
            inner.clone().prop_map(|inner| format!("NOT ({inner})")),
            prop::collection::vec(inner.clone(), 3)
                .prop_map(|all| format!("AT LEAST 2 OF ({})", all.join(", "))),
            inner.prop_map(|inner| format!("ANY a ({inner})")),
        ]
    });
    text.prop_map(|text| Predicate::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_index_never_contradicts_the_documents(
        rows in prop::collection::vec(attributes(), 0..40), filters in prop::collection::vec(filters(), 4),
    ) {
        let mut gathered = Gathered::default();
        rows.iter().for_each(|row| gathered.push(row).unwrap());
        let bytes = gathered.0.finish().unwrap();
        let index = Attributes::read(&bytes).unwrap();
        for filter in filters.iter().flat_map(|filter| [filter.clone(), filter.normal_form()]) {
            let holds = |at: &usize| {
                let key = format!("d{at}");
                filter.matches(&Record { key: &key, text: None, attributes: &rows[*at] })
            };
            let truth: RoaringBitmap = (0..rows.len()).filter(holds).map(|at| at as u32).collect();
            let known = rows_known(&index, &filter).unwrap();
            let possible = &known.certain | known.undecided();
            prop_assert!(known.certain.is_subset(&truth), "{}: {:?} of {:?}", filter, known.certain, truth);
            prop_assert!(truth.is_subset(&possible), "{}: {:?} beyond {:?}", filter, truth, possible);
        }
    }
}

fn collection() -> Collection {
    Collection::create_on(Arc::new(MemoryBackend::new()), &Schema::new(4)).unwrap()
}

fn document(at: usize, attributes: &Map<String, Value>) -> Document {
    let vectors = MultiVector::new(vec![1.0, at as f32, 0.5, -1.0], 4).unwrap();
    Document::new(format!("d{at}"), vectors).unwrap().with_attributes(attributes).unwrap()
}

/// Makes segments of the log, and what these lack.
fn indexed(writer: &Writer) {
    writer.flush().unwrap();
    writer.maintenance.ask();
    writer.maintenance.finish().unwrap();
}

fn has_index(snapshot: &Snapshot) -> bool {
    snapshot.view.parts().iter().any(|part| part.attachment(ATTACHMENT).is_some())
}

#[test]
fn simple_conditions_are_decided_without_a_look() {
    let rows: Vec<_> = (0..300)
        .map(|at| json!({"year": at % 30, "tag": if at % 2 == 0 { "x" } else { "y" }, "day": "2024-01-31"}))
        .collect();
    let mut gathered = Gathered::default();
    rows.iter().for_each(|row| gathered.push(row.as_object().unwrap()).unwrap());
    let bytes = gathered.0.finish().unwrap();
    let index = Attributes::read(&bytes).unwrap();
    for (filter, num) in [
        ("year = 7", 10),
        ("year BETWEEN 5 AND 24 AND tag = \"x\" AND day >= 2024-01-01", 100),
        ("NOT year > 3 OR tag != \"y\"", 170),
        ("yaer = 3", 0),
        ("tag STARTS WITH \"x\" AND tag HAS OTHER THAN (\"y\")", 150),
        ("AT LEAST 2 OF (year < 15, tag = \"x\", day IS EMPTY)", 80),
    ] {
        let known = rows_known(&index, &Predicate::parse(filter).unwrap()).unwrap();
        assert_eq!((known.certain.len(), known.undecided().len()), (num, 0), "{filter}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn collections_with_an_index_and_without_have_the_same_answers(
        rows in prop::collection::vec(attributes(), 300..600), filters in prop::collection::vec(filters(), 12),
        deleted in prop::collection::btree_set(0..300_usize, 0..100),
    ) {
        let collection = collection();
        let writer = collection.writer().unwrap();
        let mut batch = Batch::new();
        rows.iter().enumerate().for_each(|(at, row)| _ = batch.upsert(document(at, row)));
        writer.apply(batch).unwrap();
        let without = collection.snapshot().unwrap();
        indexed(&writer);
        let with = collection.snapshot().unwrap();
        prop_assert!(!has_index(&without) && has_index(&with));
        let mut batch = Batch::new();
        deleted.iter().for_each(|at| _ = batch.delete(crate::DocKey::new(format!("d{at}")).unwrap()));
        writer.apply(batch).unwrap();
        let less = collection.snapshot().unwrap();
        for filter in &filters {
            let keys = |snapshot: &Snapshot| snapshot.keys(filter, None, usize::MAX).unwrap();
            let expected = keys(&without);
            prop_assert_eq!(&keys(&with), &expected, "{}", filter);
            let is_left = |key: &&crate::DocKey| !deleted.contains(&key.as_str()[1..].parse().unwrap());
            prop_assert_eq!(keys(&less), expected.iter().filter(is_left).cloned().collect::<Vec<_>>(), "{}", filter);
        }
        // A merge makes the index of what is left.
        writer.compact().unwrap();
        let merged = collection.snapshot().unwrap();
        prop_assert!(has_index(&merged) == (rows.len() - deleted.len() >= 256));
        for filter in &filters {
            prop_assert_eq!(merged.count(filter).unwrap(), less.count(filter).unwrap(), "{}", filter);
        }
        prop_assert_eq!(verify_encodings(&merged), Vec::<String>::new());
    }
}

#[test]
fn segments_without_attributes_have_no_index() {
    let collection = collection();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    (0..400).for_each(|at| _ = batch.upsert(document(at, &Map::new())));
    writer.apply(batch).unwrap();
    indexed(&writer);
    let snapshot = collection.snapshot().unwrap();
    assert!(!has_index(&snapshot));
    assert_eq!(snapshot.info().unwrap().attributes, []);
    assert_eq!(snapshot.count(&Predicate::parse("a IS EMPTY").unwrap()).unwrap(), 400);
}

#[test]
fn info_lists_attributes_with_their_kinds() {
    let collection = collection();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    for at in 0..300 {
        let attributes =
            json!({"year": at % 7, "by": {"name": "x"}, "day": "2024-01-31", "odd": [null, true, 1.5]});
        batch.upsert(document(at, attributes.as_object().unwrap()));
    }
    writer.apply(batch).unwrap();
    indexed(&writer);
    let info = collection.snapshot().unwrap().info().unwrap();
    let told: Vec<_> = info
        .attributes
        .iter()
        .map(|known| {
            (known.path.as_str(), known.num_rows, known.kinds.join(" "), known.num_distinct, known.is_indexed)
        })
        .collect();
    let expected = [
        ("by", 300, String::new(), 0, true),
        ("by.name", 300, "text".into(), 1, true),
        ("day", 300, "text time".into(), 1, true),
        ("odd", 300, "bool number null".into(), 1, true),
        ("year", 300, "number".into(), 7, true),
    ];
    assert_eq!(told, expected);
    assert!(info.attribute_index_bytes > 0);
}

#[test]
fn a_lone_segment_has_an_index_once_it_was_compacted() {
    let collection = collection();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    (0..300).for_each(|at| _ = batch.upsert(document(at, json!({"at": at}).as_object().unwrap())));
    writer.apply(batch).unwrap();
    writer.compact().unwrap();
    while writer.maintenance().is_at_work {
        std::thread::yield_now();
    }
    assert!(has_index(&collection.snapshot().unwrap()));
}

/// As the first release with an index wrote it, of the rows below.
const OLD: &[u8] = include_bytes!("../../tests/fixtures/attributes-1.bin");

/// Rows with every kind of value and list.
fn rows_of_old() -> Vec<Map<String, Value>> {
    let row = |at: usize| {
        let mut row = json!({"at": at, "half": at as f64 / 2.0, "odd": at % 2 == 1, "by": {"name": format!("n{}", at % 5)}});
        let more = match at % 4 {
            0 => json!({"day": format!("2024-01-{:02}", 1 + at % 28)}),
            1 => json!({"tags": ["a", null, "x".repeat(250)]}),
            2 => json!({"big": 1e300, "none": null, "empty": []}),
            _ => json!({"low": i64::MIN, "x.y": "ü"}),
        };
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row.as_object().unwrap().clone()
    };
    (0..300).map(row).collect()
}

#[test]
fn the_first_version_is_read_and_written() {
    let rows = rows_of_old();
    let mut gathered = Gathered::default();
    rows.iter().for_each(|row| gathered.push(row).unwrap());
    assert!(gathered.0.finish().unwrap() == OLD, "other bytes need another version");
    let index = Attributes::read(OLD).unwrap();
    for (filter, num) in [
        ("at < 10 AND odd = true", 5),
        ("half BETWEEN 1.5 AND 3", 4),
        ("by.name = \"n3\" OR day >= 2024-01-15", 85),
        ("big > 1e299 AND none IS NULL AND empty IS EMPTY", 75),
        ("low = -9223372036854775808 AND `x.y` = \"ü\"", 75),
    ] {
        let known = rows_known(&index, &Predicate::parse(filter).unwrap()).unwrap();
        assert_eq!((known.certain.len(), known.undecided().len()), (num, 0), "{filter}");
    }
}

#[test]
fn a_damaged_index_is_an_error() {
    let files = MemoryBackend::new();
    let collection = Collection::create_on(Arc::new(files.clone()), &Schema::new(4)).unwrap();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    rows_of_old().iter().enumerate().for_each(|(at, row)| _ = batch.upsert(document(at, row)));
    writer.apply(batch).unwrap();
    indexed(&writer);
    writer.close().unwrap();
    let filter = Predicate::parse("at >= 0 AND by.name EXISTS AND day IS EMPTY").unwrap();
    let counted = |eighth: Option<usize>| {
        let change = |(name, mut bytes): (String, Vec<u8>)| {
            let is_index =
                name.starts_with("attachment-") && bytes.windows(8).any(|eight| eight == b"PLATTRS1");
            if let Some(eighth) = eighth.filter(|_| is_index) {
                let at = bytes.len() * eighth / 8;
                bytes[at] ^= 1;
            }
            (name, bytes)
        };
        let files = files.files().into_iter().map(change);
        let collection = Collection::open_on(Arc::new(MemoryBackend::with_files(files)))?;
        collection.snapshot()?.count(&filter)
    };
    assert_eq!(counted(None).unwrap(), 225);
    for eighth in [1, 3, 5, 7] {
        let error = counted(Some(eighth)).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Corrupt, "{eighth} eighths: {error}");
        assert!(error.to_string().contains("attachment-"), "{error}");
    }
}
