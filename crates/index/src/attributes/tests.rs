use super::*;
use proptest::prelude::*;
use roaring::RoaringBitmap;
use std::collections::BTreeSet;
use std::ops::Bound;

/// A value of a row, as the model keeps it.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Time(i64),
}

impl Value {
    fn borrowed(&self) -> Option<AttributeValue<'_>> {
        match self {
            Self::Null => None,
            Self::Bool(value) => Some(AttributeValue::Bool(*value)),
            Self::Number(number) => Some(AttributeValue::Number(*number)),
            Self::Text(text) => Some(AttributeValue::Text(text)),
            Self::Time(at) => Some(AttributeValue::Time(*at)),
        }
    }
}

/// Rows with some values at each of two paths, the second below the first.
type Rows = Vec<[Vec<Value>; 2]>;

fn values() -> impl Strategy<Value = Value> {
    let float = prop_oneof![-9.0..9.0, Just(1e300), Just(0.5)].prop_filter_map("finite", Number::of_float);
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-5..5_i64).prop_map(|value| Value::Number(Number::of_integer(value))),
        float.prop_map(Value::Number),
        "[ab]{0,3}".prop_map(Value::Text),
        ("[ab]{0,2}", 238..250_usize).prop_map(|(end, num)| Value::Text("ü".repeat(num / 2) + &end)),
        (0..20_i64).prop_map(Value::Time),
    ]
}

fn rows() -> impl Strategy<Value = Rows> {
    let path = || prop_oneof![3 => prop::collection::vec(values(), 0..2), 1 => prop::collection::vec(values(), 0..4)];
    let row = (path(), path()).prop_map(|(a, b)| [a, b]);
    prop::collection::vec(row, 0..300)
}

fn build(rows: &Rows) -> Vec<u8> {
    let mut builder = AttributesBuilder::default();
    for row in rows {
        builder.next_row().unwrap();
        let mut path = AttributesBuilder::ROOT;
        for (name, values) in ["a", "b.c"].into_iter().zip(row) {
            path = builder.path(path, name).unwrap();
            for value in values {
                builder.push_existing(path, *value != Value::Null);
                match value.borrowed() {
                    Some(value) => builder.push_value(path, value),
                    None => builder.push_null(path),
                }
            }
        }
    }
    builder.finish().unwrap()
}

/// The rows one of whose values is as wanted.
fn model(rows: &Rows, path: usize, wanted: impl Fn(&Value) -> bool) -> RoaringBitmap {
    let has = |row: &&u32| rows[**row as usize][path].iter().any(&wanted);
    (0..rows.len() as u32).collect::<Vec<_>>().iter().filter(has).collect()
}

fn is_between<T: Ord>(value: &T, lower: &Bound<T>, upper: &Bound<T>) -> bool {
    std::ops::RangeBounds::contains(&(lower.as_ref(), upper.as_ref()), value)
}

fn ends<T: std::fmt::Debug + Clone>(
    end: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = Bound<T>> {
    prop_oneof![end.clone().prop_map(Bound::Included), end.prop_map(Bound::Excluded), Just(Bound::Unbounded)]
}

proptest! {
    #[test]
    fn rows_are_those_of_a_look_at_all_values(
        rows in rows(), wanted in values(), prefix in "[ab]{0,2}|ü{119,125}",
        numbers in (ends((-6..6_i64).prop_map(Number::of_integer)), ends((-6..6_i64).prop_map(Number::of_integer))),
        times in (ends(0..20_i64), ends(0..20_i64)),
    ) {
        let bytes = build(&rows);
        prop_assert_eq!(&build(&rows), &bytes, "the same rows give the same bytes");
        let attributes = Attributes::read(&bytes).unwrap();
        prop_assert_eq!((attributes.num_rows() as usize, attributes.is_complete()), (rows.len(), true));
        for (at, names) in [&["a"][..], &["a", "b.c"]].into_iter().enumerate() {
            let Some(path) = attributes.path(names) else { prop_assert!(rows.is_empty()); continue };
            prop_assert_eq!(path.names(), names);
            type Has = fn(&Value) -> bool;
            let sets: [(RowSet, Has); 6] = [
                (RowSet::Existing, |_| true),
                (RowSet::Null, |value| *value == Value::Null),
                (RowSet::Filled, |value| *value != Value::Null),
                (RowSet::Number, |value| matches!(value, Value::Number(_))),
                (RowSet::Text, |value| matches!(value, Value::Text(_))),
                (RowSet::Time, |value| matches!(value, Value::Time(_))),
            ];
            for (set, has) in sets {
                prop_assert_eq!(path.rows(set).unwrap(), model(&rows, at, has), "{:?}", set);
            }
            if let Some(value) = wanted.borrowed() {
                let (found, is_exact) = path.equal(value).unwrap();
                let expected = model(&rows, at, |value| *value == wanted);
                prop_assert_eq!(is_exact, !matches!(&wanted, Value::Text(text) if text.len() > MAX_TEXT));
                prop_assert!(expected.is_subset(&found) && (!is_exact || expected == found), "{:?}", wanted);
            }
            let (found, is_exact) = path.with_prefix(&prefix).unwrap();
            let expected = model(&rows, at, |value| matches!(value, Value::Text(text) if text.starts_with(&prefix)));
            prop_assert!(expected.is_subset(&found) && (!is_exact || expected == found));
            let expected = model(&rows, at, |value| matches!(value, Value::Number(n) if is_between(n, &numbers.0, &numbers.1)));
            prop_assert_eq!(path.numbers_between(numbers.0, numbers.1).unwrap(), expected);
            let expected = model(&rows, at, |value| matches!(value, Value::Time(t) if is_between(t, &times.0, &times.1)));
            prop_assert_eq!(path.times_between(times.0, times.1).unwrap(), expected);
        }
        prop_assert!(attributes.path(&["b.c"]).is_none() && attributes.path(&[]).is_none());
    }

    #[test]
    fn damaged_bytes_are_errors_or_rows_of_the_segment(rows in rows(), at: prop::sample::Index, flip in 1..=255_u8) {
        let mut bytes = build(&rows);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let Ok(attributes) = Attributes::read(&bytes) else { return Ok(()) };
        for path in attributes.paths() {
            let found = [
                path.rows(RowSet::Existing),
                path.numbers_between(Bound::Unbounded, Bound::Unbounded),
                path.equal(AttributeValue::Text("a")).map(|(rows, _)| rows),
            ];
            for rows in found.into_iter().flatten() {
                prop_assert!(rows.max().is_none_or(|last| last < attributes.num_rows()));
            }
        }
    }
}

#[test]
fn the_most_common_paths_are_kept() {
    let mut builder = AttributesBuilder::default();
    for row in 0..300 {
        builder.next_row().unwrap();
        for number in row..300 {
            let path = builder.path(AttributesBuilder::ROOT, &format!("p{number:03}")).unwrap();
            builder.push_existing(path, true);
            builder.push_value(path, AttributeValue::Bool(true));
        }
    }
    let bytes = builder.finish().unwrap();
    let attributes = Attributes::read(&bytes).unwrap();
    assert!(!attributes.is_complete());
    let names: BTreeSet<&str> = attributes.paths().iter().map(|path| path.names()[0]).collect();
    let expected: BTreeSet<String> = (44..300).map(|number| format!("p{number:03}")).collect();
    assert!(names.iter().copied().eq(expected.iter().map(String::as_str)), "{names:?}");
}

#[test]
fn paths_beyond_count_are_left_out_as_a_whole() {
    let mut builder = AttributesBuilder::default();
    builder.next_row().unwrap();
    let paths = (0..10_000).filter_map(|number| builder.path(AttributesBuilder::ROOT, &number.to_string()));
    assert_eq!(paths.count(), 16 * MAX_PATHS);
    assert!(builder.path(AttributesBuilder::ROOT, "7").is_some());
    assert!(!Attributes::read(&builder.finish().unwrap()).unwrap().is_complete());
}
